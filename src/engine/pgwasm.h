/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the pgwasm adapter share: pgwasm 0.1.0, whose catalog is
 * transactional and whose files are not.  Only for src/engine/pgwasm*.c.
 */
#ifndef WF_ENGINE_PGWASM_H
#define WF_ENGINE_PGWASM_H

#include "engine/adapter.h"

#define WF_PGWASM_PAGE 65536

struct wf_pgwasm_facts {
	const char *version;
	bool tables;  /* plain tables of the extension that the role may read */
	bool files;   /* the role may look at files of the data directory */
	bool library; /* pgwasm_functions() is the library's own and may be called */
};

WF_MUST enum wf_rc wf_pgwasm_modules(struct wf_engine *, struct wf_live *,
                                     const struct wf_pgwasm_facts *, struct wf_err *err);
/* Every other database of the cluster: directories are keyed by module id
 * alone.  *second: one that has pgwasm too; *unknown: one that could not be
 * asked, with why; both NULL where there is none.  Looked at once a session;
 * owned by the engine. */
WF_MUST enum wf_rc wf_pgwasm_cluster(struct wf_engine *, const char **second,
                                     const char **unknown, struct wf_err *err);
/* The settings exist only once the library is loaded. */
WF_MUST enum wf_rc wf_pgwasm_load_library(struct wf_engine *, struct wf_err *err);

WF_MUST enum wf_rc wf_pgwasm_put(struct wf_engine *, struct wf_str module,
                                 const struct wf_spec *, bool replace, struct wf_err *err);
WF_MUST enum wf_rc wf_pgwasm_alter(struct wf_engine *, const struct wf_spec *want,
                                   struct wf_err *err);
WF_MUST enum wf_rc wf_pgwasm_remove(struct wf_engine *, const struct wf_spec *,
                                    struct wf_err *err);
WF_MUST enum wf_rc wf_pgwasm_revoke_all(struct wf_engine *, const struct wf_spec *,
                                        struct wf_err *err);
WF_MUST enum wf_rc wf_pgwasm_restore_owner(struct wf_engine *, const struct wf_spec *,
                                           struct wf_err *err);
WF_MUST enum wf_rc wf_pgwasm_settled(struct wf_engine *, struct wf_err *err);

/* <16 hex digits> of module id `id`, below the data directory */
#define WF_PGWASM_DIR(id) \
	"'pgwasm/'" WF_CAT "pg_catalog.lpad(pg_catalog.to_hex(" id "::pg_catalog.int8), 16, '0')" \
	WF_CAT "'/'"
/* A file's SHA-256, NULL where it is not there; larger than any module: NULL. */
#define WF_PGWASM_FILE(dir, name) \
	"(SELECT pg_catalog.pg_read_binary_file(" dir WF_CAT "'" name "', 0, f.size, true) FROM " \
	"(SELECT (pg_catalog.pg_stat_file(" dir WF_CAT "'" name "', true)).size) f(size) " \
	"WHERE f.size OPERATOR(pg_catalog.<=) 536870912)"

#endif
