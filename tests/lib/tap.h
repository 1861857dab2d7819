/* SPDX-License-Identifier: Apache-2.0
 *
 * TAP for unit tests.  tap_done() at the end prints the plan and gives the
 * exit code; a failed check prints what was expected and found.
 */
#ifndef WF_TESTS_LIB_TAP_H
#define WF_TESTS_LIB_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static int tap_n, tap_bad;

/* Steps through a long row of cases that are alike: each one, but under a tool
 * that takes fifty times as long only every nth (odd, so that each bit of a
 * byte has its turn). */
static inline size_t
tap_step(size_t n)
{
	return getenv("TEST_SLOW") ? n : 1;
}

static inline bool
tap_ok(bool ok, const char *name, const char *file, int line)
{
	tap_n++;
	if (!ok)
		tap_bad++;
	printf("%sok %d - ", ok ? "" : "not ", tap_n);
	for (; *name; name++) /* a name may be the text under test */
		putchar((unsigned char)*name < 0x20 || *name == '#' ? '?' : *name);
	putchar('\n');
	if (!ok)
		printf("# at %s:%d\n", file, line);
	return ok;
}

static inline bool
tap_str(const char *got, const char *want, const char *name, const char *file, int line)
{
	bool ok = got && want ? strcmp(got, want) == 0 : got == want;

	if (!tap_ok(ok, name, file, line))
		printf("# expected: %s\n#    found: %s\n", want ? want : "(null)", got ? got : "(null)");
	return ok;
}

static inline bool
tap_int(long long got, long long want, const char *name, const char *file, int line)
{
	if (!tap_ok(got == want, name, file, line))
		printf("# expected: %lld\n#    found: %lld\n", want, got);
	return got == want;
}

/* rc and err say exactly this reason (and so this exit code). */
static inline bool
tap_err(enum wf_rc rc, const struct wf_err *e, enum wf_reason want, const char *name,
        const char *file, int line)
{
	bool ok = rc == wf_reason_code(want) && (want == WF_R_OK || (e->code == rc && e->reason == want));

	if (!tap_ok(ok, name, file, line))
		printf("# expected: %s (%d)\n#    found: %s (%d) %s\n", wf_reason_word(want),
		       (int)wf_reason_code(want), wf_reason_word(e->reason), (int)rc, e->msg);
	return ok;
}

#define OK(cond, name) tap_ok((cond), (name), __FILE__, __LINE__)
#define IS(got, want, name) tap_str((got), (want), (name), __FILE__, __LINE__)
#define EQ(got, want, name) tap_int((long long)(got), (long long)(want), (name), __FILE__, __LINE__)
#define ERR(rc, err, reason, name) tap_err((rc), (err), (reason), (name), __FILE__, __LINE__)

static inline int
tap_done(void)
{
	printf("1..%d\n", tap_n);
	return tap_bad ? 1 : 0;
}

#endif
