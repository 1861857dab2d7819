/* SPDX-License-Identifier: Apache-2.0
 *
 * A plan as a file: what was seen when it was made (hashes of manifest files,
 * policy, ledger head and live state) and the steps that came of it.  Nothing
 * in it is ever carried out or believed: apply works everything out again and
 * compares.  Pure; the file itself is op/op_plan.h.
 */
#ifndef WF_PLAN_SAVED_H
#define WF_PLAN_SAVED_H

#include "plan/steps.h"

#define WF_SAVED_SCHEMA "wasmfn-plan/v1"

struct wf_saved_file {
	const char *path; /* absolute */
	struct wf_digest hash;
};

struct wf_saved {
	const char *version;      /* of the wasmfn that made it: its steps are its own */
	const char *run, *created; /* said to people, compared with nothing */
	struct wf_strs manifests; /* -f, absolute; none: those of the configuration */
	struct wf_saved_file *files; /* every manifest file, as read */
	size_t nfiles;
	struct wf_digest policy;  /* wf_op_judge_hash */
	/* the configuration's name of the target; NULL: it has none, and --target
	 * is to be given again (a plan never says where to connect) */
	const char *target;
	const char *engine, *system_identifier, *database; /* identifier: NULL not readable */
	int64_t head_seq;         /* of the ledger; 0: it has no row */
	struct wf_digest head;
	struct wf_digest live;    /* wf_saved_live */
	const struct wf_json *steps; /* wf_steps_to_json */
	struct wf_digest digest;  /* of the document without it; set when read or written */
	struct wf_json *doc;
	struct wf_arena arena;
};
#define WF_SAVED_INIT {.version = NULL}
void wf_saved_free(struct wf_saved *); /* NULL is fine; not the struct itself */

/* SHA-256 over what the target has, as far as any role sees the same:
 * functions with everything read of them, the engine and its settings. */
void wf_saved_live(const struct wf_live *, struct wf_digest *out);
/* Engine, identifier, database, ledger head and live hash.  Borrows. */
void wf_saved_see(struct wf_saved *, const struct wf_live *);

/* Sets digest too.  Caller frees. */
struct wf_json *wf_saved_to_json(struct wf_saved *);
/* Strict: every member must be there, none may be more, and the whole must
 * hash to its digest.  WF_R_MALFORMED; a plan of another version of wasmfn is
 * WF_R_PLAN_STALE.  out is freed by the caller in any case. */
WF_MUST enum wf_rc wf_saved_from_text(struct wf_str, const char *name, struct wf_saved *out,
                                      struct wf_err *err);

/* What was seen then (first) and what is seen now, in this order:
 * WF_R_PLAN_STALE (65) other manifest files or another policy; paths are
 * compared when `paths` is set; WF_R_CONFIG (78) another target;
 * WF_R_LEDGER_MOVED (75); WF_R_LIVE_MOVED (2); WF_R_PLAN_DIFFERS (65). */
WF_MUST enum wf_rc wf_saved_same_inputs(const struct wf_saved *then, const struct wf_saved *now,
                                        bool paths, struct wf_err *err);
WF_MUST enum wf_rc wf_saved_same_state(const struct wf_saved *then, const struct wf_saved *now,
                                       struct wf_err *err);
WF_MUST enum wf_rc wf_saved_same_steps(const struct wf_saved *then, const struct wf_steps *now,
                                       struct wf_err *err);

#endif
