/* SPDX-License-Identifier: Apache-2.0
 *
 * The seed's path: a directory of the postgres user above it is accepted and
 * told (finding D24, low), there and nowhere else.  The loader is compiled
 * in with a SYSCONFDIR of its own, below a private directory.
 */
#undef WF_SYSCONFDIR
#define WF_SYSCONFDIR "etc"
#include "manifest/manifest_load.c"

#include <unistd.h>

#include "tests/lib/tap.h"

#define DIR_OF WF_SYSCONFDIR "/postgresql"
#define SEED DIR_OF "/wasm-functions.yaml"
#define OTHER DIR_OF "/other.yaml"
#define TEXT "- {name: f, schema: s, ref: \"h.io/f@sha256:" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}\n"

static void
loads(const char *what, const char *path, enum wf_reason want, bool told)
{
	WF_AUTO(wf_manifest_freep) struct wf_manifest *m = NULL;
	struct wf_err err = {0};
	enum wf_rc rc = wf_manifest_new(&m, &err);

	rc = rc ? rc : wf_manifest_load(m, &path, 1, &err);
	ERR(rc, &err, want, what);
	EQ(wf_manifest_count(m), want == WF_R_OK, what);
	if (rc == WF_OK) {
		EQ(wf_manifest_file_at(m, 0)->unsafe_dir, told, what);
		OK(!told || strstr(wf_manifest_file_at(m, 0)->why, DIR_OF), "and why");
	}
}

static void
another(void)
{
	EQ(chown(DIR_OF, 65534, 65534), 0, "the directory of another user");
	loads("the seed's path is read, and told", SEED, WF_R_OK, true);
	loads("by any name", "./etc/../etc/postgresql/wasm-functions.yaml",
	      WF_R_OK, true);
	loads("its neighbour is refused", OTHER, WF_R_UNSAFE_FILE, false);
	EQ(chown(SEED, 65534, 65534), 0, "the file of another user");
	loads("is refused there too", SEED, WF_R_UNSAFE_FILE, false);
	EQ(chown(SEED, 0, 0), 0, "back");
	EQ(chmod(DIR_OF, 0777), 0, "a directory that all may write");
	loads("is refused", SEED, WF_R_UNSAFE_FILE, false);
}

int
main(void)
{
	char dir[] = "/tmp/wf_seed.XXXXXX";
	struct wf_err err = {0};

	if (!OK(mkdtemp(dir) && chdir(dir) == 0, "a private directory"))
		return tap_done();
	if (!OK(mkdir(WF_SYSCONFDIR, 0755) == 0 && mkdir(DIR_OF, 0755) == 0, "directories"))
		return tap_done();
	EQ(wf_file_write_atomic(SEED, WF_STR_LIT(TEXT), 0644, &err), 0, "the seed's file");
	EQ(wf_file_write_atomic(OTHER, WF_STR_LIT(TEXT), 0644, &err), 0, "another");
	loads("in a safe place there is nothing to tell", SEED, WF_R_OK, false);
	if (geteuid() == 0)
		another();
	EQ(unlink(SEED) | unlink(OTHER) | rmdir(DIR_OF) | rmdir(WF_SYSCONFDIR) | rmdir(dir), 0, "cleaned up");
	return tap_done();
}
