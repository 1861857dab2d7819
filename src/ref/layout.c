/* SPDX-License-Identifier: Apache-2.0
 *
 * The selection algorithm: a table of what tells layouts apart, then the one
 * layer that is WASM by its type, else the last one if it is an archive.
 */
#include "ref/layout.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define OCI_CONFIG "application/vnd.oci.image.config.v1+json"
#define DOCKER_CONFIG "application/vnd.docker.container.image.v1+json"

/* What tells a layout, in this order; NULL does not matter.  Types end where
 * the text does: "vnd.x" is also vnd.x.v2. */
struct rule {
	const char *name, *title;
	const char *effective, *config, *layer;
	const char *annotation, *value;
	bool docker;
};

static const struct rule rules[] = {
	{NULL, "a signature", NULL, NULL, "application/vnd.dev.cosign.simplesigning", NULL, NULL, false},
	{NULL, "an attestation", NULL, NULL, "application/vnd.dsse.envelope", NULL, NULL, false},
	{NULL, "a signature", NULL, NULL, "application/vnd.dev.sigstore.bundle", NULL, NULL, false},
	{"L13", "Helm plugin", "application/vnd.helm.plugin", NULL, NULL, NULL, NULL, false},
	{"L10", "Higress plugin", NULL, NULL, "application/vnd.module.wasm.spec.v1", NULL, NULL, false},
	{"L11", "Wassette, with a policy", NULL, NULL, "application/vnd.wasm.policy.", NULL, NULL, false},
	{"L11", "Wassette, with a policy", NULL, NULL, "application/vnd.wassette.policy", NULL, NULL, false},
	{"L6", "Spin application", NULL, NULL, "application/vnd.fermyon.spin.", NULL, NULL, false},
	{"L6", "Spin application", NULL, NULL, "application/vnd.wasm.content.layer.v1+data", NULL, NULL, false},
	{"L6", "Spin application", NULL, NULL, "application/vnd.wasm.content.bundle.v1", NULL, NULL, false},
	{"L3", "solo.io", NULL, NULL, "application/vnd.module.wasm.config.v1+json", NULL, NULL, false},
	{"L7", "wasmCloud, old", NULL, "application/vnd.wasmcloud.", NULL, NULL, NULL, false},
	{"L1", "CNCF", NULL, "application/vnd.wasm.config.v0+json", NULL, NULL, NULL, false},
	{"L2", "wasm-to-oci", NULL, "application/vnd.wasm.config.v1+json", NULL, NULL, NULL, false},
	{"L5", "Docker image", NULL, NULL, NULL, NULL, NULL, true},
	{"L5", "Docker image", NULL, DOCKER_CONFIG, NULL, NULL, NULL, false},
	{"L8", "runwasi component", NULL, OCI_CONFIG, "application/vnd.bytecodealliance.wasm.component", NULL, NULL, false},
	{"L8", "runwasi component", NULL, OCI_CONFIG, "application/wasm", NULL, NULL, false},
	{"L4", "compat image", NULL, OCI_CONFIG, NULL, "module.wasm.image/variant", "compat", false},
	{"L9", "container image", NULL, OCI_CONFIG, NULL, NULL, NULL, false},
	{"L12", "artifact type", NULL, NULL, NULL, NULL, NULL, false},
};

static bool
begins(const char *type, const char *with)
{
	return strncmp(type, with, strlen(with)) == 0;
}

static bool
has_layer(const struct wf_oci_manifest *m, const char *with)
{
	for (size_t i = 0; i < m->nlayers; i++)
		if (begins(m->layers[i].media_type, with))
			return true;
	return false;
}

static bool
holds(const struct rule *r, const struct wf_oci_manifest *m)
{
	const char *value;

	if ((r->effective && !begins(m->effective_type, r->effective)) ||
	    (r->config && !begins(m->config.media_type, r->config)) ||
	    (r->layer && !has_layer(m, r->layer)) || (r->docker && !m->docker))
		return false;
	value = r->annotation ? wf_oci_annotation(m->annotations, r->annotation) : NULL;
	return !r->annotation || (value && strcmp(value, r->value) == 0);
}

static bool
is_wasm(const char *type)
{
	static const char *const types[] = {
		"application/wasm",
		"application/vnd.wasm.content.layer.v1+wasm",
		"application/vnd.module.wasm.content.layer.v1+wasm",
		"application/vnd.bytecodealliance.wasm.component.layer.v0+wasm",
		"application/vnd.wasm.component.v1",
		"application/vnd.wasm.component.v1+wasm",
	};

	for (size_t i = 0; i < WF_COUNT(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

static bool
ends(const char *type, const char *with)
{
	size_t n = strlen(type), k = strlen(with);

	return n >= k && strcmp(type + n - k, with) == 0;
}

static enum wf_pack
pack_of(const char *type)
{
	if (!strstr(type, "tar") && !ends(type, "tgz"))
		return WF_PACK_NONE;
	if (ends(type, "+zstd") || ends(type, ".zstd"))
		return WF_PACK_ZSTD;
	if (ends(type, "gzip") || ends(type, "tgz") || ends(type, ".gz"))
		return WF_PACK_GZIP;
	return ends(type, "tar") ? WF_PACK_TAR : WF_PACK_NONE;
}

/* Layers that are WASM by their type, one digest once; names them in text. */
static size_t
candidates(const struct wf_oci_manifest *m, size_t *first, struct wf_buf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < m->nlayers; i++) {
		const char *title = wf_oci_annotation(m->layers[i].annotations,
		                                      "org.opencontainers.image.title");
		char digest[WF_DIGEST_TEXT];
		bool again = false;

		if (!is_wasm(m->layers[i].media_type))
			continue;
		for (size_t k = 0; k < i; k++)
			again = again || (is_wasm(m->layers[k].media_type) &&
			                  wf_digest_eq(&m->layers[k].digest, &m->layers[i].digest));
		if (again)
			continue;
		if (!n)
			*first = i;
		wf_digest_text(&m->layers[i].digest, digest);
		if (n++ < 8)
			wf_buf_putf(text, "%s%.71s%s%.60s", n > 1 ? ", " : "", digest,
			            title ? " " : "", title ? title : "");
	}
	return n;
}

static enum wf_rc
refuse(const struct wf_layout *l, struct wf_err *err, const char *why)
{
	(void)wf_err_set(err, WF_R_MALFORMED, "manifest: layout %s (%s): %.600s", l->name,
	                 l->title, why);
	return wf_err_hint(err, "Push the module as one layer application/wasm, for example with `oras push --artifact-type application/vnd.wasm.module.v1` or `wkg oci push`.");
}

/* `oras push --artifact-type` leaves the layer's type to the user; the type of
 * the whole then has to say that it is WASM. */
static bool
untyped(const struct wf_layout *l, const struct wf_oci_manifest *m)
{
	return strcmp(l->name, "L12") == 0 && m->nlayers == 1 &&
	       strcmp(m->layers[0].media_type, "application/octet-stream") == 0 &&
	       strstr(m->effective_type, "wasm") != NULL;
}

static enum wf_rc
pick_layer(const struct wf_oci_manifest *m, struct wf_layout *l, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(2048);
	bool alone = strcmp(l->name, "L1") == 0 || strcmp(l->name, "L2") == 0 ||
	             strcmp(l->name, "L12") == 0;
	size_t n = candidates(m, &l->layer, &text);
	char why[700];

	if (n > 1) {
		(void)snprintf(why, sizeof(why), "%zu layers are WASM, expected one: %s", n,
		               wf_buf_z(&text));
		return refuse(l, err, why);
	}
	if (alone && m->nlayers != 1) {
		(void)snprintf(why, sizeof(why), "%zu layers, expected exactly one", m->nlayers);
		return refuse(l, err, why);
	}
	if (n == 1 || untyped(l, m))
		return WF_OK;
	l->layer = m->nlayers - 1;
	l->pack = m->nlayers ? pack_of(m->layers[l->layer].media_type) : WF_PACK_NONE;
	if (l->pack != WF_PACK_NONE && !alone)
		return WF_OK;
	if (!m->nlayers)
		return refuse(l, err, "0 layers, expected one");
	(void)snprintf(why, sizeof(why), "the layer is of type \"%.200s\", which is no WASM module",
	               m->layers[l->layer].media_type);
	return refuse(l, err, why);
}

enum wf_rc
wf_layout_pick(const struct wf_oci_manifest *m, struct wf_layout *out, struct wf_err *err)
{
	struct wf_layout l = {.pack = WF_PACK_NONE};
	const struct rule *r = rules;
	enum wf_rc rc;

	while (!holds(r, m))
		r++; /* the last one always does */
	if (!r->name)
		return wf_err_set(err, WF_R_MALFORMED, "manifest: it is %s, not a module", r->title);
	l.name = r->name;
	l.title = r->title;
	if ((rc = pick_layer(m, &l, err)))
		return rc;
	*out = l;
	return WF_OK;
}

/* The first of config.Entrypoint, else of config.Cmd. */
static const char *
runs(const struct wf_json *image)
{
	static const char *const keys[] = {"Entrypoint", "Cmd"};
	const struct wf_json *config = wf_json_get(image, "config");

	for (size_t i = 0; i < WF_COUNT(keys); i++) {
		const char *first = wf_json_z(wf_json_at(wf_json_get(config, keys[i]), 0));

		if (first && *first)
			return first;
	}
	return NULL;
}

enum wf_rc
wf_layout_file(const char *config_type, struct wf_str config, char **out, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	const char *name = NULL;
	bool path = false;
	enum wf_rc rc;

	if (strcmp(config_type, OCI_CONFIG) == 0 || strcmp(config_type, DOCKER_CONFIG) == 0) {
		if ((rc = wf_json_parse_sparse(config, "config", &j, err)))
			return rc;
		name = runs(j);
	}
	if (!name || !ends(name, ".wasm"))
		name = "plugin.wasm";
	path = *name == '/';
	while (*name == '/' || (name[0] == '.' && name[1] == '/'))
		name++;
	*out = wf_asprintf("%s%s", path || strchr(name, '/') ? "/" : "", name);
	return WF_OK;
}
