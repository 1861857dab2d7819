/* SPDX-License-Identifier: Apache-2.0
 *
 * Digests: one spelling, known values, and the check that names both sides.
 */
#include "ref/digest.h"
#include "tests/lib/tap.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

int
main(void)
{
	static const char *const bad[] = {
		"", "sha256", "sha256:", "sha256:abc", EMPTY, "sha256:" EMPTY "0",
		"sha256:E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"SHA256:" EMPTY, "sha512:" EMPTY, "sha256-" EMPTY, " sha256:" EMPTY,
		"sha256:" EMPTY "\n", "sha256:../../../../../../../../../../../../../../../../../../../../../aaa",
		"sha256:g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	};
	struct wf_digest a, b;
	char text[WF_DIGEST_TEXT], hex[65];
	struct wf_err err = {0};
	size_t i;

	wf_digest_of("", 0, &a);
	wf_digest_text(&a, text);
	IS(text, "sha256:" EMPTY, "SHA-256 of nothing");
	wf_digest_of("abc", 3, &a);
	wf_digest_hex(&a, hex);
	IS(hex, ABC, "SHA-256 of abc");
	ERR(wf_digest_parse(WF_STR_LIT("sha256:" ABC), "d", &b, &err), &err, WF_R_OK, "parses");
	OK(wf_digest_eq(&a, &b), "to the same");
	for (i = 0; i < WF_COUNT(bad); i++) {
		wf_err_clear(&err);
		ERR(wf_digest_parse(wf_str(bad[i]), "d", &b, &err), &err, WF_R_USAGE, bad[i]);
	}
	OK(wf_digest_eq(&a, &b), "nothing is written on refusal");
	wf_err_clear(&err);
	EQ(wf_digest_parse((struct wf_str){NULL, 0}, "d", &b, NULL), 64, "no text at all");
	EQ(wf_digest_check("abc", 3, &a, "blob", &err), 0, "the bytes are the digest's");
	ERR(wf_digest_check("abd", 3, &a, "blob", &err), &err, WF_R_DIGEST_MISMATCH,
	    "one byte differs");
	OK(strstr(err.msg, "blob hashes to sha256:") && strstr(err.msg, "expected sha256:" ABC),
	   "and both are named");
	b = a;
	b.sha256[31] ^= 1;
	OK(!wf_digest_eq(&a, &b), "one bit in the last byte differs");
	return tap_done();
}
