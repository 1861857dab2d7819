/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks at configuration, policy, trusted roots and the sandbox.  Must never call something
 * good that it could not read.
 */
#include "op/op_doctor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "config/config.h"
#include "dep/http.h"
#include "engine/engine.h"
#include "policy/policy.h"
#include "op/op_doctor_target.h"
#include "sys/file.h"

#define DAY 86400

struct look {
	struct wf_op_doctored *out;
	const struct wf_op_doctor *in;
	enum wf_rc worst;
	struct wf_err *err;
};

void
wf_op_doctor_add(struct wf_op_doctored *o, const char *what, const char *where,
                 enum wf_op_doctor_state state, enum wf_reason reason, const char *says)
{
	o->v = wf_grow(o->v, &o->cap, o->n, sizeof(*o->v));
	o->v[o->n++] = (struct wf_op_doctor_item){
		.what = what,
		.where = wf_arena_strn(&o->arena, where, strlen(where)),
		.state = state,
		.reason = reason,
		.says = wf_arena_strn(&o->arena, says, strlen(says)),
	};
}

static void WF_PRINTF(5, 6)
item(struct look *l, const char *what, const char *where, enum wf_op_doctor_state state,
     const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	wf_op_doctor_add(l->out, what, where, state, WF_R_OK, text);
}

/* What could not be read; the most severe is the outcome. */
static void
bad(struct look *l, const char *what, const char *where, const struct wf_err *why)
{
	item(l, what, where, WF_OP_DOCTOR_BAD, "%.390s", why->msg);
	l->out->v[l->out->n - 1].reason = why->reason;
	if (wf_rc_worse(l->worst, why->code) == l->worst)
		return;
	l->worst = why->code;
	if (l->err)
		*l->err = *why;
}

static bool
exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static void
look_at_config(struct look *l)
{
	WF_AUTO(wf_config_freep) struct wf_config *config = NULL;
	const char *path = l->in->config ? l->in->config : wf_paths_config();
	struct wf_err why = {0};

	if (!l->in->config && !exists(path))
		item(l, "configuration", path, WF_OP_DOCTOR_NOTE, "there is none: what is built in holds");
	else if (wf_config_load(l->in->config, &config, &why))
		bad(l, "configuration", path, &why);
	else
		item(l, "configuration", path, WF_OP_DOCTOR_GOOD, "read");
}

/* --- trusted roots ------------------------------------------------------------ */

static size_t
logs_in_force(const struct wf_root_log *v, size_t n, struct wf_instant now)
{
	size_t i, in = 0;

	for (i = 0; i < n; i++)
		in += wf_instant_within(&v[i].window, now);
	return in;
}

static size_t
cas_in_force(const struct wf_root_ca *v, size_t n, struct wf_instant now)
{
	size_t i, in = 0;

	for (i = 0; i < n; i++)
		in += wf_instant_within(&v[i].window, now) &&
		      wf_x509_not_after(v[i].anchor) >= now.sec;
	return in;
}

/* The first certificate of the services in force that ends; INT64_MAX: none. */
static int64_t
first_end(const struct wf_root_ca *v, size_t n, struct wf_instant now)
{
	int64_t first = INT64_MAX, end;
	size_t i, k;

	for (i = 0; i < n; i++) {
		if (!wf_instant_within(&v[i].window, now))
			continue;
		for (k = 0; k < v[i].ncerts; k++) {
			end = wf_x509_not_after(v[i].certs[k]);
			first = end < first ? end : first;
		}
	}
	return first;
}

static void
describe_root(struct look *l, const char *what, const char *path, const struct wf_root *r)
{
	struct wf_instant now = l->in->now;
	size_t logs = logs_in_force(r->logs, r->nlogs, now);
	size_t cas = cas_in_force(r->cas, r->ncas, now);
	int64_t days = (now.sec - r->newest.sec) / DAY, ca = first_end(r->cas, r->ncas, now);
	int64_t tsa = first_end(r->tsas, r->ntsas, now), end = ca < tsa ? ca : tsa;
	char newest[WF_INSTANT_TEXT], until[WF_INSTANT_TEXT] = "never";
	bool old = days > WF_OP_DOCTOR_OLD_DAYS, soon = end != INT64_MAX && end - now.sec < 30 * DAY;

	wf_instant_text(r->newest, newest);
	if (end != INT64_MAX)
		wf_instant_text((struct wf_instant){end, 0}, until);
	item(l, what, path, old || soon || !logs || !cas ? WF_OP_DOCTOR_NOTE : WF_OP_DOCTOR_GOOD,
	     "newest entry of %s, %lld days ago; in force: %zu of %zu logs, %zu of %zu certificate authorities, "
	     "%zu of %zu certificate logs, %zu of %zu timestamp authorities; first certificate to end: %s",
	     newest, (long long)days, logs, r->nlogs, cas, r->ncas,
	     logs_in_force(r->ctlogs, r->nctlogs, now), r->nctlogs,
	     cas_in_force(r->tsas, r->ntsas, now), r->ntsas, until);
}

static void
look_at_root(struct look *l, const char *what, const char *path)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(WF_MAX_ROOT_BYTES);
	WF_AUTO(wf_root_freep) struct wf_root *root = NULL;
	enum wf_file_safety safety;
	struct wf_err why = {0};
	char unsafe[256];
	size_t i;

	for (i = 0; i < l->out->n; i++) /* once, whoever names it */
		if (strcmp(l->out->v[i].what, what) == 0 && strcmp(l->out->v[i].where, path) == 0)
			return;
	if (wf_file_safety(path, &safety, unsafe, &why)) {
		bad(l, what, path, &why);
		return;
	}
	if (safety != WF_FILE_SAFE) {
		(void)wf_err_set(&why, WF_R_UNSAFE_FILE, "%s: %s", path, unsafe);
		bad(l, what, path, &why);
		return;
	}
	if (wf_file_read(path, &bytes, &why) || wf_root_parse(wf_buf_str(&bytes), path, &root, &why))
		bad(l, what, path, &why);
	else
		describe_root(l, what, path, root);
}

static void
look_at_policy(struct look *l)
{
	const char *own = l->in->policy;
	struct wf_strs one = {&own, 1}, paths = own ? one : wf_paths_policies();
	WF_AUTO(wf_policy_freep) struct wf_policy *p = NULL;
	const struct wf_trust_rule *r;
	struct wf_err why = {0};
	size_t i, k;

	if (paths.n == 0) {
		item(l, "policy", WF_SYSCONFDIR "/wasmfn/policy.yaml", WF_OP_DOCTOR_NOTE,
		     "there is none: nothing can be installed");
		return;
	}
	if (wf_policy_load(paths.v, paths.n, &p, &why)) {
		bad(l, "policy", paths.v[0], &why);
		return;
	}
	item(l, "policy", paths.v[0], WF_OP_DOCTOR_GOOD, "%zu file%s read", paths.n,
	     paths.n == 1 ? "" : "s");
	for (i = 0; (r = wf_policy_trust_at(p, i)); i++)
		for (k = 0; k < r->nauthorities; k++)
			if (r->authorities[k].root.path)
				look_at_root(l, r->authorities[k].root.public_good
				                        ? "public-good snapshot" : "trusted root",
				             r->authorities[k].root.path);
}

/* What was only ever tried against a stand-in is said before it is relied on. */
static void
look_at_engines(struct look *l)
{
	const struct wf_engine_about *a;
	size_t i;

	for (i = 0; (a = wf_engine_about(i)); i++)
		if (a->unproven)
			item(l, "engine", a->name, WF_OP_DOCTOR_NOTE,
			     "unproven: this adapter has met a stand-in of the engine only");
}

/* In force there, not only promised: the process for the network is made and
 * shut in, and asked nothing. */
static void
look_at_sandbox(struct look *l)
{
	struct wf_sandbox got = {0};
	struct wf_err why = {0};
	char text[256];

	if (wf_http_sandbox(&got, &why)) {
		if (why.reason == WF_R_NO_SANDBOX)
			bad(l, "sandbox", "", &why);
		else /* a machine that only compares needs no libcurl */
			item(l, "sandbox", "", WF_OP_DOCTOR_NOTE, "not looked at: %.350s", why.msg);
		return;
	}
	wf_sandbox_text(&got, text, sizeof(text));
	item(l, "sandbox", "", wf_sandbox_whole(&got) ? WF_OP_DOCTOR_GOOD : WF_OP_DOCTOR_NOTE,
	     "around what speaks to registries: %s", text);
}

enum wf_rc
wf_op_doctor(const struct wf_op_doctor *in, struct wf_op_doctored *out, struct wf_err *err)
{
	struct look l = {.out = out, .in = in, .err = err};
	const char *own = WF_SYSCONFDIR "/wasmfn/trusted_root.json";
	struct wf_err why = {0};
	enum wf_rc rc = WF_OK;

	look_at_config(&l);
	look_at_policy(&l);
	if (exists(own))
		look_at_root(&l, "trusted root", own);
	if (exists(wf_policy_public_good()))
		look_at_root(&l, "public-good snapshot", wf_policy_public_good());
	look_at_sandbox(&l);
	look_at_engines(&l);
	if (in->grants || in->target)
		rc = wf_op_doctor_target(in, out, &why);
	if (wf_rc_worse(l.worst, rc) == l.worst)
		return l.worst;
	if (err)
		*err = why;
	return rc;
}

void
wf_op_doctored_free(struct wf_op_doctored *o)
{
	free(o->v);
	wf_arena_free(&o->arena);
	*o = (struct wf_op_doctored)WF_OP_DOCTORED_INIT;
}
