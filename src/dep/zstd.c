/* SPDX-License-Identifier: Apache-2.0
 *
 * Zstandard by libzstd.  Must never hold more than the window and a chunk.
 */
#include "dep/zstd.h"

#include <stddef.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/mem.h"
#include "dep/library.h"

#define CHUNK 65536u
#define WINDOW_LOG 23 /* 8 MiB: RFC 8878 3.1.1.1.2 asks decoders for no more */

#define FUNCTIONS(X) \
	X(ZSTD_createDCtx) X(ZSTD_freeDCtx) X(ZSTD_DCtx_setParameter) \
	X(ZSTD_decompressStream) X(ZSTD_isError) X(ZSTD_getErrorName)

static struct {
#define MEMBER(name) __typeof__(name) *name;
	FUNCTIONS(MEMBER)
#undef MEMBER
} lib;
static bool loaded;

struct wf_zstd {
	ZSTD_DCtx *ctx;
	bool ended;
	unsigned char out[CHUNK];
};

static enum wf_rc
load(struct wf_err *err)
{
	static const struct wf_library zstd = {"libzstd.so.1", "Install libzstd (Debian: libzstd1)."};
	static const struct wf_library_function table[] = {
#define ROW(name) {#name, offsetof(__typeof__(lib), name)},
		FUNCTIONS(ROW)
#undef ROW
	};
	enum wf_rc rc = loaded ? WF_OK : wf_library_load(&zstd, table, WF_COUNT(table), &lib, err);

	loaded = rc == WF_OK;
	return rc;
}

enum wf_rc
wf_zstd_new(struct wf_zstd **out, struct wf_err *err)
{
	WF_AUTO(wf_zstd_freep) struct wf_zstd *z = NULL;
	enum wf_rc rc = load(err);

	if (rc)
		return rc;
	z = wf_calloc(1, sizeof(*z));
	z->ctx = lib.ZSTD_createDCtx();
	if (!z->ctx || lib.ZSTD_isError(lib.ZSTD_DCtx_setParameter(z->ctx, ZSTD_d_windowLogMax,
	                                                            WINDOW_LOG)))
		return wf_err_set(err, WF_R_UNAVAILABLE, "libzstd does not start");
	*out = z;
	z = NULL;
	return WF_OK;
}

enum wf_rc
wf_zstd_add(struct wf_zstd *z, const void *p, size_t n, struct wf_inflate_out *to,
            struct wf_err *err)
{
	ZSTD_inBuffer in = {p, n, 0};
	bool full = true;

	to->in += n;
	while (!z->ended && (in.pos < n || full)) {
		ZSTD_outBuffer out = {z->out, CHUNK, 0};
		size_t left = lib.ZSTD_decompressStream(z->ctx, &out, &in);
		enum wf_rc rc;

		if (lib.ZSTD_isError(left))
			return wf_err_set(err, WF_R_MALFORMED, "zstd: %s",
			                  lib.ZSTD_getErrorName(left));
		z->ended = left == 0;
		full = out.pos == CHUNK;
		if (out.pos && (rc = wf_inflate_give(to, z->out, out.pos, err)))
			return rc;
	}
	if (z->ended && in.pos < n)
		return wf_err_set(err, WF_R_MALFORMED, "zstd: something follows the end of the frame");
	return WF_OK;
}

enum wf_rc
wf_zstd_end(const struct wf_zstd *z, struct wf_err *err)
{
	return z->ended ? WF_OK : wf_err_set(err, WF_R_MALFORMED, "zstd: ends early");
}

void
wf_zstd_freep(struct wf_zstd **z)
{
	if (!*z)
		return;
	(void)lib.ZSTD_freeDCtx((*z)->ctx);
	free(*z);
	*z = NULL;
}
