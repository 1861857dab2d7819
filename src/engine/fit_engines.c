/* SPDX-License-Identifier: Apache-2.0
 *
 * What each engine takes.  Data: no rule is applied here.  An engine of which
 * nothing is known beyond its name does not belong here.
 */
#include <string.h>

#include "base/cc.h"
#include "engine/fit.h"

/* pg_wasm 0.4: core modules, WASI preview 1 where the function is granted it. */
#define P1(name) {"wasi_snapshot_preview1", name, NULL, true}
static const struct wf_fit_import pg_wasm_imports[] = {
	P1("args_get"), P1("args_sizes_get"), P1("environ_get"), P1("environ_sizes_get"),
	P1("clock_res_get"), P1("clock_time_get"), P1("random_get"), P1("sched_yield"),
	P1("proc_exit"), P1("fd_prestat_get"), P1("fd_prestat_dir_name"), P1("path_open"),
	P1("path_filestat_get"), P1("fd_read"), P1("fd_pread"), P1("fd_write"), P1("fd_seek"),
	P1("fd_tell"), P1("fd_close"), P1("fd_fdstat_get"), P1("fd_fdstat_set_flags"),
	P1("fd_filestat_get"),
};

#define F(name) WF_FEATURE_BIT(WF_F_##name)
/* No runtime takes these as it is delivered. */
#define NOWHERE (F(LEGACY_EXCEPTIONS) | F(STACK_SWITCHING) | F(SHARED_EVERYTHING) | \
                 F(MEMORY_CONTROL) | F(DESCRIPTORS) | F(JS_STRING))

/* pgwasm 0.1 links WASI 0.2 to every component and its own host interfaces. */
static const struct wf_fit_import pgwasm_imports[] = {
	{"", "pgwasm:host/log", "0.1.0", false},
	{"", "wasi:cli/*", "0.2.", false},
	{"", "wasi:clocks/*", "0.2.", false},
	{"", "wasi:filesystem/*", "0.2.", false},
	{"", "wasi:http/*", "0.2.", false},
	{"", "wasi:io/*", "0.2.", false},
	{"", "wasi:random/*", "0.2.", false},
	{"", "wasi:sockets/*", "0.2.", false},
};

static const struct wf_fit_import clickhouse_imports[] = {
	{"env", "clickhouse_server_version", NULL, false},
	{"env", "clickhouse_throw", NULL, false},
	{"env", "clickhouse_log", NULL, false},
	{"env", "clickhouse_random", NULL, false},
};

static const struct wf_fit_import supabase_imports[] = {
	{"", "supabase:wrappers/*", "0.1.0", false},
	{"", "supabase:wrappers/*", "0.2.0", false},
};
static const struct wf_fit_export supabase_exports[] = {
	{"supabase:wrappers/routines@*", NULL, true},
};

static const struct wf_fit_import surrealdb_imports[] = {
	{"", "surrealism:plugin/host", NULL, false},
	{"", "wasi:cli/*", "0.2.", false},
	{"", "wasi:clocks/*", "0.2.", false},
	{"", "wasi:filesystem/*", "0.2.", false},
	{"", "wasi:io/*", "0.2.", false},
	{"", "wasi:random/*", "0.2.", false},
	{"", "wasi:sockets/*", "0.2.", false},
};

static const struct wf_fit_engine engines[] = {
	{
		.name = "pg_wasm", .core = true, .abi = WF_FIT_ABI_POINTERS,
		.imports = pg_wasm_imports, .nimports = WF_COUNT(pg_wasm_imports),
		.refused = NOWHERE | F(THREADS) | F(MEMORY64) | F(MULTI_MEMORY) | F(EXCEPTIONS) |
		           F(GC) | F(FUNC_REFS) | F(PAGE_SIZES),
		.max_size = 4194304, .max_size_setting = "pg_wasm.max_module_bytes",
		.max_name = 63,
	},
	{
		.name = "pgwasm", .core = true, .component = true, .abi = WF_FIT_ABI_TWO_I32,
		.imports = pgwasm_imports, .nimports = WF_COUNT(pgwasm_imports),
		.refused = NOWHERE,
		.max_size = 33554432, .max_size_setting = "pgwasm.max_module_bytes",
		.max_name = 63, .name_and_export = true,
	},
	{
		.name = "clickhouse", .core = true, .abi = WF_FIT_ABI_ROW_BUFFER,
		.imports = clickhouse_imports, .nimports = WF_COUNT(clickhouse_imports),
		.refused = NOWHERE, .max_imports = 511, .max_exports = 511,
		.max_name = 128, .word_name = true,
	},
	{
		.name = "supabase", .component = true,
		.imports = supabase_imports, .nimports = WF_COUNT(supabase_imports),
		.exports = supabase_exports, .nexports = WF_COUNT(supabase_exports),
		.refused = NOWHERE, .max_name = 63,
	},
	{
		.name = "table", .core = true, .component = true, .keeps_only = true,
	},
	{
		.name = "wasmer-postgres", .core = true,
		.refused = NOWHERE, .max_name = 63,
	},
	{
		.name = "surrealdb", .component = true,
		.imports = surrealdb_imports, .nimports = WF_COUNT(surrealdb_imports),
		.refused = NOWHERE,
		.max_size = 1048576, .max_size_setting = "SURREAL_HTTP_MAX_SQL_BODY_SIZE",
	},
};

const struct wf_fit_engine *
wf_fit_at(size_t i)
{
	return i < WF_COUNT(engines) ? &engines[i] : NULL;
}

const struct wf_fit_engine *
wf_fit_find(const char *name)
{
	for (size_t i = 0; i < WF_COUNT(engines); i++)
		if (strcmp(engines[i].name, name) == 0)
			return &engines[i];
	return NULL;
}
