/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operand of pull, verify, inspect, check means.  Syntax decides,
 * never what exists on disk (contract section 2).
 */
#ifndef WF_REF_REF_H
#define WF_REF_REF_H

#include <stdbool.h>

#include "ref/digest.h"

enum wf_ref_kind {
	WF_REF_NONE = 0,
	WF_REF_REGISTRY, /* host[:port]/path[:tag][@sha256:…] */
	WF_REF_OCI_DIR,  /* oci:DIR[:tag][@sha256:…], oci-archive:FILE[:tag][@…] */
	WF_REF_FILE,     /* anything else; "./" forces it */
	WF_REF_DIGEST,   /* sha256:HEX alone */
};

struct wf_ref {
	enum wf_ref_kind kind;
	char *text;   /* as written */
	char *host;   /* registry: host[:port], as written */
	char *path;   /* registry: repository; oci: the directory; file: the file */
	bool archive; /* oci-archive: path is a tar of such a directory */
	char *tag;    /* NULL when absent */
	bool has_digest;
	struct wf_digest digest;
	/* What policy patterns see: host[:port]/path, or "oci:DIR" (an archive too), or "" for a
	 * file or a bare digest (matches only the pattern "**"). */
	char *match;
};

#define WF_REF_INIT {.kind = WF_REF_NONE}

/* Grammar: distribution-spec names, tags and digests; a first component is a
 * host only with '.' or ':' in it or when it is "localhost" (rules R-N1 to
 * R-N4 of the pull protocol).  Caller frees out with wf_ref_free. */
WF_MUST enum wf_rc wf_ref_parse(const char *text, struct wf_ref *out,
                                struct wf_err *err);

/* WF_R_TAG_ONLY with a hint that names `pin`, unless there is a digest (or
 * the kind needs none). */
WF_MUST enum wf_rc wf_ref_need_digest(const struct wf_ref *, struct wf_err *err);

/* Loopback host, for which plain http is the default: localhost,
 * *.localhost, 127.0.0.0/8, [::1]. */
bool wf_ref_is_loopback(const char *host);

/* Docker Hub answers under several names: docker.io for each of them, any other
 * host as it is.  Entries and logins of one count for all. */
const char *wf_ref_hub(const char *host);

void wf_ref_free(struct wf_ref *); /* NULL is fine */

#endif
