/* SPDX-License-Identifier: Apache-2.0
 *
 * Strict reading of OCI manifests and indexes.  Must never choose between two
 * readings of one document, nor allocate by a number found in it.
 */
#include "ref/oci.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

static const char *const manifest_keys[] = {
	"schemaVersion", "mediaType", "artifactType", "config", "layers",
	"manifests", "subject", "annotations", NULL,
};
static const char *const desc_keys[] = {
	"mediaType", "artifactType", "digest", "size", "urls", "annotations",
	"data", "platform", NULL,
};

/* Go's JSON decoder, which most registries and clients use, takes keys that
 * are equal under Unicode simple folding.  For ASCII names that is ASCII case,
 * LATIN SMALL LETTER LONG S for s, and KELVIN SIGN for k. */
static bool
folds_to(const char *key, const char *want)
{
	const unsigned char *p = (const unsigned char *)key;

	for (; *want; want++) {
		unsigned char w = (unsigned char)*want, c = *p;

		w = w >= 'A' && w <= 'Z' ? (unsigned char)(w + 32) : w;
		if (w == 's' && c == 0xc5 && p[1] == 0xbf) {
			p += 2;
			continue;
		}
		if (w == 'k' && c == 0xe2 && p[1] == 0x84 && p[2] == 0xaa) {
			p += 3;
			continue;
		}
		c = c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
		if (c != w)
			return false;
		p++;
	}
	return *p == '\0';
}

static enum wf_rc
exact_keys(const struct wf_json *object, const char *const *known,
           const char *where, struct wf_err *err)
{
	const struct wf_json *value;
	const char *key;
	void *it = NULL;
	int i;

	while (wf_json_next(object, &it, &key, &value))
		for (i = 0; known[i]; i++)
			if (strcmp(key, known[i]) != 0 && folds_to(key, known[i]))
				return wf_err_set(err, WF_R_MALFORMED,
				                  "%s: key \"%s\" differs from \"%s\" by case only, and readers disagree about it",
				                  where, key, known[i]);
	return WF_OK;
}

/* A string member without NUL; *out NULL when absent. */
static enum wf_rc
text_member(const struct wf_json *object, const char *key, const char *where,
            bool needed, const char **out, struct wf_err *err)
{
	const struct wf_json *v = wf_json_get(object, key);

	*out = NULL;
	if (!v && !needed)
		return WF_OK;
	*out = wf_json_z(v);
	if (!*out || (needed && **out == '\0'))
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s: expected a string \"%s\"", where, key);
	return WF_OK;
}

static enum wf_rc
annotations_of(const struct wf_json *object, const char *where,
               const struct wf_json **out, struct wf_err *err)
{
	const struct wf_json *a = wf_json_get(object, "annotations"), *v;
	const char *key;
	void *it = NULL;

	*out = NULL;
	/* null is what some Go writers make of an empty map */
	if (!a || wf_json_kind(a) == WF_JSON_NULL)
		return WF_OK;
	if (wf_json_kind(a) != WF_JSON_OBJECT)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s: annotations is not an object", where);
	while (wf_json_next(a, &it, &key, &v))
		if (wf_json_kind(v) != WF_JSON_STRING)
			return wf_err_set(err, WF_R_MALFORMED,
			                  "%s: annotation \"%s\" is not a string",
			                  where, key);
	*out = a;
	return WF_OK;
}

enum wf_rc
wf_oci_desc_parse(const struct wf_json *j, const char *where,
                  struct wf_oci_desc *out, struct wf_err *err)
{
	struct wf_oci_desc d = {0};
	struct wf_str digest;
	enum wf_rc rc;

	if (wf_json_kind(j) != WF_JSON_OBJECT)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s: expected a descriptor object", where);
	if ((rc = exact_keys(j, desc_keys, where, err)) ||
	    (rc = text_member(j, "mediaType", where, true, &d.media_type, err)) ||
	    (rc = text_member(j, "artifactType", where, false, &d.artifact_type, err)) ||
	    (rc = annotations_of(j, where, &d.annotations, err)))
		return rc;
	if (!wf_json_str(wf_json_get(j, "digest"), &digest))
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s: expected a string \"digest\"", where);
	if (wf_digest_parse(digest, where, &d.digest, NULL))
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s: expected sha256: and 64 lower-case hex digits, found \"%.*s\"",
		                  where, digest.len > 100 ? 100 : (int)digest.len,
		                  digest.p);
	if (!wf_json_int(wf_json_get(j, "size"), &d.size) || d.size < 0)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s: expected an integer \"size\" of 0 or more", where);
	*out = d;
	return WF_OK;
}

const char *
wf_oci_annotation(const struct wf_json *annotations, const char *key)
{
	return annotations ? wf_json_z(wf_json_get(annotations, key)) : NULL;
}

enum wf_oci_kind
wf_oci_kind(const struct wf_json *j)
{
	const char *type = wf_json_z(wf_json_get(j, "mediaType"));

	if (wf_json_kind(j) != WF_JSON_OBJECT)
		return WF_OCI_KIND_NONE;
	if (type && (strcmp(type, WF_OCI_INDEX) == 0 ||
	             strcmp(type, WF_OCI_DOCKER_INDEX) == 0))
		return WF_OCI_KIND_INDEX;
	if (type && (strcmp(type, WF_OCI_MANIFEST) == 0 ||
	             strcmp(type, WF_OCI_DOCKER_MANIFEST) == 0))
		return WF_OCI_KIND_MANIFEST;
	if (type)
		return WF_OCI_KIND_NONE;
	if (wf_json_get(j, "manifests"))
		return WF_OCI_KIND_INDEX;
	return wf_json_get(j, "config") && wf_json_get(j, "layers")
	       ? WF_OCI_KIND_MANIFEST : WF_OCI_KIND_NONE;
}

/* What manifests and indexes have in common, and must not share. */
static enum wf_rc
open_document(struct wf_str text, const char *name, enum wf_oci_kind want,
              struct wf_json **out, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	bool index = want == WF_OCI_KIND_INDEX;
	unsigned limit = index ? WF_MAX_INDEX_BYTES : WF_MAX_OCI_MANIFEST_BYTES;
	enum wf_oci_kind kind;
	const char *type;
	int64_t version;
	enum wf_rc rc;

	if (text.len > limit)
		return wf_err_set(err, WF_R_LIMIT,
		                  "%s has %zu bytes, the limit is %u", name,
		                  text.len, limit);
	if ((rc = wf_json_parse_sparse(text, name, &j, err)))
		return rc;
	if (wf_json_kind(j) != WF_JSON_OBJECT)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s: expected a JSON object", name);
	if ((rc = exact_keys(j, manifest_keys, name, err)) ||
	    (rc = text_member(j, "mediaType", name, false, &type, err)))
		return rc;
	if (wf_json_get(j, "fsLayers") || wf_json_get(j, "history") ||
	    wf_json_get(j, "signatures"))
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s: is a Docker schema 1 manifest, which carries no digests that could be trusted",
		                  name);
	if (!wf_json_int(wf_json_get(j, "schemaVersion"), &version) || version != 2)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s: expected \"schemaVersion\": 2", name);
	if (wf_json_get(j, "manifests") &&
	    (wf_json_get(j, "layers") || wf_json_get(j, "config")))
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s: has \"manifests\" beside \"layers\" or \"config\": a manifest and an index at once",
		                  name);
	kind = wf_oci_kind(j);
	if (kind != want)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s: expected an OCI image %s, found %s%.200s", name,
		                  index ? "index" : "manifest",
		                  kind == WF_OCI_KIND_INDEX ? "an index"
		                  : kind == WF_OCI_KIND_MANIFEST ? "a manifest"
		                  : type ? "mediaType " : "neither",
		                  kind == WF_OCI_KIND_NONE && type ? type : "");
	*out = j;
	j = NULL;
	return WF_OK;
}

static enum wf_rc
parse_layers(struct wf_oci_manifest *m, const char *name, struct wf_err *err)
{
	const struct wf_json *layers = wf_json_get(m->json, "layers");
	size_t n = wf_json_len(layers), i;
	char where[48];
	enum wf_rc rc;

	if (wf_json_kind(layers) != WF_JSON_ARRAY)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s: expected an array \"layers\"", name);
	if (n > WF_MAX_LAYERS)
		return wf_err_set(err, WF_R_LIMIT,
		                  "%s: has %zu layers, the limit is %u", name, n,
		                  WF_MAX_LAYERS);
	m->layers = wf_calloc(n + 1, sizeof(*m->layers));
	m->nlayers = n;
	for (i = 0; i < n; i++) {
		(void)snprintf(where, sizeof(where), "layers[%zu]", i);
		if ((rc = wf_oci_desc_parse(wf_json_at(layers, i), where,
		                            &m->layers[i], err)))
			return wf_err_wrap(err, "%s", name);
	}
	return WF_OK;
}

static enum wf_rc
parse_manifest(struct wf_oci_manifest *m, const char *name, struct wf_err *err)
{
	const struct wf_json *subject;
	const char *type;
	enum wf_rc rc;

	type = wf_json_z(wf_json_get(m->json, "mediaType"));
	m->docker = type && strcmp(type, WF_OCI_DOCKER_MANIFEST) == 0;
	if ((rc = text_member(m->json, "artifactType", name, false,
	                      &m->artifact_type, err)) ||
	    (rc = annotations_of(m->json, name, &m->annotations, err)) ||
	    (rc = wf_oci_desc_parse(wf_json_get(m->json, "config"), "config",
	                            &m->config, err)) ||
	    (rc = parse_layers(m, name, err)))
		return rc;
	m->effective_type = m->artifact_type && *m->artifact_type
	                    ? m->artifact_type : m->config.media_type;
	subject = wf_json_get(m->json, "subject");
	if (subject && wf_json_kind(subject) != WF_JSON_NULL) {
		if ((rc = wf_oci_desc_parse(subject, "subject", &m->subject, err)))
			return rc;
		m->has_subject = true;
	}
	return WF_OK;
}

enum wf_rc
wf_oci_manifest_parse(struct wf_str text, const char *name,
                      struct wf_oci_manifest *out, struct wf_err *err)
{
	WF_AUTO(wf_oci_manifest_free) struct wf_oci_manifest m = {0};
	enum wf_rc rc;

	if ((rc = open_document(text, name, WF_OCI_KIND_MANIFEST, &m.json, err)) ||
	    (rc = parse_manifest(&m, name, err)))
		return rc;
	*out = m;
	memset(&m, 0, sizeof(m));
	return WF_OK;
}

enum wf_rc
wf_oci_index_parse(struct wf_str text, const char *name,
                   struct wf_oci_index *out, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	const struct wf_json *list;
	size_t i;
	enum wf_rc rc;

	if ((rc = open_document(text, name, WF_OCI_KIND_INDEX, &j, err)))
		return rc;
	list = wf_json_get(j, "manifests");
	if (wf_json_kind(list) != WF_JSON_ARRAY &&
	    wf_json_kind(list) != WF_JSON_NULL)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s: expected an array \"manifests\"", name);
	for (i = 0; i < wf_json_len(list); i++)
		if (wf_json_kind(wf_json_at(list, i)) != WF_JSON_OBJECT)
			return wf_err_set(err, WF_R_MALFORMED,
			                  "%s: manifests[%zu] is not an object",
			                  name, i);
	out->json = j;
	out->manifests = list;
	j = NULL;
	return WF_OK;
}

void
wf_oci_manifest_free(struct wf_oci_manifest *m)
{
	if (!m)
		return;
	wf_json_free(m->json);
	free(m->layers);
	memset(m, 0, sizeof(*m));
}

void
wf_oci_index_free(struct wf_oci_index *x)
{
	if (!x)
		return;
	wf_json_free(x->json);
	memset(x, 0, sizeof(*x));
}
