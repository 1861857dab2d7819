/* SPDX-License-Identifier: Apache-2.0
 *
 * Fills struct wf_err.  Escapes what it is given: an error message is the
 * shortest way for hostile bytes to reach a terminal or a log.
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define RAW_TEXT 4096u
#define MAX_CONTEXT 200u /* of a message, so that it does not push it out */

struct reason_row {
	const char *word;
	enum wf_rc code;
	const char *meaning;
};

static const struct reason_row reasons[WF_R_COUNT] = {
#define WF_REASON_ROW(name, word, code, meaning) {word, (enum wf_rc)(code), meaning},
	WF_REASONS(WF_REASON_ROW)
#undef WF_REASON_ROW
};

const char *
wf_reason_word(enum wf_reason reason)
{
	return (unsigned)reason < WF_R_COUNT ? reasons[reason].word : "bug";
}

const char *
wf_reason_meaning(enum wf_reason reason)
{
	return (unsigned)reason < WF_R_COUNT ? reasons[reason].meaning : "";
}

enum wf_rc
wf_reason_code(enum wf_reason reason)
{
	return (unsigned)reason < WF_R_COUNT ? reasons[reason].code : WF_E_BUG;
}

static enum wf_rc set(struct wf_err *, enum wf_reason, int sys, const char *fmt, va_list ap)
	WF_PRINTF(4, 0);

static enum wf_rc
set(struct wf_err *err, enum wf_reason reason, int sys, const char *fmt,
    va_list ap)
{
	enum wf_rc code = wf_reason_code(reason);
	char raw[RAW_TEXT]; /* more than is shown, so that a cut is seen as one */
	int n;

	if (code == WF_OK) { /* a failure without a reason is our own fault */
		code = WF_E_BUG;
		reason = WF_R_BUG;
	}
	if (!err)
		return code;
	if (err->code != WF_OK)
		return err->code;
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	if (sys && n >= 0 && (size_t)n < sizeof(raw))
		(void)snprintf(raw + n, sizeof(raw) - (size_t)n, ": %s",
		               strerror(sys));
	wf_text_escape(raw, strnlen(raw, sizeof(raw)), err->msg,
	               sizeof(err->msg));
	err->code = code;
	err->reason = reason;
	err->sys = sys;
	return code;
}

enum wf_rc
wf_err_set(struct wf_err *err, enum wf_reason reason, const char *fmt, ...)
{
	enum wf_rc rc;
	va_list ap;

	va_start(ap, fmt);
	rc = set(err, reason, 0, fmt, ap);
	va_end(ap);
	return rc;
}

enum wf_rc
wf_err_sys(struct wf_err *err, enum wf_reason reason, const char *fmt, ...)
{
	int sys = errno;
	enum wf_rc rc;
	va_list ap;

	va_start(ap, fmt);
	rc = set(err, reason, sys ? sys : EIO, fmt, ap);
	va_end(ap);
	errno = sys;
	return rc;
}

enum wf_rc
wf_err_wrap(struct wf_err *err, const char *fmt, ...)
{
	char raw[RAW_TEXT], joined[2 * sizeof(err->msg)];
	va_list ap;

	if (!err || err->code == WF_OK)
		return wf_err_set(err, WF_R_BUG, "context for no error");
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	/* a message that no longer fits loses its end, never all of its context */
	(void)wf_text_escape(raw, strlen(raw), joined, MAX_CONTEXT);
	(void)snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), ": %s",
	               err->msg);
	/* escaping what is escaped changes nothing but where it is cut */
	wf_text_escape(joined, strlen(joined), err->msg, sizeof(err->msg));
	return err->code;
}

enum wf_rc
wf_err_hint(struct wf_err *err, const char *fmt, ...)
{
	char raw[RAW_TEXT];
	va_list ap;

	if (!err)
		return WF_E_BUG;
	if (err->hint[0] == '\0') {
		va_start(ap, fmt);
		(void)vsnprintf(raw, sizeof(raw), fmt, ap);
		va_end(ap);
		wf_text_escape(raw, strnlen(raw, sizeof(raw)), err->hint,
		               sizeof(err->hint));
	}
	return err->code;
}

void
wf_err_clear(struct wf_err *err)
{
	if (err)
		memset(err, 0, sizeof(*err));
}

int
wf_rc_severity(enum wf_rc code)
{
	/* from harmless to worst: contract, "the most severe wins" */
	static const enum wf_rc order[] = {
		WF_OK,          WF_E_PENDING,   WF_E_UNCHECKED, WF_E_FAILED,
		WF_E_USAGE,     WF_E_FORMAT,    WF_E_NO_INPUT,  WF_E_TRY_AGAIN,
		WF_E_UNAVAILABLE, WF_E_CANNOT_CREATE, WF_E_IO,  WF_E_PROTOCOL,
		WF_E_AUTH,      WF_E_CONFIG,    WF_E_DRIFT,     WF_E_NOT_FOUND,
		WF_E_WINDOW,    WF_E_DENIED,    WF_E_ROLLBACK,  WF_E_NO_SIGNATURE,
		WF_E_IDENTITY,  WF_E_PROOF,     WF_E_UNTRUSTED, WF_E_REVOKED,
		WF_E_DIGEST,    WF_E_BUG,
	};
	int i;

	for (i = 0; i < (int)WF_COUNT(order); i++)
		if (order[i] == code)
			return i;
	return (int)WF_COUNT(order) - 1;
}

enum wf_rc
wf_rc_worse(enum wf_rc a, enum wf_rc b)
{
	return wf_rc_severity(a) >= wf_rc_severity(b) ? a : b;
}
