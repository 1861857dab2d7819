/* SPDX-License-Identifier: Apache-2.0
 *
 * The door to libcrypto for public keys and signatures.  Served: ECDSA on
 * P-256, P-384 and P-521 (DER), RSA 2048 to 8192 with PKCS#1 v1.5, Ed25519.
 * The hash follows from the key (sigstore algorithm registry), never from
 * the signature's surroundings.  openssl.cnf has no say in a verdict.
 */
#ifndef WF_DEP_SIGKEY_H
#define WF_DEP_SIGKEY_H

#include <stdint.h>

#include "base/buf.h"

struct wf_sigkey;

#define WF_SIGKEY_ID_TEXT 72 /* "sha256:" + 64 + NUL */

/* Reads one public key: PEM or DER SubjectPublicKeyInfo, or a PEM or DER
 * certificate, whose key is taken (its dates and issuer are not looked at:
 * the file itself is what is trusted).  Exactly one object, nothing around it
 * but white space.  WF_R_CONFIG says what was found; name is for messages.
 * Caller frees *out. */
WF_MUST enum wf_rc wf_sigkey_load(struct wf_str bytes, const char *name,
                                  struct wf_sigkey **out, struct wf_err *err);
/* A SubjectPublicKeyInfo of a file with many keys of which few are used: of
 * the usual forms (P-256, P-384, Ed25519) all but the point is read now, the
 * point at first use.  One that is none verifies nothing. */
WF_MUST enum wf_rc wf_sigkey_load_late(struct wf_str spki, const char *name,
                                       struct wf_sigkey **out, struct wf_err *err);
void wf_sigkey_free(struct wf_sigkey *); /* NULL is fine */
void wf_sigkey_freep(struct wf_sigkey **);

/* "sha256:<hex>" of the DER SubjectPublicKeyInfo, points uncompressed. */
const char *wf_sigkey_id(const struct wf_sigkey *);
/* Adds the DER SubjectPublicKeyInfo that the id is the hash of. */
WF_MUST enum wf_rc wf_sigkey_spki(const struct wf_sigkey *, struct wf_buf *out,
                                  struct wf_err *err);
/* "ecdsa-p256", "rsa-3072", "ed25519" */
const char *wf_sigkey_algorithm(const struct wf_sigkey *);

enum wf_sigkey_outcome {
	WF_SIGKEY_BAD = 0, /* it does not verify */
	WF_SIGKEY_GOOD,
	WF_SIGKEY_CANNOT,  /* this libcrypto, or a digest alone, cannot tell */
};

/* Checks a signature over the message.  ECDSA: the curve's hash, then SHA-256
 * once for P-384 and P-521 (what cosign's verifiers assume).  RSA: SHA-256.
 * Ed25519: pure, then Ed25519ph where libcrypto has it (3.2); where it does
 * not, a signature of the right length that fails as pure is CANNOT, for it
 * may be a good Ed25519ph one, which is what cosign writes.
 * *how: a literal such as "ecdsa-p256-sha256" when GOOD, why when CANNOT. */
enum wf_sigkey_outcome wf_sigkey_verify(const struct wf_sigkey *,
                                        struct wf_str message, struct wf_str sig,
                                        const char **how);

/* The same when only the SHA-256 of the message is known.  Schemes that need
 * another hash or the message itself are CANNOT. */
enum wf_sigkey_outcome wf_sigkey_verify_sha256(const struct wf_sigkey *,
                                               const uint8_t digest[32],
                                               struct wf_str sig,
                                               const char **how);

#endif
