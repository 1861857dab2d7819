/* SPDX-License-Identifier: Apache-2.0
 *
 * The paths and addresses of a spec, back in the shape that the policy decides
 * about.  Must never pass over a member it does not know.
 */
#include "plan/asks.h"

#include <stdio.h>
#include <string.h>

#include "policy/policy_asks.h"

struct asked {
	struct wf_manifest_preopen *preopens;
	struct wf_manifest_tcp *tcp;
	size_t npreopens, ntcp;
	struct wf_arena *arena;
};

static const char *
text_of(const struct wf_json *o, const char *key)
{
	struct wf_str s;

	return wf_json_str(wf_json_get(o, key), &s) ? s.p : NULL;
}

static bool
preopens(struct asked *a, const struct wf_json *list)
{
	size_t i, n = wf_json_len(list);

	if (wf_json_kind(list) != WF_JSON_ARRAY)
		return false;
	a->preopens = wf_arena_alloc(a->arena, (n + 1) * sizeof(*a->preopens));
	for (i = 0; i < n; i++) {
		const struct wf_json *one = wf_json_at(list, i);
		struct wf_manifest_preopen *p = &a->preopens[i];

		*p = (struct wf_manifest_preopen){text_of(one, "host_path"),
		                                  text_of(one, "guest_path"), true};
		if (!p->host_path || !p->guest_path || wf_json_len(one) > 3)
			return false;
		if (!wf_json_bool(wf_json_get(one, "readonly"), &p->readonly))
			p->readonly = wf_json_len(one) == 2;
	}
	a->npreopens = n;
	return true;
}

static bool
addresses(struct asked *a, const struct wf_json *list)
{
	size_t i, n = wf_json_len(list);
	int64_t port;

	if (wf_json_kind(list) != WF_JSON_ARRAY)
		return false;
	a->tcp = wf_arena_alloc(a->arena, (n + 1) * sizeof(*a->tcp));
	for (i = 0; i < n; i++) {
		const struct wf_json *one = wf_json_at(list, i);

		if (!text_of(one, "host") || wf_json_len(one) != 2 ||
		    !wf_json_int(wf_json_get(one, "port"), &port) || port < 0 || port > 65535)
			return false;
		a->tcp[i] = (struct wf_manifest_tcp){text_of(one, "host"), (unsigned)port};
	}
	a->ntcp = n;
	return true;
}

/* {"filesystem":{"preopen":[…]},"sockets":{"allow_outbound_tcp":[…]}} */
static bool
members(struct asked *a, const struct wf_json *wasi)
{
	const struct wf_json *part, *list;
	const char *key, *inner;
	void *it = NULL, *in;

	if (wf_json_kind(wasi) != WF_JSON_OBJECT)
		return false;
	while (wf_json_next(wasi, &it, &key, &part)) {
		if (wf_json_kind(part) != WF_JSON_OBJECT ||
		    (strcmp(key, "filesystem") != 0 && strcmp(key, "sockets") != 0))
			return false;
		in = NULL;
		while (wf_json_next(part, &in, &inner, &list)) {
			if (strcmp(key, "filesystem") == 0 && strcmp(inner, "preopen") == 0) {
				if (!preopens(a, list))
					return false;
			} else if (strcmp(key, "sockets") == 0 &&
			           strcmp(inner, "allow_outbound_tcp") == 0) {
				if (!addresses(a, list))
					return false;
			} else {
				return false;
			}
		}
	}
	return true;
}

static const char *
against(const struct wf_policy *policy, const char *match, const struct asked *a)
{
	WF_AUTO(wf_policy_verdict_free) struct wf_policy_verdict v = WF_VERDICT_INIT;
	struct wf_manifest_entry e = {.preopens = a->preopens, .npreopens = a->npreopens,
	                              .tcp = a->tcp, .ntcp = a->ntcp};
	const struct wf_decision *d;
	char text[1600];

	wf_policy_eval_asks(policy, match, &e, &v);
	if (!(d = wf_policy_verdict_denied(&v)))
		return NULL;
	(void)snprintf(text, sizeof(text), "%.*s is denied: %s (%s:%u)", (int)d->subject.len,
	               d->subject.p, d->rule, d->pos.file ? d->pos.file : "policy", d->pos.line);
	return wf_arena_strn(a->arena, text, strlen(text));
}

const char *
wf_asks_against(const struct wf_policy *policy, const char *match, const struct wf_spec *s,
                struct wf_arena *arena)
{
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	struct asked a = {.arena = arena};
	struct wf_err err = {0};

	if (!policy || !match || !s->wasi || strcmp(s->wasi, "null") == 0)
		return NULL;
	if (wf_json_parse(wf_str(s->wasi), "wasi", &doc, &err) || !members(&a, doc))
		return "the wasi of the function is not in a shape that policy can decide";
	return against(policy, match, &a);
}
