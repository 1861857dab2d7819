/* SPDX-License-Identifier: Apache-2.0
 *
 * Which targets a verb works on, and which manifest files say what each of
 * them should have: --target, --engine, -f and the configuration put
 * together, so that install and reconcile cannot differ.
 */
#ifndef WF_OP_OP_TARGET_H
#define WF_OP_OP_TARGET_H

#include "config/config.h"
#include "engine/engine.h"
#include "manifest/manifest.h"

struct wf_op_target {
	struct wf_engine_target engine;        /* verb and read_only are the caller's */
	const struct wf_config_target *config; /* NULL: named on the command line */
};

struct wf_op_targets {
	struct wf_op_target *v; /* malloc'ed; everything in it is borrowed */
	size_t n;
};

/* option: --target (NAME, CONNINFO, URI) or NULL: all of the configuration,
 * else one by libpq's own defaults.  engine: --engine or NULL.  A name that
 * the configuration does not have is WF_R_USAGE, and so is a password in
 * option. */
WF_MUST enum wf_rc wf_op_targets(const struct wf_config *, const char *option,
                                 const char *engine, struct wf_op_targets *out,
                                 struct wf_err *err);
void wf_op_targets_free(struct wf_op_targets *); /* NULL is fine */

/* The manifest files of one target. */
struct wf_op_claims {
	struct wf_manifest *manifest;
	/* those of its entries that are for this target */
	const struct wf_manifest_entry **v;
	size_t n;
	/* A file that must not be believed (WF_R_UNSAFE_FILE), left out: D24.
	 * Only with keep_going. */
	bool unsafe;
	struct wf_err unsafe_why;
	char unsafe_path[512];
	struct wf_strs paths; /* as looked at */
};

/* A pattern gives what matches, sorted; a plain path stays as it is, so that a
 * missing file is an error that names it.  Appended to *paths, all malloc'ed. */
WF_MUST enum wf_rc wf_op_target_expand(const char *pattern, struct wf_strs *paths,
                                       struct wf_err *err);

/* -f if there is any, else the target's `manifests` (patterns as the shell
 * knows them), else the system's.  No file at all: WF_R_NO_INPUT.
 * keep_going: an unsafe file is no failure but is left out and said. */
WF_MUST enum wf_rc wf_op_claims_load(const struct wf_op_target *, const char *const *files,
                                     size_t nfiles, bool keep_going,
                                     struct wf_op_claims *out, struct wf_err *err);
void wf_op_claims_free(struct wf_op_claims *); /* NULL is fine */

#endif
