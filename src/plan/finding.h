/* SPDX-License-Identifier: Apache-2.0
 *
 * Findings: one thing that is wrong each, with an id that never changes its
 * meaning, a severity and a fingerprint.  The table of ids is here once;
 * wasmfn(1) and the tests are checked against it.  Pure.
 */
#ifndef WF_PLAN_FINDING_H
#define WF_PLAN_FINDING_H

#include "base/mem.h"
#include "dep/json.h"
#include "ref/digest.h"

/* X(id, class, exit code of a finding of severity high or critical, remedy) */
#define WF_FINDINGS(X) \
	X(D01, "module-bytes", WF_E_DIGEST, \
	  "Treat it as tampering: keep the evidence, take EXECUTE away, then put the signed module back with wasmfn install.") \
	X(D02, "digest-column", WF_E_DIGEST, \
	  "Treat it as tampering: the digest that the engine records is not that of the bytes. Reinstall with wasmfn install.") \
	X(D04, "missing", WF_E_DRIFT, \
	  "Find out who dropped, renamed or moved it, then run wasmfn install.") \
	X(D05, "foreign", WF_E_DRIFT, \
	  "Claim it in a manifest file, or remove it with wasmfn remove.") \
	X(D06, "signature", WF_E_DRIFT, \
	  "Put the declared signature back with wasmfn install.") \
	X(D07, "owner", WF_E_DRIFT, \
	  "Put the declared owner back with wasmfn install.") \
	X(D08, "privileges", WF_E_DRIFT, \
	  "Put the declared grants back with wasmfn install.") \
	X(D09, "security-definer", WF_E_DRIFT, \
	  "Review what the function could do as its owner, then put the declared security back with wasmfn install.") \
	X(D10, "attributes", WF_E_DRIFT, \
	  "Put the declared attributes back with wasmfn install.") \
	X(D11, "limits", WF_E_DRIFT, \
	  "Put the declared limits back with wasmfn install.") \
	X(D12, "capabilities", WF_E_DRIFT, \
	  "Take the capability away with wasmfn install, or ask for it in the manifest file.") \
	X(D13, "cluster-settings", WF_E_DRIFT, \
	  "Put the setting back (ALTER SYSTEM, ALTER DATABASE, ALTER ROLE or ALTER FUNCTION ... RESET), or change what is expected of the target.") \
	X(D15, "engine-version", WF_E_DRIFT, \
	  "Check where the extension came from, then reinstall the functions or change what is expected of the target.") \
	X(D16, "engine-integrity", WF_E_DIGEST, \
	  "Treat it as tampering with the engine: reinstall the extension, then the functions.") \
	X(D17, "untrusted-schema", WF_E_DRIFT, \
	  "Revoke the privilege, or move the function to a schema that policy allows.") \
	X(D20, "ledger", WF_E_DIGEST, \
	  "Treat it as tampering: compare the ledger with a backup and with the log of this host before installing again.") \
	X(D21, "no-longer-trusted", WF_E_UNTRUSTED, \
	  "Replace the artifact by one that today's policy accepts, or take EXECUTE away.") \
	X(D24, "unsafe-file", WF_E_CONFIG, \
	  "Give the file and its directories to root, writable by nobody else.") \
	X(D25, "pending", WF_E_PENDING, "Run wasmfn install.") \
	X(D26, "conflict", WF_E_DRIFT, \
	  "Find out who changed the database, then decide whether wasmfn install may overwrite it.") \
	X(D30, "unchecked", WF_E_UNCHECKED, \
	  "Give the role what `wasmfn reconcile` needs, then run it again.") \
	X(D31, "quarantined", WF_E_DRIFT, \
	  "Look at the evidence, then wasmfn install --release NAME or wasmfn remove NAME.") \
	X(D32, "transport", WF_E_DRIFT, \
	  "Give the server a certificate for its name and SCRAM-SHA-256, then take `insecure` out of the configuration.")

enum wf_finding_id {
#define WF_FINDING_ENUM(id, klass, code, remedy) WF_##id,
	WF_FINDINGS(WF_FINDING_ENUM)
#undef WF_FINDING_ENUM
	WF_FINDING_COUNT
};

enum wf_severity { WF_SEV_INFO, WF_SEV_LOW, WF_SEV_HIGH, WF_SEV_CRITICAL };

struct wf_finding {
	enum wf_finding_id id;
	const char *klass;
	enum wf_severity severity;
	enum wf_rc code; /* what it makes of the exit code; WF_OK for info and low */
	const char *target;
	const char *object;             /* "wasm.f(text)", "setting pg_wasm.allow_fs", … */
	const char *expected, *observed;
	const char *remedy;
	bool first_seen_here; /* D25: this host did not know the row before */
	char fingerprint[WF_DIGEST_TEXT];
};

/* Start with zeros and the target's identity. */
struct wf_findings {
	const char *target, *system_identifier, *database; /* borrowed */
	struct wf_finding *v;
	size_t n, cap;
	struct wf_arena arena; /* every string of v */
};
void wf_finding_free(struct wf_findings *); /* NULL is fine */

/* Adds one; strings are copied, NULL becomes "".  The fingerprint is over
 * system identifier, database, object, id and expected: not over what was
 * observed, so that a finding that changes stays the same finding.  Returned
 * pointer: until the next call. */
struct wf_finding *wf_finding_add(struct wf_findings *, enum wf_finding_id, enum wf_severity,
                                   const char *object, const char *expected,
                                   const char *observed);

/* Most severe first, then by id and object. */
void wf_finding_sort(struct wf_findings *);

const char *wf_finding_word(enum wf_finding_id); /* "D01" */
bool wf_finding_parse(const char *word, enum wf_finding_id *out);
const char *wf_finding_severity_word(enum wf_severity);

/* A member of findings[], contract section 4.  now: RFC 3339. */
struct wf_json *wf_finding_to_json(const struct wf_finding *, const char *now);

#endif
