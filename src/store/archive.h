/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/: an OCI layout in a tar archive (`oci-archive:`), read
 * where it lies.  What is read is copied into memory of its own, so that it
 * does not change between being hashed and being used.
 */
#ifndef WF_STORE_ARCHIVE_H
#define WF_STORE_ARCHIVE_H

#include "ref/digest.h"

struct wf_archive;

/* Lists what is in it.  WF_R_NO_INPUT: no such file; WF_R_MALFORMED: no
 * archive, or one that a layout never is (links, a file twice, names that go
 * up); WF_R_LIMIT. */
WF_MUST enum wf_rc wf_archive_open(const char *path, struct wf_archive **out, struct wf_err *err);
void wf_archive_freep(struct wf_archive **);

/* One of its files ("index.json", "blobs/sha256/HEX") as a descriptor that the
 * caller closes; -1 with errno, ENOENT when it is not in it. */
int wf_archive_file(struct wf_archive *, const char *name);
/* The digests of its files that are blobs of at most max bytes, from *i on,
 * which moves; false past the last. */
bool wf_archive_blob(const struct wf_archive *, size_t *i, uint64_t max, struct wf_digest *);

#endif
