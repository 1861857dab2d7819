/* SPDX-License-Identifier: Apache-2.0
 *
 * Function names as SQL writes them, and the functions they mean.  A name is
 * looked up in pg_proc, never in the extension's own table; an identifier that
 * is too long is an error, never cut.
 */
#include "pg_wasm.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "commands/proclang.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

static void
bad_name(const char *text)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_NAME),
		errmsg("invalid function name: \"%s\"",
			pgw_clean(text, strlen(text), 100)),
		errhint("Write name, schema.name or schema.name(types), "
			"quoted as SQL identifiers.")));
}

static bool
ident_start(char c)
{
	return isalpha((unsigned char) c) || c == '_' || (c & 0x80);
}

/* One identifier; *p is moved past it. */
static char *
one_ident(const char **p, const char *all)
{
	const char *s = *p;
	char *id, *d;

	if (*s == '"') {
		id = d = palloc(strlen(s));
		for (s++;; s++) {
			if (*s == '\0')
				bad_name(all);
			if (*s == '"' && *++s != '"')
				break;
			*d++ = *s;
		}
		*d = '\0';
	} else if (ident_start(*s)) {
		const char *start = s;

		while (ident_start(*s) || isdigit((unsigned char) *s) ||
		       *s == '$')
			s++;
		id = downcase_identifier(start, (int) (s - start), false,
			false);
	} else {
		bad_name(all);
		return NULL;
	}
	if (*id == '\0')
		bad_name(all);
	if (strlen(id) >= NAMEDATALEN)
		ereport(ERROR, (errcode(ERRCODE_NAME_TOO_LONG),
			errmsg("identifier too long: \"%s\"",
				pgw_clean(id, strlen(id), 100))));
	*p = s;
	return id;
}

void
pgw_name_parse(const char *text, struct pgw_name *out)
{
	const char *p = text;

	while (scanner_isspace(*p))
		p++;
	out->schema = NULL;
	out->args = NULL;
	out->name = one_ident(&p, text);
	if (*p == '.') {
		p++;
		out->schema = out->name;
		out->name = one_ident(&p, text);
	}
	while (scanner_isspace(*p))
		p++;
	if (*p == '(') {
		out->args = pstrdup(p);
	} else if (*p != '\0') {
		bad_name(text);
	}
	if (out->schema == NULL)
		out->schema = pstrdup(PGW_SCHEMA);
}

Oid
pgw_language_oid(void)
{
	return get_language_oid(PGW_LANGUAGE, false);
}

/*
 * Of several functions of that name only those in our language count, so that
 * an SQL function beside it does not make a name ambiguous.
 */
Oid
pgw_name_resolve(const char *text, int nargs)
{
	struct pgw_name n;
	CatCList *list;
	Oid nsp, lang, found = InvalidOid, ours = InvalidOid;
	int i, nfound = 0, nours = 0;

	pgw_name_parse(text, &n);
	if (n.args != NULL)
		return DatumGetObjectId(DirectFunctionCall1(regprocedurein,
			CStringGetDatum(psprintf("%s%s",
				quote_qualified_identifier(n.schema, n.name),
				n.args))));
	nsp = get_namespace_oid(n.schema, false);
	lang = pgw_language_oid();
	list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(n.name));
	for (i = 0; i < list->n_members; i++) {
		HeapTuple tup = &list->members[i]->tuple;
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tup);

		if (proc->pronamespace != nsp ||
		    (nargs >= 0 && proc->pronargs != nargs))
			continue;
		found = proc->oid;
		nfound++;
		if (proc->prolang == lang) {
			ours = proc->oid;
			nours++;
		}
	}
	ReleaseSysCacheList(list);
	if (nours == 1)
		return ours;
	if (nfound == 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
			errmsg("function %s does not exist",
				quote_qualified_identifier(n.schema, n.name))));
	if (nfound > 1)
		ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_FUNCTION),
			errmsg("function name %s is not unique",
				quote_qualified_identifier(n.schema, n.name)),
			errhint("Name the argument types too.")));
	return found;
}

/* schema.name(types), always qualified. */
char *
pgw_function_signature(Oid proc)
{
	return format_procedure_qualified(proc);
}
