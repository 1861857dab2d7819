/* SPDX-License-Identifier: Apache-2.0
 *
 * What databases offer to modules and components.  Data.
 */
#include "base/cc.h"
#include "wasm/capability.h"

#define F(module, name, classes, says) {module, name, classes, says, WF_EXTERN_FUNC, NULL}

#define I(iface, name, classes, says, versions) \
	{iface, name, WF_CAPS(classes), says, WF_EXTERN_INSTANCE, versions}
#define SUPABASE(iface, name, classes, says) \
	I("supabase:wrappers/" iface, name, classes, says, "0.1 0.2")
#define SURREAL(name, classes, says) I("surrealism:plugin/host", name, classes, says, NULL)
#define REQUESTS "can send HTTP requests"
#define STORE "can read and write the database's key-value store"

static const struct wf_cap_row rows[] = {
	/* pg_wasm, the import form of its ABI */
	F("pg_wasm", "arg_len", WF_CAPS(BENIGN), "can read its arguments"),
	F("pg_wasm", "arg_read", WF_CAPS(BENIGN), "can read its arguments"),
	F("pg_wasm", "ret", WF_CAPS(BENIGN), "can return a value"),
	F("pg_wasm", "raise", WF_CAPS(BENIGN), "can end its call with an error"),
	F("pg_wasm", "log", WF_CAPS(LOG), "can write to the server log"),

	/* ClickHouse */
	F("env", "clickhouse_server_version", WF_CAPS(BENIGN), "can read the server's version"),
	F("env", "clickhouse_throw", WF_CAPS(BENIGN), "can end its call with an error"),
	F("env", "clickhouse_terminate", WF_CAPS(BENIGN), "can end its call with an error"),
	F("env", "clickhouse_log", WF_CAPS(LOG), "can write to the server log"),
	F("env", "clickhouse_random", WF_CAPS(RANDOM), "can read random numbers"),

	/* pg_wasm as components; the server asks queries read-only */
	I("pgwasm:host/log", NULL, LOG, "can write to the server log", "0.1"),
	I("pgwasm:host/query", NULL, SQL, "can run queries in the database", "0.1"),

	/* Supabase Wrappers; what parses and formats is pure */
	SUPABASE("http", NULL, HTTP_CLIENT, REQUESTS),
	SUPABASE("jwt", NULL, CRYPTO, "can sign tokens"),
	SUPABASE("stats", NULL, LOG, "can write statistics of the server"),
	SUPABASE("time", "epoch-secs", CLOCK, "can read the time"),
	SUPABASE("time", "sleep", POLL, "can sleep"),
	SUPABASE("time", NULL, BENIGN, "can work with times it has"),
	SUPABASE("types", NULL, BENIGN, "can read what it is called with"),
	SUPABASE("utils", "get-vault-secret", SECRETS, "can read secrets of the server"),
	SUPABASE("utils", "get-vault-secret-by-name", SECRETS, "can read secrets of the server"),
	SUPABASE("utils", "query-setting", CONFIG, "can read settings of the server"),
	SUPABASE("utils", "report-*", LOG, "can write to the server log"),
	SUPABASE("utils", "cell-to-string", BENIGN, "can work with values it has"),

	/* SurrealDB: the interface has no version */
	SURREAL("sql", SQL, "can run any query in the database"),
	SURREAL("run", EXEC, "can call functions of the database"),
	SURREAL("kv-*", KEYVALUE, STORE),
};

const struct wf_cap_family wf_capability_database = {rows, WF_COUNT(rows)};
