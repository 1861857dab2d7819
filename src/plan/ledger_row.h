/* SPDX-License-Identifier: Apache-2.0
 *
 * One row of the ledger as a value, and the hash chain over rows.  Pure: the
 * SQL is in engine/ledger.h.  Nothing that stands in a database is an
 * authority: a row counts when the chain is whole, this host knows its head,
 * and the evidence in it verifies today.
 */
#ifndef WF_PLAN_LEDGER_ROW_H
#define WF_PLAN_LEDGER_ROW_H

#include "plan/spec.h"

/* What a row has by its format: 1 (no member "format") is how they were
 * written first; 2 says the state before, and says null where nothing is. */
#define WF_LEDGER_FORMAT 2

struct wf_ledger_row {
	int64_t format;         /* 0: as 1 */
	int64_t seq;            /* 1, 2, 3 … without holes */
	struct wf_digest prev;  /* row_hash of seq - 1; zeros for the first */
	struct wf_digest hash;  /* of this row */
	const char *action;     /* create replace alter grant revoke adopt remove quarantine release rollback intent */
	/* After the action, complete: every field as the database has it then,
	 * and the manifest digest.  A limit is -1 only where the engine keeps none
	 * for the function, wasi "null" where it has none; reconcile takes each for
	 * a statement.  For remove: what was removed. */
	struct wf_spec spec;
	/* The function as the database had it before; false: there was none, or
	 * the row is older than format 2. */
	bool has_before;
	struct wf_spec before;
	/* Of a rollback against a manifest file: "sha256:…" over its entry as it
	 * was then (plan/hold.h); NULL. */
	const char *held;
	const char *ref;        /* as the manifest file has it */
	const char *signer;     /* wf_verified_signer */
	const char *manifest_file_hash; /* "sha256:…" of the file, NULL */
	const char *policy_hash;
	const char *git_commit; /* that the manifest file's directory had; NULL: unknown */
	const char *actor;      /* "db session user / OS user" */
	const char *tool;       /* "wasmfn 0.1.0" */
	int64_t xid;            /* the transaction that added it, 0: read; not in the document */
	const char *run;        /* run id */
	const char *time;       /* RFC 3339, the database's clock */
	const char *reason;     /* --reason, NULL */
	const char *engine_version; /* extension version at install */
	const struct wf_json *settings; /* {"pg_wasm.allow_fs":"off", …} at install; D13 */
	const struct wf_json *evidence; /* wf_artifact_to_json */
	/* Of a row that was read: its evidence as text, then `evidence` is NULL
	 * (wf_ledger_row_evidence), and the SHA-256 of the document as it was
	 * written, computed by the reader. */
	struct wf_str evidence_text;
	struct wf_str settings_text; /* of `settings`, as it was written */
	bool has_text_hash;
	struct wf_digest text_hash;
};

/* The row's evidence, parsed when it is there as text; NULL when it has none
 * or it is no JSON.  *owner keeps what was parsed. */
const struct wf_json *wf_ledger_row_evidence(const struct wf_ledger_row *,
                                             struct wf_json **owner);

/* The canonical JSON whose SHA-256 is the row's hash: every member but
 * `hash`, `prev` included.  Caller frees. */
struct wf_json *wf_ledger_row_to_json(const struct wf_ledger_row *);
/* The other way; `hash` is not in the document: the caller sets out->hash
 * from where it is kept.  A member that is not known is WF_R_MALFORMED (it
 * would be lost from the hash).  A row that cannot be read must still be
 * given to wf_ledger_row_chain, as zeros with its seq: the chain is then
 * broken there, which is a finding and no read error.  Strings and JSON live
 * as long as doc and arena. */
WF_MUST enum wf_rc wf_ledger_row_from_json(const struct wf_json *doc,
                                           struct wf_arena *,
                                           struct wf_ledger_row *out,
                                           struct wf_err *err);
/* The same from the document's text, the evidence kept as text and not looked
 * into.  like: a row that was read before (NULL: none); settings of the same
 * bytes are then its own, and it must live on.  What is kept lives as long as
 * the arena and *doc (caller frees), the evidence as long as the arena bulk. */
WF_MUST enum wf_rc wf_ledger_row_from_text(struct wf_str text,
                                           const struct wf_ledger_row *like,
                                           struct wf_arena *, struct wf_arena *bulk,
                                           struct wf_json **doc,
                                           struct wf_ledger_row *out,
                                           struct wf_err *err);
void wf_ledger_row_hash(const struct wf_ledger_row *, struct wf_digest *out);

enum wf_chain_state {
	WF_CHAIN_BROKEN = 0, /* a hash, link or sequence does not fit */
	WF_CHAIN_WHOLE,
	WF_CHAIN_EMPTY,
};
/* rows in order of seq.  *bad gets the seq where it breaks. */
enum wf_chain_state wf_ledger_row_chain(const struct wf_ledger_row *, size_t n,
                                        int64_t *bad);

/* A row that says what is about to be done, where an engine cannot change
 * function and ledger together: evidence of the attempt, no state. */
bool wf_ledger_row_intent(const struct wf_ledger_row *);

/* The same in pieces: start from zeros; false, and *bad, where it breaks. */
struct wf_chain {
	int64_t seq;           /* of the last row that fits */
	struct wf_digest hash; /* its hash */
};
bool wf_ledger_row_follows(struct wf_chain *, const struct wf_ledger_row *, int64_t *bad);

/* The row says something of schema.name(args): no intent, and none that could
 * not be read.  No args and an empty list are the same. */
bool wf_ledger_row_about(const struct wf_ledger_row *, const struct wf_spec *);

/* The newest row about schema.name(args), NULL when none or when the newest
 * is a removal.  Without args (NULL): the newest about schema.name that is no
 * removal and that no newer row removes. */
const struct wf_ledger_row *wf_ledger_row_find(const struct wf_ledger_row *,
                                               size_t n, const struct wf_spec *);

#endif
