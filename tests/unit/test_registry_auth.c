/* SPDX-License-Identifier: Apache-2.0
 *
 * registry/challenge.c, auth.c (realm), login.c and the URL half of dep/http:
 * who is asked for a token, and with whose login.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "dep/http.h"
#include "registry/auth.h"
#include "registry/challenge.h"
#include "registry/helper.h"
#include "registry/login.h"
#include "tests/lib/tap.h"

static void
challenge(const char *one, const char *two, enum wf_reason why,
          enum wf_scheme scheme, const char *realm, const char *scope,
          const char *name)
{
	WF_AUTO(wf_challenge_free) struct wf_challenge c = WF_CHALLENGE_INIT;
	char *list[3] = {wf_strdup(one), two ? wf_strdup(two) : NULL, NULL};
	struct wf_err e = {0};

	if (ERR(wf_challenge_parse(list, 2, &c, &e), &e, why, name) &&
	    why == WF_R_OK) {
		EQ(c.scheme, scheme, "scheme");
		IS(c.realm, realm, "realm");
		IS(c.scope, scope, "scope");
	}
	free(list[0]);
	free(list[1]);
}

static void
challenges(void)
{
	challenge("Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:x:pull,push\"",
	          NULL, WF_R_OK, WF_SCHEME_BEARER, "https://a/t",
	          "repository:x:pull,push", "commas inside a quoted string");
	challenge("bEARER realm=\"a\\\"b\"", NULL, WF_R_OK, WF_SCHEME_BEARER,
	          "a\"b", NULL, "case and escapes");
	challenge("Basic realm=x", "Bearer realm=\"https://a/t\"", WF_R_OK,
	          WF_SCHEME_BEARER, "https://a/t", NULL, "two headers: Bearer wins");
	challenge("Basic realm=\"x\", Bearer realm=\"https://a/t\"", NULL, WF_R_OK,
	          WF_SCHEME_BEARER, "https://a/t", NULL, "two in one header");
	challenge("Negotiate, Basic realm=\"x\"", NULL, WF_R_OK, WF_SCHEME_BASIC,
	          "x", NULL, "another scheme is passed over");
	challenge("Negotiate YWJj==, Basic realm=\"x\"", NULL, WF_R_OK,
	          WF_SCHEME_BASIC, "x", NULL, "one with a token68 too");
	challenge("Digest realm=\"d\", qop=\"auth\", nonce=\"1\"", NULL, WF_R_OK,
	          WF_SCHEME_NONE, NULL, NULL, "nothing that is spoken");
	challenge("", NULL, WF_R_OK, WF_SCHEME_NONE, NULL, NULL, "an empty header");
	challenge("Basic", NULL, WF_R_OK, WF_SCHEME_BASIC, NULL, NULL,
	          "Basic without a realm");
	challenge("Bearer service=\"s\"", NULL, WF_R_PROTOCOL, 0, NULL, NULL,
	          "Bearer without a realm");
	challenge("Bearer realm=\"https://a/t", NULL, WF_R_PROTOCOL, 0, NULL, NULL,
	          "a quoted string without end");
	challenge("Bearer realm=\"https://a/t\",realm=\"https://b/t\"", NULL,
	          WF_R_PROTOCOL, 0, NULL, NULL, "a parameter twice");
	challenge("Bearer realm=\"https://a/\x01t\"", NULL, WF_R_PROTOCOL, 0, NULL,
	          NULL, "a control byte");
	challenge("Bearer realm=", NULL, WF_R_PROTOCOL, 0, NULL, NULL, "no value");
}

static void
realm(const char *url, const char *origin, enum wf_reason why, const char *name)
{
	struct wf_err e = {0};
	char text[100];

	(void)snprintf(text, sizeof(text), "R-A3: %s", name);
	(void)ERR(wf_auth_check_realm(url, origin, &e), &e, why, text);
}

static void
realms(void)
{
	realm("https://auth.example/token", "https://reg.example", WF_R_OK,
	      "another https host");
	realm("http://auth.example/token", "https://reg.example", WF_R_PROTOCOL,
	      "http from https");
	realm("http://auth.example/token", "http://reg.example:5000", WF_R_PROTOCOL,
	      "http on another host");
	realm("http://reg.example:5001/token", "http://reg.example:5000", WF_R_OK,
	      "http on the same host that is used over http");
	realm("http://127.0.0.1:5001/token", "http://localhost:5000", WF_R_OK,
	      "this machine, twice");
	realm("https://127.0.0.1/token", "https://reg.example", WF_R_PROTOCOL,
	      "T4: loopback");
	realm("https://localhost/token", "https://reg.example", WF_R_PROTOCOL,
	      "T4: localhost");
	realm("http://169.254.169.254/", "http://127.0.0.1:5000", WF_R_PROTOCOL,
	      "T4: metadata address over http");
	realm("https://169.254.169.254/", "http://127.0.0.1:5000", WF_R_PROTOCOL,
	      "T4: metadata address");
	realm("https://metadata.google.internal/", "https://reg.example",
	      WF_R_PROTOCOL, "T4: metadata name");
	realm("https://10.0.0.7/token", "https://reg.example", WF_R_PROTOCOL,
	      "T4: a private address");
	realm("https://[fd00::1]/token", "https://reg.example", WF_R_PROTOCOL,
	      "T4: a private IPv6 address");
	realm("https://10.0.0.7/token", "https://10.0.0.7:5000", WF_R_OK,
	      "the registry's own address");
	realm("https://u:p@auth.example/token", "https://reg.example",
	      WF_R_PROTOCOL, "a user in the realm");
	realm("https://auth.example/token#x", "https://reg.example", WF_R_PROTOCOL,
	      "a fragment");
	realm("/token", "https://reg.example", WF_R_PROTOCOL, "a relative realm");
	realm("ftp://auth.example/", "https://reg.example", WF_R_PROTOCOL,
	      "another scheme");
}

static void
login(const char *text, const char *host, const char *path, enum wf_reason why,
      const char *user, const char *password, const char *name)
{
	WF_AUTO(wf_login_free) struct wf_login l = WF_LOGIN_INIT;
	struct wf_err e = {0};
	enum wf_rc rc = wf_login_parse(text, strlen(text), false, "auth.json", host,
	                               path, &l, &e);

	if (ERR(rc, &e, why, name)) {
		IS(l.user, user, "user");
		IS(l.password, password, "password");
	}
	OK(!strstr(e.msg, "geheim"), "no secret in the message");
}

static void
logins(void)
{
	/* YTpi = a:b, YTpiOmM= = a:b:c, YTpiAAA= = a:b\0\0, Z2VoZWlt = geheim */
	login("{\"auths\":{\"r.example\":{\"auth\":\"YTpi\"}}}", "r.example", "x/y",
	      WF_R_OK, "a", "b", "by host");
	login("{\"auths\":{\"r.example\":{\"auth\":\"YTpiOmM=\"}}}", "r.example",
	      "x", WF_R_OK, "a", "b:c", "split at the first colon");
	login("{\"auths\":{\"r.example\":{\"auth\":\"YTpiAAA=\"}}}", "r.example",
	      "x", WF_R_OK, "a", "b", "NUL at the end is trimmed");
	login("{\"auths\":{\"r.example\":{\"auth\":\"YTpi\"}}}", "r.example:5000",
	      "x", WF_R_OK, NULL, NULL, "R-C3: the port is part of the key");
	login("{\"auths\":{\"r.example\":{\"auth\":\"YTpi\"},\"r.example/x\":{\"auth\":\"YTpiOmM=\"}}}",
	      "r.example", "x/y", WF_R_OK, "a", "b:c", "the most specific first");
	login("{\"auths\":{\"r.example/x\":{\"auth\":\"YTpi\"}}}", "r.example",
	      "xy", WF_R_OK, NULL, NULL, "a prefix of a name is another name");
	login("{\"auths\":{\"https://r.example/v1/\":{\"auth\":\"YTpi\"}}}",
	      "r.example", "x", WF_R_OK, "a", "b", "docker's old key");
	login("{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"YTpi\"}}}",
	      "docker.io", "x", WF_R_OK, "a", "b", "R-C2: Docker Hub");
	login("{\"auths\":{\"r.example\":{\"username\":\"a\",\"password\":\"b\"}}}",
	      "r.example", "x", WF_R_OK, "a", "b", "user and password");
	login("{\"auths\":{\"r.example\":{}}}", "r.example", "x", WF_R_OK, NULL,
	      NULL, "an empty entry");
	login("{\"auths\":{\"r.example\":{}},\"credsStore\":\"desktop\"}",
	      "r.example", "x", WF_R_OK, NULL, NULL,
	      "an empty entry with a global helper");
	login("{\"auths\":{\"r.example\":{\"auth\":\"YTpi\"}},\"credsStore\":\"desktop\"}",
	      "other.example", "x", WF_R_OK, NULL, NULL,
	      "R-C5: a global helper and no entry");
	login("{\"credHelpers\":{\"r.example\":\"ecr-login\"}}", "r.example", "x",
	      WF_R_OK, NULL, NULL, "a helper for that host");
	login("{\"credHelpers\":{\"other.example\":\"ecr-login\"},\"auths\":{\"r.example\":{\"auth\":\"YTpi\"}}}",
	      "r.example", "x", WF_R_OK, "a", "b",
	      "R-C4: a helper for another host is another's");
	login("{\"auths\":{\"r.example\":{\"auth\":\"Z2VoZWlt\"}}}", "r.example",
	      "x", WF_R_MALFORMED, NULL, NULL, "no colon");
	login("{\"auths\":{\"r.example\":{\"auth\":\"geheim!\"}}}", "r.example",
	      "x", WF_R_MALFORMED, NULL, NULL, "no base64");
	login("{\"auths\":{\"r.example\":{\"auth\":geheim}}}", "r.example", "x",
	      WF_R_MALFORMED, NULL, NULL, "no JSON");
	login("{\"auths\":{\"r.example\":{\"auth\":\"YTpi\",\"auth\":\"YTpi\"}}}",
	      "r.example", "x", WF_R_MALFORMED, NULL, NULL, "a key twice");
	login("{\"auths\":{\"r.example\":{\"username\":\"a:x\",\"password\":\"b\"}}}",
	      "r.example", "x", WF_R_MALFORMED, NULL, NULL, "a colon in the user");
}

static void
helper(const char *answer, enum wf_reason why, const char *user, const char *password,
       const char *token, const char *name)
{
	WF_AUTO(wf_login_free) struct wf_login l = WF_LOGIN_INIT;
	struct wf_err e = {0};
	enum wf_rc rc = wf_helper_parse(wf_str(answer), "x", &l, &e);

	if (ERR(rc, &e, why, name)) {
		IS(l.user, user, "user");
		IS(l.password, password, "password");
		IS(l.identity_token, token, "identity token");
	}
	OK(!strstr(e.msg, "geheim") && !strstr(e.hint, "geheim"), "no secret in the message");
}

static void
helpers(void)
{
	helper("{\"ServerURL\":\"r.example\",\"Username\":\"a\",\"Secret\":\"geheim\"}\n",
	       WF_R_OK, "a", "geheim", NULL, "user and secret");
	helper("{\"Username\":\"<token>\",\"Secret\":\"geheim\"}", WF_R_OK, NULL, NULL,
	       "geheim", "an identity token");
	helper("{\"Username\":\"\",\"Secret\":\"\"}", WF_R_OK, NULL, NULL, NULL, "nothing");
	helper("{\"Username\":\"\",\"Secret\":\"geheim\"}", WF_R_AUTH, NULL, NULL, NULL,
	       "a secret without a user");
	helper("{\"Username\":\"a:b\",\"Secret\":\"geheim\"}", WF_R_AUTH, NULL, NULL, NULL,
	       "R-A7: a colon in the user");
	helper("{\"Username\":\"a\"}", WF_R_AUTH, NULL, NULL, NULL, "no secret");
	helper("{\"Username\":1,\"Secret\":\"geheim\"}", WF_R_AUTH, NULL, NULL, NULL, "a number");
	helper("[\"geheim\"]", WF_R_AUTH, NULL, NULL, NULL, "a list");
	helper("geheim", WF_R_AUTH, NULL, NULL, NULL, "no JSON");
	helper("", WF_R_AUTH, NULL, NULL, NULL, "nothing at all");
	helper("{\"Username\":\"a\",\"Secret\":\"geheim\",\"Secret\":\"geheim\"}", WF_R_AUTH,
	       NULL, NULL, NULL, "a key twice");
}

static void
origin(const char *url, const char *want)
{
	WF_AUTO(wf_freep) char *got = NULL;
	struct wf_err e = {0};
	enum wf_rc rc = wf_http_origin(url, &got, &e);

	ERR(rc, &e, want ? WF_R_OK : WF_R_PROTOCOL, url);
	IS(got, want, "origin");
}

static void
urls(void)
{
	static const char *const closed[] = {
		"127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255",
		"192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
		"224.0.0.1", "::1", "::", "fe80::1", "fd12::1", "::ffff:10.0.0.1",
		"64:ff9b::a00:1", "ff02::1",
	};
	static const char *const open[] = {
		"8.8.8.8", "172.32.0.1", "172.15.0.1", "100.128.0.1", "2001:db8::1",
		"::ffff:8.8.8.8", "example.org", "",
	};
	WF_AUTO(wf_freep) char *escaped = wf_http_escape("a b&c=d/\xc3\xa4");
	WF_AUTO(wf_freep) char *to = NULL;
	struct wf_err e = {0};
	unsigned i;

	origin("https://A.Example:443/x?y", "https://a.example");
	origin("http://a.example:80", "http://a.example");
	origin("https://a.example:8443/", "https://a.example:8443");
	origin("https://[::1]:5000/x", "https://[::1]:5000");
	origin("https://u@a.example/", NULL);
	origin("ftp://a.example/", NULL);
	origin("file:///etc/passwd", NULL);
	origin("nonsense", NULL);
	for (i = 0; i < WF_COUNT(closed); i++)
		OK(wf_http_is_private(closed[i]), closed[i]);
	OK(wf_http_is_private("::ffff:127.0.0.1") && !wf_http_is_private("::ffff:1.1.1.1"),
	   "R-S3: an address in another's clothes");
	for (i = 0; i < WF_COUNT(open); i++)
		OK(!wf_http_is_private(open[i]), open[i]);
	IS(escaped, "a%20b%26c%3Dd%2F%C3%A4", "percent encoding");
	ERR(wf_http_resolve("https://a/v2/x?n=1", "../y?last=z#f", &to, &e), &e,
	    WF_R_OK, "a relative reference");
	IS(to, "https://a/y?last=z", "is resolved, without its fragment");
}

int
main(void)
{
	struct wf_err e = {0};
	char *out = NULL;

	ERR(wf_http_origin("https://a/", &out, &e), &e, WF_R_BUG,
	    "no process for the network is made late, of one that has read secrets");
	wf_http_start(NULL);
	challenges();
	realms();
	logins();
	helpers();
	urls();
	return tap_done();
}
