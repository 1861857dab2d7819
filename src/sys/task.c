/* SPDX-License-Identifier: Apache-2.0
 *
 * Tasks as threads that pass a baton.  Must never let two of them run at once,
 * nor leave a thread behind when the outermost call returns.
 */
#include "sys/task.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "sys/clock.h"

/* What a TLS handshake and a JSON document of WF_MAX_JSON_DEPTH need is a
 * tenth of it; pages that are not touched cost nothing. */
#define STACK_BYTES (1024u * WF_KIB)
#define IDLE_MS 100 /* so often signals and the deadline are looked at */
#define LOOK_MS 20  /* so often descriptors, although somebody is ready */

struct wf_task {
	pthread_t thread;
	pthread_cond_t go;
	struct wf_task *next; /* in the one queue that it is in */
	int64_t due;          /* of a sleeper, monotonic ms */
	int fd;               /* that the sleeper waits for; -1: for none */
	short events, revents;
	bool urgent;
};

struct group {
	void (*fn)(void *, size_t);
	void *arg;
	size_t n, next, busy, most;
	struct wf_task_queue ended;
	struct group *older;
};

/* All of it belongs to whoever has the baton. */
static pthread_mutex_t baton = PTHREAD_MUTEX_INITIALIZER;
static struct wf_task outermost = {.go = PTHREAD_COND_INITIALIZER};
static struct wf_task *current = &outermost;
static struct wf_task_queue ready, spare, asleep;
static struct group *groups; /* the innermost first */
static struct wf_task *helpers[WF_MAX_PARALLEL];
static unsigned nhelpers;
static int64_t looked; /* when descriptors were looked at last */
static bool ending;
static bool (*idle)(const struct pollfd *, unsigned, int ms);

/* Who works outside, and comes back at any time: into a queue of its own, and
 * the bell is for who waits for all. */
static unsigned noutside; /* with the baton */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct wf_task_queue back; /* with the gate */
static int bell = -1;

void
wf_task_set_idle(bool (*fn)(const struct pollfd *, unsigned, int ms))
{
	idle = fn;
}

static void
append(struct wf_task_queue *q, struct wf_task *t)
{
	t->next = NULL;
	if (q->last)
		q->last->next = t;
	else
		q->first = t;
	q->last = t;
}

static void
prepend(struct wf_task_queue *q, struct wf_task *t)
{
	t->next = q->first;
	q->first = t;
	if (!q->last)
		q->last = t;
}

static struct wf_task *
take(struct wf_task_queue *q)
{
	struct wf_task *t = q->first;

	if (t && !(q->first = t->next))
		q->last = NULL;
	return t;
}

void
wf_task_wake(struct wf_task_queue *q)
{
	struct wf_task *t;

	while ((t = take(q)))
		append(&ready, t);
}

/* Sleepers whose time has come are ready; how long until the next one's has. */
static int
look_at_sleepers(void)
{
	struct wf_task_queue still = {NULL, NULL};
	int64_t now, first = INT64_MAX;
	struct wf_task *t;

	if (!asleep.first)
		return IDLE_MS;
	now = wf_clock_mono_ms();
	while ((t = take(&asleep))) {
		if (t->due > now && t->due < first)
			first = t->due;
		if (t->due <= now && t->urgent)
			prepend(&ready, t);
		else
			append(t->due > now ? &still : &ready, t);
	}
	asleep = still;
	return first - now < IDLE_MS ? (int)(first - now) : IDLE_MS;
}

/* Those whose descriptor has something are ready; after a signal all of them,
 * for it may be what they were not to wait any longer for. */
static void
look_at_descriptors(const struct pollfd *fds, bool interrupted)
{
	struct wf_task_queue still = {NULL, NULL};
	struct wf_task *t;

	while ((t = take(&asleep))) {
		t->revents = t->fd >= 0 ? (fds++)->revents : (short)0;
		if (t->revents && t->urgent)
			prepend(&ready, t);
		else
			append(t->revents || (interrupted && t->fd >= 0) ? &ready : &still, t);
	}
	asleep = still;
}

static void
let_in(void)
{
	struct wf_task *t;

	(void)pthread_mutex_lock(&gate);
	while ((t = take(&back)))
		append(&ready, t);
	(void)pthread_mutex_unlock(&gate);
}

/* One wait for all descriptors, and for the network. */
static void
wait_for_all(int ms)
{
	struct pollfd fds[WF_MAX_POLLED];
	struct wf_task *t;
	unsigned n = 0;
	eventfd_t rung;
	bool waited;
	int got = 0;

	for (t = asleep.first; t; t = t->next)
		if (t->fd >= 0)
			fds[n++] = (struct pollfd){t->fd, t->events, 0};
	if (noutside) /* the last: nobody who sleeps waits for it */
		fds[n++] = (struct pollfd){bell, POLLIN, 0};
	waited = idle && idle(fds, n, ms);
	if (!waited && !ready.first && !asleep.first && !noutside)
		wf_die("every task waits for another");
	if (n || !waited)
		got = poll(fds, n, waited || ready.first ? 0 : ms);
	looked = wf_clock_mono_ms();
	if (n && (got > 0 || (got < 0 && errno == EINTR)))
		look_at_descriptors(fds, got < 0);
	if (noutside && got > 0)
		(void)eventfd_read(bell, &rung);
}

/* Whose turn it is. */
static struct wf_task *
next_task(void)
{
	int ms;

	for (;;) {
		ms = look_at_sleepers();
		if (noutside)
			let_in();
		if (ready.first && (!asleep.first || wf_clock_mono_ms() - looked < LOOK_MS))
			return take(&ready);
		wait_for_all(ready.first ? 0 : ms);
	}
}

/* The caller is in a queue; returns when its turn has come again.  What it
 * keeps back of the log is its own. */
static void
give_way(struct wf_task *me)
{
	struct wf_log_held *mine = wf_log_hold(NULL);
	struct wf_task *t = next_task();

	if (t != me) {
		current = t;
		(void)pthread_cond_signal(&t->go);
		while (current != me)
			(void)pthread_cond_wait(&me->go, &baton);
	}
	(void)wf_log_hold(mine);
}

void
wf_task_wait(struct wf_task_queue *q)
{
	struct wf_task *me = current;

	append(q, me);
	give_way(me);
}

static short
look(int fd, short events)
{
	struct pollfd one = {fd, events, 0};

	return poll(&one, 1, 0) > 0 ? one.revents : (short)0;
}

/* In the queue of sleepers until then. */
static void
sleep_until(int64_t due)
{
	struct wf_task *me = current;

	me->due = due;
	me->revents = 0;
	append(&asleep, me);
	give_way(me);
}

short
wf_task_poll(int fd, short events, int ms, bool urgent)
{
	struct wf_task *me = current;

	if (ms > 0) {
		me->fd = fd;
		me->events = events;
		me->urgent = urgent;
		sleep_until(wf_clock_mono_ms() + ms);
	}
	return ms > 0 && me->revents ? me->revents : look(fd, events);
}

void
wf_task_sleep(int ms)
{
	int64_t end = wf_clock_mono_ms() + ms;

	do {
		current->fd = -1;
		current->urgent = false;
		sleep_until(end);
	} while (wf_clock_mono_ms() < end); /* woken to wait for all */
}

/* Who goes on in place of one that goes outside: somebody must wait for all.
 * NULL: they all wait for others, and he who comes back sees to it. */
static struct wf_task *
in_place(void)
{
	struct wf_task *t = take(&ready);

	if (!t && (t = take(&asleep)))
		t->revents = 0;
	return t ? t : take(&spare);
}

void
wf_task_outside(void (*fn)(void *arg), void *arg)
{
	struct wf_task *me = current, *t;
	struct wf_log_held *mine;

	if (bell < 0 && groups)
		bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (bell < 0 || !groups) {
		fn(arg);
		return;
	}
	mine = wf_log_hold(NULL);
	noutside++;
	current = t = in_place();
	if (t)
		(void)pthread_cond_signal(&t->go);
	(void)pthread_mutex_unlock(&baton);
	fn(arg);
	(void)pthread_mutex_lock(&gate);
	append(&back, me);
	(void)pthread_mutex_unlock(&gate);
	(void)eventfd_write(bell, 1);
	(void)pthread_mutex_lock(&baton);
	if (!current) {
		current = t = next_task();
		if (t != me)
			(void)pthread_cond_signal(&t->go);
	}
	while (current != me)
		(void)pthread_cond_wait(&me->go, &baton);
	noutside--;
	(void)wf_log_hold(mine);
}

void
wf_task_lock(struct wf_task_lock *l)
{
	while (l->held)
		wf_task_wait(&l->waiting);
	l->held = true;
}

void
wf_task_unlock(struct wf_task_lock *l)
{
	l->held = false;
	wf_task_wake(&l->waiting);
}

static void
run_next(struct group *g)
{
	size_t i = g->next++;

	g->busy++;
	g->fn(g->arg, i);
	if (--g->busy == 0)
		wf_task_wake(&g->ended);
}

/* What was begun last comes first: it ends what is under way. */
static struct group *
with_work(void)
{
	struct group *g;

	for (g = groups; g; g = g->older)
		if (g->next < g->n && g->busy < g->most)
			return g;
	return NULL;
}

static void *
help(void *arg)
{
	struct wf_task *me = arg, *t;
	struct group *g;

	(void)pthread_mutex_lock(&baton);
	while (current != me)
		(void)pthread_cond_wait(&me->go, &baton);
	while (!ending) {
		if ((g = with_work()))
			run_next(g);
		else
			wf_task_wait(&spare);
	}
	t = next_task();
	current = t;
	(void)pthread_cond_signal(&t->go);
	(void)pthread_mutex_unlock(&baton);
	return NULL;
}

/* Signals are for the thread that the program began with. */
static bool
add_helper(size_t most)
{
	struct wf_task *t = take(&spare);
	sigset_t all, was;
	pthread_attr_t attr;
	int bad;

	if (t) {
		append(&ready, t);
		return true;
	}
	if (nhelpers + 1 >= most || pthread_attr_init(&attr))
		return false;
	if (nhelpers == 0) /* one heap is enough where one thread runs */
		(void)mallopt(M_ARENA_MAX, 1);
	t = wf_calloc(1, sizeof(*t));
	(void)pthread_cond_init(&t->go, NULL);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &was);
	bad = pthread_attr_setstacksize(&attr, STACK_BYTES) ||
	      pthread_create(&t->thread, &attr, help, t);
	(void)pthread_sigmask(SIG_SETMASK, &was, NULL);
	(void)pthread_attr_destroy(&attr);
	if (bad) {
		(void)pthread_cond_destroy(&t->go);
		free(t);
		return false;
	}
	helpers[nhelpers++] = t;
	append(&ready, t);
	return true;
}

/* All helpers are spare: each ends and passes the baton on, at last to us. */
static void
end_helpers(void)
{
	struct wf_task *me = current;

	ending = true;
	wf_task_wake(&spare);
	append(&ready, me);
	give_way(me);
	ending = false;
	while (nhelpers) {
		struct wf_task *t = helpers[--nhelpers];

		(void)pthread_join(t->thread, NULL);
		(void)pthread_cond_destroy(&t->go);
		free(t);
	}
}

void
wf_task_each_of(size_t n, size_t most, void (*fn)(void *arg, size_t i), void *arg)
{
	struct group g = {.fn = fn, .arg = arg, .n = n, .most = most, .older = groups}, **at;
	bool first = !groups;
	size_t i;

	if (n == 1)
		fn(arg, 0);
	if (n <= 1)
		return;
	if (most > WF_MAX_PARALLEL)
		g.most = WF_MAX_PARALLEL;
	if (first)
		(void)pthread_mutex_lock(&baton);
	groups = &g;
	for (i = 1; i < n && i < g.most && add_helper(g.most); i++)
		;
	while (g.next < g.n)
		run_next(&g);
	while (g.busy)
		wf_task_wait(&g.ended);
	for (at = &groups; *at != &g; at = &(*at)->older)
		;
	*at = g.older;
	if (!first)
		return;
	end_helpers();
	(void)pthread_mutex_unlock(&baton);
}

void
wf_task_each(size_t n, void (*fn)(void *arg, size_t i), void *arg)
{
	wf_task_each_of(n, WF_MAX_TASKS, fn, arg);
}
