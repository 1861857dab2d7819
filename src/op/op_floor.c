/* SPDX-License-Identifier: Apache-2.0
 *
 * Floors.  Must never lower one: each row about the function counts, and what
 * does not say when it was made is below every floor.
 */
#include "op/op_floor.h"

#include <string.h>

#include "ref/artifact.h"
#include "sys/instant.h"

#define CREATED "org.opencontainers.image.created"
#define FLOOR "dev.wasmfn.floor"
#define OVERRIDE "With --below-floor and --reason TEXT it is done all the same."

enum told {
	UNREADABLE = 0, /* something is there */
	NOTHING,
	TOLD,
};

/* A time that an artifact states about itself. */
static enum told
says(const struct wf_artifact *a, const char *annotation, struct wf_instant *out)
{
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	const struct wf_json *list, *v;
	struct wf_str text;

	if (wf_json_parse((struct wf_str){a->manifest, a->manifest_len}, "manifest", &doc, NULL) !=
	    WF_OK)
		return UNREADABLE;
	list = wf_json_get(doc, "annotations");
	v = list ? wf_json_get(list, annotation) : NULL;
	if (!v)
		return NOTHING;
	return wf_json_str(v, &text) && wf_instant_parse(text, out) == 0 ? TOLD : UNREADABLE;
}

static enum told
stated(const struct wf_ledger_row *r, const char *annotation, struct wf_instant *out)
{
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	WF_AUTO(wf_json_freep) struct wf_json *owner = NULL;
	const struct wf_json *evidence = wf_ledger_row_evidence(r, &owner);

	if (!evidence && !r->evidence_text.p)
		return NOTHING;
	if (!evidence || !r->spec.has_manifest ||
	    wf_artifact_from_json(evidence, &r->spec.manifest, &a, NULL) != WF_OK)
		return UNREADABLE;
	return says(&a, annotation, out);
}

static enum wf_rc
check_quarantined(const struct wf_ledger_row *rows, size_t n, const struct wf_ledger_row *to,
                  struct wf_err *err)
{
	const struct wf_ledger_row *bad = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct wf_ledger_row *r = &rows[i];

		if (!wf_ledger_row_about(r, &to->spec) || !r->spec.has_manifest ||
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
	return wf_err_hint(err, OVERRIDE);
}

/* made: NULL when it does not say. */
static enum wf_rc
not_below(const struct wf_ledger_row *rows, size_t n, const struct wf_spec *s,
          const struct wf_instant *made, struct wf_err *err)
{
	struct wf_instant floor = {0, 0}, at = {0, 0};
	const struct wf_ledger_row *from = NULL;
	char want[WF_INSTANT_TEXT], have[WF_INSTANT_TEXT] = "at a time it does not say";
	enum told told;
	size_t i;

	for (i = 0; i < n; i++) {
		told = wf_ledger_row_about(&rows[i], s) ? stated(&rows[i], FLOOR, &at) : NOTHING;
		if (told == UNREADABLE) {
			(void)wf_err_set(err, WF_R_ROLLBACK_REFUSED, "ledger row %lld: what its "
			                 "artifact says of a floor cannot be read",
			                 (long long)rows[i].seq);
			return wf_err_hint(err, OVERRIDE);
		}
		if (told == NOTHING || (from && wf_instant_cmp(at, floor) <= 0))
			continue;
		from = &rows[i];
		floor = at;
	}
	if (!from || (made && wf_instant_cmp(*made, floor) >= 0))
		return WF_OK;
	if (made)
		wf_instant_text(*made, have);
	wf_instant_text(floor, want);
	(void)wf_err_set(err, WF_R_ROLLBACK_REFUSED, "made %s: the artifact of ledger row %lld "
	                 "allows none before %s", have, (long long)from->seq, want);
	return wf_err_hint(err, OVERRIDE);
}

enum wf_rc
wf_op_floor(const struct wf_ledger_row *rows, size_t n, const struct wf_ledger_row *to,
            struct wf_err *err)
{
	enum wf_rc rc = check_quarantined(rows, n, to, err);
	struct wf_instant made = {0, 0};
	bool known = stated(to, CREATED, &made) == TOLD;

	return rc == WF_OK ? not_below(rows, n, &to->spec, known ? &made : NULL, err) : rc;
}

enum wf_rc
wf_op_floors(const struct wf_op_install *in, const struct wf_op_installed *x, struct wf_err *err)
{
	const struct wf_live *live = x->live;
	enum wf_rc rc = WF_OK;
	size_t i;

	/* a rollback has asked for its one row */
	for (i = 0; rc == WF_OK && !in->rollback && !in->below_floor && i < x->steps.nchanges; i++) {
		const struct wf_change *c = &x->steps.changes[i];
		const struct wf_op_install_fn *f = &x->fns[c->want];
		const struct wf_ledger_row *head;
		struct wf_instant made = {0, 0}, at = {0, 0};
		bool known;

		if (!c->put)
			continue;
		/* what is recorded is put back, however old it is */
		head = wf_ledger_row_find(live->ledger, live->nledger, &c->goal);
		if (head && head->spec.has_manifest &&
		    wf_digest_eq(&head->spec.manifest, wf_verified_manifest(f->verified)))
			continue;
		known = says(&f->fetched.artifact, CREATED, &made) == TOLD;
		if (says(&f->fetched.artifact, FLOOR, &at) == UNREADABLE)
			rc = wf_err_set(err, WF_R_MALFORMED, "what it says of a floor (annotation "
			                FLOOR ") is no time");
		if (rc == WF_OK)
			rc = not_below(live->ledger, live->nledger, &c->goal,
			               known ? &made : NULL, err);
		if (rc != WF_OK)
			(void)wf_err_wrap(err, "%s:%u: %s.%s", f->entry->file, f->entry->line,
			                  f->entry->schema, f->entry->name);
	}
	return rc;
}
