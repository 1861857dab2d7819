/* SPDX-License-Identifier: Apache-2.0
 *
 * Instants and windows.  Must never round: a certificate that ends at .000 is
 * over at .001.
 */
#include "sys/instant.h"

#include <stdio.h>
#include <string.h>

#include "sys/clock.h"

#define NSEC_DIGITS 9u

int
wf_instant_parse(struct wf_str text, struct wf_instant *out)
{
	char z[WF_INSTANT_TEXT];
	const char *dot;
	uint32_t nsec = 0;
	size_t i;

	if (text.len >= sizeof(z) || memchr(text.p, '\0', text.len))
		return -1;
	memcpy(z, text.p, text.len);
	z[text.len] = '\0';
	if (wf_clock_parse(z, &out->sec))
		return -1;
	if ((dot = strchr(z, '.'))) {
		for (i = 1; dot[i] >= '0' && dot[i] <= '9'; i++) {
			if (i > NSEC_DIGITS)
				return -1;
			nsec = nsec * 10 + (uint32_t)(dot[i] - '0');
		}
		for (; i <= NSEC_DIGITS; i++)
			nsec *= 10;
	}
	out->nsec = nsec;
	return 0;
}

void
wf_instant_text(struct wf_instant t, char out[WF_INSTANT_TEXT])
{
	char whole[WF_TIME_TEXT], fraction[NSEC_DIGITS + 1];
	size_t n = NSEC_DIGITS;

	wf_clock_text(t.sec, whole);
	if (t.nsec == 0) {
		(void)snprintf(out, WF_INSTANT_TEXT, "%s", whole);
		return;
	}
	(void)snprintf(fraction, sizeof(fraction), "%09u", t.nsec % 1000000000u);
	while (n > 1 && fraction[n - 1] == '0')
		fraction[--n] = '\0';
	whole[strcspn(whole, "Z")] = '\0';
	(void)snprintf(out, WF_INSTANT_TEXT, "%.20s.%sZ", whole, fraction);
}

int
wf_instant_cmp(struct wf_instant a, struct wf_instant b)
{
	if (a.sec != b.sec)
		return a.sec < b.sec ? -1 : 1;
	if (a.nsec != b.nsec)
		return a.nsec < b.nsec ? -1 : 1;
	return 0;
}

bool
wf_instant_within(const struct wf_window *w, struct wf_instant t)
{
	return wf_instant_cmp(t, w->start) >= 0 &&
	       (!w->has_end || wf_instant_cmp(t, w->end) <= 0);
}
