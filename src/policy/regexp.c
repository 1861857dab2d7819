/* SPDX-License-Identifier: Apache-2.0
 *
 * A set of states moved over the text (Thompson): no state is entered twice
 * for one byte, so no expression is slow.  Must never take an expression that
 * POSIX leaves undefined or that other dialects read in another way.
 */
#include "policy/regexp.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

#define REPEAT_MAX 255u /* POSIX RE_DUP_MAX */
#define UNBOUNDED (REPEAT_MAX + 1)

enum op { OP_SET, OP_START, OP_END, OP_SPLIT, OP_JUMP, OP_MATCH };

struct set {
	uint8_t bits[32];
};

struct state {
	enum op op;
	unsigned a, b; /* OP_SET: a is the set; OP_SPLIT: both ways; OP_JUMP: a */
};

struct wf_regexp {
	char *pattern;
	struct set *sets;
	size_t nsets, sets_cap;
	struct state states[WF_MAX_REGEXP_STATES];
	unsigned n;
};

struct parser {
	const char *start, *p;
	struct wf_regexp *re;
	unsigned depth;
	enum wf_reason bad;
	struct wf_err *err;
};

static enum wf_rc WF_PRINTF(2, 3)
fail(struct parser *s, const char *fmt, ...)
{
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	wf_err_set(s->err, s->bad, "regular expression \"%.120s\", character %zu: %s",
	                  s->start, (size_t)(s->p - s->start) + 1, what);
	return wf_err_hint(s->err, "Expressions are POSIX extended ones: [0-9] and not \\d, [.] for a dot.");
}

static enum wf_rc
emit(struct parser *s, enum op op, unsigned a, unsigned b)
{
	if (s->re->n == WF_MAX_REGEXP_STATES)
		return fail(s, "too large (%u states)", WF_MAX_REGEXP_STATES);
	s->re->states[s->re->n++] = (struct state){op, a, b};
	return WF_OK;
}

static void
set_add(struct set *s, unsigned c)
{
	s->bits[c / 8] = (uint8_t)(s->bits[c / 8] | 1u << c % 8);
}

static bool
set_has(const struct set *s, unsigned c)
{
	return s->bits[c / 8] >> c % 8 & 1u;
}

static enum wf_rc
emit_set(struct parser *s, const struct set *set)
{
	struct wf_regexp *re = s->re;

	re->sets = wf_grow(re->sets, &re->sets_cap, re->nsets, sizeof(*re->sets));
	re->sets[re->nsets] = *set;
	return emit(s, OP_SET, (unsigned)re->nsets++, 0);
}

/* [:name:], p behind "[:". */
static enum wf_rc
class(struct parser *s, struct set *set)
{
	static const struct {
		const char *name;
		int (*has)(int);
	} known[] = {
		{"alpha", isalpha}, {"digit", isdigit}, {"alnum", isalnum}, {"upper", isupper},
		{"lower", islower}, {"space", isspace}, {"blank", isblank}, {"punct", ispunct},
		{"print", isprint}, {"graph", isgraph}, {"cntrl", iscntrl}, {"xdigit", isxdigit},
	};
	size_t n = strcspn(s->p, ":"), i;
	int c;

	for (i = 0; i < WF_COUNT(known); i++)
		if (strlen(known[i].name) == n && strncmp(s->p, known[i].name, n) == 0 &&
		    s->p[n] == ':' && s->p[n + 1] == ']')
			break;
	if (i == WF_COUNT(known))
		return fail(s, "not a character class");
	for (c = 0; c < 128; c++)
		if (known[i].has(c))
			set_add(set, (unsigned)c);
	s->p += n + 2;
	return WF_OK;
}

/* One member of a bracket expression; *first: "]" is one. */
static enum wf_rc
member(struct parser *s, struct set *set)
{
	unsigned lo = (unsigned char)s->p[0], hi;

	if (lo == '[' && s->p[1] == ':') {
		s->p += 2;
		return class(s, set);
	}
	if (lo == '[' && (s->p[1] == '.' || s->p[1] == '='))
		return fail(s, "collating symbols and equivalence classes are not served");
	if (lo == '\\')
		return fail(s, "\"\\\" in brackets, where dialects differ: leave it out");
	if (lo >= 128)
		return fail(s, "only ASCII can stand in brackets");
	hi = lo;
	if (s->p[1] == '-' && s->p[2] && s->p[2] != ']') {
		hi = (unsigned char)s->p[2];
		if (hi >= 128 || hi < lo || hi == '[' || hi == '\\')
			return fail(s, "the range does not end in a later ASCII character");
		s->p += 2;
		if (s->p[1] == '-' && s->p[2] != ']')
			return fail(s, "a range of a range");
	}
	s->p++;
	for (; lo <= hi; lo++)
		set_add(set, lo);
	return WF_OK;
}

static enum wf_rc
bracket(struct parser *s)
{
	struct set set = {{0}};
	bool not = false;
	const char *first;
	unsigned c;
	enum wf_rc rc;

	s->p++;
	if (*s->p == '^') {
		not = true;
		s->p++;
	}
	for (first = s->p; *s->p && (*s->p != ']' || s->p == first);)
		if ((rc = member(s, &set)))
			return rc;
	if (!*s->p)
		return fail(s, "\"[\" without \"]\"");
	s->p++;
	for (c = 0; not && c < sizeof(set.bits); c++)
		set.bits[c] = (uint8_t)~set.bits[c];
	return emit_set(s, &set);
}

static enum wf_rc
literal(struct parser *s, unsigned c)
{
	struct set set = {{0}};

	set_add(&set, c);
	s->p++;
	return emit_set(s, &set);
}

static enum wf_rc alternatives(struct parser *);

static enum wf_rc
group(struct parser *s)
{
	enum wf_rc rc;

	if (s->p[1] == '?')
		return fail(s, "\"(?\" belongs to another dialect");
	if (++s->depth > WF_MAX_REGEXP_DEPTH)
		return fail(s, "more than %u parentheses deep", WF_MAX_REGEXP_DEPTH);
	s->p++;
	if ((rc = alternatives(s)))
		return rc;
	if (*s->p != ')')
		return fail(s, "\"(\" without \")\"");
	s->p++;
	s->depth--;
	return WF_OK;
}

static enum wf_rc
atom(struct parser *s)
{
	struct set any;
	unsigned char c = (unsigned char)*s->p;

	switch (c) {
	case '(':
		return group(s);
	case '[':
		return bracket(s);
	case '.':
		memset(&any, 0xff, sizeof(any));
		s->p++;
		return emit_set(s, &any);
	case '^':
	case '$':
		s->p++;
		return emit(s, c == '^' ? OP_START : OP_END, 0, 0);
	case '*':
	case '+':
	case '?':
	case '{':
		return fail(s, "\"%c\" with nothing before it to repeat", c);
	case '\\':
		c = (unsigned char)*++s->p;
		if (!c)
			return fail(s, "a \"\\\" at the end");
		if (isalnum(c))
			return fail(s, "\"\\%c\" is no escape of POSIX extended expressions", c);
		return literal(s, c);
	default: /* any other byte stands for itself */
		return literal(s, c);
	}
}

/* "{m}", "{m,}", "{m,n}" */
static enum wf_rc
counts(struct parser *s, unsigned *min, unsigned *max)
{
	unsigned *v[2] = {min, max}, i;
	bool comma = false;

	for (i = 0; i < 2; i++) {
		s->p++;
		if (i == 1 && *s->p == '}') {
			*max = UNBOUNDED;
			break;
		}
		if (!isdigit((unsigned char)*s->p))
			return fail(s, "\"{\" without a count");
		for (*v[i] = 0; isdigit((unsigned char)*s->p); s->p++)
			if ((*v[i] = *v[i] * 10 + (unsigned)(*s->p - '0')) > REPEAT_MAX)
				return fail(s, "a count above %u", REPEAT_MAX);
		comma = *s->p == ',';
		if (i == 0 && !comma) {
			*max = *min;
			break;
		}
	}
	if (*s->p != '}' || *min > *max)
		return fail(s, "not a count: {m}, {m,} or {m,n}");
	s->p++;
	return WF_OK;
}

/* Writes the n states of v, which stood at `from`, again at the end. */
static enum wf_rc
again(struct parser *s, const struct state *v, unsigned n, unsigned from)
{
	unsigned by = s->re->n - from, i;
	enum wf_rc rc = WF_OK;

	for (i = 0; i < n && !rc; i++)
		rc = emit(s, v[i].op, v[i].op == OP_SET ? v[i].a : v[i].a + by, v[i].b + by);
	return rc;
}

static enum wf_rc
repeat(struct parser *s, unsigned from, unsigned min, unsigned max)
{
	struct wf_regexp *re = s->re;
	unsigned n = re->n - from, i, at;
	WF_AUTO(wf_freep) struct state *v = wf_malloc(n * sizeof(*v));
	enum wf_rc rc = WF_OK;

	memcpy(v, re->states + from, n * sizeof(*v));
	re->n = from;
	for (i = 0; i < min && !rc; i++)
		rc = again(s, v, n, from);
	if (max == UNBOUNDED) {
		/* L: split(next, out) v jump(L) */
		at = re->n;
		if (rc || (rc = emit(s, OP_SPLIT, at + 1, 0)) || (rc = again(s, v, n, from)) ||
		    (rc = emit(s, OP_JUMP, at, 0)))
			return rc;
		re->states[at].b = re->n;
		return WF_OK;
	}
	for (; i < max && !rc; i++) {
		at = re->n;
		if ((rc = emit(s, OP_SPLIT, at + 1, 0)) || (rc = again(s, v, n, from)))
			return rc;
		re->states[at].b = re->n;
	}
	return rc;
}

static enum wf_rc
piece(struct parser *s)
{
	unsigned from = s->re->n, min = 0, max = UNBOUNDED;
	char what = *s->p, c;
	enum wf_rc rc;

	if ((rc = atom(s)))
		return rc;
	c = *s->p;
	if (!c || !strchr("*+?{", c))
		return WF_OK;
	if (what == '^' || what == '$')
		return fail(s, "\"%c\" cannot be repeated", what);
	if (c == '{') {
		if ((rc = counts(s, &min, &max)))
			return rc;
	} else {
		min = c == '+';
		max = c == '?' ? 1 : UNBOUNDED;
		s->p++;
	}
	if (*s->p && strchr("*+?{", *s->p))
		return fail(s, "a repetition of a repetition");
	return repeat(s, from, min, max);
}

static enum wf_rc
sequence(struct parser *s)
{
	enum wf_rc rc;

	if (!*s->p || *s->p == '|' || *s->p == ')')
		return fail(s, "nothing where something was expected");
	while (*s->p && *s->p != '|' && *s->p != ')')
		if ((rc = piece(s)))
			return rc;
	return WF_OK;
}

/* Moves what stands from `from` on up by one, for a split in front of it. */
static enum wf_rc
make_room(struct parser *s, unsigned from)
{
	struct wf_regexp *re = s->re;
	unsigned i;
	enum wf_rc rc;

	if ((rc = emit(s, OP_SPLIT, 0, 0)))
		return rc;
	memmove(&re->states[from + 1], &re->states[from],
	        (re->n - 1 - from) * sizeof(*re->states));
	for (i = from + 1; i < re->n; i++) {
		if (re->states[i].op != OP_SET)
			re->states[i].a++;
		re->states[i].b++;
	}
	re->states[from] = (struct state){OP_SPLIT, from + 1, 0};
	return WF_OK;
}

/* a|b|c: split(a, split(b, c)), each but the last with a jump to the end. */
static enum wf_rc
alternatives(struct parser *s)
{
	struct wf_regexp *re = s->re;
	unsigned from = re->n, jumps[WF_MAX_PATTERN_BYTES], n = 0, i;
	enum wf_rc rc;

	for (;;) {
		if ((rc = sequence(s)))
			return rc;
		if (*s->p != '|')
			break;
		s->p++;
		/* jumps of this group lie before `from`: moving leaves them */
		if ((rc = make_room(s, from)))
			return rc;
		jumps[n++] = re->n;
		if ((rc = emit(s, OP_JUMP, 0, 0)))
			return rc;
		re->states[from].b = re->n;
		from = re->n;
	}
	for (i = 0; i < n; i++)
		re->states[jumps[i]].a = re->n;
	return WF_OK;
}

enum wf_rc
wf_regexp_compile(const char *pattern, enum wf_reason bad, struct wf_regexp **out,
                  struct wf_err *err)
{
	WF_AUTO(wf_regexp_freep) struct wf_regexp *re = wf_calloc(1, sizeof(*re));
	struct parser s = {.start = pattern, .p = pattern, .re = re, .bad = bad, .err = err};
	enum wf_rc rc;

	if (strlen(pattern) > WF_MAX_PATTERN_BYTES)
		return wf_err_set(err, bad, "regular expression of %zu bytes, at most %u are read",
		                  strlen(pattern), WF_MAX_PATTERN_BYTES);
	if ((rc = alternatives(&s)))
		return rc;
	if (*s.p)
		return fail(&s, "\")\" without \"(\"");
	if ((rc = emit(&s, OP_MATCH, 0, 0)))
		return rc;
	re->pattern = wf_strdup(pattern);
	*out = re;
	re = NULL;
	return WF_OK;
}

void
wf_regexp_free(struct wf_regexp *re)
{
	if (!re)
		return;
	free(re->pattern);
	free(re->sets);
	free(re);
}

void
wf_regexp_freep(struct wf_regexp **re)
{
	wf_regexp_free(*re);
	*re = NULL;
}

const char *
wf_regexp_pattern(const struct wf_regexp *re)
{
	return re->pattern;
}

/* The states reached before a byte. */
struct front {
	unsigned v[WF_MAX_REGEXP_STATES];
	size_t n;
	uint8_t seen[WF_MAX_REGEXP_STATES];
	bool match;
};

struct stack {
	unsigned v[WF_MAX_REGEXP_STATES];
	size_t n;
};

/* Each state once for a byte, so the stack cannot overflow. */
static void
push(struct stack *stack, struct front *f, unsigned at)
{
	if (f->seen[at])
		return;
	f->seen[at] = 1;
	stack->v[stack->n++] = at;
}

/* Enters a state and all that follow without a byte. */
static void
enter(const struct wf_regexp *re, struct front *f, unsigned at, bool start, bool end)
{
	struct stack stack;
	const struct state *t;

	stack.n = 0;
	push(&stack, f, at);
	while (stack.n) {
		at = stack.v[--stack.n];
		t = &re->states[at];
		switch (t->op) {
		case OP_SET:
			f->v[f->n++] = at;
			break;
		case OP_START:
			if (start)
				push(&stack, f, at + 1);
			break;
		case OP_END:
			if (end)
				push(&stack, f, at + 1);
			break;
		case OP_SPLIT:
			push(&stack, f, t->b);
			push(&stack, f, t->a);
			break;
		case OP_JUMP:
			push(&stack, f, t->a);
			break;
		case OP_MATCH:
			f->match = true;
			break;
		}
	}
}

static bool
run(const struct wf_regexp *re, struct wf_str text, bool anywhere)
{
	WF_AUTO(wf_freep) struct front *fronts = wf_calloc(2, sizeof(*fronts));
	struct front *now = &fronts[0], *next = &fronts[1], *swap;
	size_t i, j;

	if (text.len > WF_MAX_REGEXP_TEXT)
		return false;
	enter(re, now, 0, true, text.len == 0);
	for (i = 0; i < text.len; i++) {
		if (anywhere && now->match)
			return true;
		next->n = 0;
		next->match = false;
		memset(next->seen, 0, re->n);
		for (j = 0; j < now->n; j++)
			if (set_has(&re->sets[re->states[now->v[j]].a], (unsigned char)text.p[i]))
				enter(re, next, now->v[j] + 1, false, i + 1 == text.len);
		if (anywhere)
			enter(re, next, 0, false, i + 1 == text.len);
		swap = now;
		now = next;
		next = swap;
	}
	return now->match;
}

bool
wf_regexp_full(const struct wf_regexp *re, struct wf_str text)
{
	return run(re, text, false);
}

bool
wf_regexp_search(const struct wf_regexp *re, struct wf_str text)
{
	return run(re, text, true);
}
