/* SPDX-License-Identifier: Apache-2.0
 *
 * jansson behind our own names.  Must never accept a document that another
 * reader would see differently: duplicates and trailing bytes are errors.
 */
#include "dep/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

static json_t *
in(const struct wf_json *j)
{
	union {
		const struct wf_json *c;
		json_t *j;
	} u = {.c = j};

	return u.j;
}

static struct wf_json *
out(json_t *j)
{
	if (!j)
		wf_die("out of memory (JSON)");
	return (struct wf_json *)j;
}

void
wf_json_free(struct wf_json *j)
{
	json_decref(in(j));
}

void
wf_json_freep(struct wf_json **j)
{
	json_decref(in(*j));
	*j = NULL;
}

/* Nesting and number of values without parsing: brackets and commas outside
 * strings.  jansson's own cap (2048) is deeper than anything we read, and a
 * value of two bytes takes it fifty. */
static bool
too_deep(struct wf_str t, size_t *values)
{
	size_t i, depth = 0;
	bool quoted = false;

	*values = 1;
	for (i = 0; i < t.len; i++) {
		char c = t.p[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == ',') {
			++*values;
		} else if (c == '{' || c == '[') {
			++*values;
			if (++depth > WF_MAX_JSON_DEPTH)
				return true;
		} else if ((c == '}' || c == ']') && depth) {
			depth--;
		}
	}
	return false;
}

static enum wf_rc
parse(struct wf_str text, const char *name, bool sparse, struct wf_json **result,
      struct wf_err *err)
{
	size_t values, most = WF_MAX_JSON_VALUES + text.len / WF_MIN_JSON_VALUE_BYTES;
	json_error_t je;
	json_t *j;

	if (too_deep(text, &values))
		return wf_err_set(err, WF_R_LIMIT,
		                  "%s: JSON is nested deeper than %u", name,
		                  WF_MAX_JSON_DEPTH);
	if (sparse && values > most)
		return wf_err_set(err, WF_R_LIMIT,
		                  "%s: %zu JSON values in %zu bytes, at most %zu are read",
		                  name, values, text.len, most);
	j = json_loadb(text.p ? text.p : "", text.len, JSON_REJECT_DUPLICATES, &je);
	if (!j)
		return wf_err_set(err, WF_R_MALFORMED, "%s:%d:%d: not JSON: %s",
		                  name, je.line, je.column, je.text);
	*result = out(j);
	return WF_OK;
}

enum wf_rc
wf_json_parse(struct wf_str text, const char *name, struct wf_json **result,
              struct wf_err *err)
{
	return parse(text, name, false, result, err);
}

enum wf_rc
wf_json_parse_sparse(struct wf_str text, const char *name, struct wf_json **result,
                     struct wf_err *err)
{
	return parse(text, name, true, result, err);
}

enum wf_json_kind
wf_json_kind(const struct wf_json *j)
{
	if (!j)
		return WF_JSON_NONE;
	switch (json_typeof(in(j))) {
	case JSON_OBJECT:
		return WF_JSON_OBJECT;
	case JSON_ARRAY:
		return WF_JSON_ARRAY;
	case JSON_STRING:
		return WF_JSON_STRING;
	case JSON_INTEGER:
		return WF_JSON_INTEGER;
	case JSON_REAL:
		return WF_JSON_REAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return WF_JSON_BOOL;
	case JSON_NULL:
		return WF_JSON_NULL;
	}
	return WF_JSON_NONE;
}

const struct wf_json *
wf_json_get(const struct wf_json *object, const char *key)
{
	return (const struct wf_json *)json_object_get(in(object), key);
}

bool
wf_json_str(const struct wf_json *j, struct wf_str *view)
{
	if (!json_is_string(in(j)))
		return false;
	view->p = json_string_value(in(j));
	view->len = json_string_length(in(j));
	return true;
}

const char *
wf_json_z(const struct wf_json *j)
{
	return json_string_value(in(j));
}

bool
wf_json_int(const struct wf_json *j, int64_t *v)
{
	if (!json_is_integer(in(j)))
		return false;
	*v = json_integer_value(in(j));
	return true;
}

bool
wf_json_bool(const struct wf_json *j, bool *v)
{
	if (!json_is_boolean(in(j)))
		return false;
	*v = json_is_true(in(j));
	return true;
}

size_t
wf_json_len(const struct wf_json *j)
{
	if (json_is_array(in(j)))
		return json_array_size(in(j));
	return json_object_size(in(j));
}

const struct wf_json *
wf_json_at(const struct wf_json *array, size_t i)
{
	return (const struct wf_json *)json_array_get(in(array), i);
}

bool
wf_json_next(const struct wf_json *object, void **it, const char **key,
             const struct wf_json **value)
{
	*it = *it ? json_object_iter_next(in(object), *it)
	          : json_object_iter(in(object));
	if (!*it)
		return false;
	*key = json_object_iter_key(*it);
	*value = (const struct wf_json *)json_object_iter_value(*it);
	return true;
}

struct wf_json *
wf_json_object(void)
{
	return out(json_object());
}

struct wf_json *
wf_json_array(void)
{
	return out(json_array());
}

struct wf_json *
wf_json_new_str(struct wf_str s)
{
	WF_AUTO(wf_buf_free) struct wf_buf safe = WF_BUF_INIT(s.len * 4 + 16);
	size_t i, k;
	uint32_t cp;

	if (wf_text_is_utf8(s.p, s.len))
		return out(json_stringn_nocheck(s.p ? s.p : "", s.len));
	for (i = 0; i < s.len; i += k) {
		k = wf_text_utf8_seq(s.p + i, s.len - i, &cp);
		if (k) {
			if (wf_buf_add(&safe, s.p + i, k, NULL))
				wf_die("string bound");
		} else {
			wf_buf_putf(&safe, "\\x%02x", (unsigned char)s.p[i]);
			k = 1;
		}
	}
	return out(json_stringn_nocheck(wf_buf_z(&safe), safe.len));
}

struct wf_json *
wf_json_new_z(const char *z)
{
	return z ? wf_json_new_str(wf_str(z)) : wf_json_new_null();
}

struct wf_json *
wf_json_new_int(int64_t v)
{
	return out(json_integer((json_int_t)v));
}

struct wf_json *
wf_json_new_bool(bool v)
{
	return out(json_boolean(v));
}

struct wf_json *
wf_json_new_null(void)
{
	return out(json_null());
}

struct wf_json *
wf_json_copy(const struct wf_json *j)
{
	return out(json_deep_copy(in(j)));
}

void
wf_json_set(struct wf_json *object, const char *key, struct wf_json *value)
{
	if (json_object_set_new_nocheck(in(object), key, in(value)))
		wf_die("cannot set a JSON member");
}

void
wf_json_push(struct wf_json *array, struct wf_json *value)
{
	if (json_array_append_new(in(array), in(value)))
		wf_die("cannot append to a JSON array");
}

void
wf_json_del(struct wf_json *object, const char *key)
{
	(void)json_object_del(in(object), key);
}

void
wf_json_set_z(struct wf_json *object, const char *key, const char *z)
{
	wf_json_set(object, key, wf_json_new_z(z));
}

void
wf_json_set_str(struct wf_json *object, const char *key, struct wf_str s)
{
	wf_json_set(object, key, wf_json_new_str(s));
}

void
wf_json_set_int(struct wf_json *object, const char *key, int64_t v)
{
	wf_json_set(object, key, wf_json_new_int(v));
}

void
wf_json_set_bool(struct wf_json *object, const char *key, bool v)
{
	wf_json_set(object, key, wf_json_new_bool(v));
}

struct sink {
	struct wf_buf *buf;
	struct wf_err *err;
	enum wf_rc rc;
};

static int
to_buf(const char *p, size_t n, void *arg)
{
	struct sink *s = arg;

	s->rc = wf_buf_add(s->buf, p, n, s->err);
	return s->rc ? -1 : 0;
}

enum wf_rc
wf_json_dump(const struct wf_json *j, enum wf_json_style style,
             struct wf_buf *buf, struct wf_err *err)
{
	struct sink s = {buf, err, WF_OK};
	size_t flags = JSON_ENCODE_ANY;

	switch (style) {
	case WF_JSON_PRETTY:
		flags |= JSON_INDENT(2) | JSON_ENSURE_ASCII;
		break;
	case WF_JSON_LINE:
		flags |= JSON_COMPACT | JSON_ENSURE_ASCII;
		break;
	case WF_JSON_COMPACT:
		flags |= JSON_COMPACT;
		break;
	case WF_JSON_CANONICAL:
		flags |= JSON_COMPACT | JSON_SORT_KEYS;
		break;
	}
	if (json_dump_callback(in(j), to_buf, &s, flags) && s.rc == WF_OK)
		return wf_err_set(err, WF_R_BUG, "cannot write JSON");
	return s.rc;
}
