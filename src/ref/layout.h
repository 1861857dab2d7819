/* SPDX-License-Identifier: Apache-2.0
 *
 * How a module lies in an artifact: which of the layouts that people publish
 * it is, which layer holds the module, and whether that is packed.  One
 * algorithm for all; must never guess between two layers.
 */
#ifndef WF_REF_LAYOUT_H
#define WF_REF_LAYOUT_H

#include "ref/oci.h"

enum wf_pack {
	WF_PACK_NONE = 0, /* the layer is the module */
	WF_PACK_TAR,
	WF_PACK_GZIP,     /* a tar archive, by gzip */
	WF_PACK_ZSTD,     /* the same by Zstandard */
};

struct wf_layout {
	const char *name;  /* "L1" to "L13" */
	const char *title; /* "container image" */
	size_t layer;      /* of the manifest */
	enum wf_pack pack;
};

/* By artifact type, then the config's type, then the layers.  WF_R_MALFORMED
 * for what is no module, names none, or more than one: the layout is named. */
WF_MUST enum wf_rc wf_layout_pick(const struct wf_oci_manifest *, struct wf_layout *out,
                                  struct wf_err *err);

/* The file of a packed layer: what the config of a container image runs, where
 * that is a .wasm file, else "plugin.wasm"; with a '/' in front it is the
 * whole path, without the last component of one.  config: the blob; of a type that
 * is no image's it is not looked at.  Caller frees. */
WF_MUST enum wf_rc wf_layout_file(const char *config_type, struct wf_str config, char **out,
                                  struct wf_err *err);

#endif
