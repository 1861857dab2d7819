/* SPDX-License-Identifier: Apache-2.0
 *
 * Digests into the text of a manifest file.  Must never touch a byte that is
 * not one of a reference, nor give back a text that reads differently.
 */
#include "manifest/pin.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

void
wf_pin_free(struct wf_pins *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		wf_ref_free(&p->v[i].ref);
	free(p->v);
	wf_arena_free(&p->arena);
	memset(p, 0, sizeof(*p));
}

/* Code points as bytes, asked for in rising order: the file is walked once. */
struct place {
	struct wf_str text;
	size_t byte;
	unsigned point;
};

static size_t
byte_of(struct place *at, unsigned point)
{
	while (at->point < point && at->byte < at->text.len) {
		do
			at->byte++;
		while (at->byte < at->text.len &&
		       ((unsigned char)at->text.p[at->byte] & 0xc0) == 0x80);
		at->point++;
	}
	return at->byte;
}

/* Where a value ends in the file: before the closing quote, or after the last
 * character of a plain text or a block. */
static size_t
end_of(struct place *place, const struct wf_yaml_node *v)
{
	struct wf_str text = place->text;
	size_t at = byte_of(place, v->at), end = byte_of(place, v->end);

	if (at < end && (text.p[at] == '"' || text.p[at] == '\''))
		return end - 1;
	while (end > at && strchr(" \t\r\n", text.p[end - 1]))
		end--;
	return end;
}

static enum wf_rc
take(struct wf_pins *out, struct place *place, const char *name,
     const struct wf_yaml_node *entry, struct wf_err *err)
{
	const struct wf_yaml_node *v = wf_yaml_get(entry, "ref");
	const struct wf_yaml_node *n = wf_yaml_get(entry, "name");
	struct wf_pin pin = {.ref = WF_REF_INIT};
	enum wf_rc rc;

	if (!v || v->kind != WF_YAML_SCALAR)
		return WF_OK; /* the parser has its own words for it */
	if ((rc = wf_ref_parse(v->text.p, &pin.ref, err)))
		return wf_err_wrap(err, "%s:%u:%u", name, v->line, v->column);
	out->refs++;
	if (pin.ref.has_digest) {
		wf_ref_free(&pin.ref);
		return WF_OK;
	}
	if (pin.ref.kind == WF_REF_REGISTRY && !pin.ref.tag) {
		rc = wf_err_set(err, WF_R_TAG_ONLY,
		                "%s:%u:%u: reference \"%.200s\" has neither tag nor digest",
		                name, v->line, v->column, v->text.p);
		wf_ref_free(&pin.ref);
		return rc;
	}
	pin.line = v->line;
	pin.column = v->column;
	pin.end = end_of(place, v);
	if (n && n->kind == WF_YAML_SCALAR)
		pin.name = wf_arena_strn(&out->arena, n->text.p, n->text.len);
	out->v = wf_grow(out->v, &out->cap, out->n, sizeof(*out->v));
	out->v[out->n++] = pin;
	return WF_OK;
}

/* The list of entries in either form; NULL: neither. */
static const struct wf_yaml_node *
entries(const struct wf_yaml *doc)
{
	const struct wf_yaml_node *root = wf_yaml_root(doc);

	if (root->kind == WF_YAML_LIST)
		return root;
	root = wf_yaml_get(root, "functions");
	return root && root->kind == WF_YAML_LIST ? root : NULL;
}

/* Everything but a tag alone. */
static enum wf_rc
other_problems(struct wf_str yaml, const char *name, struct wf_err *err)
{
	struct wf_problems all = WF_PROBLEMS_INIT, rest = WF_PROBLEMS_INIT;
	enum wf_rc rc;
	size_t i;

	wf_manifest_lint(yaml, name, &all);
	for (i = 0; i < all.n; i++)
		if (all.v[i].reason != WF_R_TAG_ONLY)
			wf_problem_add(&rest, all.v[i].reason, all.v[i].file,
			               all.v[i].line, all.v[i].column, "%s",
			               all.v[i].text);
	rc = wf_problem_error(&rest, err);
	wf_problem_free(&all);
	wf_problem_free(&rest);
	return rc;
}

enum wf_rc
wf_pin_find(struct wf_str yaml, const char *name, struct wf_pins *out,
            struct wf_err *err)
{
	struct wf_problems problems = WF_PROBLEMS_INIT;
	WF_AUTO(wf_yaml_freep) struct wf_yaml *doc = NULL;
	WF_AUTO(wf_pin_free) struct wf_pins found = WF_PINS_INIT;
	WF_AUTO(wf_buf_free) struct wf_buf trial =
		WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	struct place place = {yaml, 0, 0};
	const struct wf_yaml_node *list, *v;
	enum wf_rc rc;

	if ((rc = other_problems(yaml, name, err)))
		return rc;
	doc = wf_yaml_parse(yaml, name, WF_R_MALFORMED, &problems);
	rc = wf_problem_error(&problems, err);
	wf_problem_free(&problems);
	if (rc)
		return rc;
	list = entries(doc);
	for (v = list ? list->first : NULL; v; v = v->next)
		if ((rc = take(&found, &place, name, v, err)))
			return rc;
	/* with any digest: what entries without one hide is found before
	 * anybody is asked */
	if ((rc = wf_pin_text(yaml, name, &found, &trial, err)))
		return rc;
	*out = found;
	memset(&found, 0, sizeof(found));
	return WF_OK;
}

char *
wf_pin_to(const struct wf_pin *p)
{
	char digest[WF_DIGEST_TEXT];

	wf_digest_text(&p->digest, digest);
	return wf_asprintf("%s@%s", p->ref.text, digest);
}

/* Both trees say the same, save that the values under pins have grown. */
static bool
same(const struct wf_yaml_node *a, const struct wf_yaml_node *b,
     const struct wf_pins *pins, size_t *next)
{
	if (a->kind != b->kind || a->n != b->n || a->quoted != b->quoted ||
	    (a->key && !wf_str_eq(a->key->text, b->key->text)))
		return false;
	if (a->kind == WF_YAML_SCALAR && *next < pins->n &&
	    pins->v[*next].line == a->line && pins->v[*next].column == a->column) {
		WF_AUTO(wf_freep) char *want = wf_pin_to(&pins->v[(*next)++]);

		return wf_str_eqz(b->text, want);
	}
	if (a->kind == WF_YAML_SCALAR)
		return wf_str_eq(a->text, b->text);
	for (a = a->first, b = b->first; a; a = a->next, b = b->next)
		if (!same(a, b, pins, next))
			return false;
	return true;
}

static enum wf_rc
prove(struct wf_str before, struct wf_str after, const char *name,
      const struct wf_pins *pins, struct wf_err *err)
{
	struct wf_problems problems = WF_PROBLEMS_INIT;
	WF_AUTO(wf_yaml_freep) struct wf_yaml *a =
		wf_yaml_parse(before, name, WF_R_MALFORMED, &problems);
	WF_AUTO(wf_yaml_freep) struct wf_yaml *b =
		wf_yaml_parse(after, name, WF_R_MALFORMED, &problems);
	size_t next = 0;
	enum wf_rc rc;

	wf_manifest_lint(after, name, &problems);
	rc = wf_problem_error(&problems, err);
	wf_problem_free(&problems);
	if (rc)
		return rc;
	if (!a || !b || !same(wf_yaml_root(a), wf_yaml_root(b), pins, &next) ||
	    next != pins->n)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "\"%s\": a reference is written in a way that takes no digest behind it",
		                  name);
	return WF_OK;
}

enum wf_rc
wf_pin_text(struct wf_str yaml, const char *name, const struct wf_pins *pins,
            struct wf_buf *out, struct wf_err *err)
{
	char digest[WF_DIGEST_TEXT];
	size_t at = 0, i;
	enum wf_rc rc;

	for (i = 0; i < pins->n; i++) {
		const struct wf_pin *p = &pins->v[i];

		wf_digest_text(&p->digest, digest);
		if ((rc = wf_buf_add(out, yaml.p + at, p->end - at, err)) ||
		    (rc = wf_buf_addf(out, err, "@%s", digest)))
			return rc;
		at = p->end;
	}
	if ((rc = wf_buf_add(out, yaml.p + at, yaml.len - at, err)))
		return rc;
	return prove(yaml, wf_buf_str(out), name, pins, err);
}
