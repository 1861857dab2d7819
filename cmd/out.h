/* SPDX-License-Identifier: Apache-2.0
 *
 * The one result object of a run: human lines, the JSON document and the
 * exit code come out of it.  Everything shown is escaped here.
 */
#ifndef WF_CMD_OUT_H
#define WF_CMD_OUT_H

#include <stdbool.h>

#include "base/err.h"
#include "dep/json.h"

enum wf_color { WF_COLOR_AUTO = 0, WF_COLOR_ALWAYS, WF_COLOR_NEVER };

enum wf_style {
	WF_PLAIN = 0,
	WF_GOOD, /* green */
	WF_BAD,  /* red */
	WF_WARN, /* yellow */
	WF_DIM,
	WF_BOLD,
};

struct wf_out;
struct wf_globals;

struct wf_out *wf_out_new(const struct wf_globals *, const char *command);
void wf_out_free(struct wf_out *);

/* Human lines; nothing happens in JSON mode.  The formatted text is escaped
 * as a whole and ends the line, so bytes from outside may be arguments. */
void wf_out_line(struct wf_out *, const char *fmt, ...) WF_PRINTF(2, 3);
void wf_out_styled(struct wf_out *, enum wf_style, const char *fmt, ...)
	WF_PRINTF(3, 4);
/* "  label      text": label is ours, padded to a fixed width. */
void wf_out_field(struct wf_out *, const char *label, const char *fmt, ...)
	WF_PRINTF(3, 4);
/* Text made of nothing but our own tables (help, a script): printed as it is
 * in human mode, which is the one way around the escaping. */
void wf_out_own_text(struct wf_out *, const char *text);
/* Only with -v (level 1) or -vv (level 2). */
void wf_out_verbose(struct wf_out *, unsigned level, const char *fmt, ...)
	WF_PRINTF(3, 4);

/* An aligned table: head is NULL-ended; cells row by row, left to right. */
void wf_out_table(struct wf_out *, const char *const *head);
void wf_out_cell(struct wf_out *, enum wf_style, const char *fmt, ...)
	WF_PRINTF(3, 4);
void wf_out_table_end(struct wf_out *);

/* The document of the current record: add the verb's own members ("subject",
 * "candidates", …).  Exists in every mode; owned by out. */
struct wf_json *wf_out_doc(struct wf_out *);

bool wf_out_is_human(const struct wf_out *);

/* Several operands: announce how many, then end each record with its code.
 * err is cleared.  With one operand the record is the document itself.
 * Returns the code, after telling stderr about the error in human mode. */
void wf_out_expect(struct wf_out *, int records);
enum wf_rc wf_out_record(struct wf_out *, enum wf_rc, struct wf_err *);

/* The same shape as out, for what is made before its turn: nothing is printed.
 * wf_out_take makes its lines and its document those of out's current record,
 * and frees it. */
struct wf_out *wf_out_aside(const struct wf_out *);
void wf_out_take(struct wf_out *, struct wf_out *aside);

/* Ends the run: prints what is left, returns the exit code after --fail-on
 * and the most severe of all records.  A stdout that cannot be written makes
 * it 74.  err is the error outside of records (may be clear). */
int wf_out_finish(struct wf_out *, enum wf_rc, struct wf_err *);

#endif
