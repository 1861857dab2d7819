/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys that libcrypto has decoded already, for the doors in src/dep/ alone.
 */
#ifndef WF_DEP_SIGKEY_RAW_H
#define WF_DEP_SIGKEY_RAW_H

#include <openssl/types.h>

#include "dep/sigkey.h"

/* The key of a certificate with its DER SubjectPublicKeyInfo; takes a
 * reference of its own.  NULL is no key: WF_R_CONFIG. */
WF_MUST enum wf_rc wf_sigkey_adopt(EVP_PKEY *, struct wf_str spki, const char *name,
                                   struct wf_sigkey **out, struct wf_err *err);

#endif
