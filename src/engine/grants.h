/* SPDX-License-Identifier: Apache-2.0
 *
 * The four database roles and the least that each needs: as SQL for an
 * administrator, and compared with what they have.  Changes nothing.
 */
#ifndef WF_ENGINE_GRANTS_H
#define WF_ENGINE_GRANTS_H

#include "engine/engine.h"

enum wf_grants_role { WF_GRANTS_READER = 0, WF_GRANTS_DEPLOYER, WF_GRANTS_AUDITOR, WF_GRANTS_NOBODY, WF_GRANTS_ROLES };
const char *wf_grants_role_name(enum wf_grants_role); /* "wasmfn_reader" */
const char *wf_grants_role_about(enum wf_grants_role);

/* The statements for one engine, in order, "-- …" lines between them; in the
 * arena.  engine: its name; one whose objects are not listed gets what all
 * need, and *whole is false.  owners: whom manifest files may name. */
void wf_grants_sql(const char *engine, const struct wf_strs *owners, struct wf_arena *,
                   struct wf_strs *out, bool *whole);

/* What one role has too little or too much. */
struct wf_grants_found {
	const char *role;      /* as the server has it */
	enum wf_grants_role as;
	bool lack;             /* else excess */
	const char *what;      /* "SELECT on table wasm.module", "superuser" */
	const char *cure;      /* SQL; NULL: none of one line */
};
/* Each of them that exists, and each login role that is a member of one:
 * that is judged for excess only.  *roles: how many were looked at. */
WF_MUST enum wf_rc wf_engine_grants(struct wf_engine *, struct wf_arena *,
                                    struct wf_grants_found **out, size_t *n, size_t *roles,
                                    struct wf_err *err);

#endif
