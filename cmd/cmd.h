/* SPDX-License-Identifier: Apache-2.0
 *
 * What a verb is: a row with its option table.  The parser, --help, the
 * completion and the man page check all read these tables and nothing else.
 */
#ifndef WF_CMD_CMD_H
#define WF_CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cmd/out.h"

enum wf_opt_kind {
	WF_OPT_END = 0,
	WF_OPT_FLAG,   /* bool */
	WF_OPT_COUNT,  /* unsigned; may be repeated */
	WF_OPT_STRING, /* const char *; at most once */
	WF_OPT_LIST,   /* struct wf_list; repeatable */
	WF_OPT_UINT,   /* unsigned; decimal; at most once */
	WF_OPT_CHOICE, /* unsigned index into `choices`; at most once */
};

/* Names and operands are borrowed from argv. */
struct wf_list {
	const char **v;
	size_t n, cap;
};

struct wf_opt {
	char short_name;     /* 0: none */
	const char *name;    /* long, without dashes; NULL: short only */
	const char *arg;     /* "FILE"; NULL for flags and counts */
	const char *help;    /* one line, lower case, no full stop */
	enum wf_opt_kind kind;
	size_t off;          /* of the member in the params (or globals) */
	const char *const *choices; /* NULL-ended, for WF_OPT_CHOICE */
};

enum wf_output { WF_OUTPUT_HUMAN = 0, WF_OUTPUT_JSON, WF_OUTPUT_NDJSON };
enum wf_fail_on { WF_FAIL_ON_PENDING = 0, WF_FAIL_ON_DRIFT, WF_FAIL_ON_NONE };

struct wf_globals {
	const char *config, *store, *state;
	unsigned output; /* enum wf_output */
	bool json;
	bool quiet;
	unsigned verbose;
	unsigned timeout; /* seconds, 0 none */
	bool offline, no_input, stats, help, require_sandbox;
	unsigned fail_on; /* enum wf_fail_on */
	unsigned color;   /* enum wf_color */
};

struct wf_run {
	const struct wf_cmd *cmd;
	const struct wf_globals *g;
	const void *params; /* the verb's own struct, filled from its table */
	int argc;           /* operands */
	char **argv;
	struct wf_out *out;
};

/* Whether the verb may speak to a registry. */
enum wf_cmd_speaks {
	WF_SPEAKS_NEVER = 0,
	WF_SPEAKS_OPERANDS, /* where an operand names one, or there is none (-f) */
	WF_SPEAKS_ALWAYS,
};

struct wf_cmd {
	const char *name;
	const char *args;    /* "REF… | FILE" */
	const char *summary; /* one line, lower case, no full stop */
	const char *about;   /* paragraphs for --help, may be NULL */
	const struct wf_opt *opts; /* WF_OPT_END ends; NULL: none */
	size_t params_size;
	enum wf_cmd_speaks speaks;
	int min_args, max_args; /* max -1: any number */
	/* Members of the document and human lines go to run->out.  The return
	 * value is the exit code; err is filled when the verb failed or refused
	 * (drift and pending are results, not errors: err may stay empty). */
	enum wf_rc (*run)(struct wf_run *, struct wf_err *);
};

extern const struct wf_opt wf_cmd_global_opts[];

const struct wf_cmd *wf_cmd_find(const char *name); /* NULL: no such verb */
const struct wf_cmd *wf_cmd_at(size_t i);           /* help order; NULL at the end */

/* one line a verb, in cmd_VERB.c */
extern const struct wf_cmd wf_cmd_pull;
extern const struct wf_cmd wf_cmd_verify;
extern const struct wf_cmd wf_cmd_inspect;
extern const struct wf_cmd wf_cmd_check;
extern const struct wf_cmd wf_cmd_diff;
extern const struct wf_cmd wf_cmd_apply;
extern const struct wf_cmd wf_cmd_plan;
extern const struct wf_cmd wf_cmd_install;
extern const struct wf_cmd wf_cmd_remove;
extern const struct wf_cmd wf_cmd_rollback;
extern const struct wf_cmd wf_cmd_quarantine;
extern const struct wf_cmd wf_cmd_log;
extern const struct wf_cmd wf_cmd_gc;
extern const struct wf_cmd wf_cmd_lint;
extern const struct wf_cmd wf_cmd_pin;
extern const struct wf_cmd wf_cmd_reconcile;
extern const struct wf_cmd wf_cmd_status;
extern const struct wf_cmd wf_cmd_list;
extern const struct wf_cmd wf_cmd_doctor;
extern const struct wf_cmd wf_cmd_version;
extern const struct wf_cmd wf_cmd_help;
extern const struct wf_cmd wf_cmd_completion;

#endif
