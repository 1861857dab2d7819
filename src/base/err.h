/* SPDX-License-Identifier: Apache-2.0
 *
 * The error contract.  A fallible function returns enum wf_rc, takes
 * struct wf_err * last and is WF_MUST.  The one that fails writes one
 * sentence (lower case, no full stop, says what was expected and found);
 * callers add context in front with wf_err_wrap.  The first failure wins:
 * setting an error that is already set changes nothing.  On failure outputs
 * are untouched.  Nothing here prints or exits.
 */
#ifndef WF_BASE_ERR_H
#define WF_BASE_ERR_H

#include "base/cc.h"
#include "base/reason.h"

/* The value of each code is the exit code of the process that ends with it. */
enum wf_rc {
	WF_OK = 0,
	WF_E_FAILED = 1,
	WF_E_DRIFT = 2,
	WF_E_PENDING = 3,
	WF_E_UNCHECKED = 4,
	WF_E_NO_SIGNATURE = 10,
	WF_E_NOT_FOUND = 11,
	WF_E_UNTRUSTED = 12,
	WF_E_IDENTITY = 13,
	WF_E_PROOF = 14,
	WF_E_DENIED = 15,
	WF_E_DIGEST = 16,
	WF_E_REVOKED = 17,
	WF_E_ROLLBACK = 18,
	WF_E_WINDOW = 20,
	WF_E_USAGE = 64,
	WF_E_FORMAT = 65,
	WF_E_NO_INPUT = 66,
	WF_E_UNAVAILABLE = 69,
	WF_E_BUG = 70,
	WF_E_CANNOT_CREATE = 73,
	WF_E_IO = 74,
	WF_E_TRY_AGAIN = 75,
	WF_E_PROTOCOL = 76,
	WF_E_AUTH = 77,
	WF_E_CONFIG = 78,
};

struct wf_err {
	enum wf_rc code;       /* WF_OK: no error */
	enum wf_reason reason; /* stable word, see base/reason.h */
	int sys;               /* errno, 0 if none */
	char msg[640];         /* escaped: safe for a terminal, a log, JSON */
	char hint[320];        /* what to do; may be empty */
};

/* Sets the error and returns its code, so `return wf_err_set(…)` fails.
 * Arguments may carry bytes from outside: what is not printable is escaped.
 * err may be NULL: the code is still returned, but wrap and hint, which have
 * none to return then, make it WF_E_BUG.  Who passes NULL may ask only whether
 * it failed. */
enum wf_rc wf_err_set(struct wf_err *err, enum wf_reason reason,
                      const char *fmt, ...) WF_PRINTF(3, 4);

/* The same, and appends ": " and the text of errno. */
enum wf_rc wf_err_sys(struct wf_err *err, enum wf_reason reason,
                      const char *fmt, ...) WF_PRINTF(3, 4);

/* Puts "context: " in front of the message.  Returns the code. */
enum wf_rc wf_err_wrap(struct wf_err *err, const char *fmt, ...)
	WF_PRINTF(2, 3);

/* A full sentence that says what to do.  The first one stays.
 * Returns the code. */
enum wf_rc wf_err_hint(struct wf_err *err, const char *fmt, ...)
	WF_PRINTF(2, 3);

void wf_err_clear(struct wf_err *err);

const char *wf_reason_word(enum wf_reason reason);
const char *wf_reason_meaning(enum wf_reason reason);
enum wf_rc wf_reason_code(enum wf_reason reason);

/* How bad a code is: 0 for WF_OK, higher is worse (contract: the most severe
 * wins).  A code that is not listed counts as WF_E_BUG. */
int wf_rc_severity(enum wf_rc code);

/* The more severe of two. */
enum wf_rc wf_rc_worse(enum wf_rc a, enum wf_rc b);

#endif
