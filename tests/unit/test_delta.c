/* SPDX-License-Identifier: Apache-2.0
 *
 * wasm/delta.c: two modules that differ in one thing give one row, and the
 * other way round the opposite one.
 */
#include "tests/lib/tap.h"
#include "tests/lib/wasm_text.h"
#include "wasm/delta.h"

#define T0 "1: 02 60 00 00 60 01 7f 00; "
/* a.b as a function of type 0, of type 1, as a global i32 */
#define AB0 "01 61 01 62 00 00 "
#define AB1 "01 61 01 62 00 01 "
#define ABG "01 61 01 62 03 7f 00 "
#define AC "01 61 01 63 00 00 "
#define A_B_C "03 61 2e 62 01 63 00 00 " /* module "a.b", name "c" */
#define A_BC "01 61 03 62 2e 63 00 00 "  /* module "a", name "b.c" */
#define BODY "3: 01 00; "
#define CODE "10: 01 (00 0b)"

static const struct {
	const char *name, *before, *after, *there, *back;
} rows[] = {
	{"nothing", T0 "2: 01 " AB0, T0 "2: 01 " AB0, "", ""},
	{"an import", T0 "2: 01 " AB0, T0 "2: 02 " AB0 AC, "+import a.c W;", "-import a.c;"},
	{"the order of imports says nothing", T0 "2: 02 " AC AB0, T0 "2: 02 " AB0 AC, "", ""},
	{"one twice is there twice", T0 "2: 01 " AB0, T0 "2: 02 " AB0 AB0, "+import a.b W;", "-import a.b;"},
	{"a signature", T0 "2: 01 " AB0, T0 "2: 01 " AB1, "~import a.b;", "~import a.b;"},
	{"another kind is another import", T0 "2: 01 " AB0, T0 "2: 01 " ABG, "-import a.b;+import a.b W;",
	 "+import a.b W;-import a.b;"},
	{"names are compared in their two parts", T0 "2: 01 " A_B_C, T0 "2: 01 " A_BC,
	 "+import a.b.c W;-import a.b.c;", "-import a.b.c;+import a.b.c W;"},
	{"an export", T0 BODY CODE, T0 BODY "7: 01 01 66 00 00; " CODE, "+export f;", "-export f;"},
	{"a memory", "", "5: 01 01 01 02", "+memory memory 0 W;", "-memory memory 0;"},
	{"a larger maximum", "5: 01 01 01 02", "5: 01 01 01 03", "~memory memory 0 W;", "~memory memory 0;"},
	{"a larger minimum", "5: 01 01 01 03", "5: 01 01 02 03", "~memory memory 0 W;", "~memory memory 0;"},
	{"no maximum is the largest", "5: 01 01 01 02", "5: 01 00 01", "~memory memory 0 W;", "~memory memory 0;"},
	{"a table", "", "4: 01 70 00 01", "+table table 0;", "-table table 0;"},
	{"a start function", T0 BODY CODE, T0 BODY "8: 00; " CODE, "+start start function 0 W;",
	 "-start start function 0;"},
	{"a feature", "5: 01 00 01", "5: 01 04 01", "~memory memory 0;+feature memory64 W;",
	 "~memory memory 0;-feature memory64;"},
	{"a kind", "", "component", "~kind module W;+feature component-model W;",
	 "~kind module;-feature component-model;"},
};

static struct wf_str
bytes(const char *text, uint8_t *out)
{
	static const char component[] = "\0asm\x0d\0\1\0";

	return strcmp(text, "component") == 0 ? (struct wf_str){component, 8} : wasm_text(text, out);
}

static void
says(const char *a, const char *b, const char *want, const char *name)
{
	WF_AUTO(wf_wasm_freep) struct wf_wasm *x = NULL, *y = NULL;
	WF_AUTO(wf_delta_free) struct wf_delta d = WF_DELTA_INIT;
	struct wf_capability cx[4], cy[4];
	uint8_t mem[2][256];
	char got[512] = "";
	size_t n = 0;
	struct wf_err e = {0};

	if (wf_wasm_decode(bytes(a, mem[0]), "a", &x, &e) || wf_wasm_decode(bytes(b, mem[1]), "b", &y, &e)) {
		OK(false, name);
		printf("# %s\n", e.msg);
		return;
	}
	wf_capability_list(x, cx);
	wf_capability_list(y, cy);
	wf_delta(&(struct wf_delta_side){x, cx}, &(struct wf_delta_side){y, cy}, &d);
	for (size_t i = 0; i < d.n; i++) {
		const struct wf_delta_row *r = &d.v[i];

		if (r->what == WF_DELTA_CAPABILITY) /* follows from the imports */
			continue;
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%c%s %.*s%s;", "+-~"[r->how],
		                      wf_delta_what_word(r->what), (int)r->subject.len, r->subject.p,
		                      r->wider ? " W" : "");
	}
	IS(got, want, name);
}

static void
classes(void)
{
	/* env.clickhouse_log, env.clickhouse_random */
	static const char none[] = "", log[] = T0 "2: 01 03 65 6e 76 0e 63 6c 69 63 6b 68 6f 75 73 65 5f 6c 6f 67 00 00";
	struct wf_wasm *x = NULL, *y = NULL;
	WF_AUTO(wf_delta_free) struct wf_delta d = WF_DELTA_INIT;
	struct wf_capability cx[1], cy[1];
	uint8_t mem[2][256];
	struct wf_err e = {0};

	OK(wf_wasm_decode(wasm_text(none, mem[0]), "a", &x, &e) == WF_OK &&
	   wf_wasm_decode(wasm_text(log, mem[1]), "b", &y, &e) == WF_OK, "two modules");
	wf_capability_list(x, cx);
	wf_capability_list(y, cy);
	wf_delta(&(struct wf_delta_side){x, cx}, &(struct wf_delta_side){y, cy}, &d);
	OK(d.gained == WF_CAPS(LOG) && d.lost == 0, "a class is gained");
	wf_delta(&(struct wf_delta_side){y, cy}, &(struct wf_delta_side){x, cx}, &d);
	OK(d.gained == 0 && d.lost == WF_CAPS(LOG), "and lost");
	wf_wasm_free(x);
	wf_wasm_free(y);
}

int
main(void)
{
	char name[128];

	for (size_t i = 0; i < WF_COUNT(rows); i++) {
		says(rows[i].before, rows[i].after, rows[i].there, rows[i].name);
		snprintf(name, sizeof(name), "%s, back", rows[i].name);
		says(rows[i].after, rows[i].before, rows[i].back, name);
	}
	classes();
	OK(wf_delta_pages(&(struct wf_wasm_limits){.has_max = true, .max = 65537, .page_log2 = 0}) == 2 &&
	   wf_delta_pages(&(struct wf_wasm_limits){.has_max = true, .max = 3, .page_log2 = 16}) == 3,
	   "pages of one byte are counted as bytes");
	return tap_done();
}
