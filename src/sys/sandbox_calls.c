/* SPDX-License-Identifier: Apache-2.0
 *
 * The system calls that are left to a process that only speaks to the network.
 * A list of what is allowed, not of what is not: a call that nobody has thought
 * of is no way out.  What is not listed is answered with ENOSYS, as by an older
 * kernel, so that a newer libc or TLS library falls back and is not killed.
 * Must never name a call that changes a file or reaches another process.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cc.h"
#include "sys/sandbox.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef ARCH
/* Reading, waiting, talking, memory, threads, time: nothing of it reaches
 * further than its descriptors and its own memory. */
static const int harmless[] = {
	SYS_read, SYS_readv, SYS_pread64, SYS_write, SYS_writev, SYS_close, SYS_lseek,
	SYS_fstat, SYS_newfstatat, SYS_statx, SYS_statfs, SYS_fstatfs, SYS_faccessat,
	SYS_readlinkat, SYS_getdents64, SYS_getcwd, SYS_fadvise64, SYS_fcntl, SYS_dup, SYS_dup3,
	SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait,
	SYS_eventfd2, SYS_pipe2, SYS_socketpair,
	SYS_connect, SYS_bind, SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_setsockopt,
	SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_recvmmsg, SYS_shutdown,
	SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk, SYS_mincore, SYS_membarrier,
	SYS_futex, SYS_set_robust_list, SYS_sched_yield, SYS_sched_getaffinity,
	SYS_gettid, SYS_getpid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getcpu,
	SYS_exit, SYS_exit_group, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn,
	SYS_sigaltstack, SYS_restart_syscall,
	SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday,
	SYS_getrandom, SYS_uname, SYS_sysinfo, SYS_getrusage, SYS_times,
#ifdef SYS_faccessat2
	SYS_faccessat2,
#endif
#ifdef SYS_epoll_pwait2
	SYS_epoll_pwait2,
#endif
#ifdef SYS_rseq
	SYS_rseq,
#endif
#ifdef SYS_close_range
	SYS_close_range,
#endif
#ifdef SYS_poll /* older names, which newer machines have not */
	SYS_poll, SYS_select, SYS_epoll_create, SYS_epoll_wait, SYS_eventfd, SYS_pipe, SYS_dup2,
	SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_time, SYS_getrlimit, SYS_arch_prctl,
#endif
};

/* One of these bits, and a file may be changed. */
#define WRITES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))

struct program {
	struct sock_filter v[512];
	unsigned n;
};

static void
put(struct program *p, uint16_t code, uint32_t k, unsigned yes, unsigned no)
{
	if (p->n < WF_COUNT(p->v))
		p->v[p->n] = (struct sock_filter){code, (uint8_t)yes, (uint8_t)no, k};
	p->n++;
}

static void
load(struct program *p, size_t off)
{
	put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)off, 0, 0);
}

/* The low half; both machines are little-endian. */
static void
load_arg(struct program *p, unsigned i)
{
	load(p, offsetof(struct seccomp_data, args) + i * sizeof(uint64_t));
}

static void
answer(struct program *p, uint32_t action)
{
	put(p, BPF_RET | BPF_K, action, 0, 0);
}

static void
fails(struct program *p, int with)
{
	answer(p, SECCOMP_RET_ERRNO | (uint32_t)with);
}

/* `rules` more instructions follow for this call; they end with an answer. */
static void
on_call(struct program *p, int nr, unsigned rules)
{
	put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, rules);
}

/* Allowed where none of the bits is set (or, with `must`, where one is). */
static void
on_bits(struct program *p, int nr, unsigned arg, uint32_t bits, bool must, int else_errno)
{
	on_call(p, nr, 4);
	load_arg(p, arg);
	put(p, BPF_JMP | BPF_JSET | BPF_K, bits, must ? 0 : 1, must ? 1 : 0);
	answer(p, SECCOMP_RET_ALLOW);
	fails(p, else_errno);
}

/* Allowed where the argument is one of these. */
static void
on_values(struct program *p, int nr, unsigned arg, const uint32_t *v, unsigned n, int else_errno)
{
	unsigned i;

	on_call(p, nr, n + 3);
	load_arg(p, arg);
	for (i = 0; i < n; i++)
		put(p, BPF_JMP | BPF_JEQ | BPF_K, v[i], n - i, 0);
	fails(p, else_errno);
	answer(p, SECCOMP_RET_ALLOW);
}

/* IP, and netlink as far as it tells addresses and routes.  A local socket
 * would lead to the database, the message bus, a container engine. */
static void
on_socket(struct program *p)
{
	on_call(p, SYS_socket, 8);
	load_arg(p, 0);
	put(p, BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 5, 0);
	put(p, BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 4, 0);
	put(p, BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 2);
	load_arg(p, 2);
	put(p, BPF_JMP | BPF_JEQ | BPF_K, 0 /* NETLINK_ROUTE */, 1, 0);
	fails(p, EAFNOSUPPORT);
	answer(p, SECCOMP_RET_ALLOW);
}

/* No page that is written to and run: not at once, not one after the other. */
static void
on_memory(struct program *p)
{
	on_call(p, SYS_mmap, 5);
	load_arg(p, 2);
	put(p, BPF_ALU | BPF_AND | BPF_K, PROT_WRITE | PROT_EXEC, 0, 0);
	put(p, BPF_JMP | BPF_JEQ | BPF_K, PROT_WRITE | PROT_EXEC, 1, 0);
	answer(p, SECCOMP_RET_ALLOW);
	fails(p, EPERM);
	on_bits(p, SYS_mprotect, 2, PROT_EXEC, false, EPERM);
}

static void
on_limits(struct program *p)
{
	size_t limits = offsetof(struct seccomp_data, args) + 2 * sizeof(uint64_t);

	on_call(p, SYS_prlimit64, 6); /* asked, not set: for a thread's stack */
	load(p, limits);
	put(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3);
	load(p, limits + 4);
	put(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
	answer(p, SECCOMP_RET_ALLOW);
	fails(p, EPERM);
}

static void
make(struct program *p)
{
	static const uint32_t ioctls[] = {FIONBIO, FIONREAD, TCGETS, 0x8933 /* SIOCGIFINDEX */};
	static const uint32_t prctls[] = {PR_SET_NAME, PR_GET_NAME};
	uint32_t me = (uint32_t)getpid();
	unsigned i;

	load(p, offsetof(struct seccomp_data, arch));
	put(p, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	answer(p, SECCOMP_RET_KILL_PROCESS);
	load(p, offsetof(struct seccomp_data, nr));
	for (i = 0; i < WF_COUNT(harmless); i++) {
		on_call(p, harmless[i], 1);
		answer(p, SECCOMP_RET_ALLOW);
	}
	/* each of these ends with an answer, or leaves the number where it was */
	on_bits(p, SYS_openat, 2, WRITES, false, EACCES);
#ifdef SYS_open
	on_bits(p, SYS_open, 1, WRITES, false, EACCES);
#endif
	on_bits(p, SYS_clone, 0, CLONE_THREAD, true, EPERM); /* glibc falls back to it */
	on_socket(p);
	on_memory(p);
	on_limits(p);
	on_values(p, SYS_ioctl, 1, ioctls, WF_COUNT(ioctls), ENOTTY);
	on_values(p, SYS_prctl, 0, prctls, WF_COUNT(prctls), EPERM);
	on_values(p, SYS_tgkill, 0, &me, 1, EPERM); /* abort */
	fails(p, ENOSYS);
}
#endif

int
wf_sandbox_calls(void)
{
#ifdef ARCH
	static struct program p;
	struct sock_fprog prog;

	p.n = 0;
	make(&p);
	if (p.n > WF_COUNT(p.v))
		return E2BIG;
	prog = (struct sock_fprog){(unsigned short)p.n, p.v};
	/* by prctl: a unit's filter that knows no seccomp(2) lets it through */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) < 0)
		return errno;
	return 0;
#else
	return ENOSYS; /* the numbers of this machine's calls are not in the list */
#endif
}
