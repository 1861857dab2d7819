/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of struct wf_manifest, shared by the files of this directory
 * and by nobody else.
 */
#ifndef WF_MANIFEST_VALUE_H
#define WF_MANIFEST_VALUE_H

#include "manifest/manifest.h"

struct wf_manifest {
	struct wf_arena arena;
	struct wf_problems problems;
	struct wf_manifest_entry *v;
	size_t n, cap;
	struct wf_manifest_file *files;
	size_t nfiles, files_cap;
};

/* Parses one document; entries are appended, problems are collected. */
void wf_manifest_parse(struct wf_manifest *, struct wf_str yaml,
                       const char *name);

#endif
