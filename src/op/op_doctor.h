/* SPDX-License-Identifier: Apache-2.0
 *
 * `doctor`: looks at what the other verbs would trip over, trusted roots
 * first.  Changes nothing and sends nothing.
 */
#ifndef WF_OP_OP_DOCTOR_H
#define WF_OP_OP_DOCTOR_H

#include "op/op_target.h"
#include "trust/root.h"

enum wf_op_doctor_state { WF_OP_DOCTOR_GOOD = 0, WF_OP_DOCTOR_NOTE, WF_OP_DOCTOR_BAD };

struct wf_op_doctor_item {
	const char *what;               /* "configuration", "trusted root" */
	const char *where;              /* a path; "" for none */
	enum wf_op_doctor_state state;
	enum wf_reason reason;          /* when bad */
	const char *says;               /* one phrase, escaped */
};

struct wf_op_doctor {
	const char *config; /* --config or NULL */
	const char *policy; /* --policy or NULL: the system policy */
	struct wf_instant now;
	/* --grants: the SQL for the three roles; with a target (NULL: none), what
	 * they have too little or too much there as well */
	bool grants;
	const struct wf_op_target *target;
	const char *engine; /* --engine, where there is no target; NULL */
};

struct wf_op_doctored {
	struct wf_op_doctor_item *v;
	size_t n, cap;
	struct wf_strs grants; /* SQL, a line each */
	struct wf_arena arena;
};
#define WF_OP_DOCTORED_INIT {.v = NULL}

/* How old a trusted root may grow before it is worth a note: the public-good
 * instance has changed about once a year, and is replaced well before. */
#define WF_OP_DOCTOR_OLD_DAYS 180

/* Looks at everything; WF_OK when nothing is bad, else the most severe code
 * with the first item that has it in err.  WF_R_USAGE: an engine that nobody
 * knows. */
WF_MUST enum wf_rc wf_op_doctor(const struct wf_op_doctor *, struct wf_op_doctored *out,
                                struct wf_err *err);
/* One more thing looked at; says is copied. */
void wf_op_doctor_add(struct wf_op_doctored *, const char *what, const char *where,
                      enum wf_op_doctor_state, enum wf_reason, const char *says);
void wf_op_doctored_free(struct wf_op_doctored *);

#endif
