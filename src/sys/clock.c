/* SPDX-License-Identifier: Apache-2.0
 *
 * Clocks.  The wall clock stamps records; it is never a verified time.
 */
#include "sys/clock.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/mem.h"

#define MAX_PHASES 16u

struct wf_stats wf_clock_stats;

static int64_t deadline_ms; /* monotonic, 0 = none */
static struct {
	const char *name;
	uint64_t ms;
} phases[MAX_PHASES];
static int phase_now = -1;
static int64_t phase_since;

int64_t
wf_clock_wall(void)
{
	return (int64_t)time(NULL);
}

int64_t
wf_clock_mono_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
wf_clock_text(int64_t wall, char out[WF_TIME_TEXT])
{
	time_t t = (time_t)wall;
	struct tm tm;

	if (!gmtime_r(&t, &tm) ||
	    strftime(out, WF_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(out, WF_TIME_TEXT, "invalid-time");
}

static int
digits(const char **p, int n, int *out)
{
	int v = 0;

	for (; n; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		v = v * 10 + (**p - '0');
	}
	*out = v;
	return 0;
}

static int
zone(const char **p, int *minutes)
{
	int h, m, sign;

	if (**p == 'Z') {
		(*p)++;
		*minutes = 0;
		return 0;
	}
	if (**p != '+' && **p != '-')
		return -1;
	sign = *(*p)++ == '-' ? -1 : 1;
	if (digits(p, 2, &h) || *(*p)++ != ':' || digits(p, 2, &m) || h > 23 ||
	    m > 59)
		return -1;
	*minutes = sign * (h * 60 + m);
	return 0;
}

int
wf_clock_parse(const char *z, int64_t *wall)
{
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const char *p = z;
	struct tm tm = {0};
	int off, leap;

	if (digits(&p, 4, &tm.tm_year) || *p++ != '-' || digits(&p, 2, &tm.tm_mon) ||
	    *p++ != '-' || digits(&p, 2, &tm.tm_mday) || *p++ != 'T' ||
	    digits(&p, 2, &tm.tm_hour) || *p++ != ':' || digits(&p, 2, &tm.tm_min) ||
	    *p++ != ':' || digits(&p, 2, &tm.tm_sec))
		return -1;
	if (*p == '.') {
		p++;
		if (*p < '0' || *p > '9')
			return -1;
		while (*p >= '0' && *p <= '9')
			p++;
	}
	if (zone(&p, &off) || *p)
		return -1;
	leap = (tm.tm_year % 4 == 0 && tm.tm_year % 100) || tm.tm_year % 400 == 0;
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
	    tm.tm_mday > days[tm.tm_mon - 1] ||
	    (tm.tm_mon == 2 && tm.tm_mday == 29 && !leap) || tm.tm_hour > 23 ||
	    tm.tm_min > 59 || tm.tm_sec > 59)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*wall = (int64_t)timegm(&tm) - (int64_t)off * 60;
	return 0;
}

void
wf_clock_set_deadline(unsigned seconds)
{
	deadline_ms = seconds ? wf_clock_mono_ms() + (int64_t)seconds * 1000 : 0;
}

int
wf_clock_left_ms(int cap)
{
	int64_t left;

	if (!deadline_ms)
		return cap;
	left = deadline_ms - wf_clock_mono_ms();
	if (left <= 0)
		return 0;
	return left < cap ? (int)left : cap;
}

const char *
wf_clock_run_id(void)
{
	static const char abc[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	static char id[WF_RUN_ID_TEXT];
	unsigned char rnd[16];
	struct timespec ts;
	uint64_t ms;
	int i;

	if (id[0])
		return id;
	if (getrandom(rnd, sizeof(rnd), 0) != (ssize_t)sizeof(rnd))
		wf_die("no random numbers");
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	ms = (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
	for (i = 0; i < 10; i++)
		id[i] = abc[(ms >> (45 - 5 * i)) & 31];
	for (i = 0; i < 16; i++)
		id[10 + i] = abc[rnd[i] & 31];
	id[26] = '\0';
	return id;
}

static bool only;

void
wf_clock_phase_only(const char *name)
{
	only = false;
	wf_clock_phase(name);
	only = name != NULL;
}

void
wf_clock_phase(const char *name)
{
	int64_t now = wf_clock_mono_ms();
	int i;

	if (only)
		return;
	if (phase_now >= 0)
		phases[phase_now].ms += (uint64_t)(now - phase_since);
	phase_now = -1;
	phase_since = now;
	if (!name)
		return;
	for (i = 0; i < (int)MAX_PHASES; i++) {
		if (!phases[i].name)
			phases[i].name = name;
		if (strcmp(phases[i].name, name) == 0) {
			phase_now = i;
			return;
		}
	}
}

const char *
wf_clock_phase_at(unsigned i, uint64_t *ms)
{
	if (i >= MAX_PHASES || !phases[i].name)
		return NULL;
	*ms = phases[i].ms;
	return phases[i].name;
}
