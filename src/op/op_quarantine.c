/* SPDX-License-Identifier: Apache-2.0
 *
 * Quarantine.  Must never change the module or its wrapper, and never be
 * recorded while somebody can still execute the function.
 */
#include "op/op_quarantine.h"

#include <string.h>

#include "engine/privilege.h"
#include "plan/hold.h"

static enum wf_rc
act(struct wf_engine *engine, const struct wf_live_function *f, struct wf_err *err)
{
	return wf_engine_revoke_all(engine, f, err);
}

static bool
done(const struct wf_live *live, const struct wf_live_function *f)
{
	const struct wf_ledger_row *r =
		wf_ledger_row_find(live->ledger, live->nledger, &f->spec);

	return wf_hold(r, NULL) == WF_HOLD_QUARANTINED && f->spec.grants_set &&
	       f->spec.grants.n == 0 && f->owner_revoked;
}

/* Where it came from, as far as the ledger knows: of the artifact that these
 * very bytes belong to, or of none. */
static void
origin(const struct wf_live *live, const struct wf_spec *s, struct wf_ledger_row *out)
{
	const struct wf_ledger_row *r = wf_hold_base(live->ledger, live->nledger, s);
	struct wf_json *owner = NULL;

	if (!r || !r->spec.has_module || !s->has_module ||
	    !wf_digest_eq(&r->spec.module, &s->module))
		return;
	out->spec.has_manifest = r->spec.has_manifest;
	out->spec.manifest = r->spec.manifest;
	out->ref = r->ref;
	out->signer = r->signer;
	out->policy_hash = r->policy_hash;
	out->evidence = wf_ledger_row_evidence(r, &owner);
	if (owner)
		wf_json_push(live->docs, owner); /* kept as long as the rows */
}

static enum wf_rc
row(const struct wf_live *live, const struct wf_live_function *f,
    const struct wf_live_function *after, struct wf_arena *a, struct wf_ledger_row *out,
    struct wf_err *err)
{
	const char *name = wf_spec_signature(&f->spec, a);

	if (!after)
		return wf_err_set(err, WF_R_ENGINE, "%s is gone", name);
	if (!after->spec.grants_set || after->spec.grants.n || !after->owner_revoked) {
		(void)wf_err_set(err, WF_R_PRIVILEGE, "%s: %s still has EXECUTE", name,
		                 after->spec.grants.n ? after->spec.grants.v[0]
		                 : after->spec.grants_set ? after->spec.owner : "somebody");
		return wf_err_hint(err, "The role must be the function's owner or a member of it.");
	}
	out->spec = wf_live_claimed(after);
	out->before = wf_live_claimed(f);
	out->has_before = true;
	origin(live, &f->spec, out);
	return WF_OK;
}

enum wf_rc
wf_op_quarantine(const struct wf_op_named *in, struct wf_op_named_done *out, struct wf_err *err)
{
	static const struct wf_op_named_act quarantine = {
		.action = WF_ACTION_QUARANTINE, .what = "execute", .done = done, .act = act,
		.row = row,
	};

	return wf_op_named(in, &quarantine, out, err);
}
