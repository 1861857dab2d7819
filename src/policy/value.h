/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of struct wf_policy, shared by the files that make it and by
 * nobody else.
 */
#ifndef WF_POLICY_VALUE_H
#define WF_POLICY_VALUE_H

#include "policy/policy.h"

struct wf_policy {
	struct wf_arena arena;
	struct wf_problems problems;
	struct wf_trust_rule *trust;
	size_t ntrust, trust_cap;
	struct wf_deny *deny;
	size_t ndeny, deny_cap;
	struct wf_cap_rule *caps;
	size_t ncaps, caps_cap;
	struct wf_function_policy functions;
	struct wf_limits limits;
	struct wf_pos limits_pos; /* line 0: not given */
	struct wf_sha256 *hasher;
	struct wf_digest hash;
};

/* One document into the policy; problems are collected.  key_dir: where key
 * files with a relative path lie; NULL: key files are not read. */
void wf_policy_parse_into(struct wf_policy *, struct wf_str yaml,
                          const char *name, const char *key_dir);

/* Adds (name, bytes) to what the policy's hash is taken over. */
void wf_policy_hash_add(struct wf_policy *, const char *name, struct wf_str bytes);

/* Two rules of one section with patterns of the same literal prefix. */
void wf_policy_conflicts(struct wf_policy *);

/* The section "capabilities": its table and one rule of it. */
extern const struct wf_fields wf_policy_cap_fields;
extern const struct wf_fields wf_policy_constraint_fields; /* into struct wf_cap_rule */
void wf_policy_cap_rule(struct wf_field_ctx *, const struct wf_yaml_node *,
                        struct wf_cap_rule *out);
/* struct wf_strs: patterns of references, of which each can match. */
wf_field_take wf_policy_take_match;

/* The sections "trust" and "deny". */
extern const struct wf_fields wf_policy_trust_fields, wf_policy_deny_fields;
wf_field_take wf_policy_take_trust, wf_policy_take_deny;

/* The field context comes first: takers get it and find the rest around. */
struct wf_policy_ctx {
	struct wf_field_ctx c;
	struct wf_policy *p;
	const char *key_dir; /* NULL: key files and trusted roots are not read */
};
struct wf_policy_ctx *wf_policy_around(struct wf_field_ctx *);

/* A file that the policy names, safe and bounded; a relative path, which
 * starts at dir, becomes whole.  why gets the reason when false. */
bool wf_policy_read_file(struct wf_policy *, const char *dir, const char *what, size_t max,
                         const char **path, struct wf_str *bytes, struct wf_err *why);

#endif
