/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/root.c: R45, one change of a file that was shown to be read.
 */
#include "trust/root.h"

#include "base/limits.h"
#include "tests/lib/sign.h"
#include "tests/lib/tap.h"
#include "tests/pki/pki.h"

static enum wf_rc
parse(struct wf_str text, struct wf_root **out, struct wf_err *err)
{
	return wf_root_parse(text, "root.json", out, err);
}

struct row {
	const char *change, *says; /* says NULL: it is read */
};

static const struct row rows[] = {
	{NULL, NULL},
	{"ok-r45-media-type-v0.1", NULL},
	{"ok-r45-media-type-v0.2", NULL},
	{"ok-r45-log-twice", NULL},
	{"ok-r45-unknown-key-type-elsewhere", NULL},
	{"r45-unknown-key-type", NULL},
	{"r45-no-logs", NULL},
	{"r45-no-ctlogs", NULL},
	{"r45-no-authorities", NULL},
	{"r45-no-timestamp-authorities", NULL},
	{"r45-media-type", "mediaType is"},
	{"r45-no-media-type", "mediaType is"},
	{"r45-unknown-member", "unknown member \"extra\""},
	{"r45-duplicate-key", "duplicate"},
	{"r45-not-json", "not JSON"},
	{"r45-log-without-start", "tlogs[0]: validFor has no start"},
	{"r45-log-without-window", "tlogs[0]: validFor has no start"},
	{"r45-ctlog-without-start", "ctlogs[0]: validFor has no start"},
	{"r45-ctlog-without-window", "ctlogs[0]: validFor has no start"},
	{"r45-bad-date", "expected an RFC 3339 time"},
	{"r45-end-before-start", "ends before it starts"},
	{"r45-key-not-der", "tlogs[0]"},
	{"r45-bad-base64", "tlogs[0]"},
	{"r45-certificate-not-der", "certificateAuthorities[0]: not a DER certificate"},
	{"r45-no-certificates", "certChain has no certificate"},
};

static void
start(struct pki *p, const char *change)
{
	struct pki_ask ask = pki_ask_default();

	ask.data = "tests/data";
	ask.artifact = WF_STR_LIT("the artifact");
	if (change)
		ask.changes[ask.nchanges++] = change;
	pki_init(p, &ask);
}

static void
test_rows(void)
{
	size_t i;

	for (i = 0; i < WF_COUNT(rows); i++) {
		WF_AUTO(wf_root_freep) struct wf_root *r = NULL;
		WF_AUTO(pki_free) struct pki p;
		struct wf_str text;
		struct wf_err err = {0};
		const char *name = rows[i].change ? rows[i].change : "R45 is read";

		start(&p, rows[i].change);
		text = pki_trusted_root_text(&p);
		ERR(parse(text, &r, &err), &err, rows[i].says ? WF_R_CONFIG : WF_R_OK, name);
		if (!rows[i].says)
			continue;
		OK(!r, "nothing comes out");
		if (!OK(strstr(err.msg, rows[i].says), rows[i].says))
			printf("# %s\n", err.msg);
	}
}

struct edit {
	const char *name, *path, *value, *says;
};

#define LOG "tlogs.0."
#define CA "certificateAuthorities.0."

static void
test_edits(void)
{
	static const struct edit edits[] = {
		{"R45 an end equal to the start", LOG "publicKey.validFor", "{\"start\":\"2026-01-01T00:00:00Z\",\"end\":\"2026-01-01T00:00:00Z\"}", NULL},
		{"R45 a fraction", LOG "publicKey.validFor.end", "\"2036-01-01T00:00:00.999Z\"", NULL},
		{"R45 an authority without a start is open", CA "validFor", "{}", NULL},
		{"R45 an authority without a window is open", CA "validFor", NULL, NULL},
		{"R45 operator and checkpoint key", LOG "checkpointKeyId", "{\"keyId\":\"AAAAAA==\"}", NULL},
		{"R45 key details that lie", LOG "publicKey.keyDetails", "\"PKIX_ED25519\"", "but keyDetails says"},
		{"R45 another Merkle hash", LOG "hashAlgorithm", "\"SHA2_512\"", "expected SHA2_256"},
		{"R45 no Merkle hash", LOG "hashAlgorithm", NULL, "expected SHA2_256"},
		{"R45 a short log id", LOG "logId.keyId", "\"AAAA\"", "has 3 bytes"},
		{"R45 no log id", LOG "logId", NULL, "logId"},
		{"R45 no key", LOG "publicKey", NULL, "publicKey"},
		{"R45 an empty key", LOG "publicKey.rawBytes", "\"\"", "publicKey.rawBytes"},
		{"R45 an unknown member of a log", LOG "trusted", "true", "unknown member"},
		{"R45 a null", LOG "publicKey.validFor.end", "null", "null"},
		{"R45 a time without a zone", LOG "publicKey.validFor.start", "\"2026-01-01T00:00:00\"", "RFC 3339"},
		{"R45 a time as a number", LOG "publicKey.validFor.start", "1767225600", "start"},
		{"R45 logs that are no list", "tlogs", "{}", "expected an array"},
		{"R45 no chain", CA "certChain", NULL, "certChain"},
		{"R45 an unknown member of an authority", CA "trusted", "true", "unknown member"},
	};
	WF_AUTO(pki_free) struct pki p;
	size_t i;

	start(&p, NULL);
	for (i = 0; i < WF_COUNT(edits); i++) {
		WF_AUTO(wf_json_freep) struct wf_json *doc = pki_trusted_root(&p);
		WF_AUTO(wf_freep) char *text = NULL;
		WF_AUTO(wf_root_freep) struct wf_root *r = NULL;
		struct wf_err err = {0};

		sign_set(doc, edits[i].path, edits[i].value ? sign_json(edits[i].value) : NULL);
		text = sign_text(doc);
		ERR(parse(wf_str(text), &r, &err), &err, edits[i].says ? WF_R_CONFIG : WF_R_OK, edits[i].name);
		if (edits[i].says && !OK(strstr(err.msg, edits[i].says), edits[i].says))
			printf("# %s\n", err.msg);
	}
}

static void
test_values(void)
{
	WF_AUTO(wf_root_freep) struct wf_root *r = NULL;
	WF_AUTO(pki_free) struct pki p;
	const struct wf_root_log *log;
	struct wf_err err = {0};
	struct wf_str id;
	size_t i = 0;

	start(&p, NULL);
	ERR(parse(pki_trusted_root_text(&p), &r, &err), &err, WF_R_OK, "read");
	IS(r->name, "root.json", "knows its file");
	id = pki_log_id(&p, PKI_LOG1);
	log = wf_root_log_next(r->logs, r->nlogs, id, &i);
	OK(log && wf_str_eqz(log->origin, PKI_LOG1), "R45 a log by its id, with the host of its address");
	OK(log && log->key && wf_str_eq(log->spki, pki_spki(&p, pki_key(&p, "rekor1", "p256"))), "R45 and its key");
	OK(!wf_root_log_next(r->logs, r->nlogs, id, &i), "R45 once");
	i = 0;
	OK(!wf_root_log_next(r->logs, r->nlogs, (struct wf_str){id.p, 31}, &i), "R45 not by part of an id");
	OK(log && log->window.start.sec == PKI_START && !log->window.has_end, "R45 its window");
	EQ(r->cas[0].ncerts, 2, "R37 a chain of two");
	OK(!r->cas[0].leaf && r->cas[0].anchor == r->cas[0].certs[1], "R37 the last is the anchor");
	OK(r->tsas[0].leaf == r->tsas[0].certs[0] && r->tsas[0].nintermediates == 0, "R33 a timestamp authority's own");
	OK(r->newest.sec >= PKI_START, "knows how new it is");
	EQ(r->nskipped, 0, "nothing left out");
}

/* R45: a log of a kind that is not served is left out, and said so. */
static void
test_skipped(void)
{
	WF_AUTO(wf_root_freep) struct wf_root *r = NULL;
	WF_AUTO(pki_free) struct pki p;
	struct wf_err err = {0};
	size_t i = 0;

	start(&p, "r45-unknown-key-type");
	ERR(parse(pki_trusted_root_text(&p), &r, &err), &err, WF_R_OK, "read");
	EQ(r->nskipped, 1, "R45 one left out");
	IS(r->skipped[0].what, "tlogs[0]", "R45 which");
	IS(r->skipped[0].why, "its key is not of a kind that is served: ML_DSA_65", "R45 and why");
	OK(!wf_root_log_next(r->logs, r->nlogs, pki_log_id(&p, PKI_LOG1), &i), "R45 it is not known");
}

static void
test_limits(void)
{
	WF_AUTO(wf_root_freep) struct wf_root *r = NULL;
	WF_AUTO(pki_free) struct pki p;
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	WF_AUTO(wf_freep) char *text = NULL, *big = NULL;
	struct wf_json *list = wf_json_array();
	struct wf_err e1 = {0}, e2 = {0};
	size_t i;

	start(&p, NULL);
	doc = pki_trusted_root(&p);
	for (i = 0; i <= WF_MAX_ROOT_ENTRIES; i++)
		wf_json_push(list, wf_json_object());
	sign_set(doc, "tlogs", list);
	text = sign_text(doc);
	ERR(parse(wf_str(text), &r, &e1), &e1, WF_R_CONFIG, "R03 too many entries");
	big = wf_calloc(1, WF_MAX_ROOT_BYTES + 1);
	memset(big, ' ', WF_MAX_ROOT_BYTES + 1);
	ERR(parse((struct wf_str){big, WF_MAX_ROOT_BYTES + 1}, &r, &e2), &e2, WF_R_CONFIG, "R03 too many bytes");
	OK(strstr(e2.msg, "at most"), "says so");
}

/* One root in a line is read, two lines are two roots. */
static void
test_lines(void)
{
	WF_AUTO(wf_root_freep) struct wf_root *r = NULL, *none = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf line = WF_BUF_INIT(1 << 20);
	WF_AUTO(pki_free) struct pki p;
	struct wf_err e1 = {0}, e2 = {0};

	start(&p, NULL);
	doc = pki_trusted_root(&p);
	OK(wf_json_dump(doc, WF_JSON_LINE, &line, NULL) == WF_OK, "a root as one line");
	ERR(parse(pki_str(&p, "%s\n", wf_buf_z(&line)), &r, &e1), &e1, WF_R_OK, "R45 one line");
	ERR(parse(pki_str(&p, "%s\n%s\n", wf_buf_z(&line), wf_buf_z(&line)), &none, &e2), &e2, WF_R_CONFIG,
	    "R45 two lines");
	OK(strstr(e2.msg, "several trusted roots, one a line") && e2.hint[0] && !none, "R45 says what it is");
}

int
main(void)
{
	test_rows();
	test_edits();
	test_values();
	test_skipped();
	test_limits();
	test_lines();
	return tap_done();
}
