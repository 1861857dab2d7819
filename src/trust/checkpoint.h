/* SPDX-License-Identifier: Apache-2.0
 *
 * Checkpoints of logs (C2SP tlog-checkpoint) in signed notes (C2SP
 * signed-note), by the rules of Rekor v1 and v2.
 */
#ifndef WF_TRUST_CHECKPOINT_H
#define WF_TRUST_CHECKPOINT_H

#include "dep/sigkey.h"
#include "trust/instant.h"
#include "trust/merkle.h"

#define WF_CHECKPOINT_MAX_LINES 64u /* signatures; the log's own and witnesses' */
#define WF_CHECKPOINT_ID_BYTES 4u

struct wf_checkpoint_line {
	struct wf_str name;
	uint8_t id[WF_CHECKPOINT_ID_BYTES];
	struct wf_str text; /* base64 of id and signature, known to be that */
};

struct wf_checkpoint {
	struct wf_str signed_text; /* with its last newline */
	struct wf_str origin;
	int64_t size;
	uint8_t root[WF_MERKLE_BYTES];
	struct wf_checkpoint_line lines[WF_CHECKPOINT_MAX_LINES];
	size_t nlines;
};

/* Views into text.  WF_R_CHECKPOINT_INVALID for anything that is no
 * checkpoint; WF_R_CANDIDATE_LIMIT for too many lines. */
WF_MUST enum wf_rc wf_checkpoint_parse(struct wf_str text, struct wf_checkpoint *out,
                                       struct wf_err *err);

/* Whose checkpoint it has to be. */
struct wf_checkpoint_log {
	const struct wf_sigkey *key;
	struct wf_str spki; /* of the key, DER */
	/* Rekor v2: the origin, which is the key's name too.  Empty: Rekor v1,
	 * whose origin is "host - tree id" and whose key is named by the host */
	struct wf_str origin;
};

/* At least one line of that log, and every line of it verifies; lines of
 * others (witnesses) are not looked at here.  WF_R_CHECKPOINT_INVALID. */
WF_MUST enum wf_rc wf_checkpoint_verify(const struct wf_checkpoint *,
                                        const struct wf_checkpoint_log *,
                                        struct wf_err *err);

/* A witness (C2SP tlog-cosignature, version 1): an Ed25519 key and its name. */
struct wf_checkpoint_witness {
	const struct wf_sigkey *key;
	struct wf_str spki, name;
	struct wf_window window; /* a line of another time is one of a key not known */
};

/* Every line of that witness verifies.  *cosigned: there is one.
 * WF_R_CHECKPOINT_INVALID. */
WF_MUST enum wf_rc wf_checkpoint_cosigned(const struct wf_checkpoint *,
                                          const struct wf_checkpoint_witness *, bool *cosigned,
                                          struct wf_err *err);

/* What names a key in a note: C2SP signed-note for v2, the start of the
 * SHA-256 of its SubjectPublicKeyInfo for v1. */
void wf_checkpoint_key_id(const struct wf_sigkey *, struct wf_str spki, struct wf_str name,
                          bool v2, uint8_t out[WF_CHECKPOINT_ID_BYTES]);

#endif
