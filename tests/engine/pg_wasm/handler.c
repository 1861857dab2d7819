/* SPDX-License-Identifier: Apache-2.0
 *
 * The call handler of LANGUAGE wasm and wasm.call.  A wrapper runs only when
 * its body, its row and the stored bytes name the same digest; the row is
 * found by the wrapper's OID, never by name.  wasm.call must go through the
 * wrapper's own EXECUTE check.
 */
#include "pg_wasm.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#if PG_VERSION_NUM >= 160000
#include "catalog/pg_proc_d.h"
#define may_execute(oid) (object_aclcheck(ProcedureRelationId, oid, \
	GetUserId(), ACL_EXECUTE))
#else
#define may_execute(oid) (pg_proc_aclcheck(oid, GetUserId(), ACL_EXECUTE))
#endif

PG_FUNCTION_INFO_V1(pgw_sql_call_handler);
PG_FUNCTION_INFO_V1(pgw_sql_validator);
PG_FUNCTION_INFO_V1(pgw_sql_call);

/* Literals on their way from wasm.call to the wrapper it calls. */
static struct {
	Oid proc;			/* invalid: nothing on its way */
	const char *const *text;	/* NULL entry: the Datum counts */
} literals;

static void
fn_cleanup(void *arg)
{
	struct pgw_fn *fn = arg;

	pgw_run_release(&fn->run);
	if (fn->module != NULL)
		fn->module->pins--;
}

static void
bad_wrapper(Oid proc, const char *why)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
		errmsg("WASM function %s cannot be run: %s",
			pgw_function_signature(proc), why)));
}

/* The digest that the wrapper's body names, and its signature. */
static void
read_wrapper(Oid proc, uint8 *sha256, struct pgw_signature *sig, char **name)
{
	HeapTuple tup = SearchSysCache1(PROCOID, ObjectIdGetDatum(proc));
	Form_pg_proc p;
	Datum src;
	bool isnull;
	int i;

	if (!HeapTupleIsValid(tup))
		elog(ERROR, "cache lookup failed for function %u", proc);
	p = (Form_pg_proc) GETSTRUCT(tup);
	if (p->prokind != PROKIND_FUNCTION || p->proretset)
		bad_wrapper(proc, "it is no plain function");
	src = SysCacheGetAttr(PROCOID, tup, Anum_pg_proc_prosrc, &isnull);
	if (isnull || !pgw_prosrc_digest(TextDatumGetCString(src), sha256))
		bad_wrapper(proc, "its body is no digest");
	sig->nargs = p->pronargs;
	for (i = 0; i < sig->nargs; i++) {
		sig->args[i] = p->proargtypes.values[i];
		pgw_type_check_usable(sig->args[i], false);
	}
	sig->ret = p->prorettype;
	pgw_type_check_usable(sig->ret, true);
	*name = pstrdup(NameStr(p->proname));
	ReleaseSysCache(tup);
}

/*
 * Wrapper and row that agree.  The wrapper comes from the system cache, the row
 * from the newest snapshot: when another session commits in between they
 * differ for a moment, so they are read again before that is an error.
 */
static void
read_both(Oid proc, uint8 *sha256, struct pgw_signature *sig, char **name,
	struct pgw_row *row)
{
	bool found;
	int try;

	for (try = 0;; try++) {
		read_wrapper(proc, sha256, sig, name);
		found = pgw_catalog_row(proc, row, false);
		if (found && memcmp(row->sha256, sha256, PGW_SHA256_LEN) == 0)
			return;
		if (try == 3)
			break;
		AcceptInvalidationMessages();
	}
	if (!found)
		bad_wrapper(proc, "it has no row in wasm.function_def");
	bad_wrapper(proc, "its body and its row name different modules");
}

static void
fn_fill(struct pgw_fn *fn)
{
	struct pgw_signature sig;
	uint8 sha256[PGW_SHA256_LEN];
	struct pgw_row row;
	char *name;
	int i;

	read_both(fn->proc, sha256, &sig, &name, &row);
	pgw_config_parse(row.config, &fn->config);
	pgw_config_limits(&fn->config, &fn->run.limits);
	pgw_config_check(&fn->config, false);
	fn->export = fn->config.export != NULL ? fn->config.export : name;
	fn->module = pgw_module_get(sha256, NULL, 0, fn->run.limits.stack);
	fn->module->pins++;
	pgw_module_check(fn->module, &sig, fn->export, &fn->config, false);
	fn->run.engine = fn->module->engine;
	fn->run.mcxt = fn->mcxt;
	fn->nargs = sig.nargs;
	fn->args = palloc0(sizeof(*fn->args) * Max(sig.nargs, 1));
	for (i = 0; i < sig.nargs; i++)
		pgw_type_init(&fn->args[i], sig.args[i], false, fn->mcxt);
	pgw_type_init(&fn->ret, sig.ret, true, fn->mcxt);
	fn->signature = pgw_function_signature(fn->proc);
	if (fn->config.wasi)
		fn->run.wasi = pgw_wasi_open(&fn->config, fn->mcxt);
}

static struct pgw_fn *
fn_load(FmgrInfo *flinfo)
{
	MemoryContext mcxt, old;
	struct pgw_fn *fn;

	mcxt = AllocSetContextCreate(flinfo->fn_mcxt, "pg_wasm call site",
		ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(mcxt);
	fn = palloc0(sizeof(*fn));
	fn->mcxt = mcxt;
	fn->proc = flinfo->fn_oid;
	fn->cleanup.func = fn_cleanup;
	fn->cleanup.arg = fn;
	MemoryContextRegisterResetCallback(mcxt, &fn->cleanup);
	PG_TRY();
	{
		fn_fill(fn);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(old);
		MemoryContextDelete(mcxt);
		PG_RE_THROW();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
	flinfo->fn_extra = fn;
	return fn;
}

static struct pgw_fn *
fn_get(FmgrInfo *flinfo)
{
	struct pgw_fn *fn = flinfo->fn_extra;
	struct pgw_limits now;

	if (fn != NULL) {
		pgw_config_limits(&fn->config, &now);
		if (now.stack == fn->run.limits.stack) {
			pgw_config_check(&fn->config, false);
			fn->run.limits = now;
			return fn;
		}
		flinfo->fn_extra = NULL;
		MemoryContextDelete(fn->mcxt);
	}
	return fn_load(flinfo);
}

/* The runtime does not look at the real stack, so this must. */
static void
check_stack(const struct pgw_run *run)
{
	long have = get_stack_depth_rlimit();
	int64 want = (int64) max_stack_depth * 1024 + run->limits.stack +
		512 * 1024;

	check_stack_depth();
	if (have > 0 && want > have)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			errmsg("not enough stack for a WASM function"),
			errdetail("max_stack_depth, the function's stack and "
				"512 kB need " INT64_FORMAT " bytes; the "
				"process may have %ld.", want, have)));
}

static Datum
convert_result(struct pgw_fn *fn, struct pgw_audit *audit,
	const struct pgw_value *v, bool *isnull)
{
	MemoryContext old = CurrentMemoryContext;
	volatile Datum d = (Datum) 0;

	PG_TRY();
	{
		d = pgw_value_out(&fn->ret, v, isnull);
	}
	PG_CATCH();
	{
		int sqlstate = geterrcode();

		MemoryContextSwitchTo(old);
		pgw_audit_error(audit, sqlstate);
		PG_RE_THROW();
	}
	PG_END_TRY();
	return d;
}

Datum
pgw_sql_call_handler(PG_FUNCTION_ARGS)
{
	struct pgw_value args[FUNC_MAX_ARGS], ret;
	const char *const *written = NULL;
	struct pgw_audit audit;
	struct pgw_fn *fn;
	Datum result;
	int i;

	if (CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			errmsg("WASM functions cannot be triggers")));
	if (pgw_current != NULL)
		elog(ERROR, "WASM functions do not nest");
	fn = fn_get(fcinfo->flinfo);
	if (literals.proc == fn->proc)
		written = literals.text;
	literals.proc = InvalidOid;
	if (PG_NARGS() != fn->nargs)
		elog(ERROR, "wrong number of arguments");
	for (i = 0; i < fn->nargs; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_NULL();
	check_stack(&fn->run);
	pgw_audit_begin(&audit, fn, fcinfo, written);
	memset(args, 0, sizeof(args[0]) * (size_t) fn->nargs);
	memset(&ret, 0, sizeof(ret));
	for (i = 0; i < fn->nargs; i++) {
		if (written != NULL && written[i] != NULL) {
			args[i].data = written[i];
			args[i].len = strlen(written[i]);
		} else {
			pgw_value_in(&fn->args[i], PG_GETARG_DATUM(i),
				&args[i]);
		}
	}
	if (!pgw_run_call(fn, args, &ret)) {
		pgw_audit_failed(&audit, &fn->run.fail);
		pgw_run_raise(&fn->run);
	}
	result = convert_result(fn, &audit, &ret, &fcinfo->isnull);
	pgw_audit_ok(&audit, result, fcinfo->isnull);
	return result;
}

Datum
pgw_sql_validator(PG_FUNCTION_ARGS)
{
	Oid proc = PG_GETARG_OID(0);
	uint8 sha256[PGW_SHA256_LEN];
	struct pgw_signature sig;
	char *name;

	if (!CheckFunctionValidatorAccess(fcinfo->flinfo->fn_oid, proc))
		PG_RETURN_VOID();
	if (check_function_bodies)
		read_wrapper(proc, sha256, &sig, &name);
	PG_RETURN_VOID();
}

/* A call site of wasm.call: what the last name meant. */
struct by_name {
	char *text;
	int nargs;
	FmgrInfo flinfo;
	Oid args[FUNC_MAX_ARGS];
	bool as_written[FUNC_MAX_ARGS];
	FmgrInfo in[FUNC_MAX_ARGS];
	Oid ioparam[FUNC_MAX_ARGS];
	Oid ret;
	FmgrInfo out;
};

static void
look_up(struct by_name *b, const char *text, int nargs, bool maybe_none,
	MemoryContext mcxt)
{
	Oid proc, fn, *types;
	struct pgw_type t;
	bool varlena;
	int i, have;

	if (maybe_none) {
		proc = pgw_name_resolve(text, -1);
		get_func_signature(proc, &types, &have);
		nargs = have == 0 ? 0 : 1;
	}
	proc = pgw_name_resolve(text, nargs);
	b->ret = get_func_signature(proc, &types, &have);
	if (have != nargs)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
			errmsg("function %s takes %d arguments, not %d",
				pgw_function_signature(proc), have, nargs)));
	if (may_execute(proc) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FUNCTION,
			get_func_name(proc));
	fmgr_info_cxt(proc, &b->flinfo, mcxt);
	for (i = 0; i < nargs; i++) {
		b->args[i] = types[i];
		pgw_type_init(&t, types[i], false, mcxt);
		b->as_written[i] = t.kind == PGW_IO &&
			get_typtype(types[i]) != TYPTYPE_DOMAIN;
		getTypeInputInfo(types[i], &fn, &b->ioparam[i]);
		fmgr_info_cxt(fn, &b->in[i], mcxt);
	}
	getTypeOutputInfo(b->ret, &fn, &varlena);
	fmgr_info_cxt(fn, &b->out, mcxt);
	b->nargs = nargs;
}

/* Is it a wrapper of ours?  Anything else is called by its own name. */
static void
check_wrapper(Oid proc)
{
	HeapTuple tup = SearchSysCache1(PROCOID, ObjectIdGetDatum(proc));
	bool ours;

	if (!HeapTupleIsValid(tup))
		elog(ERROR, "cache lookup failed for function %u", proc);
	ours = ((Form_pg_proc) GETSTRUCT(tup))->prolang == pgw_language_oid();
	ReleaseSysCache(tup);
	if (!ours)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
			errmsg("%s is not a WASM function",
				pgw_function_signature(proc))));
}

static struct by_name *
by_name_get(FmgrInfo *flinfo, const char *text, int nargs, bool maybe_none)
{
	struct by_name *b = flinfo->fn_extra;
	MemoryContext mcxt, old;

	if (b != NULL && strcmp(b->text, text) == 0)
		return b;
	if (b != NULL) {
		flinfo->fn_extra = NULL;
		MemoryContextDelete(GetMemoryChunkContext(b));
	}
	mcxt = AllocSetContextCreate(flinfo->fn_mcxt, "wasm.call",
		ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(mcxt);
	b = palloc0(sizeof(*b));
	b->text = pstrdup(text);
	look_up(b, text, nargs, maybe_none, mcxt);
	check_wrapper(b->flinfo.fn_oid);
	MemoryContextSwitchTo(old);
	flinfo->fn_extra = b;
	return b;
}

/*
 * A literal for an argument that travels as text goes to the module as it was
 * written, not through the type's input function: so the seed has it.
 */
static Datum
argument(struct by_name *b, int i, Oid type, Datum value, const char **literal)
{
	Oid fn;
	bool varlena;
	char *text;

	*literal = NULL;
	if (type == b->args[i])
		return value;
	if (type == UNKNOWNOID && b->as_written[i]) {
		*literal = DatumGetCString(value);
		return (Datum) 0;
	}
	if (type == UNKNOWNOID) {
		text = DatumGetCString(value);
	} else {
		getTypeOutputInfo(type, &fn, &varlena);
		text = OidOutputFunctionCall(fn, value);
	}
	return InputFunctionCall(&b->in[i], text, b->ioparam[i], -1);
}

/* Whatever happens, no literal is left for a later call. */
static Datum
invoke(FunctionCallInfo inner, const char *const *text)
{
	volatile Datum d = (Datum) 0;

	literals.proc = inner->flinfo->fn_oid;
	literals.text = text;
	PG_TRY();
	{
		d = FunctionCallInvoke(inner);
	}
	PG_CATCH();
	{
		literals.proc = InvalidOid;
		PG_RE_THROW();
	}
	PG_END_TRY();
	literals.proc = InvalidOid;
	return d;
}

Datum
pgw_sql_call(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(inner, FUNC_MAX_ARGS);
	const char *written[FUNC_MAX_ARGS];
	struct by_name *b;
	bool maybe_none;
	Datum d;
	int i, n = PG_NARGS() - 1;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (get_fn_expr_variadic(fcinfo->flinfo))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			errmsg("wasm.call takes no VARIADIC array")));
	/* No argument at all looks like one NULL: the default. */
	maybe_none = n == 1 && PG_ARGISNULL(1) &&
		get_fn_expr_argtype(fcinfo->flinfo, 1) == UNKNOWNOID;
	b = by_name_get(fcinfo->flinfo,
		text_to_cstring(PG_GETARG_TEXT_PP(0)), n, maybe_none);
	if (b->nargs > n)
		elog(ERROR, "wrong number of arguments");
	InitFunctionCallInfoData(*inner, &b->flinfo, b->nargs,
		PG_GET_COLLATION(), NULL, NULL);
	for (i = 0; i < b->nargs; i++) {
		if (PG_ARGISNULL(i + 1))
			PG_RETURN_NULL();
		inner->args[i].isnull = false;
		inner->args[i].value = argument(b, i,
			get_fn_expr_argtype(fcinfo->flinfo, i + 1),
			PG_GETARG_DATUM(i + 1), &written[i]);
	}
	d = invoke(inner, written);
	if (inner->isnull)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(OutputFunctionCall(&b->out, d)));
}
