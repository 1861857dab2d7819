/* SPDX-License-Identifier: Apache-2.0
 *
 * Compares two modules under one policy.  Must never call a power old because
 * the policy denied something else of the same kind before.
 */
#include "op/op_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Memories have one decision each, in their order; others are known by their
 * subject. */
static const struct wf_decision *
nth(const struct wf_policy_verdict *v, const char *capability, size_t n)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i].capability, capability) == 0 && n-- == 0)
			return &v->v[i];
	return NULL;
}

static bool
is(const struct wf_decision *d, const char *capability)
{
	return strcmp(d->capability, capability) == 0;
}

/* A ceiling was passed before too: then only to pass it further is new. */
static bool
further(const struct wf_op_diff *x, const struct wf_decision *d, size_t memory)
{
	const struct wf_wasm *a = x->before.wasm, *b = x->after.wasm;
	const struct wf_wasm_limits *was = wf_delta_memory(a, memory);
	const struct wf_wasm_limits *now = wf_delta_memory(b, memory);

	if (is(d, "module.maxSize"))
		return b->size > a->size;
	return !was || !now || wf_delta_pages(now) > wf_delta_pages(was);
}

static int
by_subject(const void *a, const void *b)
{
	const struct wf_decision *x = *(const struct wf_decision *const *)a;
	const struct wf_decision *y = *(const struct wf_decision *const *)b;
	size_t n = x->subject.len < y->subject.len ? x->subject.len : y->subject.len;
	int c = n ? memcmp(x->subject.p, y->subject.p, n) : 0;

	if (c == 0)
		c = x->subject.len < y->subject.len ? -1 : x->subject.len > y->subject.len;
	return c ? c : strcmp(x->capability, y->capability);
}

/* What is denied now and was not denied before; is.v does not move any more. */
static void
find_new(struct wf_op_diff *x)
{
	WF_AUTO(wf_freep) const struct wf_decision **old = wf_calloc(x->was.n + 1, sizeof(*old));
	size_t nold = 0, memory = 0;

	for (size_t i = 0; i < x->was.n; i++)
		if (!x->was.v[i].allowed)
			old[nold++] = &x->was.v[i];
	qsort(old, nold, sizeof(*old), by_subject);
	x->new_denied = wf_calloc(x->is.n + 1, sizeof(*x->new_denied));
	x->sorted = wf_calloc(x->is.n + 1, sizeof(*x->sorted));
	for (size_t i = 0; i < x->is.n; i++)
		x->sorted[i] = &x->is.v[i];
	qsort(x->sorted, x->is.n, sizeof(*x->sorted), by_subject);
	for (size_t i = 0; i < x->is.n; i++) {
		const struct wf_decision *d = &x->is.v[i];
		size_t m = is(d, "module.memory.maxPages") ? memory++ : 0;
		bool new;

		if (d->allowed)
			continue;
		if (is(d, "module.memory.maxPages") || is(d, "module.maxSize"))
			new = further(x, d, m);
		else if (is(d, "module.start"))
			new = !wf_delta_has_start(x->before.wasm);
		else
			new = !bsearch(&d, old, nold, sizeof(*old), by_subject);
		if (new)
			x->new_denied[x->nnew_denied++] = d;
	}
}

/* An import may be called like a feature: of those with one subject, the one
 * of that kind. */
static const struct wf_decision *
about(const struct wf_op_diff *x, struct wf_str subject, bool feature)
{
	struct wf_decision key = {.subject = subject, .capability = ""};
	const struct wf_decision *k = &key;
	size_t low = 0, high = x->is.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (by_subject(&x->sorted[mid], &k) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < x->is.n && wf_str_eq(x->sorted[low]->subject, subject); low++) {
		const char *c = x->sorted[low]->capability;

		if (feature ? is(x->sorted[low], "module.features")
		            : strncmp(c, "module.", 7) != 0 && strncmp(c, "deny.", 5) != 0)
			return x->sorted[low];
	}
	return NULL;
}

const struct wf_decision *
wf_op_diff_decision(const struct wf_op_diff *x, const struct wf_delta_row *row)
{
	size_t n = 0;

	if (row->how == WF_DELTA_LOST)
		return NULL;
	switch (row->what) {
	case WF_DELTA_KIND:
		return nth(&x->is, "module.kinds", 0);
	case WF_DELTA_START:
		return nth(&x->is, "module.start", 0);
	case WF_DELTA_MEMORY:
		n = strtoul(row->subject.p + sizeof("memory ") - 1, NULL, 10);
		return nth(&x->is, "module.memory.maxPages", n);
	case WF_DELTA_IMPORT:
	case WF_DELTA_FEATURE:
		return about(x, row->subject, row->what == WF_DELTA_FEATURE);
	case WF_DELTA_CAPABILITY:
	case WF_DELTA_EXPORT:
	case WF_DELTA_MEMBER:
	case WF_DELTA_TABLE:
		break;
	}
	return NULL;
}

static enum wf_rc
refuse(const struct wf_op_diff *x, struct wf_err *err)
{
	const struct wf_decision *d = x->new_denied[0];
	char place[300] = "";

	if (d->pos.file)
		(void)snprintf(place, sizeof(place), " at %.250s:%u", d->pos.file, d->pos.line);
	return wf_err_set(err, WF_R_DENIED,
		"%s gains %zu thing%s that policy does not allow: %.*s (%s): %s%s", x->after.name,
		x->nnew_denied, x->nnew_denied == 1 ? "" : "s",
		(int)(d->subject.len < 200 ? d->subject.len : 200),
		d->subject.p ? d->subject.p : "", d->capability, d->rule, place);
}

enum wf_rc
wf_op_diff(struct wf_op_inspect *in, const char *before, const char *after,
           const struct wf_policy *policy, struct wf_op_diff *x, struct wf_err *err)
{
	const char *const both[] = {before, after};
	const struct wf_digest *manifest;
	bool revoked;
	enum wf_rc rc;

	wf_op_inspect_ahead(in, both, WF_COUNT(both));
	if ((rc = wf_op_inspect(in, before, &x->before, err)) ||
	    (rc = wf_op_inspect(in, after, &x->after, err)))
		return rc;
	wf_delta(&(struct wf_delta_side){x->before.wasm, x->before.caps},
	         &(struct wf_delta_side){x->after.wasm, x->after.caps}, &x->delta);
	wf_policy_eval(policy, x->after.ref.match, x->before.wasm, x->before.caps, &x->was);
	wf_policy_eval(policy, x->after.ref.match, x->after.wasm, x->after.caps, &x->is);
	x->compared = true;
	manifest = x->after.has_manifest ? &x->after.manifest_digest : NULL;
	revoked = wf_policy_eval_revoked(policy, &x->after.module_digest, manifest, &x->is);
	find_new(x);
	if (revoked)
		return wf_err_set(err, WF_R_REVOKED, "%s: on the deny list: %s", x->after.name,
		                  x->is.v[x->is.n - 1].rule);
	return x->nnew_denied ? refuse(x, err) : WF_OK;
}

void
wf_op_diff_free(struct wf_op_diff *x)
{
	wf_op_inspected_free(&x->before);
	wf_op_inspected_free(&x->after);
	wf_delta_free(&x->delta);
	wf_policy_verdict_free(&x->was);
	wf_policy_verdict_free(&x->is);
	free(x->new_denied);
	free(x->sorted);
	*x = (struct wf_op_diff)WF_OP_DIFF_INIT;
}
