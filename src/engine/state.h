/* SPDX-License-Identifier: Apache-2.0
 *
 * This host's own memory of its targets: one file a target (system
 * identifier and database) in the state directory, written whole or not at
 * all, under a lock.
 */
#ifndef WF_ENGINE_STATE_H
#define WF_ENGINE_STATE_H

#include "plan/known.h"
#include "plan/live.h"

/* Where the state is: option, else WASMFN_STATE, else the config's
 * (wf_config_state), else the default.  Arguments may be NULL.  Borrowed. */
const char *wf_state_dir(const char *option, const char *from_config);

/* What this host knows of the target.  No file: nothing, and no error.  A
 * file that cannot be understood is renamed aside (NAME.bad-TIME), said with
 * a warning, and counts as nothing.  One that cannot be read is an error
 * (WF_R_IO, WF_R_UNSAFE_FILE): what it would witness is unknown then.  So it
 * is of a server that did not say which one it is (system_identifier NULL:
 * WF_R_PRIVILEGE). */
WF_MUST enum wf_rc wf_state_load(const char *dir, const char *system_identifier,
                                 const char *database, struct wf_known *out,
                                 struct wf_err *err);

/* The head of the whole ledger: the caller has found its chain whole, and the
 * head known standing in it. */
struct wf_state_head {
	int64_t seq;
	struct wf_digest hash;
	struct wf_live_history history;
};

/* One call for who found rows in sync or wrote them: lock, read, add, write
 * when anything changed (mode 0640; the directory is created 0750).
 * `install` calls it after COMMIT with the rows it wrote (seq and hash
 * filled), removals too.  head: NULL, or a new one; an older one than the
 * file's is not taken. */
WF_MUST enum wf_rc wf_state_learn(const char *dir, const char *system_identifier,
                                  const char *database,
                                  const struct wf_ledger_row *const *rows, size_t n,
                                  const struct wf_state_head *head, struct wf_err *err);

/* What the newest known rows of all targets refer to: digests of manifests,
 * appended to *out (malloc'ed).  Fails closed: WF_R_UNCHECKED for a row of an
 * older version, which does not say it, and for a file that was set aside. */
WF_MUST enum wf_rc wf_state_manifests(const char *dir, struct wf_digest **out, size_t *n,
                                      struct wf_err *err);

/* The file's name, for hints.  Caller frees. */
char *wf_state_path(const char *dir, const char *system_identifier, const char *database);

#endif
