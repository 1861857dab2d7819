/* SPDX-License-Identifier: Apache-2.0
 *
 * Plan files.  Must never let a file say what is done: what it holds is only
 * ever compared.
 */
#include "op/op_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "sys/clock.h"
#include "sys/file.h"

static const char *
absolute(const char *path, struct wf_arena *a)
{
	WF_AUTO(wf_freep) char *real = realpath(path, NULL);

	return real ? wf_arena_strn(a, real, strlen(real)) : path;
}

enum wf_rc
wf_op_plan_inputs(struct wf_op_judge *judge, const struct wf_op_claims *claims,
                  struct wf_saved *now, struct wf_err *err)
{
	WF_AUTO(wf_freep) const char **own = wf_calloc(claims->n + 1, sizeof(*own));
	const struct wf_manifest_file *f;
	size_t i;

	for (i = 0; wf_manifest_file_at(claims->manifest, i); i++)
		;
	now->files = wf_arena_alloc(&now->arena, (i + 1) * sizeof(*now->files));
	for (i = 0; (f = wf_manifest_file_at(claims->manifest, i)); i++) {
		now->files[i].path = absolute(f->path, &now->arena);
		now->files[i].hash = f->hash;
		now->nfiles = i + 1;
	}
	for (i = 0; i < claims->n; i++)
		own[i] = claims->v[i]->policy;
	return wf_op_judge_hash(judge, own, claims->n, &now->policy, err);
}

enum wf_rc
wf_op_plan_save(const char *path, const struct wf_op_install *in,
                const struct wf_op_installed *x, const char *const *operands, size_t n,
                char digest[WF_DIGEST_TEXT], struct wf_err *err)
{
	WF_AUTO(wf_saved_free) struct wf_saved s = WF_SAVED_INIT;
	WF_AUTO(wf_json_freep) struct wf_json *steps = wf_steps_to_json(&x->steps);
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_PLAN_BYTES);
	char now[WF_TIME_TEXT];
	enum wf_rc rc = wf_op_plan_inputs(in->judge, in->claims, &s, err);
	size_t i;

	if (rc != WF_OK)
		return rc;
	wf_clock_text(wf_clock_wall(), now);
	s.version = WF_VERSION;
	s.run = wf_clock_run_id();
	s.created = now;
	s.manifests.v = wf_arena_alloc(&s.arena, (n + 1) * sizeof(*s.manifests.v));
	for (i = 0; i < n; i++)
		s.manifests.v[s.manifests.n++] = absolute(operands[i], &s.arena);
	s.target = in->target->config ? in->target->config->name : NULL;
	wf_saved_see(&s, x->live);
	s.steps = steps;
	doc = wf_saved_to_json(&s);
	wf_digest_text(&s.digest, digest);
	if ((rc = wf_json_dump(doc, WF_JSON_PRETTY, &text, err)) ||
	    (rc = wf_buf_addz(&text, "\n", err)))
		return wf_err_wrap(err, "plan");
	return wf_file_write_atomic(path, wf_buf_str(&text), 0600, err);
}

enum wf_rc
wf_op_plan_load(const char *path, struct wf_saved *out, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_PLAN_BYTES);
	enum wf_file_safety safety;
	char why[256];
	enum wf_rc rc = wf_file_safety(path, &safety, why, err);

	if (rc == WF_OK && safety != WF_FILE_SAFE)
		rc = wf_err_set(err, WF_R_UNSAFE_FILE, "plan %s: %s", path, why);
	if (rc == WF_OK)
		rc = wf_file_read(path, &text, err);
	if (rc == WF_OK)
		rc = wf_saved_from_text(wf_buf_str(&text), path, out, err);
	return rc;
}

enum wf_rc
wf_op_plan_before(const struct wf_op_install *in, struct wf_err *err)
{
	WF_AUTO(wf_saved_free) struct wf_saved now = WF_SAVED_INIT;
	enum wf_rc rc = wf_op_plan_inputs(in->judge, in->claims, &now, err);

	if (rc != WF_OK)
		return rc;
	return wf_saved_same_inputs(in->saved, &now, in->saved_paths, err);
}

enum wf_rc
wf_op_plan_after(const struct wf_op_install *in, const struct wf_op_installed *x, enum wf_rc rc,
                 struct wf_err *err)
{
	WF_AUTO(wf_saved_free) struct wf_saved now = WF_SAVED_INIT;
	struct wf_err own = {0};
	enum wf_rc moved;

	if (!x->live)
		return rc;
	wf_saved_see(&now, x->live);
	moved = wf_saved_same_state(in->saved, &now, &own);
	if (moved != WF_OK && (rc == WF_OK || wf_rc_worse(rc, moved) == moved)) {
		*err = own;
		return moved;
	}
	return rc == WF_OK ? wf_saved_same_steps(in->saved, &x->steps, err) : rc;
}
