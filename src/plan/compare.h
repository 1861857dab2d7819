/* SPDX-License-Identifier: Apache-2.0
 *
 * The three-way comparison, contract section 4: manifest file x ledger x live
 * gives a state for each function and findings.  Pure.  What could not be
 * checked never becomes in_sync; what an attacker in the database can write
 * is never an authority.
 */
#ifndef WF_PLAN_COMPARE_H
#define WF_PLAN_COMPARE_H

#include "config/config.h"
#include "plan/finding.h"
#include "plan/known.h"
#include "plan/live.h"

enum wf_state {
	WF_STATE_UNKNOWN = 0,
	WF_STATE_IN_SYNC,
	WF_STATE_PENDING,
	WF_STATE_DRIFT,
	WF_STATE_CONFLICT,
	WF_STATE_ORPHAN,
	WF_STATE_FOREIGN,
	WF_STATE_QUARANTINED,
};
const char *wf_compare_state_word(enum wf_state); /* "in_sync", … */
enum wf_rc wf_compare_state_code(enum wf_state);
/* The state of several. */
enum wf_state wf_compare_state_worse(enum wf_state, enum wf_state);

/* One entry of the manifest files for this target. */
struct wf_compare_want {
	/* What the entry says and nothing else; types as the server names them.
	 * module: what the OCI manifest with the entry's digest leads to, from
	 * bytes hashed again (store or ledger evidence); has_module false when
	 * neither has it. */
	struct wf_spec spec;
	const char *ref;     /* for messages */
	const char *match;   /* wf_ref.match of it, for rules */
	const char *no_type; /* an SQL type that the server does not have; NULL */
	const struct wf_manifest_entry *entry; /* not looked at here; may be NULL */
	const struct wf_policy *policy; /* the entry's own; NULL: it names none */
	/* it names one that could not be loaded: why, and whether that is because
	 * somebody else could write it */
	const char *policy_error;
	bool policy_unsafe;
};

struct wf_compare {
	const char *target;
	const struct wf_compare_want *wants;
	size_t nwants;
	/* A manifest file could not be used: what no entry claims is unknown. */
	bool more_claims;
	const struct wf_live *live;
	const struct wf_known *known;
	const char *known_error; /* the local state could not be read; NULL */
	/* what the engine is compared with; NULL: nothing configured */
	const struct wf_config_target *expect;
	/* policies in force (functions, limits): each must be met */
	const struct wf_policy *const *policies;
	size_t npolicies;
	/* The row's evidence hashes to its manifest digest, leads to its module
	 * digest and satisfies today's policy.  why: one phrase if not; *code:
	 * 12 … 17.  want: the entry about the function, NULL for an orphan.
	 * known: this host vouches for the row; else its reference is a claim of
	 * whoever can write to the database, and the trust rule of the entry's own
	 * must pass too.
	 * Asked only where the answer decides. */
	/* ask it of every function that is as wanted and recorded, too: a key,
	 * an identity or an artifact may have been denied since (D21) */
	bool recheck;
	bool (*verifies)(void *arg, const struct wf_ledger_row *,
	                 const struct wf_compare_want *, bool known, char why[320],
	                 enum wf_rc *code);
	void *arg;
};

struct wf_compared {
	const char *schema, *name, *signature;
	enum wf_state state;
	bool unrecorded;
	const struct wf_compare_want *want; /* M, NULL */
	const struct wf_ledger_row *row;    /* L, NULL */
	const struct wf_live_function *live; /* V, NULL */
	/* digests of the module wanted (M's, else L's) and found; "" unknown or none */
	char want_digest[WF_DIGEST_TEXT], have_digest[WF_DIGEST_TEXT];
	bool learn; /* M = L = V: this host now knows the row */
};

struct wf_comparison {
	struct wf_compared *v; /* by schema, name, arguments */
	size_t n;
	struct wf_findings findings;
	enum wf_state state; /* the worst */
	enum wf_rc code;     /* of states and findings, contract section 3 */
	enum wf_chain_state chain;
	enum wf_known_fate head;
	size_t settings_checked, modules_checked; /* for "what was checked" */
	struct wf_arena arena;
};

/* The ledger row about each want (NULL: none), as wf_compare will match them:
 * live has no say in it, so it can be asked before live is read.  Of a want
 * only schema, name and args are looked at.  out: nwants of them. */
void wf_compare_rows(const struct wf_compare_want *, size_t nwants,
                     const struct wf_ledger_row *, size_t nrows, struct wf_arena *,
                     const struct wf_ledger_row **out);

/* Everything borrowed must outlive out. */
void wf_compare(const struct wf_compare *, struct wf_comparison *out);
void wf_compare_free(struct wf_comparison *); /* NULL is fine */

#endif
