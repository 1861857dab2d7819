/* SPDX-License-Identifier: Apache-2.0
 *
 * libcrypto's own value of a certificate, for the doors in src/dep/ alone.
 */
#ifndef WF_DEP_X509_RAW_H
#define WF_DEP_X509_RAW_H

#include <openssl/types.h>

#include "dep/x509.h"

/* Borrowed; must not be changed. */
X509 *wf_x509_raw(const struct wf_x509 *);

#endif
