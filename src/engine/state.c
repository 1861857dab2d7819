/* SPDX-License-Identifier: Apache-2.0
 *
 * The local state on disk.  Must never take a damaged file for "this host
 * knows nothing" in silence, and never lose what another process learnt.
 */
#include "engine/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "config/config.h"
#include "sys/clock.h"
#include "sys/file.h"

const char *
wf_state_dir(const char *option, const char *from_config)
{
	const char *env = getenv("WASMFN_STATE");

	if (option)
		return option;
	if (env && *env)
		return env;
	return from_config ? from_config : wf_paths_state();
}

/* The name is a digest: neither part of it comes near a path. */
char *
wf_state_path(const char *dir, const char *system_identifier, const char *database)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(SIZE_MAX / 4);
	struct wf_digest d;
	char hex[65];

	wf_buf_putz(&b, system_identifier);
	wf_buf_putz(&b, "/");
	wf_buf_putz(&b, database);
	wf_digest_of(b.p, b.len, &d);
	wf_digest_hex(&d, hex);
	return wf_asprintf("%s/target-%.32s.json", dir, hex);
}

static void
set_aside(const char *path, const struct wf_err *why)
{
	WF_AUTO(wf_freep) char *aside =
		wf_asprintf("%s.bad-%lld", path, (long long)wf_clock_wall());

	if (rename(path, aside) == 0)
		wf_log(WF_LOG_WARN, "%s: %s; kept as %s, what it knew is lost", path, why->msg,
		       aside);
	else
		wf_log(WF_LOG_WARN, "%s: %s, and it cannot be renamed: %s", path, why->msg,
		       strerror(errno));
}

static enum wf_rc
read_file(const char *path, const char *system_identifier, const char *database,
          struct wf_known *out, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_STATE_BYTES);
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	struct wf_err bad = {0};
	struct stat st;
	enum wf_rc rc;

	if (stat(path, &st) != 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return WF_OK;
		return wf_err_sys(err, WF_R_IO, "local state %s", path);
	}
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return wf_err_set(err, WF_R_UNSAFE_FILE,
		                  "local state %s: expected no write permission for group or others, found mode %04o",
		                  path, (unsigned)st.st_mode & 07777u);
	rc = wf_file_read(path, &text, &bad);
	if (rc == WF_OK)
		rc = wf_json_parse(wf_buf_str(&text), path, &doc, &bad);
	if (rc == WF_OK)
		rc = wf_known_from_json(doc, system_identifier, database, out, &bad);
	if (rc == WF_OK)
		return WF_OK;
	if (bad.reason == WF_R_IO || bad.reason == WF_R_NO_INPUT)
		return wf_err_set(err, WF_R_IO, "local state: %s", bad.msg);
	set_aside(path, &bad);
	return WF_OK;
}

enum wf_rc
wf_state_load(const char *dir, const char *system_identifier, const char *database,
              struct wf_known *out, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *path = NULL;

	memset(out, 0, sizeof(*out));
	if (!system_identifier) {
		(void)wf_err_set(err, WF_R_PRIVILEGE, "the role may not execute pg_control_system(), "
		                 "so what this host knows of the target cannot be looked up");
		return wf_err_hint(err, "GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() "
		                        "to it.");
	}
	path = wf_state_path(dir, system_identifier, database);
	return read_file(path, system_identifier, database, out, err);
}

/* root writes for the service: what it creates gets the directory's owner. */
static void
give_to_owner_of(const char *dir, const char *path)
{
	struct stat st;

	if (geteuid() != 0 || stat(dir, &st) != 0 || (st.st_uid == 0 && st.st_gid == 0))
		return;
	if (chown(path, st.st_uid, st.st_gid) != 0)
		wf_log(WF_LOG_WARN, "local state %s: %s", path, strerror(errno));
}

static enum wf_rc
write_file(const char *dir, const char *path, const struct wf_known *k,
           const char *system_identifier, const char *database, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *doc =
		wf_known_to_json(k, system_identifier, database);
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_STATE_BYTES);
	enum wf_rc rc = wf_json_dump(doc, WF_JSON_PRETTY, &text, err);

	if (rc == WF_OK)
		rc = wf_buf_addz(&text, "\n", err);
	if (rc == WF_OK)
		rc = wf_file_write_atomic(path, wf_buf_str(&text), 0640, err);
	if (rc == WF_OK)
		give_to_owner_of(dir, path);
	return rc;
}

static enum wf_rc
lock(const char *dir, int *fd, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *path = wf_asprintf("%s/.lock", dir);
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	enum wf_rc rc = wf_file_mkdirs(dir, 0750, err);

	if (rc != WF_OK)
		return rc;
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (*fd < 0)
		return wf_err_sys(err, WF_R_CANNOT_CREATE, "local state %s", path);
	give_to_owner_of(dir, path);
	while (fcntl(*fd, F_OFD_SETLKW, &whole) != 0)
		if (errno != EINTR)
			return wf_err_sys(err, WF_R_IO, "local state %s: lock", path);
	return WF_OK;
}

static bool
add(struct wf_known *k, const struct wf_ledger_row *const *rows, size_t n,
    const struct wf_state_head *head)
{
	char now[WF_TIME_TEXT];
	bool changed = false;
	size_t i;

	wf_clock_text(wf_clock_wall(), now);
	for (i = 0; i < n; i++)
		changed |= wf_known_add(k, rows[i], now);
	if (head)
		changed |= wf_known_set_head(k, head->seq, &head->hash, &head->history, now);
	return changed;
}

enum wf_rc
wf_state_learn(const char *dir, const char *system_identifier, const char *database,
               const struct wf_ledger_row *const *rows, size_t n,
               const struct wf_state_head *head, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *path = wf_state_path(dir, system_identifier, database);
	WF_AUTO(wf_known_free) struct wf_known k = {0};
	WF_AUTO(wf_file_closep) int fd = -1;
	enum wf_rc rc;

	/* without the lock first: most runs learn nothing */
	rc = read_file(path, system_identifier, database, &k, err);
	if (rc != WF_OK || !add(&k, rows, n, head))
		return rc;
	rc = lock(dir, &fd, err);
	if (rc != WF_OK)
		return rc;
	wf_known_free(&k);
	rc = read_file(path, system_identifier, database, &k, err);
	if (rc != WF_OK || !add(&k, rows, n, head))
		return rc;
	return write_file(dir, path, &k, system_identifier, database, err);
}
