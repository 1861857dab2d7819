/* SPDX-License-Identifier: Apache-2.0
 *
 * What an adapter file fills, and what adapters share.  Only for
 * src/engine/: everybody else sees engine/engine.h.
 */
#ifndef WF_ENGINE_ADAPTER_H
#define WF_ENGINE_ADAPTER_H

#include "dep/pg.h"
#include "engine/engine.h"

struct wf_engine_ops {
	struct wf_engine_about about;
	/* WF_SPEC_* that the engine has a place for; a wish for another is refused */
	unsigned keeps;
	unsigned limits; /* bit i: keeps limit i of plan/spec.h */
	bool born_private;
	/* A boolean expression over catalogs: whether the database may carry the
	 * engine.  NULL: nothing shows that, it has to be named. */
	const char *signs;
	/* Does this database carry the engine?  Reads catalogs only; asked when it
	 * is named or there are signs of it.  parameter: what stands after the
	 * colon of its name, NULL: nothing, or not named. */
	WF_MUST enum wf_rc (*probe)(struct wf_pg *, const char *parameter, bool *present,
	                            struct wf_err *err);
	/* Functions, settings, excess, oddities and engine_version, inside the
	 * transaction that is open. */
	WF_MUST enum wf_rc (*snapshot)(struct wf_engine *, struct wf_live *,
	                               struct wf_err *err);
	/* put may leave its statement in the queue of the connection; then
	 * alter_all takes the place of alter */
	WF_MUST enum wf_rc (*put)(struct wf_engine *, struct wf_str module,
	                          const struct wf_spec *, bool replace,
	                          struct wf_err *err);
	WF_MUST enum wf_rc (*alter)(struct wf_engine *, const struct wf_spec *want,
	                            struct wf_err *err);
	WF_MUST enum wf_rc (*alter_all)(struct wf_engine *, const struct wf_engine_change *,
	                                size_t n, struct wf_err *err);
	WF_MUST enum wf_rc (*remove)(struct wf_engine *, const struct wf_spec *,
	                             struct wf_err *err);
	/* EXECUTE from everybody and back to the owner, where a function is more
	 * than the one entry of pg_proc that its OID names; NULL: it is that. */
	WF_MUST enum wf_rc (*revoke_all)(struct wf_engine *, const struct wf_spec *,
	                                 struct wf_err *err);
	WF_MUST enum wf_rc (*restore_owner)(struct wf_engine *, const struct wf_spec *,
	                                    struct wf_err *err);
	/* After a COMMIT that changed something, or NULL: what only shows then. */
	WF_MUST enum wf_rc (*settled)(struct wf_engine *, struct wf_err *err);
};

/* One line an adapter; src/engine/engine.c has the array. */
extern const struct wf_engine_ops wf_pg_wasm_ops;
extern const struct wf_engine_ops wf_pgwasm_ops;
extern const struct wf_engine_ops wf_supabase_ops;
extern const struct wf_engine_ops wf_table_ops;
extern const struct wf_engine_ops wf_wasmer_ops;

struct wf_engine {
	const struct wf_engine_ops *ops;
	const char *parameter; /* NULL: none */
	struct wf_engine_target target;
	struct wf_pg *pg;
	char application_name[64];
	bool in_tx;       /* between begin and commit */
	bool reporting;   /* a read-only transaction is open */
	bool locked;      /* the session holds the lock, between transactions too */
	unsigned touched; /* modules changed since begin, for an adapter that counts */
	/* pgwasm: what the cluster's other databases said, asked once */
	bool cluster_known;
	char *second, *unasked;
	char **touched_names; /* supabase: servers to probe after COMMIT */
	size_t ntouched_names;
	bool changed;     /* put, alter or remove since begin */
	/* what a snapshot still has to do, in any case, and does best while the
	 * server is busy: NULL, or done */
	struct wf_pg_rows *ledger_rows;
	const struct wf_engine_meanwhile *meanwhile;
	/* what the session said of itself */
	char *database, *role, *session_role, *system_identifier;
	bool standby;
	bool pooled;  /* a transaction pooler may be in between */
	bool waited;  /* the lock's time was used up waiting */
	bool unsure;  /* whether COMMIT was done is not known */
	bool committed; /* what began last was; whatever failed afterwards */
	char *database_oid, *timeline, *lsn, *xid; /* when the session began; NULL: not known */
	/* the ledger's head inside the transaction, read once */
	bool head_known;
	int64_t head_seq;
	struct wf_digest head_hash;
	char head_time[32];
	int64_t tx_xid; /* of the transaction that adds rows */
};

/* Every operator by its own name: no schema of somebody else decides what
 * `=` means, whatever search_path is. */
#define WF_EQ " OPERATOR(pg_catalog.=) "
#define WF_NE " OPERATOR(pg_catalog.<>) "
#define WF_CAT " OPERATOR(pg_catalog.||) "

/* Of pg_proc p: what wf_live_function.owner_revoked says. */
#define WF_OWNER_REVOKED \
	"(p.proacl IS NOT NULL AND NOT EXISTS (SELECT 1 FROM pg_catalog.aclexplode(p.proacl) a " \
	"WHERE a.privilege_type" WF_EQ "'EXECUTE' AND a.grantee" WF_EQ "p.proowner))"

/* wf_pg_exec for the statement of a snapshot that takes the server longest:
 * the caller's own work is done while it runs. */
WF_MUST enum wf_rc wf_engine_exec_long(struct wf_engine *, struct wf_live *,
                                       const char *sql, const struct wf_pg_param *, size_t n,
                                       struct wf_pg_rows **out, struct wf_err *err);
/* Who the session is, and its settings: everything that could bend the meaning
 * of a later statement, whatever role, database or environment say. */
WF_MUST enum wf_rc wf_engine_session(struct wf_engine *, struct wf_err *err);
/* The settings again, for the open transaction: behind a pooler, else nothing. */
WF_MUST enum wf_rc wf_engine_settings(struct wf_engine *, struct wf_err *err);
/* Another connection to the same target. */
WF_MUST enum wf_rc wf_engine_connect(const struct wf_engine *, struct wf_pg **out,
                                     struct wf_err *err);
/* advisory lock of a target: 'wasm', 'func' */
#define WF_LOCK_KEYS "2002875245, 1718972003"

/* READ ONLY REPEATABLE READ, waiting a little for a change that is under way.
 * It stays open, so that all that is asked is of one moment, until the next
 * snapshot, a change, or the end of the session. */
WF_MUST enum wf_rc wf_engine_begin_report(struct wf_engine *, struct wf_err *err);
WF_MUST enum wf_rc wf_engine_end_report(struct wf_engine *, struct wf_err *err);
/* A query beside the snapshot: in the transaction that is open, and never
 * outside of one, where nothing says what a name means behind a pooler. */
WF_MUST enum wf_rc wf_engine_ask(struct wf_engine *, const char *sql,
                                 const struct wf_pg_param *, size_t n,
                                 struct wf_pg_rows **out, struct wf_err *err);
/* Engine, database, role, system identifier, history, standby. */
void wf_engine_say_target(const struct wf_engine *, struct wf_live *);

/* Says in live->unreadable what could not be looked at. */
void wf_engine_unreadable(struct wf_live *, const char *fmt, ...) WF_PRINTF(2, 3);
/* Copies into live's arena; NULL stays NULL. */
const char *wf_engine_keep(struct wf_live *, const char *z);
void wf_engine_push(struct wf_live *, struct wf_strs *, const char *z);
/* A JSON array of strings, as the server made it. */
WF_MUST enum wf_rc wf_engine_list(struct wf_live *, const char *json,
                                  struct wf_strs *out, struct wf_err *err);
/* The other way; caller frees. */
struct wf_json *wf_engine_list_json(const struct wf_strs *);
/* The grants that a spec wants, as a parameter: NULL when it says nothing of
 * them.  text is to be initialised, and lives as long as the parameter. */
WF_MUST enum wf_rc wf_engine_grants_param(const struct wf_spec *, struct wf_buf *text,
                                          struct wf_pg_param *, struct wf_err *err);
void wf_engine_add_setting(struct wf_live *, const char *name, const char *value,
                           const char *where, const char *source);
void wf_engine_add_default(struct wf_live *, const char *schema, const char *grantee);
void wf_engine_add_excess(struct wf_live *, const char *object, const char *grantee,
                          const char *privilege);
void wf_engine_add_oddity(struct wf_live *, const char *id, const char *object,
                          const char *expected, const char *observed);
/* Settings whose name begins with prefix (NULL: the engine has none), their
 * overrides, superusers, default privileges. */
WF_MUST enum wf_rc wf_engine_around(struct wf_engine *, const char *prefix, struct wf_live *,
                                    struct wf_err *err);
/* Rows of (kind, a, b, c): s setting a = b; x excess: on a, to b, privilege c;
 * o oddity D16 of a: expected b, found c; n: a was not looked at, because b.
 * A NULL says that nothing is wrong. */
WF_MUST enum wf_rc wf_engine_facts(struct wf_engine *, const char *sql,
                                   const struct wf_pg_param *, size_t n, struct wf_live *,
                                   struct wf_err *err);
/* The one value of one row; caller frees. */
WF_MUST enum wf_rc wf_engine_one_text(struct wf_engine *, const char *sql,
                                      const struct wf_pg_param *, size_t n, char **out,
                                      struct wf_err *err);

#endif
