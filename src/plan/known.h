/* SPDX-License-Identifier: Apache-2.0
 *
 * What this host knows of a target's ledger by itself: for each function the
 * newest row that a run found in sync with the manifest file or wrote.  It is
 * the one witness that nobody in the database can change.  Pure; the file is
 * engine/state.h.
 */
#ifndef WF_PLAN_KNOWN_H
#define WF_PLAN_KNOWN_H

#include "plan/live.h"

struct wf_known_row {
	const char *function; /* wf_spec_signature */
	int64_t seq;
	struct wf_digest hash;
	const char *since; /* RFC 3339: learnt then */
	/* What it refers to: "sha256:…" of an artifact's manifest, "none" after a
	 * removal; NULL: learnt before that was noted. */
	const char *manifest;
};

/* The newest row of the whole ledger when its chain was last found whole, and
 * where in its history the server was then. */
struct wf_known_head {
	int64_t seq; /* 0: none known */
	struct wf_digest hash;
	const char *since; /* RFC 3339 */
	/* NULL: not known */
	const char *database_oid, *timeline, *lsn, *xid;
};

/* Zero is a valid value that knows nothing. */
struct wf_known {
	struct wf_known_head head;
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

/* What became of the head. */
enum wf_known_fate {
	WF_HEAD_NONE = 0,  /* this host knows none */
	WF_HEAD_STANDS,    /* the ledger has it, at the end or before newer rows */
	WF_HEAD_BEHIND,    /* a standby that has not come so far: nothing can be said */
	WF_HEAD_TRUNCATED, /* the ledger ends before it */
	WF_HEAD_REWRITTEN, /* another row stands in its place */
	WF_HEAD_RESTORED,  /* one of the two, and the server's history went back too */
};
const char *wf_known_fate_word(enum wf_known_fate);
static inline bool
wf_known_fate_bad(enum wf_known_fate f)
{
	return f >= WF_HEAD_TRUNCATED;
}

/* newest: seq of the ledger's last row, 0 when it has none; at: hash of its row
 * with the head's seq, NULL when it has none. */
enum wf_known_fate wf_known_fate(const struct wf_known *, int64_t newest,
                                 const struct wf_digest *at,
                                 const struct wf_live_history *, bool standby);
/* The same of a ledger in memory. */
enum wf_known_fate wf_known_fate_live(const struct wf_known *, const struct wf_live *);

/* Takes the newest row for the head; the caller has found the chain whole and
 * the old head standing.  Returns whether anything changed.  A head at an
 * older place is not taken. */
bool wf_known_set_head(struct wf_known *, int64_t seq, const struct wf_digest *hash,
                       const struct wf_live_history *, const char *now);

/* {"version":1,"system_identifier":…,"database":…,"head":{…},
 * "rows":[…]}; no head: no member */
struct wf_json *wf_known_to_json(const struct wf_known *, const char *system_identifier,
                                 const char *database);
/* WF_R_MALFORMED when it is anything else, or about another target. */
WF_MUST enum wf_rc wf_known_from_json(const struct wf_json *, const char *system_identifier,
                                      const char *database, struct wf_known *out,
                                      struct wf_err *err);

#endif
