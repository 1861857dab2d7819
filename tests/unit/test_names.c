/* SPDX-License-Identifier: Apache-2.0
 *
 * wasm/names.c: what the name section says, and that a damaged one says
 * nothing and breaks nothing.
 */
#include "base/cc.h"
#include "tests/lib/tap.h"
#include "tests/lib/wasm_text.h"
#include "wasm/names.h"

#define N "0: 'name' "

static const struct {
	const char *what, *module;
	enum wf_names_state want;
	const char *name, *func3; /* "": none */
} rows[] = {
	{"no name section", "0: 'nam'", WF_NAMES_ABSENT, "", ""},
	{"an empty one", N, WF_NAMES_WHOLE, "", ""},
	{"a module name", N "00 ('mod')", WF_NAMES_WHOLE, "mod", ""},
	{"function names", N "00 ('mod') 01 (02 00 'a' 03 'b')", WF_NAMES_WHOLE, "mod", "b"},
	{"of others alone", N "01 (02 00 'a' 04 'b')", WF_NAMES_WHOLE, "", ""},
	{"locals, labels, types, tags", N "02 (01 00 01 00 'x') 03 (01 00 01 00 'l') 04 (01 00 't') 0b (01 00 'e')", WF_NAMES_WHOLE, "", ""},
	{"a subsection of the future", N "00 ('mod') 20 (ff)", WF_NAMES_WHOLE, "mod", ""},
	{"of a component", "@0: 'component-name' 00 ('comp') 01 (01 00) 01 (02 00)", WF_NAMES_WHOLE, "comp", ""},
	{"a core name in a component is none", "@0: 'name' 00 ('mod')", WF_NAMES_ABSENT, "", ""},

	{"twice the same subsection", N "00 ('mod') 00 ('mod')", WF_NAMES_DAMAGED, "", ""},
	{"out of order", N "01 (00) 00 ('mod')", WF_NAMES_DAMAGED, "", ""},
	{"past the end", N "00 09 'mod'", WF_NAMES_DAMAGED, "", ""},
	{"left over", N "00 ('mod' 00)", WF_NAMES_DAMAGED, "", ""},
	{"indices out of order", N "01 (02 03 'a' 00 'b')", WF_NAMES_DAMAGED, "", ""},
	{"one index twice", N "01 (02 03 'a' 03 'b')", WF_NAMES_DAMAGED, "", ""},
	{"not UTF-8", N "00 (01 ff)", WF_NAMES_DAMAGED, "", ""},
	{"a count that does not fit", N "01 (7f 00 'a')", WF_NAMES_DAMAGED, "", ""},
	{"damaged after a good start", N "00 ('mod') 01 (01 00)", WF_NAMES_DAMAGED, "", ""},
	{"two sections", N "00 ('mod'); " N "00 ('mod')", WF_NAMES_DAMAGED, "", ""},
};

int
main(void)
{
	for (size_t i = 0; i < WF_COUNT(rows); i++) {
		WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
		struct wf_wasm_names n;
		struct wf_err e = {0};
		uint8_t bytes[256];

		if (!OK(wf_wasm_decode(wasm_text(rows[i].module, bytes), "m", &w, &e) == WF_OK,
		        "the module stands whatever its names are")) {
			printf("# %s\n", e.msg);
			continue;
		}
		n = wf_wasm_names(w);
		EQ(n.state, rows[i].want, rows[i].what);
		OK(wf_str_eqz(n.module, rows[i].name) &&
		   wf_str_eqz(wf_wasm_names_func(w, &n, 3), rows[i].func3), "and what it says");
	}
	return tap_done();
}
