/* SPDX-License-Identifier: Apache-2.0
 *
 * The judge.  The only maker of struct wf_verified: whoever holds one knows
 * that the artifact's signatures satisfied every rule given, and that the
 * module's bytes inside are the ones the signed manifest names.
 */
#ifndef WF_TRUST_TRUST_H
#define WF_TRUST_TRUST_H

#include "base/mem.h"
#include "policy/policy.h"

/* What became of one candidate under one rule. */
struct wf_verdict {
	size_t candidate;        /* index into the artifact's candidates */
	enum wf_form form;
	struct wf_digest digest;
	bool verified;
	enum wf_reason reason;   /* WF_R_OK when verified */
	char detail[320];        /* escaped; expected and found */
	const char *authority;   /* name that it satisfied, or NULL */
	char key_id[80];         /* "sha256:<hex of the SPKI>" of the key that verified */
	const char *key_path;
	/* proofs a key signature carries and that this version does not judge */
	bool proofs_not_evaluated;
	char **steps;            /* for -v: what passed, in order */
	size_t nsteps;
};

struct wf_authority_result {
	const char *name;
	bool satisfied;
	char key_id[80];
	const char *key_path;
};

struct wf_judgement {
	struct wf_verdict *verdicts;
	size_t nverdicts;
	struct wf_authority_result *authorities;
	size_t nauthorities;
	struct wf_arena arena;
};
void wf_judgement_free(struct wf_judgement *);

/* One rule with where it comes from ("system policy", "--key", "entry
 * policy"), for messages. */
struct wf_rule_source {
	const struct wf_trust_rule *rule;
	const char *name;
};

struct wf_verified; /* opaque; proof that the judge said yes */

/* Judges the artifact (manifest bytes hash to its digest; they are hashed
 * again here) by every rule: all must pass (contract section 2, trust
 * options).  denies are looked at first and last word (exit 17).  Reasons:
 * of the candidates the one closest to success decides the code.  The
 * judgement is filled on success and on refusal.  *out is set on WF_OK only. */
WF_MUST enum wf_rc wf_trust_judge(const struct wf_artifact *,
                                  const struct wf_rule_source *rules, size_t nrules,
                                  const struct wf_deny *const *denies, size_t ndenies,
                                  struct wf_judgement *judgement,
                                  struct wf_verified **out, struct wf_err *err);

/* Judges a bare file or digest: candidates are bundle files about the
 * subject digest (message signatures or statements).  bytes may be empty
 * when only the digest is known. */
WF_MUST enum wf_rc wf_trust_judge_blob(const struct wf_digest *subject,
                                       struct wf_str bytes,
                                       const struct wf_candidate *, size_t ncand,
                                       const struct wf_rule_source *rules, size_t nrules,
                                       struct wf_judgement *judgement,
                                       struct wf_err *err);

/* Gives the verified artifact its module: bytes must have the size and the
 * digest that the signed manifest names (WF_R_DIGEST_MISMATCH,
 * WF_R_SIZE_MISMATCH), and be on no deny list.  Takes over *bytes. */
WF_MUST enum wf_rc wf_verified_attach(struct wf_verified *, struct wf_buf *bytes,
                                      struct wf_err *err);

const struct wf_digest *wf_verified_manifest(const struct wf_verified *);
const struct wf_digest *wf_verified_module(const struct wf_verified *);
/* The attached bytes; len 0 before wf_verified_attach. */
struct wf_str wf_verified_bytes(const struct wf_verified *);
/* "release-key sha256:…" of the first satisfied authority. */
const char *wf_verified_signer(const struct wf_verified *);
void wf_verified_free(struct wf_verified *);
void wf_verified_freep(struct wf_verified **);

#endif
