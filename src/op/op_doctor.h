/* SPDX-License-Identifier: Apache-2.0
 *
 * `doctor`: looks at what the other verbs would trip over, trusted roots
 * first.  Changes nothing and sends nothing.
 */
#ifndef WF_OP_OP_DOCTOR_H
#define WF_OP_OP_DOCTOR_H

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
};

struct wf_op_doctored {
	struct wf_op_doctor_item *v;
	size_t n, cap;
	struct wf_arena arena;
};
#define WF_OP_DOCTORED_INIT {.v = NULL}

/* How old a trusted root may grow before it is worth a note: the public-good
 * instance has changed about once a year, and is replaced well before. */
#define WF_OP_DOCTOR_OLD_DAYS 180

/* Looks at everything; WF_OK when nothing is bad, else the most severe code
 * with its first item in err. */
WF_MUST enum wf_rc wf_op_doctor(const struct wf_op_doctor *, struct wf_op_doctored *out,
                                struct wf_err *err);
void wf_op_doctored_free(struct wf_op_doctored *);

#endif
