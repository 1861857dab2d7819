/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn pin`: what the tags of a manifest file mean now, written behind
 * them.  Nothing is verified; a reference that has a digest is left alone.
 */
#ifndef WF_OP_OP_PIN_H
#define WF_OP_OP_PIN_H

#include "config/config.h"
#include "manifest/pin.h"

struct wf_op_pin {
	const struct wf_config *config; /* may be NULL */
	bool check;   /* write nothing */
	bool offline; /* ask no registry; with check nothing is resolved */
};

struct wf_op_pinned {
	struct wf_pins pins;
	bool resolved; /* pins[].digest are set */
	bool written;
};

#define WF_OP_PINNED_INIT {.pins = WF_PINS_INIT}

/* One file; all of its tags or none.  Each reference is asked for once.
 * Reasons: those of wf_pin_find, of wf_registry_resolve, of a layout
 * (no-input, not-found, ambiguous), offline 69, no-policy 12 where the machine
 * has a policy and no trust rule of it matches, those of wf_file_replace.
 * With check and something to pin: WF_E_DRIFT, err stays empty. */
WF_MUST enum wf_rc wf_op_pin(const struct wf_op_pin *, const char *path,
                             struct wf_op_pinned *out, struct wf_err *err);
void wf_op_pinned_free(struct wf_op_pinned *); /* NULL is fine */

#endif
