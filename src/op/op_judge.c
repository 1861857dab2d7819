/* SPDX-License-Identifier: Apache-2.0
 *
 * Puts the rules together.  Must never judge by fewer rules than the contract
 * says: a policy that cannot be read is an error, never a rule less.
 */
#include "op/op_judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "dep/crypto.h"
#include "store/source.h"
#include "sys/file.h"

struct option_key {
	struct wf_buf bytes;
	struct wf_policy_key key;
	struct wf_authority authority;
	struct wf_trust_rule rule;
};

/* --certificate-identity and the others: one authority. */
struct option_identity {
	bool given;
	struct wf_identity identity;
	struct wf_authority authority;
	struct wf_trust_rule rule;
};

struct entry {
	char *path;
	struct wf_policy *policy;
};

struct wf_op_judge {
	const struct wf_op_judge_options *o;
	struct wf_policy *main;   /* system, or --policy in its place; may be NULL */
	const char *main_name;
	struct wf_policy *extra;  /* --policy beside the system policy */
	struct option_key *keys;
	size_t nkeys;
	struct option_identity identity;
	struct wf_policy_root root; /* --trusted-root */
	struct wf_buf root_bytes;
	struct entry *entries;
	size_t nentries, entrycap;
	struct wf_keyring *ring;
};

static enum wf_rc
read_trust_file(const char *what, const char *path, size_t max, struct wf_buf *out,
                struct wf_err *err)
{
	enum wf_file_safety safety;
	char why[256];
	enum wf_rc rc;

	if ((rc = wf_file_safety(path, &safety, why, err)))
		return rc;
	if (safety != WF_FILE_SAFE)
		return wf_err_set(err, WF_R_UNSAFE_FILE, "%s %s: %s", what, path, why);
	out->max = max;
	return wf_file_read(path, out, err);
}

static enum wf_rc
load_key(struct wf_op_judge *j, const char *path, struct wf_err *err)
{
	struct option_key *k = &j->keys[j->nkeys++];
	const struct wf_sigkey *parsed;
	enum wf_rc rc;

	if ((rc = read_trust_file("key", path, WF_MAX_KEY_BYTES, &k->bytes, err)))
		return wf_err_wrap(err, "--key");
	k->key.path = path;
	k->key.bytes = wf_buf_str(&k->bytes);
	k->authority.name = path;
	k->authority.keys = &k->key;
	k->authority.nkeys = 1;
	k->authority.root = j->root;
	k->authority.proofs = (struct wf_policy_proofs)WF_PROOFS_UNSET;
	k->rule.require = WF_REQUIRE_ANY;
	k->rule.formats = WF_FORMAT_BUNDLE | WF_FORMAT_LEGACY;
	k->rule.authorities = &k->authority;
	k->rule.nauthorities = 1;
	/* a file that is no key is an error now, not a signature that fails */
	if ((rc = wf_keyring_get(j->ring, &k->key, &parsed, err)))
		return wf_err_wrap(err, "--key");
	return WF_OK;
}

static enum wf_rc
load_root(struct wf_op_judge *j, struct wf_err *err)
{
	const char *path = j->o->trusted_root;
	const struct wf_root *parsed;
	enum wf_rc rc;

	if (!path)
		return WF_OK;
	j->root.public_good = strcmp(path, "public-good") == 0;
	j->root.path = j->root.public_good ? wf_policy_public_good() : path;
	if ((rc = read_trust_file("trusted root", j->root.path, WF_MAX_ROOT_BYTES,
	                          &j->root_bytes, err)))
		return wf_err_wrap(err, "--trusted-root");
	if (j->root_bytes.len == 0)
		return wf_err_set(err, WF_R_CONFIG, "--trusted-root: %s is empty", j->root.path);
	j->root.bytes = wf_buf_str(&j->root_bytes);
	if ((rc = wf_keyring_root(j->ring, &j->root, &parsed, err)))
		return wf_err_wrap(err, "--trusted-root");
	return WF_OK;
}

static enum wf_rc
check_expression(const char *option, const char *text, struct wf_err *err)
{
	WF_AUTO(wf_regexp_freep) struct wf_regexp *e = NULL;

	if (text && wf_regexp_compile(text, WF_R_USAGE, &e, err))
		return wf_err_wrap(err, "%s", option);
	return WF_OK;
}

static bool
names_signer(const struct wf_op_judge_options *o)
{
	return o->nkeys || o->identity || o->identity_regexp || o->issuer || o->issuer_regexp;
}

/* What the options come to together, before a file is read. */
static enum wf_rc
check_options(const struct wf_op_judge_options *o, struct wf_err *err)
{
	bool subject = o->identity || o->identity_regexp, issuer = o->issuer || o->issuer_regexp;
	enum wf_rc rc;

	if ((o->identity && !o->identity[0]) || (o->issuer && !o->issuer[0]))
		return wf_err_set(err, WF_R_USAGE, "an identity or issuer that is empty names nobody");
	if (subject && !issuer) {
		wf_err_set(err, WF_R_USAGE, "--certificate-identity without an issuer: anybody could vouch for it");
		return wf_err_hint(err, "Give --certificate-oidc-issuer too.");
	}
	if (issuer && !subject) {
		wf_err_set(err, WF_R_USAGE, "--certificate-oidc-issuer without an identity: everybody there would do");
		return wf_err_hint(err, "Give --certificate-identity too.");
	}
	if (subject && !o->trusted_root) {
		wf_err_set(err, WF_R_USAGE, "--certificate-identity without --trusted-root: no certificate could be trusted");
		return wf_err_hint(err, "Give --trusted-root FILE, or --trusted-root public-good for the snapshot of the public-good instance.");
	}
	if (o->trusted_root && !names_signer(o)) {
		wf_err_set(err, WF_R_USAGE, "--trusted-root alone names nobody whose signature counts");
		return wf_err_hint(err, "Give --certificate-identity and --certificate-oidc-issuer, or --key, too.");
	}
	if ((rc = check_expression("--certificate-identity-regexp", o->identity_regexp, err)))
		return rc;
	return check_expression("--certificate-oidc-issuer-regexp", o->issuer_regexp, err);
}

static void
load_identity(struct wf_op_judge *j)
{
	const struct wf_op_judge_options *o = j->o;
	struct option_identity *i = &j->identity;

	if (!o->identity && !o->identity_regexp)
		return;
	i->given = true;
	i->identity = (struct wf_identity){
		.subject = o->identity,
		.subject_regexp = o->identity_regexp,
		.issuer = o->issuer,
		.issuer_regexp = o->issuer_regexp,
	};
	i->authority = (struct wf_authority){
		.name = o->identity ? o->identity : o->identity_regexp,
		.identities = &i->identity,
		.nidentities = 1,
		.root = j->root,
		.proofs = WF_PROOFS_UNSET,
	};
	i->rule = (struct wf_trust_rule){
		.require = WF_REQUIRE_ANY,
		.formats = WF_FORMAT_BUNDLE | WF_FORMAT_LEGACY,
		.authorities = &i->authority,
		.nauthorities = 1,
	};
}

static enum wf_rc
load_system(struct wf_op_judge *j, struct wf_err *err)
{
	struct wf_strs paths = j->o->system ? *j->o->system : wf_paths_policies();

	if (paths.n == 0)
		return WF_OK;
	j->main_name = "system policy";
	return wf_policy_load(paths.v, paths.n, &j->main, err);
}

static enum wf_rc
load_policies(struct wf_op_judge *j, enum wf_op_judge_mode mode, struct wf_err *err)
{
	const struct wf_op_judge_options *o = j->o;
	enum wf_rc rc;

	switch (mode) {
	case WF_OP_JUDGE_VERIFY:
		if (o->policy || names_signer(o))
			break;
		if (o->nannotations) {
			wf_err_set(err, WF_R_USAGE, "-a alone names nobody whose signature counts");
			return wf_err_hint(err, "Give --key FILE, --certificate-identity or --policy FILE too.");
		}
		if ((rc = load_system(j, err)) || j->main)
			return rc;
		wf_err_set(err, WF_R_USAGE, "nothing to verify against: no --key, no --certificate-identity, "
		                            "no --policy, and no system policy");
		return wf_err_hint(err, "Give --key FILE, or write %s/wasmfn/policy.yaml.",
		                   WF_SYSCONFDIR);
	case WF_OP_JUDGE_SYSTEM:
		if ((rc = load_system(j, err)))
			return rc;
		if (j->main || o->policy)
			break;
		wf_err_set(err, WF_R_CONFIG, "no policy: neither a system policy nor --policy");
		return wf_err_hint(err, "Write %s/wasmfn/policy.yaml, or give --policy FILE.",
		                   WF_SYSCONFDIR);
	}
	if (!o->policy)
		return WF_OK;
	if (j->main)
		return wf_policy_load(&o->policy, 1, &j->extra, err);
	j->main_name = "--policy";
	return wf_policy_load(&o->policy, 1, &j->main, err);
}

enum wf_rc
wf_op_judge_open(const struct wf_op_judge_options *o, enum wf_op_judge_mode mode,
                 struct wf_op_judge **out, struct wf_err *err)
{
	WF_AUTO(wf_op_judge_freep) struct wf_op_judge *j = wf_calloc(1, sizeof(*j));
	size_t i;
	enum wf_rc rc;

	j->o = o;
	j->ring = wf_keyring_new();
	if ((rc = check_options(o, err)) || (rc = load_policies(j, mode, err)) ||
	    (rc = load_root(j, err)))
		return rc;
	j->keys = wf_calloc(o->nkeys, sizeof(*j->keys));
	for (i = 0; i < o->nkeys; i++)
		if ((rc = load_key(j, o->keys[i], err)))
			return rc;
	load_identity(j);
	*out = j;
	j = NULL;
	return WF_OK;
}

void
wf_op_judge_free(struct wf_op_judge *j)
{
	size_t i;

	if (!j)
		return;
	wf_policy_free(j->main);
	wf_policy_free(j->extra);
	for (i = 0; i < j->nkeys; i++)
		wf_buf_free(&j->keys[i].bytes);
	free(j->keys);
	wf_buf_free(&j->root_bytes);
	for (i = 0; i < j->nentries; i++) {
		free(j->entries[i].path);
		wf_policy_free(j->entries[i].policy);
	}
	free(j->entries);
	wf_keyring_freep(&j->ring);
	free(j);
}

void
wf_op_judge_freep(struct wf_op_judge **j)
{
	wf_op_judge_free(*j);
	*j = NULL;
}

enum wf_rc
wf_op_judge_entry_policy(struct wf_op_judge *j, const char *path,
                         const struct wf_policy **out, struct wf_err *err)
{
	struct wf_policy *p = NULL;
	size_t i;
	enum wf_rc rc;

	*out = NULL;
	if (!path)
		return WF_OK;
	for (i = 0; i < j->nentries; i++) {
		if (strcmp(j->entries[i].path, path) == 0) {
			*out = j->entries[i].policy;
			return WF_OK;
		}
	}
	if ((rc = wf_policy_load(&path, 1, &p, err)))
		return rc;
	j->entries = wf_grow(j->entries, &j->entrycap, j->nentries, sizeof(*j->entries));
	j->entries[j->nentries++] = (struct entry){wf_strdup(path), p};
	*out = p;
	return WF_OK;
}

const struct wf_policy *
wf_op_judge_policy(const struct wf_op_judge *j, size_t i)
{
	if (j->main)
		return i == 0 ? j->main : i == 1 ? j->extra : NULL;
	return i == 0 ? j->extra : NULL;
}

static void
hash_text(struct wf_sha256 *h, const char *what, const char *z)
{
	/* NUL ends each: no two lists read the same */
	wf_crypto_sha256_add(h, what, strlen(what) + 1);
	wf_crypto_sha256_add(h, z ? z : "", z ? strlen(z) + 1 : 0);
}

static void
hash_policy(struct wf_sha256 *h, const char *what, const struct wf_policy *p)
{
	char text[WF_DIGEST_TEXT];

	if (p)
		wf_digest_text(wf_policy_hash(p), text);
	hash_text(h, what, p ? text : NULL);
}

enum wf_rc
wf_op_judge_hash(struct wf_op_judge *j, const char *const *entries, size_t n,
                 struct wf_digest *out, struct wf_err *err)
{
	WF_AUTO(wf_crypto_sha256_freep) struct wf_sha256 *h = wf_crypto_sha256_new();
	const struct wf_op_judge_options *o = j->o;
	const struct wf_policy *own;
	struct wf_digest d;
	char text[WF_DIGEST_TEXT];
	enum wf_rc rc;
	size_t i;

	hash_policy(h, "main", j->main);
	hash_policy(h, "extra", j->extra);
	for (i = 0; i < j->nkeys; i++) {
		wf_digest_of(j->keys[i].bytes.p, j->keys[i].bytes.len, &d);
		wf_digest_text(&d, text);
		hash_text(h, "key", text);
	}
	hash_text(h, "identity", o->identity);
	hash_text(h, "identity-regexp", o->identity_regexp);
	hash_text(h, "issuer", o->issuer);
	hash_text(h, "issuer-regexp", o->issuer_regexp);
	wf_digest_of(j->root_bytes.p ? j->root_bytes.p : "", j->root_bytes.len, &d);
	wf_digest_text(&d, text);
	hash_text(h, "root", text);
	for (i = 0; i < o->nannotations; i++) {
		hash_text(h, "annotation", o->annotations[i].key);
		hash_text(h, "", o->annotations[i].value);
	}
	for (i = 0; i < n; i++) {
		if ((rc = wf_op_judge_entry_policy(j, entries[i], &own, err)))
			return rc;
		hash_policy(h, "entry", own);
	}
	wf_crypto_sha256_end(h, out->sha256);
	return WF_OK;
}

/* The rules in force for one reference. */
struct rules {
	struct wf_rule_source *v;
	size_t n, cap;
	const struct wf_deny **denies;
	size_t ndenies, denycap;
	struct wf_arena arena;
};

static void
rules_end(struct rules *r)
{
	free(r->v);
	free(r->denies);
	wf_arena_free(&r->arena);
}

static void
add_rule(struct rules *r, const struct wf_op_judge *j, const struct wf_trust_rule *rule,
         const char *name)
{
	WF_AUTO(wf_freep) char *text = NULL;

	if (rule && rule->pos.file) {
		text = wf_asprintf("%s %s:%u", name, rule->pos.file, rule->pos.line);
		name = wf_arena_strn(&r->arena, text, strlen(text));
	}
	r->v = wf_grow(r->v, &r->cap, r->n, sizeof(*r->v));
	r->v[r->n++] = (struct wf_rule_source){
		.rule = rule,
		.name = name,
		.annotations = j->o->annotations,
		.nannotations = j->o->nannotations,
	};
}

static void
add_policy(struct rules *r, const struct wf_op_judge *j, const struct wf_policy *p,
           const char *name, const char *match)
{
	const struct wf_deny *d;
	size_t i;

	if (!p)
		return;
	add_rule(r, j, wf_policy_trust(p, match), name);
	for (i = 0; (d = wf_policy_deny(p, i)); i++) {
		/* wf_grow wants a place for one more */
		r->denies = wf_grow(r->denies, &r->denycap, r->ndenies, sizeof(*r->denies));
		r->denies[r->ndenies++] = d;
	}
}

static enum wf_rc
assemble(struct wf_op_judge *j, const char *match, const char *entry_policy,
         struct rules *r, struct wf_err *err)
{
	const struct wf_policy *entry;
	size_t i;
	enum wf_rc rc;

	if ((rc = wf_op_judge_entry_policy(j, entry_policy, &entry, err)))
		return rc;
	add_policy(r, j, j->main, j->main_name, match);
	add_policy(r, j, j->extra, "--policy", match);
	add_policy(r, j, entry, "entry policy", match);
	for (i = 0; i < j->nkeys; i++)
		add_rule(r, j, &j->keys[i].rule, "--key");
	if (j->identity.given)
		add_rule(r, j, &j->identity.rule, "--certificate-identity");
	for (i = 0; i < r->n; i++) {
		if (r->v[i].rule)
			continue;
		wf_err_set(err, WF_R_NO_POLICY, "no trust rule of the %s matches %s",
		           r->v[i].name, match[0] ? match : "a file or a bare digest");
		return wf_err_hint(err, "%s", match[0]
		                   ? "Add a trust rule whose match covers the reference."
		                   : "Only the pattern \"**\" matches a file or a bare digest.");
	}
	return WF_OK;
}

static struct wf_trust_input
input_of(const struct wf_op_judge *j, const struct rules *r)
{
	return (struct wf_trust_input){
		.rules = r->v,
		.nrules = r->n,
		.denies = r->denies,
		.ndenies = r->ndenies,
		.keyring = j->ring,
	};
}

enum wf_rc
wf_op_judge_allows(struct wf_op_judge *j, const char *match,
                   const char *entry_policy, struct wf_err *err)
{
	WF_AUTO(rules_end) struct rules r = {.v = NULL};

	return assemble(j, match, entry_policy, &r, err);
}

unsigned
wf_op_judge_formats(struct wf_op_judge *j, const char *match, const char *entry_policy)
{
	WF_AUTO(rules_end) struct rules r = {.v = NULL};
	struct wf_err ignored = {0};
	unsigned all = 0;
	size_t i;

	if (assemble(j, match, entry_policy, &r, &ignored))
		return 0;
	for (i = 0; i < r.n; i++)
		all |= r.v[i].rule->formats |
		       (r.v[i].rule->nattestations &&
		        r.v[i].rule->formats & WF_FORMAT_LEGACY ? WF_ASK_ATTESTATIONS : 0);
	return all;
}

bool
wf_op_judge_denies_modules(struct wf_op_judge *j, const char *match, const char *entry_policy)
{
	WF_AUTO(rules_end) struct rules r = {.v = NULL};
	struct wf_err ignored = {0};
	size_t i;

	if (assemble(j, match, entry_policy, &r, &ignored))
		return true;
	for (i = 0; i < r.ndenies; i++)
		if (r.denies[i]->nmodules)
			return true;
	return false;
}

enum wf_rc
wf_op_judge_artifact(struct wf_op_judge *j, const char *match,
                     const char *entry_policy, const struct wf_artifact *a,
                     const struct wf_digest *inside, struct wf_judgement *out,
                     struct wf_verified **verified, struct wf_err *err)
{
	WF_AUTO(rules_end) struct rules r = {.v = NULL};
	struct wf_trust_input in;
	enum wf_rc rc;

	if ((rc = assemble(j, match, entry_policy, &r, err)))
		return rc;
	in = input_of(j, &r);
	in.inside = inside;
	return wf_trust_judge(a, &in, out, verified, err);
}

enum wf_rc
wf_op_judge_blob(struct wf_op_judge *j, const struct wf_trust_blob *blob,
                 const struct wf_candidate *cand, size_t ncand,
                 struct wf_judgement *out, struct wf_err *err)
{
	WF_AUTO(rules_end) struct rules r = {.v = NULL};
	struct wf_trust_input in;
	enum wf_rc rc;

	if ((rc = assemble(j, "", NULL, &r, err)))
		return rc;
	in = input_of(j, &r);
	return wf_trust_judge_blob(blob, cand, ncand, &in, out, err);
}
