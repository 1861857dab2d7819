/* SPDX-License-Identifier: Apache-2.0
 *
 * Lint.  Must never call a file good that the loading of its kind refuses.
 */
#include "op/op_lint.h"

#include <string.h>

#include "base/limits.h"
#include "config/config.h"
#include "dep/yaml.h"
#include "manifest/manifest.h"
#include "policy/policy.h"
#include "policy/policy_advice.h"
#include "sys/file.h"

const char *
wf_op_lint_word(enum wf_op_lint_kind kind)
{
	switch (kind) {
	case WF_OP_LINT_UNKNOWN:
		return NULL;
	case WF_OP_LINT_MANIFEST:
		return "manifest";
	case WF_OP_LINT_POLICY:
		return "policy";
	case WF_OP_LINT_CONFIG:
		return "config";
	}
	return NULL;
}

void
wf_op_lint_free(struct wf_op_lint_out *out)
{
	wf_problem_free(&out->problems);
	wf_problem_free(&out->notes);
}

/* Of a file without problems; another file may change what it means. */
static void
advise(struct wf_str text, const char *path, struct wf_problems *out)
{
	WF_AUTO(wf_policy_freep) struct wf_policy *p = NULL;
	struct wf_err unused = {0};

	if (wf_policy_parse(text, path, &p, &unused) == WF_OK)
		wf_policy_advice(p, out);
}

static enum wf_op_lint_kind
by_word(struct wf_str word)
{
	if (wf_str_eqz(word, "FunctionSet"))
		return WF_OP_LINT_MANIFEST;
	if (wf_str_eqz(word, "Policy"))
		return WF_OP_LINT_POLICY;
	if (wf_str_eqz(word, "Config"))
		return WF_OP_LINT_CONFIG;
	return WF_OP_LINT_UNKNOWN;
}

/* A text that is no YAML still says in some line what it wants to be. */
static enum wf_op_lint_kind
by_line(struct wf_str text)
{
	const char *p = text.p, *end = text.p + text.len, *line_end;
	struct wf_str word;

	for (; p < end; p = line_end + 1) {
		line_end = memchr(p, '\n', (size_t)(end - p));
		if (!line_end)
			line_end = end;
		word = (struct wf_str){p, (size_t)(line_end - p)};
		if (!wf_str_starts(word, "kind:"))
			continue;
		for (word.p += 5, word.len -= 5; word.len && *word.p == ' '; word.p++)
			word.len--;
		while (word.len && strchr(" \r", word.p[word.len - 1]))
			word.len--;
		return by_word(word);
	}
	return WF_OP_LINT_UNKNOWN;
}

static enum wf_op_lint_kind
detect(struct wf_str text, const char *path, struct wf_problems *problems)
{
	WF_AUTO(wf_yaml_freep) struct wf_yaml *doc =
		wf_yaml_parse(text, path, WF_R_MALFORMED, problems);
	const struct wf_yaml_node *root, *kind;
	enum wf_op_lint_kind found;

	if (!doc)
		return by_line(text);
	root = wf_yaml_root(doc);
	if (root->kind == WF_YAML_LIST)
		return WF_OP_LINT_MANIFEST;
	kind = wf_yaml_get(root, "kind");
	found = kind && kind->kind == WF_YAML_SCALAR ? by_word(kind->text)
	                                             : WF_OP_LINT_UNKNOWN;
	if (found == WF_OP_LINT_UNKNOWN)
		wf_problem_add(problems, WF_R_MALFORMED, path,
		               kind ? kind->line : root->line,
		               kind ? kind->column : root->column,
		               "expected a list of functions, or a mapping of kind FunctionSet, Policy or Config");
	return found;
}

enum wf_rc
wf_op_lint(const char *path, struct wf_op_lint_out *out, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	struct wf_problems seen = WF_PROBLEMS_INIT;
	struct wf_err first = {0};
	struct wf_str text;
	enum wf_rc rc;
	size_t n;

	if ((rc = wf_file_read(path, &bytes, err)))
		return rc;
	text = (struct wf_str){wf_buf_z(&bytes), bytes.len};
	out->kind = detect(text, path, &seen);
	switch (out->kind) {
	case WF_OP_LINT_UNKNOWN:
		wf_problem_move(&out->problems, &seen);
		break;
	case WF_OP_LINT_MANIFEST:
		wf_manifest_lint(text, path, &out->problems);
		break;
	case WF_OP_LINT_POLICY:
		wf_policy_lint(text, path, &out->problems);
		if (!out->problems.n)
			advise(text, path, &out->notes);
		break;
	case WF_OP_LINT_CONFIG:
		wf_config_lint(text, path, &out->problems);
		break;
	}
	wf_problem_free(&seen);
	if (out->kind != WF_OP_LINT_MANIFEST && bytes.len > WF_MAX_CONFIG_BYTES)
		wf_problem_add(&out->problems,
		               out->kind == WF_OP_LINT_UNKNOWN ? WF_R_LIMIT : WF_R_CONFIG,
		               path, 0, 0, "%zu bytes, the limit is %u", bytes.len,
		               WF_MAX_CONFIG_BYTES);
	if (wf_problem_error(&out->problems, &first) == WF_OK)
		return WF_OK;
	n = out->problems.n + out->problems.left_off;
	rc = wf_err_set(err, first.reason, "%s: %zu problem%s", path, n,
	                n == 1 ? "" : "s");
	if (first.reason == WF_R_TAG_ONLY)
		(void)wf_err_hint(err, "%s", first.hint);
	return rc;
}
