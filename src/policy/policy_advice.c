/* SPDX-License-Identifier: Apache-2.0
 *
 * Advice about capability rules.  Must never call a rule dead that could
 * decide something: what is not sure is not said.
 */
#include "policy/policy_advice.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "policy/value.h"
#include "wasm/capability.h"

#define MOST 1000u /* rules, and imports of one list, that are compared with each other */

struct ctx {
	const struct wf_policy *p;
	struct wf_problems *out;
};

#define NOTE(c, pos, ...) \
	wf_problem_add((c)->out, WF_R_OK, (pos)->file, (pos)->line, (pos)->column, __VA_ARGS__)

/* --- patterns -------------------------------------------------------------------- */

/* q with every "**" and every "*" in it replaced. */
static void
fill(const char *q, const char *star, const char *stars, char *out, size_t size)
{
	size_t n = 0;

	while (*q && n + 8 < size) {
		if (q[0] == '*' && q[1] == '*') {
			n += (size_t)snprintf(out + n, size - n, "%s", stars);
			while (*q == '*')
				q++;
		} else if (*q == '*') {
			n += (size_t)snprintf(out + n, size - n, "%s", star);
			q++;
		} else {
			out[n++] = *q++;
		}
	}
	out[n] = '\0';
}

/* Does p match all that q matches?  Asked for texts that stand for all. */
static bool
covers(const char *p, const char *q)
{
	static const char *const star[] = {"", "q", "qZ~"}, *const stars[] = {"", "q/Z", "/~q/Z/"};
	char text[4 * WF_MAX_PATTERN_BYTES];

	for (size_t i = 0; i < WF_COUNT(star); i++) {
		for (size_t k = 0; k < WF_COUNT(stars); k++) {
			fill(q, star[i], stars[k], text, sizeof(text));
			if (!wf_policy_glob(p, text))
				return false;
		}
	}
	return true;
}

static bool
is_oci(const char *pattern)
{
	return strncmp(pattern, "oci:", 4) == 0;
}

/* Every reference of q is one of p too. */
static bool
match_covers(const struct wf_cap_rule *p, const struct wf_cap_rule *q)
{
	for (size_t i = 0; i < q->match.n; i++) {
		bool found = false;

		for (size_t k = 0; k < p->match.n && !found; k++)
			found = is_oci(p->match.v[k]) == is_oci(q->match.v[i]) &&
			        covers(p->match.v[k], q->match.v[i]);
		if (!found)
			return false;
	}
	return q->match.n != 0;
}

static bool
import_covers(const struct wf_import_rule *p, const struct wf_import_rule *q)
{
	return covers(p->module, q->module) && covers(p->name, q->name);
}

/* --- dead: a deny decides before -------------------------------------------------- */

static bool
in_list(const struct wf_strs *l, const char *word)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], word) == 0)
			return true;
	return false;
}

static void
dead_class(struct ctx *c, const struct wf_cap_rule *r, const char *word)
{
	for (size_t i = 0; i < c->p->ncaps; i++) {
		const struct wf_cap_rule *d = &c->p->caps[i];

		if (!in_list(&d->class_deny, word) || (d != r && !match_covers(d, r)))
			continue;
		NOTE(c, &r->class_allow_pos, "dead: classes.allow %s: %s denies it at %.200s:%u, and a deny always wins",
		     word, d == r ? "the same rule" : "a rule for all of these references",
		     d->class_deny_pos.file, d->class_deny_pos.line);
		return;
	}
}

static void
dead_import(struct ctx *c, const struct wf_cap_rule *r, const struct wf_import_rule *a)
{
	for (size_t i = 0; i < c->p->ncaps; i++) {
		const struct wf_cap_rule *d = &c->p->caps[i];

		for (size_t k = 0; k < d->nimp_deny && k < MOST; k++) {
			if (!import_covers(&d->imp_deny[k], a) || (d != r && !match_covers(d, r)))
				continue;
			NOTE(c, &a->pos, "dead: imports.allow {%.100s, %.100s}: denied at %.200s:%u, and a deny always wins",
			     a->module, a->name, d->imp_deny[k].pos.file, d->imp_deny[k].pos.line);
			return;
		}
	}
}

/* Denied in every version, or by the very same pattern. */
static void
dead_interface(struct ctx *c, const struct wf_cap_rule *r, const struct wf_interface_rule *a)
{
	for (size_t i = 0; i < c->p->ncaps; i++) {
		const struct wf_cap_rule *d = &c->p->caps[i];

		for (size_t k = 0; k < d->nif_deny && k < MOST; k++) {
			const struct wf_interface_rule *deny = &d->if_deny[k];

			if (strcmp(deny->text, a->text) != 0 &&
			    (deny->pattern.exact.parts || deny->pattern.nrange ||
			     !wf_str_eq(deny->pattern.path, a->pattern.path)))
				continue;
			if (d != r && !match_covers(d, r))
				continue;
			NOTE(c, &a->pos, "dead: interfaces.allow %.200s: denied at %.200s:%u, and a deny always wins",
			     a->text, deny->pos.file, deny->pos.line);
			return;
		}
	}
}

/* --- shadowed: another of the list says it --------------------------------------- */

static void
shadowed(struct ctx *c, const struct wf_import_rule *v, size_t n, const char *list)
{
	n = n < MOST ? n : MOST;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++) {
			/* of two that say the same, the second is one too many */
			if (i == k || !import_covers(&v[k], &v[i]) ||
			    (import_covers(&v[i], &v[k]) && i < k))
				continue;
			NOTE(c, &v[i].pos, "shadowed: %s {%.100s, %.100s}: line %u says it already",
			     list, v[i].module, v[i].name, v[k].pos.line);
			break;
		}
	}
}

/* --- imports that are known -------------------------------------------------------- */

/* A row that ends in a star, or that has no name, stands for names that are
 * not listed: a pattern may mean them. */
static bool
row_matches(const struct wf_cap_row *row, const struct wf_import_rule *r)
{
	size_t n = row->name ? strlen(row->name) : 0, literal = wf_policy_literal(r->name);

	if (!wf_policy_glob(r->module, row->module))
		return false;
	if (!row->name)
		return true;
	if (row->name[n - 1] != '*')
		return wf_policy_glob(r->name, row->name);
	n--;
	return strncmp(row->name, r->name, n < literal ? n : literal) == 0;
}

static void
matches_nothing(struct ctx *c, const struct wf_import_rule *r, bool deny)
{
	bool module = false;

	if (r->module[0] == '\0') /* the imports of components */
		return;
	for (size_t f = 0; f < wf_capability_nfamilies; f++) {
		for (size_t i = 0; i < wf_capability_families[f]->n; i++) {
			if (row_matches(&wf_capability_families[f]->rows[i], r))
				return;
			module = module || wf_policy_glob(r->module, wf_capability_families[f]->rows[i].module);
		}
	}
	/* a whole name that nobody knows is somebody's own host */
	if (!module && !deny && !strchr(r->module, '*') && !strchr(r->name, '*'))
		return;
	NOTE(c, &r->pos, "matches nothing: %s {%.100s, %.100s}: this version knows no import of that name%s",
	     deny ? "imports.deny" : "imports.allow", r->module, r->name,
	     module ? ", though it knows the module" : "");
}

static bool
same_package(struct wf_str path, const char *known)
{
	size_t n = (size_t)(strchr(known, '/') - known) + 1;

	return path.len > n && memcmp(path.p, known, n) == 0;
}

/* A package that is known has no such interface, or one that has versions is
 * allowed without one. */
static void
no_interface(struct ctx *c, const struct wf_interface_rule *r, bool deny)
{
	bool package = false, path = false;
	bool versioned = deny || r->pattern.exact.parts || r->pattern.nrange;

	for (size_t f = 0; f < wf_capability_nfamilies; f++) {
		for (size_t i = 0; i < wf_capability_families[f]->n; i++) {
			const struct wf_cap_row *row = &wf_capability_families[f]->rows[i];

			if (row->kind != WF_EXTERN_INSTANCE)
				continue;
			package = package || same_package(r->pattern.path, row->module);
			if (!wf_str_eqz(r->pattern.path, row->module))
				continue;
			path = true;
			if (versioned || !row->versions)
				return;
		}
	}
	if (package)
		NOTE(c, &r->pos, "matches nothing: interfaces.%s %.200s: %s", deny ? "deny" : "allow",
		     r->text, path ? "it has a version wherever it is known, and this allows it without one"
		                   : "this version knows the package and no such interface in it");
}

static uint32_t
classes_of(const struct wf_import_rule *r)
{
	for (size_t f = 0; f < wf_capability_nfamilies; f++)
		for (size_t i = 0; i < wf_capability_families[f]->n; i++) {
			const struct wf_cap_row *row = &wf_capability_families[f]->rows[i];

			if (row->kind == WF_EXTERN_FUNC && row->name &&
			    strcmp(row->module, r->module) == 0 && strcmp(row->name, r->name) == 0)
				return row->classes;
		}
	return 0;
}

/* All classes of an import are allowed anyway. */
static void
by_class(struct ctx *c, const struct wf_cap_rule *r, const struct wf_import_rule *a)
{
	uint32_t need = classes_of(a), have = 0;

	for (unsigned k = 0; k < WF_CAP_COUNT; k++)
		if (in_list(&r->class_allow, wf_capability_word((enum wf_cap)k)))
			have |= WF_CAP_BIT(k);
	if (need && !(need & ~have))
		NOTE(c, &a->pos, "shadowed: imports.allow {%.100s, %.100s}: classes.allow on line %u allows it already",
		     a->module, a->name, r->class_allow_pos.line);
}

/* --- a rule that takes the place of another and says nothing ----------------------- */

static void
empty_rule(struct ctx *c, const struct wf_cap_rule *r)
{
	/* an empty list that is written is meant */
	if (r->class_allow_pos.line || r->class_deny_pos.line || r->nimp_allow || r->nimp_deny ||
	    r->nif_allow || r->nif_deny ||
	    r->module_pos.line || r->hosts_pos.line || r->paths_pos.line)
		return;
	for (size_t i = 0; i < c->p->ncaps; i++) {
		const struct wf_cap_rule *general = &c->p->caps[i];

		if (general == r || !match_covers(general, r))
			continue;
		NOTE(c, &r->pos, "shadowed: what the rule at %.200s:%u allows: this rule is more specific and allows no imports",
		     general->pos.file, general->pos.line);
		return;
	}
}

void
wf_policy_advice(const struct wf_policy *p, struct wf_problems *out)
{
	struct ctx c = {p, out};

	for (size_t i = 0; i < p->ncaps && i < MOST; i++) {
		const struct wf_cap_rule *r = &p->caps[i];

		for (size_t k = 0; k < r->class_allow.n; k++)
			dead_class(&c, r, r->class_allow.v[k]);
		for (size_t k = 0; k < r->nimp_allow && k < MOST; k++) {
			dead_import(&c, r, &r->imp_allow[k]);
			matches_nothing(&c, &r->imp_allow[k], false);
			by_class(&c, r, &r->imp_allow[k]);
		}
		for (size_t k = 0; k < r->nimp_deny; k++)
			matches_nothing(&c, &r->imp_deny[k], true);
		for (size_t k = 0; k < r->nif_allow && k < MOST; k++) {
			dead_interface(&c, r, &r->if_allow[k]);
			no_interface(&c, &r->if_allow[k], false);
		}
		for (size_t k = 0; k < r->nif_deny; k++)
			no_interface(&c, &r->if_deny[k], true);
		shadowed(&c, r->imp_allow, r->nimp_allow, "imports.allow");
		shadowed(&c, r->imp_deny, r->nimp_deny, "imports.deny");
		empty_rule(&c, r);
	}
}
