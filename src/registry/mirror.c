/* SPDX-License-Identifier: Apache-2.0
 *
 * Mirrors: the same bytes from another place.  Must never take from one what
 * only the registry can say (what a tag means, that there is no signature),
 * believe a byte of it before its digest, or carry a login from one place to
 * another: each is opened under its own name.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "registry/request.h"
#include "sys/interrupt.h"

static struct wf_registry *
open_one(struct wf_registry *r, const struct wf_config_mirror *m, const char *rest)
{
	const struct wf_config *config = r->session->config;
	WF_AUTO(wf_freep) char *path = wf_asprintf("%s%s%s", m->path ? m->path : "",
	                                           m->path && *rest ? "/" : "", rest);
	const struct wf_config_registry *no = wf_config_blocked(config, m->host, path);
	struct wf_registry *p = wf_registry_place(r->session, m->host, path);

	if (no && !p->cannot.code)
		(void)wf_err_set(&p->cannot, WF_R_BLOCKED,
		                 "the configuration forbids to speak to %s (%s:%u)",
		                 m->host, no->pos.file, no->pos.line);
	return p;
}

void
wf_mirror_open(struct wf_registry *r)
{
	const struct wf_config *config = r->session->config;
	const struct wf_config_registry *c =
		config ? wf_config_mirrored(config, r->host, r->path) : NULL;
	const char *rest = r->path;
	size_t i;

	if (!c)
		return;
	if (c->path)
		rest += strlen(c->path);
	rest += *rest == '/';
	r->mirrors = wf_calloc(c->nmirrors, sizeof(struct wf_registry_use));
	for (i = 0; i < c->nmirrors; i++)
		/* that of the whole of another's repository has no name left */
		if (*rest || c->mirrors[i].path)
			r->mirrors[r->nmirrors++] = (struct wf_registry_use){
				.place = open_one(r, &c->mirrors[i], rest), .once = true};
}

/* What is wrong on this side is wrong with the next place too. */
static bool
elsewhere(const struct wf_err *why)
{
	return why->reason != WF_R_IO && why->reason != WF_R_BUG && !wf_interrupt_check(NULL);
}

/* May the next place be asked?  A mirror that cannot be spoken to is not asked
 * again. */
static bool
go_on(struct wf_registry_use *m, const char *name, const struct wf_err *why)
{
	if (!elsewhere(why))
		return false;
	wf_log(why->reason == WF_R_NOT_FOUND ? WF_LOG_INFO : WF_LOG_WARN,
	       "mirror %s: %s of %s: %s", m->place->host, name, m->place->path, why->msg);
	if (!m->cannot.code &&
	    (why->reason == WF_R_UNAVAILABLE || why->reason == WF_R_AUTH ||
	     why->reason == WF_R_PROTOCOL || why->reason == WF_R_TRY_AGAIN))
		m->cannot = *why;
	return true;
}

/* The next mirror to be asked, *i from 0; NULL after the last. */
static struct wf_registry_use *
next(const struct wf_registry *r, size_t *i)
{
	while (*i < r->nmirrors)
		if (!r->mirrors[(*i)++].cannot.code)
			return &r->mirrors[*i - 1];
	return NULL;
}

static enum wf_rc
get_manifest(void *self, const struct wf_digest *digest, struct wf_buf *out,
             struct wf_err *err)
{
	struct wf_registry *r = self;
	struct wf_registry_use *m;
	struct wf_source src;
	size_t i = 0, before = out->len;

	while ((m = next(r, &i))) {
		struct wf_err e = {0};

		src = wf_registry_alone(m);
		if (src.ops->manifest(src.self, digest, out, &e) == WF_OK)
			return WF_OK;
		out->len = before;
		if (!go_on(m, "manifest", &e)) {
			*err = e;
			return e.code;
		}
	}
	src = wf_registry_alone(&r->alone);
	return src.ops->manifest(src.self, digest, out, err);
}

/* Counts, so that a sink that took nothing need not begin again. */
struct passing {
	const struct wf_sink *sink;
	bool touched;
};

static enum wf_rc
pass(void *arg, const void *p, size_t n, struct wf_err *err)
{
	struct passing *t = arg;

	t->touched = true;
	return t->sink->add(t->sink->arg, p, n, err);
}

static enum wf_rc
get_blob(void *self, const struct wf_digest *digest, int64_t size,
         const char *name, const struct wf_sink *given, struct wf_err *err)
{
	struct wf_registry *r = self;
	struct wf_sink anew, *sink = &anew; /* who gave what it has is not known */
	enum wf_rc rc = wf_source_anew(given, sink, err);
	struct wf_registry_use *m;
	struct wf_source src;
	size_t i = 0;

	if (rc)
		return rc;
	while ((m = next(r, &i))) {
		struct passing t = {sink, false};
		/* checked here, whoever does it later: then it is too late */
		struct wf_sink checked = {.add = pass, .arg = &t};
		struct wf_err e = {0};

		src = wf_registry_alone(m);
		if (src.ops->blob(src.self, digest, size, name, &checked, &e) == WF_OK)
			return WF_OK;
		if ((t.touched && !sink->restart) || !go_on(m, name, &e)) {
			*err = e;
			return e.code;
		}
		if (t.touched && (rc = sink->restart(sink->arg, err)))
			return rc;
	}
	src = wf_registry_alone(&r->alone);
	return src.ops->blob(src.self, digest, size, name, sink, err);
}

/* A mirror may have signatures; that there are none it cannot say.  So for each
 * place under which there may be some the next one is asked, until there are. */
static enum wf_rc
get_leads(void *self, const struct wf_digest *subject, unsigned formats,
          struct wf_leads *out, struct wf_err *err)
{
	struct wf_referrers_question q = {subject, formats, false};
	WF_AUTO(wf_referrers_found_free) struct wf_referrers_found found = {.at = {{0}}};
	unsigned lacking = wf_referrers_places(formats), signatures;
	struct wf_registry *r = self;
	struct wf_registry_use *m, last = {.place = r};
	struct wf_err e = {0};
	enum wf_rc rc = WF_OK;
	size_t i = 0;

	signatures = lacking & (1u << WF_REFERRERS_SIG | 1u << WF_REFERRERS_API);
	while (rc == WF_OK && lacking && (m = next(r, &i))) {
		wf_err_clear(&e);
		rc = wf_referrers_ask(m, &q, &lacking, &found, &e);
		if (rc && go_on(m, "signatures", &e))
			rc = WF_OK;
	}
	signatures &= ~lacking;
	if (rc == WF_OK && lacking) {
		q.last = true;
		last.once = signatures; /* not worth a wait */
		wf_err_clear(&e);
		rc = wf_referrers_ask(&last, &q, &lacking, &found, &e);
		if (rc && signatures && elsewhere(&e)) {
			wf_log(WF_LOG_WARN, "%s: %s: of the signatures of %s there is what the mirrors have",
			       r->host, e.msg, r->path);
			rc = WF_OK;
		}
	}
	if (rc)
		*err = e;
	else
		wf_referrers_join(&found, subject, out);
	return rc;
}

struct wf_source
wf_mirror_source(struct wf_registry *r)
{
	static const struct wf_source_ops ops = {
		.manifest = get_manifest,
		.blob = get_blob,
		.leads = get_leads,
	};

	return (struct wf_source){&ops, r, true};
}
