/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashes of a Merkle tree.  Must never accept a path with a hash more or less
 * than index and size demand: the spare one could be chosen to fit.
 */
#include "trust/merkle.h"

#include <string.h>

#include "base/cc.h"
#include "dep/crypto.h"

/* RFC 6962 section 2.1: leaves and nodes are told apart by their first byte. */
#define LEAF 0x00
#define NODE 0x01

void
wf_merkle_leaf(struct wf_str data, uint8_t out[WF_MERKLE_BYTES])
{
	WF_AUTO(wf_crypto_sha256_freep) struct wf_sha256 *h = wf_crypto_sha256_new();
	static const uint8_t prefix = LEAF;

	wf_crypto_sha256_add(h, &prefix, 1);
	wf_crypto_sha256_add(h, data.p, data.len);
	wf_crypto_sha256_end(h, out);
}

static void
node(const uint8_t *left, const uint8_t *right, uint8_t *out)
{
	uint8_t both[1 + 2 * WF_MERKLE_BYTES] = {NODE};

	memcpy(both + 1, left, WF_MERKLE_BYTES);
	memcpy(both + 1 + WF_MERKLE_BYTES, right, WF_MERKLE_BYTES);
	wf_crypto_sha256(both, sizeof(both), out);
}

/* RFC 9162 section 2.1.3.2: at is where we are in a row of the tree, last
 * where that row ends. */
bool
wf_merkle_root(const uint8_t leaf[WF_MERKLE_BYTES], int64_t index, int64_t size,
               const struct wf_str *path, size_t npath, uint8_t out[WF_MERKLE_BYTES])
{
	uint64_t at, last;
	size_t i;

	if (index < 0 || index >= size || npath > WF_MERKLE_MAX_PATH)
		return false;
	at = (uint64_t)index;
	last = (uint64_t)size - 1;
	memcpy(out, leaf, WF_MERKLE_BYTES);
	for (i = 0; i < npath; i++) {
		const uint8_t *other = (const uint8_t *)path[i].p;

		if (last == 0 || path[i].len != WF_MERKLE_BYTES)
			return false;
		if ((at & 1) || at == last) {
			node(other, out, out);
			/* a last node without a sister rises unchanged */
			while (!(at & 1) && at != 0) {
				at >>= 1;
				last >>= 1;
			}
		} else {
			node(out, other, out);
		}
		at >>= 1;
		last >>= 1;
	}
	return last == 0;
}
