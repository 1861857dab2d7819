/* SPDX-License-Identifier: Apache-2.0
 *
 * Aligned columns for people.  Widths are counted in characters, colour
 * codes left out.
 */
#ifndef WF_CMD_TABLE_TEXT_H
#define WF_CMD_TABLE_TEXT_H

struct wf_table;

struct wf_table *wf_table_new(const char *const *head); /* NULL-ended */
/* color "" or an escape sequence of our own; text is escaped already. */
void wf_table_cell(struct wf_table *, const char *color, const char *text);
char *wf_table_text(const struct wf_table *); /* caller frees */
void wf_table_free(struct wf_table *);        /* NULL is fine */

#endif
