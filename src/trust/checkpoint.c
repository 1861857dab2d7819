/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads and verifies checkpoints.  Must never skip a line of the log itself
 * that does not verify, and never take text that the signature does not cover.
 */
#include "trust/checkpoint.h"

#include <inttypes.h>
#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "base/text.h"
#include "dep/crypto.h"

#define DASH "\xe2\x80\x94 " /* U+2014 and a space open a signature line */
#define MAX_SIG_BYTES 1024u  /* RSA-8192; other kinds are shorter */
#define COSIGNATURE_TIME 8u  /* bytes of the time in a witness's line */
#define ED25519_BYTES 32u
#define SHOW(s) (int)((s).len > 80 ? 80 : (s).len), (s).p ? (s).p : ""

static enum wf_rc
invalid(struct wf_err *err, const char *what)
{
	return wf_err_set(err, WF_R_CHECKPOINT_INVALID, "checkpoint: %s", what);
}

/* Cuts the first line off; false when no newline is left. */
static bool
take_line(struct wf_str *rest, struct wf_str *line)
{
	const char *end = rest->len ? memchr(rest->p, '\n', rest->len) : NULL;

	if (!end)
		return false;
	*line = (struct wf_str){rest->p, (size_t)(end - rest->p)};
	rest->p = end + 1;
	rest->len -= line->len + 1;
	return true;
}

static bool
read_size(struct wf_str s, int64_t *out)
{
	uint64_t v = 0;
	size_t i;

	if (s.len == 0 || s.len > 19 || (s.p[0] == '0' && s.len > 1))
		return false;
	for (i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0'); /* 19 digits fit */
	}
	*out = (int64_t)v;
	return v <= INT64_MAX;
}

static bool
read_root(struct wf_str s, uint8_t out[WF_MERKLE_BYTES])
{
	WF_AUTO(wf_buf_free) struct wf_buf raw = WF_BUF_INIT(WF_MERKLE_BYTES);

	if (wf_enc_unbase64(s, &raw, NULL) || raw.len != WF_MERKLE_BYTES)
		return false;
	memcpy(out, raw.p, WF_MERKLE_BYTES);
	return true;
}

static enum wf_rc
read_body(struct wf_str body, struct wf_checkpoint *c, struct wf_err *err)
{
	struct wf_str line;

	if (!take_line(&body, &c->origin) || c->origin.len == 0)
		return invalid(err, "the first line is empty, expected the log's name");
	if (!take_line(&body, &line) || !read_size(line, &c->size))
		return invalid(err, "the second line is no tree size");
	if (!take_line(&body, &line) || !read_root(line, c->root))
		return invalid(err, "the third line is not the base64 of a root hash");
	while (body.len)
		if (!take_line(&body, &line) || line.len == 0)
			return invalid(err, "an empty line in the signed text");
	return WF_OK;
}

/* Dash, name, space, base64 of key id and signature. */
static bool
read_signature(struct wf_str line, struct wf_checkpoint_line *out)
{
	WF_AUTO(wf_buf_free) struct wf_buf raw = WF_BUF_INIT(WF_MAX_BUNDLE_BYTES);
	const char *space;

	if (!wf_str_starts(line, DASH))
		return false;
	line.p += sizeof(DASH) - 1;
	line.len -= sizeof(DASH) - 1;
	space = line.len ? memchr(line.p, ' ', line.len) : NULL;
	if (!space || space == line.p || memchr(line.p, '+', (size_t)(space - line.p)))
		return false;
	out->name = (struct wf_str){line.p, (size_t)(space - line.p)};
	out->text = (struct wf_str){space + 1, line.len - out->name.len - 1};
	if (wf_enc_unbase64(out->text, &raw, NULL) || raw.len <= WF_CHECKPOINT_ID_BYTES)
		return false;
	memcpy(out->id, raw.p, WF_CHECKPOINT_ID_BYTES);
	return true;
}

static bool
is_note_text(struct wf_str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 && s.p[i] != '\n')
			return false;
	return wf_text_is_utf8(s.p, s.len);
}

enum wf_rc
wf_checkpoint_parse(struct wf_str text, struct wf_checkpoint *c, struct wf_err *err)
{
	struct wf_str rest, line;
	size_t i, blank = 0;
	enum wf_rc rc;

	memset(c, 0, sizeof(*c));
	if (text.len == 0)
		return invalid(err, "there is none");
	if (text.p[text.len - 1] != '\n' || !is_note_text(text))
		return invalid(err, "not lines of text");
	for (i = 1; i < text.len; i++) /* the last blank line: extensions come before */
		if (text.p[i - 1] == '\n' && text.p[i] == '\n')
			blank = i;
	if (blank == 0)
		return invalid(err, "no blank line before the signatures");
	c->signed_text = (struct wf_str){text.p, blank};
	rest = (struct wf_str){text.p + blank + 1, text.len - blank - 1};
	if ((rc = read_body(c->signed_text, c, err)))
		return rc;
	while (take_line(&rest, &line)) {
		if (c->nlines == WF_CHECKPOINT_MAX_LINES)
			return wf_err_set(err, WF_R_CANDIDATE_LIMIT,
			                  "checkpoint: more than %u signatures", WF_CHECKPOINT_MAX_LINES);
		if (!read_signature(line, &c->lines[c->nlines++]))
			return invalid(err, "a line after the blank one is no signature");
	}
	return c->nlines ? WF_OK : invalid(err, "no signature");
}

/* C2SP signed-note: name, newline and type, the bare key. */
static void
ed25519_id(struct wf_str spki, struct wf_str name, const char type[2],
           uint8_t out[WF_CHECKPOINT_ID_BYTES])
{
	WF_AUTO(wf_crypto_sha256_freep) struct wf_sha256 *h = wf_crypto_sha256_new();
	uint8_t digest[WF_SHA256_BYTES];

	wf_crypto_sha256_add(h, name.p, name.len);
	wf_crypto_sha256_add(h, type, 2);
	wf_crypto_sha256_add(h, spki.p + spki.len - ED25519_BYTES, ED25519_BYTES);
	wf_crypto_sha256_end(h, digest);
	memcpy(out, digest, WF_CHECKPOINT_ID_BYTES);
}

void
wf_checkpoint_key_id(const struct wf_sigkey *key, struct wf_str spki, struct wf_str name,
                     bool v2, uint8_t out[WF_CHECKPOINT_ID_BYTES])
{
	static const char rsa[] = "\n\xffPKIX-RSA-PKCS#1v1.5";
	WF_AUTO(wf_crypto_sha256_freep) struct wf_sha256 *h = NULL;
	const char *algorithm = wf_sigkey_algorithm(key);
	uint8_t digest[WF_SHA256_BYTES];

	if (v2 && strcmp(algorithm, "ed25519") == 0 && spki.len > ED25519_BYTES) {
		ed25519_id(spki, name, "\n\x01", out);
		return;
	}
	h = wf_crypto_sha256_new();
	if (v2 && strncmp(algorithm, "rsa-", 4) == 0) {
		wf_crypto_sha256_add(h, name.p, name.len);
		wf_crypto_sha256_add(h, rsa, sizeof(rsa) - 1);
	}
	wf_crypto_sha256_add(h, spki.p, spki.len);
	wf_crypto_sha256_end(h, digest);
	memcpy(out, digest, WF_CHECKPOINT_ID_BYTES);
}

/* "rekor.sigstore.dev - 2605736670972794746": the host, where it is that. */
static struct wf_str
v1_name(struct wf_str origin)
{
	size_t n = origin.len;

	while (n && origin.p[n - 1] >= '0' && origin.p[n - 1] <= '9')
		n--;
	if (n == origin.len || n <= 3 || memcmp(origin.p + n - 3, " - ", 3) != 0)
		return origin;
	return (struct wf_str){origin.p, n - 3};
}

static enum wf_rc
verify_line(const struct wf_checkpoint *c, const struct wf_checkpoint_line *line,
            const struct wf_sigkey *key, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf raw =
		WF_BUF_INIT(WF_CHECKPOINT_ID_BYTES + MAX_SIG_BYTES);
	struct wf_str sig;
	const char *how;

	if (wf_enc_unbase64(line->text, &raw, NULL))
		return invalid(err, "the log's signature is too long");
	sig = (struct wf_str){raw.p + WF_CHECKPOINT_ID_BYTES, raw.len - WF_CHECKPOINT_ID_BYTES};
	if (wf_sigkey_verify(key, c->signed_text, sig, &how) != WF_SIGKEY_GOOD)
		return wf_err_set(err, WF_R_CHECKPOINT_INVALID,
		                  "checkpoint: the signature of %.*s does not verify", SHOW(line->name));
	return WF_OK;
}

enum wf_rc
wf_checkpoint_verify(const struct wf_checkpoint *c, const struct wf_checkpoint_log *log,
                     struct wf_err *err)
{
	bool v2 = log->origin.len > 0;
	struct wf_str name = v2 ? log->origin : v1_name(c->origin);
	uint8_t id[WF_CHECKPOINT_ID_BYTES];
	bool signed_by_log = false;
	size_t i;
	enum wf_rc rc;

	if (v2 && !wf_str_eq(c->origin, log->origin))
		return wf_err_set(err, WF_R_CHECKPOINT_INVALID,
		                  "checkpoint: of log \"%.*s\", expected \"%.*s\"", SHOW(c->origin),
		                  SHOW(log->origin));
	wf_checkpoint_key_id(log->key, log->spki, name, v2, id);
	for (i = 0; i < c->nlines; i++) {
		if (!wf_str_eq(c->lines[i].name, name) || memcmp(c->lines[i].id, id, sizeof(id)) != 0)
			continue;
		if ((rc = verify_line(c, &c->lines[i], log->key, err)))
			return rc;
		signed_by_log = true;
	}
	if (signed_by_log)
		return WF_OK;
	return wf_err_set(err, WF_R_CHECKPOINT_INVALID,
	                  "checkpoint: none of %zu signatures is that of the log's key, named \"%.*s\"",
	                  c->nlines, SHOW(name));
}

static uint64_t
big_endian(const char *p)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < COSIGNATURE_TIME; i++)
		v = v << 8 | (uint8_t)p[i];
	return v;
}

/* The line holds the time, which is signed with the text. */
static enum wf_rc
verify_cosignature(const struct wf_checkpoint *c, const struct wf_checkpoint_line *line,
                   const struct wf_checkpoint_witness *w, bool *counts,
                   struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf raw = WF_BUF_INIT(WF_CHECKPOINT_ID_BYTES + MAX_SIG_BYTES);
	WF_AUTO(wf_buf_free) struct wf_buf msg = WF_BUF_INIT(WF_MAX_BUNDLE_BYTES + 64);
	const size_t head = WF_CHECKPOINT_ID_BYTES + COSIGNATURE_TIME;
	struct wf_instant t = {.sec = 0};
	uint64_t sec;
	const char *how;
	enum wf_rc rc;

	if (wf_enc_unbase64(line->text, &raw, NULL) || raw.len <= head ||
	    (sec = big_endian(raw.p + WF_CHECKPOINT_ID_BYTES)) > INT64_MAX)
		return wf_err_set(err, WF_R_CHECKPOINT_INVALID,
		                  "checkpoint: the line of witness %.*s is no cosignature", SHOW(line->name));
	t.sec = (int64_t)sec;
	if (!wf_instant_within(&w->window, t))
		return WF_OK;
	wf_buf_putf(&msg, "cosignature/v1\ntime %" PRIu64 "\n", sec);
	if ((rc = wf_buf_add(&msg, c->signed_text.p, c->signed_text.len, err)))
		return rc;
	if (wf_sigkey_verify(w->key, wf_buf_str(&msg), (struct wf_str){raw.p + head, raw.len - head},
	                     &how) != WF_SIGKEY_GOOD)
		return wf_err_set(err, WF_R_CHECKPOINT_INVALID,
		                  "checkpoint: the cosignature of %.*s does not verify", SHOW(line->name));
	*counts = true;
	return WF_OK;
}

enum wf_rc
wf_checkpoint_cosigned(const struct wf_checkpoint *c, const struct wf_checkpoint_witness *w,
                       bool *cosigned, struct wf_err *err)
{
	uint8_t id[WF_CHECKPOINT_ID_BYTES];
	size_t i;
	enum wf_rc rc;

	*cosigned = false;
	if (strcmp(wf_sigkey_algorithm(w->key), "ed25519") != 0 || w->spki.len <= ED25519_BYTES)
		return WF_OK;
	ed25519_id(w->spki, w->name, "\n\x04", id);
	for (i = 0; i < c->nlines; i++)
		if (wf_str_eq(c->lines[i].name, w->name) && memcmp(c->lines[i].id, id, sizeof(id)) == 0 &&
		    (rc = verify_cosignature(c, &c->lines[i], w, cosigned, err)))
			return rc;
	return WF_OK;
}
