/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the libcurl door: what the program and its process for the network
 * say to each other over a socket.  A frame is a head and fields in a fixed
 * order; both ends are the same build.  What is read is checked all the same:
 * the other end may have been taken over.
 */
#ifndef WF_DEP_HTTP_WIRE_H
#define WF_DEP_HTTP_WIRE_H

#include "dep/http.h"

enum wf_http_wire_kind {
	/* to the process */
	WF_WIRE_START = 1, /* files it may read; the first frame */
	WF_WIRE_GET,
	WF_WIRE_CANCEL,
	WF_WIRE_ORIGIN,
	WF_WIRE_RESOLVE,
	WF_WIRE_MAY, /* the answer to ASK */
	/* from it; an id that is not known belongs to what was cancelled */
	WF_WIRE_READY,
	WF_WIRE_LOG,
	WF_WIRE_ASK,   /* before a hop */
	WF_WIRE_BEGIN,
	WF_WIRE_CHUNK, /* for request.body */
	WF_WIRE_TEXT,  /* for response.body */
	WF_WIRE_END,   /* the last frame of its id */
};

/* Headers of a response are the most that one has beside a chunk. */
#define WF_WIRE_MAX_FRAME (1u * WF_MIB)
/* What one side holds of frames that are not read or not sent yet. */
#define WF_WIRE_MAX_HELD (64u * WF_MIB)
/* Chunks are put together up to so many bytes before they are sent. */
#define WF_WIRE_BATCH (128u * WF_KIB)

struct wf_http_wire_head {
	uint32_t len; /* without the head */
	uint32_t kind;
	uint32_t id;
};

/* Writing: begin, fields, end.  The buffer is ours and its max generous. */
size_t wf_http_wire_begin(struct wf_buf *, enum wf_http_wire_kind, uint32_t id);
void wf_http_wire_put(struct wf_buf *, uint64_t);
void wf_http_wire_put_z(struct wf_buf *, const char *); /* NULL stays NULL */
void wf_http_wire_put_bytes(struct wf_buf *, const void *, size_t); /* the last field */
void wf_http_wire_put_err(struct wf_buf *, const struct wf_err *);
void wf_http_wire_put_response(struct wf_buf *, const struct wf_http_response *);
void wf_http_wire_end(struct wf_buf *, size_t begun);

/* Reading.  After a fault every field is 0 or NULL and bad is set. */
struct wf_http_wire {
	struct wf_http_wire_head head;
	const char *p;
	size_t left;
	bool bad;
};
uint64_t wf_http_wire_get(struct wf_http_wire *);
const char *wf_http_wire_get_z(struct wf_http_wire *); /* in the frame */
/* Sets err, escaped again, when there is one in it. */
void wf_http_wire_get_err(struct wf_http_wire *, struct wf_err *);
void wf_http_wire_get_response(struct wf_http_wire *, struct wf_http_response *); /* owned */

/* Reads what has come, without waiting.  false: the other end is gone. */
bool wf_http_wire_receive(int fd, struct wf_buf *);
/* The frame at *at, which it moves on; false: not all of it is there, or
 * (out->bad) it cannot be one. */
bool wf_http_wire_next(const struct wf_buf *, size_t *at, struct wf_http_wire *out);
/* Drops what was read. */
void wf_http_wire_drop(struct wf_buf *, size_t n);

#endif
