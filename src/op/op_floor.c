/* SPDX-License-Identifier: Apache-2.0
 *
 * Floors.  Must never lower one: each row about the function counts, and what
 * does not say when it was made is below every floor.
 */
#include "op/op_floor.h"

#include <string.h>

#include "ref/artifact.h"
#include "sys/instant.h"

static bool
about(const struct wf_ledger_row *r, const struct wf_spec *s)
{
	return r->action && !wf_ledger_row_intent(r) && r->spec.schema && r->spec.name &&
	       strcmp(r->spec.schema, s->schema) == 0 && strcmp(r->spec.name, s->name) == 0 &&
	       strcmp(r->spec.args ? r->spec.args : "", s->args ? s->args : "") == 0;
}

/* A time that the artifact of the row states about itself.  -1: none, or it
 * cannot be read. */
static int
stated(const struct wf_ledger_row *r, const char *annotation, struct wf_instant *out)
{
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	WF_AUTO(wf_json_freep) struct wf_json *owner = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	const struct wf_json *evidence = wf_ledger_row_evidence(r, &owner), *list;
	struct wf_str text;

	if (!evidence || !r->spec.has_manifest ||
	    wf_artifact_from_json(evidence, &r->spec.manifest, &a, NULL) != WF_OK ||
	    wf_json_parse((struct wf_str){a.manifest, a.manifest_len}, "manifest", &doc, NULL) !=
	            WF_OK)
		return -1;
	list = wf_json_get(doc, "annotations");
	if (!list || !wf_json_str(wf_json_get(list, annotation), &text))
		return -1;
	return wf_instant_parse(text, out);
}

static enum wf_rc
check_quarantined(const struct wf_ledger_row *rows, size_t n, const struct wf_ledger_row *to,
                  struct wf_err *err)
{
	const struct wf_ledger_row *bad = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct wf_ledger_row *r = &rows[i];

		if (!about(r, &to->spec) || !r->spec.has_manifest ||
		    !wf_digest_eq(&r->spec.manifest, &to->spec.manifest))
			continue;
		if (strcmp(r->action, "quarantine") == 0)
			bad = r;
		else if (strcmp(r->action, "release") == 0)
			bad = NULL;
	}
	if (!bad)
		return WF_OK;
	(void)wf_err_set(err, WF_R_ROLLBACK_REFUSED, "ledger row %lld put that artifact in "
	                 "quarantine", (long long)bad->seq);
	return wf_err_hint(err, "With --below-floor and --reason TEXT it is done all the same.");
}

enum wf_rc
wf_op_floor(const struct wf_ledger_row *rows, size_t n, const struct wf_ledger_row *to,
            struct wf_err *err)
{
	struct wf_instant floor = {0, 0}, at = {0, 0}, made = {0, 0};
	const struct wf_ledger_row *from = NULL;
	char want[WF_INSTANT_TEXT], have[WF_INSTANT_TEXT] = "at a time it does not say";
	enum wf_rc rc = check_quarantined(rows, n, to, err);
	size_t i;

	if (rc != WF_OK)
		return rc;
	for (i = 0; i < n; i++) {
		if (!about(&rows[i], &to->spec) || stated(&rows[i], "dev.wasmfn.floor", &at) != 0 ||
		    (from && wf_instant_cmp(at, floor) <= 0))
			continue;
		from = &rows[i];
		floor = at;
	}
	if (!from)
		return WF_OK;
	if (stated(to, "org.opencontainers.image.created", &made) == 0) {
		if (wf_instant_cmp(made, floor) >= 0)
			return WF_OK;
		wf_instant_text(made, have);
	}
	wf_instant_text(floor, want);
	(void)wf_err_set(err, WF_R_ROLLBACK_REFUSED, "made %s: the artifact of ledger row %lld "
	                 "allows none before %s", have, (long long)from->seq, want);
	return wf_err_hint(err, "With --below-floor and --reason TEXT it is done all the same.");
}
