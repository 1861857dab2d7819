/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be shown: UTF-8 as RFC 3629 has it, and nothing that moves a
 * cursor, starts a line or turns text around.
 */
#include "base/text.h"
#include "tests/lib/tap.h"

static void
utf8(void)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"", true}, {"a", true}, {"\x7f", true},
		{"\xc2\x80", true}, {"\xdf\xbf", true}, {"\xc3\xa9t\xc3\xa9", true},
		{"\xe0\xa0\x80", true}, {"\xef\xbf\xbf", true},
		{"\xf0\x90\x80\x80", true}, {"\xf4\x8f\xbf\xbf", true},
		{"\x80", false}, {"\xbf", false}, {"\xc0\x80", false}, {"\xc1\xbf", false},
		{"\xc3", false}, {"\xc3g", false}, {"\xe0\x80\x80", false},
		{"\xe0\x9f\xbf", false}, {"\xe2\x82", false}, {"\xed\xa0\x80", false},
		{"\xed\xbf\xbf", false}, {"\xed\x9f\xbf", true}, {"\xee\x80\x80", true},
		{"\xf0\x8f\xbf\xbf", false}, {"\xf4\x90\x80\x80", false},
		{"\xf5\x80\x80\x80", false}, {"\xf0\x90\x80", false}, {"\xff", false},
		{"\xfe", false}, {"ok\xc3", false},
	};
	uint32_t cp = 0;
	size_t i;

	for (i = 0; i < WF_COUNT(cases); i++) {
		char name[40];

		(void)snprintf(name, sizeof(name), "UTF-8 case %zu is %s", i,
		               cases[i].good ? "good" : "refused");
		EQ(wf_text_is_utf8(cases[i].text, strlen(cases[i].text)), cases[i].good, name);
	}
	EQ(wf_text_utf8_seq("\xe2\x82\xac!", 4, &cp), 3, "length of a sequence");
	EQ(cp, 0x20ac, "and its character");
	EQ(wf_text_utf8_seq("\xe2\x82\xac", 2, &cp), 0, "cut off by the length");
	EQ(wf_text_utf8_seq("", 0, &cp), 0, "nothing");
	OK(wf_text_is_utf8("a\0b", 3), "NUL is a character");
}

static void
shown(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"plain \\ \"quoted\" 'x'", "plain \\ \"quoted\" 'x'"},
		{"t\xc3\xa9xt \xe2\x82\xac", "t\xc3\xa9xt \xe2\x82\xac"},
		{"\n\r\t\x1b[2J", "\\x0a\\x0d\\x09\\x1b[2J"},
		{"\x7f", "\\x7f"},
		{"\xc2\x9b" "31m", "\\xc2\\x9b31m"},     /* C1 CSI */
		{"\xff\xc3", "\\xff\\xc3"},
		{"\xe2\x80\xae", "\\xe2\\x80\\xae"},     /* right-to-left override */
		{"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},     /* line separator */
		{"\xe2\x81\xa6", "\\xe2\\x81\\xa6"},     /* isolate */
		{"\xe2\x80\x8b", "\\xe2\\x80\\x8b"},     /* zero width space */
		{"lo\xc2\xadg", "lo\\xc2\\xadg"},         /* soft hyphen */
		{"\xe3\x85\xa4", "\\xe3\\x85\\xa4"},     /* a letter that is blank */
		{"\xef\xb8\x8f", "\\xef\\xb8\\x8f"},     /* variation selector */
		{"\xc2\xac\xc2\xae", "\xc2\xac\xc2\xae"}, /* its neighbours are shown */
		{"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},     /* byte order mark */
		{"\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"}, /* tag letter */
	};
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(1000);
	WF_AUTO(wf_buf_free) struct wf_buf tight = WF_BUF_INIT(3);
	char out[200], name[40];
	struct wf_err err = {0};
	size_t i;

	for (i = 0; i < WF_COUNT(cases); i++) {
		(void)snprintf(name, sizeof(name), "escape case %zu", i);
		OK(wf_text_escape(cases[i].text, strlen(cases[i].text), out, sizeof(out)), name);
		IS(out, cases[i].want, name);
		wf_buf_reset(&b);
		EQ(wf_text_escape_buf(&b, wf_str(cases[i].text), NULL), 0, name);
		IS(wf_buf_z(&b), cases[i].want, name);
	}
	OK(wf_text_escape("a\0b", 3, out, sizeof(out)), "NUL");
	IS(out, "a\\x00b", "is shown");
	ERR(wf_text_escape_buf(&tight, WF_STR_LIT("\n"), &err), &err, WF_R_LIMIT,
	    "a buffer too small");
}

static void
cut(void)
{
	static const char text[] = "\xe2\x82\xac\xe2\x82\xac\n\xe2\x82\xac\xc3\xa9\xe2\x82\xac"
	                           "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac";
	char out[64], all[8];
	size_t cap, i;
	bool good = true;

	OK(!wf_text_escape("0123456789", 10, out, 9), "ten characters in nine bytes");
	IS(out, "01234...", "say that they are cut");
	OK(wf_text_escape("01234567", 8, out, 9), "eight fit");
	OK(!wf_text_escape("abc", 3, out, 1), "one byte");
	IS(out, "", "holds nothing");
	OK(!wf_text_escape("abc", 3, all, 0), "no byte is not written");
	for (cap = 1; cap < 40; cap++) {
		memset(out, 'X', sizeof(out));
		if (wf_text_escape(text, sizeof(text) - 1, out, cap))
			continue;
		i = strnlen(out, sizeof(out));
		good = good && i < cap && out[cap] == 'X' && wf_text_is_utf8(out, i);
	}
	OK(good, "whatever the room, it ends in time and between characters");
}

int
main(void)
{
	utf8();
	shown();
	cut();
	return tap_done();
}
