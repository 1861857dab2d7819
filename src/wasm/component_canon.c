/* SPDX-License-Identifier: Apache-2.0
 *
 * Instances and canonical definitions of components: what is wired to what.
 * Every index must name something that exists; types are not compared.
 */
#include "wasm/component.h"

#include "base/mem.h"
#include "wasm/limits.h"

static void
index_of(struct wf_component *c, enum wf_sort sort, const char *what)
{
	(void)wf_component_index(c, wf_component_top(c), sort, what);
}

/* sort and index, of something that a component can pass on */
static struct wf_surface_entry
passed(struct wf_component *c)
{
	struct wf_surface_entry to = {.sort = WF_SURFACE_OTHER};
	const uint8_t *at = c->r->p;
	enum wf_sort s = wf_component_sort(c);

	if (c->r->failed)
		return to;
	if (s < WF_SORT_FUNC && s != WF_SORT_CORE_MODULE)
		wf_wasm_bad(c->r, at, WF_R_MALFORMED, "argument: a core sort other than module");
	else
		to.index = wf_component_index(c, wf_component_top(c), s, "argument");
	to.sort = (uint8_t)wf_component_surface_sort(s);
	return to;
}

/* The names that were read since the last time. */
static void
distinct(struct wf_component *c, int (*order)(const void *, const void *), const char *what)
{
	wf_component_distinct(c->r, c->labels.v, c->labels.n, order, what);
	c->labels.n = 0;
}

static void
core_exports(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	uint32_t n = wf_wasm_count(r, 3, WF_WASM_MAX_ARGS, "inline exports");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		const uint8_t *at;
		uint8_t sort;

		wf_component_name_add(&c->labels, wf_wasm_name(r, "inline export"));
		at = r->p;
		sort = wf_wasm_byte(r, "core sort");
		if (sort > 0x04)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "inline export: unknown core sort 0x%02x", sort);
		if (!r->failed)
			index_of(c, (enum wf_sort)sort, "inline export");
	}
	distinct(c, wf_component_by_bytes, "inline export");
}

void
wf_component_core_instance(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	const uint8_t *at = r->p;
	uint8_t form = wf_wasm_byte(r, "core instance");
	uint32_t n;

	switch (form) {
	case 0x00:
		index_of(c, WF_SORT_CORE_MODULE, "core module");
		n = wf_wasm_count(r, 3, WF_WASM_MAX_ARGS, "arguments");
		for (uint32_t i = 0; i < n && !r->failed; i++) {
			wf_component_name_add(&c->labels, wf_wasm_name(r, "argument"));
			at = r->p;
			if (wf_wasm_byte(r, "argument") != 0x12)
				wf_wasm_bad(r, at, WF_R_MALFORMED, "argument: expected a core instance");
			index_of(c, WF_SORT_CORE_INSTANCE, "core instance");
		}
		distinct(c, wf_component_by_bytes, "argument");
		break;
	case 0x01:
		core_exports(c);
		break;
	default:
		wf_wasm_bad(r, at, WF_R_MALFORMED, "core instance: unknown form 0x%02x", form);
	}
	wf_component_add(c, wf_component_top(c), WF_SORT_CORE_INSTANCE);
}

void
wf_component_instance(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	const uint8_t *at = r->p;
	uint8_t form = wf_wasm_byte(r, "instance");
	struct wf_surface *s = c->outer->surface;
	struct wf_surface_item item = {.how = WF_SURFACE_INLINE, .a = s->npassed};
	uint32_t n;

	switch (form) {
	case 0x00:
		item.how = WF_SURFACE_MADE;
		item.a = wf_component_index(c, wf_component_top(c), WF_SORT_COMPONENT, "component");
		n = wf_wasm_count(r, 3, WF_WASM_MAX_ARGS, "arguments");
		for (uint32_t i = 0; i < n && !r->failed; i++) {
			wf_component_name_add(&c->labels, wf_wasm_name(r, "argument"));
			(void)passed(c);
		}
		distinct(c, wf_component_by_bytes, "argument");
		break;
	case 0x01:
		n = wf_wasm_count(r, 4, WF_WASM_MAX_ARGS, "inline exports");
		for (uint32_t i = 0; i < n && !r->failed; i++) {
			struct wf_component_extern e = {.type = 0};

			struct wf_surface_entry to;

			wf_component_name(c, &e);
			to = passed(c);
			to.name = e.name_at;
			wf_surface_pass(s, to);
			wf_component_name_add(&c->labels, e.name);
		}
		distinct(c, wf_extern_name_order, "inline export");
		break;
	default:
		wf_wasm_bad(r, at, WF_R_MALFORMED, "instance: unknown form 0x%02x", form);
	}
	item.b = item.how == WF_SURFACE_INLINE ? s->npassed - item.a : 0;
	wf_component_add_item(c, wf_component_top(c), WF_SORT_INSTANCE, item);
}

/* --- canonical definitions ----------------------------------------------------- */

enum { ASYNC = 1, CALLBACK = 2 };

static unsigned
options(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	unsigned seen = 0;
	uint32_t n = wf_wasm_count(r, 1, WF_WASM_MAX_CANON_OPTIONS, "canonical options");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		const uint8_t *at = r->p;
		uint8_t o = wf_wasm_byte(r, "canonical option");

		switch (o) {
		case 0x00: /* utf8 */
		case 0x01: /* utf16 */
		case 0x02: /* latin1+utf16 */
			break;
		case 0x03:
			index_of(c, WF_SORT_CORE_MEMORY, "memory");
			break;
		case 0x04: /* realloc */
		case 0x05: /* post-return */
			index_of(c, WF_SORT_CORE_FUNC, "core function");
			break;
		case 0x06: /* async */
			seen |= ASYNC;
			wf_wasm_saw(r, WF_F_CM_ASYNC);
			break;
		case 0x07: /* callback */
			seen |= CALLBACK;
			wf_wasm_saw(r, WF_F_CM_ASYNC);
			index_of(c, WF_SORT_CORE_FUNC, "core function");
			break;
		case 0x08: /* core-type */
			wf_wasm_saw(r, WF_F_CM_GC);
			index_of(c, WF_SORT_CORE_TYPE, "core type");
			break;
		case 0x09: /* gc */
			wf_wasm_saw(r, WF_F_CM_GC);
			break;
		default:
			wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown canonical option 0x%02x", o);
		}
	}
	return seen;
}

/* Operands of a built-in, one letter each: t type, o options, O options of a
 * read or write, m memory, z a byte that is 0, a "async": 0 or 1, r results,
 * c core value type and slot, k core type, T table. */
struct builtin {
	const char *operands;
	uint8_t feature;
	bool threads;
};

#define B(operands, f) {operands, WF_F_##f, false}
#define THREAD(operands) {operands, WF_F_CM_THREADING, true}

static const struct builtin builtins[] = {
	[0x02] = B("t", NONE), /* resource.new */
	[0x03] = B("t", NONE), /* resource.drop */
	[0x04] = B("t", NONE), /* resource.rep */
	[0x05] = B("", CM_ASYNC), /* task.cancel */
	[0x06] = B("a", CM_ASYNC), /* subtask.cancel */
	[0x09] = B("ro", CM_ASYNC), /* task.return */
	[0x0a] = B("c", CM_ASYNC), /* context.get */
	[0x0b] = B("c", CM_ASYNC), /* context.set */
	[0x0c] = B("z", CM_ASYNC), /* thread.yield: gives up its turn, starts nothing */
	[0x0d] = B("", CM_ASYNC), /* subtask.drop */
	[0x0e] = B("t", CM_ASYNC), /* stream.new */
	[0x0f] = B("tO", CM_ASYNC), /* stream.read */
	[0x10] = B("tO", CM_ASYNC), /* stream.write */
	[0x11] = B("ta", CM_ASYNC), /* stream.cancel-read */
	[0x12] = B("ta", CM_ASYNC), /* stream.cancel-write */
	[0x13] = B("t", CM_ASYNC), /* stream.drop-readable */
	[0x14] = B("t", CM_ASYNC), /* stream.drop-writable */
	[0x15] = B("t", CM_ASYNC), /* future.new */
	[0x16] = B("tO", CM_ASYNC), /* future.read */
	[0x17] = B("tO", CM_ASYNC), /* future.write */
	[0x18] = B("ta", CM_ASYNC), /* future.cancel-read */
	[0x19] = B("ta", CM_ASYNC), /* future.cancel-write */
	[0x1a] = B("t", CM_ASYNC), /* future.drop-readable */
	[0x1b] = B("t", CM_ASYNC), /* future.drop-writable */
	[0x1c] = B("o", CM_ERROR_CONTEXT), /* error-context.new */
	[0x1d] = B("o", CM_ERROR_CONTEXT), /* error-context.debug-message */
	[0x1e] = B("", CM_ERROR_CONTEXT), /* error-context.drop */
	[0x1f] = B("", CM_ASYNC), /* waitable-set.new */
	[0x20] = B("zm", CM_ASYNC), /* waitable-set.wait */
	[0x21] = B("zm", CM_ASYNC), /* waitable-set.poll */
	[0x22] = B("", CM_ASYNC), /* waitable-set.drop */
	[0x23] = B("", CM_ASYNC), /* waitable.join */
	[0x24] = B("", CM_ASYNC), /* backpressure.inc */
	[0x25] = B("", CM_ASYNC), /* backpressure.dec */
	[0x26] = THREAD(""), /* thread.index */
	[0x27] = THREAD("kT"), /* thread.new-indirect */
	[0x28] = THREAD(""), /* thread.resume-later */
	[0x29] = THREAD("z"), /* thread.suspend */
	[0x2a] = THREAD("z"), /* thread.suspend-then-resume */
	[0x2b] = THREAD("z"), /* thread.yield-then-resume */
	[0x2c] = THREAD("z"), /* thread.suspend-then-promote */
	[0x2d] = THREAD("z"), /* thread.yield-then-promote */
	[0x2e] = B("t", CM_MORE_ASYNC), /* stream.forward */
	[0x2f] = B("t", CM_MORE_ASYNC), /* future.forward */
	[0x40] = THREAD("k"), /* thread.spawn-ref */
	[0x41] = THREAD("kT"), /* thread.spawn-indirect */
	[0x42] = THREAD(""), /* thread.available-parallelism */
};

/* context.get and .set: which core type the slot holds, and which slot. */
static void
slot(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	const uint8_t *at = r->p;
	uint8_t type = wf_wasm_byte(r, "context type");

	if (type != 0x7f && type != 0x7e)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "context: 0x%02x, expected i32 or i64", type);
	else if (type == 0x7e)
		wf_wasm_saw(r, WF_F_CM64);
	(void)wf_wasm_u32(r, "context slot");
}

/* A byte that is always 0. */
static void
zero(struct wf_component *c, const char *what)
{
	const uint8_t *at = c->r->p;
	uint8_t b = wf_wasm_byte(c->r, what);

	if (b != 0)
		wf_wasm_bad(c->r, at, WF_R_MALFORMED, "%s: 0x%02x, expected 0", what, b);
}

static void
operand(struct wf_component *c, char kind)
{
	struct wf_wasm_reader *r = c->r;
	const uint8_t *at = r->p;

	switch (kind) {
	case 't':
		index_of(c, WF_SORT_TYPE, "type");
		return;
	case 'o':
		(void)options(c);
		return;
	case 'O': /* one that blocks */
		if (!(options(c) & ASYNC))
			wf_wasm_saw(r, WF_F_CM_MORE_ASYNC);
		return;
	case 'a':
		if (r->p < r->end && *r->p == 1)
			wf_wasm_saw(r, WF_F_CM_MORE_ASYNC);
		if (wf_wasm_byte(r, "async") > 1)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "async: 0x%02x, expected 0 or 1", *at);
		return;
	case 'm':
		index_of(c, WF_SORT_CORE_MEMORY, "memory");
		return;
	case 'z': /* once said whether the wait could be cancelled */
		zero(c, "built-in");
		return;
	case 'r':
		wf_component_results(c);
		return;
	case 'c':
		slot(c);
		return;
	case 'k':
		index_of(c, WF_SORT_CORE_TYPE, "core type");
		return;
	case 'T':
		index_of(c, WF_SORT_CORE_TABLE, "table");
		return;
	default:
		wf_die("canonical built-in: unknown operand");
	}
}

void
wf_component_canon(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	const uint8_t *at = r->p;
	uint8_t b = wf_wasm_byte(r, "canonical definition");

	if (r->failed)
		return;
	if (b == 0x00) {
		zero(c, "lift");
		index_of(c, WF_SORT_CORE_FUNC, "core function");
		if (options(c) == ASYNC)
			wf_wasm_saw(r, WF_F_CM_ASYNC_STACKFUL);
		wf_component_add_item(c, wf_component_top(c), WF_SORT_FUNC, (struct wf_surface_item){
			.how = WF_SURFACE_TYPED,
			.a = wf_component_index(c, wf_component_top(c), WF_SORT_TYPE, "type"),
		});
		return;
	}
	if (b == 0x01) {
		zero(c, "lower");
		index_of(c, WF_SORT_FUNC, "function");
		(void)options(c);
	} else if (b < WF_COUNT(builtins) && builtins[b].operands) {
		wf_wasm_saw(r, (enum wf_feature)builtins[b].feature);
		/* Inside a nested component too: nobody around it can refuse. */
		if (builtins[b].threads)
			c->outer->canon_threads = wf_component_top(c)->w->canon_threads = true;
		for (const char *k = builtins[b].operands; *k && !r->failed; k++)
			operand(c, *k);
	} else {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown canonical definition 0x%02x", b);
	}
	wf_component_add(c, wf_component_top(c), WF_SORT_CORE_FUNC);
}

void
wf_component_start(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	struct wf_frame *f = wf_component_top(c);
	uint32_t n;

	wf_wasm_saw(r, WF_F_CM_VALUES);
	f->w->has_start = true;
	f->w->start = wf_component_index(c, f, WF_SORT_FUNC, "function");
	n = wf_wasm_count(r, 1, WF_WASM_MAX_START_ARGS, "start arguments");
	for (uint32_t i = 0; i < n && !r->failed; i++)
		index_of(c, WF_SORT_VALUE, "value");
	n = wf_wasm_u32(r, "start results");
	if (n > WF_WASM_MAX_PARAMS)
		wf_wasm_bad(r, r->p, WF_R_LIMIT, "start results: more than the limit of %u",
		            WF_WASM_MAX_PARAMS);
	for (uint32_t i = 0; i < n && !r->failed; i++)
		wf_component_add(c, f, WF_SORT_VALUE);
}
