/* SPDX-License-Identifier: Apache-2.0
 *
 * Tries.  Must never hide why the last one failed.
 */
#include "op/op_tries.h"

#include "base/log.h"

enum wf_rc
wf_op_tries(wf_op_try *attempt, void *arg, struct wf_err *err)
{
	unsigned tries;

	for (tries = 0;; tries++) {
		WF_AUTO(wf_engine_closep) struct wf_engine *engine = NULL;
		struct wf_err one = {0};
		enum wf_rc rc = attempt(arg, &engine, &one);

		if (rc == WF_OK)
			return rc;
		if (!wf_engine_again(engine, &one, tries)) {
			*err = one;
			return rc;
		}
		wf_log(WF_LOG_WARN, "%s; trying again", one.msg);
	}
}
