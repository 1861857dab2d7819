/* SPDX-License-Identifier: Apache-2.0
 *
 * What this host knows of a target's ledger by itself: for each function the
 * newest row that a run found in sync with the manifest file or wrote.  It is
 * the one witness that nobody in the database can change.  Pure; the file is
 * engine/state.h.
 */
#ifndef WF_PLAN_KNOWN_H
#define WF_PLAN_KNOWN_H

#include "plan/ledger_row.h"

struct wf_known_row {
	const char *function; /* wf_spec_signature */
	int64_t seq;
	struct wf_digest hash;
	const char *since; /* RFC 3339: learnt then */
};

/* Zero is a valid value that knows nothing. */
struct wf_known {
	struct wf_known_row *rows; /* malloc'ed */
	size_t n, cap;
	struct wf_arena arena; /* strings */
};

void wf_known_free(struct wf_known *); /* NULL is fine */

/* NULL: this host knows no row of it. */
const struct wf_known_row *wf_known_find(const struct wf_known *, const char *function);

/* It knows this very row. */
bool wf_known_vouches(const struct wf_known *, const struct wf_ledger_row *, struct wf_arena *);

/* Learns that the row stands (row->seq and row->hash set).  A row older than
 * the one known is not taken.  now: RFC 3339.  Returns whether anything
 * changed. */
bool wf_known_add(struct wf_known *, const struct wf_ledger_row *row, const char *now);

/* The ledger (rows in order of seq, the chain whole or not) still has the row
 * with that seq and hash. */
bool wf_known_stands(const struct wf_known_row *, const struct wf_ledger_row *, size_t n);

/* {"version":1,"system_identifier":…,"database":…,"rows":[…]} */
struct wf_json *wf_known_to_json(const struct wf_known *, const char *system_identifier,
                                 const char *database);
/* WF_R_MALFORMED when it is anything else, or about another target. */
WF_MUST enum wf_rc wf_known_from_json(const struct wf_json *, const char *system_identifier,
                                      const char *database, struct wf_known *out,
                                      struct wf_err *err);

#endif
