/* SPDX-License-Identifier: Apache-2.0
 *
 * Floors in ledger rows: one that cannot be read is no missing one.
 */
#include "base/enc.h"
#include "op/op_floor.h"
#include "tests/lib/tap.h"

#define HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* A row with the evidence of an artifact that has these annotations. */
static struct wf_ledger_row
row(int64_t seq, const char *annotations, struct wf_json **evidence)
{
	struct wf_ledger_row r = {.seq = seq, .action = "replace", .spec = WF_SPEC_INIT};
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(4096);
	WF_AUTO(wf_buf_free) struct wf_buf coded = WF_BUF_INIT(8192);

	wf_buf_putf(&text, "{\"schemaVersion\":2,\"mediaType\":"
	            "\"application/vnd.oci.image.manifest.v1+json\",\"config\":{\"mediaType\":"
	            "\"application/vnd.wasm.config.v0+json\",\"digest\":\"sha256:" HEX "\",\"size\":0},"
	            "\"layers\":[{\"mediaType\":\"application/wasm\",\"digest\":\"sha256:" HEX
	            "\",\"size\":0}],\"annotations\":{%s}}", annotations);
	if (wf_enc_base64(wf_buf_str(&text), &coded, NULL) != WF_OK)
		wf_die("base64");
	*evidence = wf_json_object();
	wf_json_set_z(*evidence, "manifest", wf_buf_z(&coded));
	wf_json_set(*evidence, "candidates", wf_json_array());
	r.spec.schema = "wasm";
	r.spec.name = "f";
	r.spec.has_manifest = true;
	wf_digest_of(text.p, text.len, &r.spec.manifest);
	r.evidence = *evidence;
	return r;
}

static enum wf_rc
back(const char *annotations, bool damaged, struct wf_err *e)
{
	WF_AUTO(wf_json_freep) struct wf_json *first = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *second = NULL;
	const struct wf_ledger_row rows[] = {
		row(1, "\"org.opencontainers.image.created\":\"2026-01-01T00:00:00Z\"", &first),
		row(2, annotations, &second),
	};

	if (damaged)
		wf_json_set_z(second, "manifest", "bm90aGluZw==");
	wf_err_clear(e);
	return wf_op_floor(rows, WF_COUNT(rows), &rows[0], e);
}

int
main(void)
{
	struct wf_err e = {0};

	ERR(back("", false, &e), &e, WF_R_OK, "no floor");
	ERR(back("\"dev.wasmfn.floor\":\"2026-01-01T00:00:00Z\"", false, &e), &e, WF_R_OK, "at it");
	ERR(back("\"dev.wasmfn.floor\":\"2026-01-02T00:00:00Z\"", false, &e), &e,
	    WF_R_ROLLBACK_REFUSED, "below it");
	ERR(back("\"dev.wasmfn.floor\":\"2026-01-02\"", false, &e), &e, WF_R_ROLLBACK_REFUSED,
	    "one that is no time");
	ERR(back("\"dev.wasmfn.floor\":\"\"", false, &e), &e, WF_R_ROLLBACK_REFUSED,
	    "one that is empty");
	ERR(back("", true, &e), &e, WF_R_ROLLBACK_REFUSED, "evidence of something else");
	return tap_done();
}
