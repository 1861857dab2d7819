/* SPDX-License-Identifier: Apache-2.0
 *
 * The settings, with the seed's names and defaults, and what the library does
 * when it is loaded.  Every setting is PGC_SUSET: a role that is no superuser
 * must never be able to widen what a function may do.
 */
#include "pg_wasm.h"

#include <limits.h>

#include "utils/guc.h"

PG_MODULE_MAGIC;

void _PG_init(void);

int pgw_max_memory_bytes;
int pgw_max_fuel_per_call;
int pgw_epoch_tick_ms;
int pgw_max_epoch_deadline_ms;
int pgw_max_stack_bytes;
int pgw_max_module_bytes;
bool pgw_allow_fs;
bool pgw_allow_net;
char *pgw_cache_dir;
bool pgw_audit_log;
bool pgw_audit_log_args;
bool pgw_audit_log_results;
bool pgw_debug_imports;

static const struct {
	const char *name;
	const char *help;
	int *value;
	int def, min, max;
} ints[] = {
	{"pg_wasm.max_memory_bytes", "Linear memory of one function, at most.",
	 &pgw_max_memory_bytes, 67108864, 65536, INT_MAX},
	{"pg_wasm.max_fuel_per_call", "Fuel of one call, at most.",
	 &pgw_max_fuel_per_call, 100000000, 1, INT_MAX},
	{"pg_wasm.epoch_tick_ms", "How often the deadline of a call is looked at.",
	 &pgw_epoch_tick_ms, 50, 1, 1000},
	{"pg_wasm.max_epoch_deadline_ms", "Duration of one call, at most.",
	 &pgw_max_epoch_deadline_ms, 10000, 1, 3600000},
	{"pg_wasm.max_stack_bytes", "WASM stack of one function, at most.",
	 &pgw_max_stack_bytes, 1048576, PGW_STACK_STEP, PGW_STACK_MAX},
	{"pg_wasm.max_module_bytes", "Size of one module, at most.",
	 &pgw_max_module_bytes, 4194304, 8, 33554432},
};

static const struct {
	const char *name;
	const char *help;
	bool *value;
	bool def;
} bools[] = {
	{"pg_wasm.allow_fs", "Lets functions have preopened directories.",
	 &pgw_allow_fs, false},
	{"pg_wasm.allow_net", "Has no effect: this engine grants no network.",
	 &pgw_allow_net, false},
	{"pg_wasm.audit_log", "Writes a line to the server log for every call.",
	 &pgw_audit_log, true},
	{"pg_wasm.audit_log_args", "Writes argument values into that line.",
	 &pgw_audit_log_args, false},
	{"pg_wasm.audit_log_results", "Writes the result into that line.",
	 &pgw_audit_log_results, false},
	{"pg_wasm.debug_imports", "Provides pg_wasm.debug_throw, for tests.",
	 &pgw_debug_imports, false},
};

void
_PG_init(void)
{
	size_t i;

	for (i = 0; i < lengthof(ints); i++)
		DefineCustomIntVariable(ints[i].name, ints[i].help, NULL,
			ints[i].value, ints[i].def, ints[i].min, ints[i].max,
			PGC_SUSET, 0, NULL, NULL, NULL);
	for (i = 0; i < lengthof(bools); i++)
		DefineCustomBoolVariable(bools[i].name, bools[i].help, NULL,
			bools[i].value, bools[i].def, PGC_SUSET, 0,
			NULL, NULL, NULL);
	DefineCustomStringVariable("pg_wasm.cache_dir",
		"Directory for compiled code.", NULL, &pgw_cache_dir,
		"/var/cache/pg_wasm", PGC_SUSET, 0, NULL, NULL, NULL);
	MarkGUCPrefixReserved("pg_wasm");
}
