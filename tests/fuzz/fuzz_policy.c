/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy files: what is accepted can be asked, and a rule that answers has a
 * pattern that matches.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ask(const struct wf_policy *p, const char *match)
{
	const struct wf_trust_rule *t = wf_policy_trust(p, match);
	const struct wf_cap_rule *c;
	bool hit = false;
	size_t i, n;

	for (i = 0; t && i < t->match.n; i++)
		hit |= wf_policy_glob(t->match.v[i], match);
	if (t && (!hit || t->nauthorities == 0 || t->formats == 0 ||
	          (t->require == WF_REQUIRE_AT_LEAST && t->at_least == 0)))
		abort();
	for (n = 0; (c = wf_policy_caps(p, match, n)); n++)
		if (!c->pos.line)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_policy_freep) struct wf_policy *p = NULL;
	struct wf_err err = {0};

	if (wf_policy_parse((struct wf_str){(const char *)data, size}, "fuzz", &p, &err)) {
		if (p || err.code != WF_E_CONFIG)
			abort();
		return 0;
	}
	ask(p, "ghcr.io/myorg/pg-wasm-functions/f");
	ask(p, "localhost:5000/f");
	ask(p, "oci:/srv/layout");
	ask(p, "");
	return 0;
}
