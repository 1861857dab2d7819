/* SPDX-License-Identifier: Apache-2.0
 *
 * A SHA-256 digest as OCI writes it: "sha256:" and 64 lower-case digits.
 * Another algorithm, length or case is refused before it can become a path
 * or a URL (CVE-2024-3727).
 */
#ifndef WF_REF_DIGEST_H
#define WF_REF_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define WF_DIGEST_TEXT 72 /* "sha256:" + 64 + NUL */

struct wf_digest {
	uint8_t sha256[32];
};

/* name says whose digest it is, for the message. */
WF_MUST enum wf_rc wf_digest_parse(struct wf_str text, const char *name,
                                   struct wf_digest *out, struct wf_err *err);
void wf_digest_text(const struct wf_digest *, char out[WF_DIGEST_TEXT]);
/* The 64 digits alone: a file name in blobs/sha256/. */
void wf_digest_hex(const struct wf_digest *, char out[65]);
bool wf_digest_eq(const struct wf_digest *, const struct wf_digest *);
void wf_digest_of(const void *, size_t, struct wf_digest *out);

/* WF_R_DIGEST_MISMATCH "NAME hashes to X, expected Y". */
WF_MUST enum wf_rc wf_digest_check(const void *, size_t,
                                   const struct wf_digest *want,
                                   const char *name, struct wf_err *err);

#endif
