/* SPDX-License-Identifier: Apache-2.0
 *
 * `install` and `plan` for one target: fetch, judge, decide on capabilities,
 * plan, and (install) apply in one transaction.  A plan is what an install
 * would do: the same code, up to the point where something is sent.
 */
#ifndef WF_OP_OP_INSTALL_H
#define WF_OP_OP_INSTALL_H

#include "engine/dependents.h"
#include "manifest/git.h"
#include "op/op_fetch.h"
#include "op/op_judge.h"
#include "op/op_name.h"
#include "op/op_target.h"
#include "plan/saved.h"
#include "sys/task.h"

/* For `rollback`: the one entry is made of an old ledger row. */
struct wf_op_rolling {
	const struct wf_ledger_row *row;
	const struct wf_spec *to; /* of that row */
	int64_t head;             /* the newest row about it when that was chosen */
	const char *reason;       /* NULL */
	const char *held;         /* wf_ledger_row.held */
};

struct wf_op_install {
	struct wf_op_judge *judge;
	struct wf_op_fetch *fetch; /* its store is open */
	const struct wf_op_target *target;
	const struct wf_op_claims *claims;
	const struct wf_op_name *names; /* only these; n 0: all */
	size_t nnames;
	/* whose quarantine or hold ends with this run */
	const struct wf_op_name *release;
	size_t nrelease;
	const struct wf_op_rolling *rollback; /* NULL */
	bool prune;             /* op/op_prune.h */
	unsigned prune_percent; /* at most so many of those recorded */
	bool accept_change;     /* although dependents keep results */
	bool below_floor;       /* allowed in writing: there is a reason */
	const char *reason;     /* for the ledger; NULL */
	const char *state_dir;
	bool dry_run;
	/* of a run over several targets; NULL */
	struct wf_op_install_shared *shared;
	/* apply: the plan that it must come out equal to; NULL.  saved_paths: the
	 * manifest files must lie where it saw them, too. */
	const struct wf_saved *saved;
	bool saved_paths;
};

/* Between targets that are worked on at a time: one of them fetches and judges,
 * and what all hold of modules is bounded.  Zero to begin with. */
struct wf_op_install_shared {
	struct wf_task_lock prepare;
	size_t bytes;
	struct wf_task_queue room;
};

/* One manifest entry on its way. */
struct wf_op_install_fn {
	const struct wf_manifest_entry *entry;
	struct wf_op_fetched fetched;
	struct wf_judgement judgement;
	struct wf_verified *verified;
	struct wf_want_sig sig;
	size_t types_at;
	const struct wf_policy **policies; /* in force for it, the ruling one first */
	size_t npolicies;
};

struct wf_op_installed {
	struct wf_op_install_fn *fns;
	size_t n;
	const struct wf_op_install_fn *failed; /* the entry that failed, NULL */
	struct wf_steps_want *wants;
	struct wf_live *live;     /* before */
	struct wf_steps steps;
	bool unread;              /* failed: the target could not be reached or read */
	bool planned;             /* steps are whole */
	bool applied;             /* COMMIT was answered, or nothing was to do */
	size_t changed;           /* functions */
	size_t module_bytes;      /* held until this is freed */
	size_t nquarantined, nheld; /* left alone */
	const struct wf_live_function **prune; /* of live, to be removed */
	size_t nprune;
	struct wf_dependent *dependents; /* of what will behave differently */
	size_t ndependents;
	const struct wf_manifest_file *commit_of; /* what commit is about */
	char commit[WF_GIT_COMMIT_TEXT];
	struct wf_arena arena;
};
#define WF_OP_INSTALLED_INIT {.fns = NULL}

/* out is filled as far as it got and freed by the caller in any case.
 * Everything is refused before anything is sent: no rule for a reference
 * (12) before the first request, signature (10 … 17), capability, function
 * and limit rules (15).  Then 65, 69, 75, 76, 77 of plan and engine. */
WF_MUST enum wf_rc wf_op_install(const struct wf_op_install *, struct wf_op_installed *out,
                                 struct wf_err *err);
void wf_op_installed_free(struct wf_op_installed *);

/* The name means the entry; types are told apart where both say them, as they
 * say them. */
bool wf_op_install_names(const struct wf_op_name *, const struct wf_manifest_entry *);

#endif
