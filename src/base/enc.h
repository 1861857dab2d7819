/* SPDX-License-Identifier: Apache-2.0
 *
 * Hex and base64, strict: one spelling for one value.
 */
#ifndef WF_BASE_ENC_H
#define WF_BASE_ENC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* out gets 2 * n lower-case digits and a NUL. */
void wf_enc_hex(const uint8_t *p, size_t n, char *out);

/* Exactly 2 * n lower-case digits, nothing else. */
bool wf_enc_unhex(struct wf_str hex, uint8_t *out, size_t n);

/* RFC 4648 section 4: standard alphabet, padding required, no white space,
 * unused bits zero.  Adds to out (its max bounds the result).
 * WF_R_MALFORMED or WF_R_LIMIT. */
WF_MUST enum wf_rc wf_enc_unbase64(struct wf_str text, struct wf_buf *out,
                                   struct wf_err *err);

/* Standard alphabet with padding. */
WF_MUST enum wf_rc wf_enc_base64(struct wf_str bytes, struct wf_buf *out,
                                 struct wf_err *err);

#endif
