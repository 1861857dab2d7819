/* SPDX-License-Identifier: Apache-2.0
 *
 * dep/crypto: hashing reads no openssl.cnf, TLS does.
 */
#include "dep/crypto.h"

#include <openssl/objects.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dep/crypto_ctx.h"
#include "dep/sigkey.h"
#include "tests/lib/tap.h"

#define NAME "wasmfnTestThing"

int
main(void)
{
	static const char conf[] = "openssl_conf = all\n[all]\noid_section = oids\n"
				   "[oids]\n" NAME " = 1.3.6.1.4.1.57264.99.1\n";
	char path[] = "/tmp/wasmfn-test-crypto.XXXXXX";
	int fd = mkstemp(path);
	struct wf_sigkey *none = NULL;
	uint8_t sum[WF_SHA256_BYTES];

	OK(fd >= 0 && write(fd, conf, sizeof(conf) - 1) == (ssize_t)(sizeof(conf) - 1) && close(fd) == 0,
	   "an openssl.cnf");
	OK(setenv("OPENSSL_CONF", path, 1) == 0, "is named");
	wf_crypto_sha256("abc", 3, sum);
	OK(memcmp(sum, "\xba\x78\x16\xbf", 4) == 0, "hashes");
	OK(wf_sigkey_load(WF_STR_LIT("x"), "k", &none, NULL) != WF_OK, "looks at a key");
	EQ(OBJ_txt2nid(NAME), NID_undef, "nothing of it was read");
	wf_crypto_system_config();
	OK(OBJ_txt2nid(NAME) != NID_undef, "TLS reads it");
	wf_crypto_system_config();
	OK(OBJ_txt2nid(NAME) != NID_undef, "once");
	OK(unlink(path) == 0, "removed");
	return tap_done();
}
