/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON door: one reading of a document, one writing of a value.
 */
#include "base/limits.h"
#include "base/mem.h"
#include "dep/json.h"
#include "tests/lib/tap.h"

static void
refuses(void)
{
	static const struct {
		const char *what, *text;
		size_t len;
	} bad[] = {
		{"nothing", "", 0},
		{"duplicate key", "{\"a\":1,\"a\":2}", 0},
		{"duplicate key, escaped", "{\"a\":1,\"\\u0061\":2}", 0},
		{"duplicate key inside", "[{\"x\":{\"a\":1,\"a\":1}}]", 0},
		{"trailing bytes", "{} x", 0},
		{"a second document", "{}{}", 0},
		{"NUL at the end", "{}\0", 3},
		{"escaped NUL", "[\"\\u0000\"]", 0},
		{"escaped NUL in a key", "{\"a\\u0000b\":1}", 0},
		{"raw NUL", "[\"a\0b\"]", 7},
		{"not UTF-8", "[\"\xff\"]", 0},
		{"half a surrogate", "[\"\\ud800\"]", 0},
		{"raw control byte", "[\"\n\"]", 0},
		{"a text alone", "\"x\"", 0},
		{"a number alone", "1", 0},
		{"comma at the end", "[1,]", 0},
		{"single quotes", "{'a':1}", 0},
		{"comment", "[1] // x", 0},
		{"leading zero", "[01]", 0},
		{"integer past 63 bits", "[9223372036854775808]", 0},
		{"real past double", "[1e999]", 0},
		{"NaN", "[NaN]", 0},
		{"byte order mark", "\xef\xbb\xbf{}", 0},
		{"HTML", "<html></html>", 0},
		{"unclosed", "{\"a\":[1", 0},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(bad); i++) {
		struct wf_json *j = NULL;
		struct wf_err err = {0};
		struct wf_str text = {bad[i].text, bad[i].len ? bad[i].len : strlen(bad[i].text)};

		ERR(wf_json_parse(text, "doc", &j, &err), &err, WF_R_MALFORMED, bad[i].what);
		OK(!j && strncmp(err.msg, "doc:", 4) == 0, "names the document");
		wf_json_free(j);
	}
}

static void
depth(void)
{
	char text[4 * WF_MAX_JSON_DEPTH];
	struct wf_err err = {0};
	unsigned n;

	for (n = WF_MAX_JSON_DEPTH; n <= WF_MAX_JSON_DEPTH + 1; n++) {
		WF_AUTO(wf_json_freep) struct wf_json *j = NULL;

		memset(text, '[', n);
		memset(text + n, ']', n);
		ERR(wf_json_parse((struct wf_str){text, 2 * n}, "d", &j, &err), &err,
		    n > WF_MAX_JSON_DEPTH ? WF_R_LIMIT : WF_R_OK, "depth at and past the limit");
	}
	{
		WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
		WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(1000);

		wf_buf_putz(&b, "[\"");
		for (n = 0; n < 200; n++)
			wf_buf_putz(&b, "[\\\"");
		wf_buf_putz(&b, "\"]");
		wf_err_clear(&err);
		ERR(wf_json_parse(wf_buf_str(&b), "d", &j, &err), &err, WF_R_OK,
		    "brackets in a text are no depth");
	}
}

static void
reading(void)
{
	static const char text[] =
		"{\"s\":\"a\\u00e9\",\"i\":-5,\"r\":1.5,\"b\":true,\"n\":null,\"a\":[1,\"x\"],\"o\":{\"k\":1}}";
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	struct wf_err err = {0};
	const struct wf_json *v;
	const char *key = NULL;
	struct wf_str s = {NULL, 0};
	int64_t i = 0;
	bool b = false;
	void *it = NULL;
	int n = 0;

	ERR(wf_json_parse(wf_str(text), "d", &j, &err), &err, WF_R_OK, "a good document");
	EQ(wf_json_kind(j), WF_JSON_OBJECT, "object");
	IS(wf_json_z(wf_json_get(j, "s")), "a\xc3\xa9", "text");
	OK(wf_json_str(wf_json_get(j, "s"), &s) && s.len == 3, "its length in bytes");
	OK(wf_json_int(wf_json_get(j, "i"), &i) && i == -5, "integer");
	OK(!wf_json_int(wf_json_get(j, "r"), &i) && i == -5, "a real is no integer");
	OK(!wf_json_int(wf_json_get(j, "s"), &i), "a text is no integer");
	OK(wf_json_bool(wf_json_get(j, "b"), &b) && b, "truth value");
	OK(!wf_json_bool(wf_json_get(j, "i"), &b), "an integer is no truth value");
	EQ(wf_json_kind(wf_json_get(j, "n")), WF_JSON_NULL, "null");
	EQ(wf_json_kind(wf_json_get(j, "zz")), WF_JSON_NONE, "and nothing");
	EQ(wf_json_len(wf_json_get(j, "a")), 2, "length of an array");
	IS(wf_json_z(wf_json_at(wf_json_get(j, "a"), 1)), "x", "its second");
	OK(!wf_json_at(wf_json_get(j, "a"), 2), "its third");
	while (wf_json_next(j, &it, &key, &v))
		n++;
	EQ(n, 7, "walks all members");
	IS(key, "o", "in their order");
	OK(!wf_json_get(NULL, "x") && !wf_json_at(NULL, 0) && !wf_json_len(NULL) &&
	   !wf_json_z(NULL) && !wf_json_str(NULL, &s) && !wf_json_int(NULL, &i),
	   "nothing gives nothing");
	OK(!wf_json_get(wf_json_get(j, "a"), "k") && !wf_json_at(j, 0), "wrong kinds too");
}

static void
writes(const struct wf_json *j, enum wf_json_style style, const char *want, const char *name)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(4096);

	EQ(wf_json_dump(j, style, &b, NULL), 0, name);
	IS(wf_buf_z(&b), want, name);
}

static void
writing(void)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = wf_json_object();
	WF_AUTO(wf_json_freep) struct wf_json *copy = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf small = WF_BUF_INIT(10);
	struct wf_json *a = wf_json_array();
	struct wf_err err = {0};

	wf_json_push(a, wf_json_new_int(INT64_MIN));
	wf_json_push(a, wf_json_new_bool(false));
	wf_json_push(a, wf_json_new_null());
	wf_json_set_z(j, "z", "a\"\\\n\x1b/\xc3\xa9");
	wf_json_set(j, "b", a);
	wf_json_set_z(j, "none", NULL);
	wf_json_set_str(j, "bytes", (struct wf_str){"a\xff\xc3\xa9\0", 5});
	writes(j, WF_JSON_COMPACT,
	       "{\"z\":\"a\\\"\\\\\\n\\u001B/\xc3\xa9\",\"b\":[-9223372036854775808,false,null],"
	       "\"none\":null,\"bytes\":\"a\\\\xff\xc3\xa9\\u0000\"}", "compact, as set");
	copy = wf_json_copy(j);
	wf_json_del(j, "bytes");
	writes(j, WF_JSON_CANONICAL,
	       "{\"b\":[-9223372036854775808,false,null],\"none\":null,\"z\":\"a\\\"\\\\\\n\\u001B/\xc3\xa9\"}",
	       "canonical, sorted");
	EQ(wf_json_len(copy), 4, "a copy is its own");
	/* C1 and bidi characters are no control bytes of JSON: a terminal's are */
	wf_json_set_z(j, "z", "\xc2\x9b" "31m\xe2\x80\xae\xf0\x9f\x90\x98");
	writes(j, WF_JSON_LINE,
	       "{\"z\":\"\\u009B31m\\u202E\\uD83D\\uDC18\",\"b\":[-9223372036854775808,false,null],"
	       "\"none\":null}", "a line for a terminal");
	writes(j, WF_JSON_PRETTY,
	       "{\n  \"z\": \"\\u009B31m\\u202E\\uD83D\\uDC18\",\n  \"b\": [\n"
	       "    -9223372036854775808,\n    false,\n    null\n  ],\n  \"none\": null\n}",
	       "and a document");
	ERR(wf_json_dump(j, WF_JSON_COMPACT, &small, &err), &err, WF_R_LIMIT, "too large");
	writes(wf_json_get(j, "b"), WF_JSON_PRETTY,
	       "[\n  -9223372036854775808,\n  false,\n  null\n]", "pretty");
}

/* A value takes fifty times its bytes: so many, and no more. */
static void
sparse(void)
{
	struct wf_buf b = WF_BUF_INIT(WF_MIB);
	struct wf_err err = {0};
	/* N zeros are N + 1 values in 2 N + 1 bytes */
	unsigned i, most = (WF_MAX_JSON_VALUES - 1) * (WF_MIN_JSON_VALUE_BYTES / 2) /
	                   (WF_MIN_JSON_VALUE_BYTES / 2 - 1);
	int past;

	for (past = 0; past <= 1; past++) {
		WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
		WF_AUTO(wf_json_freep) struct wf_json *k = NULL;

		wf_buf_free(&b);
		wf_buf_putf(&b, "[");
		for (i = 0; i < most + 2 * (unsigned)past; i++)
			wf_buf_putf(&b, i ? ",0" : "0");
		wf_buf_putf(&b, "]");
		wf_err_clear(&err);
		ERR(wf_json_parse_sparse(wf_buf_str(&b), "t", &j, &err), &err,
		    past ? WF_R_LIMIT : WF_R_OK, past ? "too many values" : "many values");
		wf_err_clear(&err);
		ERR(wf_json_parse(wf_buf_str(&b), "t", &k, &err), &err, WF_R_OK,
		    "which what is ours may have");
	}
	wf_buf_free(&b);
}

int
main(void)
{
	refuses();
	depth();
	reading();
	writing();
	sparse();
	return tap_done();
}
