/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading the ledger.  Must never call a chain whole of which it has not
 * hashed every row, nor take what is missing at its end for whole when this
 * host knows better.
 */
#include "op/op_log.h"

#include <stdlib.h>
#include <string.h>

void
wf_op_logged_free(struct wf_op_logged *o)
{
	free(o->name);
	free(o->database);
	wf_known_free(&o->memory);
	memset(o, 0, sizeof(*o));
}

static bool
wanted(const struct wf_op_log *in, const struct wf_ledger_row *r)
{
	size_t i;

	for (i = 0; i < in->nnames; i++)
		if (r->action && wf_op_name_is(&in->names[i], r->spec.schema, r->spec.name,
		                               r->spec.args ? r->spec.args : ""))
			return true;
	/* a row that cannot be read may be about anything */
	return in->nnames == 0 || !r->action;
}

static enum wf_rc
give(const struct wf_op_log *in, struct wf_history *h, struct wf_op_logged *out,
     struct wf_err *err)
{
	int64_t at = in->before ? in->before : INT64_MAX;
	size_t i, given = 0;
	enum wf_rc rc;

	for (;;) {
		WF_AUTO(wf_history_page_free) struct wf_history_page p = {.n = 0};

		rc = wf_history_before(h, at, &p, err);
		if (rc != WF_OK || p.n == 0)
			return rc;
		for (i = 0; i < p.n; i++) {
			at = p.rows[i].seq;
			if (!wanted(in, &p.rows[i]))
				continue;
			if (given == in->limit) {
				out->more = true;
				return WF_OK;
			}
			in->row(in->arg, &p.rows[i], wf_history_doc(&p, i));
			given++;
		}
	}
}

/* What this host knows, marked off in passing. */
struct witness {
	const struct wf_known *known;
	struct wf_digest at_head;
	bool has_at_head, *seen;
};

static void
mark(struct witness *w, const struct wf_ledger_row *r)
{
	size_t i;

	if (r->seq == w->known->head.seq) {
		w->at_head = r->hash;
		w->has_at_head = true;
	}
	for (i = 0; i < w->known->n; i++)
		if (w->known->rows[i].seq == r->seq &&
		    wf_digest_eq(&w->known->rows[i].hash, &r->hash))
			w->seen[i] = true;
}

static enum wf_rc
walk(struct wf_history *h, struct witness *w, struct wf_op_logged *out, int64_t *newest,
     struct wf_err *err)
{
	enum wf_rc rc;
	size_t i;

	out->chain = WF_CHAIN_EMPTY;
	*newest = INT64_MIN;
	for (;;) {
		WF_AUTO(wf_history_page_free) struct wf_history_page p = {.n = 0};

		rc = wf_history_after(h, *newest, &p, err);
		if (rc != WF_OK || p.n == 0)
			break;
		for (i = 0; i < p.n; i++) {
			*newest = p.rows[i].seq;
			if (out->chain != WF_CHAIN_BROKEN)
				out->chain = wf_ledger_row_follows(&out->head, &p.rows[i], &out->bad)
				             ? WF_CHAIN_WHOLE : WF_CHAIN_BROKEN;
			mark(w, &p.rows[i]);
		}
	}
	if (out->chain != WF_CHAIN_BROKEN)
		out->bad = 0;
	if (*newest == INT64_MIN)
		*newest = 0;
	return rc;
}

static enum wf_rc
verdict(const struct wf_op_logged *out, const struct witness *w, struct wf_err *err)
{
	const struct wf_known_row *lost = NULL;
	size_t i;

	if (wf_known_fate_bad(out->fate))
		return wf_err_set(err, WF_R_TAMPERED, "the ledger was %s: this host knows row %lld, "
		                  "which is not there any more", wf_known_fate_word(out->fate),
		                  (long long)out->known);
	if (out->chain == WF_CHAIN_BROKEN)
		return wf_err_set(err, WF_R_TAMPERED, "the ledger's chain is broken at row %lld",
		                  (long long)out->bad);
	for (i = 0; out->fate != WF_HEAD_BEHIND && i < w->known->n; i++)
		if (!w->seen[i] && (!lost || lost->seq < w->known->rows[i].seq))
			lost = &w->known->rows[i];
	if (lost)
		return wf_err_set(err, WF_R_TAMPERED, "the ledger was rewritten or cut: this host "
		                  "knows row %lld about %s, which is not there any more",
		                  (long long)lost->seq, lost->function);
	if (out->fate == WF_HEAD_BEHIND)
		return wf_err_set(err, WF_R_UNCHECKED, "the standby has not come as far as row %lld, "
		                  "which this host knows", (long long)out->known);
	return WF_OK;
}

static enum wf_rc
verify(const struct wf_op_log *in, struct wf_history *h, const struct wf_live *target,
       struct wf_op_logged *out, struct wf_err *verdict_err, struct wf_err *err)
{
	WF_AUTO(wf_freep) bool *seen = NULL;
	struct witness w = {.known = &out->memory};
	int64_t newest = 0;
	enum wf_rc rc = WF_OK;

	if (in->state_dir)
		rc = wf_state_load(in->state_dir, target->system_identifier, target->database,
		                   &out->memory, err);
	w.seen = seen = wf_calloc(out->memory.n + 1, sizeof(*seen));
	if (rc == WF_OK && h)
		rc = walk(h, &w, out, &newest, err);
	if (rc != WF_OK)
		return rc;
	if (!h)
		out->chain = WF_CHAIN_EMPTY;
	out->known = out->memory.head.seq;
	out->known_since = out->memory.head.since;
	out->fate = wf_known_fate(&out->memory, newest, w.has_at_head ? &w.at_head : NULL,
	                          &target->history, target->standby);
	(void)!verdict(out, &w, verdict_err);
	return WF_OK;
}

enum wf_rc
wf_op_log(const struct wf_op_log *in, struct wf_op_logged *out, struct wf_err *err)
{
	WF_AUTO(wf_engine_closep) struct wf_engine *engine = NULL;
	WF_AUTO(wf_history_closep) struct wf_history *h = NULL;
	struct wf_engine_target t = in->target->engine;
	WF_AUTO(wf_live_freep) struct wf_live *target = wf_calloc(1, sizeof(*target));
	struct wf_err found = {0};
	enum wf_rc rc;

	t.read_only = true;
	rc = wf_engine_open(&t, &engine, err);
	if (rc == WF_OK)
		rc = wf_history_open(engine, &h, err);
	if (rc != WF_OK)
		return rc;
	wf_history_target(engine, target);
	out->exists = h != NULL;
	out->database = wf_strdup(target->database);
	out->name = wf_strdup(in->target->config ? in->target->engine.name : target->database);
	if (in->verify)
		rc = verify(in, h, target, out, &found, err);
	if (rc == WF_OK && h)
		rc = give(in, h, out, err);
	if (rc == WF_OK && found.code != WF_OK) {
		rc = found.code;
		*err = found;
	}
	return rc;
}
