/* SPDX-License-Identifier: Apache-2.0
 *
 * libyaml behind our own names.  Must never accept a document that another
 * YAML reader would see differently, nor follow a reference inside one.
 */
#include "dep/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/limits.h"
#include "base/text.h"

struct wf_yaml {
	struct wf_arena arena;
	struct wf_yaml_node *root;
};

/* A collection that is still open. */
struct open_node {
	struct wf_yaml_node *node, *last;
	struct wf_yaml_node *key; /* map: the key whose value comes next */
};

struct reader {
	struct wf_yaml *doc;
	const char *file;
	enum wf_reason bad;
	struct wf_problems *problems;
	struct open_node stack[WF_MAX_YAML_DEPTH];
	size_t depth, nodes, documents;
};

static void
problem(struct reader *r, unsigned line, unsigned column, const char *text)
{
	wf_problem_add(r->problems, r->bad, r->file, line, column, "%s", text);
}

static enum wf_reason
limit(const struct reader *r)
{
	return r->bad == WF_R_MALFORMED ? WF_R_LIMIT : r->bad;
}

static void
place(struct wf_str text, size_t offset, unsigned *line, unsigned *column)
{
	size_t i;

	*line = *column = 1;
	for (i = 0; i < offset && i < text.len; i++) {
		if (text.p[i] == '\n') {
			(*line)++;
			*column = 1;
		} else if ((text.p[i] & 0xc0) != 0x80) {
			(*column)++;
		}
	}
}

/* What a reviewer does not see: line breaks of YAML 1.1 that no editor and no
 * diff breaks at, and marks that turn the order of what is shown (Unicode
 * UAX 9).  Escaped in a quoted scalar they are seen, and allowed. */
static const char *
unseen(uint32_t cp, const char *next)
{
	if (cp == 0x85 || cp == 0x2028 || cp == 0x2029 || (cp == '\r' && *next != '\n'))
		return "a line break that editors do not show";
	if (cp == 0x61c || cp == 0x200e || cp == 0x200f || (cp >= 0x202a && cp <= 0x202e) ||
	    (cp >= 0x2066 && cp <= 0x2069))
		return "a mark that changes the order of what is shown";
	return NULL;
}

/* What libyaml would take, or name badly: looked for before it runs. */
static bool
clean_text(struct reader *r, struct wf_str text)
{
	unsigned line, column;
	size_t i, k, start = 0;
	bool indent = true, good = true;
	const char *what;
	uint32_t cp = 0;

	if (wf_str_starts(text, "\xef\xbb\xbf")) {
		problem(r, 1, 1, "begins with a byte order mark: expected UTF-8 without one");
		return false;
	}
	for (i = 0; i < text.len; i += k) {
		k = wf_text_utf8_seq(text.p + i, text.len - i, &cp);
		if (!k) {
			place(text, i, &line, &column);
			problem(r, line, column, "not UTF-8");
			return false;
		}
		if ((what = unseen(cp, i + 1 < text.len ? text.p + i + 1 : ""))) {
			place(text, i, &line, &column);
			wf_problem_add(r->problems, r->bad, r->file, line, column, "%s (U+%04X)", what,
			               (unsigned)cp);
			good = false;
		}
		if (cp == '\n') {
			indent = true;
			start = i + 1;
		} else if (indent && cp == '\t') {
			place(text, start, &line, &column);
			problem(r, line, (unsigned)(i - start) + 1,
			        "a tab in the indentation: expected spaces");
			good = false;
			indent = false;
		} else if (cp != ' ') {
			indent = false;
		}
	}
	return good;
}

static int
by_text(const void *a, const void *b)
{
	const struct wf_yaml_node *x = *(const struct wf_yaml_node *const *)a;
	const struct wf_yaml_node *y = *(const struct wf_yaml_node *const *)b;
	size_t n = x->text.len < y->text.len ? x->text.len : y->text.len;
	int c = n ? memcmp(x->text.p, y->text.p, n) : 0;

	if (c == 0 && x->text.len != y->text.len)
		c = x->text.len < y->text.len ? -1 : 1;
	if (c == 0)
		c = x->line != y->line ? (x->line < y->line ? -1 : 1)
		    : x->column < y->column ? -1 : 1;
	return c;
}

static void
duplicates(struct reader *r, const struct wf_yaml_node *map)
{
	WF_AUTO(wf_freep) const struct wf_yaml_node **keys = NULL;
	const struct wf_yaml_node *c;
	size_t i = 0;

	if (map->n < 2)
		return;
	keys = wf_calloc(map->n, sizeof(*keys));
	for (c = map->first; c; c = c->next)
		keys[i++] = c->key;
	qsort(keys, map->n, sizeof(*keys), by_text);
	for (i = 1; i < map->n; i++)
		if (wf_str_eq(keys[i]->text, keys[i - 1]->text))
			wf_problem_add(r->problems, r->bad, r->file, keys[i]->line,
			               keys[i]->column,
			               "duplicate key \"%.100s\": first at line %u",
			               keys[i]->text.p, keys[i - 1]->line);
}

static void
no_extras(struct reader *r, const yaml_event_t *e, const yaml_char_t *anchor,
          const yaml_char_t *tag)
{
	unsigned line = (unsigned)e->start_mark.line + 1;
	unsigned column = (unsigned)e->start_mark.column + 1;

	if (anchor)
		problem(r, line, column, "anchors (&name) are not allowed");
	if (tag)
		problem(r, line, column, "tags (!name) are not allowed");
}

/* A new node in its place.  NULL: no more may be made. */
static struct wf_yaml_node *
add(struct reader *r, const yaml_event_t *e, enum wf_yaml_kind kind)
{
	struct open_node *up = r->depth ? &r->stack[r->depth - 1] : NULL;
	unsigned line = (unsigned)e->start_mark.line + 1;
	unsigned column = (unsigned)e->start_mark.column + 1;
	struct wf_yaml_node *n;

	if (++r->nodes > WF_MAX_YAML_NODES) {
		wf_problem_add(r->problems, limit(r), r->file, line, column,
		               "more than %u values in one file", WF_MAX_YAML_NODES);
		return NULL;
	}
	n = wf_arena_alloc(&r->doc->arena, sizeof(*n));
	n->kind = kind;
	n->line = line;
	n->column = column;
	if (!up) {
		r->doc->root = n;
		return n;
	}
	if (up->node->kind == WF_YAML_MAP && !up->key) {
		up->key = n;
		if (kind == WF_YAML_SCALAR)
			return n;
		problem(r, line, column, "expected text as a key, found a collection");
		return NULL;
	}
	n->key = up->key;
	up->key = NULL;
	if (up->last)
		up->last->next = n;
	else
		up->node->first = n;
	up->last = n;
	up->node->n++;
	return n;
}

static bool
scalar(struct reader *r, const yaml_event_t *e)
{
	struct wf_yaml_node *n = add(r, e, WF_YAML_SCALAR);
	struct wf_str text = {(const char *)e->data.scalar.value,
	                      e->data.scalar.length};

	if (!n)
		return false;
	no_extras(r, e, e->data.scalar.anchor, e->data.scalar.tag);
	n->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	n->at = (unsigned)e->start_mark.index;
	n->end = (unsigned)e->end_mark.index;
	if (text.len && memchr(text.p, '\0', text.len)) {
		problem(r, n->line, n->column, "NUL in a text");
		text.len = strlen(text.p);
	}
	n->text = wf_arena_dup(&r->doc->arena, text);
	return true;
}

static bool
alias(struct reader *r, const yaml_event_t *e)
{
	struct wf_yaml_node *n = add(r, e, WF_YAML_SCALAR);

	if (!n)
		return false;
	n->broken = true;
	n->text = WF_STR_LIT("");
	problem(r, n->line, n->column, "aliases (*name) are not allowed");
	return true;
}

static bool
open_collection(struct reader *r, const yaml_event_t *e, enum wf_yaml_kind kind)
{
	struct wf_yaml_node *n = add(r, e, kind);

	if (!n)
		return false;
	if (kind == WF_YAML_LIST)
		no_extras(r, e, e->data.sequence_start.anchor,
		          e->data.sequence_start.tag);
	else
		no_extras(r, e, e->data.mapping_start.anchor,
		          e->data.mapping_start.tag);
	if (r->depth == WF_MAX_YAML_DEPTH) {
		wf_problem_add(r->problems, limit(r), r->file, n->line, n->column,
		               "nested deeper than %u", WF_MAX_YAML_DEPTH);
		return false;
	}
	r->stack[r->depth++] = (struct open_node){.node = n};
	return true;
}

static void
document_start(struct reader *r, const yaml_event_t *e)
{
	unsigned line = (unsigned)e->start_mark.line + 1;

	if (e->data.document_start.version_directive ||
	    e->data.document_start.tag_directives.start !=
	    e->data.document_start.tag_directives.end)
		problem(r, line, 1, "directives (%YAML, %TAG) are not allowed");
}

/* One event into the tree; false when reading must stop. */
static bool
take(struct reader *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return true;
	case YAML_DOCUMENT_START_EVENT:
		if (r->documents++) {
			problem(r, (unsigned)e->start_mark.line + 1,
			        (unsigned)e->start_mark.column + 1,
			        "a second document: expected one in a file");
			return false;
		}
		document_start(r, e);
		return true;
	case YAML_ALIAS_EVENT:
		return alias(r, e);
	case YAML_SCALAR_EVENT:
		return scalar(r, e);
	case YAML_SEQUENCE_START_EVENT:
		return open_collection(r, e, WF_YAML_LIST);
	case YAML_MAPPING_START_EVENT:
		return open_collection(r, e, WF_YAML_MAP);
	case YAML_MAPPING_END_EVENT:
		if (r->depth == 0)
			return false;
		duplicates(r, r->stack[r->depth - 1].node);
		r->depth--;
		return true;
	case YAML_SEQUENCE_END_EVENT:
		r->depth--;
		return true;
	}
	return false;
}

static void
syntax(struct reader *r, const yaml_parser_t *p, struct wf_str text)
{
	unsigned line = (unsigned)p->problem_mark.line + 1;
	unsigned column = (unsigned)p->problem_mark.column + 1;

	if (p->error == YAML_READER_ERROR)
		place(text, p->problem_offset, &line, &column);
	wf_problem_add(r->problems, r->bad, r->file, line, column,
	               "not YAML: %s%s%s", p->problem ? p->problem : "cannot be read",
	               p->context ? ", " : "", p->context ? p->context : "");
}

/* All events until the end of the stream; false: stopped before. */
static bool
run(struct reader *r, yaml_parser_t *p, struct wf_str text)
{
	yaml_event_t e;
	bool more = true, end = false;

	while (more && !end) {
		if (!yaml_parser_parse(p, &e)) {
			if (p->error == YAML_MEMORY_ERROR)
				wf_die("out of memory (YAML)");
			syntax(r, p, text);
			return false;
		}
		more = take(r, &e);
		end = e.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&e);
	}
	return more;
}

struct wf_yaml *
wf_yaml_parse(struct wf_str text, const char *file, enum wf_reason bad,
              struct wf_problems *problems)
{
	WF_AUTO(wf_yaml_freep) struct wf_yaml *doc = wf_calloc(1, sizeof(*doc));
	struct reader r = {.doc = doc, .file = file, .bad = bad,
	                   .problems = problems};
	struct wf_yaml *result = NULL;
	yaml_parser_t p;

	if (!clean_text(&r, text))
		return NULL;
	if (!yaml_parser_initialize(&p))
		wf_die("out of memory (YAML)");
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, (const unsigned char *)(text.p ? text.p : ""),
	                             text.len);
	if (run(&r, &p, text)) {
		if (!doc->root)
			doc->root = wf_arena_alloc(&doc->arena, sizeof(*doc->root));
		if (!doc->root->line)
			doc->root->line = doc->root->column = 1;
		result = doc;
		doc = NULL;
	}
	yaml_parser_delete(&p);
	return result;
}

const struct wf_yaml_node *
wf_yaml_root(const struct wf_yaml *doc)
{
	return doc->root;
}

void
wf_yaml_freep(struct wf_yaml **doc)
{
	if (!*doc)
		return;
	wf_arena_free(&(*doc)->arena);
	free(*doc);
	*doc = NULL;
}

const struct wf_yaml_node *
wf_yaml_get(const struct wf_yaml_node *map, const char *key)
{
	const struct wf_yaml_node *c;

	if (!map || map->kind != WF_YAML_MAP)
		return NULL;
	for (c = map->first; c; c = c->next)
		if (wf_str_eqz(c->key->text, key))
			return c;
	return NULL;
}

bool
wf_yaml_is_null(const struct wf_yaml_node *n)
{
	return n->kind == WF_YAML_SCALAR && !n->quoted &&
	       (n->text.len == 0 || wf_str_eqz(n->text, "~") ||
	        wf_str_eqz(n->text, "null"));
}

const char *
wf_yaml_what(const struct wf_yaml_node *n)
{
	switch (n->kind) {
	case WF_YAML_NONE:
		return "nothing";
	case WF_YAML_LIST:
		return "a list";
	case WF_YAML_MAP:
		return "a mapping";
	case WF_YAML_SCALAR:
		return wf_yaml_is_null(n) ? "nothing" : "a text or number";
	}
	return "nothing";
}

const char *
wf_yaml_version(void)
{
	static char text[64];

	if (!text[0])
		(void)snprintf(text, sizeof(text), "libyaml %s",
		               yaml_get_version_string());
	return text;
}
