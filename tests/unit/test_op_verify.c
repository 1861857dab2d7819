/* SPDX-License-Identifier: Apache-2.0
 *
 * op/op_verify.c: what each kind of operand needs, and what is asked of
 * whom.  Signatures are those real cosign made (tests/data/bundles).
 */
#include "op/op_verify.h"

#include <stdlib.h>
#include <unistd.h>

#include "sys/file.h"
#include "tests/lib/sign_artifact.h"
#include "tests/lib/tap.h"

#define D "tests/data/bundles/"
#define MODULE "sha256:93a44bbb96c751218e4c00d479e4c14358122a389acca16205b1e4d0dc5f9476"
#define ZERO "sha256:0000000000000000000000000000000000000000000000000000000000000000"

static unsigned asked;
static const struct wf_strs no_system;

static unsigned formats_asked;

/* What a registry would answer: an artifact signed by release. */
static enum wf_rc
find(void *arg, const struct wf_ref *ref, unsigned formats,
     struct wf_op_verify_found *out, struct wf_err *err)
{
	WF_AUTO(sign_key_freep) struct sign_key *k = sign_key_read("tests/data/keys/release.pem");
	WF_AUTO(wf_freep) char *payload = NULL;
	char digest[WF_DIGEST_TEXT];

	(void)arg;
	formats_asked = formats;
	asked++;
	if (ref->tag && strcmp(ref->tag, "gone") == 0)
		return wf_err_set(err, WF_R_NOT_FOUND, "no such tag");
	sign_artifact(&out->artifact, "module");
	wf_digest_text(&out->artifact.digest, digest);
	(void)snprintf(out->ref, sizeof(out->ref), "%s@%s", ref->match, digest);
	payload = sign_payload(digest, NULL);
	sign_add_legacy(&out->artifact, k, NULL, payload);
	return WF_OK;
}

struct row {
	const char *name, *key, *bundle, *operand;
	enum wf_reason want;
	unsigned asked;
};

#define R "tests/data/keys/release.pub"
#define O "tests/data/keys/other.pub"

static char dir[] = "/tmp/wft-verify.XXXXXX";

/* Copies, since a checkout may be writable by the group. */
static const char *
private_copy(const char *file, const char *name)
{
	static char path[80];
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(65536);
	struct wf_err err = {0};

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (wf_file_read(file, &b, &err) ||
	    wf_file_write_atomic(path, wf_buf_str(&b), 0644, &err))
		wf_die(err.msg);
	return path;
}

static const struct row rows[] = {
	{"cosign v3, P-256", R, D "v3-blob-release.json", D "module.wasm", WF_R_OK, 0},
	{"cosign v3, P-384", D "p384.pub", D "v3-blob-p384.json", D "module.wasm", WF_R_OK, 0},
	{"cosign v3, P-521", D "p521.pub", D "v3-blob-p521.json", D "module.wasm", WF_R_OK, 0},
	{"cosign v3, RSA", D "rsa3072.pub", D "v3-blob-rsa3072.json", D "module.wasm", WF_R_OK, 0},
	{"cosign v3, Ed25519", D "ed25519.pub", D "v3-blob-ed25519.json", D "module.wasm", WF_R_OK, 0},
	{"cosign v2, P-256", R, D "v2-blob-release.json", D "module.wasm", WF_R_OK, 0},
	{"an attestation of a file", R, D "v3-attest-release.json", D "module.wasm", WF_R_OK, 0},
	{"the digest alone", R, D "v3-blob-release.json", MODULE, WF_R_OK, 0},
	{"the digest alone, RSA", D "rsa3072.pub", D "v3-blob-rsa3072.json", MODULE, WF_R_OK, 0},
	{"the digest alone, an attestation", R, D "v3-attest-release.json", MODULE, WF_R_OK, 0},
	{"the digest alone, SHA-384", D "p384.pub", D "v3-blob-p384.json", MODULE, WF_R_UNSUPPORTED_ALGORITHM, 0},
	{"the digest alone, Ed25519", D "ed25519.pub", D "v3-blob-ed25519.json", MODULE, WF_R_UNSUPPORTED_ALGORITHM, 0},
	{"another key", O, D "v3-blob-release.json", D "module.wasm", WF_R_WRONG_KEY, 0},
	{"another file", R, D "v3-blob-release.json", D "p384.pub", WF_R_DIGEST_MISMATCH, 0},
	{"another file, attested", R, D "v3-attest-release.json", D "p384.pub", WF_R_SUBJECT_MISMATCH, 0},
	{"another digest", R, D "v3-blob-release.json", ZERO, WF_R_DIGEST_MISMATCH, 0},
	{"another file, Ed25519", D "ed25519.pub", D "v3-blob-ed25519.json", D "p384.pub", WF_R_UNSUPPORTED_ALGORITHM, 0},
	{"a bundle that is none", R, R, D "module.wasm", WF_R_MALFORMED, 0},
	{"a bundle that is not there", R, D "no.json", D "module.wasm", WF_R_NO_INPUT, 0},
	{"a file that is not there", R, D "v3-blob-release.json", D "no.wasm", WF_R_NO_INPUT, 0},
	{"a directory", R, D "v3-blob-release.json", "./tests", WF_R_NO_INPUT, 0},
	{"a file without a bundle", R, NULL, D "module.wasm", WF_R_USAGE, 0},
	{"a reference with a bundle", R, D "v3-blob-release.json", "localhost:5000/fn@" MODULE, WF_R_USAGE, 0},
	{"a reference", R, NULL, "localhost:5000/fn@" MODULE, WF_R_OK, 1},
	{"a reference by tag", R, NULL, "localhost:5000/fn:v1", WF_R_OK, 1},
	{"a reference, another key", O, NULL, "localhost:5000/fn:v1", WF_R_SIGNATURE_MISMATCH, 1},
	{"a tag that is gone", R, NULL, "localhost:5000/fn:gone", WF_R_NOT_FOUND, 1},
	{"a bare digest, from the store", R, NULL, MODULE, WF_R_OK, 1},
	{"a digest in capitals", R, NULL, "sha256:93A4", WF_R_USAGE, 0},
};

static const char *
empty_policy(void)
{
	static char path[80];
	struct wf_err err = {0};

	(void)snprintf(path, sizeof(path), "%s/policy.yaml", dir);
	if (wf_file_write_atomic(path, wf_str("apiVersion: wasmfn/v1\nkind: Policy\n"), 0644, &err))
		wf_die(err.msg);
	return path;
}

static void
run_row(const struct row *r)
{
	const char *key = private_copy(r->key, "key.pub");
	const struct wf_op_judge_options o = {.keys = &key, .nkeys = 1, .system = &no_system};
	WF_AUTO(wf_op_judge_freep) struct wf_op_judge *j = NULL;
	WF_AUTO(wf_op_verified_free) struct wf_op_verified out = WF_OP_VERIFIED_INIT;
	struct wf_op_verify v = {.bundle = r->bundle, .find = find};
	struct wf_err err = {0};

	asked = 0;
	if (wf_op_judge_open(&o, WF_OP_JUDGE_VERIFY, &j, &err))
		OK(false, err.msg);
	v.judge = j;
	ERR(wf_op_verify(&v, r->operand, &out, &err), &err, r->want, r->name);
	EQ(asked, r->asked, "asks the registry only when it has to");
	if (r->asked)
		EQ(formats_asked, WF_FORMAT_BUNDLE | WF_FORMAT_LEGACY, "for any format: a key takes all");
	OK(strstr(out.ref, r->asked && r->want != WF_R_NOT_FOUND ? "@sha256:" : r->operand),
	   "says what it judged");
}

/* A policy that knows nothing of the reference: nothing is sent. */
static void
test_no_policy(void)
{
	const struct wf_op_judge_options o = {
		.policy = empty_policy(),
		.system = &no_system,
	};
	WF_AUTO(wf_op_judge_freep) struct wf_op_judge *j = NULL;
	WF_AUTO(wf_op_verified_free) struct wf_op_verified out = WF_OP_VERIFIED_INIT;
	struct wf_op_verify v = {.find = find};
	struct wf_err err = {0};

	asked = 0;
	ERR(wf_op_judge_open(&o, WF_OP_JUDGE_VERIFY, &j, &err), &err, WF_R_OK, "a policy without trust rules");
	v.judge = j;
	ERR(wf_op_verify(&v, "localhost:5000/fn:v1", &out, &err), &err, WF_R_NO_POLICY,
	    "no rule for the reference");
	EQ(asked, 0, "and nothing is asked");
}

int
main(void)
{
	size_t i;

	if (!mkdtemp(dir))
		wf_die("mkdtemp");
	for (i = 0; i < WF_COUNT(rows); i++)
		run_row(&rows[i]);
	test_no_policy();
	(void)unlink(private_copy(R, "key.pub"));
	(void)unlink(empty_policy());
	EQ(rmdir(dir), 0, "nothing else was written");
	return tap_done();
}
