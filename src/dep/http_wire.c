/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames.  Must never read past one, nor believe a length that was sent.
 */
#include "dep/http_wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/limits.h"
#include "base/mem.h"

static void
add(struct wf_buf *b, const void *p, size_t n)
{
	if (wf_buf_add(b, p, n, NULL))
		wf_die("a frame is too long");
}

size_t
wf_http_wire_begin(struct wf_buf *b, enum wf_http_wire_kind kind, uint32_t id)
{
	struct wf_http_wire_head head = {0, (uint32_t)kind, id};
	size_t at = b->len;

	add(b, &head, sizeof(head));
	return at;
}

void
wf_http_wire_end(struct wf_buf *b, size_t begun)
{
	uint32_t len = (uint32_t)(b->len - begun - sizeof(struct wf_http_wire_head));

	memcpy(b->p + begun, &len, sizeof(len));
}

void
wf_http_wire_put(struct wf_buf *b, uint64_t v)
{
	add(b, &v, sizeof(v));
}

void
wf_http_wire_put_z(struct wf_buf *b, const char *z)
{
	wf_http_wire_put(b, z ? strlen(z) + 1 : 0);
	if (z)
		add(b, z, strlen(z) + 1);
}

void
wf_http_wire_put_bytes(struct wf_buf *b, const void *p, size_t n)
{
	add(b, p, n);
}

void
wf_http_wire_put_err(struct wf_buf *b, const struct wf_err *e)
{
	wf_http_wire_put(b, (uint64_t)e->code);
	wf_http_wire_put(b, (uint64_t)e->reason);
	wf_http_wire_put_z(b, e->msg);
	wf_http_wire_put_z(b, e->hint);
}

static void
put_list(struct wf_buf *b, char *const *list)
{
	for (; *list; list++)
		wf_http_wire_put_z(b, *list);
	wf_http_wire_put_z(b, NULL);
}

void
wf_http_wire_put_response(struct wf_buf *b, const struct wf_http_response *r)
{
	wf_http_wire_put(b, (uint64_t)r->status);
	wf_http_wire_put_z(b, r->content_type);
	wf_http_wire_put(b, (uint64_t)r->content_length);
	wf_http_wire_put(b, (uint64_t)r->range_from);
	wf_http_wire_put(b, (uint64_t)r->retry_after);
	put_list(b, r->link);
	put_list(b, r->challenge);
	wf_http_wire_put_z(b, r->digest);
	wf_http_wire_put(b, r->same_origin);
	wf_http_wire_put(b, r->public_peer);
}

static const char *
take(struct wf_http_wire *w, size_t n)
{
	const char *p = w->p;

	if (w->bad || n > w->left) {
		w->bad = true;
		return NULL;
	}
	w->p += n;
	w->left -= n;
	return p;
}

uint64_t
wf_http_wire_get(struct wf_http_wire *w)
{
	const char *p = take(w, sizeof(uint64_t));
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

const char *
wf_http_wire_get_z(struct wf_http_wire *w)
{
	uint64_t n = wf_http_wire_get(w);
	const char *p = n && n <= WF_WIRE_MAX_FRAME ? take(w, (size_t)n) : NULL;

	if (n && (!p || strnlen(p, (size_t)n) != n - 1))
		w->bad = true;
	return w->bad ? NULL : p;
}

void
wf_http_wire_get_err(struct wf_http_wire *w, struct wf_err *err)
{
	uint64_t code = wf_http_wire_get(w), reason = wf_http_wire_get(w);
	const char *msg = wf_http_wire_get_z(w), *hint = wf_http_wire_get_z(w);

	if (code == WF_OK || w->bad)
		return;
	if (reason >= WF_R_COUNT || wf_reason_code((enum wf_reason)reason) == WF_OK)
		reason = WF_R_BUG;
	(void)wf_err_set(err, (enum wf_reason)reason, "%s", msg ? msg : "");
	if (err && hint && *hint)
		(void)wf_err_hint(err, "%s", hint);
}

static int
number(struct wf_http_wire *w, int max)
{
	int64_t v = (int64_t)wf_http_wire_get(w);

	if (v < -1 || v > max)
		w->bad = true;
	return w->bad ? 0 : (int)v;
}

static void
get_list(struct wf_http_wire *w, char **list, size_t slots)
{
	const char *z;
	size_t n = 0;

	while ((z = wf_http_wire_get_z(w))) {
		if (n + 1 >= slots)
			w->bad = true;
		else
			list[n++] = wf_strdup(z);
	}
}

void
wf_http_wire_get_response(struct wf_http_wire *w, struct wf_http_response *r)
{
	const char *type, *digest;

	r->status = number(w, 999);
	type = wf_http_wire_get_z(w);
	r->content_length = (int64_t)wf_http_wire_get(w);
	r->range_from = (int64_t)wf_http_wire_get(w);
	r->retry_after = number(w, 86400);
	get_list(w, r->link, WF_COUNT(r->link));
	get_list(w, r->challenge, WF_COUNT(r->challenge));
	digest = wf_http_wire_get_z(w);
	r->same_origin = wf_http_wire_get(w) != 0;
	r->public_peer = wf_http_wire_get(w) != 0;
	if (!type || strlen(type) >= sizeof(r->content_type))
		w->bad = true;
	else
		memcpy(r->content_type, type, strlen(type) + 1);
	if (digest)
		r->digest = wf_strdup(digest);
}

/* Into the buffer itself: modules come this way. */
bool
wf_http_wire_receive(int fd, struct wf_buf *b)
{
	ssize_t n;

	if (b->cap - b->len < 2u * WF_WIRE_BATCH) {
		if (b->len + 2u * WF_WIRE_BATCH > b->max)
			wf_die("a frame is too long");
		b->cap = b->len + 2u * WF_WIRE_BATCH;
		b->p = wf_realloc(b->p, b->cap + 1);
	}
	do
		n = recv(fd, b->p + b->len, b->cap - b->len, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN;
	b->len += (size_t)n;
	b->p[b->len] = '\0';
	return n > 0;
}

bool
wf_http_wire_next(const struct wf_buf *b, size_t *at, struct wf_http_wire *out)
{
	size_t left = b->len - *at;

	*out = (struct wf_http_wire){.bad = false};
	if (left < sizeof(out->head))
		return false;
	memcpy(&out->head, b->p + *at, sizeof(out->head));
	out->bad = out->head.len > WF_WIRE_MAX_FRAME;
	if (out->bad || left - sizeof(out->head) < out->head.len)
		return false;
	out->p = b->p + *at + sizeof(out->head);
	out->left = out->head.len;
	*at += sizeof(out->head) + out->head.len;
	return true;
}

void
wf_http_wire_drop(struct wf_buf *b, size_t n)
{
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->len - n);
	b->len -= n;
}
