/* SPDX-License-Identifier: Apache-2.0
 *
 * Instants with their fraction, and windows that include both ends.
 */
#include <string.h>

#include "tests/lib/tap.h"
#include "sys/instant.h"

static struct wf_instant
at(const char *text)
{
	struct wf_instant t = {.sec = -1};

	if (wf_instant_parse(wf_str(text), &t))
		t.sec = -2;
	return t;
}

static void
parsing(void)
{
	static const struct {
		const char *text, *back;
	} good[] = {
		{"2026-11-21T08:00:00Z", "2026-11-21T08:00:00Z"},
		{"2026-11-21T08:00:00.000Z", "2026-11-21T08:00:00Z"},
		{"2026-11-21T08:00:00.5Z", "2026-11-21T08:00:00.5Z"},
		{"2026-11-21T08:00:00.000000001Z", "2026-11-21T08:00:00.000000001Z"},
		{"2026-11-21T09:00:00.120+01:00", "2026-11-21T08:00:00.12Z"},
	};
	static const char *const bad[] = {
		"", "now", "2026-11-21T08:00:00", "2026-11-21T08:00:00.Z",
		"2026-11-21T08:00:00.0000000001Z", "2026-11-21T08:00:00Z.5",
	};
	char text[WF_INSTANT_TEXT];
	struct wf_instant t;
	size_t i;

	for (i = 0; i < WF_COUNT(good); i++) {
		wf_instant_text(at(good[i].text), text);
		IS(text, good[i].back, good[i].text);
	}
	for (i = 0; i < WF_COUNT(bad); i++)
		EQ(wf_instant_parse(wf_str(bad[i]), &t), -1, bad[i]);
	EQ(wf_instant_parse((struct wf_str){"2026-11-21T08:00:00Z\0", 21}, &t), -1,
	       "a NUL at the end");
}

static void
windows(void)
{
	struct wf_window w = {.start = at("2026-01-01T00:00:00Z"),
	                      .end = at("2026-01-31T00:00:00.5Z"),
	                      .has_end = true};

	OK(wf_instant_within(&w, at("2026-01-01T00:00:00Z")), "the start belongs to it");
	OK(!wf_instant_within(&w, at("2025-12-31T23:59:59.999999999Z")), "one nanosecond early");
	OK(wf_instant_within(&w, at("2026-01-31T00:00:00.5Z")), "the end belongs to it");
	OK(!wf_instant_within(&w, at("2026-01-31T00:00:00.500000001Z")), "one nanosecond late");
	w.has_end = false;
	OK(wf_instant_within(&w, at("2099-01-01T00:00:00Z")), "an open window has no end");
	OK(!wf_instant_within(&w, at("2025-01-01T00:00:00Z")), "but it has a start");
}

int
main(void)
{
	parsing();
	windows();
	return tap_done();
}
