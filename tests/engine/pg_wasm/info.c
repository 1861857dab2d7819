/* SPDX-License-Identifier: Apache-2.0
 *
 * wasm.engine_info: versions, the digest of the runtime that is mapped, and
 * the caps in effect.  Reads only; says nothing about functions.
 */
#include "pg_wasm.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/cryptohash.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(pgw_sql_engine_info);

/* NULL when the file cannot be read any more. */
static char *
file_sha256(const char *path)
{
	uint8 out[PGW_SHA256_LEN];
	char *buf = palloc(65536);
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;
	bool ok = ctx != NULL && fd >= 0 && pg_cryptohash_init(ctx) == 0;

	while (ok && (n = read(fd, buf, 65536)) > 0)
		ok = pg_cryptohash_update(ctx, (uint8 *) buf, (size_t) n) == 0;
	ok = ok && n == 0 && pg_cryptohash_final(ctx, out, sizeof(out)) == 0;
	if (fd >= 0)
		close(fd);
	if (ctx != NULL)
		pg_cryptohash_free(ctx);
	pfree(buf);
	return ok ? pgw_hex(out, sizeof(out)) : NULL;
}

static const char *
word(bool b)
{
	return b ? "true" : "false";
}

Datum
pgw_sql_engine_info(PG_FUNCTION_ARGS)
{
	void *(*fn)(void) = (void *(*)(void)) wasm_config_new;
	StringInfoData s;
	char *digest = NULL;
	Dl_info where;
	void *addr;

	memcpy(&addr, &fn, sizeof(addr));
	if (dladdr(addr, &where) != 0 && where.dli_fname != NULL)
		digest = file_sha256(where.dli_fname);
	initStringInfo(&s);
	appendStringInfo(&s, "{\"extension\": \"%s\", \"runtime\": "
		"\"wasmtime\", \"runtime_version\": \"%s\", ",
		PGW_VERSION, PGW_RUNTIME_VERSION);
	if (digest != NULL)
		appendStringInfo(&s, "\"library_sha256\": \"%s\", ", digest);
	else
		appendStringInfoString(&s, "\"library_sha256\": null, ");
	appendStringInfo(&s, "\"caps\": {\"max_memory_bytes\": %d, "
		"\"max_fuel_per_call\": %d, \"max_epoch_deadline_ms\": %d, "
		"\"max_stack_bytes\": %d, \"max_module_bytes\": %d, "
		"\"epoch_tick_ms\": %d, ", pgw_max_memory_bytes,
		pgw_max_fuel_per_call, pgw_max_epoch_deadline_ms,
		pgw_max_stack_bytes, pgw_max_module_bytes, pgw_epoch_tick_ms);
	appendStringInfo(&s, "\"allow_fs\": %s, \"allow_net\": %s, "
		"\"audit_log\": %s}}", word(pgw_allow_fs), word(pgw_allow_net),
		word(pgw_audit_log));
	PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(s.data)));
}
