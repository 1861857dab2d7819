/* SPDX-License-Identifier: Apache-2.0
 *
 * Where things lie: for root from the build, for a user from the passwd
 * entry; the environment moves the store and nothing else.
 */
#include <pwd.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/config.h"
#include "tests/lib/tap.h"

static void
as_root(void)
{
	IS(wf_paths_config(), WF_SYSCONFDIR "/wasmfn/config.yaml", "config of root");
	IS(wf_paths_store(), WF_LOCALSTATEDIR "/lib/wasmfn/store", "store of root");
	IS(wf_paths_state(), WF_LOCALSTATEDIR "/lib/wasmfn/state", "state of root");
}

static void
as_user(void)
{
	const struct passwd *pw = getpwuid(geteuid());
	char want[300];

	if (!OK(pw != NULL, "the caller is in passwd"))
		return;
	(void)snprintf(want, sizeof(want), "%s/.local/state/wasmfn", pw->pw_dir);
	IS(wf_paths_state(), want, "state of a user, whatever HOME says");
	IS(wf_paths_store(), "/xdg/wasmfn/store", "XDG_DATA_HOME moves the store");
	OK(!strstr(wf_paths_config(), "/xdg") && !strstr(wf_paths_config(), "/wrong"),
	   "and not the configuration");
}

/* A user's answers in a process of their own: they are given once. */
static void
as_root_child(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		const struct passwd *pw = getpwnam("nobody");

		if (!freopen("/dev/null", "w", stdout) || !pw || setuid(pw->pw_uid))
			_exit(99);
		as_user();
		_exit(tap_bad);
	}
	OK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0,
	   "a user gets the home of the passwd entry");
}

int
main(void)
{
	if (setenv("HOME", "/wrong", 1) || setenv("XDG_DATA_HOME", "/xdg", 1) ||
	    setenv("XDG_CONFIG_HOME", "/xdg", 1) || setenv("XDG_STATE_HOME", "/xdg", 1))
		return 1;
	if (geteuid() != 0) {
		as_user();
	} else {
		as_root_child();
		as_root();
	}
	return tap_done();
}
