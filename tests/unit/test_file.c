/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading bounded, writing whole, making directories.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/file.h"
#include "tests/lib/tap.h"

static char dir[] = "/tmp/wf_file.XXXXXX";

static const char *
at(const char *name)
{
	static char path[4][300];
	static int next;

	next = (next + 1) % 4;
	(void)snprintf(path[next], sizeof(path[next]), "%s/%s", dir, name);
	return path[next];
}

static void
reading(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(10);
	struct wf_err err = {0};

	EQ(wf_file_write_atomic(at("ten"), WF_STR_LIT("0123456789"), 0600, &err), 0, "a file");
	ERR(wf_file_read(at("ten"), &b, &err), &err, WF_R_OK, "at the limit");
	IS(wf_buf_z(&b), "0123456789", "is read");
	ERR(wf_file_read(at("ten"), &b, &err), &err, WF_R_LIMIT, "no room left");
	wf_buf_reset(&b);
	wf_err_clear(&err);
	EQ(wf_file_write_atomic(at("more"), WF_STR_LIT("0123456789a"), 0600, &err), 0, "a larger one");
	ERR(wf_file_read(at("more"), &b, &err), &err, WF_R_LIMIT, "past the limit");
	wf_err_clear(&err);
	ERR(wf_file_read(at("none"), &b, &err), &err, WF_R_NO_INPUT, "a missing file");
	wf_err_clear(&err);
	ERR(wf_file_read(dir, &b, &err), &err, WF_R_NO_INPUT, "a directory");
	wf_err_clear(&err);
	ERR(wf_file_read("/dev/zero", &b, &err), &err, WF_R_NO_INPUT, "a device");
	wf_err_clear(&err);
	EQ(mkfifo(at("fifo"), 0600), 0, "a FIFO");
	(void)alarm(20); /* it must not wait for a writer */
	ERR(wf_file_read(at("fifo"), &b, &err), &err, WF_R_NO_INPUT, "is refused at once");
	(void)alarm(0);
	wf_err_clear(&err);
	EQ(symlink("loop", at("loop")), 0, "a loop of links");
	ERR(wf_file_read(at("loop"), &b, &err), &err, WF_R_NO_INPUT, "is no file");
	wf_err_clear(&err);
	wf_buf_reset(&b);
	EQ(wf_file_write_atomic(at("empty"), WF_STR_LIT(""), 0600, &err), 0, "an empty file");
	ERR(wf_file_read(at("empty"), &b, &err), &err, WF_R_OK, "is read");
	EQ(b.len, 0, "as nothing");
}

static void
changing(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(100);
	WF_AUTO(wf_file_closep) int fd = -1;
	struct wf_err err = {0};
	char skip[4];

	fd = open(at("ten"), O_RDONLY | O_CLOEXEC);
	OK(fd >= 0 && read(fd, skip, sizeof(skip)) == 4, "somebody has read a part");
	/* what stat() says and what read() gives differ: as with a file that is
	 * cut while it is read */
	ERR(wf_file_read_fd(fd, "ten", &b, &err), &err, WF_R_IO, "fewer bytes than it has");
}

static void
writing(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(100);
	struct wf_err err = {0};
	struct stat st;
	mode_t old = umask(077);
	char cmd[330];

	EQ(wf_file_write_atomic(at("w"), WF_STR_LIT("old"), 0644, &err), 0, "written");
	OK(stat(at("w"), &st) == 0 && (st.st_mode & 07777) == 0644, "the mode is exact");
	(void)umask(old);
	EQ(wf_file_write_atomic(at("w"), WF_STR_LIT("new"), 0600, &err), 0, "and again");
	OK(stat(at("w"), &st) == 0 && (st.st_mode & 07777) == 0600, "with another mode");
	OK(wf_file_read(at("w"), &b, &err) == 0 && strcmp(wf_buf_z(&b), "new") == 0, "is new");
	ERR(wf_file_write_atomic(at("no/such"), WF_STR_LIT("x"), 0600, &err), &err,
	    WF_R_CANNOT_CREATE, "in a missing directory");
	wf_err_clear(&err);
	EQ(mkdir(at("d"), 0700), 0, "a directory");
	ERR(wf_file_write_atomic(at("d"), WF_STR_LIT("x"), 0600, &err), &err,
	    WF_R_CANNOT_CREATE, "is not replaced");
	(void)snprintf(cmd, sizeof(cmd), "! ls -a %s | grep -q tmp", dir);
	EQ(system(cmd), 0, "no temporary file is left");
	wf_err_clear(&err);
	{
		WF_AUTO(wf_file_closep) int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

		ERR(wf_file_write_all(full, "x", 1, "full", &err), &err, WF_R_IO, "no space left");
	}
}

static void
directories(void)
{
	struct wf_err err = {0};
	struct stat st;

	EQ(wf_file_mkdirs(at("a/b/c"), 02750, &err), 0, "three directories");
	OK(stat(at("a/b"), &st) == 0 && (st.st_mode & 07777) == 02750, "with the mode");
	EQ(wf_file_mkdirs(at("a/b/c"), 0700, &err), 0, "they exist");
	OK(stat(at("a/b/c"), &st) == 0 && (st.st_mode & 07777) == 02750, "and keep their mode");
	EQ(wf_file_mkdirs(at("a/b/d/"), 0700, &err), 0, "a slash at the end");
	ERR(wf_file_mkdirs(at("ten/x"), 0700, &err), &err, WF_R_CANNOT_CREATE, "below a file");
	wf_err_clear(&err);
	ERR(wf_file_mkdirs(at("ten"), 0700, &err), &err, WF_R_CANNOT_CREATE, "a file");
	wf_err_clear(&err);
	ERR(wf_file_mkdirs("", 0700, &err), &err, WF_R_CANNOT_CREATE, "no name");
	wf_err_clear(&err);
	EQ(wf_file_mkdirs("/", 0700, &err), 0, "the root exists");
}

int
main(void)
{
	char cmd[330];

	if (!OK(mkdtemp(dir) != NULL, "a private directory"))
		return tap_done();
	reading();
	changing();
	writing();
	directories();
	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	EQ(system(cmd), 0, "cleaned up");
	return tap_done();
}
