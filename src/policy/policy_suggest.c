/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes policies.  Must never write one that allows more than the module at
 * hand without saying so beside it, nor let a name become anything but text.
 */
#include "policy/policy_suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "wasm/delta.h"

struct ctx {
	const struct wf_wasm *w;
	const struct wf_capability *caps;
	struct wf_buf *out;
	struct wf_err *err;
	enum wf_rc rc;
};

static void put(struct ctx *, const char *fmt, ...) WF_PRINTF(2, 3);

static void
put(struct ctx *c, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (c->rc)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	c->rc = wf_buf_addz(c->out, line, c->err);
}

/* A name as a pattern in double quotes.  What a pattern cannot hold becomes
 * a star: a NUL, and all that is past the longest pattern.  True: exact. */
static bool
pattern(struct wf_str name, char *out, size_t size)
{
	const size_t most = WF_MAX_PATTERN_BYTES - 2;
	bool exact = true;
	size_t n = 0;

	out[n++] = '"';
	for (size_t i = 0; i < name.len && i < most && n + 8 < size; i++) {
		unsigned char b = (unsigned char)name.p[i];

		exact = exact && b != '*';
		if (b == 0) {
			out[n++] = '*';
			exact = false;
		} else if (b == '"' || b == '\\') {
			out[n++] = '\\';
			out[n++] = (char)b;
		} else if (b >= 0x20 && b < 0x7f) {
			out[n++] = (char)b;
		} else if (b < 0x80) {
			n += (size_t)snprintf(out + n, size - n, "\\x%02x", b);
		} else { /* a character of several bytes: any one segment's rest */
			if (out[n - 1] != '*')
				out[n++] = '*';
			exact = false;
		}
	}
	if (name.len > most) {
		out[n++] = '*';
		out[n++] = '*';
		exact = false;
	}
	out[n++] = '"';
	out[n] = '\0';
	return exact;
}

static void
class_words(struct ctx *c, uint32_t classes)
{
	const char *sep = "";

	for (unsigned k = 0; k < WF_CAP_COUNT; k++) {
		if (!(classes & WF_CAP_BIT(k)))
			continue;
		put(c, "%s%s", sep, wf_capability_word((enum wf_cap)k));
		sep = ", ";
	}
}

struct ref {
	const struct wf_wasm_import *imp;
	size_t at;
};

static int
by_bytes(struct wf_str a, struct wf_str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int r = n ? memcmp(a.p, b.p, n) : 0;

	return r ? r : a.len < b.len ? -1 : a.len > b.len;
}

static int
by_name(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;
	int r = by_bytes(x->imp->module, y->imp->module);

	if (r == 0)
		r = by_bytes(x->imp->name, y->imp->name);
	return r ? r : x->at < y->at ? -1 : x->at > y->at;
}

static bool
same(const struct ref *x, const struct ref *y)
{
	return wf_str_eq(x->imp->module, y->imp->module) && wf_str_eq(x->imp->name, y->imp->name);
}

static void
imports(struct ctx *c)
{
	WF_AUTO(wf_freep) struct ref *v = wf_calloc(c->w->nimports + 1, sizeof(*v));
	char module[4 * WF_MAX_PATTERN_BYTES + 16], name[4 * WF_MAX_PATTERN_BYTES + 16];

	if (!c->w->nimports) {
		put(c, "    # no imports: it can only compute\n");
		return;
	}
	for (size_t i = 0; i < c->w->nimports; i++)
		v[i] = (struct ref){&c->w->imports[i], i};
	qsort(v, c->w->nimports, sizeof(*v), by_name);
	put(c, "    imports:\n      allow:\n");
	for (size_t i = 0; i < c->w->nimports && c->rc == WF_OK; i++) {
		uint32_t classes = c->caps[v[i].at].classes;
		bool exact;

		if (i && same(&v[i - 1], &v[i]))
			continue;
		exact = pattern(v[i].imp->module, module, sizeof(module));
		exact = pattern(v[i].imp->name, name, sizeof(name)) && exact;
		put(c, "        - module: ");
		if (c->rc == WF_OK)
			c->rc = wf_buf_addz(c->out, module, c->err);
		put(c, "\n          name: ");
		if (c->rc == WF_OK)
			c->rc = wf_buf_addz(c->out, name, c->err);
		put(c, "  # ");
		class_words(c, classes);
		put(c, ": %s%s\n", c->caps[v[i].at].says,
		    exact ? "" : "; the pattern matches other names too");
	}
}

/* --- the imports of a component ----------------------------------------------------- */

/* The pattern that means this interface and no other version; false: there is
 * none, a name of another kind. */
static bool
interface_text(const struct wf_wasm_iface *f, char *out, size_t size)
{
	struct wf_extern_pattern p;

	if (f->of.kind != WF_NAME_INTERFACE || f->of.path.len + f->of.version.text.len > size / 2)
		return false;
	for (int whole = 0; whole < 2; whole++) {
		(void)snprintf(out, size, "%.*s%s%.*s%.*s", (int)f->of.path.len, f->of.path.p,
		               f->of.version.text.len ? "@" : "", (int)f->of.version.text.len,
		               f->of.version.text.p ? f->of.version.text.p : "",
		               whole ? (int)f->suffix.len : 0, f->suffix.p ? f->suffix.p : "");
		if (!wf_extern_pattern_parse(wf_str(out), &p) &&
		    wf_extern_pattern_matches(&p, &f->of, f->suffix))
			return true;
	}
	return false;
}

/* How each import can be allowed: as an interface, by its plain name, or by
 * nothing but its classes. */
enum how { BY_INTERFACE, BY_NAME, BY_CLASS };

static enum how
how(const struct ctx *c, size_t i, char *out, size_t size)
{
	const struct wf_wasm_iface *f = &c->w->ifaces[i];

	if (!(c->caps[i].classes & WF_CAPS(CODE_IMPORT)) &&
	    c->w->imports[i].kind == WF_EXTERN_INSTANCE && interface_text(f, out, size))
		return BY_INTERFACE;
	return f->of.kind == WF_NAME_PLAIN ? BY_NAME : BY_CLASS;
}

static void
component_list(struct ctx *c, enum how want, const char *head)
{
	char text[1024], name[4 * WF_MAX_PATTERN_BYTES + 16];
	bool begun = false, exact;

	for (size_t i = 0; i < c->w->nimports && c->rc == WF_OK; i++) {
		if (how(c, i, text, sizeof(text)) != want)
			continue;
		if (!begun)
			put(c, "%s", head);
		begun = true;
		exact = pattern(want == BY_NAME ? c->w->imports[i].name : wf_str(text), name,
		                sizeof(name));
		put(c, want == BY_NAME ? "        - module: \"\"\n          name: " : "        - ");
		if (c->rc == WF_OK)
			c->rc = wf_buf_addz(c->out, name, c->err);
		put(c, "  # ");
		class_words(c, c->caps[i].classes);
		put(c, ": %s%s\n", c->caps[i].says,
		    exact ? "" : "; the pattern matches other names too");
	}
}

static void
component_classes(struct ctx *c)
{
	uint32_t classes = wf_capability_builtins(c->w);
	char text[1024];

	for (size_t i = 0; i < c->w->nimports; i++)
		if (how(c, i, text, sizeof(text)) == BY_CLASS)
			classes |= c->caps[i].classes;
	if (classes & WF_CAPS(UNKNOWN))
		put(c, "    # an import has a name that no rule can allow\n");
	classes &= ~WF_CAPS(UNKNOWN);
	if (!classes)
		return;
	put(c, "    # what no name stands for\n    classes: {allow: [");
	class_words(c, classes);
	put(c, "]}\n");
}

static void
component_imports(struct ctx *c)
{
	if (!c->w->nimports)
		put(c, "    # no imports: it can only compute\n");
	component_list(c, BY_INTERFACE, "    interfaces:\n      allow:\n");
	component_list(c, BY_NAME, "    imports:\n      allow:\n");
	component_classes(c);
}

static void
unused_features(struct ctx *c)
{
	const char *sep = "";

	put(c, "      # every feature that it does not use\n      features:\n        deny: [");
	for (unsigned f = WF_F_NONE + 1; f < WF_F_COUNT; f++) {
		if (c->w->features & WF_FEATURE_BIT(f))
			continue;
		put(c, "%s%s", sep, wf_feature_word((enum wf_feature)f));
		sep = ", ";
	}
	put(c, "]\n");
}

static void
memory(struct ctx *c)
{
	const struct wf_wasm_limits *l;
	uint64_t most = 0;

	for (size_t i = 0; (l = wf_delta_memory(c->w, i)); i++) {
		uint64_t pages = wf_delta_pages(l);

		most = pages > most ? pages : most;
	}
	if (most > UINT64_C(1) << 48)
		put(c, "      # a memory declares no maximum: no maxPages would let it pass\n");
	else
		put(c, "      memory: {maxPages: %llu}\n", (unsigned long long)most);
}

static void
module(struct ctx *c)
{
	if (c->w->kind == WF_WASM_WIT_PACKAGE)
		put(c, "    # a WIT package holds types and nothing to run: no rule allows one\n");
	put(c, "    module:\n      kinds: [%s]\n      maxSize: %zu\n",
	    c->w->kind == WF_WASM_CORE ? "core" : "component", c->w->size);
	memory(c);
	put(c, "      start: %s\n", wf_delta_has_start(c->w)
		? "allow  # its code runs when the module is loaded" : "deny");
	unused_features(c);
}

enum wf_rc
wf_policy_suggest(const char *match, const struct wf_wasm *w, const struct wf_capability *caps,
                  const struct wf_digest *digest, struct wf_buf *out, struct wf_err *err)
{
	struct ctx c = {w, caps, out, err, WF_OK};
	char text[WF_DIGEST_TEXT], quoted[4 * WF_MAX_PATTERN_BYTES + 16];

	wf_digest_text(digest, text);
	put(&c, "# The least that allows module %s:\n"
	        "# made by wasmfn check --suggest, to be read before it is used.\n"
	        "apiVersion: wasmfn/v1\nkind: Policy\n"
	        "# `trust` says whose signatures count; none is suggested.\n"
	        "capabilities:\n", text);
	if (match[0]) {
		(void)pattern(wf_str(match), quoted, sizeof(quoted));
		put(&c, "  - match: [%s]\n", quoted);
	} else {
		put(&c, "  # the only pattern that files match; name the reference here\n"
		        "  - match: [\"**\"]\n");
	}
	if (w->kind == WF_WASM_CORE)
		imports(&c);
	else
		component_imports(&c);
	module(&c);
	return c.rc;
}

/* --- the sum of what there is ------------------------------------------------------- */

static uint32_t
class_set(const struct wf_strs *words)
{
	uint32_t set = 0;

	for (size_t i = 0; i < words->n; i++) {
		enum wf_cap cap;

		if (wf_capability_parse(wf_str(words->v[i]), &cap))
			set |= WF_CAP_BIT(cap);
	}
	return set;
}

/* Imports have their decisions last, in their order. */
static uint32_t
by_name_allowed(const struct wf_wasm *w, const struct wf_capability *caps,
                const struct wf_policy_verdict *v)
{
	uint32_t set = 0;
	size_t first = v->n - w->nimports;

	for (size_t i = 0; v->n >= w->nimports && i < w->nimports; i++)
		if (v->v[first + i].allowed)
			set |= caps[i].classes;
	return set;
}

void
wf_policy_effect(const struct wf_policy *policy, const char *match, const struct wf_wasm *w,
                 const struct wf_capability *caps, const struct wf_policy_verdict *v,
                 struct wf_policy_effect *out)
{
	struct wf_limits unset = WF_LIMITS_UNSET;
	const struct wf_cap_rule *r;
	uint32_t denied = 0;

	*out = (struct wf_policy_effect){.max_pages = -1, .max_size = -1, .limits = unset};
	for (size_t i = 0; policy && (r = wf_policy_caps(policy, match, i)); i++) {
		if (i == 0)
			out->classes = class_set(&r->class_allow);
		denied |= class_set(&r->class_deny);
		if (out->max_pages < 0)
			out->max_pages = r->max_pages;
		if (out->max_size < 0)
			out->max_size = r->max_size;
		for (size_t k = 0; k < r->feature_deny.n; k++) {
			enum wf_feature f;

			if (wf_feature_parse(wf_str(r->feature_deny.v[k]), &f))
				out->feature_deny |= WF_FEATURE_BIT(f);
		}
	}
	out->classes = (out->classes | by_name_allowed(w, caps, v)) & ~denied;
	if (policy)
		out->limits = *wf_policy_limits(policy);
}
