/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy files: every file under tests/data/policy does what it says; the
 * pattern language; which rule speaks; key files and merging.
 */
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "policy/policy.h"
#include "sys/file.h"
#include "tests/lib/tap.h"

#define DATA "tests/data/policy/"
#define HEAD "apiVersion: wasmfn/v1\nkind: Policy\n"

static void
one_file(const char *path)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(WF_MAX_CONFIG_BYTES);
	WF_AUTO(wf_policy_freep) struct wf_policy *p = NULL;
	struct wf_err err = {0};
	char word[40], name[200], where[300];
	unsigned line, column;
	enum wf_rc rc;

	if (!OK(wf_file_read(path, &bytes, &err) == WF_OK, path))
		return;
	rc = wf_policy_parse(wf_buf_str(&bytes), "p.yaml", &p, &err);
	if (!strstr(path, "/bad-")) {
		ERR(rc, &err, WF_R_OK, path);
		return;
	}
	if (!OK(sscanf(bytes.p, "# expect: %39s %u:%u", word, &line, &column) == 3, path))
		return;
	(void)snprintf(name, sizeof(name), "%s: %s", path + strlen(DATA), word);
	IS(wf_reason_word(err.reason), word, name);
	EQ(rc, 78, name);
	(void)snprintf(where, sizeof(where), "p.yaml:%u:%u: ", line, column);
	if (!OK(strncmp(err.msg, where, strlen(where)) == 0, name))
		printf("# expected %s, found %s\n", where, err.msg);
	if (!OK(!strstr(err.hint, "more"), "one change, one problem"))
		printf("# %s %s\n", path, err.hint);
}

static void
data_files(void)
{
	glob_t g;
	size_t i;

	EQ(glob(DATA "*.yaml", 0, NULL, &g), 0, "there are files");
	OK(g.gl_pathc > 50, "many of them");
	for (i = 0; i < g.gl_pathc; i++)
		one_file(g.gl_pathv[i]);
	globfree(&g);
}

static void
globs(void)
{
	static const struct {
		const char *pattern, *text;
		bool match;
	} cases[] = {
		{"ghcr.io/myorg/f", "ghcr.io/myorg/f", true},
		{"ghcr.io/myorg/f", "ghcr.io/myorg/g", false},
		{"ghcr.io/myorg/f", "ghcr.io/myorg/f/g", false},
		{"ghcr.io/myorg/f", "ghcr.io/myorg/ff", false},
		{"ghcr.io/myorg/*", "ghcr.io/myorg/f", true},
		{"ghcr.io/myorg/*", "ghcr.io/myorg/f/g", false},
		{"ghcr.io/myorg/*", "ghcr.io/myorg/", true},
		{"ghcr.io/myorg/**", "ghcr.io/myorg/f", true},
		{"ghcr.io/myorg/**", "ghcr.io/myorg/f/g/h", true},
		{"ghcr.io/myorg/**", "ghcr.io/myorg", false},
		{"ghcr.io/myorg/**", "ghcr.io/myorg2/f", false},
		{"ghcr.io/myorg**", "ghcr.io/myorg2/f", true},
		{"ghcr.io/*/f", "ghcr.io/a/f", true},
		{"ghcr.io/*/f", "ghcr.io/a/b/f", false},
		{"ghcr.io/**/f", "ghcr.io/a/b/f", true},
		{"ghcr.io/**/f", "ghcr.io/f", false},
		{"*.example.com/**", "a.example.com/f", true},
		{"*.example.com/**", "a.example.com.evil/f", false},
		{"*.example.com/**", "evil/a.example.com/f", false},
		{"*/f", "localhost:5000/f", true},
		{"localhost/*", "localhost:5000/f", false},
		{"localhost:*/f", "localhost:5000/f", true},
		{"**", "", true},
		{"**", "a/b:c", true},
		{"*", "", true},
		{"*", "a/b", false},
		{"", "", true},
		{"", "a", false},
		{"***", "a/b", true},
		{"**/x*y", "a/b/xzzy", true},
		{"**/x*y", "a/b/xz/y", false},
		{"*a*b", "xaxb", true},
		{"*a*b", "xaxbc", false},
		{"a**b*c", "a/1/2b3c", true},
		{"a**b*c", "a/1/2b3/c", false},
		{"a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
		{"app_*", "app_reader", true},
		{"app_*", "xapp_reader", false},
		{"a?c", "abc", false},
		{"[ab]", "a", false},
	};
	char name[160], longp[WF_MAX_PATTERN_BYTES + 2];
	size_t i;

	for (i = 0; i < WF_COUNT(cases); i++) {
		(void)snprintf(name, sizeof(name), "%s %s %s", cases[i].pattern,
		               cases[i].match ? "matches" : "does not match", cases[i].text);
		EQ(wf_policy_glob(cases[i].pattern, cases[i].text), cases[i].match, name);
	}
	memset(longp, '*', sizeof(longp) - 1);
	longp[sizeof(longp) - 1] = '\0';
	OK(!wf_policy_glob(longp, "a"), "a pattern past the limit matches nothing");
	OK(wf_policy_glob(longp + 1, "a"), "one at the limit does");
	EQ(wf_policy_literal("ghcr.io/*"), 8, "literal characters before the wildcard");
	EQ(wf_policy_literal("ghcr.io"), 7, "all of them");
}

static struct wf_policy *
good(const char *text)
{
	struct wf_policy *p = NULL;
	struct wf_err err = {0};

	if (wf_policy_parse(wf_str(text), "p.yaml", &p, &err))
		printf("# %s\n", err.msg);
	return p;
}

static void
speaks(const struct wf_policy *p, const char *match, unsigned line)
{
	const struct wf_trust_rule *r = wf_policy_trust(p, match);

	EQ(r ? r->pos.line : 0, line, match[0] ? match : "a file or a bare digest");
}

static void
selection(void)
{
	WF_AUTO(wf_policy_freep) struct wf_policy *p = good(
		HEAD "trust:\n"
		"  - {match: [\"**\"], authorities: [{name: a, keys: [/k]}]}\n"
		"  - {match: [\"ghcr.io/**\"], authorities: [{name: a, keys: [/k]}]}\n"
		"  - {match: [\"ghcr.io/my/**\", \"quay.io/*\"], authorities: [{name: a, keys: [/k]}]}\n"
		"  - {match: [\"ghcr.io/my/f\"], authorities: [{name: a, keys: [/k]}]}\n"
		"  - {match: [\"oci:/srv/**\"], authorities: [{name: a, keys: [/k]}]}\n"
		"capabilities:\n"
		"  - {match: [\"**\"], classes: {deny: [network]}}\n"
		"  - {match: [\"ghcr.io/my/**\"]}\n"
		"  - {match: [\"ghcr.io/**\"]}\n");
	WF_AUTO(wf_policy_freep) struct wf_policy *q = good(
		HEAD "trust: [{match: [\"ghcr.io/**\"], authorities: [{name: a, keys: [/k]}]}]\n");

	if (!OK(p && q, "policies parse"))
		return;
	speaks(p, "ghcr.io/my/f", 7);
	speaks(p, "ghcr.io/my/f2", 6);
	speaks(p, "ghcr.io/my/f/g", 6);
	speaks(p, "quay.io/x", 6);
	speaks(p, "quay.io/x/y", 4);
	speaks(p, "ghcr.io/other", 5);
	speaks(p, "ghcr.io:443/my/f", 4);
	speaks(p, "oci:/srv/x", 8);
	speaks(p, "oci:/srv/../etc/x", 0);
	speaks(p, "oci:/tmp/x", 0);
	speaks(p, "oci:ghcr.io/my/f", 0);
	speaks(p, "", 4);
	speaks(q, "", 0);
	speaks(q, "quay.io/x", 0);
	EQ(wf_policy_caps(p, "ghcr.io/my/f", 0)->pos.line, 11, "most specific first");
	EQ(wf_policy_caps(p, "ghcr.io/my/f", 1)->pos.line, 12, "then less");
	EQ(wf_policy_caps(p, "ghcr.io/my/f", 2)->pos.line, 10, "then least");
	OK(!wf_policy_caps(p, "ghcr.io/my/f", 3), "then none");
	OK(!wf_policy_caps(p, "oci:/srv/x", 0), "** is not for oci:");
	EQ(wf_policy_caps(p, "", 0)->pos.line, 10, "a file: only **");
	OK(!wf_policy_caps(p, "", 1), "and nothing else");
	OK(!wf_policy_caps(q, "ghcr.io/x", 0), "no section, no rule");
	OK(!wf_policy_deny(q, 0), "no deny section");
	OK(!wf_policy_functions(q)->set, "no functions section");
	EQ(wf_policy_limits(q)->fuel_per_call, -1, "no limits");
}

static void
identities(const struct wf_authority *a)
{
	EQ(a->nidentities, 1, "one identity");
	IS(a->identities[0].issuer, "https://token.actions.githubusercontent.com", "issuer");
	OK(strstr(a->identities[0].subject, "build.yml@refs/heads/main") != NULL, "subject");
	OK(!a->identities[0].subject_regexp && !a->identities[0].issuer_regexp, "no expressions");
	IS(a->identities[0].extensions[0].key, "sourceRepositoryURI", "extension");
	IS(a->root.path, "/etc/wasmfn/trusted_root.json", "trusted root");
	EQ(a->root.public_good, false, "which is a file");
	EQ(a->root.bytes.len, 0, "not read by a parse");
	EQ(a->proofs.transparency_log, 1, "logs");
	EQ(a->proofs.scts, 1, "certificate logs");
	EQ(a->proofs.timestamps, 0, "timestamps");
}

/* The forms that the contract does not show. */
static void
more_trust(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_MAX_CONFIG_BYTES);
	WF_AUTO(wf_policy_freep) struct wf_policy *p = NULL;
	const struct wf_trust_rule *t;
	const struct wf_deny *d;
	struct wf_err err = {0};

	if (!OK(wf_file_read(DATA "good-identities.yaml", &b, &err) == WF_OK &&
	        (p = good(wf_buf_z(&b))) != NULL, "identities"))
		return;
	t = wf_policy_trust(p, "ghcr.io/myorg/f");
	OK(t->authorities[0].root.public_good, "public-good by name");
	IS(t->authorities[0].root.path, wf_policy_public_good(), "is the snapshot");
	EQ(t->authorities[0].proofs.transparency_log, 0, "no log demanded");
	EQ(t->authorities[0].proofs.scts, -1, "not said is not zero");
	OK(t->authorities[1].has_key_window && t->authorities[1].key_window.has_end, "key window");
	EQ(t->authorities[1].key_window.end.nsec, 999000000, "with its fraction");
	EQ(t->authorities[2].nkeys, 1, "keys and identities in one");
	IS(t->authorities[2].identities[0].subject_regexp, "[^@]+@myorg\\.example", "expression");
	EQ(t->attestations[0].nauthorities, 3, "an attestation by any authority");
	d = wf_policy_deny(p, 0);
	EQ(d->nidentities, 3, "denied identities");
	OK(d->identities[0].subject && !d->identities[0].issuer, "by subject alone");
	IS(d->identities[2].extensions[0].value, "self-hosted", "by extension alone");
	EQ(d->nlog_indexes, 2, "denied log entries");
	EQ(d->log_indexes[1], 771488337, "by index");
}

static void
extension_names(void)
{
	unsigned n = 0, i, known = 0;

	OK(wf_policy_extension("sourceRepositoryURI", &n), "known");
	EQ(n, 12, "its number");
	OK(!wf_policy_extension("sourceRepositoryUri", NULL), "letters count");
	OK(!wf_policy_extension("issuer", NULL), "the issuer has a field of its own");
	for (i = 0; i < 40; i++)
		known += wf_policy_extension_name(i) != NULL;
	EQ(known, 21, "all of them");
	OK(!wf_policy_extension_name(8) && !wf_policy_extension_name(1000), "others have none");
}

static void
values(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_MAX_CONFIG_BYTES);
	WF_AUTO(wf_policy_freep) struct wf_policy *p = NULL;
	const struct wf_trust_rule *t;
	const struct wf_cap_rule *c;
	struct wf_err err = {0};

	if (!OK(wf_file_read(DATA "good-contract.yaml", &b, &err) == WF_OK &&
	        (p = good(wf_buf_z(&b))) != NULL, "the contract's policy"))
		return;
	t = wf_policy_trust(p, "ghcr.io/myorg/f");
	EQ(t->require, WF_REQUIRE_ANY, "require any");
	EQ(t->formats, WF_FORMAT_BUNDLE | WF_FORMAT_LEGACY, "formats");
	EQ(t->nauthorities, 2, "two authorities");
	IS(t->authorities[0].name, "release-key", "its name");
	IS(t->authorities[0].keys[0].path, "/etc/wasmfn/keys/release.pub", "its key");
	EQ(t->authorities[0].keys[0].bytes.len, 0, "not read by a parse");
	IS(t->authorities[0].annotations[0].value, "prod", "its annotation");
	EQ(t->authorities[0].proofs.transparency_log, -1, "proofs not said");
	OK(!t->authorities[0].root.path && !t->authorities[0].has_key_window, "no trusted root");
	identities(&t->authorities[1]);
	EQ(t->nattestations, 1, "one attestation");
	IS(t->attestations[0].predicate_type, "https://slsa.dev/provenance/v1", "its type");
	EQ(t->attestations[0].nauthorities, 1, "by one authority");
	EQ(t->attestations[0].authorities[0], 1, "which is the second");
	IS(t->attestations[0].source_uri, "git+https://github.com/myorg/fn", "source");
	c = wf_policy_caps(p, "ghcr.io/myorg/f", 0);
	IS(c->class_allow.v[0], "log", "class allowed");
	IS(c->class_deny.v[0], "network", "class denied");
	EQ(c->class_deny_pos.line, 25, "with its line");
	IS(c->imp_allow[0].name, "clickhouse_log", "import allowed");
	EQ(c->imp_allow[0].pos.line, 27, "with its line");
	EQ(c->nimp_deny, 0, "no import denied");
	IS(c->kinds.v[0], "core", "kind");
	IS(c->feature_deny.v[0], "threads", "feature denied");
	EQ(c->max_pages, 256, "pages");
	EQ(c->max_size, 33554432, "size");
	EQ(c->start, WF_DENY, "start");
	EQ(wf_policy_functions(p)->definer, WF_DENY, "definer");
	IS(wf_policy_functions(p)->grantees.v[0], "app_*", "grantees");
	EQ(wf_policy_limits(p)->max_memory_bytes, 67108864, "limit");
	EQ(wf_policy_limits(p)->stack_size_bytes, -1, "limit not given");
	OK(wf_policy_deny(p, 0) && !wf_policy_deny(p, 1), "one deny section");
}

static char dir[] = "/tmp/wf_policy.XXXXXX";

static const char *
at(const char *name)
{
	static char path[4][300];
	static int next;

	next = (next + 1) % 4;
	(void)snprintf(path[next], sizeof(path[next]), "%s/%s", dir, name);
	return path[next];
}

static void
put(const char *name, const char *text, mode_t mode)
{
	struct wf_err err = {0};

	if (wf_file_write_atomic(at(name), wf_str(text), mode, &err))
		printf("# %s\n", err.msg);
}

static void
load(const char *what, const char *a, const char *b, enum wf_reason want,
     struct wf_digest *hash)
{
	const char *paths[2] = {at(a), b ? at(b) : NULL};
	WF_AUTO(wf_policy_freep) struct wf_policy *p = NULL;
	struct wf_err err = {0};

	ERR(wf_policy_load(paths, b ? 2 : 1, &p, &err), &err, want, what);
	OK((p != NULL) == (want == WF_R_OK), what);
	if (p && hash)
		*hash = *wf_policy_hash(p);
	if (p && strcmp(a, "key.yaml") == 0)
		IS(wf_policy_trust(p, "h.x/f")->authorities[0].keys[0].bytes.p, "KEY",
		   "the key's bytes");
}

static void
files(void)
{
	struct wf_digest one = {{0}}, two = {{0}};
	char cmd[320];

	if (!OK(mkdtemp(dir) != NULL, "a private directory"))
		return;
	put("a.pub", "KEY", 0644);
	put("key.yaml", HEAD "trust: [{match: [\"**\"], authorities: [{name: a, keys: [a.pub]}]}]\n", 0644);
	put("caps.yaml", HEAD "capabilities: [{match: [\"**\"]}]\nlimits: {fuel_per_call: 1}\n", 0644);
	put("more.yaml", HEAD "trust: [{match: [\"h.x/*\"], authorities: [{name: a, keys: [a.pub]}]}]\nlimits: {fuel_per_call: 2}\n", 0644);
	put("same.yaml", HEAD "trust: [{match: [\"*/f\"], authorities: [{name: a, keys: [a.pub]}]}]\n", 0644);
	load("a policy with a key beside it", "key.yaml", NULL, WF_R_OK, &one);
	load("the same again", "key.yaml", NULL, WF_R_OK, &two);
	OK(wf_digest_eq(&one, &two), "has the same hash");
	load("two files", "key.yaml", "caps.yaml", WF_R_OK, &two);
	OK(!wf_digest_eq(&one, &two), "have another hash");
	load("a section once in all files", "caps.yaml", "more.yaml", WF_R_CONFIG, NULL);
	load("conflict across files", "key.yaml", "same.yaml", WF_R_CONFIG, NULL);
	load("a missing file", "none.yaml", NULL, WF_R_NO_INPUT, NULL);
	load("one of two is missing", "key.yaml", "none.yaml", WF_R_NO_INPUT, NULL);
	put("a.pub", "YEK", 0644);
	load("another key", "more.yaml", NULL, WF_R_OK, &one);
	put("a.pub", "KEY", 0644);
	load("is another hash", "more.yaml", NULL, WF_R_OK, &two);
	OK(!wf_digest_eq(&one, &two), "is another policy");
	(void)chmod(at("key.yaml"), 0666);
	load("a policy writable by others", "key.yaml", NULL, WF_R_UNSAFE_FILE, NULL);
	(void)chmod(at("key.yaml"), 0644);
	(void)chmod(at("a.pub"), 0664);
	load("a key writable by the group", "key.yaml", NULL, WF_R_UNSAFE_FILE, NULL);
	(void)unlink(at("a.pub"));
	load("a missing key", "key.yaml", NULL, WF_R_CONFIG, NULL);
	put("a.pub", "", 0644);
	load("an empty key", "key.yaml", NULL, WF_R_CONFIG, NULL);
	EQ(truncate(at("a.pub"), 70000), 0, "70,000 bytes");
	load("a large key", "key.yaml", NULL, WF_R_CONFIG, NULL);
	(void)unlink(at("a.pub"));
	(void)mkfifo(at("a.pub"), 0644);
	load("a FIFO as a key does not block", "key.yaml", NULL, WF_R_CONFIG, NULL);
	put("root.yaml", HEAD "trust: [{match: [\"**\"], authorities: [{name: a, trustedRoot: r.json,"
	    " identities: [{issuer: i, subject: s}]}]}]\n", 0644);
	load("no trusted root", "root.yaml", NULL, WF_R_CONFIG, NULL);
	put("r.json", "{}", 0644);
	load("a trusted root beside the policy", "root.yaml", NULL, WF_R_OK, &one);
	put("r.json", "{ }", 0644);
	load("another one", "root.yaml", NULL, WF_R_OK, &two);
	OK(!wf_digest_eq(&one, &two), "is another hash");
	(void)chmod(at("r.json"), 0664);
	load("one writable by the group", "root.yaml", NULL, WF_R_UNSAFE_FILE, NULL);
	put("r.json", "", 0644);
	load("an empty one", "root.yaml", NULL, WF_R_CONFIG, NULL);
	EQ(truncate(at("r.json"), WF_MAX_ROOT_BYTES + 1), 0, "a large one");
	load("a large one", "root.yaml", NULL, WF_R_CONFIG, NULL);
	EQ(truncate(at("caps.yaml"), WF_MAX_CONFIG_BYTES + 1), 0, "a byte too many");
	load("a large policy", "caps.yaml", NULL, WF_R_CONFIG, NULL);
	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	EQ(system(cmd), 0, "cleaned up");
}

int
main(void)
{
	data_files();
	globs();
	selection();
	values();
	more_trust();
	extension_names();
	files();
	return tap_done();
}
