/* SPDX-License-Identifier: Apache-2.0
 *
 * The WASI preview 1 functions on files, all relative to a preopened directory
 * and resolved by the kernel beneath it.  A path that leads out ends the call;
 * only regular files and directories are ever opened, so that nothing blocks.
 */
#include "wasi.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OUTSIDE "capability_denied (filesystem path outside preopen)"

#define RIGHT_READ (UINT64_C(1) << 1)
#define RIGHT_WRITE (UINT64_C(1) << 6)
#define OFLAG_CREAT 1
#define OFLAG_DIRECTORY 2
#define OFLAG_EXCL 4
#define OFLAG_TRUNC 8
#define FDFLAG_APPEND 1
#define MAX_IOVS 1024

static wasm_trap_t *
fd_prestat_get(WASI_ARGS)
{
	struct pgw_fd *f = pgw_wasi_fd(env, args[0].of.i32);
	uint8_t *p;
	uint32_t len;

	if (f == NULL || f->kind != PGW_FD_PREOPEN)
		return wasi_return(results, WASI_BADF);
	p = pgw_wasi_mem(caller, args[1].of.i32, 8);
	if (p == NULL)
		return wasi_return(results, WASI_FAULT);
	len = (uint32_t) strlen(f->guest);
	memset(p, 0, 4);
	memcpy(p + 4, &len, 4);
	return wasi_return(results, WASI_SUCCESS);
}

static wasm_trap_t *
fd_prestat_dir_name(WASI_ARGS)
{
	struct pgw_fd *f = pgw_wasi_fd(env, args[0].of.i32);
	size_t len;
	uint8_t *p;

	if (f == NULL || f->kind != PGW_FD_PREOPEN)
		return wasi_return(results, WASI_BADF);
	len = strlen(f->guest);
	if (len > (uint32_t) args[2].of.i32)
		return wasi_return(results, WASI_NAMETOOLONG);
	p = pgw_wasi_mem(caller, args[1].of.i32, len);
	if (p == NULL)
		return wasi_return(results, WASI_FAULT);
	memcpy(p, f->guest, len);
	return wasi_return(results, WASI_SUCCESS);
}

static struct pgw_fd *
free_fd(struct pgw_run *run, int *out)
{
	int i;

	for (i = 3 + run->wasi->npreopen; i < PGW_MAX_FDS; i++) {
		if (run->wasi->fds[i].kind == PGW_FD_FREE) {
			*out = i;
			return &run->wasi->fds[i];
		}
	}
	return NULL;
}

/* A descriptor or -errno; EXDEV is the kernel's word for "outside". */
static int
open_beneath(int dir, const char *path, uint64_t flags)
{
	struct open_how how;
	long fd;

	memset(&how, 0, sizeof(how));
	how.flags = flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	how.mode = flags & O_CREAT ? 0600 : 0;
	how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
	fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	return fd < 0 ? -errno : (int) fd;
}

/* Copies a path out of the module's memory; a WASI error number. */
static int
get_path(wasmtime_caller_t *caller, int32_t ptr, int32_t len, char *out)
{
	const uint8_t *p = pgw_wasi_mem(caller, ptr, (uint32_t) len);

	if (p == NULL)
		return WASI_FAULT;
	if ((uint32_t) len >= PATH_MAX)
		return WASI_NAMETOOLONG;
	if (len == 0 || memchr(p, '\0', (uint32_t) len) != NULL)
		return WASI_INVAL;
	memcpy(out, p, (uint32_t) len);
	out[(uint32_t) len] = '\0';
	return WASI_SUCCESS;
}

/* The directory a path is relative to; EACCES when nothing is preopened. */
static int
get_dir(struct pgw_run *run, int32_t fd, struct pgw_fd **out)
{
	struct pgw_fd *f = pgw_wasi_fd(run, fd);

	if (run->wasi->npreopen == 0)
		return WASI_ACCES;
	if (f == NULL)
		return WASI_BADF;
	if (f->kind != PGW_FD_PREOPEN && f->kind != PGW_FD_DIR)
		return WASI_NOTDIR;
	*out = f;
	return WASI_SUCCESS;
}

static uint64_t
open_flags(int32_t oflags, uint64_t rights, int32_t fdflags, int32_t lookup)
{
	uint64_t flags = O_RDONLY;

	if (rights & RIGHT_WRITE)
		flags = rights & RIGHT_READ ? O_RDWR : O_WRONLY;
	if (oflags & OFLAG_DIRECTORY)
		flags = O_RDONLY | O_DIRECTORY;
	if (oflags & OFLAG_CREAT)
		flags |= O_CREAT;
	if (oflags & OFLAG_EXCL)
		flags |= O_EXCL;
	if (oflags & OFLAG_TRUNC)
		flags |= O_TRUNC;
	if (fdflags & FDFLAG_APPEND)
		flags |= O_APPEND;
	if (!(lookup & 1))
		flags |= O_NOFOLLOW;
	return flags;
}

/* fd, lookup, path, len, oflags, rights, inheriting, fdflags, out */
static wasm_trap_t *
path_open(WASI_ARGS)
{
	struct pgw_run *run = env;
	struct pgw_fd *dir, *f;
	char path[PATH_MAX];
	struct stat st;
	uint64_t flags;
	int e, fd, n;

	e = get_dir(run, args[0].of.i32, &dir);
	if (e == WASI_SUCCESS)
		e = get_path(caller, args[2].of.i32, args[3].of.i32, path);
	if (e != WASI_SUCCESS)
		return wasi_return(results, e);
	flags = open_flags(args[4].of.i32, (uint64_t) args[5].of.i64,
		args[7].of.i32, args[1].of.i32);
	if (path[0] == '/')
		return pgw_fail_trap(run, PGW_E_CAPABILITY, OUTSIDE);
	if (dir->readonly && flags & (O_CREAT | O_TRUNC))
		return wasi_return(results, WASI_ROFS);
	if (dir->readonly && (flags & O_ACCMODE) != O_RDONLY)
		flags = (flags & ~(uint64_t) O_ACCMODE) | O_RDONLY;
	f = free_fd(run, &n);
	if (f == NULL)
		return wasi_return(results, WASI_MFILE);
	fd = open_beneath(dir->fd, path, flags);
	if (fd == -EISDIR)
		fd = open_beneath(dir->fd, path, (flags &
			~(uint64_t) O_ACCMODE) | O_DIRECTORY);
	if (fd == -EXDEV)
		return pgw_fail_trap(run, PGW_E_CAPABILITY, OUTSIDE);
	if (fd < 0)
		return wasi_return(results, pgw_wasi_errno(-fd));
	if (fstat(fd, &st) < 0 ||
	    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))) {
		close(fd);
		return wasi_return(results, WASI_ACCES);
	}
	if (!pgw_wasi_put32(caller, args[8].of.i32, (uint32_t) n)) {
		close(fd);
		return wasi_return(results, WASI_FAULT);
	}
	f->kind = S_ISDIR(st.st_mode) ? PGW_FD_DIR : PGW_FD_FILE;
	f->fd = fd;
	f->readonly = dir->readonly;
	return wasi_return(results, WASI_SUCCESS);
}

static uint8_t
file_type(mode_t mode)
{
	return S_ISDIR(mode) ? 3 : S_ISREG(mode) ? 4 : 0;
}

static int
put_stat(wasmtime_caller_t *caller, int32_t ptr, const struct stat *st)
{
	uint8_t *p = pgw_wasi_mem(caller, ptr, 64);
	uint64_t v[8];

	if (p == NULL)
		return WASI_FAULT;
	v[0] = st->st_dev;
	v[1] = st->st_ino;
	v[2] = file_type(st->st_mode);
	v[3] = st->st_nlink;
	v[4] = (uint64_t) st->st_size;
	v[5] = (uint64_t) st->st_atim.tv_sec * 1000000000u +
		(uint64_t) st->st_atim.tv_nsec;
	v[6] = (uint64_t) st->st_mtim.tv_sec * 1000000000u +
		(uint64_t) st->st_mtim.tv_nsec;
	v[7] = (uint64_t) st->st_ctim.tv_sec * 1000000000u +
		(uint64_t) st->st_ctim.tv_nsec;
	memcpy(p, v, sizeof(v));
	return WASI_SUCCESS;
}

/* fd, lookup, path, len, out */
static wasm_trap_t *
path_filestat_get(WASI_ARGS)
{
	struct pgw_run *run = env;
	struct pgw_fd *dir;
	char path[PATH_MAX];
	struct stat st;
	int e, fd;

	e = get_dir(run, args[0].of.i32, &dir);
	if (e == WASI_SUCCESS)
		e = get_path(caller, args[2].of.i32, args[3].of.i32, path);
	if (e != WASI_SUCCESS)
		return wasi_return(results, e);
	if (path[0] == '/')
		return pgw_fail_trap(run, PGW_E_CAPABILITY, OUTSIDE);
	fd = open_beneath(dir->fd, path, O_PATH |
		(args[1].of.i32 & 1 ? 0 : O_NOFOLLOW));
	if (fd == -EXDEV)
		return pgw_fail_trap(run, PGW_E_CAPABILITY, OUTSIDE);
	if (fd < 0)
		return wasi_return(results, pgw_wasi_errno(-fd));
	e = fstat(fd, &st) < 0 ? pgw_wasi_errno(errno) :
		put_stat(caller, args[4].of.i32, &st);
	close(fd);
	return wasi_return(results, e);
}

static wasm_trap_t *
fd_filestat_get(WASI_ARGS)
{
	struct pgw_fd *f = pgw_wasi_fd(env, args[0].of.i32);
	struct stat st;

	if (f == NULL)
		return wasi_return(results, WASI_BADF);
	memset(&st, 0, sizeof(st));
	if (f->fd >= 0 && fstat(f->fd, &st) < 0)
		return wasi_return(results, pgw_wasi_errno(errno));
	return wasi_return(results, put_stat(caller, args[1].of.i32, &st));
}

static wasm_trap_t *
fd_fdstat_get(WASI_ARGS)
{
	struct pgw_fd *f = pgw_wasi_fd(env, args[0].of.i32);
	uint64_t rights = RIGHT_READ;
	uint8_t *p;

	if (f == NULL)
		return wasi_return(results, WASI_BADF);
	p = pgw_wasi_mem(caller, args[1].of.i32, 24);
	if (p == NULL)
		return wasi_return(results, WASI_FAULT);
	memset(p, 0, 24);
	if (f->kind == PGW_FD_PREOPEN || f->kind == PGW_FD_DIR) {
		p[0] = 3;
		rights = ~UINT64_C(0) >> 34;
	} else if (f->kind == PGW_FD_FILE) {
		p[0] = 4;
		rights = ~UINT64_C(0) >> 34;
	} else if (f->kind == PGW_FD_LOG) {
		p[0] = 2;
		rights = RIGHT_WRITE;
	}
	if (f->readonly)
		rights &= ~RIGHT_WRITE;
	memcpy(p + 8, &rights, 8);
	memcpy(p + 16, &rights, 8);
	return wasi_return(results, WASI_SUCCESS);
}

static wasm_trap_t *
fd_fdstat_set_flags(WASI_ARGS)
{
	struct pgw_fd *f = pgw_wasi_fd(env, args[0].of.i32);
	int flags = args[1].of.i32 & FDFLAG_APPEND ? O_APPEND : 0;

	if (f == NULL)
		return wasi_return(results, WASI_BADF);
	if (f->fd >= 0 && fcntl(f->fd, F_SETFL, flags) < 0)
		return wasi_return(results, pgw_wasi_errno(errno));
	return wasi_return(results, WASI_SUCCESS);
}

/*
 * The vectors of one read or write, one at a time: an offset of -1 is the
 * descriptor's own.  Stops at the first short transfer, as the system does.
 */
static int
transfer(struct pgw_run *run, wasmtime_caller_t *caller, struct pgw_fd *f,
	int32_t iovs, int32_t niovs, bool out, int64_t offset, uint32_t *total)
{
	uint32_t i, iov[2];
	uint8_t *p;
	ssize_t n;

	*total = 0;
	if ((uint32_t) niovs > MAX_IOVS)
		return WASI_INVAL;
	for (i = 0; i < (uint32_t) niovs; i++) {
		p = pgw_wasi_mem(caller, iovs, 8 * ((uint64_t) i + 1));
		if (p == NULL)
			return WASI_FAULT;
		memcpy(iov, p + 8 * i, 8);
		p = pgw_wasi_mem(caller, (int32_t) iov[0], iov[1]);
		if (p == NULL)
			return WASI_FAULT;
		if (f->kind == PGW_FD_LOG) {
			pgw_audit_output(run, (int) (f - run->wasi->fds),
				(char *) p, iov[1]);
			n = iov[1];
		} else if (out) {
			n = write(f->fd, p, iov[1]);
		} else if (offset >= 0) {
			n = pread(f->fd, p, iov[1], offset + *total);
		} else {
			n = read(f->fd, p, iov[1]);
		}
		if (n < 0)
			return *total > 0 ? WASI_SUCCESS :
				pgw_wasi_errno(errno);
		*total += (uint32_t) n;
		if ((size_t) n < iov[1])
			break;
	}
	return WASI_SUCCESS;
}

static wasm_trap_t *
do_read(struct pgw_run *run, wasmtime_caller_t *caller,
	const wasmtime_val_t *args, wasmtime_val_t *results, int64_t offset,
	int32_t out)
{
	struct pgw_fd *f = pgw_wasi_fd(run, args[0].of.i32);
	uint32_t total = 0;
	int e = WASI_SUCCESS;

	if (f == NULL || f->kind == PGW_FD_LOG)
		return wasi_return(results, WASI_BADF);
	if (f->kind == PGW_FD_PREOPEN || f->kind == PGW_FD_DIR)
		return wasi_return(results, WASI_ISDIR);
	if (f->kind == PGW_FD_FILE)
		e = transfer(run, caller, f, args[1].of.i32, args[2].of.i32,
			false, offset, &total);
	if (e == WASI_SUCCESS && !pgw_wasi_put32(caller, out, total))
		e = WASI_FAULT;
	return wasi_return(results, e);
}

static wasm_trap_t *
fd_read(WASI_ARGS)
{
	return do_read(env, caller, args, results, -1, args[3].of.i32);
}

static wasm_trap_t *
fd_pread(WASI_ARGS)
{
	if (args[3].of.i64 < 0)
		return wasi_return(results, WASI_INVAL);
	return do_read(env, caller, args, results, args[3].of.i64,
		args[4].of.i32);
}

static wasm_trap_t *
fd_write(WASI_ARGS)
{
	struct pgw_run *run = env;
	struct pgw_fd *f = pgw_wasi_fd(run, args[0].of.i32);
	uint32_t total = 0;
	int e;

	if (f == NULL || (f->kind != PGW_FD_LOG && f->kind != PGW_FD_FILE))
		return wasi_return(results, WASI_BADF);
	if (f->kind == PGW_FD_FILE && f->readonly)
		return wasi_return(results, WASI_ROFS);
	e = transfer(run, caller, f, args[1].of.i32, args[2].of.i32, true, -1,
		&total);
	if (e == WASI_SUCCESS && !pgw_wasi_put32(caller, args[3].of.i32, total))
		e = WASI_FAULT;
	return wasi_return(results, e);
}

static wasm_trap_t *
do_seek(struct pgw_run *run, wasmtime_caller_t *caller, int32_t fd,
	int64_t offset, int32_t whence, int32_t out, wasmtime_val_t *results)
{
	static const int how[] = {SEEK_SET, SEEK_CUR, SEEK_END};
	struct pgw_fd *f = pgw_wasi_fd(run, fd);
	off_t pos;

	if (f == NULL)
		return wasi_return(results, WASI_BADF);
	if (f->kind != PGW_FD_FILE)
		return wasi_return(results, WASI_SPIPE);
	if (whence < 0 || whence > 2)
		return wasi_return(results, WASI_INVAL);
	pos = lseek(f->fd, offset, how[whence]);
	if (pos < 0)
		return wasi_return(results, pgw_wasi_errno(errno));
	return wasi_return(results, pgw_wasi_put64(caller, out,
		(uint64_t) pos) ? WASI_SUCCESS : WASI_FAULT);
}

static wasm_trap_t *
fd_seek(WASI_ARGS)
{
	return do_seek(env, caller, args[0].of.i32, args[1].of.i64,
		args[2].of.i32, args[3].of.i32, results);
}

static wasm_trap_t *
fd_tell(WASI_ARGS)
{
	return do_seek(env, caller, args[0].of.i32, 0, 1, args[1].of.i32,
		results);
}

static wasm_trap_t *
fd_close(WASI_ARGS)
{
	struct pgw_fd *f = pgw_wasi_fd(env, args[0].of.i32);

	if (f == NULL)
		return wasi_return(results, WASI_BADF);
	if (f->kind == PGW_FD_FILE || f->kind == PGW_FD_DIR) {
		close(f->fd);
		f->fd = -1;
		f->kind = PGW_FD_FREE;
	}
	return wasi_return(results, WASI_SUCCESS);
}

const struct pgw_import pgw_wasi_fs[] = {
	{"fd_prestat_get", "ii", fd_prestat_get},
	{"fd_prestat_dir_name", "iii", fd_prestat_dir_name},
	{"path_open", "iiiiiIIii", path_open},
	{"path_filestat_get", "iiiii", path_filestat_get},
	{"fd_filestat_get", "ii", fd_filestat_get},
	{"fd_fdstat_get", "ii", fd_fdstat_get},
	{"fd_fdstat_set_flags", "ii", fd_fdstat_set_flags},
	{"fd_read", "iiii", fd_read},
	{"fd_pread", "iiiIi", fd_pread},
	{"fd_write", "iiii", fd_write},
	{"fd_seek", "iIii", fd_seek},
	{"fd_tell", "ii", fd_tell},
	{"fd_close", "i", fd_close},
	{NULL, NULL, NULL},
};
