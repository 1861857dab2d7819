/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy and key files from disk.  Must never read one that somebody else
 * may rewrite, nor go on with half of the files.
 */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "dep/crypto.h"
#include "policy/value.h"
#include "sys/file.h"

void
wf_policy_hash_add(struct wf_policy *p, const char *name, struct wf_str bytes)
{
	WF_AUTO(wf_freep) char *head =
		wf_asprintf("%zu:%s%zu:", strlen(name), name, bytes.len);

	wf_crypto_sha256_add(p->hasher, head, strlen(head));
	wf_crypto_sha256_add(p->hasher, bytes.p ? bytes.p : "", bytes.len);
}

static enum wf_rc
demand_safe(const char *what, const char *path, struct wf_err *err)
{
	enum wf_file_safety safety;
	char why[256];
	enum wf_rc rc;

	if ((rc = wf_file_safety(path, &safety, why, err)))
		return rc;
	if (safety == WF_FILE_SAFE)
		return WF_OK;
	(void)wf_err_set(err, WF_R_UNSAFE_FILE, "%s \"%s\" is not safe: %s", what,
	                 path, why);
	return wf_err_hint(err, "The file and every directory above it must belong to root or the caller and be writable by nobody else.");
}

bool
wf_policy_read_file(struct wf_policy *p, const char *dir, const char *what, size_t max,
                    const char **path, struct wf_str *bytes, struct wf_err *why)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(max);

	if ((*path)[0] != '/') {
		WF_AUTO(wf_freep) char *whole = wf_asprintf("%s/%s", dir, *path);

		*path = wf_arena_strn(&p->arena, whole, strlen(whole));
	}
	if (demand_safe(what, *path, why) || wf_file_read(*path, &b, why))
		return false;
	if (b.len == 0) {
		(void)wf_err_set(why, WF_R_CONFIG, "%s \"%s\" is empty", what, *path);
		return false;
	}
	*bytes = wf_arena_dup(&p->arena, wf_buf_str(&b));
	wf_policy_hash_add(p, *path, *bytes);
	return true;
}

const char *
wf_policy_public_good(void)
{
	return WF_DATADIR "/wasmfn/public-good-trusted_root.json";
}

static struct wf_policy *
new_policy(void)
{
	struct wf_policy *p = wf_calloc(1, sizeof(*p));

	p->limits = (struct wf_limits)WF_LIMITS_UNSET;
	p->hasher = wf_crypto_sha256_new();
	return p;
}

/* The last checks over all files; hands p out when it is good. */
static enum wf_rc
finish(struct wf_policy **p, struct wf_policy **out, struct wf_err *err)
{
	enum wf_rc rc;

	wf_policy_conflicts(*p);
	if ((rc = wf_problem_error(&(*p)->problems, err)))
		return rc;
	wf_crypto_sha256_end((*p)->hasher, (*p)->hash.sha256);
	*out = *p;
	*p = NULL;
	return WF_OK;
}

static enum wf_rc
load_file(struct wf_policy *p, const char *path, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(WF_MAX_CONFIG_BYTES);
	WF_AUTO(wf_freep) char *copy = wf_strdup(path);
	struct wf_err why = {0};
	enum wf_rc rc;

	if ((rc = demand_safe("policy file", path, err)))
		return rc;
	if (wf_file_read(path, &bytes, &why))
		return wf_err_set(err, why.reason == WF_R_LIMIT ? WF_R_CONFIG : why.reason,
		                  "%s", why.msg);
	wf_policy_hash_add(p, path, wf_buf_str(&bytes));
	wf_policy_parse_into(p, wf_buf_str(&bytes), path, dirname(copy));
	return WF_OK;
}

enum wf_rc
wf_policy_load(const char *const *paths, size_t n, struct wf_policy **out,
               struct wf_err *err)
{
	WF_AUTO(wf_policy_freep) struct wf_policy *p = new_policy();
	enum wf_rc rc;
	size_t i;

	if (n == 0)
		return wf_err_set(err, WF_R_CONFIG, "no policy file");
	for (i = 0; i < n; i++)
		if ((rc = load_file(p, paths[i], err)))
			return rc;
	return finish(&p, out, err);
}

enum wf_rc
wf_policy_parse(struct wf_str yaml, const char *name, struct wf_policy **out,
                struct wf_err *err)
{
	WF_AUTO(wf_policy_freep) struct wf_policy *p = new_policy();

	wf_policy_hash_add(p, name, yaml);
	wf_policy_parse_into(p, yaml, name, NULL);
	return finish(&p, out, err);
}

void
wf_policy_lint(struct wf_str yaml, const char *name, struct wf_problems *out)
{
	WF_AUTO(wf_policy_freep) struct wf_policy *p = new_policy();

	wf_policy_parse_into(p, yaml, name, NULL);
	wf_policy_conflicts(p);
	wf_problem_move(out, &p->problems);
}
