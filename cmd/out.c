/* SPDX-License-Identifier: Apache-2.0
 *
 * Result to stdout, diagnostics to stderr.  Must never print a byte from
 * outside unescaped, and never another verdict than its exit code.
 */
#include "cmd/out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "cmd/table_text.h"
#include "sys/clock.h"
#include "sys/interrupt.h"

struct wf_out {
	const struct wf_globals *g;
	const char *command;
	bool color, aside;
	struct wf_json *doc;     /* current record */
	struct wf_json *results; /* several operands, --output json */
	int expected, done;
	enum wf_rc worst;
	struct wf_buf held;      /* human lines, kept back under -q */
	struct wf_table *table;
};

#define MAX_HELD (16u << 20)
#define MAX_LINE 16384u

struct wf_out *
wf_out_new(const struct wf_globals *g, const char *command)
{
	struct wf_out *o = wf_calloc(1, sizeof(*o));
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	o->g = g;
	o->command = command;
	o->doc = wf_json_object();
	o->expected = 1;
	o->held.max = MAX_HELD;
	o->color = g->color == WF_COLOR_ALWAYS ||
	           (g->color == WF_COLOR_AUTO && isatty(STDOUT_FILENO) &&
	            !(no && *no) && !(term && strcmp(term, "dumb") == 0));
	return o;
}

void
wf_out_free(struct wf_out *o)
{
	if (!o)
		return;
	wf_json_free(o->doc);
	wf_json_free(o->results);
	wf_buf_free(&o->held);
	wf_table_free(o->table);
	free(o);
}

bool
wf_out_is_human(const struct wf_out *o)
{
	return o->g->output == WF_OUTPUT_HUMAN;
}

static const char *
style_on(const struct wf_out *o, enum wf_style s)
{
	static const char *const code[] = {"", "\033[32m", "\033[31m", "\033[33m",
	                                   "\033[2m", "\033[1m"};

	return o->color ? code[s] : "";
}

static void
emit(struct wf_out *o, const char *text)
{
	if (o->g->quiet || o->aside) {
		/* said only when something turns out wrong, or later */
		if (wf_buf_add(&o->held, text, strlen(text), NULL))
			return;
	} else {
		wf_progress_hide();
		(void)fputs(text, stdout);
	}
}

static char *safe_text(const char *fmt, va_list ap) WF_PRINTF(1, 0);
static void line(struct wf_out *, enum wf_style, const char *fmt, va_list ap) WF_PRINTF(3, 0);

static char *
safe_text(const char *fmt, va_list ap)
{
	WF_AUTO(wf_freep) char *raw = wf_malloc(MAX_LINE);
	char *safe = wf_malloc(MAX_LINE);

	(void)vsnprintf(raw, MAX_LINE, fmt, ap);
	(void)wf_text_escape(raw, strnlen(raw, MAX_LINE), safe, MAX_LINE);
	return safe;
}

static void
line(struct wf_out *o, enum wf_style s, const char *fmt, va_list ap)
{
	WF_AUTO(wf_freep) char *text = NULL;

	if (!wf_out_is_human(o))
		return;
	text = safe_text(fmt, ap);
	emit(o, style_on(o, s));
	emit(o, text);
	if (s != WF_PLAIN && o->color)
		emit(o, "\033[0m");
	emit(o, "\n");
}

void
wf_out_line(struct wf_out *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(o, WF_PLAIN, fmt, ap);
	va_end(ap);
}

void
wf_out_styled(struct wf_out *o, enum wf_style s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(o, s, fmt, ap);
	va_end(ap);
}

void
wf_out_field(struct wf_out *o, const char *label, const char *fmt, ...)
{
	WF_AUTO(wf_freep) char *text = NULL;
	va_list ap;

	if (!wf_out_is_human(o))
		return;
	va_start(ap, fmt);
	text = safe_text(fmt, ap);
	va_end(ap);
	wf_out_line(o, "  %-12s %s", label, text);
}

void
wf_out_verbose(struct wf_out *o, unsigned level, const char *fmt, ...)
{
	va_list ap;

	if (o->g->verbose < level)
		return;
	va_start(ap, fmt);
	line(o, WF_DIM, fmt, ap);
	va_end(ap);
}

void
wf_out_own_text(struct wf_out *o, const char *text)
{
	if (wf_out_is_human(o))
		emit(o, text);
}

void
wf_out_table(struct wf_out *o, const char *const *head)
{
	if (wf_out_is_human(o))
		o->table = wf_table_new(head);
}

void
wf_out_cell(struct wf_out *o, enum wf_style s, const char *fmt, ...)
{
	WF_AUTO(wf_freep) char *text = NULL;
	va_list ap;

	if (!o->table)
		return;
	va_start(ap, fmt);
	text = safe_text(fmt, ap);
	va_end(ap);
	wf_table_cell(o->table, style_on(o, s), text);
}

void
wf_out_table_end(struct wf_out *o)
{
	WF_AUTO(wf_freep) char *text = NULL;

	if (!o->table)
		return;
	text = wf_table_text(o->table);
	emit(o, text);
	wf_table_free(o->table);
	o->table = NULL;
}

struct wf_json *
wf_out_doc(struct wf_out *o)
{
	return o->doc;
}

void
wf_out_expect(struct wf_out *o, int records)
{
	o->expected = records;
	if (records > 1 && o->g->output == WF_OUTPUT_JSON)
		o->results = wf_json_array();
}

struct wf_out *
wf_out_aside(const struct wf_out *o)
{
	struct wf_out *a = wf_out_new(o->g, o->command);

	a->aside = true;
	return a;
}

void
wf_out_take(struct wf_out *o, struct wf_out *aside)
{
	if (aside->held.len)
		emit(o, wf_buf_z(&aside->held));
	wf_json_free(o->doc);
	o->doc = aside->doc;
	aside->doc = NULL;
	wf_out_free(aside);
}

static enum wf_rc
after_fail_on(const struct wf_out *o, enum wf_rc rc)
{
	bool pending = rc == WF_E_PENDING, drift = rc == WF_E_DRIFT;

	if ((pending && o->g->fail_on != WF_FAIL_ON_PENDING) ||
	    (drift && o->g->fail_on == WF_FAIL_ON_NONE))
		return WF_OK;
	return rc;
}

static const char *
result_word(enum wf_rc rc)
{
	if (rc == WF_OK)
		return "ok";
	if (rc == WF_E_DRIFT)
		return "drift";
	if (rc == WF_E_PENDING)
		return "pending";
	if (rc == WF_E_UNCHECKED)
		return "unchecked";
	return rc >= WF_E_NO_SIGNATURE && rc <= WF_E_WINDOW ? "refused" : "error";
}

static struct wf_json *
error_json(const struct wf_err *err, enum wf_rc rc)
{
	struct wf_json *e;

	if (!err || err->code == WF_OK)
		return wf_json_new_null();
	e = wf_json_object();
	wf_json_set_z(e, "code", wf_reason_word(err->reason));
	if (rc == WF_E_UNCHECKED && err->code != rc) /* the cause has a code of its own */
		wf_json_set_int(e, "exit_code", (int64_t)err->code);
	wf_json_set_z(e, "message", err->msg);
	wf_json_set(e, "hint", err->hint[0] ? wf_json_new_z(err->hint)
	                                    : wf_json_new_null());
	return e;
}

/* The envelope in its fixed order around the members the verb has set. */
static struct wf_json *
document(struct wf_out *o, struct wf_json *body, enum wf_rc rc,
         const struct wf_err *err)
{
	struct wf_json *d = wf_json_object();
	const struct wf_json *v;
	const char *key;
	void *it = NULL;

	wf_json_set_z(d, "schema", "wasmfn/v1");
	wf_json_set_z(d, "command", o->command);
	v = wf_json_get(body, "result"); /* reconcile: drift, whatever its code */
	wf_json_set_z(d, "result", v ? wf_json_z(v) : result_word(rc));
	wf_json_set_int(d, "exit_code", (int64_t)after_fail_on(o, rc));
	wf_json_set_z(d, "run", wf_clock_run_id());
	wf_json_set_z(d, "version", WF_VERSION);
	if ((v = wf_json_get(body, "subject")))
		wf_json_set(d, "subject", wf_json_copy(v));
	wf_json_set(d, "error", error_json(err, rc));
	while (wf_json_next(body, &it, &key, &v))
		if (strcmp(key, "subject") != 0 && strcmp(key, "findings") != 0 &&
		    strcmp(key, "result") != 0)
			wf_json_set(d, key, wf_json_copy(v));
	v = wf_json_get(body, "findings");
	wf_json_set(d, "findings", v ? wf_json_copy(v) : wf_json_array());
	return d;
}

static void
print_json(const struct wf_json *d, enum wf_json_style style)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT((size_t)1 << 30);

	if (wf_json_dump(d, style, &text, NULL))
		wf_die("cannot write JSON");
	wf_progress_hide();
	(void)fwrite(text.p, 1, text.len, stdout);
	(void)fputc('\n', stdout);
}

static void
tell(const struct wf_out *o, const struct wf_err *err)
{
	if (!wf_out_is_human(o) || err->code == WF_OK)
		return;
	wf_progress_hide();
	(void)fflush(stdout);
	(void)fprintf(stderr, "wasmfn: error: %s\n", err->msg);
	if (err->hint[0])
		(void)fprintf(stderr, "hint: %s\n", err->hint);
}

enum wf_rc
wf_out_record(struct wf_out *o, enum wf_rc rc, struct wf_err *err)
{
	struct wf_json *d;

	if (rc && !wf_out_is_human(o) && err->code == WF_OK && rc >= WF_E_NO_SIGNATURE)
		(void)wf_err_set(err, WF_R_BUG, "failed without a message");
	o->worst = wf_rc_worse(o->worst, rc);
	if (o->held.len && rc)
		(void)fwrite(o->held.p, 1, o->held.len, stdout);
	wf_buf_reset(&o->held);
	tell(o, err);
	if (!wf_out_is_human(o)) {
		d = document(o, o->doc, rc, err);
		if (o->results)
			wf_json_push(o->results, d);
		else {
			print_json(d, o->g->output == WF_OUTPUT_NDJSON
			                      ? WF_JSON_LINE : WF_JSON_PRETTY);
			wf_json_free(d);
		}
	}
	wf_json_free(o->doc);
	o->doc = wf_json_object();
	o->done++;
	wf_err_clear(err);
	return rc;
}

int
wf_out_finish(struct wf_out *o, enum wf_rc rc, struct wf_err *err)
{
	struct wf_json *d;

	if (o->done == 0) {
		wf_json_free(o->results);
		o->results = NULL;
		(void)wf_out_record(o, rc, err);
	} else {
		o->worst = wf_rc_worse(o->worst, rc);
		tell(o, err);
		if (o->results) {
			wf_json_set(o->doc, "results", wf_json_copy(o->results));
			d = document(o, o->doc, o->worst, err);
			print_json(d, WF_JSON_PRETTY);
			wf_json_free(d);
		}
	}
	rc = o->worst;
	if (fflush(stdout) || ferror(stdout)) {
		(void)fprintf(stderr, "wasmfn: error: cannot write to stdout\n");
		rc = wf_rc_worse(rc, WF_E_IO);
	}
	return (int)after_fail_on(o, rc);
}
