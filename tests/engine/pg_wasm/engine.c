/* SPDX-License-Identifier: Apache-2.0
 *
 * Wasmtime engines, one a stack size; linear memories with a cap; and the tick
 * that PostgreSQL's own timeout service gives.  A combination of settings that
 * the library does not like aborts the process, and with it the cluster: every
 * value is bounded before it is handed over.  No thread is ever started.
 */
#include "pg_wasm.h"

#include <sys/mman.h>
#include <time.h>

#include "miscadmin.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#define N_ENGINES (PGW_STACK_MAX / PGW_STACK_STEP + 1)

static wasm_engine_t *engines[N_ENGINES];
static TimeoutId tick_id;
static bool tick_registered;
static wasm_engine_t *volatile ticking;

struct mem {
	uint8_t *base;
	size_t size;			/* in use */
	size_t mapped;
};

static uint8_t *
mem_get(void *env, size_t *size, size_t *capacity)
{
	struct mem *m = env;

	*size = m->size;
	*capacity = m->mapped;
	return m->base;
}

/*
 * A plain error makes memory.grow return -1 and the module die of whatever it
 * does then.  So the run is marked, and the epoch brings it down by that name.
 */
static wasmtime_error_t *
refuse(void)
{
	if (pgw_current != NULL) {
		if (pgw_current->fail.sqlstate == 0) {
			pgw_current->fail.sqlstate = PGW_E_OOM;
			strlcpy(pgw_current->fail.cause, "oom",
				sizeof(pgw_current->fail.cause));
		}
		wasmtime_engine_increment_epoch(pgw_current->engine);
	}
	return wasmtime_error_new("memory cap");
}

static wasmtime_error_t *
mem_grow(void *env, size_t size)
{
	struct mem *m = env;
	void *base;

	if (pgw_current == NULL ||
	    size > (size_t) pgw_current->limits.memory)
		return refuse();
	if (size > m->mapped) {
		size_t want = TYPEALIGN(65536, size);

		if (m->base == NULL)
			base = mmap(NULL, want, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		else
			base = mremap(m->base, m->mapped, want,
				MREMAP_MAYMOVE);
		if (base == MAP_FAILED)
			return refuse();
		m->base = base;
		m->mapped = want;
	}
	m->size = size;
	return NULL;
}

static void
mem_free(void *env)
{
	struct mem *m = env;

	if (m->base != NULL)
		munmap(m->base, m->mapped);
	free(m);
}

static wasmtime_error_t *
mem_new(void *env, const wasm_memorytype_t *type, size_t minimum,
	size_t maximum, size_t reserved, size_t guard,
	wasmtime_linear_memory_t *ret)
{
	struct mem *m = calloc(1, sizeof(*m));
	wasmtime_error_t *err;

	if (m == NULL || reserved != 0 || guard != 0) {
		free(m);
		return refuse();
	}
	/* One page even for nothing: the base must be a real address. */
	err = mem_grow(m, Max(minimum, 1));
	if (err != NULL) {
		free(m);
		return err;
	}
	m->size = minimum;
	ret->env = m;
	ret->get_memory = mem_get;
	ret->grow_memory = mem_grow;
	ret->finalizer = mem_free;
	return NULL;
}

static wasm_engine_t *
engine_new(size_t stack)
{
	wasm_config_t *c = wasm_config_new();
	wasmtime_memory_creator_t creator = {NULL, mem_new, NULL};

	wasmtime_config_signals_based_traps_set(c, false);
	wasmtime_config_memory_reservation_set(c, 0);
	wasmtime_config_memory_guard_size_set(c, 0);
	wasmtime_config_memory_reservation_for_growth_set(c, 0);
	wasmtime_config_memory_init_cow_set(c, false);
	wasmtime_config_parallel_compilation_set(c, false);
	wasmtime_config_consume_fuel_set(c, true);
	wasmtime_config_epoch_interruption_set(c, true);
	wasmtime_config_wasm_threads_set(c, false);
	wasmtime_config_shared_memory_set(c, false);
	wasmtime_config_wasm_memory64_set(c, false);
	wasmtime_config_wasm_multi_memory_set(c, false);
	/* A garbage-collected heap would be memory that no cap counts. */
	wasmtime_config_wasm_exceptions_set(c, false);
	wasmtime_config_wasm_gc_set(c, false);
	wasmtime_config_wasm_function_references_set(c, false);
	wasmtime_config_max_wasm_stack_set(c, stack);
	wasmtime_config_host_memory_creator_set(c, &creator);
	return wasm_engine_new_with_config(c);
}

/* Any thread the library might start, and any handler, waits. */
void
pgw_block_signals(sigset_t *old)
{
	sigset_t all;

	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGFPE);
	sigprocmask(SIG_SETMASK, &all, old);
}

wasm_engine_t *
pgw_engine_get(int64 stack)
{
	int i = (int) (stack / PGW_STACK_STEP);
	sigset_t old;

	if (i < 1 || i >= N_ENGINES)
		elog(ERROR, "stack size out of range");
	if (engines[i] == NULL) {
		pgw_block_signals(&old);
		engines[i] = engine_new((size_t) i * PGW_STACK_STEP);
		sigprocmask(SIG_SETMASK, &old, NULL);
		if (engines[i] == NULL)
			ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
				errmsg("could not make a Wasmtime engine")));
	}
	return engines[i];
}

int64
pgw_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64) t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Runs in the SIGALRM handler: one atomic add, documented as signal-safe. */
static void
on_tick(void)
{
	wasm_engine_t *e = ticking;

	if (e != NULL)
		wasmtime_engine_increment_epoch(e);
}

void
pgw_tick_start(struct pgw_run *run)
{
	int ms = Min(pgw_epoch_tick_ms, (int) run->limits.deadline_ms);

	if (!tick_registered) {
		tick_id = RegisterTimeout(USER_TIMEOUT, on_tick);
		tick_registered = true;
	}
	ticking = run->engine;
	enable_timeout_every(tick_id,
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), ms), ms);
}

void
pgw_tick_stop(void)
{
	ticking = NULL;
	disable_timeout(tick_id, false);
}
