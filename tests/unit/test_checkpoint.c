/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/checkpoint.c: notes of both generations of logs, then their grammar
 * and their signatures, one change at a time.
 */
#include "trust/checkpoint.h"

#include <stdlib.h>

#include "base/enc.h"
#include "dep/crypto.h"
#include "tests/lib/sign.h"
#include "tests/lib/tap.h"

#define DASH "\xe2\x80\x94 "
#define ROOT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define V2 "log.test\n736\n" ROOT "\n"
#define V1 "log.test - 12345\n736\n" ROOT "\n"

struct signer {
	struct sign_key *sign;
	struct wf_sigkey *key;
	struct wf_buf spki;
};

static void
signer_init(struct signer *s, const char *kind)
{
	s->sign = sign_key_new(kind);
	s->spki = sign_public(s->sign, SIGN_DER);
	if (wf_sigkey_load(wf_buf_str(&s->spki), kind, &s->key, NULL))
		abort();
}

static void
signer_free(struct signer *s)
{
	sign_key_freep(&s->sign);
	wf_sigkey_free(s->key);
	wf_buf_free(&s->spki);
}

/* The key's name in a note, made here from the specification. */
static void
key_id(const struct signer *s, const char *name, bool c2sp, uint8_t id[4])
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(4096);
	uint8_t hash[32];

	if (c2sp) {
		wf_buf_putf(&b, "%s\n\x01", name);
		if (wf_buf_add(&b, s->spki.p + s->spki.len - 32, 32, NULL))
			abort();
	} else if (wf_buf_add(&b, s->spki.p, s->spki.len, NULL)) {
		abort();
	}
	wf_crypto_sha256(b.p, b.len, hash);
	memcpy(id, hash, 4);
}

/* One signature line over the text; caller frees. */
static char *
line(const struct signer *s, const char *text, const char *name, bool c2sp)
{
	WF_AUTO(wf_buf_free) struct wf_buf sig = sign_bytes(s->sign, c2sp ? NULL : "SHA256", wf_str(text));
	WF_AUTO(wf_buf_free) struct wf_buf raw = WF_BUF_INIT(4096);
	WF_AUTO(wf_freep) char *b64 = NULL;
	uint8_t id[4];

	key_id(s, name, c2sp, id);
	if (wf_buf_add(&raw, id, 4, NULL) || wf_buf_add(&raw, sig.p, sig.len, NULL))
		abort();
	b64 = sign_base64(wf_buf_str(&raw));
	return wf_asprintf(DASH "%s %s\n", name, b64);
}

static enum wf_rc
check(struct wf_str text, const struct signer *s, const char *origin, struct wf_err *err)
{
	struct wf_checkpoint_log log = {.key = s->key, .spki = wf_buf_str(&s->spki),
	                                .origin = wf_str(origin)};
	struct wf_checkpoint c;
	enum wf_rc rc;

	wf_err_clear(err);
	if ((rc = wf_checkpoint_parse(text, &c, err)))
		return rc;
	return wf_checkpoint_verify(&c, &log, err);
}

static void
expect(const char *text, const struct signer *s, const char *origin, enum wf_reason want,
       const char *name)
{
	struct wf_err err = {0};

	ERR(check(wf_str(text), s, origin, &err), &err, want, name);
}

/* body, line(s); what the text signed was is another matter. */
static void
note(const char *body, const char *lines, const struct signer *s, enum wf_reason want,
     const char *name)
{
	WF_AUTO(wf_freep) char *text = wf_asprintf("%s\n%s", body, lines);

	expect(text, s, "log.test", want, name);
}

static void
grammar(const struct signer *s)
{
	static const struct {
		const char *name, *body; /* signed as it is */
		bool good;
	} rows[] = {
		{"R29 a checkpoint of v2", V2, true},
		{"R29 with extension lines", V2 "one\ntwo lines\n", true},
		{"R29 of the empty tree", "log.test\n0\n" ROOT "\n", true},
		{"R29 another origin", "log2.test\n736\n" ROOT "\n", false},
		{"R29 origin with a tree id, which v2 has not", V1, false},
		{"R29 no origin", "\n736\n" ROOT "\n", false},
		{"R29 size with a leading zero", "log.test\n0736\n" ROOT "\n", false},
		{"R29 size with a sign", "log.test\n+736\n" ROOT "\n", false},
		{"R29 negative size", "log.test\n-736\n" ROOT "\n", false},
		{"R29 size of 2^63", "log.test\n9223372036854775808\n" ROOT "\n", false},
		{"R29 size in hex", "log.test\n0x10\n" ROOT "\n", false},
		{"R29 empty size", "log.test\n\n" ROOT "\n", false},
		{"R29 no size", "log.test\n" ROOT "\n", false},
		{"R29 root of 31 bytes", "log.test\n736\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n", false},
		{"R29 root in hex", "log.test\n736\nabcdefabcdefabcdefabcdefabcdefab\n", false},
		{"R29 no root", "log.test\n736\n", false},
		{"R29 an empty line among the extensions", V2 "one\n\ntwo\n", false},
		{"R29 a carriage return", "log.test\r\n736\n" ROOT "\n", false},
		{"R29 a tab", V2 "a\tb\n", false},
		{"R29 not UTF-8", V2 "\xff\n", false},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(rows); i++) {
		WF_AUTO(wf_freep) char *l = line(s, rows[i].body, "log.test", true);

		note(rows[i].body, l, s, rows[i].good ? WF_R_OK : WF_R_CHECKPOINT_INVALID, rows[i].name);
	}
}

static void
lines(const struct signer *s, const struct signer *witness)
{
	WF_AUTO(wf_freep) char *good = line(s, V2, "log.test", true);
	WF_AUTO(wf_freep) char *over_other = line(s, V2 "x\n", "log.test", true);
	WF_AUTO(wf_freep) char *cosigned = line(witness, V2, "witness.test", true);
	WF_AUTO(wf_freep) char *named_so = line(witness, V2, "log.test", true);
	WF_AUTO(wf_freep) char *renamed = line(s, V2, "log2.test", true);
	WF_AUTO(wf_freep) char *both = wf_asprintf("%s%s", cosigned, good);
	WF_AUTO(wf_freep) char *stranger = wf_asprintf("%s%s", named_so, good);
	WF_AUTO(wf_freep) char *one_bad = wf_asprintf("%s%s", good, over_other);
	WF_AUTO(wf_freep) char *blank = wf_asprintf("%s\n", good);
	WF_AUTO(wf_freep) char *unfinished = wf_strndup(good, strlen(good) - 1);
	WF_AUTO(wf_freep) char *spaced = wf_asprintf("%.*s \n", (int)strlen(good) - 1, good);
	WF_AUTO(wf_freep) char *hyphen = wf_asprintf("- %s", good + 4);
	WF_AUTO(wf_freep) char *nameless = wf_asprintf(DASH " %s", strrchr(good, ' ') + 1);
	WF_AUTO(wf_freep) char *plus = wf_asprintf(DASH "log+test %s", strrchr(good, ' ') + 1);

	note(V2, both, s, WF_R_OK, "R29 a witness before the log");
	note(V2, stranger, s, WF_R_OK, "R29 a line by the log's name and an unknown key is passed over");
	note(V2, cosigned, s, WF_R_CHECKPOINT_INVALID, "R29 a witness alone");
	note(V2, named_so, s, WF_R_CHECKPOINT_INVALID, "R30 the log's name with another key's id");
	note(V2, renamed, s, WF_R_CHECKPOINT_INVALID, "R29 the log's key by another name");
	note(V2, over_other, s, WF_R_CHECKPOINT_INVALID, "R29 a signature over other text");
	note(V2, one_bad, s, WF_R_CHECKPOINT_INVALID, "R29 one good and one bad line of the log");
	note(V2, "", s, WF_R_CHECKPOINT_INVALID, "R29 no signature");
	note(V2, blank, s, WF_R_CHECKPOINT_INVALID, "R29 a blank line at the end");
	note(V2, unfinished, s, WF_R_CHECKPOINT_INVALID, "R29 no newline at the end");
	note(V2, spaced, s, WF_R_CHECKPOINT_INVALID, "R29 a space at the end of a line");
	note(V2, hyphen, s, WF_R_CHECKPOINT_INVALID, "R29 a hyphen for the dash");
	note(V2, nameless, s, WF_R_CHECKPOINT_INVALID, "R29 a line without a name");
	note(V2, plus, s, WF_R_CHECKPOINT_INVALID, "R29 a plus in a name");
	note(V2, DASH "log.test AAAAAA==\n", s, WF_R_CHECKPOINT_INVALID, "R29 a key id and no signature");
	expect(V2, s, "log.test", WF_R_CHECKPOINT_INVALID, "R29 no blank line");
	expect("", s, "log.test", WF_R_CHECKPOINT_INVALID, "R29 nothing");
	expect("\n", s, "log.test", WF_R_CHECKPOINT_INVALID, "R29 a newline");
	expect("\n\n", s, "log.test", WF_R_CHECKPOINT_INVALID, "R29 two newlines");
}

static void
many(const struct signer *s)
{
	WF_AUTO(wf_freep) char *good = line(s, V2, "log.test", true);
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(1u << 16);
	unsigned i;

	for (i = 1; i < WF_CHECKPOINT_MAX_LINES; i++)
		wf_buf_putz(&b, DASH "w.test AAAAAAAA\n");
	wf_buf_putz(&b, good);
	note(V2, wf_buf_z(&b), s, WF_R_OK, "as many signatures as are read");
	wf_buf_putz(&b, DASH "w.test AAAAAAAA\n");
	note(V2, wf_buf_z(&b), s, WF_R_CANDIDATE_LIMIT, "R03 one more");
}

static void
first_generation(void)
{
	struct signer s;

	signer_init(&s, "p256");
	{
		WF_AUTO(wf_freep) char *l = line(&s, V1, "log.test", false);
		WF_AUTO(wf_freep) char *text = wf_asprintf("%s\n%s", V1, l);
		WF_AUTO(wf_freep) char *other = line(&s, V1, "other.test", false);
		WF_AUTO(wf_freep) char *named = wf_asprintf("%s\n%s", V1, other);
		WF_AUTO(wf_freep) char *plain = line(&s, V2, "log.test", false);
		WF_AUTO(wf_freep) char *bare = wf_asprintf("%s\n%s", V2, plain);

		expect(text, &s, NULL, WF_R_OK, "R29 a checkpoint of v1");
		expect(bare, &s, NULL, WF_R_OK, "R29 an origin that is the host alone");
		expect(text, &s, "log.test", WF_R_CHECKPOINT_INVALID, "R29 v1 where v2 is due");
		expect(named, &s, NULL, WF_R_CHECKPOINT_INVALID, "R29 v1: the log's key by another name");
	}
	signer_free(&s);
}

static void
key_ids(void)
{
	struct signer rsa;
	uint8_t v1[4], v2[4], want[4];
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(4096);
	uint8_t hash[32];

	signer_init(&rsa, "rsa2048");
	wf_buf_putz(&b, "log.test\n");
	if (wf_buf_add(&b, "\xffPKIX-RSA-PKCS#1v1.5", 20, NULL) ||
	    wf_buf_add(&b, rsa.spki.p, rsa.spki.len, NULL))
		abort();
	wf_crypto_sha256(b.p, b.len, hash);
	wf_checkpoint_key_id(rsa.key, wf_buf_str(&rsa.spki), wf_str("log.test"), true, v2);
	OK(memcmp(v2, hash, 4) == 0, "R30 the id of an RSA key in v2");
	wf_checkpoint_key_id(rsa.key, wf_buf_str(&rsa.spki), wf_str("log.test"), false, v1);
	key_id(&rsa, "log.test", false, want);
	OK(memcmp(v1, want, 4) == 0 && memcmp(v1, v2, 4) != 0, "R30 and in v1");
	signer_free(&rsa);
}

int
main(void)
{
	struct wf_checkpoint c;
	struct signer s, witness;

	signer_init(&s, "ed25519");
	signer_init(&witness, "ed25519");
	grammar(&s);
	lines(&s, &witness);
	many(&s);
	first_generation();
	key_ids();
	OK(wf_checkpoint_parse(wf_str(V2 "\n" DASH "w AAAAAAAA\n"), &c, NULL) == WF_OK &&
	   c.size == 736 && c.root[31] == 31 && wf_str_eqz(c.origin, "log.test") &&
	   wf_str_eqz(c.signed_text, V2) && c.nlines == 1, "what a checkpoint says");
	signer_free(&s);
	signer_free(&witness);
	return tap_done();
}
