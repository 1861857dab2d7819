/* SPDX-License-Identifier: Apache-2.0
 *
 * One line to the server log for every call, change and line of output.  What
 * comes from a user or a module is quoted and escaped; argument and result
 * values appear only where the administrator asked for them.
 */
#include "pg_wasm.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

#define VALUE_MAX 1024

static void
line(const char *text)
{
	ereport(LOG_SERVER_ONLY, (errmsg_internal("pg_wasm: %s", text),
		errhidestmt(true), errhidecontext(true)));
}

static char *
value_text(Oid type, Datum d)
{
	Oid fn;
	bool varlena;
	char *s;

	getTypeOutputInfo(type, &fn, &varlena);
	s = OidOutputFunctionCall(fn, d);
	return pgw_clean(s, strlen(s), VALUE_MAX);
}

static void
add_user(StringInfo s)
{
	char *outer = GetUserNameFromId(GetOuterUserId(), true);
	char *now = GetUserNameFromId(GetUserId(), true);

	if (outer != NULL)
		appendStringInfo(s, " user=\"%s\"",
			pgw_clean(outer, strlen(outer), VALUE_MAX));
	if (now != NULL && GetOuterUserId() != GetUserId())
		appendStringInfo(s, " as=\"%s\"",
			pgw_clean(now, strlen(now), VALUE_MAX));
}

void
pgw_audit_begin(struct pgw_audit *a, struct pgw_fn *fn,
	FunctionCallInfo fcinfo, const char *const *text)
{
	StringInfoData s;
	int i;

	a->fn = fn;
	a->args = NULL;
	a->start_us = 0;
	if (!pgw_audit_log)
		return;
	a->start_us = pgw_now_us();
	if (!pgw_audit_log_args)
		return;
	initStringInfo(&s);
	for (i = 0; i < fn->nargs; i++)
		appendStringInfo(&s, "%s\"%s\"", i > 0 ? "," : "",
			text != NULL && text[i] != NULL ?
			pgw_clean(text[i], strlen(text[i]), VALUE_MAX) :
			value_text(fn->args[i].oid, fcinfo->args[i].value));
	a->args = s.data;
}

static void
finish(struct pgw_audit *a, const char *result)
{
	int64 us = pgw_now_us() - a->start_us;
	const char *sig = a->fn->signature;
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfo(&s, "call function=\"%s\"",
		pgw_clean(sig, strlen(sig), VALUE_MAX));
	add_user(&s);
	appendStringInfo(&s, " duration_ms=%d.%03d fuel=" UINT64_FORMAT
		" result=%s", (int) (us / 1000), (int) (us % 1000),
		a->fn->run.fuel_used, result);
	if (a->args != NULL)
		appendStringInfo(&s, " args=[%s]", a->args);
	line(s.data);
	pfree(s.data);
}

void
pgw_audit_ok(struct pgw_audit *a, Datum result, bool isnull)
{
	if (!pgw_audit_log)
		return;
	if (!pgw_audit_log_results || a->fn->ret.kind == PGW_VOID)
		finish(a, "ok");
	else if (isnull)
		finish(a, "ok value=NULL");
	else
		finish(a, psprintf("ok value=\"%s\"",
			value_text(a->fn->ret.oid, result)));
}

void
pgw_audit_error(struct pgw_audit *a, int sqlstate)
{
	if (pgw_audit_log)
		finish(a, psprintf("error sqlstate=%s",
			unpack_sql_state(sqlstate)));
}

void
pgw_audit_failed(struct pgw_audit *a, const struct pgw_fail *f)
{
	if (!pgw_audit_log)
		return;
	if (f->edata != NULL)
		pgw_audit_error(a, f->edata->sqlerrcode);
	else if (f->interrupted)
		finish(a, "error cause=\"interrupted\" sqlstate=57014");
	else
		finish(a, psprintf("error cause=\"%s\" sqlstate=%s",
			pgw_clean(f->cause, strlen(f->cause), VALUE_MAX),
			unpack_sql_state(f->sqlstate)));
}

void
pgw_audit_ddl(const char *what, const char *signature, const uint8 *sha256)
{
	StringInfoData s;

	if (!pgw_audit_log)
		return;
	initStringInfo(&s);
	appendStringInfo(&s, "%s function=\"%s\"", what,
		pgw_clean(signature, strlen(signature), VALUE_MAX));
	add_user(&s);
	if (sha256 != NULL)
		appendStringInfo(&s, " sha256=%s",
			pgw_hex(sha256, PGW_SHA256_LEN));
	line(s.data);
	pfree(s.data);
}

void
pgw_audit_output(struct pgw_run *run, int fd, const char *data, size_t len)
{
	MemoryContext old = CurrentMemoryContext;

	if (run->output >= PGW_OUTPUT_MAX)
		return;
	len = Min(len, PGW_OUTPUT_MAX - run->output);
	run->output += len;
	PG_TRY();
	{
		char *text = pgw_clean(data, len, VALUE_MAX);

		line(psprintf("output fd=%d text=\"%s\"", fd, text));
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(old);
		pgw_guard_keep(run);
	}
	PG_END_TRY();
}
