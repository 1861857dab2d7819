/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes keys, payloads, bundles and artifacts for tests, so that a negative
 * case changes exactly one thing of a case that was shown to pass.  Aborts on
 * any failure: it is never what is tested.
 */
#ifndef WF_TESTS_LIB_SIGN_H
#define WF_TESTS_LIB_SIGN_H

#include "base/mem.h"
#include "dep/json.h"
#include "policy/policy.h"
#include "ref/artifact.h"

struct sign_key;

/* "p256" "p384" "p521" "k1" (secp256k1) "ed25519" "rsa1024" "rsa2048"
 * "rsa3072" "rsa4096" "rsapss" (an id-RSASSA-PSS key).  RSA keys are read from
 * tests/data/keys: making one takes minutes under valgrind. */
struct sign_key *sign_key_new(const char *kind);
/* From a PKCS#8 PEM file without a password. */
struct sign_key *sign_key_read(const char *path);
void sign_key_freep(struct sign_key **);

enum sign_format { SIGN_PEM, SIGN_DER, SIGN_CERT_PEM, SIGN_CERT_DER, SIGN_PRIVATE_PEM };
/* Caller frees with wf_buf_free. */
struct wf_buf sign_public(const struct sign_key *, enum sign_format);
/* "sha256:<hex>" of the SPKI; static until the next call. */
const char *sign_id(const struct sign_key *);

/* hash: "SHA256", …; NULL: the scheme's own (Ed25519: none).  Caller frees. */
struct wf_buf sign_bytes(const struct sign_key *, const char *hash, struct wf_str msg);
/* base64, caller frees with free(). */
char *sign_base64(struct wf_str);

/* cosign's payload for the digest ("sha256:…"); optional: JSON text, NULL for null. */
char *sign_payload(const char *digest, const char *optional);
/* cosign's statement for the digest; annotations: JSON text or NULL. */
char *sign_statement(const char *digest, const char *annotations);

/* A v0.3 bundle as JSON to be changed: DSSE over the statement text, or a
 * message signature.  hash as above. */
struct wf_json *sign_dsse(const struct sign_key *, const char *hash, const char *statement);
struct wf_json *sign_message(const struct sign_key *, const char *hash, struct wf_str msg);
/* Replaces (or with NULL removes) the member at a dotted path, "a.b.0.c". */
void sign_set(struct wf_json *root, const char *path, struct wf_json *value);
/* Parses JSON text, for sign_set. */
struct wf_json *sign_json(const char *text);
char *sign_text(const struct wf_json *); /* caller frees */

/* A rule of one authority "release-key" that takes all formats; static parts
 * must be filled by the caller's table when it wants others. */
struct sign_rule {
	struct wf_policy_key key[4];
	struct wf_buf bytes[4];
	struct wf_authority authority;
	struct wf_trust_rule rule;
};
void sign_rule_init(struct sign_rule *, const struct sign_key *const *keys, size_t n);
void sign_rule_free(struct sign_rule *);

#endif
