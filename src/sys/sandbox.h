/* SPDX-License-Identifier: Apache-2.0
 *
 * Shutting a process in: Landlock decides which files it may read, seccomp
 * which calls it may make, and its capabilities go.  There is no way back and
 * no child of it is freer.  What the kernel lacks is told, never hidden.
 */
#ifndef WF_SYS_SANDBOX_H
#define WF_SYS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

/* What is in force. */
struct wf_sandbox {
	int landlock;       /* ABI version, 0: not in force */
	int landlock_errno; /* why not */
	bool seccomp;
	int seccomp_errno;
	bool capabilities;  /* given up; never had any is the same */
};

/* For a process of one thread that speaks to the network and keeps nothing:
 * from here on it reads what is in or below `readable` and nothing else, opens
 * no file for writing, starts and signals no other process, gets no socket but
 * those of IP (and the kernel's own to ask for addresses), maps no memory for
 * both writing and running.  A path that is not there is left out: it cannot be
 * read later.  *got says what came of it; whoever calls decides whether that
 * is enough. */
void wf_sandbox_enter(const char *const *readable, size_t n, struct wf_sandbox *got);

bool wf_sandbox_whole(const struct wf_sandbox *);
/* "Landlock ABI 6, seccomp", or what is missing and why. */
void wf_sandbox_text(const struct wf_sandbox *, char *out, size_t n);

/* Private to sys/: the calls that are left.  0 or errno. */
int wf_sandbox_calls(void);

#endif
