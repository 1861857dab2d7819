/* SPDX-License-Identifier: Apache-2.0
 *
 * From leads to candidates.  Must never let one bad signature hide another,
 * or take "could not be fetched" for "is not there".
 */
#include "store/collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "ref/oci.h"
#include "sys/task.h"

#define SIMPLE_SIGNING "application/vnd.dev.cosign.simplesigning.v1+json"
#define DSSE "application/vnd.dsse.envelope.v1+json"
#define BUNDLE "application/vnd.dev.sigstore.bundle"
#define COSIGN_SIG "application/vnd.dev.cosign.artifact.sig."

/* Leads that are followed side by side: their manifests are in memory, with
 * WF_MAX_OCI_MANIFEST_BYTES each. */
#define WINDOW 8u

/* A blob that following will ask for, asked for before. */
struct ahead {
	struct wf_digest digest;
	int64_t size;
	bool config; /* into the transaction alone */
	struct wf_buf bytes;
	enum wf_rc rc;
	struct wf_err err;
};

struct collector {
	const struct wf_source *src;
	struct wf_artifact *a;
	struct wf_tx_part *tx;
	size_t limit;     /* of candidates */
	size_t bytes;     /* of payloads in memory */
	size_t left_out;  /* candidates past the limits */
	struct wf_err *err;

	/* Looking ahead: nothing is read or added, only counted and noted. */
	bool looking;
	size_t would_add;
	struct ahead *ahead;
	size_t nahead, aheadcap;
};

static void
forget_ahead(struct collector *c)
{
	while (c->nahead)
		wf_buf_free(&c->ahead[--c->nahead].bytes);
}

static void
collector_free(struct collector *c)
{
	forget_ahead(c);
	free(c->ahead);
}

static struct ahead *
find_ahead(const struct collector *c, const struct wf_digest *digest, int64_t size,
           bool config)
{
	size_t i;

	for (i = 0; i < c->nahead; i++)
		if (c->ahead[i].config == config && c->ahead[i].size == size &&
		    wf_digest_eq(&c->ahead[i].digest, digest))
			return &c->ahead[i];
	return NULL;
}

static void
note_ahead(struct collector *c, const struct wf_oci_desc *d, bool config)
{
	if (find_ahead(c, &d->digest, d->size, config))
		return;
	c->ahead = wf_grow(c->ahead, &c->aheadcap, c->nahead, sizeof(*c->ahead));
	c->ahead[c->nahead++] = (struct ahead){
		.digest = d->digest, .size = d->size, .config = config,
		.bytes = WF_BUF_INIT((size_t)d->size),
	};
}

/* What is wrong with one signature, as opposed to the source: WF_R_OK when the
 * whole run has to fail. */
static enum wf_reason
fault_of(const struct wf_err *e)
{
	if (e->reason == WF_R_DIGEST_MISMATCH || e->reason == WF_R_SIZE_MISMATCH)
		return WF_R_DIGEST_MISMATCH;
	if (e->reason == WF_R_LIMIT)
		return WF_R_CANDIDATE_LIMIT;
	if (e->reason == WF_R_MALFORMED || e->reason == WF_R_NOT_FOUND)
		return WF_R_CANDIDATE_MALFORMED;
	return WF_R_OK;
}

static bool
full(const struct collector *c)
{
	return c->a->ncand + c->would_add >= c->limit;
}

static struct wf_candidate *
add(struct collector *c, enum wf_form form, const struct wf_digest *digest)
{
	struct wf_candidate *cand;

	if (full(c)) {
		c->left_out++;
		return NULL;
	}
	cand = wf_artifact_add(c->a, form);
	cand->digest = *digest;
	return cand;
}

/* Out of the store a signature that could not be read comes as a remark, and
 * again as a blob that is not there.  Remarks on the whole search bear the
 * artifact's own digest and are told apart by their reason. */
static bool
broken_already(const struct collector *c, const struct wf_digest *digest,
               enum wf_reason why)
{
	bool whole = wf_digest_eq(digest, &c->a->digest);
	size_t i;

	for (i = 0; i < c->a->ncand; i++)
		if (c->a->cand[i].broken != WF_R_OK &&
		    wf_digest_eq(&c->a->cand[i].digest, digest) &&
		    (!whole || c->a->cand[i].broken == why))
			return true;
	return false;
}

static void
add_broken(struct collector *c, enum wf_form form,
           const struct wf_digest *digest, enum wf_reason why,
           const char *detail)
{
	struct wf_candidate *cand;

	if (c->looking) {
		c->would_add++;
		return;
	}
	if (broken_already(c, digest, why) || !(cand = add(c, form, digest)))
		return;
	wf_artifact_break(cand, why, "%s", detail);
	if (c->tx)
		wf_tx_broken(c->tx, cand);
}

/* A layer into memory and, if there is one, into the transaction. */
static enum wf_rc
read_layer(struct collector *c, const struct wf_oci_desc *d, size_t limit,
           struct wf_buf *out, struct wf_err *err)
{
	struct ahead *ahead;
	enum wf_rc rc;

	if (d->size > (int64_t)limit)
		return wf_err_set(err, WF_R_LIMIT,
		                  "has %jd bytes, the limit is %zu",
		                  (intmax_t)d->size, limit);
	if ((size_t)d->size > WF_MAX_EVIDENCE_BYTES - c->bytes)
		return wf_err_set(err, WF_R_LIMIT,
		                  "all signatures together have more than %u bytes",
		                  WF_MAX_EVIDENCE_BYTES);
	if (c->looking) {
		note_ahead(c, d, false);
		c->bytes += (size_t)d->size;
		return WF_OK;
	}
	out->max = (size_t)d->size;
	ahead = find_ahead(c, &d->digest, d->size, false);
	if (ahead && ahead->rc)
		*err = ahead->err;
	rc = ahead ? ahead->rc ? ahead->rc
	                       : wf_buf_add(out, ahead->bytes.p, ahead->bytes.len, err)
	           : wf_source_read(c->src, &d->digest, d->size, "signature", out, err);
	if (rc)
		return rc;
	c->bytes += out->len;
	if (c->tx)
		return wf_tx_put(c->tx, &d->digest, wf_buf_str(out), err);
	return WF_OK;
}

static char *
copy_annotation(const struct wf_oci_desc *d, const char *key)
{
	const char *v = wf_oci_annotation(d->annotations, key);

	return v ? wf_strdup(v) : NULL;
}

/* How a layer holds what is signed. */
enum kind { KIND_OTHER, KIND_BUNDLE, KIND_LEGACY, KIND_ATTESTATION };

static enum wf_rc
add_payload(struct collector *c, enum wf_form form, const struct wf_oci_desc *d,
            enum kind kind)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(0);
	struct wf_candidate *cand;
	struct wf_err e = {0};

	if (read_layer(c, d, kind == KIND_LEGACY ? WF_MAX_SIG_PAYLOAD_BYTES
	                                         : WF_MAX_BUNDLE_BYTES, &bytes, &e)) {
		enum wf_reason why = fault_of(&e);

		if (why == WF_R_OK) {
			*c->err = e;
			return e.code;
		}
		add_broken(c, form, &d->digest, why, e.msg);
		return WF_OK;
	}
	if (c->looking) {
		c->would_add++;
		return WF_OK;
	}
	cand = add(c, form, &d->digest);
	if (!cand)
		return WF_OK;
	cand->payload_len = bytes.len;
	cand->payload = wf_buf_steal(&bytes);
	if (kind == KIND_BUNDLE)
		return WF_OK;
	cand->signature = copy_annotation(d, "dev.cosignproject.cosign/signature");
	cand->certificate = copy_annotation(d, "dev.sigstore.cosign/certificate");
	cand->chain = copy_annotation(d, "dev.sigstore.cosign/chain");
	cand->bundle = copy_annotation(d, "dev.sigstore.cosign/bundle");
	cand->timestamp = copy_annotation(d, "dev.sigstore.cosign/rfc3161timestamp");
	/* an envelope brings its own */
	if (!cand->signature && kind == KIND_LEGACY)
		wf_artifact_break(cand, WF_R_CANDIDATE_MALFORMED,
		                  "has no annotation dev.cosignproject.cosign/signature");
	return WF_OK;
}

/* Forms A, B, D and D': one signature or attestation a layer. */
static enum wf_rc
legacy(struct collector *c, enum wf_form form, const struct wf_lead *lead,
       const struct wf_oci_manifest *m, enum kind kind)
{
	const char *type = kind == KIND_ATTESTATION ? DSSE : SIMPLE_SIGNING;
	char why[200];
	enum wf_rc rc;
	size_t i;

	if (m->nlayers == 0)
		add_broken(c, form, &lead->digest, WF_R_CANDIDATE_MALFORMED,
		           "the signature manifest has no layers");
	for (i = 0; i < m->nlayers; i++) {
		const struct wf_oci_desc *d = &m->layers[i];

		if (full(c)) { /* nothing is read that is not kept */
			c->left_out += m->nlayers - i;
			break;
		}
		if (strcmp(d->media_type, type) == 0) {
			if ((rc = add_payload(c, form, d, kind)))
				return rc;
			continue;
		}
		(void)snprintf(why, sizeof(why), "layer of type \"%.100s\" is no %s",
		               d->media_type, kind == KIND_ATTESTATION
		               ? "DSSE envelope" : "simple signing payload");
		add_broken(c, form, &d->digest, WF_R_CANDIDATE_MALFORMED, why);
	}
	return WF_OK;
}

static enum kind
kind_of(const struct wf_oci_manifest *m)
{
	size_t i;

	for (i = 0; i < m->nlayers; i++) {
		const char *t = m->layers[i].media_type;

		if (strncmp(t, BUNDLE, strlen(BUNDLE)) == 0)
			return KIND_BUNDLE;
		if (strcmp(t, SIMPLE_SIGNING) == 0)
			return KIND_LEGACY;
		if (strcmp(t, DSSE) == 0)
			return KIND_ATTESTATION;
	}
	if (strncmp(m->effective_type, BUNDLE, strlen(BUNDLE)) == 0)
		return KIND_BUNDLE;
	if (strncmp(m->effective_type, COSIGN_SIG, strlen(COSIGN_SIG)) == 0)
		return KIND_LEGACY;
	return KIND_OTHER;
}

static enum wf_rc
bundle(struct collector *c, const struct wf_lead *lead,
       const struct wf_oci_manifest *m)
{
	if (m->nlayers != 1) {
		add_broken(c, lead->form, &lead->digest, WF_R_CANDIDATE_MALFORMED,
		           "a bundle manifest has exactly one layer");
		return WF_OK;
	}
	return add_payload(c, lead->form, &m->layers[0], KIND_BUNDLE);
}

/* The form of what a referrer holds, once that is known. */
static enum wf_form
referrer_form(const struct wf_lead *lead, enum kind kind)
{
	if (lead->form == WF_FORM_LAYOUT && kind != KIND_ATTESTATION)
		return WF_FORM_LAYOUT;
	switch (kind) {
	case KIND_LEGACY:
		return WF_FORM_SIG_REFERRER;
	case KIND_ATTESTATION:
		return WF_FORM_ATT_REFERRER;
	case KIND_BUNDLE:
	case KIND_OTHER:
		break;
	}
	return lead->form;
}

/* What the manifest turns out to be; *used: it is worth keeping. */
static enum wf_rc
classify(struct collector *c, const struct wf_lead *lead,
         const struct wf_oci_manifest *m, bool *used)
{
	enum kind kind = kind_of(m);
	enum wf_form form = referrer_form(lead, kind);

	*used = true;
	if (lead->form == WF_FORM_SIG_TAG ||
	    (lead->form == WF_FORM_LAYOUT && !m->has_subject && (kind == KIND_LEGACY || lead->named)))
		return legacy(c, lead->form, lead, m, KIND_LEGACY);
	if (lead->form == WF_FORM_ATT_TAG)
		return legacy(c, lead->form, lead, m, KIND_ATTESTATION);
	*used = false;
	if (lead->form == WF_FORM_SBOM_TAG) {
		add_broken(c, lead->form, &lead->digest, WF_R_UNSIGNED_FORM,
		           "an SBOM beside the artifact, which signs nothing");
		return WF_OK;
	}
	if (kind == KIND_OTHER)
		return WF_OK;
	if (!m->has_subject || !wf_digest_eq(&m->subject.digest, &c->a->digest)) {
		add_broken(c, form, &lead->digest, WF_R_SUBJECT_MISMATCH,
		           m->has_subject ? "its subject is another manifest"
		                          : "it has no subject");
		return WF_OK;
	}
	*used = true;
	return kind == KIND_BUNDLE ? bundle(c, lead, m) : legacy(c, form, lead, m, kind);
}

/* Other tools want the config of an image they read; we do not. */
static enum wf_rc
keep(struct collector *c, const struct wf_lead *lead, struct wf_str bytes,
     const struct wf_oci_manifest *m)
{
	char tag[80], hex[65];
	struct wf_err e = {0};
	bool att = lead->form == WF_FORM_ATT_TAG;
	bool named = att || lead->form == WF_FORM_SIG_TAG ||
	             (lead->form == WF_FORM_LAYOUT && !m->has_subject);
	bool config = m->config.size <= (int64_t)WF_MAX_OCI_MANIFEST_BYTES;
	const struct ahead *ahead;
	enum wf_rc rc;

	if (!c->tx)
		return WF_OK;
	if (c->looking) {
		if (config)
			note_ahead(c, &m->config, true);
		return WF_OK;
	}
	wf_digest_hex(&c->a->digest, hex);
	(void)snprintf(tag, sizeof(tag), "sha256-%s.%s", hex, att ? "att" : "sig");
	if ((rc = wf_tx_put(c->tx, &lead->digest, bytes, c->err)))
		return rc;
	ahead = config ? find_ahead(c, &m->config.digest, m->config.size, true) : NULL;
	if (ahead && ahead->rc)
		e = ahead->err;
	else if (config && wf_tx_fetch(c->tx, c->src, &m->config.digest, m->config.size,
	                               "config of a signature", &e) == WF_OK)
		wf_err_clear(&e);
	if (e.code != WF_OK && fault_of(&e) == WF_R_OK) {
		*c->err = e;
		return e.code;
	}
	wf_tx_sign(c->tx, &lead->digest, bytes.len, lead->form,
	           named ? tag : NULL);
	return WF_OK;
}

/* One that cannot be read or understood: a broken candidate, unless it is the
 * source that fails. */
static enum wf_rc
not_read(struct collector *c, const struct wf_lead *lead, const struct wf_err *e)
{
	enum wf_reason why = fault_of(e);

	if (why == WF_R_OK) {
		*c->err = *e;
		return e->code;
	}
	add_broken(c, lead->form, &lead->digest, why, e->msg);
	return WF_OK;
}

static enum wf_rc
follow(struct collector *c, const struct wf_lead *lead)
{
	WF_AUTO(wf_oci_manifest_free) struct wf_oci_manifest m = {0};
	WF_AUTO(wf_buf_free) struct wf_buf read =
		WF_BUF_INIT(WF_MAX_OCI_MANIFEST_BYTES);
	struct wf_str bytes = {lead->bytes, lead->len};
	struct wf_err e = {0};
	enum wf_rc rc = WF_OK;
	bool used = false;

	if (lead->broken != WF_R_OK) {
		add_broken(c, lead->form, &lead->digest, lead->broken, lead->detail);
		return WF_OK;
	}
	if (!lead->bytes) {
		rc = c->src->ops->manifest(c->src->self, &lead->digest, &read, &e);
		bytes = wf_buf_str(&read);
	}
	if (rc || wf_oci_manifest_parse(bytes, "signature manifest", &m, &e))
		return not_read(c, lead, &e);
	if ((rc = classify(c, lead, &m, &used)) || !used)
		return rc;
	return keep(c, lead, bytes, &m);
}

/* A window of leads, and what reading their manifests came to. */
struct window {
	struct collector *c;
	struct wf_lead *leads;
	size_t n;
	struct wf_err err[WINDOW];
};

static void
read_lead(void *arg, size_t i)
{
	struct window *w = arg;
	struct wf_lead *lead = &w->leads[i];
	WF_AUTO(wf_buf_free) struct wf_buf read = WF_BUF_INIT(WF_MAX_OCI_MANIFEST_BYTES);
	const struct wf_source *src = w->c->src;

	if (lead->broken != WF_R_OK || lead->bytes ||
	    src->ops->manifest(src->self, &lead->digest, &read, &w->err[i]))
		return;
	lead->len = read.len;
	lead->bytes = wf_buf_steal(&read);
}

static void
read_blob(void *arg, size_t i)
{
	struct collector *c = arg;
	struct ahead *a = &c->ahead[i];

	if (a->config)
		a->rc = wf_tx_fetch(c->tx, c->src, &a->digest, a->size,
		                    "config of a signature", &a->err);
	else
		a->rc = wf_source_read(c->src, &a->digest, a->size, "signature", &a->bytes,
		                       &a->err);
}

/* Asks for what following the window will ask for, side by side: first the
 * manifests, then what they name.  The order of the leads decides, here as
 * there, what is past the limits. */
static void
look_ahead(struct window *w)
{
	struct collector *c = w->c, was = *c;
	struct wf_err ignored = {0};
	size_t i;

	wf_task_each(w->n, read_lead, w);
	c->looking = true;
	c->err = &ignored;
	for (i = 0; i < w->n && !full(c); i++)
		if (w->leads[i].bytes)
			(void)follow(c, &w->leads[i]);
	c->looking = false;
	c->err = was.err;
	c->would_add = 0;
	c->bytes = was.bytes;
	c->left_out = was.left_out;
	wf_task_each(c->nahead, read_blob, c);
}

/* As far as the limits allow; *i is the first lead that was not followed. */
static enum wf_rc
follow_window(struct collector *c, struct wf_lead *leads, size_t n, size_t *i)
{
	struct window w = {.c = c, .leads = leads, .n = n};
	enum wf_rc rc = WF_OK;

	if (c->src->waits || c->tx)
		look_ahead(&w);
	for (*i = 0; rc == WF_OK && *i < n && c->a->ncand < c->limit; ++*i) {
		struct wf_lead *lead = &leads[*i];

		if (w.err[*i].code != WF_OK)
			rc = not_read(c, lead, &w.err[*i]);
		else
			rc = follow(c, lead);
		if (c->src->waits || c->tx) { /* bounded: not all of them at once */
			free(lead->bytes);
			lead->bytes = NULL;
		}
	}
	forget_ahead(c);
	return rc;
}

static enum wf_rc
collect(struct collector *c, unsigned formats)
{
	WF_AUTO(wf_source_leads_free) struct wf_leads leads = {0};
	struct wf_artifact *a = c->a;
	struct wf_candidate *cand;
	size_t i, n, done;
	enum wf_rc rc;

	if ((rc = c->src->ops->leads(c->src->self, &a->digest, formats, &leads, c->err)))
		return rc;
	for (i = 0; i < leads.n && a->ncand < c->limit; i += done) {
		n = leads.n - i < WINDOW ? leads.n - i : WINDOW;
		if ((rc = follow_window(c, &leads.v[i], n, &done)))
			return rc;
	}
	c->left_out += leads.n - i;
	if (c->left_out && !broken_already(c, &a->digest, WF_R_CANDIDATE_LIMIT)) {
		cand = wf_artifact_add(a, leads.v[leads.n - 1].form);
		cand->digest = a->digest;
		wf_artifact_break(cand, WF_R_CANDIDATE_LIMIT,
		                  "%zu more were not examined: the limit is %u",
		                  c->left_out, WF_MAX_CANDIDATES);
		if (c->tx)
			wf_tx_broken(c->tx, cand);
	}
	return WF_OK;
}

enum wf_rc
wf_collect(const struct wf_source *src, struct wf_artifact *a,
           unsigned *formats, struct wf_tx_part *tx, struct wf_err *err)
{
	/* out of a store comes what went in, the remark on the limit too */
	WF_AUTO(collector_free) struct collector c = {
		.src = src, .a = a, .tx = tx, .err = err,
		.limit = src->waits || tx ? WF_MAX_CANDIDATES : WF_MAX_CANDIDATES + 1,
	};
	enum wf_rc rc = collect(&c, *formats);

	if (rc || a->ncand || (*formats & WF_FORMATS_SIGNATURES) == WF_FORMATS_SIGNATURES)
		return rc;
	*formats = WF_FORMATS_ALL | WF_ASK_UNSIGNED;
	return collect(&c, *formats);
}
