/* SPDX-License-Identifier: Apache-2.0
 *
 * What in a database uses a function, as pg_depend has it: directly, and by
 * way of operators, functions with an SQL body, views and generated columns.
 * What text alone refers to (a string that a function executes) is not there.
 */
#ifndef WF_ENGINE_DEPENDENTS_H
#define WF_ENGINE_DEPENDENTS_H

#include "engine/engine.h"

struct wf_dependent {
	uint32_t oid;       /* of the function */
	const char *kind;   /* "index", "constraint", "view", … */
	const char *object; /* as PostgreSQL describes it */
	/* It keeps results, or relies on what the function said of rows that are
	 * there: index, CHECK constraint, generated column, partition key. */
	bool stored;
	const char *remedy; /* SQL that makes it true again, or shows where it is
	                     * not; NULL: none */
};

/* One round trip.  *out lives in the arena, in a stable order. */
WF_MUST enum wf_rc wf_engine_dependents(struct wf_engine *, const uint32_t *oids, size_t n,
                                        struct wf_arena *, struct wf_dependent **out,
                                        size_t *nout, struct wf_err *err);

#endif
