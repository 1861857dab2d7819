/* SPDX-License-Identifier: Apache-2.0
 *
 * What an engine can and what it has a place for.  Must never drop a wish in
 * silence: what a manifest entry says and the engine cannot keep is refused.
 */
#include <string.h>

#include "engine/adapter.h"

static const struct {
	const char *word, *meaning;
} cans[WF_CAN_COUNT] = {
#define ROW(name, word, meaning) {word, meaning},
	WF_ENGINE_CANS(ROW)
#undef ROW
};

const char *
wf_engine_can_word(enum wf_engine_can c)
{
	return cans[c].word;
}

const char *
wf_engine_can_meaning(enum wf_engine_can c)
{
	return cans[c].meaning;
}

bool
wf_engine_without_types(const char *option)
{
	const struct wf_engine_about *a;
	size_t i;

	for (i = 0; option && (a = wf_engine_about(i)); i++)
		if (wf_engine_is(option, a->name))
			return !((a->can | a->partly) & WF_CAN(SIGNATURE));
	return false;
}

/* Fields that the entry says itself. */
static unsigned
asked(const struct wf_manifest_entry *e)
{
	unsigned f = 0;

	f |= e->args_set ? WF_SPEC_ARGS : 0;
	f |= e->returns ? WF_SPEC_RETURNS : 0;
	f |= e->export_name ? WF_SPEC_EXPORT : 0;
	f |= e->security_set && e->definer ? WF_SPEC_DEFINER : 0;
	f |= e->strict != WF_YESNO_UNSET ? WF_SPEC_STRICT : 0;
	f |= e->volatility != WF_VOLATILITY_UNSET ? WF_SPEC_VOLATILITY : 0;
	f |= e->owner ? WF_SPEC_OWNER : 0;
	f |= e->grants_set ? WF_SPEC_GRANTS : 0;
	f |= e->wasi_set ? WF_SPEC_WASI : 0;
	f |= e->comment ? WF_SPEC_COMMENT : 0;
	return f;
}

static void
drop(struct wf_spec *s, unsigned fields)
{
	if (fields & WF_SPEC_ARGS)
		s->args = NULL;
	if (fields & WF_SPEC_RETURNS)
		s->returns = NULL;
	if (fields & WF_SPEC_EXPORT)
		s->export_name = NULL;
	if (fields & WF_SPEC_DEFINER)
		s->definer = WF_YESNO_UNSET;
}

enum wf_rc
wf_engine_shape(const struct wf_engine *e, const struct wf_manifest_entry *entry,
                struct wf_spec *s, struct wf_err *err)
{
	const struct wf_engine_ops *ops = e->ops;
	unsigned over = asked(entry) & ~ops->keeps, bit;
	size_t i;

	for (bit = 1; bit <= over; bit <<= 1)
		if (over & bit)
			return wf_err_set(err, WF_R_UNFIT, "%s.%s: engine %s has no place for its %s",
			                  s->schema, s->name, ops->about.name,
			                  wf_spec_field_word((enum wf_spec_field)bit));
	if (entry->check.set && !(ops->about.can & WF_CAN(CHECK)))
		return wf_err_set(err, WF_R_UNFIT, "%s.%s: engine %s cannot make the call of its check "
		                  "before it is committed", s->schema, s->name, ops->about.name);
	for (i = 0; i < WF_LIMIT_COUNT; i++)
		if (wf_spec_limit(&s->limits, i) >= 0 && !(ops->limits & 1u << i))
			return wf_err_set(err, WF_R_UNFIT, "%s.%s: engine %s has no limit %s",
			                  s->schema, s->name, ops->about.name,
			                  wf_spec_limit_word(i));
	drop(s, ~ops->keeps);
	return WF_OK;
}
