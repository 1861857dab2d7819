/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn pull`: shows what came into the store.  Must never call anything
 * verified.
 */
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "op/op_pull.h"
#include "sys/interrupt.h"

struct params {
	struct wf_list manifests;
	const char *output_file, *policy;
	bool no_signatures, refresh;
};

#define OFF(member) offsetof(struct params, member)

static const struct wf_opt opts[] = {
	{'f', NULL, "FILE", "pull all that FILE names (repeatable)", WF_OPT_LIST, OFF(manifests), NULL},
	{0, "policy", "FILE", "with -f: rules for its references", WF_OPT_STRING, OFF(policy), NULL},
	{0, "no-signatures", NULL, "do not look for signatures", WF_OPT_FLAG, OFF(no_signatures), NULL},
	{0, "refresh", NULL, "ask for new signatures", WF_OPT_FLAG, OFF(refresh), NULL},
	{'o', NULL, "FILE", "write out the unverified module; - stdout", WF_OPT_STRING, OFF(output_file), NULL},
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

static struct wf_json *
candidates_json(const struct wf_artifact *a)
{
	struct wf_json *list = wf_json_array();
	char digest[WF_DIGEST_TEXT];
	size_t i;

	for (i = 0; i < a->ncand; i++) {
		const struct wf_candidate *c = &a->cand[i];
		struct wf_json *o = wf_json_object();

		wf_digest_text(&c->digest, digest);
		wf_json_set_z(o, "form", wf_form_word(c->form));
		wf_json_set_z(o, "digest", digest);
		if (c->broken != WF_R_OK) {
			wf_json_set_bool(o, "verified", false);
			wf_json_set_z(o, "reason", wf_reason_word(c->broken));
			wf_json_set_z(o, "detail", c->detail);
		}
		wf_json_push(list, o);
	}
	return list;
}

static void
show_json(struct wf_run *r, const struct wf_op_fetched *f, const struct wf_digest *digest,
          int64_t size)
{
	struct wf_json *d = wf_out_doc(r->out), *o = wf_json_object();
	const struct wf_artifact *a = &f->artifact;
	char manifest[WF_DIGEST_TEXT], module[WF_DIGEST_TEXT];

	wf_digest_text(&a->digest, manifest);
	wf_digest_text(digest, module);
	wf_json_set_z(o, "ref", f->ref);
	wf_json_set_z(o, "manifest_digest", manifest);
	wf_json_set_z(o, "module_digest", module);
	wf_json_set(d, "subject", o);
	o = wf_json_object();
	wf_json_set_z(o, "layout", a->layout);
	wf_json_set_z(o, "artifact_type", a->artifact_type);
	wf_json_set_int(o, "size", size);
	wf_json_set(d, "module", o);
	wf_json_set_bool(d, "from_store", f->from_store);
	wf_json_set_bool(d, "signatures_asked", f->signatures_asked);
	wf_json_set(d, "candidates", candidates_json(a));
}

/* "2 sig-tag, 1 bundle-referrer" */
static char *
count_forms(const struct wf_artifact *a, bool broken)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(4096);
	unsigned form;
	size_t i, n;

	for (form = WF_FORM_SIG_TAG; form <= WF_FORM_SBOM_TAG; form++) {
		for (i = n = 0; i < a->ncand; i++)
			n += a->cand[i].form == form &&
			     (a->cand[i].broken != WF_R_OK) == broken;
		if (n)
			wf_buf_putf(&b, "%s%zu %s", b.len ? ", " : "", n,
			            wf_form_word((enum wf_form)form));
	}
	return wf_buf_steal(&b);
}

static void
show_human(struct wf_run *r, const struct wf_op_fetched *f, const struct wf_digest *digest,
           int64_t size, const struct wf_store *store)
{
	const struct wf_artifact *a = &f->artifact;
	WF_AUTO(wf_freep) char *good = count_forms(a, false);
	WF_AUTO(wf_freep) char *bad = count_forms(a, true);
	char module[WF_DIGEST_TEXT];
	size_t i;

	wf_digest_text(digest, module);
	wf_out_styled(r->out, WF_BOLD, "%s", f->ref);
	wf_out_field(r->out, "module", "%s", module);
	wf_out_field(r->out, "size", "%jd bytes, layout %s",
	             (intmax_t)size, a->layout);
	if (!f->signatures_asked)
		wf_out_field(r->out, "signatures", "not asked for");
	else
		wf_out_field(r->out, "signatures", "%s%s", *good ? good : "none",
		             *good ? " (not verified: that is what `wasmfn verify` does)" : "");
	if (*bad)
		wf_out_field(r->out, "do not count", "%s", bad);
	for (i = 0; i < a->ncand; i++)
		if (a->cand[i].broken != WF_R_OK)
			wf_out_verbose(r->out, 1, "    %s: %s",
			               wf_reason_word(a->cand[i].broken),
			               a->cand[i].detail);
	wf_out_field(r->out, "store", "%s%s", wf_store_path(store),
	             f->from_store ? " (was there)" : "");
}

static enum wf_rc
pull_one(struct wf_run *r, struct wf_op_fetch *fetch, const struct wf_ref *ref,
         struct wf_err *err)
{
	WF_AUTO(wf_op_fetched_free) struct wf_op_fetched got = WF_OP_FETCHED_INIT;
	const struct params *p = r->params;
	bool to_stdout = p->output_file && strcmp(p->output_file, "-") == 0;
	struct wf_digest module;
	int64_t size = 0;
	enum wf_rc rc;

	if ((rc = wf_op_fetch(fetch, ref, &got, err)) ||
	    (rc = wf_op_pull_module(fetch->store, &got.artifact, &module, &size, err)))
		return rc;
	show_json(r, &got, &module, size);
	if (!to_stdout)
		show_human(r, &got, &module, size, fetch->store);
	if (!p->output_file)
		return WF_OK;
	if ((rc = wf_op_pull_write(fetch->store, &got.artifact, p->output_file,
	                           STDOUT_FILENO, err)))
		return rc;
	wf_log(WF_LOG_WARN, "%s is not verified", to_stdout ? "the module on stdout"
	                                                    : p->output_file);
	return WF_OK;
}

static enum wf_rc
check_usage(const struct wf_run *r, struct wf_err *err)
{
	const struct params *p = r->params;
	bool to_stdout = p->output_file && strcmp(p->output_file, "-") == 0;

	if (r->argc == 0 && p->manifests.n == 0)
		return wf_err_set(err, WF_R_USAGE,
		                  "expected a reference or -f MANIFEST");
	if (r->argc && p->manifests.n)
		return wf_err_set(err, WF_R_USAGE,
		                  "-f MANIFEST takes no references beside it");
	if (p->policy && p->manifests.n == 0)
		return wf_err_set(err, WF_R_USAGE,
		                  "--policy goes with -f MANIFEST");
	if (p->output_file && (r->argc != 1 || p->manifests.n))
		return wf_err_set(err, WF_R_USAGE,
		                  "-o takes exactly one reference");
	if (to_stdout && !wf_out_is_human(r->out))
		return wf_err_set(err, WF_R_USAGE,
		                  "-o - and JSON cannot share stdout");
	if (p->refresh && p->no_signatures)
		return wf_err_set(err, WF_R_USAGE,
		                  "--refresh asks for signatures, --no-signatures does not");
	if (p->refresh && r->g->offline)
		return wf_err_set(err, WF_R_USAGE,
		                  "--refresh asks the registry, --offline does not");
	if (p->output_file)
		return wf_op_pull_may_write(p->output_file, err);
	return WF_OK;
}

static enum wf_rc
collect(const struct wf_run *r, struct wf_op_pull_list *list, struct wf_err *err)
{
	const struct params *p = r->params;
	const struct wf_op_judge_options o = {.policy = p->policy};
	enum wf_rc rc;
	int i;

	if (p->manifests.n)
		return wf_op_pull_manifests(list, p->manifests.v, p->manifests.n, &o, err);
	for (i = 0; i < r->argc; i++)
		if ((rc = wf_op_pull_add(list, r->argv[i], err)))
			return rc;
	return WF_OK;
}

/* Offline only what a layout holds can be new. */
static enum wf_store_mode
mode(const struct wf_run *r, const struct wf_op_pull_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (!r->g->offline || list->v[i].kind == WF_REF_OCI_DIR)
			return WF_STORE_WRITE;
	return WF_STORE_READ;
}

static enum wf_rc
run_pull(struct wf_run *r, struct wf_err *err)
{
	const struct params *p = r->params;
	WF_AUTO(wf_config_freep) struct wf_config *config = NULL;
	WF_AUTO(wf_store_freep) struct wf_store *store = NULL;
	WF_AUTO(wf_op_pull_list_free) struct wf_op_pull_list list = {0};
	WF_AUTO(wf_op_fetch_end) struct wf_op_fetch fetch = {
		.offline = r->g->offline, .refresh = p->refresh,
		.no_signatures = p->no_signatures, .recheck = true,
	};
	WF_AUTO(wf_op_fetch_list_free) struct wf_op_fetch_list ahead = {0};
	enum wf_rc rc, worst = WF_OK;
	size_t i;

	if ((rc = check_usage(r, err)) || (rc = collect(r, &list, err)) ||
	    (rc = wf_config_load(r->g->config, &config, err)) ||
	    (rc = wf_store_open(wf_store_dir(r->g->store, config),
	                        mode(r, &list), &store, err)))
		return rc;
	fetch.config = config;
	fetch.store = store;
	for (i = 0; i < list.n; i++)
		wf_op_fetch_list_add(&ahead, list.v[i].text, list.formats[i]);
	wf_op_fetch_many(&fetch, &ahead);
	wf_out_expect(r->out, (int)list.n);
	for (i = 0; i < list.n; i++) {
		fetch.formats = list.formats[i];
		rc = pull_one(r, &fetch, &list.v[i], err);
		if (list.n == 1)
			return rc;
		worst = wf_rc_worse(worst, wf_out_record(r->out, rc, err));
		if (wf_interrupt_pending()) /* a deadline is told for each of the rest */
			break;
	}
	return worst;
}

const struct wf_cmd wf_cmd_pull = {
	.name = "pull",
	.args = "REF… | -f MANIFEST",
	.summary = "fetch artifacts and their signatures into the store",
	.about = "A REF is registry/repository@sha256:… or oci:DIR[:tag]@sha256:….\n"
	         "What is in the store with its signatures is not fetched again.\n"
	         "Nothing is verified.  With -f a reference that no trust rule matches is refused\n"
	         "before any request.",
	.opts = opts,
	.params_size = sizeof(struct params),
	.speaks = WF_SPEAKS_OPERANDS,
	.max_args = -1,
	.run = run_pull,
};
