/* SPDX-License-Identifier: Apache-2.0
 *
 * Known heads before and after a change.  Must never let a row be put on top
 * of a ledger that lost what this host knows of it: that would bury the loss.
 */
#include "op/op_head.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "plan/steps.h"

static enum wf_rc
gone(const char *state_dir, const struct wf_live *live, const char *what, int64_t seq,
     struct wf_err *err)
{
	WF_AUTO(wf_freep) char *path =
		wf_state_path(state_dir, live->system_identifier, live->database);

	(void)wf_err_set(err, WF_R_TAMPERED, "ledger %s: this host knows row %lld, which is not "
	                 "there any more", what, (long long)seq);
	return wf_err_hint(err, "`wasmfn log --verify` says more. Once it is explained, put %s "
	                        "aside: this host then knows nothing of the ledger.", path);
}

enum wf_rc
wf_op_head_check(const char *state_dir, const struct wf_live *live, struct wf_err *err)
{
	WF_AUTO(wf_known_free) struct wf_known known = {0};
	enum wf_known_fate fate;
	enum wf_rc rc = wf_steps_ledger(live, err);
	size_t i;

	if (rc != WF_OK || !state_dir)
		return rc;
	rc = wf_state_load(state_dir, live->system_identifier, live->database, &known, err);
	if (rc != WF_OK)
		return rc;
	fate = wf_known_fate_live(&known, live);
	if (wf_known_fate_bad(fate))
		return gone(state_dir, live, wf_known_fate_word(fate), known.head.seq, err);
	for (i = 0; fate != WF_HEAD_BEHIND && i < known.n; i++)
		if (!wf_known_stands(&known.rows[i], live->ledger, live->nledger))
			return gone(state_dir, live, "rewritten or cut", known.rows[i].seq, err);
	return WF_OK;
}

void
wf_op_head_learn(const char *state_dir, const struct wf_live *live,
                 const struct wf_ledger_row *rows, size_t n)
{
	WF_AUTO(wf_freep) const struct wf_ledger_row **list = wf_calloc(n + 1, sizeof(*list));
	struct wf_state_head head = {.history = live->history};
	struct wf_err err = {0};
	char xid[24];
	size_t i;

	if (!state_dir || !live->system_identifier || n == 0)
		return;
	for (i = 0; i < n; i++)
		list[i] = &rows[i];
	/* numbers up to the one that committed them are spent now */
	(void)snprintf(xid, sizeof(xid), "%lld", (long long)rows[n - 1].xid + 1);
	if (rows[n - 1].xid)
		head.history.xid = xid;
	head.seq = rows[n - 1].seq;
	head.hash = rows[n - 1].hash;
	if (wf_state_learn(state_dir, live->system_identifier, live->database, list, n, &head,
	                   &err) != WF_OK)
		wf_log(WF_LOG_WARN, "done, but not remembered on this host: %s", err.msg);
}
