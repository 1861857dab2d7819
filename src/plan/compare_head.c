/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger as a whole against this host's memory of its head.  Must never
 * call a ledger that lost its end whole: a chain cut short is a whole chain.
 */
#include <stdio.h>

#include "plan/compare_fields.h"

static const char *
says(enum wf_known_fate f)
{
	switch (f) {
	case WF_HEAD_TRUNCATED:
		return "truncated: the ledger ends before it";
	case WF_HEAD_REWRITTEN:
		return "rewritten: another row stands in its place";
	case WF_HEAD_RESTORED:
		return "restored: the server went back in its history, as from a backup, and the row with it";
	case WF_HEAD_NONE:
	case WF_HEAD_STANDS:
	case WF_HEAD_BEHIND:
		break;
	}
	return "not there yet: the standby has not come so far";
}

void
wf_compare_head(const struct wf_compare *in, struct wf_comparison *out)
{
	const struct wf_known_head *h = &in->known->head;
	char hash[WF_DIGEST_TEXT], expected[WF_DIGEST_TEXT + 40];

	if (in->live->ledger_exists && !in->live->ledger_readable)
		return; /* said as not read */
	out->head = wf_known_fate_live(in->known, in->live);
	if (out->head == WF_HEAD_NONE || out->head == WF_HEAD_STANDS)
		return;
	wf_digest_text(&h->hash, hash);
	snprintf(expected, sizeof(expected), "row %lld %s", (long long)h->seq, hash);
	if (out->head == WF_HEAD_BEHIND)
		wf_finding_add(&out->findings, WF_D30, WF_SEV_HIGH, "ledger", expected,
		               says(out->head));
	else
		wf_finding_add(&out->findings, WF_D20, WF_SEV_CRITICAL, "ledger", expected,
		               says(out->head));
}
