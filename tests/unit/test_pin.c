/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest/pin.c: the digest goes behind the reference in every way YAML has
 * to write one, and no other byte changes.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "manifest/pin.h"
#include "tests/lib/tap.h"

#define Z16 "0000000000000000"
#define D "@sha256:" Z16 Z16 Z16 Z16
#define HEX "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* want NULL: there is nothing to pin. */
static void
good(const char *yaml, size_t n, const char *want, const char *name)
{
	WF_AUTO(wf_pin_free) struct wf_pins pins = WF_PINS_INIT;
	WF_AUTO(wf_buf_free) struct wf_buf out = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	struct wf_err e = {0};

	if (!ERR(wf_pin_find(wf_str(yaml), "t.yaml", &pins, &e), &e, WF_R_OK, name))
		return;
	EQ(pins.n, n, name);
	if (ERR(wf_pin_text(wf_str(yaml), "t.yaml", &pins, &out, &e), &e, WF_R_OK, name))
		IS(wf_buf_z(&out), want ? want : yaml, name);
}

static void
bad(const char *yaml, enum wf_reason why, const char *says, const char *name)
{
	WF_AUTO(wf_pin_free) struct wf_pins pins = WF_PINS_INIT;
	struct wf_err e = {0};

	(void)ERR(wf_pin_find(wf_str(yaml), "t.yaml", &pins, &e), &e, why, name);
	if (!OK(strstr(e.msg, says), name))
		printf("# %s\n", e.msg);
	EQ(pins.n, 0, name);
}

static void
ways_to_write(void)
{
	good("- name: f\n  ref: r.example/a/b:1.0\n  schema: s\n", 1,
	     "- name: f\n  ref: r.example/a/b:1.0" D "\n  schema: s\n", "plain");
	good("- {name: f, ref: r.example/a:1, schema: s} # c\n", 1,
	     "- {name: f, ref: r.example/a:1" D ", schema: s} # c\n", "flow");
	good("- {name: f, schema: s, ref: r.example/a:1}\n", 1,
	     "- {name: f, schema: s, ref: r.example/a:1" D "}\n", "flow, the last");
	good("- name: f\n  ref: \"r.example/a:1\"   # v1\n  schema: s\n", 1,
	     "- name: f\n  ref: \"r.example/a:1" D "\"   # v1\n  schema: s\n",
	     "double quotes and a comment");
	good("- name: f\n  ref: 'r.example/a:1'\n  schema: s", 1,
	     "- name: f\n  ref: 'r.example/a:1" D "'\n  schema: s",
	     "single quotes, no line end at the end");
	good("- name: f\n  ref: \"r.example\\x2fa:\\\n    1\"\n  schema: s\n", 1,
	     "- name: f\n  ref: \"r.example\\x2fa:\\\n    1" D "\"\n  schema: s\n",
	     "escapes and a folded line");
	good("- name: f\n  ref: >-  # r.example/a:1\n    r.example/a:1\n\n  # c\n  schema: s\n", 1,
	     "- name: f\n  ref: >-  # r.example/a:1\n    r.example/a:1" D "\n\n  # c\n  schema: s\n",
	     "a folded block that a comment mentions");
	good("- name: f\n  schema: s\n  ref: |-\n    r.example/a:1", 1,
	     "- name: f\n  schema: s\n  ref: |-\n    r.example/a:1" D, "a block at the end");
	good("- name: f\n  ref:\n    r.example/a:1  \n  schema: s\n", 1,
	     "- name: f\n  ref:\n    r.example/a:1" D "  \n  schema: s\n",
	     "on a line of its own");
	good("- name: f\r\n  ref: r.example/a:1\r\n  schema: s\r\n", 1,
	     "- name: f\r\n  ref: r.example/a:1" D "\r\n  schema: s\r\n", "CRLF");
	good("# \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n- name: f # \xc3\xa4\n  comment: \"\xe2\x82\xac\"\n"
	     "  ref: r.example/a:1\n  schema: s\n", 1,
	     "# \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n- name: f # \xc3\xa4\n  comment: \"\xe2\x82\xac\"\n"
	     "  ref: r.example/a:1" D "\n  schema: s\n", "characters of several bytes before it");
	good("- name: f\n  ref: oci:/tmp/x y:v1\n  schema: s\n", 1,
	     "- name: f\n  ref: oci:/tmp/x y:v1" D "\n  schema: s\n", "a layout");
	good("- name: f\n  ref: oci:/tmp/x\n  schema: s\n", 1,
	     "- name: f\n  ref: oci:/tmp/x" D "\n  schema: s\n", "a layout's only image");
}

static void
forms(void)
{
	good("[]\n", 0, NULL, "an empty list");
	good("- name: f\n  ref: r.example/a@sha256:" HEX "\n  schema: s\n", 0, NULL,
	     "a digest");
	good("- name: f\n  ref: r.example/a:1@sha256:" HEX "\n  schema: s\n", 0, NULL,
	     "a tag and a digest: the digest rules");
	good("apiVersion: wasmfn/v1\nkind: FunctionSet\ndefaults: {schema: s}\nfunctions:\n"
	     "  - name: ref\n    ref: r.example/a:1\n"
	     "  - {name: g, ref: r.example/a@sha256:" HEX "}\n"
	     "  - {name: h, comment: r.example/a:1, ref: r.example/a:1}\n", 2,
	     "apiVersion: wasmfn/v1\nkind: FunctionSet\ndefaults: {schema: s}\nfunctions:\n"
	     "  - name: ref\n    ref: r.example/a:1" D "\n"
	     "  - {name: g, ref: r.example/a@sha256:" HEX "}\n"
	     "  - {name: h, comment: r.example/a:1, ref: r.example/a:1" D "}\n",
	     "kind FunctionSet");
	bad("- name: f\n  ref: r.example/a:1\n  schema: s\n  shema: t\n",
	    WF_R_MALFORMED, "t.yaml:4:3: unknown key", "an unknown key beside a tag");
	bad("- name: f\n  ref: r.example/a:1\n  schema: s\n- name: f\n  ref: r.example/a:1\n  schema: s\n",
	    WF_R_MALFORMED, "second entry for function", "two entries, seen before anybody is asked");
	bad("- name: f\n  ref: r.example/a\n  schema: s\n", WF_R_TAG_ONLY,
	    "t.yaml:2:8: reference \"r.example/a\" has neither tag nor digest",
	    "neither tag nor digest");
	bad("- name: f\n  ref: r.example/A:1\n  schema: s\n", WF_R_MALFORMED, "t.yaml:2:8",
	    "no reference");
	bad("- name: f\n  ref: ./x.wasm\n  schema: s\n", WF_R_MALFORMED, "t.yaml:2:8", "a file");
	bad("- name: f\n  ref: &a r.example/a:1\n  schema: s\n", WF_R_MALFORMED, "anchors",
	    "an anchor");
	bad("kind: Policy\n", WF_R_MALFORMED, "t.yaml", "another kind of file");
	bad("", WF_R_MALFORMED, "expected a list", "an empty file");
}

/* More than the problem list holds, and in linear time. */
static void
many(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	WF_AUTO(wf_buf_free) struct wf_buf want = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	unsigned i;

	for (i = 0; i < 5000; i++) {
		wf_buf_putf(&b, "- {name: f%u, ref: r.example/a:%u, schema: s}\n", i, i);
		wf_buf_putf(&want, "- {name: f%u, ref: r.example/a:%u" D ", schema: s}\n", i, i);
	}
	good(wf_buf_z(&b), 5000, wf_buf_z(&want), "five thousand");
	wf_buf_putf(&b, "- {name: f0, ref: r.example/a:0, schema: s}\n");
	bad(wf_buf_z(&b), WF_R_MALFORMED, "second entry for function",
	    "a fault behind five thousand tags");
}

int
main(void)
{
	ways_to_write();
	forms();
	many();
	return tap_done();
}
