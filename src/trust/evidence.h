/* SPDX-License-Identifier: Apache-2.0
 *
 * One candidate, opened: what is signed, by what, which proofs it carries and
 * what it says.  Judged against one authority at a time by attempt.h; the
 * rules are in trust.c.
 */
#ifndef WF_TRUST_EVIDENCE_H
#define WF_TRUST_EVIDENCE_H

#include "ref/artifact.h"
#include "trust/bundle.h"
#include "trust/cert.h"
#include "trust/simplesigning.h"

#define WF_EVIDENCE_DETAIL 320

/* What the signature has to be about. */
struct wf_subject {
	struct wf_digest digest;
	bool blob;            /* a file or bare digest; else an OCI manifest */
	bool whole;           /* blob: bytes are given */
	struct wf_str bytes;
};

struct wf_evidence {
	const struct wf_candidate *candidate;
	/* not WF_R_OK: it can never count, whoever asks */
	enum wf_reason reason;
	char detail[WF_EVIDENCE_DETAIL];
	unsigned format;           /* WF_FORMAT_BUNDLE or WF_FORMAT_LEGACY */
	bool attestation;          /* of a form that holds attestations only */
	/* a certificate came with it: read, not judged */
	bool has_cert;
	struct wf_cert cert;
	struct wf_str cert_der;
	/* proofs it carries: read, not judged */
	const struct wf_logentry *entry;
	size_t nentries;
	const struct wf_str *stamp;
	size_t nstamps;
	struct wf_logentry own_entry; /* legacy: what an annotation holds */
	struct wf_str own_stamp;
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
	/* what it says, read once and only after its signature verified */
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

/* Reads what is signed, once: e->claims is WF_R_OK, or why it can never count.
 * To be called only after the signature over it verified. */
void wf_evidence_claims(struct wf_evidence *, const struct wf_subject *);

/* Does what is signed carry the annotation?  *found: the value there is
 * instead, empty when there is none. */
bool wf_evidence_annotation(const struct wf_evidence *, const struct wf_subject *,
                            const char *key, const char *value, struct wf_str *found);

/* The reason as this candidate has it: malformed and limit are 65 of a bundle
 * file, which the caller named, and 12 of what lay in a registry. */
enum wf_reason wf_evidence_reason(const struct wf_evidence *, enum wf_reason);

/* How close to counting a reason is; higher is closer. */
int wf_evidence_rank(enum wf_reason);

#endif
