/* SPDX-License-Identifier: Apache-2.0
 *
 * /etc/wasmfn/config.yaml as a value, and where the files of section 5 are.
 */
#ifndef WF_CONFIG_CONFIG_H
#define WF_CONFIG_CONFIG_H

#include "policy/policy.h"

struct wf_config_target {
	const char *name;
	struct wf_pos pos;
	const char *engine;            /* NULL: auto */
	const char *conninfo;          /* libpq's own text; never in argv, no password in it */
	struct wf_strs manifests;      /* paths, globs */
	const char *system_identifier; /* NULL: not pinned */
	const char *expect_version;    /* expect.extensionVersion; NULL: ledger's */
	struct wf_pair *expect_settings;
	size_t nexpect_settings;
	bool insecure;                 /* insecure: {sslmode, reason} */
	const char *insecure_sslmode, *insecure_reason;
	int64_t wave;                  /* from 1; 0 when no target has one */
};

/* Stands in for a registry: its repositories below a path of another. */
struct wf_config_mirror {
	const char *host; /* host[:port] */
	const char *path; /* NULL: none */
};

struct wf_config_registry {
	const char *host; /* host[:port] */
	const char *path; /* of this part of it alone; NULL: all of it */
	struct wf_pos pos;
	bool plain_http;
	const char *ca;   /* PEM file; NULL: the system's */
	const char *client_cert, *client_key; /* PEM files, both or none */
	bool mirrors_set; /* an empty list says: none here */
	const struct wf_config_mirror *mirrors; /* in the order to ask them */
	size_t nmirrors;
	bool blocked;
};

struct wf_config_alerts {
	bool syslog_set;
	const char *socket;   /* NULL: /dev/log where it exists */
	int facility;         /* LOG_DAEMON … already shifted; default LOG_AUTHPRIV */
	const char *ident;    /* "wasmfn" */
};

struct wf_config; /* owns everything */

/* path NULL: the default file, which may be missing (an empty config); a
 * named one must exist.  Safe owner and mode demanded. */
WF_MUST enum wf_rc wf_config_load(const char *path, struct wf_config **out,
                                  struct wf_err *err);
WF_MUST enum wf_rc wf_config_parse(struct wf_str yaml, const char *name,
                                   struct wf_config **out, struct wf_err *err);
/* The same for its problems alone, all of them (for lint). */
void wf_config_lint(struct wf_str yaml, const char *name,
                    struct wf_problems *out);
void wf_config_freep(struct wf_config **);

const struct wf_config_target *wf_config_target(const struct wf_config *, const char *name);
const struct wf_config_target *wf_config_target_at(const struct wf_config *, size_t i);
/* How a host is spoken to; NULL: as built in. */
const struct wf_config_registry *wf_config_registry(const struct wf_config *, const char *host);
const struct wf_config_registry *wf_config_registry_at(const struct wf_config *, size_t i);
/* The entry that forbids to speak to a repository; no other lifts it. */
const struct wf_config_registry *wf_config_blocked(const struct wf_config *,
                                                   const char *host, const char *path);
/* The most specific entry with mirrors for a repository; NULL: it has none.
 * What of the path goes behind a mirror's is what the entry's leaves. */
const struct wf_config_registry *wf_config_mirrored(const struct wf_config *,
                                                    const char *host, const char *path);
const struct wf_config_alerts *wf_config_alerts(const struct wf_config *);
const char *wf_config_store(const struct wf_config *); /* NULL: not given */
const char *wf_config_state(const struct wf_config *);

/* The table of the file, for tests. */
const struct wf_fields *wf_config_fields(void);

/* Paths, decided once from uid, SYSCONFDIR (compiled in) and passwd:
 * returned strings live as long as the process. */
const char *wf_paths_config(void);
/* policy.yaml and the *.yaml of policy.d, sorted: the machine's, which bind its
 * users too; where it has none, the user's.  n 0: there is none. */
struct wf_strs wf_paths_policies(void);
/* Manifest files, sorted: the seed's path, then the system's manifests.d; for
 * a user with a manifests.d of their own, that alone. */
struct wf_strs wf_paths_manifests(void);
const char *wf_paths_store(void);
const char *wf_paths_state(void);

#endif
