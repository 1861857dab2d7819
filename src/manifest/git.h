/* SPDX-License-Identifier: Apache-2.0
 *
 * The git commit that a file's directory has checked out, read from .git
 * without running git.  A note for people who look for where a change came
 * from; nothing is decided by it (the file itself may be ahead of it).
 */
#ifndef WF_MANIFEST_GIT_H
#define WF_MANIFEST_GIT_H

#include <stdbool.h>

#define WF_GIT_COMMIT_TEXT 65 /* SHA-1 or SHA-256 in hex */

/* The commit of the work tree that `path` (a file) lies in; false and "" when
 * there is none, it cannot be read, or .git belongs to somebody who could not
 * have written the file. */
bool wf_git_commit(const char *path, char out[WF_GIT_COMMIT_TEXT]);

#endif
