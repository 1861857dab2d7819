/* SPDX-License-Identifier: Apache-2.0
 *
 * A WebAssembly binary as a value: bytes in, everything a policy or a person
 * asks about out.  The whole file is decoded and every instruction walked, or
 * nothing is returned.  "Well-formed, not type-checked": the binary grammar,
 * the rules across sections and every index that a section other than code
 * holds are checked; what instructions name and take is left to the engine.
 * A component is decoded with everything that is nested in it.
 *
 * Spec: WebAssembly 3.0 chapter 5 (binary format), plus threads,
 * custom-page-sizes and other proposals whose encoding is settled; each is
 * reported in features.
 */
#ifndef WF_WASM_WASM_H
#define WF_WASM_WASM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "wasm/extern_name.h"
#include "wasm/feature.h"

enum wf_wasm_kind {
	WF_WASM_NONE = 0,
	WF_WASM_CORE,
	WF_WASM_COMPONENT,
	WF_WASM_WIT_PACKAGE, /* a component that only declares types: nothing to run */
};
const char *wf_wasm_kind_word(enum wf_wasm_kind); /* "core", "component", "wit-package" */

/* The value of each is its byte in the binary; the last three exist only at
 * the surface of a component. */
enum wf_extern {
	WF_EXTERN_FUNC = 0,
	WF_EXTERN_TABLE,
	WF_EXTERN_MEMORY,
	WF_EXTERN_GLOBAL,
	WF_EXTERN_TAG,
	WF_EXTERN_COUNT,
	WF_EXTERN_MODULE = WF_EXTERN_COUNT, /* core module */
	WF_EXTERN_VALUE,
	WF_EXTERN_TYPE,
	WF_EXTERN_COMPONENT,
	WF_EXTERN_INSTANCE,
};
const char *wf_wasm_extern_word(enum wf_extern); /* "func", "table", … */

/* code: 0x7f i32, 0x7e i64, 0x7d f32, 0x7c f64, 0x7b v128, 0x78 i8, 0x77 i16
 * (fields only), 0x64 (ref heap), 0x63 (ref null heap). */
struct wf_wasm_valtype {
	uint8_t code;
	bool shared, exact;
	int32_t heap; /* >= 0: type index; < 0: minus the byte of an abstract type */
};

struct wf_wasm_limits {
	uint64_t min, max;
	bool has_max, shared, is64;
	uint8_t page_log2; /* memories: 16 unless custom */
};

struct wf_wasm_table {
	struct wf_wasm_valtype elem;
	struct wf_wasm_limits limits;
};

struct wf_wasm_global {
	struct wf_wasm_valtype type;
	bool mutable_;
};

/* One type index.  form is 0x60 func, 0x5f struct, 0x5e array, 0x5d cont.
 * Parameters and results stay in the bytes: wf_wasm_params reads them. */
struct wf_wasm_type {
	uint8_t form;
	uint32_t params_at, results_at; /* offsets of the first entry */
	uint16_t nparams, nresults;
};

struct wf_wasm_import {
	struct wf_str module, name; /* UTF-8, may hold any character, NUL too */
	enum wf_extern kind;
	uint32_t index; /* in the index space of its kind */
	size_t offset;
};

struct wf_wasm_export {
	struct wf_str name;
	enum wf_extern kind;
	uint32_t index;
	size_t offset;
};

/* What the name of a component's import says, and for an instance which
 * functions of it are asked for (tools leave out those that nobody calls). */
struct wf_wasm_iface {
	struct wf_extern_name name;
	struct wf_str implements, suffix, external_id; /* p NULL: not given */
	struct wf_extern_name of; /* what decides: implements where given, else the name */
	uint32_t first_func, nfuncs; /* in iface_funcs */
	bool only_types; /* no function can be reached through it */
	bool opaque;     /* there may be more than the functions listed */
};

struct wf_wasm_custom {
	struct wf_str name;
	size_t offset, size; /* of the contents, after the name */
};

struct wf_wasm_producer {
	struct wf_str field, name, version; /* "language", "Rust", "1.80" */
};

struct wf_wasm {
	enum wf_wasm_kind kind;
	const uint8_t *bytes; /* the caller's copy of the file; outlives this value */
	size_t offset, size;  /* of this module in it; offset 0 for the outermost */
	unsigned depth;       /* how many components are around it */
	bool shallow;         /* bodies were counted and not walked */
	uint64_t features; /* WF_FEATURE_BIT */

	struct wf_wasm_type *types;
	size_t ntypes;
	struct wf_wasm_import *imports;
	size_t nimports;
	struct wf_wasm_export *exports;
	size_t nexports;

	/* Index spaces: the imported ones come first. */
	uint32_t *funcs; /* type indices */
	size_t nfuncs, nimported_funcs;
	struct wf_wasm_table *tables;
	size_t ntables, nimported_tables;
	struct wf_wasm_limits *memories;
	size_t nmemories, nimported_memories;
	struct wf_wasm_global *globals;
	size_t nglobals, nimported_globals;
	uint32_t *tags; /* type indices */
	size_t ntags, nimported_tags;

	bool has_start; /* code runs at instantiation */
	uint32_t start;

	uint32_t nelems, nelems_active;
	uint32_t ndatas, ndatas_active;
	uint32_t ncode;
	uint64_t code_bytes, data_bytes;
	bool grows_memory; /* some function has memory.grow */

	/* Components alone.  features are those of everything inside too. */
	struct wf_wasm_iface *ifaces; /* one for each import */
	struct wf_str *iface_funcs;
	size_t niface_funcs;
	struct wf_wasm **nested; /* modules and components inside, in file order;
	                          * only the outermost value has them all */
	size_t nnested;
	struct wf_surface *surface; /* private: where types come from; outermost value */
	bool canon_threads;      /* asks for built-ins that start or steer threads */

	struct wf_wasm_custom *customs;
	size_t ncustoms;
	struct wf_wasm_producer *producers;
	size_t nproducers;
};

/* Decodes bytes (kept, not copied: see struct wf_wasm).  name is for
 * messages.  WF_R_MALFORMED with the absolute offset; WF_R_LIMIT past a
 * ceiling of wasm/limits.h.  Caller frees *out. */
WF_MUST enum wf_rc wf_wasm_decode(struct wf_str bytes, const char *name,
                                  struct wf_wasm **out, struct wf_err *err);
/* The same without looking at instructions: what only they show is missing
 * from features, and a body may be malformed.  For looking, never for judging. */
WF_MUST enum wf_rc wf_wasm_decode_shallow(struct wf_str bytes, const char *name,
                                          struct wf_wasm **out, struct wf_err *err);
void wf_wasm_free(struct wf_wasm *); /* NULL is fine */
void wf_wasm_freep(struct wf_wasm **);

/* Parameters and results of a function type: writes at most cap entries to
 * out, returns how many there are (0 for a type that is no function). */
size_t wf_wasm_params(const struct wf_wasm *, uint32_t type,
                      struct wf_wasm_valtype *out, size_t cap);
size_t wf_wasm_results(const struct wf_wasm *, uint32_t type,
                       struct wf_wasm_valtype *out, size_t cap);

/* Text of one type: "i32", "funcref", "(ref null 3)". */
void wf_wasm_valtype_text(struct wf_buf *, struct wf_wasm_valtype);
/* Text of what an index of a kind is: "(i32, i32) -> i32", "1..256 pages",
 * "mut i32", "funcref 1..10"; of what a component imports or exports
 * "func(a: string) -> result<u8, error>", "instance {now: func() -> u64}",
 * "resource".  Names stand for types that have one.  A type that is too deep
 * or too long ends with an ellipsis; nothing: not known.  out's max is at least
 * WF_WASM_MAX_TYPE_TEXT. */
void wf_wasm_extern_text(struct wf_buf *out, const struct wf_wasm *,
                         enum wf_extern kind, uint32_t index);

/* What an instance that a component imports or exports has in it, in order.
 * *out is freed by the caller.  False: not known, or no instance. */
struct wf_wasm_member {
	struct wf_str name;
	uint32_t scope, sort, index; /* private */
};
bool wf_wasm_members(const struct wf_wasm *, enum wf_extern kind, uint32_t index,
                     struct wf_wasm_member **out, size_t *n);
void wf_wasm_member_text(struct wf_buf *out, const struct wf_wasm *,
                         const struct wf_wasm_member *);
/* The text stops short, with this: it cannot be compared. */
#define WF_WASM_CUT "\xe2\x80\xa6"  /* an ellipsis */
bool wf_wasm_text_is_cut(struct wf_str);

/* How a host is meant to begin: "command" (_start, wasi:cli/run), "server"
 * (an HTTP handler is exported), "reactor" (_initialize, or a component with
 * exports), "none". */
const char *wf_wasm_entry_word(const struct wf_wasm *);

/* Imports of one (module, name) that is a function, without C strings: true
 * when the module has it. */
bool wf_wasm_has_import(const struct wf_wasm *, const char *module,
                        const char *name);

#endif
