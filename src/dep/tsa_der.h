/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of a timestamp response that libcrypto reads too loosely or not
 * at all, for tsa.c alone: views in, views out.
 */
#ifndef WF_DEP_TSA_DER_H
#define WF_DEP_TSA_DER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* TimeStampResp with status granted or grantedWithMods and nothing behind
 * it: the token inside.  Returns NULL, or what is wrong. */
const char *wf_tsa_der_response(struct wf_str der, struct wf_str *token);

/* "20250612120220.5Z": GeneralizedTime of RFC 3161 section 2.4.2.  0 or -1. */
WF_MUST int wf_tsa_der_time(struct wf_str, int64_t *sec, uint32_t *nsec);

/* SigningCertificateV2 (RFC 5035): its first certificate is this one. */
bool wf_tsa_der_names(struct wf_str der, struct wf_str certificate);
/* SigningCertificate (RFC 2634), which has no other hash than SHA-1. */
bool wf_tsa_der_names_sha1(struct wf_str der, const uint8_t sha1[20]);

#endif
