/* SPDX-License-Identifier: Apache-2.0
 *
 * op/op_judge.c: which rules judge (contract section 2, trust options), on
 * files as people have them.
 */
#include "op/op_judge.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.h"
#include "tests/lib/sign_artifact.h"
#include "tests/lib/tap.h"

#define MATCH "localhost:5000/fn"

static char dir[] = "/tmp/wft-judge.XXXXXX";
static struct sign_key *release, *other;
static struct wf_artifact by_release, by_both;
static const struct wf_strs no_system;

static const char *
path(const char *name)
{
	static char text[8][64];
	static unsigned i;

	i = (i + 1) % 8;
	(void)snprintf(text[i], sizeof(text[i]), "%s/%s", dir, name);
	return text[i];
}

static void
put(const char *name, const char *text, mode_t mode)
{
	struct wf_err err = {0};

	if (wf_file_write_atomic(path(name), wf_str(text), mode, &err))
		wf_die(err.msg);
}

static void
put_key(const char *name, const struct sign_key *k, enum sign_format f)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = sign_public(k, f);

	put(name, wf_buf_z(&b), 0644);
}

static void
put_policy(const char *name, const char *match, const char *key, const char *more)
{
	WF_AUTO(wf_freep) char *text = wf_asprintf(
		"apiVersion: wasmfn/v1\nkind: Policy\ntrust:\n"
		"  - match: [\"%s\"]\n    require: any\n    authorities:\n"
		"      - name: release-key\n        keys: [%s/%s]\n%s", match, dir, key, more);

	put(name, text, 0644);
}

/* Opens, judges by_release (or by_both), closes; the reason of either. */
static enum wf_reason
outcome(const struct wf_op_judge_options *o, enum wf_op_judge_mode mode,
        const char *entry, const struct wf_artifact *a)
{
	WF_AUTO(wf_op_judge_freep) struct wf_op_judge *j = NULL;
	WF_AUTO(wf_verified_freep) struct wf_verified *v = NULL;
	struct wf_judgement out = WF_JUDGEMENT_INIT;
	struct wf_err err = {0};
	enum wf_rc rc;

	if ((rc = wf_op_judge_open(o, mode, &j, &err)) == WF_OK)
		rc = wf_op_judge_artifact(j, MATCH, entry, a, NULL, &out, &v, &err);
	wf_judgement_free(&out);
	if (rc != err.code)
		return WF_R_BUG;
	return err.reason;
}

struct row {
	const char *name;
	enum wf_op_judge_mode mode;
	const char *keys[2];
	const char *policy, *system, *entry;
	bool both; /* the artifact has both signatures */
	enum wf_reason want;
};

#define V WF_OP_JUDGE_VERIFY
#define S WF_OP_JUDGE_SYSTEM

static const struct row rows[] = {
	{"verify by nothing", V, {NULL}, NULL, NULL, NULL, false, WF_R_USAGE},
	{"verify by the key", V, {"release.pub"}, NULL, NULL, NULL, false, WF_R_OK},
	{"verify by a certificate", V, {"release.crt"}, NULL, NULL, NULL, false, WF_R_OK},
	{"verify by another key", V, {"other.pub"}, NULL, NULL, NULL, false, WF_R_WRONG_KEY},
	{"each key must have signed", V, {"release.pub", "other.pub"}, NULL, NULL, NULL, false, WF_R_WRONG_KEY},
	{"and both have", V, {"release.pub", "other.pub"}, NULL, NULL, NULL, true, WF_R_OK},
	{"a key file that is not there", V, {"no.pub"}, NULL, NULL, NULL, false, WF_R_NO_INPUT},
	{"a key file others may write", V, {"unsafe.pub"}, NULL, NULL, NULL, false, WF_R_UNSAFE_FILE},
	{"a file that is no key", V, {"junk.pub"}, NULL, NULL, NULL, false, WF_R_CONFIG},
	{"a private key", V, {"private.pem"}, NULL, NULL, NULL, false, WF_R_CONFIG},
	{"verify by a policy", V, {NULL}, "good.yaml", NULL, NULL, false, WF_R_OK},
	{"whose rule matches something else", V, {NULL}, "elsewhere.yaml", NULL, NULL, false, WF_R_NO_POLICY},
	{"a policy and a key: both must pass", V, {"other.pub"}, "good.yaml", NULL, NULL, false, WF_R_WRONG_KEY},
	{"the other way round", V, {"release.pub"}, "other.yaml", NULL, NULL, false, WF_R_WRONG_KEY},
	{"a policy that is not there", V, {"release.pub"}, "no.yaml", NULL, NULL, false, WF_R_NO_INPUT},
	{"a policy others may write", V, {"release.pub"}, "unsafe.yaml", NULL, NULL, false, WF_R_UNSAFE_FILE},
	{"without options the system policy", V, {NULL}, NULL, "good.yaml", NULL, false, WF_R_OK},
	{"and it alone", V, {NULL}, NULL, "other.yaml", NULL, false, WF_R_WRONG_KEY},
	{"with options it is not asked", V, {"release.pub"}, NULL, "other.yaml", NULL, false, WF_R_OK},
	{"not even its deny list", V, {"release.pub"}, NULL, "deny.yaml", NULL, false, WF_R_OK},
	{"which else has its say", V, {NULL}, NULL, "deny.yaml", NULL, false, WF_R_REVOKED},

	{"install by nothing", S, {NULL}, NULL, NULL, NULL, false, WF_R_CONFIG},
	{"install by a key alone", S, {"release.pub"}, NULL, NULL, NULL, false, WF_R_CONFIG},
	{"install by the system policy", S, {NULL}, NULL, "good.yaml", NULL, false, WF_R_OK},
	{"which knows nothing of it", S, {NULL}, NULL, "elsewhere.yaml", NULL, false, WF_R_NO_POLICY},
	{"--policy in its place", S, {NULL}, "good.yaml", NULL, NULL, false, WF_R_OK},
	{"--policy beside it must pass too", S, {NULL}, "other.yaml", "good.yaml", NULL, false, WF_R_WRONG_KEY},
	{"and both do", S, {NULL}, "other.yaml", "good.yaml", NULL, true, WF_R_OK},
	{"--policy cannot replace it", S, {NULL}, "good.yaml", "other.yaml", NULL, false, WF_R_WRONG_KEY},
	{"--policy without a rule for it", S, {NULL}, "elsewhere.yaml", "good.yaml", NULL, false, WF_R_NO_POLICY},
	{"denies of --policy apply", S, {NULL}, "deny.yaml", "good.yaml", NULL, false, WF_R_REVOKED},
	{"a key beside it must pass too", S, {"other.pub"}, NULL, "good.yaml", NULL, false, WF_R_WRONG_KEY},
	{"an entry's policy must pass too", S, {NULL}, NULL, "good.yaml", "other.yaml", false, WF_R_WRONG_KEY},
	{"and does", S, {NULL}, NULL, "good.yaml", "other.yaml", true, WF_R_OK},
	{"denies of an entry's policy apply", S, {NULL}, NULL, "good.yaml", "deny.yaml", false, WF_R_REVOKED},
	{"an entry's policy that is not there", S, {NULL}, NULL, "good.yaml", "no.yaml", false, WF_R_NO_INPUT},
};

static void
run_row(const struct row *r)
{
	const char *keys[2], *system = r->system ? path(r->system) : NULL;
	const struct wf_strs list = {&system, 1};
	struct wf_op_judge_options o = {
		.keys = keys,
		.policy = r->policy ? path(r->policy) : NULL,
		.system = system ? &list : &no_system,
	};
	enum wf_reason got;

	while (o.nkeys < 2 && r->keys[o.nkeys]) {
		keys[o.nkeys] = path(r->keys[o.nkeys]);
		o.nkeys++;
	}
	got = outcome(&o, r->mode, r->entry ? path(r->entry) : NULL,
	              r->both ? &by_both : &by_release);
	IS(wf_reason_word(got), wf_reason_word(r->want), r->name);
}

static void
test_annotations(void)
{
	const char *key = path("release.pub"), *system = path("good.yaml");
	const struct wf_pair prod = {"env", "prod"}, test = {"env", "test"};
	const struct wf_strs list = {&system, 1};
	struct wf_op_judge_options o = {.annotations = &prod, .nannotations = 1, .system = &list};

	EQ(outcome(&o, V, NULL, &by_release), WF_R_USAGE, "-a alone");
	o.keys = &key;
	o.nkeys = 1;
	EQ(outcome(&o, V, NULL, &by_release), WF_R_OK, "-a with a key");
	o.annotations = &test;
	EQ(outcome(&o, V, NULL, &by_release), WF_R_ANNOTATION_MISMATCH, "another value");
	o.nkeys = 0;
	EQ(outcome(&o, S, NULL, &by_release), WF_R_ANNOTATION_MISMATCH, "with the system policy");
	o.annotations = &prod;
	EQ(outcome(&o, S, NULL, &by_release), WF_R_OK, "and the right value");
}

static void
test_access(void)
{
	const char *system = path("good.yaml");
	const struct wf_strs list = {&system, 1};
	struct wf_op_judge_options o = {.policy = path("elsewhere.yaml"), .system = &list};
	WF_AUTO(wf_op_judge_freep) struct wf_op_judge *j = NULL;
	const struct wf_policy *p, *again;
	struct wf_err err = {0};

	ERR(wf_op_judge_open(&o, S, &j, &err), &err, WF_R_OK, "opens");
	OK(wf_op_judge_policy(j, 0) && wf_op_judge_policy(j, 1) && !wf_op_judge_policy(j, 2),
	   "two policies in force");
	ERR(wf_op_judge_allows(j, MATCH, NULL, &err), &err, WF_R_NO_POLICY,
	    "refused before anything is sent");
	OK(err.hint[0] != '\0', "with what to do");
	wf_err_clear(&err);
	EQ(wf_op_judge_entry_policy(j, path("other.yaml"), &p, &err), 0, "an entry's policy");
	EQ(wf_op_judge_entry_policy(j, path("other.yaml"), &again, &err), 0, "again");
	OK(p && p == again, "is read once");
	EQ(wf_op_judge_entry_policy(j, NULL, &p, &err), 0, "none");
	OK(!p, "is none");
}

static void
test_blob(void)
{
	const char *key = path("release.pub");
	struct wf_op_judge_options o = {.keys = &key, .nkeys = 1, .system = &no_system};
	struct wf_op_judge_options p = {.policy = path("good.yaml"), .system = &no_system};
	struct wf_op_judge_options q = {.policy = path("all.yaml"), .system = &no_system};
	const struct { const struct wf_op_judge_options *o; enum wf_reason want; const char *name; } t[] = {
		{&o, WF_R_OK, "a file by a key"},
		{&p, WF_R_NO_POLICY, "a policy for a registry says nothing of files"},
		{&q, WF_R_OK, "a policy for everything does"},
	};
	WF_AUTO(wf_json_freep) struct wf_json *b = sign_message(release, NULL, wf_str("file"));
	WF_AUTO(wf_freep) char *text = sign_text(b);
	struct wf_candidate c = {.form = WF_FORM_BUNDLE_FILE, .payload = text, .payload_len = strlen(text)};
	struct wf_trust_blob blob = {.bytes = wf_str("file"), .whole = true};
	size_t i;

	wf_digest_of("file", 4, &blob.digest);
	for (i = 0; i < WF_COUNT(t); i++) {
		WF_AUTO(wf_op_judge_freep) struct wf_op_judge *j = NULL;
		struct wf_judgement out = WF_JUDGEMENT_INIT;
		struct wf_err err = {0};

		EQ(wf_op_judge_open(t[i].o, V, &j, &err), 0, "opens");
		ERR(wf_op_judge_blob(j, &blob, &c, 1, &out, &err), &err, t[i].want, t[i].name);
		wf_judgement_free(&out);
	}
}

static void
sign_with(struct wf_artifact *a, const struct sign_key *k)
{
	char digest[WF_DIGEST_TEXT];
	WF_AUTO(wf_freep) char *s = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *b = NULL;

	wf_digest_text(&a->digest, digest);
	s = sign_statement(digest, "{\"env\":\"prod\"}");
	b = sign_dsse(k, NULL, s);
	sign_add_bundle(a, WF_FORM_BUNDLE_REFERRER, b);
}

static void
set_up(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf priv = WF_BUF_INIT(0);
	WF_AUTO(wf_freep) char *deny = NULL;

	if (!mkdtemp(dir))
		wf_die("mkdtemp");
	release = sign_key_new("p256");
	other = sign_key_new("p256");
	put_key("release.pub", release, SIGN_PEM);
	put_key("release.crt", release, SIGN_CERT_PEM);
	put_key("other.pub", other, SIGN_PEM);
	priv = sign_public(release, SIGN_PRIVATE_PEM);
	put("private.pem", wf_buf_z(&priv), 0600);
	put_key("unsafe.pub", release, SIGN_PEM);
	put("junk.pub", "no key\n", 0644);
	put_policy("good.yaml", MATCH, "release.pub", "");
	put_policy("other.yaml", "localhost:5000/**", "other.pub", "");
	put_policy("elsewhere.yaml", "ghcr.io/**", "release.pub", "");
	put_policy("all.yaml", "**", "release.pub", "");
	put_policy("unsafe.yaml", MATCH, "release.pub", "");
	deny = wf_asprintf("deny:\n  keys: [\"%s\"]\n", sign_id(release));
	put_policy("deny.yaml", MATCH, "release.pub", deny);
	if (chmod(path("unsafe.pub"), 0666) || chmod(path("unsafe.yaml"), 0666))
		wf_die("chmod");
	sign_artifact(&by_release, "module");
	sign_artifact(&by_both, "module");
	sign_with(&by_release, release);
	sign_with(&by_both, release);
	sign_with(&by_both, other);
}

static void
tear_down(void)
{
	static const char *const names[] = {
		"release.pub", "release.crt", "other.pub", "private.pem", "unsafe.pub", "junk.pub",
		"good.yaml", "other.yaml", "elsewhere.yaml", "all.yaml", "unsafe.yaml", "deny.yaml",
	};
	size_t i;

	for (i = 0; i < WF_COUNT(names); i++)
		(void)unlink(path(names[i]));
	EQ(rmdir(dir), 0, "nothing else was written");
	wf_artifact_free(&by_release);
	wf_artifact_free(&by_both);
	sign_key_freep(&release);
	sign_key_freep(&other);
}

int
main(void)
{
	size_t i;

	set_up();
	for (i = 0; i < WF_COUNT(rows); i++)
		run_row(&rows[i]);
	test_annotations();
	test_access();
	test_blob();
	tear_down();
	return tap_done();
}
