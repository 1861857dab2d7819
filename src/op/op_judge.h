/* SPDX-License-Identifier: Apache-2.0
 *
 * Which rules judge: the system policy, --policy, an entry's policy, --key
 * and -a put together as contract section 2 "Trust options" says, so that
 * verify, install and reconcile cannot differ.  It reads policy and key
 * files; it reads no artifact and sends nothing.
 */
#ifndef WF_OP_OP_JUDGE_H
#define WF_OP_OP_JUDGE_H

#include "config/config.h"
#include "trust/trust.h"

/* Options as given; all may be empty.  Borrowed until wf_op_judge_free. */
struct wf_op_judge_options {
	const char *const *keys;            /* --key FILE, each a rule of its own */
	size_t nkeys;
	/* --certificate-identity, -oidc-issuer and their -regexp forms, together
	 * one rule; NULL: not given */
	const char *identity, *identity_regexp, *issuer, *issuer_regexp;
	const char *trusted_root;           /* FILE or public-good, for these rules; or NULL */
	const struct wf_pair *annotations;  /* -a, demanded by every rule */
	size_t nannotations;
	const char *policy;                 /* --policy FILE or NULL */
	/* files of the system policy; NULL: wf_paths_policies().  For tests. */
	const struct wf_strs *system;
};

enum wf_op_judge_mode {
	/* verify: the options given, all of them; the system policy only when
	 * there is none.  Neither: WF_R_USAGE (64). */
	WF_OP_JUDGE_VERIFY,
	/* install, apply, reconcile: the system policy (where the machine has
	 * none, --policy takes its place; neither: WF_R_CONFIG, 78), and every
	 * option is a further rule that must pass too. */
	WF_OP_JUDGE_SYSTEM,
};

struct wf_op_judge; /* one for a run: policies, keys, parsed keys */

/* Loads everything.  Key and policy files must be safe: WF_R_UNSAFE_FILE,
 * WF_R_NO_INPUT, WF_R_CONFIG.  Caller frees *out. */
WF_MUST enum wf_rc wf_op_judge_open(const struct wf_op_judge_options *,
                                    enum wf_op_judge_mode,
                                    struct wf_op_judge **out, struct wf_err *err);
void wf_op_judge_free(struct wf_op_judge *); /* NULL is fine */
void wf_op_judge_freep(struct wf_op_judge **);

/* Before a request is sent: WF_R_NO_POLICY (12) when a policy in force has no
 * trust rule for the reference (match: wf_ref.match).  entry_policy: path of
 * a manifest entry's `policy`, NULL for none; it is read once a run. */
WF_MUST enum wf_rc wf_op_judge_allows(struct wf_op_judge *, const char *match,
                                      const char *entry_policy,
                                      struct wf_err *err);

/* The formats of signatures (WF_FORMAT_*) that can count for the reference,
 * to be called after wf_op_judge_allows: those of all its rules. */
unsigned wf_op_judge_formats(struct wf_op_judge *, const char *match,
                             const char *entry_policy);

/* Some deny list in force names modules, so that the module of a packed
 * artifact has to be known. */
bool wf_op_judge_denies_modules(struct wf_op_judge *, const char *match,
                                const char *entry_policy);

/* wf_trust_judge with the rules in force for the reference.  inside: of
 * wf_trust_input, NULL for what is not packed. */
WF_MUST enum wf_rc wf_op_judge_artifact(struct wf_op_judge *, const char *match,
                                        const char *entry_policy,
                                        const struct wf_artifact *,
                                        const struct wf_digest *inside,
                                        struct wf_judgement *,
                                        struct wf_verified **out,
                                        struct wf_err *err);

/* wf_trust_judge_blob: a file or a bare digest matches only "**". */
WF_MUST enum wf_rc wf_op_judge_blob(struct wf_op_judge *,
                                    const struct wf_trust_blob *,
                                    const struct wf_candidate *, size_t ncand,
                                    struct wf_judgement *, struct wf_err *err);

/* The policies in force, i from 0, NULL at the end: the first is the one that
 * rules (system, or --policy in its place), the others may only take away.
 * For the capability decision, `functions` and `limits`. */
const struct wf_policy *wf_op_judge_policy(const struct wf_op_judge *, size_t i);
/* The entry's own policy, loaded when needed and kept; *out NULL when
 * entry_policy is NULL. */
WF_MUST enum wf_rc wf_op_judge_entry_policy(struct wf_op_judge *,
                                            const char *entry_policy,
                                            const struct wf_policy **out,
                                            struct wf_err *err);

/* SHA-256 over everything that judges: policies with the trust material they
 * name, keys, roots and options, and the entries' own policies (paths; NULL for
 * an entry without one), which are loaded. */
WF_MUST enum wf_rc wf_op_judge_hash(struct wf_op_judge *, const char *const *entries, size_t n,
                                    struct wf_digest *out, struct wf_err *err);

/* The members `candidates`, `authorities` and `attestations` of JSON. */
struct wf_json *wf_op_judge_candidates_json(const struct wf_judgement *);
struct wf_json *wf_op_judge_authorities_json(const struct wf_judgement *);
struct wf_json *wf_op_judge_attestations_json(const struct wf_judgement *);

#endif
