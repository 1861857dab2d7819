/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs an export under its limits and says how it ended.  Nothing between
 * tick_start and tick_stop may raise a PostgreSQL error: a longjmp over WASM
 * frames leaves the runtime with activations that are gone, and the next trap
 * then spins for ever.  Errors met below WASM are kept and raised afterwards.
 */
#include "pg_wasm.h"

#include "miscadmin.h"
#include "utils/memutils.h"

struct pgw_run *pgw_current;

static const struct {
	uint8 code;
	int sqlstate;
	const char *cause;
} causes[] = {
	{WASM_TRAP_STACK_OVERFLOW, PGW_E_TRAP, "stack_overflow"},
	{WASM_TRAP_MEMORY_OOB, PGW_E_TRAP, "memory_out_of_bounds"},
	{WASM_TRAP_TABLE_OOB, PGW_E_TRAP, "table_out_of_bounds"},
	{WASM_TRAP_INDIRECT_NULL, PGW_E_TRAP, "indirect_call_to_null"},
	{WASM_TRAP_BAD_SIGNATURE, PGW_E_TRAP, "bad_signature"},
	{WASM_TRAP_INTEGER_OVERFLOW, PGW_E_TRAP, "integer_overflow"},
	{WASM_TRAP_DIVISION_BY_ZERO, PGW_E_TRAP, "integer_division_by_zero"},
	{WASM_TRAP_BAD_CONVERSION, PGW_E_TRAP, "bad_conversion_to_integer"},
	{WASM_TRAP_UNREACHABLE, PGW_E_TRAP, "unreachable"},
	{WASM_TRAP_INTERRUPT, PGW_E_DEADLINE, "epoch_deadline_exceeded"},
	{WASM_TRAP_OUT_OF_FUEL, PGW_E_FUEL, "fuel_exhausted"},
	{WASM_TRAP_ALLOCATION, PGW_E_OOM, "oom"},
};

static void
fail(struct pgw_run *run, int sqlstate, const char *cause)
{
	struct pgw_fail *f = &run->fail;

	if (f->sqlstate != 0 || f->interrupted || f->edata != NULL)
		return;
	f->sqlstate = sqlstate;
	strlcpy(f->cause, cause, sizeof(f->cause));
}

static bool
failed(const struct pgw_run *run)
{
	return run->fail.sqlstate != 0 || run->fail.interrupted ||
		run->fail.edata != NULL;
}

wasm_trap_t *
pgw_fail_trap(struct pgw_run *run, int sqlstate, const char *cause)
{
	fail(run, sqlstate, cause);
	return wasmtime_trap_new("stopped by the host", 19);
}

void
pgw_guard_keep(struct pgw_run *run)
{
	MemoryContext old = MemoryContextSwitchTo(run->mcxt);

	if (run->fail.edata == NULL)
		run->fail.edata = CopyErrorData();
	FlushErrorState();
	MemoryContextSwitchTo(old);
}

/* No palloc: this runs between tick_start and tick_stop. */
static void
keep_detail(struct pgw_run *run, const char *text, size_t len)
{
	char *out = run->fail.detail;
	size_t i, n = 0;

	while (len > 0 && (text[len - 1] == '\0' || text[len - 1] == '\n'))
		len--;
	for (i = 0; i < len && n < sizeof(run->fail.detail) - 1; i++)
		out[n++] = text[i] == '\n' || (text[i] >= ' ' &&
			text[i] <= '~') ? text[i] : '?';
	out[n] = '\0';
}

bool
pgw_fail_took(struct pgw_run *run, wasmtime_error_t *err, wasm_trap_t *trap)
{
	wasm_byte_vec_t msg;
	uint8 code;
	size_t i;

	if (err == NULL && trap == NULL)
		return true;
	run->live = false;
	if (trap != NULL && wasmtime_trap_code(trap, &code))
		for (i = 0; i < lengthof(causes); i++)
			if (causes[i].code == code)
				fail(run, causes[i].sqlstate, causes[i].cause);
	fail(run, PGW_E_TRAP, "trap");
	if (err != NULL) {
		wasmtime_error_message(err, &msg);
		wasmtime_error_delete(err);
	} else {
		wasm_trap_message(trap, &msg);
	}
	if (trap != NULL)
		wasm_trap_delete(trap);
	keep_detail(run, msg.data, msg.size);
	wasm_byte_vec_delete(&msg);
	return false;
}

/* Runs on this thread, at loop heads and function entries of the module. */
static wasmtime_error_t *
on_epoch(wasmtime_context_t *ctx, void *data, uint64_t *delta, uint8_t *kind)
{
	struct pgw_run *run = data;
	MemoryContext old = CurrentMemoryContext;

	*delta = 1;
	*kind = 0;
	if (failed(run))
		return wasmtime_error_new("stopped");
	if (InterruptPending && InterruptHoldoffCount == 0 &&
	    CritSectionCount == 0) {
		if (ProcDiePending ||
		    (QueryCancelPending && QueryCancelHoldoffCount == 0)) {
			run->fail.interrupted = true;
			return wasmtime_error_new("interrupted");
		}
		/* Among others, this is how a client that died is noticed. */
		PG_TRY();
		{
			CHECK_FOR_INTERRUPTS();
		}
		PG_CATCH();
		{
			MemoryContextSwitchTo(old);
			pgw_guard_keep(run);
		}
		PG_END_TRY();
		if (failed(run))
			return wasmtime_error_new("interrupted");
	}
	if (pgw_now_us() >= run->deadline_us) {
		fail(run, PGW_E_DEADLINE, "epoch_deadline_exceeded");
		return wasmtime_error_new("deadline");
	}
	return NULL;
}

static bool
guest(struct pgw_run *run, const wasmtime_func_t *f,
	const wasmtime_val_t *args, size_t nargs, wasmtime_val_t *results,
	size_t nresults)
{
	wasm_trap_t *trap = NULL;
	wasmtime_error_t *err;

	err = wasmtime_func_call(run->ctx, f, args, nargs, results, nresults,
		&trap);
	return pgw_fail_took(run, err, trap);
}

static void
drop_instance(struct pgw_run *run)
{
	if (run->linker != NULL)
		wasmtime_linker_delete(run->linker);
	if (run->store != NULL)
		wasmtime_store_delete(run->store);
	run->linker = NULL;
	run->store = NULL;
	run->live = false;
}

static bool
export_func(struct pgw_run *run, const char *name, wasmtime_func_t *out)
{
	wasmtime_extern_t e;

	if (!wasmtime_instance_export_get(run->ctx, &run->instance, name,
		strlen(name), &e) || e.kind != WASM_EXTERN_FUNC)
		return false;
	*out = e.of.func;
	return true;
}

/* Also runs the module's start function, so within the limits. */
static bool
instantiate(struct pgw_fn *fn)
{
	struct pgw_run *run = &fn->run;
	wasm_trap_t *trap = NULL;
	wasmtime_error_t *err;
	wasmtime_extern_t e;

	run->store = wasmtime_store_new(run->engine, NULL, NULL);
	run->ctx = wasmtime_store_context(run->store);
	wasmtime_store_limiter(run->store, -1, 100000, 1, 16, 1);
	wasmtime_store_epoch_deadline_callback(run->store, on_epoch, run, NULL);
	wasmtime_context_set_epoch_deadline(run->ctx, 1);
	err = wasmtime_context_set_fuel(run->ctx, run->limits.fuel);
	if (!pgw_fail_took(run, err, NULL))
		return false;
	run->linker = wasmtime_linker_new(run->engine);
	err = pgw_imports_define(run->linker, run);
	if (!pgw_fail_took(run, err, NULL))
		return false;
	err = wasmtime_linker_instantiate(run->linker, run->ctx,
		fn->module->module, &run->instance, &trap);
	if (!pgw_fail_took(run, err, trap))
		return false;
	run->has_memory = wasmtime_instance_export_get(run->ctx,
		&run->instance, "memory", 6, &e) &&
		e.kind == WASM_EXTERN_MEMORY;
	if (run->has_memory)
		run->memory = e.of.memory;
	run->has_dealloc = export_func(run, "dealloc", &run->dealloc);
	if (!export_func(run, "alloc", &run->alloc))
		memset(&run->alloc, 0, sizeof(run->alloc));
	if (!export_func(run, fn->export, &run->func)) {
		fail(run, PGW_E_ABI, "an export is missing");
		return false;
	}
	run->live = true;
	return true;
}

/* The base may have moved in any call into the module: looked up each time. */
static uint8_t *
guest_memory(struct pgw_run *run, uint32 ptr, uint64 len)
{
	if (!run->has_memory || (uint64) ptr + len >
	    wasmtime_memory_data_size(run->ctx, &run->memory))
		return NULL;
	return wasmtime_memory_data(run->ctx, &run->memory) + ptr;
}

static bool
put_bytes(struct pgw_run *run, const struct pgw_value *v, wasmtime_val_t *out)
{
	wasmtime_val_t len, ptr;
	uint8_t *to;

	memset(&len, 0, sizeof(len));
	memset(&ptr, 0, sizeof(ptr));
	len.kind = WASM_I32;
	len.of.i32 = (int32) v->len;
	if (!guest(run, &run->alloc, &len, 1, &ptr, 1))
		return false;
	to = guest_memory(run, (uint32) ptr.of.i32, v->len);
	if (to == NULL) {
		fail(run, PGW_E_ABI, "alloc gave a pointer outside its memory");
		return false;
	}
	memcpy(to, v->data, v->len);
	out[0] = ptr;
	out[1] = len;
	return true;
}

static bool
free_bytes(struct pgw_run *run, uint32 ptr, uint32 len)
{
	wasmtime_val_t args[2];

	if (!run->has_dealloc)
		return true;
	memset(args, 0, sizeof(args));
	args[0].kind = args[1].kind = WASM_I32;
	args[0].of.i32 = (int32) ptr;
	args[1].of.i32 = (int32) len;
	return guest(run, &run->dealloc, args, 2, NULL, 0);
}

static bool
get_bytes(struct pgw_run *run, uint64 packed, struct pgw_value *out)
{
	uint32 ptr = (uint32) (packed >> 32), len = (uint32) packed;
	uint8_t *from;
	char *copy;

	out->data = NULL;
	out->len = 0;
	if (packed == 0)
		return true;
	from = guest_memory(run, ptr, len);
	if (from == NULL) {
		fail(run, PGW_E_ABI, "its result is outside its memory");
		return false;
	}
	copy = len < MaxAllocSize - VARHDRSZ ?
		MemoryContextAllocExtended(CurrentMemoryContext,
			Max(len, 1), MCXT_ALLOC_NO_OOM) : NULL;
	if (copy == NULL) {
		fail(run, PGW_E_ABI, "its result is too large");
		return false;
	}
	memcpy(copy, from, len);
	out->data = copy;
	out->len = len;
	return free_bytes(run, ptr, len);
}

static bool
call(struct pgw_fn *fn, const struct pgw_value *args, struct pgw_value *ret)
{
	struct pgw_run *run = &fn->run;
	wasmtime_val_t vals[FUNC_MAX_ARGS * 2], result;
	bool has_result = fn->ret.kind != PGW_VOID;
	int i, n = 0;

	for (i = 0; i < fn->nargs; i++) {
		if (pgw_type_varlen(&fn->args[i])) {
			if (!put_bytes(run, &args[i], &vals[n]))
				return false;
			n += 2;
		} else {
			vals[n++] = args[i].val;
		}
	}
	memset(&result, 0, sizeof(result));
	if (!guest(run, &run->func, vals, (size_t) n, &result,
		has_result ? 1 : 0))
		return false;
	if (has_result && pgw_type_varlen(&fn->ret)) {
		if (!get_bytes(run, (uint64) result.of.i64, ret))
			return false;
	} else {
		ret->val = result;
	}
	for (i = n = 0; i < fn->nargs; i++) {
		if (!pgw_type_varlen(&fn->args[i])) {
			n++;
			continue;
		}
		if (!free_bytes(run, (uint32) vals[n].of.i32,
			(uint32) vals[n + 1].of.i32))
			return false;
		n += 2;
	}
	return true;
}

bool
pgw_run_call(struct pgw_fn *fn, struct pgw_value *args, struct pgw_value *ret)
{
	struct pgw_run *run = &fn->run;
	wasmtime_error_t *err;
	uint64 left = 0;
	bool ok;

	Assert(pgw_current == NULL);
	memset(&run->fail, 0, sizeof(run->fail));
	run->output = 0;
	run->deadline_us = pgw_now_us() + run->limits.deadline_ms * 1000;
	pgw_current = run;
	pgw_tick_start(run);
	if (run->live) {
		wasmtime_context_set_epoch_deadline(run->ctx, 1);
		err = wasmtime_context_set_fuel(run->ctx, run->limits.fuel);
		ok = pgw_fail_took(run, err, NULL);
	} else {
		drop_instance(run);
		ok = instantiate(fn);
	}
	ok = ok && call(fn, args, ret) && !failed(run);
	pgw_tick_stop();
	pgw_current = NULL;
	err = wasmtime_context_get_fuel(run->ctx, &left);
	if (err != NULL)
		wasmtime_error_delete(err);
	run->fuel_used = (uint64) run->limits.fuel - left;
	if (run->wasi != NULL)
		pgw_wasi_end_call(run->wasi);
	if (!ok || fn->config.per_call)
		drop_instance(run);
	return ok;
}

/*
 * Runs when a memory context goes, also in the exit of a backend that was told
 * to stop while a module ran: then the store is in use and is left alone.
 */
void
pgw_run_release(struct pgw_run *run)
{
	if (run == pgw_current)
		return;
	drop_instance(run);
	if (run->wasi != NULL)
		pgw_wasi_close(run->wasi);
	run->wasi = NULL;
}

void
pgw_run_raise(struct pgw_run *run)
{
	struct pgw_fail *f = &run->fail;

	if (f->edata != NULL)
		ReThrowError(f->edata);
	if (f->interrupted) {
		CHECK_FOR_INTERRUPTS();
		ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED),
			errmsg("canceling statement due to user request")));
	}
	ereport(ERROR, (errcode(f->sqlstate),
		f->sqlstate == PGW_E_ABI ?
		errmsg("WASM function broke the ABI: %s", f->cause) :
		errmsg("WASM function trapped: %s", f->cause),
		f->detail[0] ? errdetail("%s", f->detail) : 0));
}
