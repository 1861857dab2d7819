/* SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded into the program under test: plays code that has taken over whatever
 * calls connect(2) first (the process for the network), and then, for comparison,
 * the program itself as it ends.  BREAK_OUT is a directory with what to try:
 * report (where to say what came of it; two lines a try, "in" or "out" first),
 * secret (to be read), store (to be written to), local (a listening socket).
 * OLD_KERNEL=landlock|seccomp: that is not there.  Must never be linked into
 * anything.
 */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPORT_BYTES 65536

static struct report {
	char text[REPORT_BYTES];
	int len, tried;
} *report; /* shared: where it is tried nothing can be opened */
static char dir[512], old[16], *secret_var;
static pid_t program;

#define NEXT(name) \
	static __typeof__(name) *f; \
	void *found = f ? NULL : dlsym(RTLD_NEXT, #name); \
	if (!f) \
		memcpy(&f, &found, sizeof(found))

static void
say(const char *where, const char *what, int failed)
{
	report->len += snprintf(report->text + report->len, REPORT_BYTES - (size_t)report->len,
	                        "%s %s %s\n", where, what, failed ? strerrorname_np(failed) : "done");
}

static char *
in_dir(const char *name)
{
	static char path[600];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags, 0600), e = errno;

	if (fd >= 0)
		(void)close(fd);
	return fd < 0 ? e : 0;
}

static int
try_local(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), rc;

	if (fd < 0)
		return errno;
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", in_dir("local"));
	rc = connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? errno : 0;
	(void)close(fd);
	return rc;
}

/* In a child where there may be one, else here: then it does not come back. */
static int
try_exec(void)
{
	char *argv[] = {"true", NULL}, *nothing[] = {NULL};
	int status = 0;
	pid_t pid = fork();

	if (pid <= 0) {
		(void)execve("/bin/true", argv, nothing);
		if (pid == 0)
			_exit(1);
		return errno;
	}
	(void)waitpid(pid, &status, 0);
	return status ? EACCES : 0;
}

static void
try_processes(const char *where, pid_t other)
{
	char byte, path[64];
	struct iovec to = {&byte, 1}, from = {report, 1};
	int e;

	e = fork();
	if (e == 0)
		_exit(0);
	say(where, "fork", e < 0 ? errno : 0);
	say(where, "exec", try_exec());
	say(where, "kill", kill(other, 0) < 0 ? errno : 0);
	say(where, "process_vm_readv", process_vm_readv(other, &to, 1, &from, 1, 0) < 0 ? errno : 0);
	(void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)other);
	say(where, "environ", try_open(path, O_RDONLY));
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)other);
	say(where, "mem", try_open(path, O_RDONLY));
}

static void
try_all(const char *where, pid_t other)
{
	int fd;
	void *page;

	say(where, "hosts", try_open("/etc/hosts", O_RDONLY));
	say(where, "secret", try_open(in_dir("secret"), O_RDONLY));
	say(where, "list", try_open(dir, O_RDONLY | O_DIRECTORY));
	say(where, "passwd", try_open("/etc/passwd", O_RDONLY));
	say(where, "variable", secret_var && *secret_var ? 0 : ENODATA);
	say(where, "create", try_open(in_dir(where), O_WRONLY | O_CREAT));
	say(where, "append", try_open(in_dir("secret"), O_WRONLY | O_APPEND));
	say(where, "store", try_open(in_dir("store/planted"), O_RDWR | O_CREAT));
	say(where, "unlink", unlink(in_dir("store/planted")) < 0 ? errno : 0);
	say(where, "mkdir", mkdir(in_dir("made"), 0700) < 0 ? errno : 0);
	say(where, "rmdir", rmdir(in_dir("made")) < 0 ? errno : 0);
	say(where, "chmod", chmod(in_dir("secret"), 0600) < 0 ? errno : 0);
	say(where, "local", try_local());
	fd = socket(AF_NETLINK, SOCK_RAW, 9 /* audit */);
	say(where, "netlink", fd < 0 ? errno : 0);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	say(where, "udp", fd < 0 ? errno : 0);
	page = mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	say(where, "wx", page == MAP_FAILED ? errno : 0);
	try_processes(where, other);
}

__attribute__((constructor)) static void
begin(void)
{
	const char *d = getenv("BREAK_OUT"), *k = getenv("OLD_KERNEL");
	int fd;

	(void)snprintf(old, sizeof(old), "%s", k ? k : "");
	if (!d)
		return;
	(void)snprintf(dir, sizeof(dir), "%s", d);
	fd = open(in_dir("report"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*report)) < 0)
		return;
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (report == MAP_FAILED)
		report = NULL;
	secret_var = getenv("PGPASSWORD");
	program = getpid();
}

__attribute__((destructor)) static void
end(void)
{
	/* nobody but the program itself, and not what it runs */
	if (report && getpid() == program)
		try_all("out", getppid());
}

int
connect(int fd, const struct sockaddr *to, socklen_t n)
{
	NEXT(connect);
	if (report && to->sa_family == AF_INET && !report->tried++)
		try_all("in", program);
	return f(fd, to, n);
}

long
syscall(long nr, ...)
{
	static long (*f)(long, ...);
	void *found = f ? NULL : dlsym(RTLD_NEXT, "syscall");
	long a[6];
	va_list ap;
	int i;

	if (!f)
		memcpy(&f, &found, sizeof(found));
	va_start(ap, nr);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (nr == 444 && strcmp(old, "landlock") == 0) {
		errno = ENOSYS;
		return -1;
	}
	return f(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int
prctl(int option, ...)
{
	static int (*f)(int, ...);
	void *found = f ? NULL : dlsym(RTLD_NEXT, "prctl");
	unsigned long a[4];
	va_list ap;
	int i;

	if (!f)
		memcpy(&f, &found, sizeof(found));
	va_start(ap, option);
	for (i = 0; i < 4; i++)
		a[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (option == PR_SET_SECCOMP && strcmp(old, "seccomp") == 0) {
		errno = EINVAL;
		return -1;
	}
	return f(option, a[0], a[1], a[2], a[3]);
}
