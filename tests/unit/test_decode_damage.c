/* SPDX-License-Identifier: Apache-2.0
 *
 * Damaged modules: every prefix of one, every value of every byte, and seeded
 * random damage.  A prefix is refused unless it is a module of its own.
 */
#include <stdint.h>

#include "base/mem.h"
#include "tests/lib/tap.h"
#include "tests/lib/wasm_text.h"
#include "wasm/capability.h"

static const uint8_t module[] = {
	0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
	/*   8 type: () -> (i32), (i32) -> () */
	0x01, 0x09, 0x02, 0x60, 0x00, 0x01, 0x7f, 0x60, 0x01, 0x7f, 0x00,
	/*  19 import: env.log (func 1) */
	0x02, 0x0b, 0x01, 0x03, 'e', 'n', 'v', 0x03, 'l', 'o', 'g', 0x00, 0x01,
	/*  32 function: one of type 0 */
	0x03, 0x02, 0x01, 0x00,
	/*  36 table: funcref 1..2 */
	0x04, 0x05, 0x01, 0x70, 0x01, 0x01, 0x02,
	/*  43 memory: 1.. */
	0x05, 0x03, 0x01, 0x00, 0x01,
	/*  48 global: mut i32 = 7 */
	0x06, 0x06, 0x01, 0x7f, 0x01, 0x41, 0x07, 0x0b,
	/*  56 export: "f" (func 1), "m" (memory 0) */
	0x07, 0x09, 0x02, 0x01, 'f', 0x00, 0x01, 0x01, 'm', 0x02, 0x00,
	/*  67 element: table 0 at 0, function 1 */
	0x09, 0x07, 0x01, 0x00, 0x41, 0x00, 0x0b, 0x01, 0x01,
	/*  76 data count: 1 */
	0x0c, 0x01, 0x01,
	/*  79 code: two locals, if/else, call, data.drop, load */
	0x0a, 0x19, 0x01, 0x17, 0x01, 0x02, 0x7f,
	0x41, 0x01, 0x04, 0x40, 0x41, 0x05, 0x10, 0x00, 0x05, 0x01, 0x0b,
	0xfc, 0x09, 0x00, 0x20, 0x00, 0x28, 0x02, 0x04, 0x0b,
	/* 106 data */
	0x0b, 0x07, 0x01, 0x00, 0x41, 0x00, 0x0b, 0x01, 'x',
	/* 115 custom: "hi" and three bytes */
	0x00, 0x06, 0x02, 'h', 'i', 0x01, 0x02, 0x03,
};

/* Where a cut leaves a module that the format allows, and why. */
static const struct {
	size_t at;
	const char *why;
} whole[] = {
	{8, "nothing but the preamble"},
	{19, "types that nobody uses"},
	{32, "types and an import"},
	/* 36 to 78: a function is declared and has no body;
	 * 106: the data count section announces a segment that is not there */
	{115, "everything but the custom section"},
};

static const char *
allowed(size_t n)
{
	for (size_t i = 0; i < WF_COUNT(whole); i++)
		if (whole[i].at == n)
			return whole[i].why;
	return NULL;
}

/* Decodes an exact-size copy, so that a sanitizer sees a read past the end.
 * Returns the code; dies when result and error disagree. */
static enum wf_rc
decode(const uint8_t *p, size_t n, size_t *nimports)
{
	WF_AUTO(wf_freep) char *copy = wf_malloc(n);
	WF_AUTO(wf_freep) struct wf_capability *caps = NULL;
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
	struct wf_err e = {0};
	enum wf_rc rc;

	if (n)
		memcpy(copy, p, n);
	rc = wf_wasm_decode((struct wf_str){copy, n}, "m", &w, &e);
	if ((rc == WF_OK) != (w != NULL) || rc != e.code ||
	    (rc != WF_OK && rc != WF_E_FORMAT))
		wf_die("result and error disagree");
	if (w) {
		caps = wf_calloc(w->nimports, sizeof(*caps));
		wf_capability_list(w, caps);
		if (nimports)
			*nimports = w->nimports;
	}
	return rc;
}

static void
prefixes(void)
{
	size_t imports = 0;

	EQ(decode(module, sizeof(module), &imports), WF_OK, "the whole module is taken");
	EQ(imports, 1, "with its import");
	for (size_t n = 0; n < sizeof(module); n++) {
		const char *why = allowed(n);
		char name[100];

		(void)snprintf(name, sizeof(name), "cut at byte %zu: %s%s", n,
		               why ? "a module, " : "refused", why ? why : "");
		EQ(decode(module, n, NULL), why ? WF_OK : WF_E_FORMAT, name);
	}
}

static void
every_value(void)
{
	uint8_t m[sizeof(module)];
	unsigned taken = 0, refused = 0;

	memcpy(m, module, sizeof(m));
	for (size_t i = 0; i < sizeof(m); i++) {
		for (unsigned v = 0; v < 256; v++) {
			m[i] = (uint8_t)v;
			if (decode(m, sizeof(m), NULL) == WF_OK)
				taken++;
			else
				refused++;
		}
		m[i] = module[i];
	}
	OK(taken > sizeof(module) && refused > taken,
	   "each value of each byte is taken or refused, and nothing else happens");
}

static void
random_damage(void)
{
	uint8_t m[sizeof(module)];
	uint32_t x = 20261121; /* seed; xorshift */
	unsigned refused = 0;

	for (unsigned round = 0; round < 20000; round++) {
		memcpy(m, module, sizeof(m));
		for (unsigned k = 0; k < 1 + round % 6; k++) {
			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
			m[x % sizeof(m)] = (uint8_t)(x >> 24);
		}
		refused += decode(m, sizeof(m), NULL) != WF_OK;
	}
	OK(refused > 10000, "random damage is taken or refused, and nothing else happens");
}

/* A component that has some of each: two interfaces, a nested module that is
 * instantiated and lifted, a nested component, types of every form. */
static const char component[] =
	"@7: 03 40 00 01 00 42 02 02 03 02 01 00 04 00 'now' 01 00 42 00; "
	"10: 02 00 'wasi:clocks/wall-clock@0.2.0' 05 01 02 'p' 01 00 'a:b/c' 05 02; "
	"1: 00 61 73 6d 01 00 00 00 01 04 01 60 00 00 03 02 01 00 07 05 01 01 66 00 00 0a 04 01 02 00 0b; "
	"2: 01 00 00 00; 6: 02 00 00 01 00 01 66 01 00 00 'now'; "
	"7: 06 72 01 'x' 73 71 01 'y' 01 7f 00 6a 01 79 00 6d 01 'z' 3f 7f 00 66 00; "
	"8: 03 00 00 00 00 00 01 00 00 00 0e 08; 3: 02 60 00 00 50 02 02 10 01 01 00 03 'm' 02 00 01; "
	"4: 00 61 73 6d 0d 00 01 00 07 03 01 70 73; 5: 01 00 00 00; "
	"11: 01 00 'run' 01 01 00; 0: 'x' 00";

/* Sections of a component stand alone as far as they do not name what comes
 * later, so every cut between two of them leaves a component. */
static void
component_prefixes(void)
{
	uint8_t m[256];
	struct wf_str s = wasm_text(component, m);
	size_t end = 8, imports = 0, all = 0, bad = 0, cuts = 0;

	EQ(decode(m, s.len, &all), WF_OK, "a component with some of each is taken");
	EQ(all, 2, "with its imports");
	for (size_t n = 0; n < s.len; n++) {
		enum wf_rc want = n == end ? WF_OK : WF_E_FORMAT;

		imports = 0;
		if (decode(m, n, &imports) != want || imports > all) {
			bad++;
			printf("# cut at byte %zu\n", n);
		}
		if (n == end) {
			cuts++;
			end += 2u + m[n + 1];
		}
	}
	EQ(bad, 0, "cut anywhere it is refused, but for the ends of sections");
	EQ(cuts, 12, "of which it has eleven, and the preamble");
}

static void
component_damage(void)
{
	uint8_t m[256], good[256];
	struct wf_str s = wasm_text(component, good);
	unsigned taken = 0, refused = 0;
	uint32_t x = 20261122; /* seed; xorshift */

	memcpy(m, good, s.len);
	for (size_t i = 0; i < s.len; i++) {
		for (unsigned v = 0; v < 256; v++) {
			m[i] = (uint8_t)v;
			if (decode(m, s.len, NULL) == WF_OK)
				taken++;
			else
				refused++;
		}
		m[i] = good[i];
	}
	OK(taken > s.len && refused > taken, "each value of each byte is taken or refused");
	for (unsigned round = 0; round < 20000; round++) {
		memcpy(m, good, s.len);
		for (unsigned k = 0; k < 1 + round % 6; k++) {
			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
			m[x % s.len] = (uint8_t)(x >> 24);
		}
		refused += decode(m, s.len, NULL) != WF_OK;
	}
	OK(refused > 10000, "so is random damage");
}

int
main(void)
{
	component_prefixes();
	component_damage();
	prefixes();
	every_value();
	random_damage();
	return tap_done();
}
