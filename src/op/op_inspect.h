/* SPDX-License-Identifier: Apache-2.0
 *
 * One operand of inspect or check: its bytes read once into one private copy,
 * and that copy hashed and decoded.  What is judged is what was hashed.
 */
#ifndef WF_OP_OP_INSPECT_H
#define WF_OP_OP_INSPECT_H

#include "op/op_fetch.h"
#include "wasm/capability.h"

/* One for a run: what references need is opened by the first of them, so that
 * a file costs nothing of it. */
struct wf_op_inspect {
	const char *config, *store; /* options; NULL: not given */
	bool offline;
	bool shallow; /* instructions are not looked at: for showing, never for judging */

	struct wf_config *cfg; /* private, with what follows */
	struct wf_store *st;
	struct wf_op_fetch fetch;
};
void wf_op_inspect_end(struct wf_op_inspect *);

/* Filled as far as the run came: on failure ref, and the digest once the
 * bytes were read, so that the refusal can name what it is about. */
struct wf_inspected {
	struct wf_ref ref;
	char *name;                   /* what was worked on: a tag is resolved */
	struct wf_buf bytes;
	bool has_module;              /* bytes were read; module_digest is theirs */
	struct wf_digest module_digest;
	bool has_manifest;            /* came out of an artifact */
	struct wf_digest manifest_digest;
	const char *layout;           /* "L1", …; NULL for a file */
	struct wf_artifact artifact;  /* empty for a file */
	struct wf_wasm *wasm;
	struct wf_capability *caps;   /* of each import */
	bool deep;                    /* show what is nested */
};

#define WF_INSPECTED_INIT {.ref = WF_REF_INIT, .artifact = WF_ARTIFACT_INIT}

/* operand: a file, a reference (fetched into the store unless it is there), or
 * a bare digest (the store alone).  A tag is resolved once.  The reasons of
 * wf_file_read, wf_op_fetch and wf_wasm_decode.  Free out in any case. */
WF_MUST enum wf_rc wf_op_inspect(struct wf_op_inspect *, const char *operand,
                                 struct wf_inspected *out, struct wf_err *err);
/* Operands of which several are to be inspected: references are fetched side by
 * side.  What became of each says wf_op_inspect. */
void wf_op_inspect_ahead(struct wf_op_inspect *, const char *const *operands, size_t n);
void wf_op_inspected_free(struct wf_inspected *);

#endif
