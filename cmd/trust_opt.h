/* SPDX-License-Identifier: Apache-2.0
 *
 * The trust options (contract section 2) of the verbs that judge: one table,
 * so that none of them lacks one or means something else by it.
 */
#ifndef WF_CMD_TRUST_OPT_H
#define WF_CMD_TRUST_OPT_H

#include "cmd/cmd.h"
#include "op/op_judge.h"

struct wf_trust_opt {
	struct wf_list keys, annotations;
	const char *identity, *identity_regexp, *issuer, *issuer_regexp, *trusted_root, *policy;
};

/* Rows of an option table: type is the params struct, member its trust
 * options; too is "" or " too" where the system policy judges besides. */
#define WF_TRUST_OPT_ROWS(type, member, too) \
	{0, "key", "FILE", "public key that must have signed" too, WF_OPT_LIST, \
	 offsetof(type, member.keys), NULL}, \
	{0, "certificate-identity", "TEXT", "whom the certificate must be for", \
	 WF_OPT_STRING, offsetof(type, member.identity), NULL}, \
	{0, "certificate-identity-regexp", "RE", "the same, as an expression", \
	 WF_OPT_STRING, offsetof(type, member.identity_regexp), NULL}, \
	{0, "certificate-oidc-issuer", "TEXT", "who must have vouched for that identity", \
	 WF_OPT_STRING, offsetof(type, member.issuer), NULL}, \
	{0, "certificate-oidc-issuer-regexp", "RE", "the same, as an expression", \
	 WF_OPT_STRING, offsetof(type, member.issuer_regexp), NULL}, \
	{0, "trusted-root", "FILE", "trusted_root.json or public-good", \
	 WF_OPT_STRING, offsetof(type, member.trusted_root), NULL}, \
	{'a', NULL, "KEY=VALUE", "annotation that must be signed" too, WF_OPT_LIST, \
	 offsetof(type, member.annotations), NULL}, \
	{0, "policy", "FILE", "policy that must be satisfied" too, WF_OPT_STRING, \
	 offsetof(type, member.policy), NULL}

/* The options as the judge takes them; pairs lie in the arena. */
WF_MUST enum wf_rc wf_trust_opt_judge(const struct wf_trust_opt *, struct wf_arena *,
                                      struct wf_op_judge_options *out, struct wf_err *err);

#endif
