/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn gc`: what went from the store, and how much that was.
 */
#include "cmd/cmd.h"
#include "engine/state.h"
#include "op/op_gc.h"

struct params {
	struct wf_list manifests;
	bool dry_run, now;
};

static const struct wf_opt opts[] = {
	{'f', NULL, "MANIFEST", "keep what MANIFEST names too (repeatable)", WF_OPT_LIST,
	 offsetof(struct params, manifests), NULL},
	{0, "dry-run", NULL, "remove nothing", WF_OPT_FLAG, offsetof(struct params, dry_run), NULL},
	{0, "now", NULL, "also what came within the last hour", WF_OPT_FLAG,
	 offsetof(struct params, now), NULL},
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

static void
show(struct wf_run *r, const struct wf_store *store, const struct wf_gc_result *x, bool dry_run)
{
	struct wf_json *doc = wf_out_doc(r->out), *list = wf_json_array();
	struct wf_json *subject = wf_json_object();
	size_t i;

	for (i = 0; i < x->n; i++) {
		struct wf_json *o = wf_json_object();
		char digest[WF_DIGEST_TEXT];

		wf_digest_text(&x->v[i].digest, digest);
		wf_json_set_z(o, "ref", x->v[i].name);
		wf_json_set_z(o, "manifest_digest", digest);
		wf_json_push(list, o);
		wf_out_line(r->out, "%s %s", dry_run ? "would go:" : "gone:",
		            x->v[i].name ? x->v[i].name : digest);
	}
	wf_json_set_z(subject, "store", wf_store_path(store));
	wf_json_set(doc, "subject", subject);
	wf_json_set_bool(doc, "dry_run", dry_run);
	wf_json_set(doc, "removed", list);
	wf_json_set_int(doc, "kept", (int64_t)x->kept);
	wf_json_set_int(doc, "kept_for_age", (int64_t)x->young);
	wf_json_set_int(doc, "blobs", (int64_t)x->blobs);
	wf_json_set_int(doc, "bytes_freed", (int64_t)x->bytes);
	wf_out_line(r->out, "%s: %zu of %zu artifacts, %zu files, %ju bytes %s", wf_store_path(store),
	            x->n, x->n + x->kept, x->blobs, (uintmax_t)x->bytes,
	            dry_run ? "would be freed" : "freed");
	if (x->young)
		wf_out_line(r->out, "%zu stay%s because of their age alone: they came within the last hour",
		            x->young, x->young == 1 ? "s" : "");
}

static enum wf_rc
run_gc(struct wf_run *r, struct wf_err *err)
{
	const struct params *p = r->params;
	WF_AUTO(wf_config_freep) struct wf_config *config = NULL;
	WF_AUTO(wf_store_freep) struct wf_store *store = NULL;
	WF_AUTO(wf_gc_free) struct wf_gc_result out = {0};
	struct wf_op_gc o = {.files = p->manifests.v, .nfiles = p->manifests.n,
	                     .dry_run = p->dry_run, .now = p->now};
	enum wf_rc rc;

	if ((rc = wf_config_load(r->g->config, &config, err)) ||
	    (rc = wf_store_open(wf_store_dir(r->g->store, config),
	                        p->dry_run ? WF_STORE_READ : WF_STORE_WRITE, &store, err)))
		return rc;
	o.config = config;
	o.store = store;
	o.state_dir = wf_state_dir(r->g->state, config ? wf_config_state(config) : NULL);
	if ((rc = wf_op_gc(&o, &out, err)))
		return rc;
	show(r, store, &out, p->dry_run);
	return WF_OK;
}

const struct wf_cmd wf_cmd_gc = {
	.name = "gc",
	.args = "",
	.summary = "drop from the store what nothing refers to",
	.about = "What a manifest file of this machine, a target's `manifests` or a ledger head in the\n"
	         "local state refers to stays, with its signatures; so do entries of other tools and\n"
	         "what came within the last hour.  When any of these cannot be read nothing goes.",
	.opts = opts,
	.params_size = sizeof(struct params),
	.run = run_gc,
};
