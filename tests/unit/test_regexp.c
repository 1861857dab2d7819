/* SPDX-License-Identifier: Apache-2.0
 *
 * policy/regexp.c: whole matches, what other dialects write, and what a hostile
 * pair of expression and text may cost.
 */
#include "policy/regexp.h"

#include <time.h>

#include "base/limits.h"
#include "tests/lib/tap.h"

enum match { NO, PART, WHOLE };

static enum match
match(const struct wf_regexp *e, struct wf_str text)
{
	return wf_regexp_full(e, text) ? WHOLE : wf_regexp_search(e, text) ? PART : NO;
}

static void
is(const char *re, const char *text, enum match want, const char *name)
{
	WF_AUTO(wf_regexp_freep) struct wf_regexp *e = NULL;
	struct wf_err err = {0};

	if (ERR(wf_regexp_compile(re, WF_R_CONFIG, &e, &err), &err, WF_R_OK, re))
		EQ(match(e, wf_str(text)), want, name);
}

static void
wrong(const char *re, const char *words, const char *name)
{
	WF_AUTO(wf_regexp_freep) struct wf_regexp *e = NULL;
	struct wf_err err = {0};

	ERR(wf_regexp_compile(re, WF_R_CONFIG, &e, &err), &err, WF_R_CONFIG, name);
	OK(strstr(err.msg, words) != NULL, err.msg);
}

static void
dear(const char *re)
{
	WF_AUTO(wf_regexp_freep) struct wf_regexp *e = NULL;
	struct wf_err err = {0};
	char text[WF_MAX_REGEXP_TEXT + 1];
	struct timespec a, b;
	double ms;

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '!';
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	if (wf_regexp_compile(re, WF_R_CONFIG, &e, &err) == WF_OK)
		(void)match(e, (struct wf_str){text, WF_MAX_REGEXP_TEXT});
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	ms = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
	printf("# %.1f ms for \"%.60s\"%s\n", ms, re, e ? "" : " (refused)");
	OK(ms < 2000, "bounded");
}

int
main(void)
{
	static char long_text[WF_MAX_REGEXP_TEXT + 2], long_re[WF_MAX_PATTERN_BYTES + 2];
	struct wf_regexp *e = NULL;
	struct wf_err err = {0};

	is("https://github\\.com/org/.*", "https://github.com/org/x", WHOLE, "whole");
	is("https://github\\.com/org/", "https://github.com/org/x", PART, "a part is not enough");
	is("https://github\\.com/org/.*", "https://evil/?https://github.com/org/x", PART,
	   "nor is a part at the end");
	is("https://github\\.com/org/.*", "https://githubxcom/org/x", NO, "no part");
	is("a|ab", "ab", WHOLE, "the longest alternative");
	is("(a|ab)(c|bcd)", "abcd", WHOLE, "the longest of all");
	is("^x$", "x", WHOLE, "anchors are allowed");
	is("a\nb", "a\nb", WHOLE, "a line feed is a character");
	is("x$", "x\ny", NO, "and ends nothing");
	is("[]a]\\.[[:digit:])]+", "].12)", WHOLE, "brackets are walked over");
	is("[0-9a-f]{40}", "0123456789012345678901234567890123456789", WHOLE, "repetition");
	wrong("a)|(b", ") without a (", "a group that closes before it opens");
	wrong("\\d+", "before a letter or digit", "\\d");
	wrong("(a)\\1", "before a letter or digit", "a back-reference");
	wrong("(", "no POSIX", "an open group");
	wrong("[a", "no POSIX", "an open bracket");
	wrong("*a", "no POSIX", "nothing to repeat");
	wrong("a\\", "no POSIX", "a backslash at the end");
	wrong("", "empty", "nothing");
	wrong("((a{99}){99}){99}", "bounded", "repetitions of repetitions");
	wrong("((a{99})*{99})+{99}", "bounded", "with others between");
	wrong("a{1,9999}", "bounded", "many");
	memset(long_re, 'a', WF_MAX_PATTERN_BYTES + 1);
	wrong(long_re, "longer", "a long one");
	memset(long_re, 0, sizeof(long_re));
	memset(long_re, '(', WF_MAX_REGEXP_DEPTH + 1);
	wrong(long_re, "deep", "a deep one");
	if (wf_regexp_compile("a*", WF_R_CONFIG, &e, &err) == WF_OK) {
		memset(long_text, 'a', sizeof(long_text));
		EQ(match(e, (struct wf_str){long_text, WF_MAX_REGEXP_TEXT}), WHOLE,
		   "the longest text");
		EQ(match(e, (struct wf_str){long_text, WF_MAX_REGEXP_TEXT + 1}), NO,
		   "one byte more matches nothing");
		EQ(match(e, (struct wf_str){"a\0a", 3}), NO, "a NUL matches nothing");
		EQ(match(e, wf_str("")), WHOLE, "empty text");
	}
	wf_regexp_free(e);
	dear("(a?){340}a{340}");
	dear("(a*)*b");
	dear("((a|a|a|a)*){80}b");
	dear("(a|aa|aaa|aaaa)*(b|a*)*c");
	dear("(.*a){200}");
	dear("((((((a*)*)*)*)*)*)*b");
	return tap_done();
}
