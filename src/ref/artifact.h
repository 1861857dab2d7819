/* SPDX-License-Identifier: Apache-2.0
 *
 * One OCI artifact as exact bytes, with everything that may be a signature
 * of it: what the registry and the store produce, what the judge reads, what
 * the ledger keeps so that it can be judged again without a registry.
 * Nothing in here is trusted.
 */
#ifndef WF_REF_ARTIFACT_H
#define WF_REF_ARTIFACT_H

#include <stdbool.h>
#include <stdint.h>

#include "dep/json.h"
#include "ref/digest.h"
#include "ref/form.h"
#include "ref/layout.h"

/* One thing that may sign the artifact.  All members are from outside.
 * WF_FORM_LAYOUT (found in a local layout) is a legacy signature when
 * `signature` is set, else a bundle. */
struct wf_candidate {
	enum wf_form form;
	struct wf_digest digest; /* of payload, or of the manifest that holds it */
	/* simple signing payload, DSSE envelope or bundle JSON: exact bytes */
	char *payload;
	size_t payload_len;
	/* legacy annotations (sig-tag, att-tag); NULL when absent */
	char *signature;   /* base64 */
	char *certificate; /* PEM */
	char *chain;       /* PEM */
	char *bundle;      /* Rekor SET, JSON */
	char *timestamp;   /* RFC 3161, JSON */
	/* Not WF_R_OK: it could not even be collected, and why; the judge
	 * reports it as that and never counts it. */
	enum wf_reason broken;
	char detail[256];
};

struct wf_descriptor {
	char *media_type;
	struct wf_digest digest;
	int64_t size;
};

struct wf_artifact {
	struct wf_digest digest; /* what was asked for and is signed, checked */
	char *manifest;          /* exact bytes */
	size_t manifest_len;
	/* The image index between the two; NULL: digest is the manifest's own */
	char *index;
	size_t index_len;
	struct wf_digest child;  /* of manifest, in any case */
	/* from the manifest, by wf_artifact_open: */
	const char *layout;           /* "L1" to "L13" */
	enum wf_pack pack;            /* the module is in an archive in the layer */
	struct wf_descriptor layer;   /* the module, or what it is in */
	struct wf_descriptor config;
	char *artifact_type;          /* effective; NULL if none */
	char *ann_args, *ann_returns, *ann_export; /* dev.wasmfn.*; NULL if absent */
	struct wf_candidate *cand;
	size_t ncand, candcap;
};

#define WF_ARTIFACT_INIT {.layout = NULL}

/* Takes the bytes of an OCI image manifest (strict JSON, rules R-M1 to R-M6),
 * checks that they hash to *want, picks the module's layer (wf_layout_pick).
 * Bytes are copied. */
WF_MUST enum wf_rc wf_artifact_open(struct wf_str manifest,
                                    const struct wf_digest *want,
                                    struct wf_artifact *out, struct wf_err *err);

/* The same by way of an image index: the index hashes to *want, and the
 * manifest to what the index says (wf_child_pick), in that size. */
WF_MUST enum wf_rc wf_artifact_open_index(struct wf_str index, struct wf_str manifest,
                                          const struct wf_digest *want,
                                          struct wf_artifact *out,
                                          struct wf_err *err);

/* What was opened, opened again from its bytes: nothing but them is used. */
WF_MUST enum wf_rc wf_artifact_reopen(const struct wf_artifact *,
                                      struct wf_artifact *out, struct wf_err *err);

/* Appends an empty candidate; valid until the next call. */
struct wf_candidate *wf_artifact_add(struct wf_artifact *, enum wf_form);

/* Marks a candidate that could not be collected.  The text is escaped and cut
 * to fit. */
void wf_artifact_break(struct wf_candidate *, enum wf_reason, const char *fmt,
                       ...) WF_PRINTF(3, 4);
/* The reason of a candidate with that word; "malformed" for unknown words. */
enum wf_reason wf_artifact_broken_reason(const char *word);

/* The evidence: manifest bytes and candidates as JSON (base64 for bytes),
 * for the ledger and the store; read back with the same checks as open. */
struct wf_json *wf_artifact_to_json(const struct wf_artifact *);
/* The digest of the module, where the manifest has it: not of one that is in
 * an archive, whose digest shows when it is taken out. */
bool wf_artifact_module(const struct wf_artifact *, struct wf_digest *module);
/* The same from the manifest as evidence keeps it: base64 of bytes that must
 * hash to want.  Looks at nothing else. */
WF_MUST enum wf_rc wf_artifact_layer(struct wf_str base64, const struct wf_digest *want,
                                     struct wf_digest *module, struct wf_err *err);
WF_MUST enum wf_rc wf_artifact_from_json(const struct wf_json *,
                                         const struct wf_digest *want,
                                         struct wf_artifact *out,
                                         struct wf_err *err);

void wf_artifact_free(struct wf_artifact *); /* NULL is fine; may be reused */

#endif
