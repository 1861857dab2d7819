/* SPDX-License-Identifier: Apache-2.0
 *
 * Transparency logs: bodies of each kind, a Merkle tree (RFC 6962), promises,
 * inclusion proofs, checkpoints (C2SP tlog-checkpoint, signed-note).
 */
#include "tests/pki/pki.h"

#include <string.h>

#include "dep/crypto.h"

#define TREE_SIZE 11u
#define TREE_INDEX 6u
#define GLOBAL_BEFORE 4163431u /* what earlier shards of a v1 log hold */

struct log {
	const char *host, *key, *kind; /* of the key */
	bool v2;
};

static const struct log logs[] = {
	{PKI_LOG1, "rekor1", "p256", false},
	{PKI_LOG1B, "rekor1b", "p256", false},
	{PKI_LOG2, "rekor2", "ed25519", true},
	{"stranger.test", "rekor-stranger", "p256", false},
};

static struct wf_str
note_key_input(struct pki *p, const char *host, EVP_PKEY *k)
{
	struct wf_str raw = pki_spki(p, k);

	/* Ed25519: name, newline, type 1, the 32 bytes of the key */
	raw = (struct wf_str){raw.p + raw.len - 32, 32};
	return pki_cat(p, pki_cat(p, wf_str(host), WF_STR_LIT("\n\x01")), raw);
}

static struct wf_str
log_id(struct pki *p, const struct log *l)
{
	EVP_PKEY *k = pki_key(p, l->key, l->kind);

	return pki_sha2(p, 256, l->v2 ? note_key_input(p, l->host, k) : pki_spki(p, k));
}

struct wf_str
pki_log_id(struct pki *p, const char *host)
{
	size_t i;

	for (i = 0; i < WF_COUNT(logs); i++)
		if (strcmp(logs[i].host, host) == 0)
			return log_id(p, &logs[i]);
	PKI_MUST(false, host);
	return (struct wf_str){NULL, 0};
}

/* --- tree ------------------------------------------------------------------ */

struct tree {
	struct wf_str leaf[TREE_SIZE]; /* hashes */
	size_t n;
};

static struct wf_str
leaf_hash(struct pki *p, struct wf_str body)
{
	return pki_sha2(p, 256, pki_cat(p, WF_STR_LIT("\0"), body));
}

static struct wf_str
node_hash(struct pki *p, struct wf_str l, struct wf_str r)
{
	return pki_sha2(p, 256, pki_cat(p, WF_STR_LIT("\x01"), pki_cat(p, l, r)));
}

static size_t
split(size_t n)
{
	size_t k = 1;

	while (k * 2 < n)
		k *= 2;
	return k;
}

static struct wf_str
tree_root(struct pki *p, const struct wf_str *leaf, size_t n)
{
	size_t k = split(n);

	if (n == 1)
		return leaf[0];
	return node_hash(p, tree_root(p, leaf, k), tree_root(p, leaf + k, n - k));
}

/* RFC 6962 section 2.1.1, innermost first. */
static size_t
tree_path(struct pki *p, size_t m, const struct wf_str *leaf, size_t n, struct wf_str *out)
{
	size_t k = split(n), have;

	if (n == 1)
		return 0;
	if (m < k) {
		have = tree_path(p, m, leaf, k, out);
		out[have] = tree_root(p, leaf + k, n - k);
	} else {
		have = tree_path(p, m - k, leaf + k, n - k, out);
		out[have] = tree_root(p, leaf, k);
	}
	return have + 1;
}

static struct tree
tree_of(struct pki *p, struct wf_str body, bool small)
{
	struct tree t = {.n = small ? 1 : TREE_SIZE};
	size_t i;

	for (i = 0; i < t.n; i++)
		t.leaf[i] = leaf_hash(p, pki_str(p, "leaf %zu", i));
	t.leaf[small ? 0 : TREE_INDEX] = leaf_hash(p, body);
	return t;
}

/* --- bodies ---------------------------------------------------------------- */

struct said {
	struct wf_str sig, hash, envelope_hash;
	const char *pem, *algorithm;
	struct wf_str der;
	const char *details;
	bool key;
};

/* What the entry says about the signature: the truth, but for one thing. */
static struct said
say(struct pki *p)
{
	EVP_PKEY *k = pki_key(p, p->who, p->ask.key);
	EVP_PKEY *other = pki_key(p, "another-signer", p->ask.key);
	bool dsse = strcmp(p->ask.content, "dsse") == 0 || strcmp(p->ask.content, "att") == 0;
	bool v2 = strcmp(p->ask.entry, "hashedrekord2") == 0, file = strcmp(p->ask.content, "message") == 0;
	/* of a file and in Rekor v2 the key's own hash, else always SHA-256 */
	unsigned bits = (v2 || file) && pki_hash_bits(k) ? pki_hash_bits(k) : 256;
	struct said s = {
		.sig = p->signature,
		.der = p->material,
		.pem = p->material_pem,
		.algorithm = "sha256",
		.details = pki_key_details(k),
		.key = strcmp(p->ask.material, "key") == 0,
	};

	s.envelope_hash = pki_sha2(p, 256, p->envelope);
	s.hash = pki_sha2(p, bits, v2 || !dsse ? p->message : p->payload);
	s.algorithm = bits == 256 ? "sha256" : bits == 384 ? "sha384" : "sha512";
	if (v2)
		s.algorithm = bits == 256 ? "SHA2_256" : bits == 384 ? "SHA2_384" : "SHA2_512";
	if (pki_is(p, "r21-entry-signature"))
		s.sig = pki_sign(p, k, NULL, p->message); /* good, and another one */
	if (pki_is(p, "r22-entry-key")) {
		s.pem = pki_pem_key(p, other);
		s.der = pki_spki(p, other);
		s.key = true;
	}
	if (pki_is(p, "r22-entry-certificate")) {
		s.pem = pki_pem(p, p->mid);
		s.der = pki_der(p, p->mid);
	}
	if (pki_is(p, "r22-entry-two-certificates"))
		s.pem = pki_str(p, "%s%s", s.pem, pki_pem(p, p->mid)).p;
	if (pki_is(p, "r23-entry-digest"))
		s.hash = pki_flip(p, s.hash);
	if (pki_is(p, "r23-entry-algorithm"))
		s.algorithm = v2 ? "SHA3_256" : bits == 512 ? "sha256" : "sha512";
	if (pki_is(p, "r23-entry-digest-of-payload"))
		s.hash = pki_sha2(p, 256, p->payload);
	if (pki_is(p, "r24-key-details"))
		s.details = "PKIX_ECDSA_P384_SHA_384";
	return s;
}

static struct wf_str
body_v2(struct pki *p, const struct said *s)
{
	const char *space = pki_is(p, "r24-body-not-canonical") ? " " : "";
	const char *order = pki_is(p, "r24-body-order") ? "y" : NULL;
	struct wf_str verifier, data, sig;

	if (pki_is(p, "r24-dsse-kind"))
		return pki_str(p, "{\"apiVersion\":\"0.0.2\",\"kind\":\"dsse\",\"spec\":{\"dsseV002\":{\"payloadHash\":"
		               "{\"algorithm\":\"SHA2_256\",\"digest\":\"%s\"},\"signatures\":[{\"content\":\"%s\",\"verifier\":"
		               "{\"keyDetails\":\"%s\",\"x509Certificate\":{\"rawBytes\":\"%s\"}}}]}}}",
		               pki_b64(p, pki_sha2(p, 256, p->payload)), pki_b64(p, s->sig), s->details, pki_b64(p, s->der));
	verifier = s->key ? pki_str(p, "{\"keyDetails\":\"%s\",\"publicKey\":{\"rawBytes\":\"%s\"}}", s->details, pki_b64(p, s->der))
	                  : pki_str(p, "{\"keyDetails\":\"%s\",\"x509Certificate\":{\"rawBytes\":\"%s\"}}", s->details, pki_b64(p, s->der));
	data = pki_str(p, "\"data\":{\"algorithm\":\"%s\",\"digest\":\"%s\"}", s->algorithm, pki_b64(p, s->hash));
	sig = pki_str(p, "\"signature\":{\"content\":\"%s\",\"verifier\":%s}", pki_b64(p, s->sig), verifier.p);
	return pki_str(p, "{\"apiVersion\":\"0.0.2\",\"kind\":\"hashedrekord\",\"spec\":{%s\"hashedRekordV002\":{%s,%s}}}", space,
	               order ? sig.p : data.p, order ? data.p : sig.p);
}

static struct wf_str
body_of(struct pki *p)
{
	struct said s = say(p);
	const char *kind = p->ask.entry, *pem = pki_b64(p, wf_str(s.pem)), *hash = pki_hex(p, s.hash);
	const char *envelope = pki_hex(p, pki_sha2(p, 256, p->message));
	const char *api = pki_is(p, "r20-body-version") ? "0.0.9" : NULL;

	if (strcmp(kind, "hashedrekord2") == 0)
		return body_v2(p, &s);
	if (pki_is(p, "r20-body-kind"))
		return pki_str(p, "{\"apiVersion\":\"0.0.1\",\"kind\":\"rpm\",\"spec\":{}}");
	if (pki_is(p, "r20-body-not-json"))
		return pki_str(p, "<body/>");
	if (strcmp(kind, "dsse") == 0)
		return pki_str(p, "{\"apiVersion\":\"%s\",\"kind\":\"dsse\",\"spec\":{\"envelopeHash\":{\"algorithm\":\"sha256\","
		               "\"value\":\"%s\"},\"payloadHash\":{\"algorithm\":\"%s\",\"value\":\"%s\"},\"signatures\":"
		               "[{\"signature\":\"%s\",\"verifier\":\"%s\"}%s]}}",
		               api ? api : "0.0.1", envelope, s.algorithm, hash, pki_b64(p, s.sig), pem,
		               pki_is(p, "r21-entry-two-signatures") ? pki_str(p, ",{\"signature\":\"%s\",\"verifier\":\"%s\"}", pki_b64(p, s.sig), pem).p : "");
	if (strcmp(kind, "intoto") == 0)
		return pki_str(p, "{\"apiVersion\":\"%s\",\"kind\":\"intoto\",\"spec\":{\"content\":{\"envelope\":{\"payloadType\":"
		               "\"%s\",\"signatures\":[{\"publicKey\":\"%s\",\"sig\":\"%s\"}]},\"hash\":"
		               "{\"algorithm\":\"sha256\",\"value\":\"%s\"},\"payloadHash\":{\"algorithm\":\"%s\",\"value\":\"%s\"}}}}",
		               api ? api : "0.0.2", p->payload_type, pem, pki_b64(p, wf_str(pki_b64(p, s.sig))), envelope, s.algorithm, hash);
	if (strcmp(kind, "intoto1") == 0)
		return pki_str(p, "{\"apiVersion\":\"0.0.1\",\"kind\":\"intoto\",\"spec\":{\"content\":{\"hash\":{\"algorithm\":\"%s\","
		               "\"value\":\"%s\"}},\"publicKey\":\"%s\"}}",
		               s.algorithm, pki_hex(p, pki_is(p, "r23-envelope-hash") ? pki_flip(p, s.envelope_hash) : s.envelope_hash), pem);
	if (strcmp(kind, "rekord") == 0)
		return pki_str(p, "{\"apiVersion\":\"0.0.1\",\"kind\":\"rekord\",\"spec\":{\"data\":{\"hash\":{\"algorithm\":\"%s\","
		               "\"value\":\"%s\"}},\"signature\":{\"content\":\"%s\",\"format\":\"x509\",\"publicKey\":{\"content\":\"%s\"}}}}",
		               s.algorithm, hash, pki_b64(p, s.sig), pem);
	PKI_MUST(strcmp(kind, "hashedrekord") == 0, kind);
	return pki_str(p, "{\"apiVersion\":\"%s\",\"kind\":\"hashedrekord\",%s\"spec\":{\"data\":{\"hash\":{\"algorithm\":\"%s\","
	               "\"value\":\"%s\"}},\"signature\":{\"content\":\"%s\",\"publicKey\":{\"content\":\"%s\"}}}}",
	               api ? api : "0.0.1", pki_is(p, "r20-body-duplicate-key") ? "\"kind\":\"hashedrekord\"," : "", s.algorithm, hash,
	               pki_b64(p, s.sig), pem);
}

/* --- promise ---------------------------------------------------------------- */

struct entry {
	const struct log *log;
	struct wf_str body;
	uint64_t index, global;
	int64_t time;
};

static struct entry
enter(struct pki *p, size_t i)
{
	bool v2 = strcmp(p->ask.entry, "hashedrekord2") == 0;
	struct entry e = {.log = &logs[v2 ? 2 : i == 1 ? 1 : 0], .time = PKI_T0 + 5};

	if (pki_is(p, "r20-unknown-log"))
		e.log = &logs[3];
	if (pki_is(p, "r24-v1-kind-in-v2-log"))
		e.log = &logs[2];
	e.body = body_of(p);
	if (pki_is(p, "r26-time-before-log"))
		e.time = PKI_START - PKI_DAY;
	if (pki_is(p, "r26-time-in-future"))
		e.time = PKI_T0 + 30 * 365 * PKI_DAY;
	if (pki_is(p, "r26-time-zero"))
		e.time = 0;
	if (pki_is(p, "r26-time-negative"))
		e.time = -1;
	e.index = pki_is(p, "ok-r27-single-leaf") ? 0 : TREE_INDEX;
	e.global = v2 ? e.index : GLOBAL_BEFORE + e.index;
	return e;
}

static struct wf_str
promise(struct pki *p, const struct entry *e)
{
	uint64_t index = pki_is(p, "r25-local-index") ? e->index : e->global;
	struct wf_str id = pki_is(p, "r25-log-id") ? pki_log_id(p, PKI_LOG1B) : log_id(p, e->log);
	int64_t time = pki_is(p, "r25-time") ? e->time - 1 : e->time;
	struct wf_str body = pki_is(p, "r25-body") ? pki_cat(p, e->body, WF_STR_LIT(" ")) : e->body;
	struct wf_str text = pki_str(p, "{\"body\":\"%s\",\"integratedTime\":%lld,\"logID\":\"%s\",\"logIndex\":%llu}",
	                             pki_b64(p, body), (long long)time, pki_hex(p, id), (unsigned long long)index);
	EVP_PKEY *k = pki_key(p, pki_is(p, "r25-another-key") ? "rekor-stranger" : e->log->key, e->log->v2 ? "ed25519" : "p256");
	struct wf_str sig = pki_sign(p, k, NULL, text);

	if (pki_is(p, "r25-trailing-byte"))
		sig = pki_cat(p, sig, WF_STR_LIT("\0"));
	return pki_is(p, "r25-signature") ? pki_flip(p, sig) : sig;
}

/* --- checkpoint ------------------------------------------------------------- */

static struct wf_str
note_line(struct pki *p, const char *name, struct wf_str id, struct wf_str sig)
{
	const char *dash = pki_is(p, "r29-hyphen") ? "-" : "\xe2\x80\x94";
	struct wf_str four = {id.p, 4};

	return pki_str(p, "%s %s %s\n", dash, name, pki_b64(p, pki_cat(p, four, sig)));
}

bool
pki_knows_witness(struct pki *p)
{
	/* each is asked, so that each counts as applied where it is */
	bool good = pki_is(p, "ok-r29-known-witness"), bad = pki_is(p, "r29-witness-signature");
	bool time = pki_is(p, "r29-witness-time"), cut = pki_is(p, "r29-witness-short");

	return good || bad || time || cut;
}

/* A witness: Ed25519 over "cosignature/v1", its time and the note. */
static struct wf_str
witness(struct pki *p, struct wf_str note, unsigned i)
{
	const char *name = pki_str(p, "witness-%u.test", i).p;
	EVP_PKEY *k = pki_key(p, name, "ed25519");
	struct wf_str raw = pki_spki(p, k), id, msg, sig;
	uint64_t t = (uint64_t)PKI_T0 + 7;
	char be[8];
	unsigned j;

	raw = (struct wf_str){raw.p + raw.len - 32, 32};
	id = pki_sha2(p, 256, pki_cat(p, pki_cat(p, wf_str(name), WF_STR_LIT("\n\x04")), raw));
	msg = pki_str(p, "cosignature/v1\ntime %llu\n%s", (unsigned long long)t, note.p);
	sig = pki_sign(p, k, NULL, msg);
	if (pki_is(p, "r29-witness-signature") || pki_is(p, "ok-r29-unknown-witness-signature"))
		sig = pki_flip(p, sig);
	if (pki_is(p, "r29-witness-time"))
		t++;
	if (pki_is(p, "r29-witness-short"))
		sig.len--;
	for (j = 0; j < 8; j++)
		be[j] = (char)(t >> (8 * (7 - j)));
	return note_line(p, name, id, pki_cat(p, (struct wf_str){be, 8}, sig));
}

static struct wf_str
signatures(struct pki *p, const struct log *l, struct wf_str note)
{
	EVP_PKEY *k = pki_key(p, pki_is(p, "r29-another-key") ? "rekor-stranger" : l->key, l->kind);
	struct wf_str sig = pki_sign(p, k, NULL, note), id = log_id(p, l), line, out = {"", 0};
	const char *name = pki_is(p, "r29-key-name") ? "elsewhere.test" : l->host;

	if (pki_is(p, "r29-signature"))
		sig = pki_flip(p, sig);
	if (pki_is(p, "r30-key-id"))
		id = pki_flip(p, (struct wf_str){id.p, 4});
	line = note_line(p, name, id, sig);
	if (pki_is(p, "r29-bad-base64"))
		line = pki_str(p, "\xe2\x80\x94 %s !!!!\n", name);
	if (pki_is(p, "r29-no-signature"))
		return out;
	if (pki_is(p, "ok-r29-witness-first") || pki_is(p, "r29-only-witness"))
		out = witness(p, note, 1);
	if (!pki_is(p, "r29-only-witness"))
		out = pki_cat(p, out, line);
	if (pki_is(p, "r29-second-line-bad"))
		out = pki_cat(p, out, note_line(p, name, id, pki_flip(p, sig)));
	if (pki_is(p, "r29-junk-line"))
		out = pki_cat(p, out, WF_STR_LIT("junk\n"));
	if (pki_knows_witness(p) || pki_is(p, "ok-r29-unknown-witness-signature"))
		out = pki_cat(p, out, witness(p, note, 1));
	if (pki_is(p, "ok-r29-witnesses"))
		out = pki_cat(p, pki_cat(p, out, witness(p, note, 1)), witness(p, note, 2));
	if (pki_is(p, "ok-r29-unknown-key-of-log"))
		out = pki_cat(p, out, note_line(p, name, pki_sha2(p, 256, wf_str("old key")), sig));
	return out;
}

static struct wf_str
checkpoint(struct pki *p, const struct entry *e, const struct tree *t)
{
	struct wf_str root = tree_root(p, t->leaf, t->n), note, env;
	const char *origin = e->log->v2 ? e->log->host : pki_str(p, "%s" PKI_TREE_ID, e->log->host).p;
	size_t size = t->n;

	/* what a log that lies would sign: only the proof's length is wrong */
	if (pki_is(p, "r27-none-to-its-own-root"))
		root = t->leaf[e->index];
	if (pki_is(p, "r27-longer-to-its-own-root"))
		root = node_hash(p, pki_sha2(p, 256, wf_str("extra")), root);
	if (pki_is(p, "r28-checkpoint-of-another-tree"))
		root = pki_sha2(p, 256, wf_str("another tree"));
	if (pki_is(p, "r28-checkpoint-size"))
		size++;
	if (pki_is(p, "r29-origin"))
		origin = "elsewhere.test";
	if (pki_is(p, "r29-origin-empty"))
		origin = "";
	note = pki_str(p, "%s\n%s%zu\n%s\n%s", origin, pki_is(p, "r29-leading-zero") ? "0" : pki_is(p, "r29-plus-sign") ? "+" : "", size,
	               pki_b64(p, pki_is(p, "r29-short-root") ? (struct wf_str){root.p, 31} : root),
	               pki_is(p, "ok-r29-extension") ? "extension: 1\n" : "");
	if (pki_is(p, "r29-no-size"))
		note = pki_str(p, "%s\n%s\n", origin, pki_b64(p, root));
	if (pki_is(p, "r29-no-root"))
		note = pki_str(p, "%s\n%zu\n", origin, size);
	env = pki_cat(p, note, pki_is(p, "r29-no-blank-line") ? WF_STR_LIT("") : WF_STR_LIT("\n"));
	env = pki_cat(p, env, signatures(p, e->log, note));
	if (pki_is(p, "r29-no-final-newline"))
		env.len--;
	if (pki_is(p, "r29-crlf"))
		env = pki_cat(p, WF_STR_LIT("\r\n"), env);
	return wf_arena_dup(&p->arena, env);
}

/* --- proof ------------------------------------------------------------------ */

static struct wf_json *
proof(struct pki *p, const struct entry *e)
{
	struct wf_json *o = wf_json_object(), *hashes = wf_json_array(), *c = wf_json_object();
	struct wf_str in_tree = pki_is(p, "r27-another-leaf") || pki_is(p, "r24-leaf-is-another-body") ? pki_cat(p, e->body, WF_STR_LIT(" ")) : e->body;
	struct tree t = tree_of(p, in_tree, e->index == 0);
	struct wf_str path[16], root = tree_root(p, t.leaf, t.n);
	size_t n = tree_path(p, e->index, t.leaf, t.n, path), i;
	uint64_t index = e->index, size = t.n;

	if (pki_is(p, "r27-corrupted-hash"))
		path[1] = pki_flip(p, path[1]);
	if (pki_is(p, "r27-none-to-its-own-root")) {
		n = 0;
		root = t.leaf[e->index];
	}
	if (pki_is(p, "r27-longer-to-its-own-root")) {
		path[n++] = pki_sha2(p, 256, wf_str("extra"));
		root = node_hash(p, path[n - 1], root);
	}
	if (pki_is(p, "r27-extra-hash"))
		path[n++] = pki_sha2(p, 256, wf_str("extra"));
	if (pki_is(p, "r27-missing-hash"))
		n--;
	if (pki_is(p, "r27-no-hashes"))
		n = 0;
	if (pki_is(p, "r27-short-hash"))
		path[0].len = 31;
	if (pki_is(p, "r27-swapped")) {
		path[15] = path[0];
		path[0] = path[1];
		path[1] = path[15];
	}
	if (pki_is(p, "r27-index"))
		index--;
	if (pki_is(p, "r27-index-is-size"))
		index = size;
	if (pki_is(p, "r28-size"))
		size++;
	if (pki_is(p, "r28-root"))
		root = pki_flip(p, root);
	for (i = 0; i < n; i++)
		wf_json_push(hashes, wf_json_new_z(pki_b64(p, path[i])));
	wf_json_set_z(o, "logIndex", pki_str(p, "%llu", (unsigned long long)index).p);
	wf_json_set_z(o, "rootHash", pki_b64(p, root));
	wf_json_set_z(o, "treeSize", pki_str(p, "%llu", (unsigned long long)size).p);
	wf_json_set(o, "hashes", hashes);
	wf_json_set_str(c, "envelope", checkpoint(p, e, &t));
	wf_json_set(o, "checkpoint", c);
	return o;
}

struct wf_json *
pki_entry(struct pki *p, size_t i)
{
	struct entry e = enter(p, i);
	struct wf_json *o = wf_json_object(), *id = wf_json_object(), *kv = wf_json_object(), *pr = wf_json_object();
	bool v2 = strcmp(p->ask.entry, "hashedrekord2") == 0;
	const char *kind = strcmp(p->ask.entry, "intoto1") == 0 ? "intoto" : v2 ? "hashedrekord" : p->ask.entry;

	wf_json_set_z(o, "logIndex", pki_str(p, "%llu", (unsigned long long)e.global).p);
	wf_json_set_z(id, "keyId", pki_b64(p, log_id(p, e.log)));
	wf_json_set(o, "logId", id);
	wf_json_set_z(kv, "kind", pki_is(p, "r24-dsse-kind") ? "dsse" : kind);
	wf_json_set_z(kv, "version", v2 || strcmp(p->ask.entry, "intoto") == 0 ? "0.0.2" : "0.0.1");
	wf_json_set(o, "kindVersion", kv);
	if (!v2) {
		wf_json_set_z(o, "integratedTime", pki_str(p, "%lld", (long long)e.time).p);
		wf_json_set_z(pr, "signedEntryTimestamp", pki_b64(p, promise(p, &e)));
		wf_json_set(o, "inclusionPromise", pr);
	} else {
		wf_json_free(pr);
	}
	if (strcmp(p->ask.version, "0.1") != 0 || pki_is(p, "ok-r09-proof-in-v0.1"))
		wf_json_set(o, "inclusionProof", proof(p, &e));
	wf_json_set_z(o, "canonicalizedBody", pki_b64(p, e.body));
	return o;
}

struct wf_str
pki_legacy_entry(struct pki *p)
{
	struct entry e = enter(p, 0);

	return pki_str(p, "{\"SignedEntryTimestamp\":\"%s\",\"Payload\":{\"body\":\"%s\",\"integratedTime\":%lld,"
	               "\"logIndex\":%llu,\"logID\":\"%s\"}}",
	               pki_b64(p, promise(p, &e)), pki_b64(p, e.body), (long long)e.time,
	               (unsigned long long)e.global, pki_hex(p, log_id(p, e.log)));
}
