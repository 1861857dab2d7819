/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: only_calls FILE PROGRAM [ARGUMENT]...: runs it where the kernel takes
 * no system calls but those whose numbers are in FILE, and answers EPERM to the
 * rest, as systemd's SystemCallFilter= does.  Must never be linked into
 * anything.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	static struct sock_filter rules[4096] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
	struct sock_fprog program = {1, rules};
	FILE *f = argc > 2 ? fopen(argv[1], "r") : NULL;
	unsigned nr;

	if (!f) {
		perror("only_calls");
		return 99;
	}
	while (fscanf(f, "%u", &nr) == 1 && program.len < 4000) {
		rules[program.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1);
		rules[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	(void)fclose(f);
	rules[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		perror("only_calls");
		return 99;
	}
	(void)execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 98;
}
