/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to registry/: one request to a repository, with login, retries and
 * the meaning of its status.
 */
#ifndef WF_REGISTRY_REQUEST_H
#define WF_REGISTRY_REQUEST_H

#include "base/mem.h"
#include "dep/http.h"
#include "registry/login.h"
#include "registry/registry.h"
#include "sys/task.h"

/* A place as it is asked by one repository: what another that is asked there
 * too need not know. */
struct wf_registry_use {
	struct wf_registry *place; /* the session's */
	bool once;            /* not tried again: there is another place to ask */
	struct wf_err cannot; /* set: it could not be spoken to, and is not again */
};

/* One for a repository and a session.  Tasks share it: strings that may be
 * replaced while one waits are copied before, or live as long as the session. */
struct wf_registry {
	struct wf_registry_session *session;
	char *host;   /* as written in references and logins */
	char *path;
	const char *origin; /* scheme://host[:port] of the API, the session's */
	const char *cert, *key; /* of ours, for this origin; NULL */
	bool plain;   /* http is what was decided on */
	bool undecided; /* loopback that has not answered yet */
	bool public_peer;
	/* A 404 that is no registry's error has said that there is not that part
	 * of the API.  Behind a gateway another repository may have it. */
	bool no_referrers;
	struct wf_login login;
	char *authorization; /* for this repository; NULL: none asked for */
	int64_t expires;     /* monotonic ms */

	/* The first request goes alone: one 401, one login, one decision
	 * between http and https, and not one for each task. */
	enum { WF_REGISTRY_NEW, WF_REGISTRY_ASKING, WF_REGISTRY_KNOWN } state;
	struct wf_task_queue waiting; /* for that, or for a login under way */
	bool logging_in;
	enum wf_rc login_rc;     /* of the last one */
	struct wf_err login_err;

	struct wf_err cannot; /* set: why nobody may ask it: no login, blocked */
	bool gone; /* nobody answered the last time: not tried again */
	/* The same repository elsewhere, asked before it (mirror.c). */
	bool opened;
	struct wf_registry_use *mirrors;
	size_t nmirrors;
	struct wf_registry_use alone; /* this place for itself */
};

struct wf_registry_session {
	const struct wf_config *config;
	struct wf_http *http;
	struct wf_arena arena; /* origins */
	struct wf_registry **repos;
	size_t nrepos, cap;
};

/* What is asked for, below /v2/<repository>/. */
struct wf_request {
	const char *what; /* "manifests/sha256:…" or "blobs/…", encoded */
	const char *url;  /* instead, an absolute URL of the same origin */
	const char *accept;
	const char *name; /* for messages: "manifest", "module" */
	bool may_miss;    /* 404 is an answer: WF_R_NOT_FOUND without a hint */
	bool *no_route;   /* NULL, or: it was a 404 that no registry wrote */
	bool once;        /* not tried again */
	enum wf_rc (*begin)(void *, const struct wf_http_response *, struct wf_err *);
	enum wf_rc (*body)(void *, const void *, size_t, struct wf_err *);
	void *arg;
	uint64_t max;
	uint64_t from;    /* 206 is an answer too */
};

/* One place, without its mirrors; the session's.  A login that cannot be had
 * is told when it is asked something. */
struct wf_registry *wf_registry_place(struct wf_registry_session *,
                                      const char *host, const char *path);
/* What a place alone answers. */
struct wf_source wf_registry_alone(struct wf_registry_use *);

/* Mirrors of r by the configuration, opened. */
void wf_mirror_open(struct wf_registry *);
/* All places in their order: what one does not have, or has wrong, the next
 * one may; the last is the registry itself, whose word is the answer. */
struct wf_source wf_mirror_source(struct wf_registry *);

/* Sends it, answers a challenge, tries again what is worth it (retry.h).  WF_OK
 * is a 200.  WF_R_AUTH 401/403, WF_R_NOT_FOUND 404, WF_R_TRY_AGAIN 408, 429 and
 * 503, WF_R_UNAVAILABLE other 5xx, WF_R_PROTOCOL for the rest. */
WF_MUST enum wf_rc wf_request_send(struct wf_registry *,
                                   const struct wf_request *,
                                   struct wf_http_response *out,
                                   struct wf_err *err);

/* A 200 that is a web page: WF_R_PROTOCOL "not a registry response". */
WF_MUST enum wf_rc wf_request_no_page(const struct wf_registry *,
                                      const struct wf_http_response *,
                                      struct wf_str body, const char *name,
                                      struct wf_err *err);

/* Where a repository may have signatures (referrers.c): under tags, and what
 * refers to the subject by the API or its fallback tag.  What they say is put
 * together in this order, so that it does not depend on which came first. */
enum wf_referrers_place {
	WF_REFERRERS_SIG,
	WF_REFERRERS_API,
	WF_REFERRERS_ATT,
	WF_REFERRERS_SBOM,
	WF_REFERRERS_PLACES,
};
/* Those that are asked for such formats, as bits. */
unsigned wf_referrers_places(unsigned formats);

struct wf_referrers_question {
	const struct wf_digest *subject;
	unsigned formats;
	bool last; /* nobody else is asked: that there is nothing is an answer */
};
struct wf_referrers_found {
	struct wf_leads at[WF_REFERRERS_PLACES];
};
void wf_referrers_found_free(struct wf_referrers_found *);

/* Asks the places, side by side, and adds to found what they say; out of
 * *places goes what need not be asked of another repository.  The error is that
 * of the first that failed; what the others said is in found. */
WF_MUST enum wf_rc wf_referrers_ask(const struct wf_registry_use *,
                                    const struct wf_referrers_question *,
                                    unsigned *places,
                                    struct wf_referrers_found *found,
                                    struct wf_err *err);
/* Moves what was found to out. */
void wf_referrers_join(struct wf_referrers_found *found,
                       const struct wf_digest *subject, struct wf_leads *out);

/* All of it from one repository. */
WF_MUST enum wf_rc wf_referrers_leads(const struct wf_registry_use *,
                                      const struct wf_digest *,
                                      unsigned formats,
                                      struct wf_leads *out, struct wf_err *err);

/* A manifest by tag or digest text; its digest is computed. */
WF_MUST enum wf_rc wf_registry_manifest(const struct wf_registry_use *,
                                        const char *what, bool may_miss, struct wf_buf *out,
                                        struct wf_http_response *res,
                                        struct wf_err *err);

#endif
