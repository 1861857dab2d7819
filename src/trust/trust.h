/* SPDX-License-Identifier: Apache-2.0
 *
 * The judge.  The only maker of struct wf_verified: whoever holds one knows
 * that the artifact's signatures satisfied every rule given, and that the
 * module's bytes inside are the ones the signed manifest names.
 *
 * How a candidate is judged (sigstore client specification; legacy: cosign
 * SIGNATURE_SPEC):
 *  1. collected whole, form allowed by the rule, parsed strictly;
 *  2. the signature, by each key of the authority or by the key of the
 *     certificate that came with it, over the exact bytes: the payload
 *     (legacy) or the DSSE pre-authentication encoding (bundle).  Nothing that
 *     is signed is parsed before that;
 *  3. log entries and timestamps, by the authority's trusted root: each must
 *     be about this signature, one that is bad refuses, those of services that
 *     the root does not know count for nothing.  They give the verified times;
 *     "now" is none.  A key without a trusted root: not evaluated;
 *  4. the certificate at every verified time, and whom it names;
 *  5. the signed statement: kind, subject (the manifest digest), annotations.
 *
 * Reason when no key verifies: a bundle's key hint (or DSSE keyid) that has
 * the form of a key id and is not the id of any key tried gives `wrong-key`;
 * everything else, and every legacy signature, which has no hint, gives
 * `signature-mismatch`; a signature that this libcrypto cannot rule out
 * (Ed25519ph before OpenSSL 3.2) gives `unsupported-algorithm`.  The hint is
 * not signed: it decides a word, never a verdict.
 */
#ifndef WF_TRUST_TRUST_H
#define WF_TRUST_TRUST_H

#include "base/mem.h"
#include "policy/policy.h"
#include "trust/instant.h"
#include "trust/keyring.h"

/* Who signed, as far as it was verified.  Texts are escaped. */
struct wf_signer {
	char key_id[80];       /* "sha256:<hex of the SPKI>" of a key; "" for a certificate */
	const char *key_path;  /* where the rule has the key; NULL for a certificate */
	const char *identity;  /* subject of the certificate; NULL for a key */
	const char *issuer;
	const char *workflow;  /* buildConfigURI, else buildSignerURI; NULL: not said */
	const char *source;    /* sourceRepositoryURI, "@" and its digest */
	const char *run;       /* runInvocationURI */
	bool logged;           /* an entry verified: */
	int64_t log_index;
	const char *log;       /* base URL */
	char time[WF_INSTANT_TEXT]; /* earliest verified one; "": none */
};

/* What became of one candidate under all rules: verified when it satisfied an
 * authority of any of them, else the reason that came closest. */
struct wf_verdict {
	size_t candidate;        /* index into the artifact's candidates */
	enum wf_form form;
	struct wf_digest digest;
	bool verified;
	enum wf_reason reason;   /* WF_R_OK when verified */
	char detail[320];        /* escaped; expected and found */
	char hint[256];          /* "": none */
	const char *authority;   /* first one that it satisfied, or NULL */
	const char *attestation; /* it counts as one of this type, not as a signature */
	struct wf_signer who;    /* when verified */
	/* proofs a key signature carries and for which no trusted root is named,
	 * or of services that it does not know */
	bool proofs_not_evaluated;
	char **steps;            /* for -v: what was checked, in order; escaped */
	size_t nsteps;
};

struct wf_authority_result {
	const char *rule;        /* where it comes from: "system policy", "--key", … */
	const char *name;
	bool satisfied;
	struct wf_signer who;    /* who satisfied it */
};

/* An attestation that a rule demands. */
struct wf_attestation_result {
	const char *rule;
	const char *predicate_type;
	bool satisfied;
	const char *authority;   /* which of its authorities signed one */
	struct wf_signer who;
};

/* Verdicts are in the order of the candidates.  Strings live as long as the
 * judgement and the rules. */
struct wf_judgement {
	struct wf_verdict *verdicts;
	size_t nverdicts;
	struct wf_authority_result *authorities;
	size_t nauthorities;
	struct wf_attestation_result *attestations;
	size_t nattestations;
	struct wf_arena arena;
};
#define WF_JUDGEMENT_INIT {.verdicts = NULL}
void wf_judgement_free(struct wf_judgement *); /* NULL is fine; may be reused */

/* One rule with where it comes from ("system policy", "--key", "entry
 * policy"), for messages, and annotations demanded on top (`-a`). */
struct wf_rule_source {
	const struct wf_trust_rule *rule; /* NULL: no rule matches, WF_R_NO_POLICY */
	const char *name;
	const struct wf_pair *annotations;
	size_t nannotations;
};

struct wf_verified; /* opaque; proof that the judge said yes */

/* Everything that decides, borrowed for the call. */
struct wf_trust_input {
	const struct wf_rule_source *rules;
	size_t nrules;                     /* 0 is WF_R_NO_POLICY */
	const struct wf_deny *const *denies;
	size_t ndenies;
	struct wf_keyring *keyring;        /* keeps parsed keys between calls */
	/* of a packed artifact the digest of the module inside, as it was taken
	 * out of the layer that the manifest names; NULL: not known */
	const struct wf_digest *inside;
};

/* Judges the artifact (its manifest bytes are hashed again here) by every
 * rule: all must pass (contract section 2, trust options).  Denies have the
 * first word (manifest, module) and the last (key): WF_R_REVOKED.  Where they
 * name modules and the one inside a packed artifact is not known, what is well
 * but for that is WF_R_UNCHECKED.  No
 * candidate at all, or none but unsigned forms: WF_R_NO_SIGNATURE.  Else the
 * most severe exit code among the candidates of the first rule that fails
 * (contract section 3), with the reason of that code which came closest.
 * Two authorities of one `all` or `atLeast` rule that share a key or an
 * identity are WF_R_CONFIG: one signature would count twice; so may no
 * certificate's identity satisfy two of them.
 * The judgement is filled on success and on refusal.  *out is set on WF_OK
 * only; may be NULL when only the verdict is wanted. */
WF_MUST enum wf_rc wf_trust_judge(const struct wf_artifact *,
                                  const struct wf_trust_input *,
                                  struct wf_judgement *,
                                  struct wf_verified **out, struct wf_err *err);

/* A bare file or digest.  whole false: only its digest is known. */
struct wf_trust_blob {
	struct wf_digest digest;
	struct wf_str bytes;
	bool whole;
};

/* Judges a bare file or digest: candidates are bundle files about it, message
 * signatures or statements of any predicate type.  Deny: manifests and
 * modules alike. */
WF_MUST enum wf_rc wf_trust_judge_blob(const struct wf_trust_blob *,
                                       const struct wf_candidate *, size_t ncand,
                                       const struct wf_trust_input *,
                                       struct wf_judgement *,
                                       struct wf_err *err);

/* Gives the verified artifact its module: bytes must have the size and the
 * digest that the signed manifest names (WF_R_DIGEST_MISMATCH,
 * WF_R_SIZE_MISMATCH).  Takes over *bytes on WF_OK. */
WF_MUST enum wf_rc wf_verified_attach(struct wf_verified *, struct wf_buf *bytes,
                                      struct wf_err *err);

const struct wf_digest *wf_verified_manifest(const struct wf_verified *);
const struct wf_digest *wf_verified_module(const struct wf_verified *);
/* The attached bytes; len 0 before wf_verified_attach. */
struct wf_str wf_verified_bytes(const struct wf_verified *);
/* "release-key sha256:…" or "ci https://…" of the first satisfied authority. */
const char *wf_verified_signer(const struct wf_verified *);
void wf_verified_free(struct wf_verified *);
void wf_verified_freep(struct wf_verified **);

#endif
