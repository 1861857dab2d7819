/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn pull`: artifacts into the store, and a module out of it.  Nothing
 * is verified here, and what is written out says so.
 */
#ifndef WF_OP_OP_PULL_H
#define WF_OP_OP_PULL_H

#include "op/op_fetch.h"
#include "op/op_judge.h"

/* What to pull: operands or the references of manifest files, each once. */
struct wf_op_pull_list {
	struct wf_ref *v;
	unsigned *formats; /* of each, as wf_op_fetch.formats */
	size_t n, cap;
};

/* Operands.  WF_R_TAG_ONLY for a tag alone, WF_R_USAGE for a file. */
WF_MUST enum wf_rc wf_op_pull_add(struct wf_op_pull_list *, const char *text,
                                  struct wf_err *err);
/* The references of manifest files (paths may be directories).  One that no
 * trust rule of the policies in force matches is WF_R_NO_POLICY, before any
 * request; a machine without a policy is WF_R_CONFIG. */
WF_MUST enum wf_rc wf_op_pull_manifests(struct wf_op_pull_list *,
                                        const char *const *paths, size_t n,
                                        const struct wf_op_judge_options *,
                                        struct wf_err *err);
void wf_op_pull_list_free(struct wf_op_pull_list *);

/* Digest and size of the module: from the manifest, or of what is in the
 * archive that holds it.  The reasons of wf_store_module. */
WF_MUST enum wf_rc wf_op_pull_module(struct wf_store *, const struct wf_artifact *,
                                     struct wf_digest *module, int64_t *size,
                                     struct wf_err *err);

/* Before anything is fetched for it: WF_R_CANNOT_CREATE where path is a directory
 * or a file that is there. */
WF_MUST enum wf_rc wf_op_pull_may_write(const char *path, struct wf_err *err);
/* Writes the module, hashed again on its way.  path "-" is the descriptor
 * out_fd; a regular file appears whole or not at all and replaces none; another
 * kind of file is written to.  WF_R_CANNOT_CREATE, WF_R_IO. */
WF_MUST enum wf_rc wf_op_pull_write(struct wf_store *, const struct wf_artifact *,
                                    const char *path, int out_fd,
                                    struct wf_err *err);

#endif
