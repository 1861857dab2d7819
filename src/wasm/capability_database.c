/* SPDX-License-Identifier: Apache-2.0
 *
 * What databases offer to core modules.  Data.
 */
#include "base/cc.h"
#include "wasm/capability.h"

#define F(module, name, classes, says) {module, name, classes, says, WF_EXTERN_FUNC}

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
};

const struct wf_cap_family wf_capability_database = {rows, WF_COUNT(rows)};
