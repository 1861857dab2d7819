/* SPDX-License-Identifier: Apache-2.0
 *
 * OCI manifests and indexes, read strictly: what another client could read
 * differently (duplicate keys, keys that differ by case, a manifest that is
 * also an index) is refused, not interpreted (rules R-M1 to R-M6 of the pull
 * protocol).  Pure: bytes in, value out.
 */
#ifndef WF_REF_OCI_H
#define WF_REF_OCI_H

#include <stdbool.h>
#include <stdint.h>

#include "dep/json.h"
#include "ref/digest.h"

#define WF_OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define WF_OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define WF_OCI_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define WF_OCI_DOCKER_INDEX "application/vnd.docker.distribution.manifest.list.v2+json"
#define WF_OCI_EMPTY "application/vnd.oci.empty.v1+json"
#define WF_OCI_REF_NAME "org.opencontainers.image.ref.name"

/* One descriptor; everything is borrowed from the document. */
struct wf_oci_desc {
	const char *media_type;    /* never NULL */
	const char *artifact_type; /* NULL: absent */
	struct wf_digest digest;
	int64_t size; /* >= 0; the upper limit is the reader's business */
	const struct wf_json *annotations; /* NULL: absent */
};

struct wf_oci_manifest {
	struct wf_json *json; /* owns what the others point to */
	bool docker;          /* Docker schema 2 */
	const char *artifact_type; /* as written; NULL: absent */
	const char *effective_type; /* artifactType, else the config's type */
	struct wf_oci_desc config;
	struct wf_oci_desc *layers;
	size_t nlayers; /* <= WF_MAX_LAYERS, may be 0 */
	bool has_subject;
	struct wf_oci_desc subject;
	const struct wf_json *annotations;
};

struct wf_oci_index {
	struct wf_json *json;
	const struct wf_json *manifests; /* array of objects, each unchecked */
};

enum wf_oci_kind {
	WF_OCI_KIND_NONE = 0,
	WF_OCI_KIND_MANIFEST,
	WF_OCI_KIND_INDEX,
};

/* name is for messages.  WF_R_MALFORMED, WF_R_LIMIT.  An index given to the
 * manifest parser is refused by that name, and the other way round. */
WF_MUST enum wf_rc wf_oci_manifest_parse(struct wf_str text, const char *name,
                                         struct wf_oci_manifest *out,
                                         struct wf_err *err);
WF_MUST enum wf_rc wf_oci_index_parse(struct wf_str text, const char *name,
                                      struct wf_oci_index *out,
                                      struct wf_err *err);
/* One descriptor; where is for messages, such as "layers[2]". */
WF_MUST enum wf_rc wf_oci_desc_parse(const struct wf_json *, const char *where,
                                     struct wf_oci_desc *out,
                                     struct wf_err *err);
/* What it calls itself or looks like; NONE when it is neither. */
enum wf_oci_kind wf_oci_kind(const struct wf_json *);

/* String value of an annotation, NULL when absent or no string. */
const char *wf_oci_annotation(const struct wf_json *annotations, const char *key);

void wf_oci_manifest_free(struct wf_oci_manifest *); /* NULL is fine */
void wf_oci_index_free(struct wf_oci_index *);

#endif
