/* SPDX-License-Identifier: Apache-2.0
 *
 * What a target has now, read in one snapshot from base tables and pg_proc:
 * the value every engine adapter fills and every comparison reads.  Digests
 * in `spec.module` are computed over the bytes, never an engine's column.
 */
#ifndef WF_PLAN_LIVE_H
#define WF_PLAN_LIVE_H

#include "plan/ledger_row.h"

struct wf_live_function {
	struct wf_spec spec;       /* everything set that could be read */
	uint32_t oid;
	bool owner_superuser;
	bool owner_revoked;        /* the owner has no EXECUTE: taken from it */
	const char *language;      /* "wasm"; another: the wrapper was replaced */
	bool wrapper_ok;           /* the engine's language and handler, source as the engine writes it */
	const char *wrapper_state; /* why not; NULL when ok */
	bool has_row;              /* the engine's catalog has it */
	bool has_column;           /* a digest the engine records, beside the bytes */
	struct wf_digest column;
	bool has_wrapper_digest;   /* a digest in the wrapper itself */
	struct wf_digest wrapper;
	int64_t size;              /* of the bytes */
	struct wf_strs config;     /* proconfig: "name=value" */
	bool leakproof;
	/* what else about the wrapper is not as the engine makes it, expected and
	 * observed: parallel, cost, support function */
	struct wf_pair odd[3];
	size_t nodd;
	bool odd_wrapper;          /* one of them only a new wrapper undoes */
	const char *unreadable;    /* why it could not be checked; NULL */
	/* Why what runs cannot be proved, although all that can be read was; NULL.
	 * The state is `unknown` at best.  Where the engine gives no bytes either
	 * (no spec.module), `column` is the digest it declares. */
	const char *unprovable;
};

struct wf_live_setting {
	const char *name, *value;
	const char *where; /* "server", "database app", "role r", "role r in database app" */
	const char *source; /* pg_settings.source, or NULL */
};

/* A privilege that a hardened target does not give. */
struct wf_live_excess {
	const char *object;    /* "schema wasm", "function wasm.create_function" */
	const char *grantee;   /* "PUBLIC" or a role */
	const char *privilege; /* "CREATE", "EXECUTE" */
};

/* EXECUTE that a function gets by being created (default privileges). */
struct wf_live_default {
	const char *schema;  /* "": in any */
	const char *grantee; /* "PUBLIC" or a role */
};

/* Something about the engine itself that is not as its extension made it. */
struct wf_live_oddity {
	const char *id;       /* "D16" … */
	const char *object;   /* "table wasm.module" */
	const char *expected, *observed;
};

/* A function that no sandbox holds (engine/untrusted.h). */
struct wf_live_untrusted {
	const char *schema, *function; /* "public.f(text)" */
	const char *language, *owner;
};

struct wf_live {
	const char *engine;            /* adapter's name */
	const char *engine_version;    /* extversion */
	bool unproven;                 /* the adapter has met a stand-in of the engine only */
	bool one_by_one;               /* one function a transaction */
	bool born_private;             /* PUBLIC has no rights on what is created */
	const char *system_identifier; /* decimal */
	const char *database, *role;
	/* where in its history the server is; NULL: not known */
	struct wf_live_history {
		const char *database_oid; /* decimal */
		const char *timeline;     /* eight digits; NULL on a standby */
		const char *lsn;          /* "0/16B3748": written or replayed up to here */
		const char *xid;          /* decimal: no transaction had this number yet */
	} history;
	bool standby;
	struct wf_live_function *functions;
	size_t nfunctions;
	/* engine settings in force for this session's defaults, and every
	 * override on database, role and function */
	struct wf_live_setting *settings;
	size_t nsettings;
	struct wf_live_excess *excess;
	size_t nexcess;
	struct wf_live_default *defaults; /* of this session's role */
	size_t ndefaults;
	struct wf_live_oddity *oddities;
	size_t noddities;
	/* only after wf_engine_untrusted; creators: schema and who may create in it */
	struct wf_live_untrusted *untrusted;
	size_t nuntrusted;
	struct wf_pair *creators;
	size_t ncreators;
	bool ledger_exists, ledger_readable;
	struct wf_ledger_row *ledger; /* in order of seq */
	size_t nledger;
	/* types asked for, as the server names them; NULL: no such type */
	const char **types;
	size_t ntypes;
	/* "table wasm.module: permission denied"; any entry means that what it
	 * names was not checked (D30) */
	struct wf_strs unreadable;
	struct wf_strs superusers; /* roles that pass every privilege check */
	struct wf_arena arena; /* every string and every array above */
	struct wf_arena bulk;  /* the evidence of rows: by far most of a ledger */
	struct wf_json *docs;  /* owner of parsed ledger documents: an array */
};

/* The spec with the digest that the engine declares, where it gives no bytes:
 * what can be planned and recorded with, never what is in sync. */
struct wf_spec wf_live_claimed(const struct wf_live_function *);

/* Nothing is judged any more: the evidence is forgotten. */
void wf_live_judged(struct wf_live *);
/* The function that the spec means (wf_spec_same), NULL: it is not there. */
const struct wf_live_function *wf_live_find(const struct wf_live *, const struct wf_spec *);

/* The struct itself is wf_calloc'ed. */
void wf_live_free(struct wf_live *); /* NULL is fine */
void wf_live_freep(struct wf_live **);

#endif
