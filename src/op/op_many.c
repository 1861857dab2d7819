/* SPDX-License-Identifier: Apache-2.0
 *
 * Several targets at a time.  Must never begin a wave while something is
 * wrong with the one before, nor let one target's trouble keep another of its
 * own wave from being worked on.
 */
#include "op/op_many.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "sys/clock.h"
#include "sys/task.h"

enum wf_rc
wf_op_many_check(unsigned parallel, struct wf_err *err)
{
	if (parallel > WF_MAX_PARALLEL)
		return wf_err_set(err, WF_R_USAGE, "--parallel %u: expected 1 to %u", parallel,
		                  WF_MAX_PARALLEL);
	return WF_OK;
}

struct one {
	bool over, left;
	struct wf_log_held log;
};

struct many {
	const struct wf_op_many *m;
	struct one *v;
	size_t *wave, nwave; /* places of the targets of this one */
	size_t over, shown;
	bool wrong, showing;
};

/* Whose turn it is to be shown. */
static void
show(struct many *x)
{
	if (x->showing)
		return;
	x->showing = true;
	for (; x->shown < x->m->targets->n && x->v[x->shown].over; x->shown++) {
		wf_log_give(&x->v[x->shown].log);
		x->m->ended(x->m->arg, x->shown, x->v[x->shown].left);
	}
	x->showing = false;
}

/* Without the name that the engine has put in front: it stands there already. */
static const char *
without_name(const char *says, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(says, "target ", 7) != 0 || strncmp(says + 7, name, n) != 0 ||
	    strncmp(says + 7 + n, ": ", 2) != 0)
		return says;
	return says + 7 + n + 2;
}

static void
over(struct many *x, size_t i, const char *says)
{
	const char *name = x->m->targets->v[i].engine.name;

	x->v[i].over = true;
	x->over++;
	if (x->m->targets->n > 1)
		wf_log(x->m->progress ? WF_LOG_PROGRESS : WF_LOG_INFO, "%zu of %zu: %s: %s", x->over,
		       x->m->targets->n, name, without_name(says, name));
	show(x);
}

static void
work(void *arg, size_t k)
{
	struct many *x = arg;
	struct wf_op_many_end end = {false, "done"};
	size_t i = x->wave[k];

	if (x->m->targets->n > 1)
		(void)wf_log_hold(&x->v[i].log);
	x->m->work(x->m->arg, i, &end);
	(void)wf_log_hold(NULL);
	x->wrong |= end.wrong;
	over(x, i, end.says);
}

static int64_t
wave_of(const struct many *x, size_t i)
{
	const struct wf_config_target *c = x->m->targets->v[i].config;

	return x->m->waves && c ? c->wave : 0;
}

/* The targets of the next wave; false: there is none. */
static bool
next_wave(struct many *x)
{
	int64_t first = INT64_MAX;
	size_t i;

	x->nwave = 0;
	for (i = 0; i < x->m->targets->n; i++)
		if (!x->v[i].over && wave_of(x, i) < first)
			first = wave_of(x, i);
	for (i = 0; i < x->m->targets->n; i++)
		if (!x->v[i].over && wave_of(x, i) == first)
			x->wave[x->nwave++] = i;
	return x->nwave > 0;
}

void
wf_op_many(const struct wf_op_many *m)
{
	struct many x = {
		.m = m,
		.v = wf_calloc(m->targets->n + 1, sizeof(*x.v)),
		.wave = wf_calloc(m->targets->n + 1, sizeof(*x.wave)),
	};
	size_t i;

	if (m->targets->n > 1)
		wf_clock_phase_only("targets");
	while (!x.wrong && next_wave(&x))
		wf_task_each_of(x.nwave, m->parallel ? m->parallel : WF_PARALLEL, work, &x);
	for (i = 0; i < m->targets->n; i++) {
		if (x.v[i].over)
			continue;
		x.v[i].left = true;
		over(&x, i, "not begun: an earlier wave did not go well");
	}
	if (m->targets->n > 1)
		wf_clock_phase_only(NULL);
	free(x.v);
	free(x.wave);
}
