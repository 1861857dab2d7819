/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings of engines, made from what a policy comes to.  Must never write
 * text from a manifest file unquoted, nor grant what no class allows.
 */
#include "engine/emit.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"

struct ctx {
	const struct wf_policy_effect *e;
	const struct wf_manifest_entry *entry;
	struct wf_buf *out;
	struct wf_err *err;
	enum wf_rc rc;
};

static void put(struct ctx *, const char *fmt, ...) WF_PRINTF(2, 3);

static void
put(struct ctx *c, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (c->rc)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	c->rc = wf_buf_addz(c->out, line, c->err);
}

static bool
has(const struct ctx *c, uint32_t classes)
{
	return (c->e->classes & classes) != 0;
}

/* Bytes of one memory: the policy's limit or its pages, whichever is less. */
static int64_t
memory_bytes(const struct ctx *c)
{
	int64_t bytes = c->e->limits.max_memory_bytes, pages = c->e->max_pages;

	if (pages >= 0 && pages < INT64_MAX / 65536 && (bytes < 0 || pages * 65536 < bytes))
		bytes = pages * 65536;
	return bytes;
}

/* What the entry asks, if the policy has no less. */
static int64_t
limit(const struct ctx *c, int64_t policy, int64_t asked)
{
	if (!c->entry || asked < 0)
		return policy;
	return policy < 0 || asked < policy ? asked : policy;
}

static int64_t
fuel(const struct ctx *c)
{
	return limit(c, c->e->limits.fuel_per_call, c->entry ? c->entry->fuel_per_call : -1);
}

static int64_t
deadline(const struct ctx *c)
{
	return limit(c, c->e->limits.epoch_deadline_ms,
	             c->entry ? c->entry->epoch_deadline_ms : -1);
}

static int64_t
stack(const struct ctx *c)
{
	return limit(c, c->e->limits.stack_size_bytes,
	             c->entry ? c->entry->stack_size_bytes : -1);
}

/* Every class that was allowed and that this engine has no setting for. */
static void
cannot_say(struct ctx *c, const char *comment, uint32_t said)
{
	uint32_t rest = c->e->classes & ~said & ~(WF_CAPS(BENIGN) | WF_CAPS(TYPES));

	for (unsigned k = 0; k < WF_CAP_COUNT; k++)
		if (rest & WF_CAP_BIT(k))
			put(c, "%s allowed, and no setting of its own here: %s\n", comment,
			    wf_capability_word((enum wf_cap)k));
}

/* --- wasmtime: one argument a line --------------------------------------------------- */

/* For a shell: in single quotes, where only that quote is special. */
static void
shell_word(struct ctx *c, const char *before, const char *text, const char *between,
           const char *more)
{
	put(c, "%s", before);
	if (c->rc)
		return;
	for (; *text && c->rc == WF_OK; text++)
		c->rc = *text == '\'' ? wf_buf_addz(c->out, "'\\''", c->err)
		                      : wf_buf_add(c->out, text, 1, c->err);
	put(c, "%s", between);
	for (; *more && c->rc == WF_OK; more++)
		c->rc = *more == '\'' ? wf_buf_addz(c->out, "'\\''", c->err)
		                      : wf_buf_add(c->out, more, 1, c->err);
	put(c, "'\n");
}

/* What a terminal shows as it is. */
static bool
plain(const char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			return false;
	return true;
}

static void
wasmtime_features(struct ctx *c)
{
	static const struct {
		enum wf_feature f;
		const char *flag;
	} rows[] = {
		{WF_F_SIMD, "simd"}, {WF_F_RELAXED_SIMD, "relaxed-simd"},
		{WF_F_TAIL_CALL, "tail-call"}, {WF_F_MULTI_VALUE, "multi-value"},
		{WF_F_BULK_MEMORY, "bulk-memory"}, {WF_F_REF_TYPES, "reference-types"},
		{WF_F_MULTI_MEMORY, "multi-memory"}, {WF_F_MEMORY64, "memory64"},
		{WF_F_FUNC_REFS, "function-references"}, {WF_F_GC, "gc"},
		{WF_F_EXCEPTIONS, "exceptions"}, {WF_F_THREADS, "threads"},
		{WF_F_EXTENDED_CONST, "extended-const"}, {WF_F_PAGE_SIZES, "custom-page-sizes"},
		{WF_F_WIDE_ARITH, "wide-arithmetic"}, {WF_F_STACK_SWITCHING, "stack-switching"},
		{WF_F_SHARED_EVERYTHING, "shared-everything-threads"},
	};

	for (size_t i = 0; i < WF_COUNT(rows); i++)
		if (c->e->feature_deny & WF_FEATURE_BIT(rows[i].f))
			put(c, "-W %s=n\n", rows[i].flag);
}

static void
wasmtime_dirs(struct ctx *c)
{
	if (!has(c, WF_CAPS(FILESYSTEM)))
		return;
	if (!c->entry || !c->entry->npreopens)
		put(c, "# filesystem is allowed, and no directory is named: without --dir it can open nothing\n");
	for (size_t i = 0; c->entry && i < c->entry->npreopens; i++) {
		const struct wf_manifest_preopen *p = &c->entry->preopens[i];

		if (!plain(p->host_path) || !plain(p->guest_path)) {
			put(c, "# a directory is asked for whose path is more than plain ASCII: say --dir yourself\n");
			continue;
		}
		if (p->readonly)
			put(c, "# read only is asked for, and --dir gives it to write too: mount it read only\n");
		shell_word(c, "--dir '", p->host_path, "::", p->guest_path);
	}
}

static void
wasmtime(struct ctx *c)
{
	static const struct {
		uint32_t classes;
		const char *flag;
	} rows[] = {
		{WF_CAPS(STDIO), "inherit-stdin"}, {WF_CAPS(STDIO), "inherit-stdout"},
		{WF_CAPS(STDIO), "inherit-stderr"}, {WF_CAPS(ENV), "inherit-env"},
		{WF_CAPS(NETWORK), "inherit-network"}, {WF_CAPS(NETWORK), "tcp"},
		{WF_CAPS(NETWORK), "udp"}, {WF_CAPS(DNS), "allow-ip-name-lookup"},
		{WF_CAPS(HTTP_CLIENT) | WF_CAPS(HTTP_SERVER), "http"}, {WF_CAPS(TLS), "tls"},
		{WF_CAPS(THREADS), "threads"}, {WF_CAPS(ML), "nn"}, {WF_CAPS(CONFIG), "config"},
		{WF_CAPS(KEYVALUE), "keyvalue"},
	};
	uint32_t said = WF_CAPS(FILESYSTEM) | WF_CAPS(CLOCK) | WF_CAPS(RANDOM) | WF_CAPS(ARGS) |
	                WF_CAPS(POLL) | WF_CAPS(PROCESS);
	int64_t bytes = limit(c, memory_bytes(c), c->entry ? c->entry->max_memory_bytes : -1);

	put(c, "# arguments of wasmtime run, one a line\n");
	put(c, "-S cli=%s\n", c->e->classes & ~(WF_CAPS(BENIGN) | WF_CAPS(TYPES)) ? "y" : "n");
	for (size_t i = 0; i < WF_COUNT(rows); i++) {
		put(c, "-S %s=%s\n", rows[i].flag, has(c, rows[i].classes) ? "y" : "n");
		said |= rows[i].classes;
	}
	wasmtime_dirs(c);
	for (size_t i = 0; c->entry && has(c, WF_CAPS(NETWORK)) && i < c->entry->ntcp; i++)
		put(c, "# one address is asked for, and these flags open them all: tcp port %u\n",
		    c->entry->tcp[i].port);
	if (fuel(c) >= 0)
		put(c, "-W fuel=%lld\n", (long long)fuel(c));
	if (deadline(c) >= 0)
		put(c, "-W timeout=%lldms\n", (long long)deadline(c));
	if (bytes >= 0)
		put(c, "-W max-memory-size=%lld\n", (long long)bytes);
	if (stack(c) >= 0)
		put(c, "-W max-wasm-stack=%lld\n", (long long)stack(c));
	wasmtime_features(c);
	cannot_say(c, "#", said);
}

/* --- settings of PostgreSQL extensions ------------------------------------------------ */

static void
set_bool(struct ctx *c, const char *name, bool on)
{
	put(c, "ALTER SYSTEM SET %s = %s;\n", name, on ? "on" : "off");
}

static void
set_int(struct ctx *c, const char *name, int64_t value)
{
	if (value >= 0)
		put(c, "ALTER SYSTEM SET %s = %lld;\n", name, (long long)value);
}

#define WASI_CLASSES (WF_CAPS(STDIO) | WF_CAPS(ENV) | WF_CAPS(ARGS) | WF_CAPS(CLOCK) | \
                      WF_CAPS(RANDOM) | WF_CAPS(POLL) | WF_CAPS(PROCESS) | \
                      WF_CAPS(FILESYSTEM) | WF_CAPS(NETWORK) | WF_CAPS(DNS) | \
                      WF_CAPS(HTTP_CLIENT) | WF_CAPS(HTTP_SERVER) | WF_CAPS(TLS))

static void
pgwasm(struct ctx *c)
{
	int64_t bytes = memory_bytes(c);

	put(c, "-- settings of pgwasm 0.1, for all functions of the cluster\n");
	set_bool(c, "pgwasm.allow_wasi", has(c, WASI_CLASSES));
	set_bool(c, "pgwasm.allow_wasi_stdio", has(c, WF_CAPS(STDIO)));
	set_bool(c, "pgwasm.allow_wasi_env", has(c, WF_CAPS(ENV) | WF_CAPS(ARGS)));
	set_bool(c, "pgwasm.allow_wasi_fs", has(c, WF_CAPS(FILESYSTEM)));
	set_bool(c, "pgwasm.allow_wasi_net", has(c, WF_CAPS(NETWORK) | WF_CAPS(DNS)));
	set_bool(c, "pgwasm.allow_wasi_http", has(c, WF_CAPS(HTTP_CLIENT) | WF_CAPS(HTTP_SERVER)));
	set_bool(c, "pgwasm.allow_spi", has(c, WF_CAPS(SQL)));
	set_bool(c, "pgwasm.fuel_enabled", true);
	if (bytes >= 0)
		set_int(c, "pgwasm.max_memory_pages", bytes / 65536);
	set_int(c, "pgwasm.fuel_per_invocation", c->e->limits.fuel_per_call);
	set_int(c, "pgwasm.invocation_deadline_ms", c->e->limits.epoch_deadline_ms);
	set_int(c, "pgwasm.max_module_bytes", c->e->max_size);
	put(c, "SELECT pg_reload_conf();\n");
	cannot_say(c, "--", WASI_CLASSES | WF_CAPS(SQL) | WF_CAPS(LOG));
}

static void
pg_wasm_function(struct ctx *c)
{
	const struct wf_manifest_entry *e = c->entry;

	put(c, "-- of the function, in its manifest entry:\n--   wasi: %s\n",
	    !has(c, WASI_CLASSES) ? "leave it out, nothing needs it"
	    : e && e->wasi_set ? "as it is" : "{}, without it none of its imports is provided");
	if (e && e->npreopens && !has(c, WF_CAPS(FILESYSTEM)))
		put(c, "--   wasi.filesystem.preopen: take it out, the policy does not allow filesystem\n");
	if (e && e->ntcp)
		put(c, "--   wasi.sockets.allow_outbound_tcp: take it out, the engine does not serve it\n");
}

static void
pg_wasm(struct ctx *c)
{
	put(c, "-- settings of pg_wasm 0.4, for all functions of the cluster\n");
	set_int(c, "pg_wasm.max_memory_bytes", memory_bytes(c));
	set_int(c, "pg_wasm.max_fuel_per_call", c->e->limits.fuel_per_call);
	set_int(c, "pg_wasm.max_epoch_deadline_ms", c->e->limits.epoch_deadline_ms);
	set_int(c, "pg_wasm.max_stack_bytes", c->e->limits.stack_size_bytes);
	set_int(c, "pg_wasm.max_module_bytes", c->e->max_size);
	set_bool(c, "pg_wasm.allow_fs", has(c, WF_CAPS(FILESYSTEM)));
	set_bool(c, "pg_wasm.allow_net", false);
	put(c, "SELECT pg_reload_conf();\n");
	if (has(c, WF_CAPS(NETWORK)))
		put(c, "-- network is allowed, and this engine cannot give it\n");
	pg_wasm_function(c);
	cannot_say(c, "--", WASI_CLASSES | WF_CAPS(LOG));
}

static const char *const targets[] = {"wasmtime", "pgwasm", "pg_wasm", NULL};

const char *const *
wf_emit_targets(void)
{
	return targets;
}

enum wf_rc
wf_emit(unsigned target, const struct wf_policy_effect *e, const struct wf_manifest_entry *entry,
        struct wf_buf *out, struct wf_err *err)
{
	static void (*const emit[])(struct ctx *) = {wasmtime, pgwasm, pg_wasm};
	struct ctx c = {e, entry, out, err, WF_OK};

	if (target >= WF_COUNT(emit))
		return wf_err_set(err, WF_R_BUG, "no such target of --emit");
	emit[target](&c);
	return c.rc;
}
