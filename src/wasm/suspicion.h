/* SPDX-License-Identifier: Apache-2.0
 *
 * What a reviewer of a module would want pointed out, though none of it is
 * against a rule of the format: findings of severity info and low.  Pure.
 * A finding never decides anything; policy does.
 */
#ifndef WF_WASM_SUSPICION_H
#define WF_WASM_SUSPICION_H

#include "base/mem.h"
#include "wasm/capability.h"

/* X(id, class, low or info, remedy); an id never changes its meaning. */
#define WF_SUSPICIONS(X) \
	X(W01, "native-code", true, \
	  "Build and sign the module without code for a machine: what runs would not be what was checked.") \
	X(W02, "object-file", true, \
	  "Link it: this is an input of a linker or a library to be loaded by one, not a finished module.") \
	X(W03, "source-map", false, \
	  "Nothing fetches it here; leave it out of what is released, a debugger may follow it.") \
	X(W04, "build-paths", false, \
	  "Strip the debug sections before release, they say where it was built.") \
	X(W05, "code-import", true, \
	  "Have the code inside the module: what is linked in from elsewhere was not checked.") \
	X(W06, "start-function", false, \
	  "Review it: its code runs as soon as the module is loaded, before any call.") \
	X(W07, "unbounded-memory", false, \
	  "Declare a maximum when linking, then policy can hold it against its own.") \
	X(W08, "large-segments", false, \
	  "Review what is copied into memory at each instantiation.") \
	X(W09, "config-mismatch", true, \
	  "Find out what built the artifact: its OCI config describes another module.") \
	X(W10, "producers", false, \
	  "Find out what built the module: the section `producers` does not go with it.") \
	X(W11, "target-features", false, \
	  "Find out what changed the module: its compiler says it does not use what is in the code.")

enum wf_suspicion_id {
#define WF_SUSPICION_ENUM(id, klass, low, remedy) WF_##id,
	WF_SUSPICIONS(WF_SUSPICION_ENUM)
#undef WF_SUSPICION_ENUM
	WF_SUSPICION_COUNT
};
const char *wf_suspicion_word(enum wf_suspicion_id);   /* "W01" */
const char *wf_suspicion_class(enum wf_suspicion_id);  /* "native-code" */
bool wf_suspicion_low(enum wf_suspicion_id);           /* else info */
const char *wf_suspicion_remedy(enum wf_suspicion_id);

struct wf_suspicion {
	enum wf_suspicion_id id;
	struct wf_str object;   /* "section .debug_str"; bytes from outside */
	struct wf_str observed; /* bytes from outside */
	const char *expected;   /* NULL: nothing in particular */
};

struct wf_suspicions {
	struct wf_suspicion *v; /* in the order of the checks */
	size_t n, cap;
	struct wf_arena arena;
};
#define WF_SUSPICIONS_INIT {.v = NULL}

#define WF_SUSPICION_SEGMENTS 10000u              /* active segments: copied at each instantiation */
#define WF_SUSPICION_BYTES (16u * 1024u * 1024u)  /* bytes of data: half of the largest module */

/* Everything that the module alone shows.  Borrows from it. */
void wf_suspicion_list(const struct wf_wasm *, const struct wf_capability *,
                       struct wf_suspicions *out);
/* Copies the texts; object and observed may be NULL. */
void wf_suspicion_add(struct wf_suspicions *, enum wf_suspicion_id, const char *object,
                      const char *expected, const char *observed);
void wf_suspicion_free(struct wf_suspicions *); /* NULL is fine */

#endif
