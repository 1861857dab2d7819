/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn pin MANIFEST`: old and new of every reference that is pinned.
 */
#include "base/mem.h"
#include "cmd/cmd.h"
#include "op/op_pin.h"

struct params {
	bool check;
};

static const struct wf_opt opts[] = {
	{0, "check", NULL, "write nothing; 2 if one has no digest", WF_OPT_FLAG,
	 offsetof(struct params, check), NULL},
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

static struct wf_json *
pin_json(const struct wf_pin *p, bool resolved)
{
	WF_AUTO(wf_freep) char *to = resolved ? wf_pin_to(p) : NULL;
	struct wf_json *j = wf_json_object();
	char digest[WF_DIGEST_TEXT];

	wf_digest_text(&p->digest, digest);
	wf_json_set_z(j, "name", p->name);
	wf_json_set_int(j, "line", p->line);
	wf_json_set_int(j, "column", p->column);
	wf_json_set_z(j, "from", p->ref.text);
	wf_json_set_z(j, "to", to);
	wf_json_set_z(j, "digest", resolved ? digest : NULL);
	return j;
}

static void
show(struct wf_run *r, const char *path, const struct wf_op_pinned *p)
{
	struct wf_json *list = wf_json_array(), *subject = wf_json_object();
	struct wf_json *doc = wf_out_doc(r->out);
	size_t i;

	wf_json_set_z(subject, "file", path);
	wf_json_set(doc, "subject", subject);
	wf_json_set_int(doc, "references", (int64_t)p->pins.refs);
	wf_json_set_bool(doc, "written", p->written);
	for (i = 0; i < p->pins.n; i++) {
		const struct wf_pin *one = &p->pins.v[i];
		WF_AUTO(wf_freep) char *to = wf_pin_to(one);

		wf_json_push(list, pin_json(one, p->resolved));
		wf_out_line(r->out, "%s:%u: %s", path, one->line, one->ref.text);
		if (p->resolved)
			wf_out_styled(r->out, WF_GOOD, "  -> %s", to);
	}
	wf_json_set(doc, "pins", list);
}

static enum wf_rc
run_pin(struct wf_run *r, struct wf_err *err)
{
	const struct params *p = r->params;
	WF_AUTO(wf_config_freep) struct wf_config *config = NULL;
	WF_AUTO(wf_op_pinned_free) struct wf_op_pinned out = WF_OP_PINNED_INIT;
	struct wf_op_pin o = {.check = p->check, .offline = r->g->offline};
	const char *path = r->argv[0];
	enum wf_rc rc;

	if ((rc = wf_config_load(r->g->config, &config, err)))
		return rc;
	o.config = config;
	rc = wf_op_pin(&o, path, &out, err);
	if (rc && rc != WF_E_DRIFT)
		return rc;
	show(r, path, &out);
	if (out.pins.n == 0)
		wf_out_styled(r->out, WF_GOOD, "%s: nothing to pin: %zu reference%s, each with a digest",
		              path, out.pins.refs, out.pins.refs == 1 ? "" : "s");
	else
		wf_out_line(r->out, "%s: %zu of %zu reference%s %s", path, out.pins.n,
		            out.pins.refs, out.pins.refs == 1 ? "" : "s",
		            out.written ? "pinned" : "without a digest");
	return rc;
}

const struct wf_cmd wf_cmd_pin = {
	.name = "pin",
	.args = "MANIFEST",
	.summary = "write digests behind the tags of a manifest file",
	.about = "Asks each registry once what its tags mean now and writes the digests behind them;\n"
	         "every other byte of the file stays.  A reference that has a digest is left alone:\n"
	         "to move it to where its tag is now, take the digest away and pin again.\n"
	         "Nothing is verified.",
	.opts = opts,
	.params_size = sizeof(struct params),
	.speaks = WF_SPEAKS_ALWAYS,
	.min_args = 1,
	.max_args = 1,
	.run = run_pin,
};
