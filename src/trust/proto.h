/* SPDX-License-Identifier: Apache-2.0
 *
 * Strict readers of protobuf JSON, as sigstore bundles are written:
 * lowerCamelCase names, base64 of one spelling, 64-bit integers as strings or
 * integers.  Other spellings that protobuf allows are refused (sigstore client
 * specification section 5), null and unknown members too.
 */
#ifndef WF_TRUST_PROTO_H
#define WF_TRUST_PROTO_H

#include "base/mem.h"
#include "dep/json.h"

/* The value is an object with no member but these (NULL-ended).  where is
 * the path for messages.  All errors here: WF_R_CANDIDATE_MALFORMED. */
WF_MUST enum wf_rc wf_proto_object(const struct wf_json *, const char *where,
                                   const char *const *members,
                                   struct wf_err *err);

/* An array of at most max; WF_R_CANDIDATE_LIMIT above.  Absent: none. */
WF_MUST enum wf_rc wf_proto_array(const struct wf_json *object, const char *where,
                                  const char *member, size_t max,
                                  const struct wf_json **out, size_t *n,
                                  struct wf_err *err);

/* Absent: the empty view.  Views live as long as the JSON value. */
WF_MUST enum wf_rc wf_proto_string(const struct wf_json *object, const char *where,
                                   const char *member, struct wf_str *out,
                                   struct wf_err *err);

/* Decoded into the arena.  Absent: the empty view. */
WF_MUST enum wf_rc wf_proto_bytes(const struct wf_json *object, const char *where,
                                  const char *member, struct wf_arena *,
                                  struct wf_str *out, struct wf_err *err);

/* int64; absent: 0. */
WF_MUST enum wf_rc wf_proto_int64(const struct wf_json *object, const char *where,
                                  const char *member, int64_t *out,
                                  struct wf_err *err);

/* A document of a candidate, with the candidate's reasons: wf_json_parse for
 * what a trusted key has signed, wf_json_parse_sparse for what nobody has. */
WF_MUST enum wf_rc wf_proto_parse_unsigned(struct wf_str text, const char *name,
                                           struct wf_json **out, struct wf_err *err);
WF_MUST enum wf_rc wf_proto_parse(struct wf_str text, const char *name,
                                  struct wf_json **out, struct wf_err *err);

#endif
