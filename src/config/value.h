/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of struct wf_config, shared by the files that make it and by
 * nobody else.
 */
#ifndef WF_CONFIG_VALUE_H
#define WF_CONFIG_VALUE_H

#include "config/config.h"

struct wf_config {
	struct wf_arena arena;
	struct wf_problems problems;
	struct wf_config_target *targets;
	size_t ntargets;
	struct wf_config_registry *registries;
	size_t nregistries;
	struct wf_config_alerts alerts;
	const char *store, *state;
};

void wf_config_parse_into(struct wf_config *, struct wf_str yaml, const char *name);

/* `registries`, config_registry.c */
extern const struct wf_fields wf_config_registry_fields;
wf_field_take wf_config_take_registries;

/* Does a connection string of libpq (keywords or URI) hold a password or
 * another secret? */
bool wf_config_has_secret(const char *conninfo);

#endif
