/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/simplesigning.c: a payload that is taken, and each thing changed
 * alone.
 */
#include "trust/simplesigning.h"

#include "tests/lib/sign.h"
#include "tests/lib/tap.h"

#define H "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define UP "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"

static const struct {
	const char *name, *path, *value; /* NULL removes */
	enum wf_reason reason;
} rows[] = {
	{"annotations", "optional", "{\"env\":\"prod\"}", WF_R_OK},
	{"annotations of other kinds", "optional", "{\"n\":1,\"x\":null}", WF_R_OK},
	{"no optional", "optional", NULL, WF_R_OK},
	{"optional as a list", "optional", "[]", WF_R_CANDIDATE_MALFORMED},
	{"another type", "critical.type", "\"atomic container signature\"", WF_R_PREDICATE_MISMATCH},
	{"type with other case", "critical.type", "\"Cosign container image signature\"", WF_R_PREDICATE_MISMATCH},
	{"no type", "critical.type", NULL, WF_R_PREDICATE_MISMATCH},
	{"type that is no string", "critical.type", "1", WF_R_CANDIDATE_MALFORMED},
	{"another digest", "critical.image.docker-manifest-digest",
	 "\"sha256:0000000000000000000000000000000000000000000000000000000000000000\"", WF_R_SUBJECT_MISMATCH},
	{"the digest in capitals", "critical.image.docker-manifest-digest", "\"" UP "\"", WF_R_SUBJECT_MISMATCH},
	{"the digest and a space", "critical.image.docker-manifest-digest", "\"" H " \"", WF_R_SUBJECT_MISMATCH},
	{"no digest", "critical.image.docker-manifest-digest", NULL, WF_R_SUBJECT_MISMATCH},
	{"no image", "critical.image", NULL, WF_R_CANDIDATE_MALFORMED},
	{"no identity", "critical.identity", NULL, WF_R_CANDIDATE_MALFORMED},
	{"no critical", "critical", NULL, WF_R_CANDIDATE_MALFORMED},
	{"critical null", "critical", "null", WF_R_CANDIDATE_MALFORMED},
	{"unknown member at the top", "x", "1", WF_R_CANDIDATE_MALFORMED},
	{"unknown member in critical", "critical.x", "1", WF_R_CANDIDATE_MALFORMED},
	{"unknown member in image", "critical.image.x", "1", WF_R_CANDIDATE_MALFORMED},
	{"unknown member in identity", "critical.identity.x", "1", WF_R_CANDIDATE_MALFORMED},
};

static void
check(const char *text, enum wf_reason want, const char *name)
{
	WF_AUTO(wf_simplesigning_free) struct wf_simplesigning s = WF_SIMPLESIGNING_INIT;
	struct wf_digest d;
	struct wf_err err = {0};

	if (wf_digest_parse(WF_STR_LIT(H), "d", &d, &err))
		return;
	ERR(wf_simplesigning_parse(wf_str(text), &d, &s, &err), &err, want, name);
}

static void
test_annotations(void)
{
	WF_AUTO(wf_simplesigning_free) struct wf_simplesigning s = WF_SIMPLESIGNING_INIT;
	WF_AUTO(wf_freep) char *text = sign_payload(H, "{\"env\":\"prod\",\"n\":1}");
	struct wf_str found;
	struct wf_digest d;
	struct wf_err err = {0};

	EQ(wf_digest_parse(WF_STR_LIT(H), "d", &d, &err), 0, "digest");
	ERR(wf_simplesigning_parse(wf_str(text), &d, &s, &err), &err, WF_R_OK, "parses");
	OK(wf_simplesigning_annotation(&s, "env", "prod", &found), "is there");
	OK(!wf_simplesigning_annotation(&s, "env", "pro", &found), "is another");
	OK(wf_str_eqz(found, "prod"), "and which");
	OK(!wf_simplesigning_annotation(&s, "Env", "prod", &found), "name in other case");
	OK(found.len == 0, "is not there");
	OK(!wf_simplesigning_annotation(&s, "n", "1", &found), "a number is no string");
}

int
main(void)
{
	WF_AUTO(wf_freep) char *plain = sign_payload(H, NULL);
	WF_AUTO(wf_freep) char *twice = wf_asprintf("{\"optional\":null,%s", plain + 1);
	WF_AUTO(wf_freep) char *tail = wf_asprintf("%s{}", plain);
	size_t i;

	check(plain, WF_R_OK, "what cosign writes");
	check(twice, WF_R_CANDIDATE_MALFORMED, "a member twice");
	check(tail, WF_R_CANDIDATE_MALFORMED, "text after the document");
	check("null", WF_R_CANDIDATE_MALFORMED, "null");
	for (i = 0; i < WF_COUNT(rows); i++) {
		WF_AUTO(wf_json_freep) struct wf_json *j = sign_json(plain);
		WF_AUTO(wf_freep) char *text = NULL;
		WF_AUTO(wf_json_freep) struct wf_json *list = NULL;

		if (rows[i].value) {
			WF_AUTO(wf_freep) char *wrapped = wf_asprintf("[%s]", rows[i].value);

			list = sign_json(wrapped);
		}
		sign_set(j, rows[i].path, list ? wf_json_copy(wf_json_at(list, 0)) : NULL);
		text = sign_text(j);
		check(text, rows[i].reason, rows[i].name);
	}
	test_annotations();
	return tap_done();
}
