/* SPDX-License-Identifier: Apache-2.0
 *
 * What keeps install away from a function: a quarantine, or a rollback
 * against its manifest file.  Both stand in the newest ledger row about it
 * until a newer row ends them.  Pure.
 */
#ifndef WF_PLAN_HOLD_H
#define WF_PLAN_HOLD_H

#include "plan/ledger_row.h"

enum wf_hold {
	WF_HOLD_NONE = 0,
	WF_HOLD_QUARANTINED,
	WF_HOLD_ROLLED_BACK, /* against the entry as it is now */
};

/* row: the newest about the function, NULL for none.  entry: what the
 * manifest file says of it today, NULL when nothing does. */
enum wf_hold wf_hold(const struct wf_ledger_row *row, const struct wf_manifest_entry *entry);

/* SHA-256 over everything the entry says; where it stands is left out. */
void wf_hold_entry(const struct wf_manifest_entry *, struct wf_digest *out);

/* The newest row about the function that says what it should be when its
 * quarantine ends: no quarantine, and nothing that was removed since.  NULL:
 * none (it was foreign when it was put there). */
const struct wf_ledger_row *wf_hold_base(const struct wf_ledger_row *rows, size_t n,
                                         const struct wf_spec *);

/* The row that the hold of a function begins with: the newest about it, and of
 * quarantines that follow on each other the first, since what happened to it in
 * between belongs to none of them.  NULL: there is no row. */
const struct wf_ledger_row *wf_hold_begin(const struct wf_ledger_row *rows, size_t n,
                                          const struct wf_spec *);

#endif
