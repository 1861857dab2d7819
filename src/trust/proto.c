/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads protobuf JSON.  Must never accept a second spelling of a value: what
 * we judge and what another client shows would differ.
 */
#include "trust/proto.h"

#include <string.h>

#include "base/enc.h"

enum wf_rc
wf_proto_object(const struct wf_json *j, const char *where,
                const char *const *members, struct wf_err *err)
{
	const struct wf_json *value;
	const char *key;
	void *it = NULL;
	size_t i;

	if (wf_json_kind(j) != WF_JSON_OBJECT)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "%s: expected an object", where);
	while (wf_json_next(j, &it, &key, &value)) {
		for (i = 0; members[i] && strcmp(members[i], key) != 0; i++)
			;
		if (!members[i])
			return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
			                  "%s: unknown member \"%.64s\"", where, key);
		if (wf_json_kind(value) == WF_JSON_NULL)
			return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
			                  "%s.%s: null, expected a value", where, key);
	}
	return WF_OK;
}

enum wf_rc
wf_proto_array(const struct wf_json *object, const char *where,
               const char *member, size_t max, const struct wf_json **out,
               size_t *n, struct wf_err *err)
{
	const struct wf_json *j = wf_json_get(object, member);

	*out = j;
	*n = 0;
	if (!j)
		return WF_OK;
	if (wf_json_kind(j) != WF_JSON_ARRAY)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "%s.%s: expected an array", where, member);
	if (wf_json_len(j) > max)
		return wf_err_set(err, WF_R_CANDIDATE_LIMIT,
		                  "%s.%s: %zu entries are more than %zu", where,
		                  member, wf_json_len(j), max);
	*n = wf_json_len(j);
	return WF_OK;
}

enum wf_rc
wf_proto_string(const struct wf_json *object, const char *where,
                const char *member, struct wf_str *out, struct wf_err *err)
{
	const struct wf_json *j = wf_json_get(object, member);

	*out = wf_str(NULL);
	if (j && !wf_json_str(j, out))
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "%s.%s: expected a string", where, member);
	return WF_OK;
}

enum wf_rc
wf_proto_bytes(const struct wf_json *object, const char *where,
               const char *member, struct wf_arena *arena, struct wf_str *out,
               struct wf_err *err)
{
	struct wf_str text;
	enum wf_rc rc = wf_proto_string(object, where, member, &text, err);
	WF_AUTO(wf_buf_free) struct wf_buf raw = WF_BUF_INIT(text.len);

	if (rc)
		return rc;
	if (wf_enc_unbase64(text, &raw, NULL))
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "%s.%s: not standard base64 with padding", where, member);
	*out = wf_arena_dup(arena, wf_buf_str(&raw));
	return WF_OK;
}

/* Plain decimal, as protobuf writes it: no plus, no leading zero. */
static bool
decimal(struct wf_str s, int64_t *out)
{
	uint64_t v = 0;
	bool minus = s.len && s.p[0] == '-';
	size_t i = minus;

	if (i == s.len || s.len - i > 19 || (s.p[i] == '0' && s.len != 1))
		return false;
	for (; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0'); /* 19 digits fit */
	}
	if (v > INT64_MAX)
		return false;
	*out = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

enum wf_rc
wf_proto_int64(const struct wf_json *object, const char *where,
               const char *member, int64_t *out, struct wf_err *err)
{
	const struct wf_json *j = wf_json_get(object, member);
	struct wf_str s;

	*out = 0;
	if (!j || wf_json_int(j, out))
		return WF_OK;
	if (!wf_json_str(j, &s) || !decimal(s, out))
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "%s.%s: expected a 64-bit integer", where, member);
	return WF_OK;
}

static enum wf_rc
of_candidate(enum wf_rc rc, const struct wf_err *why, struct wf_err *err)
{
	if (rc == WF_OK)
		return WF_OK;
	return wf_err_set(err, why->reason == WF_R_LIMIT ? WF_R_CANDIDATE_LIMIT
	                                                 : WF_R_CANDIDATE_MALFORMED,
	                  "%s", why->msg);
}

enum wf_rc
wf_proto_parse(struct wf_str text, const char *name, struct wf_json **out,
               struct wf_err *err)
{
	struct wf_err why = {0};

	return of_candidate(wf_json_parse(text, name, out, &why), &why, err);
}

enum wf_rc
wf_proto_parse_unsigned(struct wf_str text, const char *name, struct wf_json **out,
                        struct wf_err *err)
{
	struct wf_err why = {0};

	return of_candidate(wf_json_parse_sparse(text, name, out, &why), &why, err);
}
