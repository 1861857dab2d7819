/* SPDX-License-Identifier: Apache-2.0
 *
 * The YAML door: every node has a place, every text ends where it says.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "dep/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
walk(const struct wf_yaml_node *n, unsigned depth)
{
	const struct wf_yaml_node *c;
	size_t children = 0, all = 1;

	if (depth > WF_MAX_YAML_DEPTH || n->line == 0 || n->column == 0)
		abort();
	if (n->kind == WF_YAML_SCALAR && strlen(n->text.p) != n->text.len)
		abort();
	for (c = n->first; c; c = c->next, children++) {
		if (n->kind == WF_YAML_MAP && (!c->key || c->key->kind != WF_YAML_SCALAR))
			abort();
		all += walk(c, depth + 1);
	}
	if (children != n->n)
		abort();
	return all;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wf_problems p = WF_PROBLEMS_INIT;
	WF_AUTO(wf_yaml_freep) struct wf_yaml *y =
		wf_yaml_parse((struct wf_str){(const char *)data, size}, "fuzz",
		              WF_R_MALFORMED, &p);

	if (!y && p.n == 0)
		abort();
	if (y && walk(wf_yaml_root(y), 0) > WF_MAX_YAML_NODES + 1)
		abort();
	wf_problem_free(&p);
	return 0;
}
