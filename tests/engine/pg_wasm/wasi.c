/* SPDX-License-Identifier: Apache-2.0
 *
 * The WASI preview 1 functions that touch no file, the table of everything a
 * module may import, and the descriptor table.  The runtime's own WASI is not
 * used: it starts threads that inherit the backend's signal mask.  There are no
 * arguments, no environment and no sockets here, and there must never be.
 */
#include "wasi.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "miscadmin.h"

uint8_t *
pgw_wasi_mem(wasmtime_caller_t *caller, int32_t ptr, uint64_t len)
{
	wasmtime_context_t *ctx = wasmtime_caller_context(caller);
	wasmtime_extern_t e;

	if (!wasmtime_caller_export_get(caller, "memory", 6, &e) ||
	    e.kind != WASM_EXTERN_MEMORY)
		return NULL;
	if ((uint64_t) (uint32_t) ptr + len >
	    wasmtime_memory_data_size(ctx, &e.of.memory))
		return NULL;
	return wasmtime_memory_data(ctx, &e.of.memory) + (uint32_t) ptr;
}

bool
pgw_wasi_put32(wasmtime_caller_t *caller, int32_t ptr, uint32_t v)
{
	uint8_t *p = pgw_wasi_mem(caller, ptr, sizeof(v));

	if (p == NULL)
		return false;
	memcpy(p, &v, sizeof(v));
	return true;
}

bool
pgw_wasi_put64(wasmtime_caller_t *caller, int32_t ptr, uint64_t v)
{
	uint8_t *p = pgw_wasi_mem(caller, ptr, sizeof(v));

	if (p == NULL)
		return false;
	memcpy(p, &v, sizeof(v));
	return true;
}

struct pgw_fd *
pgw_wasi_fd(struct pgw_run *run, int32_t fd)
{
	if (fd < 0 || fd >= PGW_MAX_FDS ||
	    run->wasi->fds[fd].kind == PGW_FD_FREE)
		return NULL;
	return &run->wasi->fds[fd];
}

int
pgw_wasi_errno(int e)
{
	switch (e) {
	case EACCES: return WASI_ACCES;
	case EBADF: return WASI_BADF;
	case EEXIST: return WASI_EXIST;
	case EINVAL: return WASI_INVAL;
	case EISDIR: return WASI_ISDIR;
	case ELOOP: return WASI_LOOP;
	case EMFILE:
	case ENFILE: return WASI_MFILE;
	case ENAMETOOLONG: return WASI_NAMETOOLONG;
	case ENOENT: return WASI_NOENT;
	case ENOSPC: return WASI_NOSPC;
	case ENOSYS: return WASI_NOSYS;
	case ENOTDIR: return WASI_NOTDIR;
	case EPERM: return WASI_PERM;
	case EROFS: return WASI_ROFS;
	case ESPIPE: return WASI_SPIPE;
	default: return WASI_IO;
	}
}

/* May raise: called when a call site is made, never below WASM. */
struct pgw_wasi *
pgw_wasi_open(const struct pgw_config *c, MemoryContext mcxt)
{
	struct pgw_wasi *w = MemoryContextAllocZero(mcxt, sizeof(*w));
	int i, fd;

	for (i = 0; i < PGW_MAX_FDS; i++)
		w->fds[i].fd = -1;
	w->fds[0].kind = PGW_FD_NULL;
	w->fds[1].kind = w->fds[2].kind = PGW_FD_LOG;
	for (i = 0; i < c->npreopen; i++) {
		fd = open(c->preopen[i].host,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0) {
			int e = errno;

			pgw_wasi_close(w);
			errno = e;
			ereport(ERROR, (errcode_for_file_access(),
				errmsg("could not open preopen \"%s\": %m",
					c->preopen[i].host)));
		}
		w->fds[3 + i].kind = PGW_FD_PREOPEN;
		w->fds[3 + i].fd = fd;
		w->fds[3 + i].readonly = c->preopen[i].readonly;
		w->fds[3 + i].guest = c->preopen[i].guest;
	}
	w->npreopen = c->npreopen;
	return w;
}

static void
close_from(struct pgw_wasi *w, int first)
{
	int i;

	for (i = first; i < PGW_MAX_FDS; i++) {
		if (w->fds[i].fd >= 0)
			close(w->fds[i].fd);
		w->fds[i].fd = -1;
		w->fds[i].kind = PGW_FD_FREE;
	}
}

/* Files that a call left open do not outlive it. */
void
pgw_wasi_end_call(struct pgw_wasi *w)
{
	close_from(w, 3 + w->npreopen);
}

void
pgw_wasi_close(struct pgw_wasi *w)
{
	close_from(w, 3);
}

static wasm_trap_t *
sizes_get(WASI_ARGS)
{
	bool ok = pgw_wasi_put32(caller, args[0].of.i32, 0) &&
		pgw_wasi_put32(caller, args[1].of.i32, 0);

	return wasi_return(results, ok ? WASI_SUCCESS : WASI_FAULT);
}

static wasm_trap_t *
nothing_get(WASI_ARGS)
{
	return wasi_return(results, WASI_SUCCESS);
}

static bool
clock_of(int32_t id, clockid_t *out)
{
	if (id != 0 && id != 1)
		return false;
	*out = id == 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
	return true;
}

static wasm_trap_t *
clock_res_get(WASI_ARGS)
{
	struct timespec t;
	clockid_t id;

	if (!clock_of(args[0].of.i32, &id) || clock_getres(id, &t) < 0)
		return wasi_return(results, WASI_INVAL);
	return wasi_return(results, pgw_wasi_put64(caller, args[1].of.i32,
		(uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec) ?
		WASI_SUCCESS : WASI_FAULT);
}

static wasm_trap_t *
clock_time_get(WASI_ARGS)
{
	struct timespec t;
	clockid_t id;

	if (!clock_of(args[0].of.i32, &id) || clock_gettime(id, &t) < 0)
		return wasi_return(results, WASI_INVAL);
	return wasi_return(results, pgw_wasi_put64(caller, args[2].of.i32,
		(uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec) ?
		WASI_SUCCESS : WASI_FAULT);
}

static wasm_trap_t *
random_get(WASI_ARGS)
{
	uint64_t len = (uint32_t) args[1].of.i32;
	uint8_t *p = pgw_wasi_mem(caller, args[0].of.i32, len);

	if (p == NULL)
		return wasi_return(results, WASI_FAULT);
	return wasi_return(results, pg_strong_random(p, len) ?
		WASI_SUCCESS : WASI_IO);
}

static wasm_trap_t *
proc_exit(WASI_ARGS)
{
	return pgw_fail_trap(env, PGW_E_TRAP, "exit");
}

/* An import that fails like a PostgreSQL function would; for tests. */
static wasm_trap_t *
debug_throw(WASI_ARGS)
{
	struct pgw_run *run = env;
	MemoryContext old = CurrentMemoryContext;

	PG_TRY();
	{
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
			errmsg("debug_throw was called")));
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(old);
		pgw_guard_keep(run);
	}
	PG_END_TRY();
	return wasmtime_trap_new("stopped by the host", 19);
}

static const struct pgw_import basics[] = {
	{"args_get", "ii", nothing_get},
	{"args_sizes_get", "ii", sizes_get},
	{"environ_get", "ii", nothing_get},
	{"environ_sizes_get", "ii", sizes_get},
	{"clock_res_get", "ii", clock_res_get},
	{"clock_time_get", "iIi", clock_time_get},
	{"random_get", "ii", random_get},
	{"sched_yield", "", nothing_get},
	{"proc_exit", "i", proc_exit},
	{NULL, NULL, NULL},
};

static const struct pgw_import *const tables[] = {basics, pgw_wasi_fs};

bool
pgw_import_known(const char *module, const char *name)
{
	const struct pgw_import *p;
	size_t i;

	if (strcmp(module, "wasi_snapshot_preview1") != 0)
		return false;
	for (i = 0; i < lengthof(tables); i++)
		for (p = tables[i]; p->name != NULL; p++)
			if (strcmp(p->name, name) == 0)
				return true;
	return false;
}

static wasmtime_error_t *
define(wasmtime_linker_t *linker, const char *module,
	const struct pgw_import *im, struct pgw_run *run, bool result)
{
	wasm_valtype_t *p[16], *r[1];
	wasm_valtype_vec_t params, results;
	wasm_functype_t *type;
	wasmtime_error_t *err;
	size_t i, n = strlen(im->params);

	for (i = 0; i < n; i++)
		p[i] = wasm_valtype_new(im->params[i] == 'I' ?
			WASM_I64 : WASM_I32);
	wasm_valtype_vec_new(&params, n, p);
	r[0] = result ? wasm_valtype_new(WASM_I32) : NULL;
	wasm_valtype_vec_new(&results, result ? 1 : 0, r);
	type = wasm_functype_new(&params, &results);
	err = wasmtime_linker_define_func(linker, module, strlen(module),
		im->name, strlen(im->name), type, im->fn, run, NULL);
	wasm_functype_delete(type);
	return err;
}

wasmtime_error_t *
pgw_imports_define(wasmtime_linker_t *linker, struct pgw_run *run)
{
	static const struct pgw_import throw = {"debug_throw", "", debug_throw};
	const struct pgw_import *p;
	wasmtime_error_t *err;
	size_t i;

	if (pgw_debug_imports) {
		err = define(linker, "pg_wasm", &throw, run, false);
		if (err != NULL)
			return err;
	}
	if (run->wasi == NULL)
		return NULL;
	for (i = 0; i < lengthof(tables); i++) {
		for (p = tables[i]; p->name != NULL; p++) {
			err = define(linker, "wasi_snapshot_preview1", p, run,
				p->fn != proc_exit);
			if (err != NULL)
				return err;
		}
	}
	return NULL;
}
