/* SPDX-License-Identifier: Apache-2.0
 *
 * Time: the wall clock for records, the one deadline of the command, the run
 * id, and the counters behind --stats.
 */
#ifndef WF_SYS_CLOCK_H
#define WF_SYS_CLOCK_H

#include <stdint.h>

#include "base/cc.h"

#define WF_TIME_TEXT 32 /* room for "2026-11-21T08:00:00Z" */
#define WF_RUN_ID_TEXT 27

int64_t wf_clock_wall(void);    /* seconds since 1970, UTC */
int64_t wf_clock_mono_ms(void); /* monotonic milliseconds */

/* RFC 3339, UTC, whole seconds. */
void wf_clock_text(int64_t wall, char out[WF_TIME_TEXT]);

/* Strict RFC 3339 (any offset, optional fraction, which is dropped). */
WF_MUST int wf_clock_parse(const char *text, int64_t *wall); /* 0 or -1 */

/* The deadline of the whole command, --timeout.  0 = none. */
void wf_clock_set_deadline(unsigned seconds);
/* Milliseconds left, 0 when it has passed, `cap` when there is none or more
 * is left. */
int wf_clock_left_ms(int cap);

/* ULID of this run: 48 bits of time, 80 of randomness; the same for the
 * whole process. */
const char *wf_clock_run_id(void);

/* --stats */
struct wf_stats {
	uint64_t requests;     /* HTTP requests sent */
	uint64_t bytes_in;     /* bytes of HTTP bodies received */
	uint64_t round_trips;  /* SQL round trips */
};
extern struct wf_stats wf_clock_stats;

/* Adds the time since the last call to the phase named then; name is a
 * literal, NULL ends.  At most 16 names. */
void wf_clock_phase(const char *name);
/* Until it is called with NULL all time belongs to the phase named here: what
 * several do at a time is not told apart. */
void wf_clock_phase_only(const char *name);
/* i-th phase or NULL. */
const char *wf_clock_phase_at(unsigned i, uint64_t *ms);

#endif
