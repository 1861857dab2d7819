/* SPDX-License-Identifier: Apache-2.0
 *
 * Hex and base64: one spelling for one value.
 */
#include "base/enc.h"
#include "tests/lib/tap.h"

static void
hex(void)
{
	static const char *const bad[] = {"", "0", "000", "00f", "0G", "FF", "0x", " 0", "00ff0",
	                                  "00fg", "00 f"};
	uint8_t two[2] = {1, 2};
	char out[5];
	size_t i;

	wf_enc_hex((const uint8_t *)"\x00\xff", 2, out);
	IS(out, "00ff", "to hex");
	OK(wf_enc_unhex(WF_STR_LIT("00ff"), two, 2), "and back");
	EQ(two[0] * 256 + two[1], 255, "the same value");
	two[0] = two[1] = 7;
	for (i = 0; i < WF_COUNT(bad); i++)
		OK(!wf_enc_unhex(wf_str(bad[i]), two, 2), "another spelling is refused");
	EQ(two[0] + two[1], 14, "and writes nothing");
	OK(wf_enc_unhex(WF_STR_LIT(""), two, 0), "nothing is nothing");
}

static void
base64(void)
{
	static const struct {
		const char *plain, *text;
	} good[] = {
		{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfd", "//79"},
		{"\xfb\xef\xbe", "++++"},
	};
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "Zg===", "=Zg=", "Zm9v=", "Zh==", "Zm9=", "Zm 8=", "Zm8=\n",
		"\nZm8=", "Zm8=Zm8=", "Z===", "====", "-_79", "Zm9v!!!!", "Zg==Zg==", "Zm9\xc3",
	};
	size_t i;

	for (i = 0; i < WF_COUNT(good); i++) {
		WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(100);

		EQ(wf_enc_base64(wf_str(good[i].plain), &b, NULL), 0, "encodes");
		IS(wf_buf_z(&b), good[i].text, "as RFC 4648 says");
		wf_buf_reset(&b);
		EQ(wf_enc_unbase64(wf_str(good[i].text), &b, NULL), 0, "decodes");
		IS(wf_buf_z(&b), good[i].plain, "to what it was");
	}
	for (i = 0; i < WF_COUNT(bad); i++) {
		WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(100);
		struct wf_err err = {0};

		wf_buf_putz(&b, "kept");
		ERR(wf_enc_unbase64(wf_str(bad[i]), &b, &err), &err, WF_R_MALFORMED, bad[i]);
		IS(wf_buf_z(&b), "kept", "and nothing is added");
	}
}

static void
limits(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(5);
	struct wf_err err = {0};

	ERR(wf_enc_unbase64(WF_STR_LIT("Zm9vYmFy"), &b, &err), &err, WF_R_LIMIT,
	    "six bytes in five");
	EQ(b.len, 0, "nothing is added");
	wf_err_clear(&err);
	ERR(wf_enc_base64(WF_STR_LIT("foobar"), &b, &err), &err, WF_R_LIMIT,
	    "eight characters in five");
	EQ(b.len, 0, "nothing is added");
}

int
main(void)
{
	hex();
	base64();
	limits();
	return tap_done();
}
