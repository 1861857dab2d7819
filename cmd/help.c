/* SPDX-License-Identifier: Apache-2.0
 *
 * --help, `help` and `completion` from the tables.  Nothing is listed twice.
 */
#include "cmd/help.h"

#include <stdio.h>
#include <string.h>

static void
options(const struct wf_opt *o)
{
	char left[64];

	for (; o && o->kind != WF_OPT_END; o++) {
		(void)snprintf(left, sizeof(left), "%s%.1s%s%s%s%s%s",
		               o->short_name ? "-" : "    ",
		               o->short_name ? &o->short_name : "",
		               o->short_name && o->name ? ", " : "",
		               o->name ? "--" : "", o->name ? o->name : "",
		               o->arg ? " " : "", o->arg ? o->arg : "");
		(void)printf("  %-36s %s\n", left, o->help);
	}
}

void
wf_help_overview(void)
{
	const struct wf_cmd *c;
	size_t i;

	(void)puts("usage: wasmfn VERB [OPTIONS] [ARGS]\n\n"
	           "Pulls, verifies, checks, installs and reconciles WASM functions that\n"
	           "run inside databases.\n\nVerbs:");
	for (i = 0; (c = wf_cmd_at(i)); i++)
		(void)printf("  %-12s %s\n", c->name, c->summary);
	(void)puts("\nOptions of every verb:");
	options(wf_cmd_global_opts);
	(void)puts("\nwasmfn help VERB shows a verb's own options.");
}

void
wf_help_verb(const struct wf_cmd *c)
{
	(void)printf("usage: wasmfn %s [OPTIONS]%s%s\n\n%s\n", c->name,
	             c->args[0] ? " " : "", c->args, c->summary);
	if (c->about)
		(void)printf("\n%s\n", c->about);
	if (c->opts && c->opts->kind != WF_OPT_END) {
		(void)puts("\nOptions:");
		options(c->opts);
	}
	(void)puts("\nOptions of every verb:");
	options(wf_cmd_global_opts);
}

static void
words(const struct wf_opt *o)
{
	for (; o && o->kind != WF_OPT_END; o++) {
		if (o->name)
			(void)printf(" --%s", o->name);
		if (o->short_name)
			(void)printf(" -%c", o->short_name);
	}
}

static void
bash(void)
{
	const struct wf_cmd *c;
	size_t i;

	(void)printf("_wasmfn() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} verb= w\n"
	             "\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	             "\t\tcase $w in -*) ;; *) verb=$w; break ;; esac\n\tdone\n"
	             "\tcase $verb in\n");
	for (i = 0; (c = wf_cmd_at(i)); i++) {
		(void)printf("\t%s) w='", c->name);
		words(c->opts);
		words(wf_cmd_global_opts);
		(void)printf("' ;;\n");
	}
	(void)printf("\t*) w='");
	for (i = 0; (c = wf_cmd_at(i)); i++)
		(void)printf(" %s", c->name);
	words(wf_cmd_global_opts);
	(void)printf("' ;;\n\tesac\n"
	             "\tmapfile -t COMPREPLY < <(compgen -W \"$w\" -- \"$cur\")\n}\n"
	             "complete -o default -F _wasmfn wasmfn\n");
}

static void
fish_options(const char *verb, const struct wf_opt *o)
{
	for (; o && o->kind != WF_OPT_END; o++) {
		(void)printf("complete -c wasmfn");
		if (verb)
			(void)printf(" -n '__fish_seen_subcommand_from %s'", verb);
		if (o->name)
			(void)printf(" -l %s", o->name);
		if (o->short_name)
			(void)printf(" -s %c", o->short_name);
		(void)printf("%s -d '%s'\n", o->arg ? " -r" : "", o->help);
	}
}

static void
fish(void)
{
	const struct wf_cmd *c;
	size_t i;

	for (i = 0; (c = wf_cmd_at(i)); i++) {
		(void)printf("complete -c wasmfn -n __fish_use_subcommand -a %s -d '%s'\n",
		             c->name, c->summary);
		fish_options(c->name, c->opts);
	}
	fish_options(NULL, wf_cmd_global_opts);
}

bool
wf_help_completion(const char *shell)
{
	if (strcmp(shell, "bash") == 0) {
		bash();
	} else if (strcmp(shell, "zsh") == 0) {
		(void)puts("autoload -U +X bashcompinit && bashcompinit");
		bash();
	} else if (strcmp(shell, "fish") == 0) {
		fish();
	} else {
		return false;
	}
	return true;
}
