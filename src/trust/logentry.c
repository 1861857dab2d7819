/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads log entries.  Must never take a member that is absent for one that
 * was checked: has_promise and has_proof are false unless all of it is there.
 */
#include "trust/logentry.h"

#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "trust/merkle.h"
#include "trust/proto.h"

static enum wf_rc
malformed(struct wf_err *err, const char *what)
{
	return wf_err_set(err, WF_R_CANDIDATE_MALFORMED, "%s", what);
}

static enum wf_rc
read_promise(const struct wf_json *promise, struct wf_arena *arena,
             struct wf_logentry *e, struct wf_err *err)
{
	static const char *const members[] = {"signedEntryTimestamp", NULL};
	enum wf_rc rc;

	if (!promise)
		return WF_OK;
	if ((rc = wf_proto_object(promise, "inclusionPromise", members, err)) ||
	    (rc = wf_proto_bytes(promise, "inclusionPromise", "signedEntryTimestamp", arena,
	                         &e->promise, err)))
		return rc;
	if (e->promise.len == 0)
		return wf_err_set(err, WF_R_LOG_PROOF_INVALID,
		                  "log entry with an empty inclusion promise");
	e->has_promise = true;
	return WF_OK;
}

static enum wf_rc
read_hashes(const struct wf_json *proof, struct wf_arena *arena,
            struct wf_logentry *e, struct wf_err *err)
{
	const struct wf_json *list;
	struct wf_buf raw = WF_BUF_INIT(WF_MERKLE_BYTES);
	struct wf_str text;
	size_t i;
	int bad;
	enum wf_rc rc;

	if ((rc = wf_proto_array(proof, "inclusionProof", "hashes", WF_MERKLE_MAX_PATH, &list,
	                         &e->nhashes, err)))
		return rc;
	e->hashes = wf_arena_alloc(arena, (e->nhashes + 1) * sizeof(*e->hashes));
	for (i = 0; i < e->nhashes; i++) {
		bad = !wf_json_str(wf_json_at(list, i), &text) ||
		      wf_enc_unbase64(text, &raw, NULL) || raw.len != WF_MERKLE_BYTES;
		if (!bad)
			e->hashes[i] = wf_arena_dup(arena, wf_buf_str(&raw));
		wf_buf_free(&raw);
		if (bad)
			return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
			                  "inclusionProof.hashes[%zu]: not the base64 of 32 bytes", i);
	}
	return WF_OK;
}

static enum wf_rc
read_proof(const struct wf_json *proof, unsigned minor, struct wf_arena *arena,
           struct wf_logentry *e, struct wf_err *err)
{
	static const char *const members[] = {"logIndex", "rootHash", "treeSize",
	                                      "hashes", "checkpoint", NULL};
	static const char *const checkpoint_members[] = {"envelope", NULL};
	const struct wf_json *checkpoint = wf_json_get(proof, "checkpoint");
	enum wf_rc rc;

	if (!proof)
		return WF_OK;
	if ((rc = wf_proto_object(proof, "inclusionProof", members, err)) ||
	    (rc = wf_proto_int64(proof, "inclusionProof", "logIndex", &e->proof_index, err)) ||
	    (rc = wf_proto_int64(proof, "inclusionProof", "treeSize", &e->tree_size, err)) ||
	    (rc = wf_proto_bytes(proof, "inclusionProof", "rootHash", arena, &e->root, err)) ||
	    (rc = read_hashes(proof, arena, e, err)))
		return rc;
	if (e->proof_index < 0 || e->tree_size < 0 || e->root.len != WF_MERKLE_BYTES)
		return malformed(err, "inclusionProof: index, tree size or root hash is none");
	if (checkpoint &&
	    ((rc = wf_proto_object(checkpoint, "checkpoint", checkpoint_members, err)) ||
	     (rc = wf_proto_string(checkpoint, "checkpoint", "envelope", &e->checkpoint, err))))
		return rc;
	/* bundles of 2023 have such proofs; the promise they must carry is
	 * then the only thing that the log signed */
	e->has_proof = minor >= 2 || e->checkpoint.len > 0;
	return WF_OK;
}

/* protobuf-specs: 0.1 carries a promise, 0.2 and later a proof. */
static enum wf_rc
check_version(const struct wf_logentry *e, unsigned minor, struct wf_err *err)
{
	if (minor == 1 && !e->has_promise)
		return wf_err_set(err, WF_R_LOG_PROOF_MISSING,
		                  "log entry without an inclusion promise, which version 0.1 needs");
	if (minor >= 2 && !e->has_proof)
		return wf_err_set(err, WF_R_LOG_PROOF_MISSING,
		                  "log entry without an inclusion proof, which version 0.%u needs",
		                  minor);
	return WF_OK;
}

enum wf_rc
wf_logentry_bundle(const struct wf_json *j, unsigned minor, struct wf_arena *arena,
                   struct wf_logentry *e, struct wf_err *err)
{
	static const char *const members[] = {"logIndex", "logId", "kindVersion",
	                                      "integratedTime", "inclusionPromise",
	                                      "inclusionProof", "canonicalizedBody", NULL};
	static const char *const id_members[] = {"keyId", NULL};
	static const char *const kind_members[] = {"kind", "version", NULL};
	const struct wf_json *id = wf_json_get(j, "logId"), *kind = wf_json_get(j, "kindVersion");
	enum wf_rc rc;

	memset(e, 0, sizeof(*e));
	if ((rc = wf_proto_object(j, "tlogEntries[]", members, err)) ||
	    (rc = wf_proto_object(id, "logId", id_members, err)) ||
	    (rc = wf_proto_bytes(id, "logId", "keyId", arena, &e->log_id, err)) ||
	    (rc = wf_proto_object(kind, "kindVersion", kind_members, err)) ||
	    (rc = wf_proto_string(kind, "kindVersion", "kind", &e->kind, err)) ||
	    (rc = wf_proto_string(kind, "kindVersion", "version", &e->version, err)) ||
	    (rc = wf_proto_int64(j, "tlogEntries[]", "integratedTime", &e->integrated, err)) ||
	    (rc = wf_proto_int64(j, "tlogEntries[]", "logIndex", &e->index, err)) ||
	    (rc = wf_proto_bytes(j, "tlogEntries[]", "canonicalizedBody", arena, &e->body, err)))
		return rc;
	if (e->index < 0)
		return malformed(err, "tlogEntries[].logIndex is negative");
	if (e->log_id.len == 0)
		return malformed(err, "tlogEntries[].logId.keyId: missing");
	if (e->kind.len == 0 || e->version.len == 0)
		return malformed(err, "tlogEntries[].kindVersion: kind or version missing");
	if (e->body.len == 0)
		return malformed(err, "tlogEntries[].canonicalizedBody: missing");
	if ((rc = read_promise(wf_json_get(j, "inclusionPromise"), arena, e, err)) ||
	    (rc = read_proof(wf_json_get(j, "inclusionProof"), minor, arena, e, err)))
		return rc;
	return check_version(e, minor, err);
}

/* Hex of a key's SHA-256, as cosign writes it. */
static enum wf_rc
legacy_id(const struct wf_json *payload, struct wf_arena *arena, struct wf_str *out,
          struct wf_err *err)
{
	struct wf_str hex;
	uint8_t id[32];

	if (!wf_json_str(wf_json_get(payload, "logID"), &hex) ||
	    !wf_enc_unhex(hex, id, sizeof(id)))
		return malformed(err, "log annotation: Payload.logID is not 64 lower-case hex digits");
	*out = wf_arena_dup(arena, (struct wf_str){(const char *)id, sizeof(id)});
	return WF_OK;
}

enum wf_rc
wf_logentry_legacy(struct wf_str text, struct wf_arena *arena, struct wf_logentry *e,
                   struct wf_err *err)
{
	static const char *const members[] = {"SignedEntryTimestamp", "Payload", NULL};
	static const char *const payload_members[] = {"body", "integratedTime", "logIndex",
	                                              "logID", NULL};
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	const struct wf_json *payload;
	enum wf_rc rc;

	memset(e, 0, sizeof(*e));
	e->legacy = true;
	if ((rc = wf_proto_parse_unsigned(text, "log annotation", &j, err)) ||
	    (rc = wf_proto_object(j, "log annotation", members, err)))
		return rc;
	payload = wf_json_get(j, "Payload");
	if ((rc = wf_proto_object(payload, "Payload", payload_members, err)) ||
	    (rc = wf_proto_bytes(j, "log annotation", "SignedEntryTimestamp", arena, &e->promise,
	                         err)) ||
	    (rc = wf_proto_bytes(payload, "Payload", "body", arena, &e->body, err)) ||
	    (rc = legacy_id(payload, arena, &e->log_id, err)))
		return rc;
	if (!wf_json_int(wf_json_get(payload, "integratedTime"), &e->integrated) ||
	    !wf_json_int(wf_json_get(payload, "logIndex"), &e->index) || e->index < 0)
		return malformed(err, "log annotation: integratedTime and logIndex are integers, "
		                      "the index not negative");
	if (e->body.len == 0 || e->promise.len == 0)
		return malformed(err, "log annotation: body or SignedEntryTimestamp is empty");
	e->has_promise = true;
	return WF_OK;
}
