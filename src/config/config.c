/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration value.  Must never be read from a file that somebody
 * else may rewrite, nor fall back when a named file is missing.
 */
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#include "base/limits.h"
#include "config/value.h"
#include "sys/file.h"

static struct wf_config *
new_config(void)
{
	struct wf_config *cfg = wf_calloc(1, sizeof(*cfg));

	cfg->alerts.facility = LOG_AUTHPRIV;
	cfg->alerts.ident = "wasmfn";
	return cfg;
}

static enum wf_rc
read_safe(const char *path, struct wf_buf *bytes, struct wf_err *err)
{
	enum wf_file_safety safety;
	struct wf_err why = {0};
	char text[256];
	enum wf_rc rc;

	if ((rc = wf_file_safety(path, &safety, text, err)))
		return rc;
	if (safety != WF_FILE_SAFE) {
		(void)wf_err_set(err, WF_R_UNSAFE_FILE,
		                 "configuration file \"%s\" is not safe: %s", path, text);
		return wf_err_hint(err, "The file and every directory above it must belong to root or the caller and be writable by nobody else.");
	}
	if (wf_file_read(path, bytes, &why))
		return wf_err_set(err, why.reason == WF_R_LIMIT ? WF_R_CONFIG : why.reason,
		                  "%s", why.msg);
	return WF_OK;
}

enum wf_rc
wf_config_load(const char *path, struct wf_config **out, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(WF_MAX_CONFIG_BYTES);
	struct stat st;
	enum wf_rc rc;

	if (!path) {
		path = wf_paths_config();
		if (stat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR)) {
			*out = new_config();
			return WF_OK;
		}
	}
	if ((rc = read_safe(path, &bytes, err)))
		return rc;
	return wf_config_parse(wf_buf_str(&bytes), path, out, err);
}

enum wf_rc
wf_config_parse(struct wf_str yaml, const char *name, struct wf_config **out,
                struct wf_err *err)
{
	WF_AUTO(wf_config_freep) struct wf_config *cfg = new_config();
	enum wf_rc rc;

	wf_config_parse_into(cfg, yaml, name);
	if ((rc = wf_problem_error(&cfg->problems, err)))
		return rc;
	*out = cfg;
	cfg = NULL;
	return WF_OK;
}

void
wf_config_lint(struct wf_str yaml, const char *name, struct wf_problems *out)
{
	WF_AUTO(wf_config_freep) struct wf_config *cfg = new_config();

	wf_config_parse_into(cfg, yaml, name);
	wf_problem_move(out, &cfg->problems);
}

void
wf_config_freep(struct wf_config **cfg)
{
	if (!*cfg)
		return;
	wf_problem_free(&(*cfg)->problems);
	wf_arena_free(&(*cfg)->arena);
	free(*cfg);
	*cfg = NULL;
}

const struct wf_config_target *
wf_config_target(const struct wf_config *cfg, const char *name)
{
	size_t i;

	for (i = 0; i < cfg->ntargets; i++)
		if (strcmp(cfg->targets[i].name, name) == 0)
			return &cfg->targets[i];
	return NULL;
}

const struct wf_config_target *
wf_config_target_at(const struct wf_config *cfg, size_t i)
{
	return i < cfg->ntargets ? &cfg->targets[i] : NULL;
}

const struct wf_config_alerts *
wf_config_alerts(const struct wf_config *cfg)
{
	return &cfg->alerts;
}

const char *
wf_config_store(const struct wf_config *cfg)
{
	return cfg->store;
}

const char *
wf_config_state(const struct wf_config *cfg)
{
	return cfg->state;
}
