/* SPDX-License-Identifier: Apache-2.0
 *
 * Manifest files: desired state, as people edit it in git (contract section
 * 6).  Bytes in, immutable value out; every problem of a file in one run.
 */
#ifndef WF_MANIFEST_MANIFEST_H
#define WF_MANIFEST_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "field/field.h"
#include "ref/ref.h"

struct wf_manifest_preopen {
	const char *host_path, *guest_path;
	bool readonly;
};

struct wf_manifest_tcp {
	const char *host;
	unsigned port;
};

/* A call to make before the function is committed.  args in the order of the
 * types; NULL among them, and as expect: SQL NULL. */
struct wf_manifest_check {
	bool set, expect_set;
	const char **args;
	size_t nargs;
	const char *expect; /* the answer as text, as the type writes it */
};

enum wf_volatility { WF_VOLATILITY_UNSET = 0, WF_IMMUTABLE, WF_STABLE, WF_VOLATILE };
enum wf_yesno { WF_YESNO_UNSET = 0, WF_NO, WF_YES };

struct wf_manifest_entry {
	const char *file;      /* as given on the command line or found */
	unsigned line, column; /* of the entry */
	const char *target;    /* document form; NULL */
	const char *name, *schema;
	struct wf_ref ref;     /* always registry or oci:, always with a digest */
	struct wf_pos ref_pos;
	const char *export_name;         /* NULL: not given */
	const char **args;               /* NULL and nargs 0 with args_set false: not given */
	size_t nargs;
	bool args_set;
	const char *returns;             /* NULL: not given */
	enum wf_volatility volatility;
	enum wf_yesno strict;
	bool definer, security_set;      /* security: */
	const char *owner;               /* NULL: not given */
	const char **grants;
	size_t ngrants;
	bool grants_set;
	int64_t max_memory_bytes, fuel_per_call, epoch_deadline_ms, stack_size_bytes; /* -1 */
	bool wasi_set;
	const struct wf_manifest_preopen *preopens;
	size_t npreopens;
	const struct wf_manifest_tcp *tcp;
	size_t ntcp;
	const char *policy;              /* path of a further policy; NULL */
	const char *comment;
	struct wf_manifest_check check;
};

struct wf_manifest; /* the entries of one or more files */

/* Never fails. */
WF_MUST enum wf_rc wf_manifest_new(struct wf_manifest **out, struct wf_err *err);

/* Adds one file's entries.  All problems are collected and every entry that
 * is whole is kept; the return value is the most severe problem as an error:
 * WF_R_MALFORMED or WF_R_LIMIT (65; a digest of the wrong form too),
 * WF_R_TAG_ONLY (64) when a reference without a digest is all there is. */
WF_MUST enum wf_rc wf_manifest_add(struct wf_manifest *, struct wf_str yaml,
                                   const char *name, struct wf_err *err);

/* Reads files and directories (*.yaml in them, sorted): WF_R_NO_INPUT (66)
 * when a path is missing or no regular file, a directory has none, or none
 * is given; WF_R_LIMIT (65) above WF_MAX_MANIFEST_BYTES; WF_R_UNSAFE_FILE
 * (78).  The seed's path (wf_manifest_seed_path) is read also when the
 * directory it lies in is another user's, and unsafe_dir says so (finding
 * D24, low).  The problems of all files are collected before it returns. */
WF_MUST enum wf_rc wf_manifest_load(struct wf_manifest *,
                                    const char *const *paths, size_t n,
                                    struct wf_err *err);

/* After all files: two entries for one function in one target are an error at
 * the second.  The same schema.name with other `args`, said by both, is
 * another function.  An entry without a target counts for each. */
WF_MUST enum wf_rc wf_manifest_finish(struct wf_manifest *, struct wf_err *err);

/* One file for its problems alone, all of them (for lint). */
void wf_manifest_lint(struct wf_str yaml, const char *name,
                      struct wf_problems *out);

/* SYSCONFDIR/postgresql/wasm-functions.yaml */
const char *wf_manifest_seed_path(void);

size_t wf_manifest_count(const struct wf_manifest *);
const struct wf_manifest_entry *wf_manifest_at(const struct wf_manifest *, size_t i);
size_t wf_manifest_problems(const struct wf_manifest *);
const struct wf_problem *wf_manifest_problem_at(const struct wf_manifest *, size_t i);
/* i-th file read: path, SHA-256 of its bytes, and whether only its directory
 * is unsafe (why).  NULL at the end. */
struct wf_manifest_file {
	const char *path;
	struct wf_digest hash;
	bool unsafe_dir;
	char why[256];
};
const struct wf_manifest_file *wf_manifest_file_at(const struct wf_manifest *, size_t i);
void wf_manifest_freep(struct wf_manifest **);

/* The table of the document form, for tests; the list form is its
 * "functions". */
const struct wf_fields *wf_manifest_fields(void);

#endif
