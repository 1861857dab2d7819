/* SPDX-License-Identifier: Apache-2.0
 *
 * The sections "trust" and "deny" of a policy (contract section 7).  Must
 * never take an authority that demands less than it seems to: a certificate
 * without identity or trusted root, an expression that means something else,
 * a condition that nobody checks.
 */
#include <string.h>

#include "sys/instant.h"
#include "base/limits.h"
#include "policy/regexp.h"
#include "policy/value.h"

/* --- keys and trusted roots ------------------------------------------------ */

/* digest_ok: a list of denied keys may name one by the digest of its SPKI. */
static struct wf_policy_key *
take_key_list(struct wf_field_ctx *c, const struct wf_field *f,
              const struct wf_yaml_node *v, bool digest_ok, size_t *n)
{
	struct wf_policy_ctx *p = wf_policy_around(c);
	struct wf_strs paths = {NULL, 0};
	struct wf_policy_key *keys;
	const struct wf_yaml_node *m;

	*n = 0;
	wf_field_texts(c, f, v, &paths);
	if (v->kind != WF_YAML_LIST)
		return NULL;
	keys = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*keys));
	for (m = v->first; m; m = m->next) {
		struct wf_policy_key *k = &keys[*n];
		struct wf_err why = {0};
		struct wf_digest d;

		if (m->kind != WF_YAML_SCALAR || m->text.len == 0)
			continue;
		*k = (struct wf_policy_key){.path = wf_field_copy(c, m)};
		(*n)++;
		if (digest_ok && wf_str_starts(m->text, "sha256:")) {
			if (wf_digest_parse(m->text, f->name, &d, &why))
				wf_field_problem(c, m, "%s", why.msg);
		} else if (p->key_dir &&
		           !wf_policy_read_file(p->p, p->key_dir, "key file", WF_MAX_KEY_BYTES,
		                                &k->path, &k->bytes, &why)) {
			wf_field_problem_as(c, why.code == WF_E_CONFIG ? why.reason : WF_R_CONFIG,
			                    m, "%s: %s", f->name, why.msg);
		}
	}
	return keys;
}

static void
take_keys(struct wf_field_ctx *c, const struct wf_field *f,
          const struct wf_yaml_node *v, void *out)
{
	struct wf_authority *a = out;

	a->keys = take_key_list(c, f, v, false, &a->nkeys);
}

static void
take_root(struct wf_field_ctx *c, const struct wf_field *f,
          const struct wf_yaml_node *v, void *out)
{
	struct wf_policy_ctx *p = wf_policy_around(c);
	struct wf_policy_root *r = out;
	struct wf_err why = {0};

	if (!wf_field_is_text(c, f, v))
		return;
	r->pos = wf_field_pos(c, v);
	r->public_good = wf_str_eqz(v->text, "public-good");
	r->path = r->public_good ? wf_policy_public_good() : wf_field_copy(c, v);
	if (p->key_dir && !wf_policy_read_file(p->p, p->key_dir, "trusted root", WF_MAX_ROOT_BYTES,
	                                       &r->path, &r->bytes, &why))
		wf_field_problem_as(c, why.code == WF_E_CONFIG ? why.reason : WF_R_CONFIG, v,
		                    "%s: %s", f->name, why.msg);
}

static void
take_annotations(struct wf_field_ctx *c, const struct wf_field *f,
                 const struct wf_yaml_node *v, void *out)
{
	struct wf_authority *a = out;

	a->annotations = wf_field_pairs(c, f, v, &a->nannotations);
}

/* --- identities ------------------------------------------------------------ */

static void
take_regexp(struct wf_field_ctx *c, const struct wf_field *f,
            const struct wf_yaml_node *v, void *out)
{
	WF_AUTO(wf_regexp_freep) struct wf_regexp *e = NULL;
	struct wf_err why = {0};

	wf_field_text(c, f, v, out);
	if (v->kind == WF_YAML_SCALAR && v->text.len &&
	    wf_regexp_compile(v->text.p, WF_R_CONFIG, &e, &why))
		wf_field_problem(c, v, "%s: %s", f->name, why.msg);
}

static void
take_extensions(struct wf_field_ctx *c, const struct wf_field *f,
                const struct wf_yaml_node *v, void *out)
{
	struct wf_identity *id = out;
	const struct wf_yaml_node *m;

	id->extensions = wf_field_pairs(c, f, v, &id->nextensions);
	for (m = v->kind == WF_YAML_MAP ? v->first : NULL; m; m = m->next)
		if (!wf_policy_extension(m->key->text.p, NULL))
			wf_field_problem(c, m->key, "%s: no certificate extension is called \"%.100s\": expected a name such as sourceRepositoryURI, see wasmfn-policy(5)",
			                 f->name, m->key->text.p);
}

static const struct wf_field identity_rows[] = {
	{.name = "issuer", .take = wf_field_text, .off = offsetof(struct wf_identity, issuer)},
	{.name = "issuerRegexp", .take = take_regexp,
	 .off = offsetof(struct wf_identity, issuer_regexp)},
	{.name = "subject", .take = wf_field_text, .off = offsetof(struct wf_identity, subject)},
	{.name = "subjectRegexp", .take = take_regexp,
	 .off = offsetof(struct wf_identity, subject_regexp)},
	{.name = "extensions", .take = take_extensions},
};
static const struct wf_fields identity_fields = WF_FIELDS("an identity", identity_rows);

static struct wf_identity *
take_identity_list(struct wf_field_ctx *c, const struct wf_field *f,
                   const struct wf_yaml_node *v, bool deny, size_t *n)
{
	const struct wf_yaml_node *m;
	struct wf_identity *ids, *id;
	size_t before;

	*n = 0;
	if (!wf_field_is_list(c, f, v))
		return NULL;
	ids = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*ids));
	for (m = v->first; m; m = m->next) {
		before = c->problems->n + c->problems->left_off;
		id = &ids[(*n)++];
		*id = (struct wf_identity){.pos = wf_field_pos(c, m)};
		wf_field_read(c, f->sub, m, id);
		if (before != c->problems->n + c->problems->left_off)
			continue;
		if (deny && !id->issuer && !id->issuer_regexp && !id->subject &&
		    !id->subject_regexp && !id->nextensions)
			wf_field_problem(c, m, "an identity that says nothing would deny everybody");
		if (!deny && !id->issuer && !id->issuer_regexp)
			wf_field_problem(c, m, "an identity has neither \"issuer\" nor \"issuerRegexp\": anybody could vouch for it");
		if (!deny && !id->subject && !id->subject_regexp)
			wf_field_problem(c, m, "an identity has neither \"subject\" nor \"subjectRegexp\": it would be everybody");
	}
	return ids;
}

static void
take_identities(struct wf_field_ctx *c, const struct wf_field *f,
                const struct wf_yaml_node *v, void *out)
{
	struct wf_authority *a = out;

	a->identities = take_identity_list(c, f, v, false, &a->nidentities);
}

/* --- authorities ----------------------------------------------------------- */

#define PROOF(name_, member) \
	{.name = (name_), .take = wf_field_int, .min = 0, .max = 32, \
	 .off = offsetof(struct wf_policy_proofs, member)}
static const struct wf_field proof_rows[] = {
	PROOF("transparencyLog", transparency_log),
	PROOF("signedCertificateTimestamps", scts),
	PROOF("timestamps", timestamps),
};
static const struct wf_fields proof_fields = WF_FIELDS("proofs", proof_rows);

static void
take_instant(struct wf_field_ctx *c, const struct wf_field *f,
             const struct wf_yaml_node *v, void *out)
{
	if (wf_field_is_text(c, f, v) && wf_instant_parse(v->text, out))
		wf_field_problem(c, v, "%s: expected a time such as 2026-01-31T00:00:00Z, found \"%.60s\"",
		                 f->name, v->text.p);
}

static const struct wf_field window_rows[] = {
	{.name = "start", .flags = WF_FIELD_REQUIRED, .take = take_instant,
	 .off = offsetof(struct wf_window, start)},
	{.name = "end", .take = take_instant, .off = offsetof(struct wf_window, end)},
};
static const struct wf_fields window_fields = WF_FIELDS("keysValidFor", window_rows);

static void
take_key_window(struct wf_field_ctx *c, const struct wf_field *f,
                const struct wf_yaml_node *v, void *out)
{
	struct wf_authority *a = out;

	a->has_key_window = true;
	a->key_window.has_end = wf_yaml_get(v, "end") != NULL;
	wf_field_read(c, f->sub, v, &a->key_window);
	if (a->key_window.has_end && wf_instant_cmp(a->key_window.end, a->key_window.start) < 0)
		wf_field_problem(c, v, "%s: ends before it starts", f->name);
}

static const struct wf_field authority_rows[] = {
	{.name = "name", .flags = WF_FIELD_REQUIRED, .take = wf_field_text,
	 .off = offsetof(struct wf_authority, name)},
	{.name = "keys", .take = take_keys},
	{.name = "keysValidFor", .take = take_key_window, .sub = &window_fields},
	{.name = "identities", .take = take_identities, .sub = &identity_fields},
	{.name = "trustedRoot", .take = take_root, .off = offsetof(struct wf_authority, root)},
	{.name = "proofs", .take = wf_field_map, .sub = &proof_fields,
	 .off = offsetof(struct wf_authority, proofs)},
	{.name = "annotations", .take = take_annotations},
};
static const struct wf_fields authority_fields = WF_FIELDS("an authority", authority_rows);

static bool
named_before(const struct wf_authority *v, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (v[i].name && name && strcmp(v[i].name, name) == 0)
			return true;
	return false;
}

/* What the fields of one authority come to together. */
static void
check_authority(struct wf_field_ctx *c, const struct wf_yaml_node *m,
                const struct wf_authority *a)
{
	if (a->nkeys == 0 && a->nidentities == 0)
		wf_field_problem(c, m, "an authority has neither keys nor identities: it could never be satisfied");
	if (a->nidentities && !a->root.path)
		wf_field_problem(c, m, "an authority has identities and no \"trustedRoot\": expected a file or public-good");
	if (a->nkeys == 0 && a->has_key_window)
		wf_field_problem(c, m, "an authority has \"keysValidFor\" and no keys");
	if (a->has_key_window && !a->root.path)
		wf_field_problem(c, m, "an authority has \"keysValidFor\" and no \"trustedRoot\": no time could be verified");
	if (a->nidentities == 0 && a->proofs.scts > 0)
		wf_field_problem(c, m, "proofs: only certificates have signedCertificateTimestamps, and the authority has no identities");
	if (!a->root.path && (a->proofs.transparency_log > 0 || a->proofs.timestamps > 0))
		wf_field_problem(c, m, "proofs: without \"trustedRoot\" no log and no timestamp could be checked");
}

static void
take_authorities(struct wf_field_ctx *c, const struct wf_field *f,
                 const struct wf_yaml_node *v, void *out)
{
	struct wf_trust_rule *r = out;
	const struct wf_yaml_node *m;

	if (!wf_field_is_list(c, f, v))
		return;
	if (v->n == 0)
		wf_field_problem(c, v, "%s: expected at least one", f->name);
	r->authorities = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*r->authorities));
	for (m = v->first; m; m = m->next) {
		struct wf_authority *a = &r->authorities[r->nauthorities];
		size_t before = c->problems->n + c->problems->left_off;

		*a = (struct wf_authority){.pos = wf_field_pos(c, m), .proofs = WF_PROOFS_UNSET};
		wf_field_read(c, f->sub, m, a);
		if (named_before(r->authorities, r->nauthorities, a->name))
			wf_field_problem(c, m, "a second authority \"%.100s\" in one rule",
			                 a->name);
		if (before == c->problems->n + c->problems->left_off)
			check_authority(c, m, a);
		r->nauthorities++;
	}
}

static const struct wf_field require_rows[] = {
	{.name = "atLeast", .flags = WF_FIELD_REQUIRED, .take = wf_field_int, .min = 1,
	 .max = 1000},
};
static const struct wf_fields require_fields = WF_FIELDS("require", require_rows);
static const char *const require_words[] = {"any", "all", NULL};

static void
take_require(struct wf_field_ctx *c, const struct wf_field *f,
             const struct wf_yaml_node *v, void *out)
{
	struct wf_trust_rule *r = out;
	int64_t n = 0;
	int i = -1;

	if (v->kind == WF_YAML_MAP) {
		wf_field_read(c, f->sub, v, &n);
		r->require = WF_REQUIRE_AT_LEAST;
		r->at_least = (unsigned)n;
		return;
	}
	wf_field_word(c, f, v, &i);
	if (i >= 0)
		r->require = i == 0 ? WF_REQUIRE_ANY : WF_REQUIRE_ALL;
}

static const char *const format_words[] = {"bundle", "legacy", NULL};

static void
take_formats(struct wf_field_ctx *c, const struct wf_field *f,
             const struct wf_yaml_node *v, void *out)
{
	struct wf_trust_rule *r = out;
	struct wf_strs words = {NULL, 0};
	size_t i;

	wf_field_words(c, f, v, &words);
	r->formats = 0;
	for (i = 0; i < words.n; i++)
		r->formats |= strcmp(words.v[i], "bundle") == 0 ? WF_FORMAT_BUNDLE
		                                                : WF_FORMAT_LEGACY;
}

/* --- attestations ---------------------------------------------------------- */

static const struct wf_field att_require_rows[] = {
	{.name = "builderId", .take = wf_field_text,
	 .off = offsetof(struct wf_attestation, builder_id)},
	{.name = "sourceUri", .take = wf_field_text,
	 .off = offsetof(struct wf_attestation, source_uri)},
};
static const struct wf_fields att_require_fields = WF_FIELDS("require", att_require_rows);

static void
check_names(struct wf_field_ctx *c, const struct wf_field *f,
            const struct wf_yaml_node *v, void *out)
{
	struct wf_strs names = {NULL, 0};

	(void)out; /* resolved when the whole rule is read */
	wf_field_texts(c, f, v, &names);
}

static const struct wf_field attestation_rows[] = {
	{.name = "predicateType", .flags = WF_FIELD_REQUIRED, .take = wf_field_text,
	 .off = offsetof(struct wf_attestation, predicate_type)},
	{.name = "authorities", .flags = WF_FIELD_FILLED, .take = check_names},
	{.name = "require", .take = wf_field_map, .sub = &att_require_fields},
};
static const struct wf_fields attestation_fields = WF_FIELDS("an attestation", attestation_rows);

static void
take_attestations(struct wf_field_ctx *c, const struct wf_field *f,
                  const struct wf_yaml_node *v, void *out)
{
	struct wf_trust_rule *r = out;
	const struct wf_yaml_node *m;
	struct wf_attestation *a;

	if (!wf_field_is_list(c, f, v))
		return;
	r->attestations = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*r->attestations));
	for (m = v->first; m; m = m->next) {
		a = &r->attestations[r->nattestations++];
		*a = (struct wf_attestation){.pos = wf_field_pos(c, m)};
		wf_field_read(c, f->sub, m, a);
		if ((a->builder_id || a->source_uri) && a->predicate_type &&
		    strncmp(a->predicate_type, "https://slsa.dev/provenance/", 28) != 0)
			wf_field_problem(c, m, "require: only SLSA provenance names builder and source, and predicateType is \"%.200s\"",
			                 a->predicate_type);
	}
}

/* Names to places, once all authorities are known.  Without a list, all. */
static void
resolve_names(struct wf_field_ctx *c, const struct wf_yaml_node *rule,
              struct wf_trust_rule *r)
{
	const struct wf_yaml_node *list = wf_yaml_get(rule, "attestations"), *m, *names, *name;
	struct wf_attestation *a = r->attestations;
	size_t i;

	for (m = list && a ? list->first : NULL; m; m = m->next, a++) {
		names = wf_yaml_get(m, "authorities");
		a->authorities = wf_arena_alloc(c->arena, (r->nauthorities + 1) * sizeof(size_t));
		if (!names)
			for (i = 0; i < r->nauthorities; i++)
				a->authorities[a->nauthorities++] = i;
		for (name = names ? names->first : NULL; name; name = name->next) {
			if (name->kind != WF_YAML_SCALAR || name->text.len == 0)
				continue;
			for (i = 0; i < r->nauthorities; i++)
				if (r->authorities[i].name && wf_str_eqz(name->text, r->authorities[i].name))
					break;
			if (i == r->nauthorities)
				wf_field_problem(c, name, "authorities: the rule has no authority \"%.100s\"",
				                 name->text.p);
			else if (a->nauthorities < r->nauthorities)
				a->authorities[a->nauthorities++] = i;
		}
	}
}

/* --- rules ----------------------------------------------------------------- */

static const struct wf_field trust_rows[] = {
	{.name = "match", .flags = WF_FIELD_REQUIRED | WF_FIELD_FILLED, .take = wf_policy_take_match,
	 .off = offsetof(struct wf_trust_rule, match)},
	{.name = "require", .take = take_require, .words = require_words,
	 .sub = &require_fields},
	{.name = "formats", .flags = WF_FIELD_FILLED, .take = take_formats, .words = format_words},
	{.name = "authorities", .flags = WF_FIELD_REQUIRED, .take = take_authorities,
	 .sub = &authority_fields},
	{.name = "attestations", .take = take_attestations, .sub = &attestation_fields},
};
const struct wf_fields wf_policy_trust_fields = WF_FIELDS("a trust rule", trust_rows);

void
wf_policy_take_trust(struct wf_field_ctx *c, const struct wf_field *f,
                     const struct wf_yaml_node *v, void *out)
{
	struct wf_policy *p = out;
	const struct wf_yaml_node *m;

	if (!wf_field_is_list(c, f, v))
		return;
	for (m = v->first; m; m = m->next) {
		struct wf_trust_rule r = {.formats = WF_FORMAT_BUNDLE | WF_FORMAT_LEGACY};

		r.pos = wf_field_pos(c, m);
		wf_field_read(c, f->sub, m, &r);
		resolve_names(c, m, &r);
		if (r.require == WF_REQUIRE_AT_LEAST && r.at_least > r.nauthorities)
			wf_field_problem(c, m, "require: at least %u of %zu authorities can never be satisfied",
			                 r.at_least, r.nauthorities);
		p->trust = wf_grow(p->trust, &p->trust_cap, p->ntrust, sizeof(r));
		p->trust[p->ntrust++] = r;
	}
}

/* --- deny ------------------------------------------------------------------ */

static struct wf_digest *
take_digests(struct wf_field_ctx *c, const struct wf_field *f,
             const struct wf_yaml_node *v, size_t *n)
{
	struct wf_strs texts = {NULL, 0};
	struct wf_digest *d;
	const struct wf_yaml_node *m;

	*n = 0;
	wf_field_texts(c, f, v, &texts);
	if (v->kind != WF_YAML_LIST)
		return NULL;
	d = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*d));
	for (m = v->first; m; m = m->next) {
		struct wf_err why = {0};

		if (m->kind != WF_YAML_SCALAR || m->text.len == 0)
			continue;
		if (wf_digest_parse(m->text, f->name, &d[*n], &why))
			wf_field_problem(c, m, "%s", why.msg);
		else
			(*n)++;
	}
	return d;
}

static void
take_deny_manifests(struct wf_field_ctx *c, const struct wf_field *f,
                    const struct wf_yaml_node *v, void *out)
{
	struct wf_deny *d = out;

	d->manifests = take_digests(c, f, v, &d->nmanifests);
}

static void
take_deny_modules(struct wf_field_ctx *c, const struct wf_field *f,
                  const struct wf_yaml_node *v, void *out)
{
	struct wf_deny *d = out;

	d->modules = take_digests(c, f, v, &d->nmodules);
}

static void
take_deny_keys(struct wf_field_ctx *c, const struct wf_field *f,
               const struct wf_yaml_node *v, void *out)
{
	struct wf_deny *d = out;

	d->keys = take_key_list(c, f, v, true, &d->nkeys);
}

static void
take_deny_identities(struct wf_field_ctx *c, const struct wf_field *f,
                     const struct wf_yaml_node *v, void *out)
{
	struct wf_deny *d = out;

	d->identities = take_identity_list(c, f, v, true, &d->nidentities);
}

static void
take_log_indexes(struct wf_field_ctx *c, const struct wf_field *f,
                 const struct wf_yaml_node *v, void *out)
{
	struct wf_deny *d = out;
	const struct wf_yaml_node *m;

	if (!wf_field_is_list(c, f, v))
		return;
	d->log_indexes = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*d->log_indexes));
	for (m = v->first; m; m = m->next)
		if (wf_field_number(c, f->name, m, 0, INT64_MAX, &d->log_indexes[d->nlog_indexes]))
			d->nlog_indexes++;
}

static const struct wf_field deny_rows[] = {
	{.name = "manifests", .take = take_deny_manifests},
	{.name = "modules", .take = take_deny_modules},
	{.name = "keys", .take = take_deny_keys},
	{.name = "identities", .take = take_deny_identities, .sub = &identity_fields},
	{.name = "logIndexes", .take = take_log_indexes},
};
const struct wf_fields wf_policy_deny_fields = WF_FIELDS("deny", deny_rows);

void
wf_policy_take_deny(struct wf_field_ctx *c, const struct wf_field *f,
                    const struct wf_yaml_node *v, void *out)
{
	struct wf_policy *p = out;
	struct wf_deny d = {.pos = wf_field_pos(c, v)};

	wf_field_read(c, f->sub, v, &d);
	p->deny = wf_grow(p->deny, &p->deny_cap, p->ndeny, sizeof(d));
	p->deny[p->ndeny++] = d;
}
