/* SPDX-License-Identifier: Apache-2.0
 *
 * Registries of the configuration: how each is spoken to, what stands in for
 * it, and to which nobody speaks.  Must never let a more specific entry lift
 * a block.
 */
#include <stddef.h>
#include <string.h>

#include "base/limits.h"
#include "config/value.h"
#include "ref/ref.h"

#define OFF(member) offsetof(struct wf_config_registry, member)

/* The grammar is the one of references: host[:port], and path where allowed.
 * Parts are the arena's; *path NULL: none. */
static bool
take_place(struct wf_arena *a, const char *text, const char **host, const char **path)
{
	WF_AUTO(wf_freep) char *whole = wf_asprintf("%s/x", text);
	WF_AUTO(wf_ref_free) struct wf_ref r = WF_REF_INIT;
	size_t n;

	if (wf_ref_parse(whole, &r, NULL) || r.kind != WF_REF_REGISTRY ||
	    r.tag || strcmp(r.match, whole) != 0)
		return false;
	n = strlen(r.path);
	*host = wf_arena_strn(a, r.host, strlen(r.host));
	*path = n > 1 ? wf_arena_strn(a, r.path, n - 2) : NULL;
	return true;
}

static void
take_mirrors(struct wf_field_ctx *c, const struct wf_field *f,
             const struct wf_yaml_node *v, void *out)
{
	struct wf_config_registry *r = out;
	const struct wf_yaml_node *m;
	struct wf_strs texts = {NULL, 0};
	struct wf_config_mirror *to;

	wf_field_texts(c, f, v, &texts);
	r->mirrors_set = true;
	if (v->kind != WF_YAML_LIST)
		return;
	if (v->n > WF_MAX_MIRRORS)
		wf_field_problem(c, v, "%s: expected at most %u, found %zu", f->name,
		                 WF_MAX_MIRRORS, v->n);
	r->mirrors = to = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*to));
	for (m = v->first; m; m = m->next) {
		if (m->kind != WF_YAML_SCALAR || m->text.len == 0)
			continue;
		if (take_place(c->arena, m->text.p, &to->host, &to->path))
			to++;
		else
			wf_field_problem(c, m, "%s: expected host[:port] or host[:port]/path as references write it, found \"%.200s\"",
			                 f->name, m->text.p);
	}
	r->nmirrors = (size_t)(to - r->mirrors);
}

static const struct wf_field registry_rows[] = {
	{.name = "plainHttp", .take = wf_field_bool, .off = OFF(plain_http)},
	{.name = "ca", .take = wf_field_path, .off = OFF(ca)},
	{.name = "clientCert", .take = wf_field_path, .off = OFF(client_cert)},
	{.name = "clientKey", .take = wf_field_path, .off = OFF(client_key)},
	{.name = "mirrors", .take = take_mirrors},
	{.name = "blocked", .take = wf_field_bool, .off = OFF(blocked)},
};
const struct wf_fields wf_config_registry_fields = WF_FIELDS("a registry", registry_rows);

/* What one field says about the others. */
static void
check(struct wf_field_ctx *c, const struct wf_config_registry *r,
      const struct wf_yaml_node *m)
{
	if (r->path && (r->plain_http || r->ca || r->client_cert || r->client_key))
		wf_field_problem(c, m->key, "a part of \"%.200s\" can be mirrored or blocked; how it is spoken to is said for the host",
		                 r->host);
	if (!r->client_cert != !r->client_key)
		wf_field_problem(c, m->key, "clientCert and clientKey go together");
	if (r->client_cert && r->plain_http)
		wf_field_problem(c, m->key, "clientCert needs TLS, and plainHttp says that there is none");
}

void
wf_config_take_registries(struct wf_field_ctx *c, const struct wf_field *f,
                          const struct wf_yaml_node *v, void *out)
{
	struct wf_config *cfg = out;
	const struct wf_yaml_node *m;

	if (!wf_field_is_map(c, f, v))
		return;
	cfg->registries = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*cfg->registries));
	for (m = v->first; m; m = m->next) {
		struct wf_config_registry *r = &cfg->registries[cfg->nregistries++];

		if (!take_place(c->arena, m->key->text.p, &r->host, &r->path)) {
			wf_field_problem(c, m->key, "%s: expected host[:port] or host[:port]/path as references write it, found \"%.200s\"",
			                 f->name, m->key->text.p);
			r->host = "";
		}
		r->pos = wf_field_pos(c, m->key);
		wf_field_read(c, f->sub, m, r);
		check(c, r, m);
	}
}

const struct wf_config_registry *
wf_config_registry_at(const struct wf_config *cfg, size_t i)
{
	return i < cfg->nregistries ? &cfg->registries[i] : NULL;
}

const struct wf_config_registry *
wf_config_registry(const struct wf_config *cfg, const char *host)
{
	size_t i;

	for (i = 0; i < cfg->nregistries; i++)
		if (!cfg->registries[i].path &&
		    strcmp(wf_ref_hub(cfg->registries[i].host), wf_ref_hub(host)) == 0)
			return &cfg->registries[i];
	return NULL;
}

/* The entry is of this repository, or of what it lies in. */
static bool
covers(const struct wf_config_registry *r, const char *host, const char *path)
{
	size_t n = r->path ? strlen(r->path) : 0;

	return strcmp(wf_ref_hub(r->host), wf_ref_hub(host)) == 0 &&
	       (n == 0 || (strncmp(path, r->path, n) == 0 &&
	                   (path[n] == '/' || path[n] == '\0')));
}

const struct wf_config_registry *
wf_config_blocked(const struct wf_config *cfg, const char *host, const char *path)
{
	size_t i;

	for (i = 0; i < cfg->nregistries; i++)
		if (cfg->registries[i].blocked && covers(&cfg->registries[i], host, path))
			return &cfg->registries[i];
	return NULL;
}

const struct wf_config_registry *
wf_config_mirrored(const struct wf_config *cfg, const char *host, const char *path)
{
	const struct wf_config_registry *r, *best = NULL;
	size_t i;

	for (i = 0; i < cfg->nregistries; i++) {
		r = &cfg->registries[i];
		if (r->mirrors_set && covers(r, host, path) &&
		    (!best || (r->path ? strlen(r->path) : 0) >
		              (best->path ? strlen(best->path) : 0)))
			best = r;
	}
	return best && best->nmirrors ? best : NULL;
}
