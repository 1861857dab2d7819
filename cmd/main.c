/* SPDX-License-Identifier: Apache-2.0
 *
 * argv to verb to exit code.  The only place that ends the process.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/help.h"
#include "cmd/opt.h"
#include "cmd/progress.h"
#include "dep/http.h"
#include "dep/json.h"
#include "ref/ref.h"
#include "sys/clock.h"
#include "sys/interrupt.h"

static void
sink(enum wf_log_level level, const char *msg, void *arg)
{
	const struct wf_globals *g = arg;

	if ((level == WF_LOG_INFO && g->verbose < 1) ||
	    (level == WF_LOG_DEBUG && g->verbose < 2) || g->quiet)
		return;
	wf_progress_hide();
	(void)fprintf(stderr, "wasmfn: %s%s\n", level == WF_LOG_WARN ? "warning: " : "", msg);
}

static void
print_stats(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(65536);
	WF_AUTO(wf_json_freep) struct wf_json *d = wf_json_object();
	struct wf_json *ms = wf_json_object();
	struct rusage ru, children;
	const char *name;
	uint64_t v;
	long rss;
	unsigned i;

	wf_clock_phase(NULL);
	(void)getrusage(RUSAGE_SELF, &ru);
	(void)getrusage(RUSAGE_CHILDREN, &children); /* of the largest process */
	rss = children.ru_maxrss > ru.ru_maxrss ? children.ru_maxrss : ru.ru_maxrss;
	wf_json_set_int(d, "requests", (int64_t)wf_clock_stats.requests);
	wf_json_set_int(d, "bytes_in", (int64_t)wf_clock_stats.bytes_in);
	wf_json_set_int(d, "sql_round_trips", (int64_t)wf_clock_stats.round_trips);
	for (i = 0; (name = wf_clock_phase_at(i, &v)); i++)
		wf_json_set_int(ms, name, (int64_t)v);
	wf_json_set(d, "milliseconds", ms);
	wf_json_set_int(d, "peak_rss_bytes", (int64_t)rss * 1024);
	if (wf_json_dump(d, WF_JSON_LINE, &text, NULL) == WF_OK)
		(void)fprintf(stderr, "%s\n", wf_buf_z(&text));
}

/* A file opened later must never become stdout or stderr.  Opened for
 * reading, so that writing to a closed stdout stays an error. */
static void
fill_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
}

static bool
names_registry(const char *operand)
{
	WF_AUTO(wf_ref_free) struct wf_ref ref = WF_REF_INIT;

	return wf_ref_parse(operand, &ref, NULL) == WF_OK && ref.kind == WF_REF_REGISTRY;
}

/* What speaks to registries is another process, made before this one has read
 * anything that is not for it; who speaks to none does not pay for it. */
static void
prepare_network(const struct wf_cmdline *l, char **argv)
{
	bool speaks = l->cmd->speaks != WF_SPEAKS_NEVER;
	int i;

	if (l->globals.require_sandbox)
		wf_http_require_sandbox();
	if (l->cmd->speaks == WF_SPEAKS_OPERANDS && l->noperands) {
		for (i = 0; i < l->noperands && !names_registry(l->operands[i]); i++)
			;
		speaks = i < l->noperands;
	}
	if (l->globals.offline)
		wf_http_forbid();
	else if (speaks)
		wf_http_start(argv);
}

int
main(int argc, char **argv)
{
	struct wf_cmdline line;
	struct wf_err err = {0};
	struct wf_run run;
	struct rlimit no_core = {0, 0};
	enum wf_rc rc;
	int code;

	fill_standard_fds();
	(void)setrlimit(RLIMIT_CORE, &no_core); /* secrets stay in memory */
	wf_interrupt_init();
	rc = wf_opt_parse(argc, argv, &line, &err);
	wf_log_set(sink, &line.globals);
	if (!line.globals.quiet)
		wf_progress_start();
	if (rc == WF_OK && !line.cmd && !line.globals.help)
		rc = wf_err_set(&err, WF_R_USAGE, "expected a verb; `wasmfn help` lists them");
	wf_clock_set_deadline(line.globals.timeout);
	run = (struct wf_run){line.cmd, &line.globals, line.params, line.noperands,
	                      line.operands,
	                      wf_out_new(&line.globals, line.cmd ? line.cmd->name : "")};
	if (rc == WF_OK && line.globals.help) {
		wf_help_show(run.out, line.cmd);
	} else if (rc == WF_OK) {
		prepare_network(&line, argv);
		rc = line.cmd->run(&run, &err);
	}
	wf_http_stop();
	code = wf_out_finish(run.out, rc, &err);
	if (line.globals.stats)
		print_stats();
	wf_out_free(run.out);
	wf_opt_free(&line);
	wf_interrupt_reraise();
	return code;
}
