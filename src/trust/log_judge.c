/* SPDX-License-Identifier: Apache-2.0
 *
 * Judges one log entry.  Must never take integratedTime from an entry whose
 * promise was not verified, and never tie a proof to a root that the log did
 * not sign.
 */
#include "trust/log_judge.h"

#include <inttypes.h>
#include <string.h>

#include "base/enc.h"
#include "trust/checkpoint.h"
#include "trust/logbody.h"
#include "trust/promise.h"
#include "trust/root.h"

#define SHOW(s) (int)((s).len > 120 ? 120 : (s).len), (s).p ? (s).p : ""

/* R25, R26. */
static enum wf_rc
judge_promise(const struct wf_logentry *e, const struct wf_root_log *log,
              struct wf_log_verdict *v, struct wf_err *err)
{
	struct wf_instant t = {.sec = e->integrated};
	char text[WF_INSTANT_TEXT];
	enum wf_rc rc;

	if ((rc = wf_promise_verify(e, log->key, err)))
		return rc;
	if (!wf_instant_within(&log->window, t)) {
		wf_instant_text(t, text);
		return wf_err_set(err, WF_R_LOG_PROOF_INVALID,
		                  "log entry %" PRId64 ": integrated at %s, when the key of %.*s "
		                  "was not in use", e->index, text, SHOW(log->base_url));
	}
	v->timed = true;
	v->time = t;
	return WF_OK;
}

/* R29.  trusted_root.json has no list of witnesses; an operator who keeps one
 * names it as a log, by its host. */
static enum wf_rc
judge_witnesses(const struct wf_checkpoint *c, const struct wf_root *trusted,
                struct wf_log_verdict *v, struct wf_err *err)
{
	bool cosigned;
	size_t i;
	enum wf_rc rc;

	for (i = 0; i < trusted->nlogs; i++) {
		const struct wf_root_log *l = &trusted->logs[i];
		struct wf_checkpoint_witness w = {l->key, l->spki, l->origin, l->window};

		if ((rc = wf_checkpoint_cosigned(c, &w, &cosigned, err)))
			return rc;
		v->witnesses += cosigned;
	}
	return WF_OK;
}

static enum wf_rc
judge_checkpoint(const struct wf_logentry *e, const struct wf_root *trusted, bool v2,
                 const uint8_t root[WF_MERKLE_BYTES], struct wf_log_verdict *v,
                 struct wf_err *err)
{
	const struct wf_root_log *log = v->log;
	struct wf_checkpoint_log who = {.key = log->key, .spki = log->spki};
	struct wf_checkpoint c;
	enum wf_rc rc;

	if (v2)
		who.origin = log->origin;
	if ((rc = wf_checkpoint_parse(e->checkpoint, &c, err)) ||
	    (rc = wf_checkpoint_verify(&c, &who, err)) ||
	    (rc = judge_witnesses(&c, trusted, v, err)))
		return rc;
	if (c.size != e->tree_size)
		return wf_err_set(err, WF_R_CHECKPOINT_INVALID,
		                  "checkpoint: of a tree of %" PRId64 ", the proof is for one of %" PRId64,
		                  c.size, e->tree_size);
	if (memcmp(c.root, root, WF_MERKLE_BYTES) != 0)
		return wf_err_set(err, WF_R_CHECKPOINT_INVALID,
		                  "checkpoint: its root hash is not that of the inclusion proof");
	return WF_OK;
}

/* R27: what is shown must be true, also where a promise is enough: bundles of
 * 2023 hold proofs without a checkpoint. */
static enum wf_rc
judge_path(const struct wf_logentry *e, uint8_t root[WF_MERKLE_BYTES], struct wf_err *err)
{
	uint8_t leaf[WF_MERKLE_BYTES];

	wf_merkle_leaf(e->body, leaf);
	if (!wf_merkle_root(leaf, e->proof_index, e->tree_size, e->hashes, e->nhashes, root))
		return wf_err_set(err, WF_R_LOG_PROOF_INVALID,
		                  "log entry %" PRId64 ": %zu hashes do not prove entry %" PRId64
		                  " of a tree of %" PRId64, e->index, e->nhashes, e->proof_index,
		                  e->tree_size);
	if (e->root.len != WF_MERKLE_BYTES || memcmp(root, e->root.p, WF_MERKLE_BYTES) != 0)
		return wf_err_set(err, WF_R_LOG_PROOF_INVALID,
		                  "log entry %" PRId64 ": the inclusion proof does not lead to its root hash",
		                  e->index);
	return WF_OK;
}

/* R27, R28.  Rekor v1 counts the proof's index within a shard, v2 has none. */
static enum wf_rc
judge_proof(const struct wf_logentry *e, const struct wf_root *trusted, bool v2,
            struct wf_log_verdict *v, struct wf_err *err)
{
	uint8_t root[WF_MERKLE_BYTES];
	enum wf_rc rc;

	if (v2 && e->proof_index != e->index)
		return wf_err_set(err, WF_R_LOG_PROOF_INVALID,
		                  "log entry %" PRId64 ": the inclusion proof is for entry %" PRId64,
		                  e->index, e->proof_index);
	if ((rc = judge_path(e, root, err)))
		return rc;
	return judge_checkpoint(e, trusted, v2, root, v, err);
}

/* A log whose id is not its key's plain hash is named the way of Rekor v2,
 * and such logs hold one kind of entry (rekor-v2-spec section 4.3). */
static enum wf_rc
check_generation(const struct wf_logentry *e, const struct wf_root_log *log, bool v2,
                 struct wf_err *err)
{
	char id[WF_SIGKEY_ID_TEXT] = "sha256:";

	wf_enc_hex(log->id, WF_ROOT_ID_BYTES, id + 7);
	if (v2 || strcmp(id, wf_sigkey_id(log->key)) == 0)
		return WF_OK;
	return wf_err_set(err, WF_R_UNSUPPORTED_VERSION,
	                  "log entry %" PRId64 " of a kind that Rekor v2 does not have, in log %.*s",
	                  e->index, SHOW(log->base_url));
}

static enum wf_rc
judge_with(const struct wf_logentry *e, const struct wf_root *trusted,
           const struct wf_root_log *log, bool v2, struct wf_log_verdict *v,
           struct wf_err *err)
{
	uint8_t bare[WF_MERKLE_BYTES];
	enum wf_rc rc;

	*v = (struct wf_log_verdict){.log = log, .index = e->index};
	if (!e->has_promise && !e->has_proof)
		return wf_err_set(err, WF_R_LOG_PROOF_MISSING,
		                  "log entry %" PRId64 ": neither promise nor proof", e->index);
	if ((rc = check_generation(e, log, v2, err)))
		return rc;
	if (v2 && e->has_promise)
		return wf_err_set(err, WF_R_LOG_PROOF_INVALID,
		                  "log entry %" PRId64 ": a promise, which Rekor v2 does not give",
		                  e->index);
	if (e->has_promise && (rc = judge_promise(e, log, v, err)))
		return rc;
	v->index_signed = e->has_promise || v2;
	if (e->has_proof)
		return judge_proof(e, trusted, v2, v, err);
	return e->root.len ? judge_path(e, bare, err) : WF_OK;
}

static void
add_steps(const struct wf_logentry *e, const struct wf_log_verdict *v, struct wf_steps *steps)
{
	char time[WF_INSTANT_TEXT];

	if (v->timed) {
		wf_instant_text(v->time, time);
		wf_steps_add(steps, "log entry %" PRId64 " of %.*s: signed entry timestamp verifies: %s",
		             e->index, SHOW(v->log->base_url), time);
	}
	if (e->has_proof)
		wf_steps_add(steps, "log entry %" PRId64 " of %.*s: included in the signed tree of %" PRId64,
		             e->index, SHOW(v->log->base_url), e->tree_size);
	if (v->witnesses)
		wf_steps_add(steps, "log entry %" PRId64 " of %.*s: known witnesses cosigned the tree: %zu",
		             e->index, SHOW(v->log->base_url), v->witnesses);
	wf_steps_add(steps, "log entry %" PRId64 " names this signature, signer and content", e->index);
}

/* A log may be in the root several times, with a window each: one of them has
 * to hold as a whole. */
enum wf_rc
wf_log_judge(const struct wf_logentry *e, const struct wf_root *root,
             const struct wf_log_signed *w, struct wf_steps *steps,
             struct wf_log_verdict *out, struct wf_err *err)
{
	const struct wf_root_log *log;
	struct wf_log_verdict v;
	struct wf_err first = {0}, why;
	bool v2 = false;
	size_t i = 0;
	enum wf_rc rc;

	if (!(log = wf_root_log_next(root->logs, root->nlogs, e->log_id, &i))) {
		*out = (struct wf_log_verdict){.log = NULL};
		return WF_OK;
	}
	if ((rc = wf_logbody_judge(e, w, &v2, err)))
		return rc;
	for (; log; log = wf_root_log_next(root->logs, root->nlogs, e->log_id, &i)) {
		why = (struct wf_err){0};
		if (judge_with(e, root, log, v2, &v, &why) == WF_OK) {
			*out = v;
			add_steps(e, &v, steps);
			return WF_OK;
		}
		if (!first.code)
			first = why;
	}
	return wf_err_set(err, first.reason, "%s", first.msg);
}
