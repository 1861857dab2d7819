/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn version`: what is running, and against which libraries.  Loads
 * nothing that is not linked.
 */
#include "cmd/cmd.h"
#include "dep/crypto.h"

static enum wf_rc
run_version(struct wf_run *r, struct wf_err *err)
{
	struct wf_json *d = wf_out_doc(r->out);

	(void)err;
	wf_out_line(r->out, "wasmfn %s", WF_VERSION);
	wf_out_verbose(r->out, 1, "%s", wf_crypto_version());
	wf_json_set_z(d, "crypto", wf_crypto_version());
	return WF_OK;
}

const struct wf_cmd wf_cmd_version = {
	.name = "version",
	.args = "",
	.summary = "version of wasmfn and its libraries",
	.run = run_version,
};
