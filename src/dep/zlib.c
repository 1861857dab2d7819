/* SPDX-License-Identifier: Apache-2.0
 *
 * gzip by zlib.  Must never hold more than a chunk of what comes out.
 */
#include "dep/zlib.h"

#define ZLIB_CONST /* its input */
#include <stddef.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/mem.h"
#include "dep/library.h"

#define CHUNK 65536u
#define GZIP_ALONE (15 + 16) /* windowBits: a gzip header, no other */

#define FUNCTIONS(X) X(inflateInit2_) X(inflate) X(inflateEnd)

static struct {
#define MEMBER(name) __typeof__(name) *name;
	FUNCTIONS(MEMBER)
#undef MEMBER
} lib;
static bool loaded;

struct wf_zlib {
	z_stream z;
	bool ended;
	unsigned char out[CHUNK];
};

static enum wf_rc
load(struct wf_err *err)
{
	static const struct wf_library zlib = {"libz.so.1", "Install zlib (Debian: zlib1g)."};
	static const struct wf_library_function table[] = {
#define ROW(name) {#name, offsetof(__typeof__(lib), name)},
		FUNCTIONS(ROW)
#undef ROW
	};
	enum wf_rc rc = loaded ? WF_OK : wf_library_load(&zlib, table, WF_COUNT(table), &lib, err);

	loaded = rc == WF_OK;
	return rc;
}

enum wf_rc
wf_zlib_new(struct wf_zlib **out, struct wf_err *err)
{
	struct wf_zlib *z;
	enum wf_rc rc = load(err);

	if (rc)
		return rc;
	z = wf_calloc(1, sizeof(*z));
	if (lib.inflateInit2_(&z->z, GZIP_ALONE, ZLIB_VERSION, (int)sizeof(z->z)) != Z_OK) {
		free(z);
		return wf_err_set(err, WF_R_UNAVAILABLE, "zlib does not start");
	}
	*out = z;
	return WF_OK;
}

enum wf_rc
wf_zlib_add(struct wf_zlib *z, const void *p, size_t n, struct wf_inflate_out *to,
            struct wf_err *err)
{
	if (z->ended && n)
		return wf_err_set(err, WF_R_MALFORMED, "gzip: something follows the end of the stream");
	z->z.next_in = p;
	z->z.avail_in = (unsigned)n;
	to->in += n;
	do {
		enum wf_rc rc;
		int said;

		z->z.next_out = z->out;
		z->z.avail_out = CHUNK;
		said = lib.inflate(&z->z, Z_NO_FLUSH);
		if (said != Z_OK && said != Z_STREAM_END && said != Z_BUF_ERROR)
			return wf_err_set(err, WF_R_MALFORMED, "gzip: %s",
			                  z->z.msg ? z->z.msg : "damaged");
		z->ended = said == Z_STREAM_END;
		if (z->z.avail_out != CHUNK &&
		    (rc = wf_inflate_give(to, z->out, CHUNK - z->z.avail_out, err)))
			return rc;
	} while (!z->ended && z->z.avail_out == 0);
	if (z->ended && z->z.avail_in)
		return wf_err_set(err, WF_R_MALFORMED, "gzip: something follows the end of the stream");
	return WF_OK;
}

enum wf_rc
wf_zlib_end(const struct wf_zlib *z, struct wf_err *err)
{
	return z->ended ? WF_OK : wf_err_set(err, WF_R_MALFORMED, "gzip: ends early");
}

void
wf_zlib_freep(struct wf_zlib **z)
{
	if (!*z)
		return;
	(void)lib.inflateEnd(&(*z)->z);
	free(*z);
	*z = NULL;
}
