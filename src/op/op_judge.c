/* SPDX-License-Identifier: Apache-2.0
 *
 * Puts the rules together.  Must never judge by fewer rules than the contract
 * says: a policy that cannot be read is an error, never a rule less.
 */
#include "op/op_judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "sys/file.h"

struct option_key {
	struct wf_buf bytes;
	struct wf_policy_key key;
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
	struct entry *entries;
	size_t nentries, entrycap;
	struct wf_keyring *ring;
};

static enum wf_rc
read_key_file(const char *path, struct wf_buf *out, struct wf_err *err)
{
	enum wf_file_safety safety;
	char why[256];
	enum wf_rc rc;

	if ((rc = wf_file_safety(path, &safety, why, err)))
		return rc;
	if (safety != WF_FILE_SAFE)
		return wf_err_set(err, WF_R_UNSAFE_FILE, "key %s: %s", path, why);
	out->max = WF_MAX_KEY_BYTES;
	return wf_file_read(path, out, err);
}

static enum wf_rc
load_key(struct wf_op_judge *j, const char *path, struct wf_err *err)
{
	struct option_key *k = &j->keys[j->nkeys++];
	const struct wf_sigkey *parsed;
	enum wf_rc rc;

	if ((rc = read_key_file(path, &k->bytes, err)))
		return wf_err_wrap(err, "--key");
	k->key.path = path;
	k->key.bytes = wf_buf_str(&k->bytes);
	k->authority.name = path;
	k->authority.keys = &k->key;
	k->authority.nkeys = 1;
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
		if (o->policy || o->nkeys)
			break;
		if (o->nannotations) {
			wf_err_set(err, WF_R_USAGE, "-a alone names nobody whose signature counts");
			return wf_err_hint(err, "Give --key FILE or --policy FILE too.");
		}
		if ((rc = load_system(j, err)) || j->main)
			return rc;
		wf_err_set(err, WF_R_USAGE, "nothing to verify against: no --key, no --policy, "
		                            "and no system policy");
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
	if ((rc = load_policies(j, mode, err)))
		return rc;
	j->keys = wf_calloc(o->nkeys, sizeof(*j->keys));
	for (i = 0; i < o->nkeys; i++)
		if ((rc = load_key(j, o->keys[i], err)))
			return rc;
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
		all |= r.v[i].rule->formats;
	return all;
}

enum wf_rc
wf_op_judge_artifact(struct wf_op_judge *j, const char *match,
                     const char *entry_policy, const struct wf_artifact *a,
                     struct wf_judgement *out, struct wf_verified **verified,
                     struct wf_err *err)
{
	WF_AUTO(rules_end) struct rules r = {.v = NULL};
	struct wf_trust_input in;
	enum wf_rc rc;

	if ((rc = assemble(j, match, entry_policy, &r, err)))
		return rc;
	in = input_of(j, &r);
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

struct wf_json *
wf_op_judge_candidates_json(const struct wf_judgement *j)
{
	struct wf_json *list = wf_json_array(), *o, *steps;
	char digest[WF_DIGEST_TEXT];
	size_t i, k;

	for (i = 0; i < j->nverdicts; i++) {
		const struct wf_verdict *v = &j->verdicts[i];

		o = wf_json_object();
		wf_digest_text(&v->digest, digest);
		wf_json_set_z(o, "form", wf_form_word(v->form));
		wf_json_set_z(o, "digest", digest);
		wf_json_set_bool(o, "verified", v->verified);
		wf_json_set_z(o, "reason", v->verified ? NULL : wf_reason_word(v->reason));
		wf_json_set_z(o, "detail", v->verified ? NULL : v->detail);
		wf_json_set_z(o, "authority", v->authority);
		wf_json_set_z(o, "key", v->verified ? v->key_id : NULL);
		wf_json_set_z(o, "proofs", v->proofs_not_evaluated ? "not-evaluated" : NULL);
		steps = wf_json_array();
		for (k = 0; k < v->nsteps; k++)
			wf_json_push(steps, wf_json_new_z(v->steps[k]));
		wf_json_set(o, "checked", steps);
		wf_json_push(list, o);
	}
	return list;
}

struct wf_json *
wf_op_judge_authorities_json(const struct wf_judgement *j)
{
	struct wf_json *list = wf_json_array(), *o;
	size_t i;

	for (i = 0; i < j->nauthorities; i++) {
		const struct wf_authority_result *a = &j->authorities[i];

		o = wf_json_object();
		wf_json_set_z(o, "name", a->name);
		wf_json_set_bool(o, "satisfied", a->satisfied);
		/* identity and log members: of keyless signatures, not judged yet */
		wf_json_set_z(o, "identity", NULL);
		wf_json_set_z(o, "issuer", NULL);
		wf_json_set_z(o, "key", a->satisfied ? a->key_id : NULL);
		wf_json_set_z(o, "log_index", NULL);
		wf_json_set_z(o, "time", NULL);
		wf_json_set_z(o, "rule", a->rule);
		wf_json_push(list, o);
	}
	return list;
}
