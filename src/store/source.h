/* SPDX-License-Identifier: Apache-2.0
 *
 * Where artifacts come from, as three questions: a registry and a layout on
 * disk answer them, so that signatures are found by the same code in both.
 */
#ifndef WF_STORE_SOURCE_H
#define WF_STORE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "dep/json.h"
#include "ref/digest.h"

/* Takes bytes as they arrive. */
struct wf_sink {
	enum wf_rc (*add)(void *arg, const void *p, size_t n, struct wf_err *err);
	void *arg;
};

struct wf_source_ops {
	/* Exact bytes of the manifest with that digest or, digest NULL, tag;
	 * out's max is the limit.  Hashed: *got is the digest of the bytes and
	 * equals the one asked for.  WF_R_NOT_FOUND when there is none. */
	enum wf_rc (*manifest)(void *self, const struct wf_digest *digest,
	                       const char *tag, struct wf_buf *out,
	                       struct wf_digest *got, struct wf_err *err);
	/* The blob, checked for size and digest by the source; the sink must
	 * not let it be seen before WF_OK.  name is for messages. */
	enum wf_rc (*blob)(void *self, const struct wf_digest *, int64_t size,
	                   const char *name, const struct wf_sink *,
	                   struct wf_err *err);
	/* Descriptors of manifests whose subject may be the digest: an array,
	 * unchecked, to be freed by the caller.  *by_tag: from the fallback
	 * tag.  *more: there were more than WF_MAX_REFERRERS. */
	enum wf_rc (*referrers)(void *self, const struct wf_digest *,
	                        struct wf_json **out, bool *by_tag, bool *more,
	                        struct wf_err *err);
	/* A local layout: forms are reported as "layout". */
	bool local;
};

struct wf_source {
	const struct wf_source_ops *ops;
	void *self;
};

#endif
