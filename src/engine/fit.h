/* SPDX-License-Identifier: Apache-2.0
 *
 * Can an engine run a module at all?  Answered from a description of the
 * engine and the decoded module, before anything is connected to.  What the
 * description cannot decide is said to be unknown, never to fit.
 */
#ifndef WF_ENGINE_FIT_H
#define WF_ENGINE_FIT_H

#include "base/mem.h"
#include "wasm/wasm.h"

/* How SQL values travel, which is what the export's type must be. */
enum wf_fit_abi {
	WF_FIT_ABI_NONE = 0,   /* not compared */
	WF_FIT_ABI_POINTERS,   /* pg_wasm: numbers as they are, the rest as pointer and length */
	WF_FIT_ABI_TWO_I32,    /* pgwasm, core modules: at most two i32, one i32 back */
	WF_FIT_ABI_ROW_BUFFER, /* ClickHouse: numbers row by row, or a buffer of rows */
};

struct wf_fit_import {
	const char *module; /* "" for a component's import, whose name is package and interface */
	const char *name;   /* without version; one '*' at the end: what begins like it */
	const char *version; /* components: begins like this ("0.2."); NULL: none is written */
	bool wasi;          /* only where the function is granted WASI */
};

/* An export that the host calls; type in letters i I f F, "params:results". */
struct wf_fit_export {
	const char *name, *type; /* name may end in '*' */
	bool component;          /* of components; else of core modules */
};

/* One engine; data, in fit_engines.c. */
struct wf_fit_engine {
	const char *name;
	bool core, component;
	enum wf_fit_abi abi;
	const struct wf_fit_import *imports;
	size_t nimports;
	const struct wf_fit_export *exports; /* all of them must be there */
	size_t nexports;
	uint64_t refused;      /* features it does not run, WF_FEATURE_BIT */
	uint64_t max_size;     /* bytes as the engine is delivered; 0: none known */
	const char *max_size_setting; /* what moves it; NULL: fixed */
	size_t max_imports, max_exports; /* 0: none known */
	size_t max_name;       /* bytes of a function's name */
	bool keeps_only;       /* somebody else's code loads what it keeps */
	bool word_name;        /* letters, digits and underscores alone */
	bool name_and_export;  /* max_name bounds name, two bytes and export together */
};

const struct wf_fit_engine *wf_fit_at(size_t i);               /* NULL at the end */
const struct wf_fit_engine *wf_fit_find(const char *name);     /* NULL: none known */

enum wf_fit_verdict { WF_FIT_NO = 0, WF_FIT_UNKNOWN, WF_FIT_YES };
const char *wf_fit_word(enum wf_fit_verdict); /* "unfit", "unknown", "fits" */

enum wf_fit_wasi { WF_FIT_WASI_UNSAID = 0, WF_FIT_WASI_GRANTED, WF_FIT_WASI_LEDGER };

/* What is to be installed; everything borrowed, everything but wasm may be
 * unset. */
struct wf_fit_subject {
	const struct wf_wasm *wasm;
	const char *name;        /* of the function */
	const char *export_name;
	const char *const *args; /* SQL types as somebody wrote them */
	size_t nargs;
	bool args_set;
	const char *returns;
	enum wf_fit_wasi wasi;   /* LEDGER: an entry that does not say; the ledger may */
};

struct wf_fit_point {
	enum wf_fit_verdict verdict;
	const char *what;      /* "kind", "import", "export", "type", "feature", "size", "name" */
	struct wf_str subject; /* bytes from outside */
	const char *says;      /* our own words, one line */
};

/* Zero: fits not. */
struct wf_fit {
	enum wf_fit_verdict verdict; /* the worst of all points */
	struct wf_fit_point *v;      /* in the order of the checks */
	size_t n, cap;
	struct wf_arena arena;
};
#define WF_FIT_INIT {.verdict = WF_FIT_NO}

void wf_fit(const struct wf_fit_engine *, const struct wf_fit_subject *, struct wf_fit *out);
void wf_fit_free(struct wf_fit *); /* NULL is fine */
/* The first point that does not fit, NULL when there is none. */
const struct wf_fit_point *wf_fit_first(const struct wf_fit *, enum wf_fit_verdict);

/* 'i', 'I', 'f', 'F' for a type that is one WASM value, 'p' for one that is
 * pointer and length, 'v' for void, 0 for a name that is not known here. */
char wf_fit_sql_type(const char *sql);

#endif
