/* SPDX-License-Identifier: Apache-2.0
 *
 * Every reason word a user or a script can see, once: word, exit code and
 * one line of meaning.  wasmfn(1) and the tests are checked against it.
 */
#ifndef WF_BASE_REASON_H
#define WF_BASE_REASON_H

/* X(NAME, "word", exit code, "meaning") */
#define WF_REASONS(X) \
	X(OK, "ok", 0, "nothing is wrong") \
	X(FAILED, "failed", 1, "failed for a reason with no word of its own") \
	X(CLAIMED, "claimed", 1, "a manifest file claims the function") \
	X(CHECK_FAILED, "check-failed", 1, "the first call of a function failed or gave another answer") \
	X(DRIFT, "drift", 2, "what is deployed differs from what is wanted") \
	X(LIVE_MOVED, "live-moved", 2, "the database changed since the plan was made") \
	X(PENDING, "pending", 3, "the manifest file is ahead of the ledger") \
	X(UNCHECKED, "unchecked", 4, "something could not be checked") \
	X(WAVE, "wave", 4, "not begun: an earlier wave of targets did not go well") \
	X(NO_SIGNATURE, "no-signature", 10, "nothing signs the artifact") \
	X(NOT_FOUND, "not-found", 11, "the artifact does not exist") \
	X(NO_POLICY, "no-policy", 12, "no trust rule matches the reference") \
	X(SIGNATURE_MISMATCH, "signature-mismatch", 12, "the signature does not verify") \
	X(WRONG_KEY, "wrong-key", 12, "made by another key than those trusted") \
	X(SUBJECT_MISMATCH, "subject-mismatch", 12, "the signed statement is about something else") \
	X(PREDICATE_MISMATCH, "predicate-mismatch", 12, "the signed statement is of another kind") \
	X(ANNOTATION_MISMATCH, "annotation-mismatch", 12, "a demanded annotation is missing or differs") \
	X(PROVENANCE_MISMATCH, "provenance-mismatch", 12, "built by another builder or from another source than demanded") \
	X(UNSUPPORTED_ALGORITHM, "unsupported-algorithm", 12, "this build cannot verify that algorithm") \
	X(UNSUPPORTED_VERSION, "unsupported-version", 12, "a format version that is not known") \
	X(UNSIGNED_FORM, "unsigned-form", 12, "named, but never counts as a signature") \
	X(FORMAT_NOT_ALLOWED, "format-not-allowed", 12, "policy does not take signatures of this form") \
	X(NOT_TRUSTED, "not-trusted", 12, "what is deployed no longer satisfies the policy") \
	X(CERTIFICATE_CHAIN, "certificate-chain", 12, "the certificate leads to no trusted root, or may not sign") \
	X(KEYLESS_UNSUPPORTED, "keyless-unsupported", 12, "a keyless signature of a kind that is not judged") \
	X(KEY_TIME, "key-time", 12, "signed when the key was not in use") \
	X(CANDIDATE_MALFORMED, "malformed", 12, "not what its format says") \
	X(CANDIDATE_LIMIT, "limit", 12, "larger or more than the limit") \
	X(IDENTITY_MISMATCH, "identity-mismatch", 13, "the signer is not the identity asked for") \
	X(ISSUER_MISMATCH, "issuer-mismatch", 13, "the identity comes from another issuer") \
	X(CERTIFICATE_TIME, "certificate-time", 14, "signed outside the certificate's validity") \
	X(SCT_MISSING, "sct-missing", 14, "no signed certificate timestamp") \
	X(SCT_INVALID, "sct-invalid", 14, "a signed certificate timestamp does not verify") \
	X(LOG_PROOF_MISSING, "log-proof-missing", 14, "no transparency log proof") \
	X(LOG_PROOF_INVALID, "log-proof-invalid", 14, "a transparency log proof does not verify") \
	X(LOG_PROOF_MISMATCH, "log-proof-mismatch", 14, "the log entry is about something else") \
	X(CHECKPOINT_INVALID, "checkpoint-invalid", 14, "the log's checkpoint does not verify") \
	X(TIMESTAMP_MISSING, "timestamp-missing", 14, "no signed timestamp") \
	X(TIMESTAMP_INVALID, "timestamp-invalid", 14, "a signed timestamp does not verify") \
	X(DENIED, "denied", 15, "capability policy denies") \
	X(DIGEST_MISMATCH, "digest-mismatch", 16, "the bytes hash to something else") \
	X(SIZE_MISMATCH, "size-mismatch", 16, "more or fewer bytes than declared") \
	X(TAMPERED, "tampered", 16, "what is deployed was changed behind the ledger's back") \
	X(REVOKED, "revoked", 17, "on a deny list") \
	X(ROLLBACK_REFUSED, "rollback-refused", 18, "older than what is recorded") \
	X(WINDOW, "window", 20, "outside the change window, or frozen") \
	X(HELD, "held", 20, "rolled back, and held until its manifest entry changes") \
	X(QUARANTINED, "quarantined", 20, "in quarantine until it is released") \
	X(USAGE, "usage", 64, "the command line is wrong") \
	X(TAG_ONLY, "tag-only", 64, "a reference without a digest") \
	X(AMBIGUOUS, "ambiguous", 64, "more than one thing has that name") \
	X(MALFORMED, "malformed", 65, "not what its format says") \
	X(LIMIT, "limit", 65, "larger or more than the limit") \
	X(PLAN_REFUSED, "plan-refused", 65, "the plan cannot be carried out as asked") \
	X(DEPENDENTS, "dependents", 65, "stored results of the function would no longer be its own") \
	X(PLAN_STALE, "plan-stale", 65, "manifest file, policy or version is not that of the plan") \
	X(PLAN_DIFFERS, "plan-differs", 65, "worked out again, the plan comes out different") \
	X(UNFIT, "unfit", 65, "the engine cannot run the module") \
	X(NO_INPUT, "no-input", 66, "the file does not exist or cannot be read") \
	X(UNAVAILABLE, "unavailable", 69, "registry or database cannot be reached") \
	X(OFFLINE, "offline", 69, "not in the store, and the network is off") \
	X(BUG, "bug", 70, "a bug in wasmfn") \
	X(CANNOT_CREATE, "cannot-create", 73, "the output cannot be created") \
	X(IO, "io", 74, "reading or writing failed") \
	X(TRY_AGAIN, "try-again", 75, "busy or rate-limited; the same call may work later") \
	X(LEDGER_MOVED, "ledger-moved", 75, "something was applied since the plan was made") \
	X(TIMEOUT, "timeout", 75, "the command's time was used up") \
	X(PROTOCOL, "protocol", 76, "the peer does not speak its protocol") \
	X(ENGINE, "engine", 76, "the engine refused or is not what was expected") \
	X(AUTH, "auth", 77, "credentials are missing or refused") \
	X(PRIVILEGE, "privilege", 77, "the database role lacks a privilege") \
	X(CONFIG, "config", 78, "configuration, policy or trust material is wrong") \
	X(BLOCKED, "blocked", 78, "the configuration forbids to speak to that registry") \
	X(NO_SANDBOX, "no-sandbox", 78, "what speaks to the network cannot be shut in") \
	X(UNSAFE_FILE, "unsafe-file", 78, "owner or mode lets others change the file")

enum wf_reason {
#define WF_REASON_ENUM(name, word, code, meaning) WF_R_##name,
	WF_REASONS(WF_REASON_ENUM)
#undef WF_REASON_ENUM
	WF_R_COUNT
};

#endif
