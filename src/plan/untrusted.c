/* SPDX-License-Identifier: Apache-2.0
 *
 * Guarded schemas.  Must never leave one out because no list was given.
 */
#include "plan/untrusted.h"

bool
wf_untrusted_denied(const struct wf_function_policy *f, const struct wf_live_untrusted *u)
{
	size_t i;

	if (!f || !f->set || f->untrusted != WF_DENY)
		return false;
	for (i = 0; i < f->schemas.n; i++)
		if (wf_policy_glob(f->schemas.v[i], u->schema))
			return true;
	return f->schemas.n == 0;
}
