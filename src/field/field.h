/* SPDX-License-Identifier: Apache-2.0
 *
 * A file people write as a table of fields.  A table row says a field's name,
 * whether it is required or served, how its value is taken and where it goes;
 * wf_field_read walks a mapping by it.  Every unknown key is a problem that
 * names the known ones; a field of the contract that this version does not
 * serve is refused by name.  The tables are also what the tests compare with
 * schema, README and man page.
 */
#ifndef WF_FIELD_FIELD_H
#define WF_FIELD_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dep/yaml.h"

/* Where something stands, for messages and decisions[]. */
struct wf_pos {
	const char *file;
	unsigned line, column; /* from 1 */
};

struct wf_strs {
	const char **v;
	size_t n;
};

struct wf_pair {
	const char *key, *value;
};

/* One parse: everything taken is copied into the arena. */
struct wf_field_ctx {
	struct wf_problems *problems;
	struct wf_arena *arena;
	const char *file;     /* lives as long as the value that is made */
	enum wf_reason bad;   /* WF_R_MALFORMED or WF_R_CONFIG */
};

enum {
	WF_FIELD_REQUIRED = 1,
	WF_FIELD_UNSERVED = 2,  /* refused by name */
	WF_FIELD_EMPTY_OK = 4,  /* unserved, but an empty list or mapping says nothing */
	WF_FIELD_NULL_OK = 8,   /* null is as good as absent */
	WF_FIELD_FILLED = 16,   /* texts and words: an empty list says two things */
};

struct wf_field;

/* Takes the value v into out (the struct's address plus row->off).  What is
 * wrong goes to the context's problems. */
typedef void wf_field_take(struct wf_field_ctx *, const struct wf_field *row,
                           const struct wf_yaml_node *v, void *out);

struct wf_fields {
	const char *what;          /* "an entry", for messages */
	const struct wf_field *v;
	size_t n;
};

struct wf_field {
	const char *name;
	unsigned flags;
	wf_field_take *take;       /* may be NULL when unserved */
	size_t off;
	const struct wf_fields *sub; /* nested mapping or mappings; NULL */
	int64_t min, max;          /* for wf_field_int */
	const char *const *words;  /* for wf_field_word: NULL-ended */
};

#define WF_FIELDS(what_, rows) {(what_), (rows), WF_COUNT(rows)}

/* Reads mapping v by the table into out. */
void wf_field_read(struct wf_field_ctx *, const struct wf_fields *,
                   const struct wf_yaml_node *v, void *out);

/* What is wrong with v; nothing more about what the reader reported. */
void wf_field_problem(struct wf_field_ctx *, const struct wf_yaml_node *v,
                      const char *fmt, ...) WF_PRINTF(3, 4);
/* The same with a reason of its own. */
void wf_field_problem_as(struct wf_field_ctx *, enum wf_reason,
                         const struct wf_yaml_node *v, const char *fmt, ...)
	WF_PRINTF(4, 5);

struct wf_pos wf_field_pos(const struct wf_field_ctx *,
                           const struct wf_yaml_node *v);

/* Takers.  The comment names the type of *out. */
wf_field_take wf_field_api_version; /* unused: the text must be wasmfn/v1 */
wf_field_take wf_field_text;  /* const char *: not empty, not null */
wf_field_take wf_field_bool;  /* bool: plain true or false */
wf_field_take wf_field_int;   /* int64_t: plain decimal digits, min..max */
wf_field_take wf_field_texts; /* struct wf_strs: list of texts, no duplicates */
wf_field_take wf_field_word;  /* int: index into row->words */
wf_field_take wf_field_words; /* struct wf_strs: list of row->words, no duplicates */
wf_field_take wf_field_map;   /* mapping read by row->sub at out */
wf_field_take wf_field_path;  /* const char *: absolute path */
wf_field_take wf_field_check_map; /* looks at a mapping of unserved fields; out unused */

/* Pieces for takers of one's own: false, and the problem is reported, when v
 * is something else. */
bool wf_field_is_text(struct wf_field_ctx *, const struct wf_field *row,
                      const struct wf_yaml_node *v);
bool wf_field_is_list(struct wf_field_ctx *, const struct wf_field *row,
                      const struct wf_yaml_node *v);
bool wf_field_is_map(struct wf_field_ctx *, const struct wf_field *row,
                     const struct wf_yaml_node *v);
/* Plain decimal within min..max. */
bool wf_field_number(struct wf_field_ctx *, const char *name,
                     const struct wf_yaml_node *v, int64_t min, int64_t max,
                     int64_t *out);
/* The text, copied. */
const char *wf_field_copy(struct wf_field_ctx *, const struct wf_yaml_node *v);
/* A mapping of texts; *n pairs in the arena. */
struct wf_pair *wf_field_pairs(struct wf_field_ctx *, const struct wf_field *row,
                               const struct wf_yaml_node *v, size_t *n);

/* Every path of a table ("functions[].limits.fuel_per_call"), depth first;
 * served says whether it is more than a name to refuse.  For tests. */
typedef void wf_field_visit(const char *path, bool served, void *arg);
void wf_field_walk(const struct wf_fields *, wf_field_visit *, void *arg);

#endif
