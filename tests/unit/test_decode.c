/* SPDX-License-Identifier: Apache-2.0
 *
 * wasm/decode.c and what it calls: each row changes one thing in a module
 * that decodes, and says which rule refuses it and where.
 *
 * The notation is that of tests/lib/wasm_text.h.
 */
#include <stdint.h>

#include "base/mem.h"
#include "tests/lib/tap.h"
#include "tests/lib/wasm_text.h"
#include "wasm/wasm.h"

struct row {
	const char *rule, *good, *bad, *says;
};

/* type 0 is () -> (), one function with an empty body */
#define T0 "1: 01 60 00 00; "
#define F0 T0 "3: 01 00; "
#define C0 "10: 01 02 00 0b"
#define CODE(body) F0 "10: 01 " body
#define MEM(body) F0 "5: 01 00 01; 10: 01 " body
#define GLOBAL(expr) "6: 01 7f 00 " expr

static const struct row rows[] = {
	{"a section id is known", "0: 00", "14: 00", "offset 0x8: unknown section 14"},
	{"a section fits in the file", "!00 01 00", "!00 02 00", "expected 2 bytes, found 1"},
	{"a section is used up", "1: 01 60 00 00", "1: 01 60 00 00 00", "1 bytes left over"},
	{"sections come in order", "1: 00; 2: 00", "2: 00; 1: 00", "type section: out of order"},
	{"tag stands before global", "13: 00; 6: 00", "6: 00; 13: 00", "tag section: out of order"},
	{"data count stands before code", "12: 00; 10: 00", "10: 00; 12: 00", "data count section: out of order"},
	{"a section stands once", "1: 00; 0: 00", "1: 00; 1: 00", "there are two"},
	{"custom sections stand anywhere", "0: 00; 1: 00; 0: 00; 2: 00", "0: 00; 1: 00; 0: 05 00", "custom section name"},
	{"every function has a body", F0 C0, F0, "1 functions are declared and 0 have a body"},
	{"every body has a function", F0 C0, T0 C0, "0 functions are declared and 1 have a body"},
	{"data count equals data", "5: 01 00 01; 12: 01; 11: 01 00 41 00 0b 00",
	 "5: 01 00 01; 12: 02; 11: 01 00 41 00 0b 00", "data count section says 2"},
	{"data count needs data", "12: 00", "12: 01", "there are 0 data segments"},

	{"LEB128 may be long", "!01 84 80 80 80 00 01 60 00 00", "!01 84 80 80 80 80 00 01 60 00 00", "longer than 32 bits"},
	{"unused bits of a LEB128 are zero", "!01 84 80 80 80 00 01 60 00 00", "!01 84 80 80 80 10 01 60 00 00", "too large for 32 bits"},
	{"i32.const fits", GLOBAL("41 ff ff ff ff 7f 0b"), GLOBAL("41 ff ff ff ff 0f 0b"), "too large for 32 bits"},
	{"i32.const sign bits agree", GLOBAL("41 80 80 80 80 78 0b"), GLOBAL("41 80 80 80 80 08 0b"), "too large for 32 bits"},
	{"i32.const is at most five bytes", GLOBAL("41 80 80 80 80 00 0b"), GLOBAL("41 80 80 80 80 80 00 0b"), "longer than 32 bits"},
	{"i64.const fits", "6: 01 7e 00 42 ff ff ff ff ff ff ff ff ff 7f 0b",
	 "6: 01 7e 00 42 ff ff ff ff ff ff ff ff ff 01 0b", "too large for 64 bits"},
	{"i64.const is at most ten bytes", "6: 01 7e 00 42 80 80 80 80 80 80 80 80 80 00 0b",
	 "6: 01 7e 00 42 80 80 80 80 80 80 80 80 80 80 00 0b", "longer than 64 bits"},
	{"a count fits in what follows", "1: 01 60 00 00", "1: 02 60 00 00", "count 2 does not fit"},

	{"a name is UTF-8", "0: 02 c3 a9", "0: 02 c3 28", "not UTF-8"},
	{"a name has no surrogate", "0: 03 ed 9f bf", "0: 03 ed a0 80", "not UTF-8"},
	{"a name is not overlong", "0: 02 c2 80", "0: 02 c1 80", "not UTF-8"},
	{"a name ends at U+10FFFF", "0: 04 f4 8f bf bf", "0: 04 f4 90 80 80", "not UTF-8"},
	{"a name may hold NUL", "0: 03 61 00 62", "0: 04 61 00 62", "expected 4 bytes"},

	{"a type has a known form", "1: 01 60 00 00", "1: 01 61 00 00", "unknown form 0x61"},
	{"a value type is known", "1: 01 60 01 7f 00", "1: 01 60 01 76 00", "unknown value type 0x76"},
	{"a reference names an earlier type", "1: 02 60 00 00 60 01 63 00 00",
	 "1: 02 60 00 00 60 01 63 02 00", "type 2 does not exist"},
	{"a type may name its own group", "1: 01 4e 02 5f 01 63 01 00 5f 01 63 00 00",
	 "1: 02 5f 01 63 01 00 5f 01 63 00 00", "type 1 does not exist"},
	{"an abstract heap type is one byte", "1: 01 60 01 63 70 00", "1: 01 60 01 63 f0 7f 00", "unknown heap type"},
	{"field mutability is 0 or 1", "1: 01 5e 78 01", "1: 01 5e 78 02", "mutability 0x02"},
	{"packed types are for fields", "1: 01 5e 77 00", "1: 01 60 01 77 00", "unknown value type 0x77"},
	{"at most one supertype", "1: 02 50 00 5f 00 50 01 00 5f 00", "1: 03 50 00 5f 00 50 00 5f 00 50 02 00 01 5f 00",
	 "2 are more than the limit of 1"},

	{"an import kind is known", T0 "2: 01 00 00 00 00", T0 "2: 01 00 00 05 00", "unknown kind 0x05"},
	{"an imported function has a type", T0 "2: 01 00 00 00 00", T0 "2: 01 00 00 00 01", "type 1 does not exist"},
	{"its type is a function type", "1: 01 60 00 00; 2: 01 00 00 00 00", "1: 01 5f 00; 2: 01 00 00 00 00", "no function type"},
	{"group form, each its own type", T0 "2: 01 01 6d 00 7f 02 01 61 00 00 01 62 02 00 01",
	 T0 "2: 01 01 6d 00 7f 02 01 61 00 00 01 62 07 00 01", "unknown kind 0x07"},
	{"group form, one type", T0 "2: 01 01 6d 00 7e 03 7f 00 02 01 61 01 62",
	 T0 "2: 01 01 6d 00 7e 03 7f 02 02 01 61 01 62", "mutability 0x02"},
	{"group form wants an empty name", T0 "2: 01 01 6d 00 7e 03 7f 00 00",
	 T0 "2: 01 01 6d 01 61 7e 03 7f 00 00", "unknown kind 0x7e"},

	{"a table is of references", "4: 01 70 00 00", "4: 01 7f 00 00", "expected a reference type"},
	{"table limits flags", "4: 01 70 01 00 00", "4: 01 70 08 00 00", "unknown limits flags 0x08"},
	{"table limits flags are one byte", "4: 01 70 01 00 00", "4: 01 70 81 00 00 00", "unknown limits flags 0x81"},
	{"a table's initialiser has its zero", "4: 01 40 00 63 70 00 00 d0 70 0b",
	 "4: 01 40 01 63 70 00 00 d0 70 0b", "expected 0x00 after 0x40"},
	{"a table has at most 2^32 - 1 elements", "4: 01 70 00 ff ff ff ff 0f", "4: 01 70 00 80 80 80 80 10", "more than 2^32 - 1"},
	{"memory limits flags", "5: 01 01 00 00", "5: 01 10 00 00", "unknown limits flags 0x10"},
	{"the maximum is no less than the minimum", "5: 01 01 02 02", "5: 01 01 02 01", "maximum 1 below minimum 2"},
	{"at most 2^16 pages", "5: 01 00 80 80 04", "5: 01 00 81 80 04", "more than the 2^16 pages"},
	{"at most 2^48 pages of 64 bits", "5: 01 04 80 80 80 80 80 80 40", "5: 01 04 81 80 80 80 80 80 40", "more than the 2^48 pages"},
	{"shared memory has a maximum", "5: 01 03 00 01", "5: 01 02 00", "shared without a maximum"},
	{"a page is 1 or 65536 bytes", "5: 01 08 00 00", "5: 01 08 00 01", "page size 2^1"},
	{"a tag's attribute is zero", T0 "13: 01 00 00", T0 "13: 01 01 00", "attribute 0x01"},
	{"global mutability is 0 or 1", "6: 01 7f 01 41 00 0b", "6: 01 7f 02 41 00 0b", "mutability 0x02"},

	{"a constant expression is constant", GLOBAL("41 01 41 02 6a 0b"), GLOBAL("41 01 41 02 6d 0b"), "not allowed in a constant"},
	{"a constant expression ends", GLOBAL("41 00 0b"), GLOBAL("41 00"), "expected an instruction or end"},

	{"export names differ", F0 "7: 02 01 61 00 00 01 62 00 00; " C0,
	 F0 "7: 02 01 61 00 00 01 61 00 00; " C0, "export a: duplicate name"},
	{"an export kind is known", F0 "7: 01 01 61 00 00; " C0, F0 "7: 01 01 61 05 00; " C0, "unknown kind 0x05"},
	{"what is exported exists", F0 "7: 01 01 61 00 00; " C0, F0 "7: 01 01 61 00 01; " C0, "func 1 does not exist"},
	{"the start function exists", F0 "8: 00; " C0, F0 "8: 01; " C0, "function 1 does not exist"},
	{"the start function takes nothing", F0 "8: 00; " C0,
	 "1: 01 60 01 7f 00; 3: 01 00; 8: 00; " C0, "takes or gives values"},

	{"element flags are 0 to 7", "4: 01 70 00 01; 9: 01 04 41 00 0b 00", "4: 01 70 00 01; 9: 01 08 41 00 0b 00", "unknown flags 0x8"},
	{"element kind is zero", "9: 01 01 00 00", "9: 01 01 01 00", "unknown kind 0x01"},
	{"an active segment has its table", "4: 01 70 00 01; 9: 01 00 41 00 0b 00", "9: 01 00 41 00 0b 00", "table 0 does not exist"},
	{"data flags are 0 to 2", "5: 01 00 01; 11: 01 02 00 41 00 0b 00", "5: 01 00 01; 11: 01 03 00 41 00 0b 00", "unknown flags 0x3"},
	{"an active data segment has its memory", "5: 01 00 01; 11: 01 00 41 00 0b 00", "11: 01 00 41 00 0b 00", "memory 0 does not exist"},
	{"a data segment fits", "5: 01 00 01; 11: 01 00 41 00 0b 01 61", "5: 01 00 01; 11: 01 00 41 00 0b 02 61", "expected 2 bytes, found 1"},

	{"a body fits in its section", CODE("02 00 0b"), CODE("03 00 0b"), "expected 3 bytes, found 2"},
	{"a body ends at its end", CODE("(00 01 0b)"), CODE("(00 0b 0b)"), "1 bytes after its end"},
	{"a body has an end", CODE("(00 01 0b)"), CODE("(00 01 01)"), "expected an instruction or end"},
	{"locals are at most 50,000", CODE("(01 d0 86 03 7f 0b)"), CODE("(01 d1 86 03 7f 0b)"), "more than the limit of 50000"},
	{"an instruction is known", CODE("(00 01 0b)"), CODE("(00 17 0b)"), "unknown instruction 0x17"},
	{"a prefixed instruction is known", CODE("(00 fd 99 01 0b)"), CODE("(00 fd 9a 01 0b)"), "unknown instruction 0xfd 9a"},
	{"a prefix may be long", CODE("(00 fc 87 80 00 0b)"), CODE("(00 fc 97 80 00 0b)"), "unknown instruction 0xfc 17"},
	{"blocks close", CODE("(00 02 40 0b 0b)"), CODE("(00 02 40 01 0b)"), "expected an instruction or end"},
	{"else belongs to if", CODE("(00 41 00 04 40 05 0b 0b)"), CODE("(00 41 00 02 40 05 0b 0b)"), "else without if"},
	{"if has one else", CODE("(00 41 00 04 40 05 01 0b 0b)"), CODE("(00 41 00 04 40 05 05 0b 0b)"), "else without if"},
	{"catch belongs to try", CODE("(00 06 40 07 00 0b 0b)"), CODE("(00 02 40 07 00 0b 0b)"), "catch without try"},
	{"delegate belongs to try", CODE("(00 06 40 18 00 0b)"), CODE("(00 02 40 18 00 0b)"), "delegate without try"},
	{"a block type exists", CODE("(00 02 00 0b 0b)"), CODE("(00 02 01 0b 0b)"), "type 1 does not exist"},
	{"a catch clause is known", CODE("(00 1f 40 01 02 00 0b 0b)"), CODE("(00 1f 40 01 04 00 0b 0b)"), "unknown kind 0x04"},
	{"memory flags are below 0x80", MEM("(00 41 00 28 02 00 1a 0b)"), MEM("(00 41 00 28 80 01 00 1a 0b)"), "unknown flags 0x80"},
	{"an alignment is below 2^16", MEM("(00 41 00 28 02 00 1a 0b)"), MEM("(00 41 00 28 12 00 1a 0b)"), "unknown flags 0x12"},
	{"in an instruction of another kind too", MEM("(00 41 00 fe 10 02 00 1a 0b)"), MEM("(00 41 00 fe 10 22 00 1a 0b)"), "unknown flags 0x22"},
	{"a memory argument has its memory", MEM("(00 41 00 28 02 00 1a 0b)"), CODE("(00 41 00 28 02 00 1a 0b)"), "memory 0 does not exist"},
	{"an offset fits the memory", MEM("(00 41 00 28 02 ff ff ff ff 0f 1a 0b)"), MEM("(00 41 00 28 02 80 80 80 80 10 1a 0b)"),
	 "too large for a 32-bit memory"},
	{"data indexes need a data count", F0 "5: 01 00 01; 12: 01; 10: 01 05 00 fc 09 00 0b; 11: 01 01 00",
	 F0 "5: 01 00 01; 10: 01 05 00 fc 09 00 0b; 11: 01 01 00", "without a data count section"},
	{"a fence has its zero", CODE("(00 fe 03 00 0b)"), CODE("(00 fe 03 01 0b)"), "fence: 0x1"},
	{"cast flags are 0 to 3", CODE("(00 fb 18 03 00 6e 6b 0b)"), CODE("(00 fb 18 04 00 6e 6b 0b)"), "cast flags: 0x4"},
};

static void
one(const struct row *r)
{
	WF_AUTO(wf_wasm_freep) struct wf_wasm *good = NULL;
	WF_AUTO(wf_wasm_freep) struct wf_wasm *bad = NULL;
	struct wf_err e = {0};
	uint8_t bytes[256];
	char name[200];

	(void)snprintf(name, sizeof(name), "%s: taken as it should be", r->rule);
	if (!OK(wf_wasm_decode(wasm_text(r->good, bytes), "m", &good, &e) == WF_OK && good, name))
		printf("# %s\n", e.msg);
	wf_err_clear(&e);
	(void)snprintf(name, sizeof(name), "%s: else refused", r->rule);
	ERR(wf_wasm_decode(wasm_text(r->bad, bytes), "m", &bad, &e), &e,
	    strstr(r->says, "limit of") ? WF_R_LIMIT : WF_R_MALFORMED, name);
	if (!OK(!bad && strstr(e.msg, r->says), "and the message says why"))
		printf("# %s\n", e.msg);
}

static void
preambles(void)
{
	static const struct {
		const char *name, *bytes;
		size_t n;
		enum wf_reason want;
	} p[] = {
		{"the empty module", "\0asm\1\0\0\0", 8, WF_R_OK},
		{"the empty component", "\0asm\x0d\0\1\0", 8, WF_R_OK},
		{"nothing", "", 0, WF_R_MALFORMED},
		{"seven bytes", "\0asm\1\0\0", 7, WF_R_MALFORMED},
		{"an ELF file", "\177ELF\2\1\1\0", 8, WF_R_MALFORMED},
		{"version 2", "\0asm\2\0\0\0", 8, WF_R_MALFORMED},
		{"an old component", "\0asm\x0a\0\1\0", 8, WF_R_MALFORMED},
		{"a core module of layer 1", "\0asm\1\0\1\0", 8, WF_R_MALFORMED},
	};
	static const char component_import[] =
		"\0asm\x0d\0\1\0\7\3\1\x42\0\x0a\x1b\1\0\x16wasi:sockets/tcp@0.2.0\5\0";

	for (size_t i = 0; i < WF_COUNT(p); i++) {
		WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
		struct wf_err e = {0};

		ERR(wf_wasm_decode((struct wf_str){p[i].bytes, p[i].n}, "m", &w, &e), &e,
		    p[i].want, p[i].name);
	}
	{
		WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;

		OK(wf_wasm_decode((struct wf_str){component_import, sizeof(component_import) - 1},
		                  "m", &w, NULL) == WF_OK && w->kind == WF_WASM_COMPONENT &&
		   w->nimports == 1 && wf_str_eqz(w->imports[0].name, "wasi:sockets/tcp@0.2.0") &&
		   w->imports[0].kind == WF_EXTERN_INSTANCE,
		   "a component's outer import is listed");
	}
}

static void
too_large(void)
{
	WF_AUTO(wf_freep) char *big = wf_calloc((32u << 20) + 1, 1);
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w2 = NULL;
	struct wf_err e = {0};

	/* a custom section over all of it: 0x01fffff3 = 32 MiB - 8 - 5 */
	memcpy(big, "\0asm\1\0\0\0\0\xf3\xff\xff\x0f\0", 14);
	ERR(wf_wasm_decode((struct wf_str){big, 32u << 20}, "m", &w, &e), &e, WF_R_OK, "32 MiB are taken");
	wf_err_clear(&e);
	ERR(wf_wasm_decode((struct wf_str){big, (32u << 20) + 1}, "m", &w2, &e), &e, WF_R_LIMIT,
	    "one byte more is not");
}

/* Everything the value holds, for one module that has some of each. */
static void
value(void)
{
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf t = WF_BUF_INIT(32768);
	struct wf_wasm_valtype v[4];
	struct wf_err e = {0};
	uint8_t bytes[256];
	struct wf_str m = wasm_text(
		"1: 03 60 02 7f 7e 01 7c 60 00 00 60 00 02 7f 7f;"
		"2: 03 03 65 6e 76 03 6c 6f 67 00 00 01 6d 01 67 03 7f 01 01 6d 01 6d 02 01 01 10;"
		"3: 02 01 02; 4: 01 6f 01 00 05; 8: 01;"
		"7: 02 01 66 00 02 01 6d 02 00;" /* out of order on purpose: see below */
		, bytes);

	ERR(wf_wasm_decode(m, "m", &w, &e), &e, WF_R_MALFORMED, "export after start is out of order");
	wf_err_clear(&e);
	m = wasm_text("1: 03 60 02 7f 7e 01 7c 60 00 00 60 00 02 7f 7f;"
	          "2: 03 03 65 6e 76 03 6c 6f 67 00 00 01 6d 01 67 03 7f 01 01 6d 01 6d 02 01 01 10;"
	          "3: 02 01 02; 4: 01 6f 01 00 05; 7: 02 01 66 00 02 01 6d 02 00; 8: 01;"
	          "10: 02 02 00 0b 06 00 41 00 41 00 0b; 0: 02 68 69 01 02 03", bytes);
	if (!OK(wf_wasm_decode(m, "m", &w, &e) == WF_OK && w, "a module with some of each")) {
		printf("# %s\n", e.msg);
		return;
	}
	EQ(w->nimports, 3, "three imports");
	OK(wf_str_eqz(w->imports[0].module, "env") && wf_str_eqz(w->imports[0].name, "log"), "names");
	EQ(w->nfuncs, 3, "imported functions come first");
	EQ(w->nimported_funcs, 1, "one of them");
	EQ(wf_wasm_params(w, w->funcs[0], v, 4), 2, "two parameters");
	EQ(v[1].code, 0x7e, "the second is i64");
	wf_wasm_extern_text(&t, w, WF_EXTERN_FUNC, 0);
	IS(wf_buf_z(&t), "(i32, i64) -> f64", "a function as text");
	wf_buf_reset(&t);
	wf_wasm_extern_text(&t, w, WF_EXTERN_FUNC, 2);
	IS(wf_buf_z(&t), "() -> (i32, i32)", "several results as text");
	wf_buf_reset(&t);
	wf_wasm_extern_text(&t, w, WF_EXTERN_MEMORY, 0);
	IS(wf_buf_z(&t), "1..16 pages", "a memory as text");
	wf_buf_reset(&t);
	wf_wasm_extern_text(&t, w, WF_EXTERN_TABLE, 0);
	IS(wf_buf_z(&t), "externref 0..5", "a table as text");
	wf_buf_reset(&t);
	wf_wasm_extern_text(&t, w, WF_EXTERN_GLOBAL, 0);
	IS(wf_buf_z(&t), "mut i32", "a global as text");
	OK(w->has_start && w->start == 1, "the start function");
	OK(w->ncustoms == 1 && w->customs[0].size == 3 && w->customs[0].offset == m.len - 3,
	   "a custom section");
	EQ(w->ncode, 2, "two bodies");
	EQ(w->features, WF_FEATURE_BIT(WF_F_MUTABLE_GLOBAL) | WF_FEATURE_BIT(WF_F_MULTI_VALUE) |
	   WF_FEATURE_BIT(WF_F_REF_TYPES) | WF_FEATURE_BIT(WF_F_GC_TYPES) |
	   WF_FEATURE_BIT(WF_F_FLOATS), "what it uses, no more");
}

int
main(void)
{
	for (size_t i = 0; i < WF_COUNT(rows); i++)
		one(&rows[i]);
	preambles();
	too_large();
	value();
	return tap_done();
}
