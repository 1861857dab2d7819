/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the pg_wasm adapter share: the catalog of pg_wasm 0.4 as
 * tests/engine/pg_wasm/README.md states it.  Only for src/engine/pg_wasm*.c.
 */
#ifndef WF_ENGINE_PG_WASM_H
#define WF_ENGINE_PG_WASM_H

#include "engine/adapter.h"

/* What the role may read here and which relations it would be. */
struct wf_pg_wasm_facts {
	const char *version, *schema;
	bool owner_superuser;
	const char *language;             /* OID as text, NULL: none */
	const char *module, *function_def; /* OIDs as text; NULL: no plain table of that name */
	bool read_module, read_def;
	bool settings_known;              /* the library's settings are in pg_settings */
};

/* Functions and their bytes. */
WF_MUST enum wf_rc wf_pg_wasm_functions(struct wf_engine *, struct wf_live *,
                                        const struct wf_pg_wasm_facts *,
                                        struct wf_err *err);
/* Settings, excess and oddities. */
WF_MUST enum wf_rc wf_pg_wasm_surroundings(struct wf_engine *, struct wf_live *,
                                           struct wf_err *err);

/* The engine's config document as limits, wasi, export.  Unknown or odd
 * values never become "as wanted". */
void wf_pg_wasm_config(struct wf_live *, const char *json, struct wf_spec *,
                       const char **odd);
/* wasi in one spelling (defaults filled in, empty lists left out); "null"
 * when it is absent.  Caller frees. */
char *wf_pg_wasm_wasi(const struct wf_json *);

WF_MUST enum wf_rc wf_pg_wasm_put(struct wf_engine *, struct wf_str module,
                                  const struct wf_spec *, bool replace,
                                  struct wf_err *err);
WF_MUST enum wf_rc wf_pg_wasm_alter_all(struct wf_engine *, const struct wf_engine_change *,
                                        size_t n, struct wf_err *err);
WF_MUST enum wf_rc wf_pg_wasm_remove(struct wf_engine *, const struct wf_spec *,
                                     struct wf_err *err);

#endif
