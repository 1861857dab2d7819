/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL values to WASM values and back.  Runs before and after the module, never
 * below it: everything here may raise an error.  What comes from a module is
 * checked for its encoding before it becomes a value.
 */
#include "pg_wasm.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static enum pgw_kind
kind_of(Oid type)
{
	switch (type) {
	case VOIDOID:
		return PGW_VOID;
	case BOOLOID:
		return PGW_BOOL;
	case INT2OID:
		return PGW_INT2;
	case INT4OID:
		return PGW_INT4;
	case INT8OID:
		return PGW_INT8;
	case FLOAT4OID:
		return PGW_FLOAT4;
	case FLOAT8OID:
		return PGW_FLOAT8;
	case BYTEAOID:
		return PGW_BYTEA;
	case TEXTOID:
	case VARCHAROID:
	case JSONOID:
		return PGW_TEXT;
	default:
		return PGW_IO;
	}
}

void
pgw_type_check_usable(Oid type, bool result)
{
	if (!get_typisdefined(type))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
			errmsg("type %s is only a shell",
				format_type_be(type))));
	if (get_typtype(type) == TYPTYPE_PSEUDO &&
	    !(result && type == VOIDOID))
		ereport(ERROR, (errcode(ERRCODE_INVALID_FUNCTION_DEFINITION),
			errmsg("WASM functions cannot have type %s",
				format_type_be(type))));
}

bool
pgw_type_varlen(const struct pgw_type *t)
{
	return t->kind == PGW_BYTEA || t->kind == PGW_TEXT ||
		t->kind == PGW_IO;
}

void
pgw_type_init(struct pgw_type *t, Oid type, bool result, MemoryContext mcxt)
{
	Oid fn;
	bool varlena;

	t->oid = type;
	t->kind = kind_of(type);
	if ((t->kind == PGW_TEXT || t->kind == PGW_IO) &&
	    GetDatabaseEncoding() != PG_UTF8)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			errmsg("WASM functions on text need a UTF8 database")));
	if (t->kind == PGW_TEXT && result && type == JSONOID)
		t->kind = PGW_IO;	/* its input function checks it */
	if (t->kind != PGW_IO)
		return;
	if (result)
		getTypeInputInfo(type, &fn, &t->ioparam);
	else
		getTypeOutputInfo(type, &fn, &varlena);
	fmgr_info_cxt(fn, &t->io, mcxt);
}

void
pgw_value_in(struct pgw_type *t, Datum d, struct pgw_value *out)
{
	struct varlena *v;

	switch (t->kind) {
	case PGW_BOOL:
		out->val.kind = WASM_I32;
		out->val.of.i32 = DatumGetBool(d) ? 1 : 0;
		break;
	case PGW_INT2:
		out->val.kind = WASM_I32;
		out->val.of.i32 = DatumGetInt16(d);
		break;
	case PGW_INT4:
		out->val.kind = WASM_I32;
		out->val.of.i32 = DatumGetInt32(d);
		break;
	case PGW_INT8:
		out->val.kind = WASM_I64;
		out->val.of.i64 = DatumGetInt64(d);
		break;
	case PGW_FLOAT4:
		out->val.kind = WASM_F32;
		out->val.of.f32 = DatumGetFloat4(d);
		break;
	case PGW_FLOAT8:
		out->val.kind = WASM_F64;
		out->val.of.f64 = DatumGetFloat8(d);
		break;
	case PGW_BYTEA:
	case PGW_TEXT:
		v = PG_DETOAST_DATUM_PACKED(d);
		out->data = VARDATA_ANY(v);
		out->len = VARSIZE_ANY_EXHDR(v);
		break;
	case PGW_IO:
		out->data = OutputFunctionCall(&t->io, d);
		out->len = strlen(out->data);
		break;
	case PGW_VOID:
		break;
	}
}

static Datum
varlen_out(struct pgw_type *t, const struct pgw_value *v)
{
	if (t->kind != PGW_BYTEA &&
	    !pg_verify_mbstr(PG_UTF8, v->data, (int) v->len, true))
		ereport(ERROR, (errcode(PGW_E_ABI),
			errmsg("WASM function broke the ABI: "
				"its result is not UTF-8")));
	if (t->kind == PGW_IO)
		return InputFunctionCall(&t->io, pnstrdup(v->data, v->len),
			t->ioparam, -1);
	return PointerGetDatum(cstring_to_text_with_len(v->data,
		(int) v->len));
}

Datum
pgw_value_out(struct pgw_type *t, const struct pgw_value *v, bool *isnull)
{
	*isnull = false;
	switch (t->kind) {
	case PGW_BOOL:
		return BoolGetDatum(v->val.of.i32 != 0);
	case PGW_INT2:
		return Int16GetDatum((int16) v->val.of.i32);
	case PGW_INT4:
		return Int32GetDatum(v->val.of.i32);
	case PGW_INT8:
		return Int64GetDatum(v->val.of.i64);
	case PGW_FLOAT4:
		return Float4GetDatum(v->val.of.f32);
	case PGW_FLOAT8:
		return Float8GetDatum(v->val.of.f64);
	case PGW_BYTEA:
	case PGW_TEXT:
	case PGW_IO:
		if (v->data != NULL)
			return varlen_out(t, v);
		*isnull = true;
		return (Datum) 0;
	case PGW_VOID:
		return (Datum) 0;
	}
	return (Datum) 0;
}
