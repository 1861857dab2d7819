/* SPDX-License-Identifier: Apache-2.0
 *
 * A function as it is wanted, recorded or found: the one shape in which
 * manifest file (M), ledger (L) and live catalog (V) are compared field by
 * field.  A field that says nothing is "unset" and compares with nothing.
 * Start from WF_SPEC_INIT: a limit is unset when it is -1, not 0.
 */
#ifndef WF_PLAN_SPEC_H
#define WF_PLAN_SPEC_H

#include "base/mem.h"
#include "dep/json.h"
#include "manifest/manifest.h"
#include "policy/policy.h"

struct wf_spec {
	const char *schema, *name;
	const char *args;    /* "text, integer": types as the server names them; NULL unset */
	const char *returns; /* as the server names it; NULL unset */
	const char *export_name;         /* NULL unset */
	bool has_manifest, has_module;
	struct wf_digest manifest;       /* of the OCI manifest */
	struct wf_digest module;         /* of the WASM bytes */
	bool has_compiled;
	struct wf_digest compiled;       /* of what the engine compiled and runs in its place */
	enum wf_yesno definer, strict;
	enum wf_volatility volatility;
	const char *owner;               /* NULL unset */
	bool grants_set;
	struct wf_strs grants;           /* roles with EXECUTE besides the owner, sorted; "PUBLIC" */
	struct wf_limits limits;         /* -1 unset */
	const char *wasi;                /* canonical JSON; "null" no WASI; "{}" WASI without paths; NULL unset */
	const char *comment;             /* NULL unset */
};

/* The limits as rows: the same names in manifest file, policy, engine and
 * ledger.  i < WF_LIMIT_COUNT. */
#define WF_LIMIT_COUNT 4u
const char *wf_spec_limit_word(size_t i);
int64_t wf_spec_limit(const struct wf_limits *, size_t i);

#define WF_SPEC_INIT {.limits = WF_LIMITS_UNSET}

/* The document a ledger row keeps; unset fields are left out.  Caller frees. */
struct wf_json *wf_spec_to_json(const struct wf_spec *);
/* Strings live in the arena. */
WF_MUST enum wf_rc wf_spec_from_json(const struct wf_json *, struct wf_arena *,
                                     struct wf_spec *out, struct wf_err *err);

/* Fields in which a value that `want` sets differs in `have`: a bit set of
 * enum wf_spec_field.  What want leaves unset is not compared. */
enum wf_spec_field {
	WF_SPEC_MANIFEST = 1 << 0,
	WF_SPEC_MODULE = 1 << 1,
	WF_SPEC_ARGS = 1 << 2,
	WF_SPEC_RETURNS = 1 << 3,
	WF_SPEC_EXPORT = 1 << 4,
	WF_SPEC_DEFINER = 1 << 5,
	WF_SPEC_STRICT = 1 << 6,
	WF_SPEC_VOLATILITY = 1 << 7,
	WF_SPEC_OWNER = 1 << 8,
	WF_SPEC_GRANTS = 1 << 9,
	WF_SPEC_LIMITS = 1 << 10,
	WF_SPEC_WASI = 1 << 11,
	WF_SPEC_COMMENT = 1 << 12,
};
unsigned wf_spec_diff(const struct wf_spec *want, const struct wf_spec *have);
const char *wf_spec_field_word(enum wf_spec_field); /* "owner", … */

/* Of one function: schema, name and argument types; unset is like unset. */
bool wf_spec_same(const struct wf_spec *, const struct wf_spec *);

/* "schema.name(args)", names quoted unless they are plain lower-case words
 * (key words are not); "schema.name" when args are unset.  Arena-owned. */
const char *wf_spec_signature(const struct wf_spec *, struct wf_arena *);

#endif
