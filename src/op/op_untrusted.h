/* SPDX-License-Identifier: Apache-2.0
 *
 * Functions in untrusted languages beside the WASM ones: reported, and
 * forbidden where policy says so.
 */
#ifndef WF_OP_OP_UNTRUSTED_H
#define WF_OP_OP_UNTRUSTED_H

#include "op/op_install.h"

/* Fills live->untrusted.  WF_R_DENIED (15) when a policy in force forbids one
 * in a schema it guards. */
WF_MUST enum wf_rc wf_op_untrusted(const struct wf_op_install *, struct wf_engine *,
                                   struct wf_live *, struct wf_err *err);
/* [{"function","schema","language","owner"}] */
struct wf_json *wf_op_untrusted_json(const struct wf_live *);

#endif
