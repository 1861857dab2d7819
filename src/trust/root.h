/* SPDX-License-Identifier: Apache-2.0
 *
 * trusted_root.json (protobuf-specs sigstore_trustroot.proto): whom a
 * certificate, a log entry and a timestamp may come from, and when.  Read
 * strictly; a file that is wrong anywhere is refused whole, WF_R_CONFIG,
 * since it is what the operator named.
 */
#ifndef WF_TRUST_ROOT_H
#define WF_TRUST_ROOT_H

#include "base/mem.h"
#include "dep/sigkey.h"
#include "dep/x509.h"
#include "trust/instant.h"

#define WF_ROOT_ID_BYTES 32u

/* A transparency log, or a log of certificates. */
struct wf_root_log {
	struct wf_str base_url;          /* as written */
	struct wf_str origin;            /* host and port of base_url: what a v2 checkpoint says */
	uint8_t id[WF_ROOT_ID_BYTES];    /* logId.keyId */
	struct wf_str checkpoint_key_id; /* may be empty */
	struct wf_sigkey *key;           /* never NULL */
	struct wf_str spki;              /* DER SubjectPublicKeyInfo */
	struct wf_window window;
};

/* A certificate authority or a timestamp authority. */
struct wf_root_ca {
	struct wf_str uri;       /* may be empty */
	struct wf_x509 **certs;  /* never empty; leaf side first, the anchor last */
	size_t ncerts;
	/* the first certificate when it is no CA (a TSA's own), else NULL */
	const struct wf_x509 *leaf;
	/* what lies between: certs without leaf and anchor */
	struct wf_x509 *const *intermediates;
	size_t nintermediates;
	const struct wf_x509 *anchor;
	struct wf_window window; /* no start given: open, as the proto has it */
};

/* An entry that was left out, for messages. */
struct wf_root_skipped {
	const char *what; /* "tlogs[1]" */
	const char *why;
};

struct wf_root {
	const char *name; /* of the file */
	struct wf_root_log *logs, *ctlogs;
	size_t nlogs, nctlogs;
	struct wf_root_ca *cas, *tsas;
	size_t ncas, ntsas;
	/* logs whose key is of a kind that is not served */
	struct wf_root_skipped *skipped;
	size_t nskipped;
	struct wf_instant newest; /* latest start of any entry: how old the file is at least */
	struct wf_arena arena;
};

/* Known media type, no unknown or doubled member, logs with a key, an id and
 * a start, chains that are not empty.  *out is freed by the caller. */
WF_MUST enum wf_rc wf_root_parse(struct wf_str json, const char *name,
                                 struct wf_root **out, struct wf_err *err);
void wf_root_free(struct wf_root *); /* NULL is fine */
void wf_root_freep(struct wf_root **);

/* The log with that id, from *i on, which moves behind it; NULL when there is
 * none left.  One id may be there with several windows. */
const struct wf_root_log *wf_root_log_next(const struct wf_root_log *logs, size_t n,
                                           struct wf_str id, size_t *i);

#endif
