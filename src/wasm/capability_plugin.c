/* SPDX-License-Identifier: Apache-2.0
 *
 * Plugin ABIs and toolchains: Extism, proxy-wasm, OPA, WasmEdge plugins,
 * JavaScript glue, position-independent code.  Data.
 */
#include "base/cc.h"
#include "wasm/capability.h"

#define F(module, name, classes, says) {module, name, classes, says, WF_EXTERN_FUNC}
#define JS "expects a JavaScript host"
#define LINK "shares memory or tables with other modules"
#define MODELS "can run models on the host"

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

	/* WasmEdge plugins and others that reach the host */
	F("wasmedge_process", NULL, WF_CAPS(EXEC), "can start programs on the host"),
	F("wasm_bpf", NULL, WF_CAPS(EXEC), "can load code into the kernel"),
	F("wasm_bpf_v1", NULL, WF_CAPS(EXEC), "can load code into the kernel"),
	F("wasmedge_tensorflow", NULL, WF_CAPS(ML), MODELS),
	F("wasmedge_tensorflowlite", NULL, WF_CAPS(ML), MODELS),
	F("wasmedge_llmc", NULL, WF_CAPS(ML), MODELS),
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

	/* shared libraries (tool conventions, DynamicLinking) */
	{"env", "memory", WF_CAPS(DYNAMIC_LINKING), LINK, WF_EXTERN_MEMORY},
	{"env", "__indirect_function_table", WF_CAPS(DYNAMIC_LINKING), LINK, WF_EXTERN_TABLE},
	{"env", "__stack_pointer", WF_CAPS(DYNAMIC_LINKING), LINK, WF_EXTERN_GLOBAL},
	{"env", "__memory_base", WF_CAPS(DYNAMIC_LINKING), LINK, WF_EXTERN_GLOBAL},
	{"env", "__table_base", WF_CAPS(DYNAMIC_LINKING), LINK, WF_EXTERN_GLOBAL},
	{"GOT.mem", NULL, WF_CAPS(DYNAMIC_LINKING), LINK, WF_EXTERN_GLOBAL},
	{"GOT.func", NULL, WF_CAPS(DYNAMIC_LINKING), LINK, WF_EXTERN_GLOBAL},
};

const struct wf_cap_family wf_capability_plugin = {rows, WF_COUNT(rows)};
