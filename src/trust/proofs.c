/* SPDX-License-Identifier: Apache-2.0
 *
 * All proofs of one signature.  Must never count one log or one authority
 * twice, and never leave a bad proof aside because others are good.
 */
#include "trust/proofs.h"

#include <inttypes.h>
#include <string.h>

#include "trust/root.h"

#define SHOW(s) (int)((s).len > 120 ? 120 : (s).len), (s).p ? (s).p : ""

/* Two entries of the root are one log when their ids are equal. */
static size_t
distinct_logs(const struct wf_root_log *const *v, size_t n)
{
	size_t i, j, count = 0;

	for (i = 0; i < n; i++) {
		for (j = 0; j < i && memcmp(v[j]->id, v[i]->id, WF_ROOT_ID_BYTES) != 0; j++)
			;
		count += j == i;
	}
	return count;
}

/* One authority may have several chains, and one anchor several leaves: the
 * same address or the same anchor is the same authority. */
static bool
same_tsa(const struct wf_root_ca *a, const struct wf_root_ca *b)
{
	return wf_x509_eq(a->anchor, b->anchor) || (a->uri.len && wf_str_eq(a->uri, b->uri));
}

static size_t
distinct_tsas(const struct wf_root_ca *const *v, size_t n)
{
	size_t i, j, count = 0;

	for (i = 0; i < n; i++) {
		for (j = 0; j < i && !same_tsa(v[j], v[i]); j++)
			;
		count += j == i;
	}
	return count;
}

static enum wf_rc
check_input(const struct wf_proofs_input *in, struct wf_err *err)
{
	size_t i, j;

	if (in->nentries > WF_MAX_LOG_ENTRIES || in->nstamps > WF_MAX_TIMESTAMPS)
		return wf_err_set(err, WF_R_CANDIDATE_LIMIT, "%zu log entries and %zu timestamps, "
		                  "at most %u and %u are judged", in->nentries, in->nstamps,
		                  WF_MAX_LOG_ENTRIES, WF_MAX_TIMESTAMPS);
	for (i = 0; i < in->nentries; i++)
		for (j = 0; j < i; j++)
			if (in->entries[i].index == in->entries[j].index &&
			    wf_str_eq(in->entries[i].log_id, in->entries[j].log_id))
				return wf_err_set(err, WF_R_LOG_PROOF_INVALID,
				                  "log entry %" PRId64 " is given twice", in->entries[i].index);
	for (i = 0; i < in->nstamps; i++)
		for (j = 0; j < i; j++)
			if (wf_str_eq(in->stamps[i], in->stamps[j]))
				return wf_err_set(err, WF_R_TIMESTAMP_INVALID, "a timestamp is given twice");
	return WF_OK;
}

static enum wf_rc
judge_stamps(const struct wf_proofs_input *in, const struct wf_root *root,
             struct wf_steps *steps, struct wf_proofs *p, struct wf_err *err)
{
	const struct wf_root_ca *seen[WF_MAX_TIMESTAMPS] = {NULL};
	struct wf_stamp_verdict v;
	size_t i, n = 0;
	enum wf_rc rc;

	for (i = 0; i < in->nstamps; i++) {
		if ((rc = wf_stamp_judge(in->stamps[i], in->stamped, root, steps, &v, err)))
			return rc;
		if (!v.tsa) {
			p->unknown_tsas++;
			continue;
		}
		seen[n++] = v.tsa;
		p->times[p->ntimes++] = v.time;
	}
	p->tsas = distinct_tsas(seen, n);
	return WF_OK;
}

static enum wf_rc
judge_entries(const struct wf_proofs_input *in, const struct wf_root *root,
              struct wf_steps *steps, struct wf_proofs *p, bool *timed, struct wf_err *err)
{
	const struct wf_root_log *promised[WF_MAX_LOG_ENTRIES] = {NULL};
	struct wf_log_verdict v;
	size_t i, n = 0;
	enum wf_rc rc;

	for (i = 0; i < in->nentries; i++) {
		if ((rc = wf_log_judge(&in->entries[i], root, &in->what, steps, &v, err)))
			return rc;
		if (!v.log) {
			p->unknown_logs++;
			continue;
		}
		p->log[p->nentries] = v.log;
		p->log_index[p->nentries] = v.index;
		p->index_signed[p->nentries] = v.index_signed;
		timed[p->nentries++] = v.timed;
		if (v.timed) {
			promised[n++] = v.log;
			p->times[p->ntimes++] = v.time;
		}
	}
	p->logs = distinct_logs(p->log, p->nentries);
	p->promises = distinct_logs(promised, n);
	return WF_OK;
}

/* The key of a log that gave no time is judged by the times that others gave;
 * the log may be in the root with several windows. */
static enum wf_rc
check_window(const struct wf_root *root, const struct wf_root_log *log, struct wf_instant t,
             struct wf_err *err)
{
	struct wf_str id = {(const char *)log->id, WF_ROOT_ID_BYTES};
	const struct wf_root_log *any;
	char text[WF_INSTANT_TEXT];
	size_t i = 0;

	while ((any = wf_root_log_next(root->logs, root->nlogs, id, &i)))
		if (wf_instant_within(&any->window, t))
			return WF_OK;
	wf_instant_text(t, text);
	return wf_err_set(err, WF_R_LOG_PROOF_INVALID,
	                  "signed at %s, when the key of log %.*s was not in use", text,
	                  SHOW(log->base_url));
}

enum wf_rc
wf_proofs_judge(const struct wf_proofs_input *in, const struct wf_root *root,
                struct wf_steps *steps, struct wf_proofs *out, struct wf_err *err)
{
	struct wf_proofs p = {0};
	bool timed[WF_MAX_LOG_ENTRIES] = {false};
	size_t i, j;
	enum wf_rc rc;

	if ((rc = check_input(in, err)) || (rc = judge_stamps(in, root, steps, &p, err)) ||
	    (rc = judge_entries(in, root, steps, &p, timed, err)))
		return rc;
	for (i = 0; i < p.nentries; i++)
		for (j = 0; !timed[i] && j < p.ntimes; j++)
			if ((rc = check_window(root, p.log[i], p.times[j], err)))
				return rc;
	*out = p;
	return WF_OK;
}
