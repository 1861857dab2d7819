/* SPDX-License-Identifier: Apache-2.0
 *
 * One operand of inspect or check: its bytes read once into one private copy,
 * and that copy hashed and decoded.  What is judged is what was hashed.
 */
#ifndef WF_OP_OP_INSPECT_H
#define WF_OP_OP_INSPECT_H

#include "ref/ref.h"
#include "wasm/capability.h"

struct wf_op_inspect {
	const char *operand; /* as the user wrote it */
};

/* Filled as far as the run came: on failure ref, and the digest once the
 * bytes were read, so that the refusal can name what it is about. */
struct wf_inspected {
	struct wf_ref ref;
	struct wf_buf bytes;
	bool has_module;              /* bytes were read; module_digest is theirs */
	struct wf_digest module_digest;
	bool has_manifest;            /* came out of an artifact */
	struct wf_digest manifest_digest;
	const char *layout;           /* "L1", …; NULL for a file */
	struct wf_wasm *wasm;
	struct wf_capability *caps;   /* of each import */
};

#define WF_INSPECTED_INIT {.ref = WF_REF_INIT}

/* WF_R_NO_INPUT, WF_R_LIMIT, WF_R_IO, WF_R_MALFORMED.  Free out in any case. */
WF_MUST enum wf_rc wf_op_inspect(const struct wf_op_inspect *,
                                 struct wf_inspected *out, struct wf_err *err);
void wf_op_inspected_free(struct wf_inspected *);

#endif
