/* SPDX-License-Identifier: Apache-2.0
 *
 * Applies capability rules to one module.  Must never let a missing rule, an
 * unknown word or something that cannot be decided become "allowed".
 */
#include "policy/policy_eval.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasm/limits.h"

/* One matching rule, with its classes as sets. */
struct rule {
	const struct wf_cap_rule *r;
	uint32_t allow, deny;
	uint64_t feature_deny;
};

struct eval {
	struct rule *rules; /* most specific first */
	size_t n, cap;
	const struct wf_wasm *w;
	struct wf_policy_verdict *out;
};

static const struct wf_pos built_in; /* no file, no line */

static char *text(struct eval *, const char *fmt, ...) WF_PRINTF(2, 3);

static char *
text(struct eval *e, const char *fmt, ...)
{
	char line[1200];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return wf_arena_strn(&e->out->arena, line, strlen(line));
}

static void
decide(struct eval *e, struct wf_str subject, const char *capability, bool allowed,
       const char *rule, struct wf_pos pos)
{
	struct wf_policy_verdict *o = e->out;

	o->v = wf_grow(o->v, &o->cap, o->n, sizeof(*o->v));
	o->v[o->n++] = (struct wf_decision){subject, capability, allowed, rule, pos};
	o->ndenied += !allowed;
}

static uint32_t
class_set(const struct wf_strs *words)
{
	uint32_t set = 0;

	for (size_t i = 0; i < words->n; i++) {
		enum wf_cap c;

		if (wf_capability_parse(wf_str(words->v[i]), &c))
			set |= WF_CAP_BIT(c);
	}
	return set;
}

static void
collect(struct eval *e, const struct wf_policy *policy, const char *match)
{
	const struct wf_cap_rule *r;

	for (size_t i = 0; policy && (r = wf_policy_caps(policy, match, i)); i++) {
		struct rule *rule;

		e->rules = wf_grow(e->rules, &e->cap, e->n, sizeof(*e->rules));
		rule = &e->rules[e->n++];
		*rule = (struct rule){.r = r, .allow = class_set(&r->class_allow),
		                      .deny = class_set(&r->class_deny)};
		/* What nobody knows is granted by name or not at all. */
		rule->allow &= ~WF_CAPS(UNKNOWN);
		for (size_t k = 0; k < r->feature_deny.n; k++) {
			enum wf_feature f;

			if (wf_feature_parse(wf_str(r->feature_deny.v[k]), &f))
				rule->feature_deny |= WF_FEATURE_BIT(f);
		}
	}
}

/* "stdio+filesystem" */
static char *
class_text(struct eval *e, uint32_t classes)
{
	char line[512] = "";
	size_t n = 0;

	for (unsigned c = 0; c < WF_CAP_COUNT && n < sizeof(line); c++)
		if (classes & WF_CAP_BIT(c))
			n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s", n ? "+" : "",
			                      wf_capability_word((enum wf_cap)c));
	return text(e, "%s", line);
}

/* --- structure --------------------------------------------------------------- */

static void
kind(struct eval *e)
{
	const char *word = wf_wasm_kind_word(e->w->kind);
	const struct wf_cap_rule *r = e->n ? e->rules[0].r : NULL;
	bool allowed = false;

	if (!r || !r->kinds.n) {
		decide(e, wf_str(word), "module.kinds", e->w->kind == WF_WASM_CORE,
		       "built-in: core modules", built_in);
		return;
	}
	for (size_t i = 0; i < r->kinds.n; i++)
		allowed = allowed || strcmp(r->kinds.v[i], word) == 0;
	decide(e, wf_str(word), "module.kinds", allowed,
	       allowed ? text(e, "module.kinds %s", word) : "module.kinds", r->module_pos);
}

/* A ceiling is stated by the most specific rule that has one. */
static void
max_size(struct eval *e)
{
	for (size_t i = 0; i < e->n; i++) {
		const struct wf_cap_rule *r = e->rules[i].r;

		if (r->max_size < 0)
			continue;
		decide(e, wf_str(text(e, "%zu bytes", e->w->size)), "module.maxSize",
		       e->w->size <= (uint64_t)r->max_size,
		       text(e, "module.maxSize %lld", (long long)r->max_size), r->module_pos);
		return;
	}
}

/* What a memory may grow to, in pages of 64 KiB; one without a maximum may
 * grow to all that its index type can address. */
static uint64_t
pages(const struct wf_wasm_limits *l)
{
	uint64_t max = l->has_max ? l->max : UINT64_MAX;

	if (!l->has_max || l->page_log2 == 16)
		return max;
	return max / WF_WASM_PAGE_BYTES + (max % WF_WASM_PAGE_BYTES != 0);
}

/* " of the module at 0x1a" for one inside a component, "" for the outermost. */
static const char *
where(struct eval *e, const struct wf_wasm *w)
{
	return w->depth ? text(e, " of the module at 0x%zx", w->offset) : "";
}

static void
memories(struct eval *e, const struct wf_wasm *w)
{
	const struct wf_cap_rule *r = NULL;

	for (size_t i = 0; i < e->n && !r; i++)
		if (e->rules[i].r->max_pages >= 0)
			r = e->rules[i].r;
	if (!r)
		return;
	/* Inside a component an imported memory is one that is defined there too. */
	for (size_t i = w->depth ? w->nimported_memories : 0; i < w->nmemories; i++) {
		const struct wf_wasm_limits *l = &w->memories[i];
		bool fits = pages(l) <= (uint64_t)r->max_pages;
		char *subject = l->has_max
			? text(e, "memory %zu%s, up to %llu pages", i, where(e, w),
			       (unsigned long long)pages(l))
			: text(e, "memory %zu%s, no maximum declared", i, where(e, w));

		decide(e, wf_str(subject), "module.memory.maxPages", fits,
		       text(e, "module.memory.maxPages %lld", (long long)r->max_pages),
		       r->module_pos);
	}
}

/* A deny anywhere wins; else it is not restricted (the code of a start
 * function can do no more than that of any other). */
static void
start(struct eval *e, const struct wf_wasm *w)
{
	char *subject;

	if (!w->has_start)
		return;
	subject = text(e, "start function %u%s", w->start, where(e, w));
	for (size_t i = 0; i < e->n; i++) {
		if (e->rules[i].r->start == WF_DENY) {
			decide(e, wf_str(subject), "module.start", false, "module.start deny",
			       e->rules[i].r->module_pos);
			return;
		}
	}
	for (size_t i = 0; i < e->n; i++) {
		if (e->rules[i].r->start == WF_ALLOW) {
			decide(e, wf_str(subject), "module.start", true, "module.start allow",
			       e->rules[i].r->module_pos);
			return;
		}
	}
	decide(e, wf_str(subject), "module.start", true, "not restricted", built_in);
}

static void
features(struct eval *e)
{
	for (unsigned f = WF_F_NONE + 1; f < WF_F_COUNT; f++) {
		const char *word = wf_feature_word((enum wf_feature)f);

		if (!(e->w->features & WF_FEATURE_BIT(f)))
			continue;
		for (size_t i = 0; i < e->n; i++) {
			if (!(e->rules[i].feature_deny & WF_FEATURE_BIT(f)))
				continue;
			decide(e, wf_str(word), "module.features", false,
			       text(e, "module.features.deny %s", word),
			       e->rules[i].r->module_pos);
			break;
		}
	}
}

/* --- imports ----------------------------------------------------------------- */

static bool
matches(const struct wf_import_rule *rule, const struct wf_wasm_import *imp)
{
	return wf_policy_glob_str(rule->module, imp->module) &&
	       wf_policy_glob_str(rule->name, imp->name);
}

static const struct wf_import_rule *
first_match(const struct wf_import_rule *rules, size_t n, const struct wf_wasm_import *imp)
{
	for (size_t i = 0; i < n; i++)
		if (matches(&rules[i], imp))
			return &rules[i];
	return NULL;
}

/* What is known of the import of a component; NULL for one of a module. */
static const struct wf_wasm_iface *
iface(const struct eval *e, const struct wf_wasm_import *imp)
{
	return e->w->kind == WF_WASM_CORE ? NULL : &e->w->ifaces[imp - e->w->imports];
}

/* The name, and what it implements: that is what decided. */
static struct wf_str
component_subject(struct eval *e, const struct wf_wasm_import *imp)
{
	const struct wf_wasm_iface *f = iface(e, imp);

	if (!f->implements.p)
		return imp->name;
	return wf_str(text(e, "%.*s (implements %.*s)", (int)imp->name.len, imp->name.p,
	                   (int)f->implements.len, f->implements.p));
}

/* "module.name" as it is in the binary; a component's imports have no module. */
static struct wf_str
import_subject(struct eval *e, const struct wf_wasm_import *imp)
{
	struct wf_str s = {NULL, imp->module.len + 1 + imp->name.len};
	char *p;

	if (e->w->kind != WF_WASM_CORE)
		return component_subject(e, imp);
	p = wf_arena_alloc(&e->out->arena, s.len + 1);
	if (imp->module.len)
		memcpy(p, imp->module.p, imp->module.len);
	p[imp->module.len] = '.';
	if (imp->name.len)
		memcpy(p + imp->module.len + 1, imp->name.p, imp->name.len);
	p[s.len] = '\0';
	s.p = p;
	return s;
}

static const struct wf_interface_rule *
interface_allowed(const struct eval *e, const struct wf_cap_rule *r,
                  const struct wf_wasm_import *imp)
{
	const struct wf_wasm_iface *f = iface(e, imp);

	for (size_t i = 0; f && imp->kind == WF_EXTERN_INSTANCE && i < r->nif_allow; i++)
		if (wf_extern_pattern_matches(&r->if_allow[i].pattern, &f->of, f->suffix))
			return &r->if_allow[i];
	return NULL;
}

/* A deny means more than an allow of the same letters: what could be meant. */
static const struct wf_interface_rule *
interface_denied(const struct eval *e, const struct wf_cap_rule *r,
                 const struct wf_wasm_import *imp)
{
	const struct wf_wasm_iface *f = iface(e, imp);

	for (size_t i = 0; f && i < r->nif_deny; i++)
		if (wf_extern_pattern_could_match(&r->if_deny[i].pattern, &f->of))
			return &r->if_deny[i];
	return NULL;
}

/* By its name, or by that of the interface which it implements. */
static const struct wf_import_rule *
import_denied(const struct eval *e, const struct wf_cap_rule *r, const struct wf_wasm_import *imp)
{
	const struct wf_wasm_iface *f = iface(e, imp);
	const struct wf_import_rule *m = first_match(r->imp_deny, r->nimp_deny, imp);
	struct wf_wasm_import as = *imp;

	if (m || !f || !f->implements.p)
		return m;
	as.name = f->implements;
	return first_match(r->imp_deny, r->nimp_deny, &as);
}

/* Any rule that denies, by name or by class. */
static bool
denied(struct eval *e, const struct wf_wasm_import *imp, uint32_t classes,
       struct wf_str subject, const char *capability)
{
	for (size_t i = 0; i < e->n; i++) {
		const struct wf_cap_rule *r = e->rules[i].r;
		const struct wf_import_rule *m = import_denied(e, r, imp);
		const struct wf_interface_rule *f = interface_denied(e, r, imp);

		if (f) {
			decide(e, subject, capability, false,
			       text(e, "interfaces.deny %s", f->text), f->pos);
			return true;
		}
		if (m) {
			decide(e, subject, capability, false,
			       text(e, "imports.deny %s %s", m->module, m->name), m->pos);
			return true;
		}
		if (classes & e->rules[i].deny) {
			decide(e, subject, capability, false,
			       text(e, "classes.deny %s", class_text(e, classes & e->rules[i].deny)),
			       r->class_deny_pos);
			return true;
		}
	}
	return false;
}

static void
import(struct eval *e, const struct wf_wasm_import *imp, uint32_t classes)
{
	struct wf_str subject = import_subject(e, imp);
	const char *capability = class_text(e, classes);
	const struct wf_cap_rule *r;
	const struct wf_import_rule *m;
	const struct wf_interface_rule *f;

	if (e->n == 0) {
		decide(e, subject, capability, false, "built-in: no imports", built_in);
		return;
	}
	if (denied(e, imp, classes, subject, capability))
		return;
	r = e->rules[0].r;
	f = interface_allowed(e, r, imp);
	/* An interface is granted as what it is, never by a pattern of its letters. */
	m = e->w->kind == WF_WASM_CORE || iface(e, imp)->of.kind == WF_NAME_PLAIN
		? first_match(r->imp_allow, r->nimp_allow, imp) : NULL;
	if (f && !(classes & WF_CAPS(CODE_IMPORT)))
		decide(e, subject, capability, true, text(e, "interfaces.allow %s", f->text), f->pos);
	else if (m)
		decide(e, subject, capability, true,
		       text(e, "imports.allow %s %s", m->module, m->name), m->pos);
	else if (classes && (classes & ~e->rules[0].allow) == 0)
		decide(e, subject, capability, true, text(e, "classes.allow %s", capability),
		       r->class_allow_pos);
	else
		decide(e, subject, capability, false, "default deny", r->pos);
}

/* Threads that a component starts through built-ins are no import, and need
 * their class all the same. */
static void
builtins(struct eval *e, uint32_t *used)
{
	uint32_t classes = wf_capability_builtins(e->w);
	const char *capability = class_text(e, classes);
	const struct wf_str subject = wf_str("built-ins of the component model");

	*used |= classes;
	if (!classes)
		return;
	for (size_t i = 0; i < e->n; i++) {
		if (classes & e->rules[i].deny) {
			decide(e, subject, capability, false,
			       text(e, "classes.deny %s", capability),
			       e->rules[i].r->class_deny_pos);
			return;
		}
	}
	if (e->n && (classes & ~e->rules[0].allow) == 0)
		decide(e, subject, capability, true, text(e, "classes.allow %s", capability),
		       e->rules[0].r->class_allow_pos);
	else
		decide(e, subject, capability, false, e->n ? "default deny" : "built-in: no imports",
		       e->n ? e->rules[0].r->pos : built_in);
}

/* Adds all decisions of one policy; returns the classes its deciding rule
 * allows and no import needs. */
static uint32_t
judge(struct eval *e, const struct wf_capability *caps)
{
	uint32_t used = 0;

	kind(e);
	max_size(e);
	memories(e, e->w);
	start(e, e->w);
	for (size_t i = 0; i < e->w->nnested; i++) {
		memories(e, e->w->nested[i]);
		start(e, e->w->nested[i]);
	}
	features(e);
	builtins(e, &used);
	for (size_t i = 0; i < e->w->nimports; i++) {
		used |= caps[i].classes;
		import(e, &e->w->imports[i], caps[i].classes);
	}
	e->out->allowed = e->out->ndenied == 0;
	return e->n ? e->rules[0].allow & ~used : 0;
}

void
wf_policy_eval(const struct wf_policy *policy, const char *match, const struct wf_wasm *w,
               const struct wf_capability *caps, struct wf_policy_verdict *out)
{
	struct eval e = {.w = w, .out = out};

	wf_policy_verdict_free(out);
	collect(&e, policy, match);
	out->overgranted = judge(&e, caps);
	free(e.rules);
}

void
wf_policy_eval_also(const struct wf_policy *policy, const char *match,
                    const struct wf_wasm *w, const struct wf_capability *caps,
                    struct wf_policy_verdict *out)
{
	struct eval e = {.w = w, .out = out};

	collect(&e, policy, match);
	if (e.n)
		(void)judge(&e, caps);
	free(e.rules);
}

static bool
on_list(struct eval *e, const struct wf_digest *list, size_t n, const struct wf_digest *d,
        const char *rule, struct wf_pos pos)
{
	char digest[WF_DIGEST_TEXT];

	for (size_t i = 0; d && i < n; i++) {
		if (!wf_digest_eq(&list[i], d))
			continue;
		wf_digest_text(d, digest);
		decide(e, wf_str(text(e, "%s", digest)), rule, false,
		       text(e, "%s %.19s...", rule, digest), pos);
		return true;
	}
	return false;
}

bool
wf_policy_eval_revoked(const struct wf_policy *policy, const struct wf_digest *module,
                       const struct wf_digest *manifest, struct wf_policy_verdict *out)
{
	struct eval e = {.out = out};
	const struct wf_deny *d;
	bool hit = false;

	for (size_t i = 0; policy && (d = wf_policy_deny(policy, i)); i++) {
		hit |= on_list(&e, d->modules, d->nmodules, module, "deny.modules", d->pos);
		hit |= on_list(&e, d->manifests, d->nmanifests, manifest, "deny.manifests", d->pos);
	}
	if (hit)
		out->allowed = false;
	return hit;
}

const struct wf_decision *
wf_policy_verdict_denied(const struct wf_policy_verdict *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (!o->v[i].allowed)
			return &o->v[i];
	return NULL;
}

void
wf_policy_verdict_free(struct wf_policy_verdict *o)
{
	if (!o)
		return;
	free(o->v);
	wf_arena_free(&o->arena);
	*o = (struct wf_policy_verdict)WF_VERDICT_INIT;
}
