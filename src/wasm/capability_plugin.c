/* SPDX-License-Identifier: Apache-2.0
 *
 * Plugin ABIs and toolchains: Extism, proxy-wasm, OPA, WasmEdge plugins,
 * JavaScript glue, position-independent code.  Data.
 */
#include "base/cc.h"
#include "wasm/capability.h"

#define F(module, name, classes, says) {module, name, classes, says, WF_EXTERN_FUNC, NULL}
#define JS "expects a JavaScript host"
#define LINK "shares memory or tables with other modules"
#define MODELS "can run models on the host"

#define I(iface, classes, says, versions) \
	{iface, NULL, WF_CAPS(classes), says, WF_EXTERN_INSTANCE, versions}
#define SPIN2(iface, classes, says) I("fermyon:spin/" iface, classes, says, "2")
#define STORE "can read and write a key-value store"
#define QUERIES "can run queries in a database"

static const struct wf_cap_row rows[] = {
	/* Extism */
	F("extism:host/env", "http_request", WF_CAPS(HTTP_CLIENT), "can send HTTP requests"),
	F("extism:host/env", "http_status_code", WF_CAPS(HTTP_CLIENT), "can send HTTP requests"),
	F("extism:host/env", "http_headers", WF_CAPS(HTTP_CLIENT), "can send HTTP requests"),
	F("extism:host/env", "config_get", WF_CAPS(CONFIG), "can read its settings"),
	F("extism:host/env", "var_*", WF_CAPS(KEYVALUE), "can keep values between calls"),
	F("extism:host/env", "log_*", WF_CAPS(LOG), "can write to the host's log"),
	F("extism:host/env", "get_log_level", WF_CAPS(LOG), "can write to the host's log"),
	F("extism:host/env", "input_*", WF_CAPS(BENIGN), "can read its input"),
	F("extism:host/env", "output_set", WF_CAPS(BENIGN), "can return a value"),
	F("extism:host/env", "error_set", WF_CAPS(BENIGN), "can end its call with an error"),
	F("extism:host/env", "alloc", WF_CAPS(BENIGN), "can use memory of its plugin"),
	F("extism:host/env", "free", WF_CAPS(BENIGN), "can use memory of its plugin"),
	F("extism:host/env", "length", WF_CAPS(BENIGN), "can use memory of its plugin"),
	F("extism:host/env", "length_unsafe", WF_CAPS(BENIGN), "can use memory of its plugin"),
	F("extism:host/env", "load_u8", WF_CAPS(BENIGN), "can use memory of its plugin"),
	F("extism:host/env", "load_u64", WF_CAPS(BENIGN), "can use memory of its plugin"),
	F("extism:host/env", "store_u8", WF_CAPS(BENIGN), "can use memory of its plugin"),
	F("extism:host/env", "store_u64", WF_CAPS(BENIGN), "can use memory of its plugin"),

	/* proxy-wasm */
	F("env", "proxy_http_call", WF_CAPS(HTTP_CLIENT), "can send HTTP requests"),
	F("env", "proxy_grpc_call", WF_CAPS(HTTP_CLIENT), "can send gRPC requests"),
	F("env", "proxy_grpc_stream", WF_CAPS(HTTP_CLIENT), "can send gRPC requests"),
	F("env", "proxy_get_shared_data", WF_CAPS(KEYVALUE), "can read shared data"),
	F("env", "proxy_set_shared_data", WF_CAPS(KEYVALUE), "can write shared data"),
	F("env", "proxy_log", WF_CAPS(LOG), "can write to the host's log"),
	F("env", "proxy_get_current_time_nanoseconds", WF_CAPS(CLOCK), "can read the time"),

	/* Open Policy Agent */
	F("env", "opa_abort", WF_CAPS(PROCESS), "can end its own instance"),
	F("env", "opa_println", WF_CAPS(LOG), "can write to the host's log"),

	/* waPC: __host_call is one door to everything, so it stays unknown */
	F("wapc", "__guest_request", WF_CAPS(BENIGN), "can read its input"),
	F("wapc", "__guest_response", WF_CAPS(BENIGN), "can return a value"),
	F("wapc", "__guest_error", WF_CAPS(BENIGN), "can end its call with an error"),
	F("wapc", "__console_log", WF_CAPS(LOG), "can write to the host's log"),

	/* WasmEdge plugins and others that reach the host */
	F("wasmedge_process", NULL, WF_CAPS(EXEC), "can start programs on the host"),
	F("wasm_bpf", NULL, WF_CAPS(EXEC), "can load code into the kernel"),
	F("wasm_bpf_v1", NULL, WF_CAPS(EXEC), "can load code into the kernel"),
	F("wasmedge_tensorflow", NULL, WF_CAPS(ML), MODELS),
	F("wasmedge_tensorflowlite", NULL, WF_CAPS(ML), MODELS),
	F("wasmedge_llmc", NULL, WF_CAPS(ML), MODELS),
	F("wasmedge_image", NULL, WF_CAPS(ML), "can decode images on the host"),
	F("wasmedge_ocr", NULL, WF_CAPS(ML), MODELS),
	F("wasmedge_opencvmini", NULL, WF_CAPS(ML), "can decode images on the host"),
	F("wasmedge_zlib", NULL, WF_CAPS(BENIGN), "can compress values it has"),
	F("wasmedge_ffmpeg", NULL, WF_CAPS(FILESYSTEM) | WF_CAPS(NETWORK),
	  "can use files and the network of the host"),
	F("wasmedge_stablediffusion", NULL, WF_CAPS(ML), MODELS),
	F("wasix_32v1", NULL, WF_CAPS(EXEC) | WF_CAPS(NETWORK) | WF_CAPS(THREADS) | WF_CAPS(FILESYSTEM),
	  "can start programs, use the network, files and threads"),
	F("wasix_64v1", NULL, WF_CAPS(EXEC) | WF_CAPS(NETWORK) | WF_CAPS(THREADS) | WF_CAPS(FILESYSTEM),
	  "can start programs, use the network, files and threads"),

	/* JavaScript: builtins are pure, glue is not */
	F("wasm:js-string", NULL, WF_CAPS(BENIGN), "can work with strings of the host"),
	F("wasm:text-encoder", NULL, WF_CAPS(BENIGN), "can work with strings of the host"),
	F("wbg", NULL, WF_CAPS(JS_HOST), JS),
	F("__wbindgen_placeholder__", NULL, WF_CAPS(JS_HOST), JS),
	F("__wbindgen_externref_xform__", NULL, WF_CAPS(JS_HOST), JS),
	F("go", NULL, WF_CAPS(JS_HOST), JS),
	F("gojs", NULL, WF_CAPS(JS_HOST), JS),

	/* Spin, wasmCloud */
	SPIN2("http", HTTP_CLIENT, "can send HTTP requests"),
	SPIN2("key-value", KEYVALUE, STORE),
	SPIN2("sqlite", SQL, QUERIES),
	SPIN2("rdbms-types", TYPES, "can name types of the host"),
	SPIN2("postgres", SQL, QUERIES),
	SPIN2("mysql", SQL, QUERIES),
	SPIN2("redis", KEYVALUE, STORE),
	SPIN2("mqtt", MESSAGING, "can send messages"),
	SPIN2("variables", CONFIG, "can read settings and secrets of the host"),
	SPIN2("llm", ML, MODELS),
	I("spin:key-value/key-value", KEYVALUE, STORE, "3"),
	I("spin:sqlite/sqlite", SQL, QUERIES, "3"),
	I("spin:postgres/postgres", SQL, QUERIES, "3 4"),
	I("spin:mysql/mysql", SQL, QUERIES, "3"),
	I("spin:redis/redis", KEYVALUE, STORE, "3"),
	I("spin:mqtt/mqtt", MESSAGING, "can send messages", "3"),
	I("spin:variables/variables", CONFIG, "can read settings and secrets of the host", "3"),
	I("spin:llm/llm", ML, MODELS, "3"),
	I("wasmcloud:bus/lattice", MESSAGING, "can choose which providers it is linked to", "0.1 1 2"),
	I("wasmcloud:secrets/store", SECRETS, "can read secrets of the host", "0.1 1"),
	I("wasmcloud:secrets/reveal", SECRETS, "can read secrets of the host", "0.1 1"),
	I("wasmcloud:messaging/consumer", MESSAGING, "can send and receive messages", "0.2 0.3"),
	I("wasmcloud:messaging/types", MESSAGING, "can send and receive messages", "0.2 0.3"),
	I("wasmcloud:postgres/query", SQL, QUERIES, "0.1"),
	I("wasmcloud:postgres/prepared", SQL, QUERIES, "0.1"),
	I("wasmcloud:postgres/types", SQL, QUERIES, "0.1"),

	/* shared libraries (tool conventions, DynamicLinking) */
	{"env", "memory", WF_CAPS(DYNAMIC_LINKING), LINK, WF_EXTERN_MEMORY, NULL},
	{"env", "__indirect_function_table", WF_CAPS(DYNAMIC_LINKING), LINK, WF_EXTERN_TABLE, NULL},
	{"env", "__stack_pointer", WF_CAPS(DYNAMIC_LINKING), LINK, WF_EXTERN_GLOBAL, NULL},
	{"env", "__memory_base", WF_CAPS(DYNAMIC_LINKING), LINK, WF_EXTERN_GLOBAL, NULL},
	{"env", "__table_base", WF_CAPS(DYNAMIC_LINKING), LINK, WF_EXTERN_GLOBAL, NULL},
	{"GOT.mem", NULL, WF_CAPS(DYNAMIC_LINKING), LINK, WF_EXTERN_GLOBAL, NULL},
	{"GOT.func", NULL, WF_CAPS(DYNAMIC_LINKING), LINK, WF_EXTERN_GLOBAL, NULL},
};

const struct wf_cap_family wf_capability_plugin = {rows, WF_COUNT(rows)};
