/* SPDX-License-Identifier: Apache-2.0
 *
 * wasm/surface*.c: the types of what components import and export, as text.
 * The components are written as WAT and, because no assembler that has to be
 * there knows all of it, as the bytes that it means.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "tests/lib/tap.h"
#include "tests/lib/wasm_text.h"
#include "wasm/limits.h"
#include "wasm/wasm.h"

/*
 * (component
 *  (type $rc (record (field "a" u8) (field "b" (option char))))
 *  (type $vr (variant (case "x") (case "y" string)))
 *  (import "r" (type $r (sub resource)))
 *  (type $fn (func async (param "v" (tuple bool s8 f32)) (param "m" (map string f64)) (param "q" (list u16 4)) (result (result))))
 *  (import "rec" (type $rec (eq $rc)))
 *  (import "e" (type (eq $vr)))
 *  (import "f" (func (type $fn)))
 *  (import "g" (func (param "r" (borrow $r)) (param "c" $rec) (param "s" (stream)) (param "t" (stream u8)) (param "u" (future s64)) (result (result (error (list error-context))))))
 *  (import "h" (func (param "x" (result u8)) (param "y" (result u8 (error s16))) (result (own $r))))
 * )
 */
static const char types[] =
	"@!0716036b74720201617d01620071020178000001790173000a06010001720301071c056f037f"
	"7e76637375677b046a00004303017604016d0501710600070a14030003726563030001000165"
	"03000200016601080724076803660066017d65017870646a00010f400501720b01630901730c"
	"01740d01750e00100a060100016701110716046a017d006a017d017c69034002017812017913"
	"00140a06010001680115";

/*
 * (component
 *  (import "f" (func $f (param "x" u32) (result u32)))
 *  (component $c
 *   (import "import-f" (func $g (param "x" u32) (result u32)))
 *   (import "import-r" (type $r (sub resource)))
 *   (export $er "r" (type $r))
 *   (type $e (enum "one" "two"))
 *   (export $ee "e" (type $e))
 *   (export "f" (func $g) (func (param "x" u32) (result u32))))
 *  (type $res (resource (rep i32)))
 *  (instance $i (instantiate $c (with "import-f" (func $f)) (with "import-r" (type $res))))
 *  (export "a:b/c" (instance $i))
 *  (alias export $i "f" (func $k))
 *  (instance $in (export "deep" (instance $i)) (export "k" (func $k)))
 *  (export "d:e/f" (instance $in))
 *  (alias export $in "deep" (instance $dd))
 *  (alias export $dd "f" (func $kk))
 *  (export "kk" (func $kk)))
 */
static const char made[] =
	"@!070801400101787900790a06010001660100048f010061736d0d000100070801400101787900"
	"790a19020008696d706f72742d6601000008696d706f72742d7203010b070100017203010007"
	"0b016d02036f6e650374776f0b0701000165030300070801400101787900790b090100016601"
	"00010105002c0e636f6d706f6e656e742d6e616d650002016301050101000167011003040101"
	"7202026572030165040265650704013f7f00051a0100000208696d706f72742d66010008696d"
	"706f72742d7203010b0b010005613a622f630500000606010100000166051001010200046465"
	"6570050000016b01010b0b010005643a652f66050200060e0205000204646565700100040166"
	"0b080100026b6b010200";

/*
 * (component
 *  (import "wasi:io/streams@0.2.6" (instance $s (export "input-stream" (type (sub resource)))))
 *  (alias export $s "input-stream" (type $in))
 *  (import "test:a/b" (instance
 *    (alias outer 1 $in (type $x)) (export "in" (type $y (eq $x)))
 *    (export "take" (func (param "i" (own $y)) (result (own $x))))))
 *  (import "take" (func (param "i" (own $in))))
 *  (import "ct" (component (export "z" (func (result u8))))))
 */
static const char names[] =
	"@!071401420104000c696e7075742d73747265616d03010a1a010015776173693a696f2f737472"
	"65616d7340302e322e3605000611010300000c696e7075742d73747265616d07270142060203"
	"020101040002696e030000016901016900014001016902000304000474616b6501040a0d0100"
	"08746573743a612f620502070a026901400101690301000a0901000474616b650104070e0141"
	"02014000007d0400017a01000a0701000263740405";

static const char *const types_text[] = {
	"resource",
	"record {a: u8, b: option<char>}",
	"variant {x, y(string)}",
	"async func(v: tuple<bool, s8, f32>, m: map<string, f64>, q: list<u16, 4>) -> result",
	"func(r: borrow<r>, c: rec, s: stream, t: stream<u8>, u: future<s64>) -> result<_, list<error-context>>",
	"func(x: result<u8>, y: result<u8, s16>) -> own<r>",
	NULL,
};

static const char *const made_text[] = {
	"func(x: u32) -> u32",
	"instance {r: import-r, e: enum {one, two}, f: func(x: u32) -> u32}",
	"instance {deep: instance {r: import-r, e: enum {one, two}, f: func(x: u32) -> u32}, k: func(x: u32) -> u32}",
	"func(x: u32) -> u32",
	NULL,
};

static const char *const names_text[] = {
	"instance {input-stream: resource}",
	"instance {in: wasi:io/streams@0.2.6.input-stream, take: func(i: own<in>) -> own<wasi:io/streams@0.2.6.input-stream>}",
	"func(i: own<wasi:io/streams@0.2.6.input-stream>)",
	"component {z: func() -> u8}",
	NULL,
};

static struct wf_wasm *
decoded(struct wf_str bytes)
{
	struct wf_wasm *w = NULL;
	struct wf_err err = {0};

	if (wf_wasm_decode(bytes, "component", &w, &err))
		printf("# %s\n", err.msg);
	return w;
}

/* Imports, then exports. */
static void
says(const char *name, const char *hex, const char *const *want)
{
	uint8_t bytes[1024];
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = decoded(wasm_text(hex, bytes));

	OK(w != NULL, name);
	for (size_t i = 0; w && i < w->nimports + w->nexports; i++) {
		WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_WASM_MAX_TYPE_TEXT);
		size_t x = i - w->nimports;
		bool import = i < w->nimports;

		wf_wasm_extern_text(&b, w, import ? w->imports[i].kind : w->exports[x].kind,
		                    import ? w->imports[i].index : w->exports[x].index);
		IS(wf_buf_z(&b), want[i], name);
		if (!want[i])
			break;
	}
}

static void
put(struct wf_buf *b, const char *bytes, size_t n)
{
	if (wf_buf_add(b, bytes, n, NULL))
		abort();
}

static void
number(struct wf_buf *b, unsigned n)
{
	char byte;

	for (; n > 127; n >>= 7) {
		byte = (char)(n | 128);
		put(b, &byte, 1);
	}
	byte = (char)n;
	put(b, &byte, 1);
}

/* Signed: the sixth bit of the last byte is the sign. */
static void
index_of(struct wf_buf *b, unsigned n)
{
	char byte;

	for (; n > 63; n >>= 7) {
		byte = (char)(n | 128);
		put(b, &byte, 1);
	}
	byte = (char)n;
	put(b, &byte, 1);
}

/* n types, each made of the one before by `first` and its index `times` times;
 * then an import of a function that takes the last. */
static struct wf_str
tower(struct wf_buf *b, const char *first, size_t len, unsigned times, unsigned n)
{
	WF_AUTO(wf_buf_free) struct wf_buf s = WF_BUF_INIT(1 << 20);

	number(&s, n + 2);
	put(&s, "\x7d", 1);
	for (unsigned i = 0; i < n; i++) {
		put(&s, first, len);
		for (unsigned k = 0; k < times; k++)
			index_of(&s, i);
	}
	put(&s, "\x40\1\1x", 4);
	index_of(&s, n);
	put(&s, "\1\0", 2);
	put(b, "\0asm\x0d\0\1\0\7", 9);
	number(b, (unsigned)s.len);
	put(b, s.p, s.len);
	s.len = 0;
	put(&s, "\1\0\1f\1", 5);
	number(&s, n + 1);
	put(b, "\x0a", 1);
	number(b, (unsigned)s.len);
	put(b, s.p, s.len);
	return wf_buf_str(b);
}

static void
towers(void)
{
	static const struct {
		const char *name, *first;
		size_t len;
		unsigned times, n;
		bool cut;
	} rows[] = {
		{"lists in lists", "\x70", 1, 1, 60, false},
		{"lists deeper than a text goes", "\x70", 1, 1, 100, true},
		{"very many lists", "\x70", 1, 1, 100000, true},
		{"pairs of pairs, 2^6", "\x6f\2", 2, 2, 6, false},
		{"pairs of pairs, 2^60", "\x6f\2", 2, 2, 60, true},
	};

	for (size_t i = 0; i < WF_COUNT(rows); i++) {
		WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(1 << 20);
		WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_WASM_MAX_TYPE_TEXT);
		WF_AUTO(wf_wasm_freep) struct wf_wasm *w =
			decoded(tower(&bytes, rows[i].first, rows[i].len, rows[i].times, rows[i].n));

		if (!OK(w != NULL, rows[i].name))
			continue;
		wf_wasm_extern_text(&text, w, WF_EXTERN_FUNC, 0);
		OK(wf_str_starts(wf_buf_str(&text), "func(x: "), rows[i].name);
		OK(wf_wasm_text_is_cut(wf_buf_str(&text)) == rows[i].cut, rows[i].name);
	}
}

static void
members_of(void)
{
	uint8_t bytes[1024];
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = decoded(wasm_text(made, bytes));
	WF_AUTO(wf_freep) struct wf_wasm_member *v = NULL;
	WF_AUTO(wf_freep) struct wf_wasm_member *none = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_WASM_MAX_TYPE_TEXT);
	size_t n = 0;

	if (!OK(w != NULL, "a component with instances"))
		return;
	OK(wf_wasm_members(w, WF_EXTERN_INSTANCE, w->exports[0].index, &v, &n), "what is in one");
	if (!EQ(n, 3, "three members"))
		return;
	OK(wf_str_eqz(v[2].name, "f"), "by name");
	wf_wasm_member_text(&b, w, &v[2]);
	IS(wf_buf_z(&b), "func(x: u32) -> u32", "and by type");
	OK(!wf_wasm_members(w, WF_EXTERN_FUNC, w->imports[0].index, &none, &n), "a function has none");
}

/* An instance that is not known: of a component that takes the place of one.
 * (component (import "c" (component $c (export "i" (instance))))
 *   (instance $x (instantiate $c)) (alias export $x "no" (instance $y))
 *   (export "y" (instance $y))) */
static void
unknown(void)
{
	uint8_t bytes[1024];
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = decoded(wasm_text(
		"@7: 01 41 02 01 42 00 04 00 'i' 05 00; 10: 01 00 'c' 04 00; 5: 01 00 00 00;"
		"6: 01 05 00 00 'no'; 11: 01 00 'y' 05 01 00", bytes));
	WF_AUTO(wf_freep) struct wf_wasm_member *v = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_WASM_MAX_TYPE_TEXT);
	size_t n = 0;

	if (!OK(w != NULL, "an instance that nothing exports"))
		return;
	wf_wasm_extern_text(&b, w, WF_EXTERN_INSTANCE, w->exports[0].index);
	IS(wf_buf_z(&b), WF_WASM_CUT, "is not known");
	OK(!wf_wasm_members(w, WF_EXTERN_INSTANCE, w->exports[0].index, &v, &n), "nor what it has");
}

int
main(void)
{
	says("types", types, types_text);
	says("made", made, made_text);
	says("names", names, names_text);
	towers();
	members_of();
	unknown();
	return tap_done();
}
