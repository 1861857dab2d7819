/* SPDX-License-Identifier: Apache-2.0
 *
 * What an import lets a module do: (module, name) to capability classes and
 * one plain sentence.  Names are compared whole, never by substring.  An
 * import that no table knows is of class "unknown", which is never nothing.
 */
#ifndef WF_WASM_CAPABILITY_H
#define WF_WASM_CAPABILITY_H

#include "wasm/wasm.h"

/* X(NAME, "word", "what a module of this class can do") */
#define WF_CAPABILITIES_KNOWN(X) \
	X(BENIGN, "benign", "nothing outside its own call") \
	X(TYPES, "types", "name types of the host") \
	X(LOG, "log", "write to the host's log") \
	X(CLOCK, "clock", "read the time") \
	X(RANDOM, "random", "read random numbers") \
	X(POLL, "poll", "sleep and wait for events") \
	X(ARGS, "args", "read its command line") \
	X(ENV, "env", "read environment variables") \
	X(STDIO, "stdio", "use standard input and output") \
	X(CONFIG, "config", "read settings of the host") \
	X(SECRETS, "secrets", "read secrets of the host") \
	X(FILESYSTEM, "filesystem", "use the files and directories it is given") \
	X(NETWORK, "network", "use network sockets") \
	X(DNS, "dns", "resolve names") \
	X(TLS, "tls", "open TLS connections") \
	X(HTTP_CLIENT, "http-client", "send HTTP requests") \
	X(HTTP_SERVER, "http-server", "answer HTTP requests") \
	X(SQL, "sql", "run queries in the database") \
	X(KEYVALUE, "keyvalue", "read and write a key-value store") \
	X(BLOBSTORE, "blobstore", "read and write objects") \
	X(MESSAGING, "messaging", "send and receive messages") \
	X(CRYPTO, "crypto", "use keys and ciphers of the host") \
	X(ML, "ml", "run models on the host") \
	X(PROCESS, "process", "end or signal its own instance") \
	X(EXEC, "exec", "start programs or code on the host") \
	X(THREADS, "threads", "start threads") \
	X(DYNAMIC_LINKING, "dynamic-linking", "share memory or tables with other modules") \
	X(JS_HOST, "js-host", "call into a JavaScript host") \
	X(CODE_IMPORT, "code-import", "have other code linked in")

/* Unknown is never allowed as a class: only by name. */
#define WF_CAPABILITIES(X) \
	WF_CAPABILITIES_KNOWN(X) \
	X(UNKNOWN, "unknown", "something this version does not know")

enum wf_cap {
#define WF_CAP_ENUM(name, word, says) WF_CAP_##name,
	WF_CAPABILITIES(WF_CAP_ENUM)
#undef WF_CAP_ENUM
	WF_CAP_COUNT
};

#define WF_CAP_BIT(c) (UINT32_C(1) << (c))

/* NULL past the end. */
const char *wf_capability_word(enum wf_cap);
const char *wf_capability_says(enum wf_cap); /* "read the time" */
/* false: no such class. */
bool wf_capability_parse(struct wf_str word, enum wf_cap *out);

struct wf_capability {
	uint32_t classes; /* WF_CAP_BIT, never 0 */
	const char *says; /* "can open the files it is given" */
};

/* What each import is, in order; out has room for w->nimports.  Some depend
 * on the other imports: fd_write is standard output alone only where nothing
 * can open a file or a socket.  Of a component, the outermost imports: what
 * those inside get, they get from it. */
void wf_capability_list(const struct wf_wasm *, struct wf_capability *out);
/* Classes that no import shows: built-ins of the component model that start
 * or steer threads.  0: none. */
uint32_t wf_capability_builtins(const struct wf_wasm *);

/* One row of a family's table (capability_FAMILY.c). */
struct wf_cap_row {
	const char *module;
	const char *name; /* NULL: every name; a '*' at the end: every such name */
	uint32_t classes;
	const char *says;
	enum wf_extern kind; /* only this kind of import (func by default) */
	/* WF_EXTERN_INSTANCE: module is an interface of a component and name a
	 * function of it.  versions: the lines of compatible versions, "0.2 0.3",
	 * "1"; NULL: names without a version alone. */
	const char *versions;
};
struct wf_cap_family {
	const struct wf_cap_row *rows;
	size_t n;
};
/* Preview 0 and 1; 0.2 and 0.3; proposals beside them; databases; plugin ABIs. */
extern const struct wf_cap_family wf_capability_wasi, wf_capability_wasi2,
	wf_capability_proposals, wf_capability_database, wf_capability_plugin;
extern const struct wf_cap_family *const wf_capability_families[];
extern const size_t wf_capability_nfamilies;

#define WF_CAPS(a) WF_CAP_BIT(WF_CAP_##a)

#endif
