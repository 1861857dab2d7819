/* SPDX-License-Identifier: Apache-2.0
 *
 * Functions that no sandbox holds: in languages that PostgreSQL does not call
 * trusted, and in `c` and `internal`.  One that an extension made, and one
 * that the engine runs as it should, is none of them.
 */
#ifndef WF_ENGINE_UNTRUSTED_H
#define WF_ENGINE_UNTRUSTED_H

#include "engine/engine.h"

/* Fills live->untrusted and live->creators; one round trip. */
WF_MUST enum wf_rc wf_engine_untrusted(struct wf_engine *, struct wf_live *, struct wf_err *err);

#endif
