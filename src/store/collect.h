/* SPDX-License-Identifier: Apache-2.0
 *
 * Signature discovery: follows every lead of a source to candidates.  Nothing
 * is judged; what cannot be read becomes a broken candidate, never silence.
 */
#ifndef WF_STORE_COLLECT_H
#define WF_STORE_COLLECT_H

#include "ref/artifact.h"
#include "store/source.h"
#include "store/tx.h"

/* Adds candidates to the artifact.  *formats (WF_FORMAT_*, WF_ASK_*): of which;
 * when there is none of these and a format was left out, all are looked for, so that what there is can
 * be named, and *formats says so.  tx (may be NULL) gets every manifest and
 * blob, so that the same candidates come out of the store; what is read then
 * is asked for side by side.  Fails only when the source does: unavailable,
 * auth, I/O. */
WF_MUST enum wf_rc wf_collect(const struct wf_source *, struct wf_artifact *,
                              unsigned *formats, struct wf_tx_part *tx,
                              struct wf_err *err);

#endif
