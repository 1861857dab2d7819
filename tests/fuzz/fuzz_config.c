/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration: what is accepted has names, and no password.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_config_freep) struct wf_config *c = NULL;
	const struct wf_config_target *t;
	struct wf_err err = {0};
	size_t i;

	if (wf_config_parse((struct wf_str){(const char *)data, size}, "fuzz", &c, &err)) {
		if (c || err.code != WF_E_CONFIG)
			abort();
		return 0;
	}
	for (i = 0; (t = wf_config_target_at(c, i)); i++)
		if (wf_config_target(c, t->name) != t || wf_config_has_secret(t->conninfo))
			abort();
	return 0;
}
