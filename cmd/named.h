/* SPDX-License-Identifier: Apache-2.0
 *
 * What the verbs on NAMEs share: opening configuration, the one target and
 * the manifest files that may claim a name.
 */
#ifndef WF_CMD_NAMED_H
#define WF_CMD_NAMED_H

#include "cmd/deploy.h"
#include "op/op_named.h"

struct wf_named {
	struct wf_config *config;
	struct wf_op_targets targets;
	struct wf_op_claims claims;
	struct wf_op_named in;
	struct wf_arena arena;
};

/* Operands of r are NAMEs, its params struct wf_deploy_params. */
WF_MUST enum wf_rc wf_named_open(const struct wf_run *, struct wf_named *, struct wf_err *err);
void wf_named_end(struct wf_named *);

#endif
