/* SPDX-License-Identifier: Apache-2.0
 *
 * The content-addressed store: an OCI image layout (oci-layout, index.json,
 * blobs/sha256/HEX) that other tools can read, and the reader of layouts that
 * other tools wrote.  What is read is hashed again every time; an artifact is
 * in index.json only when all its blobs are there.
 */
#ifndef WF_STORE_STORE_H
#define WF_STORE_STORE_H

#include <stdbool.h>

#include "config/config.h"
#include "ref/artifact.h"
#include "ref/ref.h"
#include "store/source.h"

struct wf_store;

/* Where the store is: option, else WASMFN_STORE, else the config, else the
 * default.  Both arguments may be NULL.  Borrowed. */
const char *wf_store_dir(const char *option, const struct wf_config *config);

enum wf_store_mode {
	WF_STORE_READ,  /* nothing is created or changed */
	WF_STORE_WRITE, /* created when missing: 2770, files 0640 */
};

/* Opens the store.  WF_STORE_READ of one that does not exist is an empty
 * store, no error: what is asked for is then not there. */
WF_MUST enum wf_rc wf_store_open(const char *dir, enum wf_store_mode,
                                 struct wf_store **out, struct wf_err *err);

/* From WF_STORE_READ to WF_STORE_WRITE. */
WF_MUST enum wf_rc wf_store_for_writing(struct wf_store *, struct wf_err *err);

/* Opens any layout as a source, read only: `oci:DIR`, `oci-archive:FILE`.
 * WF_R_NO_INPUT when there is none, WF_R_MALFORMED when it is not one. */
WF_MUST enum wf_rc wf_store_open_layout(const struct wf_ref *, struct wf_store **out,
                                        struct wf_err *err);

void wf_store_freep(struct wf_store **);
const char *wf_store_path(const struct wf_store *);

/* The artifact with all signatures the store knows, from whatever repository
 * they came.  No network.  WF_R_OFFLINE when it is not in the store,
 * WF_R_DIGEST_MISMATCH when its bytes were changed. */
WF_MUST enum wf_rc wf_store_load(struct wf_store *,
                                 const struct wf_digest *manifest,
                                 struct wf_artifact *out, struct wf_err *err);

/* wf_source_module of the store. */
WF_MUST enum wf_rc wf_store_module(struct wf_store *, const struct wf_artifact *,
                                   struct wf_buf *out, struct wf_err *err);

enum wf_store_known {
	WF_STORE_ABSENT = 0,
	WF_STORE_NO_SIGNATURES, /* never asked for signatures, or there were none */
	WF_STORE_COMPLETE,      /* with at least one signature */
};
/* What is known of the artifact from this repository (wf_ref.match). */
enum wf_store_known wf_store_known(struct wf_store *, const struct wf_digest *,
                                   const char *from);

/* The formats of signatures (WF_FORMAT_*) that were asked for when it was
 * pulled from there; 0: none. */
unsigned wf_store_asked(struct wf_store *, const struct wf_digest *,
                    const char *from);

/* Resolves a reference into a layout: by digest, by tag, or the only image.
 * WF_R_NOT_FOUND; WF_R_AMBIGUOUS names what there is. */
WF_MUST enum wf_rc wf_store_resolve(struct wf_store *, const char *tag,
                                    const struct wf_digest *digest,
                                    struct wf_digest *out, struct wf_err *err);

/* The layout as a source of manifests and blobs; valid as long as it. */
struct wf_source wf_store_source(struct wf_store *);

#endif
