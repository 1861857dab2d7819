/* SPDX-License-Identifier: Apache-2.0
 *
 * Times as text and back, the deadline, the run id, the phases of --stats.
 */
#include <unistd.h>

#include "sys/clock.h"
#include "tests/lib/tap.h"

static void
parsing(void)
{
	static const struct {
		const char *text;
		long long wall;
	} good[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-11-21T08:00:00Z", 1795248000},
		{"2026-11-21T08:00:00.999Z", 1795248000},
		{"2026-11-21T09:30:00+01:30", 1795248000},
		{"2026-11-21T00:00:00-08:00", 1795248000},
		{"2024-02-29T00:00:00Z", 1709164800},
		{"2000-02-29T00:00:00Z", 951782400},
		{"1969-12-31T23:59:59Z", -1},
		{"9999-12-31T23:59:59Z", 253402300799},
	};
	static const char *const bad[] = {
		"", "2026", "2026-11-21", "2026-11-21T08:00:00", "2026-11-21 08:00:00Z",
		"2026-11-21t08:00:00Z", "2026-11-21T08:00:00z", "2026-11-21T08:00Z",
		"2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-11-31T00:00:00Z",
		"2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-11-00T00:00:00Z",
		"2026-11-21T24:00:00Z", "2026-11-21T08:60:00Z", "2026-11-21T08:00:60Z",
		"2026-11-21T08:00:00.Z", "2026-11-21T08:00:00+0130", "2026-11-21T08:00:00+24:00",
		"2026-11-21T08:00:00+01:60", "2026-11-21T08:00:00Z ", " 2026-11-21T08:00:00Z",
		"+026-11-21T08:00:00Z", "2026-1-21T08:00:00Z", "2026-11-21T08:00:00Z\n",
	};
	int64_t wall;
	size_t i;

	for (i = 0; i < WF_COUNT(good); i++) {
		wall = -77;
		EQ(wf_clock_parse(good[i].text, &wall), 0, good[i].text);
		EQ(wall, good[i].wall, good[i].text);
	}
	for (i = 0; i < WF_COUNT(bad); i++) {
		wall = -77;
		OK(wf_clock_parse(bad[i], &wall) == -1 && wall == -77, bad[i]);
	}
}

static void
writing(void)
{
	char text[WF_TIME_TEXT];
	int64_t again;

	wf_clock_text(1795248000, text);
	IS(text, "2026-11-21T08:00:00Z", "as text");
	wf_clock_text(0, text);
	IS(text, "1970-01-01T00:00:00Z", "the beginning");
	wf_clock_text(INT64_MAX, text);
	IS(text, "invalid-time", "no such year");
	wf_clock_text(wf_clock_wall(), text);
	OK(wf_clock_parse(text, &again) == 0 && wf_clock_wall() - again < 5, "now, and back");
}

static void
deadline(void)
{
	EQ(wf_clock_left_ms(1234), 1234, "without a deadline there is all the time asked for");
	wf_clock_set_deadline(100);
	EQ(wf_clock_left_ms(50), 50, "capped");
	OK(wf_clock_left_ms(1000000) <= 100000 && wf_clock_left_ms(1000000) > 90000,
	   "what is left of 100 s");
	wf_clock_set_deadline(0);
	EQ(wf_clock_left_ms(7), 7, "taken back");
}

static void
run_id(void)
{
	const char *id = wf_clock_run_id();

	EQ(strlen(id), 26, "a ULID has 26 characters");
	EQ(strspn(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 26, "of its alphabet");
	OK(id == wf_clock_run_id(), "and is one for the process");
	OK(id[0] == '0', "its time is of this age");
}

static void
phases(void)
{
	uint64_t ms = 0;

	OK(!wf_clock_phase_at(0, &ms), "no phase yet");
	wf_clock_phase("one");
	wf_clock_phase("two");
	wf_clock_phase("one");
	wf_clock_phase(NULL);
	IS(wf_clock_phase_at(0, &ms), "one", "phases in order");
	IS(wf_clock_phase_at(1, &ms), "two", "each once");
	OK(!wf_clock_phase_at(2, &ms) && !wf_clock_phase_at(99, &ms), "and no more");
}

int
main(void)
{
	parsing();
	writing();
	deadline();
	run_id();
	phases();
	return tap_done();
}
