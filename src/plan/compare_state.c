/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of one function, row by row of the table in contract section 4.
 * Must never end in in_sync because a question could not be answered.
 */
#include "plan/compare_fields.h"
#include "plan/hold.h"

#include <stdio.h>
#include <string.h>

struct ctx {
	const struct wf_compare *in;
	struct wf_comparison *out;
	bool engine_odd; /* D16 about the engine itself: nothing it runs is certain */
	bool ledger_unreadable;
};

static const char *
keep(struct ctx *x, const char *z)
{
	return wf_arena_strn(&x->out->arena, z, strlen(z));
}

static void
find(struct ctx *x, enum wf_finding_id id, enum wf_severity severity, const struct wf_compared *c,
     const char *expected, const char *observed)
{
	wf_finding_add(&x->out->findings, id, severity, c->signature, expected, observed);
}

static unsigned
fields(struct ctx *x, const struct wf_compared *c, const struct wf_spec *want, bool complete,
       bool say)
{
	struct wf_compare_fields f = {
		.in = x->in,
		.want = want,
		.complete = complete,
		.live = c->live,
		.object = c->signature,
		.findings = say ? &x->out->findings : NULL,
		.arena = &x->out->arena,
	};

	return wf_compare_fields(&f);
}

/* What the entry says, and what it leaves out as the ledger row has it. */
static struct wf_spec
overlay(const struct wf_spec *m, const struct wf_spec *l)
{
	struct wf_spec s = *m;
	const struct wf_limits *from = &l->limits;

	if (!s.args)
		s.args = l->args;
	if (!s.returns)
		s.returns = l->returns;
	if (!s.export_name)
		s.export_name = l->export_name;
	if (s.definer == WF_YESNO_UNSET)
		s.definer = l->definer;
	if (s.strict == WF_YESNO_UNSET)
		s.strict = l->strict;
	if (s.volatility == WF_VOLATILITY_UNSET)
		s.volatility = l->volatility;
	if (!s.owner)
		s.owner = l->owner;
	if (!s.grants_set) {
		s.grants_set = l->grants_set;
		s.grants = l->grants;
	}
	if (s.limits.max_memory_bytes < 0)
		s.limits.max_memory_bytes = from->max_memory_bytes;
	if (s.limits.fuel_per_call < 0)
		s.limits.fuel_per_call = from->fuel_per_call;
	if (s.limits.epoch_deadline_ms < 0)
		s.limits.epoch_deadline_ms = from->epoch_deadline_ms;
	if (s.limits.stack_size_bytes < 0)
		s.limits.stack_size_bytes = from->stack_size_bytes;
	if (!s.wasi)
		s.wasi = l->wasi;
	if (!s.comment)
		s.comment = l->comment;
	/* the same module: what it was compiled to is known from then */
	if (l->has_compiled && s.has_module && wf_digest_eq(&s.module, &l->module)) {
		s.has_compiled = true;
		s.compiled = l->compiled;
	}
	return s;
}

/* Fields in which the row is not what the entry says. */
static unsigned
entry_diff(struct ctx *x, const struct wf_compared *c)
{
	struct wf_spec m = c->want->spec, l = c->row->spec;

	if (m.wasi) {
		m.wasi = wf_compare_wasi(m.wasi, &x->out->arena);
		l.wasi = wf_compare_wasi(l.wasi, &x->out->arena);
	}
	return wf_spec_diff(&m, &l);
}

/* M = L: what the entry says stands in the row. */
static bool
entry_is_row(struct ctx *x, const struct wf_compared *c)
{
	const struct wf_spec *m = &c->want->spec;

	return m->has_manifest && m->has_module && entry_diff(x, c) == 0;
}

/* What the manifest file changes: its digest, or the words of the fields. */
static const char *
entry_text(struct ctx *x, const struct wf_compared *c)
{
	unsigned d = c->row ? entry_diff(x, c) : WF_SPEC_MODULE, bit;
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(1024);

	if (d & (WF_SPEC_MODULE | WF_SPEC_MANIFEST))
		return c->want_digest;
	wf_buf_putz(&b, "another");
	for (bit = 1; bit <= WF_SPEC_COMMENT; bit <<= 1)
		if (d & bit)
			wf_buf_putf(&b, "%s %s", b.len > 7 ? "," : "",
			            wf_spec_field_word((enum wf_spec_field)bit));
	return wf_arena_strn(&x->out->arena, b.p, b.len);
}

static enum wf_state
drift_by(struct ctx *x, const struct wf_compared *c, const struct wf_spec *want, bool complete,
         enum wf_state state)
{
	(void)fields(x, c, want, complete, true);
	return state;
}

/* M = L = V says that nothing moved, not that its signature still counts: keys
 * and identities are denied, policies and trusted roots replaced, long after an
 * install.  The state stays what the comparison says; the finding has the code.
 * What could not be judged is neither trusted nor distrusted. */
static enum wf_state
still_counts(struct ctx *x, const struct wf_compared *c)
{
	const struct wf_known_row *k = wf_known_find(x->in->known, c->signature);
	bool known = k && k->seq == c->row->seq && wf_digest_eq(&k->hash, &c->row->hash);
	enum wf_rc code = WF_E_UNTRUSTED;
	char why[320] = "", text[400];

	/* a policy that cannot be read judges nobody: limit_by_policy says that */
	if (!x->in->recheck || c->want->policy_error ||
	    x->in->verifies(x->in->arg, c->row, c->want, known, why, &code))
		return WF_STATE_IN_SYNC;
	snprintf(text, sizeof(text), "ledger row %lld: %s", (long long)c->row->seq, why);
	if (code == WF_E_CONFIG || code == WF_E_IO || code == WF_E_NO_INPUT) {
		find(x, WF_D30, WF_SEV_HIGH, c, "a policy to judge by", text);
		return WF_STATE_UNKNOWN;
	}
	find(x, WF_D21, WF_SEV_CRITICAL, c, "a signature that counts today", text);
	x->out->findings.v[x->out->findings.n - 1].code =
		code == WF_E_REVOKED ? WF_E_REVOKED : WF_E_UNTRUSTED;
	return WF_STATE_IN_SYNC;
}

/* M differs from L, and live is as L says: who says that L is true? */
static enum wf_state
entry_ahead(struct ctx *x, const struct wf_compared *c)
{
	const struct wf_known_row *k = wf_known_find(x->in->known, c->signature);
	bool known = k && k->seq == c->row->seq && wf_digest_eq(&k->hash, &c->row->hash);
	enum wf_rc code = WF_E_UNTRUSTED;
	char why[320] = "", text[400];
	struct wf_finding *f;
	bool held;

	if (c->want->policy_error)
		return WF_STATE_UNKNOWN;
	if (!x->in->verifies(x->in->arg, c->row, c->want, known, why, &code)) {
		snprintf(text, sizeof(text), "ledger row %lld: %s", (long long)c->row->seq, why);
		if (known) {
			find(x, WF_D21, WF_SEV_CRITICAL, c, "a signature that counts today", text);
			f = &x->out->findings.v[x->out->findings.n - 1];
			f->code = code == WF_E_REVOKED ? WF_E_REVOKED : WF_E_UNTRUSTED;
		} else {
			find(x, WF_D20, WF_SEV_CRITICAL, c, "a ledger row whose evidence verifies",
			     text);
		}
		return WF_STATE_DRIFT;
	}
	if (!known && k) {
		snprintf(text, sizeof(text), "ledger row %lld, which this host does not know",
		         (long long)c->row->seq);
		find(x, WF_D26, WF_SEV_HIGH, c, entry_text(x, c), text);
		return WF_STATE_CONFLICT;
	}
	held = wf_hold(c->row, c->want->entry) == WF_HOLD_ROLLED_BACK;
	snprintf(text, sizeof(text), "%s as ledger row %lld says%s%s", c->have_digest,
	         (long long)c->row->seq, held ? ", rolled back and held" : "",
	         known ? "" : ", first seen by this host");
	find(x, WF_D25, WF_SEV_INFO, c, entry_text(x, c), text);
	f = &x->out->findings.v[x->out->findings.n - 1];
	f->first_seen_here = !known;
	if (held)
		f->remedy = "Change its entry, or run wasmfn install --release NAME.";
	return WF_STATE_PENDING;
}

/* A function with the same bytes elsewhere: it was renamed or moved. */
static const char *
missing_text(struct ctx *x, const struct wf_compared *c, const struct wf_digest *module)
{
	size_t i;

	for (i = 0; module && i < x->out->n; i++) {
		const struct wf_compared *o = &x->out->v[i];
		char text[320];

		if (o->want || o->row || !o->live || !o->live->spec.has_module ||
		    !wf_digest_eq(&o->live->spec.module, module))
			continue;
		snprintf(text, sizeof(text), "missing; the same module is now %s", o->signature);
		return keep(x, text);
	}
	(void)c;
	return "missing";
}

static enum wf_state
not_live(struct ctx *x, const struct wf_compared *c)
{
	const struct wf_spec *s = c->row ? &c->row->spec : &c->want->spec;

	if (!c->row) {
		find(x, WF_D25, WF_SEV_INFO, c, c->want_digest, "not installed");
		return WF_STATE_PENDING;
	}
	find(x, WF_D04, WF_SEV_HIGH, c, "present",
	     missing_text(x, c, s->has_module ? &s->module : NULL));
	if (entry_is_row(x, c))
		return WF_STATE_DRIFT;
	find(x, WF_D26, WF_SEV_HIGH, c, entry_text(x, c),
	     "missing, and the manifest file changed");
	return WF_STATE_CONFLICT;
}

static enum wf_state
module_not_known(struct ctx *x, const struct wf_compared *c)
{
	char manifest[WF_DIGEST_TEXT], text[256];
	struct wf_spec bare = c->want->spec;

	wf_digest_text(&c->want->spec.manifest, manifest);
	snprintf(text, sizeof(text), "neither the store nor the ledger holds it; run wasmfn pull -f");
	find(x, WF_D30, WF_SEV_HIGH, c, manifest, text);
	/* what can be said without it is said */
	if (c->row && fields(x, c, &c->row->spec, true, false)) {
		find(x, WF_D26, WF_SEV_HIGH, c, manifest, "live is not what the ledger recorded");
		return drift_by(x, c, &c->row->spec, true, WF_STATE_CONFLICT);
	}
	if (!c->row && fields(x, c, &bare, false, true))
		return WF_STATE_DRIFT;
	return WF_STATE_UNKNOWN;
}

/* M and V exist. */
static enum wf_state
claimed(struct ctx *x, struct wf_compared *c)
{
	const struct wf_spec *m = &c->want->spec, *l = c->row ? &c->row->spec : NULL;
	struct wf_spec want = l ? overlay(m, l) : *m;
	bool as_entry, as_row, entry_row;

	if (!m->has_module)
		return module_not_known(x, c);
	as_entry = fields(x, c, &want, l != NULL, false) == 0;
	if (!l) {
		c->unrecorded = as_entry;
		return as_entry ? WF_STATE_IN_SYNC : drift_by(x, c, &want, false, WF_STATE_DRIFT);
	}
	as_row = fields(x, c, l, true, false) == 0;
	entry_row = entry_is_row(x, c);
	if (entry_row && as_row) {
		size_t before = x->out->findings.n;
		enum wf_state s = still_counts(x, c);

		c->learn = before == x->out->findings.n;
		return s;
	}
	if (entry_row)
		return drift_by(x, c, l, true, WF_STATE_DRIFT);
	if (as_entry) {
		c->unrecorded = true;
		return WF_STATE_IN_SYNC;
	}
	if (as_row)
		return entry_ahead(x, c);
	find(x, WF_D26, WF_SEV_HIGH, c, entry_text(x, c),
	     "live is neither as the ledger nor as the manifest file says");
	return drift_by(x, c, l, true, WF_STATE_CONFLICT);
}

static enum wf_state
orphan(struct ctx *x, const struct wf_compared *c)
{
	const struct wf_known_row *k = wf_known_find(x->in->known, c->signature);
	bool known = k && k->seq == c->row->seq && wf_digest_eq(&k->hash, &c->row->hash);
	enum wf_rc code = WF_E_UNTRUSTED;
	char why[320] = "", text[400];

	find(x, WF_D05, WF_SEV_HIGH, c, "an entry in a manifest file",
	     c->live ? "orphan: in the ledger and the database only" : "orphan: in the ledger only");
	x->out->findings.v[x->out->findings.n - 1].klass = "orphan";
	if (c->live)
		(void)fields(x, c, &c->row->spec, true, true);
	if (c->live && !known &&
	    !x->in->verifies(x->in->arg, c->row, NULL, false, why, &code)) {
		snprintf(text, sizeof(text), "ledger row %lld: %s", (long long)c->row->seq, why);
		find(x, WF_D20, WF_SEV_CRITICAL, c, "a ledger row whose evidence verifies", text);
	}
	return WF_STATE_ORPHAN;
}

/* Live is as the quarantine's row says, above all in that nobody may execute
 * it: then it harms nobody, whoever wrote the row. */
static enum wf_state
quarantined(struct ctx *x, struct wf_compared *c)
{
	const struct wf_known_row *k = wf_known_find(x->in->known, c->signature);
	bool known = k && k->seq == c->row->seq && wf_digest_eq(&k->hash, &c->row->hash);
	char text[400];

	if (!c->row->spec.grants_set || c->row->spec.grants.n)
		return drift_by(x, c, &(struct wf_spec){.grants_set = true,
		                                        .limits = WF_LIMITS_UNSET}, false,
		                WF_STATE_DRIFT);
	if (!c->live->owner_revoked) {
		snprintf(text, sizeof(text), "EXECUTE for its owner, %.200s", c->live->spec.owner);
		find(x, WF_D08, WF_SEV_HIGH, c, "EXECUTE for nobody, its owner neither", text);
	}
	if (fields(x, c, &c->row->spec, true, true) || !c->live->owner_revoked)
		return WF_STATE_DRIFT;
	snprintf(text, sizeof(text), "quarantined by ledger row %lld%s%.300s%s",
	         (long long)c->row->seq, c->row->reason ? ": " : "",
	         c->row->reason ? c->row->reason : "", known ? "" : ", first seen by this host");
	find(x, WF_D31, WF_SEV_LOW, c, "released", text);
	x->out->findings.v[x->out->findings.n - 1].first_seen_here = !known;
	c->learn = true;
	return WF_STATE_QUARANTINED;
}

/* The table.  Later steps only take certainty away. */
static enum wf_state
judge(struct ctx *x, struct wf_compared *c)
{
	enum wf_state s;

	if (c->live && wf_hold(c->row, NULL) == WF_HOLD_QUARANTINED)
		return quarantined(x, c);
	if (!c->want && x->in->more_claims)
		return WF_STATE_UNKNOWN;
	if (!c->want && !c->row) {
		find(x, WF_D05, WF_SEV_HIGH, c, "an entry in a manifest file",
		     c->have_digest[0] ? c->have_digest : "a function nobody declared");
		return WF_STATE_FOREIGN;
	}
	if (!c->want)
		return orphan(x, c);
	s = c->live ? claimed(x, c) : not_live(x, c);
	return s;
}

/* A standby has what it replayed: what is newer is not gone. */
static bool
not_there_yet(const struct wf_live *l, const struct wf_known_row *k)
{
	return l->standby && (l->nledger == 0 || l->ledger[l->nledger - 1].seq < k->seq);
}

/* What this host knows of it.  An entry that names no types, about what is
 * neither recorded nor live, means any function of its name. */
static const struct wf_known_row *
known_row(struct ctx *x, const struct wf_compared *c)
{
	const struct wf_known *known = x->in->known;
	size_t i, n = strlen(c->signature);

	if (c->row || c->live || !c->want || c->want->spec.args)
		return wf_known_find(known, c->signature);
	for (i = 0; i < known->n; i++)
		if (strncmp(known->rows[i].function, c->signature, n) == 0 &&
		    known->rows[i].function[n] == '(')
			return &known->rows[i];
	return NULL;
}

static bool
row_gone(struct ctx *x, const struct wf_compared *c)
{
	const struct wf_known_row *k = known_row(x, c);

	return k && !wf_known_stands(k, x->in->live->ledger, x->in->live->nledger);
}

static void
gone_rows(struct ctx *x)
{
	const struct wf_live *l = x->in->live;
	char text[WF_DIGEST_TEXT], expected[160];
	size_t i;

	for (i = 0; i < x->in->known->n; i++) {
		const struct wf_known_row *k = &x->in->known->rows[i];

		if (wf_known_stands(k, l->ledger, l->nledger))
			continue;
		if (not_there_yet(l, k)) {
			wf_finding_add(&x->out->findings, WF_D30, WF_SEV_HIGH, k->function,
			               "what the primary has", "the standby has not come so far");
			continue;
		}
		wf_digest_text(&k->hash, text);
		snprintf(expected, sizeof(expected), "ledger row %lld %s", (long long)k->seq, text);
		wf_finding_add(&x->out->findings, WF_D20, WF_SEV_CRITICAL, k->function, expected,
		               "this host knows the row; the ledger has it no longer");
	}
}

/* What the ledger's condition and the engine's do to a state. */
static enum wf_state
limit_by_evidence(struct ctx *x, struct wf_compared *c, enum wf_state s)
{
	bool settled = s == WF_STATE_IN_SYNC || s == WF_STATE_PENDING ||
	               s == WF_STATE_QUARANTINED;
	bool ours = c->want || s == WF_STATE_QUARANTINED;

	if (c->live && c->live->unreadable) {
		find(x, WF_D30, WF_SEV_HIGH, c, "readable", c->live->unreadable);
		return settled ? WF_STATE_UNKNOWN : s;
	}
	if (c->live && c->live->unprovable) {
		find(x, WF_D30, WF_SEV_HIGH, c, "what runs is proved", c->live->unprovable);
		return settled ? WF_STATE_UNKNOWN : s;
	}
	if (settled && c->live && c->live->spec.has_compiled &&
	    !(c->row && c->row->spec.has_compiled)) {
		find(x, WF_D30, WF_SEV_HIGH, c, "what the module was compiled to is on record",
		     "no ledger row has its digest");
		return WF_STATE_UNKNOWN;
	}
	if (settled && c->live && !c->live->spec.has_module) {
		find(x, WF_D30, WF_SEV_HIGH, c, "the module's bytes", "not read");
		return WF_STATE_UNKNOWN;
	}
	if (ours && (c->row || c->live) && x->out->chain == WF_CHAIN_BROKEN)
		return WF_STATE_DRIFT; /* no row has a say in what it was */
	if (ours && !x->ledger_unreadable && row_gone(x, c))
		return not_there_yet(x->in->live, known_row(x, c)) ? WF_STATE_UNKNOWN
		                                                   : WF_STATE_DRIFT;
	if (settled && x->ledger_unreadable)
		return WF_STATE_UNKNOWN;
	if (s == WF_STATE_IN_SYNC && x->engine_odd)
		return WF_STATE_UNKNOWN;
	return s;
}

/* Today's policy has a say about what is live whatever was recorded. */
static enum wf_state
limit_by_policy(struct ctx *x, const struct wf_compared *c, enum wf_state s)
{
	struct wf_compare_fields f = {
		.in = x->in,
		.live = c->live,
		.object = c->signature,
		.findings = &x->out->findings,
		.arena = &x->out->arena,
	};
	const struct wf_compare_want *m = c->want;

	if (m && m->policy_error) {
		find(x, m->policy_unsafe ? WF_D24 : WF_D30,
		     m->policy_unsafe ? WF_SEV_CRITICAL : WF_SEV_HIGH, c,
		     "the policy that its entry names", m->policy_error);
		if (s == WF_STATE_IN_SYNC || s == WF_STATE_PENDING)
			s = WF_STATE_UNKNOWN;
	}
	if (s == WF_STATE_QUARANTINED)
		return s; /* nobody can run it */
	/* what nobody declares has said so already; what an unusable manifest
	 * file may declare is not compared at all */
	if (!c->live || s == WF_STATE_FOREIGN || (!m && x->in->more_claims) ||
	    wf_compare_policy(&f, m ? m->policy : NULL, m ? m->match : NULL) == 0)
		return s;
	return s == WF_STATE_IN_SYNC || s == WF_STATE_UNKNOWN ? WF_STATE_DRIFT : s;
}

static bool
has_odd_engine(const struct wf_live *l)
{
	size_t i;

	for (i = 0; i < l->noddities; i++)
		if (strcmp(l->oddities[i].id, "D16") == 0)
			return true;
	return false;
}

void
wf_compare_states(const struct wf_compare *in, struct wf_comparison *out)
{
	struct ctx x = {
		.in = in,
		.out = out,
		.engine_odd = has_odd_engine(in->live),
		.ledger_unreadable = in->live->ledger_exists && !in->live->ledger_readable,
	};
	size_t i;

	if (!x.ledger_unreadable)
		gone_rows(&x);
	for (i = 0; i < out->n; i++) {
		struct wf_compared *c = &out->v[i];

		if (c->want && c->want->no_type) {
			char text[256];

			snprintf(text, sizeof(text), "no such type: %s", c->want->no_type);
			find(&x, WF_D30, WF_SEV_HIGH, c, "types that the server has", text);
			c->state = WF_STATE_UNKNOWN;
			continue;
		}
		out->modules_checked += c->live && c->live->spec.has_module;
		c->state = limit_by_evidence(&x, c, judge(&x, c));
		c->state = limit_by_policy(&x, c, c->state);
		if (c->state != WF_STATE_IN_SYNC && c->state != WF_STATE_QUARANTINED) {
			c->learn = false;
			c->unrecorded = false;
		}
	}
}
