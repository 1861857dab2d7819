/* SPDX-License-Identifier: Apache-2.0
 *
 * The OCI config of an artifact against its module.  Must never believe the
 * config: it is compared, and only differences are said.
 */
#include "op/op_suspicion.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

#define CONFIG_TYPE "application/vnd.wasm.config.v0+json"
#define SHOWN 120

static void
differs(struct wf_suspicions *out, const char *member, const char *expected, struct wf_str observed)
{
	char text[SHOWN];

	(void)wf_text_escape(observed.p ? observed.p : "", observed.len, text, sizeof(text));
	wf_suspicion_add(out, WF_W09, member, expected, text);
}

/* "os": what kind of binary it was built to be. */
static void
os(const struct wf_json *doc, const struct wf_wasm *w, struct wf_suspicions *out)
{
	const char *says = wf_json_z(wf_json_get(doc, "os"));
	bool core = w->kind == WF_WASM_CORE;

	if (!says)
		return;
	if (strcmp(says, core ? "wasip2" : "wasip1") == 0)
		differs(out, "config os", core ? "wasip1" : "wasip2", wf_str(says));
	if (core && wf_json_kind(wf_json_get(doc, "component")) == WF_JSON_OBJECT)
		differs(out, "config component", "none, the module is a core module",
		        wf_str("an object"));
}

static bool
lists(const struct wf_json *names, struct wf_str name)
{
	struct wf_str s;

	for (size_t i = 0; i < wf_json_len(names); i++)
		if (wf_json_str(wf_json_at(names, i), &s) && wf_str_eq(s, name))
			return true;
	return false;
}

/* The first import that the config leaves out: that is how one is hidden. */
static void
imports(const struct wf_json *doc, const struct wf_wasm *w, struct wf_suspicions *out)
{
	const struct wf_json *names = wf_json_get(wf_json_get(doc, "component"), "imports");

	if (w->kind != WF_WASM_COMPONENT || wf_json_kind(names) != WF_JSON_ARRAY)
		return;
	for (size_t i = 0; i < w->nimports; i++) {
		if (lists(names, w->imports[i].name))
			continue;
		differs(out, "config component.imports", "every import of the component",
		        w->imports[i].name);
		return;
	}
}

static void
layers(const struct wf_json *doc, const struct wf_artifact *a, struct wf_suspicions *out)
{
	const struct wf_json *digests = wf_json_get(doc, "layerDigests");
	char text[WF_DIGEST_TEXT];

	if (wf_json_kind(digests) != WF_JSON_ARRAY)
		return;
	wf_digest_text(&a->layer.digest, text);
	if (!lists(digests, wf_str(text)))
		differs(out, "config layerDigests", text,
		        wf_str(wf_json_z(wf_json_at(digests, 0))));
}

static void
config(struct wf_op_inspect *in, const struct wf_inspected *x, struct wf_suspicions *out)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(WF_MAX_OCI_MANIFEST_BYTES);
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	struct wf_source src = wf_store_source(in->st);
	struct wf_err e = {0};

	if (wf_source_read(&src, &x->artifact.config.digest, x->artifact.config.size, "config",
	                   &bytes, &e) ||
	    wf_json_parse(wf_buf_str(&bytes), "config", &doc, &e)) {
		differs(out, "config", "a JSON document", wf_str(e.msg));
		return;
	}
	os(doc, x->wasm, out);
	imports(doc, x->wasm, out);
	layers(doc, &x->artifact, out);
}

void
wf_op_suspicion(struct wf_op_inspect *in, const struct wf_inspected *x, struct wf_suspicions *out)
{
	wf_suspicion_list(x->wasm, x->caps, out);
	if (x->has_manifest && in->st && x->artifact.config.media_type &&
	    strcmp(x->artifact.config.media_type, CONFIG_TYPE) == 0)
		config(in, x, out);
}
