/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn doctor`: one line a thing looked at.
 */
#include "cmd/cmd.h"
#include "op/op_doctor.h"
#include "sys/clock.h"

struct params {
	const char *policy, *target, *engine;
	bool grants;
};

static const struct wf_opt opts[] = {
	{0, "policy", "FILE", "look at this policy instead", WF_OPT_STRING,
	 offsetof(struct params, policy), NULL},
	{0, "grants", NULL, "print the SQL for the database roles", WF_OPT_FLAG,
	 offsetof(struct params, grants), NULL},
	{0, "target", "TARGET", "look into this database too", WF_OPT_STRING,
	 offsetof(struct params, target), NULL},
	{0, "engine", "NAME", "its engine, else it is probed", WF_OPT_STRING,
	 offsetof(struct params, engine), NULL},
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

static const char *
word(enum wf_op_doctor_state s)
{
	switch (s) {
	case WF_OP_DOCTOR_GOOD:
		return "good";
	case WF_OP_DOCTOR_NOTE:
		return "note";
	case WF_OP_DOCTOR_BAD:
		break;
	}
	return "bad";
}

/* Only what --target names: a look at the machine connects to nothing. */
static enum wf_rc
find_target(const struct wf_run *r, struct wf_config **config, struct wf_op_targets *targets,
            struct wf_err *err)
{
	const struct params *p = r->params;
	enum wf_rc rc = p->target ? wf_config_load(r->g->config, config, err) : WF_OK;

	if (rc == WF_OK && p->target)
		rc = wf_op_targets(*config, p->target, p->engine, targets, err);
	return rc;
}

static void
show_grants(struct wf_run *r, const struct wf_strs *sql)
{
	struct wf_json *list = wf_json_array();
	size_t i;

	for (i = 0; i < sql->n; i++) {
		wf_json_push(list, wf_json_new_z(sql->v[i]));
		wf_out_line(r->out, "%s", sql->v[i]);
	}
	wf_json_set(wf_out_doc(r->out), "grants", list);
}

static enum wf_rc
run_doctor(struct wf_run *r, struct wf_err *err)
{
	const struct params *p = r->params;
	WF_AUTO(wf_config_freep) struct wf_config *config = NULL;
	WF_AUTO(wf_op_targets_free) struct wf_op_targets targets = {0};
	struct wf_op_doctor in = {
		.config = r->g->config,
		.policy = p->policy,
		.grants = p->grants,
		.engine = p->engine,
		.now = {wf_clock_wall(), 0},
	};
	WF_AUTO(wf_op_doctored_free) struct wf_op_doctored out = WF_OP_DOCTORED_INIT;
	struct wf_json *list, *o;
	enum wf_rc rc = find_target(r, &config, &targets, err);
	size_t i;

	if (rc != WF_OK)
		return rc;
	in.target = targets.n ? &targets.v[0] : NULL;
	rc = wf_op_doctor(&in, &out, err);
	list = wf_json_array();
	if (p->grants)
		show_grants(r, &out.grants);

	for (i = 0; i < out.n; i++) {
		const struct wf_op_doctor_item *it = &out.v[i];

		o = wf_json_object();
		wf_json_set_z(o, "what", it->what);
		wf_json_set_z(o, "where", it->where);
		wf_json_set_z(o, "state", word(it->state));
		wf_json_set_z(o, "reason", it->state == WF_OP_DOCTOR_BAD
		                                   ? wf_reason_word(it->reason) : NULL);
		wf_json_set_z(o, "says", it->says);
		wf_json_push(list, o);
		if (p->grants && !p->target)
			continue; /* what is printed can be piped into psql */
		wf_out_styled(r->out, it->state == WF_OP_DOCTOR_BAD ? WF_BAD : WF_GOOD, "%s%s %s %s",
		              p->grants ? "-- " : "", word(it->state), it->what, it->where);
		wf_out_line(r->out, "%s     %s", p->grants ? "-- " : "", it->says);
	}
	wf_json_set(wf_out_doc(r->out), "checks", list);
	return rc;
}

const struct wf_cmd wf_cmd_doctor = {
	.name = "doctor",
	.args = "",
	.summary = "look at configuration, policy, trusted roots and sandbox",
	.about = "Reads what the other verbs would read and says what they would trip over: the\n"
	         "configuration, the policy with its keys, and every trusted root, with its age and\n"
	         "what of it is in force; and how what speaks to registries is shut in.  With\n"
	         "--target the roles of that database too.  Changes nothing.",
	.opts = opts,
	.params_size = sizeof(struct params),
	.speaks = WF_SPEAKS_ALWAYS,
	.max_args = 0,
	.run = run_doctor,
};
