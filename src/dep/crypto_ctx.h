/* SPDX-License-Identifier: Apache-2.0
 *
 * The library context of crypto.c, for the doors to libcrypto alone.
 */
#ifndef WF_DEP_CRYPTO_CTX_H
#define WF_DEP_CRYPTO_CTX_H

#include <openssl/types.h>

/* One of our own: what the system's openssl.cnf says about providers and
 * security levels must not change a digest or a verdict (TLS keeps it), and
 * reading it costs every start 0.6 ms. */
OSSL_LIB_CTX *wf_crypto_ctx(void);

#endif
