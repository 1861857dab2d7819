/* SPDX-License-Identifier: Apache-2.0
 *
 * Manifest file x ledger x live gives steps: what an install would do to one
 * target, and nothing else than what it then does.  Pure.  A plan that policy
 * does not allow is no plan.
 */
#ifndef WF_PLAN_STEPS_H
#define WF_PLAN_STEPS_H

#include "plan/hold.h"
#include "plan/live.h"

/* X(NAME, "word", "sql class") */
#define WF_ACTIONS(X) \
	X(NONE, "none", "none") \
	X(CREATE, "create", "ddl") \
	X(REPLACE, "replace", "ddl") \
	X(ALTER, "alter", "ddl") \
	X(GRANT, "grant", "privilege") \
	X(REVOKE, "revoke", "privilege") \
	X(ADOPT, "adopt", "ledger") \
	X(REMOVE, "remove", "ddl") \
	X(QUARANTINE, "quarantine", "privilege") \
	X(RELEASE, "release", "privilege") \
	X(ROLLBACK, "rollback", "ddl") \
	X(CHECK, "check", "call")

enum wf_action {
#define WF_ACTION_ENUM(name, word, sql) WF_ACTION_##name,
	WF_ACTIONS(WF_ACTION_ENUM)
#undef WF_ACTION_ENUM
};
const char *wf_steps_word(enum wf_action);      /* "create", … */
const char *wf_steps_sql_class(enum wf_action); /* "ddl", … */

struct wf_step {
	enum wf_action action;
	const char *function; /* wf_spec_signature */
	const char *what;     /* "module", "owner", "execute", … */
	const char *from, *to; /* NULL: nothing */
};

/* M of one function, complete: types as the server names them, module known. */
struct wf_steps_want {
	struct wf_spec spec;
	struct wf_pos pos;    /* of the entry, for messages */
	const char *match;    /* wf_ref.match of its reference: the policy's rules go by it */
	/* policies in force, each must allow: `functions` and `limits` */
	const struct wf_policy *const *policies;
	size_t npolicies;
	/* the evidence in the ledger's row about it does not count today: the row
	 * says nothing then, and a new one is written */
	bool row_void;
	/* what keeps install away from it, and whether this run ends that */
	enum wf_hold hold;
	bool release;
	bool rollback; /* the row's action, whatever has to be done for it */
	const char *check; /* the call to be made if anything is done, for people; NULL */
};

/* What happens to one function. */
struct wf_change {
	size_t want;       /* index of the want */
	struct wf_spec goal; /* the entry; where it is silent the ledger row; else unset */
	const struct wf_live_function *live; /* NULL: not there yet */
	const struct wf_ledger_row *row;     /* newest about it, NULL */
	enum wf_action action; /* the ledger row's word; NONE: nothing to do */
	enum wf_hold left;     /* why it is left alone */
	bool put, replace; /* send the module; into the wrapper that is there */
	bool alter;        /* bring attributes and privileges to the goal */
};

/* What is to be done about a ledger that cannot be true. */
#define WF_LEDGER_TAMPERED_HINT \
	"Treat it as tampering, `wasmfn reconcile` says more. Once it is explained, put the schema " \
	"aside (ALTER SCHEMA wasmfn RENAME TO ...): install begins a new ledger."

struct wf_steps {
	struct wf_step *v; /* in order of wants */
	size_t n;
	struct wf_change *changes; /* one a want, in their order */
	size_t nchanges;
	bool any;          /* some change is not NONE */
	struct wf_arena arena;
};
#define WF_STEPS_INIT {.v = NULL}

/* May anything be put on top of the ledger?  WF_R_TAMPERED (16): its chain is
 * broken, nothing says then what was applied, and a row would only bury that.
 * WF_R_PRIVILEGE (77): it cannot be read. */
WF_MUST enum wf_rc wf_steps_ledger(const struct wf_live *, struct wf_err *err);

/* What is borrowed (wants, live) must outlive out.  WF_R_DENIED (15) names
 * the rule; WF_R_PLAN_REFUSED (65) what cannot be done in place (another
 * return type, other argument types of a recorded function); WF_R_PRIVILEGE
 * (77) a function that cannot be read; and what wf_steps_ledger says.  First
 * failure wins; out is to be freed in any case. */
WF_MUST enum wf_rc wf_steps_plan(const struct wf_steps_want *, size_t n,
                                 const struct wf_live *, struct wf_steps *out,
                                 struct wf_err *err);
/* One more step: a function that is live goes.  It belongs to no want. */
void wf_steps_remove(struct wf_steps *, const struct wf_live_function *);
void wf_steps_free(struct wf_steps *); /* NULL is fine */

/* {"action","function","what","from","to","sql_class"} */
struct wf_json *wf_steps_to_json(const struct wf_steps *);

/* Do the policy's `functions` and `limits`, and its `capabilities` for paths
 * and addresses, allow the goal?  match: wf_ref.match of its reference; owner:
 * the one that the function has or gets.  WF_R_DENIED. */
WF_MUST enum wf_rc wf_steps_allowed(const struct wf_policy *, const char *match,
                                    const struct wf_spec *goal, const char *owner, const struct wf_live *,
                                    struct wf_err *err);

#endif
