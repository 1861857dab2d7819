/* SPDX-License-Identifier: Apache-2.0
 *
 * Plans as documents.  Must never let a member pass that nobody compares, and
 * never give a step that was not worked out here again.
 */
#include "plan/saved.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

void
wf_saved_free(struct wf_saved *s)
{
	if (!s)
		return;
	wf_json_free(s->doc);
	wf_arena_free(&s->arena);
	*s = (struct wf_saved)WF_SAVED_INIT;
}

static void
set_digest(struct wf_json *o, const char *key, bool has, const struct wf_digest *d)
{
	char text[WF_DIGEST_TEXT];

	if (has)
		wf_digest_text(d, text);
	wf_json_set_z(o, key, has ? text : NULL);
}

static void
hash_of(const struct wf_json *j, struct wf_digest *out)
{
	/* made by us, or read under a limit */
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(SIZE_MAX / 4);

	if (wf_json_dump(j, WF_JSON_CANONICAL, &text, NULL) != WF_OK)
		wf_die("a plan cannot be written");
	wf_digest_of(text.p, text.len, out);
}

static struct wf_json *
list(const struct wf_strs *l)
{
	struct wf_json *a = wf_json_array();
	size_t i;

	for (i = 0; i < l->n; i++)
		wf_json_push(a, wf_json_new_z(l->v[i]));
	return a;
}

/* --- what is live ----------------------------------------------------------- */

static struct wf_json *
function(const struct wf_live_function *f)
{
	struct wf_json *o = wf_json_object(), *odd = wf_json_array();
	size_t i;

	for (i = 0; i < f->nodd; i++) {
		wf_json_push(odd, wf_json_new_z(f->odd[i].key));
		wf_json_push(odd, wf_json_new_z(f->odd[i].value));
	}
	wf_json_set(o, "spec", wf_spec_to_json(&f->spec));
	wf_json_set_bool(o, "owner_superuser", f->owner_superuser);
	wf_json_set_bool(o, "owner_revoked", f->owner_revoked);
	wf_json_set_z(o, "language", f->language);
	wf_json_set_bool(o, "wrapper_ok", f->wrapper_ok);
	wf_json_set_z(o, "wrapper_state", f->wrapper_state);
	wf_json_set_bool(o, "row", f->has_row);
	set_digest(o, "column", f->has_column, &f->column);
	set_digest(o, "wrapper", f->has_wrapper_digest, &f->wrapper);
	wf_json_set(o, "config", list(&f->config));
	wf_json_set_bool(o, "leakproof", f->leakproof);
	wf_json_set(o, "odd", odd);
	wf_json_set_z(o, "unprovable", f->unprovable);
	return o;
}

void
wf_saved_live(const struct wf_live *l, struct wf_digest *out)
{
	WF_AUTO(wf_json_freep) struct wf_json *o = wf_json_object();
	struct wf_json *functions = wf_json_object(), *odd = wf_json_array(),
	               *settings = wf_json_object();
	struct wf_arena a = {NULL};
	size_t i;

	for (i = 0; i < l->nfunctions; i++)
		wf_json_set(functions, wf_spec_signature(&l->functions[i].spec, &a),
		            function(&l->functions[i]));
	for (i = 0; i < l->noddities; i++) {
		wf_json_push(odd, wf_json_new_z(l->oddities[i].object));
		wf_json_push(odd, wf_json_new_z(l->oddities[i].observed));
	}
	for (i = 0; i < l->nsettings; i++)
		if (strcmp(l->settings[i].where, "server") == 0)
			wf_json_set_z(settings, l->settings[i].name, l->settings[i].value);
	wf_json_set_z(o, "engine", l->engine);
	wf_json_set_z(o, "engine_version", l->engine_version);
	wf_json_set(o, "functions", functions);
	wf_json_set(o, "oddities", odd);
	wf_json_set(o, "settings", settings);
	hash_of(o, out);
	wf_arena_free(&a);
}

void
wf_saved_see(struct wf_saved *s, const struct wf_live *l)
{
	s->engine = l->engine;
	s->system_identifier = l->system_identifier;
	s->database = l->database;
	s->head_seq = 0;
	if (l->nledger) {
		s->head_seq = l->ledger[l->nledger - 1].seq;
		s->head = l->ledger[l->nledger - 1].hash;
	}
	wf_saved_live(l, &s->live);
}

/* --- writing ---------------------------------------------------------------- */

struct wf_json *
wf_saved_to_json(struct wf_saved *s)
{
	struct wf_json *o = wf_json_object(), *files = wf_json_array(),
	               *target = wf_json_object(), *ledger, *one;
	size_t i;

	wf_json_set_z(o, "schema", WF_SAVED_SCHEMA);
	wf_json_set_z(o, "version", s->version);
	wf_json_set_z(o, "run", s->run);
	wf_json_set_z(o, "created", s->created);
	wf_json_set(o, "manifests", list(&s->manifests));
	for (i = 0; i < s->nfiles; i++) {
		one = wf_json_object();
		wf_json_set_z(one, "path", s->files[i].path);
		set_digest(one, "hash", true, &s->files[i].hash);
		wf_json_push(files, one);
	}
	wf_json_set(o, "manifest_files", files);
	set_digest(o, "policy", true, &s->policy);
	wf_json_set_z(target, "name", s->target);
	wf_json_set_z(target, "engine", s->engine);
	wf_json_set_z(target, "system_identifier", s->system_identifier);
	wf_json_set_z(target, "database", s->database);
	wf_json_set(o, "target", target);
	ledger = wf_json_object();
	wf_json_set_int(ledger, "seq", s->head_seq);
	set_digest(ledger, "hash", s->head_seq > 0, &s->head);
	wf_json_set(o, "ledger", ledger);
	set_digest(o, "live", true, &s->live);
	wf_json_set(o, "steps", wf_json_copy(s->steps));
	hash_of(o, &s->digest);
	set_digest(o, "digest", true, &s->digest);
	return o;
}

/* --- comparing -------------------------------------------------------------- */

static enum wf_rc
moved(struct wf_err *err)
{
	return wf_err_hint(err, "Run `wasmfn plan -o` again, and read what it says now.");
}

static bool
same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

enum wf_rc
wf_saved_same_inputs(const struct wf_saved *then, const struct wf_saved *now, bool paths,
                     struct wf_err *err)
{
	size_t i;

	if (then->nfiles != now->nfiles) {
		(void)wf_err_set(err, WF_R_PLAN_STALE,
		                 "the plan was made from %zu manifest files, now there are %zu",
		                 then->nfiles, now->nfiles);
		return moved(err);
	}
	for (i = 0; i < then->nfiles; i++) {
		const struct wf_saved_file *a = &then->files[i], *b = &now->files[i];

		if (wf_digest_eq(&a->hash, &b->hash) && (!paths || same(a->path, b->path)))
			continue;
		(void)wf_err_set(err, WF_R_PLAN_STALE,
		                 "manifest file %s is not the one the plan was made from", b->path);
		return moved(err);
	}
	if (wf_digest_eq(&then->policy, &now->policy))
		return WF_OK;
	(void)wf_err_set(err, WF_R_PLAN_STALE, "the policy is not the one the plan was made by");
	return wf_err_hint(err, "Policy files, keys and trust options must be those that plan had; "
	                        "else run `wasmfn plan -o` again.");
}

enum wf_rc
wf_saved_same_state(const struct wf_saved *then, const struct wf_saved *now, struct wf_err *err)
{
	if (!same(then->system_identifier, now->system_identifier) ||
	    !same(then->database, now->database) || !same(then->engine, now->engine))
		return wf_err_set(err, WF_R_CONFIG,
		                  "the plan is for another target: %s, database %s of server %s; found "
		                  "%s, database %s of server %s", then->engine, then->database,
		                  then->system_identifier ? then->system_identifier : "unknown",
		                  now->engine, now->database,
		                  now->system_identifier ? now->system_identifier : "unknown");
	if (then->head_seq != now->head_seq ||
	    (then->head_seq && !wf_digest_eq(&then->head, &now->head))) {
		(void)wf_err_set(err, WF_R_LEDGER_MOVED,
		                 "the ledger moved since the plan was made: its head was row %lld, now "
		                 "it is row %lld", (long long)then->head_seq, (long long)now->head_seq);
		return moved(err);
	}
	if (wf_digest_eq(&then->live, &now->live))
		return WF_OK;
	(void)wf_err_set(err, WF_R_LIVE_MOVED,
	                 "the database changed since the plan was made, and not by wasmfn");
	return wf_err_hint(err, "`wasmfn reconcile` says what changed; then run `wasmfn plan -o` again.");
}

enum wf_rc
wf_saved_same_steps(const struct wf_saved *then, const struct wf_steps *now, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *steps = wf_steps_to_json(now);
	size_t i, n = wf_json_len(steps), m = wf_json_len(then->steps);
	struct wf_digest a, b;

	for (i = 0; i < n || i < m; i++) {
		const struct wf_json *x = wf_json_at(then->steps, i), *y = wf_json_at(steps, i);

		if (x && y) {
			hash_of(x, &a);
			hash_of(y, &b);
			if (wf_digest_eq(&a, &b))
				continue;
		}
		(void)wf_err_set(err, WF_R_PLAN_DIFFERS,
		                 "worked out again, step %zu of the plan is another one%s%s", i + 1,
		                 y ? ": " : "", y ? wf_json_z(wf_json_get(y, "function")) : "");
		return moved(err);
	}
	return WF_OK;
}
