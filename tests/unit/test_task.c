/* SPDX-License-Identifier: Apache-2.0
 *
 * Tasks: one at a time, in order, each waits for what it waits for, and no
 * thread is left.
 */
#include "sys/task.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/limits.h"
#include "sys/clock.h"
#include "tests/lib/tap.h"

static unsigned inside, most_inside, waiting, most_waiting, calls;
static size_t order[64];
static struct wf_task_queue gate;
static bool open_gate;

static size_t
threads(void)
{
	DIR *d = opendir("/proc/self/task");
	size_t n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		(void)closedir(d);
	return n;
}

/* A thread that was joined may be listed for a moment longer. */
static bool
threads_are(size_t n)
{
	int i;

	for (i = 0; i < 2000 && threads() != n; i++)
		wf_task_sleep(1);
	return threads() == n;
}

static size_t before;

/* Counts who computes at the same time, and who waits. */
static void
work(void *arg, size_t i)
{
	const int *ms = arg;
	volatile unsigned spin;

	order[calls++ % 64] = i;
	if (++inside > most_inside)
		most_inside = inside;
	for (spin = 0; spin < 10000; spin++)
		;
	inside--;
	if (++waiting > most_waiting)
		most_waiting = waiting;
	wf_task_sleep(*ms);
	waiting--;
}

static void
reset(void)
{
	inside = most_inside = waiting = most_waiting = calls = 0;
	memset(order, 0, sizeof(order));
}

static void
test_many(void)
{
	int ms = 100;
	int64_t began = wf_clock_mono_ms();
	bool in_order = true;
	size_t i;

	reset();
	wf_task_each(40, work, &ms);
	OK(calls == 40, "each of 40 is called once");
	for (i = 0; i < 40; i++)
		in_order = in_order && order[i] == i;
	OK(in_order, "in their order");
	OK(most_inside == 1, "one computes at a time");
	OK(most_waiting == WF_MAX_TASKS, "as many wait as may");
	OK(wf_clock_mono_ms() - began < 40 * 100, "and so they take less time than one after the other");
	OK(threads_are(before), "no thread is left");
}

static void
test_few(void)
{
	int ms = 1;

	reset();
	wf_task_each(0, work, &ms);
	OK(calls == 0, "none is called for none");
	wf_task_each(1, work, &ms);
	OK(calls == 1 && threads_are(before), "one is called here");
}

static void
inner(void *arg, size_t i)
{
	int ms = 1;

	(void)arg;
	(void)i;
	wf_task_each(5, work, &ms);
}

static void
test_nested(void)
{
	reset();
	wf_task_each(30, inner, NULL);
	OK(calls == 150, "30 tasks of 5 tasks each are 150 calls");
	OK(most_inside == 1 && most_waiting <= WF_MAX_TASKS, "within the same bounds");
	OK(threads_are(before), "no thread is left by them");
}

static unsigned passed;

static void
at_gate(void *arg, size_t i)
{
	(void)arg;
	if (i == 7) {
		wf_task_sleep(5);
		OK(passed == 0, "nobody passes a gate that is closed");
		open_gate = true;
		wf_task_wake(&gate);
		OK(passed == 0, "nor runs before the one that opens it waits");
		return;
	}
	while (!open_gate)
		wf_task_wait(&gate);
	passed++;
}

static void
test_queue(void)
{
	wf_task_each(8, at_gate, NULL);
	OK(passed == 7, "all that waited go on");
	OK(gate.first == NULL && gate.last == NULL, "the queue is empty");
}

static unsigned idled, idled_with;

/* Stands for a network: what is waited for comes when everybody waits. */
static bool
idle_opens(const struct pollfd *fds, unsigned n, int ms)
{
	(void)fds;
	(void)ms;
	idled_with = n;
	idled++;
	open_gate = true;
	wf_task_wake(&gate);
	return true;
}

static void
wait_once(void *arg, size_t i)
{
	(void)arg;
	(void)i;
	while (!open_gate)
		wf_task_wait(&gate);
	passed++;
}

static void
test_idle(void)
{
	wf_task_set_idle(idle_opens);
	passed = 0;
	open_gate = false;
	wf_task_each(4, wait_once, NULL);
	OK(passed == 4 && idled == 1, "when all wait, the one who can wait for something does");
	open_gate = false;
	wait_once(NULL, 0);
	OK(passed == 5 && idled == 2, "and so it is outside of tasks");
	wf_task_set_idle(NULL);
}

/* --- descriptors ------------------------------------------------------------- */

#define NPIPES 40u

static int ends[NPIPES][2];
static unsigned came, last_came;

/* The last one makes what the others wait for come, from the last to the first. */
static void
at_pipe(void *arg, size_t i)
{
	char c;
	unsigned k;

	(void)arg;
	if (i + 1 == NPIPES) {
		for (k = NPIPES - 1; k--;)
			if (write(ends[k][1], "x", 1) != 1)
				return;
		OK(came == 0, "nobody runs before the one that computes waits");
		return;
	}
	if (wf_task_poll(ends[i][0], POLLIN, 60000, false) == POLLIN && read(ends[i][0], &c, 1) == 1) {
		came++;
		last_came = (unsigned)i;
	}
}

static void
at_deaf_pipe(void *arg, size_t i)
{
	(void)arg;
	came += wf_task_poll(ends[i][0], POLLIN, 100, false) == 0;
}

/* One waits for the network, another for a descriptor. */
static void
both(void *arg, size_t i)
{
	if (i == 0)
		wait_once(arg, i);
	else
		at_pipe(arg, i - 1);
}

static void
nothing(int sig)
{
	(void)sig;
}

static void
test_poll(void)
{
	struct itimerval soon = {.it_value = {0, 20000}};
	struct sigaction sa = {.sa_handler = nothing};
	int64_t began;
	size_t i;
	bool made = true;

	for (i = 0; i < NPIPES; i++)
		made = made && pipe(ends[i]) == 0;
	OK(made, "pipes");
	wf_task_each_of(NPIPES, NPIPES, at_pipe, NULL);
	OK(came == NPIPES - 1, "each gets what comes on its descriptor");
	OK(last_came == NPIPES - 2, "in their order, once all of it is there");
	came = 0;
	began = wf_clock_mono_ms();
	wf_task_each_of(NPIPES, NPIPES, at_deaf_pipe, NULL);
	OK(came == NPIPES, "and none, when nothing comes in time");
	OK(wf_clock_mono_ms() - began < (int)NPIPES * 100 / 2, "for which they wait together");
	OK(write(ends[0][1], "x", 1) == 1 && wf_task_poll(ends[0][0], POLLIN, 60000, false) == POLLIN,
	   "so it is outside of tasks");
	(void)sigaction(SIGALRM, &sa, NULL);
	(void)setitimer(ITIMER_REAL, &soon, NULL);
	began = wf_clock_mono_ms();
	OK(wf_task_poll(ends[1][0], POLLIN, 60000, false) == 0 && wf_clock_mono_ms() - began < 30000,
	   "a signal ends the wait");
	wf_task_set_idle(idle_opens);
	came = passed = idled = 0;
	open_gate = false;
	wf_task_each_of(2, 2, both, NULL);
	OK(passed == 1 && idled_with == 1, "who waits for the network waits for descriptors too");
	OK(came == 1, "and what came on one is not lost");
	wf_task_set_idle(NULL);
	for (i = 0; i < NPIPES; i++) {
		(void)close(ends[i][0]);
		(void)close(ends[i][1]);
	}
	OK(threads_are(before), "no thread is left by all that");
}

static void
test_most(void)
{
	int ms = 2;

	reset();
	wf_task_each_of(30, 5, work, &ms);
	OK(calls == 30 && most_waiting == 5, "no more at a time than was said");
	reset();
	wf_task_each_of(200, 1000, work, &ms);
	OK(calls == 200 && most_waiting == WF_MAX_PARALLEL, "nor than there may be threads");
	reset();
	wf_task_each_of(3, 1, work, &ms);
	OK(calls == 3 && most_waiting == 1, "one is one after the other");
}

static struct wf_task_lock door;
static unsigned behind;

static void
through_door(void *arg, size_t i)
{
	(void)arg;
	wf_task_lock(&door);
	order[calls++ % 64] = i;
	if (++behind > most_inside)
		most_inside = behind;
	wf_task_sleep(1);
	behind--;
	wf_task_unlock(&door);
}

static void
test_lock(void)
{
	bool in_order = true;
	size_t i;

	reset();
	wf_task_each(10, through_door, NULL);
	for (i = 0; i < 10; i++)
		in_order = in_order && order[i] == i;
	OK(calls == 10 && most_inside == 1, "one at a time goes through, waits and all");
	OK(in_order, "first come, first served");
	OK(!door.held && !door.waiting.first, "and it is free again");
}

/* --- those who compute long ------------------------------------------------------ */

static int news[3][2];

static void
busy_for(int ms)
{
	int64_t end = wf_clock_mono_ms() + ms;

	while (wf_clock_mono_ms() < end)
		;
}

/* 0 and 1 wait, for less time than 2 computes; 1 is urgent; 3 and 4 are ready
 * again and again meanwhile. */
static void
compute(void *arg, size_t i)
{
	int k;

	(void)arg;
	if (i < 2) {
		if (wf_task_poll(news[i][0], POLLIN, 200, i == 1) == POLLIN)
			order[calls++ % 64] = i;
		return;
	}
	if (i == 2) {
		OK(write(news[0][1], "x", 1) == 1 && write(news[1][1], "x", 1) == 1, "both get something");
		busy_for(250);
	}
	for (k = 0; i > 2 && k < 5; k++) {
		busy_for(15);
		order[calls++ % 64] = i;
		(void)wf_task_poll(news[2][0], POLLIN, 1000, false);
	}
}

static void
test_busy(void)
{
	unsigned i;

	reset();
	for (i = 0; i < 3; i++)
		OK(pipe(news[i]) == 0, "a pipe");
	OK(write(news[2][1], "x", 1) == 1, "with something for those who are always ready");
	OK(wf_task_poll(news[2][0], POLLIN, 0, false) == POLLIN &&
	   wf_task_poll(news[0][0], POLLIN, 0, false) == 0, "no time to wait: a look");
	wf_task_each_of(5, 5, compute, NULL);
	OK(calls == 12, "what came while others computed is seen, too late or not");
	/* the one that computed goes on with 3 before it first waits */
	OK(order[0] == 3 && order[1] == 1, "who is in a hurry goes on before the others");
	for (i = 0; i < 3; i++) {
		(void)close(news[i][0]);
		(void)close(news[i][1]);
	}
	OK(threads_are(before), "no thread is left by them");
}

/* --- outside ----------------------------------------------------------------- */

static int turnstile[2];
static unsigned returned;

static void
until_let(void *arg)
{
	char *c = arg;

	*c = read(turnstile[0], c, 1) == 1 ? *c : '-';
}

/* All but the last wait by themselves, for what the last one writes. */
static void
at_turnstile(void *arg, size_t i)
{
	const size_t *n = arg;
	char c = 0;

	if (i + 1 == *n) {
		wf_task_sleep(5);
		OK(returned == 0 && write(turnstile[1], "xxxxxxxxxxxxxxxx", *n - 1) == (ssize_t)*n - 1,
		   "one goes on while others wait by themselves");
		return;
	}
	wf_task_outside(until_let, &c);
	if (++inside > most_inside)
		most_inside = inside;
	returned += c == 'x';
	inside--;
}

static void
brief(void *arg)
{
	++*(unsigned *)arg;
}

/* In and out, with sleeps, waits and locks between. */
static void
restless(void *arg, size_t i)
{
	unsigned k, mine = 0;

	for (k = 0; k < 50; k++) {
		wf_task_outside(brief, &mine);
		if (++inside > most_inside)
			most_inside = inside;
		++*(unsigned *)arg;
		inside--;
		if ((k + i) % 7 == 0)
			wf_task_sleep(1);
		if ((k + i) % 5 == 0) {
			wf_task_lock(&door);
			wf_task_outside(brief, &mine);
			wf_task_unlock(&door);
		}
	}
}

static void
test_outside(void)
{
	unsigned total = 0;
	size_t n = 9;
	int64_t began;
	char c = 0;

	reset();
	OK(pipe(turnstile) == 0, "a pipe");
	wf_task_each_of(n, n, at_turnstile, &n);
	OK(returned == n - 1 && most_inside == 1, "who comes back waits for its turn");
	OK(write(turnstile[1], "y", 1) == 1, "again");
	wf_task_outside(until_let, &c);
	OK(c == 'y', "outside of tasks it is a call");
	reset();
	wf_task_each_of(20, 20, restless, &total);
	OK(total == 20 * 50 && most_inside == 1, "in and out a thousand times, one at a time inside");
	began = wf_clock_mono_ms();
	wf_task_sleep(20);
	OK(wf_clock_mono_ms() - began >= 20, "a sleep is no shorter for it");
	(void)close(turnstile[0]);
	(void)close(turnstile[1]);
	OK(threads_are(before), "no thread is left by them");
}

int
main(void)
{
	before = threads();
	test_many();
	test_few();
	test_nested();
	test_queue();
	test_idle();
	test_poll();
	test_most();
	test_lock();
	test_busy();
	test_outside();
	return tap_done();
}
