/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operand means, decided by its spelling alone.
 */
#include "ref/ref.h"
#include "tests/lib/tap.h"

#define HEX "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define AT "@sha256:" HEX
#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10

static const struct {
	const char *text;
	enum wf_ref_kind kind;
	const char *host, *path, *tag;
	bool digest;
	const char *match;
} good[] = {
	{"ghcr.io/myorg/f", WF_REF_REGISTRY, "ghcr.io", "myorg/f", NULL, false, "ghcr.io/myorg/f"},
	{"ghcr.io/myorg/f:v1.2", WF_REF_REGISTRY, "ghcr.io", "myorg/f", "v1.2", false, "ghcr.io/myorg/f"},
	{"ghcr.io/myorg/f" AT, WF_REF_REGISTRY, "ghcr.io", "myorg/f", NULL, true, "ghcr.io/myorg/f"},
	{"ghcr.io/myorg/f:v1" AT, WF_REF_REGISTRY, "ghcr.io", "myorg/f", "v1", true, "ghcr.io/myorg/f"},
	{"localhost/f", WF_REF_REGISTRY, "localhost", "f", NULL, false, "localhost/f"},
	{"localhost:5000/f:_x", WF_REF_REGISTRY, "localhost:5000", "f", "_x", false, "localhost:5000/f"},
	{"h:1/a/b__c/d-e--f/g.h", WF_REF_REGISTRY, "h:1", "a/b__c/d-e--f/g.h", NULL, false,
	 "h:1/a/b__c/d-e--f/g.h"},
	{"127.0.0.1:65535/f", WF_REF_REGISTRY, "127.0.0.1:65535", "f", NULL, false, "127.0.0.1:65535/f"},
	{"[::1]:5000/f:t", WF_REF_REGISTRY, "[::1]:5000", "f", "t", false, "[::1]:5000/f"},
	{"[fe80::1]/f", WF_REF_REGISTRY, "[fe80::1]", "f", NULL, false, "[fe80::1]/f"},
	{"oci:/srv/l", WF_REF_OCI_DIR, NULL, "/srv/l", NULL, false, "oci:/srv/l"},
	{"oci-archive:/srv/l.tar", WF_REF_OCI_DIR, NULL, "/srv/l.tar", NULL, false, "oci:/srv/l.tar"},
	{"oci-archive:l.tar:v1" AT, WF_REF_OCI_DIR, NULL, "l.tar", "v1", true, "oci:l.tar"},
	{"oci:l:v1" AT, WF_REF_OCI_DIR, NULL, "l", "v1", true, "oci:l"},
	{"oci:./l" AT, WF_REF_OCI_DIR, NULL, "./l", NULL, true, "oci:./l"},
	{"oci:../../l..x/.y", WF_REF_OCI_DIR, NULL, "../../l..x/.y", NULL, false, "oci:../../l..x/.y"},
	{"oci:." AT, WF_REF_OCI_DIR, NULL, ".", NULL, true, "oci:."},
	{"oci:/" AT, WF_REF_OCI_DIR, NULL, "/", NULL, true, "oci:/"},
	{"oci:/a:b/c", WF_REF_OCI_DIR, NULL, "/a:b/c", NULL, false, "oci:/a:b/c"},
	{"oci:ghcr.io/x" AT, WF_REF_OCI_DIR, NULL, "ghcr.io/x", NULL, true, "oci:ghcr.io/x"},
	{"sha256:" HEX, WF_REF_DIGEST, NULL, NULL, NULL, true, ""},
	{"f.wasm", WF_REF_FILE, NULL, "f.wasm", NULL, false, ""},
	{"./ghcr.io/myorg/f:v1", WF_REF_FILE, NULL, "./ghcr.io/myorg/f:v1", NULL, false, ""},
	{"../f" AT, WF_REF_FILE, NULL, "../f" AT, NULL, false, ""},
	{"/srv/f.wasm", WF_REF_FILE, NULL, "/srv/f.wasm", NULL, false, ""},
	{"/srv/f@x", WF_REF_FILE, NULL, "/srv/f@x", NULL, false, ""},
	{"dir/f.wasm", WF_REF_FILE, NULL, "dir/f.wasm", NULL, false, ""},
	{"a b\n", WF_REF_FILE, NULL, "a b\n", NULL, false, ""},
};

static const char *const bad[] = {
	"",
	"GHCR.io/f", "ghcr.io/MyOrg/f", "ghcr.io/", "ghcr.io//f", "ghcr.io/f/", "ghcr.io/f..g",
	"ghcr.io/f___g", "ghcr.io/-f", "ghcr.io/f-", "ghcr.io/_f", "ghcr.io/f_", "ghcr.io/.f",
	"ghcr.io/f.-g", "ghcr.io/../f", "ghcr.io/./f", "ghcr.io/f g", "ghcr.io/f%2e",
	"ghcr.io/f:", "ghcr.io/f:.x", "ghcr.io/f:-x", "ghcr.io/f:a/b", "ghcr.io/f:a:b",
	"ghcr.io/f:" X100 X10 X10 X10,
	"ghcr.io/f@", "ghcr.io/f@sha256:abc", "ghcr.io/f@sha512:" HEX HEX,
	"ghcr.io/f" AT "a", "ghcr.io/f@v1" AT, "ghcr.io/f" AT ":v1", "ghcr.io/f" AT AT,
	"ghcr.io/f@SHA256:" HEX, "ghcr.io/f@sha256:Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"-ghcr.io/f", "ghcr-.io-/f", "ghcr..io/f", "ghcr.io./f", "ghcr_x.io/f",
	"user@ghcr.io/f", "user:pw@ghcr.io/f", "https://ghcr.io/f", "docker://ghcr.io/f",
	"h:/f", "h:0/f", "h:65536/f", "h:123456/f", "h:5x/f", "h:5:5/f", "[::1/f:x", "[]:5/f:x",
	"[::1]x/f", "[::1]:/f", "[::g]/f", "[::1]:0/f",
	"a/b" AT, "f" AT, "myorg/f" AT,
	"oci:", "oci::tag", "oci:" AT, "oci:l:.x", "oci:l@x", "oci:l" AT "0",
	/* spellings of one directory that would meet another rule */
	"oci:/a//b" AT, "oci:/a/./b" AT, "oci:/a/../b" AT, "oci:/a/b/" AT, "oci://a" AT,
	"oci:/." AT, "oci:/.." AT, "oci:/a/.." AT, "oci:/a/." AT, "oci:././a" AT, "oci:./../a" AT,
	"oci:a/../b:v1" AT, "oci:../a/../b" AT,
	"oci-archive:", "oci-archive::v1", "oci-archive:a/../x.tar" AT, "oci-archive:x.tar" AT "0",
	"sha256:abc", "sha256:", "sha256:" HEX "a",
	"h.io/" X100 X100 X10 X10 X10 X10 X10 X10,
};

static void
accepts(void)
{
	struct wf_err err = {0};
	size_t i;

	for (i = 0; i < WF_COUNT(good); i++) {
		struct wf_ref r = WF_REF_INIT;

		if (!ERR(wf_ref_parse(good[i].text, &r, &err), &err, WF_R_OK, good[i].text))
			continue;
		EQ(r.kind, good[i].kind, "its kind");
		IS(r.text, good[i].text, "as written");
		IS(r.host, good[i].host, "its host");
		IS(r.path, good[i].path, "its path");
		IS(r.tag, good[i].tag, "its tag");
		EQ(r.has_digest, good[i].digest, "its digest");
		IS(r.match, good[i].match, "what policy sees");
		wf_ref_free(&r);
		OK(!r.text && !r.match && r.kind == WF_REF_NONE, "freed is empty");
	}
	wf_ref_free(NULL);
}

static void
refuses(void)
{
	size_t i;

	for (i = 0; i < WF_COUNT(bad); i++) {
		struct wf_ref r = WF_REF_INIT;
		struct wf_err err = {0};

		ERR(wf_ref_parse(bad[i], &r, &err), &err, WF_R_USAGE, bad[i]);
		OK(!r.text && r.kind == WF_REF_NONE, "and leaves nothing");
		wf_ref_free(&r);
	}
}

static void
needs_digest(void)
{
	static const struct {
		const char *text;
		enum wf_reason reason;
		const char *hint;
	} cases[] = {
		{"ghcr.io/f:v1", WF_R_TAG_ONLY, "ghcr.io/f@sha256:"},
		{"ghcr.io/f", WF_R_TAG_ONLY, "pin"},
		{"oci:/srv/l:v1", WF_R_TAG_ONLY, "oci:/srv/l@sha256:"},
		{"oci-archive:/srv/l.tar:v1", WF_R_TAG_ONLY, "oci-archive:/srv/l.tar@sha256:"},
		{"ghcr.io/f" AT, WF_R_OK, NULL},
		{"oci:/srv/l" AT, WF_R_OK, NULL},
		{"sha256:" HEX, WF_R_OK, NULL},
		{"./f.wasm", WF_R_OK, NULL},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(cases); i++) {
		struct wf_ref r = WF_REF_INIT;
		struct wf_err err = {0};

		EQ(wf_ref_parse(cases[i].text, &r, &err), 0, cases[i].text);
		ERR(wf_ref_need_digest(&r, &err), &err, cases[i].reason, cases[i].text);
		if (cases[i].hint)
			OK(strstr(err.hint, cases[i].hint) && strstr(err.hint, "pin"), "the hint helps");
		wf_ref_free(&r);
	}
}

static void
loopback(void)
{
	static const char *const yes[] = {"localhost", "localhost:5000", "x.localhost", "127.0.0.1",
	                                  "127.0.0.1:5000", "127.1.2.3", "[::1]", "[::1]:80"};
	static const char *const no[] = {"ghcr.io", "localhost.evil", "xlocalhost", "127.0.0.1.evil.io",
	                                 "127.evil.io:80", "128.0.0.1", "1127.0.0.1", "127.0.0.1.2",
	                                 "[::2]", "[::1:1]", "[fe80::1]:80", "10.127.0.1", ""};
	size_t i;

	for (i = 0; i < WF_COUNT(yes); i++)
		OK(wf_ref_is_loopback(yes[i]), yes[i]);
	for (i = 0; i < WF_COUNT(no); i++)
		OK(!wf_ref_is_loopback(no[i]), no[i]);
}

int
main(void)
{
	accepts();
	refuses();
	needs_digest();
	loopback();
	IS(wf_ref_hub("index.docker.io"), "docker.io", "Docker Hub's index");
	IS(wf_ref_hub("registry-1.docker.io"), "docker.io", "and its API");
	IS(wf_ref_hub("docker.io"), "docker.io", "and itself");
	IS(wf_ref_hub("docker.io:443"), "docker.io:443", "another place has its own name");
	return tap_done();
}
