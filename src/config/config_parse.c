/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration file by table (contract section 5).  Must never keep a
 * password, nor show a connection string.
 */
#include <stddef.h>
#include <string.h>
#include <syslog.h>

#include "base/limits.h"
#include "config/value.h"

static const char name_chars[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

static void
take_name(struct wf_field_ctx *c, const struct wf_field *f,
          const struct wf_yaml_node *v, void *out)
{
	if (!wf_field_is_text(c, f, v))
		return;
	if (strspn(v->text.p, name_chars) != v->text.len || v->text.len > 63)
		wf_field_problem(c, v, "%s: expected at most 63 of A-Z, a-z, 0-9, \"_\", \".\" or \"-\", found \"%.100s\"",
		                 f->name, v->text.p);
	else
		*(const char **)out = wf_field_copy(c, v);
}

/* NAME or NAME:PARAMETER, which the engine itself reads. */
static void
take_engine(struct wf_field_ctx *c, const struct wf_field *f,
            const struct wf_yaml_node *v, void *out)
{
	size_t name;

	if (!wf_field_is_text(c, f, v))
		return;
	name = strspn(v->text.p, name_chars);
	if (name == 0 || name > 63 || (v->text.p[name] != '\0' && v->text.p[name] != ':') ||
	    strlen(v->text.p) != v->text.len)
		wf_field_problem(c, v, "%s: expected NAME or NAME:PARAMETER, found \"%.100s\"",
		                 f->name, v->text.p);
	else
		*(const char **)out = wf_field_copy(c, v);
}

static void
take_conninfo(struct wf_field_ctx *c, const struct wf_field *f,
              const struct wf_yaml_node *v, void *out)
{
	if (!wf_field_is_text(c, f, v))
		return;
	if (wf_config_has_secret(v->text.p))
		wf_field_problem(c, v, "%s: holds a password: expected it in the password file (~/.pgpass, passfile=) or a service file",
		                 f->name);
	else
		*(const char **)out = wf_field_copy(c, v);
}

static void
take_paths(struct wf_field_ctx *c, const struct wf_field *f,
           const struct wf_yaml_node *v, void *out)
{
	const struct wf_yaml_node *m;

	wf_field_texts(c, f, v, out);
	for (m = v->kind == WF_YAML_LIST ? v->first : NULL; m; m = m->next)
		if (m->kind == WF_YAML_SCALAR && m->text.len && m->text.p[0] != '/')
			wf_field_problem(c, m, "%s: expected an absolute path, found \"%.200s\"",
			                 f->name, m->text.p);
}

static void
take_identifier(struct wf_field_ctx *c, const struct wf_field *f,
                const struct wf_yaml_node *v, void *out)
{
	if (!wf_field_is_text(c, f, v))
		return;
	if (strspn(v->text.p, "0123456789") != v->text.len || v->text.len > 20)
		wf_field_problem(c, v, "%s: expected the digits that pg_control_system() shows, found \"%.60s\"",
		                 f->name, v->text.p);
	else
		*(const char **)out = wf_field_copy(c, v);
}

static void
take_settings(struct wf_field_ctx *c, const struct wf_field *f,
              const struct wf_yaml_node *v, void *out)
{
	struct wf_config_target *t = out;

	t->expect_settings = wf_field_pairs(c, f, v, &t->nexpect_settings);
}

static const struct wf_field expect_rows[] = {
	{.name = "extensionVersion", .take = wf_field_text,
	 .off = offsetof(struct wf_config_target, expect_version)},
	{.name = "settings", .take = take_settings},
};
static const struct wf_fields expect_fields = WF_FIELDS("expect", expect_rows);

static const char *const sslmode_words[] = {
	"disable", "allow", "prefer", "require", "verify-ca", NULL,
};

static void
take_sslmode(struct wf_field_ctx *c, const struct wf_field *f,
             const struct wf_yaml_node *v, void *out)
{
	int i = -1;

	wf_field_word(c, f, v, &i);
	if (i >= 0)
		*(const char **)out = sslmode_words[i];
}

static const struct wf_field insecure_rows[] = {
	{.name = "sslmode", .flags = WF_FIELD_REQUIRED, .take = take_sslmode,
	 .words = sslmode_words, .off = offsetof(struct wf_config_target, insecure_sslmode)},
	{.name = "reason", .flags = WF_FIELD_REQUIRED, .take = wf_field_text,
	 .off = offsetof(struct wf_config_target, insecure_reason)},
};
static const struct wf_fields insecure_fields = WF_FIELDS("insecure", insecure_rows);

static void
take_insecure(struct wf_field_ctx *c, const struct wf_field *f,
              const struct wf_yaml_node *v, void *out)
{
	struct wf_config_target *t = out;

	t->insecure = true;
	wf_field_read(c, f->sub, v, t);
}

/* A wrong one is said, too: less than 0. */
static void
take_wave(struct wf_field_ctx *c, const struct wf_field *f, const struct wf_yaml_node *v, void *out)
{
	int64_t *wave = out;

	if (!wf_field_number(c, f->name, v, 1, WF_MAX_WAVE, wave))
		*wave = -1;
}

/* Which one goes first is said of all of them or of none: where the others
 * would come is not guessed. */
static void
check_waves(struct wf_field_ctx *c, const struct wf_yaml_node *list, const struct wf_config *cfg)
{
	const struct wf_yaml_node *m;
	size_t i, n = 0;

	for (i = 0; i < cfg->ntargets; i++)
		n += cfg->targets[i].wave != 0;
	for (m = list->first, i = 0; n && i < cfg->ntargets; m = m->next, i++)
		if (!cfg->targets[i].wave)
			wf_field_problem(c, m, "expected \"wave\" for this target, too, as others have it");
}

static const struct wf_field target_rows[] = {
	{.name = "name", .flags = WF_FIELD_REQUIRED, .take = take_name,
	 .off = offsetof(struct wf_config_target, name)},
	{.name = "engine", .take = take_engine,
	 .off = offsetof(struct wf_config_target, engine)},
	{.name = "conninfo", .flags = WF_FIELD_REQUIRED, .take = take_conninfo,
	 .off = offsetof(struct wf_config_target, conninfo)},
	{.name = "manifests", .take = take_paths,
	 .off = offsetof(struct wf_config_target, manifests)},
	{.name = "systemIdentifier", .take = take_identifier,
	 .off = offsetof(struct wf_config_target, system_identifier)},
	{.name = "expect", .take = wf_field_map, .sub = &expect_fields},
	{.name = "insecure", .flags = WF_FIELD_NULL_OK, .take = take_insecure,
	 .sub = &insecure_fields},
	{.name = "wave", .take = take_wave, .off = offsetof(struct wf_config_target, wave)},
};
static const struct wf_fields target_fields = WF_FIELDS("a target", target_rows);

static void
take_targets(struct wf_field_ctx *c, const struct wf_field *f,
             const struct wf_yaml_node *v, void *out)
{
	struct wf_config *cfg = out;
	const struct wf_yaml_node *m;
	size_t i;

	if (!wf_field_is_list(c, f, v))
		return;
	cfg->targets = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*cfg->targets));
	for (m = v->first; m; m = m->next) {
		struct wf_config_target *t = &cfg->targets[cfg->ntargets];

		t->pos = wf_field_pos(c, m);
		wf_field_read(c, f->sub, m, t);
		for (i = 0; t->name && i < cfg->ntargets; i++)
			if (cfg->targets[i].name && strcmp(cfg->targets[i].name, t->name) == 0)
				wf_field_problem(c, m, "a second target \"%s\": first at line %u",
				                 t->name, cfg->targets[i].pos.line);
		cfg->ntargets++;
	}
	check_waves(c, v, cfg);
}

static const char *const facility_words[] = {
	"auth", "authpriv", "cron", "daemon", "ftp", "lpr", "mail", "news", "syslog",
	"user", "uucp", "local0", "local1", "local2", "local3", "local4", "local5",
	"local6", "local7", NULL,
};
static const int facilities[] = {
	LOG_AUTH, LOG_AUTHPRIV, LOG_CRON, LOG_DAEMON, LOG_FTP, LOG_LPR, LOG_MAIL, LOG_NEWS,
	LOG_SYSLOG, LOG_USER, LOG_UUCP, LOG_LOCAL0, LOG_LOCAL1, LOG_LOCAL2, LOG_LOCAL3,
	LOG_LOCAL4, LOG_LOCAL5, LOG_LOCAL6, LOG_LOCAL7,
};
_Static_assert(WF_COUNT(facilities) + 1 == WF_COUNT(facility_words), "a value a word");

static void
take_facility(struct wf_field_ctx *c, const struct wf_field *f,
              const struct wf_yaml_node *v, void *out)
{
	int i = -1;

	wf_field_word(c, f, v, &i);
	if (i >= 0)
		*(int *)out = facilities[i];
}

static const struct wf_field syslog_rows[] = {
	{.name = "socket", .take = wf_field_path,
	 .off = offsetof(struct wf_config_alerts, socket)},
	{.name = "facility", .take = take_facility, .words = facility_words,
	 .off = offsetof(struct wf_config_alerts, facility)},
	{.name = "ident", .take = take_name,
	 .off = offsetof(struct wf_config_alerts, ident)},
};
static const struct wf_fields syslog_fields = WF_FIELDS("syslog", syslog_rows);

static void
take_syslog(struct wf_field_ctx *c, const struct wf_field *f,
            const struct wf_yaml_node *v, void *out)
{
	struct wf_config_alerts *a = out;

	a->syslog_set = true;
	wf_field_read(c, f->sub, v, a);
}

static const struct wf_field alerts_rows[] = {
	{.name = "syslog", .take = take_syslog, .sub = &syslog_fields},
	{.name = "metrics", .flags = WF_FIELD_UNSERVED},
};
static const struct wf_fields alerts_fields = WF_FIELDS("alerts", alerts_rows);

static const char *const kind_words[] = {"Config", NULL};

static void
take_kind(struct wf_field_ctx *c, const struct wf_field *f,
          const struct wf_yaml_node *v, void *out)
{
	int i = 0;

	(void)out;
	wf_field_word(c, f, v, &i);
}

static const struct wf_field head_rows[] = {
	{.name = "apiVersion", .flags = WF_FIELD_REQUIRED, .take = wf_field_api_version},
	{.name = "kind", .flags = WF_FIELD_REQUIRED, .take = take_kind, .words = kind_words},
	{.name = "targets", .take = take_targets, .sub = &target_fields},
	{.name = "store", .take = wf_field_path, .off = offsetof(struct wf_config, store)},
	{.name = "state", .take = wf_field_path, .off = offsetof(struct wf_config, state)},
	{.name = "registries", .take = wf_config_take_registries,
	 .sub = &wf_config_registry_fields},
	{.name = "alerts", .take = wf_field_map, .sub = &alerts_fields,
	 .off = offsetof(struct wf_config, alerts)},
	{.name = "windows", .flags = WF_FIELD_UNSERVED | WF_FIELD_EMPTY_OK},
};
static const struct wf_fields head_fields = WF_FIELDS("the configuration", head_rows);

const struct wf_fields *
wf_config_fields(void)
{
	return &head_fields;
}

void
wf_config_parse_into(struct wf_config *cfg, struct wf_str yaml, const char *name)
{
	struct wf_field_ctx c = {&cfg->problems, &cfg->arena, NULL, WF_R_CONFIG};
	WF_AUTO(wf_yaml_freep) struct wf_yaml *doc = NULL;

	c.file = wf_arena_strn(&cfg->arena, name, strlen(name));
	doc = wf_yaml_parse(yaml, c.file, WF_R_CONFIG, &cfg->problems);
	if (doc)
		wf_field_read(&c, &head_fields, wf_yaml_root(doc), cfg);
}
