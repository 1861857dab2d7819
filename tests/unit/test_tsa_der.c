/* SPDX-License-Identifier: Apache-2.0
 *
 * dep/tsa_der.c: the frame of a timestamp response, its time and the names of
 * its certificate, from bytes written out here.
 */
#include "dep/tsa_der.h"

#include <string.h>

#include "base/cc.h"
#include "dep/crypto.h"
#include "tests/lib/tap.h"

#define BYTES(s) ((struct wf_str){(s), sizeof(s) - 1})

static void
responses(void)
{
	static const struct {
		const char *name;
		struct wf_str der;
		bool good;
	} rows[] = {
		{"R32 granted", {"\x30\x07\x30\x03\x02\x01\x00\x30\x00", 9}, true},
		{"R32 granted with modifications", {"\x30\x07\x30\x03\x02\x01\x01\x30\x00", 9}, true},
		{"R32 with a status text", {"\x30\x0c\x30\x08\x02\x01\x00\x30\x03\x0c\x01x\x30\x00", 14}, true},
		{"R32 rejected", {"\x30\x07\x30\x03\x02\x01\x02\x30\x00", 9}, false},
		{"R32 status of two bytes", {"\x30\x08\x30\x04\x02\x02\x00\x00\x30\x00", 10}, false},
		{"R32 status that is no integer", {"\x30\x07\x30\x03\x0a\x01\x00\x30\x00", 9}, false},
		{"R32 a byte behind it", {"\x30\x07\x30\x03\x02\x01\x00\x30\x00\x00", 10}, false},
		{"R32 two tokens", {"\x30\x09\x30\x03\x02\x01\x00\x30\x00\x30\x00", 11}, false},
		{"R32 no token", {"\x30\x05\x30\x03\x02\x01\x00", 7}, false},
		{"R32 a token alone", {"\x30\x03\x02\x01\x00", 5}, false},
		{"R32 length without an end", {"\x30\x80\x30\x03\x02\x01\x00\x30\x00\x00\x00", 11}, false},
		{"R32 length without an end, up to the end", {"\x30\x80\x30\x03\x02\x01\x00\x30\x00", 9},
		 false},
		{"R32 cut short", {"\x30\x07\x30\x03\x02\x01\x00\x30", 8}, false},
		{"R32 nothing", {"", 0}, false},
	};
	struct wf_str token;
	size_t i;

	for (i = 0; i < WF_COUNT(rows); i++)
		OK((wf_tsa_der_response(rows[i].der, &token) == NULL) == rows[i].good, rows[i].name);
	OK(wf_tsa_der_response(rows[0].der, &token) == NULL && token.len == 2 &&
	   token.p == rows[0].der.p + 7, "the token with its header");
}

static void
times(void)
{
	static const struct {
		const char *text;
		int64_t sec; /* -1: refused */
		uint32_t nsec;
	} rows[] = {
		{"19700101000001Z", 1, 0},
		{"20260301120000Z", 1772366400, 0},
		{"20260301120000.5Z", 1772366400, 500000000},
		{"20260301120000.001Z", 1772366400, 1000000},
		{"20260301120000.123456789Z", 1772366400, 123456789},
		{"20260301120000.1234567891Z", -1, 0},
		{"20260301120000.Z", -1, 0},
		{"20260301120000,5Z", -1, 0},
		{"20260301120000", -1, 0},
		{"20260301120000+0000", -1, 0},
		{"20260301120000.5", -1, 0},
		{"202603011200Z", -1, 0},
		{"260301120000Z", -1, 0},
		{"20261301120000Z", -1, 0},
		{"20260230120000Z", -1, 0},
		{"20260301250000Z", -1, 0},
		{"2026030112000 Z", -1, 0},
		{"20260301120000.5xZ", -1, 0},
		{"Z", -1, 0},
		{"", -1, 0},
	};
	int64_t sec;
	uint32_t nsec;
	size_t i;
	int r;

	for (i = 0; i < WF_COUNT(rows); i++) {
		r = wf_tsa_der_time(wf_str(rows[i].text), &sec, &nsec);
		OK(rows[i].sec < 0 ? r == -1
		                   : r == 0 && sec == rows[i].sec && nsec == rows[i].nsec, rows[i].text);
	}
}

static void
names(void)
{
	static const char arc[] = "\x60\x86\x48\x01\x65\x03\x04\x02";
	struct wf_str cert = wf_str("a certificate"), other = wf_str("another one");
	char der[128] = "\x30\x26\x30\x24\x30\x22\x04\x20"; /* the hash's default is SHA-256 */
	char with[128] = "\x30\x33\x30\x31\x30\x2f\x30\x0b\x06\x09";
	uint8_t hash[64], sha1[20] = {1, 2, 3};
	char old[64] = "\x30\x1a\x30\x18\x30\x16\x04\x14";

	wf_crypto_sha256(cert.p, cert.len, hash);
	memcpy(der + 8, hash, 32);
	OK(wf_tsa_der_names((struct wf_str){der, 40}, cert), "R33 named by its SHA-256");
	OK(!wf_tsa_der_names((struct wf_str){der, 40}, other), "R33 another certificate");
	OK(!wf_tsa_der_names((struct wf_str){der, 41}, cert), "R33 a byte behind the name");
	OK(!wf_tsa_der_names((struct wf_str){der, 39}, cert), "R33 a name cut short");
	memcpy(with + 10, arc, 8);
	with[18] = 1;
	memcpy(with + 19, "\x04\x20", 2);
	memcpy(with + 21, hash, 32);
	OK(wf_tsa_der_names((struct wf_str){with, 53}, cert), "R33 SHA-256 said in full");
	with[18] = 4; /* SHA-224 */
	OK(!wf_tsa_der_names((struct wf_str){with, 53}, cert), "R33 a hash that is not served");
	with[18] = 2; /* SHA-384 has another length */
	OK(!wf_tsa_der_names((struct wf_str){with, 53}, cert), "R33 a hash of the wrong length");
	memcpy(old + 8, sha1, 20);
	OK(wf_tsa_der_names_sha1((struct wf_str){old, 28}, sha1), "R33 named by its SHA-1");
	sha1[19] ^= 1;
	OK(!wf_tsa_der_names_sha1((struct wf_str){old, 28}, sha1), "R33 another SHA-1");
	OK(!wf_tsa_der_names(BYTES(""), cert), "R33 no name");
}

int
main(void)
{
	responses();
	times();
	names();
	return tap_done();
}
