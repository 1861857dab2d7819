/* SPDX-License-Identifier: Apache-2.0
 *
 * The config jsonb of a function: what may be in it, and what the cluster
 * allows of it.  An unknown key is an error, never ignored; a value above the
 * cluster's cap is refused, never lowered.
 */
#include "pg_wasm.h"

#include <limits.h>
#include <stdlib.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

static void
bad(const char *key, const char *what)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		errmsg("config key \"%s\" %s", key, what)));
}

static char *
value_string(const char *key, const JsonbValue *v)
{
	char *s;

	if (v->type != jbvString || v->val.string.len == 0 ||
	    v->val.string.len >= PATH_MAX)
		bad(key, "must be a string that is not empty");
	s = pnstrdup(v->val.string.val, v->val.string.len);
	return s;
}

static bool
value_bool(const char *key, const JsonbValue *v)
{
	if (v->type != jbvBool)
		bad(key, "must be true or false");
	return v->val.boolean;
}

static int64
value_int(const char *key, const JsonbValue *v, int64 min, int64 max)
{
	Datum n, back;
	int64 i;

	if (v->type != jbvNumeric)
		bad(key, "must be an integer");
	n = NumericGetDatum(v->val.numeric);
	if (numeric_is_nan(v->val.numeric) || numeric_is_inf(v->val.numeric))
		bad(key, "must be an integer");
	if (DatumGetBool(DirectFunctionCall2(numeric_gt, n,
		NumericGetDatum(int64_to_numeric(max)))) ||
	    DatumGetBool(DirectFunctionCall2(numeric_lt, n,
		NumericGetDatum(int64_to_numeric(min)))))
		bad(key, "is out of range");
	i = DatumGetInt64(DirectFunctionCall1(numeric_int8, n));
	back = NumericGetDatum(int64_to_numeric(i));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, n, back)))
		bad(key, "must be an integer");
	return i;
}

/* Walks one object or array: fn is called with each member. */
typedef void (*member_fn)(const char *key, JsonbValue *v,
	struct pgw_config *out);

static void
walk(const char *name, JsonbValue *v, bool array, member_fn fn,
	struct pgw_config *out)
{
	JsonbIterator *it;
	JsonbIteratorToken tok;
	JsonbValue item;
	char *key = NULL;

	if (v->type != jbvBinary ||
	    (array ? !JsonContainerIsArray(v->val.binary.data) ||
	     JsonContainerIsScalar(v->val.binary.data) :
	     !JsonContainerIsObject(v->val.binary.data)))
		bad(name, array ? "must be an array" : "must be an object");
	it = JsonbIteratorInit(v->val.binary.data);
	while ((tok = JsonbIteratorNext(&it, &item, true)) != WJB_DONE) {
		if (tok == WJB_KEY)
			key = pnstrdup(item.val.string.val,
				item.val.string.len);
		else if (tok == WJB_VALUE)
			fn(key, &item, out);
		else if (tok == WJB_ELEM)
			fn(name, &item, out);
	}
}

static void
unknown(const char *where, const char *key)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		errmsg("unknown config key \"%s%s\"", where,
			pgw_clean(key, strlen(key), 100))));
}

static void
preopen_member(const char *key, JsonbValue *v, struct pgw_config *out)
{
	struct pgw_preopen *p = &out->preopen[out->npreopen];

	if (strcmp(key, "host_path") == 0)
		p->host = value_string(key, v);
	else if (strcmp(key, "guest_path") == 0)
		p->guest = value_string(key, v);
	else if (strcmp(key, "readonly") == 0)
		p->readonly = value_bool(key, v);
	else
		unknown("wasi.filesystem.preopen[].", key);
}

static void
preopen_element(const char *key, JsonbValue *v, struct pgw_config *out)
{
	struct pgw_preopen *p;

	if (out->npreopen == PGW_MAX_PREOPENS)
		bad(key, "has too many entries");
	p = &out->preopen[out->npreopen];
	p->host = p->guest = NULL;
	p->readonly = true;
	walk("wasi.filesystem.preopen[]", v, false, preopen_member, out);
	if (p->host == NULL || p->guest == NULL)
		bad("wasi.filesystem.preopen[]",
			"needs host_path and guest_path");
	if (p->host[0] != '/')
		bad("host_path", "must be an absolute path");
	out->npreopen++;
}

static void
filesystem_member(const char *key, JsonbValue *v, struct pgw_config *out)
{
	if (strcmp(key, "preopen") == 0)
		walk("wasi.filesystem.preopen", v, true, preopen_element, out);
	else
		unknown("wasi.filesystem.", key);
}

static void
tcp_element(const char *key, JsonbValue *v, struct pgw_config *out)
{
	ereport(ERROR, (errcode(PGW_E_CAPABILITY),
		errmsg("capability_denied (network not granted)"),
		errdetail("This engine cannot open sockets for a function: "
			"wasi.sockets.allow_outbound_tcp is not honoured.")));
}

static void
sockets_member(const char *key, JsonbValue *v, struct pgw_config *out)
{
	if (strcmp(key, "allow_outbound_tcp") == 0)
		walk("wasi.sockets.allow_outbound_tcp", v, true, tcp_element,
			out);
	else
		unknown("wasi.sockets.", key);
}

static void
wasi_member(const char *key, JsonbValue *v, struct pgw_config *out)
{
	if (strcmp(key, "filesystem") == 0)
		walk("wasi.filesystem", v, false, filesystem_member, out);
	else if (strcmp(key, "sockets") == 0)
		walk("wasi.sockets", v, false, sockets_member, out);
	else
		unknown("wasi.", key);
}

static void
top_member(const char *key, JsonbValue *v, struct pgw_config *out)
{
	char *s;

	if (strcmp(key, "max_memory_bytes") == 0) {
		out->memory = value_int(key, v, 1, PG_INT64_MAX);
	} else if (strcmp(key, "fuel_per_call") == 0) {
		out->fuel = value_int(key, v, 1, PG_INT64_MAX);
	} else if (strcmp(key, "epoch_deadline_ms") == 0) {
		out->deadline_ms = value_int(key, v, 1, PG_INT64_MAX);
	} else if (strcmp(key, "stack_size_bytes") == 0) {
		out->stack = value_int(key, v, PGW_STACK_STEP, PG_INT64_MAX);
	} else if (strcmp(key, "export") == 0) {
		out->export = value_string(key, v);
	} else if (strcmp(key, "instance") == 0) {
		s = value_string(key, v);
		out->per_call = strcmp(s, "call") == 0;
		if (!out->per_call && strcmp(s, "query") != 0)
			bad(key, "must be \"query\" or \"call\"");
	} else if (strcmp(key, "wasi") == 0) {
		out->wasi = true;
		walk("wasi", v, false, wasi_member, out);
	} else {
		unknown("", key);
	}
}

void
pgw_config_parse(Jsonb *json, struct pgw_config *out)
{
	JsonbValue root;

	memset(out, 0, sizeof(*out));
	out->memory = out->fuel = out->deadline_ms = out->stack = -1;
	root.type = jbvBinary;
	root.val.binary.data = &json->root;
	root.val.binary.len = VARSIZE_ANY_EXHDR(json);
	walk("config", &root, false, top_member, out);
}

static void
cap(const char *key, int64 value, const char *setting, int64 max)
{
	if (value > max)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			errmsg("%s " INT64_FORMAT " exceeds the cluster cap",
				key, value),
			errdetail("%s is " INT64_FORMAT ".", setting, max)));
}

/* Neither the data directory, nor anything in it, nor a directory above it. */
static void
check_preopen_place(const struct pgw_preopen *p)
{
	char *host = realpath(p->host, NULL);
	char *data = realpath(DataDir, NULL);
	size_t h, d;
	bool inside;

	if (host == NULL || data == NULL) {
		free(host);
		free(data);
		return;			/* opening it will say why */
	}
	h = strlen(host);
	d = strlen(data);
	inside = strcmp(host, "/") == 0 ||
		(strncmp(host, data, Min(h, d)) == 0 &&
		 (h == d || (h > d ? host[d] : data[h]) == '/'));
	free(host);
	free(data);
	if (inside)
		ereport(ERROR, (errcode(PGW_E_CAPABILITY),
			errmsg("capability_denied (filesystem not granted)"),
			errdetail("A preopen may not reach the data directory.")));
}

void
pgw_config_check(const struct pgw_config *c, bool creating)
{
	int i;

	cap("max_memory_bytes", c->memory, "pg_wasm.max_memory_bytes",
		pgw_max_memory_bytes);
	cap("fuel_per_call", c->fuel, "pg_wasm.max_fuel_per_call",
		pgw_max_fuel_per_call);
	cap("epoch_deadline_ms", c->deadline_ms,
		"pg_wasm.max_epoch_deadline_ms", pgw_max_epoch_deadline_ms);
	cap("stack_size_bytes", c->stack, "pg_wasm.max_stack_bytes",
		pgw_max_stack_bytes);
	if (c->npreopen > 0 && !pgw_allow_fs)
		ereport(ERROR, (errcode(PGW_E_CAPABILITY),
			errmsg("%scapability_denied (filesystem not granted)",
				creating ? "" : "WASM function trapped: "),
			errdetail("pg_wasm.allow_fs is off.")));
	if (creating)
		for (i = 0; i < c->npreopen; i++)
			check_preopen_place(&c->preopen[i]);
}

void
pgw_config_limits(const struct pgw_config *c, struct pgw_limits *out)
{
	out->memory = c->memory > 0 ? c->memory : pgw_max_memory_bytes;
	out->fuel = c->fuel > 0 ? c->fuel : pgw_max_fuel_per_call;
	out->deadline_ms = c->deadline_ms > 0 ?
		c->deadline_ms : pgw_max_epoch_deadline_ms;
	out->stack = c->stack > 0 ? c->stack :
		Min(524288, pgw_max_stack_bytes);
	out->stack -= out->stack % PGW_STACK_STEP;
}
