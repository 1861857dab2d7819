/* SPDX-License-Identifier: Apache-2.0
 *
 * Findings about a module.  Must never fetch, follow or believe what it
 * reports, and never grow with the number of things found: one finding a
 * class, or one a section.
 */
#include "wasm/suspicion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cc.h"
#include "wasm/target.h"

static const struct {
	const char *word, *klass, *remedy;
	bool low;
} rows[] = {
#define SUSPICION_ROW(id, klass, low, remedy) {#id, klass, remedy, low},
	WF_SUSPICIONS(SUSPICION_ROW)
#undef SUSPICION_ROW
};

const char *
wf_suspicion_word(enum wf_suspicion_id id)
{
	return rows[id].word;
}

const char *
wf_suspicion_class(enum wf_suspicion_id id)
{
	return rows[id].klass;
}

bool
wf_suspicion_low(enum wf_suspicion_id id)
{
	return rows[id].low;
}

const char *
wf_suspicion_remedy(enum wf_suspicion_id id)
{
	return rows[id].remedy;
}

static struct wf_suspicion *
add(struct wf_suspicions *s, enum wf_suspicion_id id, struct wf_str object, struct wf_str observed)
{
	s->v = wf_grow(s->v, &s->cap, s->n, sizeof(*s->v));
	s->v[s->n] = (struct wf_suspicion){.id = id, .object = object, .observed = observed};
	return &s->v[s->n++];
}

void
wf_suspicion_add(struct wf_suspicions *s, enum wf_suspicion_id id, const char *object,
                 const char *expected, const char *observed)
{
	struct wf_suspicion *x = add(s, id, wf_arena_dup(&s->arena, wf_str(object)),
	                             wf_arena_dup(&s->arena, wf_str(observed)));

	x->expected = expected ? wf_arena_strn(&s->arena, expected, strlen(expected)) : NULL;
}

static struct wf_str text(struct wf_suspicions *, const char *fmt, ...) WF_PRINTF(2, 3);

static struct wf_str
text(struct wf_suspicions *s, const char *fmt, ...)
{
	char line[160];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return wf_str(wf_arena_strn(&s->arena, line, strlen(line)));
}

/* --- custom sections ------------------------------------------------------------ */

static bool
is_native(struct wf_str name)
{
	static const char *const exact[] = {"wasmedge", ".llvmbc", ".llvmcmd"};
	static const char *const begins[] = {".wasmtime.", ".wasmer.", "wamr.aot", "aot."};

	for (size_t i = 0; i < WF_COUNT(exact); i++)
		if (wf_str_eqz(name, exact[i]))
			return true;
	for (size_t i = 0; i < WF_COUNT(begins); i++)
		if (wf_str_starts(name, begins[i]))
			return true;
	return false;
}

static bool
is_object(struct wf_str name)
{
	return wf_str_eqz(name, "linking") || wf_str_starts(name, "reloc.") ||
	       wf_str_eqz(name, "dylink") || wf_str_eqz(name, "dylink.0");
}

/* A name with its length in front, as the two sections of that kind have. */
static struct wf_str
url(struct wf_str body)
{
	size_t n = 0, at = 0;

	for (unsigned shift = 0; at < body.len && shift < 32; shift += 7) {
		unsigned char c = (unsigned char)body.p[at++];

		n |= (size_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			break;
	}
	if (n != body.len - at)
		return body;
	return (struct wf_str){body.p + at, n};
}

static struct wf_str
cut(struct wf_str s)
{
	if (s.len > 200)
		s.len = 200;
	return s;
}

/* An absolute path as compilers write them: two levels and more, of characters
 * that stand in file names. */
static bool
is_path(const char *p, size_t n)
{
	size_t slashes = 0;

	if (n > 3 && p[1] == ':' && (p[2] == '\\' || p[2] == '/'))
		return true;
	if (n < 4 || p[0] != '/')
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)p[i] < 0x20)
			return false;
		slashes += p[i] == '/';
	}
	return slashes > 1;
}

/* The strings of a debug section end with NUL each. */
static void
paths(struct wf_suspicions *s, struct wf_str name, struct wf_str body)
{
	const char *p = body.p, *end = body.p + body.len;
	struct wf_str first = {NULL, 0};
	size_t n = 0;

	while (p < end) {
		const char *stop = memchr(p, 0, (size_t)(end - p));
		size_t len = (size_t)((stop ? stop : end) - p);

		if (is_path(p, len)) {
			if (n++ == 0)
				first = cut((struct wf_str){p, len});
		}
		p = stop ? stop + 1 : end;
	}
	if (n)
		add(s, WF_W04, text(s, "section %.*s, %zu path%s",
		                    (int)(name.len < 60 ? name.len : 60), name.p, n,
		                    n == 1 ? "" : "s"), first);
}

static void
sections(const struct wf_wasm *w, struct wf_suspicions *s, enum wf_suspicion_id want)
{
	for (size_t i = 0; i < w->ncustoms; i++) {
		const struct wf_wasm_custom *c = &w->customs[i];
		struct wf_str body = {(const char *)w->bytes + c->offset, c->size};

		if (want == WF_W01 ? is_native(c->name) : want == WF_W02 && is_object(c->name)) {
			add(s, want, text(s, "section %.*s",
			                  (int)(c->name.len < 60 ? c->name.len : 60), c->name.p),
			    text(s, "%zu bytes", c->size));
			return; /* one says it all */
		}
		if (want == WF_W03 && (wf_str_eqz(c->name, "sourceMappingURL") ||
		                       wf_str_eqz(c->name, "external_debug_info")))
			add(s, want, c->name, cut(url(body)));
		if (want == WF_W04 && (wf_str_eqz(c->name, ".debug_str") ||
		                       wf_str_eqz(c->name, ".debug_line_str") ||
		                       wf_str_eqz(c->name, ".debug_line")))
			paths(s, c->name, body);
	}
}

/* --- what the module declares ------------------------------------------------------ */

static void
code_imports(const struct wf_wasm *w, const struct wf_capability *caps, struct wf_suspicions *s)
{
	size_t n = 0, first = 0;

	for (size_t i = 0; i < w->nimports; i++)
		if (caps[i].classes & (WF_CAPS(CODE_IMPORT) | WF_CAPS(DYNAMIC_LINKING)) && n++ == 0)
			first = i;
	if (n)
		add(s, WF_W05, cut(w->imports[first].name),
		    text(s, "%zu import%s of code, memory or tables of others", n,
		         n == 1 ? "" : "s"));
}

/* Of the module, or of all that is inside a component: index 0 is itself. */
static const struct wf_wasm *
part(const struct wf_wasm *w, size_t i)
{
	return i == 0 ? w : i <= w->nnested ? w->nested[i - 1] : NULL;
}

static void
declared(const struct wf_wasm *w, struct wf_suspicions *s)
{
	uint64_t segments = 0, bytes = 0;
	const struct wf_wasm *m;
	bool unbounded = false;

	for (size_t i = 0; (m = part(w, i)); i++) {
		segments += (uint64_t)m->nelems_active + m->ndatas_active;
		bytes += m->data_bytes;
		if (m->has_start)
			add(s, WF_W06, text(s, "function %u%s", m->start, i ? " of a module inside" : ""),
			    text(s, "runs when the module is instantiated"));
	}
	for (size_t i = 0; (m = part(w, i)) && !unbounded; i++) {
		for (size_t k = 0; k < m->nmemories && !unbounded; k++) {
			unbounded = !m->memories[k].has_max;
			if (unbounded)
				add(s, WF_W07, text(s, "memory %zu%s", k, i ? " of a module inside" : ""),
				    text(s, "no maximum"));
		}
	}
	if (segments > WF_SUSPICION_SEGMENTS)
		add(s, WF_W08, text(s, "segments"), text(s, "%llu active", (unsigned long long)segments))
			->expected = "at most 10000";
	if (bytes > WF_SUSPICION_BYTES)
		add(s, WF_W08, text(s, "data"), text(s, "%llu bytes", (unsigned long long)bytes))
			->expected = "at most 16777216";
}

/* A tool that only ever writes the other kind of binary. */
static void
producers(const struct wf_wasm *w, struct wf_suspicions *s)
{
	static const char *const known[] = {"language", "processed-by", "sdk"};

	for (size_t i = 0; i < w->nproducers; i++) {
		const struct wf_wasm_producer *p = &w->producers[i];
		bool ok = false;

		for (size_t k = 0; k < WF_COUNT(known); k++)
			ok = ok || wf_str_eqz(p->field, known[k]);
		if (!ok) {
			add(s, WF_W10, cut(p->field), cut(p->name))->expected =
				"language, processed-by or sdk";
			return;
		}
		if (w->kind == WF_WASM_CORE && wf_str_eqz(p->field, "processed-by") &&
		    wf_str_eqz(p->name, "wit-component")) {
			add(s, WF_W10, cut(p->field), cut(p->name))->expected = "a component";
			return;
		}
	}
}

/* Features in use that the compiler did not allow itself (rule R-W3). */
static void
target(const struct wf_wasm *w, struct wf_suspicions *s)
{
	const struct wf_wasm_target t = wf_wasm_target(w);
	uint64_t odd = t.undeclared | t.forbidden;
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(4096);

	if (t.damaged) {
		add(s, WF_W11, text(s, "section target_features"), text(s, "damaged"));
		return;
	}
	for (unsigned f = WF_F_NONE + 1; odd && f < WF_F_COUNT; f++)
		if (odd & WF_FEATURE_BIT(f))
			wf_buf_putf(&b, "%s%s", b.len ? ", " : "", wf_feature_word((enum wf_feature)f));
	if (b.len)
		add(s, WF_W11, text(s, "section target_features"),
		    wf_arena_dup(&s->arena, wf_buf_str(&b)))->expected = "declared where used";
}

void
wf_suspicion_list(const struct wf_wasm *w, const struct wf_capability *caps,
                  struct wf_suspicions *out)
{
	wf_suspicion_free(out);
	sections(w, out, WF_W01);
	sections(w, out, WF_W02);
	sections(w, out, WF_W03);
	sections(w, out, WF_W04);
	code_imports(w, caps, out);
	declared(w, out);
	producers(w, out);
	target(w, out);
}

void
wf_suspicion_free(struct wf_suspicions *s)
{
	if (!s)
		return;
	free(s->v);
	wf_arena_free(&s->arena);
	*s = (struct wf_suspicions)WF_SUSPICIONS_INIT;
}
