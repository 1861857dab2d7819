/* SPDX-License-Identifier: Apache-2.0
 *
 * One candidate, opened: what is signed, by what, and what it says.  Judged
 * against one authority at a time; the rules are in trust.c.
 */
#ifndef WF_TRUST_EVIDENCE_H
#define WF_TRUST_EVIDENCE_H

#include "ref/artifact.h"
#include "trust/bundle.h"
#include "trust/keyring.h"
#include "trust/provenance.h"
#include "trust/simplesigning.h"

#define WF_EVIDENCE_DETAIL 320
#define WF_EVIDENCE_STEPS 12u

/* What the signature has to be about. */
struct wf_subject {
	struct wf_digest digest;
	bool blob;            /* a file or bare digest; else an OCI manifest */
	bool whole;           /* blob: bytes are given */
	struct wf_str bytes;
};

/* A key that may verify, with its place. */
struct wf_evidence_key {
	const struct wf_sigkey *key;
	const char *path;
	bool denied;
};

/* What the signed statement has to be. */
struct wf_purpose {
	/* NULL: a signature of the subject; else an attestation of this type */
	const char *predicate_type;
	struct wf_provenance_want provenance;
};

/* The outcome for one authority.  Steps lie in the arena given. */
struct wf_attempt {
	enum wf_reason reason; /* WF_R_OK: it counts */
	char detail[WF_EVIDENCE_DETAIL];
	const struct wf_evidence_key *by; /* key that verified, or NULL */
	char *steps[WF_EVIDENCE_STEPS];
	size_t nsteps;
};

struct wf_evidence {
	const struct wf_candidate *candidate;
	/* not WF_R_OK: it can never count, whoever asks */
	enum wf_reason reason;
	char detail[WF_EVIDENCE_DETAIL];
	unsigned format;           /* WF_FORMAT_BUNDLE or WF_FORMAT_LEGACY */
	bool attestation;          /* of a form that holds attestations only */
	bool proofs;               /* carries log or timestamp proofs */
	struct wf_bundle bundle;
	struct wf_json *envelope;  /* legacy attestation: owned */
	struct wf_arena arena;
	struct wf_dsse own;        /* legacy attestation */
	const struct wf_dsse *dsse; /* bundle's or own; NULL: no DSSE */
	struct wf_buf pae;         /* DSSE: the signed bytes */
	struct wf_buf signature;   /* legacy signature: decoded */
	struct wf_str message, sig; /* views: what is signed, and the signature */
	/* what an RFC 3161 timestamp is over: the signature, but of a legacy
	 * attestation the whole envelope */
	struct wf_str stamped;
	/* what it says, read once and only after a key verified it */
	bool claims_read;
	enum wf_reason claims;
	char claims_detail[WF_EVIDENCE_DETAIL];
	struct wf_simplesigning payload;
	struct wf_dsse_statement statement;
};

/* Opens a candidate; what cannot be used says why in ->reason.  A malformed
 * or oversized bundle *file* has the reason of a file the caller named (65),
 * anything found in a registry that of a candidate (12). */
void wf_evidence_open(struct wf_evidence *, const struct wf_candidate *,
                      const struct wf_subject *);
void wf_evidence_free(struct wf_evidence *);

/* Annotations demanded: two lists, both must be there. */
struct wf_demand {
	const struct wf_pair *v;
	size_t n;
};

/* Tries the keys of one authority, then what the statement says.  What is an
 * attestation by its form is WF_R_UNSIGNED_FORM where a signature is asked
 * for, and a simple signing payload WF_R_PREDICATE_MISMATCH where an
 * attestation is; neither costs a verification. */
void wf_evidence_try(struct wf_evidence *, const struct wf_subject *,
                     const struct wf_purpose *, unsigned formats,
                     const struct wf_evidence_key *keys,
                     size_t nkeys, const struct wf_demand demands[2],
                     struct wf_arena *, struct wf_attempt *out);

/* How close to counting a reason is; higher is closer. */
int wf_evidence_rank(enum wf_reason);

#endif
