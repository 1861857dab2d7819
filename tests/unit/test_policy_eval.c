/* SPDX-License-Identifier: Apache-2.0
 *
 * policy/policy_eval.c: each row is a policy, a module and what is decided
 * about one subject; the pairs differ in one thing.
 */
#include "policy/policy_eval.h"
#include "tests/lib/tap.h"
#include "tests/lib/wasm_text.h"

#define HEAD "apiVersion: wasmfn/v1\nkind: Policy\ncapabilities:\n" /* rules start at line 4 */
#define RULE(match, rest) "  - match: [\"" match "\"]\n" rest

/* type 0 is () -> () */
#define T0 "1: 01 60 00 00; "
#define LOG "01 03 65 6e 76 0e 63 6c 69 63 6b 68 6f 75 73 65 5f 6c 6f 67 00 00" /* env.clickhouse_log */
#define ONE_LOG T0 "2: " LOG
/* wasi_snapshot_preview1.sock_send, fd_write */
#define WASI "16 77 61 73 69 5f 73 6e 61 70 73 68 6f 74 5f 70 72 65 76 69 65 77 31 "
#define SOCK T0 "2: 01 " WASI "09 73 6f 63 6b 5f 73 65 6e 64 00 00"
#define WRITE T0 "2: 01 " WASI "08 66 64 5f 77 72 69 74 65 00 00"
#define WRITE_OPEN T0 "2: 02 " WASI "08 66 64 5f 77 72 69 74 65 00 00 " \
	WASI "09 70 61 74 68 5f 6f 70 65 6e 00 00"
#define STRANGE T0 "2: 01 01 61 01 62 00 00" /* a.b */
#define NUL_NAME T0 "2: 01 05 65 6e 76 00 78 0e 63 6c 69 63 6b 68 6f 75 73 65 5f 6c 6f 67 00 00"
#define EMPTY "0: 01 78"

#define COMPONENTS "    module: {kinds: [core, component]}\n"
#define PLAIN(name) "@7: 02 40 00 01 00 42 02 02 03 02 01 00 04 00 'f' 01 00; 10: 01 " name " 05 01"
#define TCP PLAIN("00 'wasi:sockets/tcp@0.2.1'")
#define INSIDE "@1: 00 61 73 6d 01 00 00 00 "

static const struct {
	const char *name, *yaml, *match, *module, *subject;
	bool allowed;        /* the subject */
	const char *rule;
	unsigned line;       /* 0: built in */
	bool verdict;        /* the module */
} rows[] = {
	{"no policy: a core module without imports", NULL, "", EMPTY, "core", true, "built-in: core modules", 0, true},
	{"no policy: an import is denied", NULL, "", ONE_LOG, "env.clickhouse_log", false, "built-in: no imports", 0, false},
	{"no policy: a component is denied", NULL, "", "component", "component", false, "built-in: core modules", 0, false},
	{"no rule matches: the built-in one", HEAD RULE("h.example/a", "    classes: {allow: [log]}\n"), "h.example/b",
	 ONE_LOG, "env.clickhouse_log", false, "built-in: no imports", 0, false},

	{"default deny", HEAD RULE("**", "    classes: {allow: [clock]}\n"), "", ONE_LOG,
	 "env.clickhouse_log", false, "default deny", 4, false},
	{"a class allows", HEAD RULE("**", "    classes: {allow: [log]}\n"), "", ONE_LOG,
	 "env.clickhouse_log", true, "classes.allow log", 5, true},
	{"a name allows", HEAD RULE("**", "    imports:\n      allow: [{module: env, name: clickhouse_log}]\n"), "", ONE_LOG,
	 "env.clickhouse_log", true, "imports.allow env clickhouse_log", 6, true},
	{"another name does not", HEAD RULE("**", "    imports:\n      allow: [{module: env, name: clickhouse_lo}]\n"), "", ONE_LOG,
	 "env.clickhouse_log", false, "default deny", 4, false},
	{"another module does not", HEAD RULE("**", "    imports:\n      allow: [{module: en, name: clickhouse_log}]\n"), "", ONE_LOG,
	 "env.clickhouse_log", false, "default deny", 4, false},
	{"a pattern allows", HEAD RULE("**", "    imports:\n      allow: [{module: env, name: clickhouse_*}]\n"), "", ONE_LOG,
	 "env.clickhouse_log", true, "imports.allow env clickhouse_*", 6, true},
	{"a module is compared whole, NUL too", HEAD RULE("**", "    imports:\n      allow: [{module: env, name: clickhouse_log}]\n"), "", NUL_NAME,
	 NULL, false, "default deny", 4, false},

	{"an unknown import is denied", HEAD RULE("**", "    classes: {allow: [log]}\n"), "", STRANGE,
	 "a.b", false, "default deny", 4, false},
	{"unless it is named", HEAD RULE("**", "    imports:\n      allow: [{module: a, name: b}]\n"), "", STRANGE,
	 "a.b", true, "imports.allow a b", 6, true},

	{"a denied class beats an allowed name", HEAD RULE("**", "    classes: {deny: [log]}\n    imports:\n      allow: [{module: env, name: clickhouse_log}]\n"), "", ONE_LOG,
	 "env.clickhouse_log", false, "classes.deny log", 5, false},
	{"a denied name beats an allowed class", HEAD RULE("**", "    classes: {allow: [log]}\n    imports:\n      deny: [{module: env, name: '*'}]\n"), "", ONE_LOG,
	 "env.clickhouse_log", false, "imports.deny env *", 7, false},
	{"a denied class of another kind does not matter", HEAD RULE("**", "    classes: {allow: [log], deny: [network]}\n"), "", ONE_LOG,
	 "env.clickhouse_log", true, "classes.allow log", 5, true},
	{"network is denied by its class", HEAD RULE("**", "    classes: {allow: [log], deny: [network]}\n"), "", SOCK,
	 "wasi_snapshot_preview1.sock_send", false, "classes.deny network", 5, false},

	{"fd_write alone is stdio", HEAD RULE("**", "    classes: {allow: [stdio]}\n"), "", WRITE,
	 "wasi_snapshot_preview1.fd_write", true, "classes.allow stdio", 5, true},
	{"with path_open it is files too, and all classes must be allowed", HEAD RULE("**", "    classes: {allow: [stdio]}\n"), "", WRITE_OPEN,
	 "wasi_snapshot_preview1.fd_write", false, "default deny", 4, false},
	{"and then it is allowed", HEAD RULE("**", "    classes: {allow: [stdio, filesystem]}\n"), "", WRITE_OPEN,
	 "wasi_snapshot_preview1.fd_write", true, "classes.allow stdio+filesystem", 5, true},

	{"the most specific rule decides what is allowed", HEAD RULE("**", "    classes: {allow: [log]}\n") RULE("h.example/fn", "    classes: {allow: [clock]}\n"),
	 "h.example/fn", ONE_LOG, "env.clickhouse_log", false, "default deny", 6, false},
	{"in either order", HEAD RULE("h.example/fn", "    classes: {allow: [log]}\n") RULE("**", "    classes: {allow: [clock]}\n"),
	 "h.example/fn", ONE_LOG, "env.clickhouse_log", true, "classes.allow log", 5, true},
	{"a deny of a general rule applies", HEAD RULE("**", "    classes: {deny: [log]}\n") RULE("h.example/fn", "    classes: {allow: [log]}\n"),
	 "h.example/fn", ONE_LOG, "env.clickhouse_log", false, "classes.deny log", 5, false},
	{"a deny of a rule that does not match does not", HEAD RULE("h.example/other", "    classes: {deny: [log]}\n") RULE("h.example/fn", "    classes: {allow: [log]}\n"),
	 "h.example/fn", ONE_LOG, "env.clickhouse_log", true, "classes.allow log", 7, true},

	{"kinds allow a component", HEAD RULE("**", "    module: {kinds: [core, component]}\n"), "", "component",
	 "component", true, "module.kinds component", 5, true},
	{"kinds may leave core out", HEAD RULE("**", "    module: {kinds: [component]}\n"), "", EMPTY,
	 "core", false, "module.kinds", 5, false},
	{"an interface by range", HEAD RULE("**", COMPONENTS "    interfaces: {allow: [\"wasi:sockets/tcp@>=0.2.0 <0.3.0\"]}\n"), "",
	 TCP, "wasi:sockets/tcp@0.2.1", true, "interfaces.allow wasi:sockets/tcp@>=0.2.0 <0.3.0", 6, true},
	{"past its range", HEAD RULE("**", COMPONENTS "    interfaces: {allow: [\"wasi:sockets/tcp@>=0.2.2 <0.3.0\"]}\n"), "",
	 TCP, "wasi:sockets/tcp@0.2.1", false, "default deny", 4, false},
	{"another of the package", HEAD RULE("**", COMPONENTS "    interfaces: {allow: [\"wasi:sockets/udp@>=0.2.0\"]}\n"), "",
	 TCP, "wasi:sockets/tcp@0.2.1", false, "default deny", 4, false},
	{"an interface by its class", HEAD RULE("**", COMPONENTS "    classes: {allow: [network]}\n"), "",
	 TCP, "wasi:sockets/tcp@0.2.1", true, "classes.allow network", 6, true},
	{"denied by range", HEAD RULE("**", COMPONENTS "    classes: {allow: [network]}\n    interfaces: {deny: [\"wasi:sockets/tcp@>=0.2.0\"]}\n"), "",
	 TCP, "wasi:sockets/tcp@0.2.1", false, "interfaces.deny wasi:sockets/tcp@>=0.2.0", 7, false},
	{"denied past the range it is not", HEAD RULE("**", COMPONENTS "    classes: {allow: [network]}\n    interfaces: {deny: [\"wasi:sockets/tcp@>=0.2.2\"]}\n"), "",
	 TCP, "wasi:sockets/tcp@0.2.1", true, "classes.allow network", 6, true},
	{"denied in every version", HEAD RULE("**", COMPONENTS "    classes: {allow: [network]}\n    interfaces: {deny: [\"wasi:sockets/tcp\"]}\n"), "",
	 TCP, "wasi:sockets/tcp@0.2.1", false, "interfaces.deny wasi:sockets/tcp", 7, false},
	{"allowed in every version there is not", HEAD RULE("**", COMPONENTS "    interfaces: {allow: [\"wasi:sockets/tcp\"]}\n"), "",
	 TCP, "wasi:sockets/tcp@0.2.1", false, "default deny", 4, false},
	{"a deny of a range holds for its pre-releases", HEAD RULE("**", COMPONENTS "    classes: {allow: [network]}\n    interfaces: {deny: [\"wasi:sockets/tcp@>=0.2.0\"]}\n"), "",
	 PLAIN("00 'wasi:sockets/tcp@0.2.1-rc'"), "wasi:sockets/tcp@0.2.1-rc", false, "interfaces.deny wasi:sockets/tcp@>=0.2.0", 7, false},
	{"and for a version that may be in it", HEAD RULE("**", COMPONENTS "    classes: {allow: [network]}\n    interfaces: {deny: [\"wasi:sockets/tcp@<0.2.4\"]}\n"), "",
	 PLAIN("00 'wasi:sockets/tcp@0.2'"), "wasi:sockets/tcp@0.2", false, "interfaces.deny wasi:sockets/tcp@<0.2.4", 7, false},
	{"a deny by name reaches what a plain name implements", HEAD RULE("**", COMPONENTS "    classes: {allow: [network]}\n    imports: {deny: [{module: \"\", name: \"wasi:sockets/*\"}]}\n"), "",
	 PLAIN("02 'primary' 01 00 'wasi:sockets/tcp@0.2.1'"), "primary (implements wasi:sockets/tcp@0.2.1)", false, "imports.deny  wasi:sockets/*", 7, false},
	{"one of another package does not", HEAD RULE("**", COMPONENTS "    classes: {allow: [network]}\n    imports: {deny: [{module: \"\", name: \"wasi:filesystem/*\"}]}\n"), "",
	 PLAIN("02 'primary' 01 00 'wasi:sockets/tcp@0.2.1'"), "primary (implements wasi:sockets/tcp@0.2.1)", true, "classes.allow network", 6, true},
	{"no pattern of letters grants an interface", HEAD RULE("**", COMPONENTS "    imports: {allow: [{module: \"*\", name: \"**\"}]}\n"), "",
	 TCP, "wasi:sockets/tcp@0.2.1", false, "default deny", 4, false},
	{"a plain name it may", HEAD RULE("**", COMPONENTS "    imports: {allow: [{module: \"\", name: primary}]}\n"), "",
	 PLAIN("00 'primary'"), "primary", true, "imports.allow  primary", 6, true},
	{"not what implements an interface", HEAD RULE("**", COMPONENTS "    imports: {allow: [{module: \"\", name: primary}]}\n"), "",
	 PLAIN("02 'primary' 01 00 'wasi:keyvalue/store@0.2.0'"), "primary (implements wasi:keyvalue/store@0.2.0)", false, "default deny", 4, false},
	{"that is judged as the interface", HEAD RULE("**", COMPONENTS "    interfaces: {allow: [\"wasi:keyvalue/store@0.2.0\"]}\n"), "",
	 PLAIN("02 'primary' 01 00 'wasi:keyvalue/store@0.2.0'"), "primary (implements wasi:keyvalue/store@0.2.0)", true, "interfaces.allow wasi:keyvalue/store@0.2.0", 6, true},
	{"code from elsewhere is no interface", HEAD RULE("**", COMPONENTS "    interfaces: {allow: [\"a:b/c\"]}\n"), "",
	 PLAIN("02 'a:b/c' 01 02 'x'"), "a:b/c", false, "default deny", 4, false},
	{"a start function inside", HEAD RULE("**", "    module: {kinds: [component], start: deny}\n"), "",
	 INSIDE "01 04 01 60 00 00 03 02 01 00 08 01 00 0a 04 01 02 00 0b", "start function 0 of the module at 0xa", false, "module.start deny", 5, false},
	{"a memory inside", HEAD RULE("**", "    module: {kinds: [component], memory: {maxPages: 1}}\n"), "",
	 INSIDE "05 04 01 01 01 02", "memory 0 of the module at 0xa, up to 2 pages", false, "module.memory.maxPages 1", 5, false},
	{"a feature inside", HEAD RULE("**", "    module: {kinds: [component], features: {deny: [threads]}}\n"), "",
	 INSIDE "05 04 01 03 01 01", "threads", false, "module.features.deny threads", 5, false},
	{"threads by built-ins need their class", HEAD RULE("**", COMPONENTS "    classes: {allow: [log]}\n"), "",
	 "@8: 01 26", "built-ins of the component model", false, "default deny", 4, false},
	{"and have it", HEAD RULE("**", COMPONENTS "    classes: {allow: [threads]}\n"), "",
	 "@8: 01 26", "built-ins of the component model", true, "classes.allow threads", 6, true},
	{"a WIT package is no component", HEAD RULE("**", COMPONENTS), "",
	 "@0: 'package-docs'", "wit-package", false, "module.kinds", 5, false},
	{"a feature of the format itself may be denied", HEAD RULE("**", "    module: {kinds: [component], features: {deny: [component-model]}}\n"), "", "component",
	 "component-model", false, "module.features.deny component-model", 5, false},

	{"maxSize is reached", HEAD RULE("**", "    module: {maxSize: 12}\n"), "", EMPTY, "12 bytes", true, "module.maxSize 12", 5, true},
	{"maxSize is passed", HEAD RULE("**", "    module: {maxSize: 11}\n"), "", EMPTY, "12 bytes", false, "module.maxSize 11", 5, false},
	{"the most specific rule that states a ceiling", HEAD RULE("**", "    module: {maxSize: 11}\n") RULE("h.example/fn", "    module: {maxSize: 12}\n"),
	 "h.example/fn", EMPTY, "12 bytes", true, "module.maxSize 12", 7, true},
	{"a rule that states none does not lift it", HEAD RULE("**", "    module: {maxSize: 11}\n") RULE("h.example/fn", "    module: {start: deny}\n"),
	 "h.example/fn", EMPTY, "12 bytes", false, "module.maxSize 11", 5, false},

	{"maxPages is reached", HEAD RULE("**", "    module: {memory: {maxPages: 2}}\n"), "", "5: 01 01 01 02",
	 "memory 0, up to 2 pages", true, "module.memory.maxPages 2", 5, true},
	{"maxPages is passed by the maximum", HEAD RULE("**", "    module: {memory: {maxPages: 2}}\n"), "", "5: 01 01 01 03",
	 "memory 0, up to 3 pages", false, "module.memory.maxPages 2", 5, false},
	{"a memory without a maximum may pass it", HEAD RULE("**", "    module: {memory: {maxPages: 2}}\n"), "", "5: 01 00 01",
	 "memory 0, no maximum declared", false, "module.memory.maxPages 2", 5, false},
	{"pages of one byte are counted as bytes", HEAD RULE("**", "    module: {memory: {maxPages: 1}}\n"), "", "5: 01 09 01 81 80 04 00",
	 "memory 0, up to 2 pages", false, "module.memory.maxPages 1", 5, false},

	{"a start function where nothing is said", HEAD RULE("**", "    module: {kinds: [core]}\n"), "", T0 "3: 01 00; 8: 00; 10: 01 02 00 0b",
	 "start function 0", true, "not restricted", 0, true},
	{"start: deny", HEAD RULE("**", "    module: {start: deny}\n"), "", T0 "3: 01 00; 8: 00; 10: 01 02 00 0b",
	 "start function 0", false, "module.start deny", 5, false},
	{"start: deny of a general rule beats allow", HEAD RULE("**", "    module: {start: deny}\n") RULE("h.example/fn", "    module: {start: allow}\n"),
	 "h.example/fn", T0 "3: 01 00; 8: 00; 10: 01 02 00 0b", "start function 0", false, "module.start deny", 5, false},

	{"a denied feature", HEAD RULE("**", "    module: {features: {deny: [threads, memory64]}}\n"), "", "5: 01 04 01",
	 "memory64", false, "module.features.deny memory64", 5, false},
	{"a feature that is not used", HEAD RULE("**", "    module: {features: {deny: [threads]}}\n"), "", "5: 01 04 01",
	 "core", true, "built-in: core modules", 0, true},
};

static void
one(size_t i)
{
	static const char component[] = "\0asm\x0d\0\1\0";
	WF_AUTO(wf_policy_freep) struct wf_policy *policy = NULL;
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
	WF_AUTO(wf_policy_verdict_free) struct wf_policy_verdict v = WF_VERDICT_INIT;
	struct wf_capability caps[8];
	struct wf_err e = {0};
	uint8_t bytes[256];
	struct wf_str m = strcmp(rows[i].module, "component") == 0
		? (struct wf_str){component, 8} : wasm_text(rows[i].module, bytes);
	const struct wf_decision *d = NULL;

	if ((rows[i].yaml && wf_policy_parse(wf_str(rows[i].yaml), "p.yaml", &policy, &e)) ||
	    wf_wasm_decode(m, "m", &w, &e) || w->nimports > WF_COUNT(caps)) {
		OK(false, rows[i].name);
		printf("# %s\n", e.msg);
		return;
	}
	wf_capability_list(w, caps);
	wf_policy_eval(policy, rows[i].match, w, caps, &v);
	for (size_t k = 0; k < v.n && !d; k++)
		if (rows[i].subject ? wf_str_eqz(v.v[k].subject, rows[i].subject)
		                    : k == v.n - 1)
			d = &v.v[k];
	if (!OK(d && d->allowed == rows[i].allowed && v.allowed == rows[i].verdict &&
	        strcmp(d->rule, rows[i].rule) == 0 && d->pos.line == rows[i].line &&
	        (d->pos.file != NULL) == (rows[i].line != 0), rows[i].name) && d)
		printf("# %s %s line %u\n", d->allowed ? "allowed" : "denied", d->rule, d->pos.line);
}

static void
overgranted(void)
{
	static const char yaml[] = HEAD RULE("**", "    classes: {allow: [log, clock, sql]}\n");
	WF_AUTO(wf_policy_freep) struct wf_policy *policy = NULL;
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
	WF_AUTO(wf_policy_verdict_free) struct wf_policy_verdict v = WF_VERDICT_INIT;
	struct wf_capability caps[1];
	uint8_t bytes[256];

	if (!OK(wf_policy_parse(wf_str(yaml), "p", &policy, NULL) == WF_OK &&
	        wf_wasm_decode(wasm_text(ONE_LOG, bytes), "m", &w, NULL) == WF_OK, "parsed"))
		return;
	wf_capability_list(w, caps);
	wf_policy_eval(policy, "", w, caps, &v);
	EQ(v.overgranted, WF_CAPS(CLOCK) | WF_CAPS(SQL), "what is allowed and not needed is named");
	wf_policy_eval(NULL, "", w, caps, &v);
	EQ(v.overgranted, 0, "without a policy nothing is granted");
	OK(!v.allowed, "and a verdict is made anew");
}

int
main(void)
{
	struct wf_policy_verdict zero = WF_VERDICT_INIT;
	struct wf_policy *policy = NULL;
	struct wf_err e = {0};

	OK(!zero.allowed, "a verdict that nobody made is a refusal");
	for (size_t i = 0; i < WF_COUNT(rows); i++)
		one(i);
	overgranted();
	ERR(wf_policy_parse(wf_str(HEAD RULE("**", "    classes: {allow: [unknown]}\n")), "p", &policy, &e),
	    &e, WF_R_CONFIG, "what is unknown cannot be allowed as a class");
	return tap_done();
}
