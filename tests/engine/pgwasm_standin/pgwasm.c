/* SPDX-License-Identifier: Apache-2.0
 *
 * Stand-in of the library of pgwasm 0.1.0: settings that exist only once the
 * library is loaded, C wrappers, files in the data directory that are changed
 * at once and swept when a transaction that unloaded commits.  It runs no
 * WASM.  The rest is pgwasm--0.1.0.sql.
 */
#include "postgres.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "storage/fd.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

PG_MODULE_MAGIC;

/* What ABORT puts back: the bytes that were there, len -1: none. */
struct undo {
	struct undo *next;
	char path[64];
	int len;
	char bytes[];
};
static struct undo *undone;
static int64 *kept; /* modules there when unload was called */
static int nkept = -1;

static void
spill(const char *path, const char *bytes, int len)
{
	FILE *f = AllocateFile(path, "wb");

	if (!f || (len && fwrite(bytes, (size_t)len, 1, f) != 1))
		ereport(ERROR, errcode(ERRCODE_IO_ERROR), errmsg("I/O error: %s: %m", path));
	FreeFile(f);
}

static void
remember(const char *path)
{
	FILE *f = AllocateFile(path, "rb");
	struct stat st;
	int len = -1;
	struct undo *u;

	if (f && fstat(fileno(f), &st) == 0)
		len = (int)st.st_size;
	u = MemoryContextAlloc(TopMemoryContext, sizeof(*u) + (len > 0 ? (size_t)len : 0));
	u->len = len;
	strlcpy(u->path, path, sizeof(u->path));
	if (len > 0 && fread(u->bytes, (size_t)len, 1, f) != 1)
		u->len = -1;
	if (f)
		FreeFile(f);
	u->next = undone;
	undone = u;
}

static void
put_back(void)
{
	for (struct undo *u = undone; u; u = u->next) {
		if (u->len >= 0) {
			spill(u->path, u->bytes, u->len);
			continue;
		}
		unlink(u->path);
		*strrchr(u->path, '/') = '\0';
		rmdir(u->path);
	}
}

static void
sweep(void)
{
	DIR *d = AllocateDir("pgwasm");
	struct dirent *e;
	int i;

	while (d && (e = ReadDir(d, "pgwasm")) != NULL) {
		char path[MAXPGPATH];
		int64 id = (int64)strtoull(e->d_name, NULL, 16);

		if (strlen(e->d_name) != 16)
			continue;
		for (i = 0; i < nkept && kept[i] != id; i++)
			;
		snprintf(path, sizeof(path), "pgwasm/%s", e->d_name);
		if (i == nkept)
			(void)rmtree(path, true);
	}
	if (d)
		FreeDir(d);
}

static void
at_end(XactEvent event, void *arg)
{
	struct undo *u;

	if (event == XACT_EVENT_ABORT)
		put_back();
	else if (event == XACT_EVENT_COMMIT && nkept >= 0)
		sweep();
	else if (event != XACT_EVENT_COMMIT)
		return;
	nkept = -1;
	while ((u = undone) != NULL) {
		undone = u->next;
		pfree(u);
	}
}

/* name, default: a word is a bool, a number an int, what has a quote a text */
static const char *const gucs[][2] = {
	{"enabled", "on"}, {"allow_load_from_file", "off"}, {"module_path", "'"},
	{"allowed_path_prefixes", "'"}, {"follow_symlinks", "off"},
	{"max_module_bytes", "33554432"}, {"allow_wasi", "off"}, {"allow_wasi_stdio", "off"},
	{"allow_wasi_env", "off"}, {"allow_wasi_fs", "off"}, {"allow_wasi_net", "off"},
	{"allow_wasi_http", "off"}, {"allow_spi", "off"}, {"wasi_preopens", "'"},
	{"allowed_hosts", "'"}, {"max_memory_pages", "1024"}, {"max_instances_total", "0"},
	{"instances_per_module", "1"}, {"fuel_enabled", "off"},
	{"fuel_per_invocation", "100000000"}, {"invocation_deadline_ms", "5000"},
	{"epoch_tick_ms", "10"}, {"collect_metrics", "on"}, {"log_level", "'notice"},
};
static union {
	bool b;
	int i;
	char *s;
} values[lengthof(gucs)];

void _PG_init(void);
void
_PG_init(void)
{
	for (size_t i = 0; i < lengthof(gucs); i++) {
		const char *v = gucs[i][1], *name = psprintf("pgwasm.%s", gucs[i][0]);

		if (*v == '\'')
			DefineCustomStringVariable(name, "stand-in", NULL, &values[i].s, v + 1,
			                           PGC_SUSET, 0, NULL, NULL, NULL);
		else if (*v == 'o')
			DefineCustomBoolVariable(name, "stand-in", NULL, &values[i].b,
			                         strcmp(v, "on") == 0, PGC_SUSET, 0, NULL, NULL, NULL);
		else
			DefineCustomIntVariable(name, "stand-in", NULL, &values[i].i, atoi(v), 0,
			                        INT_MAX, PGC_SUSET, 0, NULL, NULL, NULL);
	}
	RegisterXactCallback(at_end, NULL);
}

/* (module_id, file name, bytes): written at once */
PG_FUNCTION_INFO_V1(standin_write);
Datum
standin_write(PG_FUNCTION_ARGS)
{
	bytea *b = PG_GETARG_BYTEA_PP(2);
	char path[64];

	(void)mkdir("pgwasm", 0700);
	snprintf(path, sizeof(path), "pgwasm/%016llx", (long long)PG_GETARG_INT64(0));
	(void)mkdir(path, 0700);
	snprintf(path, sizeof(path), "pgwasm/%016llx/%s", (long long)PG_GETARG_INT64(0),
	         text_to_cstring(PG_GETARG_TEXT_PP(1)));
	remember(path);
	spill(path, VARDATA_ANY(b), VARSIZE_ANY_EXHDR(b));
	PG_RETURN_VOID();
}

/* (ids): at COMMIT every other directory goes */
PG_FUNCTION_INFO_V1(standin_sweep);
Datum
standin_sweep(PG_FUNCTION_ARGS)
{
	Datum *v;
	bool *nulls;
	int n;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), INT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
	                  &v, &nulls, &n);
	kept = MemoryContextAlloc(TopMemoryContext, sizeof(*kept) * (size_t)(n + 1));
	for (int i = 0; i < n; i++)
		kept[i] = DatumGetInt64(v[i]);
	nkept = n;
	PG_RETURN_VOID();
}

/* --- the exports of a core module, each "name/parameters" --------------------------- */

struct cursor {
	const unsigned char *p, *end;
};

static uint32
leb(struct cursor *c)
{
	uint32 v = 0;

	for (int shift = 0; shift < 35; shift += 7) {
		unsigned char b = c->p < c->end ? *c->p++ : 0;

		v |= (uint32)(b & 0x7f) << (shift & 31);
		if (!(b & 0x80))
			break;
	}
	return v;
}

PG_FUNCTION_INFO_V1(standin_exports);
Datum
standin_exports(PG_FUNCTION_ARGS)
{
	bytea *b = PG_GETARG_BYTEA_PP(0);
	struct cursor c = {(const unsigned char *)VARDATA_ANY(b), NULL};
	uint32 params[64] = {0}, funcs[64] = {0}, n;
	ArrayBuildState *out = initArrayResult(TEXTOID, CurrentMemoryContext, false);

	c.end = c.p + VARSIZE_ANY_EXHDR(b);
	c.p += 8;
	while (c.p < c.end) {
		unsigned id = *c.p++;
		uint32 size = leb(&c);
		const unsigned char *next = c.p + size;

		n = id == 1 || id == 3 || id == 7 ? leb(&c) : 0;
		for (uint32 i = 0; i < n && i < 64 && c.p < c.end; i++) {
			if (id == 1) {
				c.p++;
				params[i] = leb(&c);
				c.p += params[i];
				c.p += leb(&c);
			} else if (id == 3) {
				funcs[i] = leb(&c);
			} else {
				uint32 len = leb(&c);
				const char *name = pnstrdup((const char *)c.p, len);
				unsigned kind;
				uint32 index;

				c.p += len;
				kind = *c.p++;
				index = leb(&c);
				if (kind == 0)
					out = accumArrayResult(out, CStringGetTextDatum(psprintf(
						"%s/%u", name, params[funcs[index & 63] & 63])),
						false, TEXTOID, CurrentMemoryContext);
			}
		}
		c.p = next;
	}
	PG_RETURN_DATUM(makeArrayResult(out, CurrentMemoryContext));
}

/* --- entry points: the rules are in SQL ---------------------------------------------- */

static Datum
delegate(FunctionCallInfo fcinfo, const char *sql, int n, Oid *types)
{
	Datum args[3], result = (Datum)0;
	char nulls[3];
	bool isnull = true;

	for (int i = 0; i < n; i++) {
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
		args[i] = PG_ARGISNULL(i) ? (Datum)0 : PG_GETARG_DATUM(i);
	}
	SPI_connect();
	if (SPI_execute_with_args(sql, n, types, args, nulls, false, 1) == SPI_OK_SELECT &&
	    SPI_processed == 1)
		result = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	SPI_finish();
	if (isnull)
		PG_RETURN_NULL();
	return result;
}

#define ENTRY(name, sql, n, ...) \
	PG_FUNCTION_INFO_V1(name); \
	Datum name(PG_FUNCTION_ARGS) \
	{ \
		Oid types[] = {__VA_ARGS__}; \
		return delegate(fcinfo, sql, n, types); \
	}
ENTRY(pgwasm_load, "SELECT pgwasm_standin.load($1, $2, $3, false)", 3, TEXTOID, JSONOID, JSONOID)
ENTRY(pgwasm_reload, "SELECT pgwasm_standin.load($1, $2, $3, true)", 3, TEXTOID, JSONOID, JSONOID)
ENTRY(pgwasm_unload, "SELECT pgwasm_standin.unload($1, $2)", 2, TEXTOID, BOOLOID)

PG_FUNCTION_INFO_V1(pgwasm_functions);
Datum
pgwasm_functions(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	return (Datum)0;
}

PG_FUNCTION_INFO_V1(pgwasm_core_invoke_scalar);
Datum
pgwasm_core_invoke_scalar(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(0);
}

PG_FUNCTION_INFO_V1(pgwasm_udf_trampoline);
Datum
pgwasm_udf_trampoline(PG_FUNCTION_ARGS)
{
	ereport(ERROR, errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
	        errmsg("invalid WebAssembly module: the stand-in runs nothing"));
}
