/* SPDX-License-Identifier: Apache-2.0
 *
 * ref/oci.c and ref/artifact.c: which manifests are taken, which layer is the
 * module, and that evidence comes back as it went.  Each bad case changes one
 * thing in a manifest that passes.
 */
#include "base/limits.h"
#include "base/mem.h"
#include "ref/artifact.h"
#include "ref/oci.h"
#include "tests/lib/tap.h"

#define HEX "c8535250797c239bb51e2522c3487c48227307f52a5b165e5906a44e2d8356ba"
#define DESC(type, size) \
	"{\"mediaType\":\"" type "\",\"digest\":\"sha256:" HEX "\",\"size\":" size "}"
#define HEAD "{\"schemaVersion\":2,\"mediaType\":\"" WF_OCI_MANIFEST "\","
#define L1 "application/vnd.wasm.config.v0+json"
#define MANIFEST(config, layers) \
	HEAD "\"config\":" DESC(config, "2") ",\"layers\":[" layers "]}"
#define GOOD MANIFEST(L1, DESC("application/wasm", "34"))

static enum wf_rc
open_text(const char *text, struct wf_artifact *a, struct wf_err *e)
{
	struct wf_digest d;

	wf_err_clear(e);
	wf_digest_of(text, strlen(text), &d);
	return wf_artifact_open(wf_str(text), &d, a, e);
}

static void
takes(const char *text, const char *layout, const char *name)
{
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	struct wf_err e = {0};

	if (ERR(open_text(text, &a, &e), &e, WF_R_OK, name))
		IS(a.layout, layout, layout);
}

static void
refuses(const char *text, enum wf_reason why, const char *part, const char *name)
{
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	struct wf_err e = {0};

	if (ERR(open_text(text, &a, &e), &e, why, name) && !strstr(e.msg, part))
		IS(e.msg, part, "the message says why");
}

static void
layouts(void)
{
	takes(GOOD, "L1", "L1 is taken");
	takes(MANIFEST("application/vnd.wasm.config.v1+json",
	               DESC("application/vnd.wasm.content.layer.v1+wasm", "34")),
	      "L2", "L2 is taken");
	takes(HEAD "\"artifactType\":\"application/vnd.wasm.module\",\"config\":"
	      DESC(WF_OCI_EMPTY, "2") ",\"layers\":["
	      DESC("application/octet-stream", "34") "]}",
	      "L12", "L12 with an untyped layer is taken when its type says wasm");
	refuses(HEAD "\"artifactType\":\"application/vnd.example\",\"config\":"
	        DESC(WF_OCI_EMPTY, "2") ",\"layers\":["
	        DESC("application/octet-stream", "34") "]}",
	        WF_R_MALFORMED, "octet-stream", "and not when it says something else");
	refuses(MANIFEST(L1, ""), WF_R_MALFORMED, "0 layers", "no layer");
	refuses(MANIFEST(L1, DESC("application/wasm", "34") "," DESC("application/wasm", "34")),
	        WF_R_MALFORMED, "2 layers", "two layers");
	refuses(MANIFEST("application/vnd.oci.image.config.v1+json",
	                 DESC("application/vnd.oci.image.layer.v1.tar+gzip", "34")),
	        WF_R_MALFORMED, "L9", "a container image is named");
	refuses(MANIFEST("application/vnd.wasmcloud.actor.archive.config",
	                 DESC("application/vnd.module.wasm.content.layer.v1+wasm", "34")),
	        WF_R_MALFORMED, "L7", "wasmCloud legacy is named");
	refuses(MANIFEST("application/vnd.wasm.config.v1+json",
	                 DESC("application/vnd.module.wasm.config.v1+json", "3") ","
	                 DESC("application/vnd.module.wasm.content.layer.v1+wasm", "34")),
	        WF_R_MALFORMED, "L3", "solo.io is named");
	refuses(MANIFEST(L1, DESC("application/wasm", "34") ","
	                 DESC("application/vnd.wasm.policy.v1+yaml", "3")),
	        WF_R_MALFORMED, "L11", "Wassette with a policy is named");
	refuses(MANIFEST(L1, DESC("application/vnd.dev.sigstore.bundle.v0.3+json", "34")),
	        WF_R_MALFORMED, "signature", "a signature is no module");
	refuses(MANIFEST(L1, DESC("application/wasm", "268435457")), WF_R_LIMIT,
	        "268435457", "a module above the limit");
	takes(MANIFEST(L1, DESC("application/wasm", "268435456")), "L1",
	      "a module of exactly the limit");
}

static void
strictness(void)
{
	refuses(HEAD "\"layers\":[],\"config\":" DESC(L1, "2") ",\"layers\":["
	        DESC("application/wasm", "34") "]}",
	        WF_R_MALFORMED, "not JSON", "R-M1: a key twice");
	refuses(HEAD "\"config\":" DESC(L1, "2") ",\"manifests\":[],\"layers\":["
	        DESC("application/wasm", "34") "]}",
	        WF_R_MALFORMED, "at once", "R-M2: manifest and index at once");
	refuses(HEAD "\"config\":" DESC(L1, "2") ",\"Layers\":[],\"layers\":["
	        DESC("application/wasm", "34") "]}",
	        WF_R_MALFORMED, "case only", "R-M3: a key in another case");
	refuses(HEAD "\"config\":" DESC(L1, "2") ",\"layer\xc5\xbf\":[],\"layers\":["
	        DESC("application/wasm", "34") "]}",
	        WF_R_MALFORMED, "case only", "R-M3: long s folds to s");
	refuses(HEAD "\"config\":" DESC(L1, "2") ",\"layers\":["
	        "{\"mediaType\":\"application/wasm\",\"Digest\":\"x\",\"digest\":\"sha256:"
	        HEX "\",\"size\":1}]}",
	        WF_R_MALFORMED, "case only", "R-M3: inside a descriptor too");
	refuses("{\"schemaVersion\":1,\"config\":" DESC(L1, "2") ",\"layers\":["
	        DESC("application/wasm", "34") "]}",
	        WF_R_MALFORMED, "schemaVersion", "R-M4: schema 1");
	refuses("{\"schemaVersion\":2.0,\"config\":" DESC(L1, "2") ",\"layers\":["
	        DESC("application/wasm", "34") "]}",
	        WF_R_MALFORMED, "schemaVersion", "R-M4: 2.0 is no integer");
	refuses("{\"schemaVersion\":2,\"fsLayers\":[],\"config\":" DESC(L1, "2")
	        ",\"layers\":[" DESC("application/wasm", "34") "]}",
	        WF_R_MALFORMED, "schema 1", "R-M2: schema 1's members");
	refuses(MANIFEST(L1, DESC("application/wasm", "-1")), WF_R_MALFORMED,
	        "size", "R-M5: a negative size");
	refuses(MANIFEST(L1, DESC("application/wasm", "3.4e1")), WF_R_MALFORMED,
	        "size", "R-M5: a size that is no integer");
	refuses(MANIFEST(L1, DESC("application/wasm", "4611686018427387904")),
	        WF_R_LIMIT, "limit", "T13: a size of 2^62 is refused, not allocated");
	refuses(MANIFEST(L1, DESC("application/wasm", "\"34\"")), WF_R_MALFORMED,
	        "size", "a size that is a string");
	refuses("{\"schemaVersion\":2,\"mediaType\":\"" WF_OCI_INDEX "\",\"manifests\":[]}",
	        WF_R_MALFORMED, "an index", "an index is no module");
	refuses("{\"schemaVersion\":2,\"mediaType\":\"text/x\",\"config\":" DESC(L1, "2")
	        ",\"layers\":[" DESC("application/wasm", "34") "]}",
	        WF_R_MALFORMED, "text/x", "an unknown mediaType");
	refuses("{\"schemaVersion\":2,\"mediaType\":7,\"config\":" DESC(L1, "2")
	        ",\"layers\":[" DESC("application/wasm", "34") "]}",
	        WF_R_MALFORMED, "mediaType", "a mediaType that is no string");
	refuses(HEAD "\"config\":" DESC(L1, "2") ",\"layers\":{}}", WF_R_MALFORMED,
	        "array", "layers that are no array");
	refuses("[]", WF_R_MALFORMED, "object", "no object");
	refuses("", WF_R_MALFORMED, "not JSON", "nothing");
	refuses("<html>", WF_R_MALFORMED, "not JSON", "a page");
	refuses(GOOD " x", WF_R_MALFORMED, "not JSON", "bytes after the end");
}

static void
digests(void)
{
	static const char *const bad[] = {
		"sha256:../../../../etc/passwd",
		"sha256:C8535250797C239BB51E2522C3487C48227307F52A5B165E5906A44E2D8356BA",
		"sha256:c853", ("sha512:" HEX HEX), ("md5:" HEX), "",
	};
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	struct wf_digest d;
	struct wf_err e = {0};
	unsigned i;

	for (i = 0; i < WF_COUNT(bad); i++) {
		WF_AUTO(wf_freep) char *text = wf_asprintf(
			HEAD "\"config\":" DESC(L1, "2") ",\"layers\":[{\"mediaType\":"
			"\"application/wasm\",\"digest\":\"%s\",\"size\":34}]}", bad[i]);

		refuses(text, WF_R_MALFORMED, "lower-case", "T9: a digest that is none");
	}
	wf_digest_of("other", 5, &d);
	ERR(wf_artifact_open(wf_str(GOOD), &d, &a, &e), &e, WF_R_DIGEST_MISMATCH,
	    "R01 bytes that hash to something else");
	OK(a.manifest == NULL, "and nothing is given out");
}

static void
many_layers(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_MIB);
	unsigned i;

	wf_buf_putz(&b, HEAD "\"config\":" DESC(L1, "2") ",\"layers\":[");
	for (i = 0; i <= WF_MAX_LAYERS; i++)
		wf_buf_putf(&b, "%s" DESC("application/wasm", "1"), i ? "," : "");
	wf_buf_putz(&b, "]}");
	refuses(wf_buf_z(&b), WF_R_LIMIT, "501 layers", "R-M5: too many layers");
}

static void
values(void)
{
	static const char text[] =
		HEAD "\"config\":" DESC(L1, "2") ",\"layers\":[" DESC("application/wasm", "34")
		"],\"annotations\":{\"dev.wasmfn.args\":\"int4,text\",\"dev.wasmfn.export\":\"f\"}}";
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	struct wf_err e = {0};
	char digest[WF_DIGEST_TEXT];

	ERR(open_text(text, &a, &e), &e, WF_R_OK, "a manifest with annotations");
	IS(a.ann_args, "int4,text", "dev.wasmfn.args");
	IS(a.ann_export, "f", "dev.wasmfn.export");
	IS(a.ann_returns, NULL, "dev.wasmfn.returns is absent");
	EQ(a.layer.size, 34, "the layer's size");
	wf_digest_text(&a.layer.digest, digest);
	IS(digest, "sha256:" HEX, "and digest");
	IS(a.artifact_type, L1, "the type is the config's");
	EQ(a.manifest_len, strlen(text), "the exact bytes are kept");
}

static struct wf_artifact
with_candidates(void)
{
	struct wf_artifact a = WF_ARTIFACT_INIT;
	struct wf_candidate *c;
	struct wf_err e = {0};

	(void)!open_text(GOOD, &a, &e);
	c = wf_artifact_add(&a, WF_FORM_SIG_TAG);
	c->payload = wf_strndup("a\0b\xff", 4);
	c->payload_len = 4;
	wf_digest_of(c->payload, 4, &c->digest);
	c->signature = wf_strdup("c2ln");
	c->chain = wf_strdup("PEM");
	c = wf_artifact_add(&a, WF_FORM_BUNDLE_REFERRER);
	wf_digest_of("x", 1, &c->digest);
	wf_artifact_break(c, WF_R_CANDIDATE_LIMIT, "too \033[31m much");
	return a;
}

static void
evidence(void)
{
	WF_AUTO(wf_artifact_free) struct wf_artifact a = with_candidates();
	WF_AUTO(wf_artifact_free) struct wf_artifact b = WF_ARTIFACT_INIT;
	WF_AUTO(wf_artifact_free) struct wf_artifact c = WF_ARTIFACT_INIT;
	WF_AUTO(wf_json_freep) struct wf_json *j = wf_artifact_to_json(&a);
	struct wf_digest other;
	struct wf_err e = {0};

	ERR(wf_artifact_from_json(j, &a.digest, &b, &e), &e, WF_R_OK,
	    "evidence is read back");
	EQ(b.ncand, 2, "with its candidates");
	if (b.ncand == 2) {
		EQ(b.cand[0].form, WF_FORM_SIG_TAG, "form");
		EQ(b.cand[0].payload_len, 4, "payload length");
		OK(memcmp(b.cand[0].payload, "a\0b\xff", 4) == 0, "payload bytes");
		IS(b.cand[0].signature, "c2ln", "signature");
		IS(b.cand[0].chain, "PEM", "chain");
		IS(b.cand[0].certificate, NULL, "no certificate");
		EQ(b.cand[1].broken, WF_R_CANDIDATE_LIMIT, "what was broken stays so");
		IS(b.cand[1].detail, "too \\x1b[31m much", "T16: and is escaped");
	}
	wf_digest_of("other", 5, &other);
	ERR(wf_artifact_from_json(j, &other, &c, &e), &e, WF_R_DIGEST_MISMATCH,
	    "evidence for another digest is refused");
	wf_err_clear(&e);
	wf_json_set_z(j, "manifest", "bm90IGpzb24=");
	ERR(wf_artifact_from_json(j, &a.digest, &c, &e), &e, WF_R_DIGEST_MISMATCH,
	    "and so is a manifest that was changed");
	wf_err_clear(&e);
	wf_json_set_z(j, "manifest", "***");
	ERR(wf_artifact_from_json(j, &a.digest, &c, &e), &e, WF_R_MALFORMED,
	    "and what is no base64");
}

static void
words(void)
{
	unsigned i;

	for (i = WF_FORM_SIG_TAG; i <= WF_FORM_SBOM_TAG; i++)
		EQ(wf_form_parse(wf_str(wf_form_word((enum wf_form)i))), i,
		   wf_form_word((enum wf_form)i));
	EQ(wf_form_parse(wf_str("sig")), WF_FORM_NONE, "no such form");
	EQ(wf_artifact_broken_reason("malformed"), WF_R_CANDIDATE_MALFORMED,
	   "a candidate's malformed is the one with code 12");
	EQ(wf_artifact_broken_reason("ok"), WF_R_CANDIDATE_MALFORMED,
	   "a word that would make it whole does not");
}

/* An artifact by way of an index goes into the ledger and comes out of it. */
static void
by_index(void)
{
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	WF_AUTO(wf_artifact_free) struct wf_artifact b = WF_ARTIFACT_INIT;
	WF_AUTO(wf_artifact_free) struct wf_artifact c = WF_ARTIFACT_INIT;
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	WF_AUTO(wf_freep) char *index = NULL;
	struct wf_digest digest, child;
	char text[WF_DIGEST_TEXT];
	struct wf_err e = {0};

	wf_digest_of(GOOD, strlen(GOOD), &child);
	wf_digest_text(&child, text);
	index = wf_asprintf("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":"
	                    "\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"%s\","
	                    "\"size\":%zu}]}", text, strlen(GOOD));
	wf_digest_of(index, strlen(index), &digest);
	ERR(wf_artifact_open_index(wf_str(index), wf_str(GOOD), &digest, &a, &e), &e, WF_R_OK,
	    "an index and its manifest");
	OK(wf_digest_eq(&a.digest, &digest) && wf_digest_eq(&a.child, &child), "with both digests");
	j = wf_artifact_to_json(&a);
	ERR(wf_artifact_from_json(j, &digest, &b, &e), &e, WF_R_OK, "come back");
	ERR(wf_artifact_reopen(&b, &c, &e), &e, WF_R_OK, "and open again");
	OK(wf_digest_eq(&c.child, &child) && c.index_len == strlen(index), "as they were");
	b.index[b.index_len - 1] = ' ';
	wf_artifact_free(&c);
	ERR(wf_artifact_reopen(&b, &c, &e), &e, WF_R_DIGEST_MISMATCH, "R01 not with another index");
	wf_err_clear(&e);
	wf_json_del(j, "index");
	wf_artifact_free(&b);
	ERR(wf_artifact_from_json(j, &digest, &b, &e), &e, WF_R_DIGEST_MISMATCH,
	    "nor the manifest in the index's place");
}

int
main(void)
{
	layouts();
	strictness();
	digests();
	many_layers();
	values();
	evidence();
	by_index();
	words();
	return tap_done();
}
