/* SPDX-License-Identifier: Apache-2.0
 *
 * The door to jansson.  Reading is strict: no duplicate keys, no trailing
 * bytes, no NUL in strings, depth and size capped.  Writing keeps the order
 * in which members were set.
 */
#ifndef WF_DEP_JSON_H
#define WF_DEP_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct wf_json; /* a JSON value; owned through its root */

/* For WF_AUTO(wf_json_freep) struct wf_json *j = NULL; */
void wf_json_freep(struct wf_json **);
void wf_json_free(struct wf_json *); /* NULL is fine */

/* Parses one document.  name is for messages.  WF_R_MALFORMED with line and
 * column, WF_R_LIMIT past WF_MAX_JSON_DEPTH.  Caller frees *out. */
WF_MUST enum wf_rc wf_json_parse(struct wf_str text, const char *name,
                                 struct wf_json **out, struct wf_err *err);

/* The same for what anybody may have written: also WF_R_LIMIT when it has more
 * values than honest documents of its size, since each takes many times its
 * bytes (WF_MAX_JSON_VALUES). */
WF_MUST enum wf_rc wf_json_parse_sparse(struct wf_str text, const char *name,
                                        struct wf_json **out, struct wf_err *err);

enum wf_json_kind {
	WF_JSON_NONE = 0, /* also: the value does not exist (NULL) */
	WF_JSON_OBJECT,
	WF_JSON_ARRAY,
	WF_JSON_STRING,
	WF_JSON_INTEGER,
	WF_JSON_REAL,
	WF_JSON_BOOL,
	WF_JSON_NULL,
};
enum wf_json_kind wf_json_kind(const struct wf_json *);

/* Borrowed views; NULL is taken and gives "nothing". */
const struct wf_json *wf_json_get(const struct wf_json *object, const char *key);
bool wf_json_str(const struct wf_json *, struct wf_str *out); /* false: no string */
const char *wf_json_z(const struct wf_json *);                /* NULL: no string */
bool wf_json_int(const struct wf_json *, int64_t *out);       /* integers only */
bool wf_json_bool(const struct wf_json *, bool *out);
size_t wf_json_len(const struct wf_json *); /* of an array or object, else 0 */
const struct wf_json *wf_json_at(const struct wf_json *array, size_t i);
/* Walks an object: start with *it = NULL, false at the end. */
bool wf_json_next(const struct wf_json *object, void **it, const char **key,
                  const struct wf_json **value);

/* Building.  A value given to set or push is taken over. */
struct wf_json *wf_json_object(void);
struct wf_json *wf_json_array(void);
struct wf_json *wf_json_new_str(struct wf_str); /* bytes that are no UTF-8 become \xNN */
struct wf_json *wf_json_new_z(const char *);    /* NULL gives null */
struct wf_json *wf_json_new_int(int64_t);
struct wf_json *wf_json_new_bool(bool);
struct wf_json *wf_json_new_null(void);
struct wf_json *wf_json_copy(const struct wf_json *); /* deep */
void wf_json_set(struct wf_json *object, const char *key, struct wf_json *);
void wf_json_push(struct wf_json *array, struct wf_json *);
void wf_json_del(struct wf_json *object, const char *key);
/* Shorthands. */
void wf_json_set_z(struct wf_json *object, const char *key, const char *);
void wf_json_set_str(struct wf_json *object, const char *key, struct wf_str);
void wf_json_set_int(struct wf_json *object, const char *key, int64_t);
void wf_json_set_bool(struct wf_json *object, const char *key, bool);

enum wf_json_style {
	WF_JSON_PRETTY,    /* two spaces, as set, ASCII: a terminal may show it */
	WF_JSON_LINE,      /* one line, as set, ASCII */
	WF_JSON_COMPACT,   /* one line, as set, UTF-8 as it is */
	WF_JSON_CANONICAL, /* one line, keys sorted by code point, UTF-8 as it is */
};
/* Adds the text to out (WF_R_LIMIT past its max). */
WF_MUST enum wf_rc wf_json_dump(const struct wf_json *, enum wf_json_style,
                                struct wf_buf *out, struct wf_err *err);

#endif
