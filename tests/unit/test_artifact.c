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
	refuses(MANIFEST(L1, DESC("application/vnd.dev.sigstore.bundle.v0.3+json", "34")),
	        WF_R_MALFORMED, "signature", "a signature is no module");
	refuses(MANIFEST(L1, DESC("application/wasm", "1073741825")), WF_R_LIMIT,
	        "1073741825", "a module above the limit");
	takes(MANIFEST(L1, DESC("application/wasm", "1073741824")), "L1",
	      "a module of exactly the limit");
}

/* Every layout of the table, by what tells it: the layer that holds the module
 * and how, or why there is none. */
static void
every_layout(void)
{
#define IMAGE "application/vnd.oci.image.config.v1+json"
#define DOCKER "application/vnd.docker.container.image.v1+json"
#define WASM DESC("application/wasm", "34")
#define OTHER_WASM "{\"mediaType\":\"application/vnd.wasm.content.layer.v1+wasm\",\"digest\":\"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\"size\":34,\"annotations\":{\"org.opencontainers.image.title\":\"b.wasm\"}}"
#define TAR(more) DESC("application/vnd.oci.image.layer.v1.tar" more, "34")
#define MODULE "application/vnd.module.wasm."
	static const struct {
		const char *name, *layout, *text;
		enum wf_pack pack;
		const char *says; /* not NULL: refused */
	} rows[] = {
		{"CNCF", "L1", GOOD, WF_PACK_NONE, NULL},
		{"R-L1: CNCF with another layer", "L1", MANIFEST(L1, WASM "," DESC("text/plain", "3")), WF_PACK_NONE, "2 layers, expected exactly one"},
		{"CNCF, packed", "L1", MANIFEST(L1, TAR("+gzip")), WF_PACK_NONE, "no WASM module"},
		{"wasm-to-oci", "L2", MANIFEST("application/vnd.wasm.config.v1+json", OTHER_WASM), WF_PACK_NONE, NULL},
		{"solo.io", "L3", MANIFEST(IMAGE, DESC(MODULE "config.v1+json", "3") "," DESC(MODULE "content.layer.v1+wasm", "34")), WF_PACK_NONE, NULL},
		{"solo.io without a module", "L3", MANIFEST(IMAGE, DESC(MODULE "config.v1+json", "3")), WF_PACK_NONE, "L3 (solo.io)"},
		{"compat", "L4", HEAD "\"annotations\":{\"module.wasm.image/variant\":\"compat\"},\"config\":" DESC(IMAGE, "2") ",\"layers\":[" TAR("+gzip") "]}", WF_PACK_GZIP, NULL},
		{"R-L3: Docker before compat", "L5", "{\"schemaVersion\":2,\"mediaType\":\"" WF_OCI_DOCKER_MANIFEST "\",\"config\":" DESC(DOCKER, "2") ",\"layers\":[" DESC("application/vnd.docker.image.rootfs.diff.tar.gzip", "34") "]}", WF_PACK_GZIP, NULL},
		{"Docker's config alone", "L5", MANIFEST(DOCKER, DESC("application/vnd.docker.image.rootfs.diff.tar.gzip", "34")), WF_PACK_GZIP, NULL},
		{"Spin with one component", "L6", MANIFEST(IMAGE, DESC("application/vnd.fermyon.spin.application.v1+config", "3") "," OTHER_WASM), WF_PACK_NONE, NULL},
		{"Spin with two", "L6", MANIFEST(IMAGE, DESC("application/vnd.fermyon.spin.application.v1+config", "3") "," WASM "," OTHER_WASM), WF_PACK_NONE, "2 layers are WASM, expected one: sha256:" HEX ", sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a b.wasm"},
		{"R-L4: the same one twice", "L6", MANIFEST(IMAGE, DESC("application/vnd.fermyon.spin.application.v1+config", "3") "," OTHER_WASM "," OTHER_WASM), WF_PACK_NONE, NULL},
		{"wasmCloud", "L7", MANIFEST("application/vnd.wasmcloud.actor.archive.config", DESC(MODULE "content.layer.v1+wasm", "34")), WF_PACK_NONE, NULL},
		{"a wasmCloud provider", "L7", MANIFEST("application/vnd.wasmcloud.provider.archive.config", DESC("application/vnd.oci.image.layer.v1.par", "34")), WF_PACK_NONE, "no WASM module"},
		{"runwasi", "L8", MANIFEST(IMAGE, DESC("application/vnd.bytecodealliance.wasm.component.layer.v0+wasm", "34")), WF_PACK_NONE, NULL},
		{"an image", "L9", MANIFEST(IMAGE, TAR("")), WF_PACK_TAR, NULL},
		{"an image, its last layer", "L9", MANIFEST(IMAGE, TAR("") "," TAR("+zstd")), WF_PACK_ZSTD, NULL},
		{"an image packed by nobody knows what", "L9", MANIFEST(IMAGE, TAR("+lz4")), WF_PACK_NONE, "no WASM module"},
		{"an image without layers", "L9", MANIFEST(IMAGE, ""), WF_PACK_NONE, "0 layers"},
		{"Higress", "L10", MANIFEST(WF_OCI_EMPTY, DESC(MODULE "spec.v1+yaml", "3") "," TAR("+gzip")), WF_PACK_GZIP, NULL},
		{"Wassette", "L11", MANIFEST(L1, WASM "," DESC("application/vnd.wasm.policy.v1+yaml", "3")), WF_PACK_NONE, NULL},
		{"an artifact type", "L12", HEAD "\"artifactType\":\"application/vnd.wasm.component.v1+wasm\",\"config\":" DESC(WF_OCI_EMPTY, "2") ",\"layers\":[" WASM "]}", WF_PACK_NONE, NULL},
		{"an artifact type, packed", "L12", HEAD "\"artifactType\":\"application/vnd.wasm\",\"config\":" DESC(WF_OCI_EMPTY, "2") ",\"layers\":[" TAR("+gzip") "]}", WF_PACK_NONE, "no WASM module"},
		{"Helm", "L13", HEAD "\"artifactType\":\"application/vnd.helm.plugin.v1+json\",\"config\":" DESC(WF_OCI_EMPTY, "2") ",\"layers\":[" DESC("application/vnd.helm.plugin.content.v1.tar+gzip", "34") "]}", WF_PACK_GZIP, NULL},
	};

	for (size_t i = 0; i < WF_COUNT(rows); i++) {
		WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
		struct wf_err e = {0};
		enum wf_rc rc = open_text(rows[i].text, &a, &e);
		struct wf_digest d;

		ERR(rc, &e, rows[i].says ? WF_R_MALFORMED : WF_R_OK, rows[i].name);
		if (rows[i].says) {
			if (!strstr(e.msg, rows[i].says) || !strstr(e.msg, rows[i].layout))
				IS(e.msg, rows[i].says, rows[i].name);
			continue;
		}
		IS(a.layout, rows[i].layout, rows[i].name);
		EQ(a.pack, rows[i].pack, rows[i].name);
		OK(wf_artifact_module(&a, &d) == (rows[i].pack == WF_PACK_NONE),
		   "the manifest has the module's digest, or it has not");
	}
}

static void
file_of(const char *type, const char *config, const char *want, const char *name)
{
	WF_AUTO(wf_freep) char *file = NULL;
	struct wf_err e = {0};

	if (ERR(wf_layout_file(type, wf_str(config), &file, &e), &e,
	        want ? WF_R_OK : WF_R_MALFORMED, name) && want)
		IS(file, want, name);
}

static void
files(void)
{
	file_of(IMAGE, "{\"config\":{\"Entrypoint\":[\"/app.wasm\"],\"Cmd\":[\"/b.wasm\"]}}", "/app.wasm", "what an image runs");
	file_of(IMAGE, "{\"config\":{\"Entrypoint\":[],\"Cmd\":[\"b.wasm\"]}}", "b.wasm", "or has as its command");
	file_of(DOCKER, "{\"config\":{\"Entrypoint\":[\"./bin/a.wasm\"]}}", "/bin/a.wasm", "in a directory");
	file_of(IMAGE, "{\"config\":{\"Entrypoint\":[\"/bin/sh\"]}}", "plugin.wasm", "another program");
	file_of(IMAGE, "{}", "plugin.wasm", "nothing");
	file_of(IMAGE, "{", NULL, "a config that is no JSON");
	file_of("application/vnd.example", "{", "plugin.wasm", "R-L2: a config of another type is not read");
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
	every_layout();
	files();
	strictness();
	digests();
	many_layers();
	values();
	evidence();
	by_index();
	words();
	return tap_done();
}
