/* SPDX-License-Identifier: Apache-2.0
 *
 * An OCI layout with the image and what signs it, in each form that
 * registries hold.
 */
#include "tests/pki/pki.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define EMPTY_CONFIG "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
#define BUNDLE_TYPE "application/vnd.dev.sigstore.bundle.v0.3+json"
#define SIMPLE_TYPE "application/vnd.dev.cosign.simplesigning.v1+json"
#define DSSE_TYPE "application/vnd.dsse.envelope.v1+json"
#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"

struct layout {
	struct pki *p;
	const char *dir;
	struct wf_json *manifests; /* of index.json */
	const char *image; /* "sha256:…" */
};

static void
put_file(struct layout *l, const char *name, struct wf_str bytes)
{
	const char *path = pki_str(l->p, "%s/%s", l->dir, name).p;
	FILE *f = fopen(path, "wb");

	PKI_MUST(f && (!bytes.len || fwrite(bytes.p, 1, bytes.len, f) == bytes.len) && fclose(f) == 0 && chmod(path, 0644) == 0, path);
}

static const char *
put_blob(struct layout *l, struct wf_str bytes)
{
	const char *hex = pki_hex(l->p, pki_sha2(l->p, 256, bytes));

	put_file(l, pki_str(l->p, "blobs/sha256/%s", hex).p, bytes);
	return pki_str(l->p, "sha256:%s", hex).p;
}

static struct wf_json *
descriptor(const char *type, const char *digest, size_t size)
{
	struct wf_json *o = wf_json_object();

	wf_json_set_z(o, "mediaType", type);
	wf_json_set_z(o, "digest", digest);
	wf_json_set_int(o, "size", (int64_t)size);
	return o;
}

static struct wf_str
dumped(struct pki *p, struct wf_json *o)
{
	struct wf_buf b = WF_BUF_INIT(8 << 20);
	struct wf_str out;

	PKI_MUST(wf_json_dump(o, WF_JSON_COMPACT, &b, NULL) == WF_OK, "JSON");
	out = wf_arena_dup(&p->arena, wf_buf_str(&b));
	wf_buf_free(&b);
	wf_json_free(o);
	return out;
}

/* Lists a manifest in index.json, under a tag or not. */
static void
list(struct layout *l, const char *type, struct wf_str bytes, const char *tag)
{
	struct wf_json *d = descriptor(type, put_blob(l, bytes), bytes.len), *a;

	if (tag) {
		a = wf_json_object();
		wf_json_set_z(a, "org.opencontainers.image.ref.name", tag);
		wf_json_set(d, "annotations", a);
	}
	wf_json_push(l->manifests, d);
}

static struct wf_json *
manifest(const char *artifact_type, const char *config_type, const char *config, size_t size)
{
	struct wf_json *m = wf_json_object();

	wf_json_set_int(m, "schemaVersion", 2);
	wf_json_set_z(m, "mediaType", OCI_MANIFEST);
	if (artifact_type)
		wf_json_set_z(m, "artifactType", artifact_type);
	wf_json_set(m, "config", descriptor(config_type, config, size));
	return m;
}

static void
set_subject(struct layout *l, struct wf_json *m)
{
	wf_json_set(m, "subject", descriptor(OCI_MANIFEST, l->image, l->p->image_manifest.len));
}

/* The one layer of a legacy signature or attestation. */
static struct wf_json *
legacy_layer(struct layout *l, bool att)
{
	struct pki *p = l->p;
	struct wf_str blob = att ? p->envelope : p->payload, stamp;
	const char *type = att ? DSSE_TYPE : SIMPLE_TYPE;
	struct wf_json *d, *a = wf_json_object();

	if (pki_is(p, "r12-payload-changed"))
		blob = pki_cat(p, blob, WF_STR_LIT(" "));
	if (pki_is(p, "r12-layer-type"))
		type = "application/octet-stream";
	d = descriptor(type, put_blob(l, blob), blob.len);
	if (!pki_is(p, "r12-no-signature-annotation"))
		wf_json_set_z(a, "dev.cosignproject.cosign/signature", att || pki_is(p, "r12-empty-signature") ? "" : pki_b64(p, p->signature));
	if (strcmp(p->ask.material, "key") != 0) {
		wf_json_set_z(a, "dev.sigstore.cosign/certificate",
		              pki_is(p, "r12-two-certificates") ? pki_str(p, "%s%s", pki_pem(p, p->leaf), pki_pem(p, p->mid)).p
		              : pki_is(p, "r12-blank-certificate") ? " \n "
		              : pki_is(p, "ok-r12-space-around-certificate") ? pki_str(p, "\n%s\n", pki_pem(p, p->leaf)).p
		                                                             : pki_pem(p, p->leaf));
		wf_json_set_z(a, "dev.sigstore.cosign/chain", pki_str(p, "%s%s", pki_pem(p, p->mid), pki_pem(p, p->root)).p);
	}
	if (strcmp(p->ask.entry, "none") != 0)
		wf_json_set_str(a, "dev.sigstore.cosign/bundle", pki_edit_text(p, pki_legacy_entry(p), "legacy"));
	if (p->ask.stamps) {
		/* of an attestation the whole envelope is stamped, not the signature */
		stamp = pki_token(p, 0, att != pki_is(p, "r32-other-form") ? p->envelope : p->signature);
		wf_json_set_str(a, "dev.sigstore.cosign/rfc3161timestamp", pki_str(p, "{\"SignedRFC3161Timestamp\":\"%s\"}", pki_b64(p, stamp)));
	}
	wf_json_set(d, "annotations", a);
	return d;
}

static void
add_legacy(struct layout *l, bool att, bool referrer)
{
	const char *config = put_blob(l, WF_STR_LIT("{}"));
	const char *type = !referrer ? "application/vnd.oci.image.config.v1+json"
	                   : att     ? "application/vnd.in-toto+json"
	                             : "application/vnd.dev.cosign.artifact.sig.v1+json";
	struct wf_json *m = manifest(NULL, type, config, 2), *layers = wf_json_array();

	wf_json_push(layers, legacy_layer(l, att));
	wf_json_set(m, "layers", layers);
	if (referrer)
		set_subject(l, m);
	list(l, OCI_MANIFEST, dumped(l->p, m), referrer ? NULL : pki_str(l->p, "sha256-%s.%s", l->image + 7, att ? "att" : "sig").p);
}

static void
add_bundle(struct layout *l, bool fallback)
{
	struct pki *p = l->p;
	struct wf_str bundle = pki_bundle_text(p), bytes;
	struct wf_json *m = manifest(BUNDLE_TYPE, "application/vnd.oci.empty.v1+json", put_blob(l, WF_STR_LIT("{}")), 2);
	struct wf_json *layers = wf_json_array(), *index, *d, *all;

	wf_json_push(layers, descriptor(BUNDLE_TYPE, put_blob(l, bundle), bundle.len));
	wf_json_set(m, "layers", layers);
	set_subject(l, m);
	bytes = dumped(p, m);
	if (!fallback) {
		list(l, OCI_MANIFEST, bytes, NULL);
		return;
	}
	d = descriptor(OCI_MANIFEST, put_blob(l, bytes), bytes.len);
	wf_json_set_z(d, "artifactType", pki_is(p, "ok-r05-descriptor-says-empty") ? "application/vnd.oci.empty.v1+json" : BUNDLE_TYPE);
	all = wf_json_array();
	wf_json_push(all, d);
	index = wf_json_object();
	wf_json_set_int(index, "schemaVersion", 2);
	wf_json_set_z(index, "mediaType", "application/vnd.oci.image.index.v1+json");
	wf_json_set(index, "manifests", all);
	list(l, "application/vnd.oci.image.index.v1+json", dumped(p, index), pki_str(p, "sha256-%s", l->image + 7).p);
}

static void
add_sbom(struct layout *l)
{
	struct wf_json *m = manifest(NULL, "application/vnd.oci.image.config.v1+json", put_blob(l, WF_STR_LIT("{}")), 2), *layers = wf_json_array();
	struct wf_str sbom = WF_STR_LIT("{\"spdxVersion\":\"SPDX-2.3\"}");

	wf_json_push(layers, descriptor("text/spdx+json", put_blob(l, sbom), sbom.len));
	wf_json_set(m, "layers", layers);
	list(l, OCI_MANIFEST, dumped(l->p, m), pki_str(l->p, "sha256-%s.sbom", l->image + 7).p);
}

static void
make_dir(struct layout *l, const char *name)
{
	const char *path = pki_str(l->p, "%s%s", l->dir, name).p;

	PKI_MUST(mkdir(path, 0755) == 0 || errno == EEXIST, path);
}

const char *
pki_layout(struct pki *p, const char *dir, const char *form)
{
	struct layout l = {.p = p, .dir = dir, .manifests = wf_json_array()};
	struct wf_json *index = wf_json_object();

	PKI_MUST(p->ask.image, "a layout without --image");
	make_dir(&l, "");
	make_dir(&l, "/blobs");
	make_dir(&l, "/blobs/sha256");
	put_file(&l, "oci-layout", WF_STR_LIT("{\"imageLayoutVersion\":\"1.0.0\"}"));
	(void)put_blob(&l, p->image_config);
	(void)put_blob(&l, p->ask.artifact);
	list(&l, OCI_MANIFEST, p->image_manifest, "v1");
	l.image = pki_str(p, "sha256:%s", pki_hex(p, pki_sha2(p, 256, p->image_manifest))).p;
	if (strcmp(form, "bundle-referrer") == 0 || strcmp(form, "bundle-fallback-tag") == 0)
		add_bundle(&l, form[7] == 'f');
	else if (strcmp(form, "sbom-tag") == 0)
		add_sbom(&l);
	else if (strcmp(form, "none") != 0)
		add_legacy(&l, form[0] == 'a', strstr(form, "referrer") != NULL);
	wf_json_set_int(index, "schemaVersion", 2);
	wf_json_set(index, "manifests", l.manifests);
	put_file(&l, "index.json", dumped(p, index));
	return l.image;
}
