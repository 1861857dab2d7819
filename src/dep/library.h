/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared libraries that are opened when something needs them: start-up must
 * not pay for what a verb does not use.  Only for src/dep/.
 */
#ifndef WF_DEP_LIBRARY_H
#define WF_DEP_LIBRARY_H

#include <stddef.h>

#include "base/err.h"

struct wf_library {
	const char *file;    /* "libz.so.1" */
	const char *install; /* a full sentence that says where it is had */
};

/* A member of a struct of function pointers, and what it is to point to. */
struct wf_library_function {
	const char *name;
	size_t off;
};

/* Fills the members of `to`, all of them when WF_OK.  The library is never
 * closed: some register exit handlers.  WF_R_UNAVAILABLE when it is not there
 * or lacks a function, which is named. */
WF_MUST enum wf_rc wf_library_load(const struct wf_library *, const struct wf_library_function *,
                                   size_t n, void *to, struct wf_err *err);

#endif
