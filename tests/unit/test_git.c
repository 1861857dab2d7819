/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest/git.c: the commit of a work tree by what lies in .git, and nothing
 * where it is not plain.
 */
#include "manifest/git.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/lib/tap.h"

#define C1 "1111111111111111111111111111111111111111"
#define C2 "2222222222222222222222222222222222222222"
#define C3 "3333333333333333333333333333333333333333333333333333333333333333"

static char dir[] = "/tmp/wfgit.XXXXXX";

static void
put(const char *name, const char *text)
{
	WF_AUTO(wf_freep) char *path = wf_asprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

static void
make(const char *name)
{
	WF_AUTO(wf_freep) char *path = wf_asprintf("%s/%s", dir, name);

	if (mkdir(path, 0755) != 0)
		abort();
}

static void
gives(const char *name, const char *want, const char *what)
{
	WF_AUTO(wf_freep) char *path = wf_asprintf("%s/%s", dir, name);
	char got[WF_GIT_COMMIT_TEXT] = "?";
	bool yes = wf_git_commit(path, got);

	IS(got, want, what);
	OK(yes == (*want != '\0'), "and says whether");
}

int
main(void)
{
	WF_AUTO(wf_freep) char *cmd = NULL;

	if (!mkdtemp(dir))
		abort();
	make("r");
	make("r/d");
	make("r/d/e");
	put("r/d/e/m.yaml", "[]\n");
	gives("r/d/e/m.yaml", "", "no .git above it");
	gives("r/none.yaml", "", "a file that is not there");
	make("r/.git");
	gives("r/d/e/m.yaml", "", ".git without HEAD");
	put("r/.git/HEAD", C1 "\n");
	gives("r/d/e/m.yaml", C1, "a detached HEAD");
	put("r/.git/HEAD", "ref: refs/heads/main\n");
	gives("r/d/e/m.yaml", "", "a branch without a commit");
	put("r/.git/packed-refs", "# pack-refs with: peeled\n" C1 " refs/heads/mai\n" C2
	    " refs/heads/main\n^" C1 "\n" C1 " refs/heads/main2\n");
	gives("r/d/e/m.yaml", C2, "a packed branch");
	make("r/.git/refs");
	make("r/.git/refs/heads");
	put("r/.git/refs/heads/main", C3 "\n");
	gives("r/d/e/m.yaml", C3, "a loose one is newer; SHA-256");
	put("r/.git/refs/heads/main", "ref: refs/heads/main\n");
	gives("r/d/e/m.yaml", "", "one that names itself");
	put("r/.git/HEAD", "ref: refs/../../secret\n");
	put("secret", C1 "\n");
	gives("r/d/e/m.yaml", "", "one that climbs");
	put("r/.git/HEAD", "ref: /etc/passwd\n");
	gives("r/d/e/m.yaml", "", "one that is a path");
	put("r/.git/HEAD", "111111111111111111111111111111111111111Z\n");
	gives("r/d/e/m.yaml", "", "what is no commit");
	put("r/.git/HEAD", "ref: refs/heads/main\n");
	put("r/.git/refs/heads/main", C1 "\n");
	/* a second work tree, as `git worktree add` makes it */
	make("w");
	put("w/m.yaml", "[]\n");
	make("r/.git/worktrees");
	make("r/.git/worktrees/w");
	put("r/.git/worktrees/w/HEAD", "ref: refs/heads/side\n");
	put("r/.git/worktrees/w/commondir", "../..\n");
	put("r/.git/refs/heads/side", C2 "\n");
	put("w/.git", "gitdir: ../r/.git/worktrees/w\n");
	gives("w/m.yaml", C2, "a second work tree has a HEAD of its own");
	if (geteuid() == 0 && chown(dir, 0, 0) == 0) {
		WF_AUTO(wf_freep) char *git = wf_asprintf("%s/r/.git", dir);

		OK(chown(git, 4711, 4711) == 0, "given away");
		gives("r/d/e/m.yaml", "", ".git of somebody else");
	}
	cmd = wf_asprintf("rm -rf %s", dir);
	OK(system(cmd) == 0, "cleaned up");
	return tap_done();
}
