/* SPDX-License-Identifier: Apache-2.0
 *
 * Parses names and versions of component imports.  Must never match what it
 * could not parse.
 */
#include "wasm/extern_name.h"

#include <string.h>

#include "base/cc.h"

static bool
lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct wf_str
part(const char *p, const char *end)
{
	return (struct wf_str){p, (size_t)(end - p)};
}

/* label: words of one case joined by '-'; only the first must begin with a
 * letter.  Returns where it ends, NULL when there is none. */
static const char *
label(const char *p, const char *end, bool capitals)
{
	for (bool first = true; ; first = false) {
		bool up, low;
		const char *start = p;

		for (up = low = false; p < end; p++) {
			if (lower(*p) && !up)
				low = true;
			else if (upper(*p) && !low && capitals)
				up = true;
			else if (!digit(*p) || (first && p == start))
				break;
		}
		if (p == start)
			return NULL;
		if (p == end || *p != '-')
			return p;
		p++;
	}
}

bool
wf_extern_name_is_label(struct wf_str s)
{
	return s.len && label(s.p, s.p + s.len, true) == s.p + s.len;
}

/* --- versions ----------------------------------------------------------------- */

/* A number without leading zeros that fits 64 bits; NULL otherwise. */
static const char *
number(const char *p, const char *end, uint64_t *out)
{
	const char *start = p;
	uint64_t v = 0;

	for (; p < end && digit(*p); p++) {
		if (v > (UINT64_MAX - 9) / 10)
			return NULL;
		v = v * 10 + (uint64_t)(*p - '0');
	}
	if (p == start || (*start == '0' && p - start > 1))
		return NULL;
	*out = v;
	return p;
}

/* Dot-separated identifiers up to stop or the end. */
static const char *
identifiers(const char *p, const char *end, char stop)
{
	for (;;) {
		const char *start = p;

		while (p < end && (lower(*p) || upper(*p) || digit(*p) || *p == '-'))
			p++;
		if (p == start)
			return NULL;
		if (p == end || *p == stop)
			return p;
		if (*p++ != '.')
			return NULL;
	}
}

static bool
version(struct wf_str s, struct wf_extern_version *v)
{
	const char *p = s.p, *end = s.p + s.len, *q;

	memset(v, 0, sizeof(*v));
	v->text = s;
	for (v->parts = 0; v->parts < 3; ) {
		if (v->parts && (p == end || *p++ != '.'))
			return v->parts < 3 && p == end;
		if (!(p = number(p, end, &v->n[v->parts])))
			return false;
		v->parts++;
		if (p == end)
			return true;
	}
	if (*p == '-') {
		if (!(q = identifiers(p + 1, end, '+')))
			return false;
		v->pre = part(p + 1, q);
		p = q;
	}
	if (p < end && *p == '+')
		p = identifiers(p + 1, end, '\0');
	return p == end;
}

/* "1", "0.2", or three parts where nothing shorter would do. */
static bool
canonical(const struct wf_extern_version *v)
{
	if (v->parts == 1)
		return v->n[0] != 0;
	if (v->parts == 2)
		return v->n[0] == 0 && v->n[1] != 0;
	return (v->n[0] == 0 && v->n[1] == 0) || v->pre.len;
}

static const char *
versioned(struct wf_str text, struct wf_str suffix, struct wf_extern_version *v)
{
	char joined[256];
	struct wf_extern_version whole;

	if (!version(text, v) || (v->parts < 3 && !canonical(v)))
		return "expected a version after '@': 1.2.3, or the canonical 1 or 0.2";
	if (!suffix.len)
		return NULL;
	if (!canonical(v) || text.len + suffix.len > sizeof(joined))
		return "a version suffix belongs to a canonical version";
	memcpy(joined, text.p, text.len);
	memcpy(joined + text.len, suffix.p, suffix.len);
	if (!version((struct wf_str){joined, text.len + suffix.len}, &whole) || whole.parts != 3 ||
	    whole.pre.len != v->pre.len)
		return "the version and its suffix are no version together";
	/* The suffix may complete the numbers, never make a pre-release. */
	memcpy(v->n, whole.n, sizeof(v->n));
	v->parts = 3;
	return NULL;
}

/* --- names ---------------------------------------------------------------------- */

static const char *
interface(struct wf_str name, struct wf_str suffix, struct wf_extern_name *out)
{
	const char *p = name.p, *end = name.p + name.len;
	unsigned colons = 0, slashes = 0;

	for (;;) {
		if (!(p = label(p, end, false)))
			return "expected a lower-case label in the package name";
		if (p == end || *p != ':')
			break;
		colons++;
		p++;
	}
	if (!colons || p == end || *p != '/')
		return "expected namespace:package/interface";
	for (; p < end && *p == '/'; slashes++)
		if (!(p = label(p + 1, end, true)))
			return "expected a label after '/'";
	out->nested = colons > 1 || slashes > 1;
	out->kind = WF_NAME_INTERFACE;
	out->path = part(name.p, p);
	if (p == end)
		return suffix.len ? "a version suffix belongs to a version" : NULL;
	if (*p != '@')
		return "expected '@' and a version, or the end";
	return versioned(part(p + 1, end), suffix, &out->version);
}

static const char *
plain(struct wf_str name, struct wf_extern_name *out)
{
	static const struct {
		const char *mark;
		bool member;
	} marks[] = {
		{"[constructor]", false}, {"[method]", true}, {"[static]", true},
		/* as tools wrote them before 0.3 was settled */
		{"[async]", false}, {"[async method]", true}, {"[async static]", true},
	};
	const char *p = name.p, *end = name.p + name.len;
	bool member = false, special = false;

	for (size_t i = 0; i < WF_COUNT(marks) && !special; i++) {
		if (!wf_str_starts(name, marks[i].mark))
			continue;
		p += strlen(marks[i].mark);
		member = marks[i].member;
		special = true;
	}
	if (wf_str_starts(part(p, end), "[get]") || wf_str_starts(part(p, end), "[set]")) {
		if (special && !member)
			return "a constructor is no accessor";
		p += 5;
	}
	if (!(p = label(p, end, true)))
		return "expected a label";
	if (member && (p == end || *p++ != '.' || !(p = label(p, end, true))))
		return "expected resource.function";
	if (p != end)
		return "expected a label of letters, digits and single '-'";
	out->kind = WF_NAME_PLAIN;
	out->path = name;
	return NULL;
}

const char *
wf_extern_name_parse(struct wf_str name, struct wf_str suffix, struct wf_extern_name *out)
{
	static const char *const code[] = {"url=<", "integrity=<", "locked-dep=<", "unlocked-dep=<"};

	memset(out, 0, sizeof(*out));
	if (!name.len)
		return "is empty";
	for (size_t i = 0; i < WF_COUNT(code); i++) {
		if (!wf_str_starts(name, code[i]))
			continue;
		if (name.p[name.len - 1] != '>')
			return "expected '>' at the end";
		out->kind = WF_NAME_CODE;
		out->path = name;
		return NULL;
	}
	if (memchr(name.p, ':', name.len))
		return interface(name, suffix, out);
	return suffix.len ? "a version suffix belongs to an interface" : plain(name, out);
}

/* --- uniqueness ------------------------------------------------------------------- */

/* A name as it is compared: characters that count, one after the other. */
struct folded {
	const char *p, *end;
	char mark; /* 'c' constructor, 's' setter, ':' interface, '<' code, 0 other */
	bool raw;  /* from the version on */
};

static int
next(struct folded *f)
{
	while (!f->raw && f->p < f->end && *f->p == '-')
		f->p++;
	if (f->p == f->end)
		return -1;
	f->raw = f->raw || *f->p == '@';
	return !f->raw && upper(*f->p) ? *f->p++ - 'A' + 'a' : (unsigned char)*f->p++;
}

static int
order(struct folded a, struct folded b)
{
	int x, y;

	if (a.mark != b.mark)
		return a.mark < b.mark ? -1 : 1;
	do {
		x = next(&a);
		y = next(&b);
	} while (x == y && x != -1);
	return x - y;
}

static struct folded
fold(struct wf_str name)
{
	struct folded f = {name.p, name.p + name.len, '\0', false};
	const char *dot;

	if (memchr(name.p, '<', name.len)) {
		f.mark = '<';
		f.raw = true;
		return f;
	}
	if (memchr(name.p, ':', name.len)) {
		f.mark = ':';
		return f;
	}
	while (f.p < f.end && *f.p == '[') {
		struct wf_str rest = part(f.p, f.end);

		if (wf_str_starts(rest, "[constructor]"))
			f.mark = 'c';
		else if (wf_str_starts(rest, "[set]"))
			f.mark = 's';
		f.p = (const char *)memchr(f.p, ']', rest.len) + 1;
	}
	dot = memchr(f.p, '.', (size_t)(f.end - f.p));
	if (dot) {
		struct folded left = {f.p, dot, '\0', false}, right = {dot + 1, f.end, '\0', false};

		if (order(left, right) == 0) {
			f.end = dot;
			f.mark = '\0';
		}
	}
	return f;
}

int
wf_extern_name_order(const void *a, const void *b)
{
	const struct wf_str *x = a, *y = b;

	return order(fold(*x), fold(*y));
}

/* --- patterns ------------------------------------------------------------------- */

static const char *
comparison(struct wf_str s, struct wf_extern_pattern *out)
{
	static const char *const ops[] = {">=", "<=", ">", "<", "="};
	struct wf_extern_version v;

	if (out->nrange == WF_COUNT(out->range))
		return "has more than four comparisons";
	for (size_t i = 0; i < WF_COUNT(ops); i++) {
		size_t n = strlen(ops[i]);

		if (!wf_str_starts(s, ops[i]))
			continue;
		if (!version((struct wf_str){s.p + n, s.len - n}, &v) || v.parts != 3 ||
		    v.pre.len || memchr(v.text.p, '+', v.text.len))
			return "expected a version of three numbers after each comparison";
		memcpy(out->range[out->nrange].op, ops[i], n + 1);
		memcpy(out->range[out->nrange++].n, v.n, sizeof(v.n));
		return NULL;
	}
	return "expected comparisons such as >=0.2.0 <0.3.0 after '@', or one version";
}

const char *
wf_extern_pattern_parse(struct wf_str text, struct wf_extern_pattern *out)
{
	const char *at = text.len ? memchr(text.p, '@', text.len) : NULL;
	const char *end = text.p + text.len, *p, *why;
	struct wf_extern_name name;

	memset(out, 0, sizeof(*out));
	if (!at || (at + 1 < end && digit(at[1]))) {
		why = wf_extern_name_parse(text, (struct wf_str){NULL, 0}, &name);
		if (!why && name.kind != WF_NAME_INTERFACE)
			why = "expected namespace:package/interface";
		out->path = name.path;
		out->exact = name.version;
		return why;
	}
	why = wf_extern_name_parse(part(text.p, at), (struct wf_str){NULL, 0}, &name);
	if (!why && name.kind != WF_NAME_INTERFACE)
		why = "expected namespace:package/interface";
	out->path = name.path;
	for (p = at + 1; !why; ) {
		const char *q = p < end ? memchr(p, ' ', (size_t)(end - p)) : NULL;

		why = comparison(part(p, q ? q : end), out);
		if (!q)
			break;
		for (p = q; p < end && *p == ' '; p++)
			;
	}
	return why;
}

static int
compare(const uint64_t a[3], const uint64_t b[3])
{
	for (size_t i = 0; i < 3; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

/* A canonical version stands for every version from its zeros to its end: how
 * the first and the last of them compare with n. */
static void
compare_ends(const struct wf_extern_version *v, const uint64_t n[3], int *low, int *top)
{
	uint64_t high[3] = {v->n[0], v->n[1], v->n[2]};

	for (unsigned i = v->parts; i < 3; i++)
		high[i] = UINT64_MAX;
	*low = compare(v->n, n);
	*top = compare(high, n);
}

/* Does the comparison hold for all of the versions that v stands for? */
static bool
holds(const char *op, const struct wf_extern_version *v, const uint64_t n[3])
{
	int low, top;

	compare_ends(v, n, &low, &top);
	switch (op[0]) {
	case '>':
		return op[1] ? low >= 0 : low > 0;
	case '<':
		return op[1] ? top <= 0 : top < 0;
	case '=':
		return low == 0 && top == 0;
	default:
		return false;
	}
}

bool
wf_extern_pattern_matches(const struct wf_extern_pattern *p, const struct wf_extern_name *n,
                          struct wf_str suffix)
{
	if (n->kind != WF_NAME_INTERFACE || !wf_str_eq(p->path, n->path))
		return false;
	if (p->exact.parts) {
		/* As one text: what the name says and what completes it. */
		struct wf_str want = p->exact.text, have = n->version.text;

		return want.len == have.len + suffix.len && have.len &&
		       memcmp(want.p, have.p, have.len) == 0 &&
		       (!suffix.len || memcmp(want.p + have.len, suffix.p, suffix.len) == 0);
	}
	if (!p->nrange)
		return n->version.parts == 0;
	if (!n->version.parts || n->version.pre.len)
		return false;
	for (size_t i = 0; i < p->nrange; i++)
		if (!holds(p->range[i].op, &n->version, p->range[i].n))
			return false;
	return true;
}

/* Or for one of them?  Before a release come its pre-releases. */
static bool
could_hold(const char *op, const struct wf_extern_version *v, const uint64_t n[3])
{
	int low, top;

	compare_ends(v, n, &low, &top);
	switch (op[0]) {
	case '>':
		return op[1] ? top >= 0 : top > 0;
	case '<':
		return op[1] || v->pre.len ? low <= 0 : low < 0;
	case '=':
		return low <= 0 && top >= 0;
	default:
		return true;
	}
}

bool
wf_extern_pattern_could_match(const struct wf_extern_pattern *p, const struct wf_extern_name *n)
{
	const struct wf_extern_version *want = &p->exact, *have = &n->version;

	if (n->kind != WF_NAME_INTERFACE || !wf_str_eq(p->path, n->path))
		return false;
	if (!want->parts && !p->nrange)
		return true;
	if (!have->parts)
		return false;
	for (unsigned i = 0; i < want->parts && i < have->parts; i++)
		if (want->n[i] != have->n[i])
			return false;
	if (want->parts == 3 && have->parts == 3 && !wf_str_eq(want->pre, have->pre))
		return false;
	for (size_t i = 0; i < p->nrange; i++)
		if (!could_hold(p->range[i].op, have, p->range[i].n))
			return false;
	return true;
}
