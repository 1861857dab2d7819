/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn doctor`: one line a thing looked at.
 */
#include "cmd/cmd.h"
#include "op/op_doctor.h"
#include "sys/clock.h"

struct params {
	const char *policy;
};

static const struct wf_opt opts[] = {
	{0, "policy", "FILE", "look at this policy instead", WF_OPT_STRING,
	 offsetof(struct params, policy), NULL},
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

static enum wf_rc
run_doctor(struct wf_run *r, struct wf_err *err)
{
	const struct params *p = r->params;
	const struct wf_op_doctor in = {
		.config = r->g->config,
		.policy = p->policy,
		.now = {wf_clock_wall(), 0},
	};
	WF_AUTO(wf_op_doctored_free) struct wf_op_doctored out = WF_OP_DOCTORED_INIT;
	enum wf_rc rc = wf_op_doctor(&in, &out, err);
	struct wf_json *list = wf_json_array(), *o;
	size_t i;

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
		wf_out_styled(r->out, it->state == WF_OP_DOCTOR_BAD ? WF_BAD : WF_GOOD, "%s %s %s",
		              word(it->state), it->what, it->where);
		wf_out_line(r->out, "     %s", it->says);
	}
	wf_json_set(wf_out_doc(r->out), "checks", list);
	return rc;
}

const struct wf_cmd wf_cmd_doctor = {
	.name = "doctor",
	.args = "",
	.summary = "look at configuration, policy and trusted roots",
	.about = "Reads what the other verbs would read and says what they would trip over: the\n"
	         "configuration, the policy with its keys, and every trusted root, with its age and\n"
	         "what of it is in force.  Changes nothing and sends nothing.",
	.opts = opts,
	.params_size = sizeof(struct params),
	.max_args = 0,
	.run = run_doctor,
};
