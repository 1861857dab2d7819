/* SPDX-License-Identifier: Apache-2.0
 *
 * Files: reading bounded bytes, who may change a file, and writing so that
 * a file appears whole or not at all.
 */
#ifndef WF_SYS_FILE_H
#define WF_SYS_FILE_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

/* For WF_AUTO(wf_file_closep) int fd = -1; */
void wf_file_closep(int *fd);

/* Reads a regular file whole into out, whose max is the limit.  Refuses
 * FIFOs, devices and directories without blocking.  WF_R_NO_INPUT when it
 * does not exist or may not be read, WF_R_LIMIT when larger than the limit,
 * WF_R_IO when it changes length while being read. */
WF_MUST enum wf_rc wf_file_read(const char *path, struct wf_buf *out,
                                struct wf_err *err);
/* The same from a descriptor, from its current offset; name is for messages. */
WF_MUST enum wf_rc wf_file_read_fd(int fd, const char *name,
                                   struct wf_buf *out, struct wf_err *err);

enum wf_file_safety {
	WF_FILE_SAFE = 0,
	WF_FILE_SAFE_BUT_DIR, /* only a directory above is another's (the seed's path) */
	WF_FILE_UNSAFE,
};

/* Contract section 5: owned by root or the caller, not writable by group or
 * others, and so every directory above it, symbolic links resolved; a sticky
 * directory of root may be writable.  *why gets one sentence (may be NULL).
 * WF_FILE_SAFE_BUT_DIR: the file itself is safe, and a directory above it is
 * owned by another user but not writable by group or others. */
WF_MUST enum wf_rc wf_file_safety(const char *path, enum wf_file_safety *out,
                                  char why[256], struct wf_err *err);

/* The reason of an errno from creating something: a full disk is WF_R_IO,
 * whatever call finds it, all else WF_R_CANNOT_CREATE. */
enum wf_reason wf_file_create_reason(void);

/* Writes path through a temporary file in the same directory: write, fsync,
 * rename, fsync of the directory.  mode is exact (no umask). */
WF_MUST enum wf_rc wf_file_write_atomic(const char *path, struct wf_str bytes,
                                        mode_t mode, struct wf_err *err);

/* Writes new text in place of old in a file that somebody else owns the rights
 * of: as wf_file_write_atomic, and the file keeps its owner, group, mode and
 * access list, or nothing is written (WF_R_CANNOT_CREATE).  A symbolic link
 * stays one.  WF_R_TRY_AGAIN when the file no longer holds the old text. */
WF_MUST enum wf_rc wf_file_replace(const char *path, struct wf_str old,
                                   struct wf_str text, struct wf_err *err);

/* mkdir -p with the given mode for what is created. */
WF_MUST enum wf_rc wf_file_mkdirs(const char *path, mode_t mode,
                                  struct wf_err *err);

/* The next entry of a directory, NULL at its end: what cannot be read (WF_R_IO)
 * is no end.  name is for messages. */
WF_MUST enum wf_rc wf_file_next(DIR *, const char *name, struct dirent **out,
                                struct wf_err *err);

/* write(2) until all is out. */
WF_MUST enum wf_rc wf_file_write_all(int fd, const void *p, size_t n,
                                     const char *name, struct wf_err *err);

#endif
