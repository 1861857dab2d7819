/* SPDX-License-Identifier: Apache-2.0
 *
 * What all targets of this host refer to.  Must never leave out a target whose
 * file it cannot read.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "engine/state.h"
#include "sys/file.h"

static enum wf_rc
add_rows(const struct wf_known *k, const char *path, struct wf_digest **out,
         size_t *n, struct wf_err *err)
{
	size_t cap = *n, i;

	for (i = 0; i < k->n; i++) {
		const char *text = k->rows[i].manifest;

		if (!text) {
			(void)wf_err_set(err, WF_R_UNCHECKED,
			                 "\"%s\" does not say what %s refers to", path,
			                 k->rows[i].function);
			return wf_err_hint(err, "It was written by an older version; `wasmfn reconcile` of that target learns it.");
		}
		if (strcmp(text, "none") == 0)
			continue;
		*out = wf_grow(*out, &cap, *n, sizeof(**out));
		if (wf_digest_parse(wf_str(text), "manifest", &(*out)[*n], err))
			return err->code;
		++*n;
	}
	return WF_OK;
}

static enum wf_rc
add_file(const char *path, struct wf_digest **out, size_t *n, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_STATE_BYTES);
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	WF_AUTO(wf_known_free) struct wf_known known = {0};
	const char *system, *database;
	enum wf_rc rc;

	if ((rc = wf_file_read(path, &text, err)) ||
	    (rc = wf_json_parse(wf_buf_str(&text), path, &doc, err)))
		return rc;
	system = wf_json_z(wf_json_get(doc, "system_identifier"));
	database = wf_json_z(wf_json_get(doc, "database"));
	if (!system || !database)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "local state \"%s\" does not say of which target it is", path);
	if ((rc = wf_known_from_json(doc, system, database, &known, err)))
		return wf_err_wrap(err, "local state \"%s\"", path);
	return add_rows(&known, path, out, n, err);
}

enum wf_rc
wf_state_manifests(const char *dir, struct wf_digest **out, size_t *n,
                   struct wf_err *err)
{
	DIR *d = opendir(dir);
	enum wf_rc rc = WF_OK;
	struct dirent *e = NULL;

	if (!d && (errno == ENOENT || errno == ENOTDIR))
		return WF_OK; /* nothing was ever installed from here */
	if (!d)
		return wf_err_sys(err, WF_R_IO, "local state \"%s\"", dir);
	while ((rc = wf_file_next(d, dir, &e, err)) == WF_OK && e) {
		WF_AUTO(wf_freep) char *path = wf_asprintf("%s/%s", dir, e->d_name);
		size_t len = strlen(e->d_name);

		if (strncmp(e->d_name, "target-", 7) != 0)
			continue;
		if (strstr(e->d_name, ".json.bad-")) {
			(void)wf_err_set(err, WF_R_UNCHECKED,
			                 "\"%s\" could not be understood and was set aside: what it knew is lost",
			                 path);
			rc = wf_err_hint(err, "Remove it when `wasmfn reconcile` has learnt that target again.");
		} else if (len > 5 && strcmp(e->d_name + len - 5, ".json") == 0) {
			rc = add_file(path, out, n, err);
		}
		if (rc != WF_OK)
			break;
	}
	(void)closedir(d);
	return rc;
}
