/* SPDX-License-Identifier: Apache-2.0
 *
 * Pinning.  Must never write a digest that did not come from the bytes it is
 * of, nor some of a file's digests and not the others.
 */
#include "op/op_pin.h"

#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "op/op_judge.h"
#include "registry/registry.h"
#include "store/store.h"
#include "sys/file.h"

void
wf_op_pinned_free(struct wf_op_pinned *p)
{
	if (p)
		wf_pin_free(&p->pins);
}

/* Before anything is sent: a machine that has a policy asks nobody for what
 * the policy has no trust rule for. */
static enum wf_rc
check_rules(const char *path, const struct wf_pins *pins, struct wf_err *err)
{
	WF_AUTO(wf_op_judge_freep) struct wf_op_judge *judge = NULL;
	const struct wf_op_judge_options none = {.policy = NULL};
	enum wf_rc rc;
	size_t i;

	if (pins->n == 0 || wf_paths_policies().n == 0)
		return WF_OK;
	if ((rc = wf_op_judge_open(&none, WF_OP_JUDGE_SYSTEM, &judge, err)))
		return rc;
	for (i = 0; i < pins->n; i++)
		if ((rc = wf_op_judge_allows(judge, pins->v[i].ref.match, NULL, err)))
			return wf_err_wrap(err, "%s:%u", path, pins->v[i].line);
	return WF_OK;
}

static enum wf_rc
from_layout(struct wf_pin *p, struct wf_err *err)
{
	WF_AUTO(wf_store_freep) struct wf_store *layout = NULL;
	enum wf_rc rc = wf_store_open_layout(&p->ref, &layout, err);

	return rc ? rc : wf_store_resolve(layout, p->ref.tag, NULL, &p->digest, err);
}

static enum wf_rc
from_registry(struct wf_registry_session *s, struct wf_pin *p, struct wf_err *err)
{
	WF_AUTO(wf_registry_freep) struct wf_registry *r = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf bytes =
		WF_BUF_INIT(WF_MAX_OCI_MANIFEST_BYTES);
	enum wf_rc rc = wf_registry_open(s, &p->ref, &r, err);

	return rc ? rc : wf_registry_resolve(r, p->ref.tag, &bytes, &p->digest, err);
}

/* Asked for once, whatever the number of entries: they must not differ. */
static const struct wf_pin *
asked_before(const struct wf_pins *pins, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (strcmp(pins->v[k].ref.text, pins->v[i].ref.text) == 0)
			return &pins->v[k];
	return NULL;
}

static enum wf_rc
resolve(const struct wf_op_pin *o, const char *path, struct wf_pins *pins,
        struct wf_err *err)
{
	WF_AUTO(wf_registry_session_freep) struct wf_registry_session *session =
		wf_registry_session_new(o->config);
	enum wf_rc rc;
	size_t i;

	for (i = 0; i < pins->n; i++) {
		struct wf_pin *p = &pins->v[i];
		const struct wf_pin *before = asked_before(pins, i);

		if (before) {
			p->digest = before->digest;
			continue;
		}
		if (p->ref.kind == WF_REF_OCI_DIR) {
			rc = from_layout(p, err);
		} else if (o->offline) {
			rc = wf_err_set(err, WF_R_OFFLINE,
			                "what the tag of \"%s\" means cannot be asked offline",
			                p->ref.text);
		} else {
			wf_log(WF_LOG_INFO, "asking what \"%s\" means", p->ref.text);
			rc = from_registry(session, p, err);
		}
		if (rc)
			return wf_err_wrap(err, "%s:%u: %.200s", path, p->line,
			                   p->ref.text);
	}
	return WF_OK;
}

enum wf_rc
wf_op_pin(const struct wf_op_pin *o, const char *path, struct wf_op_pinned *out,
          struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf old = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	struct wf_pins *pins = &out->pins;
	enum wf_rc rc;

	if ((rc = wf_file_read(path, &old, err)) ||
	    (rc = wf_pin_find(wf_buf_str(&old), path, pins, err)))
		return rc;
	if (pins->n == 0)
		return WF_OK;
	if (o->check && o->offline)
		return WF_E_DRIFT;
	if ((rc = check_rules(path, pins, err)) ||
	    (rc = resolve(o, path, pins, err)))
		return rc;
	out->resolved = true;
	if ((rc = wf_pin_text(wf_buf_str(&old), path, pins, &text, err)))
		return rc;
	if (o->check)
		return WF_E_DRIFT;
	if ((rc = wf_file_replace(path, wf_buf_str(&old), wf_buf_str(&text), err)))
		return rc;
	out->written = true;
	return WF_OK;
}
