/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of doctor that looks into a database: the roles and what they may.
 */
#ifndef WF_OP_OP_DOCTOR_TARGET_H
#define WF_OP_OP_DOCTOR_TARGET_H

#include "op/op_doctor.h"

/* The SQL with in->grants, and with in->target what is there: adds items.
 * privilege 77 for what a role lacks, drift 2 for what it has too much; err is
 * filled by the first. */
WF_MUST enum wf_rc wf_op_doctor_target(const struct wf_op_doctor *, struct wf_op_doctored *,
                                       struct wf_err *err);

#endif
