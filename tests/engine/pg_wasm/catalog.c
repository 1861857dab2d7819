/* SPDX-License-Identifier: Apache-2.0
 *
 * The extension's tables, through SPI with the rights of the table's owner:
 * callers have none on them.  Every name is qualified and every column cast,
 * so that a table replaced by something else is an error, never a crash.  It
 * must not run anything with more rights than the relation's owner has.
 */
#include "pg_wasm.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

enum {
	Q_ROW, Q_BYTES, Q_LOCK, Q_PUT_MODULE, Q_PUT_ROW, Q_DELETE,
	Q_DELETE_MODULES, Q_COUNT
};

#define EQ "OPERATOR(pg_catalog.=)"

static const struct {
	const char *sql;
	int nargs;
	Oid args[7];
} queries[Q_COUNT] = {
	[Q_ROW] = {
		"SELECT sha256::pg_catalog.bytea, config::pg_catalog.jsonb"
		" FROM wasm.function_def WHERE proc::pg_catalog.oid " EQ " $1",
		1, {OIDOID}},
	[Q_BYTES] = {
		"SELECT bytes::pg_catalog.bytea FROM wasm.module"
		" WHERE sha256::pg_catalog.bytea " EQ " $1",
		1, {BYTEAOID}},
	[Q_LOCK] = {
		"LOCK TABLE wasm.module IN SHARE ROW EXCLUSIVE MODE", 0, {0}},
	[Q_PUT_MODULE] = {
		"INSERT INTO wasm.module AS m (sha256, bytes, created_by)"
		" VALUES ($1, $2, $3)"
		" ON CONFLICT (sha256) DO UPDATE SET bytes = EXCLUDED.bytes"
		" WHERE m.bytes OPERATOR(pg_catalog.<>) EXCLUDED.bytes",
		3, {BYTEAOID, BYTEAOID, NAMEOID}},
	[Q_PUT_ROW] = {
		"INSERT INTO wasm.function_def (proc, name, arg_types,"
		" return_type, sha256, config, created_by)"
		" VALUES ($1, $2, $3::pg_catalog.regtype[], $4, $5, $6, $7)"
		" ON CONFLICT (proc) DO UPDATE SET name = EXCLUDED.name,"
		" arg_types = EXCLUDED.arg_types,"
		" return_type = EXCLUDED.return_type,"
		" sha256 = EXCLUDED.sha256, config = EXCLUDED.config,"
		" updated_at = pg_catalog.now()",
		7, {OIDOID, TEXTOID, OIDARRAYOID, REGTYPEOID, BYTEAOID,
		    JSONBOID, NAMEOID}},
	[Q_DELETE] = {
		"DELETE FROM wasm.function_def"
		" WHERE proc " EQ " ANY ($1)", 1, {OIDARRAYOID}},
	[Q_DELETE_MODULES] = {
		"DELETE FROM wasm.module m WHERE NOT EXISTS"
		" (SELECT FROM wasm.function_def d"
		" WHERE d.sha256 " EQ " m.sha256)", 0, {0}},
};

static SPIPlanPtr plans[Q_COUNT];

struct switched {
	Oid user;
	int context;
	MemoryContext mcxt;
};

/* relkind of a table of ours, '\0' when it is not there. */
static char
relation(const char *name, Oid *owner)
{
	Oid nsp = get_namespace_oid(PGW_SCHEMA, true);
	HeapTuple tup;
	char kind;

	if (!OidIsValid(nsp))
		return '\0';
	tup = SearchSysCache2(RELNAMENSP, CStringGetDatum(name),
		ObjectIdGetDatum(nsp));
	if (!HeapTupleIsValid(tup))
		return '\0';
	*owner = ((Form_pg_class) GETSTRUCT(tup))->relowner;
	kind = ((Form_pg_class) GETSTRUCT(tup))->relkind;
	ReleaseSysCache(tup);
	return kind;
}

/* True when both are tables, so that rows can be deleted from them. */
bool
pgw_catalog_exists(void)
{
	Oid owner;

	return relation("function_def", &owner) == RELKIND_RELATION &&
		relation("module", &owner) == RELKIND_RELATION;
}

static void
begin(struct switched *s)
{
	Oid owner;

	if (relation("function_def", &owner) == '\0')
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
			errmsg("relation wasm.function_def does not exist")));
	s->mcxt = CurrentMemoryContext;
	GetUserIdAndSecContext(&s->user, &s->context);
	SetUserIdAndSecContext(owner, s->context |
		SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	SPI_connect();
}

static void
end(struct switched *s)
{
	SPI_finish();
	SetUserIdAndSecContext(s->user, s->context);
}

/* What is read must be as new as the system caches: the newest snapshot. */
static int
execute(SPIPlanPtr plan, Datum *values, bool read_only)
{
	int rc;

	if (!read_only || IsInParallelMode())
		return SPI_execute_plan(plan, values, NULL, read_only, 0);
	PushActiveSnapshot(GetLatestSnapshot());
	rc = SPI_execute_plan(plan, values, NULL, true, 0);
	PopActiveSnapshot();
	return rc;
}

static void
query(int q, Datum *values, bool read_only, int want)
{
	int rc;

	if (plans[q] == NULL) {
		Oid args[lengthof(queries[q].args)];
		SPIPlanPtr plan;

		memcpy(args, queries[q].args, sizeof(args));
		plan = SPI_prepare(queries[q].sql, queries[q].nargs, args);
		if (plan == NULL)
			elog(ERROR, "SPI_prepare: %s",
				SPI_result_code_string(SPI_result));
		SPI_keepplan(plan);
		plans[q] = plan;
	}
	rc = execute(plans[q], values, read_only);
	if (rc != want)
		elog(ERROR, "SPI_execute_plan: %s", SPI_result_code_string(rc));
}

static Datum
bytea_datum(const void *data, size_t len)
{
	bytea *b = palloc(VARHDRSZ + len);

	SET_VARSIZE(b, VARHDRSZ + len);
	memcpy(VARDATA(b), data, len);
	return PointerGetDatum(b);
}

/* Copies what is well formed; false when something is not. */
static bool
read_row(HeapTuple tup, TupleDesc desc, struct pgw_row *out, MemoryContext to)
{
	bool null1, null2;
	Datum v1 = SPI_getbinval(tup, desc, 1, &null1);
	Datum v2 = SPI_getbinval(tup, desc, 2, &null2);
	bytea *b = null1 ? NULL : DatumGetByteaPP(v1);
	MemoryContext old;

	memset(out, 0, sizeof(*out));
	if (!null2) {
		old = MemoryContextSwitchTo(to);
		out->config = DatumGetJsonbPCopy(v2);
		MemoryContextSwitchTo(old);
	}
	if (b == NULL || VARSIZE_ANY_EXHDR(b) != PGW_SHA256_LEN)
		return false;
	memcpy(out->sha256, VARDATA_ANY(b), PGW_SHA256_LEN);
	return !null2;
}

/*
 * Two rows for one wrapper cannot be told apart: an error.  To repair a row it
 * need not be well formed: config may be NULL then.
 */
bool
pgw_catalog_row(Oid proc, struct pgw_row *out, bool repair)
{
	struct switched s;
	Datum arg = ObjectIdGetDatum(proc);
	bool found;

	begin(&s);
	query(Q_ROW, &arg, true, SPI_OK_SELECT);
	if (SPI_processed > 1)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
			errmsg("more than one row for function %u", proc)));
	found = SPI_processed == 1;
	if (found && !read_row(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
		out, s.mcxt) && !repair)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
			errmsg("%s of function %u is malformed",
				out->config == NULL ? "config" : "digest",
				proc)));
	end(&s);
	MemoryContextSwitchTo(s.mcxt);
	return found;
}

bytea *
pgw_catalog_bytes(const uint8 *sha256)
{
	struct switched s;
	Datum arg, v;
	bytea *out = NULL;
	bool isnull;

	begin(&s);
	arg = bytea_datum(sha256, PGW_SHA256_LEN);
	query(Q_BYTES, &arg, true, SPI_OK_SELECT);
	if (SPI_processed == 1) {
		v = SPI_getbinval(SPI_tuptable->vals[0],
			SPI_tuptable->tupdesc, 1, &isnull);
		if (!isnull) {
			MemoryContextSwitchTo(s.mcxt);
			out = DatumGetByteaPCopy(v);
		}
	}
	end(&s);
	MemoryContextSwitchTo(s.mcxt);
	return out;
}

/* One writer at a time, until the end of its transaction. */
void
pgw_catalog_lock(void)
{
	struct switched s;

	begin(&s);
	query(Q_LOCK, NULL, false, SPI_OK_UTILITY);
	end(&s);
	MemoryContextSwitchTo(s.mcxt);
}

static Datum
caller_name(Oid user)
{
	return DirectFunctionCall1(namein,
		CStringGetDatum(GetUserNameFromId(user, false)));
}

void
pgw_catalog_put_module(const uint8 *sha256, bytea *bytes)
{
	struct switched s;
	Datum args[3];

	begin(&s);
	args[0] = bytea_datum(sha256, PGW_SHA256_LEN);
	args[1] = PointerGetDatum(bytes);
	args[2] = caller_name(s.user);
	query(Q_PUT_MODULE, args, false, SPI_OK_INSERT);
	end(&s);
	MemoryContextSwitchTo(s.mcxt);
}

void
pgw_catalog_put_row(Oid proc, const char *name, const uint8 *sha256,
	Datum arg_types, Oid return_type, Jsonb *config)
{
	struct switched s;
	Datum args[7];

	begin(&s);
	args[0] = ObjectIdGetDatum(proc);
	args[1] = CStringGetTextDatum(name);
	args[2] = arg_types;
	args[3] = ObjectIdGetDatum(return_type);
	args[4] = bytea_datum(sha256, PGW_SHA256_LEN);
	args[5] = JsonbPGetDatum(config);
	args[6] = caller_name(s.user);
	query(Q_PUT_ROW, args, false, SPI_OK_INSERT);
	query(Q_DELETE_MODULES, NULL, false, SPI_OK_DELETE);
	end(&s);
	MemoryContextSwitchTo(s.mcxt);
}

/* Rows of these wrappers (an oid[]), and modules that nothing uses then. */
void
pgw_catalog_delete(Datum procs)
{
	struct switched s;

	begin(&s);
	query(Q_DELETE, &procs, false, SPI_OK_DELETE);
	if (SPI_processed > 0) {
		query(Q_LOCK, NULL, false, SPI_OK_UTILITY);
		query(Q_DELETE_MODULES, NULL, false, SPI_OK_DELETE);
	}
	end(&s);
	MemoryContextSwitchTo(s.mcxt);
}
