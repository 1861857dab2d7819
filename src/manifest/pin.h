/* SPDX-License-Identifier: Apache-2.0
 *
 * References of a manifest file that name a tag alone, and putting a digest
 * behind each in the file's own text: nothing else of it changes by a byte.
 * Pure; who asks registries is op/op_pin.c.
 */
#ifndef WF_MANIFEST_PIN_H
#define WF_MANIFEST_PIN_H

#include "manifest/manifest.h"

struct wf_pin {
	unsigned line, column;   /* of the reference */
	const char *name;        /* of the entry; NULL: it has none */
	struct wf_ref ref;       /* without a digest */
	size_t end;              /* byte of the file where the digest goes */
	struct wf_digest digest; /* what the tag means: set by the caller */
};

struct wf_pins {
	struct wf_pin *v;  /* in the order of the file */
	size_t n, cap;
	size_t refs;       /* all references, pinned ones too */
	struct wf_arena arena;
};

#define WF_PINS_INIT {.v = NULL}

/* Finds them.  A file that is wrong in any other way than by tags alone is
 * refused as wf_manifest_add does: WF_R_MALFORMED, WF_R_LIMIT.  WF_R_TAG_ONLY
 * for a reference of a registry that has neither tag nor digest. */
WF_MUST enum wf_rc wf_pin_find(struct wf_str yaml, const char *name,
                               struct wf_pins *out, struct wf_err *err);

/* The text with each digest in its place, and proof that it is a manifest
 * file that says the same otherwise (else WF_R_MALFORMED). */
WF_MUST enum wf_rc wf_pin_text(struct wf_str yaml, const char *name,
                               const struct wf_pins *, struct wf_buf *out,
                               struct wf_err *err);

/* The reference as it then reads: what it was, "@", the digest. */
char *wf_pin_to(const struct wf_pin *); /* caller frees */

void wf_pin_free(struct wf_pins *);

#endif
