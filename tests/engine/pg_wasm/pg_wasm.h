/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of pg_wasm share.  Symbols begin with pgw_; those that SQL
 * calls begin with pgw_sql_ and are the only ones exported.  No function that
 * runs below a WASM frame may raise a PostgreSQL error through it: see
 * pgw_guard_* in run.c.
 */
#ifndef PGW_PG_WASM_H
#define PGW_PG_WASM_H

#include "postgres.h"

#include <signal.h>

#include "fmgr.h"
#include "utils/jsonb.h"

#include "wasmtime_abi.h"

#if PG_VERSION_NUM < 150000
#error "pg_wasm needs PostgreSQL 15; newer versions are untested"
#endif

#define PGW_VERSION "0.4.2"
#define PGW_SCHEMA "wasm"
#define PGW_LANGUAGE "wasm"

#define PGW_E_TRAP MAKE_SQLSTATE('3', '8', 'W', '0', '0')
#define PGW_E_DEADLINE MAKE_SQLSTATE('3', '8', 'W', '0', '1')
#define PGW_E_FUEL MAKE_SQLSTATE('3', '8', 'W', '0', '2')
#define PGW_E_OOM MAKE_SQLSTATE('3', '8', 'W', '0', '3')
#define PGW_E_CAPABILITY MAKE_SQLSTATE('3', '8', 'W', '0', '4')
#define PGW_E_ABI MAKE_SQLSTATE('3', '8', 'W', '0', '5')

#define PGW_SHA256_LEN 32
#define PGW_SHA256_HEX 64
#define PGW_MAX_PREOPENS 16
#define PGW_MAX_FDS 64
#define PGW_STACK_STEP 65536		/* engines differ by multiples of this */
#define PGW_STACK_MAX (2 * 1024 * 1024)	/* above, the library panics */
#define PGW_OUTPUT_MAX 8192		/* a call's output to the log */

/* settings (guc.c) */
extern int pgw_max_memory_bytes;
extern int pgw_max_fuel_per_call;
extern int pgw_epoch_tick_ms;
extern int pgw_max_epoch_deadline_ms;
extern int pgw_max_stack_bytes;
extern int pgw_max_module_bytes;
extern bool pgw_allow_fs;
extern bool pgw_allow_net;
extern char *pgw_cache_dir;
extern bool pgw_audit_log;
extern bool pgw_audit_log_args;
extern bool pgw_audit_log_results;
extern bool pgw_debug_imports;

/* config.c: the config jsonb, parsed.  A number not given is -1. */
struct pgw_preopen {
	char *host;
	char *guest;
	bool readonly;
};

struct pgw_config {
	int64 memory;
	int64 fuel;
	int64 deadline_ms;
	int64 stack;
	char *export;			/* NULL: the function's name */
	bool per_call;
	bool wasi;
	int npreopen;
	struct pgw_preopen preopen[PGW_MAX_PREOPENS];
};

struct pgw_limits {
	int64 memory;
	int64 fuel;
	int64 deadline_ms;
	int64 stack;
};

void pgw_config_parse(Jsonb *json, struct pgw_config *out);
/* Raises 54000 or 38W04 for what the cluster does not allow now. */
void pgw_config_check(const struct pgw_config *, bool creating);
void pgw_config_limits(const struct pgw_config *, struct pgw_limits *out);

/* names.c: functions by name */
struct pgw_name {
	char *schema;
	char *name;
	char *args;			/* "(int, text)" or NULL */
};

void pgw_name_parse(const char *text, struct pgw_name *out);
/* nargs -1: any number.  Raises when absent or ambiguous. */
Oid pgw_name_resolve(const char *text, int nargs);
Oid pgw_language_oid(void);
char *pgw_function_signature(Oid proc);

/* catalog.c: the tables, read and written as their owner */
struct pgw_row {
	uint8 sha256[PGW_SHA256_LEN];
	Jsonb *config;
};

bool pgw_catalog_row(Oid proc, struct pgw_row *out, bool repair);
bytea *pgw_catalog_bytes(const uint8 *sha256);	/* NULL: none */
void pgw_catalog_lock(void);
void pgw_catalog_put_module(const uint8 *sha256, bytea *bytes);
void pgw_catalog_put_row(Oid proc, const char *name, const uint8 *sha256,
	Datum arg_types, Oid return_type, Jsonb *config);
void pgw_catalog_delete(Datum procs);
bool pgw_catalog_exists(void);

/* text.c */
void pgw_sha256(const void *data, size_t len, uint8 *out);
char *pgw_hex(const uint8 *data, size_t len);
bool pgw_prosrc_digest(const char *prosrc, uint8 *out);
/* Printable ASCII of at most max bytes; the rest is escaped or cut. */
char *pgw_clean(const char *data, size_t len, size_t max);

/* engine.c: one Wasmtime engine a stack size, memories with a cap, the tick */
struct pgw_run;

/* Around what might start a thread; undone with sigprocmask(). */
void pgw_block_signals(sigset_t *old);
wasm_engine_t *pgw_engine_get(int64 stack);
void pgw_tick_start(struct pgw_run *);
void pgw_tick_stop(void);

/* module.c: compiled modules of this backend */
struct pgw_module {
	uint8 sha256[PGW_SHA256_LEN];
	wasm_engine_t *engine;
	wasmtime_module_t *module;
	size_t size;
	uint64 used;			/* for eviction */
	int pins;			/* call sites that hold it */
};

/* bytes NULL: loaded from the catalog when it is not here already. */
struct pgw_module *pgw_module_get(const uint8 *sha256, const char *bytes,
	size_t len, int64 stack);

/* cache.c: compiled code on disk; NULL and nothing when there is no cache */
wasmtime_module_t *pgw_cache_load(wasm_engine_t *, const uint8 *sha256);
void pgw_cache_save(wasmtime_module_t *, const uint8 *sha256);

/* types.c: SQL values and WASM values */
enum pgw_kind {
	PGW_VOID,
	PGW_BOOL,
	PGW_INT2,
	PGW_INT4,
	PGW_INT8,
	PGW_FLOAT4,
	PGW_FLOAT8,
	PGW_BYTEA,			/* raw bytes */
	PGW_TEXT,			/* raw bytes in the database encoding */
	PGW_IO,				/* the type's text form */
};

struct pgw_type {
	Oid oid;
	enum pgw_kind kind;
	FmgrInfo io;			/* output of an argument, input of a result */
	Oid ioparam;
};

struct pgw_value {
	wasmtime_val_t val;		/* a scalar */
	const char *data;		/* variable length */
	size_t len;
};

void pgw_type_init(struct pgw_type *, Oid type, bool result, MemoryContext);
bool pgw_type_varlen(const struct pgw_type *);
void pgw_type_check_usable(Oid type, bool result);
void pgw_value_in(struct pgw_type *, Datum, struct pgw_value *out);
Datum pgw_value_out(struct pgw_type *, const struct pgw_value *, bool *isnull);

/* check.c: what is looked at before a module is stored */
struct pgw_signature {
	int nargs;
	Oid args[FUNC_MAX_ARGS];
	Oid ret;
};

void pgw_module_check(const struct pgw_module *, const struct pgw_signature *,
	const char *export, const struct pgw_config *, bool creating);

/* run.c */
struct pgw_fail {
	int sqlstate;			/* 0: nothing failed */
	bool interrupted;
	char cause[320];
	char detail[1200];
	ErrorData *edata;		/* a PostgreSQL error caught below WASM */
};

struct pgw_wasi;

struct pgw_run {
	wasm_engine_t *engine;
	wasmtime_store_t *store;
	wasmtime_context_t *ctx;
	wasmtime_linker_t *linker;
	wasmtime_instance_t instance;
	wasmtime_func_t func;
	wasmtime_func_t alloc;
	wasmtime_func_t dealloc;
	wasmtime_memory_t memory;
	bool has_memory;
	bool has_dealloc;
	bool live;			/* instantiated and not trapped */
	struct pgw_limits limits;
	int64 deadline_us;		/* monotonic; when the call must end */
	uint64 fuel_used;
	size_t output;			/* bytes written to the log */
	struct pgw_wasi *wasi;		/* NULL: no WASI functions */
	struct pgw_fail fail;
	MemoryContext mcxt;		/* long-lived: for a caught error */
};

/* A call site: lives in fn_mcxt of one FmgrInfo. */
struct pgw_fn {
	Oid proc;
	MemoryContext mcxt;
	MemoryContextCallback cleanup;
	char *signature;
	char *export;
	struct pgw_config config;
	struct pgw_module *module;
	int nargs;
	struct pgw_type *args;
	struct pgw_type ret;
	struct pgw_run run;
};

extern struct pgw_run *pgw_current;	/* set while WASM may be on the stack */

/* Calls the export; false when run->fail says why not.  Raises nothing. */
bool pgw_run_call(struct pgw_fn *, struct pgw_value *args,
	struct pgw_value *ret);
void pgw_run_release(struct pgw_run *);
void pgw_run_raise(struct pgw_run *) pg_attribute_noreturn();
/* Called in PG_CATCH below a WASM frame: keeps the error for later. */
void pgw_guard_keep(struct pgw_run *);
/* For host functions: notes why, returns a trap to hand to the runtime. */
wasm_trap_t *pgw_fail_trap(struct pgw_run *, int sqlstate, const char *cause);
bool pgw_fail_took(struct pgw_run *, wasmtime_error_t *, wasm_trap_t *);
int64 pgw_now_us(void);

/* imports.c: the functions a module may import */
bool pgw_import_known(const char *module, const char *name);
wasmtime_error_t *pgw_imports_define(wasmtime_linker_t *, struct pgw_run *);

/* wasi.c, wasi_fs.c: the WASI preview 1 shim */
struct pgw_import {
	const char *name;
	const char *params;		/* "iil": i32, i32, i64 */
	wasmtime_func_callback_t fn;
};

extern const struct pgw_import pgw_wasi_fs[];
struct pgw_wasi *pgw_wasi_open(const struct pgw_config *, MemoryContext);
void pgw_wasi_end_call(struct pgw_wasi *);
void pgw_wasi_close(struct pgw_wasi *);

/* audit.c */
struct pgw_audit {
	struct pgw_fn *fn;
	int64 start_us;
	char *args;
};

/* text: NULL, or for each argument a literal that replaces its Datum. */
void pgw_audit_begin(struct pgw_audit *, struct pgw_fn *, FunctionCallInfo,
	const char *const *text);
void pgw_audit_ok(struct pgw_audit *, Datum result, bool isnull);
void pgw_audit_failed(struct pgw_audit *, const struct pgw_fail *);
void pgw_audit_error(struct pgw_audit *, int sqlstate);
void pgw_audit_ddl(const char *what, const char *signature,
	const uint8 *sha256);
/* A line the module itself wrote; called below WASM, raises nothing. */
void pgw_audit_output(struct pgw_run *, int fd, const char *data, size_t len);

#endif
