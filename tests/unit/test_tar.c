/* SPDX-License-Identifier: Apache-2.0
 *
 * ref/tar.c, rule R-X4 and classes T12, T13, T18 of the pull protocol: each
 * archive changes one thing in one that passes, and is given byte by byte too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "ref/tar.h"
#include "tests/lib/tap.h"

#define MAX 100u

/* What is changed in an entry. */
struct entry {
	const char *name;
	char type;
	const char *data;
	const char *prefix, *size; /* NULL: none, and as long as data */
	bool wrong_sum, gnu;
};

struct row {
	const char *rule;
	struct entry v[4];
	const char *tail; /* after the entries: "z" zero block, "g" garbage, "h" half a block */
	enum wf_reason why;
	const char *says;
};

#define F(n, d) {.name = (n), .type = '0', .data = (d)}
#define PAX(d) {.name = "pax", .type = 'x', .data = (d)}
#define GOOD F("a/plugin.wasm", "module")

static const struct row rows[] = {
	{"a file in a directory", {{.name = "a/", .type = '5'}, GOOD}, "zz", WF_R_OK, NULL},
	{"the type of old archives", {{.name = "plugin.wasm", .type = '\0', .data = "module"}}, "zz", WF_R_OK, NULL},
	{"others around it", {F("x", "1"), GOOD, F("plugin.wasm.md5", "2"), F("myplugin.wasm", "3")}, "zz", WF_R_OK, NULL},
	{"links and devices of other names are passed over", {{.name = "l", .type = '2'}, {.name = "d", .type = '3'}, GOOD}, "zz", WF_R_OK, NULL},
	{"one zero block is an end", {GOOD}, "z", WF_R_OK, NULL},
	{"zeros to the size of a record", {GOOD}, "zzzzzzzz", WF_R_OK, NULL},
	{"a prefix", {{.name = "plugin.wasm", .type = '0', .data = "module", .prefix = "very/long"}}, "zz", WF_R_OK, NULL},
	{"R-X4: a pax name", {PAX("24 path=a/b/plugin.wasm\n"), F("x", "module")}, "zz", WF_R_OK, NULL},
	{"R-X4: a pax size", {PAX("10 size=6\n"), {.name = "plugin.wasm", .type = '0', .data = "module", .size = "00000000000"}}, "zz", WF_R_OK, NULL},
	{"other pax records", {PAX("18 mtime=12345.67\n"), GOOD}, "zz", WF_R_OK, NULL},
	{"R-X4: a long name of GNU", {{.name = "@", .type = 'L', .data = "b/plugin.wasm"}, F("x", "module")}, "zz", WF_R_OK, NULL},
	{"a size in base 256", {{.name = "plugin.wasm", .type = '0', .data = "module", .size = "\x80"}}, "zz", WF_R_OK, NULL},

	{"T18: no end", {GOOD}, "", WF_R_MALFORMED, "ends early"},
	{"T18: half a header", {GOOD}, "h", WF_R_MALFORMED, "ends early"},
	{"T18: something after the end", {GOOD}, "zzg", WF_R_MALFORMED, "follows its end"},
	{"T18: after the first zero block", {GOOD}, "zg", WF_R_MALFORMED, "follows its end"},
	{"no such file", {F("a/b", "module")}, "zz", WF_R_MALFORMED, "no file plugin.wasm among 1 entries"},
	{"a directory of that name", {{.name = "plugin.wasm/", .type = '5'}}, "zz", WF_R_MALFORMED, "no file plugin.wasm"},
	{"nothing at all", {{.name = NULL}}, "zz", WF_R_MALFORMED, "no file"},
	{"R-X4: it is there twice", {GOOD, F("plugin.wasm", "module")}, "zz", WF_R_MALFORMED, "there twice"},
	{"R-X4: it is a symbolic link", {{.name = "plugin.wasm", .type = '2'}}, "zz", WF_R_MALFORMED, "no regular file"},
	{"R-X4: it is a hard link", {F("x", "1"), {.name = "plugin.wasm", .type = '1'}}, "zz", WF_R_MALFORMED, "no regular file"},
	{"R-X4: it is a device", {{.name = "plugin.wasm", .type = '3'}}, "zz", WF_R_MALFORMED, "no regular file"},
	{"R-X4: a link of its name beside it", {GOOD, {.name = "plugin.wasm", .type = '2'}}, "zz", WF_R_MALFORMED, "no regular file"},
	{"T12: an absolute name", {GOOD, F("/etc/passwd", "1")}, "zz", WF_R_MALFORMED, "absolute"},
	{"T12: a name that goes up", {GOOD, F("a/../../etc", "1")}, "zz", WF_R_MALFORMED, "goes up"},
	{"T12: a pax name that goes up", {PAX("14 path=../ab\n"), GOOD}, "zz", WF_R_MALFORMED, "goes up"},
	{"T12: no name", {GOOD, F("", "1")}, "zz", WF_R_MALFORMED, "without a name"},
	{"R-X4: a sparse file of GNU", {{.name = "plugin.wasm", .type = 'S', .data = "module"}}, "zz", WF_R_MALFORMED, "unknown kind of entry 0x53"},
	{"R-X4: a sparse file of pax", {PAX("22 GNU.sparse.major=1\n"), GOOD}, "zz", WF_R_MALFORMED, "sparse"},
	{"an unknown kind", {{.name = "x", .type = 'Z'}, GOOD}, "zz", WF_R_MALFORMED, "unknown kind"},
	{"a directory with contents", {{.name = "d", .type = '5', .data = "1"}, GOOD}, "zz", WF_R_MALFORMED, "cannot have"},
	{"a link with contents", {{.name = "d", .type = '2', .data = "1"}, GOOD}, "zz", WF_R_MALFORMED, "cannot have"},
	{"a wrong checksum", {{.name = "plugin.wasm", .type = '0', .data = "module", .wrong_sum = true}}, "zz", WF_R_MALFORMED, "checksum"},
	{"a size that is no number", {{.name = "plugin.wasm", .type = '0', .data = "module", .size = "00000x0006"}}, "zz", WF_R_MALFORMED, "size"},
	{"a size below zero", {{.name = "plugin.wasm", .type = '0', .data = "module", .size = "\xff"}}, "zz", WF_R_MALFORMED, "size"},
	{"a size without digits", {{.name = "plugin.wasm", .type = '0', .data = "module", .size = " "}}, "zz", WF_R_MALFORMED, "size"},
	{"T13: a size past the limit", {{.name = "plugin.wasm", .type = '0', .data = "module", .size = "00000000145"}}, "zz", WF_R_LIMIT, "101 bytes, the limit is 100"},
	{"T13: a size that nobody has", {{.name = "plugin.wasm", .type = '0', .data = "module", .size = "77777777777"}}, "zz", WF_R_LIMIT, "the limit is 100"},
	{"T13: another file may be as large as it says, and then lacks it", {GOOD, {.name = "x", .type = '0', .data = "1", .size = "77777777777"}}, "zz", WF_R_MALFORMED, "ends early"},
	{"T13: a pax header past the limit", {{.name = "x", .type = 'x', .data = "1", .size = "00000200001"}, GOOD}, "zz", WF_R_LIMIT, "header of 65537 bytes"},
	{"a name for all entries", {{.name = "g", .type = 'g', .data = "15 path=plu.in\n"}, GOOD}, "zz", WF_R_MALFORMED, "every entry"},
	{"other records for all", {{.name = "g", .type = 'g', .data = "19 comment=1234567\n"}, GOOD}, "zz", WF_R_OK, NULL},
	{"two names for one entry", {PAX("11 path=ab\n11 path=cd\n"), GOOD}, "zz", WF_R_MALFORMED, "two long names"},
	{"a name of each kind for one entry", {PAX("11 path=ab\n"), {.name = "@", .type = 'L', .data = "cd"}, GOOD}, "zz", WF_R_MALFORMED, "two long names"},
	{"two sizes for one entry", {PAX("10 size=6\n10 size=6\n"), GOOD}, "zz", WF_R_MALFORMED, "two of them"},
	{"a pax size of letters", {PAX("11 size=6a\n"), GOOD}, "zz", WF_R_MALFORMED, "no number"},
	{"a pax header for nothing", {GOOD, PAX("11 path=ab\n")}, "zz", WF_R_MALFORMED, "describes an entry"},
	{"a pax record that is longer than it says", {PAX("9 size=6\n\n"), GOOD}, "zz", WF_R_MALFORMED, "damaged"},
	{"a pax record without a key", {PAX("5 ab\n"), GOOD}, "zz", WF_R_MALFORMED, "damaged"},
	{"a pax record without a length", {PAX("size=6\n"), GOOD}, "zz", WF_R_MALFORMED, "damaged"},
	{"GNU has no prefix there", {{.name = "a", .type = '0', .data = "module", .prefix = "plugin.wasm", .gnu = true}}, "zz", WF_R_MALFORMED, "no file"},
};

static void
put(struct wf_buf *b, const void *p, size_t n)
{
	if (wf_buf_add(b, p, n, NULL))
		abort();
}

static void
put_entry(struct wf_buf *b, const struct entry *e)
{
	static const char zeros[512];
	const char *data = e->data ? e->data : "";
	size_t n = strlen(data);
	char h[512] = "";
	unsigned sum = 0;

	(void)snprintf(h, 100, "%s", e->name);
	(void)snprintf(h + 124, 12, "%011o", (unsigned)n);
	if (e->size && (e->size[0] & 0x80)) {
		memset(h + 124, e->size[0] == (char)0xff ? 0xff : 0, 12);
		h[124] = e->size[0];
		h[135] = (char)n;
	} else if (e->size) {
		memset(h + 124, 0, 12);
		memcpy(h + 124, e->size, strlen(e->size));
	}
	h[156] = e->type;
	memcpy(h + 257, e->gnu ? "ustar  " : "ustar\0" "00", 8);
	(void)snprintf(h + 345, 155, "%s", e->prefix ? e->prefix : "");
	memset(h + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += (unsigned char)h[i];
	(void)snprintf(h + 148, 8, "%06o", sum + e->wrong_sum);
	put(b, h, 512);
	put(b, data, n);
	put(b, zeros, (512 - n % 512) % 512);
}

static void
archive(const struct row *r, struct wf_buf *b)
{
	static const char zeros[512];

	for (size_t i = 0; i < 4 && r->v[i].name; i++)
		put_entry(b, &r->v[i]);
	for (const char *t = r->tail; *t; t++)
		put(b, *t == 'z' ? zeros : "garbage", *t == 'z' ? 512 : 7);
}

static void
reads(const struct row *r, size_t step)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(65536);
	WF_AUTO(wf_buf_free) struct wf_buf out = WF_BUF_INIT(MAX);
	WF_AUTO(wf_tar_free) struct wf_tar t = {.want = "plugin.wasm", .out = &out};
	struct wf_err e = {0};
	enum wf_rc rc = WF_OK;

	archive(r, &bytes);
	for (size_t i = 0; i < bytes.len && rc == WF_OK; i += step)
		rc = wf_tar_add(&t, bytes.p + i, i + step < bytes.len ? step : bytes.len - i, &e);
	if (rc == WF_OK)
		rc = wf_tar_end(&t, &e);
	if (!ERR(rc, &e, r->why, r->rule))
		return;
	if (r->why == WF_R_OK)
		IS(wf_buf_z(&out), "module", r->rule);
	else if (!strstr(e.msg, r->says))
		IS(e.msg, r->says, r->rule);
}

/* By the whole path: "./" and "//" do not count, other directories do. */
static void
paths(void)
{
	static const struct { const char *name; bool found; } names[] = {
		{"app/x.wasm", true}, {"./app/x.wasm", true}, {"app//x.wasm", true},
		{"x.wasm", false}, {"b/app/x.wasm", false}, {"app/x.wasm/y", false}, {"appx.wasm", false},
		{"app/x.was", false}, {"app/x.wasm2", false}, {"app", false},
	};

	for (size_t i = 0; i < WF_COUNT(names); i++) {
		WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(65536);
		WF_AUTO(wf_buf_free) struct wf_buf out = WF_BUF_INIT(MAX);
		WF_AUTO(wf_tar_free) struct wf_tar t = {.want = "app/x.wasm", .path = true, .out = &out};
		struct row r = {.v = {F(names[i].name, "module")}, .tail = "zz"};
		struct wf_err e = {0};

		archive(&r, &bytes);
		OK(wf_tar_add(&t, bytes.p, bytes.len, &e) == WF_OK, names[i].name);
		OK((wf_tar_end(&t, &e) == WF_OK) == names[i].found, names[i].name);
	}
}

/* T13: as many entries as the limit, and one more. */
static void
many(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf one = WF_BUF_INIT(65536);
	WF_AUTO(wf_buf_free) struct wf_buf out = WF_BUF_INIT(MAX);
	WF_AUTO(wf_tar_free) struct wf_tar t = {.want = "plugin.wasm", .out = &out};
	struct entry e = {.name = "x", .type = '5'};
	struct wf_err err = {0};
	enum wf_rc rc = WF_OK;

	put_entry(&one, &e);
	for (unsigned i = 0; i < WF_MAX_TAR_ENTRIES && rc == WF_OK; i++)
		rc = wf_tar_add(&t, one.p, one.len, &err);
	OK(rc == WF_OK, "as many entries as the limit");
	ERR(wf_tar_add(&t, one.p, one.len, &err), &err, WF_R_LIMIT, "T13: and one more");
}

int
main(void)
{
	for (size_t i = 0; i < WF_COUNT(rows); i++) {
		reads(&rows[i], 65536);
		reads(&rows[i], 1);
		reads(&rows[i], 7);
	}
	paths();
	many();
	return tap_done();
}
