/* SPDX-License-Identifier: Apache-2.0
 *
 * plan/want.c: where export and types of a function come from.
 */
#include "plan/want.h"

#include <stdlib.h>

#include "tests/lib/tap.h"

/* (func (export "add") (param i32 i64) (result f64)) and, when two is set,
 * (func (export "other")): one body each. */
static struct wf_wasm *
module(bool two)
{
	static const uint8_t one[] = {
		0, 'a', 's', 'm', 1, 0, 0, 0,
		1, 7, 1, 0x60, 2, 0x7f, 0x7e, 1, 0x7c,
		3, 2, 1, 0,
		7, 7, 1, 3, 'a', 'd', 'd', 0, 0,
		10, 5, 1, 3, 0, 0x00, 0x0b,
	};
	static const uint8_t both[] = {
		0, 'a', 's', 'm', 1, 0, 0, 0,
		1, 10, 2, 0x60, 2, 0x7f, 0x7e, 1, 0x7c, 0x60, 0, 0,
		3, 3, 2, 0, 1,
		7, 15, 2, 3, 'a', 'd', 'd', 0, 0, 5, 'o', 't', 'h', 'e', 'r', 0, 1,
		10, 8, 2, 3, 0, 0x00, 0x0b, 2, 0, 0x0b,
	};
	struct wf_wasm *w = NULL;
	struct wf_err e = {0};
	struct wf_str bytes = two ? (struct wf_str){(const char *)both, sizeof(both)}
	                          : (struct wf_str){(const char *)one, sizeof(one)};

	if (wf_wasm_decode(bytes, "test", &w, &e) != WF_OK)
		printf("# %s\n", e.msg);
	return w;
}

static void
split(void)
{
	static const struct {
		const char *text;
		size_t n;
		const char *last;
	} table[] = {
		{"", 0, NULL},
		{"  ", 0, NULL},
		{"text", 1, "text"},
		{"text, integer", 2, "integer"},
		{" text ,double precision ", 2, "double precision"},
		{"numeric(10, 2), text", 2, "text"},
		{"\"a, b\".\"c\", text[]", 2, "text[]"},
		{"\"quo\"\"te, d\"", 1, "\"quo\"\"te, d\""},
		{"text,", 2, ""},
	};
	struct wf_arena a = {NULL};
	struct wf_strs out;
	size_t i;

	for (i = 0; i < WF_COUNT(table); i++) {
		wf_want_split(table[i].text, &out, &a);
		EQ(out.n, table[i].n, table[i].text);
		if (table[i].n)
			IS(out.v[out.n - 1], table[i].last, "its last piece");
	}
	wf_arena_free(&a);
}

static void
exports(void)
{
	WF_AUTO(wf_wasm_freep) struct wf_wasm *one = module(false);
	WF_AUTO(wf_wasm_freep) struct wf_wasm *two = module(true);
	struct wf_manifest_entry e = {.name = "fn", .schema = "wasm"};
	struct wf_artifact art = WF_ARTIFACT_INIT;
	struct wf_want_sig sig = {NULL, NULL, 0, false, NULL};
	struct wf_arena a = {NULL};
	struct wf_err err = {0};
	char other[] = "other", none[] = "none", real[] = "real", list[] = "int, int8";

	ERR(wf_want_sig_complete(&e, &art, one, &a, &sig, &err), &err, WF_R_OK, "the only function");
	IS(sig.export_name, "add", "is the one taken");
	EQ(sig.nargs, 2, "with its own types");
	IS(sig.args[0], "integer", "i32");
	IS(sig.args[1], "bigint", "i64");
	IS(sig.returns, "double precision", "f64");
	ERR(wf_want_sig_complete(&e, &art, two, &a, &sig, &err), &err, WF_R_PLAN_REFUSED,
	    "two functions, none of that name");
	wf_err_clear(&err);
	e.name = "add";
	ERR(wf_want_sig_complete(&e, &art, two, &a, &sig, &err), &err, WF_R_OK,
	    "the export of the function's name");
	art.ann_export = other;
	ERR(wf_want_sig_complete(&e, &art, two, &a, &sig, &err), &err, WF_R_OK, "annotation");
	IS(sig.export_name, "other", "goes before the name");
	EQ(sig.nargs, 0, "no arguments");
	IS(sig.returns, "void", "no result is void");
	e.export_name = "add";
	ERR(wf_want_sig_complete(&e, &art, two, &a, &sig, &err), &err, WF_R_OK, "entry");
	IS(sig.export_name, "add", "goes before the annotation");
	art.ann_export = NULL;
	e.export_name = none;
	ERR(wf_want_sig_complete(&e, &art, two, &a, &sig, &err), &err, WF_R_PLAN_REFUSED,
	    "an export that does not exist");
	wf_err_clear(&err);
	e.export_name = NULL;
	art.ann_args = list;
	art.ann_returns = real;
	ERR(wf_want_sig_complete(&e, &art, one, &a, &sig, &err), &err, WF_R_OK, "annotated types");
	IS(sig.args[1], "int8", "as written");
	IS(sig.returns, "real", "result too");
	wf_arena_free(&a);
}

static void
spec(void)
{
	static const char *const answers[] = {"x", "integer", "text", "boolean"};
	static const char *args[] = {"int", "varchar"}, *grants[] = {"b", "a"};
	static const struct wf_manifest_preopen pre[] = {{"/host", "/guest", true}};
	struct wf_manifest_entry e = {
		.name = "fn", .schema = "wasm", .args = args, .nargs = 2, .args_set = true,
		.returns = "bool", .grants = grants, .ngrants = 2, .grants_set = true,
		.max_memory_bytes = 65536, .fuel_per_call = -1, .epoch_deadline_ms = -1,
		.stack_size_bytes = -1, .wasi_set = true, .preopens = pre, .npreopens = 1,
		.definer = true, .security_set = true, .owner = "o",
	};
	const char *const missing[] = {"x", "integer", NULL, "boolean"};
	struct wf_want_sig sig;
	struct wf_strs types = {NULL, 0};
	struct wf_arena a = {NULL};
	struct wf_spec s = WF_SPEC_INIT;
	const char *no_type = "?";

	wf_want_sig_entry(&e, &sig);
	EQ(wf_want_types_add(&types, &sig, &a), 0, "the first signature begins at 0");
	EQ(wf_want_types_add(&types, &sig, &a), 3, "the second after its three types");
	EQ(types.n, 6, "six types in all");
	wf_want_spec(&e, &sig, answers, 1, &a, &s, &no_type);
	OK(no_type == NULL, "the server knows the types");
	IS(s.args, "integer, text", "in the server's words");
	IS(s.returns, "boolean", "result too");
	IS(s.grants.v[0], "a", "grants are sorted");
	IS(s.wasi, "{\"filesystem\":{\"preopen\":[{\"guest_path\":\"/guest\",\"host_path\":\"/host\","
	   "\"readonly\":true}]}}", "wasi in one spelling");
	EQ(s.definer, WF_YES, "security");
	EQ(s.limits.max_memory_bytes, 65536, "limit");
	EQ(s.limits.fuel_per_call, -1, "a limit not given is unset");
	wf_want_spec(&e, &sig, missing, 1, &a, &s, &no_type);
	IS(no_type, "varchar", "a type the server does not know is named");
	e.wasi_set = false;
	e.args_set = false;
	wf_want_sig_entry(&e, &sig);
	wf_want_spec(&e, &sig, answers, 3, &a, &s, &no_type);
	OK(s.args == NULL && s.wasi == NULL, "what the entry leaves out stays unset");
	wf_arena_free(&a);
}

int
main(void)
{
	split();
	exports();
	spec();
	return tap_done();
}
