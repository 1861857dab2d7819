/* SPDX-License-Identifier: Apache-2.0
 *
 * Tasks: one at a time, in order, each waits for what it waits for, and no
 * thread is left.
 */
#include "sys/task.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

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
	int ms = 20;
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
	OK(wf_clock_mono_ms() - began < 40 * 20, "and so they take less time than one after the other");
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

static unsigned idled;

/* Stands for a network: what is waited for comes when everybody waits. */
static bool
idle_opens(int ms)
{
	(void)ms;
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

int
main(void)
{
	before = threads();
	test_many();
	test_few();
	test_nested();
	test_queue();
	test_idle();
	return tap_done();
}
