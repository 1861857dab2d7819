/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/fit.c: a module and an engine give a verdict and one point; the rows
 * of a pair differ in one thing.
 */
#include "engine/engine.h"
#include "engine/fit.h"
#include "tests/lib/tap.h"
#include "tests/lib/wasm_text.h"

/* one function "f" of a type, in hex: "01 7f 01 7f" is (i32) -> i32 */
#define FUNC(type) "1: 01 60 " type "; 3: 01 00; 7: 01 01 66 00 00; 10: 01 (00 00 0b)"
/* f and alloc (i32) -> i32, a memory "memory"; f has the type given */
#define VAR(type) "1: 02 60 " type " 60 01 7f 01 7f; 3: 02 00 01; 5: 01 00 01; " \
	"7: 03 01 66 00 00 05 61 6c 6c 6f 63 00 01 06 6d 65 6d 6f 72 79 02 00; 10: 02 (00 00 0b) (00 00 0b)"
/* the same, alloc under another name; the same, without memory's name */
#define NO_ALLOC(type) "1: 02 60 " type " 60 01 7f 01 7f; 3: 02 00 01; 5: 01 00 01; " \
	"7: 03 01 66 00 00 05 61 6c 6c 6f 78 00 01 06 6d 65 6d 6f 72 79 02 00; 10: 02 (00 00 0b) (00 00 0b)"
#define NO_MEMORY(type) "1: 02 60 " type " 60 01 7f 01 7f; 3: 02 00 01; 5: 01 00 01; " \
	"7: 03 01 66 00 00 05 61 6c 6c 6f 63 00 01 06 6d 65 6d 6f 72 78 02 00; 10: 02 (00 00 0b) (00 00 0b)"
#define WASI "16 77 61 73 69 5f 73 6e 61 70 73 68 6f 74 5f 70 72 65 76 69 65 77 31 "
#define WRITE "1: 01 60 00 00; 2: 01 " WASI "08 66 64 5f 77 72 69 74 65 00 00"
#define SOCK "1: 01 60 00 00; 2: 01 " WASI "09 73 6f 63 6b 5f 73 65 6e 64 00 00"
#define LOG "01 03 65 6e 76 0e 63 6c 69 63 6b 68 6f 75 73 65 5f 6c 6f 67 00 00"
#define MEM "5: 01 00 01; 7: 01 06 6d 65 6d 6f 72 79 02 00"

static const char *const text[] = {"text"}, *const int4[] = {"int4"}, *const two[] = {"integer", "bigint"},
	*const mine[] = {"wasm.address"}, *const none[] = {"void"};

static const struct {
	const char *name, *engine, *module;
	struct wf_fit_subject s;
	enum wf_fit_verdict want;
	const char *what; /* of the first point of that verdict; NULL: any */
} rows[] = {
	{"a core module in pg_wasm", "pg_wasm", "0: 01 78", {0}, WF_FIT_YES, "kind"},
	{"a component is not taken", "pg_wasm", "component", {0}, WF_FIT_NO, "kind"},
	{"nor by clickhouse", "clickhouse", "component", {0}, WF_FIT_NO, "kind"},
	{"pgwasm takes it", "pgwasm", "component", {0}, WF_FIT_YES, "kind"},
	{"and a core module", "pgwasm", "0: 01 78", {0}, WF_FIT_YES, "kind"},
	{"supabase takes no core module", "supabase", "0: 01 78", {0}, WF_FIT_NO, "kind"},
	{"nor does surrealdb", "surrealdb", "0: 01 78", {0}, WF_FIT_NO, "kind"},
	{"supabase needs its routines", "supabase", "component", {0}, WF_FIT_NO, "export"},
	{"surrealdb takes a component", "surrealdb", "component", {0}, WF_FIT_YES, "kind"},

	{"a 32-bit memory", "pg_wasm", "5: 01 00 01", {0}, WF_FIT_YES, NULL},
	{"a 64-bit one is a feature it lacks", "pg_wasm", "5: 01 04 01", {0}, WF_FIT_NO, "feature"},
	{"and clickhouse has", "clickhouse", "5: 01 04 01; 7: 01 06 6d 65 6d 6f 72 79 02 00", {0}, WF_FIT_YES, NULL},

	{"WASI, nothing said", "pg_wasm", WRITE, {0}, WF_FIT_YES, "kind"},
	{"WASI, granted", "pg_wasm", WRITE, {.wasi = WF_FIT_WASI_GRANTED}, WF_FIT_YES, "kind"},
	{"WASI, an entry that does not say", "pg_wasm", WRITE, {.wasi = WF_FIT_WASI_LEDGER}, WF_FIT_UNKNOWN, "import"},
	{"no sockets in any case", "pg_wasm", SOCK, {.wasi = WF_FIT_WASI_GRANTED}, WF_FIT_NO, "import"},
	{"clickhouse has no WASI", "clickhouse", WRITE, {.wasi = WF_FIT_WASI_GRANTED}, WF_FIT_NO, "import"},
	{"but a log", "clickhouse", "1: 01 60 00 00; 2: " LOG "; " MEM, {0}, WF_FIT_YES, NULL},
	{"which pg_wasm has not", "pg_wasm", "1: 01 60 00 00; 2: " LOG "; " MEM, {0}, WF_FIT_NO, "import"},
	{"an imported memory is no host function", "clickhouse",
	 "2: 01 03 65 6e 76 0e 63 6c 69 63 6b 68 6f 75 73 65 5f 6c 6f 67 02 00 01", {0}, WF_FIT_NO, "import"},


	/* imports of components: name and version, each whole */
	{"wasi:cli/exit@0.2.0", "pgwasm", "c7: 01 42 00; 10: 01 00 13 77 61 73 69 3a 63 6c 69 2f 65 78 69 74 40 30 2e 32 2e 30 05 00", {0}, WF_FIT_YES, NULL},
	{"wasi:cli/exit@0.3.0", "pgwasm", "c7: 01 42 00; 10: 01 00 13 77 61 73 69 3a 63 6c 69 2f 65 78 69 74 40 30 2e 33 2e 30 05 00", {0}, WF_FIT_NO, "import"},
	{"wasi:cli/exit", "pgwasm", "c7: 01 42 00; 10: 01 00 0d 77 61 73 69 3a 63 6c 69 2f 65 78 69 74 05 00", {0}, WF_FIT_NO, "import"},
	{"surrealism:plugin/host", "surrealdb", "c7: 01 42 00; 10: 01 00 16 73 75 72 72 65 61 6c 69 73 6d 3a 70 6c 75 67 69 6e 2f 68 6f 73 74 05 00", {0}, WF_FIT_YES, NULL},
	{"surrealism:plugin/host@1.0.0", "surrealdb", "c7: 01 42 00; 10: 01 00 1c 73 75 72 72 65 61 6c 69 73 6d 3a 70 6c 75 67 69 6e 2f 68 6f 73 74 40 31 2e 30 2e 30 05 00", {0}, WF_FIT_NO, "import"},
	{"surrealism:plugin/hosts", "surrealdb", "c7: 01 42 00; 10: 01 00 17 73 75 72 72 65 61 6c 69 73 6d 3a 70 6c 75 67 69 6e 2f 68 6f 73 74 73 05 00", {0}, WF_FIT_NO, "import"},

	{"a name of 63 bytes", "pg_wasm", "0: 01 78",
	 {.name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, WF_FIT_YES, NULL},
	{"of 64", "pg_wasm", "0: 01 78",
	 {.name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, WF_FIT_NO, "name"},
	{"pgwasm counts the export too", "pgwasm", FUNC("01 7f 01 7f"),
	 {.name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", .export_name = "f"}, WF_FIT_NO, "name"},
	{"60 and 2 and 1", "pgwasm", FUNC("01 7f 01 7f"),
	 {.name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", .export_name = "f"}, WF_FIT_YES, NULL},
	{"clickhouse takes words", "clickhouse", MEM, {.name = "a_1"}, WF_FIT_YES, NULL},
	{"and no dashes", "clickhouse", MEM, {.name = "a-1"}, WF_FIT_NO, "name"},

	{"an export that is there", "pg_wasm", FUNC("01 7f 01 7f"), {.export_name = "f"}, WF_FIT_YES, NULL},
	{"one that is not", "pg_wasm", FUNC("01 7f 01 7f"), {.export_name = "g"}, WF_FIT_NO, "export"},
	{"int4 is i32", "pg_wasm", FUNC("01 7f 01 7f"),
	 {.export_name = "f", .args = int4, .nargs = 1, .args_set = true, .returns = "int4"}, WF_FIT_YES, NULL},
	{"and not i64", "pg_wasm", FUNC("01 7e 01 7f"),
	 {.export_name = "f", .args = int4, .nargs = 1, .args_set = true, .returns = "int4"}, WF_FIT_NO, "type"},
	{"nor is the result", "pg_wasm", FUNC("01 7f 01 7e"),
	 {.export_name = "f", .args = int4, .nargs = 1, .args_set = true, .returns = "int4"}, WF_FIT_NO, "type"},
	{"two of two kinds", "pg_wasm", FUNC("02 7f 7e 01 7c"),
	 {.export_name = "f", .args = two, .nargs = 2, .args_set = true, .returns = "double precision"}, WF_FIT_YES, NULL},
	{"one too few", "pg_wasm", FUNC("01 7f 01 7c"),
	 {.export_name = "f", .args = two, .nargs = 2, .args_set = true, .returns = "double precision"}, WF_FIT_NO, "type"},
	{"void gives nothing", "pg_wasm", FUNC("00 00"),
	 {.export_name = "f", .args_set = true, .returns = "void"}, WF_FIT_YES, NULL},
	{"and is no argument", "pg_wasm", FUNC("00 00"),
	 {.export_name = "f", .args = none, .nargs = 1, .args_set = true, .returns = "void"}, WF_FIT_NO, "type"},
	{"text is pointer and length", "pg_wasm", VAR("02 7f 7f 01 7e"),
	 {.export_name = "f", .args = text, .nargs = 1, .args_set = true, .returns = "text"}, WF_FIT_YES, NULL},
	{"not one i32", "pg_wasm", VAR("01 7f 01 7e"),
	 {.export_name = "f", .args = text, .nargs = 1, .args_set = true, .returns = "text"}, WF_FIT_NO, "type"},
	{"and needs alloc", "pg_wasm", NO_ALLOC("02 7f 7f 01 7e"),
	 {.export_name = "f", .args = text, .nargs = 1, .args_set = true, .returns = "text"}, WF_FIT_NO, "export"},
	{"and a memory", "pg_wasm", NO_MEMORY("02 7f 7f 01 7e"),
	 {.export_name = "f", .args = text, .nargs = 1, .args_set = true, .returns = "text"}, WF_FIT_NO, "export"},
	{"numbers need neither", "pg_wasm", NO_MEMORY("01 7f 01 7f"),
	 {.export_name = "f", .args = int4, .nargs = 1, .args_set = true, .returns = "int4"}, WF_FIT_YES, NULL},
	{"a type of somebody is for the server", "pg_wasm", VAR("02 7f 7f 01 7e"),
	 {.export_name = "f", .args = mine, .nargs = 1, .args_set = true, .returns = "text"}, WF_FIT_UNKNOWN, "type"},

	{"pgwasm calls two i32", "pgwasm", FUNC("02 7f 7f 01 7f"), {.export_name = "f"}, WF_FIT_YES, NULL},
	{"not three", "pgwasm", FUNC("03 7f 7f 7f 01 7f"), {.export_name = "f"}, WF_FIT_NO, "type"},
	{"another export may be odd", "pgwasm", FUNC("03 7f 7f 7f 01 7f"), {0}, WF_FIT_UNKNOWN, "type"},
	{"clickhouse takes rows", "clickhouse", VAR("02 7e 7c 01 7d"), {.export_name = "f"}, WF_FIT_YES, NULL},
	{"not two results", "clickhouse", VAR("01 7e 02 7e 7e"), {.export_name = "f"}, WF_FIT_NO, "type"},
	{"and needs a memory", "clickhouse", NO_MEMORY("02 7e 7c 01 7d"), {.export_name = "f"}, WF_FIT_NO, "export"},
};

static void
one(size_t i)
{
	static const char component[] = "\0asm\x0d\0\1\0";
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
	WF_AUTO(wf_fit_free) struct wf_fit f = WF_FIT_INIT;
	struct wf_fit_subject s = rows[i].s;
	const struct wf_fit_point *p;
	uint8_t bytes[512];
	struct wf_str m;
	struct wf_err e = {0};

	if (strcmp(rows[i].module, "component") == 0) {
		m = (struct wf_str){component, 8};
	} else if (rows[i].module[0] == 'c') {
		m = wasm_text(rows[i].module + 1, bytes);
		memcpy(bytes, component, 8);
	} else {
		m = wasm_text(rows[i].module, bytes);
	}
	if (wf_wasm_decode(m, "m", &w, &e)) {
		OK(false, rows[i].name);
		printf("# %s\n", e.msg);
		return;
	}
	s.wasm = w;
	wf_fit(wf_fit_find(rows[i].engine), &s, &f);
	p = wf_fit_first(&f, rows[i].want);
	if (!OK(f.verdict == rows[i].want &&
	        (!rows[i].what || (p && strcmp(p->what, rows[i].what) == 0)), rows[i].name)) {
		for (size_t k = 0; k < f.n; k++)
			printf("# %s %s %.*s: %s\n", wf_fit_word(f.v[k].verdict), f.v[k].what,
			       (int)f.v[k].subject.len, f.v[k].subject.p, f.v[k].says);
	}
}

static void
sizes(void)
{
	static const struct wf_wasm at = {.kind = WF_WASM_CORE, .size = 4194304},
		over = {.kind = WF_WASM_CORE, .size = 4194305};
	WF_AUTO(wf_fit_free) struct wf_fit f = WF_FIT_INIT;

	wf_fit(wf_fit_find("pg_wasm"), &(struct wf_fit_subject){.wasm = &at}, &f);
	OK(f.verdict == WF_FIT_YES, "as large as is taken");
	wf_fit(wf_fit_find("pg_wasm"), &(struct wf_fit_subject){.wasm = &over}, &f);
	OK(f.verdict == WF_FIT_UNKNOWN, "one byte more, which a setting may allow");
	wf_fit(wf_fit_find("clickhouse"), &(struct wf_fit_subject){.wasm = &over}, &f);
	OK(!wf_fit_first(&f, WF_FIT_UNKNOWN), "and no other engine minds");
}

static void
sql_types(void)
{
	static const struct {
		const char *sql;
		char as;
	} types[] = {
		{"INTEGER", 'i'}, {"pg_catalog.int4", 'i'}, {"bigint", 'I'}, {"real", 'f'},
		{"double precision", 'F'}, {"numeric(10,2)", 'p'}, {"character varying (5)", 'p'},
		{"int4[]", 'p'}, {"void", 'v'}, {"int", 'i'}, {"nt", 0}, {"public.int4", 0},
		{"\"int4\"", 0}, {"int4|", 0}, {"|", 0}, {"", 0}, {"address", 0},
	};

	for (size_t i = 0; i < WF_COUNT(types); i++)
		EQ(wf_fit_sql_type(types[i].sql), types[i].as, types[i].sql);
}

int
main(void)
{
	const char *adapter;

	for (size_t i = 0; i < WF_COUNT(rows); i++)
		one(i);
	sizes();
	sql_types();
	for (size_t i = 0; (adapter = wf_engine_adapter(i)); i++)
		OK(wf_fit_find(adapter) != NULL, "an adapter has a description");
	OK(wf_fit_find("pg") == NULL, "a name is compared whole");
	return tap_done();
}
