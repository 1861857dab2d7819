/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of findings of a run.  Must never give two different things one
 * fingerprint: each part is followed by a byte that no text contains.
 */
#include "plan/finding.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static const struct {
	const char *word, *klass;
	enum wf_rc code;
	const char *remedy;
} rows[WF_FINDING_COUNT] = {
#define WF_FINDING_ROW(id, klass, code, remedy) {#id, klass, code, remedy},
	WF_FINDINGS(WF_FINDING_ROW)
#undef WF_FINDING_ROW
};

void
wf_finding_free(struct wf_findings *f)
{
	if (!f)
		return;
	free(f->v);
	wf_arena_free(&f->arena);
	f->v = NULL;
	f->n = f->cap = 0;
}

const char *
wf_finding_word(enum wf_finding_id id)
{
	return rows[id].word;
}

bool
wf_finding_parse(const char *word, enum wf_finding_id *out)
{
	size_t i;

	for (i = 0; word && i < WF_FINDING_COUNT; i++) {
		if (strcmp(word, rows[i].word) == 0) {
			*out = (enum wf_finding_id)i;
			return true;
		}
	}
	return false;
}

const char *
wf_finding_severity_word(enum wf_severity s)
{
	switch (s) {
	case WF_SEV_INFO: return "info";
	case WF_SEV_LOW: return "low";
	case WF_SEV_HIGH: return "high";
	case WF_SEV_CRITICAL: return "critical";
	}
	return "critical";
}

static void
fingerprint(const struct wf_findings *l, struct wf_finding *f)
{
	const char *part[] = {l->system_identifier, l->database, f->object, rows[f->id].word,
	                      f->expected};
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(SIZE_MAX / 4);
	struct wf_digest d;
	size_t i;

	for (i = 0; i < WF_COUNT(part); i++) {
		wf_buf_putz(&b, part[i] ? part[i] : "");
		if (wf_buf_add(&b, "", 1, NULL) != WF_OK)
			wf_die("fingerprint");
	}
	wf_digest_of(b.p, b.len, &d);
	wf_digest_text(&d, f->fingerprint);
}

static const char *
copy(struct wf_findings *l, const char *z)
{
	return z ? wf_arena_strn(&l->arena, z, strlen(z)) : "";
}

struct wf_finding *
wf_finding_add(struct wf_findings *l, enum wf_finding_id id, enum wf_severity severity,
                const char *object, const char *expected, const char *observed)
{
	struct wf_finding *f;

	l->v = wf_grow(l->v, &l->cap, l->n, sizeof(*l->v));
	f = &l->v[l->n++];
	*f = (struct wf_finding){
		.id = id,
		.klass = rows[id].klass,
		.severity = severity,
		.code = severity >= WF_SEV_HIGH ? rows[id].code : WF_OK,
		.target = copy(l, l->target),
		.object = copy(l, object),
		.expected = copy(l, expected),
		.observed = copy(l, observed),
		.remedy = rows[id].remedy,
	};
	fingerprint(l, f);
	return f;
}

static int
worse_first(const void *pa, const void *pb)
{
	const struct wf_finding *a = pa, *b = pb;
	int c;

	if (a->severity != b->severity)
		return a->severity < b->severity ? 1 : -1;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	c = strcmp(a->object, b->object);
	return c ? c : strcmp(a->expected, b->expected);
}

void
wf_finding_sort(struct wf_findings *l)
{
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), worse_first);
}

struct wf_json *
wf_finding_to_json(const struct wf_finding *f, const char *now)
{
	struct wf_json *j = wf_json_object();

	wf_json_set_z(j, "id", rows[f->id].word);
	wf_json_set_z(j, "class", f->klass);
	wf_json_set_z(j, "severity", wf_finding_severity_word(f->severity));
	wf_json_set_z(j, "state", "new");
	wf_json_set_z(j, "target", f->target);
	wf_json_set_z(j, "object", f->object);
	wf_json_set_z(j, "expected", f->expected);
	wf_json_set_z(j, "observed", f->observed);
	wf_json_set_z(j, "fingerprint", f->fingerprint);
	wf_json_set_z(j, "first_seen", now);
	wf_json_set_z(j, "remedy", f->remedy);
	return j;
}
