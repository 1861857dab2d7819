/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/: what a transaction adds to index.json.
 */
#ifndef WF_STORE_TX_INDEX_H
#define WF_STORE_TX_INDEX_H

#include "store/index.h"
#include "store/tx.h"

struct wf_tx_listed {
	struct wf_digest digest;
	size_t size;
	enum wf_form form;
	char *tag; /* NULL: none */
};

struct wf_tx_list {
	struct wf_tx_listed *v;
	size_t n, cap;
	struct wf_json *broken; /* array, NULL: none */
};

void wf_tx_list_sign(struct wf_tx_list *, const struct wf_digest *, size_t size,
                     enum wf_form, const char *tag);
void wf_tx_list_broken(struct wf_tx_list *, const struct wf_candidate *);
void wf_tx_list_free(struct wf_tx_list *);

/* What is said about one artifact. */
struct wf_tx_entry {
	struct wf_digest digest;
	size_t size;
	bool index;           /* it is an image index */
	char *from, *ref_name;
	bool asked;
	unsigned formats;
	struct wf_tx_list list; /* its signatures */
};

/* The new index.json: everything of the old one, except what the same
 * repositories said about the same artifacts before. */
WF_MUST enum wf_rc wf_tx_index_text(const struct wf_index *old,
                                    const struct wf_tx_entry *const *, size_t n,
                                    struct wf_buf *out, struct wf_err *err);

#endif
