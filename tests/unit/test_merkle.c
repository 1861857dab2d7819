/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/merkle.c against a tree that is built the other way round, by RFC
 * 6962's definition: every leaf of every tree up to 33 leaves, and for each of
 * them a path that is one hash off.
 */
#include "trust/merkle.h"

#include <string.h>

#include "base/cc.h"
#include "dep/crypto.h"
#include "tests/lib/tap.h"

#define LEAVES 33

struct hash {
	uint8_t b[WF_MERKLE_BYTES];
};

static struct hash leaves[LEAVES];

static void
fill(void)
{
	uint8_t two[2] = {0};
	int i;

	for (i = 0; i < LEAVES; i++) {
		two[1] = (uint8_t)i; /* 0x00 || d(0) */
		wf_crypto_sha256(two, 2, leaves[i].b);
	}
}

static struct hash
mth(int from, int n)
{
	uint8_t both[65] = {1};
	struct hash l, r, out;
	int k = 1;

	if (n == 1)
		return leaves[from];
	while (k * 2 < n)
		k *= 2;
	l = mth(from, k);
	r = mth(from + k, n - k);
	memcpy(both + 1, l.b, 32);
	memcpy(both + 33, r.b, 32);
	wf_crypto_sha256(both, sizeof(both), out.b);
	return out;
}

/* PATH(m, D[n]) of RFC 6962 section 2.1.1. */
static int
path(int m, int from, int n, struct hash *out)
{
	int k = 1, len;

	if (n == 1)
		return 0;
	while (k * 2 < n)
		k *= 2;
	if (m < k) {
		len = path(m, from, k, out);
		out[len] = mth(from + k, n - k);
	} else {
		len = path(m - k, from + k, n - k, out);
		out[len] = mth(from, k);
	}
	return len + 1;
}

/* root NULL: is there a root at all? */
static bool
proves(int index, int size, int path_index, int path_size, int extra, const struct hash *root)
{
	struct hash h[16] = {{{0}}};
	struct wf_str views[16];
	uint8_t got[WF_MERKLE_BYTES];
	int n = path(path_index, 0, path_size, h) + extra, i;

	for (i = 0; i < n; i++)
		views[i] = (struct wf_str){(const char *)h[i].b, 32};
	return n >= 0 && wf_merkle_root(leaves[path_index].b, index, size, views, (size_t)n, got) &&
	       (!root || memcmp(got, root->b, 32) == 0);
}

static void
all_trees(void)
{
	bool good = true, longer = false, shorter = false, elsewhere = false;
	struct hash root;
	int n, m;

	for (n = 1; n <= LEAVES; n++) {
		root = mth(0, n);
		for (m = 0; m < n; m++) {
			good = good && proves(m, n, m, n, 0, &root);
			longer = longer || proves(m, n, m, n, 1, NULL);
			shorter = shorter || (n > 1 && proves(m, n, m, n, -1, NULL));
			elsewhere = elsewhere || (n > 1 && proves((m + 1) % n, n, m, n, 0, &root));
		}
	}
	OK(good, "R27 every leaf of every tree up to 33 leaves");
	OK(!longer, "R27 a path with one hash more proves nothing");
	OK(!shorter, "R27 a path with one hash less proves nothing");
	OK(!elsewhere, "R27 a path for the next index proves nothing");
}

int
main(void)
{
	struct wf_str v[WF_MERKLE_MAX_PATH + 1];
	uint8_t leaf[WF_MERKLE_BYTES], out[WF_MERKLE_BYTES];
	struct hash root;
	size_t i;

	fill();
	all_trees();
	wf_merkle_leaf((struct wf_str){"\x05", 1}, leaf);
	OK(memcmp(leaf, leaves[5].b, 32) == 0, "a leaf is hashed with its prefix");
	root = mth(0, 8);
	OK(proves(3, 8, 3, 8, 0, &root), "a proof, to be changed");
	OK(!proves(8, 8, 3, 8, 0, &root), "R27 index equal to the size");
	OK(!wf_merkle_root(leaf, 1, 1, NULL, 0, out), "R27 entry 1 of one");
	OK(wf_merkle_root(leaf, 0, 1, NULL, 0, out), "R27 entry 0 of one");
	OK(!proves(-1, 8, 3, 8, 0, &root), "R27 negative index");
	OK(!proves(3, 0, 3, 8, 0, &root), "R27 a tree of nothing");
	OK(!proves(3, -8, 3, 8, 0, &root), "R27 a tree of less than nothing");
	for (i = 0; i < WF_COUNT(v); i++)
		v[i] = (struct wf_str){(const char *)root.b, 32};
	OK(wf_merkle_root(leaf, 0, INT64_MAX, v, WF_MERKLE_MAX_PATH, out), "the longest path");
	OK(!wf_merkle_root(leaf, 0, INT64_MAX, v, WF_MERKLE_MAX_PATH + 1, out), "R27 one longer");
	v[1].len = 31;
	OK(!wf_merkle_root(leaf, 0, 8, v, 3, out), "R27 a hash of 31 bytes");
	v[1].len = 33;
	OK(!wf_merkle_root(leaf, 0, 8, v, 3, out), "R27 a hash of 33 bytes");
	return tap_done();
}
