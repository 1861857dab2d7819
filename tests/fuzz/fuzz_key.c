/* SPDX-License-Identifier: Apache-2.0
 *
 * Key files: what loads has an id and takes no signature out of thin air.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dep/sigkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_sigkey_freep) struct wf_sigkey *k = NULL;
	char junk[64];
	const char *how;

	/* not zeros: with a key of small order that is a signature */
	memset(junk, 0xff, sizeof(junk));
	if (wf_sigkey_load((struct wf_str){(const char *)data, size}, "k", &k, NULL))
		return 0;
	if (strlen(wf_sigkey_id(k)) != 71 ||
	    wf_sigkey_verify(k, WF_STR_LIT("never signed by this key"),
	                     (struct wf_str){junk, sizeof(junk)}, &how) == WF_SIGKEY_GOOD)
		abort();
	return 0;
}
