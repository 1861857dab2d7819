/* SPDX-License-Identifier: Apache-2.0
 *
 * Where signatures of a digest may be: cosign's tags, the referrers API, its
 * fallback tag.  Must never take an error for "there are none", nor follow a
 * list without end or off its origin.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "ref/oci.h"
#include "registry/request.h"

#define MAX_PAGES 20u /* of at least some entries each; we keep 100 */

/* A manifest under a tag, as a lead; absent is nothing. */
static enum wf_rc
by_tag(const struct wf_registry_use *u, const struct wf_digest *subject,
       const char *suffix, enum wf_form form, struct wf_leads *out,
       struct wf_err *err)
{
	WF_AUTO(wf_http_response_free) struct wf_http_response res = {0};
	WF_AUTO(wf_buf_free) struct wf_buf text =
		WF_BUF_INIT(WF_MAX_OCI_MANIFEST_BYTES);
	struct wf_err e = {0};
	struct wf_digest digest;
	struct wf_lead *lead;
	char tag[96], hex[65];
	enum wf_rc rc;

	wf_digest_hex(subject, hex);
	(void)snprintf(tag, sizeof(tag), "sha256-%s%s", hex, suffix);
	rc = wf_registry_manifest(u, tag, true, &text, &res, &e);
	if (e.reason == WF_R_NOT_FOUND)
		return WF_OK;
	if (rc && e.reason == WF_R_LIMIT) {
		lead = wf_source_lead(out, form, subject);
		wf_source_lead_break(lead, WF_R_CANDIDATE_LIMIT, "%s", e.msg);
		return WF_OK;
	}
	if (rc) {
		*err = e;
		return rc;
	}
	wf_digest_of(text.p, text.len, &digest);
	lead = wf_source_lead(out, form, &digest);
	lead->len = text.len;
	lead->bytes = wf_buf_steal(&text);
	return WF_OK;
}

/* What is looked for, and what of it was found. */
struct search {
	const struct wf_registry_use *u;
	const struct wf_digest *subject;
	unsigned formats;
	size_t seen; /* descriptors of referrers */
	struct wf_leads *out;
};

/* Descriptors of an index become leads; returns false when enough is enough. */
static bool
take_list(struct search *s, const struct wf_json *list, enum wf_form form)
{
	const struct wf_digest *subject = s->subject;
	struct wf_leads *out = s->out;
	struct wf_err ignored = {0};
	struct wf_oci_desc d;
	size_t i, k;

	for (i = 0; i < wf_json_len(list); i++) {
		if (++s->seen > WF_MAX_REFERRERS) {
			wf_source_lead_break(wf_source_lead(out, form, subject),
			                     WF_R_CANDIDATE_LIMIT,
			                     "there are more referrers than the %u that are examined",
			                     WF_MAX_REFERRERS);
			return false;
		}
		wf_err_clear(&ignored);
		if (wf_oci_desc_parse(wf_json_at(list, i), "referrer", &d, &ignored)) {
			wf_source_lead_break(wf_source_lead(out, form, subject),
			                     WF_R_CANDIDATE_MALFORMED, "%s",
			                     ignored.msg);
			continue;
		}
		if (!wf_source_may_sign(d.artifact_type, s->formats))
			continue;
		for (k = 0; k < out->n; k++)
			if (wf_digest_eq(&out->v[k].digest, &d.digest))
				break;
		if (k < out->n)
			continue;
		if (d.size > (int64_t)WF_MAX_OCI_MANIFEST_BYTES)
			wf_source_lead_break(wf_source_lead(out, form, &d.digest),
			                     WF_R_CANDIDATE_LIMIT,
			                     "the manifest has %jd bytes, the limit is %u",
			                     (intmax_t)d.size,
			                     WF_MAX_OCI_MANIFEST_BYTES);
		else
			wf_source_lead(out, form, &d.digest)->typed =
				wf_source_signs(d.artifact_type);
	}
	return true;
}

/* `cosign copy` tags the artifact itself as if it were the list. */
static bool
is_manifest(const struct wf_lead *lead)
{
	WF_AUTO(wf_oci_manifest_free) struct wf_oci_manifest m = {0};
	struct wf_err ignored = {0};

	return wf_oci_manifest_parse((struct wf_str){lead->bytes, lead->len},
	                             "fallback tag", &m, &ignored) == WF_OK;
}

/* The fallback tag: an index; a manifest instead means "no referrers", and
 * what is neither is told. */
static enum wf_rc
by_fallback(struct search *s, struct wf_err *err)
{
	WF_AUTO(wf_oci_index_free) struct wf_oci_index x = {0};
	struct wf_leads found = {0};
	struct wf_err why = {0};
	enum wf_rc rc = by_tag(s->u, s->subject, "", WF_FORM_BUNDLE_FALLBACK_TAG,
	                       &found, err);
	struct wf_lead *lead = found.n ? &found.v[0] : NULL;

	if (rc == WF_OK && lead && lead->bytes &&
	    wf_oci_index_parse((struct wf_str){lead->bytes, lead->len},
	                       "fallback tag", &x, &why) == WF_OK)
		(void)take_list(s, x.manifests, WF_FORM_BUNDLE_FALLBACK_TAG);
	else if (rc == WF_OK && lead && lead->broken != WF_R_OK)
		wf_source_lead_break(wf_source_lead(s->out, lead->form, s->subject),
		                     lead->broken, "%s", lead->detail);
	else if (rc == WF_OK && lead && is_manifest(lead))
		wf_log(WF_LOG_INFO, "the fallback tag of the referrers is no index: %s",
		       why.msg);
	else if (rc == WF_OK && lead)
		wf_source_lead_break(wf_source_lead(s->out, lead->form, s->subject),
		                     WF_R_CANDIDATE_MALFORMED, "%s", why.msg);
	wf_source_leads_free(&found);
	return rc;
}

/* The target of rel="next" in Link headers (RFC 8288), caller frees; NULL. */
static char *
next_link(char *const *links)
{
	for (; *links; links++) {
		const char *p = *links, *open, *close, *end, *rel;

		while ((open = strchr(p, '<')) && (close = strchr(open, '>'))) {
			end = close + 1;
			end += strcspn(end, "<");
			rel = memmem(close, (size_t)(end - close), "rel=", 4);
			if (rel && (strncmp(rel + 4, "\"next\"", 6) == 0 ||
			            strncmp(rel + 4, "next", 4) == 0))
				return wf_strndup(open + 1,
				                  (size_t)(close - open - 1));
			p = end;
		}
	}
	return NULL;
}

/* Where the list goes on; *url NULL at its end. */
static enum wf_rc
next_page(const struct wf_registry *r, const struct wf_http_response *res,
          const char *current, char **url, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *link = next_link(res->link);
	WF_AUTO(wf_freep) char *to = NULL;
	WF_AUTO(wf_freep) char *prefix =
		wf_asprintf("%s/v2/%s/referrers/", r->origin, r->path);
	enum wf_rc rc;

	*url = NULL;
	if (!link)
		return WF_OK;
	if ((rc = wf_http_resolve(current, link, &to, err)))
		return wf_err_wrap(err, "%s: Link", r->origin);
	if (strncmp(to, prefix, strlen(prefix)) != 0 || strcmp(to, current) == 0)
		return wf_err_set(err, WF_R_PROTOCOL,
		                  "%s: the list of referrers goes on at a place that is not its own",
		                  r->origin);
	*url = to;
	to = NULL;
	return WF_OK;
}

static enum wf_rc
one_page(struct search *s, const char *url, bool *more, bool *no_route,
         struct wf_http_response *res, struct wf_err *err)
{
	struct wf_registry *r = s->u->place;
	WF_AUTO(wf_oci_index_free) struct wf_oci_index x = {0};
	struct wf_request q = {.url = url, .accept = WF_OCI_INDEX,
	                       .name = "list of referrers", .may_miss = true,
	                       .no_route = no_route, .once = s->u->once,
	                       .max = WF_MAX_OCI_MANIFEST_BYTES};
	enum wf_rc rc;

	if ((rc = wf_request_send(r, &q, res, err)) ||
	    (rc = wf_request_no_page(r, res, wf_buf_str(&res->body), q.name, err)))
		return rc;
	if (wf_oci_index_parse(wf_buf_str(&res->body), q.name, &x, err)) {
		struct wf_err cause = *err;

		wf_err_clear(err);
		return wf_err_set(err, WF_R_PROTOCOL, "%s: %s", r->origin, cause.msg);
	}
	*more = take_list(s, x.manifests, WF_FORM_BUNDLE_REFERRER);
	return WF_OK;
}

static enum wf_rc
by_api(struct search *s, bool *absent, struct wf_err *err)
{
	struct wf_registry *r = s->u->place;
	char text[WF_DIGEST_TEXT];
	WF_AUTO(wf_freep) char *url = NULL;
	bool more = true, no_route = false;
	unsigned pages;
	enum wf_rc rc;

	*absent = r->no_referrers;
	if (*absent)
		return WF_OK;
	wf_digest_text(s->subject, text);
	url = wf_asprintf("%s/v2/%s/referrers/%s", r->origin, r->path, text);
	for (pages = 0; url && more; pages++) {
		WF_AUTO(wf_http_response_free) struct wf_http_response res = {0};
		struct wf_err e = {0};
		char *next;

		if (pages == MAX_PAGES) {
			wf_source_lead_break(
				wf_source_lead(s->out, WF_FORM_BUNDLE_REFERRER, s->subject),
				WF_R_CANDIDATE_LIMIT,
				"the list of referrers has more than %u pages",
				MAX_PAGES);
			return WF_OK;
		}
		rc = one_page(s, url, &more, &no_route, &res, &e);
		*absent = pages == 0 && e.reason == WF_R_NOT_FOUND;
		r->no_referrers |= *absent && no_route;
		if (*absent)
			return WF_OK;
		if (e.reason == WF_R_LIMIT) {
			wf_source_lead_break(
				wf_source_lead(s->out, WF_FORM_BUNDLE_REFERRER, s->subject),
				WF_R_CANDIDATE_LIMIT, "%s", e.msg);
			return WF_OK;
		}
		if (rc || (more && (rc = next_page(r, &res, url, &next, &e)))) {
			*err = e;
			return rc;
		}
		free(url);
		url = more ? next : NULL;
	}
	return WF_OK;
}

/* The places, asked side by side. */
struct asking {
	const struct wf_registry_use *u;
	const struct wf_digest *subject;
	unsigned formats;
	struct place_answer {
		struct wf_leads leads;
		enum wf_rc rc;
		struct wf_err err;
	} at[WF_REFERRERS_PLACES];
	enum wf_referrers_place which[WF_REFERRERS_PLACES];
	size_t n;
};

static void
asking_free(struct asking *a)
{
	size_t i;

	for (i = 0; i < WF_REFERRERS_PLACES; i++)
		wf_source_leads_free(&a->at[i].leads);
}

static enum wf_rc
by_referrers(const struct asking *a, struct wf_leads *out, struct wf_err *err)
{
	struct search s = {a->u, a->subject, a->formats, 0, out};
	bool absent = false;
	enum wf_rc rc = by_api(&s, &absent, err);

	return rc == WF_OK && absent ? by_fallback(&s, err) : rc;
}

static void
ask(void *arg, size_t i)
{
	struct asking *a = arg;
	struct place_answer *at = &a->at[a->which[i]];

	switch (a->which[i]) {
	case WF_REFERRERS_SIG:
		at->rc = by_tag(a->u, a->subject, ".sig", WF_FORM_SIG_TAG, &at->leads,
		                &at->err);
		break;
	case WF_REFERRERS_API:
		at->rc = by_referrers(a, &at->leads, &at->err);
		break;
	case WF_REFERRERS_ATT:
		at->rc = by_tag(a->u, a->subject, ".att", WF_FORM_ATT_TAG, &at->leads,
		                &at->err);
		break;
	case WF_REFERRERS_SBOM:
		at->rc = by_tag(a->u, a->subject, ".sbom", WF_FORM_SBOM_TAG, &at->leads,
		                &at->err);
		break;
	case WF_REFERRERS_PLACES:
		break;
	}
}

/* Moves the leads; a referrer that a tag has named before is one lead. */
static void
append(struct wf_leads *from, const struct wf_digest *subject, bool broken_too,
       struct wf_leads *out)
{
	size_t had = out->n, i, k;

	for (i = 0; i < from->n; i++) {
		struct wf_lead *l = &from->v[i];

		for (k = 0; k < had; k++)
			if (wf_digest_eq(&out->v[k].digest, &l->digest) &&
			    !wf_digest_eq(&l->digest, subject))
				break;
		if ((k < had && (l->form == WF_FORM_BUNDLE_REFERRER ||
		                 l->form == WF_FORM_BUNDLE_FALLBACK_TAG)) ||
		    (l->broken != WF_R_OK && !broken_too))
			continue;
		*wf_source_lead(out, l->form, &l->digest) = *l;
		l->bytes = NULL;
	}
}

unsigned
wf_referrers_places(unsigned formats)
{
	return 1u << WF_REFERRERS_API |
	       (formats & WF_FORMAT_LEGACY ? 1u << WF_REFERRERS_SIG : 0) |
	       (formats & WF_ASK_ATTESTATIONS ? 1u << WF_REFERRERS_ATT : 0) |
	       (formats & WF_ASK_UNSIGNED ? 1u << WF_REFERRERS_SBOM : 0);
}

/* Does what was found there make asking elsewhere needless?  What signs
 * nothing is not looked for. */
static bool
suffices(enum wf_referrers_place p, const struct wf_leads *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i].broken == WF_R_OK && (p != WF_REFERRERS_API || l->v[i].typed))
			return true;
	return p == WF_REFERRERS_SBOM;
}

enum wf_rc
wf_referrers_ask(const struct wf_registry_use *u, const struct wf_referrers_question *q,
                 unsigned *places, struct wf_referrers_found *found, struct wf_err *err)
{
	WF_AUTO(asking_free) struct asking a = {.u = u, .subject = q->subject,
	                                        .formats = q->formats};
	enum wf_referrers_place p;
	enum wf_rc rc = WF_OK;
	size_t i;

	for (p = 0; p < WF_REFERRERS_PLACES; p++)
		if (*places & 1u << p)
			a.which[a.n++] = p;
	wf_task_each(a.n, ask, &a);
	for (i = 0; i < a.n; i++) {
		p = a.which[i];
		if (a.at[p].rc) {
			if (rc == WF_OK)
				*err = a.at[p].err;
			rc = rc ? rc : a.at[p].rc;
			continue;
		}
		append(&a.at[p].leads, q->subject, q->last, &found->at[p]);
		if (q->last || suffices(p, &found->at[p]))
			*places &= ~(1u << p);
	}
	return rc;
}

void
wf_referrers_found_free(struct wf_referrers_found *f)
{
	size_t i;

	for (i = 0; i < WF_REFERRERS_PLACES; i++)
		wf_source_leads_free(&f->at[i]);
}

void
wf_referrers_join(struct wf_referrers_found *f, const struct wf_digest *subject,
                  struct wf_leads *out)
{
	size_t i;

	for (i = 0; i < WF_REFERRERS_PLACES; i++)
		append(&f->at[i], subject, true, out);
}

enum wf_rc
wf_referrers_leads(const struct wf_registry_use *u, const struct wf_digest *subject,
                   unsigned formats, struct wf_leads *out, struct wf_err *err)
{
	WF_AUTO(wf_referrers_found_free) struct wf_referrers_found found = {.at = {{0}}};
	const struct wf_referrers_question q = {subject, formats, true};
	unsigned places = wf_referrers_places(formats);
	enum wf_rc rc = wf_referrers_ask(u, &q, &places, &found, err);

	if (rc == WF_OK)
		wf_referrers_join(&found, subject, out);
	return rc;
}
