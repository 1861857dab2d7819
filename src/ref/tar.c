/* SPDX-License-Identifier: Apache-2.0
 *
 * tar: POSIX ustar and pax, and the long names of GNU (rule R-X4 of the pull
 * protocol).  Must never reserve memory because a header says so.
 */
#include "ref/tar.h"

#include <string.h>

#include "base/limits.h"

#define BLOCK 512u

static enum wf_rc
bad(struct wf_err *err, const char *what)
{
	return wf_err_set(err, WF_R_MALFORMED, "archive: %s", what);
}

static void
forget(struct wf_tar *t)
{
	wf_buf_reset(&t->name);
	t->has_path = t->has_size = false;
}

/* --- fields of a header --------------------------------------------------------- */

/* Octal with spaces or NULs around it, or base 256 with the high bit set. */
static bool
number(const unsigned char *p, size_t n, uint64_t *out)
{
	uint64_t v = 0;
	size_t i = 0;
	bool some = false;

	if (p[0] & 0x80) {
		if (p[0] != 0x80)
			return false; /* negative, or larger than anything */
		for (i = 1; i < n; i++) {
			if (v >> 55)
				return false;
			v = v << 8 | p[i];
		}
		*out = v;
		return true;
	}
	while (i < n && p[i] == ' ')
		i++;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++) {
		v = v << 3 | (uint64_t)(p[i] - '0'); /* at most 12 digits */
		some = true;
	}
	for (; i < n; i++)
		if (p[i] != ' ' && p[i] != '\0')
			return false;
	*out = v;
	return some;
}

static bool
checksum_holds(const unsigned char *b)
{
	uint64_t want, sum = 0;

	for (size_t i = 0; i < BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : b[i];
	return number(b + 148, 8, &want) && want == sum;
}

static bool
is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* prefix and name; only ustar has a prefix there */
static enum wf_rc
header_name(struct wf_tar *t, struct wf_err *err)
{
	const unsigned char *b = t->block;
	size_t n = strnlen((const char *)b, 100), k = strnlen((const char *)b + 345, 155);
	enum wf_rc rc = WF_OK;

	t->name.max = WF_MAX_TAR_NAME_BYTES;
	if (memcmp(b + 257, "ustar\0", 6) == 0 && k &&
	    (rc = wf_buf_add(&t->name, b + 345, k, err)) == WF_OK)
		rc = wf_buf_add(&t->name, "/", 1, err);
	return rc ? rc : wf_buf_add(&t->name, b, n, err);
}

/* Relative, no "..", no NUL: what somebody would unpack somewhere. */
static enum wf_rc
name_is_safe(const struct wf_buf *name, struct wf_err *err)
{
	const char *p = name->p, *end = name->p + name->len;

	if (!name->len)
		return bad(err, "an entry without a name");
	if (*p == '/')
		return bad(err, "a name that is absolute");
	if (memchr(p, '\0', name->len))
		return bad(err, "a name with a NUL in it");
	while (p < end) {
		const char *q = memchr(p, '/', (size_t)(end - p));
		size_t n = (size_t)((q ? q : end) - p);

		if (n == 2 && p[0] == '.' && p[1] == '.')
			return bad(err, "a name that goes up (\"..\")");
		p += n + 1;
	}
	return WF_OK;
}

/* "./a//b/" is "a/b". */
static bool
is_wanted(const struct wf_tar *t)
{
	const char *p = t->name.p, *end = p + t->name.len, *w = t->want;
	struct wf_str last = {NULL, 0};

	while (p < end) {
		const char *q = memchr(p, '/', (size_t)(end - p));
		size_t n = (size_t)((q ? q : end) - p);

		if (n && !(n == 1 && *p == '.')) {
			if (t->path && w && last.p && *w++ != '/')
				w = NULL;
			if (t->path && w && strncmp(w, p, n) == 0)
				w += n;
			else
				w = NULL;
			last = (struct wf_str){p, n};
		}
		p += n + 1;
	}
	return t->path ? w && last.p && *w == '\0' : wf_str_eqz(last, t->want);
}

/* --- entries ---------------------------------------------------------------------- */

/* What a type is: 'f' a file, 'n' something without contents, 'x' a header for
 * the next entry, 0 unknown. */
static char
sort_of(char type)
{
	switch (type) {
	case '0': case '\0':
		return 'f';
	case '1': case '2': case '3': case '4': case '5': case '6':
		return 'n';
	case 'x': case 'g': case 'L': case 'K':
		return 'x';
	}
	return 0;
}

static enum wf_rc
begin_file(struct wf_tar *t, char type, uint64_t size, struct wf_err *err)
{
	bool wanted;

	if (t->entry)
		return t->entry(t->arg, wf_buf_str(&t->name),
		                type == '5' ? 'd' : sort_of(type) == 'f' ? 'f' : 'n', size, err);
	wanted = is_wanted(t);
	if (wanted && type == '5')
		wanted = false; /* a directory of that name holds others */
	if (wanted && sort_of(type) != 'f')
		return wf_err_set(err, WF_R_MALFORMED, "archive: %s is no regular file (type '%c')",
		                  t->want, type);
	if (wanted && t->found)
		return wf_err_set(err, WF_R_MALFORMED, "archive: %s is there twice", t->want);
	if (wanted && size > t->out->max)
		return wf_err_set(err, WF_R_LIMIT, "archive: %s has %llu bytes, the limit is %zu",
		                  t->want, (unsigned long long)size, t->out->max);
	t->taking = wanted;
	t->found = t->found || wanted;
	return WF_OK;
}

static enum wf_rc
begin_entry(struct wf_tar *t, struct wf_err *err)
{
	char type = (char)t->block[156];
	uint64_t size = 0;
	enum wf_rc rc;

	if (is_zero(t->block, BLOCK)) {
		if (t->name.len || t->has_size)
			return bad(err, "ends after a header that describes an entry");
		t->state = WF_TAR_END;
		return WF_OK;
	}
	if (!checksum_holds(t->block))
		return bad(err, "a header whose checksum is wrong");
	if (++t->entries > WF_MAX_TAR_ENTRIES)
		return wf_err_set(err, WF_R_LIMIT, "archive: more than the limit of %u entries",
		                  WF_MAX_TAR_ENTRIES);
	if (!number(t->block + 124, 12, &size))
		return bad(err, "a size that is no number");
	if (!sort_of(type))
		return wf_err_set(err, WF_R_MALFORMED, "archive: unknown kind of entry 0x%02x",
		                  (unsigned)(unsigned char)type);
	if (sort_of(type) == 'x') {
		if (size > WF_MAX_PAX_BYTES)
			return wf_err_set(err, WF_R_LIMIT, "archive: a header of %llu bytes, the limit is %u",
			                  (unsigned long long)size, WF_MAX_PAX_BYTES);
		t->type = type;
		t->extra.max = WF_MAX_PAX_BYTES;
		wf_buf_reset(&t->extra);
		t->state = WF_TAR_EXTRA;
	} else {
		size = t->has_size ? t->size : size;
		if (sort_of(type) == 'n' && size)
			return bad(err, "an entry with contents that its kind cannot have");
		if ((!t->name.len && (rc = header_name(t, err))) ||
		    (rc = name_is_safe(&t->name, err)) || (rc = begin_file(t, type, size, err)))
			return rc;
		forget(t);
		t->state = WF_TAR_DATA;
	}
	t->left = size;
	t->pad = (BLOCK - size % BLOCK) % BLOCK;
	return WF_OK;
}

/* --- headers that say more -------------------------------------------------------- */

static enum wf_rc
pax_record(struct wf_tar *t, struct wf_str key, struct wf_str value, struct wf_err *err)
{
	uint64_t v = 0;

	if (wf_str_starts(key, "GNU.sparse."))
		return bad(err, "a sparse file");
	if (!wf_str_eqz(key, "path") && !wf_str_eqz(key, "size"))
		return WF_OK;
	if (t->type == 'g')
		return bad(err, "a name or size for every entry");
	if (wf_str_eqz(key, "path")) {
		if (t->name.len)
			return bad(err, "two long names for one entry");
		t->name.max = WF_MAX_TAR_NAME_BYTES;
		return wf_buf_add(&t->name, value.p, value.len, err);
	}
	if (t->has_size || !value.len || value.len > 15)
		return bad(err, "a pax size that is no size, or two of them");
	for (size_t i = 0; i < value.len; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return bad(err, "a pax size that is no number");
		v = v * 10 + (uint64_t)(value.p[i] - '0');
	}
	t->size = v;
	t->has_size = true;
	return WF_OK;
}

/* "LENGTH KEY=VALUE\n", LENGTH counting all of it. */
static enum wf_rc
pax(struct wf_tar *t, struct wf_err *err)
{
	const char *p = t->extra.p, *end = p + t->extra.len;

	while (p < end) {
		const char *start = p, *eq;
		size_t n = 0;
		enum wf_rc rc;

		for (; p < end && *p >= '0' && *p <= '9' && n < WF_MAX_PAX_BYTES; p++)
			n = n * 10 + (size_t)(*p - '0');
		if (p == start || p == end || *p++ != ' ' || n > (size_t)(end - start) ||
		    n <= (size_t)(p - start) || start[n - 1] != '\n' ||
		    !(eq = memchr(p, '=', n - (size_t)(p - start))))
			return bad(err, "a pax header that is damaged");
		rc = pax_record(t, (struct wf_str){p, (size_t)(eq - p)},
		                (struct wf_str){eq + 1, n - 1 - (size_t)(eq + 1 - start)}, err);
		if (rc)
			return rc;
		p = start + n;
	}
	return WF_OK;
}

static enum wf_rc
end_extra(struct wf_tar *t, struct wf_err *err)
{
	size_t n = t->extra.len;

	switch (t->type) {
	case 'x':
	case 'g':
		return pax(t, err);
	case 'L':
		if (t->name.len)
			return bad(err, "two long names for one entry");
		while (n && t->extra.p[n - 1] == '\0')
			n--;
		t->name.max = WF_MAX_TAR_NAME_BYTES;
		return wf_buf_add(&t->name, t->extra.p, n, err);
	}
	return WF_OK; /* the target of a link */
}

/* --- bytes -------------------------------------------------------------------------- */

/* Some of what is at p; *used says how much. */
static enum wf_rc
some(struct wf_tar *t, const unsigned char *p, size_t n, size_t *used, struct wf_err *err)
{
	size_t k = n < t->left ? n : (size_t)t->left;
	enum wf_rc rc = WF_OK;

	switch (t->state) {
	case WF_TAR_HEADER:
		k = n < BLOCK - t->fill ? n : BLOCK - t->fill;
		memcpy(t->block + t->fill, p, k);
		t->fill += k;
		if (t->fill == BLOCK) {
			t->fill = 0;
			rc = begin_entry(t, err);
		}
		break;
	case WF_TAR_DATA:
	case WF_TAR_EXTRA:
		if (t->state == WF_TAR_EXTRA)
			rc = wf_buf_add(&t->extra, p, k, err);
		else if (t->taking)
			rc = wf_buf_add(t->out, p, k, err);
		t->left -= k;
		break;
	case WF_TAR_PAD:
		k = n < t->pad ? n : (size_t)t->pad;
		t->pad -= k;
		break;
	case WF_TAR_END:
		k = n;
		if (!is_zero(p, n))
			rc = bad(err, "something follows its end");
		break;
	}
	*used = k;
	return rc;
}

/* From one state to the next, where nothing is left of it. */
static enum wf_rc
settle(struct wf_tar *t, struct wf_err *err)
{
	enum wf_rc rc;

	if (t->state == WF_TAR_EXTRA && !t->left) {
		t->state = WF_TAR_PAD;
		if ((rc = end_extra(t, err)))
			return rc;
	}
	if (t->state == WF_TAR_DATA && !t->left) {
		t->taking = false;
		t->state = WF_TAR_PAD;
	}
	if (t->state == WF_TAR_PAD && !t->pad)
		t->state = WF_TAR_HEADER;
	return WF_OK;
}

enum wf_rc
wf_tar_add(struct wf_tar *t, const void *bytes, size_t n, struct wf_err *err)
{
	const unsigned char *p = bytes;
	enum wf_rc rc;
	size_t used;

	while (n) {
		if ((rc = some(t, p, n, &used, err)) || (rc = settle(t, err)))
			return rc;
		p += used;
		n -= used;
	}
	return WF_OK;
}

enum wf_rc
wf_tar_end(struct wf_tar *t, struct wf_err *err)
{
	if (t->state != WF_TAR_END)
		return bad(err, "ends early");
	if (!t->found && !t->entry)
		return wf_err_set(err, WF_R_MALFORMED, "archive: no file %s among %u entries",
		                  t->want, t->entries);
	return WF_OK;
}

uint64_t
wf_tar_skip(struct wf_tar *t)
{
	uint64_t n;

	if (t->state != WF_TAR_DATA)
		return 0;
	n = t->left + t->pad;
	t->left = t->pad = 0;
	t->state = WF_TAR_HEADER;
	return n;
}

void
wf_tar_free(struct wf_tar *t)
{
	wf_buf_free(&t->extra);
	wf_buf_free(&t->name);
}
