/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/: index.json as a list.  Annotations of our own say which
 * repository an entry came from, whose signature it is and how it was found;
 * they are hints, never trusted.
 */
#ifndef WF_STORE_INDEX_H
#define WF_STORE_INDEX_H

#include "ref/artifact.h"
#include "ref/oci.h"

#define WF_INDEX_FROM "dev.wasmfn.store.from"
#define WF_INDEX_SUBJECT "dev.wasmfn.store.subject"
#define WF_INDEX_FORM "dev.wasmfn.store.form"
#define WF_INDEX_ASKED "dev.wasmfn.store.signatures-asked" /* RFC 3339 */
#define WF_INDEX_FORMATS "dev.wasmfn.store.formats" /* words, asked for; absent: all */
#define WF_INDEX_FORMATS_TEXT 64
#define WF_INDEX_BROKEN "dev.wasmfn.store.broken" /* JSON text */

struct wf_index_entry {
	struct wf_oci_desc desc;   /* borrowed from the document */
	const char *ref_name, *from, *asked, *broken; /* NULL: absent */
	unsigned formats;          /* WF_FORMAT_*, of what was asked for */
	enum wf_form form;         /* NONE: not a signature of ours */
	bool has_subject;
	struct wf_digest subject;
};

struct wf_index {
	struct wf_json *json;
	struct wf_index_entry *v;
	size_t n;
	size_t skipped; /* entries that are no descriptor we can read */
};

/* An entry that is no sha256 descriptor is skipped: it may be another tool's. */
WF_MUST enum wf_rc wf_index_parse(struct wf_str text, const char *name,
                                  struct wf_index *out, struct wf_err *err);
void wf_index_free(struct wf_index *);

/* The words of WF_INDEX_FORMATS. */
void wf_index_formats(unsigned formats, char out[WF_INDEX_FORMATS_TEXT]);

#endif
