/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole signing world for tests: certificate authority, certificate log,
 * Rekor logs (v1 and v2), timestamp authorities, trusted root, bundles and
 * legacy signatures.  Keys, serial numbers and times are the same on every
 * run; only the nonces of ECDSA differ.  Everything is written here a second
 * time, from the specifications: nothing of src/trust is used, or a mistake
 * would prove itself.  Aborts on any failure.  Never linked into the program.
 *
 * A case is an `ask` and at most a few names of changes.  A change alters one
 * thing and everything made after it is made again over it, so that only the
 * rule in its name can see it.
 */
#ifndef WF_TESTS_PKI_PKI_H
#define WF_TESTS_PKI_PKI_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "dep/json.h"

/* 2026-03-01T12:00:00Z: the leaf's first second. */
#define PKI_T0 INT64_C(1772366400)
#define PKI_DAY INT64_C(86400)
/* from 2026-01-01 on everything is valid */
#define PKI_START INT64_C(1767225600)

#define PKI_IDENTITY "https://github.com/wasmfn-test/fn/.github/workflows/build.yml@refs/heads/main"
#define PKI_ISSUER "https://token.actions.githubusercontent.com"
#define PKI_LOG1 "rekor.test"
#define PKI_LOG1B "rekor-b.test"
#define PKI_LOG2 "log2026-1.rekor.test"
#define PKI_TREE_ID " - 2605736670972794746"

#define PKI_MAX_CHANGES 6u
#define PKI_MAX_KEYS 24u

/* Of authorities.  Fulcio has P-384, as tests/data/sigstore shows; but nothing
 * else here costs as much before OpenSSL 3.2. */
#define PKI_CA_KEY "p256"

struct pki_ask {
	const char *version;  /* bundle: "0.1" "0.2" "0.3" */
	const char *content;  /* "message" "dsse"; legacy: "sig" "att" */
	/* "hashedrekord" "dsse" "intoto" "rekord" "intoto1": Rekor v1;
	 * "hashedrekord2": Rekor v2; "none" */
	const char *entry;
	const char *material; /* "certificate" "chain" "key" */
	const char *key;      /* the signer's: "p256" "p384" "p521" "ed25519" "rsa2048" … */
	unsigned stamps;      /* RFC 3161 tokens */
	bool image;           /* about the image of the layout, not about the file */
	const char *data;     /* where tests/data is: RSA keys are read, not made */
	struct wf_str artifact;
	const char *predicate; /* NULL: cosign's */
	const char *annotations; /* JSON text, or NULL */
	const char *changes[PKI_MAX_CHANGES];
	size_t nchanges;
};
/* Keyless v0.3 message signature with a Rekor v1 entry. */
struct pki_ask pki_ask_default(void);

struct pki_named_key {
	char name[40], kind[16];
	EVP_PKEY *key;
};

struct pki {
	struct pki_ask ask;
	bool applied[PKI_MAX_CHANGES];
	struct wf_arena arena;
	struct pki_named_key keys[PKI_MAX_KEYS];
	size_t nkeys;
	/* certificates, made at the start */
	X509 *root, *mid, *leaf, *stranger_root, *stranger_mid;
	X509 *tsa_root, *tsa_leaf, *tsa2_root, *tsa2_leaf, *tsa_decoy;
	/* what is signed, in the order of making */
	const char *who;         /* name of the signer's key */
	struct wf_str image_manifest, image_config;
	char subject[65];        /* hex of what it is about */
	struct wf_str envelope;  /* DSSE as JSON */
	struct wf_str message;   /* signed bytes: artifact, PAE or payload */
	struct wf_str payload;   /* statement or simple signing payload */
	const char *payload_type;
	struct wf_str signature;
	struct wf_str material;  /* DER of the leaf or of the SPKI */
	const char *material_pem;
};

void pki_init(struct pki *, const struct pki_ask *);
void pki_free(struct pki *);

/* Is this change asked for?  Marks it as applied. */
bool pki_is(struct pki *, const char *change);
/* NULL, or the first change asked for that is unknown or changed nothing. */
const char *pki_unapplied(const struct pki *, bool *unknown);
/* Names known, in order; NULL at the end. */
const char *pki_change(size_t i);

/* What comes out; text and bytes belong to the arena. */
struct wf_json *pki_bundle(struct pki *);      /* caller frees */
struct wf_str pki_bundle_text(struct pki *);   /* with changes to the text */
struct wf_json *pki_trusted_root(struct pki *); /* caller frees */
struct wf_str pki_trusted_root_text(struct pki *);
struct wf_str pki_key_pem(struct pki *);        /* the signer's public key */
/* Writes an OCI layout with the image and its signatures into dir.
 * form: "sig-tag" "att-tag" "sig-referrer" "att-referrer" "bundle-referrer"
 * "bundle-fallback-tag" "sbom-tag" "none".  Returns the image's digest. */
const char *pki_layout(struct pki *, const char *dir, const char *form);

/* --- for the files of tests/pki ------------------------------------------ */
#define PKI_MUST(cond, what) pki_must((cond), (what), __FILE__, __LINE__)
void pki_must(bool, const char *what, const char *file, int line);

EVP_PKEY *pki_key(struct pki *, const char *name, const char *kind);
struct wf_str pki_spki(struct pki *, EVP_PKEY *);
struct wf_str pki_der(struct pki *, X509 *);
const char *pki_pem(struct pki *, X509 *);
const char *pki_pem_key(struct pki *, EVP_PKEY *);
/* hash NULL: the key's own */
struct wf_str pki_sign(struct pki *, EVP_PKEY *, const char *hash, struct wf_str);
unsigned pki_hash_bits(EVP_PKEY *); /* of the registry's default; 0: none */
struct wf_str pki_sha2(struct pki *, unsigned bits, struct wf_str);
const char *pki_hex(struct pki *, struct wf_str);
const char *pki_b64(struct pki *, struct wf_str);
struct wf_str pki_cat(struct pki *, struct wf_str, struct wf_str);
struct wf_str pki_flip(struct pki *, struct wf_str); /* lowest bit of the last byte */
struct wf_str pki_str(struct pki *, const char *fmt, ...) WF_PRINTF(2, 3);
const char *pki_date(struct pki *, int64_t sec, unsigned milli); /* RFC 3339 */
const char *pki_key_details(EVP_PKEY *);

void pki_certs(struct pki *); /* all certificates but the leaf */
void pki_leaf(struct pki *);  /* with its SCT */
struct wf_json *pki_entry(struct pki *, size_t i);   /* i-th log entry */
/* Legacy annotation dev.sigstore.cosign/bundle, as text. */
struct wf_str pki_legacy_entry(struct pki *);
struct wf_str pki_token(struct pki *, size_t i, struct wf_str message); /* DER */
/* 32 bytes: the log's full id. */
struct wf_str pki_log_id(struct pki *, const char *host);
bool pki_knows_witness(struct pki *); /* the first one is in the trusted root */
struct wf_str pki_ct_id(struct pki *, const char *name);
/* Signs: statement or payload, message, signature, material. */
void pki_sign_all(struct pki *);
/* Edits of a table: bundle or trusted root as JSON, or their text. */
void pki_edit_json(struct pki *, struct wf_json *, const char *which);
struct wf_str pki_edit_text(struct pki *, struct wf_str, const char *which);

#endif
