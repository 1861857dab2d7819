/* SPDX-License-Identifier: Apache-2.0
 *
 * base/buf.c and base/mem.c: the limit is exact, text ends with NUL, arenas
 * and arrays give what was asked for.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/lib/tap.h"

static void
limit(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(8);
	WF_AUTO(wf_buf_free) struct wf_buf none = WF_BUF_INIT(0);
	struct wf_err e = {0};

	EQ(wf_buf_add(&b, "12345678", 8, &e), 0, "a buffer takes its limit");
	ERR(wf_buf_add(&b, "9", 1, &e), &e, WF_R_LIMIT, "and not one byte more");
	IS(wf_buf_z(&b), "12345678", "and keeps what it had");
	wf_err_clear(&e);
	EQ(wf_buf_add(&b, "", 0, &e), 0, "nothing always fits");
	ERR(wf_buf_add(&b, "x", SIZE_MAX, &e), &e, WF_R_LIMIT, "no size wraps around");
	wf_err_clear(&e);
	wf_buf_reset(&b);
	IS(wf_buf_z(&b), "", "reset is empty");
	EQ(wf_buf_addf(&b, &e, "%d-%s", 12, "abc"), 0, "formatted");
	ERR(wf_buf_addf(&b, &e, "%s", "xyz"), &e, WF_R_LIMIT, "and limited");
	IS(wf_buf_z(&b), "12-abc", "with nothing added");
	wf_err_clear(&e);
	IS(wf_buf_z(&none), "", "a buffer without room has a text");
	ERR(wf_buf_add(&none, "x", 1, &e), &e, WF_R_LIMIT, "but takes nothing");
}

static void
growth(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(100000);
	char *text;
	size_t i;
	bool good = true;

	for (i = 0; i < 10000; i++)
		wf_buf_putf(&b, "%04zu,", i);
	EQ(b.len, 50000, "many small pieces");
	for (i = 0; i < 10000; i++)
		good = good && (size_t)atoi(b.p + 5 * i) == i;
	OK(good, "all there");
	wf_buf_putf(&b, "%01000d", 0);
	EQ(b.len, 51000, "a piece longer than the small buffer");
	text = wf_buf_steal(&b);
	EQ(strlen(text), 51000, "stolen");
	free(text);
	OK(!b.p && b.len == 0, "and gone");
	text = wf_buf_steal(&b);
	IS(text, "", "an empty one gives an empty text");
	free(text);
	wf_buf_putz(&b, "secret");
	wf_buf_wipe(&b);
	OK(!b.p && !b.len, "wiped");
	wf_buf_free(NULL);
	wf_buf_wipe(NULL);
}

static void
views(void)
{
	struct wf_str empty = wf_str(NULL), a = WF_STR_LIT("ab");

	OK(empty.len == 0 && wf_str_eqz(empty, ""), "no text is the empty view");
	OK(wf_str_eqz(a, "ab") && !wf_str_eqz(a, "a") && !wf_str_eqz(a, "abc"), "equal");
	OK(!wf_str_eq(a, WF_STR_LIT("a\0")), "NUL counts");
	OK(wf_str_starts(a, "") && wf_str_starts(a, "ab") && !wf_str_starts(a, "abc") &&
	   !wf_str_starts(empty, "a"), "starts");
}

static void
arena(void)
{
	struct wf_arena a = {NULL};
	char *p[300];
	size_t i, k;
	bool good = true;

	for (i = 0; i < 300; i++) {
		p[i] = wf_arena_alloc(&a, i * 37 % 9000);
		good = good && (uintptr_t)p[i] % _Alignof(max_align_t) == 0;
		for (k = 0; k < i * 37 % 9000; k++)
			good = good && p[i][k] == 0;
		memset(p[i], (int)(i % 256), i * 37 % 9000);
	}
	for (i = 0; i < 300; i++)
		for (k = 0; k < i * 37 % 9000; k++)
			good = good && (unsigned char)p[i][k] == i % 256;
	OK(good, "pieces are aligned, zero and apart");
	IS(wf_arena_strn(&a, "abcdef", 3), "abc", "a copy ends with NUL");
	IS(wf_arena_dup(&a, wf_str(NULL)).p, "", "nothing too");
	wf_arena_free(&a);
	OK(!a.head, "freed");
	wf_arena_free(&a);
	wf_arena_free(NULL);
}

static void
arrays(void)
{
	WF_AUTO(wf_freep) int *v = NULL;
	size_t cap = 0, i;
	bool good = true;

	for (i = 0; i < 1000; i++) {
		v = wf_grow(v, &cap, i, sizeof(*v));
		good = good && cap > i;
		v[i] = (int)i;
	}
	for (i = 0; i < 1000; i++)
		good = good && v[i] == (int)i;
	OK(good, "an array grows by one");
}

int
main(void)
{
	limit();
	growth();
	views();
	arena();
	arrays();
	return tap_done();
}
