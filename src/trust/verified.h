/* SPDX-License-Identifier: Apache-2.0
 *
 * What is inside struct wf_verified.  For trust.c, which alone fills it, and
 * verified.c; nobody else includes this header.
 */
#ifndef WF_TRUST_VERIFIED_H
#define WF_TRUST_VERIFIED_H

#include "trust/trust.h"

struct wf_verified {
	struct wf_digest manifest, module;
	int64_t module_size;
	struct wf_buf bytes;
	char *signer;
};

#endif
