/* SPDX-License-Identifier: Apache-2.0
 *
 * Proposals beside WASI 0.2 and 0.3, for components.  Drafts: what is not
 * listed here stays unknown.  Data.
 */
#include "base/cc.h"
#include "wasm/capability.h"

#define I(iface, classes, says) \
	{iface, NULL, WF_CAPS(classes), says, WF_EXTERN_INSTANCE, "0.2 0.3"}
#define STORE "can read and write a key-value store"
#define OBJECTS "can read and write objects"
#define QUEUES "can send and receive messages"
#define MODELS "can run models on the host"
#define QUERIES "can run queries in a database"

static const struct wf_cap_row rows[] = {
	I("wasi:keyvalue/store", KEYVALUE, STORE),
	I("wasi:keyvalue/atomics", KEYVALUE, STORE),
	I("wasi:keyvalue/batch", KEYVALUE, STORE),
	I("wasi:keyvalue/watch", KEYVALUE, "can see changes of a key-value store"),
	I("wasi:keyvalue/watcher", KEYVALUE, "can see changes of a key-value store"),
	I("wasi:config/store", CONFIG, "can read settings of the host"),
	I("wasi:config/runtime", CONFIG, "can read settings of the host"),
	I("wasi:tls/types", TLS, "can open TLS connections"),
	I("wasi:tls/client", TLS, "can open TLS connections"),
	I("wasi:nn/tensor", ML, MODELS),
	I("wasi:nn/graph", ML, MODELS),
	I("wasi:nn/inference", ML, MODELS),
	I("wasi:nn/errors", ML, MODELS),
	I("wasi:blobstore/blobstore", BLOBSTORE, OBJECTS),
	I("wasi:blobstore/container", BLOBSTORE, OBJECTS),
	I("wasi:blobstore/types", BLOBSTORE, OBJECTS),
	I("wasi:messaging/producer", MESSAGING, QUEUES),
	I("wasi:messaging/consumer", MESSAGING, QUEUES),
	I("wasi:messaging/request-reply", MESSAGING, QUEUES),
	I("wasi:messaging/types", MESSAGING, QUEUES),
	I("wasi:messaging/messaging-types", MESSAGING, QUEUES),
	I("wasi:logging/logging", LOG, "can write to the host's log"),
	/* the interface had no version for long */
	{"wasi:logging/logging", NULL, WF_CAPS(LOG), "can write to the host's log",
	 WF_EXTERN_INSTANCE, NULL},
	I("wasi:otel/tracing", LOG, "can write traces"),
	I("wasi:otel/metrics", LOG, "can write metrics"),
	I("wasi:otel/logs", LOG, "can write to the host's log"),
	I("wasi:otel/types", LOG, "can write traces"),
	I("wasi:sql/readwrite", SQL, QUERIES),
	I("wasi:sql/types", SQL, QUERIES),
};

const struct wf_cap_family wf_capability_proposals = {rows, WF_COUNT(rows)};
