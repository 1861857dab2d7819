/* SPDX-License-Identifier: Apache-2.0
 *
 * The error contract: first failure wins, texts are escaped, every reason has
 * a word and a code of the contract, severities are in its order.
 */
#include <errno.h>

#include "base/err.h"
#include "tests/lib/tap.h"

static void
setting(void)
{
	struct wf_err e = {0};

	EQ(wf_err_set(&e, WF_R_MALFORMED, "bad %d", 1), 65, "set returns the code");
	IS(e.msg, "bad 1", "and keeps the message");
	EQ(wf_err_set(&e, WF_R_BUG, "later"), 65, "the first failure wins");
	IS(e.msg, "bad 1", "with its message");
	EQ(e.reason, WF_R_MALFORMED, "and its reason");
	EQ(wf_err_wrap(&e, "file %s", "x"), 65, "wrap returns the code");
	IS(e.msg, "file x: bad 1", "and puts its text in front");
	EQ(wf_err_hint(&e, "Do %s.", "this"), 65, "hint returns the code");
	EQ(wf_err_hint(&e, "Do that."), 65, "a second one too");
	IS(e.hint, "Do this.", "but the first stays");
	wf_err_clear(&e);
	EQ(e.code, WF_OK, "cleared");
	IS(e.msg, "", "altogether");
	EQ(wf_err_set(NULL, WF_R_DENIED, "x"), 15, "without a place the code is still returned");
	EQ(wf_err_set(&e, WF_R_OK, "x"), 70, "a failure without a reason is a bug");
	wf_err_clear(&e);
	EQ(wf_err_wrap(&e, "x"), 70, "and so is context for no error");
	wf_err_clear(&e);
	errno = ENOENT;
	EQ(wf_err_sys(&e, WF_R_NO_INPUT, "open"), 66, "errno");
	IS(e.msg, "open: No such file or directory", "is told");
	EQ(e.sys, ENOENT, "and kept");
	EQ(errno, ENOENT, "here too");
	wf_err_clear(&e);
	errno = 0;
	EQ(wf_err_sys(&e, WF_R_IO, "read"), 74, "no errno");
	OK(e.sys != 0, "is not shown as success");
}

static void
escaping(void)
{
	struct wf_err e = {0};
	char longer[2000];
	size_t i;

	(void)wf_err_set(&e, WF_R_MALFORMED, "a\033[31m\n%s", "\xff");
	IS(e.msg, "a\\x1b[31m\\x0a\\xff", "what moves a cursor is escaped");
	(void)wf_err_wrap(&e, "\r");
	IS(e.msg, "\\x0d: a\\x1b[31m\\x0a\\xff", "in the context too, and only once");
	(void)wf_err_hint(&e, "\t");
	IS(e.hint, "\\x09", "and in the hint");
	wf_err_clear(&e);
	for (i = 0; i + 2 < sizeof(longer); i += 2)
		memcpy(longer + i, "\xc3\xa9", 2);
	longer[i] = '\0';
	(void)wf_err_set(&e, WF_R_MALFORMED, "x%s", longer);
	OK(strlen(e.msg) < sizeof(e.msg) && strcmp(e.msg + strlen(e.msg) - 3, "...") == 0,
	   "a long message says that it is cut");
	(void)wf_err_wrap(&e, "y%s", longer);
	OK(wf_err_set(&e, WF_R_BUG, "z") == 65 && strstr(e.msg, ": x") != NULL,
	   "a long context does not push the message out");
	for (i = 0; e.msg[i]; i++)
		if ((unsigned char)e.msg[i] == 0xc3 && (unsigned char)e.msg[i + 1] != 0xa9)
			break;
	OK(!e.msg[i], "no character is cut in two");
}

static void
reasons(void)
{
	static const int codes[] = {0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 64,
	                            65, 66, 69, 70, 73, 74, 75, 76, 77, 78};
	static const char *const words[] = {
		"no-signature", "no-policy", "signature-mismatch", "digest-mismatch",
		"wrong-key", "identity-mismatch", "issuer-mismatch", "certificate-chain",
		"certificate-time", "sct-missing", "sct-invalid", "log-proof-missing",
		"log-proof-invalid", "checkpoint-invalid", "timestamp-missing",
		"timestamp-invalid", "unsupported-algorithm", "unsupported-version",
		"malformed", "limit", "subject-mismatch", "predicate-mismatch",
		"keyless-unsupported", "revoked", "claimed",
	};
	unsigned r;
	size_t i;
	bool code, unique = true;

	for (r = 0; r < WF_R_COUNT; r++) {
		const char *word = wf_reason_word((enum wf_reason)r);

		code = false;
		for (i = 0; i < WF_COUNT(codes); i++)
			code |= (int)wf_reason_code((enum wf_reason)r) == codes[i];
		OK(code && word[0] && wf_reason_meaning((enum wf_reason)r)[0] &&
		   strspn(word, "abcdefghijklmnopqrstuvwxyz-") == strlen(word), word);
		/* one word, one code; a candidate's "malformed" and "limit" are the
		 * exceptions of the contract */
		for (i = 0; i < r; i++)
			if (strcmp(wf_reason_word((enum wf_reason)i), word) == 0 &&
			    r != WF_R_MALFORMED && r != WF_R_LIMIT)
				unique = false;
	}
	OK(unique, "no other word is used twice");
	for (i = 0; i < WF_COUNT(words); i++) {
		for (r = 0; r < WF_R_COUNT; r++)
			if (strcmp(wf_reason_word((enum wf_reason)r), words[i]) == 0)
				break;
		OK(r < WF_R_COUNT, words[i]);
	}
	IS(wf_reason_word((enum wf_reason)9999), "bug", "no such reason is a bug");
	EQ(wf_reason_code((enum wf_reason)9999), 70, "with its code");
}

static void
severity(void)
{
	/* contract section 3, the most severe first */
	static const int order[] = {70, 16, 17, 12, 14, 13, 10, 18, 15, 20, 11, 2, 78, 77, 76,
	                            74, 73, 69, 75, 66, 65, 64, 1, 4, 3, 0};
	char name[60];
	size_t i;

	for (i = 1; i < WF_COUNT(order); i++) {
		(void)snprintf(name, sizeof(name), "%d is worse than %d", order[i - 1], order[i]);
		OK(wf_rc_worse((enum wf_rc)order[i - 1], (enum wf_rc)order[i]) ==
		   (enum wf_rc)order[i - 1] &&
		   wf_rc_worse((enum wf_rc)order[i], (enum wf_rc)order[i - 1]) ==
		   (enum wf_rc)order[i - 1], name);
	}
	EQ(wf_rc_severity((enum wf_rc)99), wf_rc_severity(WF_E_BUG), "a code unknown is a bug");
}

int
main(void)
{
	setting();
	escaping();
	reasons();
	severity();
	return tap_done();
}
