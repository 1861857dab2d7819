/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of the ledger.  Must never change a row, and never take a row for
 * good because its columns look good: the document is what is hashed.
 */
#include "engine/ledger.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/limits.h"
#include "sys/clock.h"

#define MAX_ROW_BYTES (32u * WF_MIB) /* one document: evidence with all its signatures */

/* --- reading --------------------------------------------------------------- */

const char wf_ledger_where_sql[] =
	"SELECT c.oid, c.relkind, pg_catalog.has_schema_privilege(n.oid, 'USAGE') "
	"AND pg_catalog.has_table_privilege(c.oid, 'SELECT'), c.relrowsecurity, "
	"pg_catalog.pg_has_role(n.nspowner, 'USAGE') "
	"AND (c.oid IS NULL OR pg_catalog.pg_has_role(c.relowner, 'USAGE')), "
	"pg_catalog.pg_get_userbyid(coalesce(c.relowner, n.nspowner)) "
	"FROM pg_catalog.pg_namespace n LEFT JOIN pg_catalog.pg_class c "
	"ON c.relnamespace" WF_EQ "n.oid AND c.relname" WF_EQ "'ledger' "
	"WHERE n.nspname" WF_EQ "'wasmfn'";

/* tableoid: what was put in the table's place since then makes it fail */
static const char rows_sql[] =
	"SELECT l.seq, pg_catalog.encode(l.hash, 'hex'), l.doc FROM ONLY wasmfn.ledger l "
	"WHERE l.tableoid" WF_EQ "$1::pg_catalog.oid ORDER BY l.seq";

/* Hash from its column, everything else from the document. */
static void
read_row(struct wf_live *live, const struct wf_pg_rows *rows, size_t i,
         const struct wf_ledger_row *like, struct wf_ledger_row *row)
{
	struct wf_json *doc = NULL;
	struct wf_ledger_row got = {.spec = WF_SPEC_INIT};
	const char *hex = wf_pg_z(rows, i, 1);
	int64_t seq = wf_pg_int(rows, i, 0);
	struct wf_err ignored = {0};

	*row = (struct wf_ledger_row){.seq = seq, .spec = WF_SPEC_INIT};
	row->spec.schema = row->spec.name = "";
	if (!hex || wf_ledger_row_from_text(wf_pg_str(rows, i, 2), like, &live->arena, &live->bulk,
	                                    &doc, &got, &ignored) != WF_OK)
		return;
	wf_json_push(live->docs, doc); /* strings of the row live in it */
	if (!wf_enc_unhex(wf_str(hex), got.hash.sha256, sizeof(got.hash.sha256)) ||
	    got.seq != seq)
		return;
	*row = got;
}

enum wf_rc
wf_ledger_fetch(struct wf_engine *e, struct wf_live *live, struct wf_pg_rows **rows,
                struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *at = NULL;
	struct wf_pg_param p;
	const char *kind;
	enum wf_rc rc;

	rc = wf_pg_exec(e->pg, wf_ledger_where_sql, NULL, 0, &at, err);
	if (rc != WF_OK)
		return wf_err_wrap(err, "ledger");
	if (wf_pg_count(at) == 0 || !wf_pg_z(at, 0, 0))
		return WF_OK; /* no ledger */
	live->ledger_exists = true;
	kind = wf_pg_z(at, 0, 1);
	if (*kind != 'r' || wf_pg_bool(at, 0, 3)) {
		wf_engine_unreadable(live, "table wasmfn.ledger: not a plain table");
		wf_engine_add_oddity(live, "D20", "table wasmfn.ledger", "a plain table",
		                     *kind == 'v' ? "a view" : "something else");
		return WF_OK;
	}
	if (!wf_pg_bool(at, 0, 2)) {
		wf_engine_unreadable(live, "table wasmfn.ledger: permission denied");
		return WF_OK;
	}
	p = WF_PG_Z(wf_pg_z(at, 0, 0));
	rc = wf_pg_exec(e->pg, rows_sql, &p, 1, rows, err);
	if (rc != WF_OK)
		return wf_err_wrap(err, "ledger");
	live->ledger_readable = true;
	return WF_OK;
}

void
wf_ledger_parse(struct wf_live *live, const struct wf_pg_rows *rows)
{
	size_t i;

	if (!rows)
		return;
	live->ledger = wf_arena_alloc(&live->arena,
	                              (wf_pg_count(rows) + 1) * sizeof(*live->ledger));
	for (i = 0; i < wf_pg_count(rows); i++)
		read_row(live, rows, i, i ? &live->ledger[i - 1] : NULL,
		         &live->ledger[live->nledger++]);
}

enum wf_rc
wf_ledger_has_run(struct wf_pg *pg, const char *run, int64_t seq, bool *out, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *at = NULL;
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	char text[24];
	struct wf_pg_param p[] = {WF_PG_Z(run), WF_PG_Z(text)};
	enum wf_rc rc;

	(void)snprintf(text, sizeof(text), "%lld", (long long)seq);
	rc = wf_pg_exec(pg, wf_ledger_where_sql, NULL, 0, &at, err);
	if (rc != WF_OK)
		return rc;
	*out = false;
	if (wf_pg_count(at) == 0 || !wf_pg_z(at, 0, 0))
		return WF_OK;
	rc = wf_pg_exec(pg, "SELECT 1 FROM ONLY wasmfn.ledger l WHERE l.run" WF_EQ
	                    "$1::pg_catalog.text AND l.seq" WF_EQ "$2::pg_catalog.int8",
	                p, 2, &rows, err);
	if (rc == WF_OK)
		*out = wf_pg_count(rows) > 0;
	return rc;
}

/* --- writing --------------------------------------------------------------- */

static enum wf_rc
read_head(struct wf_engine *e, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	const char *hex;
	enum wf_rc rc = wf_engine_make_ledger(e, err);

	if (rc == WF_OK)
		rc = wf_pg_exec(e->pg,
		                "SELECT l.seq, pg_catalog.encode(l.hash, 'hex'), pg_catalog.to_char("
		                "pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()), "
		                "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), pg_catalog.pg_current_xact_id() FROM (SELECT 1) one LEFT JOIN "
		                "LATERAL (SELECT x.seq, x.hash FROM ONLY wasmfn.ledger x "
		                "ORDER BY x.seq DESC LIMIT 1) l ON true",
		                NULL, 0, &rows, err);
	if (rc != WF_OK)
		return rc;
	memset(&e->head_hash, 0, sizeof(e->head_hash));
	e->head_seq = wf_pg_int(rows, 0, 0);
	hex = wf_pg_z(rows, 0, 1);
	if (hex && !wf_enc_unhex(wf_str(hex), e->head_hash.sha256, sizeof(e->head_hash.sha256)))
		return wf_err_set(err, WF_R_ENGINE, "the ledger's head is no SHA-256");
	(void)snprintf(e->head_time, sizeof(e->head_time), "%s",
	               wf_pg_z(rows, 0, 2) ? wf_pg_z(rows, 0, 2) : "");
	e->tx_xid = wf_pg_int(rows, 0, 3);
	e->head_known = true;
	return WF_OK;
}

/* "deploy / alice (uid 1000)": the database's session user and who ran the
 * program; an account without a name has its number only. */
static const char *
actor(const struct wf_engine *e, char text[256])
{
	const struct passwd *pw = getpwuid(getuid());

	if (pw && pw->pw_name && *pw->pw_name)
		(void)snprintf(text, 256, "%s / %.63s (uid %u)", e->session_role, pw->pw_name,
		               (unsigned)getuid());
	else
		(void)snprintf(text, 256, "%s / uid %u", e->session_role, (unsigned)getuid());
	return text;
}

static enum wf_rc
insert(struct wf_engine *e, const struct wf_ledger_row *row, const char *doc,
       const char *function, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *about = wf_asprintf("ledger: %s", function);
	char seq[24];
	struct wf_pg_param p[7];

	(void)snprintf(seq, sizeof(seq), "%lld", (long long)row->seq);
	p[0] = WF_PG_Z(seq);
	p[1] = WF_PG_B((const char *)row->prev.sha256, sizeof(row->prev.sha256));
	p[2] = WF_PG_B((const char *)row->hash.sha256, sizeof(row->hash.sha256));
	p[3] = WF_PG_Z(row->run);
	p[4] = WF_PG_Z(row->action);
	p[5] = WF_PG_Z(function);
	p[6] = WF_PG_Z(doc);
	return wf_pg_queue(e->pg, about, "INSERT INTO wasmfn.ledger (seq, prev, hash, run, action, "
	                                 "function, doc) VALUES ($1::pg_catalog.int8, $2, $3, $4, "
	                                 "$5, $6, $7)",
	                   p, WF_COUNT(p), err);
}

enum wf_rc
wf_ledger_add(struct wf_engine *e, struct wf_ledger_row *row, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(MAX_ROW_BYTES);
	struct wf_arena names = {NULL};
	char who[256];
	enum wf_rc rc = WF_OK;

	if (!e->head_known)
		rc = read_head(e, err);
	if (rc != WF_OK)
		return wf_err_wrap(err, "ledger");
	row->format = WF_LEDGER_FORMAT;
	row->seq = e->head_seq + 1;
	row->prev = e->head_hash;
	row->time = e->head_time;
	row->xid = e->tx_xid;
	if (!row->actor)
		row->actor = actor(e, who);
	wf_ledger_row_hash(row, &row->hash);
	doc = wf_ledger_row_to_json(row);
	rc = wf_json_dump(doc, WF_JSON_CANONICAL, &text, err);
	if (rc != WF_OK)
		(void)wf_err_wrap(err, "ledger");
	if (rc == WF_OK)
		rc = insert(e, row, wf_buf_z(&text), wf_spec_signature(&row->spec, &names), err);
	wf_arena_free(&names);
	if (row->actor == who)
		row->actor = NULL;
	if (rc != WF_OK)
		return rc;
	e->head_seq = row->seq;
	e->head_hash = row->hash;
	return WF_OK;
}
