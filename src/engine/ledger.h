/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger in the target: schema wasmfn, table ledger.  Rows are added and
 * read, never changed.  What is in it is evidence, not authority
 * (plan/ledger_row.h).
 */
#ifndef WF_ENGINE_LEDGER_H
#define WF_ENGINE_LEDGER_H

#include "engine/adapter.h"

/* Asks for the rows: fills ledger_exists and ledger_readable; *rows NULL when
 * there is nothing to be read. */
WF_MUST enum wf_rc wf_ledger_fetch(struct wf_engine *, struct wf_live *,
                                   struct wf_pg_rows **rows, struct wf_err *err);
/* Fills ledger from them.  A row whose document cannot be read is given as
 * zeros with its seq: the chain breaks there. */
void wf_ledger_parse(struct wf_live *, const struct wf_pg_rows *rows);

/* One row when schema wasmfn is there: OID and relkind of the ledger (NULL:
 * none), may this role read it, has it row security, is this role a member of
 * the owners, the owner. */
extern const char wf_ledger_where_sql[];

/* Schema, table, privileges and wasmfn.provenance, as far as they are missing. */
WF_MUST enum wf_rc wf_engine_make_ledger(struct wf_engine *, struct wf_err *err);

/* Adds the row at the head; makes schema and table first when missing.  Fills
 * seq, prev, hash, time (kept in the engine) and, when NULL, actor. */
WF_MUST enum wf_rc wf_ledger_add(struct wf_engine *, struct wf_ledger_row *,
                                 struct wf_err *err);

/* Is row seq there, and of this run?  A run may have committed others before. */
WF_MUST enum wf_rc wf_ledger_has_run(struct wf_pg *, const char *run, int64_t seq, bool *out,
                                     struct wf_err *err);

#endif
