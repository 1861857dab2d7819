/* SPDX-License-Identifier: Apache-2.0
 *
 * op/op_many.c: results in the order of the targets, log lines of each
 * together, waves one after the other and none after one that went wrong.
 */
#include "op/op_many.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "sys/task.h"
#include "tests/lib/tap.h"

#define N 5u

static struct wf_config_target configs[N];
static struct wf_op_target v[N];
static char said[2000], began[200], ends[200];
static unsigned at_a_time, most;
static size_t wrong; /* this one goes wrong; N: none */

static void
sink(enum wf_log_level level, const char *msg, void *arg)
{
	size_t n = strlen(said);

	(void)arg;
	if (level != WF_LOG_PROGRESS)
		(void)snprintf(said + n, sizeof(said) - n, "%s;", msg);
}

/* The first takes longest: it is shown first all the same. */
static void
work(void *arg, size_t i, struct wf_op_many_end *end)
{
	size_t n = strlen(began);

	(void)arg;
	(void)snprintf(began + n, sizeof(began) - n, "%zu", i);
	if (++at_a_time > most)
		most = at_a_time;
	wf_log(WF_LOG_WARN, "%zu begins", i);
	wf_task_sleep((int)(N - i) * 10);
	wf_log(WF_LOG_WARN, "%zu ends", i);
	at_a_time--;
	end->wrong = i == wrong;
}

static void
ended(void *arg, size_t i, bool left)
{
	size_t n = strlen(ends);

	(void)arg;
	wf_log(WF_LOG_WARN, "shown");
	(void)snprintf(ends + n, sizeof(ends) - n, "%zu%s", i, left ? "-" : "");
}

static void
run(const int *waves, bool use, unsigned parallel, size_t bad)
{
	struct wf_op_targets targets = {v, N};
	struct wf_op_many m = {.targets = &targets, .parallel = parallel, .waves = use,
	                       .progress = true, .work = work, .ended = ended};
	size_t i;

	for (i = 0; i < N; i++) {
		configs[i] = (struct wf_config_target){.name = "t", .wave = waves[i]};
		v[i] = (struct wf_op_target){.engine = {.name = "t"}, .config = &configs[i]};
	}
	said[0] = began[0] = ends[0] = '\0';
	at_a_time = most = 0;
	wrong = bad;
	wf_op_many(&m);
}

int
main(void)
{
	static const int none[N] = {0}, waves[N] = {3, 1, 2, 1, 3};
	struct wf_err err = {0};

	wf_log_set(sink, NULL);
	run(none, true, 0, N);
	IS(began, "01234", "they begin in their order");
	EQ(most, N, "all at a time");
	IS(ends, "01234", "and are shown in it");
	IS(said, "0 begins;0 ends;shown;1 begins;1 ends;shown;2 begins;2 ends;shown;"
	         "3 begins;3 ends;shown;4 begins;4 ends;shown;",
	   "what each has logged stands together, before it is shown");
	run(none, true, 2, N);
	EQ(most, 2, "no more at a time than was said");
	IS(ends, "01234", "in their order");
	run(none, true, 1, 0);
	EQ(most, 1, "one after the other");
	IS(ends, "01234", "one that goes wrong keeps no other of its wave from it");
	run(waves, true, 0, N);
	IS(began, "13204", "wave by wave");
	EQ(most, 2, "no wave begins before the one before it has ended");
	IS(ends, "01234", "and shown in their order");
	run(waves, true, 0, 1);
	IS(began, "13", "after one that goes wrong no further wave begins");
	IS(ends, "0-12-34-", "and the others are left alone");
	run(waves, true, 0, 2);
	IS(began, "132", "also in the middle");
	run(waves, false, 0, 2);
	IS(began, "01234", "where waves do not matter all are one");
	IS(ends, "01234", "and none is left");
	EQ(wf_op_many_check(WF_MAX_PARALLEL, &err), WF_OK, "so many at a time");
	ERR(wf_op_many_check(WF_MAX_PARALLEL + 1, &err), &err, WF_R_USAGE, "and no more");
	return tap_done();
}
