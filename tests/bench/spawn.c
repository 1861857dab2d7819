/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs commands in turn and says how long each took and how much memory it
 * had.  Small and linked statically on purpose: a child begins with its
 * parent's memory, so a large parent's would be taken for the child's.  It
 * must never report a run that failed.
 *
 *   spawn ROUNDS PREPARE CMD ARGS... [-- CMD ARGS...]...
 *
 * PREPARE is a shell line run before each run, not measured, with the number
 * of the command (0, 1, ...) as $0; "" for none.  Each command runs once to
 * warm up, then ROUNDS times, in turn with the others.  Prints one line a
 * command: median and least milliseconds, median of the largest resident set
 * in KiB, median of the milliseconds of processor time, user and system (both
 * of the command and what it waited for).  With SPAWN_EACH=FILE each
 * measured run is a line in that file: command, milliseconds, KiB, milliseconds
 * of processor time.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 16, MAX_ROUNDS = 1000 };

extern char **environ;

struct command {
	char **argv;
	double ms[MAX_ROUNDS];
	double cpu[MAX_ROUNDS];
	long kib[MAX_ROUNDS];
};

static struct command commands[MAX_COMMANDS];

static double
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* SPAWN_EACH: one line a measured run. */
static void
note(int command, double ms, long kib, double cpu)
{
	const char *path = getenv("SPAWN_EACH");
	FILE *f = path ? fopen(path, "a") : NULL;

	if (!f)
		return;
	(void)fprintf(f, "%d %.3f %ld %.3f\n", command, ms, kib, cpu);
	(void)fclose(f);
}

static void
fail(const char *what, const char *name, int code)
{
	(void)fprintf(stderr, "spawn: %s: %s (%d)\n", what, name, code);
	exit(1);
}

/* Output of what is measured goes to a file: a terminal would be timed too. */
static void
run(char **argv, double *ms, double *cpu, long *kib)
{
	posix_spawn_file_actions_t act;
	const char *log = getenv("SPAWN_LOG");
	struct rusage ru;
	double start;
	pid_t pid;
	int status, e;

	if (posix_spawn_file_actions_init(&act) ||
	    posix_spawn_file_actions_addopen(&act, 0, "/dev/null", O_RDONLY, 0) ||
	    posix_spawn_file_actions_addopen(&act, 1, log ? log : "/dev/null",
	                                     O_WRONLY | O_CREAT | O_TRUNC, 0600) ||
	    posix_spawn_file_actions_adddup2(&act, 1, 2))
		fail("cannot prepare", argv[0], errno);
	start = now_ms();
	if ((e = posix_spawnp(&pid, argv[0], &act, NULL, argv, environ)))
		fail(strerror(e), argv[0], e);
	while (wait4(pid, &status, 0, &ru) < 0)
		if (errno != EINTR)
			fail("cannot wait", argv[0], errno);
	*ms = now_ms() - start;
	*kib = ru.ru_maxrss;
	*cpu = (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1e3 +
	       (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e3;
	(void)posix_spawn_file_actions_destroy(&act);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail("did not end well", argv[0],
		     WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static int
by_ms(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int
by_kib(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	char number[4], sh[] = "sh", c[] = "-c", *prepare[] = {sh, c, NULL, number, NULL};
	int rounds, n = 0, i, r;
	double ms, cpu;
	long kib;

	if (argc < 4 || (rounds = atoi(argv[1])) < 1 || rounds > MAX_ROUNDS) {
		(void)fputs("usage: spawn ROUNDS PREPARE CMD ARGS... [-- CMD ARGS...]...\n", stderr);
		return 64;
	}
	prepare[2] = argv[2];
	commands[n++].argv = argv + 3;
	for (i = 3; i < argc; i++) {
		if (strcmp(argv[i], "--") != 0 || n == MAX_COMMANDS)
			continue;
		argv[i] = NULL;
		commands[n++].argv = argv + i + 1;
	}
	for (r = -1; r < rounds; r++) {
		for (i = 0; i < n; i++) {
			(void)snprintf(number, sizeof(number), "%d", i);
			if (argv[2][0])
				run(prepare, &ms, &cpu, &kib);
			run(commands[i].argv, &ms, &cpu, &kib);
			if (r >= 0) {
				commands[i].ms[r] = ms;
				commands[i].cpu[r] = cpu;
				commands[i].kib[r] = kib;
				note(i, ms, kib, cpu);
			}
		}
	}
	for (i = 0; i < n; i++) {
		qsort(commands[i].ms, (size_t)rounds, sizeof(double), by_ms);
		qsort(commands[i].cpu, (size_t)rounds, sizeof(double), by_ms);
		qsort(commands[i].kib, (size_t)rounds, sizeof(long), by_kib);
		(void)printf("%.3f %.3f %ld %.3f\n", commands[i].ms[rounds / 2], commands[i].ms[0],
		             commands[i].kib[rounds / 2], commands[i].cpu[rounds / 2]);
	}
	return 0;
}
