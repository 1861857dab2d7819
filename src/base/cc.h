/* SPDX-License-Identifier: Apache-2.0
 *
 * Compiler marks used everywhere.  Nothing here has behaviour of its own.
 */
#ifndef WF_BASE_CC_H
#define WF_BASE_CC_H

/* The result must be looked at: put on every fallible function. */
#define WF_MUST __attribute__((warn_unused_result))
#define WF_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define WF_NORETURN __attribute__((noreturn))
#define WF_UNUSED __attribute__((unused))

/* Owned local: freed when it leaves scope.  f takes a pointer to the
 * variable, so `WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(max);`
 * Initialise at the declaration, always.  (clang calls a variable unused that
 * nothing but its cleanup reads.) */
#define WF_AUTO(f) __attribute__((cleanup(f), unused))

#define WF_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
