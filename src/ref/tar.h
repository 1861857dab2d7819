/* SPDX-License-Identifier: Apache-2.0
 *
 * One file out of a tar archive that arrives in pieces.  Strict, because two
 * readers that disagree about an archive see two modules: what is not
 * understood refuses the whole.  Nothing is ever written to disk.
 */
#ifndef WF_REF_TAR_H
#define WF_REF_TAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum wf_tar_state {
	WF_TAR_HEADER = 0,
	WF_TAR_DATA,  /* of the entry that is passed over or taken */
	WF_TAR_EXTRA, /* of a header that says more about the next one */
	WF_TAR_PAD,
	WF_TAR_END,   /* only zeros from here on */
};

/* Zero all but want, path and out; or, to be told of every entry instead, all
 * but entry and arg: type is 'f' a file, 'd' a directory, 'n' anything else. */
struct wf_tar {
	const char *want;   /* the last component of the name, or with path the whole */
	bool path;
	struct wf_buf *out; /* its max bounds the file */
	enum wf_rc (*entry)(void *arg, struct wf_str name, char type, uint64_t size,
	                    struct wf_err *err);
	void *arg;

	/* private */
	enum wf_tar_state state;
	unsigned char block[512];
	size_t fill;
	uint64_t left, pad;
	char type;          /* of the extra header */
	bool taking, found, has_size, has_path;
	uint64_t size;      /* for the next entry, from a PAX header */
	struct wf_buf extra, name;
	unsigned entries;
};

/* WF_R_MALFORMED: no archive, a name that is absolute or goes up, a link, a
 * device or a sparse file in the wanted place, the name twice, an unknown kind
 * of entry, sizes that disagree, something after the end.  WF_R_LIMIT. */
WF_MUST enum wf_rc wf_tar_add(struct wf_tar *, const void *p, size_t n, struct wf_err *err);
/* The archive is whole and the file was in it. */
WF_MUST enum wf_rc wf_tar_end(struct wf_tar *, struct wf_err *err);
/* Right after an entry was told of: how many bytes the caller may leave out. */
uint64_t wf_tar_skip(struct wf_tar *);
void wf_tar_free(struct wf_tar *);

#endif
