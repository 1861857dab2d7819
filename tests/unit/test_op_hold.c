/* SPDX-License-Identifier: Apache-2.0
 *
 * What a rollback does about a ledger that went on meanwhile, and whose hold a
 * name ends.
 */
#include "op/op_hold.h"
#include "tests/lib/tap.h"

static const char *types[] = {"int8"};

static void
moved(void)
{
	struct wf_ledger_row row = {.seq = 5, .action = "create", .spec = WF_SPEC_INIT};
	struct wf_live live = {.ledger = &row, .nledger = 1};
	struct wf_steps_want want = {.spec = WF_SPEC_INIT};
	struct wf_op_installed out = {.live = &live, .wants = &want, .n = 1};
	struct wf_op_rolling rolling = {.to = &row.spec, .head = 5};
	const struct wf_op_install in = {.rollback = &rolling};
	struct wf_err e = {0};

	row.spec.schema = want.spec.schema = "wasm";
	row.spec.name = want.spec.name = "f";
	row.spec.args = want.spec.args = "bigint";
	ERR(wf_op_holds(&in, &out, &e), &e, WF_R_OK, "the row that it was chosen by is the newest");
	OK(want.rollback, "it is a rollback");
	rolling.head = 4;
	ERR(wf_op_holds(&in, &out, &e), &e, WF_R_LEDGER_MOVED, "there is a newer one");
	OK(!wf_engine_again(NULL, &e, 0), "which no new try changes");
}

static void
released(void)
{
	const struct wf_manifest_entry entry = {.schema = "wasm", .name = "f", .args = types,
	                                        .nargs = 1, .args_set = true};
	struct wf_ledger_row row = {.seq = 5, .action = "quarantine", .spec = WF_SPEC_INIT};
	struct wf_live live = {.ledger = &row, .nledger = 1};
	struct wf_op_install_fn fn = {.entry = &entry};
	struct wf_steps_want want = {.spec = WF_SPEC_INIT};
	struct wf_op_installed out = {.live = &live, .wants = &want, .fns = &fn, .n = 1};
	struct wf_op_name name = {"wasm", "f", "int8"};
	const struct wf_op_install in = {.release = &name, .nrelease = 1};
	struct wf_err e = {0};

	row.spec.schema = want.spec.schema = "wasm";
	row.spec.name = want.spec.name = "f";
	row.spec.args = want.spec.args = "bigint";
	ERR(wf_op_holds(&in, &out, &e), &e, WF_R_OK, "a name as the entry has it");
	OK(want.release, "ends its quarantine");
	EQ(out.nquarantined, 0, "so that it is not left alone");
	name.args = "text";
	ERR(wf_op_holds(&in, &out, &e), &e, WF_R_OK, "one with other types");
	OK(!want.release, "does not");
	EQ(out.nquarantined, 1, "and it is left alone");
}

int
main(void)
{
	moved();
	released();
	return tap_done();
}
