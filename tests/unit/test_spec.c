/* SPDX-License-Identifier: Apache-2.0
 *
 * plan/spec.c: what is written is read back, each field is compared, what
 * the wanted side leaves unset is not.
 */
#include "plan/spec.h"
#include "tests/lib/tap.h"

static const char *grants_ab[] = {"a", "b"}, *grants_ba[] = {"b", "a"}, *grants_a[] = {"a"};

static struct wf_spec
full(void)
{
	struct wf_spec s = {
		.schema = "wasm", .name = "f", .args = "text, integer", .returns = "text",
		.export_name = "run", .has_manifest = true, .has_module = true,
		.definer = WF_NO, .strict = WF_YES, .volatility = WF_STABLE, .owner = "app",
		.grants_set = true, .grants = {grants_ab, 2}, .limits = {1, 2, 3, 4},
		.wasi = "{}", .comment = "c",
	};

	wf_digest_of("m", 1, &s.manifest);
	wf_digest_of("w", 1, &s.module);
	return s;
}

static void
round_trip(void)
{
	struct wf_arena a = {0};
	struct wf_spec s = full(), back, none = WF_SPEC_INIT;
	struct wf_json *doc = wf_spec_to_json(&s);
	struct wf_err e = {0};

	ERR(wf_spec_from_json(doc, &a, &back, &e), &e, WF_R_OK, "a full spec is read back");
	EQ(wf_spec_diff(&s, &back), 0, "and nothing of it is lost");
	EQ(wf_spec_diff(&back, &s), 0, "nor added");
	wf_json_free(doc);

	none.schema = "s";
	none.name = "n";
	doc = wf_spec_to_json(&none);
	EQ(wf_json_len(doc), 2, "unset fields are left out");
	ERR(wf_spec_from_json(doc, &a, &back, &e), &e, WF_R_OK, "a bare spec is read back");
	EQ(back.limits.fuel_per_call, -1, "an unset limit stays unset");
	OK(!back.args && !back.grants_set && back.strict == WF_YESNO_UNSET, "so do the others");
	wf_json_set_z(doc, "x", "y");
	ERR(wf_spec_from_json(doc, &a, &back, &e), &e, WF_R_MALFORMED, "an unknown member is refused");
	wf_json_del(doc, "x");
	wf_json_set_z(doc, "module_digest", "sha256:00");
	wf_err_clear(&e);
	ERR(wf_spec_from_json(doc, &a, &back, &e), &e, WF_R_MALFORMED, "a short digest is refused");
	wf_json_del(doc, "module_digest");
	wf_json_del(doc, "name");
	wf_err_clear(&e);
	ERR(wf_spec_from_json(doc, &a, &back, &e), &e, WF_R_MALFORMED, "a name is demanded");
	wf_json_free(doc);
	wf_arena_free(&a);
}

static void
each_field(void)
{
	struct wf_spec want = full(), have, unset = WF_SPEC_INIT;

	unset.schema = "wasm";
	unset.name = "f";
	have = full();
	EQ(wf_spec_diff(&unset, &have), 0, "what want leaves unset is not compared");
	EQ(wf_spec_diff(&want, &unset), (1 << 13) - 1, "what have does not say differs");

#define DIFFERS(change, bit) \
	do { \
		have = full(); \
		change; \
		EQ(wf_spec_diff(&want, &have), (bit), "only " #bit); \
	} while (0)
	DIFFERS(have.manifest.sha256[0] ^= 1, WF_SPEC_MANIFEST);
	DIFFERS(have.module.sha256[31] ^= 1, WF_SPEC_MODULE);
	DIFFERS(have.args = "text", WF_SPEC_ARGS);
	DIFFERS(have.returns = "integer", WF_SPEC_RETURNS);
	DIFFERS(have.export_name = "other", WF_SPEC_EXPORT);
	DIFFERS(have.definer = WF_YES, WF_SPEC_DEFINER);
	DIFFERS(have.strict = WF_NO, WF_SPEC_STRICT);
	DIFFERS(have.volatility = WF_IMMUTABLE, WF_SPEC_VOLATILITY);
	DIFFERS(have.owner = "postgres", WF_SPEC_OWNER);
	DIFFERS(have.grants.n = 1, WF_SPEC_GRANTS);
	DIFFERS(have.limits.max_memory_bytes = 2, WF_SPEC_LIMITS);
	DIFFERS(have.limits.stack_size_bytes = -1, WF_SPEC_LIMITS);
	DIFFERS(have.wasi = "{\"filesystem\":{}}", WF_SPEC_WASI);
	DIFFERS(have.comment = NULL, WF_SPEC_COMMENT);
	DIFFERS(have.grants.v = grants_ba, 0);
	want.grants = (struct wf_strs){grants_a, 1};
	have = full();
	EQ(wf_spec_diff(&want, &have), WF_SPEC_GRANTS, "a grant too many differs");
}

static void
signatures(void)
{
	struct wf_arena a = {0};
	struct wf_spec s = full();

	IS(wf_spec_signature(&s, &a), "wasm.f(text, integer)", "a plain name is not quoted");
	s.name = "We\"ird; drop";
	s.args = "";
	IS(wf_spec_signature(&s, &a), "wasm.\"We\"\"ird; drop\"()", "another is, quotes doubled");
	s.args = NULL;
	s.name = "1f";
	IS(wf_spec_signature(&s, &a), "wasm.\"1f\"", "unset arguments are left out");
	wf_arena_free(&a);
}

int
main(void)
{
	round_trip();
	each_field();
	signatures();
	return tap_done();
}
