/* SPDX-License-Identifier: Apache-2.0
 *
 * Which manifest of an image index is the module: the one for WASM.  The
 * digest is read from the index's own bytes, so that who signed the index
 * has signed the manifest.
 */
#ifndef WF_REF_CHILD_H
#define WF_REF_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "ref/digest.h"

/* Is it an index?  Of what is no JSON that is for its parser to say. */
bool wf_child_is_index(struct wf_str text);

/* The one manifest whose platform's architecture begins with "wasm"; where
 * none has, the one that names no platform.  Manifests of attestations
 * (platform unknown) and nested indexes are passed over.  WF_R_MALFORMED when
 * there is none or more than one, WF_R_LIMIT above WF_MAX_INDEX_MANIFESTS. */
WF_MUST enum wf_rc wf_child_pick(struct wf_str index, struct wf_digest *child,
                                 int64_t *size, struct wf_err *err);

#endif
