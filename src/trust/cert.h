/* SPDX-License-Identifier: Apache-2.0
 *
 * The signing certificate of an identity: what it says, and whether the trust
 * root vouches for it at every verified time (sigstore client specification
 * 4.2 and 4.3, RFC 5280, RFC 6962).  Certificates that come with a signature
 * are never used to build a path.
 */
#ifndef WF_TRUST_CERT_H
#define WF_TRUST_CERT_H

#include "dep/x509.h"
#include "trust/instant.h"
#include "trust/root.h"
#include "trust/steps.h"

#define WF_CERT_EXTENSIONS 24u

struct wf_cert_extension {
	const char *name;    /* "sourceRepositoryURI" */
	struct wf_str value;
};

struct wf_cert {
	struct wf_x509 *x509;
	struct wf_sigkey *key;
	enum wf_x509_san_kind kind;
	struct wf_str subject;   /* the one subject alternative name */
	struct wf_str issuer;    /* empty: the certificate does not say */
	struct wf_cert_extension extensions[WF_CERT_EXTENSIONS]; /* those present */
	size_t nextensions;
};
#define WF_CERT_INIT {.x509 = NULL}
void wf_cert_free(struct wf_cert *); /* NULL is fine; may be reused */

/* Reads a leaf.  Not DER, an extension twice, one that is not what its OID
 * says: WF_R_CANDIDATE_MALFORMED (R39, R41, R43).  Not exactly one subject
 * alternative name of a kind that is an identity: WF_R_CERTIFICATE_CHAIN
 * (R39).  Two issuers that differ: WF_R_ISSUER_MISMATCH (R41).  A key that
 * cannot be used: WF_R_UNSUPPORTED_ALGORITHM.  out is WF_CERT_INIT before. */
WF_MUST enum wf_rc wf_cert_read(struct wf_str der, struct wf_cert *out,
                                struct wf_err *err);

/* The same for an annotation: exactly one PEM certificate. */
WF_MUST enum wf_rc wf_cert_read_pem(struct wf_str pem, struct wf_cert *out,
                                    struct wf_err *err);

/* By the name in fulcio's oid-info, the issuer as "issuer".  false: absent. */
bool wf_cert_extension(const struct wf_cert *, const char *name, struct wf_str *out);
/* Whether a policy may ask for it. */
bool wf_cert_extension_known(const char *name);

/* What the root said yes to. */
struct wf_cert_judgement {
	const struct wf_root_ca *ca;
	size_t scts; /* distinct certificate logs that vouched */
};

/* R35 to R40: at all n times given there is one CA of the root whose window
 * and whose whole path hold, the leaf may sign code, and at least
 * scts_needed distinct logs of the root signed a timestamp for it; one of a
 * known log that does not verify refuses.  n == 0 is refused: "now" is no
 * time.  Reasons: WF_R_TIMESTAMP_MISSING (no time), WF_R_CERTIFICATE_CHAIN,
 * WF_R_CERTIFICATE_TIME, WF_R_SCT_MISSING, WF_R_SCT_INVALID.  *out may be
 * NULL. */
WF_MUST enum wf_rc wf_cert_judge(const struct wf_cert *, const struct wf_root *,
                                 const struct wf_instant *times, size_t n,
                                 size_t scts_needed, struct wf_steps *,
                                 struct wf_cert_judgement *out, struct wf_err *err);

/* R10: a chain in a bundle of version 0.1 or 0.2: every certificate reads and
 * none but the first is looked at further; a self-signed one is
 * WF_R_CANDIDATE_MALFORMED. */
WF_MUST enum wf_rc wf_cert_check_chain(const struct wf_str *ders, size_t n,
                                       struct wf_err *err);

#endif
