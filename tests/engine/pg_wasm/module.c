/* SPDX-License-Identifier: Apache-2.0
 *
 * The compiled modules of this backend, by digest and engine.  Bytes from the
 * catalog are hashed before they are compiled; bytes that are not those the
 * wrapper names are never run.  Compiling cannot be interrupted, so the size
 * is bounded first.
 */
#include "pg_wasm.h"

#define N_MODULES 64

static struct pgw_module modules[N_MODULES];
static uint64 clock_hand;

static void
raise_invalid(wasmtime_error_t *err)
{
	wasm_byte_vec_t msg;
	char *text;

	wasmtime_error_message(err, &msg);
	text = pgw_clean(msg.data, msg.size, 300);
	wasm_byte_vec_delete(&msg);
	wasmtime_error_delete(err);
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		errmsg("invalid WASM module"), errdetail("%s", text)));
}

static wasmtime_module_t *
compile(wasm_engine_t *engine, const uint8 *sha256, const char *bytes,
	size_t len)
{
	static const char core[8] = {0, 'a', 's', 'm', 1, 0, 0, 0};
	wasmtime_module_t *module = NULL;
	wasmtime_error_t *err;
	sigset_t old;

	if (len > (size_t) pgw_max_module_bytes)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			errmsg("module of %zu bytes exceeds the cluster cap",
				len),
			errdetail("pg_wasm.max_module_bytes is %d.",
				pgw_max_module_bytes)));
	if (len >= 8 && memcmp(bytes, "\0asm", 4) == 0 &&
	    memcmp(bytes, core, 8) != 0)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			errmsg("WASM components are not supported"),
			errhint("This engine runs core modules, version 1.")));
	if (len < 8 || memcmp(bytes, core, 8) != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("invalid WASM module"),
			errdetail("It does not begin as one.")));
	module = pgw_cache_load(engine, sha256);
	if (module != NULL)
		return module;
	pgw_block_signals(&old);
	err = wasmtime_module_new(engine, (const uint8_t *) bytes, len,
		&module);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (err != NULL)
		raise_invalid(err);
	pgw_cache_save(module, sha256);
	return module;
}

/* An empty slot, or the least recently used one that nobody holds. */
static struct pgw_module *
free_slot(void)
{
	struct pgw_module *best = NULL;
	int i;

	for (i = 0; i < N_MODULES; i++) {
		if (modules[i].module == NULL)
			return &modules[i];
		if (modules[i].pins == 0 &&
		    (best == NULL || modules[i].used < best->used))
			best = &modules[i];
	}
	if (best == NULL)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			errmsg("more than %d WASM modules in use",
				N_MODULES)));
	wasmtime_module_delete(best->module);
	memset(best, 0, sizeof(*best));
	return best;
}

static void
load_bytes(const uint8 *sha256, const char **bytes, size_t *len)
{
	bytea *b = pgw_catalog_bytes(sha256);
	uint8 have[PGW_SHA256_LEN];

	if (b == NULL)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
			errmsg("module sha256:%s is not stored",
				pgw_hex(sha256, PGW_SHA256_LEN))));
	pgw_sha256(VARDATA_ANY(b), VARSIZE_ANY_EXHDR(b), have);
	if (memcmp(have, sha256, PGW_SHA256_LEN) != 0)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
			errmsg("stored module does not match its digest"),
			errdetail("It should be sha256:%s and is sha256:%s.",
				pgw_hex(sha256, PGW_SHA256_LEN),
				pgw_hex(have, PGW_SHA256_LEN))));
	*bytes = VARDATA_ANY(b);
	*len = VARSIZE_ANY_EXHDR(b);
}

struct pgw_module *
pgw_module_get(const uint8 *sha256, const char *bytes, size_t len,
	int64 stack)
{
	wasm_engine_t *engine = pgw_engine_get(stack);
	wasmtime_module_t *module;
	struct pgw_module *m;
	int i;

	for (i = 0; i < N_MODULES; i++) {
		m = &modules[i];
		if (m->module != NULL && m->engine == engine &&
		    m->size <= (size_t) pgw_max_module_bytes &&
		    memcmp(m->sha256, sha256, PGW_SHA256_LEN) == 0) {
			m->used = ++clock_hand;
			return m;
		}
	}
	if (bytes == NULL)
		load_bytes(sha256, &bytes, &len);
	m = free_slot();
	module = compile(engine, sha256, bytes, len);
	memcpy(m->sha256, sha256, PGW_SHA256_LEN);
	m->engine = engine;
	m->module = module;
	m->size = len;
	m->used = ++clock_hand;
	return m;
}
