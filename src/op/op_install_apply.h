/* SPDX-License-Identifier: Apache-2.0
 *
 * The second half of op_install: a plan becomes statements and ledger rows.
 * Only for src/op/op_install*.c.
 */
#ifndef WF_OP_OP_INSTALL_APPLY_H
#define WF_OP_OP_INSTALL_APPLY_H

#include "op/op_install.h"

/* Inside the transaction that the plan was made in; ends it. */
WF_MUST enum wf_rc wf_op_install_apply(const struct wf_op_install *, struct wf_engine *,
                                       struct wf_op_installed *, struct wf_err *err);

/* The members of a row that are the same for every row of the run. */
void wf_op_install_row(const struct wf_live *, const struct wf_policy *const *policies,
                       size_t npolicies, struct wf_json *settings,
                       struct wf_ledger_row *out, char policy_hash[WF_DIGEST_TEXT]);
/* The engine's settings as the server has them, {"name":"value"}. */
struct wf_json *wf_op_install_settings(const struct wf_live *);

#endif
