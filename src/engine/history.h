/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger read by itself, in pages of one snapshot: for `log`.  A table
 * that is no plain table, or that the role may not read, is an error here: who
 * asks for the ledger gets it or is told why not.
 */
#ifndef WF_ENGINE_HISTORY_H
#define WF_ENGINE_HISTORY_H

#include "engine/engine.h"

struct wf_history;

/* Begins the snapshot.  *out is NULL when there is no ledger. */
WF_MUST enum wf_rc wf_history_open(struct wf_engine *, struct wf_history **out,
                                   struct wf_err *err);
void wf_history_close(struct wf_history *); /* NULL is fine; ends the snapshot */
void wf_history_closep(struct wf_history **);

/* At most WF_LEDGER_PAGE_ROWS rows after `seq` in rising order, or before it
 * in falling order.  A row whose document cannot be read has seq alone. */
struct wf_history_page {
	const struct wf_ledger_row *rows;
	size_t n;
	struct wf_live *live;        /* owns them */
	struct wf_pg_rows *texts;    /* owns the documents */
};
WF_MUST enum wf_rc wf_history_after(struct wf_history *, int64_t seq,
                                    struct wf_history_page *out, struct wf_err *err);
WF_MUST enum wf_rc wf_history_before(struct wf_history *, int64_t seq,
                                     struct wf_history_page *out, struct wf_err *err);
void wf_history_page_free(struct wf_history_page *);
/* The document as it is kept; valid as long as the page. */
struct wf_str wf_history_doc(const struct wf_history_page *, size_t i);

/* What the session knows of the target: system_identifier (NULL: not allowed),
 * database, history and standby are filled, nothing else. */
void wf_history_target(const struct wf_engine *, struct wf_live *out);

#endif
