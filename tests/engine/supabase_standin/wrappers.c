/* SPDX-License-Identifier: Apache-2.0
 *
 * Stand-in of the library of supabase wrappers 0.6.2: a foreign-data wrapper
 * whose packages are "downloaded" when a query is planned.  It fetches and runs
 * nothing: a URL with "/bad/" in it fails as a wrong digest does.
 */
#include "postgres.h"

#include "access/reloptions.h"
#include "catalog/pg_foreign_server.h"
#include "commands/defrem.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "foreign/fdwapi.h"
#include "foreign/foreign.h"
#include "nodes/pathnodes.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "utils/rel.h"

PG_MODULE_MAGIC;

static void
rel_size(PlannerInfo *root, RelOptInfo *rel, Oid table)
{
	ForeignServer *s = GetForeignServer(GetForeignTable(table)->serverid);
	ListCell *c;

	foreach(c, s->options) {
		DefElem *o = lfirst(c);

		if (strcmp(o->defname, "fdw_package_url") == 0 && strstr(defGetString(o), "/bad/"))
			ereport(ERROR, errcode(ERRCODE_FDW_ERROR),
			        errmsg("guest fdw error: component verification failed"));
	}
	rel->rows = 1;
}

static void
paths(PlannerInfo *root, RelOptInfo *rel, Oid table)
{
	add_path(rel, (Path *)create_foreignscan_path(root, rel, NULL, 1, 1, 1, NIL, NULL, NULL, NIL));
}

static ForeignScan *
plan(PlannerInfo *root, RelOptInfo *rel, Oid table, ForeignPath *best, List *tlist,
     List *clauses, Plan *outer)
{
	return make_foreignscan(tlist, extract_actual_clauses(clauses, false), rel->relid, NIL, NIL,
	                        NIL, NIL, outer);
}

static void
begin(ForeignScanState *node, int flags)
{
}

static TupleTableSlot *
iterate(ForeignScanState *node)
{
	return ExecClearTuple(node->ss.ss_ScanTupleSlot);
}

static void
nothing(ForeignScanState *node)
{
}

PG_FUNCTION_INFO_V1(wasm_fdw_handler_wrapper);
Datum
wasm_fdw_handler_wrapper(PG_FUNCTION_ARGS)
{
	FdwRoutine *r = makeNode(FdwRoutine);

	r->GetForeignRelSize = rel_size;
	r->GetForeignPaths = paths;
	r->GetForeignPlan = plan;
	r->BeginForeignScan = begin;
	r->IterateForeignScan = iterate;
	r->ReScanForeignScan = nothing;
	r->EndForeignScan = nothing;
	PG_RETURN_POINTER(r);
}

PG_FUNCTION_INFO_V1(wasm_fdw_validator_wrapper);
Datum
wasm_fdw_validator_wrapper(PG_FUNCTION_ARGS)
{
	static const char *const need[] = {"url", "name", "version", "checksum"};
	List *options = untransformRelOptions(PG_GETARG_DATUM(0));
	bool file = false;

	if (PG_GETARG_OID(1) != ForeignServerRelationId)
		PG_RETURN_VOID();
	for (size_t i = 0; i < lengthof(need); i++) {
		char *name = psprintf("fdw_package_%s", need[i]);
		bool there = i == 3 && file;
		ListCell *c;

		foreach(c, options) {
			DefElem *o = lfirst(c);

			if (strcmp(o->defname, name) != 0)
				continue;
			there = true;
			if (i == 0)
				file = strncmp(defGetString(o), "file://", 7) == 0;
		}
		if (!there)
			ereport(ERROR, errcode(ERRCODE_FDW_ERROR),
			        errmsg("required option `%s` is not specified", name));
	}
	PG_RETURN_VOID();
}
