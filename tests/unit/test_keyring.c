/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/keyring.c: a key is parsed once, found by its bytes and by nothing
 * else, and what is no key is never kept.
 */
#include "trust/keyring.h"

#include <stdlib.h>

#include "base/limits.h"
#include "sys/file.h"
#include "tests/lib/tap.h"

static struct wf_policy_key
read_key(const char *path, struct wf_buf *b)
{
	struct wf_err e = {0};

	if (wf_file_read(path, b, &e) != WF_OK) {
		printf("Bail out! %s\n", e.msg);
		exit(1);
	}
	return (struct wf_policy_key){path, wf_buf_str(b)};
}

int
main(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf one = WF_BUF_INIT(WF_MAX_KEY_BYTES);
	WF_AUTO(wf_buf_free) struct wf_buf two = WF_BUF_INIT(WF_MAX_KEY_BYTES);
	WF_AUTO(wf_keyring_freep) struct wf_keyring *ring = wf_keyring_new();
	struct wf_policy_key release = read_key("tests/data/keys/release.pub", &one);
	struct wf_policy_key other = read_key("tests/data/keys/other.pub", &two), bad, empty;
	const struct wf_sigkey *a = NULL, *b = NULL, *c = NULL, *none = NULL;
	struct wf_err e = {0};

	ERR(wf_keyring_get(ring, &release, &a, &e), &e, WF_R_OK, "a key");
	ERR(wf_keyring_get(ring, &other, &b, &e), &e, WF_R_OK, "another");
	OK(a && b && a != b, "are two");
	ERR(wf_keyring_get(ring, &release, &c, &e), &e, WF_R_OK, "the first again");
	OK(a == c, "is not parsed again");
	release.path = "tests/data/keys/other.pub";
	ERR(wf_keyring_get(ring, &release, &c, &e), &e, WF_R_OK, "under the other's name");
	OK(a == c, "its bytes decide");
	bad = (struct wf_policy_key){"bad", {release.bytes.p, release.bytes.len / 2}};
	ERR(wf_keyring_get(ring, &bad, &none, &e), &e, WF_R_CONFIG, "half a key");
	wf_err_clear(&e);
	ERR(wf_keyring_get(ring, &bad, &none, &e), &e, WF_R_CONFIG, "and again");
	wf_err_clear(&e);
	empty = (struct wf_policy_key){"empty", {"", 0}};
	ERR(wf_keyring_get(ring, &empty, &none, &e), &e, WF_R_CONFIG, "no bytes");
	OK(none == NULL, "nothing is given for them");
	wf_keyring_freep(&ring);
	wf_keyring_freep(&ring);
	OK(ring == NULL, "freed twice is fine");
	return tap_done();
}
