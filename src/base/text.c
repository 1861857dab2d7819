/* SPDX-License-Identifier: Apache-2.0
 *
 * Escaping and UTF-8 checks.  Must never pass a byte that moves a cursor,
 * starts a line or reorders text.
 */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

size_t
wf_text_utf8_seq(const char *s, size_t n, uint32_t *out)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t cp;
	size_t len, i;

	if (n == 0)
		return 0;
	if (p[0] < 0x80) {
		*out = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2, cp = p[0] & 0x1fu;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		len = 3, cp = p[0] & 0x0fu;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4, cp = p[0] & 0x07u;
	else
		return 0;
	if (n < len)
		return 0;
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (p[i] & 0x3fu);
	}
	if ((len == 3 && cp < 0x800) || (len == 4 && cp < 0x10000) ||
	    cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*out = cp;
	return len;
}

bool
wf_text_is_utf8(const char *p, size_t n)
{
	uint32_t cp;
	size_t k;

	for (; n; p += k, n -= k)
		if (!(k = wf_text_utf8_seq(p, n, &cp)))
			return false;
	return true;
}

/* Characters that change how the rest of a line is shown, and those that show
 * nothing, so that two names would look like one (Unicode's
 * Default_Ignorable_Code_Point among them). */
static bool
unsafe(uint32_t cp)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {
		{0x00, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c},
		{0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f},
		{0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f},
		{0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3},
		{0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
	};

	for (size_t i = 0; i < WF_COUNT(ranges) && cp >= ranges[i].from; i++)
		if (cp <= ranges[i].to)
			return true;
	return false;
}

/* One step: writes the shown form of what is at p to out (<= 16 bytes plus
 * NUL), returns how many source bytes it took. */
static size_t
step(const char *p, size_t n, char out[24], size_t *outlen)
{
	uint32_t cp = 0;
	size_t k = wf_text_utf8_seq(p, n, &cp), i;

	if (k && !unsafe(cp)) {
		memcpy(out, p, k);
		*outlen = k;
		return k;
	}
	if (!k)
		k = 1;
	for (i = 0; i < k; i++)
		(void)snprintf(out + 4 * i, 5, "\\x%02x", (unsigned char)p[i]);
	*outlen = 4 * k;
	return k;
}

bool
wf_text_escape(const char *src, size_t n, char *dst, size_t cap)
{
	size_t used = 0, len, k;
	char one[24];

	if (cap == 0)
		return false;
	while (n) {
		k = step(src, n, one, &len);
		if (used + len >= cap) {
			if (used + 3 >= cap)
				used = cap > 4 ? cap - 4 : 0;
			/* between characters, not inside one */
			while (used && ((unsigned char)dst[used] & 0xc0) == 0x80)
				used--;
			(void)snprintf(dst + used, cap - used, "...");
			return false;
		}
		memcpy(dst + used, one, len);
		used += len;
		src += k;
		n -= k;
	}
	dst[used] = '\0';
	return true;
}

enum wf_rc
wf_text_escape_buf(struct wf_buf *buf, struct wf_str src, struct wf_err *err)
{
	char one[24];
	size_t len, k;
	enum wf_rc rc;

	for (; src.len; src.p += k, src.len -= k) {
		k = step(src.p, src.len, one, &len);
		if ((rc = wf_buf_add(buf, one, len, err)))
			return rc;
	}
	return WF_OK;
}
