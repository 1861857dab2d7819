/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/: the directory behind a store, and reading blobs from it.
 * A digest becomes a path only here.
 */
#ifndef WF_STORE_LAYOUT_H
#define WF_STORE_LAYOUT_H

#include <stdbool.h>
#include <sys/stat.h>

#include "store/archive.h"
#include "store/index.h"
#include "store/source.h"
#include "store/store.h"

struct wf_store {
	char *path;
	struct wf_archive *archive; /* an `oci-archive:`; dir is -1 then */
	int dir;   /* -1: a store that does not exist, opened for reading */
	int blobs; /* blobs/sha256; -1: not opened yet */
	bool foreign; /* written by another tool: `oci:` */
	bool write;
	struct wf_index index;
	struct stat stamp; /* of the index.json that was read */
	bool stamped;
};

/* Reads index.json if it changed since.  A store without one is empty. */
WF_MUST enum wf_rc wf_layout_refresh(struct wf_store *, struct wf_err *err);

/* A file of the layout by its name in it, no symbolic link; -1 with errno. */
int wf_layout_open(struct wf_store *, const char *name);

/* blobs/sha256 as a directory descriptor, borrowed; -1 with errno. */
int wf_layout_blobs(struct wf_store *);

/* Opens a blob: a regular file, no symbolic link.  WF_R_NOT_FOUND. */
WF_MUST enum wf_rc wf_layout_open_blob(struct wf_store *,
                                       const struct wf_digest *,
                                       const char *name, int *fd, int64_t *size,
                                       struct wf_err *err);

/* Streams a blob into the sink, checking size (-1: any) and digest. */
WF_MUST enum wf_rc wf_layout_read_blob(struct wf_store *,
                                       const struct wf_digest *, int64_t size,
                                       const char *name,
                                       const struct wf_sink *,
                                       struct wf_err *err);

/* The exact bytes of a manifest blob. */
WF_MUST enum wf_rc wf_layout_manifest(struct wf_store *,
                                      const struct wf_digest *,
                                      struct wf_buf *out, struct wf_err *err);

/* Signatures in a layout written by another tool (store/foreign.c). */
WF_MUST enum wf_rc wf_foreign_leads(struct wf_store *, const struct wf_digest *,
                                    struct wf_leads *out, struct wf_err *err);

#endif
