/* SPDX-License-Identifier: Apache-2.0
 *
 * argv to typed values by table.  Must never guess: an abbreviation, a
 * repeated option or a stray operand is an error.
 */
#include "cmd/opt.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct parser {
	struct wf_cmdline *c;
	char **argv;
	int argc, i;
	uint64_t seen_global, seen_cmd; /* bit per table row */
	struct wf_list operands;
	struct wf_err *err;
};

static const struct wf_opt *
find(const struct wf_opt *table, const char *name, size_t n, char short_name)
{
	for (; table && table->kind != WF_OPT_END; table++) {
		if (short_name ? table->short_name == short_name
		               : table->name && strlen(table->name) == n &&
		                 memcmp(table->name, name, n) == 0)
			return table;
	}
	return NULL;
}

static enum wf_rc
store_uint(struct parser *p, const struct wf_opt *o, unsigned *to, const char *v)
{
	uint64_t n = 0;
	const char *s;

	for (s = v; *s >= '0' && *s <= '9' && n <= UINT_MAX; s++)
		n = n * 10 + (uint64_t)(*s - '0');
	if (*s || s == v || n > UINT_MAX)
		return wf_err_set(p->err, WF_R_USAGE,
		                  "--%s: expected a number, found \"%s\"",
		                  o->name, v);
	*to = (unsigned)n;
	return WF_OK;
}

static enum wf_rc
store_choice(struct parser *p, const struct wf_opt *o, unsigned *to, const char *v)
{
	WF_AUTO(wf_buf_free) struct wf_buf all = WF_BUF_INIT(1024);
	unsigned i;

	for (i = 0; o->choices[i]; i++) {
		if (strcmp(o->choices[i], v) == 0) {
			*to = i;
			return WF_OK;
		}
		wf_buf_putf(&all, "%s%s", i ? ", " : "", o->choices[i]);
	}
	return wf_err_set(p->err, WF_R_USAGE,
	                  "--%s: expected one of %s, found \"%s\"", o->name,
	                  wf_buf_z(&all), v);
}

static enum wf_rc
store(struct parser *p, const struct wf_opt *o, char *base, const char *v)
{
	void *to = base + o->off;
	struct wf_list *list;

	switch (o->kind) {
	case WF_OPT_END:
		break;
	case WF_OPT_FLAG:
		*(bool *)to = true;
		return WF_OK;
	case WF_OPT_COUNT:
		++*(unsigned *)to;
		return WF_OK;
	case WF_OPT_STRING:
		*(const char **)to = v;
		return WF_OK;
	case WF_OPT_LIST:
		list = to;
		list->v = wf_grow(list->v, &list->cap, list->n, sizeof(*list->v));
		list->v[list->n++] = v;
		return WF_OK;
	case WF_OPT_UINT:
		return store_uint(p, o, to, v);
	case WF_OPT_CHOICE:
		return store_choice(p, o, to, v);
	}
	return wf_err_set(p->err, WF_R_BUG, "option without a kind");
}

static bool
takes_value(const struct wf_opt *o)
{
	return o->kind != WF_OPT_FLAG && o->kind != WF_OPT_COUNT;
}

/* Applies one option.  shown is how the user wrote it. */
static enum wf_rc
apply(struct parser *p, const char *name, size_t n, char short_name,
      const char *value, const char *shown)
{
	const struct wf_opt *o = find(wf_cmd_global_opts, name, n, short_name);
	bool global = o != NULL;
	uint64_t *seen = global ? &p->seen_global : &p->seen_cmd, bit;
	char *base = (char *)&p->c->globals;

	if (!o && p->c->cmd) {
		o = find(p->c->cmd->opts, name, n, short_name);
		base = p->c->params;
	}
	if (!o)
		return wf_err_set(p->err, WF_R_USAGE, "unknown option \"%.100s\"%s%s",
		                  shown, p->c->cmd ? " for " : " before the verb",
		                  p->c->cmd ? p->c->cmd->name : "");
	bit = 1ull << (o - (global ? wf_cmd_global_opts : p->c->cmd->opts));
	if ((*seen & bit) && o->kind != WF_OPT_LIST && o->kind != WF_OPT_COUNT)
		return wf_err_set(p->err, WF_R_USAGE,
		                  "option \"%.100s\" may be given once only", shown);
	*seen |= bit;
	if (!takes_value(o)) {
		if (value)
			return wf_err_set(p->err, WF_R_USAGE,
			                  "option \"%.100s\" takes no value", shown);
	} else if (!value) {
		if (p->i + 1 >= p->argc)
			return wf_err_set(p->err, WF_R_USAGE,
			                  "option \"%.100s\" needs a value (%s)",
			                  shown, o->arg);
		value = p->argv[++p->i];
	}
	return store(p, o, base, value);
}

static enum wf_rc
long_option(struct parser *p, const char *arg)
{
	const char *eq = strchr(arg, '=');
	size_t n = eq ? (size_t)(eq - arg) : strlen(arg);

	return apply(p, arg + 2, n - 2, 0, eq ? eq + 1 : NULL, arg);
}

static enum wf_rc
short_options(struct parser *p, const char *arg)
{
	const struct wf_opt *o;
	char shown[3] = {'-', 0, 0};
	enum wf_rc rc;
	const char *s;

	for (s = arg + 1; *s; s++) {
		shown[1] = *s;
		o = find(wf_cmd_global_opts, NULL, 0, *s);
		if (!o && p->c->cmd)
			o = find(p->c->cmd->opts, NULL, 0, *s);
		if (o && takes_value(o) && s[1])
			return apply(p, NULL, 0, *s, s + 1, shown);
		if ((rc = apply(p, NULL, 0, *s, NULL, shown)))
			return rc;
	}
	return WF_OK;
}

static enum wf_rc
operand(struct parser *p, char *arg)
{
	struct wf_list *l = &p->operands;

	if (!p->c->cmd) {
		p->c->cmd = wf_cmd_find(arg);
		if (!p->c->cmd) {
			(void)wf_err_set(p->err, WF_R_USAGE, "unknown verb \"%.100s\"", arg);
			return wf_err_hint(p->err, "`wasmfn help` lists the verbs.");
		}
		p->c->params = wf_calloc(1, p->c->cmd->params_size);
		return WF_OK;
	}
	l->v = wf_grow(l->v, &l->cap, l->n, sizeof(*l->v));
	l->v[l->n++] = arg;
	return WF_OK;
}

/* After a failure: the format asked for further right still holds, so that
 * a script that asked for JSON gets its error in JSON wherever it said so. */
static void
find_output(struct parser *p)
{
	struct wf_globals *g = &p->c->globals;
	const char *v;
	int i;

	for (i = p->i; i < p->argc && strcmp(p->argv[i], "--") != 0; i++) {
		v = NULL;
		if (strcmp(p->argv[i], "--json") == 0)
			g->json = true;
		else if (strncmp(p->argv[i], "--output=", 9) == 0)
			v = p->argv[i] + 9;
		else if (strcmp(p->argv[i], "--output") == 0 && i + 1 < p->argc)
			v = p->argv[i + 1];
		if (v && strcmp(v, "json") == 0)
			g->output = WF_OUTPUT_JSON;
		else if (v && strcmp(v, "ndjson") == 0)
			g->output = WF_OUTPUT_NDJSON;
	}
}

static enum wf_rc
parse(struct parser *p)
{
	bool options = true;
	enum wf_rc rc = WF_OK;
	char *a;

	for (p->i = 1; p->i < p->argc && !rc; p->i++) {
		a = p->argv[p->i];
		if (options && strcmp(a, "--") == 0)
			options = false;
		else if (options && a[0] == '-' && a[1] == '-')
			rc = long_option(p, a);
		else if (options && a[0] == '-' && a[1])
			rc = short_options(p, a);
		else
			rc = operand(p, a);
	}
	return rc;
}

enum wf_rc
wf_opt_parse(int argc, char **argv, struct wf_cmdline *out, struct wf_err *err)
{
	struct parser p = {.c = out, .argv = argv, .argc = argc, .err = err};
	const struct wf_cmd *cmd;
	enum wf_rc rc;

	memset(out, 0, sizeof(*out));
	rc = parse(&p);
	if (rc)
		find_output(&p);
	else if (out->globals.json && out->globals.output != WF_OUTPUT_HUMAN)
		rc = wf_err_set(err, WF_R_USAGE, "--json and --output say the same; "
		                "expected one of them");
	if (out->globals.json && out->globals.output == WF_OUTPUT_HUMAN)
		out->globals.output = WF_OUTPUT_JSON;
	out->operands = (char **)(uintptr_t)p.operands.v;
	out->noperands = (int)p.operands.n;
	cmd = out->cmd;
	if (rc || out->globals.help || !cmd)
		return rc;
	if (out->noperands < cmd->min_args)
		return wf_err_set(err, WF_R_USAGE, "%s: expected %s", cmd->name, cmd->args);
	if (cmd->max_args >= 0 && out->noperands > cmd->max_args)
		return wf_err_set(err, WF_R_USAGE, "%s: unexpected operand \"%.100s\"",
		                  cmd->name, out->operands[cmd->max_args]);
	return WF_OK;
}

static void
free_lists(const struct wf_opt *o, char *params)
{
	for (; o && o->kind != WF_OPT_END; o++)
		if (o->kind == WF_OPT_LIST)
			free(((struct wf_list *)(void *)(params + o->off))->v);
}

void
wf_opt_free(struct wf_cmdline *c)
{
	if (c->cmd && c->params)
		free_lists(c->cmd->opts, c->params);
	free(c->params);
	free(c->operands);
	memset(c, 0, sizeof(*c));
}
