/* SPDX-License-Identifier: Apache-2.0
 *
 * The one way to an artifact: from the store if it is there with its
 * signatures, else pulled into it.  Verdicts are not its business.
 */
#ifndef WF_OP_OP_FETCH_H
#define WF_OP_OP_FETCH_H

#include "config/config.h"
#include "ref/artifact.h"
#include "ref/ref.h"
#include "store/store.h"

struct wf_registry_session;

/* One for a run: connections, tokens and logins are kept in it.  Zero
 * everything that is not set. */
struct wf_op_fetch {
	const struct wf_config *config; /* may be NULL */
	struct wf_store *store;         /* open for writing, unless offline */
	bool offline;       /* the store alone: WF_R_OFFLINE when it is not there */
	bool refresh;       /* ask for signatures again */
	bool no_signatures; /* do not ask for signatures */
	bool allow_tag;     /* resolve a tag, once; else WF_R_TAG_ONLY */
	/* WF_FORMAT_*, WF_ASK_ATTESTATIONS: signatures of other formats are not
	 * asked for unless there is none of these; 0: all */
	unsigned formats;
	/* asked for beside them when something is asked for at all, WF_ASK_*; with
	 * formats 0 what signs nothing is */
	unsigned also;
	/* manifest and signatures of a registry's artifact alone, in memory:
	 * nothing is stored and the module is not asked for */
	bool peek;
	bool recheck;       /* hash the module again when it is in the store */
	bool keep;          /* and what was read for that into out->module */

	struct wf_registry_session *session; /* private; made on first use */
	/* private: what was read or tried in this run, each reference once */
	struct wf_op_fetch_read *read;
	size_t nread, readcap;
	size_t peeked_bytes; /* what was peeked at ahead has in memory */
};

struct wf_op_fetched {
	struct wf_artifact artifact;
	struct wf_buf module;  /* hashed; empty when it was not read here */
	bool from_store;       /* nothing was transferred */
	bool signatures_asked; /* false: --no-signatures, now or then */
	char ref[512];         /* canonical: repository@sha256:…, no tag */
};

#define WF_OP_FETCHED_INIT {.artifact = WF_ARTIFACT_INIT}

/* ref: registry, oci: or a bare digest (then the store alone).  After WF_OK
 * the module is in the store: wf_store_module(f->store, &out->artifact, …).
 * An oci: layout must be there (no-input 66); it is read in each run, once,
 * and copied into the store, which is made writable for that where it can be.
 * Where it cannot, what the store has of it is the answer.
 * Reasons: not-found 11, digest-mismatch and size-mismatch 16, auth 77,
 * unavailable 69, try-again 75, protocol 76, malformed and limit 65, io 74. */
WF_MUST enum wf_rc wf_op_fetch(struct wf_op_fetch *, const struct wf_ref *ref,
                               struct wf_op_fetched *out, struct wf_err *err);

/* The digest of the module of what was fetched, from where it is: out of the
 * layer that it is packed in.  Nothing is stored.  The reasons of
 * wf_source_module. */
WF_MUST enum wf_rc wf_op_fetch_module(struct wf_op_fetch *, const struct wf_ref *ref,
                                      const struct wf_artifact *, struct wf_digest *module,
                                      struct wf_err *err);

/* References of which several are to be fetched. */
struct wf_op_fetch_list {
	struct wf_op_fetch_want {
		struct wf_ref ref;
		unsigned formats; /* as wf_op_fetch.formats */
	} *v;
	size_t n, cap;
};
/* Only references to a registry with a digest, each once; all else is left to
 * wf_op_fetch. */
void wf_op_fetch_list_add(struct wf_op_fetch_list *, const char *text, unsigned formats);
void wf_op_fetch_list_free(struct wf_op_fetch_list *);

/* Brings side by side into the store what it has not, WF_MAX_FETCH_BATCH
 * artifacts a transaction.  Tells nothing: what became of each says
 * wf_op_fetch, which then sends no request for it again.  One that fails keeps
 * no other from coming. */
void wf_op_fetch_many(struct wf_op_fetch *, const struct wf_op_fetch_list *);

void wf_op_fetched_free(struct wf_op_fetched *); /* NULL is fine */
/* Ends the session; the store stays with the caller. */
void wf_op_fetch_end(struct wf_op_fetch *);

#endif
