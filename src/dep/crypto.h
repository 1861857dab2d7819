/* SPDX-License-Identifier: Apache-2.0
 *
 * The door to libcrypto (OpenSSL 3): hashing.  Signatures and keys are in
 * dep/sigkey.h, behind the same door.
 */
#ifndef WF_DEP_CRYPTO_H
#define WF_DEP_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define WF_SHA256_BYTES 32u

/* Streaming SHA-256.  new never fails (out of memory aborts); free on NULL
 * is fine. */
struct wf_sha256;
struct wf_sha256 *wf_crypto_sha256_new(void);
void wf_crypto_sha256_add(struct wf_sha256 *, const void *, size_t);
/* Writes the digest; the state may be started again with reset only. */
void wf_crypto_sha256_end(struct wf_sha256 *, uint8_t out[WF_SHA256_BYTES]);
void wf_crypto_sha256_reset(struct wf_sha256 *);
void wf_crypto_sha256_freep(struct wf_sha256 **);

/* One shot. */
void wf_crypto_sha256(const void *, size_t, uint8_t out[WF_SHA256_BYTES]);

/* SHA-256, SHA-384 or SHA-512 by its bits; bits / 8 bytes are written. */
void wf_crypto_sha2(unsigned bits, const void *, size_t, uint8_t out[64]);

/* What openssl.cnf says, for TLS alone: called before libcurl or libpq is
 * opened.  Hashes and verdicts never read it. */
void wf_crypto_system_config(void);

/* "OpenSSL 3.0.19 ..." of the library in use. */
const char *wf_crypto_version(void);

#endif
