/* SPDX-License-Identifier: Apache-2.0
 *
 * What the two halves of the WASI shim share: error numbers, the descriptor
 * table, and access to the module's memory.  Nothing in it may raise a
 * PostgreSQL error: it all runs below WASM.
 */
#ifndef PGW_WASI_H
#define PGW_WASI_H

#include "pg_wasm.h"

enum {
	WASI_SUCCESS = 0,
	WASI_ACCES = 2,
	WASI_BADF = 8,
	WASI_EXIST = 20,
	WASI_FAULT = 21,
	WASI_INVAL = 28,
	WASI_IO = 29,
	WASI_ISDIR = 31,
	WASI_LOOP = 32,
	WASI_MFILE = 33,
	WASI_NAMETOOLONG = 37,
	WASI_NOENT = 44,
	WASI_NOSPC = 51,
	WASI_NOSYS = 52,
	WASI_NOTDIR = 54,
	WASI_PERM = 63,
	WASI_ROFS = 69,
	WASI_SPIPE = 70,
};

enum pgw_fd_kind { PGW_FD_FREE, PGW_FD_LOG, PGW_FD_NULL, PGW_FD_PREOPEN,
	PGW_FD_DIR, PGW_FD_FILE };

struct pgw_fd {
	enum pgw_fd_kind kind;
	int fd;				/* of the system; -1 */
	bool readonly;
	const char *guest;		/* of a preopen */
};

struct pgw_wasi {
	int npreopen;
	struct pgw_fd fds[PGW_MAX_FDS];
};

/* Every import is called with these. */
#define WASI_ARGS void *env, wasmtime_caller_t *caller, \
	const wasmtime_val_t *args, size_t nargs, \
	wasmtime_val_t *results, size_t nresults

/* NULL when any of it lies outside the module's memory. */
uint8_t *pgw_wasi_mem(wasmtime_caller_t *, int32_t ptr, uint64_t len);
bool pgw_wasi_put32(wasmtime_caller_t *, int32_t ptr, uint32_t);
bool pgw_wasi_put64(wasmtime_caller_t *, int32_t ptr, uint64_t);
struct pgw_fd *pgw_wasi_fd(struct pgw_run *, int32_t fd);
int pgw_wasi_errno(int e);

static inline wasm_trap_t *
wasi_return(wasmtime_val_t *results, int code)
{
	results[0].kind = WASM_I32;
	results[0].of.i32 = code;
	return NULL;
}

#endif
