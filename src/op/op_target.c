/* SPDX-License-Identifier: Apache-2.0
 *
 * Targets and their manifest files.  Must never take a name that does not
 * exist for something else, nor an unsafe file for an empty one.
 */
#include "op/op_target.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "dep/pg.h"

static void
add(struct wf_op_targets *t, const struct wf_config_target *c, const char *conninfo,
    const char *engine)
{
	t->v = wf_realloc(t->v, (t->n + 1) * sizeof(*t->v));
	t->v[t->n++] = (struct wf_op_target){
		.config = c,
		.engine = {
			.name = c ? c->name : "target",
			.conninfo = c ? c->conninfo : conninfo,
			.engine = engine ? engine : c && c->engine ? c->engine : "auto",
			.system_identifier = c ? c->system_identifier : NULL,
			.insecure = c && c->insecure,
			.insecure_sslmode = c ? c->insecure_sslmode : NULL,
			.read_only = true,
		},
	};
}

enum wf_rc
wf_op_targets(const struct wf_config *config, const char *option, const char *engine,
              struct wf_op_targets *out, struct wf_err *err)
{
	const struct wf_config_target *c;
	bool password = false;
	enum wf_rc rc;
	size_t i;

	memset(out, 0, sizeof(*out));
	if (option && (strchr(option, '=') || strstr(option, "://"))) {
		rc = wf_pg_check(option, &password, err);
		if (rc == WF_OK && password) {
			rc = wf_err_set(err, WF_R_USAGE,
			                "a password on the command line is for everybody to read");
			(void)wf_err_hint(err, "Put it into ~/.pgpass (mode 0600) or a service file.");
		}
		if (rc != WF_OK)
			return rc;
		add(out, NULL, option, engine);
		return WF_OK;
	}
	if (option) {
		c = config ? wf_config_target(config, option) : NULL;
		if (!c) {
			(void)wf_err_set(err, WF_R_USAGE, "no target \"%s\" in the configuration",
			                 option);
			return wf_err_hint(err, "A connection string has an equals sign (dbname=...), a URI begins with postgresql://.");
		}
		add(out, c, NULL, engine);
		return WF_OK;
	}
	for (i = 0; config && (c = wf_config_target_at(config, i)); i++)
		add(out, c, NULL, engine);
	if (out->n == 0)
		add(out, NULL, "", engine);
	return WF_OK;
}

void
wf_op_targets_free(struct wf_op_targets *t)
{
	if (!t)
		return;
	free(t->v);
	memset(t, 0, sizeof(*t));
}

/* --- manifest files -------------------------------------------------------- */

static void
keep_path(struct wf_strs *paths, const char *path)
{
	paths->v = wf_realloc(paths->v, (paths->n + 1) * sizeof(*paths->v));
	paths->v[paths->n++] = wf_strdup(path);
}

enum wf_rc
wf_op_target_expand(const char *pattern, struct wf_strs *paths, struct wf_err *err)
{
	glob_t g = {0};
	size_t i;
	int rc;

	if (!strpbrk(pattern, "*?[")) {
		keep_path(paths, pattern);
		return WF_OK;
	}
	rc = glob(pattern, GLOB_ERR, NULL, &g);
	for (i = 0; rc == 0 && i < g.gl_pathc; i++)
		keep_path(paths, g.gl_pathv[i]);
	globfree(&g);
	if (rc != 0 && rc != GLOB_NOMATCH)
		return wf_err_set(err, WF_R_NO_INPUT, "manifest files \"%s\": cannot be read",
		                  pattern);
	return WF_OK;
}

static enum wf_rc
find_paths(const struct wf_op_target *t, const char *const *files, size_t nfiles,
           struct wf_op_claims *c, struct wf_err *err)
{
	struct wf_strs list = {NULL, 0};
	enum wf_rc rc = WF_OK;
	size_t i;

	for (i = 0; i < nfiles; i++)
		keep_path(&c->paths, files[i]);
	if (nfiles)
		return WF_OK;
	if (t->config && t->config->manifests.n) {
		for (i = 0; rc == WF_OK && i < t->config->manifests.n; i++)
			rc = wf_op_target_expand(t->config->manifests.v[i], &c->paths, err);
		return rc;
	}
	list = wf_paths_manifests();
	for (i = 0; i < list.n; i++)
		keep_path(&c->paths, list.v[i]);
	return WF_OK;
}

static enum wf_rc
load_one(struct wf_op_claims *c, const char *path, bool keep_going, struct wf_err *err)
{
	struct wf_err one = {0};
	enum wf_rc rc = wf_manifest_load(c->manifest, &path, 1, &one);

	if (rc != WF_OK && one.reason == WF_R_UNSAFE_FILE && keep_going) {
		if (!c->unsafe) {
			c->unsafe_why = one;
			snprintf(c->unsafe_path, sizeof(c->unsafe_path), "%s", path);
		}
		c->unsafe = true;
		return WF_OK;
	}
	if (rc != WF_OK && err)
		*err = one;
	return rc;
}

static void
pick(const struct wf_op_target *t, struct wf_op_claims *c)
{
	size_t i, n = wf_manifest_count(c->manifest), left = 0;

	c->v = wf_calloc(n + 1, sizeof(*c->v));
	for (i = 0; i < n; i++) {
		const struct wf_manifest_entry *e = wf_manifest_at(c->manifest, i);

		if (e->target && strcmp(e->target, t->engine.name) != 0)
			left++;
		else
			c->v[c->n++] = e;
	}
	if (n && left == n && !t->config)
		wf_log(WF_LOG_WARN,
		       "every entry is for a target with a name; name it with --target NAME");
}

/* The others, beside the one that is the error. */
static void
say_problems(const struct wf_manifest *m, const struct wf_err *err)
{
	const struct wf_problem *p;
	size_t i;

	for (i = 0; (p = wf_manifest_problem_at(m, i)); i++)
		if (!strstr(err->msg, p->text))
			wf_log(WF_LOG_WARN, "%s:%u:%u: %s", p->file, p->line, p->column, p->text);
}

enum wf_rc
wf_op_claims_load(const struct wf_op_target *t, const char *const *files, size_t nfiles,
                  bool keep_going, struct wf_op_claims *out, struct wf_err *err)
{
	struct wf_err one = {0};
	enum wf_rc rc;
	size_t i;

	memset(out, 0, sizeof(*out));
	rc = wf_manifest_new(&out->manifest, err);
	if (rc == WF_OK)
		rc = find_paths(t, files, nfiles, out, err);
	if (rc == WF_OK && out->paths.n == 0)
		rc = wf_manifest_load(out->manifest, NULL, 0, err); /* says that there is none */
	/* what is wrong in one file does not hide what is wrong in the next */
	for (i = 0; rc == WF_OK && i < out->paths.n; i++) {
		rc = load_one(out, out->paths.v[i], keep_going, &one);
		if (rc != WF_OK && wf_manifest_problems(out->manifest))
			rc = WF_OK;
		else if (rc != WF_OK && err)
			*err = one;
		wf_err_clear(&one);
	}
	if (rc == WF_OK)
		rc = wf_manifest_finish(out->manifest, &one);
	if (rc != WF_OK && one.code != WF_OK) {
		say_problems(out->manifest, &one);
		if (err)
			*err = one;
	}
	if (rc != WF_OK) {
		wf_op_claims_free(out);
		return rc;
	}
	pick(t, out);
	return WF_OK;
}

void
wf_op_claims_free(struct wf_op_claims *c)
{
	union {
		const char *c;
		void *p;
	} u;
	size_t i;

	if (!c)
		return;
	for (i = 0; i < c->paths.n; i++) {
		u.c = c->paths.v[i];
		free(u.p);
	}
	free(c->paths.v);
	free(c->v);
	wf_manifest_freep(&c->manifest);
	memset(c, 0, sizeof(*c));
}
