/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/provenance.c: the builder and the source that SLSA provenance names,
 * and what they are compared with.
 */
#include "trust/provenance.h"

#include "base/mem.h"
#include "tests/lib/tap.h"

#define BUILDER "https://github.com/actions/runner/github-hosted"
#define SOURCE "git+https://github.com/org/fn"
#define GITHUB_V1 \
	"{\"buildDefinition\":{\"buildType\":\"https://actions.github.io/buildtypes/workflow/v1\"," \
	"\"externalParameters\":{\"workflow\":{\"ref\":\"refs/heads/main\"," \
	"\"repository\":\"https://github.com/org/fn\",\"path\":\".github/workflows/b.yml\"}}," \
	"\"resolvedDependencies\":[{\"uri\":\"git+https://github.com/other/dep@refs/heads/main\"}]}," \
	"\"runDetails\":{\"builder\":{\"id\":\"" BUILDER "\"}}}"
#define V02 \
	"{\"builder\":{\"id\":\"" BUILDER "\"},\"invocation\":{\"configSource\":" \
	"{\"uri\":\"" SOURCE "@refs/heads/main\"}},\"materials\":[{\"uri\":\"pkg:docker/base@1\"}]}"

static const struct {
	const char *name, *type, *predicate, *builder, *source;
	enum wf_reason reason;
} rows[] = {
	/* every member that may name them, with the wanted value */
	{"v1, by GitHub", "v1", GITHUB_V1, BUILDER, SOURCE, WF_R_OK},
	{"v1, with the ref that stands apart", "v1", GITHUB_V1, BUILDER, SOURCE "@refs/heads/main", WF_R_OK},
	{"v1, wanted without git+", "v1", GITHUB_V1, NULL, "https://github.com/org/fn", WF_R_OK},
	{"v1, source as text", "v1",
	 "{\"buildDefinition\":{\"externalParameters\":{\"source\":\"" SOURCE "\"}}}", NULL, SOURCE, WF_R_OK},
	{"v1, source as an object", "v1",
	 "{\"buildDefinition\":{\"externalParameters\":{\"source\":{\"uri\":\"" SOURCE "@refs/tags/v1\"}}}}",
	 NULL, SOURCE, WF_R_OK},
	{"v1, by BuildKit", "v1",
	 "{\"buildDefinition\":{\"externalParameters\":{\"configSource\":{\"uri\":\"" SOURCE "\"}}}}",
	 NULL, SOURCE, WF_R_OK},
	{"v1, only the resolved source", "v1",
	 "{\"buildDefinition\":{\"resolvedDependencies\":[{\"uri\":\"" SOURCE "@refs/heads/main\"}]}}",
	 NULL, SOURCE, WF_R_OK},
	{"v0.2", "v0.2", V02, BUILDER, SOURCE, WF_R_OK},
	{"v0.2, only materials", "v0.2", "{\"materials\":[{\"uri\":\"" SOURCE "@refs/heads/main\"}]}",
	 NULL, SOURCE, WF_R_OK},
	{"a commit for a ref", "v0.2",
	 "{\"materials\":[{\"uri\":\"" SOURCE "@0123456789012345678901234567890123456789\"}]}",
	 NULL, SOURCE, WF_R_OK},
	{"nothing demanded", "v9", "1", NULL, NULL, WF_R_OK},

	{"another builder", "v1", GITHUB_V1, BUILDER "x", SOURCE, WF_R_PROVENANCE_MISMATCH},
	{"a builder that begins like it", "v1", GITHUB_V1, "https://github.com/actions/runner", NULL,
	 WF_R_PROVENANCE_MISMATCH},
	{"another source", "v1", GITHUB_V1, BUILDER, "git+https://github.com/org/other",
	 WF_R_PROVENANCE_MISMATCH},
	{"a dependency is no source", "v1", GITHUB_V1, BUILDER, "git+https://github.com/other/dep",
	 WF_R_PROVENANCE_MISMATCH},
	{"another ref", "v1", GITHUB_V1, BUILDER, SOURCE "@refs/heads/dev", WF_R_PROVENANCE_MISMATCH},
	{"v0.2, another builder", "v0.2", V02, "https://evil.example/", SOURCE, WF_R_PROVENANCE_MISMATCH},
	{"v0.2, another source", "v0.2", V02, BUILDER, SOURCE "2", WF_R_PROVENANCE_MISMATCH},
	{"v0.2, another ref", "v0.2", V02, BUILDER, SOURCE "@refs/heads/dev", WF_R_PROVENANCE_MISMATCH},
	{"a source that begins like it", "v0.2", "{\"materials\":[{\"uri\":\"" SOURCE "-evil\"}]}", NULL, SOURCE,
	 WF_R_PROVENANCE_MISMATCH},
	{"a path below it", "v0.2", "{\"materials\":[{\"uri\":\"" SOURCE "/evil\"}]}", NULL, SOURCE,
	 WF_R_PROVENANCE_MISMATCH},
	{"what follows the @ is no ref", "v0.2", "{\"materials\":[{\"uri\":\"" SOURCE "@evil.example/x\"}]}",
	 NULL, SOURCE, WF_R_PROVENANCE_MISMATCH},
	{"an empty ref", "v0.2", "{\"materials\":[{\"uri\":\"" SOURCE "@\"}]}", NULL, SOURCE,
	 WF_R_PROVENANCE_MISMATCH},
	{"a wanted host alone takes no @", "v0.2", "{\"materials\":[{\"uri\":\"https://github.com@refs/x\"}]}",
	 NULL, "https://github.com", WF_R_PROVENANCE_MISMATCH},
	{"no builder", "v1", "{}", BUILDER, NULL, WF_R_PROVENANCE_MISMATCH},
	{"no source", "v1", "{}", NULL, SOURCE, WF_R_PROVENANCE_MISMATCH},
	{"no materials", "v0.2", "{\"materials\":[]}", NULL, SOURCE, WF_R_PROVENANCE_MISMATCH},
	{"members of the other version", "v0.2", GITHUB_V1, BUILDER, NULL, WF_R_PROVENANCE_MISMATCH},
	{"an empty demand is none that holds", "v1", "{}", "", NULL, WF_R_PROVENANCE_MISMATCH},
	{"an empty source neither", "v1", "{}", NULL, "", WF_R_PROVENANCE_MISMATCH},

	{"v0.1", "v0.1", V02, BUILDER, SOURCE, WF_R_PREDICATE_MISMATCH},
	{"a type that begins like v1", "v1x", GITHUB_V1, BUILDER, SOURCE, WF_R_PREDICATE_MISMATCH},
	{"a predicate that is text", "v1", "\"" BUILDER "\"", BUILDER, NULL, WF_R_CANDIDATE_MALFORMED},
	{"a builder that is text", "v0.2", "{\"builder\":\"" BUILDER "\"}", BUILDER, NULL,
	 WF_R_CANDIDATE_MALFORMED},
	{"an id that is a number", "v0.2", "{\"builder\":{\"id\":1}}", BUILDER, NULL,
	 WF_R_CANDIDATE_MALFORMED},
	{"null on the way", "v1", "{\"runDetails\":null}", BUILDER, NULL, WF_R_CANDIDATE_MALFORMED},
	{"null as a material", "v0.2", "{\"materials\":[null]}", NULL, SOURCE, WF_R_CANDIDATE_MALFORMED},
	{"materials as an object", "v0.2", "{\"materials\":{}}", NULL, SOURCE, WF_R_CANDIDATE_MALFORMED},
	{"a source that is a list", "v1", "{\"buildDefinition\":{\"externalParameters\":{\"source\":[]}}}",
	 NULL, SOURCE, WF_R_CANDIDATE_MALFORMED},
};

int
main(void)
{
	size_t i;

	for (i = 0; i < WF_COUNT(rows); i++) {
		WF_AUTO(wf_freep) char *type = wf_asprintf("https://slsa.dev/provenance/%s", rows[i].type);
		WF_AUTO(wf_freep) char *text = wf_asprintf("{\"predicate\":%s}", rows[i].predicate);
		WF_AUTO(wf_dsse_statement_free) struct wf_dsse_statement s = WF_DSSE_STATEMENT_INIT;
		WF_AUTO(wf_arena_free) struct wf_arena arena = {0};
		struct wf_provenance_want want = {rows[i].builder, rows[i].source};
		struct wf_steps steps = {.arena = &arena};
		struct wf_err err = {0};

		EQ(wf_json_parse(wf_str(text), "test", &s.json, &err), WF_OK, "the test's own text");
		s.predicate_type = wf_str(type);
		ERR(wf_provenance_check(&s, &want, &steps, &err), &err, rows[i].reason, rows[i].name);
		if (rows[i].reason == WF_R_OK)
			EQ(steps.n, (size_t)(!!rows[i].builder + !!rows[i].source), "and says what held");
	}
	return tap_done();
}
