/* SPDX-License-Identifier: Apache-2.0
 *
 * The policy as a value: what contract section 7 says, parsed and checked,
 * with the position of every rule.  Made by wf_policy_load, read by the
 * judge (trust/), the capability decision and the planner.
 */
#ifndef WF_POLICY_POLICY_H
#define WF_POLICY_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/instant.h"
#include "field/field.h"
#include "ref/artifact.h"
#include "wasm/extern_name.h"

/* Zero means nothing required of an empty list, which is refused at load. */
enum wf_require_kind { WF_REQUIRE_ANY = 0, WF_REQUIRE_ALL, WF_REQUIRE_AT_LEAST };

/* A public key as read from its file at load (PEM, DER or certificate). */
struct wf_policy_key {
	const char *path;
	struct wf_str bytes;
};

/* Who a certificate must be for.  Each member that is not NULL must hold;
 * expressions (policy/regexp.h) match the whole text.  In a rule there is one of
 * issuer and issuer_regexp and one of subject and subject_regexp at least; in
 * a deny list any of them, or extensions alone. */
struct wf_identity {
	struct wf_pos pos;
	const char *issuer, *issuer_regexp;
	const char *subject, *subject_regexp;
	struct wf_pair *extensions; /* wf_policy_extension() knows each key */
	size_t nextensions;
};

/* A trusted_root.json as read from its file at load. */
struct wf_policy_root {
	const char *path;    /* NULL: none is named */
	bool public_good;    /* the snapshot that is installed with wasmfn */
	struct wf_str bytes; /* empty when files are not read */
	struct wf_pos pos;
};

/* How many distinct logs and authorities must have vouched; -1 = not said. */
struct wf_policy_proofs {
	int64_t transparency_log, scts, timestamps;
};
#define WF_PROOFS_UNSET {-1, -1, -1}
/* What is demanded where the policy does not say (contract section 2):
 * certificates one log entry, one SCT (and one verified time in any case),
 * keys nothing. */
#define WF_PROOFS_CERTIFICATE {1, 1, 0}
#define WF_PROOFS_KEY {0, 0, 0}

struct wf_authority {
	const char *name;
	struct wf_pos pos;
	struct wf_policy_key *keys; /* one good signature by any of them */
	size_t nkeys;
	/* when its keys were in use: every verified time of a signature lies in
	 * it, and there is one at least */
	bool has_key_window;
	struct wf_window key_window;
	struct wf_identity *identities; /* or by a certificate of any of them */
	size_t nidentities;
	struct wf_policy_root root; /* path is never NULL where identities are */
	struct wf_policy_proofs proofs;
	struct wf_pair *annotations; /* all demanded, signed */
	size_t nannotations;
};

enum { WF_FORMAT_BUNDLE = 1, WF_FORMAT_LEGACY = 2 };

/* An attestation that must be there beside the signatures. */
struct wf_attestation {
	struct wf_pos pos;
	const char *predicate_type;
	size_t *authorities; /* indexes into the rule's; one of them must have signed */
	size_t nauthorities; /* never 0 */
	const char *builder_id, *source_uri; /* NULL: not demanded */
};

struct wf_trust_rule {
	struct wf_strs match;
	struct wf_pos pos;
	enum wf_require_kind require;
	unsigned at_least;      /* for WF_REQUIRE_AT_LEAST */
	unsigned formats;       /* WF_FORMAT_*; all when the field is absent */
	struct wf_authority *authorities;
	size_t nauthorities;
	struct wf_attestation *attestations; /* all demanded */
	size_t nattestations;
};

struct wf_deny {
	struct wf_pos pos;
	struct wf_digest *manifests, *modules;
	size_t nmanifests, nmodules;
	struct wf_policy_key *keys; /* path or "sha256:<hex of the SPKI>" */
	size_t nkeys;
	struct wf_identity *identities;
	size_t nidentities;
	int64_t *log_indexes; /* of whatever log */
	size_t nlog_indexes;
};

struct wf_import_rule {
	const char *module, *name; /* patterns, each matched on its own */
	struct wf_pos pos;
};

struct wf_interface_rule {
	const char *text;
	struct wf_extern_pattern pattern; /* parsed from text at load */
	struct wf_pos pos;
};

/* A path of the database's host that a manifest file may ask for. */
struct wf_path_rule {
	const char *path; /* pattern */
	bool write;       /* else only to read */
	struct wf_pos pos;
};

enum wf_tristate { WF_UNSET = 0, WF_ALLOW, WF_DENY };

struct wf_cap_rule {
	struct wf_strs match;
	struct wf_pos pos;
	struct wf_strs class_allow, class_deny;
	struct wf_pos class_allow_pos, class_deny_pos;
	struct wf_import_rule *imp_allow, *imp_deny;
	size_t nimp_allow, nimp_deny;
	struct wf_interface_rule *if_allow, *if_deny;
	size_t nif_allow, nif_deny;
	struct wf_strs kinds;          /* "core", "component"; empty = core only */
	struct wf_strs feature_deny;
	int64_t max_pages;             /* -1 unset */
	int64_t max_size;              /* -1 unset */
	enum wf_tristate start;
	struct wf_pos module_pos;
	/* what manifest files may ask of `wasi`; line 0: no list, not restricted */
	struct wf_strs hosts;          /* patterns "host:port" */
	struct wf_path_rule *paths;
	size_t npaths;
	struct wf_pos hosts_pos, paths_pos;
};

struct wf_function_policy {
	bool set;
	struct wf_pos pos;
	struct wf_strs schemas, owners, grantees; /* patterns */
	enum wf_tristate definer;
	enum wf_tristate untrusted; /* functions in untrusted languages in those schemas */
};

/* -1 = not given.  In manifest files, configs and the ledger too. */
struct wf_limits {
	int64_t max_memory_bytes, fuel_per_call, epoch_deadline_ms, stack_size_bytes;
};
#define WF_LIMITS_UNSET {-1, -1, -1, -1}

struct wf_policy; /* one or more files, merged; owns everything above */

/* Reads policy.yaml and policy.d/ files.  Each must be safe (WF_R_UNSAFE_FILE)
 * and strict; a field of the contract that this version does not serve is
 * refused by name (WF_R_CONFIG).  Key files are read here and must be safe
 * too; one with a relative path lies beside the policy file.  A policy file
 * that is missing is WF_R_NO_INPUT, a key file WF_R_CONFIG.  The hash is
 * SHA-256 over (name, bytes) of all policy and key files in the order read.
 * Caller frees *out. */
WF_MUST enum wf_rc wf_policy_load(const char *const *paths, size_t n,
                                  struct wf_policy **out, struct wf_err *err);
/* From bytes, for tests and fuzzers: reads no key files (bytes stay empty). */
WF_MUST enum wf_rc wf_policy_parse(struct wf_str yaml, const char *name,
                                   struct wf_policy **out, struct wf_err *err);
/* The same for its problems alone, all of them (for lint). */
void wf_policy_lint(struct wf_str yaml, const char *name,
                    struct wf_problems *out);
void wf_policy_free(struct wf_policy *);
void wf_policy_freep(struct wf_policy **);
const struct wf_digest *wf_policy_hash(const struct wf_policy *);

/* The most specific trust rule whose pattern matches (contract section 7:
 * `*` within a segment, `**` across; oci: only by patterns beginning oci:;
 * match "" only by "**").  NULL: no rule, which means refused. */
const struct wf_trust_rule *wf_policy_trust(const struct wf_policy *,
                                            const char *match);
const struct wf_trust_rule *wf_policy_trust_at(const struct wf_policy *, size_t i); /* NULL at the end */
const struct wf_deny *wf_policy_deny(const struct wf_policy *, size_t i); /* NULL at the end */
/* All capability rules that match, most specific first; i from 0. */
const struct wf_cap_rule *wf_policy_caps(const struct wf_policy *,
                                         const char *match, size_t i);
const struct wf_function_policy *wf_policy_functions(const struct wf_policy *);
const struct wf_limits *wf_policy_limits(const struct wf_policy *);

/* Is it the name of a certificate extension that a rule may ask for
 * ("sourceRepositoryURI"; fulcio oid-info)?  *number: its last arc under
 * 1.3.6.1.4.1.57264.1, where the value is a DER UTF8String from 8 on. */
bool wf_policy_extension(const char *name, unsigned *number);
/* NULL: no such number. */
const char *wf_policy_extension_name(unsigned number);

/* DATADIR/wasmfn/public-good-trusted_root.json */
const char *wf_policy_public_good(void);

/* The table of the file, for tests. */
const struct wf_fields *wf_policy_fields(void);

/* The pattern language alone: does it match, and how many literal characters
 * precede the first wildcard. */
bool wf_policy_glob(const char *pattern, const char *text);
/* The same for text that may hold any byte, NUL too. */
bool wf_policy_glob_str(const char *pattern, struct wf_str text);
size_t wf_policy_literal(const char *pattern);

#endif
