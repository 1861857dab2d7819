/* SPDX-License-Identifier: Apache-2.0
 *
 * What this host's targets refer to, when the directory cannot be read to its
 * end: readdir(3) is this program's own, and ends as it is told to.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/state.h"
#include "sys/file.h"
#include "tests/lib/tap.h"

static struct dirent entries[2];
static size_t given;
static int end; /* errno after the last */

struct dirent *
readdir(DIR *d)
{
	(void)d;
	if (given < WF_COUNT(entries))
		return &entries[given++];
	errno = end ? end : errno;
	return NULL;
}

static void
listed(const char *dir, enum wf_reason want, size_t n, const char *name)
{
	WF_AUTO(wf_freep) struct wf_digest *v = NULL;
	struct wf_err e = {0};
	size_t found = 0;

	given = 0;
	ERR(wf_state_manifests(dir, &v, &found, &e), &e, want, name);
	EQ(found, n, "what was read until then");
}

int
main(void)
{
	char dir[] = "/tmp/wft-state.XXXXXX";
	WF_AUTO(wf_freep) char *path = NULL;
	WF_AUTO(wf_freep) char *lock = NULL;
	struct wf_ledger_row row = {.seq = 1, .action = "create", .spec = WF_SPEC_INIT};
	const struct wf_ledger_row *rows = &row;
	struct wf_err e = {0};

	if (!mkdtemp(dir))
		return 1;
	row.spec.schema = "wasm";
	row.spec.name = "f";
	row.spec.has_manifest = true;
	ERR(wf_state_learn(dir, "1", "app", &rows, 1, NULL, &e), &e, WF_R_OK, "a target with one row");
	path = wf_state_path(dir, "1", "app");
	lock = wf_asprintf("%s/.lock", dir);
	(void)snprintf(entries[0].d_name, sizeof(entries[0].d_name), "%s", ".lock");
	(void)snprintf(entries[1].d_name, sizeof(entries[1].d_name), "%s", path + strlen(dir) + 1);
	listed(dir, WF_R_OK, 1, "all of it is read");
	end = EIO;
	listed(dir, WF_R_IO, 1, "an end that is an error is no end");
	(void)unlink(path);
	(void)unlink(lock);
	(void)rmdir(dir);
	return tap_done();
}
