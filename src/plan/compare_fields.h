/* SPDX-License-Identifier: Apache-2.0
 *
 * One live function against what is wanted of it: each difference is a
 * finding of its own.  Private to the comparison.
 */
#ifndef WF_PLAN_COMPARE_FIELDS_H
#define WF_PLAN_COMPARE_FIELDS_H

#include "plan/compare.h"

struct wf_compare_fields {
	const struct wf_compare *in;
	const struct wf_spec *want;  /* manifest digest is not looked at */
	/* want comes from a ledger row, at least in what the entry leaves out:
	 * what it does not say is said to be absent */
	bool complete;
	const struct wf_live_function *live;
	const char *object;           /* the signature */
	struct wf_findings *findings; /* NULL: only count */
	struct wf_arena *arena;
};

/* How many differences there are that change the function's state. */
unsigned wf_compare_fields(const struct wf_compare_fields *);

/* What `functions`, `limits` and `capabilities` (paths and addresses) of the
 * policies in force, and of the entry's own (NULL: none), do not allow of what
 * is live: said in c->findings (not NULL here), and counted.  match: of the
 * entry's reference, NULL where there is no entry; then paths and addresses
 * are not asked about. */
unsigned wf_compare_policy(const struct wf_compare_fields *, const struct wf_policy *own,
                           const char *match);

/* wasi in one spelling (canonical JSON with defaults written out), whatever
 * the text; NULL is "null": no WASI at all. */
const char *wf_compare_wasi(const char *text, struct wf_arena *);

/* What concerns the target and no single function: engine, settings,
 * privileges, things that could not be read. */
void wf_compare_target(const struct wf_compare *, struct wf_comparison *);

/* The state of each function matched in out, and its findings. */
void wf_compare_states(const struct wf_compare *, struct wf_comparison *);

/* D20 (D30 on a standby) when the head this host knows does not stand. */
void wf_compare_head(const struct wf_compare *, struct wf_comparison *);

#endif
