/* SPDX-License-Identifier: Apache-2.0
 *
 * Digest text to bytes and back.  Must never take a spelling that is not the
 * canonical one.
 */
#include "ref/digest.h"

#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "dep/crypto.h"

enum wf_rc
wf_digest_parse(struct wf_str text, const char *name, struct wf_digest *out,
                struct wf_err *err)
{
	struct wf_digest d;
	int shown = text.len > 100 ? 100 : (int)text.len;

	if (!wf_str_starts(text, "sha256:"))
		return wf_err_set(err, WF_R_USAGE,
		                  "%s: expected sha256: and 64 hex digits, found \"%.*s\"",
		                  name, shown, text.p ? text.p : "");
	if (text.len != 71 ||
	    !wf_enc_unhex((struct wf_str){text.p + 7, text.len - 7}, d.sha256, 32))
		return wf_err_set(err, WF_R_USAGE,
		                  "%s: expected 64 lower-case hex digits after sha256:, found \"%.*s\" (%zu)",
		                  name, shown, text.p, text.len - 7);
	*out = d;
	return WF_OK;
}

void
wf_digest_hex(const struct wf_digest *d, char out[65])
{
	wf_enc_hex(d->sha256, 32, out);
}

void
wf_digest_text(const struct wf_digest *d, char out[WF_DIGEST_TEXT])
{
	memcpy(out, "sha256:", 7);
	wf_digest_hex(d, out + 7);
}

bool
wf_digest_eq(const struct wf_digest *a, const struct wf_digest *b)
{
	return memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0;
}

void
wf_digest_of(const void *p, size_t n, struct wf_digest *out)
{
	wf_crypto_sha256(p, n, out->sha256);
}

enum wf_rc
wf_digest_check(const void *p, size_t n, const struct wf_digest *want,
                const char *name, struct wf_err *err)
{
	char have_z[WF_DIGEST_TEXT], want_z[WF_DIGEST_TEXT];
	struct wf_digest have;

	wf_digest_of(p, n, &have);
	if (wf_digest_eq(&have, want))
		return WF_OK;
	wf_digest_text(&have, have_z);
	wf_digest_text(want, want_z);
	return wf_err_set(err, WF_R_DIGEST_MISMATCH,
	                  "%s hashes to %s, expected %s", name, have_z, want_z);
}
