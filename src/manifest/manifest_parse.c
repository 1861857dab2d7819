/* SPDX-License-Identifier: Apache-2.0
 *
 * Manifest files by table (contract section 6).  Must never drop a field it
 * does not understand, and never take a reference that can move.
 */
#include <stddef.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "manifest/value.h"

#define MAX_TYPE_TEXT 255u
#define OFF(member) offsetof(struct wf_manifest_entry, member)

/* A name of the database: any text of 1 to 63 bytes that can be shown as it
 * is.  PostgreSQL would take control bytes and marks that turn the order of
 * text; a person could not tell such a function from another. */
static void
take_name(struct wf_field_ctx *c, const struct wf_field *f,
          const struct wf_yaml_node *v, void *out)
{
	char shown[4 * WF_MAX_SQL_NAME_BYTES + 1];

	if (!wf_field_is_text(c, f, v))
		return;
	if (v->text.len <= WF_MAX_SQL_NAME_BYTES &&
	    (!wf_text_escape(v->text.p, v->text.len, shown, sizeof(shown)) ||
	     strlen(shown) != v->text.len))
		wf_field_problem(c, v, "%s: expected characters that can be shown, found \"%s\"",
		                 f->name, shown);
	else if (v->text.len > WF_MAX_SQL_NAME_BYTES)
		wf_field_problem(c, v, "%s: expected at most %u bytes, found %zu: \"%.80s\"",
		                 f->name, WF_MAX_SQL_NAME_BYTES, v->text.len, v->text.p);
	else
		*(const char **)out = wf_field_copy(c, v);
}

static void
take_ref(struct wf_field_ctx *c, const struct wf_field *f,
         const struct wf_yaml_node *v, void *out)
{
	struct wf_manifest_entry *e = out;
	struct wf_err err = {0};
	struct wf_ref ref = WF_REF_INIT;

	if (!wf_field_is_text(c, f, v))
		return;
	if (wf_ref_parse(v->text.p, &ref, &err)) {
		wf_field_problem(c, v, "%s", err.msg);
		return;
	}
	if (ref.kind != WF_REF_REGISTRY && ref.kind != WF_REF_OCI_DIR)
		wf_field_problem(c, v, "%s: expected registry/repository@sha256:<64 hex>, found \"%.200s\"",
		                 f->name, v->text.p);
	else if (wf_ref_need_digest(&ref, &err))
		wf_field_problem_as(c, WF_R_TAG_ONLY, v, "%s", err.msg);
	else {
		e->ref = ref;
		e->ref_pos = wf_field_pos(c, v);
		return;
	}
	wf_ref_free(&ref);
}

static void
take_args(struct wf_field_ctx *c, const struct wf_field *f,
          const struct wf_yaml_node *v, void *out)
{
	struct wf_manifest_entry *e = out;
	const struct wf_yaml_node *m;

	if (!wf_field_is_list(c, f, v))
		return;
	if (v->n > WF_MAX_ARGS) {
		wf_field_problem(c, v, "%s: expected at most %u types, found %zu",
		                 f->name, WF_MAX_ARGS, v->n);
		return;
	}
	e->args = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*e->args));
	e->nargs = 0;
	e->args_set = true;
	for (m = v->first; m; m = m->next) {
		if (!wf_field_is_text(c, f, m))
			continue;
		if (m->text.len > MAX_TYPE_TEXT)
			wf_field_problem(c, m, "%s: expected a type of at most %u bytes, found %zu",
			                 f->name, MAX_TYPE_TEXT, m->text.len);
		else
			e->args[e->nargs++] = wf_field_copy(c, m);
	}
}

static void
take_type(struct wf_field_ctx *c, const struct wf_field *f,
          const struct wf_yaml_node *v, void *out)
{
	if (!wf_field_is_text(c, f, v))
		return;
	if (v->text.len > MAX_TYPE_TEXT)
		wf_field_problem(c, v, "%s: expected a type of at most %u bytes, found %zu",
		                 f->name, MAX_TYPE_TEXT, v->text.len);
	else
		*(const char **)out = wf_field_copy(c, v);
}

static const char *const volatilities[] = {"immutable", "stable", "volatile", NULL};

static void
take_volatility(struct wf_field_ctx *c, const struct wf_field *f,
                const struct wf_yaml_node *v, void *out)
{
	int i = -1;

	wf_field_word(c, f, v, &i);
	if (i >= 0)
		*(enum wf_volatility *)out = (enum wf_volatility)(i + 1);
}

static void
take_yesno(struct wf_field_ctx *c, const struct wf_field *f,
           const struct wf_yaml_node *v, void *out)
{
	size_t before = c->problems->n + c->problems->left_off;
	bool yes = false;

	wf_field_bool(c, f, v, &yes);
	if (c->problems->n + c->problems->left_off == before)
		*(enum wf_yesno *)out = yes ? WF_YES : WF_NO;
}

static const char *const securities[] = {"invoker", "definer", NULL};

static void
take_security(struct wf_field_ctx *c, const struct wf_field *f,
              const struct wf_yaml_node *v, void *out)
{
	struct wf_manifest_entry *e = out;
	int i = -1;

	wf_field_word(c, f, v, &i);
	if (i < 0)
		return;
	e->definer = i == 1;
	e->security_set = true;
}

static void
take_grants(struct wf_field_ctx *c, const struct wf_field *f,
            const struct wf_yaml_node *v, void *out)
{
	struct wf_manifest_entry *e = out;
	const struct wf_yaml_node *m;
	struct wf_strs roles = {NULL, 0};

	wf_field_texts(c, f, v, &roles);
	if (v->kind != WF_YAML_LIST)
		return;
	for (m = v->first; m; m = m->next) {
		if (m->kind != WF_YAML_SCALAR)
			continue;
		if (m->text.len > WF_MAX_SQL_NAME_BYTES)
			wf_field_problem(c, m, "%s: expected at most %u bytes, found %zu: \"%.80s\"",
			                 f->name, WF_MAX_SQL_NAME_BYTES, m->text.len,
			                 m->text.p);
		else if (wf_str_eqz(m->text, "public") || wf_str_eqz(m->text, "PUBLIC"))
			wf_field_problem(c, m, "%s: expected roles, found \"%s\", which is everybody",
			                 f->name, m->text.p);
	}
	e->grants = roles.v;
	e->ngrants = roles.n;
	e->grants_set = true;
}

static const struct wf_field limit_rows[] = {
	{.name = "max_memory_bytes", .take = wf_field_int, .min = 1, .max = INT64_MAX,
	 .off = OFF(max_memory_bytes)},
	{.name = "fuel_per_call", .take = wf_field_int, .min = 1, .max = INT64_MAX,
	 .off = OFF(fuel_per_call)},
	{.name = "epoch_deadline_ms", .take = wf_field_int, .min = 1, .max = INT64_MAX,
	 .off = OFF(epoch_deadline_ms)},
	{.name = "stack_size_bytes", .take = wf_field_int, .min = 1, .max = INT64_MAX,
	 .off = OFF(stack_size_bytes)},
};
static const struct wf_fields limit_fields = WF_FIELDS("limits", limit_rows);

static const struct wf_field preopen_rows[] = {
	{.name = "host_path", .flags = WF_FIELD_REQUIRED, .take = wf_field_path,
	 .off = offsetof(struct wf_manifest_preopen, host_path)},
	{.name = "guest_path", .flags = WF_FIELD_REQUIRED, .take = wf_field_path,
	 .off = offsetof(struct wf_manifest_preopen, guest_path)},
	{.name = "readonly", .take = wf_field_bool,
	 .off = offsetof(struct wf_manifest_preopen, readonly)},
};
static const struct wf_fields preopen_fields = WF_FIELDS("a preopen", preopen_rows);

static void
take_preopens(struct wf_field_ctx *c, const struct wf_field *f,
              const struct wf_yaml_node *v, void *out)
{
	struct wf_manifest_entry *e = out;
	const struct wf_yaml_node *m;
	struct wf_manifest_preopen *p;

	if (!wf_field_is_list(c, f, v))
		return;
	e->preopens = p = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*p));
	e->npreopens = v->n;
	for (m = v->first; m; m = m->next, p++) {
		p->readonly = true; /* what is not said is not granted */
		wf_field_read(c, f->sub, m, p);
	}
}

struct tcp_row {
	const char *host;
	int64_t port;
};
static const struct wf_field tcp_rows[] = {
	{.name = "host", .flags = WF_FIELD_REQUIRED, .take = wf_field_text,
	 .off = offsetof(struct tcp_row, host)},
	{.name = "port", .flags = WF_FIELD_REQUIRED, .take = wf_field_int, .min = 1,
	 .max = 65535, .off = offsetof(struct tcp_row, port)},
};
static const struct wf_fields tcp_fields = WF_FIELDS("an allowed connection", tcp_rows);

static void
take_tcp(struct wf_field_ctx *c, const struct wf_field *f,
         const struct wf_yaml_node *v, void *out)
{
	struct wf_manifest_entry *e = out;
	const struct wf_yaml_node *m;
	struct wf_manifest_tcp *t;
	struct tcp_row row;

	if (!wf_field_is_list(c, f, v))
		return;
	e->tcp = t = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*t));
	e->ntcp = v->n;
	for (m = v->first; m; m = m->next, t++) {
		row = (struct tcp_row){NULL, 0};
		wf_field_read(c, f->sub, m, &row);
		t->host = row.host;
		t->port = (unsigned)row.port;
	}
}

static const struct wf_field filesystem_rows[] = {
	{.name = "preopen", .take = take_preopens, .sub = &preopen_fields},
};
static const struct wf_fields filesystem_fields = WF_FIELDS("filesystem", filesystem_rows);
static const struct wf_field sockets_rows[] = {
	{.name = "allow_outbound_tcp", .take = take_tcp, .sub = &tcp_fields},
};
static const struct wf_fields sockets_fields = WF_FIELDS("sockets", sockets_rows);
static const struct wf_field wasi_rows[] = {
	{.name = "filesystem", .take = wf_field_map, .sub = &filesystem_fields},
	{.name = "sockets", .take = wf_field_map, .sub = &sockets_fields},
};
static const struct wf_fields wasi_fields = WF_FIELDS("wasi", wasi_rows);

static void
take_wasi(struct wf_field_ctx *c, const struct wf_field *f,
          const struct wf_yaml_node *v, void *out)
{
	struct wf_manifest_entry *e = out;

	/* a whole: an entry's wasi takes the place of the defaults' */
	e->preopens = NULL;
	e->tcp = NULL;
	e->npreopens = e->ntcp = 0;
	e->wasi_set = true;
	wf_field_read(c, f->sub, v, e);
}

/* A value as SQL reads it: any text, the empty one too; a plain null is NULL. */
static bool
take_value(struct wf_field_ctx *c, const struct wf_field *f, const struct wf_yaml_node *v,
           const char **out)
{
	*out = NULL;
	if (v->kind != WF_YAML_SCALAR) {
		wf_field_problem(c, v, "%s: expected texts, found %s", f->name, wf_yaml_what(v));
		return false;
	}
	if (!wf_yaml_is_null(v))
		*out = wf_field_copy(c, v);
	return true;
}

static void
take_check_args(struct wf_field_ctx *c, const struct wf_field *f,
                const struct wf_yaml_node *v, void *out)
{
	struct wf_manifest_check *k = out;
	const struct wf_yaml_node *m;

	if (!wf_field_is_list(c, f, v))
		return;
	if (v->n > WF_MAX_ARGS) {
		wf_field_problem(c, v, "%s: expected at most %u values, found %zu", f->name,
		                 WF_MAX_ARGS, v->n);
		return;
	}
	k->args = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*k->args));
	for (m = v->first; m; m = m->next)
		k->nargs += take_value(c, f, m, &k->args[k->nargs]);
}

static void
take_check_expect(struct wf_field_ctx *c, const struct wf_field *f,
                  const struct wf_yaml_node *v, void *out)
{
	struct wf_manifest_check *k = out;

	k->expect_set = take_value(c, f, v, &k->expect);
}

static const struct wf_field check_rows[] = {
	{.name = "args", .take = take_check_args},
	{.name = "expect", .take = take_check_expect},
};
static const struct wf_fields check_fields = WF_FIELDS("check", check_rows);

static void
take_check(struct wf_field_ctx *c, const struct wf_field *f, const struct wf_yaml_node *v,
           void *out)
{
	struct wf_manifest_check *k = out;

	k->set = true;
	wf_field_read(c, f->sub, v, k);
}

/* What defaults may say too comes last, so that one table is the tail of the
 * other. */
static const struct wf_field entry_rows[] = {
	{.name = "name", .flags = WF_FIELD_REQUIRED, .take = take_name, .off = OFF(name)},
	{.name = "ref", .flags = WF_FIELD_REQUIRED, .take = take_ref},
	{.name = "export", .take = wf_field_text, .off = OFF(export_name)},
	{.name = "args", .take = take_args},
	{.name = "returns", .take = take_type, .off = OFF(returns)},
	{.name = "check", .take = take_check, .sub = &check_fields, .off = OFF(check)},
	{.name = "comment", .take = wf_field_text, .off = OFF(comment)},
#define FIRST_DEFAULT 7
	{.name = "schema", .take = take_name, .off = OFF(schema)},
	{.name = "volatility", .take = take_volatility, .words = volatilities,
	 .off = OFF(volatility)},
	{.name = "strict", .take = take_yesno, .off = OFF(strict)},
	{.name = "security", .take = take_security, .words = securities},
	{.name = "owner", .take = take_name, .off = OFF(owner)},
	{.name = "grants", .take = take_grants},
	{.name = "limits", .take = wf_field_map, .sub = &limit_fields},
	{.name = "wasi", .take = take_wasi, .sub = &wasi_fields},
	{.name = "policy", .take = wf_field_path, .off = OFF(policy)},
};
static const struct wf_fields entry_fields = WF_FIELDS("an entry", entry_rows);
static const struct wf_fields default_fields = {
	"defaults", entry_rows + FIRST_DEFAULT, WF_COUNT(entry_rows) - FIRST_DEFAULT};

/* What the head of a document says. */
struct head {
	const char *target;
	const struct wf_yaml_node *defaults, *functions;
};

static const char *const kinds[] = {"FunctionSet", NULL};

static void
take_kind(struct wf_field_ctx *c, const struct wf_field *f,
          const struct wf_yaml_node *v, void *out)
{
	int i = 0;

	(void)out;
	wf_field_word(c, f, v, &i);
}

static void
take_target(struct wf_field_ctx *c, const struct wf_field *f,
            const struct wf_yaml_node *v, void *out)
{
	size_t i;
	bool good = true;

	if (!wf_field_is_text(c, f, v))
		return;
	if (strchr(v->text.p, '=') || strstr(v->text.p, "://")) {
		/* may hold a password: never shown */
		wf_field_problem(c, v, "%s: expected the name of a target in the configuration, found a connection string",
		                 f->name);
		return;
	}
	for (i = 0; i < v->text.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-",
		            v->text.p[i]))
			good = false;
	if (!good || v->text.len > 63)
		wf_field_problem(c, v, "%s: expected a name of A-Z, a-z, 0-9, \"_\", \".\" or \"-\", found \"%.100s\"",
		                 f->name, v->text.p);
	else
		*(const char **)out = wf_field_copy(c, v);
}

static void
take_node(struct wf_field_ctx *c, const struct wf_field *f,
          const struct wf_yaml_node *v, void *out)
{
	(void)c;
	(void)f;
	*(const struct wf_yaml_node **)out = v;
}

static const struct wf_field head_rows[] = {
	{.name = "apiVersion", .flags = WF_FIELD_REQUIRED, .take = wf_field_api_version},
	{.name = "kind", .flags = WF_FIELD_REQUIRED, .take = take_kind, .words = kinds},
	{.name = "target", .take = take_target, .off = offsetof(struct head, target)},
	{.name = "defaults", .take = take_node, .sub = &default_fields,
	 .off = offsetof(struct head, defaults)},
	{.name = "functions", .flags = WF_FIELD_REQUIRED, .take = take_node,
	 .sub = &entry_fields, .off = offsetof(struct head, functions)},
};
static const struct wf_fields head_fields = WF_FIELDS("the document", head_rows);

const struct wf_fields *
wf_manifest_fields(void)
{
	return &head_fields;
}

static void
take_entry(struct wf_manifest *m, struct wf_field_ctx *c,
           const struct wf_yaml_node *v, const struct wf_manifest_entry *base)
{
	struct wf_manifest_entry e = *base;

	e.file = c->file;
	e.line = v->line;
	e.column = v->column;
	wf_field_read(c, &entry_fields, v, &e);
	if (v->kind == WF_YAML_MAP && !e.schema && !wf_yaml_get(v, "schema"))
		wf_field_problem(c, v, "an entry has no \"schema\", and no defaults give one");
	if (e.definer && e.security_set && !e.owner)
		wf_field_problem(c, v, "security: definer needs an explicit \"owner\"");
	/* only whole entries: what a problem was reported for is not there */
	if (!e.name || !e.schema || e.ref.kind == WF_REF_NONE) {
		wf_ref_free(&e.ref);
		return;
	}
	m->v = wf_grow(m->v, &m->cap, m->n, sizeof(*m->v));
	m->v[m->n++] = e;
}

static void
take_list(struct wf_manifest *m, struct wf_field_ctx *c,
          const struct wf_yaml_node *list, const struct wf_manifest_entry *base)
{
	const struct wf_yaml_node *v;

	if (list->kind != WF_YAML_LIST) {
		wf_field_problem(c, list, "expected a list of functions, found %s",
		                 wf_yaml_what(list));
		return;
	}
	for (v = list->first; v; v = v->next) {
		if (m->n >= WF_MAX_FUNCTIONS) {
			wf_field_problem_as(c, WF_R_LIMIT, v, "more than %u functions",
			                    WF_MAX_FUNCTIONS);
			return;
		}
		take_entry(m, c, v, base);
	}
}

static void
take_document(struct wf_manifest *m, struct wf_field_ctx *c,
              const struct wf_yaml_node *root, struct wf_manifest_entry *base)
{
	struct head h = {NULL, NULL, NULL};

	wf_field_read(c, &head_fields, root, &h);
	base->target = h.target;
	if (h.defaults)
		wf_field_read(c, &default_fields, h.defaults, base);
	if (h.functions)
		take_list(m, c, h.functions, base);
}

void
wf_manifest_parse(struct wf_manifest *m, struct wf_str yaml, const char *name)
{
	struct wf_manifest_entry base = {
		.max_memory_bytes = -1, .fuel_per_call = -1,
		.epoch_deadline_ms = -1, .stack_size_bytes = -1,
	};
	struct wf_field_ctx c = {&m->problems, &m->arena, NULL, WF_R_MALFORMED};
	WF_AUTO(wf_yaml_freep) struct wf_yaml *doc = NULL;
	const struct wf_yaml_node *root;

	c.file = wf_arena_strn(&m->arena, name, strlen(name));
	doc = wf_yaml_parse(yaml, c.file, WF_R_MALFORMED, &m->problems);
	if (!doc)
		return;
	root = wf_yaml_root(doc);
	switch (root->kind) {
	case WF_YAML_LIST:
		take_list(m, &c, root, &base);
		return;
	case WF_YAML_MAP:
		take_document(m, &c, root, &base);
		return;
	case WF_YAML_NONE:
	case WF_YAML_SCALAR:
		break;
	}
	wf_field_problem(&c, root, "expected a list of functions or a document of kind FunctionSet, found %s%s",
	                 wf_yaml_what(root),
	                 root->kind == WF_YAML_NONE ? "; an empty list is written []" : "");
}
