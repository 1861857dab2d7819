/* SPDX-License-Identifier: Apache-2.0
 *
 * sys/file_safety.c: every directory on the way to a file counts.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.h"
#include "tests/lib/tap.h"

static char root[] = "/tmp/wf-safety-XXXXXX";

static enum wf_file_safety
look(const char *rel, char why[256])
{
	enum wf_file_safety s = WF_FILE_UNSAFE;
	struct wf_err e = {0};
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", root, rel);
	if (wf_file_safety(path, &s, why, &e)) {
		printf("# %s\n", e.msg);
		return (enum wf_file_safety)99;
	}
	return s;
}

static void
touch(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f || fclose(f))
		abort();
}

int
main(void)
{
	char why[256];
	enum wf_file_safety s;
	struct wf_err e = {0};

	umask(022);
	if (!mkdtemp(root) || chdir(root) || mkdir("safe", 0755) || mkdir("open", 0755) ||
	    mkdir("good", 0755))
		return 1;
	touch("safe/file");
	touch("good/file");
	EQ(look("safe/file", why), WF_FILE_SAFE, "own file below a sticky /tmp is safe");
	(void)chmod("safe/file", 0664);
	EQ(look("safe/file", why), WF_FILE_UNSAFE, "writable by group is not");
	OK(strstr(why, "0664") && strstr(why, "safe/file"), "and the sentence names file and mode");
	(void)chmod("safe/file", 0644);
	(void)chmod("safe", 0777);
	EQ(look("safe/file", why), WF_FILE_UNSAFE, "nor is a directory that others may write");
	(void)chmod("safe", 0755);
	EQ(look("safe/file", why), WF_FILE_SAFE, "put back, it is safe again");

	/* safe/link -> open/hop -> good: whoever may write open/ chooses the file */
	if (symlink("../good", "open/hop") || symlink("../open/hop", "safe/link"))
		return 1;
	EQ(look("safe/link/file", why), WF_FILE_SAFE, "a chain of links through safe directories");
	(void)chmod("open", 0777);
	EQ(look("safe/link/file", why), WF_FILE_UNSAFE, "a link in the middle lies in an open directory");
	OK(strstr(why, "/open\"") != NULL, "and that directory is named");
	(void)chmod("open", 0755);

	if (symlink("loop", "safe/loop"))
		return 1;
	ERR(wf_file_safety("safe/loop", &s, why, &e), &e, WF_R_NO_INPUT, "a loop of links ends");
	wf_err_clear(&e);
	ERR(wf_file_safety("safe/none", &s, why, &e), &e, WF_R_NO_INPUT, "a missing file is no-input");
	if (getuid() == 0) {
		if (chown("good", 1, 1))
			return 1;
		EQ(look("good/file", why), WF_FILE_SAFE_BUT_DIR, "another's directory is told apart");
		if (chown("good/file", 1, 1))
			return 1;
		EQ(look("good/file", why), WF_FILE_UNSAFE, "another's file is unsafe");
	}
	if (chdir("/"))
		return 1;
	(void)snprintf(why, sizeof(why), "rm -rf '%s'", root);
	EQ(system(why), 0, "cleaned up");
	return tap_done();
}
