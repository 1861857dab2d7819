/* SPDX-License-Identifier: Apache-2.0
 *
 * Envelope, pre-authentication encoding, statement.  Must never be asked
 * what a statement says before its signature was checked.
 */
#include "trust/dsse.h"

#include <string.h>

#include "base/limits.h"
#include "trust/proto.h"

enum wf_rc
wf_dsse_envelope(const struct wf_json *j, const char *where,
                 struct wf_arena *arena, struct wf_dsse *out,
                 struct wf_err *err)
{
	static const char *const members[] = {"payload", "payloadType", "signatures", NULL};
	static const char *const sig_members[] = {"sig", "keyid", NULL};
	const struct wf_json *sigs, *sig;
	size_t n;
	enum wf_rc rc;

	if ((rc = wf_proto_object(j, where, members, err)) ||
	    (rc = wf_proto_string(j, where, "payloadType", &out->payload_type, err)) ||
	    (rc = wf_proto_bytes(j, where, "payload", arena, &out->payload, err)) ||
	    (rc = wf_proto_array(j, where, "signatures", WF_MAX_CANDIDATES, &sigs, &n, err)))
		return rc;
	if (n != 1)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "%s.signatures: %zu, expected exactly one", where, n);
	sig = wf_json_at(sigs, 0);
	if ((rc = wf_proto_object(sig, "signatures[0]", sig_members, err)) ||
	    (rc = wf_proto_bytes(sig, "signatures[0]", "sig", arena, &out->sig, err)) ||
	    (rc = wf_proto_string(sig, "signatures[0]", "keyid", &out->keyid, err)))
		return rc;
	if (out->sig.len == 0)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "%s: the signature is empty", where);
	return WF_OK;
}

enum wf_rc
wf_dsse_pae(const struct wf_dsse *d, struct wf_buf *out, struct wf_err *err)
{
	enum wf_rc rc;

	if ((rc = wf_buf_addf(out, err, "DSSEv1 %zu ", d->payload_type.len)) ||
	    (rc = wf_buf_add(out, d->payload_type.p, d->payload_type.len, err)) ||
	    (rc = wf_buf_addf(out, err, " %zu ", d->payload.len)))
		return rc;
	return wf_buf_add(out, d->payload.p, d->payload.len, err);
}

/* in-toto DigestSet: the exact lower-case text, so that no two spellings of
 * a digest exist. */
static bool
is_subject(const struct wf_json *subject, const struct wf_digest *want)
{
	char hex[65];
	struct wf_str s;

	wf_digest_hex(want, hex);
	return wf_json_str(wf_json_get(wf_json_get(subject, "digest"), "sha256"), &s) &&
	       wf_str_eqz(s, hex);
}

static enum wf_rc
check_subjects(const struct wf_json *statement, const struct wf_digest *want,
               struct wf_err *err)
{
	const struct wf_json *list, *digest;
	struct wf_str first = wf_str(NULL);
	char hex[65];
	bool found = false;
	size_t n, i;
	enum wf_rc rc;

	if ((rc = wf_proto_array(statement, "statement", "subject", WF_MAX_SUBJECTS,
	                         &list, &n, err)))
		return rc;
	if (n == 0)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "statement.subject: none, expected at least one");
	for (i = 0; i < n; i++) {
		digest = wf_json_get(wf_json_at(list, i), "digest");
		if (wf_json_kind(digest) != WF_JSON_OBJECT)
			return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
			                  "statement.subject[%zu]: no digest object", i);
		if (wf_json_len(digest) > WF_MAX_SUBJECT_DIGESTS)
			return wf_err_set(err, WF_R_CANDIDATE_LIMIT,
			                  "statement.subject[%zu]: more than %u digests",
			                  i, WF_MAX_SUBJECT_DIGESTS);
		if (first.len == 0)
			(void)wf_json_str(wf_json_get(digest, "sha256"), &first);
		found |= is_subject(wf_json_at(list, i), want);
	}
	if (found)
		return WF_OK;
	wf_digest_hex(want, hex);
	return wf_err_set(err, WF_R_SUBJECT_MISMATCH,
	                  "signed for sha256:%.*s, expected sha256:%s",
	                  first.len > 80 ? 80 : (int)first.len, first.p ? first.p : "", hex);
}

enum wf_rc
wf_dsse_statement(const struct wf_dsse *d, const struct wf_digest *subject,
                  struct wf_dsse_statement *out, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	struct wf_str type, predicate;
	enum wf_rc rc;

	if (!wf_str_eqz(d->payload_type, WF_DSSE_IN_TOTO))
		return wf_err_set(err, WF_R_PREDICATE_MISMATCH,
		                  "payload type %.*s, expected " WF_DSSE_IN_TOTO,
		                  d->payload_type.len > 100 ? 100 : (int)d->payload_type.len,
		                  d->payload_type.p ? d->payload_type.p : "");
	if ((rc = wf_proto_parse(d->payload, "statement", &j, err)))
		return rc;
	if (wf_json_kind(j) != WF_JSON_OBJECT)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "statement: expected an object");
	if ((rc = wf_proto_string(j, "statement", "_type", &type, err)) ||
	    (rc = wf_proto_string(j, "statement", "predicateType", &predicate, err)))
		return rc;
	if (!wf_str_eqz(type, "https://in-toto.io/Statement/v1") &&
	    !wf_str_eqz(type, "https://in-toto.io/Statement/v0.1"))
		return wf_err_set(err, WF_R_UNSUPPORTED_VERSION,
		                  "statement type %.*s, expected https://in-toto.io/Statement/v1 or v0.1",
		                  type.len > 100 ? 100 : (int)type.len, type.p ? type.p : "");
	if (predicate.len == 0)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "statement.predicateType: missing");
	if ((rc = check_subjects(j, subject, err)))
		return rc;
	out->type = type;
	out->predicate_type = predicate;
	out->json = j;
	j = NULL;
	return WF_OK;
}

bool
wf_dsse_annotation(const struct wf_dsse_statement *s,
                   const struct wf_digest *subject, const char *key,
                   const char *value, struct wf_str *found)
{
	const struct wf_json *list = wf_json_get(s->json, "subject"), *entry;
	struct wf_str v;
	size_t i;

	*found = wf_str(NULL);
	for (i = 0; i < wf_json_len(list); i++) {
		entry = wf_json_at(list, i);
		if (!is_subject(entry, subject) ||
		    !wf_json_str(wf_json_get(wf_json_get(entry, "annotations"), key), &v))
			continue;
		if (wf_str_eqz(v, value))
			return true;
		*found = v;
	}
	return false;
}

void
wf_dsse_statement_free(struct wf_dsse_statement *s)
{
	if (!s)
		return;
	wf_json_freep(&s->json);
}
