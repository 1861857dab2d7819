/* SPDX-License-Identifier: Apache-2.0
 *
 * Getting several artifacts side by side, ahead of being asked for each.  Must
 * never keep one from coming because another failed, nor hold in memory what
 * has no bound.
 */
#include "op/op_fetch.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/progress.h"
#include "op/op_fetch_parts.h"
#include "sys/clock.h"
#include "sys/interrupt.h"
#include "sys/task.h"

void
wf_op_fetch_list_add(struct wf_op_fetch_list *l, const char *text, unsigned formats)
{
	struct wf_ref ref = WF_REF_INIT;
	struct wf_err ignored = {0};
	size_t i;

	if (wf_ref_parse(text, &ref, &ignored))
		return;
	for (i = 0; i < l->n; i++)
		if (ref.has_digest && wf_digest_eq(&l->v[i].ref.digest, &ref.digest) &&
		    strcmp(l->v[i].ref.match, ref.match) == 0)
			break;
	if (i < l->n) /* two rules: what either needs */
		l->v[i].formats = l->v[i].formats && formats ? l->v[i].formats | formats : 0;
	if (ref.kind != WF_REF_REGISTRY || !ref.has_digest || i < l->n) {
		wf_ref_free(&ref);
		return;
	}
	l->v = wf_grow(l->v, &l->cap, l->n, sizeof(*l->v));
	l->v[l->n++] = (struct wf_op_fetch_want){ref, formats};
}

void
wf_op_fetch_list_free(struct wf_op_fetch_list *l)
{
	while (l->n)
		wf_ref_free(&l->v[--l->n].ref);
	free(l->v);
	memset(l, 0, sizeof(*l));
}

/* One transaction of several artifacts. */
struct batch {
	struct wf_op_fetch *f;
	struct wf_tx *tx;
	const struct wf_op_fetch_want *want[WF_MAX_FETCH_BATCH];
	struct wf_err err[WF_MAX_FETCH_BATCH];
	size_t n;
};

static void
fetch_one(void *arg, size_t i)
{
	struct batch *b = arg;
	const struct wf_op_fetch_want *w = b->want[i];
	WF_AUTO(wf_op_fetch_origin_free) struct wf_op_fetch_origin o = {0};
	struct wf_err *err = &b->err[i];

	if (wf_interrupt_check(err) || wf_op_fetch_open(b->f, &w->ref, &o, err))
		return;
	if (wf_op_fetch_transfer(b->f, &w->ref, w->formats, &o, &w->ref.digest,
	                         wf_tx_part(b->tx), err) == WF_OK)
		wf_err_clear(err);
}

/* What is peeked at waits in memory for its turn; past the bound the rest is
 * asked for one by one. */
static void
peek_one(void *arg, size_t i)
{
	struct batch *b = arg;
	const struct wf_op_fetch_want *w = b->want[i];
	WF_AUTO(wf_op_fetch_origin_free) struct wf_op_fetch_origin o = {0};
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	struct wf_op_fetch_read *r;
	struct wf_err e = {0};
	size_t k;

	if (b->f->peeked_bytes > WF_MAX_PEEKED_BYTES || wf_interrupt_check(&e))
		return;
	if (wf_op_fetch_peek(b->f, &w->ref, w->formats, &o, &w->ref.digest, &a, &e)) {
		(void)wf_op_fetch_note(b->f, &w->ref, &w->ref.digest, &e);
		return;
	}
	b->f->peeked_bytes += a.manifest_len + a.index_len;
	for (k = 0; k < a.ncand; k++)
		b->f->peeked_bytes += a.cand[k].payload_len;
	r = wf_op_fetch_note(b->f, &w->ref, &w->ref.digest, NULL);
	r->peeked = wf_malloc(sizeof(a));
	*r->peeked = a;
	memset(&a, 0, sizeof(a));
}

/* A transaction that cannot be begun or committed fails for each of them. */
static void
fetch_batch(struct batch *b)
{
	WF_AUTO(wf_tx_freep) struct wf_tx *tx = NULL;
	struct wf_err e = {0};
	size_t i;

	memset(b->err, 0, b->n * sizeof(b->err[0]));
	wf_clock_phase("transfer");
	if (wf_tx_begin(b->f->store, &tx, &e) == WF_OK) {
		b->tx = tx;
		wf_task_each(b->n, fetch_one, b);
		wf_clock_phase("store");
		if (wf_tx_commit(tx, &e) == WF_OK)
			wf_err_clear(&e);
	}
	wf_clock_phase(NULL);
	for (i = 0; i < b->n; i++) {
		const struct wf_err *failed = b->err[i].code != WF_OK ? &b->err[i]
		                              : e.code != WF_OK ? &e : NULL;

		(void)wf_op_fetch_note(b->f, &b->want[i]->ref, &b->want[i]->ref.digest, failed);
	}
}

static void
run_batch(struct batch *b)
{
	if (b->f->peek) {
		wf_clock_phase("transfer");
		wf_task_each(b->n, peek_one, b);
		wf_clock_phase(NULL);
	} else {
		fetch_batch(b);
	}
	b->n = 0;
}

void
wf_op_fetch_many(struct wf_op_fetch *f, const struct wf_op_fetch_list *l)
{
	WF_AUTO(wf_freep) struct batch *b = wf_calloc(1, sizeof(*b));
	WF_AUTO(wf_freep) const struct wf_op_fetch_want **todo = wf_calloc(l->n + 1, sizeof(*todo));
	size_t i, n = 0;

	b->f = f;
	for (i = 0; !f->offline && i < l->n; i++)
		if (!wf_op_fetch_complete(f, &l->v[i].ref, &l->v[i].ref.digest, l->v[i].formats))
			todo[n++] = &l->v[i];
	if (n < 2) /* one alone goes the way of one alone */
		return;
	if (!f->peek)
		wf_progress_expect(n);
	for (i = 0; i < n; i++) {
		b->want[b->n++] = todo[i];
		if (b->n == WF_MAX_FETCH_BATCH || i + 1 == n)
			run_batch(b);
	}
	if (!f->peek)
		wf_progress_over(n);
}
