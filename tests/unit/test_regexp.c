/* SPDX-License-Identifier: Apache-2.0
 *
 * policy/regexp.c against the C library's own matcher, what it refuses, and
 * that no expression is slow.
 */
#include "policy/regexp.h"

#include <regex.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "tests/lib/tap.h"

static bool
full(const char *pattern, const char *text)
{
	WF_AUTO(wf_regexp_freep) struct wf_regexp *re = NULL;
	struct wf_err err = {0};

	if (wf_regexp_compile(pattern, WF_R_CONFIG, &re, &err)) {
		printf("# %s\n", err.msg);
		return false;
	}
	return wf_regexp_full(re, wf_str(text));
}

/* R42 */
static void
test_whole(void)
{
	WF_AUTO(wf_regexp_freep) struct wf_regexp *re = NULL;
	struct wf_err err = {0};

	OK(full("https://github[.]com/org/.*", "https://github.com/org/x"), "R42 the whole string");
	OK(!full("https://github[.]com/org/", "https://github.com/org/x"), "R42 not its beginning");
	OK(!full("org/x", "https://github.com/org/x"), "R42 not its end");
	OK(!full("https://github[.]com/org/.*", "https://evil/?https://github.com/org/"),
	   "R42 not somewhere in it");
	OK(!full("a|b", "ab"), "R42 no alternative within");
	OK(full("^a$", "a") && !full("^a$", "ba") && !full("^a$", "a\n"), "R42 anchors are harmless");
	OK(full("a|ab", "ab") && full("(a|ab)(c|bcd)", "abcd"), "R42 whichever alternative fits");
	OK(full("[]a][.][[:digit:])]+", "].12)") && full("[0-9a-f]{4}", "09af"), "R42 brackets");
	OK(!full("x$", "x\ny"), "R42 a line feed ends nothing");
	OK(!full("a.c", "aBCc") && full("a.c", "a\nc"), "R42 . is any one byte");
	EQ(wf_regexp_compile("org", WF_R_CONFIG, &re, &err), WF_OK, "compiles");
	OK(wf_regexp_search(re, wf_str("my-org/x")), "a search finds it within");
	OK(!wf_regexp_search(re, wf_str("my-Org/x")), "and is case-sensitive");
	OK(!wf_regexp_full(re, (struct wf_str){"org\0x", 5}), "R42 a NUL does not end the text");
	IS(wf_regexp_pattern(re), "org", "keeps its words");
}

static void
refused(const char *pattern, const char *says)
{
	WF_AUTO(wf_regexp_freep) struct wf_regexp *re = NULL;
	struct wf_err err = {0};

	ERR(wf_regexp_compile(pattern, WF_R_CONFIG, &re, &err), &err, WF_R_CONFIG, pattern);
	OK(!re && strstr(err.msg, says), says);
	if (!strstr(err.msg, says))
		printf("# %s\n", err.msg);
}

static void
test_refused(void)
{
	char big[WF_MAX_PATTERN_BYTES + 2], deep[WF_MAX_REGEXP_DEPTH + 3];

	refused("", "nothing where something");
	refused("a|", "nothing where something");
	refused("(|a)", "nothing where something");
	refused("()", "nothing where something");
	refused("(a", "without \")\"");
	refused("a)", "without \"(\"");
	refused("[a", "without \"]\"");
	refused("[]", "without \"]\"");
	refused("*a", "nothing before it");
	refused("(+a)", "nothing before it");
	refused("a**", "a repetition of a repetition");
	refused(".*?", "a repetition of a repetition");
	refused("^*", "cannot be repeated");
	refused("\\d+", "no escape of POSIX");
	refused("(a)\\1", "no escape of POSIX");
	refused("\\w", "no escape of POSIX");
	refused("a\\", "at the end");
	refused("(?i)a", "another dialect");
	refused("(?:a)", "another dialect");
	refused("[\\w]", "in brackets");
	refused("[z-a]", "does not end in a later");
	refused("[a-c-e]", "a range of a range");
	refused("[[:foo:]]", "not a character class");
	refused("[[.a.]]", "not served");
	refused("[\xc3\xa9]", "only ASCII");
	refused("a{", "without a count");
	refused("a{,3}", "without a count");
	refused("a{3,2}", "not a count");
	refused("a)|(b", "without \"(\"");
	refused("a{256}", "a count above 255");
	refused("(a{255}){255}", "too large");
	refused("(((a{0}b{200}){200}){200}){200}", "too large");
	memset(big, 'a', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	refused(big, "at most 512");
	big[sizeof(big) - 2] = '\0';
	OK(full(big, big), "and at the limit it is taken");
	memset(deep, '(', WF_MAX_REGEXP_DEPTH + 1);
	memcpy(deep + WF_MAX_REGEXP_DEPTH + 1, "a", 2);
	refused(deep, "parentheses deep");
}

static const char *const pieces[] = {
	"a", "b", ".", "[ab]", "[^a]", "[a-c]", "(a|b)", "(ab|a)", "a*", "b+", "(a|b)*", "a?",
	"a{2}", "(ab){1,2}", "b{0,1}", "(a|bc|c)+", "[[:alpha:]]", "(a*b)*", "(a+|b?)+", "a{2,}",
	"^", "$", "\\.", "c|", "((a|b)c){0,2}", "(^a|b$)", "[]a]", "[a-]",
};

/* The C library's matcher is the oracle: random expressions, random words. */
static void
test_against_libc(void)
{
	unsigned seed = 20261121u, i, j, k, n = 0, bad = 0, yes = 0;
	char pattern[256], anchored[300], text[12];

	for (i = 0; i < 4000; i++) {
		WF_AUTO(wf_regexp_freep) struct wf_regexp *re = NULL;
		regex_t want;

		pattern[0] = '\0';
		for (j = 0; j < 1 + i % 5; j++)
			strcat(pattern, pieces[(seed = seed * 1103515245u + 12345u) / 65536 % WF_COUNT(pieces)]);
		if (wf_regexp_compile(pattern, WF_R_CONFIG, &re, NULL))
			continue;
		(void)snprintf(anchored, sizeof(anchored), "^(%s)$", pattern);
		if (regcomp(&want, anchored, REG_EXTENDED | REG_NOSUB))
			continue;
		for (j = 0; j < 30; j++) {
			for (k = 0; k < j % 9; k++)
				text[k] = "abc."[(seed = seed * 1103515245u + 12345u) / 65536 % 4];
			text[k] = '\0';
			n++;
			yes += wf_regexp_full(re, wf_str(text));
			if (wf_regexp_full(re, wf_str(text)) == (regexec(&want, text, 0, NULL, 0) == 0))
				continue;
			if (bad++ < 5)
				printf("# /%s/ on \"%s\"\n", pattern, text);
		}
		regfree(&want);
	}
	printf("# %u comparisons, %u matches\n", n, yes);
	OK(n > 50000 && yes > 5000, "enough was compared");
	EQ(bad, 0, "agrees with the C library");
}

/* What takes a backtracking matcher longer than the universe: half a second
 * here, and the runner ends a program that does not come back. */
static void
test_cost(void)
{
	static const char *const slow[] = {
		"(a*)*b", "(a|a)*b", "(a+)+b", "(a|aa)+b", "(.*a){60}b", "((a{1,30}){1,12})*b", "(.*a){200}b", "((a|a|a|a)*){80}b",
		"(a|aa|aaa|aaaa)*(b|a*)*c", "((((((a*)*)*)*)*)*)*b",
		"(a?){255}a{255}b", "a*a*a*a*a*a*a*a*b",
	};
	char text[WF_MAX_REGEXP_TEXT + 2];
	size_t i;

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	text[WF_MAX_REGEXP_TEXT] = '\0';
	for (i = 0; i < WF_COUNT(slow); i++)
		OK(!full(slow[i], text), slow[i]);
	OK(full("a*", text), "a text at the limit matches");
	text[WF_MAX_REGEXP_TEXT] = 'a';
	OK(!full("a*", text), "R42 a longer one does not");
}

int
main(void)
{
	test_whole();
	test_refused();
	test_against_libc();
	test_cost();
	return tap_done();
}
