/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/dsse.c: what is signed, and what a statement may say.
 */
#include "trust/dsse.h"

#include "base/limits.h"
#include "tests/lib/sign.h"
#include "tests/lib/tap.h"

#define H "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define Z "0000000000000000000000000000000000000000000000000000000000000000"

static const struct {
	const char *name, *path, *value; /* NULL removes */
	enum wf_reason reason;
} rows[] = {
	{"statement v0.1", "_type", "\"https://in-toto.io/Statement/v0.1\"", WF_R_OK},
	{"statement v2", "_type", "\"https://in-toto.io/Statement/v2\"", WF_R_UNSUPPORTED_VERSION},
	{"no type", "_type", NULL, WF_R_UNSUPPORTED_VERSION},
	{"type that is no string", "_type", "1", WF_R_CANDIDATE_MALFORMED},
	{"another predicate type", "predicateType", "\"https://slsa.dev/provenance/v1\"", WF_R_OK},
	{"no predicate type", "predicateType", NULL, WF_R_CANDIDATE_MALFORMED},
	{"no predicate (cosign 3.0.0)", "predicate", NULL, WF_R_OK},
	{"no subject", "subject", NULL, WF_R_CANDIDATE_MALFORMED},
	{"no subjects", "subject", "[]", WF_R_CANDIDATE_MALFORMED},
	{"subject as an object", "subject", "{}", WF_R_CANDIDATE_MALFORMED},
	{"a null subject", "subject", "[null]", WF_R_CANDIDATE_MALFORMED},
	{"a null subject beside the right one", "subject",
	 "[{\"digest\":{\"sha256\":\"" H "\"}},null]", WF_R_CANDIDATE_MALFORMED},
	{"a subject without a digest", "subject", "[{\"name\":\"x\"}]", WF_R_CANDIDATE_MALFORMED},
	{"another subject", "subject.0.digest.sha256", "\"" Z "\"", WF_R_SUBJECT_MISMATCH},
	{"the digest with its algorithm", "subject.0.digest.sha256", "\"sha256:" H "\"", WF_R_SUBJECT_MISMATCH},
	{"the digest in capitals", "subject.0.digest.sha256",
	 "\"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855\"", WF_R_SUBJECT_MISMATCH},
	{"a digest of another name", "subject.0.digest", "{\"sha512\":\"" H "\"}", WF_R_SUBJECT_MISMATCH},
	{"the right subject second", "subject",
	 "[{\"digest\":{\"sha256\":\"" Z "\"}},{\"digest\":{\"sha256\":\"" H "\"}}]", WF_R_OK},
};

static void
check(const char *type, const char *text, enum wf_reason want, const char *name)
{
	WF_AUTO(wf_dsse_statement_free) struct wf_dsse_statement s = WF_DSSE_STATEMENT_INIT;
	struct wf_dsse d = {.payload_type = wf_str(type), .payload = wf_str(text)};
	struct wf_digest subject;
	struct wf_err err = {0};

	wf_digest_of("", 0, &subject);
	ERR(wf_dsse_statement(&d, &subject, &s, &err), &err, want, name);
}

static void
test_pae(void)
{
	/* the example of the DSSE specification, protocol.md */
	struct wf_dsse d = {.payload_type = wf_str("http://example.com/HelloWorld"),
	                    .payload = wf_str("hello world")};
	struct wf_dsse utf8 = {.payload_type = wf_str("é"), .payload = wf_str("ü")};
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(100);
	WF_AUTO(wf_buf_free) struct wf_buf c = WF_BUF_INIT(100);
	struct wf_err err = {0};

	EQ(wf_dsse_pae(&d, &b, &err), 0, "encodes");
	IS(wf_buf_z(&b), "DSSEv1 29 http://example.com/HelloWorld 11 hello world", "as specified");
	EQ(wf_dsse_pae(&utf8, &c, &err), 0, "encodes");
	IS(wf_buf_z(&c), "DSSEv1 2 é 2 ü", "lengths are of bytes");
}

static void
test_annotations(void)
{
	WF_AUTO(wf_dsse_statement_free) struct wf_dsse_statement s = WF_DSSE_STATEMENT_INIT;
	static const char text[] =
		"{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"x\",\"subject\":["
		"{\"digest\":{\"sha256\":\"" Z "\"},\"annotations\":{\"env\":\"prod\"}},"
		"{\"digest\":{\"sha256\":\"" H "\"},\"annotations\":{\"env\":\"test\"}}]}";
	struct wf_dsse d = {.payload_type = wf_str(WF_DSSE_IN_TOTO), .payload = wf_str(text)};
	struct wf_digest subject;
	struct wf_str found;
	struct wf_err err = {0};

	wf_digest_of("", 0, &subject);
	ERR(wf_dsse_statement(&d, &subject, &s, &err), &err, WF_R_OK, "two subjects");
	OK(wf_dsse_annotation(&s, &subject, "env", "test", &found), "of the matching subject");
	OK(!wf_dsse_annotation(&s, &subject, "env", "prod", &found), "not of the other one");
	OK(wf_str_eqz(found, "test"), "and what is there");
	OK(!wf_dsse_annotation(&s, &subject, "x", "", &found), "absent is not empty");
}

static void
test_limits(void)
{
	size_t extra, i;

	for (extra = 0; extra < 2; extra++) {
		WF_AUTO(wf_freep) char *plain = sign_statement(H, NULL);
		WF_AUTO(wf_json_freep) struct wf_json *j = sign_json(plain);
		struct wf_json *list = wf_json_array();
		WF_AUTO(wf_freep) char *text = NULL;

		for (i = 0; i < WF_MAX_SUBJECTS + extra; i++)
			wf_json_push(list, sign_json("{\"digest\":{\"sha256\":\"" H "\"}}"));
		sign_set(j, "subject", list);
		text = sign_text(j);
		check(WF_DSSE_IN_TOTO, text, extra ? WF_R_CANDIDATE_LIMIT : WF_R_OK, "subjects");
	}
	for (extra = 0; extra < 2; extra++) {
		WF_AUTO(wf_freep) char *plain = sign_statement(H, NULL);
		WF_AUTO(wf_json_freep) struct wf_json *j = sign_json(plain);
		WF_AUTO(wf_freep) char *text = NULL;

		for (i = 1; i < WF_MAX_SUBJECT_DIGESTS + extra; i++) {
			WF_AUTO(wf_freep) char *path = wf_asprintf("subject.0.digest.x%zu", i);

			sign_set(j, path, wf_json_new_z("00"));
		}
		text = sign_text(j);
		check(WF_DSSE_IN_TOTO, text, extra ? WF_R_CANDIDATE_LIMIT : WF_R_OK, "digests of a subject");
	}
}

int
main(void)
{
	WF_AUTO(wf_freep) char *plain = sign_statement(H, NULL);
	WF_AUTO(wf_freep) char *twice = wf_asprintf("{\"_type\":\"x\",%s", plain + 1);
	size_t i;

	test_pae();
	check(WF_DSSE_IN_TOTO, plain, WF_R_OK, "what cosign writes");
	check("application/json", plain, WF_R_PREDICATE_MISMATCH, "another payload type");
	check(WF_DSSE_IN_TOTO, twice, WF_R_CANDIDATE_MALFORMED, "a member twice");
	check(WF_DSSE_IN_TOTO, "", WF_R_CANDIDATE_MALFORMED, "nothing");
	check(WF_DSSE_IN_TOTO, "[]", WF_R_CANDIDATE_MALFORMED, "an array");
	for (i = 0; i < WF_COUNT(rows); i++) {
		WF_AUTO(wf_json_freep) struct wf_json *j = sign_json(plain);
		WF_AUTO(wf_json_freep) struct wf_json *list = NULL;
		WF_AUTO(wf_freep) char *text = NULL;

		if (rows[i].value) {
			WF_AUTO(wf_freep) char *wrapped = wf_asprintf("[%s]", rows[i].value);

			list = sign_json(wrapped);
		}
		sign_set(j, rows[i].path, list ? wf_json_copy(wf_json_at(list, 0)) : NULL);
		text = sign_text(j);
		check(WF_DSSE_IN_TOTO, text, rows[i].reason, rows[i].name);
	}
	test_annotations();
	test_limits();
	return tap_done();
}
