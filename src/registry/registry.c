/* SPDX-License-Identifier: Apache-2.0
 *
 * A repository as a source.  Must never take a digest from a header, or a
 * manifest that does not hash to what was asked for.
 */
#include "registry/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "dep/crypto.h"
#include "ref/oci.h"
#include "registry/auth.h"
#include "registry/helper.h"
#include "registry/request.h"
#include "sys/interrupt.h"

/* An index is asked for too: some registries say "not found" else. */
#define ACCEPT WF_OCI_MANIFEST ", " WF_OCI_INDEX ", " WF_OCI_DOCKER_MANIFEST \
	", " WF_OCI_DOCKER_INDEX

static const struct wf_config_registry *
blocked(const struct wf_config *config, const char *host, const char *path)
{
	const struct wf_config_registry *c = wf_config_blocked(config, host, path);

	return c || strncmp(path, "v2/", 3) != 0 ? c : wf_config_blocked(config, host, path + 3);
}

/* What the configuration says of wherever a request goes: of a redirect's and a
 * token server's host like of a registry's.  A name has no other meaning with
 * its default port or a dot behind it. */
static enum wf_rc
rule(void *arg, const char *path, const char *origin, const char **ca, struct wf_err *err)
{
	const struct wf_registry_session *s = arg;
	const char *at = strstr(origin, "://") + 3, *port = strrchr(at, ':');
	size_t n = port && !strchr(port, ']') ? (size_t)(port - at) : strlen(at);
	WF_AUTO(wf_freep) char *host = NULL;
	WF_AUTO(wf_freep) char *whole = NULL;
	const struct wf_config_registry *c;

	if (!s->config)
		return WF_OK;
	if (!path)
		return wf_err_set(err, WF_R_PROTOCOL, "%s: not a path that is followed", origin);
	host = wf_asprintf("%.*s%s", (int)(n && at[n - 1] == '.' ? n - 1 : n), at, at + n);
	whole = wf_asprintf("%s%s", host, at[n] ? "" : origin[4] == 's' ? ":443" : ":80");
	if ((c = blocked(s->config, host, path)) || (c = blocked(s->config, whole, path)))
		return wf_err_set(err, WF_R_BLOCKED,
		                  "the configuration forbids to speak to %s%s%s (%s:%u)",
		                  c->host, c->path ? "/" : "", c->path ? c->path : "",
		                  c->pos.file, c->pos.line);
	c = wf_config_registry(s->config, host);
	*ca = c ? c->ca : NULL;
	return WF_OK;
}

struct wf_registry_session *
wf_registry_session_new(const struct wf_config *config)
{
	struct wf_registry_session *s = wf_calloc(1, sizeof(*s));
	const struct wf_config_registry *c;
	size_t i;

	s->config = config;
	for (i = 0; config && (c = wf_config_registry_at(config, i)); i++) {
		wf_http_allow(c->ca);
		wf_http_allow(c->client_cert);
		wf_http_allow(c->client_key);
	}
	s->http = wf_http_new(rule, s);
	return s;
}

static void
repo_free(struct wf_registry *r)
{
	wf_auth_wipe(&r->authorization);
	wf_login_free(&r->login);
	free(r->mirrors);
	free(r->host);
	free(r->path);
	free(r);
}

void
wf_registry_session_freep(struct wf_registry_session **sp)
{
	struct wf_registry_session *s = *sp;

	if (!s)
		return;
	while (s->nrepos)
		repo_free(s->repos[--s->nrepos]);
	free(s->repos);
	wf_arena_free(&s->arena);
	wf_helper_forget();
	wf_http_freep(&s->http);
	free(s);
	*sp = NULL;
}

/* Docker Hub's API has another name than its references. */
static const char *
api_host(const char *host)
{
	return strcmp(wf_ref_hub(host), "docker.io") == 0 ? "registry-1.docker.io" : host;
}

static struct wf_registry *
known(const struct wf_registry_session *s, const char *host, const char *path)
{
	size_t i;

	for (i = 0; i < s->nrepos; i++)
		if (strcmp(s->repos[i]->host, host) == 0 &&
		    strcmp(s->repos[i]->path, path) == 0)
			return s->repos[i];
	return NULL;
}

struct wf_registry *
wf_registry_place(struct wf_registry_session *s, const char *host, const char *path)
{
	const struct wf_config_registry *c =
		s->config ? wf_config_registry(s->config, host) : NULL;
	bool loopback = wf_ref_is_loopback(host);
	bool decided = c && (c->plain_http || c->ca || c->client_cert);
	WF_AUTO(wf_freep) char *origin = NULL;
	struct wf_registry *r = known(s, host, path);

	if (r)
		return r;
	r = wf_calloc(1, sizeof(*r));
	r->session = s;
	r->alone.place = r;
	r->host = wf_strdup(host);
	r->path = wf_strdup(path);
	r->cert = c ? c->client_cert : NULL;
	r->key = c ? c->client_key : NULL;
	r->plain = c && decided ? c->plain_http : loopback;
	r->undecided = loopback && !decided;
	origin = wf_asprintf("%s://%s", r->plain ? "http" : "https", api_host(host));
	r->origin = wf_arena_strn(&s->arena, origin, strlen(origin));
	if (wf_login_find(host, path, &r->login, &r->cannot))
		wf_login_free(&r->login);
	s->repos = wf_grow(s->repos, &s->cap, s->nrepos, sizeof(struct wf_registry *));
	s->repos[s->nrepos++] = r;
	return r;
}

enum wf_rc
wf_registry_open(struct wf_registry_session *s, const struct wf_ref *ref,
                 struct wf_registry **out, struct wf_err *err)
{
	const struct wf_config_registry *no;

	if (ref->kind != WF_REF_REGISTRY)
		return wf_err_set(err, WF_R_BUG, "not a registry reference");
	no = s->config ? wf_config_blocked(s->config, ref->host, ref->path) : NULL;
	if (no)
		return wf_err_set(err, WF_R_BLOCKED,
		                  "the configuration forbids to speak to %s%s%s (%s:%u)",
		                  no->host, no->path ? "/" : "",
		                  no->path ? no->path : "", no->pos.file,
		                  no->pos.line);
	*out = wf_registry_place(s, ref->host, ref->path);
	if (!(*out)->opened)
		wf_mirror_open(*out);
	(*out)->opened = true;
	return WF_OK;
}

void
wf_registry_freep(struct wf_registry **rp)
{
	*rp = NULL;
}

enum wf_rc
wf_registry_manifest(const struct wf_registry_use *u, const char *what, bool may_miss,
                     struct wf_buf *out, struct wf_http_response *res,
                     struct wf_err *err)
{
	WF_AUTO(wf_freep) char *path = wf_asprintf("manifests/%s", what);
	struct wf_request q = {.what = path, .accept = ACCEPT,
	                       .name = "manifest", .may_miss = may_miss, .once = u->once,
	                       .max = WF_MAX_OCI_MANIFEST_BYTES};
	struct wf_registry *r = u->place;
	enum wf_rc rc;

	if ((rc = wf_request_send(r, &q, res, err)))
		return rc;
	if ((rc = wf_request_no_page(r, res, wf_buf_str(&res->body), "manifest",
	                             err)))
		return rc;
	if (res->body.len == 0)
		return wf_err_set(err, WF_R_PROTOCOL,
		                  "%s: the manifest is empty", r->origin);
	return wf_buf_add(out, res->body.p, res->body.len, err);
}

static enum wf_rc
get_manifest(void *self, const struct wf_digest *digest, struct wf_buf *out,
             struct wf_err *err)
{
	WF_AUTO(wf_http_response_free) struct wf_http_response res = {0};
	char text[WF_DIGEST_TEXT];
	enum wf_rc rc;

	wf_digest_text(digest, text);
	if ((rc = wf_registry_manifest(self, text, false, out, &res, err)))
		return rc;
	return wf_digest_check(out->p, out->len, digest, "manifest", err);
}

/* Both announce a digest: a header that names another one than the bytes have
 * is a registry that cannot be believed. */
static enum wf_rc
check_header(const struct wf_registry *r, const struct wf_http_response *res,
             const struct wf_digest *have, struct wf_err *err)
{
	struct wf_digest said;
	char text[WF_DIGEST_TEXT];

	if (!res->digest || strncmp(res->digest, "sha256:", 7) != 0)
		return WF_OK;
	wf_digest_text(have, text);
	if (wf_digest_parse(wf_str(res->digest), "header", &said, NULL) == WF_OK &&
	    wf_digest_eq(&said, have))
		return WF_OK;
	return wf_err_set(err, WF_R_DIGEST_MISMATCH,
	                  "%s says the manifest is %.80s, and it hashes to %s",
	                  r->origin, res->digest, text);
}

enum wf_rc
wf_registry_resolve(struct wf_registry *r, const char *tag, struct wf_buf *out,
                    struct wf_digest *digest, struct wf_err *err)
{
	WF_AUTO(wf_http_response_free) struct wf_http_response res = {0};
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	struct wf_digest have;
	const char *type;
	enum wf_rc rc;

	if ((rc = wf_registry_manifest(&r->alone, tag, false, out, &res, err)))
		return rc;
	wf_digest_of(out->p, out->len, &have);
	if ((rc = check_header(r, &res, &have, err)) ||
	    (rc = wf_json_parse_sparse(wf_buf_str(out), "manifest", &j, err)))
		return rc;
	type = wf_json_z(wf_json_get(j, "mediaType"));
	if (type && res.content_type[0] && strcasecmp(type, res.content_type) != 0)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s sends the manifest as %s, and it calls itself %.200s",
		                  r->origin, res.content_type, type);
	*digest = have;
	return WF_OK;
}

/* A connection that breaks so often in one blob is not worth another try. */
#define MAX_RESUMED 8

/* A blob on its way to the sink. */
struct passing {
	const struct wf_registry *r;
	const struct wf_sink *sink;
	struct wf_sha256 *hash;
	const char *name;
	int64_t got, want;
	int64_t from; /* bytes that were there when this request was sent */
	bool page; /* Content-Type says that it is a web page */
};

/* What was asked to go on begins again (200), or goes on where it should. */
static enum wf_rc
resumed(struct passing *p, const struct wf_http_response *res, struct wf_err *err)
{
	if (res->status == 200 && p->sink->restart) {
		p->from = p->got = 0;
		wf_crypto_sha256_reset(p->hash);
		return p->sink->restart(p->sink->arg, err);
	}
	if (res->status == 206 && res->range_from == p->from)
		return WF_OK;
	return wf_err_set(err, WF_R_PROTOCOL,
	                  "%s does not go on with the %s at byte %jd, where the connection broke",
	                  p->r->origin, p->name, (intmax_t)p->from);
}

static enum wf_rc
blob_begin(void *arg, const struct wf_http_response *res, struct wf_err *err)
{
	struct passing *p = arg;
	enum wf_rc rc;

	if (p->from && (rc = resumed(p, res, err)))
		return rc;
	p->page = strcmp(res->content_type, "text/html") == 0;
	if (res->content_length >= 0 && res->content_length != p->want - p->from) {
		if (p->page)
			return wf_request_no_page(p->r, res, (struct wf_str){NULL, 0},
			                          p->name, err);
		return wf_err_set(err, WF_R_SIZE_MISMATCH,
		                  "%s: the %s has %jd bytes, expected %jd",
		                  p->r->origin, p->name,
		                  (intmax_t)(p->from + res->content_length),
		                  (intmax_t)p->want);
	}
	return WF_OK;
}

static enum wf_rc
blob_bytes(void *arg, const void *bytes, size_t n, struct wf_err *err)
{
	struct passing *p = arg;

	p->got += (int64_t)n;
	if (p->got > p->want)
		return wf_err_set(err, WF_R_SIZE_MISMATCH,
		                  "%s: the %s has more than the expected %jd bytes",
		                  p->r->origin, p->name, (intmax_t)p->want);
	if (!p->sink->checks)
		wf_crypto_sha256_add(p->hash, bytes, n);
	return p->sink->add(p->sink->arg, bytes, n, err);
}

/* A connection that breaks after it brought something is taken up again where
 * it broke, at the registry itself: where it was redirected to may be over. */
static enum wf_rc
receive(struct wf_registry *r, struct wf_request *q, struct passing *p,
        struct wf_http_response *res, struct wf_err *err)
{
	int tries;

	for (tries = 0;; tries++) {
		int64_t had = p->got;
		struct wf_err e = {0};
		enum wf_rc rc;

		q->from = (uint64_t)had;
		p->from = had;
		rc = wf_request_send(r, q, res, &e);
		if (rc == WF_OK)
			return WF_OK;
		if (e.reason != WF_R_UNAVAILABLE || p->got <= had || p->got >= p->want ||
		    tries == MAX_RESUMED || wf_interrupt_check(NULL)) {
			*err = e;
			return rc;
		}
		wf_log(WF_LOG_PROGRESS, "%s: %s, going on at byte %jd of %jd", q->name, e.msg,
		       (intmax_t)p->got, (intmax_t)p->want);
	}
}

static enum wf_rc
get_blob(void *self, const struct wf_digest *digest, int64_t size,
         const char *name, const struct wf_sink *sink, struct wf_err *err)
{
	WF_AUTO(wf_crypto_sha256_freep) struct wf_sha256 *hash =
		wf_crypto_sha256_new();
	WF_AUTO(wf_http_response_free) struct wf_http_response res = {0};
	const struct wf_registry_use *u = self;
	struct wf_registry *r = u->place;
	struct passing p = {.r = r, .sink = sink, .hash = hash, .name = name,
	                    .want = size, .got = sink->checks ? sink->have : 0};
	char text[WF_DIGEST_TEXT], have_z[WF_DIGEST_TEXT], path[96];
	struct wf_request q = {.what = path, .accept = "*/*", .name = name,
	                       .begin = blob_begin, .body = blob_bytes,
	                       .arg = &p, .max = (uint64_t)size, .once = u->once};
	struct wf_digest have;
	enum wf_rc rc;

	wf_digest_text(digest, text);
	(void)snprintf(path, sizeof(path), "blobs/%s", text);
	if ((rc = receive(r, &q, &p, &res, err)))
		return rc;
	if (p.got != size && p.page)
		return wf_request_no_page(r, &res, (struct wf_str){NULL, 0}, name, err);
	if (p.got != size)
		return wf_err_set(err, WF_R_SIZE_MISMATCH,
		                  "%s: the %s has %jd bytes, expected %jd",
		                  r->origin, name, (intmax_t)p.got, (intmax_t)size);
	if (sink->checks)
		return WF_OK;
	wf_crypto_sha256_end(hash, have.sha256);
	if (wf_digest_eq(&have, digest))
		return WF_OK;
	if (p.page)
		return wf_request_no_page(r, &res, (struct wf_str){NULL, 0}, name, err);
	wf_digest_text(&have, have_z);
	return wf_err_set(err, WF_R_DIGEST_MISMATCH,
	                  "%s: the %s hashes to %s, expected %s", r->origin, name,
	                  have_z, text);
}

static enum wf_rc
get_leads(void *self, const struct wf_digest *subject, unsigned formats,
          struct wf_leads *out, struct wf_err *err)
{
	return wf_referrers_leads(self, subject, formats, out, err);
}

struct wf_source
wf_registry_source(struct wf_registry *r)
{
	return r->nmirrors ? wf_mirror_source(r) : wf_registry_alone(&r->alone);
}

struct wf_source
wf_registry_alone(struct wf_registry_use *u)
{
	static const struct wf_source_ops ops = {
		.manifest = get_manifest,
		.blob = get_blob,
		.leads = get_leads,
	};

	return (struct wf_source){&ops, u, true};
}
