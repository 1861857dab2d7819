/* SPDX-License-Identifier: Apache-2.0
 *
 * One candidate against one authority, step by step: material, signature,
 * proofs, certificate and identity, what the signed statement says.  Rules
 * R11 to R46 of src/trust/README.md come together here.
 */
#ifndef WF_TRUST_ATTEMPT_H
#define WF_TRUST_ATTEMPT_H

#include "trust/denied.h"
#include "trust/evidence.h"
#include "trust/identity.h"
#include "trust/keyring.h"
#include "trust/provenance.h"
#include "trust/trust.h"

/* What the signed statement has to be. */
struct wf_purpose {
	/* NULL: a signature of the subject; else an attestation of this type */
	const char *predicate_type;
	struct wf_provenance_want provenance;
};

/* Annotations demanded: two lists, both must be there. */
struct wf_demand {
	const struct wf_pair *v;
	size_t n;
};

struct wf_attempt_key {
	const struct wf_sigkey *key;
	const char *path;
};

/* An authority with everything read. */
struct wf_attempt_by {
	const struct wf_authority *authority;
	struct wf_attempt_key *keys;
	size_t nkeys;
	struct wf_identity_want *wants;
	size_t nwants;
	const struct wf_root *root; /* NULL: none is named */
};

/* Reads keys, expressions and the trusted root of an authority.  Allocates in
 * the arena.  WF_R_CONFIG. */
WF_MUST enum wf_rc wf_attempt_prepare(const struct wf_authority *, struct wf_keyring *,
                                      struct wf_arena *, struct wf_attempt_by *out,
                                      struct wf_err *err);

struct wf_attempt_ask {
	const struct wf_subject *subject;
	const struct wf_purpose *purpose;
	unsigned formats;
	struct wf_demand demands[2];
	const struct wf_denied *denied;
	struct wf_arena *arena; /* keeps steps and names */
};

/* The outcome. */
struct wf_attempt {
	enum wf_reason reason; /* WF_R_OK: it counts */
	char detail[WF_EVIDENCE_DETAIL];
	char hint[256];
	struct wf_signer who;  /* set as far as it verified; key_path NULL: nobody yet */
	bool not_evaluated;    /* it carries proofs that nobody could judge */
	struct wf_steps steps;
};

/* What is an attestation by its form is WF_R_UNSIGNED_FORM where a signature
 * is asked for, and so is a signature where an attestation is; unless it is a
 * bundle, neither costs a verification.  Made with a certificate
 * where only keys count: WF_R_WRONG_KEY; with a key where only identities
 * do: WF_R_IDENTITY_MISMATCH. */
void wf_attempt(struct wf_evidence *, const struct wf_attempt_ask *,
                const struct wf_attempt_by *, struct wf_attempt *out);

#endif
