/* SPDX-License-Identifier: Apache-2.0
 *
 * Judging a ledger row.  Must never let a row choose the rule that judges it.
 */
#include "op/op_evidence.h"

#include <stdio.h>
#include <string.h>

static enum wf_evidence
refuse(enum wf_evidence verdict, char why[320], enum wf_rc *code, const struct wf_err *e,
       const char *what)
{
	*code = e ? e->code : WF_E_UNTRUSTED;
	(void)snprintf(why, 320, "%.319s", e ? e->msg : what);
	return verdict;
}

static bool
judged(struct wf_op_judge *judge, const char *match, const char *entry_policy,
       const struct wf_artifact *a, struct wf_err *err)
{
	WF_AUTO(wf_judgement_free) struct wf_judgement j = {0};
	WF_AUTO(wf_verified_freep) struct wf_verified *v = NULL;

	return wf_op_judge_artifact(judge, match, entry_policy, a, NULL, &j, &v, err) == WF_OK;
}

enum wf_evidence
wf_op_evidence(struct wf_op_judge *judge, const struct wf_ledger_row *row,
               const struct wf_manifest_entry *entry, bool known, char why[320],
               enum wf_rc *code)
{
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	WF_AUTO(wf_json_freep) struct wf_json *owner = NULL;
	const struct wf_json *evidence = wf_ledger_row_evidence(row, &owner);
	WF_AUTO(wf_ref_free) struct wf_ref ref = WF_REF_INIT;
	const char *own = entry ? entry->policy : NULL;
	const enum wf_evidence forged = WF_EVIDENCE_FORGED;
	struct wf_digest module;
	struct wf_err e = {0};

	if (!evidence || !row->spec.has_manifest || !row->spec.has_module || !row->ref)
		return refuse(forged, why, code, NULL, "it keeps no evidence");
	if (wf_artifact_from_json(evidence, &row->spec.manifest, &a, &e) != WF_OK)
		return refuse(forged, why, code, &e, NULL);
	if (!wf_artifact_module(&a, &module) || !wf_digest_eq(&module, &row->spec.module))
		return refuse(forged, why, code, NULL, "its evidence leads to another module");
	if (wf_ref_parse(row->ref, &ref, &e) != WF_OK)
		return refuse(forged, why, code, &e, NULL);
	if (!ref.has_digest || !wf_digest_eq(&ref.digest, &row->spec.manifest))
		return refuse(forged, why, code, NULL, "its reference is of another artifact");
	if (!known && entry && strcmp(ref.match, entry->ref.match) != 0 &&
	    !judged(judge, entry->ref.match, own, &a, &e))
		return refuse(WF_EVIDENCE_REFUSED, why, code, &e, NULL);
	if (!judged(judge, ref.match, own, &a, &e))
		return refuse(WF_EVIDENCE_REFUSED, why, code, &e, NULL);
	return WF_EVIDENCE_COUNTS;
}
