/* SPDX-License-Identifier: Apache-2.0
 *
 * wasm/component*.c and wasm/extern_name.c: each row changes one thing in a
 * component that decodes; then what imports stand for.
 */
#include <stdint.h>

#include "base/mem.h"
#include "tests/lib/tap.h"
#include "tests/lib/wasm_text.h"
#include "wasm/capability.h"

struct row {
	const char *rule, *good, *bad, *says;
};

/* type 0: an instance of nothing; type 1: a function of nothing */
#define T "@7: 02 42 00 40 00 01 00; "
#define IMPORT(name_and_type) T "10: 01 " name_and_type
#define MODULE "00 61 73 6d 01 00 00 00"
/* core memory 0 of a component */
#define MEMORY "@1: " MODULE " 05 03 01 00 01 07 05 01 01 6d 02 00; 2: 01 00 00 00; 6: 01 00 02 01 00 'm'; "
#define NEST "00 61 73 6d 0d 00 01 00"

static const struct row rows[] = {
	{"a section id is known", "@0: 'a'", "@13: 'a'", "unknown section 13"},
	{"a section fits", "@!00 02 'a'", "@!00 03 'a'", "expected 3 bytes, found 2"},
	{"a section is used up", "@7: 01 42 00", "@7: 01 42 00 00", "1 bytes left over"},
	{"the type of an import exists", IMPORT("00 'a' 05 00"), IMPORT("00 'a' 05 02"), "type 2 does not exist"},
	{"an instance has an instance type", IMPORT("00 'a' 05 00"), IMPORT("00 'a' 05 01"), "no instance type"},
	{"a kind is known", IMPORT("00 'a' 01 01"), IMPORT("00 'a' 06 01"), "unknown sort 0x06"},
	{"of core sorts only modules are imported", "@3: 01 50 00; 10: 01 00 'a' 00 11 00", "@3: 01 50 00; 10: 01 00 'a' 00 12 00", "other than module"},
	{"a bound is known", IMPORT("00 'a' 03 01"), IMPORT("00 'a' 03 02"), "unknown bound 0x02"},
	{"a name form is known", IMPORT("01 'a' 05 00"), IMPORT("03 'a' 05 00"), "unknown name form 0x03"},
	{"an attribute is known", IMPORT("02 'a' 01 02 'x' 05 00"), IMPORT("02 'a' 01 03 'x' 05 00"), "unknown name attribute 0x03"},
	{"an attribute stands once", IMPORT("02 'a' 01 02 'x' 05 00"), IMPORT("02 'a' 02 02 'x' 02 'x' 05 00"), "stands twice"},
	{"implements names an interface", IMPORT("02 'a' 01 00 'a:b/c' 05 00"), IMPORT("02 'a' 01 00 'b' 05 00"), "expected namespace:package/interface"},
	{"implements belongs to a plain name", IMPORT("02 'a' 01 00 'a:b/c' 05 00"), IMPORT("02 'a:b/d' 01 00 'a:b/c' 05 00"), "belongs to a plain name"},
	{"implements belongs to an instance", IMPORT("02 'a' 01 00 'a:b/c' 05 00"), IMPORT("02 'a' 01 00 'a:b/c' 01 01"), "belongs to an instance"},
	{"a suffix completes a version", IMPORT("02 'a:b/c@0.2' 01 01 '.6' 05 00"), IMPORT("02 'a:b/c@0.2' 01 01 '.x' 05 00"), "no version together"},
	{"only a canonical one", IMPORT("02 'a:b/c@1' 01 01 '.2.3' 05 00"), IMPORT("02 'a:b/c@1.2.3' 01 01 '+b' 05 00"), "belongs to a canonical version"},
	{"a suffix makes no pre-release", IMPORT("02 'a:b/c@0.2' 01 01 '.6' 05 00"), IMPORT("02 'a:b/c@0.2' 01 01 '.6-rc' 05 00"), "no version together"},
	{"a name is not empty", IMPORT("00 'a' 05 00"), IMPORT("00 '' 05 00"), "is empty"},
	{"a name is a label", IMPORT("00 'a-b2-C' 05 00"), IMPORT("00 'a--b' 05 00"), "expected a label"},
	{"a word has one case", IMPORT("00 'a-BC' 05 00"), IMPORT("00 'aB' 05 00"), "expected a label of"},
	{"a label begins with a letter", IMPORT("00 'a2' 05 00"), IMPORT("00 '2a' 05 00"), "expected a label"},
	{"a method has its resource", IMPORT("00 '[method]a.b' 01 01"), IMPORT("00 '[method]a' 01 01"), "expected resource.function"},
	{"a package is in lower case", IMPORT("00 'a:b/C' 05 00"), IMPORT("00 'a:B/c' 05 00"), "lower-case label"},
	{"a package has an interface", IMPORT("00 'a:b/c' 05 00"), IMPORT("00 'a:b' 05 00"), "expected namespace:package/interface"},
	{"a version has numbers", IMPORT("00 'a:b/c@1.2.3-rc.1+x' 05 00"), IMPORT("00 'a:b/c@1.02.3' 05 00"), "expected a version"},
	{"two parts only after 0", IMPORT("00 'a:b/c@0.2' 05 00"), IMPORT("00 'a:b/c@1.2' 05 00"), "expected a version"},
	{"imports differ", IMPORT("00 'a' 05 00; 10: 01 00 'b' 05 00"), IMPORT("00 'a' 05 00; 10: 01 00 'a' 05 00"), "import: duplicate name"},
	{"exports differ", T "11: 02 00 'a' 03 00 00 00 'b' 03 00 00", T "11: 02 00 'a' 03 00 00 00 'a' 03 00 00", "export: duplicate name"},
	{"case does not make a name another", IMPORT("00 'a-b' 05 00; 10: 01 00 'a-c' 05 00"), IMPORT("00 'a-b' 05 00; 10: 01 00 'A-b' 05 00"), "duplicate name"},
	{"nor does a hyphen", IMPORT("00 'ab' 05 00; 10: 01 00 'ac' 05 00"), IMPORT("00 'ab' 05 00; 10: 01 00 'a-b' 05 00"), "duplicate name"},
	{"nor case in an interface", IMPORT("00 'a:b/c' 05 00; 10: 01 00 'a:b/d' 05 00"), IMPORT("00 'a:b/c' 05 00; 10: 01 00 'a:b/C' 05 00"), "duplicate name"},
	{"a version does", IMPORT("00 'a:b/c@1.0.0-A' 05 00; 10: 01 00 'a:b/c@1.0.0-a' 05 00"), IMPORT("00 'a:b/c@1.0.0-a' 05 00; 10: 01 00 'a:b/c@1.0.0-a' 05 00"), "duplicate name"},
	{"a constructor is not its resource", IMPORT("00 'a' 01 01; 10: 01 00 '[constructor]a' 01 01"), IMPORT("00 '[constructor]a' 01 01; 10: 01 00 '[constructor]A' 01 01"), "duplicate name"},
	{"a method is what a static function is", IMPORT("00 '[method]a.b' 01 01; 10: 01 00 '[static]a.c' 01 01"), IMPORT("00 '[method]a.b' 01 01; 10: 01 00 '[static]a.b' 01 01"), "duplicate name"},
	{"a.a is a", IMPORT("00 '[method]a.b' 01 01; 10: 01 00 'a' 01 01"), IMPORT("00 '[method]a.a' 01 01; 10: 01 00 'A' 01 01"), "duplicate name"},
	{"a setter is not its getter", IMPORT("00 '[method][get]a.b' 01 01; 10: 01 00 '[method][set]a.b' 01 01"), IMPORT("00 '[method][get]a.b' 01 01; 10: 01 00 '[static]a.B' 01 01"), "duplicate name"},
	{"fields differ", "@7: 01 72 02 'a' 7d 'b' 7d", "@7: 01 72 02 'a' 7d 'A' 7d", "record: duplicate name"},
	{"cases differ", "@7: 01 71 02 'a' 00 00 'b' 00 00", "@7: 01 71 02 'a' 00 00 'A' 00 00", "variant case: duplicate name"},
	{"flags differ", "@7: 01 6e 02 'a' 'b'", "@7: 01 6e 02 'a' 'A'", "flags: duplicate name"},
	{"members of an enum differ", "@7: 01 6d 02 'a' 'b'", "@7: 01 6d 02 'a' 'A'", "enum: duplicate name"},
	{"parameters differ", "@7: 01 40 02 'a' 7d 'b' 7d 01 00", "@7: 01 40 02 'a' 7d 'A' 7d 01 00", "parameter: duplicate name"},
	{"what an instance type exports differs", "@7: 01 42 03 01 40 00 01 00 04 00 'a' 01 00 04 00 'b' 01 00", "@7: 01 42 03 01 40 00 01 00 04 00 'a' 01 00 04 00 'A' 01 00", "export: duplicate name"},
	{"what a component type imports differs", "@7: 01 41 03 01 40 00 01 00 03 00 'a' 01 00 03 00 'b' 01 00", "@7: 01 41 03 01 40 00 01 00 03 00 'a' 01 00 03 00 'A' 01 00", "import: duplicate name"},
	{"but not from what it exports", "@7: 01 41 03 01 40 00 01 00 03 00 'a' 01 00 04 00 'a' 01 00", "@7: 01 41 03 01 40 00 01 00 04 00 'a' 01 00 04 00 'a' 01 00", "export: duplicate name"},
	{"what is put together differs", T "5: 01 01 02 00 'a' 03 01 00 'b' 03 01", T "5: 01 01 02 00 'a' 03 01 00 'A' 03 01", "inline export: duplicate name"},
	{"what is exported exists", T "11: 01 00 'a' 03 01 00", T "11: 01 00 'a' 03 02 00", "index 2 does not exist"},
	{"the type of an export is of its sort", T "11: 01 00 'a' 03 00 01 03 00 00", T "11: 01 00 'a' 03 00 01 05 00", "of another sort"},

	{"a type is known", "@7: 01 73", "@7: 01 6c", "unknown type 0x6c"},
	{"a value type is known", "@7: 01 70 73", "@7: 01 70 72", "unknown value type 0x72"},
	{"a value type names an earlier type", "@7: 02 73 70 00", "@7: 02 73 70 01", "type 1 does not exist"},
	{"a record has a field", "@7: 01 72 01 'a' 73", "@7: 01 72 00", "record: empty"},
	{"a tuple has a member", "@7: 01 6f 01 73", "@7: 01 6f 00", "tuple: empty"},
	{"flags have a name", "@7: 01 6e 01 'a'", "@7: 01 6e 00", "flags: empty"},
	{"a field is a label", "@7: 01 72 01 'a-b' 73", "@7: 01 72 01 'a_b' 73", "expected a label"},
	{"a parameter is a label", "@7: 01 40 01 'a' 73 01 00", "@7: 01 40 01 '1' 73 01 00", "expected a label"},
	{"a case ends with zero", "@7: 01 71 01 'a' 01 73 00", "@7: 01 71 01 'a' 01 73 01", "expected 0"},
	{"an option is 0 or 1", "@7: 01 6a 00 01 73", "@7: 01 6a 00 02 73", "expected 0 or 1"},
	{"results are one or none", "@7: 01 40 00 01 00", "@7: 01 40 00 01 01", "named ones"},
	{"a resource is an i32", "@7: 01 3f 7f 00", "@7: 01 3f 7d 00", "represented by 0x7d"},
	{"its destructor exists", "@7: 01 3f 7f 00", "@7: 01 3f 7f 01 00", "destructor 0 does not exist"},
	{"a declaration is known", "@7: 01 42 01 01 73", "@7: 01 42 01 05 73", "unknown declaration 0x05"},
	{"an instance type imports nothing", "@7: 01 41 02 01 73 03 00 'a' 03 00 00", "@7: 01 42 02 01 73 03 00 'a' 03 00 00", "unknown declaration 0x03"},
	{"all declarations are there", "@7: 01 42 02 01 73 01 73", "@7: 01 42 02 01 73", "count 2 does not fit"},
	{"outer aliases stay inside", "@7: 02 73 42 01 02 03 02 01 00", "@7: 02 73 42 01 02 03 02 02 00", "2 scopes up, there are 1"},
	{"and name what is there", "@7: 02 73 42 01 02 03 02 01 00", "@7: 02 73 42 01 02 03 02 01 01", "outer alias 1 does not exist"},
	{"a type is not yet there inside itself", "@7: 02 73 42 01 02 03 02 01 00", "@7: 02 73 42 01 02 03 02 01 02", "outer alias 2 does not exist"},

	{"a core type has a known form", "@3: 01 60 00 00", "@3: 01 61 00 00", "unknown form 0x61"},
	{"a subtype has a zero in front", "@3: 01 00 50 00 60 00 00", "@3: 01 00 60 00 00", "expected 0x50"},
	{"a module type's import has its type", "@3: 01 50 02 01 60 00 00 00 'a' 'b' 00 00", "@3: 01 50 02 01 60 00 00 00 'a' 'b' 00 01", "type 1 does not exist"},
	{"a module type's declaration is known", "@3: 01 50 01 01 60 00 00", "@3: 01 50 01 04 60 00 00", "unknown declaration 0x04"},

	{"a nested module is whole", "@1: " MODULE " 0a 01 00", "@1: " MODULE " 0a 02 00", "offset 0x12: code section: expected 2 bytes"},
	{"it has none of the types around it", "@3: 01 60 00 00; 1: " MODULE " 01 04 01 60 00 00 02 06 01 00 01 62 00 00",
	 "@3: 01 60 00 00; 1: " MODULE " 02 06 01 00 01 62 00 00", "type 0 does not exist (there are 0)"},
	{"a nested module is a core module", "@1: " MODULE, "@1: " NEST, "expected a core module"},
	{"a nested component is one", "@4: " NEST, "@4: " MODULE, "does not begin like one"},
	{"what is inside it is decoded", "@4: " NEST " 07 02 01 73", "@4: " NEST " 07 02 01 6c", "unknown type 0x6c"},
	{"it ends with its section", "@4: " NEST " 00 01 00", "@4: " NEST " 00 02 00", "expected 2 bytes, found 1"},

	{"a core instance has its module", "@1: " MODULE "; 2: 01 00 00 00", "@1: " MODULE "; 2: 01 00 01 00", "core module 1 does not exist"},
	{"its arguments are instances", "@1: " MODULE "; 2: 02 01 00 00 00 01 'a' 12 00", "@1: " MODULE "; 2: 02 01 00 00 00 01 'a' 11 00", "expected a core instance"},
	{"an instance has its component", "@4: " NEST "; 5: 01 00 00 00", "@4: " NEST "; 5: 01 00 01 00", "component 1 does not exist"},
	{"an instance form is known", "@5: 01 01 00", "@5: 01 02 00", "unknown form 0x02"},
	{"an alias has its instance", "@5: 01 01 00; 6: 01 01 00 00 'f'", "@5: 01 01 00; 6: 01 01 00 01 'f'", "instance 1 does not exist"},
	{"an alias target is known", "@5: 01 01 00; 6: 01 01 00 00 'f'", "@5: 01 01 00; 6: 01 01 03 00 'f'", "unknown target of an alias 0x03"},
	{"core instances export core sorts", "@2: 01 01 00; 6: 01 00 00 01 00 'f'", "@2: 01 01 00; 6: 01 01 01 00 'f'", "export no such sort"},

	{"a canonical definition is known", "@7: 01 66 00; 8: 01 0e 00", "@7: 01 66 00; 8: 01 07 00", "unknown canonical definition 0x07"},
	{"its type exists", "@7: 01 66 00; 8: 01 0e 00", "@7: 01 66 00; 8: 01 0e 01", "type 1 does not exist"},
	{"lower has its zero", T "10: 01 00 'a' 01 01; 8: 01 01 00 00 00", T "10: 01 00 'a' 01 01; 8: 01 01 01 00 00", "expected 0"},
	{"lower has its function", T "10: 01 00 'a' 01 01; 8: 01 01 00 00 00", T "10: 01 00 'a' 01 01; 8: 01 01 00 01 00", "function 1 does not exist"},
	{"an option is known", T "10: 01 00 'a' 01 01; 8: 01 01 00 00 01 00", T "10: 01 00 'a' 01 01; 8: 01 01 00 00 01 0a", "unknown canonical option 0x0a"},
	{"its memory exists", T "10: 01 00 'a' 01 01; 8: 01 01 00 00 01 02", T "10: 01 00 'a' 01 01; 8: 01 01 00 00 01 03 00", "memory 0 does not exist"},
	{"what stood for cancelling is 0: thread.yield", "@8: 01 0c 00", "@8: 01 0c 01", "0x01, expected 0"},
	{"thread.suspend", "@8: 01 29 00", "@8: 01 29 01", "0x01, expected 0"},
	{"thread.suspend-then-resume", "@8: 01 2a 00", "@8: 01 2a 01", "0x01, expected 0"},
	{"thread.yield-then-resume", "@8: 01 2b 00", "@8: 01 2b 01", "0x01, expected 0"},
	{"thread.suspend-then-promote", "@8: 01 2c 00", "@8: 01 2c 01", "0x01, expected 0"},
	{"thread.yield-then-promote", "@8: 01 2d 00", "@8: 01 2d 01", "0x01, expected 0"},
	{"waitable-set.wait", MEMORY "8: 01 20 00 00", MEMORY "8: 01 20 01 00", "0x01, expected 0"},
	{"waitable-set.poll", MEMORY "8: 01 21 00 00", MEMORY "8: 01 21 01 00", "0x01, expected 0"},
	{"async is said or not", "@8: 01 06 01", "@8: 01 06 02", "0x02, expected 0 or 1"},
	{"a start function exists", T "10: 01 00 'a' 01 01; 9: 00 00 00", T "10: 01 00 'a' 01 01; 9: 01 00 00", "function 1 does not exist"},
	{"a value fits", "@12: 01 7f 01 00", "@12: 01 7f 02 00", "expected 2 bytes, found 1"},
};

static void
one(const struct row *r)
{
	WF_AUTO(wf_wasm_freep) struct wf_wasm *good = NULL;
	WF_AUTO(wf_wasm_freep) struct wf_wasm *bad = NULL;
	struct wf_err e = {0};
	uint8_t bytes[256];
	char name[200];

	(void)snprintf(name, sizeof(name), "%s: taken as it should be", r->rule);
	if (!OK(wf_wasm_decode(wasm_text(r->good, bytes), "m", &good, &e) == WF_OK && good, name))
		printf("# %s\n", e.msg);
	wf_err_clear(&e);
	(void)snprintf(name, sizeof(name), "%s: else refused", r->rule);
	ERR(wf_wasm_decode(wasm_text(r->bad, bytes), "m", &bad, &e), &e, WF_R_MALFORMED, name);
	if (!OK(!bad && strstr(e.msg, r->says), "and the message says why"))
		printf("# %s\n", e.msg);
}

/* n instance types inside one another, or n components. */
static enum wf_rc
nested(size_t n, bool types, struct wf_err *e)
{
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
	uint8_t b[4096];
	size_t k = sizeof(b);

	for (size_t i = 0; types && i < n; i++) {
		if (i) /* of the one around: one declaration, a type */
			b[--k] = 0x01;
		k -= 2;
		memcpy(b + k, i ? "\x42\x01" : "\x42\0", 2);
	}
	for (size_t i = 0; !types && i < n; i++) {
		size_t size = sizeof(b) - k;

		k -= 8;
		memcpy(b + k, "\0asm\x0d\0\1\0", 8);
		if (i + 1 == n)
			break;
		size += 8;
		b[--k] = (uint8_t)(size >> 7);
		b[--k] = (uint8_t)(size | 0x80);
		b[--k] = 4;
	}
	if (types) {
		size_t size = sizeof(b) - k + 1;

		b[--k] = 1;
		b[--k] = (uint8_t)(size >> 7);
		b[--k] = (uint8_t)(size | 0x80);
		b[--k] = 7;
		k -= 8;
		memcpy(b + k, "\0asm\x0d\0\1\0", 8);
	}
	return wf_wasm_decode((struct wf_str){(char *)b + k, sizeof(b) - k}, "m", &w, e);
}

static void
depth(void)
{
	struct wf_err e = {0};

	ERR(nested(99, true, &e), &e, WF_R_OK, "99 types in a component");
	wf_err_clear(&e);
	ERR(nested(100, true, &e), &e, WF_R_LIMIT, "100 are too many");
	wf_err_clear(&e);
	ERR(nested(100, false, &e), &e, WF_R_OK, "100 components inside one another");
	wf_err_clear(&e);
	ERR(nested(101, false, &e), &e, WF_R_LIMIT, "101 are too many");
}

/* --- what imports stand for ---------------------------------------------------- */

/* type 0: a function; type 1: an instance that exports it under a name */
#define ASKS(func) "@7: 02 40 00 01 00 42 02 02 03 02 01 00 04 00 '" func "' 01 00; "

/* What is imported first exports an instance type, and that is the type of the
 * second import. */
#define HIDDEN(name) "@7: 03 40 00 01 00 42 02 02 03 02 01 00 04 00 'get-secrets' 01 00 " \
	"42 02 02 03 02 01 01 04 00 't' 03 00 00; 10: 01 00 'm' 05 02; 6: 01 03 00 00 't'; " \
	"10: 01 00 '" name "' 05 03"

/* Of several imports, the last. */
static const struct {
	const char *what, *component;
	uint32_t want;
} imports[] = {
	{"an interface by its name", ASKS("now") "10: 01 00 'wasi:clocks/wall-clock@0.2.0' 05 01", WF_CAPS(CLOCK)},
	{"of a later compatible version", ASKS("now") "10: 01 00 'wasi:clocks/wall-clock@0.2.99' 05 01", WF_CAPS(CLOCK)},
	{"of a version nobody knows", ASKS("now") "10: 01 00 'wasi:clocks/wall-clock@0.9.0' 05 01", WF_CAPS(UNKNOWN)},
	{"of a line that only begins alike", ASKS("now") "10: 01 00 'wasi:clocks/wall-clock@0.20.0' 05 01", WF_CAPS(UNKNOWN)},
	{"of none", ASKS("now") "10: 01 00 'wasi:clocks/wall-clock' 05 01", WF_CAPS(UNKNOWN)},
	{"a name that only begins alike", ASKS("now") "10: 01 00 'wasi:clocks/wall-clock-x@0.2.0' 05 01", WF_CAPS(UNKNOWN)},
	{"0.3 has other names", ASKS("now") "10: 01 00 'wasi:clocks/wall-clock@0.3.0' 05 01", WF_CAPS(UNKNOWN)},
	{"a release candidate is of its line", ASKS("now") "10: 01 00 'wasi:clocks/system-clock@0.3.0-rc-2026-03-15' 05 01", WF_CAPS(CLOCK)},
	{"a canonical version", ASKS("now") "10: 01 02 'wasi:clocks/wall-clock@0.2' 01 01 '.6' 05 01", WF_CAPS(CLOCK)},
	{"by function: arguments", ASKS("get-arguments") "10: 01 00 'wasi:cli/environment@0.2.0' 05 01", WF_CAPS(ARGS)},
	{"by function: environment", ASKS("get-environment") "10: 01 00 'wasi:cli/environment@0.2.0' 05 01", WF_CAPS(ENV)},
	{"by function: one nobody knows", ASKS("get-secrets") "10: 01 00 'wasi:cli/environment@0.2.0' 05 01", WF_CAPS(UNKNOWN)},
	{"implements decides, not the name", ASKS("get") "10: 01 02 'primary' 01 00 'wasi:keyvalue/store@0.2.0-draft' 05 01", WF_CAPS(KEYVALUE)},
	{"a plain name is unknown", ASKS("get") "10: 01 00 'primary' 05 01", WF_CAPS(UNKNOWN)},
	{"only types give no authority", "@7: 01 42 02 01 73 04 00 't' 03 00 00; 10: 01 00 'wasi:sockets/network@0.2.0' 05 00", WF_CAPS(TYPES)},
	{"a resource alone is a type", "@10: 01 00 'r' 03 01", WF_CAPS(TYPES)},
	{"a function alone is unknown", T "10: 01 00 'f' 01 01", WF_CAPS(UNKNOWN)},
	{"a core module is other code", "@3: 01 50 00; 10: 01 00 'm' 00 11 00", WF_CAPS(CODE_IMPORT)},
	{"a component is other code", "@7: 01 41 00; 10: 01 00 'm' 04 00", WF_CAPS(CODE_IMPORT)},
	{"code by address", ASKS("f") "10: 01 00 'url=<https://a.example>' 05 01", WF_CAPS(CODE_IMPORT) | WF_CAPS(UNKNOWN)},
	{"an external id is code beside what it is", ASKS("now") "10: 01 02 'wasi:clocks/wall-clock@0.2.0' 01 02 'x' 05 01", WF_CAPS(CLOCK) | WF_CAPS(CODE_IMPORT)},
	{"SurrealDB, without a version", ASKS("kv-get") "10: 01 00 'surrealism:plugin/host' 05 01", WF_CAPS(KEYVALUE)},
	{"and with one", ASKS("kv-get") "10: 01 00 'surrealism:plugin/host@0.1.0' 05 01", WF_CAPS(UNKNOWN)},
	{"Supabase by function", ASKS("get-vault-secret") "10: 01 00 'supabase:wrappers/utils@0.2.0' 05 01", WF_CAPS(SECRETS)},
	{"pg_wasm", ASKS("read") "10: 01 00 'pgwasm:host/query@0.1.0' 05 01", WF_CAPS(SQL)},
	{"what contains pg_wasm's name", ASKS("read") "10: 01 00 'pgwasm:host/query-x@0.1.0' 05 01", WF_CAPS(UNKNOWN)},
	{"an instance in an instance hides the rest", "@7: 02 42 00 42 02 02 03 02 01 00 04 00 'a' 05 00; 10: 01 00 'wasi:filesystem/types@0.2.0' 05 01", WF_CAPS(FILESYSTEM)},
	{"a type that comes from another import hides its functions", HIDDEN("wasi:clocks/wall-clock@0.2.0"), WF_CAPS(CLOCK)},
	{"and one of them may be unknown", HIDDEN("wasi:cli/environment@0.2.0"), WF_CAPS(ENV) | WF_CAPS(ARGS) | WF_CAPS(UNKNOWN)},
	{"an alias keeps what a type asks", ASKS("now") "6: 01 03 02 00 01; 10: 01 00 'wasi:clocks/wall-clock@0.2.0' 05 02", WF_CAPS(CLOCK)},
};

static void
authority(void)
{
	for (size_t i = 0; i < WF_COUNT(imports); i++) {
		WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
		struct wf_capability cap[2] = {{0}};
		struct wf_err e = {0};
		uint8_t bytes[256];
		size_t n = 0;

		if (wf_wasm_decode(wasm_text(imports[i].component, bytes), "m", &w, &e) == WF_OK)
			n = w->nimports;
		else
			printf("# %s\n", e.msg);
		if (n && n <= WF_COUNT(cap))
			wf_capability_list(w, cap);
		EQ(n ? cap[n - 1].classes : 0, imports[i].want, imports[i].what);
	}
}

static void
inside(void)
{
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
	WF_AUTO(wf_wasm_freep) struct wf_wasm *thread = NULL;
	struct wf_err e = {0};
	uint8_t bytes[256];

	/* a component with a module that imports WASI and has a start function,
	 * and an interface of its own */
	if (!OK(wf_wasm_decode(wasm_text(
		"@4: " NEST " 01 32 " MODULE " 01 04 01 60 00 00"
		" 02 1c 01 'wasi_snapshot_preview1' 'e' 00 00 08 01 00"
		" 00 01 00", bytes), "m", &w, &e) == WF_OK, "a module inside a component inside a component"))
		printf("# %s\n", e.msg);
	if (!w)
		return;
	EQ(w->nimports, 0, "its imports are no authority of the outermost");
	EQ(w->nnested, 2, "both are listed");
	OK(w->nested[0]->kind == WF_WASM_COMPONENT && w->nested[0]->depth == 1 &&
	   w->nested[1]->kind == WF_WASM_CORE && w->nested[1]->depth == 2, "with kind and depth");
	EQ(w->nested[1]->nimports, 1, "its imports are there to be looked at");
	OK(w->nested[1]->has_start && !w->has_start, "and its start function");
	EQ(w->nested[1]->offset, 20, "at its offset in the file");
	if (wf_wasm_decode(wasm_text("@4: " NEST " 08 02 01 26", bytes), "m", &thread, &e))
		printf("# %s\n", e.msg);
	EQ(thread ? wf_capability_builtins(thread) : 0, WF_CAPS(THREADS),
	   "threads by built-ins are a capability, wherever they are asked for");
	EQ(wf_capability_builtins(w), 0, "which the other does not have");
}

static void
packages(void)
{
	static const struct {
		const char *what, *component;
		enum wf_wasm_kind want;
	} k[] = {
		{"types and the mark of a package", "@7: 01 41 00; 11: 01 00 'a:b/c' 03 00 00; 0: 'package-docs'", WF_WASM_WIT_PACKAGE},
		{"without the mark", "@7: 01 41 00; 11: 01 00 'a:b/c' 03 00 00", WF_WASM_COMPONENT},
		{"with a module", "@1: " MODULE "; 0: 'package-docs'", WF_WASM_COMPONENT},
		{"with an import", T "10: 01 00 'a' 05 00; 0: 'package-docs'", WF_WASM_COMPONENT},
	};

	for (size_t i = 0; i < WF_COUNT(k); i++) {
		WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
		uint8_t bytes[256];

		EQ(wf_wasm_decode(wasm_text(k[i].component, bytes), "m", &w, NULL) == WF_OK ? w->kind : 99,
		   k[i].want, k[i].what);
	}
}

/* --- patterns --------------------------------------------------------------------- */

static void
patterns(void)
{
	static const struct {
		const char *pattern, *name, *suffix;
		bool match;
		bool could; /* and so a deny matches */
	} p[] = {
		{"a:b/c", "a:b/c", "", true, true},
		{"a:b/c", "a:b/c@1.0.0", "", false, true},
		{"a:b/c", "a:b/cd", "", false, false},
		{"a:b/c@1.2.3", "a:b/c@1.2.3", "", true, true},
		{"a:b/c@1.2.3", "a:b/c@1.2.30", "", false, false},
		{"a:b/c@1.2.3", "a:b/c@1.2.3+x", "", false, true},
		{"a:b/c@1.2.3", "a:b/c@1.2.3-rc", "", false, false},
		{"a:b/c@1.2.3", "a:b/c@1", ".2.3", true, true},
		{"a:b/c@1.2.3", "a:b/c@1", ".2.4", false, false},
		{"a:b/c@1.2.3", "a:b/c@1", "", false, true},
		{"a:b/c@1.2.3", "a:b/c@2", "", false, false},
		{"a:b/c@0.2", "a:b/c@0.2.7", "", false, true},
		{"a:b/c@0.2", "a:b/c@0.3.0", "", false, false},
		{"a:b/c@1.2.3", "a:b/c", "", false, false},
		{"a:b/c@1.2.3-rc.1", "a:b/c@1.2.3-rc.1", "", true, true},
		{"a:b/c@>=0.2.0 <0.3.0", "a:b/c@0.2.0", "", true, true},
		{"a:b/c@>=0.2.0 <0.3.0", "a:b/c@0.2.12", "", true, true},
		{"a:b/c@>=0.2.0 <0.3.0", "a:b/c@0.3.0", "", false, false},
		{"a:b/c@>=0.2.0 <0.3.0", "a:b/c@0.1.99", "", false, false},
		{"a:b/c@>=0.2.0 <0.3.0", "a:b/c@0.3.0-rc-2026-03-15", "", false, true},
		{"a:b/c@>=0.2.0 <0.3.0", "a:b/c@0.2.5-draft", "", false, true},
		{"a:b/c@>=0.2.0 <0.3.0", "a:b/c", "", false, false},
		{"a:b/c@>=0.2.0 <0.3.0", "a:b/c@0.2", "", true, true},
		{"a:b/c@>=0.2.3 <0.3.0", "a:b/c@0.2", "", false, true},
		{"a:b/c@>=0.2.3 <0.3.0", "a:b/c@0.2", ".3", true, true},
		{"a:b/c@>=0.2.3 <0.3.0", "a:b/c@0.2", ".2", false, false},
		{"a:b/c@>=0.2.0 <0.2.6", "a:b/c@0.2", "", false, true},
		{"a:b/c@>0.2.0", "a:b/c@0.2.0", "", false, false},
		{"a:b/c@>0.2.0", "a:b/c@0.2", "", false, true},
		{"a:b/c@<=0.2.0", "a:b/c@0.2.0", "", true, true},
		{"a:b/c@<0.2.0", "a:b/c@0.2", "", false, false},
		{"a:b/c@=0.2.0", "a:b/c@0.2.0", "", true, true},
		{"a:b/c@=0.2.0", "a:b/c@0.2", "", false, true},
		{"a:b/c@>=0.2.0", "d:b/c@0.2.0", "", false, false},
	};
	static const char *const wrong[] = {
		"", "a", "a:b", "a:b/*", "a:b/c@", "a:b/c@x", "a:b/c@>=0.2", "a:b/c@>=0.2.0-rc",
		"a:b/c@>=0.2.0,<0.3.0", "a:b/c@>=0.2.0 ", "a:b/c@>=1.0.0 >=1.0.0 >=1.0.0 >=1.0.0 >=1.0.0",
	};

	for (size_t i = 0; i < WF_COUNT(p); i++) {
		struct wf_extern_pattern pat;
		struct wf_extern_name n;
		char name[200];

		(void)snprintf(name, sizeof(name), "%s %s %s%s", p[i].pattern,
		               p[i].match ? "matches" : "does not match", p[i].name, p[i].suffix);
		if (wf_extern_pattern_parse(wf_str(p[i].pattern), &pat) ||
		    wf_extern_name_parse(wf_str(p[i].name), wf_str(p[i].suffix), &n))
			OK(false, name);
		else
			OK(wf_extern_pattern_matches(&pat, &n, wf_str(p[i].suffix)) == p[i].match &&
			   wf_extern_pattern_could_match(&pat, &n) == p[i].could, name);
	}
	for (size_t i = 0; i < WF_COUNT(wrong); i++) {
		struct wf_extern_pattern pat;

		OK(wf_extern_pattern_parse(wf_str(wrong[i]), &pat) != NULL, wrong[i][0] ? wrong[i] : "empty");
	}
}

int
main(void)
{
	for (size_t i = 0; i < WF_COUNT(rows); i++)
		one(&rows[i]);
	depth();
	authority();
	inside();
	packages();
	patterns();
	return tap_done();
}
