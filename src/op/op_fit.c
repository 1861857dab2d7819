/* SPDX-License-Identifier: Apache-2.0
 *
 * Engine fit of what is about to be installed.  Must never refuse for what is
 * only unknown: the engine itself judges that.
 */
#include "op/op_fit.h"

#include <string.h>

#include "engine/engine.h"

void
wf_op_fit_subject(const struct wf_wasm *w, const struct wf_manifest_entry *e,
                  const struct wf_want_sig *sig, struct wf_fit_subject *out)
{
	*out = (struct wf_fit_subject){.wasm = w};
	if (e) {
		out->name = e->name;
		out->wasi = e->wasi_set ? WF_FIT_WASI_GRANTED : WF_FIT_WASI_LEDGER;
	}
	if (sig) {
		out->export_name = sig->export_name;
		out->args = sig->args;
		out->nargs = sig->nargs;
		out->args_set = sig->args_set;
		out->returns = sig->returns;
	}
}

enum wf_rc
wf_op_fit_error(const struct wf_fit_engine *e, const struct wf_fit *f, struct wf_err *err)
{
	const struct wf_fit_point *p = wf_fit_first(f, WF_FIT_NO);

	if (!p)
		return wf_err_set(err, WF_R_UNFIT, "engine %s cannot run the module", e->name);
	return wf_err_set(err, WF_R_UNFIT, "engine %s cannot run the module: %s %.*s: %s", e->name,
	                  p->what, (int)(p->subject.len < 200 ? p->subject.len : 200),
	                  p->subject.p ? p->subject.p : "", p->says);
}

enum wf_rc
wf_op_fit(const char *engine, const struct wf_fit_subject *s, struct wf_err *err)
{
	WF_AUTO(wf_fit_free) struct wf_fit f = WF_FIT_INIT;
	bool any = engine == NULL || strcmp(engine, "auto") == 0;
	enum wf_rc rc = WF_OK;
	const char *name;

	for (size_t i = 0; (name = wf_engine_adapter(i)); i++) {
		const struct wf_fit_engine *e = wf_fit_find(name);

		if (!any && !wf_engine_is(engine, name))
			continue;
		if (!e)
			return WF_OK;
		/* not meant: one that has to be named, one that nothing can be put in */
		if (any && (e->keeps_only ||
		            !((wf_engine_about(i)->can | wf_engine_about(i)->partly) & WF_CAN(INSTALL))))
			continue;
		wf_fit(e, s, &f);
		if (f.verdict != WF_FIT_NO)
			return WF_OK;
		if (rc == WF_OK) /* the first one speaks */
			rc = wf_op_fit_error(e, &f, err);
	}
	return rc;
}
