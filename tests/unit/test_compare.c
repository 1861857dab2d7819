/* SPDX-License-Identifier: Apache-2.0
 *
 * plan/compare*.c: each row of the truth table of contract section 4 by its
 * name, each field of a function, each thing about a target.  Every case
 * starts from one that is in sync and changes one thing.
 */
#include <stdlib.h>

#include "plan/compare.h"
#include "tests/lib/tap.h"

static const char *app_ro[] = {"app_ro"}, *public_too[] = {"app_ro", "PUBLIC"};
static const char *path[] = {"search_path=pg_catalog, pg_temp"}, *work_mem[] = {"work_mem=1GB"};
static const char *loose_path[] = {"search_path=public, pg_catalog"},
                  *dotted[] = {"local_preload_libraries=/tmp/x.so"};
static const char *denied[] = {"pg_db_role_setting: denied"};

#define STRS(a) ((struct wf_strs){(a), WF_COUNT(a)})

/* One function in manifest file, ledger and database, all of one mind. */
struct world {
	struct wf_compare_want want;
	struct wf_ledger_row row[2];
	struct wf_live_function fn[2];
	struct wf_live_setting setting[2];
	struct wf_live_excess excess;
	struct wf_live_oddity oddity;
	struct wf_live live;
	struct wf_known known;
	struct wf_config_target expect;
	struct wf_pair expect_setting;
	struct wf_json *settings;
	struct wf_policy *policy;
	const struct wf_policy *policies[1];
	struct wf_compare in;
	struct wf_comparison out;
	bool verifies;
	enum wf_rc code; /* when it does not */
	int asked;
	bool asked_known;
};

static bool
verifies(void *arg, const struct wf_ledger_row *row, const struct wf_compare_want *want,
         bool known, char why[320], enum wf_rc *code)
{
	struct world *w = arg;

	w->asked_known = known;
	(void)row;
	(void)want;
	w->asked++;
	*code = w->code ? w->code : WF_E_UNTRUSTED;
	snprintf(why, 320, "signature-mismatch");
	return w->verifies;
}

static struct wf_spec
spec(const char *manifest, const char *module)
{
	struct wf_spec s = {
		.schema = "wasm", .name = "f", .args = "text", .returns = "text",
		.export_name = "f", .definer = WF_NO, .strict = WF_YES,
		.volatility = WF_VOLATILE, .owner = "app", .grants_set = true,
		.grants = {app_ro, 1}, .limits = {1048576, 1000, 100, -1}, .wasi = "null",
		.has_manifest = true, .has_module = true,
	};

	wf_digest_of(manifest, strlen(manifest), &s.manifest);
	wf_digest_of(module, strlen(module), &s.module);
	return s;
}

static void
rechain(struct world *w)
{
	struct wf_digest prev = {{0}};
	size_t i;

	for (i = 0; i < w->live.nledger; i++) {
		w->row[i].seq = (int64_t)i + 1;
		w->row[i].prev = prev;
		wf_ledger_row_hash(&w->row[i], &w->row[i].hash);
		prev = w->row[i].hash;
	}
}

static void
know(struct world *w)
{
	(void)wf_known_add(&w->known, &w->row[0], "2026-11-21T09:00:00Z");
}

/* M = L = V, nothing known yet. */
static void
start(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->want.spec = (struct wf_spec){.schema = "wasm", .name = "f", .limits = WF_LIMITS_UNSET,
	                                .has_manifest = true, .has_module = true};
	w->want.spec.manifest = spec("m1", "w1").manifest;
	w->want.spec.module = spec("m1", "w1").module;
	w->settings = wf_json_object();
	wf_json_set_z(w->settings, "pg_wasm.allow_fs", "off");
	w->row[0] = (struct wf_ledger_row){.action = "create", .spec = spec("m1", "w1"),
	                                   .engine_version = "0.4.2", .settings = w->settings};
	w->fn[0] = (struct wf_live_function){.spec = spec("m1", "w1"), .oid = 1, .language = "wasm",
	                                     .wrapper_ok = true, .has_row = true, .has_column = true,
	                                     .has_wrapper_digest = true};
	w->fn[0].spec.has_manifest = false;
	w->fn[0].column = w->fn[0].wrapper = w->fn[0].spec.module;
	w->fn[1] = w->fn[0];
	w->fn[1].spec.name = "g";
	w->setting[0] = (struct wf_live_setting){"pg_wasm.allow_fs", "off", "server", "default"};
	w->live = (struct wf_live){.engine = "pg_wasm", .engine_version = "0.4.2",
	                           .system_identifier = "7", .database = "db", .role = "reader",
	                           .functions = w->fn, .nfunctions = 1, .settings = w->setting,
	                           .nsettings = 1, .excess = &w->excess, .oddities = &w->oddity,
	                           .ledger_exists = true, .ledger_readable = true,
	                           .ledger = w->row, .nledger = 1};
	w->in = (struct wf_compare){.target = "prod", .wants = &w->want, .nwants = 1,
	                            .live = &w->live, .known = &w->known,
	                            .policies = w->policies, .verifies = verifies, .arg = w};
	w->verifies = true;
	rechain(w);
}

static void
end(struct world *w)
{
	wf_compare_free(&w->out);
	wf_known_free(&w->known);
	wf_json_free(w->settings);
	wf_policy_free(w->policy);
}

/* "D01 D20" of what was found */
static const char *
ids(const struct world *w)
{
	static char text[128];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < w->out.findings.n; i++) {
		if (i)
			strcat(text, " ");
		strcat(text, wf_finding_word(w->out.findings.v[i].id));
	}
	return text;
}

/* Runs the comparison and checks the first function, the findings, the code. */
static void
expect(struct world *w, const char *name, const char *state, const char *findings, int code)
{
	char label[200];

	wf_compare(&w->in, &w->out);
	snprintf(label, sizeof(label), "%s: %s", name, state);
	IS(wf_compare_state_word(w->out.v[0].state), state, label);
	snprintf(label, sizeof(label), "%s: findings [%s]", name, findings);
	IS(ids(w), findings, label);
	snprintf(label, sizeof(label), "%s: exit %d", name, code);
	EQ(w->out.code, code, label);
}

#define CASE(name, change, state, findings, code) \
	do { \
		struct world w; \
		start(&w); \
		change; \
		expect(&w, name, state, findings, code); \
		end(&w); \
	} while (0)

#define ENTRY_MOVES (w.want.spec.manifest = spec("m2", "w2").manifest, \
	             w.want.spec.module = spec("m2", "w2").module)
#define LIVE_MOVES(m) (w.fn[0].spec.module = spec("", m).module, \
	               w.fn[0].column = w.fn[0].wrapper = w.fn[0].spec.module)

static void
table(void)
{
	CASE("M = L = V", (void)0, "in_sync", "", 0);
	CASE("M = L = V, known", know(&w), "in_sync", "", 0);
	CASE("M = L = V, does not verify today", w.verifies = false; w.in.recheck = true, "in_sync", "D21", 12);
	CASE("M = L = V, known, is revoked today", know(&w); w.verifies = false; w.code = WF_E_REVOKED;
	     w.in.recheck = true, "in_sync", "D21", 17);
	CASE("M = L = V, the policy cannot be judged by", w.verifies = false; w.code = WF_E_CONFIG;
	     w.in.recheck = true, "unknown", "D30", 4);
	CASE("M = L = V, no policy to ask", w.verifies = false, "in_sync", "", 0);
	CASE("M = L = V, asked, and verifies", w.in.recheck = true, "in_sync", "", 0);
	CASE("M = V, no L", w.live.nledger = 0, "in_sync", "", 0);
	CASE("M = V, no ledger at all", w.live.nledger = 0; w.live.ledger_exists = false,
	     "in_sync", "", 0);
	CASE("M = V, another L in a whole chain",
	     w.row[0].spec.module = spec("", "w0").module; w.row[0].spec.manifest = spec("m0", "").manifest; rechain(&w),
	     "in_sync", "", 0);
	CASE("M = V, another L in a broken chain",
	     w.row[0].spec.module = spec("", "w0").module, "drift", "D20", 16);
	CASE("M != L = V, L known and verifies", ENTRY_MOVES; know(&w), "pending", "D25", 3);
	CASE("M != L = V, L not known but verifies", ENTRY_MOVES, "pending", "D25", 3);
	CASE("M != L = V, another head known", ENTRY_MOVES; know(&w);
	     w.row[1] = w.row[0]; w.live.nledger = 2; rechain(&w), "conflict", "D26", 2);
	CASE("M != L = V, L known, does not verify", ENTRY_MOVES; know(&w); w.verifies = false,
	     "drift", "D21", 12);
	CASE("M != L = V, L not known, does not verify", ENTRY_MOVES; w.verifies = false,
	     "drift", "D20", 16);
	CASE("chain broken", w.row[0].actor = "mallory", "drift", "D20", 16);
	CASE("a row gone that local state has", know(&w); w.live.nledger = 0, "drift", "D20", 16);
	CASE("the ledger gone that local state has", know(&w); w.live.nledger = 0;
	     w.live.ledger_exists = false, "drift", "D20", 16);
	CASE("a row rewritten that local state has", know(&w); w.row[0].actor = "m"; rechain(&w),
	     "drift", "D20", 16);
	CASE("M = L != V", LIVE_MOVES("evil"), "drift", "D01", 16);
	CASE("all three differ", ENTRY_MOVES; LIVE_MOVES("evil"), "conflict", "D01 D26", 16);
	CASE("M, no L, no V", w.live.nledger = 0; w.live.nfunctions = 0, "pending", "D25", 3);
	CASE("M, no L, V != M", w.live.nledger = 0; LIVE_MOVES("evil"), "drift", "D01", 16);
	CASE("L, no M", w.in.nwants = 0, "orphan", "D05", 2);
	CASE("L, no M, no V", w.in.nwants = 0; w.live.nfunctions = 0, "orphan", "D05", 2);
	CASE("V alone", w.in.nwants = 0; w.live.nledger = 0, "foreign", "D05", 2);
	CASE("M = L, no V", w.live.nfunctions = 0, "drift", "D04", 2);
	CASE("M != L, no V", ENTRY_MOVES; w.live.nfunctions = 0, "conflict", "D04 D26", 2);
	CASE("removed, and gone", w.row[1] = w.row[0]; w.row[1].action = "remove";
	     w.live.nledger = 2; rechain(&w); w.live.nfunctions = 0, "pending", "D25", 3);
	CASE("row and bytes forged together", w.row[0].spec.module = spec("", "evil").module;
	     rechain(&w); LIVE_MOVES("evil"); w.verifies = false, "drift", "D20", 16);
	CASE("orphan whose row does not verify", w.in.nwants = 0; w.verifies = false, "orphan",
	     "D20 D05", 16);
}

static void
learning(void)
{
	struct world w;

	start(&w);
	wf_compare(&w.in, &w.out);
	OK(w.out.v[0].learn && !w.out.v[0].unrecorded, "M = L = V is learnt, and recorded");
	EQ(w.asked, 0, "and nobody is asked to verify");
	end(&w);
	start(&w);
	w.live.nledger = 0;
	wf_compare(&w.in, &w.out);
	OK(w.out.v[0].unrecorded && !w.out.v[0].learn, "M = V without L is unrecorded, not learnt");
	end(&w);
	start(&w);
	ENTRY_MOVES;
	wf_compare(&w.in, &w.out);
	OK(w.out.findings.v[0].first_seen_here, "a pending row that is new here is first_seen");
	OK(!w.out.v[0].learn, "and is not learnt");
	OK(w.asked == 1 && !w.asked_known, "and nobody vouches for its reference");
	end(&w);
	start(&w);
	ENTRY_MOVES;
	know(&w);
	wf_compare(&w.in, &w.out);
	OK(w.asked == 1 && w.asked_known, "this host vouches for a row that it knows");
	end(&w);
}

static void
not_checked(void)
{
	CASE("M in neither store nor ledger", ENTRY_MOVES; w.want.spec.has_module = false,
	     "unknown", "D30", 4);
	CASE("M not known, no L, no V", w.want.spec.has_module = false; w.live.nledger = 0;
	     w.live.nfunctions = 0, "pending", "D25", 3);
	CASE("M not known, live not as the ledger says", ENTRY_MOVES;
	     w.want.spec.has_module = false; LIVE_MOVES("evil"), "conflict", "D01 D26 D30", 16);
	CASE("bytes unreadable", w.fn[0].unreadable = "table wasm.module: permission denied";
	     w.fn[0].spec.has_module = false; w.fn[0].has_row = false; w.fn[0].spec.export_name = NULL,
	     "unknown", "D30", 4);
	CASE("bytes missing without a word", w.fn[0].spec.has_module = false; w.fn[0].has_column = w.fn[0].has_wrapper_digest = false,
	     "unknown", "D30", 4);
	CASE("what runs cannot be proved", w.fn[0].unprovable = "stale", "unknown", "D30", 4);
	CASE("no bytes, the digest declared as wanted", w.fn[0].unprovable = "no bytes";
	     w.fn[0].spec.has_module = false; w.fn[0].has_wrapper_digest = false,
	     "unknown", "D30", 4);
	CASE("no bytes, another digest declared", w.fn[0].unprovable = "no bytes";
	     w.fn[0].spec.has_module = false; w.fn[0].has_wrapper_digest = false;
	     w.fn[0].column.sha256[0] ^= 1, "drift", "D02 D30", 16);
	CASE("compiled, as recorded", w.fn[0].spec.has_compiled = true;
	     w.row[0].spec.has_compiled = true; rechain(&w), "in_sync", "", 0);
	CASE("compiled to something else", w.fn[0].spec.has_compiled = true;
	     w.row[0].spec.has_compiled = true; rechain(&w); w.fn[0].spec.compiled.sha256[0] = 9, "drift", "D01", 16);
	CASE("compiled, and nobody recorded to what", w.fn[0].spec.has_compiled = true,
	     "unknown", "D30", 4);
	CASE("ledger unreadable", w.live.ledger_readable = false; w.live.nledger = 0, "unknown",
	     "", 4);
	CASE("something unreadable", w.live.unreadable = STRS(denied), "in_sync", "D30", 4);
	CASE("local state unreadable", w.in.known_error = "permission denied", "in_sync", "D30", 4);
	CASE("a type the server does not have", w.want.no_type = "geometry", "unknown", "D30", 4);
	CASE("the engine is odd", w.live.noddities = 1;
	     w.oddity = ((struct wf_live_oddity){"D16", "table wasm.module", "a table", "a view"}),
	     "unknown", "D16", 16);
	CASE("a manifest file that cannot be used", w.in.more_claims = true; w.in.nwants = 0,
	     "unknown", "", 4);
	CASE("unreadable, and the owner changed", w.fn[0].unreadable = "denied";
	     w.fn[0].spec.has_module = false; w.fn[0].spec.owner = "m", "drift", "D07 D30", 2);
}

static void
each_field(void)
{
	CASE("hash column changed", w.fn[0].column.sha256[0] ^= 1, "drift", "D02", 16);
	CASE("wrapper digest changed", w.fn[0].wrapper.sha256[0] ^= 1; w.fn[0].wrapper_ok = false,
	     "drift", "D02", 16);
	CASE("bytes replaced, column left", w.fn[0].spec.module = spec("", "evil").module,
	     "drift", "D01 D02 D02", 16);
	CASE("wrapper replaced by an SQL body", w.fn[0].language = "sql"; w.fn[0].wrapper_ok = false,
	     "drift", "D16", 16);
	CASE("wrapper of another kind", w.fn[0].wrapper_ok = false;
	     w.fn[0].wrapper_state = "probin is set", "drift", "D16", 16);
	CASE("row of the engine gone", w.fn[0].has_row = false; w.fn[0].spec.has_module = false,
	     "drift", "D16", 16);
	CASE("returns", w.fn[0].spec.returns = "integer", "drift", "D06", 2);
	CASE("export", w.fn[0].spec.export_name = "g", "drift", "D06", 2);
	CASE("STRICT off", w.fn[0].spec.strict = WF_NO, "drift", "D06", 2);
	CASE("volatility", w.fn[0].spec.volatility = WF_IMMUTABLE, "drift", "D10", 2);
	CASE("leakproof", w.fn[0].leakproof = true, "drift", "D10", 2);
	CASE("parallel, cost or support", w.fn[0].nodd = 1;
	     w.fn[0].odd[0] = ((struct wf_pair){"parallel unsafe", "parallel safe"}), "drift", "D10", 2);
	CASE("owner changed", w.fn[0].spec.owner = "mallory", "drift", "D07", 2);
	CASE("PUBLIC granted EXECUTE", w.fn[0].spec.grants = ((struct wf_strs){public_too, 2}),
	     "drift", "D08", 2);
	CASE("a grant taken away", w.fn[0].spec.grants.n = 0, "drift", "D08", 2);
	CASE("SECURITY DEFINER on", w.fn[0].spec.definer = WF_YES;
	     w.fn[0].config = STRS(path), "drift", "D09", 2);
	CASE("a setting attached",
	     w.fn[0].config = STRS(work_mem), "drift", "D09", 2);
	CASE("a setting with a dot in its value",
	     w.fn[0].config = STRS(dotted), "drift", "D09", 2);
	CASE("a definer as installed", w.row[0].spec.definer = w.fn[0].spec.definer = WF_YES;
	     rechain(&w); w.fn[0].config = STRS(path), "in_sync", "", 0);
	CASE("a definer whose search_path was changed",
	     w.row[0].spec.definer = w.fn[0].spec.definer = WF_YES; rechain(&w);
	     w.fn[0].config = STRS(loose_path), "drift", "D09", 2);
	CASE("memory raised", w.fn[0].spec.limits.max_memory_bytes = 67108864, "drift", "D11", 2);
	CASE("a limit taken away", w.fn[0].spec.limits.fuel_per_call = -1, "drift", "D11", 2);
	CASE("a limit set where none was", w.fn[0].spec.limits.stack_size_bytes = 1048576, "drift",
	     "D11", 2);
	CASE("a preopen added",
	     w.fn[0].spec.wasi = "{\"filesystem\":{\"preopen\":[{\"guest_path\":\"/\",\"host_path\":\"/etc\"}]}}",
	     "drift", "D12", 2);
	CASE("WASI without a path added", w.fn[0].spec.wasi = "{}", "drift", "D12", 2);
	CASE("another spelling of nothing", w.fn[0].spec.wasi = "{\"filesystem\":{\"preopen\":[]}}";
	     w.row[0].spec.wasi = "{}"; rechain(&w), "in_sync", "", 0);
	CASE("the entry in another spelling", w.want.spec.wasi = "{\"sockets\":{}}";
	     w.row[0].spec.wasi = w.fn[0].spec.wasi = "{}"; rechain(&w), "in_sync", "", 0);
	CASE("the entry asks for more", w.want.spec.limits.fuel_per_call = 2000, "pending", "D25", 3);
	CASE("the entry asks for another owner, live has it", w.want.spec.owner = "new";
	     w.fn[0].spec.owner = "new", "in_sync", "", 0);
	CASE("renamed", w.live.functions = &w.fn[1], "drift", "D04 D05", 2);
	CASE("another argument type", w.fn[0].spec.args = "integer", "foreign", "D04 D05", 2);
	CASE("an overload nobody declared", w.fn[1].spec.name = "f"; w.fn[1].spec.args = "integer";
	     w.live.nfunctions = 2; w.want.spec.args = "text", "foreign", "D05", 2);
}

static void
brownfield(void)
{
	CASE("definer, brownfield", w.live.nledger = 0; w.fn[0].spec.definer = WF_YES;
	     w.fn[0].config = STRS(path), "drift", "D09", 2);
	CASE("PUBLIC, brownfield, grants left out", w.live.nledger = 0;
	     w.fn[0].spec.grants = ((struct wf_strs){public_too, 2}), "in_sync", "", 0);
	CASE("PUBLIC, brownfield, grants in the entry", w.live.nledger = 0;
	     w.want.spec.grants_set = true; w.want.spec.grants = ((struct wf_strs){app_ro, 1});
	     w.fn[0].spec.grants = ((struct wf_strs){public_too, 2}), "drift", "D08", 2);
}

static void
target(void)
{
	CASE("allow_fs on", w.setting[0].value = "on", "in_sync", "D13", 2);
	CASE("allow_fs on for the database", w.setting[1] = w.setting[0]; w.live.nsettings = 2;
	     w.setting[1].value = "on"; w.setting[1].where = "database db", "in_sync", "D13", 2);
	CASE("allow_fs off in other words", w.setting[0].value = "off"; w.live.nsettings = 2;
	     w.setting[1] = ((struct wf_live_setting){"pg_wasm.allow_fs", "false", "role r", NULL}),
	     "in_sync", "", 0);
	CASE("a setting that is not shown", w.live.nsettings = 0, "in_sync", "D30", 4);
	CASE("expect rules over the ledger", w.expect_setting = ((struct wf_pair){"pg_wasm.allow_fs", "on"});
	     w.expect.expect_settings = &w.expect_setting; w.expect.nexpect_settings = 1;
	     w.in.expect = &w.expect, "in_sync", "D13", 2);
	CASE("expected memory in another unit", w.expect_setting = ((struct wf_pair){"pg_wasm.max_memory_bytes", "64MB"});
	     w.expect.expect_settings = &w.expect_setting; w.expect.nexpect_settings = 1;
	     w.in.expect = &w.expect; w.live.nsettings = 2;
	     w.setting[1] = ((struct wf_live_setting){"pg_wasm.max_memory_bytes", "67108864", "server", NULL}),
	     "in_sync", "", 0);
	CASE("extension version changed", w.live.engine_version = "0.4.3", "in_sync", "D15", 2);
	CASE("extension version as expect says", w.live.engine_version = "0.4.3";
	     w.expect.expect_version = "0.4.3"; w.in.expect = &w.expect, "in_sync", "", 0);
	CASE("CREATE granted to PUBLIC", w.live.nexcess = 1;
	     w.excess = ((struct wf_live_excess){"schema wasm", "PUBLIC", "CREATE"}), "in_sync",
	     "D17", 2);
}

static void
by_policy(struct world *w, const char *text)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(4096);
	struct wf_err e = {0};

	wf_buf_putf(&b, "apiVersion: wasmfn/v1\nkind: Policy\n%s\n", text);
	if (wf_policy_parse(wf_buf_str(&b), "p.yaml", &w->policy, &e) != WF_OK)
		tap_ok(false, e.msg, __FILE__, __LINE__);
	w->policies[0] = w->policy;
	w->in.npolicies = 1;
}

/* Recorded and live alike, and the entry silent: the row is no authority. */
static void
paths_and_addresses(void)
{
	static const char tmp[] = "{\"filesystem\":{\"preopen\":[{\"guest_path\":\"/\",\"host_path\":\"/tmp\",\"readonly\":true}]}}",
	                  etc[] = "{\"filesystem\":{\"preopen\":[{\"guest_path\":\"/\",\"host_path\":\"/etc\",\"readonly\":true}]}}",
	                  out[] = "{\"filesystem\":{\"preopen\":[{\"guest_path\":\"/\",\"host_path\":\"/tmp\",\"readonly\":false}]}}",
	                  tcp[] = "{\"sockets\":{\"allow_outbound_tcp\":[{\"host\":\"db\",\"port\":5432}]}}",
	                  odd[] = "{\"clocks\":{}}",
	                  rule[] = "capabilities: [{match: ['reg/**'], constraints: {paths: {allow: [{path: /tmp}]}, "
	                           "hosts: {allow: ['db:80']}}}]";

#define WASI(text) w.want.match = "reg/f"; w.fn[0].spec.wasi = w.row[0].spec.wasi = (text); rechain(&w); by_policy(&w, rule)
	CASE("a path that policy allows", WASI(tmp), "in_sync", "", 0);
	CASE("a path that it does not", WASI(etc), "drift", "D12", 2);
	CASE("a path to write to that it allows to read", WASI(out), "drift", "D12", 2);
	CASE("an address that it does not", WASI(tcp), "drift", "D12", 2);
	CASE("what it cannot decide", WASI(odd), "drift", "D12", 2);
	CASE("no rule for this reference", WASI(etc); w.want.match = "other/f", "in_sync", "", 0);
	CASE("the entry's own policy denies a path", WASI(etc); w.in.npolicies = 0;
	     w.want.policy = w.policy, "drift", "D12", 2);
#undef WASI
}

/* Today's policy, against what was installed under another one.  The entry
 * and the row say everything themselves, and that does not help them. */
static void
policy(void)
{
	CASE("a policy that allows it", by_policy(&w, "functions: {schemas: [wasm], owners: [app], grantees: [app_*], definer: deny}\n"
	     "limits: {max_memory_bytes: 1048576, fuel_per_call: 1000}"), "in_sync", "", 0);
	CASE("a limit lowered since", by_policy(&w, "limits: {fuel_per_call: 999}");
	     w.want.spec.limits.fuel_per_call = 1000, "drift", "D11", 2);
	CASE("a limit that is not set is the cluster's", by_policy(&w, "limits: {stack_size_bytes: 1}"),
	     "in_sync", "", 0);
	CASE("a limit raised by hand above policy: said once each",
	     by_policy(&w, "limits: {max_memory_bytes: 2097152}");
	     w.fn[0].spec.limits.max_memory_bytes = 67108864, "drift", "D11", 2);
	CASE("the schema", by_policy(&w, "functions: {schemas: [other]}"), "drift", "D17", 2);
	CASE("the owner", by_policy(&w, "functions: {owners: [other]}"), "drift", "D07", 2);
	CASE("a grantee", by_policy(&w, "functions: {grantees: [other]}"), "drift", "D08", 2);
	CASE("PUBLIC is no role that a pattern matches", by_policy(&w, "functions: {grantees: ['*']}");
	     w.row[0].spec.grants = w.fn[0].spec.grants = ((struct wf_strs){public_too, 2}); rechain(&w),
	     "drift", "D08", 2);
	CASE("a definer denied since", by_policy(&w, "functions: {definer: deny}");
	     w.row[0].spec.definer = w.fn[0].spec.definer = WF_YES; rechain(&w);
	     w.fn[0].config = STRS(path), "drift", "D09", 2);
	paths_and_addresses();
	CASE("brownfield", by_policy(&w, "functions: {owners: [other]}"); w.live.nledger = 0,
	     "drift", "D07", 2);
	CASE("pending stays pending", by_policy(&w, "limits: {fuel_per_call: 999}"); ENTRY_MOVES,
	     "pending", "D11 D25", 2);
	CASE("an orphan", by_policy(&w, "limits: {fuel_per_call: 999}"); w.in.nwants = 0,
	     "orphan", "D05 D11", 2);
	CASE("the entry's own policy", by_policy(&w, "limits: {fuel_per_call: 999}");
	     w.in.npolicies = 0; w.want.policy = w.policy, "drift", "D11", 2);
	CASE("the entry's own policy cannot be read", w.want.policy_error = "no such file",
	     "unknown", "D30", 4);
	CASE("nobody is judged by a policy that cannot be read", w.want.policy_error = "no such file";
	     w.verifies = false; w.in.recheck = true, "unknown", "D30", 4);
	CASE("nor where the entry is ahead", w.want.policy_error = "no such file";
	     w.verifies = false; ENTRY_MOVES; know(&w), "unknown", "D30", 4);
	CASE("others can write the entry's own policy", w.want.policy_error = "mode 0666";
	     w.want.policy_unsafe = true, "unknown", "D24", 78);
}

static void
naming(void)
{
	struct world w;

	start(&w);
	w.setting[0].value = "on";
	wf_compare(&w.in, &w.out);
	IS(w.out.findings.v[0].object, "setting pg_wasm.allow_fs (server)", "a setting is named");
	IS(wf_finding_severity_word(w.out.findings.v[0].severity), "critical", "D13 is critical");
	EQ(strlen(w.out.findings.v[0].fingerprint), 71, "a finding has a fingerprint");
	end(&w);
}

static void
fingerprints(void)
{
	struct wf_findings a = {.target = "t", .system_identifier = "7", .database = "d"};
	struct wf_findings b = {.target = "u", .system_identifier = "7", .database = "d"};

	(void)wf_finding_add(&a, WF_D01, WF_SEV_CRITICAL, "o", "e", "x");
	(void)wf_finding_add(&b, WF_D01, WF_SEV_CRITICAL, "o", "e", "y");
	IS(a.v[0].fingerprint, b.v[0].fingerprint, "what is observed does not change it");
	(void)wf_finding_add(&b, WF_D02, WF_SEV_CRITICAL, "o", "e", "x");
	OK(strcmp(a.v[0].fingerprint, b.v[1].fingerprint) != 0, "the id does");
	(void)wf_finding_add(&b, WF_D01, WF_SEV_CRITICAL, "oe", "", "x");
	OK(strcmp(a.v[0].fingerprint, b.v[2].fingerprint) != 0, "parts do not run together");
	wf_finding_free(&a);
	wf_finding_free(&b);
}

/* Asked before live is read, the rows are those that the comparison takes. */
static void
early_rows(void)
{
	static const struct {
		const char *name;
		const char *args;    /* of the entry */
		const char *args2;   /* of the second row; NULL: no second row */
		const char *action2;
		int want;            /* place of the row, -1 for none */
	} t[] = {
		{"one row", NULL, NULL, NULL, 0},
		{"the newer of two", NULL, "text", "replace", 1},
		{"the newest where the entry names no types", NULL, "integer", "create", 1},
		{"the one with the entry's types", "text", "integer", "create", 0},
		{"removed", NULL, "text", "remove", -1},
		{"other types", "bytea", NULL, NULL, -1},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(t); i++) {
		struct world w;
		struct wf_arena a = {NULL};
		const struct wf_ledger_row *row = NULL, *want;

		start(&w);
		w.want.spec.args = t[i].args;
		if (t[i].args2) {
			w.row[1] = w.row[0];
			w.row[1].action = t[i].action2;
			w.row[1].spec.args = t[i].args2;
			w.live.nledger = 2;
			rechain(&w);
		}
		wf_compare_rows(&w.want, 1, w.row, w.live.nledger, &a, &row);
		want = t[i].want < 0 ? NULL : &w.row[t[i].want];
		OK(row == want, t[i].name);
		wf_compare(&w.in, &w.out);
		OK(!want || w.out.v[0].row == want || (w.out.n > 1 && w.out.v[1].row == want),
		   "as the comparison has it");
		wf_arena_free(&a);
		end(&w);
	}
}

int
main(void)
{
	early_rows();
	table();
	learning();
	not_checked();
	each_field();
	brownfield();
	target();
	policy();
	naming();
	fingerprints();
	return tap_done();
}
