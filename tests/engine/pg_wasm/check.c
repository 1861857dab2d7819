/* SPDX-License-Identifier: Apache-2.0
 *
 * What a module imports and exports against what its function may have: looked
 * at when it is created and again when it is loaded.  Static only: nothing
 * here may instantiate a module, because that runs its code.
 */
#include "pg_wasm.h"

#define MAX_VALUES (FUNC_MAX_ARGS * 2)

struct want {
	int n;
	uint8 kinds[MAX_VALUES];
};

static void
add_type(struct want *w, Oid oid, bool result)
{
	struct pgw_type t;

	pgw_type_init(&t, oid, result, CurrentMemoryContext);
	switch (t.kind) {
	case PGW_VOID:
		return;
	case PGW_BOOL:
	case PGW_INT2:
	case PGW_INT4:
		w->kinds[w->n++] = WASM_I32;
		return;
	case PGW_INT8:
		w->kinds[w->n++] = WASM_I64;
		return;
	case PGW_FLOAT4:
		w->kinds[w->n++] = WASM_F32;
		return;
	case PGW_FLOAT8:
		w->kinds[w->n++] = WASM_F64;
		return;
	case PGW_BYTEA:
	case PGW_TEXT:
	case PGW_IO:
		w->kinds[w->n++] = result ? WASM_I64 : WASM_I32;
		if (!result)
			w->kinds[w->n++] = WASM_I32;
		return;
	}
}

static bool
same(const wasm_valtype_vec_t *have, const struct want *want)
{
	size_t i;

	if (have->size != (size_t) want->n)
		return false;
	for (i = 0; i < have->size; i++)
		if (wasm_valtype_kind(have->data[i]) != want->kinds[i])
			return false;
	return true;
}

static const wasm_externtype_t *
find_export(const wasm_exporttype_vec_t *vec, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < vec->size; i++) {
		const wasm_byte_vec_t *n = wasm_exporttype_name(vec->data[i]);

		if (n->size == len && memcmp(n->data, name, len) == 0)
			return wasm_exporttype_type(vec->data[i]);
	}
	return NULL;
}

static void
need_func(const wasm_exporttype_vec_t *vec, const char *name,
	const struct want *params, const struct want *results, bool must)
{
	const wasm_externtype_t *t = find_export(vec, name);
	const wasm_functype_t *f;

	if (t == NULL && !must)
		return;
	if (t == NULL || wasm_externtype_kind(t) != WASM_EXTERN_FUNC)
		ereport(ERROR, (errcode(PGW_E_ABI),
			errmsg("module does not export a function \"%s\"",
				pgw_clean(name, strlen(name), 64))));
	f = wasm_externtype_as_functype_const(t);
	if (!same(wasm_functype_params(f), params) ||
	    !same(wasm_functype_results(f), results))
		ereport(ERROR, (errcode(PGW_E_ABI),
			errmsg("export \"%s\" does not have the type that the "
				"SQL signature needs",
				pgw_clean(name, strlen(name), 64))));
}

static void
check_exports(const wasm_exporttype_vec_t *vec, const struct pgw_signature *sig,
	const char *export)
{
	static const struct want one = {1, {WASM_I32}};
	static const struct want two = {2, {WASM_I32, WASM_I32}};
	static const struct want none = {0, {0}};
	struct want params = {0, {0}}, results = {0, {0}};
	const wasm_externtype_t *mem;
	bool varlen = false;
	struct pgw_type t;
	int i;

	for (i = 0; i < sig->nargs; i++) {
		add_type(&params, sig->args[i], false);
		pgw_type_init(&t, sig->args[i], false, CurrentMemoryContext);
		varlen |= pgw_type_varlen(&t);
	}
	add_type(&results, sig->ret, true);
	need_func(vec, export, &params, &results, true);
	if (varlen)
		need_func(vec, "alloc", &one, &one, true);
	pgw_type_init(&t, sig->ret, true, CurrentMemoryContext);
	if (!varlen && !pgw_type_varlen(&t))
		return;
	need_func(vec, "dealloc", &two, &none, false);
	mem = find_export(vec, "memory");
	if (mem == NULL || wasm_externtype_kind(mem) != WASM_EXTERN_MEMORY)
		ereport(ERROR, (errcode(PGW_E_ABI),
			errmsg("module does not export a memory \"memory\"")));
}

/* The cause of a refused import, or NULL. */
static char *
refusal(const char *module, const char *name, bool func,
	const struct pgw_config *config)
{
	if (func && strcmp(module, "pg_wasm") == 0 &&
	    strcmp(name, "debug_throw") == 0 && pgw_debug_imports)
		return NULL;
	if (func && config->wasi && pgw_import_known(module, name))
		return NULL;
	if ((strcmp(module, "wasi_snapshot_preview1") == 0 &&
	     strncmp(name, "sock_", 5) == 0) ||
	    strncmp(module, "wasi:sockets", 12) == 0 ||
	    strncmp(module, "wasi:http", 9) == 0)
		return pstrdup("network not granted");
	return psprintf("import %s.%s not provided",
		pgw_clean(module, strlen(module), 100),
		pgw_clean(name, strlen(name), 100));
}

static char *
check_imports(const wasm_importtype_vec_t *vec, const struct pgw_config *config)
{
	char *why = NULL;
	size_t i;

	for (i = 0; i < vec->size && why == NULL; i++) {
		const wasm_importtype_t *t = vec->data[i];
		const wasm_byte_vec_t *m = wasm_importtype_module(t);
		const wasm_byte_vec_t *n = wasm_importtype_name(t);
		bool func = wasm_externtype_kind(wasm_importtype_type(t)) ==
			WASM_EXTERN_FUNC;

		why = refusal(pnstrdup(m->data, m->size),
			pnstrdup(n->data, n->size), func, config);
	}
	return why;
}

static char *
imports_refused(const struct pgw_module *m, const struct pgw_config *config)
{
	wasm_importtype_vec_t imports;
	char *volatile why = NULL;

	wasmtime_module_imports(m->module, &imports);
	PG_TRY();
	{
		why = check_imports(&imports, config);
	}
	PG_CATCH();
	{
		wasm_importtype_vec_delete(&imports);
		PG_RE_THROW();
	}
	PG_END_TRY();
	wasm_importtype_vec_delete(&imports);
	return why;
}

void
pgw_module_check(const struct pgw_module *m, const struct pgw_signature *sig,
	const char *export, const struct pgw_config *config, bool creating)
{
	wasm_exporttype_vec_t exports;
	char *why = imports_refused(m, config);

	if (why != NULL)
		ereport(ERROR, (errcode(PGW_E_CAPABILITY),
			errmsg("%scapability_denied (%s)", creating ? "" :
				"WASM function trapped: ", why)));
	wasmtime_module_exports(m->module, &exports);
	PG_TRY();
	{
		check_exports(&exports, sig, export);
	}
	PG_CATCH();
	{
		wasm_exporttype_vec_delete(&exports);
		PG_RE_THROW();
	}
	PG_END_TRY();
	wasm_exporttype_vec_delete(&exports);
}
