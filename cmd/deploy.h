/* SPDX-License-Identifier: Apache-2.0
 *
 * What plan, install and remove share: options, opening what they need, and
 * steps as text and JSON.
 */
#ifndef WF_CMD_DEPLOY_H
#define WF_CMD_DEPLOY_H

#include "cmd/cmd.h"
#include "cmd/trust_opt.h"
#include "op/op_install.h"

struct wf_deploy_params {
	struct wf_list manifests, release;
	struct wf_trust_opt trust;
	const char *target, *engine, *reason, *to;
	const char *plan; /* plan -o */
	bool dry_run, detailed_exitcode, below_floor, prune, accept_change;
	unsigned prune_limit; /* percent; 0: not given */
	unsigned parallel;    /* targets at a time; 0: not given */
};

#define WF_DEPLOY_OFF(member) offsetof(struct wf_deploy_params, member)
#define WF_DEPLOY_OPT_TARGET \
	{0, "target", "TARGET", "configured name, or conninfo", \
	 WF_OPT_STRING, WF_DEPLOY_OFF(target), NULL}, \
	{0, "engine", "NAME", "the engine, else it is probed", WF_OPT_STRING, \
	 WF_DEPLOY_OFF(engine), NULL}
#define WF_DEPLOY_OPT_PARALLEL \
	{0, "parallel", "N", "targets at a time, else 50", WF_OPT_UINT, \
	 WF_DEPLOY_OFF(parallel), NULL}
#define WF_DEPLOY_OPT_MANIFEST \
	{'f', NULL, "FILE", "manifest file or directory (repeatable)", WF_OPT_LIST, \
	 WF_DEPLOY_OFF(manifests), NULL}
#define WF_DEPLOY_OPT_ACCEPT \
	{0, "accept-behaviour-change", NULL, "although indexes and the like keep results", \
	 WF_OPT_FLAG, WF_DEPLOY_OFF(accept_change), NULL}
#define WF_DEPLOY_OPT_FLOOR \
	{0, "reason", "TEXT", "why, for the ledger", WF_OPT_STRING, WF_DEPLOY_OFF(reason), NULL}, \
	{0, "below-floor", NULL, "below the floor too; needs --reason", WF_OPT_FLAG, \
	 WF_DEPLOY_OFF(below_floor), NULL}
#define WF_DEPLOY_OPT_TRUST WF_TRUST_OPT_ROWS(struct wf_deploy_params, trust, " too")

/* `plan` (dry), `install`, and `apply` (saved: the plan it must come out
 * equal to; else NULL). */
enum wf_rc wf_deploy_run(struct wf_run *, bool dry, const struct wf_saved *saved,
                         struct wf_err *);

/* Steps, and what became of an entry that failed. */
void wf_deploy_show(struct wf_run *, const struct wf_op_installed *, enum wf_rc, bool dry);

/* NAME operands; out has room for argc. */
WF_MUST enum wf_rc wf_deploy_names(const struct wf_run *, struct wf_arena *,
                                   struct wf_op_name *out, struct wf_err *err);
/* "target prod: pg_wasm 0.4.2, database app, role deploy" and the members. */
void wf_deploy_target(struct wf_run *, const struct wf_op_target *, const struct wf_live *);

#endif
