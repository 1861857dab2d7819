/* SPDX-License-Identifier: Apache-2.0
 *
 * Hex and base64.  Must accept exactly one spelling of each value: a second
 * spelling is a second digest, a second signature, a second log entry.
 */
#include "base/enc.h"

#include <string.h>

void
wf_enc_hex(const uint8_t *p, size_t n, char *out)
{
	static const char digit[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		out[2 * i] = digit[p[i] >> 4];
		out[2 * i + 1] = digit[p[i] & 15];
	}
	out[2 * n] = '\0';
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool
wf_enc_unhex(struct wf_str hex, uint8_t *out, size_t n)
{
	size_t i;
	int hi, lo;

	if (hex.len != 2 * n)
		return false;
	for (i = 0; i < hex.len; i++)
		if (nibble(hex.p[i]) < 0)
			return false;
	for (i = 0; i < n; i++) {
		hi = nibble(hex.p[2 * i]);
		lo = nibble(hex.p[2 * i + 1]);
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

static int
sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters to up to three bytes; returns how many, 0 if malformed. */
static size_t
quad(const char *q, bool last, uint8_t out[3])
{
	int v[4] = {sextet(q[0]), sextet(q[1]), sextet(q[2]), sextet(q[3])};

	if (v[0] < 0 || v[1] < 0)
		return 0;
	out[0] = (uint8_t)(v[0] << 2 | v[1] >> 4);
	if (last && q[2] == '=' && q[3] == '=')
		return (v[1] & 15) ? 0 : 1;
	if (v[2] < 0)
		return 0;
	out[1] = (uint8_t)((v[1] & 15) << 4 | v[2] >> 2);
	if (last && q[3] == '=')
		return (v[2] & 3) ? 0 : 2;
	if (v[3] < 0)
		return 0;
	out[2] = (uint8_t)((v[2] & 3) << 6 | v[3]);
	return 3;
}

/* On failure what was there before is there again. */
static enum wf_rc
undo(struct wf_buf *out, size_t len, enum wf_rc rc)
{
	out->len = len;
	if (out->p)
		out->p[len] = '\0';
	return rc;
}

enum wf_rc
wf_enc_unbase64(struct wf_str text, struct wf_buf *out, struct wf_err *err)
{
	size_t i, n, before = out->len;
	uint8_t three[3];
	enum wf_rc rc;

	if (text.len % 4)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "base64 text of %zu characters: length is no multiple of 4",
		                  text.len);
	for (i = 0; i < text.len; i += 4) {
		n = quad(text.p + i, i + 4 == text.len, three);
		if (n == 0)
			return undo(out, before,
			            wf_err_set(err, WF_R_MALFORMED,
			                       "not base64 at character %zu", i));
		if ((rc = wf_buf_add(out, three, n, err)))
			return undo(out, before, rc);
	}
	return WF_OK;
}

enum wf_rc
wf_enc_base64(struct wf_str bytes, struct wf_buf *out, struct wf_err *err)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                          "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = (const uint8_t *)bytes.p;
	size_t i, left, before = out->len;
	char q[4];
	enum wf_rc rc;

	for (i = 0; i < bytes.len; i += 3) {
		left = bytes.len - i;
		q[0] = abc[p[i] >> 2];
		q[1] = abc[(p[i] & 3) << 4 | (left > 1 ? p[i + 1] >> 4 : 0)];
		q[2] = left > 1 ? abc[(p[i + 1] & 15) << 2 | (left > 2 ? p[i + 2] >> 6 : 0)] : '=';
		q[3] = left > 2 ? abc[p[i + 2] & 63] : '=';
		if ((rc = wf_buf_add(out, q, 4, err)))
			return undo(out, before, rc);
	}
	return WF_OK;
}
