/* SPDX-License-Identifier: Apache-2.0
 *
 * wasm.create_function, replace_function, drop_function, module_bytes, and the
 * event trigger that keeps the table in step.  They run with the caller's
 * rights: the privilege checks that CREATE FUNCTION would do are done here,
 * because ProcedureCreate does not.  Nothing here may run a module.
 */
#include "pg_wasm.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "parser/parse_type.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#if PG_VERSION_NUM >= 160000
#define may_create(nsp) object_aclcheck(NamespaceRelationId, nsp, \
	GetUserId(), ACL_CREATE)
#define may_use(type) object_aclcheck(TypeRelationId, type, GetUserId(), \
	ACL_USAGE)
#define owns_proc(oid) object_ownercheck(ProcedureRelationId, oid, GetUserId())
#define owns_nsp(oid) object_ownercheck(NamespaceRelationId, oid, GetUserId())
#else
#define may_create(nsp) pg_namespace_aclcheck(nsp, GetUserId(), ACL_CREATE)
#define may_use(type) pg_type_aclcheck(type, GetUserId(), ACL_USAGE)
#define owns_proc(oid) pg_proc_ownercheck(oid, GetUserId())
#define owns_nsp(oid) pg_namespace_ownercheck(oid, GetUserId())
#endif

PG_FUNCTION_INFO_V1(pgw_sql_create_function);
PG_FUNCTION_INFO_V1(pgw_sql_replace_function);
PG_FUNCTION_INFO_V1(pgw_sql_drop_function);
PG_FUNCTION_INFO_V1(pgw_sql_module_bytes);
PG_FUNCTION_INFO_V1(pgw_sql_on_sql_drop);

static void
need_arg(FunctionCallInfo fcinfo, int i, const char *name)
{
	if (PG_ARGISNULL(i))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			errmsg("%s must not be NULL", name)));
}

static Oid
type_by_name(const char *name, bool result)
{
	Oid type;
	int32 typmod;
	AclResult acl;

#if PG_VERSION_NUM >= 160000
	(void) parseTypeString(name, &type, &typmod, NULL);
#else
	parseTypeString(name, &type, &typmod, false);
#endif
	pgw_type_check_usable(type, result);
	acl = may_use(type);
	if (acl != ACLCHECK_OK)
		aclcheck_error_type(acl, type);
	return type;
}

static void
parse_types(ArrayType *array, struct pgw_signature *sig)
{
	Datum *items;
	bool *nulls;
	int i, n;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
			errmsg("arg_types must be a one-dimensional array")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &items,
		&nulls, &n);
	if (n > FUNC_MAX_ARGS)
		ereport(ERROR, (errcode(ERRCODE_TOO_MANY_ARGUMENTS),
			errmsg("functions cannot have more than %d arguments",
				FUNC_MAX_ARGS)));
	for (i = 0; i < n; i++) {
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				errmsg("arg_types must not contain NULL")));
		sig->args[i] = type_by_name(TextDatumGetCString(items[i]),
			false);
	}
	sig->nargs = n;
}

static bool
parse_security(FunctionCallInfo fcinfo, int i)
{
	char *s;

	if (PG_ARGISNULL(i))
		return false;
	s = text_to_cstring(PG_GETARG_TEXT_PP(i));
	if (pg_strcasecmp(s, "DEFINER") == 0)
		return true;
	if (pg_strcasecmp(s, "INVOKER") != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("security must be INVOKER or DEFINER")));
	return false;
}

static Jsonb *
empty_config(void)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
		CStringGetDatum("{}")));
}

/* An overload of the extension's own functions would make them ambiguous. */
static void
check_not_reserved(const struct pgw_name *n)
{
	static const char *const own[] = {
		"create_function", "replace_function", "drop_function",
		"module_bytes", "call", "engine_info", "call_handler",
		"validator", "on_sql_drop",
	};
	size_t i;

	if (strcmp(n->schema, PGW_SCHEMA) != 0)
		return;
	for (i = 0; i < lengthof(own); i++)
		if (strcmp(n->name, own[i]) == 0)
			ereport(ERROR, (errcode(ERRCODE_DUPLICATE_FUNCTION),
				errmsg("function name %s.%s is reserved",
					PGW_SCHEMA, n->name)));
}

/* Everything that can be known without running it. */
static void
check_module(const uint8 *sha256, bytea *bytes, const char *name,
	const struct pgw_signature *sig, const struct pgw_config *config)
{
	struct pgw_limits limits;
	struct pgw_module *m;

	pgw_config_check(config, true);
	pgw_config_limits(config, &limits);
	m = pgw_module_get(sha256, VARDATA_ANY(bytes),
		VARSIZE_ANY_EXHDR(bytes), limits.stack);
	pgw_module_check(m, sig, config->export != NULL ? config->export :
		name, config, true);
}

static Datum
oid_array(const Oid *oids, int n)
{
	Datum *d = palloc(sizeof(*d) * Max(n, 1));
	int i;

	for (i = 0; i < n; i++)
		d[i] = ObjectIdGetDatum(oids[i]);
	return PointerGetDatum(construct_array(d, n, OIDOID, sizeof(Oid), true,
		TYPALIGN_INT));
}

static char *
body_of(const uint8 *sha256)
{
	return psprintf("sha256:%s", pgw_hex(sha256, PGW_SHA256_LEN));
}

static void
store(Oid proc, const uint8 *sha256, bytea *bytes,
	const struct pgw_signature *sig, Jsonb *config)
{
	char *nsp = get_namespace_name(get_func_namespace(proc));
	char *name = quote_qualified_identifier(nsp, get_func_name(proc));

	pgw_catalog_put_module(sha256, bytes);
	pgw_catalog_put_row(proc, name, sha256, oid_array(sig->args,
		sig->nargs), sig->ret, config);
}

static Oid
make_wrapper(const struct pgw_name *n, Oid nsp, const struct pgw_signature *sig,
	const uint8 *sha256, bool definer)
{
	oidvector *types = buildoidvector(sig->args, sig->nargs);
	ObjectAddress a;

	if (SearchSysCacheExists3(PROCNAMEARGSNSP, CStringGetDatum(n->name),
		PointerGetDatum(types), ObjectIdGetDatum(nsp)))
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_FUNCTION),
			errmsg("function %s already exists with the same "
				"argument types",
				quote_qualified_identifier(n->schema, n->name)),
			errhint("Use wasm.replace_function.")));
	a = ProcedureCreate(n->name, nsp, false, false, sig->ret, GetUserId(),
		pgw_language_oid(), InvalidOid, body_of(sha256), NULL, NULL,
		PROKIND_FUNCTION, definer, false, true, PROVOLATILE_VOLATILE,
		PROPARALLEL_UNSAFE, types, PointerGetDatum(NULL),
		PointerGetDatum(NULL), PointerGetDatum(NULL), NIL,
		PointerGetDatum(NULL), PointerGetDatum(NULL), InvalidOid,
		100, 0);
	CommandCounterIncrement();
	return a.objectId;
}

Datum
pgw_sql_create_function(PG_FUNCTION_ARGS)
{
	struct pgw_signature sig;
	struct pgw_config config;
	struct pgw_name n;
	uint8 sha256[PGW_SHA256_LEN];
	bytea *bytes;
	Jsonb *json;
	AclResult acl;
	Oid nsp, proc;
	bool definer;

	need_arg(fcinfo, 0, "function_name");
	need_arg(fcinfo, 1, "wasm_module");
	need_arg(fcinfo, 2, "arg_types");
	need_arg(fcinfo, 3, "return_type");
	pgw_name_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), &n);
	if (n.args != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_NAME),
			errmsg("function_name must not have argument types")));
	nsp = get_namespace_oid(n.schema, false);
	acl = may_create(nsp);
	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_SCHEMA, n.schema);
	check_not_reserved(&n);
	parse_types(PG_GETARG_ARRAYTYPE_P(2), &sig);
	sig.ret = type_by_name(text_to_cstring(PG_GETARG_TEXT_PP(3)), true);
	json = PG_ARGISNULL(4) ? empty_config() : PG_GETARG_JSONB_P(4);
	definer = parse_security(fcinfo, 5);
	bytes = PG_GETARG_BYTEA_PP(1);
	pgw_sha256(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), sha256);
	pgw_config_parse(json, &config);
	check_module(sha256, bytes, n.name, &sig, &config);
	pgw_catalog_lock();
	proc = make_wrapper(&n, nsp, &sig, sha256, definer);
	store(proc, sha256, bytes, &sig, json);
	pgw_audit_ddl("create", pgw_function_signature(proc), sha256);
	PG_RETURN_OID(proc);
}

/* Also repairs: a wrapper given another language becomes ours again. */
static void
remake_wrapper(Oid proc, const uint8 *sha256, struct pgw_signature *sig)
{
	HeapTuple tup = SearchSysCacheCopy1(PROCOID, ObjectIdGetDatum(proc));
	Datum names, config;
	bool no_names, no_config;
	Form_pg_proc p;
	oidvector *types;

	if (!HeapTupleIsValid(tup))
		elog(ERROR, "cache lookup failed for function %u", proc);
	p = (Form_pg_proc) GETSTRUCT(tup);
	names = SysCacheGetAttr(PROCOID, tup, Anum_pg_proc_proargnames,
		&no_names);
	config = SysCacheGetAttr(PROCOID, tup, Anum_pg_proc_proconfig,
		&no_config);
	types = buildoidvector(p->proargtypes.values, p->pronargs);
	ProcedureCreate(NameStr(p->proname), p->pronamespace, true, false,
		sig->ret, GetUserId(), pgw_language_oid(), InvalidOid,
		body_of(sha256), NULL, NULL, PROKIND_FUNCTION, p->prosecdef,
		p->proleakproof, p->proisstrict, p->provolatile,
		p->proparallel, types, PointerGetDatum(NULL),
		PointerGetDatum(NULL),
		no_names ? PointerGetDatum(NULL) : names, NIL,
		PointerGetDatum(NULL),
		no_config ? PointerGetDatum(NULL) : config, InvalidOid,
		p->procost, 0);
	CommandCounterIncrement();
}

static void
signature_of(Oid proc, struct pgw_signature *sig)
{
	Oid *types;
	int i;

	sig->ret = get_func_signature(proc, &types, &sig->nargs);
	pgw_type_check_usable(sig->ret, true);
	for (i = 0; i < sig->nargs; i++) {
		sig->args[i] = types[i];
		pgw_type_check_usable(types[i], false);
	}
}

/* A wrapper, or something else under a wrapper's OID that has a row. */
static bool
is_ours(Oid proc, struct pgw_row *row, bool *has_row)
{
	HeapTuple tup = SearchSysCache1(PROCOID, ObjectIdGetDatum(proc));
	bool lang;

	if (!HeapTupleIsValid(tup))
		elog(ERROR, "cache lookup failed for function %u", proc);
	lang = ((Form_pg_proc) GETSTRUCT(tup))->prolang == pgw_language_oid();
	ReleaseSysCache(tup);
	*has_row = pgw_catalog_row(proc, row, true);
	return lang || *has_row;
}

static void
not_ours(Oid proc)
{
	ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
		errmsg("%s is not a WASM function",
			pgw_function_signature(proc))));
}

Datum
pgw_sql_replace_function(PG_FUNCTION_ARGS)
{
	struct pgw_signature sig;
	struct pgw_config config;
	struct pgw_row row;
	uint8 sha256[PGW_SHA256_LEN];
	bytea *bytes;
	Jsonb *json;
	Oid proc;
	bool has_row;

	need_arg(fcinfo, 0, "function_name");
	need_arg(fcinfo, 1, "wasm_module");
	pgw_catalog_lock();
	proc = pgw_name_resolve(text_to_cstring(PG_GETARG_TEXT_PP(0)), -1);
	if (!owns_proc(proc))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_FUNCTION,
			get_func_name(proc));
	if (!is_ours(proc, &row, &has_row))
		not_ours(proc);
	if (!PG_ARGISNULL(2))
		json = PG_GETARG_JSONB_P(2);
	else
		json = has_row && row.config != NULL ? row.config :
			empty_config();
	signature_of(proc, &sig);
	bytes = PG_GETARG_BYTEA_PP(1);
	pgw_sha256(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), sha256);
	pgw_config_parse(json, &config);
	check_module(sha256, bytes, get_func_name(proc), &sig, &config);
	remake_wrapper(proc, sha256, &sig);
	store(proc, sha256, bytes, &sig, json);
	pgw_audit_ddl("replace", pgw_function_signature(proc), sha256);
	PG_RETURN_OID(proc);
}

Datum
pgw_sql_drop_function(PG_FUNCTION_ARGS)
{
	struct pgw_row row;
	ObjectAddress a;
	char *signature;
	bool has_row;
	Oid proc;

	pgw_catalog_lock();
	proc = pgw_name_resolve(text_to_cstring(PG_GETARG_TEXT_PP(0)), -1);
	if (!owns_proc(proc) && !owns_nsp(get_func_namespace(proc)))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_FUNCTION,
			get_func_name(proc));
	if (!is_ours(proc, &row, &has_row))
		not_ours(proc);
	signature = pgw_function_signature(proc);
	ObjectAddressSet(a, ProcedureRelationId, proc);
	performDeletion(&a, DROP_RESTRICT, 0);
	CommandCounterIncrement();
	pgw_catalog_delete(oid_array(&proc, 1));
	pgw_audit_ddl("drop", signature, has_row ? row.sha256 : NULL);
	PG_RETURN_VOID();
}

Datum
pgw_sql_module_bytes(PG_FUNCTION_ARGS)
{
	Oid proc = pgw_name_resolve(text_to_cstring(PG_GETARG_TEXT_PP(0)), -1);
	struct pgw_row row;
	bytea *bytes;

	if (!pgw_catalog_row(proc, &row, false))
		not_ours(proc);
	bytes = pgw_catalog_bytes(row.sha256);
	if (bytes == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(bytes);
}

/* Dropped otherwise than by drop_function: the rows go with the wrappers. */
Datum
pgw_sql_on_sql_drop(PG_FUNCTION_ARGS)
{
	Datum *oids;
	uint64 i, n;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		elog(ERROR, "not called as an event trigger");
	if (!pgw_catalog_exists())
		PG_RETURN_VOID();
	SPI_connect();
	if (SPI_execute("SELECT objid FROM"
		" pg_catalog.pg_event_trigger_dropped_objects() WHERE classid"
		" OPERATOR(pg_catalog.=) 1255", true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the dropped objects");
	n = SPI_processed;
	oids = palloc(sizeof(*oids) * Max(n, 1));
	for (i = 0; i < n; i++) {
		bool isnull;

		oids[i] = SPI_getbinval(SPI_tuptable->vals[i],
			SPI_tuptable->tupdesc, 1, &isnull);
	}
	if (n > 0)
		pgw_catalog_delete(PointerGetDatum(construct_array(oids,
			(int) n, OIDOID, sizeof(Oid), true, TYPALIGN_INT)));
	SPI_finish();
	PG_RETURN_VOID();
}
