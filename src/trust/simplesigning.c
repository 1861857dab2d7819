/* SPDX-License-Identifier: Apache-2.0
 *
 * Simple signing payloads.  Must never take a payload of another kind, or
 * about another manifest, for a signature of this one.
 */
#include "trust/simplesigning.h"

#include "trust/proto.h"

#define TYPE "cosign container image signature"

static enum wf_rc
check_critical(const struct wf_json *critical, const struct wf_digest *subject,
               struct wf_str *reference, struct wf_err *err)
{
	static const char *const members[] = {"identity", "image", "type", NULL};
	static const char *const identity_members[] = {"docker-reference", NULL};
	static const char *const image_members[] = {"docker-manifest-digest", NULL};
	const struct wf_json *identity = wf_json_get(critical, "identity");
	const struct wf_json *image = wf_json_get(critical, "image");
	struct wf_str type, digest;
	char want[WF_DIGEST_TEXT];
	enum wf_rc rc;

	if ((rc = wf_proto_object(critical, "critical", members, err)) ||
	    (rc = wf_proto_object(identity, "critical.identity", identity_members, err)) ||
	    (rc = wf_proto_object(image, "critical.image", image_members, err)) ||
	    (rc = wf_proto_string(critical, "critical", "type", &type, err)) ||
	    (rc = wf_proto_string(identity, "critical.identity", "docker-reference",
	                          reference, err)) ||
	    (rc = wf_proto_string(image, "critical.image", "docker-manifest-digest",
	                          &digest, err)))
		return rc;
	if (!wf_str_eqz(type, TYPE))
		return wf_err_set(err, WF_R_PREDICATE_MISMATCH,
		                  "payload type \"%.*s\", expected \"" TYPE "\"",
		                  type.len > 80 ? 80 : (int)type.len, type.p ? type.p : "");
	wf_digest_text(subject, want);
	if (!wf_str_eqz(digest, want))
		return wf_err_set(err, WF_R_SUBJECT_MISMATCH,
		                  "signed for %.*s, expected %s",
		                  digest.len > 80 ? 80 : (int)digest.len,
		                  digest.p ? digest.p : "", want);
	return WF_OK;
}

enum wf_rc
wf_simplesigning_parse(struct wf_str payload, const struct wf_digest *subject,
                       struct wf_simplesigning *out, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	const struct wf_json *optional, *value;
	struct wf_str reference;
	const char *key;
	void *it = NULL;
	enum wf_rc rc;

	if ((rc = wf_proto_parse(payload, "payload", &j, err)))
		return rc;
	if (wf_json_kind(j) != WF_JSON_OBJECT)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "payload: expected an object");
	while (wf_json_next(j, &it, &key, &value))
		if (!wf_str_eqz(wf_str(key), "critical") && !wf_str_eqz(wf_str(key), "optional"))
			return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
			                  "payload: unknown member \"%.64s\"", key);
	if ((rc = check_critical(wf_json_get(j, "critical"), subject, &reference, err)))
		return rc;
	/* cosign writes null when there are no annotations */
	optional = wf_json_get(j, "optional");
	if (optional && wf_json_kind(optional) != WF_JSON_NULL &&
	    wf_json_kind(optional) != WF_JSON_OBJECT)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "payload.optional: expected an object or null");
	out->reference = reference;
	out->json = j;
	j = NULL;
	return WF_OK;
}

bool
wf_simplesigning_annotation(const struct wf_simplesigning *s, const char *key,
                            const char *value, struct wf_str *found)
{
	const struct wf_json *optional = wf_json_get(s->json, "optional");

	*found = wf_str(NULL);
	return wf_json_str(wf_json_get(optional, key), found) && wf_str_eqz(*found, value);
}

void
wf_simplesigning_free(struct wf_simplesigning *s)
{
	if (!s)
		return;
	wf_json_freep(&s->json);
}
