/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what is said about a module that was decoded.  The policy that
 * is suggested for it is a good policy and allows it, and nothing differs
 * between a module and itself.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "engine/fit.h"
#include "policy/policy_advice.h"
#include "policy/policy_suggest.h"
#include "wasm/delta.h"
#include "wasm/suspicion.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What no policy can allow: types alone, and names that no rule can hold. */
static bool
can_be_allowed(const struct wf_wasm *w, const struct wf_capability *caps)
{
	if (w->kind == WF_WASM_WIT_PACKAGE)
		return false;
	for (size_t i = 0; w->kind != WF_WASM_CORE && i < w->nimports; i++)
		if (caps[i].classes & WF_CAPS(UNKNOWN))
			return false;
	return true;
}

static void
suggestion(const struct wf_wasm *w, const struct wf_capability *caps)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_CONFIG_BYTES);
	WF_AUTO(wf_policy_freep) struct wf_policy *p = NULL;
	WF_AUTO(wf_policy_verdict_free) struct wf_policy_verdict v = WF_VERDICT_INIT;
	struct wf_problems notes = WF_PROBLEMS_INIT;
	static const struct wf_digest none;
	struct wf_err err = {0};

	if (wf_policy_suggest("", w, caps, &none, &text, &err)) {
		if (err.reason != WF_R_LIMIT)
			wf_die("a suggestion failed");
		return;
	}
	if (wf_policy_parse(wf_buf_str(&text), "suggestion", &p, &err))
		wf_die(err.msg);
	wf_policy_advice(p, &notes);
	wf_problem_free(&notes);
	wf_policy_eval(p, "", w, caps, &v);
	if (!v.allowed && can_be_allowed(w, caps))
		wf_die("a suggestion denies what it was made for");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
	WF_AUTO(wf_freep) struct wf_capability *caps = NULL;
	WF_AUTO(wf_delta_free) struct wf_delta delta = WF_DELTA_INIT;
	WF_AUTO(wf_suspicion_free) struct wf_suspicions findings = WF_SUSPICIONS_INIT;
	const struct wf_fit_engine *engine;
	struct wf_err err = {0};

	if (wf_wasm_decode((struct wf_str){(const char *)data, size}, "fuzz", &w, &err))
		return 0;
	caps = wf_calloc(w->nimports, sizeof(*caps));
	wf_capability_list(w, caps);
	wf_suspicion_list(w, caps, &findings);
	wf_delta(&(struct wf_delta_side){w, caps}, &(struct wf_delta_side){w, caps}, &delta);
	if (delta.n)
		wf_die("a module differs from itself");
	for (size_t i = 0; (engine = wf_fit_at(i)); i++) {
		WF_AUTO(wf_fit_free) struct wf_fit f = WF_FIT_INIT;

		wf_fit(engine, &(struct wf_fit_subject){.wasm = w}, &f);
	}
	suggestion(w, caps);
	return 0;
}
