/* SPDX-License-Identifier: Apache-2.0
 *
 * The door to libyaml: bytes to an immutable tree with the position of every
 * node.  Strict: UTF-8 without byte order mark, one document, no directives,
 * anchors, aliases, tags, duplicate or non-scalar keys, no tab in an
 * indentation, no NUL in text; depth (WF_MAX_YAML_DEPTH) and number of nodes
 * (WF_MAX_YAML_NODES) are capped.  "<<" is a key like any other.
 */
#ifndef WF_DEP_YAML_H
#define WF_DEP_YAML_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/problem.h"

enum wf_yaml_kind {
	WF_YAML_NONE = 0, /* an empty document */
	WF_YAML_SCALAR,
	WF_YAML_LIST,
	WF_YAML_MAP,
};

struct wf_yaml_node {
	enum wf_yaml_kind kind;
	unsigned line, column;           /* from 1 */
	bool quoted;                     /* scalar: in quotes or a block; false: plain */
	unsigned at, end;                /* scalar: code points before it, and to its end */
	bool broken;                     /* an alias: reported already, has no value */
	struct wf_str text;              /* scalar: as written, NUL-ended, no NUL inside */
	const struct wf_yaml_node *key;  /* member of a map: its key, a scalar */
	const struct wf_yaml_node *first, *next; /* children, in file order */
	size_t n;                        /* children */
};

struct wf_yaml; /* owns the nodes */

/* Parses one document.  Whatever is wrong goes into problems with reason
 * `bad` (WF_R_LIMIT for the caps keeps its own code only when bad is
 * WF_R_MALFORMED), file is for messages.  NULL when the text could not be
 * read to its end; otherwise a tree, which is complete but for what was
 * reported.  Caller frees. */
struct wf_yaml *wf_yaml_parse(struct wf_str text, const char *file,
                              enum wf_reason bad, struct wf_problems *problems);
/* Never NULL: kind WF_YAML_NONE for an empty document. */
const struct wf_yaml_node *wf_yaml_root(const struct wf_yaml *);
void wf_yaml_freep(struct wf_yaml **);

/* Value of a key, NULL when absent or no map. */
const struct wf_yaml_node *wf_yaml_get(const struct wf_yaml_node *map,
                                       const char *key);
/* Plain and empty, "~" or "null". */
bool wf_yaml_is_null(const struct wf_yaml_node *);
/* "a list", "a mapping", "a text or number", "nothing": for messages. */
const char *wf_yaml_what(const struct wf_yaml_node *);

/* "libyaml 0.2.5" of the library in use. */
const char *wf_yaml_version(void);

#endif
