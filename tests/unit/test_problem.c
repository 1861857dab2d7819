/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of problems: bounded, escaped, and the worst becomes the error.
 */
#include "base/limits.h"
#include "base/problem.h"
#include "tests/lib/tap.h"

int
main(void)
{
	struct wf_problems p = WF_PROBLEMS_INIT, q = WF_PROBLEMS_INIT;
	struct wf_err err = {0};
	unsigned i;

	EQ(wf_problem_error(&p, &err), WF_OK, "no problem, no error");
	wf_problem_add(&p, WF_R_TAG_ONLY, "f.yaml", 3, 8, "a %s", "tag\n");
	IS(p.v[0].text, "a tag\\x0a", "a problem is escaped");
	ERR(wf_problem_error(&p, &err), &err, WF_R_TAG_ONLY, "it becomes the error");
	IS(err.msg, "f.yaml:3:8: a tag\\x0a", "with its place");
	OK(strstr(err.hint, "wasmfn pin f.yaml"), "and the hint for it");
	wf_err_clear(&err);
	wf_problem_add(&p, WF_R_MALFORMED, "f.yaml", 0, 0, "all of it");
	wf_problem_add(&p, WF_R_LIMIT, "f.yaml", 9, 1, "later");
	ERR(wf_problem_error(&p, &err), &err, WF_R_MALFORMED, "the first of the worst code");
	IS(err.msg, "f.yaml: all of it", "without a place");
	OK(strstr(err.hint, "2 more"), "the hint counts the others");
	for (i = 0; i < WF_MAX_PROBLEMS + 5; i++)
		wf_problem_add(&p, WF_R_MALFORMED, "g.yaml", i + 1, 1, "x");
	EQ(p.n, WF_MAX_PROBLEMS, "the list ends at its cap");
	EQ(p.left_off, 8, "and counts the rest");
	wf_problem_move(&q, &p);
	OK(q.n == WF_MAX_PROBLEMS && p.n == 0 && !p.v, "it changes hands");
	wf_problem_free(&q);
	OK(q.n == 0 && !q.v, "and ends");
	wf_problem_free(&q);
	wf_problem_free(NULL);
	return tap_done();
}
