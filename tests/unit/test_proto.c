/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/proto.c: what a bundle's JSON may look like, and each other spelling
 * that protobuf would allow is refused.
 */
#include "trust/proto.h"

#include <stdlib.h>

#include "tests/lib/tap.h"

static const char *const members[] = {"a", "b", NULL};

/* The value of {"a": TEXT}. */
static struct wf_json *
with(const char *text)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(4096);
	struct wf_json *j = NULL;
	struct wf_err e = {0};

	wf_buf_putf(&b, "{\"a\":%s}", text);
	if (wf_json_parse(wf_buf_str(&b), "test", &j, &e) != WF_OK)
		abort();
	return j;
}

static void
objects(void)
{
	static const struct {
		const char *text;
		enum wf_reason reason;
	} t[] = {
		{"{}", WF_R_OK}, {"{\"a\":1}", WF_R_OK}, {"{\"b\":[],\"a\":{}}", WF_R_OK},
		{"{\"c\":1}", WF_R_CANDIDATE_MALFORMED}, {"{\"A\":1}", WF_R_CANDIDATE_MALFORMED},
		{"{\"a\":null}", WF_R_CANDIDATE_MALFORMED}, {"null", WF_R_CANDIDATE_MALFORMED},
		{"[]", WF_R_CANDIDATE_MALFORMED}, {"\"a\"", WF_R_CANDIDATE_MALFORMED},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(t); i++) {
		WF_AUTO(wf_json_freep) struct wf_json *j = with(t[i].text);
		struct wf_err e = {0};

		ERR(wf_proto_object(wf_json_get(j, "a"), "x", members, &e), &e, t[i].reason, t[i].text);
	}
	{
		struct wf_err e = {0};

		ERR(wf_proto_object(NULL, "x", members, &e), &e, WF_R_CANDIDATE_MALFORMED,
		    "an object that is not there");
	}
}

static void
arrays(void)
{
	static const struct {
		const char *text;
		enum wf_reason reason;
		size_t n;
	} t[] = {
		{"[]", WF_R_OK, 0}, {"[1]", WF_R_OK, 1}, {"[1,2]", WF_R_OK, 2},
		{"[1,2,3]", WF_R_CANDIDATE_LIMIT, 0}, {"{}", WF_R_CANDIDATE_MALFORMED, 0},
		{"1", WF_R_CANDIDATE_MALFORMED, 0},
	};
	const struct wf_json *v;
	size_t i, n;

	for (i = 0; i < WF_COUNT(t); i++) {
		WF_AUTO(wf_json_freep) struct wf_json *j = with(t[i].text);
		struct wf_err e = {0};

		n = 9;
		ERR(wf_proto_array(j, "x", "a", 2, &v, &n, &e), &e, t[i].reason, t[i].text);
		EQ(n, t[i].n, "its length, none where it is refused");
	}
	{
		WF_AUTO(wf_json_freep) struct wf_json *j = with("1");
		struct wf_err e = {0};

		n = 9;
		ERR(wf_proto_array(j, "x", "b", 2, &v, &n, &e), &e, WF_R_OK, "absent");
		EQ(n, 0, "is none");
	}
}

static void
scalars(void)
{
	static const struct {
		const char *text;
		enum wf_reason string, bytes, number;
		int64_t value;
	} t[] = {
		{"\"\"", WF_R_OK, WF_R_OK, WF_R_CANDIDATE_MALFORMED, 0},
		{"\"12\"", WF_R_OK, WF_R_CANDIDATE_MALFORMED, WF_R_OK, 12},
		{"12", WF_R_CANDIDATE_MALFORMED, WF_R_CANDIDATE_MALFORMED, WF_R_OK, 12},
		{"\"-7\"", WF_R_OK, WF_R_CANDIDATE_MALFORMED, WF_R_OK, -7},
		{"\"9223372036854775807\"", WF_R_OK, WF_R_CANDIDATE_MALFORMED, WF_R_OK, INT64_MAX},
		{"\"9223372036854775808\"", WF_R_OK, WF_R_CANDIDATE_MALFORMED, WF_R_CANDIDATE_MALFORMED, 0},
		{"\"1e3\"", WF_R_OK, WF_R_CANDIDATE_MALFORMED, WF_R_CANDIDATE_MALFORMED, 0},
		{"\" 12\"", WF_R_OK, WF_R_CANDIDATE_MALFORMED, WF_R_CANDIDATE_MALFORMED, 0},
		{"\"+1\"", WF_R_OK, WF_R_CANDIDATE_MALFORMED, WF_R_CANDIDATE_MALFORMED, 0},
		{"1.0", WF_R_CANDIDATE_MALFORMED, WF_R_CANDIDATE_MALFORMED, WF_R_CANDIDATE_MALFORMED, 0},
		{"true", WF_R_CANDIDATE_MALFORMED, WF_R_CANDIDATE_MALFORMED, WF_R_CANDIDATE_MALFORMED, 0},
		{"\"YQ==\"", WF_R_OK, WF_R_OK, WF_R_CANDIDATE_MALFORMED, 0},
		{"\"YQ\"", WF_R_OK, WF_R_CANDIDATE_MALFORMED, WF_R_CANDIDATE_MALFORMED, 0},
		{"\"_-==\"", WF_R_OK, WF_R_CANDIDATE_MALFORMED, WF_R_CANDIDATE_MALFORMED, 0},
	};
	struct wf_arena a = {NULL};
	struct wf_str s;
	int64_t n;
	size_t i;

	for (i = 0; i < WF_COUNT(t); i++) {
		WF_AUTO(wf_json_freep) struct wf_json *j = with(t[i].text);
		struct wf_err e[3] = {{0}, {0}, {0}};

		n = 0;
		ERR(wf_proto_string(j, "x", "a", &s, &e[0]), &e[0], t[i].string, t[i].text);
		ERR(wf_proto_bytes(j, "x", "a", &a, &s, &e[1]), &e[1], t[i].bytes, "as bytes");
		ERR(wf_proto_int64(j, "x", "a", &n, &e[2]), &e[2], t[i].number, "as a number");
		OK(n == t[i].value, "its value");
	}
	{
		WF_AUTO(wf_json_freep) struct wf_json *j = with("1");
		struct wf_err e = {0};

		n = 5;
		ERR(wf_proto_string(j, "x", "b", &s, &e), &e, WF_R_OK, "no string");
		EQ(s.len, 0, "is empty");
		ERR(wf_proto_bytes(j, "x", "b", &a, &s, &e), &e, WF_R_OK, "no bytes");
		EQ(s.len, 0, "are none");
		ERR(wf_proto_int64(j, "x", "b", &n, &e), &e, WF_R_OK, "no number");
		EQ(n, 0, "is zero");
	}
	wf_arena_free(&a);
}

static void
documents(void)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	struct wf_err e = {0};

	ERR(wf_proto_parse(wf_str("{\"a\":1}"), "x", &j, &e), &e, WF_R_OK, "a document");
	wf_json_freep(&j);
	ERR(wf_proto_parse(wf_str("{\"a\":1,\"a\":2}"), "x", &j, &e), &e, WF_R_CANDIDATE_MALFORMED,
	    "a member twice: the candidate's reason, not the file's");
	wf_err_clear(&e);
	ERR(wf_proto_parse(wf_str("{} "), "x", &j, &e), &e, WF_R_OK, "blanks behind it");
	wf_json_freep(&j);
	ERR(wf_proto_parse(wf_str("{} {}"), "x", &j, &e), &e, WF_R_CANDIDATE_MALFORMED, "two documents");
}

int
main(void)
{
	objects();
	arrays();
	scalars();
	documents();
	return tap_done();
}
