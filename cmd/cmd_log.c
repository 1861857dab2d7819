/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn log`: the ledger, newest first.
 */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cmd/deploy.h"
#include "op/op_log.h"
#include "sys/interrupt.h"

#define DEFAULT_ROWS 100u /* a few screens; --limit gives more */
#define SHORT_DIGEST 12   /* digits for the eye */

struct params {
	const char *target, *engine;
	unsigned limit, before;
	bool verify;
};

static const struct wf_opt opts[] = {
	{0, "verify", NULL, "check the chain, and this host's memory", WF_OPT_FLAG,
	 offsetof(struct params, verify), NULL},
	{0, "limit", "N", "at most N rows (100)", WF_OPT_UINT, offsetof(struct params, limit), NULL},
	{0, "before", "SEQ", "rows older than this one", WF_OPT_UINT,
	 offsetof(struct params, before), NULL},
	{0, "target", "TARGET", "configured name, or conninfo", WF_OPT_STRING,
	 offsetof(struct params, target), NULL},
	{0, "engine", "NAME", "the engine, else it is probed", WF_OPT_STRING,
	 offsetof(struct params, engine), NULL},
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

/* --- one row ---------------------------------------------------------------- */

struct shown {
	struct wf_run *r;
	struct wf_json *rows;
	bool table;
	struct wf_arena arena;
};

static void
row_json(struct shown *s, const struct wf_ledger_row *row, struct wf_str doc)
{
	struct wf_json *j = NULL;
	char hash[WF_DIGEST_TEXT];

	if (!row->action || wf_json_parse(doc, "ledger row", &j, NULL) != WF_OK) {
		j = wf_json_object();
		wf_json_set_int(j, "seq", row->seq);
		wf_json_set_bool(j, "unreadable", true);
		wf_json_set_str(j, "text", doc);
	} else {
		wf_digest_text(&row->hash, hash);
		wf_json_set_z(j, "hash", hash);
	}
	wf_json_push(s->rows, j);
}

static void
row_line(struct shown *s, const struct wf_ledger_row *row)
{
	static const char *const head[] = {"ROW", "TIME", "ACTION", "FUNCTION", "MODULE",
	                                   "SIGNED BY", "ACTOR", NULL};
	struct wf_out *o = s->r->out;
	char hex[65];

	if (!s->table)
		wf_out_table(o, head);
	s->table = true;
	wf_out_cell(o, WF_PLAIN, "%lld", (long long)row->seq);
	wf_out_cell(o, WF_PLAIN, "%s", row->action && row->time ? row->time : "-");
	if (!row->action) {
		wf_out_cell(o, WF_BAD, "unreadable");
		wf_out_cell(o, WF_PLAIN, "-");
		wf_out_cell(o, WF_PLAIN, "-");
		wf_out_cell(o, WF_PLAIN, "-");
		wf_out_cell(o, WF_PLAIN, "-");
		return;
	}
	wf_digest_hex(&row->spec.module, hex);
	wf_out_cell(o, WF_PLAIN, "%s", row->action);
	wf_out_cell(o, WF_PLAIN, "%s", wf_spec_signature(&row->spec, &s->arena));
	wf_out_cell(o, WF_PLAIN, "%.*s", SHORT_DIGEST, row->spec.has_module ? hex : "-");
	wf_out_cell(o, WF_PLAIN, "%s", row->signer ? row->signer : "-");
	wf_out_cell(o, WF_PLAIN, "%s", row->actor ? row->actor : "-");
}

static void
show_row(void *arg, const struct wf_ledger_row *row, struct wf_str doc)
{
	struct shown *s = arg;

	if (wf_out_is_human(s->r->out))
		row_line(s, row);
	else
		row_json(s, row, doc);
}

/* --- the verdict ------------------------------------------------------------ */

static const char *
chain_word(enum wf_chain_state c)
{
	switch (c) {
	case WF_CHAIN_BROKEN: return "broken";
	case WF_CHAIN_WHOLE: return "whole";
	case WF_CHAIN_EMPTY: return "empty";
	}
	return "broken";
}

static void
verified_json(struct wf_json *d, const struct wf_op_logged *x)
{
	struct wf_json *v = wf_json_object(), *head = wf_json_object(), *known;
	char hash[WF_DIGEST_TEXT];

	wf_json_set_z(v, "chain", chain_word(x->chain));
	if (x->chain == WF_CHAIN_BROKEN)
		wf_json_set_int(v, "broken_at", x->bad);
	wf_digest_text(&x->head.hash, hash);
	wf_json_set_int(head, "seq", x->head.seq);
	wf_json_set_z(head, "hash", x->head.seq ? hash : NULL);
	wf_json_set(v, "head", head);
	wf_json_set_z(v, "known_head", wf_known_fate_word(x->fate));
	if (x->known) {
		known = wf_json_object();
		wf_digest_text(&x->memory.head.hash, hash);
		wf_json_set_int(known, "seq", x->known);
		wf_json_set_z(known, "hash", hash);
		wf_json_set_z(known, "since", x->known_since);
		wf_json_set(v, "known", known);
	}
	wf_json_set(d, "verify", v);
}

static void
verified_text(struct wf_out *o, const struct wf_op_logged *x)
{
	char hash[WF_DIGEST_TEXT];

	wf_digest_text(&x->head.hash, hash);
	if (x->chain == WF_CHAIN_BROKEN)
		wf_out_styled(o, WF_BAD, "chain: broken at row %lld", (long long)x->bad);
	else if (x->chain == WF_CHAIN_WHOLE)
		wf_out_styled(o, WF_GOOD, "chain: whole, %lld row%s, head %s", (long long)x->head.seq,
		              x->head.seq == 1 ? "" : "s", hash);
	else
		wf_out_line(o, "chain: empty");
	if (x->known)
		wf_out_styled(o, x->fate == WF_HEAD_STANDS ? WF_GOOD : WF_BAD,
		              "head known to this host: row %lld since %s, %s", (long long)x->known,
		              x->known_since, wf_known_fate_word(x->fate));
	else
		wf_out_line(o, "head known to this host: none, so a ledger cut at its end would pass");
}

/* --- the verb --------------------------------------------------------------- */

static enum wf_rc
one_target(struct wf_run *r, const struct wf_op_log *in, struct wf_op_target *t,
           struct wf_err *err)
{
	WF_AUTO(wf_op_logged_free) struct wf_op_logged x = {0};
	struct shown s = {.r = r, .rows = wf_json_array()};
	struct wf_op_log log = *in;
	struct wf_json *d = wf_out_doc(r->out);
	enum wf_rc rc;

	t->engine.verb = "log";
	log.target = t;
	log.row = show_row;
	log.arg = &s;
	rc = wf_op_log(&log, &x, err);
	if (s.table)
		wf_out_table_end(r->out);
	wf_arena_free(&s.arena);
	wf_json_set_z(d, "target", x.name ? x.name : t->engine.name);
	wf_json_set_z(d, "database", x.database);
	wf_json_set_bool(d, "exists", x.exists);
	wf_json_set(d, "rows", s.rows);
	wf_json_set_bool(d, "more", x.more);
	if (!x.database)
		return rc;
	if (!x.exists)
		wf_out_line(r->out, "%s: there is no ledger", x.name);
	if (x.more)
		wf_out_line(r->out, "older rows are not shown: --limit N, --before SEQ");
	if (in->verify) {
		verified_json(d, &x);
		verified_text(r->out, &x);
	}
	return rc;
}

static enum wf_rc
run_log(struct wf_run *r, struct wf_err *err)
{
	const struct params *p = r->params;
	WF_AUTO(wf_config_freep) struct wf_config *config = NULL;
	WF_AUTO(wf_op_targets_free) struct wf_op_targets targets = {0};
	WF_AUTO(wf_arena_free) struct wf_arena arena = {NULL};
	struct wf_op_name *names = wf_arena_alloc(&arena, ((size_t)r->argc + 1) * sizeof(*names));
	struct wf_op_log in = {
		.names = names, .nnames = (size_t)r->argc, .before = p->before,
		.limit = p->limit ? p->limit : DEFAULT_ROWS, .verify = p->verify,
	};
	enum wf_rc rc = wf_deploy_names(r, &arena, names, err), worst = WF_OK;
	size_t i;

	if (rc == WF_OK && in.limit > WF_MAX_LOG_ROWS)
		rc = wf_err_set(err, WF_R_USAGE, "--limit %u: at most %u", p->limit, WF_MAX_LOG_ROWS);
	if (rc == WF_OK)
		rc = wf_config_load(r->g->config, &config, err);
	if (rc == WF_OK)
		rc = wf_op_targets(config, p->target, p->engine, &targets, err);
	if (rc != WF_OK)
		return rc;
	in.state_dir = wf_state_dir(r->g->state, wf_config_state(config));
	if (targets.n == 1)
		return one_target(r, &in, &targets.v[0], err);
	wf_out_expect(r->out, (int)targets.n);
	for (i = 0; i < targets.n; i++) {
		rc = one_target(r, &in, &targets.v[i], err);
		worst = wf_rc_worse(worst, wf_out_record(r->out, rc, err));
		if (wf_interrupt_check(NULL))
			break;
	}
	return worst;
}

const struct wf_cmd wf_cmd_log = {
	.name = "log",
	.args = "[NAME…]",
	.summary = "the ledger, newest first; --verify checks its chain",
	.about = "One line a row: when, what, which module, signed by whom, by whose hand; --json "
	         "has every member of it, the signatures too.  With names, the rows about those "
	         "functions.  --verify hashes every row again, and looks for what this host knows "
	         "of the ledger: one that was cut, rewritten or restored from a backup is exit 16.",
	.opts = opts,
	.params_size = sizeof(struct params),
	.max_args = -1,
	.run = run_log,
};
