/* SPDX-License-Identifier: Apache-2.0
 *
 * Several things at a time where they wait, one at a time where they compute:
 * tasks are threads of which exactly one runs, and it runs until it waits.
 * Code between two waits needs no locks and sees no half-made state.  What may
 * have changed across a wait must be read again.
 */
#ifndef WF_SYS_TASK_H
#define WF_SYS_TASK_H

#include <stdbool.h>
#include <stddef.h>

struct pollfd;

/* Calls fn(arg, i) once for each i below n and returns when all calls have
 * returned.  Calls begin in that order; one that waits lets others run, at
 * most `most` (1 to WF_MAX_PARALLEL) of them at a time.  May be nested: the
 * threads are then those of the largest.  Where no thread can be had the calls
 * are made one after the other. */
void wf_task_each_of(size_t n, size_t most, void (*fn)(void *arg, size_t i), void *arg);
/* The same for transfers: WF_MAX_TASKS at a time. */
void wf_task_each(size_t n, void (*fn)(void *arg, size_t i), void *arg);

/* Those who wait for one thing.  Zero is empty. */
struct wf_task;
struct wf_task_queue {
	struct wf_task *first, *last;
};

/* Lets others run until the queue is woken.  Returns for no other reason; the
 * caller looks whether what it waits for is there. */
void wf_task_wait(struct wf_task_queue *);
/* All that wait there go on, in their order, when the caller waits. */
void wf_task_wake(struct wf_task_queue *);

/* Lets others run for a time. */
void wf_task_sleep(int ms);

/* Lets others run until poll(2) would have something to say about fd, at most
 * ms; returns revents, 0 when there are none.  A signal ends it early.  When
 * others took longer than that, what has come meanwhile is still seen.
 * urgent: to go on before the others that may, since somebody counts the time. */
short wf_task_poll(int fd, short events, int ms, bool urgent);

/* For a call that waits by itself, as a name lookup does: the others go on
 * meanwhile.  fn must touch nothing that another task may, the log included. */
void wf_task_outside(void (*fn)(void *arg), void *arg);

/* Across waits: one at a time, first come first served.  Zero is free. */
struct wf_task_lock {
	bool held;
	struct wf_task_queue waiting;
};
void wf_task_lock(struct wf_task_lock *);
void wf_task_unlock(struct wf_task_lock *);

/* How to wait when everybody does: returns after at most ms, or when one of
 * the descriptors has something, or when it has woken somebody.  false: there
 * is nothing that it could wait for.  One for the process: the door to the
 * network. */
void wf_task_set_idle(bool (*idle)(const struct pollfd *, unsigned n, int ms));

#endif
