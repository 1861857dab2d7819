/* SPDX-License-Identifier: Apache-2.0
 *
 * Getting an artifact.  Must never answer from the network what was asked
 * offline, nor leave anything in the store when it fails.
 */
#include "op/op_fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/text.h"
#include "op/op_fetch_parts.h"
#include "registry/registry.h"
#include "store/collect.h"
#include "store/tx.h"
#include "sys/clock.h"
#include "sys/interrupt.h"
#include "sys/task.h"

void
wf_op_fetch_origin_free(struct wf_op_fetch_origin *o)
{
	wf_store_freep(&o->layout);
	free(o->manifest);
}

void
wf_op_fetched_free(struct wf_op_fetched *f)
{
	if (!f)
		return;
	wf_artifact_free(&f->artifact);
	wf_buf_free(&f->module);
	memset(f, 0, sizeof(*f));
}

void
wf_op_fetch_end(struct wf_op_fetch *f)
{
	wf_registry_session_freep(&f->session);
	while (f->nread) {
		free(f->read[--f->nread].match);
		free(f->read[f->nread].failed);
		wf_artifact_free(f->read[f->nread].peeked);
		free(f->read[f->nread].peeked);
	}
	free(f->read);
	f->read = NULL;
	f->readcap = 0;
}

static struct wf_op_fetch_read *
find_read(const struct wf_op_fetch *f, const struct wf_ref *ref, const struct wf_digest *digest)
{
	size_t i;

	for (i = 0; i < f->nread; i++)
		if (wf_digest_eq(&f->read[i].digest, digest) &&
		    strcmp(f->read[i].match, ref->match) == 0)
			return &f->read[i];
	return NULL;
}

struct wf_op_fetch_read *
wf_op_fetch_note(struct wf_op_fetch *f, const struct wf_ref *ref, const struct wf_digest *digest,
          const struct wf_err *failed)
{
	struct wf_err *copy = NULL;

	if (failed) {
		copy = wf_malloc(sizeof(*copy));
		*copy = *failed;
	}
	f->read = wf_grow(f->read, &f->readcap, f->nread, sizeof(*f->read));
	f->read[f->nread] =
		(struct wf_op_fetch_read){wf_strdup(ref->match), *digest, copy, NULL};
	return &f->read[f->nread++];
}

enum wf_rc
wf_op_fetch_open(struct wf_op_fetch *f, const struct wf_ref *ref, struct wf_op_fetch_origin *o,
            struct wf_err *err)
{
	enum wf_rc rc;

	if (o->src.ops)
		return WF_OK;
	if (ref->kind == WF_REF_OCI_DIR) {
		if ((rc = wf_store_open_layout(ref, &o->layout, err)))
			return rc;
		o->src = wf_store_source(o->layout);
		return WF_OK;
	}
	if (!f->session)
		f->session = wf_registry_session_new(f->config);
	if ((rc = wf_registry_open(f->session, ref, &o->registry, err)))
		return rc;
	o->src = wf_registry_source(o->registry);
	return WF_OK;
}

/* The digest that was asked for, or what the tag means now. */
static enum wf_rc
resolve(struct wf_op_fetch *f, const struct wf_ref *ref, struct wf_op_fetch_origin *o,
        struct wf_digest *digest, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes =
		WF_BUF_INIT(WF_MAX_OCI_MANIFEST_BYTES);
	enum wf_rc rc;

	if (ref->has_digest) {
		*digest = ref->digest;
		return WF_OK;
	}
	if (!f->allow_tag)
		return wf_ref_need_digest(ref, err);
	if (ref->kind == WF_REF_REGISTRY && !ref->tag)
		return wf_err_set(err, WF_R_USAGE,
		                  "reference \"%s\" has neither tag nor digest",
		                  ref->text);
	if (f->offline && ref->kind == WF_REF_REGISTRY) {
		(void)wf_err_set(err, WF_R_OFFLINE,
		                 "what the tag of \"%s\" means cannot be asked offline",
		                 ref->text);
		return wf_err_hint(err, "Name the digest.");
	}
	if ((rc = wf_op_fetch_open(f, ref, o, err)))
		return rc;
	if (o->layout)
		return wf_store_resolve(o->layout, ref->tag, NULL, digest, err);
	if ((rc = wf_registry_resolve(o->registry, ref->tag, &bytes, digest, err)))
		return rc;
	o->manifest_len = bytes.len;
	o->manifest = wf_buf_steal(&bytes);
	return WF_OK;
}

static void
canonical(const struct wf_ref *ref, const struct wf_digest *digest,
          char out[512])
{
	char text[WF_DIGEST_TEXT];

	wf_digest_text(digest, text);
	(void)snprintf(out, 512, "%s%.400s%s%s", ref->archive ? "oci-archive:" : "",
	               ref->archive ? ref->path : ref->match, *ref->match ? "@" : "", text);
}

static enum wf_rc
nothing(void *arg, const void *p, size_t n, struct wf_err *err)
{
	(void)arg;
	(void)p;
	(void)n;
	(void)err;
	return WF_OK;
}

/* The module is in the store, whole: by size, or hashed when asked, and then
 * kept (NULL: nowhere). */
static bool
module_there(const struct wf_op_fetch *f, const struct wf_artifact *a,
             bool hash, struct wf_buf *keep)
{
	WF_AUTO(wf_freep) char *path = NULL;
	struct wf_source src = wf_store_source(f->store);
	struct wf_sink sink = {.add = nothing};
	struct wf_err ignored = {0};
	char hex[65];

	if (hash && keep) {
		if (wf_store_module(f->store, a, keep, &ignored) == WF_OK)
			return true;
		wf_err_clear(&ignored); /* what is wrong inside of a layer is said later */
		wf_buf_free(keep);
	}
	if (hash)
		return src.ops->blob(src.self, &a->layer.digest, a->layer.size,
		                     "module", &sink, &ignored) == WF_OK;
	wf_digest_hex(&a->layer.digest, hex);
	path = wf_asprintf("%s/blobs/sha256/%s", wf_store_path(f->store), hex);
	return access(path, R_OK) == 0;
}

enum wf_rc
wf_op_fetch_module(struct wf_op_fetch *f, const struct wf_ref *ref, const struct wf_artifact *a,
                   struct wf_digest *module, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(WF_MAX_MODULE_BYTES);
	WF_AUTO(wf_op_fetch_origin_free) struct wf_op_fetch_origin o = {0};
	enum wf_rc rc;

	if (module_there(f, a, false, NULL) || f->offline || ref->kind == WF_REF_DIGEST)
		o.src = wf_store_source(f->store);
	if ((rc = wf_op_fetch_open(f, ref, &o, err)) ||
	    (rc = wf_source_module(&o.src, a, &bytes, err)))
		return rc;
	wf_digest_of(bytes.p, bytes.len, module);
	return WF_OK;
}

static unsigned
wanted(unsigned formats)
{
	return formats ? formats : WF_FORMATS_ALL;
}

/* Where bundles alone are trusted nothing is asked for under tags. */
static unsigned
to_ask(const struct wf_op_fetch *f, unsigned formats)
{
	if (!formats)
		return WF_FORMATS_ALL | WF_ASK_UNSIGNED;
	return formats | (formats & WF_FORMAT_LEGACY ? f->also : 0);
}

/* The store has it, with the signatures that are asked for. */
bool
wf_op_fetch_complete(struct wf_op_fetch *f, const struct wf_ref *ref, const struct wf_digest *digest,
         unsigned formats)
{
	enum wf_store_known known = wf_store_known(f->store, digest, ref->match);

	if (f->refresh || known == WF_STORE_ABSENT)
		return false;
	return f->no_signatures ||
	       (known != WF_STORE_NO_SIGNATURES &&
	        !(wanted(formats) & ~wf_store_asked(f->store, digest, ref->match)));
}

/* Answers from the store; *done false: it has to be fetched. */
static enum wf_rc
from_store(struct wf_op_fetch *f, const struct wf_ref *ref,
           const struct wf_digest *digest, struct wf_op_fetched *out,
           bool *done, struct wf_err *err)
{
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	WF_AUTO(wf_buf_free) struct wf_buf module = WF_BUF_INIT(WF_MAX_MODULE_BYTES);
	bool only_store = f->offline || ref->kind == WF_REF_DIGEST;
	const struct wf_op_fetch_read *read = find_read(f, ref, digest);
	struct wf_err e = {0};
	enum wf_rc rc;

	*done = false;
	if (ref->kind == WF_REF_OCI_DIR) {
		/* local and cheap: read again, unless it was already or what
		 * is read cannot be kept */
		only_store = wf_store_for_writing(f->store, &e) != WF_OK;
		wf_err_clear(&e);
		if (!only_store && !read)
			return WF_OK;
	}
	if (read && read->failed) {
		*err = *read->failed;
		return err->code;
	}
	if (!only_store && !read && !wf_op_fetch_complete(f, ref, digest, f->formats))
		return WF_OK;
	rc = wf_store_load(f->store, digest, &a, &e);
	if (rc == WF_OK && !module_there(f, &a, f->recheck && !read, f->keep ? &module : NULL))
		rc = wf_err_set(&e, WF_R_OFFLINE,
		                "the module of \"%s\" is not in the store, or not as it was",
		                ref->text);
	if (rc && !only_store) {
		wf_log(WF_LOG_INFO, "fetching again: %s", e.msg);
		return WF_OK; /* what rotted is fetched again */
	}
	if (rc) {
		*err = e;
		return rc;
	}
	out->artifact = a;
	memset(&a, 0, sizeof(a));
	out->module = module;
	memset(&module, 0, sizeof(module));
	out->from_store = !read || ref->kind == WF_REF_OCI_DIR;
	out->signatures_asked = wf_store_asked(f->store, digest, ref->match);
	*done = true;
	return WF_OK;
}

static enum wf_rc
read_manifest(struct wf_op_fetch_origin *o, const struct wf_digest *digest,
              struct wf_artifact *a, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes =
		WF_BUF_INIT(WF_MAX_OCI_MANIFEST_BYTES);
	struct wf_str text = {o->manifest, o->manifest_len};
	enum wf_rc rc;

	if (!o->manifest) {
		if ((rc = o->src.ops->manifest(o->src.self, digest, &bytes, err)))
			return rc;
		text = wf_buf_str(&bytes);
	}
	return wf_source_artifact(&o->src, text, digest, a, err);
}

/* A source whose blobs are seen to move. */
struct shown {
	const struct wf_source *src;
	const struct wf_sink *sink;
	struct wf_progress_item *item;
};

static enum wf_rc
shown_add(void *arg, const void *p, size_t n, struct wf_err *err)
{
	const struct shown *s = arg;

	wf_progress_move(s->item, (int64_t)n);
	return s->sink->add(s->sink->arg, p, n, err);
}

static enum wf_rc
shown_restart(void *arg, struct wf_err *err)
{
	const struct shown *s = arg;

	wf_progress_move(s->item, -s->item->have);
	return s->sink->restart(s->sink->arg, err);
}

static enum wf_rc
shown_blob(void *self, const struct wf_digest *digest, int64_t size, const char *name,
           const struct wf_sink *sink, struct wf_err *err)
{
	struct shown *s = self;
	const struct wf_sink between = {shown_add, s, sink->checks,
	                                sink->restart ? shown_restart : NULL, sink->have};

	wf_progress_move(s->item, sink->have);
	s->sink = sink;
	return s->src->ops->blob(s->src->self, digest, size, name, &between, err);
}

/* The pieces of one artifact, fetched side by side. */
enum piece { PIECE_CONFIG, PIECE_MODULE, PIECE_SIGNATURES, PIECES };

struct pieces {
	const struct wf_source *src;
	struct wf_artifact *a;
	unsigned *formats;
	struct wf_tx_part *part;
	struct wf_progress_item *item;
	enum wf_rc rc[PIECES];
	struct wf_err err[PIECES];
};

static void
fetch_piece(void *arg, size_t i)
{
	struct pieces *p = arg;
	const struct wf_artifact *a = p->a;
	static const struct wf_source_ops blob = {.blob = shown_blob};
	struct shown shown = {.src = p->src, .item = p->item};
	const struct wf_source src = {&blob, &shown, p->src->waits};
	struct wf_err *err = &p->err[i];

	switch ((enum piece)i) {
	case PIECE_CONFIG:
		p->rc[i] = wf_tx_fetch(p->part, p->src, &a->config.digest, a->config.size,
		                       "config", err);
		break;
	case PIECE_MODULE:
		p->rc[i] = wf_tx_fetch(p->part, &src, &a->layer.digest, a->layer.size,
		                       "module", err);
		break;
	case PIECE_SIGNATURES:
		p->rc[i] = wf_collect(p->src, p->a, p->formats, p->part, err);
		if (p->rc[i])
			(void)wf_err_wrap(err, "signatures");
		break;
	case PIECES:
		break;
	}
}

static enum wf_rc
transfer(struct wf_op_fetch *f, const struct wf_ref *ref, unsigned formats,
         struct wf_op_fetch_origin *o, const struct wf_digest *digest, struct wf_tx_part *part,
         struct wf_progress_item *item, struct wf_err *err)
{
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	/* what was known before is asked for again: it will be replaced */
	struct wf_tx_artifact listed = {&a, ref->match, NULL, !f->no_signatures,
	                                to_ask(f, formats) |
	                                wf_store_asked(f->store, digest, ref->match)};
	struct pieces p = {.src = &o->src, .a = &a, .formats = &listed.formats,
	                   .part = part, .item = item};
	char name[512], text[WF_DIGEST_TEXT];
	enum wf_rc rc;
	size_t i;

	if ((rc = read_manifest(o, digest, &a, err)))
		return rc;
	item->want = a.layer.size;
	wf_task_each(f->no_signatures ? PIECE_SIGNATURES : PIECES, fetch_piece, &p);
	for (i = 0; i < PIECES; i++)
		if (p.rc[i]) {
			*err = p.err[i];
			return p.rc[i];
		}
	/* a directory is no name that other tools take */
	canonical(ref, digest, name);
	if (ref->kind == WF_REF_OCI_DIR) {
		wf_digest_text(digest, text);
		(void)snprintf(name, sizeof(name), "layout@%s", text);
	}
	listed.ref_name = name;
	return wf_tx_complete(part, &listed, err);
}

/* One artifact into its part of the transaction. */
enum wf_rc
wf_op_fetch_transfer(struct wf_op_fetch *f, const struct wf_ref *ref, unsigned formats,
         struct wf_op_fetch_origin *o, const struct wf_digest *digest, struct wf_tx_part *part,
         struct wf_err *err)
{
	WF_AUTO(wf_freep) char *whole = NULL;
	char name[300], hex[65];
	struct wf_progress_item item = {.name = name};
	enum wf_rc rc;

	wf_digest_hex(digest, hex);
	whole = wf_asprintf("%s@%.12s", ref->kind == WF_REF_OCI_DIR ? ref->path : ref->match, hex);
	(void)wf_text_escape(whole, strlen(whole), name, sizeof(name));
	wf_progress_begin(&item);
	rc = transfer(f, ref, formats, o, digest, part, &item, err);
	item.failed = rc != WF_OK;
	wf_progress_end(&item);
	return rc;
}

enum wf_rc
wf_op_fetch_peek(struct wf_op_fetch *f, const struct wf_ref *ref, unsigned formats,
                 struct wf_op_fetch_origin *o, const struct wf_digest *digest,
                 struct wf_artifact *out, struct wf_err *err)
{
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	unsigned asked = to_ask(f, formats);
	enum wf_rc rc;

	if ((rc = wf_op_fetch_open(f, ref, o, err)) || (rc = read_manifest(o, digest, &a, err)))
		return rc;
	if ((rc = wf_collect(&o->src, &a, &asked, NULL, err)))
		return wf_err_wrap(err, "signatures");
	*out = a;
	memset(&a, 0, sizeof(a));
	return WF_OK;
}

/* What was peeked at ahead is handed out once: it may be large. */
static bool
peeked_ahead(struct wf_op_fetch *f, const struct wf_ref *ref, const struct wf_digest *digest,
             struct wf_artifact *out)
{
	struct wf_op_fetch_read *r = find_read(f, ref, digest);
	WF_AUTO(wf_freep) struct wf_artifact *a = r ? r->peeked : NULL;

	if (!a)
		return false;
	*out = *a;
	r->peeked = NULL;
	return true;
}

static enum wf_rc
transfer_alone(struct wf_op_fetch *f, const struct wf_ref *ref, struct wf_op_fetch_origin *o,
               const struct wf_digest *digest, struct wf_err *err)
{
	WF_AUTO(wf_tx_freep) struct wf_tx *tx = NULL;
	enum wf_rc rc;

	if ((rc = wf_op_fetch_open(f, ref, o, err)) ||
	    (rc = wf_tx_begin(f->store, &tx, err)) ||
	    (rc = wf_op_fetch_transfer(f, ref, f->formats, o, digest, wf_tx_part(tx), err)))
		return rc;
	wf_clock_phase("store");
	return wf_tx_commit(tx, err);
}

static enum wf_rc
fetch(struct wf_op_fetch *f, const struct wf_ref *ref, struct wf_op_fetch_origin *o,
      struct wf_op_fetched *out, struct wf_err *err)
{
	struct wf_digest digest;
	bool done;
	enum wf_rc rc;

	if ((rc = resolve(f, ref, o, &digest, err)))
		return rc;
	canonical(ref, &digest, out->ref);
	if (ref->kind == WF_REF_OCI_DIR && (rc = wf_op_fetch_open(f, ref, o, err)))
		return rc;
	out->signatures_asked = true;
	if (f->peek && peeked_ahead(f, ref, &digest, &out->artifact))
		return WF_OK;
	if ((rc = from_store(f, ref, &digest, out, &done, err)) || done)
		return rc;
	if (f->peek && ref->kind == WF_REF_REGISTRY)
		return wf_op_fetch_peek(f, ref, f->formats, o, &digest, &out->artifact, err);
	if ((rc = transfer_alone(f, ref, o, &digest, err)) ||
	    (rc = wf_store_load(f->store, &digest, &out->artifact, err)))
		return rc;
	out->signatures_asked = wf_store_asked(f->store, &digest, ref->match);
	if (ref->kind == WF_REF_OCI_DIR)
		(void)wf_op_fetch_note(f, ref, &digest, NULL);
	return WF_OK;
}

enum wf_rc
wf_op_fetch(struct wf_op_fetch *f, const struct wf_ref *ref,
            struct wf_op_fetched *out, struct wf_err *err)
{
	WF_AUTO(wf_op_fetched_free) struct wf_op_fetched got = WF_OP_FETCHED_INIT;
	WF_AUTO(wf_op_fetch_origin_free) struct wf_op_fetch_origin o = {0};
	enum wf_rc rc;

	if (ref->kind != WF_REF_REGISTRY && ref->kind != WF_REF_OCI_DIR &&
	    ref->kind != WF_REF_DIGEST)
		return wf_err_set(err, WF_R_USAGE,
		                  "\"%s\" is a file, expected a reference to a registry or a layout",
		                  ref->text);
	wf_clock_phase("transfer");
	rc = fetch(f, ref, &o, &got, err);
	wf_clock_phase(NULL);
	if (rc)
		return wf_err_wrap(err, "%.200s", ref->text);
	*out = got;
	memset(&got, 0, sizeof(got));
	return WF_OK;
}
