/* SPDX-License-Identifier: Apache-2.0
 *
 * Digests and text that comes from modules.  Nothing here may hand out bytes
 * from a module that a terminal or a log could act on.
 */
#include "pg_wasm.h"

#include "common/cryptohash.h"
#include "lib/stringinfo.h"

void
pgw_sha256(const void *data, size_t len, uint8 *out)
{
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);

	if (ctx == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY),
			errmsg("out of memory")));
	if (pg_cryptohash_init(ctx) < 0 ||
	    pg_cryptohash_update(ctx, data, len) < 0 ||
	    pg_cryptohash_final(ctx, out, PGW_SHA256_LEN) < 0) {
		pg_cryptohash_free(ctx);
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
			errmsg("could not compute a SHA-256 digest")));
	}
	pg_cryptohash_free(ctx);
}

char *
pgw_hex(const uint8 *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = palloc(len * 2 + 1);
	size_t i;

	for (i = 0; i < len; i++) {
		hex[2 * i] = digits[data[i] >> 4];
		hex[2 * i + 1] = digits[data[i] & 15];
	}
	hex[2 * len] = '\0';
	return hex;
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Exactly "sha256:" and 64 lower-case digits. */
bool
pgw_prosrc_digest(const char *prosrc, uint8 *out)
{
	int i, hi, lo;

	if (strncmp(prosrc, "sha256:", 7) != 0 ||
	    strlen(prosrc) != 7 + PGW_SHA256_HEX)
		return false;
	prosrc += 7;
	for (i = 0; i < PGW_SHA256_LEN; i++) {
		hi = nibble(prosrc[2 * i]);
		lo = nibble(prosrc[2 * i + 1]);
		if (hi < 0 || lo < 0)
			return false;
		out[i] = (uint8) (hi << 4 | lo);
	}
	return true;
}

char *
pgw_clean(const char *data, size_t len, size_t max)
{
	StringInfoData s;
	size_t i;

	initStringInfo(&s);
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char) data[i];

		if ((size_t) s.len >= max) {
			appendStringInfoString(&s, "...");
			break;
		}
		if (c == '"' || c == '\\')
			appendStringInfo(&s, "\\%c", c);
		else if (c >= 0x20 && c < 0x7f)
			appendStringInfoChar(&s, (char) c);
		else
			appendStringInfo(&s, "\\x%02x", c);
	}
	return s.data;
}
