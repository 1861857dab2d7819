/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the libcurl door: what header lines say.
 */
#ifndef WF_DEP_HTTP_HEADER_H
#define WF_DEP_HTTP_HEADER_H

#include "dep/http.h"

/* Of the answers of one hop; the last one counts. */
struct wf_http_seen {
	struct wf_http_response *res;
	char *location; /* the caller's */
	bool encoded;   /* Content-Encoding is not identity */
};

/* Nothing was said yet. */
void wf_http_header_begin(struct wf_http_response *);
/* One line with its end, or a status line, which begins anew. */
void wf_http_header_line(struct wf_http_seen *, struct wf_str line);

#endif
