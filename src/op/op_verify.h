/* SPDX-License-Identifier: Apache-2.0
 *
 * One operand of `verify`: find its signatures, judge them, say what became
 * of each.  Writes nothing; only of an oci: layout fetching keeps a copy.
 */
#ifndef WF_OP_OP_VERIFY_H
#define WF_OP_OP_VERIFY_H

#include "op/op_judge.h"
#include "ref/ref.h"

/* What a reference or a bare digest leads to. */
struct wf_op_verify_found {
	struct wf_artifact artifact;
	char ref[512]; /* canonical, with the digest */
};

struct wf_op_verify {
	struct wf_op_judge *judge;
	const char *bundle;        /* --bundle FILE or NULL */
	/* finds the artifact with its signatures (op_fetch in the program);
	 * never called for a file, with --bundle, or for a reference about which
	 * no rule may judge.  formats (WF_FORMAT_*): those that can count.  The
	 * caller of the callback frees the artifact. */
	enum wf_rc (*find)(void *arg, const struct wf_ref *, unsigned formats,
	                   struct wf_op_verify_found *out, struct wf_err *err);
	/* the digest of the module inside a packed one that was found; called
	 * only where a deny list names modules */
	enum wf_rc (*module)(void *arg, const struct wf_ref *, const struct wf_artifact *,
	                     struct wf_digest *out, struct wf_err *err);
	void *arg;
};

struct wf_op_verified {
	char ref[512];                 /* what was judged, with its digest */
	bool artifact;                 /* manifest and module are set */
	struct wf_digest manifest, module;
	bool packed;                   /* module is the layer that it is in, unless known */
	struct wf_digest digest;       /* of the file, or the bare digest */
	struct wf_judgement judgement;
};
#define WF_OP_VERIFIED_INIT {.artifact = false}

/* Operand: registry or oci: reference (a tag is resolved once), FILE or
 * sha256:HEX.  --bundle goes with a file or a bare digest (WF_R_USAGE
 * otherwise); a file needs it; a bare digest without it names a manifest in
 * the store.  WF_OK: everything that judges is satisfied.  out is filled as
 * far as it came, on refusal too. */
WF_MUST enum wf_rc wf_op_verify(const struct wf_op_verify *, const char *operand,
                                struct wf_op_verified *out, struct wf_err *err);
void wf_op_verified_free(struct wf_op_verified *);

#endif
