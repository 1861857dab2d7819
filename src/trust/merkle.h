/* SPDX-License-Identifier: Apache-2.0
 *
 * Merkle trees of RFC 6962 section 2.1 (the same in RFC 9162): leaves, nodes,
 * inclusion.
 */
#ifndef WF_TRUST_MERKLE_H
#define WF_TRUST_MERKLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define WF_MERKLE_BYTES 32u
#define WF_MERKLE_MAX_PATH 63u /* a tree of 2^63 - 1 leaves */

void wf_merkle_leaf(struct wf_str data, uint8_t out[WF_MERKLE_BYTES]);

/* The root that leaf `index` of a tree of `size` leaves and the path give.
 * false: index not in [0, size), a path of another length than these two
 * demand, or a hash that has not 32 bytes. */
bool wf_merkle_root(const uint8_t leaf[WF_MERKLE_BYTES], int64_t index, int64_t size,
                    const struct wf_str *path, size_t npath,
                    uint8_t out[WF_MERKLE_BYTES]);

#endif
