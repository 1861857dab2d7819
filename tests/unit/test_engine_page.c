/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of man/wasmfn-engines.7 against the adapters' flags.  With an
 * argument it prints the table: `test_engine_page -` between the two marks of
 * the page is how the page is made (scripts/engines-page).
 */
#include <stdlib.h>

#include "engine/engine.h"
#include "tests/lib/tap.h"

#define PAGE "man/wasmfn-engines.7"
#define BEGIN ".\\\" generated: begin\n"
#define END ".\\\" generated: end\n"

static void
table(struct wf_buf *b)
{
	const struct wf_engine_about *a;
	size_t i, c;

	wf_buf_putz(b, ".Bl -column \"transaction\"");
	for (i = 0; (a = wf_engine_about(i)); i++)
		wf_buf_putf(b, " \"%s\"", strlen(a->name) > 8 ? a->name : "stand-in");
	wf_buf_putz(b, "\n.It Sy \"\"");
	for (i = 0; (a = wf_engine_about(i)); i++)
		wf_buf_putf(b, " Ta Sy %s", a->name);
	for (c = 0; c < WF_CAN_COUNT; c++) {
		wf_buf_putf(b, "\n.It %s", wf_engine_can_word((enum wf_engine_can)c));
		for (i = 0; (a = wf_engine_about(i)); i++)
			wf_buf_putf(b, " Ta %s", a->can & 1u << c      ? "yes"
			                         : a->partly & 1u << c ? "partly"
			                                               : "no");
	}
	wf_buf_putz(b, "\n.It tried on");
	for (i = 0; (a = wf_engine_about(i)); i++)
		wf_buf_putf(b, " Ta %s", a->unproven ? "stand-in" : "engine");
	wf_buf_putz(b, "\n.El\n.Pp\nThe rows:\n.Bl -tag -width transaction -compact\n");
	for (c = 0; c < WF_CAN_COUNT; c++)
		wf_buf_putf(b, ".It %s\n%s\n", wf_engine_can_word((enum wf_engine_can)c),
		            wf_engine_can_meaning((enum wf_engine_can)c));
	wf_buf_putz(b, ".El\n");
}

static char *
slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 65536);

	if (f && text && fread(text, 1, 65535, f) == 0)
		text[0] = '\0';
	if (f)
		fclose(f);
	return text;
}

int
main(int argc, char **argv)
{
	WF_AUTO(wf_buf_free) struct wf_buf want = WF_BUF_INIT(65536);
	const struct wf_engine_about *a;
	char *page, *from, *to;
	size_t i;

	(void)argv;
	table(&want);
	if (argc > 1) {
		fputs(wf_buf_z(&want), stdout);
		return 0;
	}
	page = slurp(PAGE);
	from = page ? strstr(page, BEGIN) : NULL;
	to = from ? strstr(from, END) : NULL;
	OK(to != NULL, PAGE " has its two marks");
	if (to) {
		*to = '\0';
		IS(from + strlen(BEGIN), wf_buf_z(&want),
		   "the table is that of the flags (scripts/engines-page makes it)");
	}
	for (i = 0; (a = wf_engine_about(i)); i++)
		EQ(a->can & a->partly, 0, a->name);
	free(page);
	return tap_done();
}
