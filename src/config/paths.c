/* SPDX-License-Identifier: Apache-2.0
 *
 * Where things lie (contract section 5).  Must never take a place of policy,
 * configuration or state from the environment, nor treat a file it may not
 * look at as one that does not exist.
 */
#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/config.h"
#include "manifest/manifest.h"

#define SYSTEM_DIR WF_SYSCONFDIR "/wasmfn"
#define SYSTEM_VAR WF_LOCALSTATEDIR "/lib/wasmfn"

/* The passwd entry's home; NULL for root and where there is none. */
static const char *
home(void)
{
	static char *dir;
	static bool asked;
	const struct passwd *pw;

	if (asked)
		return dir;
	asked = true;
	if (geteuid() == 0)
		return NULL;
	pw = getpwuid(geteuid());
	if (pw && pw->pw_dir && pw->pw_dir[0] == '/')
		dir = wf_strdup(pw->pw_dir);
	return dir;
}

/* Only "no such file" means that there is none. */
static bool
may_exist(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static void
add(struct wf_strs *list, size_t *cap, char *path)
{
	list->v = wf_grow(list->v, cap, list->n, sizeof(*list->v));
	list->v[list->n++] = path;
}

static int
is_yaml(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' && n > 5 && strcmp(d->d_name + n - 5, ".yaml") == 0;
}

static int
in_c_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* dir's *.yaml; the directory itself when it cannot be read, so that whoever
 * loads it fails. */
static void
add_dir(struct wf_strs *list, size_t *cap, const char *dir)
{
	struct dirent **names = NULL;
	int i, n;

	if (!may_exist(dir))
		return;
	n = scandir(dir, &names, is_yaml, in_c_order);
	if (n < 0) {
		add(list, cap, wf_strdup(dir));
		return;
	}
	for (i = 0; i < n; i++) {
		add(list, cap, wf_asprintf("%s/%s", dir, names[i]->d_name));
		free(names[i]);
	}
	free(names);
}

const char *
wf_paths_config(void)
{
	static char *path;

	if (path)
		return path;
	if (home()) {
		path = wf_asprintf("%s/.config/wasmfn/config.yaml", home());
		/* the service's user has no file of its own */
		if (may_exist(path) || access(SYSTEM_DIR "/config.yaml", R_OK) < 0)
			return path;
		free(path);
	}
	path = wf_strdup(SYSTEM_DIR "/config.yaml");
	return path;
}

static void
policies_in(struct wf_strs *list, size_t *cap, const char *dir)
{
	char *file = wf_asprintf("%s/policy.yaml", dir);
	WF_AUTO(wf_freep) char *sub = wf_asprintf("%s/policy.d", dir);

	if (may_exist(file))
		add(list, cap, file);
	else
		free(file);
	add_dir(list, cap, sub);
}

struct wf_strs
wf_paths_policies(void)
{
	static struct wf_strs list;
	static size_t cap;
	static bool done;

	if (done)
		return list;
	done = true;
	policies_in(&list, &cap, SYSTEM_DIR);
	/* the machine's policy binds its users: theirs counts where it has none */
	if (list.n == 0 && home()) {
		WF_AUTO(wf_freep) char *dir = wf_asprintf("%s/.config/wasmfn", home());

		policies_in(&list, &cap, dir);
	}
	return list;
}

struct wf_strs
wf_paths_manifests(void)
{
	static struct wf_strs list;
	static size_t cap;
	static bool done;

	if (done)
		return list;
	done = true;
	if (home()) {
		WF_AUTO(wf_freep) char *dir =
			wf_asprintf("%s/.config/wasmfn/manifests.d", home());

		add_dir(&list, &cap, dir);
		if (list.n)
			return list;
	}
	if (may_exist(wf_manifest_seed_path()))
		add(&list, &cap, wf_strdup(wf_manifest_seed_path()));
	add_dir(&list, &cap, SYSTEM_DIR "/manifests.d");
	return list;
}

const char *
wf_paths_store(void)
{
	static char *path;
	const char *xdg;

	if (path)
		return path;
	xdg = getenv("XDG_DATA_HOME");
	if (!home())
		path = wf_strdup(SYSTEM_VAR "/store");
	else if (xdg && xdg[0] == '/')
		path = wf_asprintf("%s/wasmfn/store", xdg);
	else
		path = wf_asprintf("%s/.local/share/wasmfn/store", home());
	return path;
}

const char *
wf_paths_state(void)
{
	static char *path;

	if (path)
		return path;
	path = home() ? wf_asprintf("%s/.local/state/wasmfn", home())
	              : wf_strdup(SYSTEM_VAR "/state");
	return path;
}
