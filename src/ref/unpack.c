/* SPDX-License-Identifier: Apache-2.0
 *
 * Decompressor and archive, one behind the other.
 */
#include "ref/unpack.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dep/zlib.h"
#include "dep/zstd.h"
#include "ref/tar.h"

struct wf_unpack {
	enum wf_pack pack;
	struct wf_zlib *zlib;
	struct wf_zstd *zstd;
	struct wf_inflate_out inflated;
	struct wf_tar tar;
	char *name;
};

static enum wf_rc
to_tar(void *arg, const void *p, size_t n, struct wf_err *err)
{
	return wf_tar_add(arg, p, n, err);
}

enum wf_rc
wf_unpack_new(enum wf_pack pack, const char *name, struct wf_buf *out, struct wf_unpack **made,
              struct wf_err *err)
{
	WF_AUTO(wf_unpack_freep) struct wf_unpack *u = wf_calloc(1, sizeof(*u));
	enum wf_rc rc = WF_OK;

	u->pack = pack;
	u->name = wf_strdup(name);
	u->tar.path = *name == '/';
	u->tar.want = u->name + u->tar.path;
	u->tar.out = out;
	u->inflated = (struct wf_inflate_out){.add = to_tar, .arg = &u->tar};
	if (pack == WF_PACK_GZIP)
		rc = wf_zlib_new(&u->zlib, err);
	else if (pack == WF_PACK_ZSTD)
		rc = wf_zstd_new(&u->zstd, err);
	if (rc)
		return rc;
	*made = u;
	u = NULL;
	return WF_OK;
}

enum wf_rc
wf_unpack_add(struct wf_unpack *u, const void *p, size_t n, struct wf_err *err)
{
	switch (u->pack) {
	case WF_PACK_GZIP:
		return wf_zlib_add(u->zlib, p, n, &u->inflated, err);
	case WF_PACK_ZSTD:
		return wf_zstd_add(u->zstd, p, n, &u->inflated, err);
	case WF_PACK_TAR:
		return wf_tar_add(&u->tar, p, n, err);
	case WF_PACK_NONE:
		break;
	}
	wf_die("nothing to unpack");
}

enum wf_rc
wf_unpack_end(struct wf_unpack *u, struct wf_err *err)
{
	enum wf_rc rc = WF_OK;

	if (u->pack == WF_PACK_GZIP)
		rc = wf_zlib_end(u->zlib, err);
	else if (u->pack == WF_PACK_ZSTD)
		rc = wf_zstd_end(u->zstd, err);
	return rc ? rc : wf_tar_end(&u->tar, err);
}

void
wf_unpack_freep(struct wf_unpack **u)
{
	if (!*u)
		return;
	wf_zlib_freep(&(*u)->zlib);
	wf_zstd_freep(&(*u)->zstd);
	wf_tar_free(&(*u)->tar);
	free((*u)->name);
	free(*u);
	*u = NULL;
}
