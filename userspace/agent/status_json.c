// SPDX-License-Identifier: BSD-2-Clause
/* Status for machines: all that the text says, and every setting. */
#include <stdio.h>
#include <string.h>
#include "agent_life.h"
#include "clock.h"
#include "policies.h"
#include "safety_state.h"
#include "scope_text.h"
#include "settings_options.h"
#include "status.h"

static json_t *interfaces_json(const struct status *s)
{
	json_t *all = json_array();

	for (int i = 0; i < s->attachment_count; i++) {
		const struct attachment *a = &s->attachment[i];

		json_array_append_new(all, json_pack("{s:s,s:s,s:i,s:b,s:b}", "iface", a->iface, "xdp_mode",
						     xdp_mode_names[a->mode], "program_id", (int)a->xdp_id, "dispatcher",
						     a->dispatcher != 0, "egress", s->egress[i]));
	}
	return all;
}

/* NULL where nothing is left behind. */
static json_t *leftovers_json(const struct leftovers *l)
{
	json_t *companions = json_array(), *pins = json_array();

	for (int i = 0; i < l->companion_count; i++)
		json_array_append_new(companions, json_string(l->companion[i]));
	for (int i = 0; i < l->pins_count; i++)
		json_array_append_new(pins, json_pack("{s:s, s:s}", "folder", l->pins[i].folder, "mode",
						      mode_name(l->pins[i].enforces ? MODE_ENFORCE : MODE_MONITOR)));
	if (json_array_size(companions) || json_array_size(pins))
		return json_pack("{s:o, s:o}", "companions", companions, "pins", pins);
	json_decref(companions);
	json_decref(pins);
	return NULL;
}

static void policy_add(void *object, const char *class, const char *response)
{
	json_object_set_new(object, *class ? class : "any", json_string(response));
}

static json_t *policies_json(const struct status *s)
{
	json_t *object = json_object();

	policies_walk(&s->settings, s->model->id ? s->model : NULL, policy_add, object);
	return object;
}

static json_t *timeouts_json(const struct settings *s)
{
	json_t *object = json_object();

	for (int i = 0; i < TIMEOUTS; i++)
		json_object_set_new(object, timeout_names[i], json_real(s->timeout_ns[i] / 1e9));
	return object;
}

static json_t *settings_json(const struct status *status)
{
	const struct settings *s = &status->settings;
	char checkpoints[CHECKPOINTS_TEXT_SIZE];
	json_t *object = json_pack("{s:I,s:s,s:I,s:f,s:I,s:s,s:f,s:o}", "generation", (json_int_t)s->generation, "checkpoints",
				   checkpoints_print(s->checkpoints, checkpoints, sizeof(checkpoints)), "event_rate",
				   (json_int_t)s->event_rate, "snapshot_share", s->snapshot_share / 65536.0, "snapshot_rate",
				   (json_int_t)s->snapshot_rate, "tunnels", tunnels_name(s->tunnels), "condemn_for_s",
				   s->condemn_for_ns / 1e9, "timeout_s", timeouts_json(s));

	json_object_set_new(object, "suspicious_rate", json_integer(s->suspicious_rate));
	json_object_update_new(object, json_pack("{s:b,s:s,s:f,s:s,s:f,s:f,s:I,s:o,s:f,s:i}", "end_host", s->end_host != 0,
						 "answers", answers_name(s->one_way), "warm_up_s", s->warm_up_ns / 1e9, "dead_agent",
						 dead_agent_names[s->dead_agent == DEAD_AGENT_MONITOR], "dead_after_s",
						 s->dead_after_ns / 1e9, "breaker_share", s->breaker_permille / 1e3,
						 "breaker_least", (json_int_t)s->breaker_least, "policy", policies_json(status),
						 "unblock_when_quiet_s", s->unblock_quiet_ns / 1e9, "ipv6_prefix",
						 settings_ipv6_prefix(s)));
	return object;
}

static json_t *lists_json(const struct status *s)
{
	json_t *object = json_object();

	for (int list = 0; list < LIST_COUNT; list++)
		json_object_set_new(object, list_names[list], json_integer(s->listed[list]));
	json_object_set_new(object, "blocked_flows", json_integer(s->flows_blocked));
	json_object_set_new(object, "blocked_sources", json_integer(s->sources_blocked));
	return object;
}

static json_t *scopes_json(const struct scopes *scopes)
{
	json_t *all = json_array();
	char what[SCOPE_TEXT_SIZE];

	for (__u32 i = 0; i < scopes->count; i++) {
		const struct scope *c = &scopes->scope[i];

		scope_what_print(c, what);
		json_array_append_new(all, json_pack("{s:s%, s:s, s:s}", "name", c->name, strnlen(c->name, SCOPE_NAME_SIZE), "mode",
						     mode_name(c->mode), "what", *what ? what + 1 : ""));
	}
	return all;
}

static json_t *agent_json(const struct status *s, __u64 now)
{
	enum agent_life life = agent_life_of(&s->safety, now);
	json_t *object = json_pack("{s:s}", "state", agent_life_name(life));
	char since[CLOCK_TEXT_SIZE];

	if (life != AGENT_SILENT)
		return object;
	json_object_set_new(object, "silent_since",
			    json_string(clock_print(clock_unix_from_monotonic(s->safety.agent_ns), since)));
	json_object_set_new(object, "silent_s", json_real(agent_silent_ns(&s->safety, now) / 1e9));
	return object;
}

/* What it has counted in the running epoch and the one before, and when it last tripped. */
static json_t *breaker_json(const struct status *s)
{
	const struct safety *b = &s->safety;
	bool tripped = b->tripped_ns;

	return json_pack("{s:b,s:I,s:I}", "tripped", tripped, "judged",
			 (json_int_t)(tripped ? b->tripped_judged : b->judged[0] + b->judged[1]), "condemned",
			 (json_int_t)(tripped ? b->tripped_condemned : b->condemned[0] + b->condemned[1]));
}

json_t *status_json(const struct status *s)
{
	json_t *counters = json_object(), *object;
	char since[CLOCK_TEXT_SIZE], model[16] = "", why[SAFETY_TEXT_SIZE] = "";
	__u64 now = clock_monotonic_ns();

	for (int id = 0; id < COUNTER_COUNT; id++)
		json_object_set_new(counters, counter_name(id), json_integer(s->counters.value[id]));
	if (s->model->id)
		snprintf(model, sizeof(model), "%08x", s->model->id);
	if (status_enforces(s))
		safety_print(&s->settings, &s->safety, s->model->id, now, why);
	object = json_pack("{s:s,s:o,s:o*,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o*,s:o}", "instance", s->agent.instance, "interfaces",
			   interfaces_json(s), "left_behind", leftovers_json(&s->leftovers), "since",
			   clock_print(s->since_ns, since), "mode", mode_name(s->settings.mode), "suspended",
			   suspension_name(safety_suspends(&s->settings, &s->safety, now)), "suspended_why", why, "engine",
			   engine_name(s->settings.engine), "model", model, "model_file", status_model_file(s),
			   "drops_nothing", s->drops_nothing, "challenger",
			   s->has_challenger ? shadow_report_json(&s->shadow) : NULL, "settings", settings_json(s));
	json_object_set_new(object, "agent", agent_json(s, now));
	json_object_update_new(object, json_pack("{s:o,s:o,s:o,s:{s:I,s:I,s:I,s:I},s:I,s:o}", "breaker", breaker_json(s), "lists",
						 lists_json(s), "scopes", scopes_json(&s->scopes), "flows", "present",
						 (json_int_t)s->flows_present, "newcomers", (json_int_t)s->newcomers, "max",
						 (json_int_t)s->flows_max, "evicted", (json_int_t)s->flows_evicted, "packets",
						 (json_int_t)status_packets(s), "counters", counters));
	return object;
}
