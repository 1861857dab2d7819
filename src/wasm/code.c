/* SPDX-License-Identifier: Apache-2.0
 *
 * Walks every instruction: there is no way to skip one without knowing its
 * immediates, so an unknown one ends the decoding.  Nesting is a stack of
 * bytes on the heap, never the C stack.
 */
#include "wasm/code.h"

#include <stdlib.h>

#include "base/mem.h"
#include "wasm/limits.h"
#include "wasm/opcode.h"
#include "wasm/type.h"

/* what an open block is */
enum { ROOT = 1, BLOCK, IF, ELSE, TRY, CATCH, CATCH_ALL };

static void
push(struct wf_wasm_code *c, uint8_t what)
{
	c->stack = wf_grow(c->stack, &c->cap, c->depth, 1);
	c->stack[c->depth++] = what;
}

static void
memory_index(struct wf_wasm_code *c, struct wf_wasm_reader *r, uint32_t i,
             const uint8_t *at)
{
	if (r->failed)
		return;
	if (i >= c->w->nmemories)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "memory %u does not exist (there are %zu)",
		            i, c->w->nmemories);
	else if (i != 0)
		wf_wasm_saw(r, WF_F_MULTI_MEMORY);
}

/* Spec 5.4.6.  Bit 6 of the flags says that a memory index follows. */
static void
memarg(struct wf_wasm_code *c, struct wf_wasm_reader *r)
{
	const uint8_t *at = r->p;
	uint32_t flags = wf_wasm_u32(r, "alignment");
	uint32_t mem = 0;
	uint64_t offset;

	/* No access is aligned to more than 2^4, and proposals that no engine has by
	 * default read bits 4 and 5 as "one more immediate": nothing to guess at. */
	if (flags >= 0x80 || flags & 0x30) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "memory argument: unknown flags 0x%x", flags);
		return;
	}
	if (flags & 0x40) {
		wf_wasm_saw(r, WF_F_MULTI_MEMORY);
		mem = wf_wasm_u32(r, "memory index");
	}
	memory_index(c, r, mem, at);
	at = r->p;
	offset = wf_wasm_uleb(r, 64, "memory offset");
	if (!r->failed && offset > UINT32_MAX && !c->w->memories[mem].is64)
		wf_wasm_bad(r, at, WF_R_MALFORMED,
		            "memory offset: integer too large for a 32-bit memory");
}

static void
data_index(struct wf_wasm_code *c, struct wf_wasm_reader *r)
{
	const uint8_t *at = r->p;
	uint32_t i = wf_wasm_u32(r, "data index");

	if (r->failed)
		return;
	if (!c->has_datacount)
		wf_wasm_bad(r, at, WF_R_MALFORMED,
		            "data index without a data count section");
	else if (i >= c->datacount)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "data segment %u does not exist (there are %u)",
		            i, c->datacount);
}

/* Entries of try_table (5.4.1) and, with handlers, of resume. */
static void
clauses(struct wf_wasm_reader *r, bool handlers)
{
	const char *what = handlers ? "handler" : "catch clause";
	uint32_t n = wf_wasm_count(r, 2, WF_WASM_MAX_FIELDS, what);

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		const uint8_t *at = r->p;
		uint8_t kind = wf_wasm_byte(r, what);

		if (kind > (handlers ? 1 : 3)) {
			wf_wasm_bad(r, at, WF_R_MALFORMED, "%s: unknown kind 0x%02x", what, kind);
			return;
		}
		(void)wf_wasm_u32(r, what); /* tag, or the label of catch_all */
		if (handlers ? kind == 0 : kind < 2)
			(void)wf_wasm_u32(r, what);
	}
}

static void
br_table(struct wf_wasm_reader *r)
{
	uint32_t n = wf_wasm_count(r, 1, WF_WASM_MAX_BODY_BYTES, "br_table");

	for (uint32_t i = 0; i <= n && !r->failed; i++)
		(void)wf_wasm_u32(r, "br_table label");
}

static void
select_types(struct wf_wasm_reader *r)
{
	uint32_t n = wf_wasm_count(r, 1, WF_WASM_MAX_PARAMS, "select types");

	for (uint32_t i = 0; i < n && !r->failed; i++)
		(void)wf_wasm_type_val(r, "select type");
}

/* A table other than 0, or 0 in more than one byte, needs reference types. */
static void
call_table(struct wf_wasm_reader *r)
{
	const uint8_t *at = r->p;

	if (wf_wasm_u32(r, "table index") != 0 || r->p - at > 1)
		wf_wasm_saw(r, WF_F_REF_TYPES);
}

static void
small(struct wf_wasm_reader *r, uint32_t value, uint32_t max, const uint8_t *at,
      const char *what)
{
	if (value > max)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s: 0x%x, expected at most %u", what, value, max);
}

static void
immediate(struct wf_wasm_code *c, struct wf_wasm_reader *r, char kind)
{
	const uint8_t *at = r->p;

	switch (kind) {
	case 'i':
		(void)wf_wasm_u32(r, "index");
		return;
	case 'y':
		(void)wf_wasm_type_index(r, "type index");
		return;
	case 'x':
		memory_index(c, r, wf_wasm_u32(r, "memory index"), at);
		return;
	case 'd':
		data_index(c, r);
		return;
	case 'e':
		call_table(r);
		return;
	case 'h':
		wf_wasm_type_heap(r, "heap type");
		return;
	case 't':
		select_types(r);
		return;
	case 'B':
		wf_wasm_type_block(r);
		return;
	case 'T':
		br_table(r);
		return;
	case 'C':
		clauses(r, false);
		return;
	case 'H':
		clauses(r, true);
		return;
	case 'm':
		memarg(c, r);
		return;
	case 's':
	case 'S':
		if (r->p < r->end && *r->p < 0x80) { /* most are one byte */
			r->p++;
			return;
		}
		if (kind == 's') {
			(void)wf_wasm_sleb(r, 32, "i32.const");
			return;
		}
		(void)wf_wasm_sleb(r, 64, "i64.const");
		return;
	case '4':
		(void)wf_wasm_take(r, 4, "f32.const");
		return;
	case '8':
		(void)wf_wasm_take(r, 8, "f64.const");
		return;
	case 'V':
		(void)wf_wasm_take(r, 16, "vector immediate");
		return;
	case 'l':
		(void)wf_wasm_byte(r, "lane");
		return;
	case 'c':
		small(r, wf_wasm_byte(r, "cast flags"), 3, at, "cast flags");
		return;
	case 'z':
		small(r, wf_wasm_byte(r, "fence"), 0, at, "fence");
		return;
	case 'o':
		small(r, wf_wasm_u32(r, "ordering"), 1, at, "ordering");
		return;
	default:
		wf_die("opcode table: unknown immediate");
	}
}

/* Spec 5.4.1: which block an instruction opens, turns or closes. */
static void
nest(struct wf_wasm_code *c, struct wf_wasm_reader *r, uint8_t op, const uint8_t *at)
{
	uint8_t *top = &c->stack[c->depth - 1];

	switch (op) {
	case 0x02: /* block */
	case 0x03: /* loop */
	case 0x1f: /* try_table */
		push(c, BLOCK);
		return;
	case 0x04:
		push(c, IF);
		return;
	case 0x06:
		push(c, TRY);
		return;
	case 0x05:
		if (*top != IF)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "else without if");
		*top = ELSE;
		return;
	case 0x07:
	case 0x19:
		if (*top != TRY && *top != CATCH)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "catch without try");
		*top = op == 0x07 ? CATCH : CATCH_ALL;
		return;
	case 0x18:
		if (*top != TRY)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "delegate without try");
		c->depth--;
		return;
	case 0x0b:
		c->depth--;
		return;
	case 0x15: /* return_call_ref stands for both */
		wf_wasm_saw(r, WF_F_FUNC_REFS);
		return;
	case 0x40:
		c->w->grows_memory = true;
		return;
	default:
		return;
	}
}

/* The features that arithmetic and objects in constants stand for. */
static void
constant_op(struct wf_wasm_reader *r, const struct wf_wasm_op *op, uint8_t prefix,
            uint32_t code, const uint8_t *at)
{
	if (!(op->flags & WF_OP_CONST))
		wf_wasm_bad(r, at, WF_R_MALFORMED,
		            "instruction 0x%02x is not allowed in a constant expression",
		            prefix ? prefix : (unsigned)code);
	else if (prefix == 0 && code >= 0x6a && code <= 0x7e)
		wf_wasm_saw(r, WF_F_EXTENDED_CONST);
}

/* --- the common instructions ---------------------------------------------------- */

/* Nine of ten instructions that compilers make need no look at the table: they
 * belong to the first version and have short immediates.  The rest, and every
 * one that is not as it should be, is left to the loop below. */
enum { SLOW = 0, ALONE, NUMBER, MEMORY, OPEN, OPEN_IF, CLOSE };

static const uint8_t quick[256] = {
	[0x00 ... 0x01] = ALONE, [0x02 ... 0x03] = OPEN, [0x04] = OPEN_IF, [0x0b] = CLOSE,
	[0x0c ... 0x0d] = NUMBER, [0x0f] = ALONE, [0x10] = NUMBER, [0x1a ... 0x1b] = ALONE,
	[0x20 ... 0x24] = NUMBER, [0x28 ... 0x29] = MEMORY, [0x2c ... 0x37] = MEMORY,
	[0x3a ... 0x3e] = MEMORY, [0x41 ... 0x42] = NUMBER, [0x45 ... 0x5a] = ALONE,
	[0x67 ... 0x8a] = ALONE, [0xa7] = ALONE, [0xac ... 0xad] = ALONE,
};

/* Past a LEB128 of at most four bytes, which fits whatever is read; NULL where
 * it is longer or the end is near. */
static const uint8_t *
number(const uint8_t *p, const uint8_t *end)
{
	if (end - p < 5)
		return NULL;
	if (p[0] < 0x80)
		return p + 1;
	if (p[1] < 0x80)
		return p + 2;
	if (p[2] < 0x80)
		return p + 3;
	return p[3] < 0x80 ? p + 4 : NULL;
}

static void
skim(struct wf_wasm_code *c, struct wf_wasm_reader *r)
{
	const uint8_t *p = r->p, *end = r->end, *next;
	bool has_memory = c->w->nmemories > 0;

	for (; p < end; p = next) {
		next = NULL;
		switch (quick[*p]) {
		case ALONE:
			next = p + 1;
			break;
		case NUMBER:
			next = number(p + 1, end);
			break;
		case MEMORY: /* alignment of one byte without a memory index */
			if (has_memory && end - p > 2 && p[1] < 0x10)
				next = number(p + 2, end);
			break;
		case OPEN:
		case OPEN_IF:
			if (end - p < 2 || p[1] != 0x40)
				break;
			push(c, quick[*p] == OPEN ? BLOCK : IF);
			next = p + 2;
			break;
		case CLOSE:
			if (c->depth < 2) /* the last one ends the expression */
				break;
			c->depth--;
			next = p + 1;
			break;
		}
		if (!next)
			break;
	}
	r->p = p;
}

void
wf_wasm_code_expr(struct wf_wasm_code *c, struct wf_wasm_reader *r, bool constant)
{
	c->depth = 0;
	push(c, ROOT);
	while (c->depth > 0 && !r->failed) {
		const uint8_t *at;
		const struct wf_wasm_op *op;
		uint8_t prefix = 0;
		uint32_t code;

		if (!constant)
			skim(c, r);
		at = r->p;
		if (r->p == r->end) {
			wf_wasm_bad(r, at, WF_R_MALFORMED,
			            "expression: expected an instruction or end, found the end");
			return;
		}
		code = *r->p++;
		if (code >= 0xfb && code <= 0xfe) {
			prefix = (uint8_t)code;
			code = wf_wasm_u32(r, "instruction");
			if (r->failed)
				return;
		}
		op = wf_wasm_opcode(prefix, code);
		if (!op) {
			wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown instruction 0x%02x%s%.0x",
			            prefix ? prefix : (unsigned)code, prefix ? " " : "",
			            prefix ? code : 0);
			return;
		}
		wf_wasm_saw(r, (enum wf_feature)op->feature);
		if (constant)
			constant_op(r, op, prefix, code, at);
		for (const char *k = op->imm; *k && !r->failed; k++)
			immediate(c, r, *k);
		if (!prefix && !r->failed)
			nest(c, r, (uint8_t)code, at);
	}
}

/* Locals (5.5.13): the grammar allows 2^32 - 1 of them, engines 50,000. */
static void
locals(struct wf_wasm_reader *r)
{
	uint32_t groups = wf_wasm_count(r, 2, WF_WASM_MAX_BODY_BYTES, "locals");
	uint64_t total = 0;

	for (uint32_t i = 0; i < groups && !r->failed; i++) {
		const uint8_t *at = r->p;

		total += wf_wasm_u32(r, "locals");
		(void)wf_wasm_type_val(r, "local type");
		if (total > UINT32_MAX)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "locals: too many");
		else if (total > WF_WASM_MAX_LOCALS)
			wf_wasm_bad(r, at, WF_R_LIMIT, "locals: more than the limit of %u",
			            WF_WASM_MAX_LOCALS);
	}
}

void
wf_wasm_code_section(struct wf_wasm_code *c, struct wf_wasm_reader *r, bool shallow)
{
	uint32_t n = wf_wasm_count(r, 3, WF_WASM_MAX_FUNCS, "function bodies");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		const uint8_t *at = r->p, *section_end = r->end;
		uint32_t size = wf_wasm_u32(r, "function body");

		if (size > wf_wasm_left(r)) {
			wf_wasm_bad(r, at, WF_R_MALFORMED,
			            "function body: expected %u bytes, found %zu",
			            size, wf_wasm_left(r));
			return;
		}
		if (size > WF_WASM_MAX_BODY_BYTES) {
			wf_wasm_bad(r, at, WF_R_LIMIT, "function body: %u bytes are more than the limit of %u",
			            size, WF_WASM_MAX_BODY_BYTES);
			return;
		}
		c->w->code_bytes += size;
		if (shallow) {
			r->p += size;
			continue;
		}
		r->end = r->p + size;
		locals(r);
		wf_wasm_code_expr(c, r, false);
		if (r->failed)
			return;
		if (r->p != r->end)
			wf_wasm_bad(r, r->p, WF_R_MALFORMED,
			            "function body: %zu bytes after its end", wf_wasm_left(r));
		r->end = section_end;
	}
	c->w->ncode = n;
}

void
wf_wasm_code_free(struct wf_wasm_code *c)
{
	free(c->stack);
	c->stack = NULL;
	c->depth = c->cap = 0;
}
