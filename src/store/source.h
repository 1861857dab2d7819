/* SPDX-License-Identifier: Apache-2.0
 *
 * Where artifacts come from, as three questions: a registry and a layout on
 * disk answer them, so that signatures are collected by the same code from
 * both.
 */
#ifndef WF_STORE_SOURCE_H
#define WF_STORE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "policy/policy.h"
#include "ref/artifact.h"
#include "ref/digest.h"

/* What is asked for, beside WF_FORMAT_BUNDLE and WF_FORMAT_LEGACY. */
#define WF_ASK_ATTESTATIONS 4u /* under their tag; bundles hold both kinds */
#define WF_ASK_UNSIGNED 8u     /* what signs nothing and can only be named */

#define WF_FORMATS_SIGNATURES ((unsigned)WF_FORMAT_BUNDLE | (unsigned)WF_FORMAT_LEGACY)
/* Everything that can count. */
#define WF_FORMATS_ALL (WF_FORMATS_SIGNATURES | WF_ASK_ATTESTATIONS)

/* Takes bytes as they arrive. */
struct wf_sink {
	enum wf_rc (*add)(void *arg, const void *p, size_t n, struct wf_err *err);
	void *arg;
	bool checks; /* who gave it checks size and digest: once is enough */
	/* Forgets what was added: the blob comes again from its first byte,
	 * from another place.  NULL: that cannot be done. */
	enum wf_rc (*restart)(void *arg, struct wf_err *err);
	/* So many bytes it has from before, whose digest it checks with the
	 * rest; restart is set then. */
	int64_t have;
};

/* For a source that can give a blob from its beginning alone: the sink, made to
 * forget what it has. */
WF_MUST enum wf_rc wf_source_anew(const struct wf_sink *, struct wf_sink *out,
                                  struct wf_err *err);

/* A manifest that may hold signatures of the subject. */
struct wf_lead {
	enum wf_form form; /* BUNDLE_…: a referrer; what it is shows when read */
	bool named;        /* of a layout: its name says signatures of this subject */
	bool typed;        /* of a referrer: its descriptor says a kind of signature */
	struct wf_digest digest;
	char *bytes;       /* exact and hashed; NULL: still to be read */
	size_t len;
	enum wf_reason broken; /* not WF_R_OK: cannot be read, and why */
	char detail[256];
};

struct wf_leads {
	struct wf_lead *v;
	size_t n, cap;
};

/* Appends an empty lead; valid until the next call. */
struct wf_lead *wf_source_lead(struct wf_leads *, enum wf_form,
                               const struct wf_digest *);
void wf_source_lead_break(struct wf_lead *, enum wf_reason, const char *fmt, ...)
	WF_PRINTF(3, 4);
void wf_source_leads_free(struct wf_leads *);

/* A referrer's descriptor that says it is something else than a signature is
 * not read, nor one of a format (WF_FORMAT_*) that is not asked for.  type:
 * artifactType, NULL when absent; what it does not tell shows when read. */
bool wf_source_may_sign(const char *type, unsigned formats);
/* One that says that it is a signature. */
bool wf_source_signs(const char *type);

struct wf_source_ops {
	/* Exact bytes of the manifest with that digest, hashed; out's max is
	 * the limit.  WF_R_NOT_FOUND when there is none. */
	enum wf_rc (*manifest)(void *self, const struct wf_digest *,
	                       struct wf_buf *out, struct wf_err *err);
	/* The blob, checked for size and digest by the source unless the sink
	 * does; nothing of it may be seen before WF_OK.  name is for
	 * messages. */
	enum wf_rc (*blob)(void *self, const struct wf_digest *, int64_t size,
	                   const char *name, const struct wf_sink *,
	                   struct wf_err *err);
	/* Everything that may sign the subject, at most WF_MAX_REFERRERS and
	 * the tags; what is left out is a broken lead (limit).  No request is
	 * sent for what is not of the formats (WF_FORMAT_*); a source on disk
	 * may give all. */
	enum wf_rc (*leads)(void *self, const struct wf_digest *subject,
	                    unsigned formats, struct wf_leads *out,
	                    struct wf_err *err);
};

struct wf_source {
	const struct wf_source_ops *ops;
	void *self;
	bool waits; /* an answer takes its time: worth asking side by side */
};

/* Opens the artifact whose manifest, or index, has these bytes: of an index
 * the manifest for WASM is read from the source too. */
WF_MUST enum wf_rc wf_source_artifact(const struct wf_source *, struct wf_str text,
                                      const struct wf_digest *,
                                      struct wf_artifact *out, struct wf_err *err);

/* A blob into memory; out's max bounds it (WF_R_LIMIT before any transfer). */
WF_MUST enum wf_rc wf_source_read(const struct wf_source *,
                                  const struct wf_digest *, int64_t size,
                                  const char *name, struct wf_buf *out,
                                  struct wf_err *err);

/* The module, hashed; of a packed layer what is in it, the layer hashed.  out
 * must be empty with max WF_MAX_MODULE_BYTES or less; a larger module is
 * WF_R_LIMIT. */
WF_MUST enum wf_rc wf_source_module(const struct wf_source *, const struct wf_artifact *,
                                    struct wf_buf *out, struct wf_err *err);

#endif
