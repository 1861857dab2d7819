/* SPDX-License-Identifier: Apache-2.0
 *
 * What registries and layouts share as sources.
 */
#include "store/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "ref/child.h"
#include "ref/oci.h"
#include "ref/unpack.h"

struct wf_lead *
wf_source_lead(struct wf_leads *l, enum wf_form form,
               const struct wf_digest *digest)
{
	struct wf_lead *lead;

	l->v = wf_grow(l->v, &l->cap, l->n, sizeof(*l->v));
	lead = &l->v[l->n++];
	memset(lead, 0, sizeof(*lead));
	lead->form = form;
	lead->digest = *digest;
	return lead;
}

void
wf_source_lead_break(struct wf_lead *lead, enum wf_reason reason,
                     const char *fmt, ...)
{
	char raw[sizeof(lead->detail)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	(void)wf_text_escape(raw, strnlen(raw, sizeof(raw)), lead->detail,
	                     sizeof(lead->detail));
	lead->broken = reason;
}

void
wf_source_leads_free(struct wf_leads *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->v[i].bytes);
	free(l->v);
	memset(l, 0, sizeof(*l));
}

/* What a referrer of that artifactType may hold. */
static unsigned
formats_of(const char *type)
{
	static const struct {
		const char *prefix;
		unsigned formats;
	} known[] = {
		{"application/vnd.dev.sigstore.bundle", WF_FORMAT_BUNDLE},
		{"application/vnd.dev.cosign.artifact.sig.", WF_FORMAT_LEGACY},
		{"application/vnd.in-toto+json", WF_FORMAT_LEGACY},
		/* what writers put there that did not know the type */
		{WF_OCI_EMPTY, WF_FORMATS_ALL},
		{"application/vnd.oci.image.config.v1+json", WF_FORMATS_ALL},
	};
	unsigned i;

	if (!type || !*type)
		return WF_FORMATS_ALL;
	for (i = 0; i < WF_COUNT(known); i++)
		if (strncmp(type, known[i].prefix, strlen(known[i].prefix)) == 0)
			return known[i].formats;
	return 0;
}

bool
wf_source_may_sign(const char *type, unsigned formats)
{
	return !type || !*type || formats_of(type) & formats;
}

bool
wf_source_signs(const char *type)
{
	unsigned formats = formats_of(type);

	return formats && formats != WF_FORMATS_ALL;
}

enum wf_rc
wf_source_artifact(const struct wf_source *src, struct wf_str text,
                   const struct wf_digest *digest, struct wf_artifact *out,
                   struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf manifest = WF_BUF_INIT(WF_MAX_OCI_MANIFEST_BYTES);
	struct wf_digest child;
	int64_t size;
	enum wf_rc rc;

	if (!wf_child_is_index(text))
		return wf_artifact_open(text, digest, out, err);
	if ((rc = wf_digest_check(text.p, text.len, digest, "index", err)) ||
	    (rc = wf_child_pick(text, &child, &size, err)) ||
	    (rc = src->ops->manifest(src->self, &child, &manifest, err)))
		return rc;
	return wf_artifact_open_index(text, wf_buf_str(&manifest), digest, out, err);
}

struct collected {
	struct wf_buf *out;
	size_t before; /* bytes that were there */
};

static enum wf_rc
to_buf(void *arg, const void *p, size_t n, struct wf_err *err)
{
	const struct collected *c = arg;

	return wf_buf_add(c->out, p, n, err);
}

static enum wf_rc
restart(void *arg, struct wf_err *err)
{
	const struct collected *c = arg;

	(void)err;
	c->out->len = c->before;
	return WF_OK;
}

enum wf_rc
wf_source_anew(const struct wf_sink *sink, struct wf_sink *out, struct wf_err *err)
{
	*out = *sink;
	out->have = 0;
	return sink->have ? sink->restart(sink->arg, err) : WF_OK;
}

enum wf_rc
wf_source_read(const struct wf_source *src, const struct wf_digest *digest,
               int64_t size, const char *name, struct wf_buf *out,
               struct wf_err *err)
{
	struct collected c = {out, out->len};
	struct wf_sink sink = {.add = to_buf, .arg = &c, .restart = restart};

	if (size < 0 || (uint64_t)size > out->max - out->len)
		return wf_err_set(err, WF_R_LIMIT,
		                  "%s has %jd bytes, the limit is %zu", name,
		                  (intmax_t)size, out->max);
	return src->ops->blob(src->self, digest, size, name, &sink, err);
}

/* A layer on its way through the unpacker.  What is wrong with its contents
 * counts only once the blob is the one that was asked for. */
struct unpacking {
	struct wf_unpack *u;
	struct wf_err err;
	enum wf_rc rc;
};

static enum wf_rc
to_unpack(void *arg, const void *p, size_t n, struct wf_err *err)
{
	struct unpacking *x = arg;

	(void)err;
	if (x->rc == WF_OK)
		x->rc = wf_unpack_add(x->u, p, n, &x->err);
	return WF_OK;
}

static enum wf_rc
take_out(const struct wf_source *src, const struct wf_artifact *a, struct wf_buf *out,
         struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf config = WF_BUF_INIT(WF_MAX_OCI_MANIFEST_BYTES);
	WF_AUTO(wf_unpack_freep) struct wf_unpack *u = NULL;
	WF_AUTO(wf_freep) char *file = NULL;
	struct unpacking x = {.rc = WF_OK};
	struct wf_sink sink = {.add = to_unpack, .arg = &x};
	enum wf_rc rc;

	if ((rc = wf_source_read(src, &a->config.digest, a->config.size, "config", &config, err)) ||
	    (rc = wf_layout_file(a->config.media_type, wf_buf_str(&config), &file, err)) ||
	    (rc = wf_unpack_new(a->pack, file, out, &u, err)))
		return rc;
	x.u = u;
	if ((rc = src->ops->blob(src->self, &a->layer.digest, a->layer.size, "layer", &sink, err)))
		return rc;
	if (x.rc == WF_OK)
		x.rc = wf_unpack_end(u, &x.err);
	if (x.rc == WF_OK)
		return WF_OK;
	if (err)
		*err = x.err;
	return err ? wf_err_wrap(err, "layout %s", a->layout) : x.rc;
}

enum wf_rc
wf_source_module(const struct wf_source *src, const struct wf_artifact *a, struct wf_buf *out,
                 struct wf_err *err)
{
	if (a->pack != WF_PACK_NONE)
		return take_out(src, a, out, err);
	return wf_source_read(src, &a->layer.digest, a->layer.size, "module", out, err);
}
