/* SPDX-License-Identifier: Apache-2.0
 *
 * Landlock and capabilities, by raw system calls: no library is needed, and
 * the headers of an old system do not decide what a new kernel can.  Must never
 * say that something is in force that the kernel refused.
 */
#include "sys/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/file.h"

/* linux/landlock.h as of ABI 6; the numbers are the same on every machine. */
#define CALL_CREATE 444
#define CALL_ADD 445
#define CALL_RESTRICT 446
#define ASK_VERSION 1u
#define RULE_PATH 1
#define FS_READ_FILE (1ull << 2)
#define FS_READ_DIR (1ull << 3)
#define FS_ABI_1 ((1ull << 13) - 1)
#define FS_ABI_2 (1ull << 13) /* moving between directories */
#define FS_ABI_3 (1ull << 14) /* truncate */
#define FS_ABI_5 (1ull << 15) /* ioctl on devices */
#define NET_BIND_TCP 1ull     /* ABI 4; connecting is what this is for */
#define SCOPE_ALL 3ull        /* ABI 6: abstract sockets and signals of others */

struct ruleset {
	uint64_t fs, net, scoped;
};

struct path_rule {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

static struct ruleset
all_of(long abi)
{
	struct ruleset r = {FS_ABI_1, 0, 0};

	r.fs |= abi >= 2 ? FS_ABI_2 : 0;
	r.fs |= abi >= 3 ? FS_ABI_3 : 0;
	r.fs |= abi >= 5 ? FS_ABI_5 : 0;
	r.net = abi >= 4 ? NET_BIND_TCP : 0;
	r.scoped = abi >= 6 ? SCOPE_ALL : 0;
	return r;
}

/* What a link points to, and no more of it than the one file. */
static bool
allow(int rules, const char *path)
{
	WF_AUTO(wf_file_closep) int fd = open(path, O_PATH | O_CLOEXEC);
	struct path_rule rule = {FS_READ_FILE, fd};
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return true; /* not there, or not for us */
	if (S_ISDIR(st.st_mode))
		rule.access |= FS_READ_DIR;
	return syscall(CALL_ADD, rules, RULE_PATH, &rule, 0) == 0;
}

static int
landlock(const char *const *readable, size_t n, int *abi)
{
	long version = syscall(CALL_CREATE, NULL, 0, ASK_VERSION);
	WF_AUTO(wf_file_closep) int rules = -1;
	struct ruleset r;
	size_t i;

	if (version < 1)
		return version < 0 ? errno : ENOSYS;
	r = all_of(version);
	/* what an old kernel does not know is zero, which it takes */
	rules = (int)syscall(CALL_CREATE, &r, sizeof(r), 0);
	if (rules < 0)
		return errno;
	for (i = 0; i < n; i++)
		if (!allow(rules, readable[i]))
			return errno;
	if (syscall(CALL_RESTRICT, rules, 0) < 0)
		return errno;
	*abi = (int)version;
	return 0;
}

/* root keeps one: to read a client key that another user owns.  What may be
 * read is Landlock's to say, and opening by handle is no longer a call. */
static bool
give_up_capabilities(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct have[2] = {{0, 0, 0}}, keep[2] = {{0, 0, 0}};

	if (syscall(SYS_capget, &head, have) < 0)
		return false;
	keep[0].permitted = keep[0].effective = have[0].permitted & (1u << CAP_DAC_READ_SEARCH);
	if (have[0].permitted == keep[0].permitted && !have[1].permitted)
		return true;
	return syscall(SYS_capset, &head, keep) == 0;
}

void
wf_sandbox_enter(const char *const *readable, size_t n, struct wf_sandbox *got)
{
	*got = (struct wf_sandbox){0};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		got->landlock_errno = got->seccomp_errno = errno;
		return;
	}
	got->landlock_errno = landlock(readable, n, &got->landlock);
	got->capabilities = give_up_capabilities();
	got->seccomp_errno = wf_sandbox_calls();
	got->seccomp = got->seccomp_errno == 0;
}

bool
wf_sandbox_whole(const struct wf_sandbox *s)
{
	return s->landlock && s->seccomp && s->capabilities;
}

void
wf_sandbox_text(const struct wf_sandbox *s, char *out, size_t n)
{
	char files[80], calls[80];

	if (s->landlock)
		(void)snprintf(files, sizeof(files), "Landlock ABI %d", s->landlock);
	else
		(void)snprintf(files, sizeof(files), "no Landlock (%s)", strerror(s->landlock_errno));
	if (s->seccomp)
		(void)snprintf(calls, sizeof(calls), "seccomp");
	else
		(void)snprintf(calls, sizeof(calls), "no seccomp (%s)", strerror(s->seccomp_errno));
	(void)snprintf(out, n, "%s, %s%s", files, calls,
	               s->capabilities ? "" : ", capabilities could not be given up");
}
