/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/logentry.c: what of an entry is kept, for each version of bundles and
 * for the legacy annotation; then one change at a time.
 */
#include "trust/logentry.h"

#include <stdlib.h>

#include "tests/lib/sign.h"
#include "tests/lib/tap.h"

#define HASH "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define ENTRY "{\"logIndex\":\"7\",\"logId\":{\"keyId\":\"AQID\"}," \
	"\"kindVersion\":{\"kind\":\"dsse\",\"version\":\"0.0.1\"},\"integratedTime\":\"1\"," \
	"\"inclusionPromise\":{\"signedEntryTimestamp\":\"AAAA\"}," \
	"\"inclusionProof\":{\"logIndex\":\"5\",\"rootHash\":\"" HASH "\",\"treeSize\":\"8\"," \
	"\"hashes\":[\"" HASH "\",\"" HASH "\"],\"checkpoint\":{\"envelope\":\"x\"}}," \
	"\"canonicalizedBody\":\"e30=\"}"
#define ID "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define LEGACY "{\"SignedEntryTimestamp\":\"AAAA\",\"Payload\":{\"body\":\"e30=\"," \
	"\"integratedTime\":1674247891,\"logIndex\":11545414,\"logID\":\"" ID "\"}}"

static enum wf_rc
read_entry(const char *json, const char *path, const char *value, unsigned minor,
           struct wf_logentry *e, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = sign_json(json);
	WF_AUTO(wf_arena_free) struct wf_arena arena = {NULL};
	WF_AUTO(wf_freep) char *text = NULL;
	struct wf_json *list;

	if (path) {
		WF_AUTO(wf_freep) char *wrapped = wf_asprintf("[%s]", value ? value : "0");

		list = sign_json(wrapped);
		sign_set(j, path, value ? wf_json_copy(wf_json_at(list, 0)) : NULL);
		wf_json_free(list);
	}
	if (minor)
		return wf_logentry_bundle(j, minor, &arena, e, err);
	text = sign_text(j);
	return wf_logentry_legacy(wf_str(text), &arena, e, err);
}

static void
kept(void)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = sign_json(ENTRY);
	WF_AUTO(wf_arena_free) struct wf_arena arena = {NULL};
	struct wf_logentry e;
	struct wf_err err = {0};

	ERR(wf_logentry_bundle(j, 3, &arena, &e, &err), &err, WF_R_OK, "an entry of 0.3");
	OK(e.index == 7 && e.proof_index == 5 && e.tree_size == 8 && e.integrated == 1,
	   "its numbers");
	OK(e.has_promise && e.has_proof && !e.legacy, "promise and proof are there");
	OK(e.nhashes == 2 && e.hashes[1].len == 32 && e.root.len == 32, "its hashes");
	OK(wf_str_eqz(e.body, "{}") && wf_str_eqz(e.log_id, "\x01\x02\x03"), "decoded");
	OK(wf_str_eqz(e.kind, "dsse") && wf_str_eqz(e.version, "0.0.1"), "kind and version");
	OK(wf_str_eqz(e.checkpoint, "x"), "checkpoint");
	ERR(wf_logentry_legacy(wf_str(LEGACY), &arena, &e, &err), &err, WF_R_OK,
	    "a legacy annotation");
	OK(e.legacy && e.has_promise && !e.has_proof && e.index == 11545414 &&
	   e.integrated == 1674247891 && e.log_id.len == 32 && wf_str_eqz(e.body, "{}"),
	   "what it says");
}

int
main(void)
{
	static const struct {
		const char *name;
		unsigned minor; /* 0: legacy */
		const char *path, *value;
		enum wf_reason reason;
		bool promise, proof;
	} rows[] = {
		{"R09 0.1 with both", 1, NULL, NULL, WF_R_OK, true, true},
		{"R09 0.1 without a promise", 1, "inclusionPromise", NULL, WF_R_LOG_PROOF_MISSING, 0, 0},
		{"R09 0.1 without a proof", 1, "inclusionProof", NULL, WF_R_OK, true, false},
		{"R09 0.1: a proof that nothing signs is none", 1, "inclusionProof.checkpoint", NULL,
		 WF_R_OK, true, false},
		{"R09 0.2 with both", 2, NULL, NULL, WF_R_OK, true, true},
		{"R09 0.2 without a proof", 2, "inclusionProof", NULL, WF_R_LOG_PROOF_MISSING, 0, 0},
		{"R09 0.2 without a promise", 2, "inclusionPromise", NULL, WF_R_OK, false, true},
		{"R09 0.3 without a proof", 3, "inclusionProof", NULL, WF_R_LOG_PROOF_MISSING, 0, 0},
		{"0.3: a proof without a checkpoint stays one, to be refused", 3,
		 "inclusionProof.checkpoint", NULL, WF_R_OK, true, true},
		{"R20 index 0", 3, "logIndex", NULL, WF_R_OK, true, true},
		{"R20 negative index", 3, "logIndex", "\"-1\"", WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"R25 0.3 with an empty promise", 3, "inclusionPromise.signedEntryTimestamp", "\"\"",
		 WF_R_LOG_PROOF_INVALID, 0, 0},
		{"R27 negative index in the proof", 3, "inclusionProof.logIndex", "\"-1\"",
		 WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"R27 negative tree size", 3, "inclusionProof.treeSize", "\"-1\"",
		 WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"R28 no root hash", 3, "inclusionProof.rootHash", NULL, WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"R28 root hash of 3 bytes", 3, "inclusionProof.rootHash", "\"AAAA\"",
		 WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"promise null", 3, "inclusionPromise", "null", WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"proof null", 3, "inclusionProof", "null", WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"legacy", 0, NULL, NULL, WF_R_OK, true, false},
		{"legacy without a promise", 0, "SignedEntryTimestamp", NULL,
		 WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"legacy without a body", 0, "Payload.body", NULL, WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"legacy without a payload", 0, "Payload", NULL, WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"legacy with a null payload", 0, "Payload", "null", WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"legacy with a body that is no string", 0, "Payload.body", "{}",
		 WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"legacy without a time", 0, "Payload.integratedTime", NULL, WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"legacy with a time in quotes", 0, "Payload.integratedTime", "\"1\"",
		 WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"R20 legacy negative index", 0, "Payload.logIndex", "-1", WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"legacy log id in capitals", 0, "Payload.logID",
		 "\"00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff\"",
		 WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"legacy log id too short", 0, "Payload.logID", "\"00\"", WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"R07 legacy unknown member", 0, "Payload.x", "1", WF_R_CANDIDATE_MALFORMED, 0, 0},
		{"R07 legacy base64url", 0, "SignedEntryTimestamp", "\"-_-_\"", WF_R_CANDIDATE_MALFORMED, 0, 0},
	};
	struct wf_logentry e;
	struct wf_err err;
	size_t i;

	kept();
	for (i = 0; i < WF_COUNT(rows); i++) {
		wf_err_clear(&err);
		ERR(read_entry(rows[i].minor ? ENTRY : LEGACY, rows[i].path, rows[i].value,
		               rows[i].minor, &e, &err), &err, rows[i].reason, rows[i].name);
		if (rows[i].reason == WF_R_OK)
			OK(e.has_promise == rows[i].promise && e.has_proof == rows[i].proof, rows[i].name);
	}
	return tap_done();
}
