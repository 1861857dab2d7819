/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps verdicts for the length of a run.  Must never give the answer to
 * another question: the row, the entry and what this host knows make one.
 */
#include "op/op_verdicts.h"

#include <string.h>

#include "base/mem.h"

void
wf_op_verdicts_init(struct wf_op_verdicts *s, struct wf_op_judge *judge,
                    const struct wf_ledger_row *rows, size_t n, struct wf_arena *arena)
{
	*s = (struct wf_op_verdicts){
		.judge = judge,
		.rows = rows,
		.v = wf_arena_alloc(arena, (n + 1) * sizeof(*s->v)),
		.n = n,
		.arena = arena,
	};
}

static struct wf_op_verdict *
place(const struct wf_op_verdicts *s, const struct wf_ledger_row *row)
{
	if (!s->n || row < s->rows || row >= s->rows + s->n)
		return NULL;
	return &s->v[row - s->rows];
}

const struct wf_op_verdict *
wf_op_verdicts_get(struct wf_op_verdicts *s, const struct wf_ledger_row *row,
                   const struct wf_manifest_entry *entry, bool known)
{
	struct wf_op_verdict *v = place(s, row);
	char why[320] = "";

	if (!v)
		wf_die("a verdict on a row of another ledger");
	if (v->judged && v->entry == entry && v->known == known)
		return v;
	*v = (struct wf_op_verdict){.judged = true, .entry = entry, .known = known,
	                            .code = WF_E_UNTRUSTED};
	v->evidence = wf_op_evidence(s->judge, row, entry, known, why, &v->code);
	v->why = wf_arena_strn(s->arena, why, strlen(why));
	return v;
}

bool
wf_op_verdicts_whole(const struct wf_op_verdicts *s, const struct wf_ledger_row *row)
{
	const struct wf_op_verdict *v = place(s, row);

	return v && v->judged && v->evidence != WF_EVIDENCE_FORGED;
}
