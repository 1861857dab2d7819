/* SPDX-License-Identifier: Apache-2.0
 *
 * Findings as log lines.  Must never let a line that was not taken count as
 * said.
 */
#include "op/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "sys/logsock.h"

struct ctx {
	struct wf_logsock sock;
	struct wf_op_reconciled *out;
};

static int
priority(enum wf_severity s)
{
	switch (s) {
	case WF_SEV_INFO: return LOG_NOTICE;
	case WF_SEV_LOW: return LOG_WARNING;
	case WF_SEV_HIGH: return LOG_ERR;
	case WF_SEV_CRITICAL: return LOG_CRIT;
	}
	return LOG_CRIT;
}

static void
deliver(struct ctx *c, enum wf_severity severity, struct wf_logsock_line *l)
{
	struct wf_op_reconciled *o = c->out;
	struct wf_err e = {0};

	wf_logsock_add(l, "run", wf_clock_run_id());
	if (wf_logsock_send(&c->sock, priority(severity), l, &e) == WF_OK)
		return;
	o->undelivered = wf_realloc(o->undelivered, (o->nundelivered + 1) * sizeof(char *));
	o->undelivered[o->nundelivered++] = wf_strdup(wf_logsock_text(l));
	o->code = wf_rc_worse(o->code, WF_E_IO);
}

static const char *
event(const struct wf_finding *f)
{
	return f->id == WF_D25 ? "pending" : f->id == WF_D30 ? "unknown" : "drift";
}

static void
finding(struct ctx *c, const struct wf_op_reconciled_target *t, const struct wf_finding *f)
{
	struct wf_logsock_line l;

	wf_logsock_begin(&l);
	wf_logsock_add(&l, "ev", event(f));
	wf_logsock_add(&l, "id", wf_finding_word(f->id));
	wf_logsock_add(&l, "sev", wf_finding_severity_word(f->severity));
	wf_logsock_add(&l, "state", "new");
	wf_logsock_add(&l, "target", t->name);
	wf_logsock_add(&l, "fn", f->object);
	/* before what may be long, so that they are never what is cut */
	wf_logsock_add(&l, "fp", f->fingerprint);
	wf_logsock_add(&l, "want", f->expected);
	wf_logsock_add(&l, "have", f->observed);
	deliver(c, f->severity, &l);
}

static void
counted(struct wf_logsock_line *l, const char *key, size_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", n);
	wf_logsock_add(l, key, text);
}

/* The head that this host knows from now on: whoever keeps this log can tell a
 * ledger that was cut, rewritten or restored, this host lost or not. */
static void
head(struct ctx *c, const struct wf_op_reconciled_target *t)
{
	char hash[WF_DIGEST_TEXT];
	struct wf_logsock_line l;

	wf_digest_text(&t->head.hash, hash);
	wf_logsock_begin(&l);
	wf_logsock_add(&l, "ev", "ledger");
	wf_logsock_add(&l, "sev", "info");
	wf_logsock_add(&l, "target", t->name);
	counted(&l, "seq", (size_t)t->head.seq);
	wf_logsock_add(&l, "head", hash);
	counted(&l, "was", (size_t)t->known.head.seq);
	deliver(c, WF_SEV_INFO, &l);
}

static void
target(struct ctx *c, const struct wf_op_reconciled_target *t)
{
	const struct wf_findings *f = &t->cmp.findings;
	struct wf_logsock_line l;
	size_t i, said = f->n > WF_MAX_LOG_EVENTS ? WF_MAX_LOG_EVENTS : f->n;

	for (i = 0; i < said; i++)
		finding(c, t, &f->v[i]);
	if (t->head_moved)
		head(c, t);
	wf_logsock_begin(&l);
	if (f->n > said) {
		wf_logsock_add(&l, "ev", "drift");
		wf_logsock_add(&l, "sev", wf_finding_severity_word(f->v[0].severity));
		wf_logsock_add(&l, "target", t->name);
		counted(&l, "more", f->n - said);
		deliver(c, f->v[0].severity, &l);
	} else if (t->cause == WF_OK && t->cmp.code == WF_OK) {
		wf_logsock_add(&l, "ev", "clean");
		wf_logsock_add(&l, "sev", "info");
		wf_logsock_add(&l, "target", t->name);
		counted(&l, "functions", t->cmp.n);
		counted(&l, "modules", t->cmp.modules_checked);
		counted(&l, "settings", t->cmp.settings_checked);
		counted(&l, "ledger", t->live->nledger);
		deliver(c, WF_SEV_INFO, &l);
	}
}

enum wf_rc
wf_report_log(const struct wf_config *config, struct wf_op_reconciled *out, struct wf_err *err)
{
	const struct wf_config_alerts *a = config ? wf_config_alerts(config) : NULL;
	struct ctx c = {.out = out};
	enum wf_rc rc;
	size_t i;

	rc = wf_logsock_open(a ? a->socket : NULL, a ? a->facility : LOG_AUTHPRIV,
	                     a ? a->ident : NULL, &c.sock, err);
	if (rc != WF_OK)
		return rc;
	if (!c.sock.path[0])
		wf_log(WF_LOG_INFO, "no log socket: findings are on standard output alone");
	for (i = 0; i < out->n; i++)
		target(&c, &out->v[i]);
	wf_logsock_close(&c.sock);
	return WF_OK;
}
