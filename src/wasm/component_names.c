/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of one scope that must differ.  Collected first and compared in order,
 * so that many names cost no more than sorting them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wasm/component.h"

int
wf_component_by_bytes(const void *a, const void *b)
{
	const struct wf_str *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int d = n ? memcmp(x->p, y->p, n) : 0;

	return d ? d : (x->len > y->len) - (x->len < y->len);
}

static int
width(const struct wf_str *s)
{
	return (int)(s->len < 100 ? s->len : 100);
}

void
wf_component_distinct(struct wf_wasm_reader *r, struct wf_str *v, size_t n,
                      int (*order)(const void *, const void *), const char *what)
{
	if (r->failed || n < 2)
		return;
	qsort(v, n, sizeof(*v), order);
	for (size_t i = 1; i < n && !r->failed; i++)
		if (order(&v[i - 1], &v[i]) == 0)
			wf_wasm_bad(r, (const uint8_t *)v[i].p, WF_R_MALFORMED,
			            "%s: duplicate name: \"%.*s\" and \"%.*s\"", what,
			            width(&v[i - 1]), v[i - 1].p, width(&v[i]), v[i].p);
}

void
wf_component_name_add(struct wf_component_names *n, struct wf_str name)
{
	n->v = wf_grow(n->v, &n->cap, n->n, sizeof(*n->v));
	n->v[n->n++] = name;
}

void
wf_component_names_free(struct wf_component_names *n)
{
	free(n->v);
	*n = (struct wf_component_names){.v = NULL};
}
