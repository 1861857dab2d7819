/* SPDX-License-Identifier: Apache-2.0
 *
 * --help, `help` and `completion` from the tables.  Must never know a verb
 * or an option by name.
 */
#include "cmd/help.h"

#include <string.h>

#define WIDTH 78 /* columns of running text */
#define MAX_HELP (1u << 20) /* our own tables: some 10 KB today */

static void
options(struct wf_buf *b, const struct wf_opt *o)
{
	WF_AUTO(wf_buf_free) struct wf_buf left = WF_BUF_INIT(256);

	for (; o && o->kind != WF_OPT_END; o++) {
		wf_buf_reset(&left);
		if (o->short_name)
			wf_buf_putf(&left, "-%c", o->short_name);
		else
			wf_buf_putz(&left, "    ");
		if (o->name)
			wf_buf_putf(&left, "%s--%s", o->short_name ? ", " : "", o->name);
		if (o->arg)
			wf_buf_putf(&left, " %s", o->arg);
		/* what is too long for its column gets a line of its own */
		if (left.len > 34)
			wf_buf_putf(b, "  %s\n  %-34s  %s\n", wf_buf_z(&left), "", o->help);
		else
			wf_buf_putf(b, "  %-34s  %s\n", wf_buf_z(&left), o->help);
	}
}

static void
overview(struct wf_buf *b)
{
	const struct wf_cmd *c;
	size_t i;

	wf_buf_putz(b, "usage: wasmfn VERB [OPTIONS] [ARGS]\n\n"
	               "Pulls, verifies, checks, installs and reconciles WASM functions that\n"
	               "run inside databases.\n\nVerbs:\n");
	for (i = 0; (c = wf_cmd_at(i)); i++)
		wf_buf_putf(b, "  %-12s %s\n", c->name, c->summary);
	wf_buf_putz(b, "\nOptions of every verb:\n");
	options(b, wf_cmd_global_opts);
	wf_buf_putz(b, "\nwasmfn help VERB shows a verb's own options, wasmfn(1) everything.\n");
}

/* Adds the words of one line behind column col; returns the new column. */
static size_t
flow(struct wf_buf *b, const char *line, size_t len, size_t col)
{
	size_t i = 0, n;

	while (i < len) {
		for (n = i; n < len && line[n] != ' '; n++)
			;
		n -= i;
		if (n > 0 && col > 0 && col + 1 + n > WIDTH) {
			wf_buf_putz(b, "\n");
			col = 0;
		}
		if (n > 0) {
			wf_buf_putf(b, "%s%.*s", col > 0 ? " " : "", (int)n, line + i);
			col += (col > 0) + n;
		}
		i += n + 1;
	}
	return col;
}

/* Paragraphs set anew, so that a verb's author need not count columns.  An
 * empty line parts them; a line that begins with a space stays as it is. */
static void
paragraphs(struct wf_buf *b, const char *s)
{
	size_t len, col = 0;

	for (; *s; s += len + (s[len] == '\n')) {
		len = strcspn(s, "\n");
		if (len > 0 && *s != ' ') {
			col = flow(b, s, len, col);
			continue;
		}
		wf_buf_putf(b, "%s%.*s\n", col > 0 ? "\n" : "", (int)len, s);
		col = 0;
	}
	if (col > 0)
		wf_buf_putz(b, "\n");
}

static void
one_verb(struct wf_buf *b, const struct wf_cmd *c)
{
	wf_buf_putf(b, "usage: wasmfn %s [OPTIONS]%s%s\n\n%s\n", c->name,
	            c->args[0] ? " " : "", c->args, c->summary);
	if (c->about) {
		wf_buf_putz(b, "\n");
		paragraphs(b, c->about);
	}
	if (c->opts && c->opts->kind != WF_OPT_END) {
		wf_buf_putz(b, "\nOptions:\n");
		options(b, c->opts);
	}
	wf_buf_putz(b, "\nOptions of every verb:\n");
	options(b, wf_cmd_global_opts);
}

static struct wf_json *
options_json(const struct wf_opt *o)
{
	static const char *const kind[] = {
		[WF_OPT_END] = "", [WF_OPT_FLAG] = "flag", [WF_OPT_COUNT] = "count",
		[WF_OPT_STRING] = "string", [WF_OPT_LIST] = "list",
		[WF_OPT_UINT] = "number", [WF_OPT_CHOICE] = "choice",
	};
	struct wf_json *all = wf_json_array(), *one, *choices;
	char letter[2] = {0};
	size_t i;

	for (; o && o->kind != WF_OPT_END; o++) {
		one = wf_json_object();
		letter[0] = o->short_name;
		wf_json_set_z(one, "name", o->name);
		wf_json_set_z(one, "letter", letter[0] ? letter : NULL);
		wf_json_set_z(one, "arg", o->arg);
		wf_json_set_z(one, "kind", kind[o->kind]);
		wf_json_set_z(one, "help", o->help);
		choices = wf_json_array();
		for (i = 0; o->choices && o->choices[i]; i++)
			wf_json_push(choices, wf_json_new_z(o->choices[i]));
		wf_json_set(one, "choices", choices);
		wf_json_push(all, one);
	}
	return all;
}

static struct wf_json *
verb_json(const struct wf_cmd *c)
{
	struct wf_json *v = wf_json_object();

	wf_json_set_z(v, "name", c->name);
	wf_json_set_z(v, "args", c->args);
	wf_json_set_z(v, "summary", c->summary);
	wf_json_set_int(v, "min_args", c->min_args);
	wf_json_set_int(v, "max_args", c->max_args);
	wf_json_set(v, "options", options_json(c->opts));
	return v;
}

static struct wf_json *
reasons_json(void)
{
	struct wf_json *all = wf_json_array(), *one;
	unsigned i;

	for (i = 0; i < WF_R_COUNT; i++) {
		one = wf_json_object();
		wf_json_set_z(one, "word", wf_reason_word((enum wf_reason)i));
		wf_json_set_int(one, "exit_code", (int64_t)wf_reason_code((enum wf_reason)i));
		wf_json_set_z(one, "meaning", wf_reason_meaning((enum wf_reason)i));
		wf_json_push(all, one);
	}
	return all;
}

void
wf_help_show(struct wf_out *out, const struct wf_cmd *verb)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(MAX_HELP);
	struct wf_json *d = wf_out_doc(out), *verbs = wf_json_array();
	const struct wf_cmd *c;
	size_t i;

	if (verb)
		one_verb(&text, verb);
	else
		overview(&text);
	wf_out_own_text(out, wf_buf_z(&text));
	for (i = 0; (c = wf_cmd_at(i)); i++)
		if (!verb || verb == c)
			wf_json_push(verbs, verb_json(c));
	wf_json_set(d, "verbs", verbs);
	wf_json_set(d, "options", options_json(wf_cmd_global_opts));
	if (!verb)
		wf_json_set(d, "reasons", reasons_json());
}

static void
words(struct wf_buf *b, const struct wf_opt *o)
{
	for (; o && o->kind != WF_OPT_END; o++) {
		if (o->name)
			wf_buf_putf(b, " --%s", o->name);
		if (o->short_name)
			wf_buf_putf(b, " -%c", o->short_name);
	}
}

/* The pattern of the options that take the next word, so that a value is
 * not taken for the verb. */
static void
valued(struct wf_buf *b, const struct wf_opt *o)
{
	const char *bar = "";

	for (; o && o->kind != WF_OPT_END; o++) {
		if (o->arg && o->name) {
			wf_buf_putf(b, "%s--%s", bar, o->name);
			bar = " | ";
		}
	}
}

static void
bash(struct wf_buf *b)
{
	const struct wf_cmd *c;
	size_t i;

	wf_buf_putz(b, "_wasmfn() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} verb= w skip=\n"
	               "\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	               "\t\tif [ -n \"$skip\" ]; then skip=; continue; fi\n"
	               "\t\tcase $w in\n\t\t");
	valued(b, wf_cmd_global_opts);
	wf_buf_putz(b, ") skip=1 ;;\n\t\t-*) ;;\n\t\t*) verb=$w; break ;;\n\t\tesac\n\tdone\n"
	               "\tcase $verb in\n");
	for (i = 0; (c = wf_cmd_at(i)); i++) {
		wf_buf_putf(b, "\t%s) w='", c->name);
		words(b, c->opts);
		words(b, wf_cmd_global_opts);
		wf_buf_putz(b, "' ;;\n");
	}
	wf_buf_putz(b, "\t*) w='");
	for (i = 0; (c = wf_cmd_at(i)); i++)
		wf_buf_putf(b, " %s", c->name);
	words(b, wf_cmd_global_opts);
	wf_buf_putz(b, "' ;;\n\tesac\n"
	               "\tCOMPREPLY=($(compgen -W \"$w\" -- \"$cur\"))\n}\n"
	               "complete -o default -F _wasmfn wasmfn\n");
}

/* fish's single quotes: only ' and \ mean something inside. */
static void
fish_text(struct wf_buf *b, const char *s)
{
	wf_buf_putz(b, "'");
	for (; *s; s++)
		wf_buf_putf(b, "%s%c", *s == '\'' || *s == '\\' ? "\\" : "", *s);
	wf_buf_putz(b, "'");
}

static void
fish_options(struct wf_buf *b, const char *verb, const struct wf_opt *o)
{
	size_t i;

	for (; o && o->kind != WF_OPT_END; o++) {
		wf_buf_putz(b, "complete -c wasmfn");
		if (verb)
			wf_buf_putf(b, " -n '__fish_seen_subcommand_from %s'", verb);
		if (o->name)
			wf_buf_putf(b, " -l %s", o->name);
		if (o->short_name)
			wf_buf_putf(b, " -s %c", o->short_name);
		if (o->arg)
			wf_buf_putz(b, " -r");
		for (i = 0; o->choices && o->choices[i]; i++)
			wf_buf_putf(b, "%s%s", i ? " " : " -f -a '", o->choices[i]);
		wf_buf_putz(b, o->choices ? "' -d " : " -d ");
		fish_text(b, o->help);
		wf_buf_putz(b, "\n");
	}
}

static void
fish(struct wf_buf *b)
{
	const struct wf_cmd *c;
	size_t i;

	for (i = 0; (c = wf_cmd_at(i)); i++) {
		wf_buf_putf(b, "complete -c wasmfn -n __fish_use_subcommand -f -a %s -d ",
		            c->name);
		fish_text(b, c->summary);
		wf_buf_putz(b, "\n");
		fish_options(b, c->name, c->opts);
	}
	fish_options(b, NULL, wf_cmd_global_opts);
}

bool
wf_help_completion(struct wf_buf *b, const char *shell)
{
	if (strcmp(shell, "bash") == 0) {
		bash(b);
	} else if (strcmp(shell, "zsh") == 0) {
		wf_buf_putz(b, "#compdef wasmfn\n"
		               "autoload -U +X bashcompinit && bashcompinit\n");
		bash(b);
	} else if (strcmp(shell, "fish") == 0) {
		fish(b);
	} else {
		return false;
	}
	return true;
}
