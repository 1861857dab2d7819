/* SPDX-License-Identifier: Apache-2.0
 *
 * plan/ledger_text.c: a member cut out of JSON text leaves what a parser
 * makes of the rest, and never a sound object out of one that is not.
 */
#include "plan/ledger_text.h"

#include <stdlib.h>

#include "dep/json.h"
#include "plan/ledger_row.h"
#include "tests/lib/tap.h"

static void
cuts(void)
{
	static const struct {
		const char *text, *value, *rest;
	} t[] = {
		{"{\"k\":1}", "1", "{}"},
		{"{\"k\":1,\"a\":2}", "1", "{\"a\":2}"},
		{"{\"a\":2,\"k\":1}", "1", "{\"a\":2}"},
		{"{\"a\":2,\"k\":{\"x\":[1,{}]},\"b\":3}", "{\"x\":[1,{}]}", "{\"a\":2,\"b\":3}"},
		{" { \"a\" : 2 , \"k\" : \"}\\\"]\" , \"b\":3}", "\"}\\\"]\"", " { \"a\" : 2 , \"b\":3}"},
		{"{\"a\":{\"k\":1},\"k\":[\"k\"]}", "[\"k\"]", "{\"a\":{\"k\":1}}"},
		{"{\"a\":\"\\\"k\\\":1\",\"k\":null , \"z\":0 }", "null ", "{\"a\":\"\\\"k\\\":1\",\"z\":0 }"},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(t); i++) {
		WF_AUTO(wf_buf_free) struct wf_buf rest = WF_BUF_INIT(4096);
		WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
		struct wf_str v = {NULL, 0};
		struct wf_err e = {0};

		OK(wf_ledger_text_cut(wf_str(t[i].text), "k", &v, &rest), t[i].text);
		OK(wf_str_eqz(v, t[i].value), "its value");
		IS(wf_buf_z(&rest), t[i].rest, "the rest");
		ERR(wf_json_parse(wf_buf_str(&rest), "rest", &j, &e), &e, WF_R_OK, "which is JSON");
		OK(wf_ledger_text_member(wf_str(t[i].text), "k", &v) && wf_str_eqz(v, t[i].value),
		   "and without cutting");
	}
}

/* Nothing is cut, or what is left is no JSON either. */
static void
unsound(void)
{
	static const char *const t[] = {
		"", "[]", "{", "{}", "{\"a\":1}", "{\"k\"}", "{\"k\":}", "{\"k\":1", "{\"k\":\"1}",
		"{\"k\":[1}", "{\"k\":{}", "{\"k\":1,}", "{\"k\":1 \"a\":2}", "{\"a\":1 \"k\":2}",
		"{,\"k\":1}", "{\"a\":1,,\"k\":2}", "{\"k\":1}x", "{\"k\":1,\"a\"}", "k", "\"k\":1",
		"{\"a\":1,\"k\":2,}", "{k:1}", "{\"\\u006b\":1}",
	};
	size_t i;

	for (i = 0; i < WF_COUNT(t); i++) {
		WF_AUTO(wf_buf_free) struct wf_buf rest = WF_BUF_INIT(4096);
		WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
		struct wf_str v;
		bool cut = wf_ledger_text_cut(wf_str(t[i]), "k", &v, &rest);

		OK(!cut || wf_json_parse(wf_buf_str(&rest), "rest", &j, NULL) != WF_OK, t[i]);
	}
}

static enum wf_rc
row_of(const char *text, struct wf_ledger_row *r, struct wf_arena *a, struct wf_json **doc,
       struct wf_err *e)
{
	return wf_ledger_row_from_text(wf_str(text), NULL, a, a, doc, r, e);
}

#define HEAD "{\"action\":\"create\","
#define TAIL "\"function\":{\"name\":\"f\",\"schema\":\"s\"},\"prev\":\"sha256:" \
	"0000000000000000000000000000000000000000000000000000000000000000\",\"seq\":1}"

static void
rows(void)
{
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *owner = NULL;
	struct wf_arena a = {NULL};
	struct wf_ledger_row r = {.seq = 0};
	struct wf_err e = {0};
	struct wf_digest h;

	ERR(row_of(HEAD "\"evidence\":{\"manifest\":\"eA==\"}," TAIL, &r, &a, &doc, &e), &e, WF_R_OK,
	    "a row from text");
	OK(r.evidence == NULL && wf_str_eqz(r.evidence_text, "{\"manifest\":\"eA==\"}"),
	   "its evidence stays text");
	OK(wf_json_z(wf_json_get(wf_ledger_row_evidence(&r, &owner), "manifest")) != NULL,
	   "until it is asked for");
	r.evidence = owner;
	wf_ledger_row_hash(&r, &h);
	OK(r.has_text_hash && wf_digest_eq(&h, &r.text_hash), "the text hashes as the row does");
	wf_json_freep(&doc);
	ERR(row_of(HEAD "\"evidence\":{},\"evidence\":{}," TAIL, &r, &a, &doc, &e), &e,
	    WF_R_MALFORMED, "evidence twice");
	wf_err_clear(&e);
	ERR(row_of(HEAD "\"evidence\":{},\"\\u0065vidence\":{}," TAIL, &r, &a, &doc, &e), &e,
	    WF_R_MALFORMED, "twice in another spelling");
	wf_err_clear(&e);
	ERR(row_of(HEAD "\"evidence\":{}" TAIL, &r, &a, &doc, &e), &e, WF_R_MALFORMED,
	    "no comma behind it");
	r = (struct wf_ledger_row){.evidence_text = wf_str("{\"manifest\":")};
	wf_json_freep(&owner);
	OK(wf_ledger_row_evidence(&r, &owner) == NULL, "evidence that is no JSON is none");
	wf_arena_free(&a);
}

/* Rows of one install repeat their settings: they are parsed once. */
static void
settings(void)
{
	static const struct {
		const char *text;
		bool shared;
		enum wf_reason reason;
	} t[] = {
		{HEAD "\"settings\":{\"a\":\"1\"}," TAIL, true, WF_R_OK},
		{HEAD "\"evidence\":{},\"settings\":{\"a\":\"1\"}," TAIL, true, WF_R_OK},
		{HEAD "\"settings\":{\"a\":\"2\"}," TAIL, false, WF_R_OK},
		{HEAD "\"settings\":{\"a\":\"1\"},\"settings\":{\"a\":\"1\"}," TAIL, false,
		 WF_R_MALFORMED},
		{HEAD "\"settings\":{\"a\":\"1\"},\"s\\u0065ttings\":{\"a\":\"1\"}," TAIL, false,
		 WF_R_MALFORMED},
		{HEAD "\"settings\":{\"a\":\"1\"},\"more\":1," TAIL, false, WF_R_MALFORMED},
		{HEAD TAIL, false, WF_R_OK},
	};
	struct wf_arena a = {NULL};
	WF_AUTO(wf_json_freep) struct wf_json *first = NULL;
	struct wf_ledger_row like = {.seq = 0};
	struct wf_err e = {0};
	size_t i;

	ERR(row_of(t[0].text, &like, &a, &first, &e), &e, WF_R_OK, "the row before");
	for (i = 0; i < WF_COUNT(t); i++) {
		WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
		struct wf_ledger_row r = {.seq = 0};

		wf_err_clear(&e);
		ERR(wf_ledger_row_from_text(wf_str(t[i].text), &like, &a, &a, &doc, &r, &e), &e,
		    t[i].reason, t[i].text);
		if (t[i].reason != WF_R_OK)
			continue;
		OK((r.settings && r.settings == like.settings) == t[i].shared, "whose settings");
	}
	wf_arena_free(&a);
}

int
main(void)
{
	settings();
	cuts();
	unsound();
	rows();
	return tap_done();
}
