/* SPDX-License-Identifier: Apache-2.0
 *
 * Decides about paths and addresses.  Must never let one through because it
 * was written in another way than the policy writes it.
 */
#include "policy/policy_asks.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct ctx {
	const struct wf_policy *p;
	const char *match;
	struct wf_policy_verdict *out;
};

static const struct wf_pos built_in; /* no file, no line */

static char *text(struct ctx *, const char *fmt, ...) WF_PRINTF(2, 3);

static char *
text(struct ctx *c, const char *fmt, ...)
{
	char line[1200];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return wf_arena_strn(&c->out->arena, line, strlen(line));
}

static void
decide(struct ctx *c, const char *subject, const char *class_word, bool allowed,
       const char *rule, struct wf_pos pos)
{
	struct wf_policy_verdict *o = c->out;

	o->v = wf_grow(o->v, &o->cap, o->n, sizeof(*o->v));
	o->v[o->n++] = (struct wf_decision){wf_str(subject), class_word, allowed, rule, pos};
	o->ndenied += !allowed;
	o->allowed = o->ndenied == 0;
}

/* A class denied by any matching rule takes what would use it. */
static bool
class_denied(struct ctx *c, const char *subject, const char *word)
{
	const struct wf_cap_rule *r;

	for (size_t i = 0; (r = wf_policy_caps(c->p, c->match, i)); i++) {
		for (size_t k = 0; k < r->class_deny.n; k++) {
			if (strcmp(r->class_deny.v[k], word) != 0)
				continue;
			decide(c, subject, word, false, text(c, "classes.deny %s", word),
			       r->class_deny_pos);
			return true;
		}
	}
	return false;
}

static bool
climbs(const char *path)
{
	for (const char *p = path; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
			return true;
	}
	return false;
}

static void
path(struct ctx *c, const struct wf_manifest_preopen *o)
{
	const char *subject = text(c, "preopen %.1000s%s", o->host_path,
	                           o->readonly ? "" : ", to write");
	const struct wf_cap_rule *r;

	if (class_denied(c, subject, "filesystem"))
		return;
	for (size_t i = 0; (r = wf_policy_caps(c->p, c->match, i)); i++) {
		if (!r->paths_pos.line)
			continue;
		for (size_t k = 0; k < r->npaths && !climbs(o->host_path); k++) {
			const struct wf_path_rule *a = &r->paths[k];

			if (!wf_policy_glob(a->path, o->host_path) || !(a->write || o->readonly))
				continue;
			decide(c, subject, "filesystem", true,
			       text(c, "constraints.paths.allow %s", a->path), a->pos);
			return;
		}
		decide(c, subject, "filesystem", false, "constraints.paths", r->paths_pos);
		return;
	}
	decide(c, subject, "filesystem", true, "not restricted", built_in);
}

/* Names of hosts are the same in either case. */
static void
address(struct ctx *c, const struct wf_manifest_tcp *t)
{
	char *subject = text(c, "tcp %.1000s:%u", t->host, t->port);
	char *asked = subject + sizeof("tcp ") - 1;
	const struct wf_cap_rule *r;

	for (char *p = asked; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (class_denied(c, subject, "network"))
		return;
	for (size_t i = 0; (r = wf_policy_caps(c->p, c->match, i)); i++) {
		if (!r->hosts_pos.line)
			continue;
		for (size_t k = 0; k < r->hosts.n; k++) {
			if (!wf_policy_glob(r->hosts.v[k], asked))
				continue;
			decide(c, subject, "network", true,
			       text(c, "constraints.hosts.allow %s", r->hosts.v[k]), r->hosts_pos);
			return;
		}
		decide(c, subject, "network", false, "constraints.hosts", r->hosts_pos);
		return;
	}
	decide(c, subject, "network", true, "not restricted", built_in);
}

void
wf_policy_eval_asks(const struct wf_policy *policy, const char *match,
                    const struct wf_manifest_entry *e, struct wf_policy_verdict *out)
{
	struct ctx c = {policy, match, out};

	for (size_t i = 0; policy && i < e->npreopens; i++)
		path(&c, &e->preopens[i]);
	for (size_t i = 0; policy && i < e->ntcp; i++)
		address(&c, &e->tcp[i]);
}
