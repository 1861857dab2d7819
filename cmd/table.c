/* SPDX-License-Identifier: Apache-2.0
 *
 * The one list of verbs, in help order, and the global options.
 */
#include "cmd/cmd.h"

#include <string.h>

static const char *const outputs[] = {"human", "json", "ndjson", NULL};
static const char *const fail_ons[] = {"pending", "drift", "none", NULL};
static const char *const colors[] = {"auto", "always", "never", NULL};

#define OFF(member) offsetof(struct wf_globals, member)

const struct wf_opt wf_cmd_global_opts[] = {
	{0, "config", "FILE", "configuration file", WF_OPT_STRING, OFF(config), NULL},
	{0, "store", "DIR", "content-addressed store", WF_OPT_STRING, OFF(store), NULL},
	{0, "state", "DIR", "this host's local state", WF_OPT_STRING, OFF(state), NULL},
	{0, "output", "FORMAT", "human, json or ndjson", WF_OPT_CHOICE, OFF(output), outputs},
	{0, "json", NULL, "the same as --output json", WF_OPT_FLAG, OFF(json), NULL},
	{'q', NULL, NULL, "say nothing on success", WF_OPT_FLAG, OFF(quiet), NULL},
	{'v', NULL, NULL, "say more; twice for everything", WF_OPT_COUNT, OFF(verbose), NULL},
	{0, "timeout", "SECONDS", "time for the whole command", WF_OPT_UINT, OFF(timeout), NULL},
	{0, "offline", NULL, "no registry or trust traffic", WF_OPT_FLAG, OFF(offline), NULL},
	{0, "require-sandbox", NULL, "no registry traffic without a sandbox", WF_OPT_FLAG,
	 OFF(require_sandbox), NULL},
	{0, "no-input", NULL, "never ask anything", WF_OPT_FLAG, OFF(no_input), NULL},
	{0, "fail-on", "WHAT", "pending, drift or none", WF_OPT_CHOICE, OFF(fail_on), fail_ons},
	{0, "color", "WHEN", "auto, always or never", WF_OPT_CHOICE, OFF(color), colors},
	{0, "stats", NULL, "one JSON line of counters on stderr", WF_OPT_FLAG, OFF(stats), NULL},
	{'h', "help", NULL, "help for the verb", WF_OPT_FLAG, OFF(help), NULL},
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

static const struct wf_cmd *const verbs[] = {
	&wf_cmd_pull,
	&wf_cmd_verify,
	&wf_cmd_inspect,
	&wf_cmd_check,
	&wf_cmd_diff,
	&wf_cmd_plan,
	&wf_cmd_apply,
	&wf_cmd_install,
	&wf_cmd_remove,
	&wf_cmd_rollback,
	&wf_cmd_quarantine,
	&wf_cmd_reconcile,
	&wf_cmd_status,
	&wf_cmd_list,
	&wf_cmd_log,
	&wf_cmd_gc,
	&wf_cmd_lint,
	&wf_cmd_pin,
	&wf_cmd_doctor,
	&wf_cmd_version,
	&wf_cmd_help,
	&wf_cmd_completion,
};

const struct wf_cmd *
wf_cmd_at(size_t i)
{
	return i < WF_COUNT(verbs) ? verbs[i] : NULL;
}

const struct wf_cmd *
wf_cmd_find(const char *name)
{
	size_t i;

	for (i = 0; i < WF_COUNT(verbs); i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}
