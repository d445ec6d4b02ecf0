// SPDX-License-Identifier: BSD-2-Clause
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include "held.h"
#include "names.h"

/* Suspensions have names of their own. */
static const struct {
	const char *name, *text;
} kinds[HELD_COUNT] = {
	[SUSPENDED_WARM_UP] = { NULL, "in the warm-up verdicts are not enforced yet" },
	[SUSPENDED_DEAD_AGENT] = { NULL, "the agent gave no sign of life, and --dead-agent monitor enforces no verdict then" },
	[SUSPENDED_BREAKER] = { NULL, "the breaker had tripped, and no verdict is enforced until hedgerow settings --mode" },
	[SUSPENDED_COMPANION] = { NULL, "the egress companion was gone, and no verdict is enforced without the one that was there" },
	[HELD_MONITOR] = { "monitor", "mode monitor drops nothing" },
	[HELD_SCOPE] = { "scope", "the flow is in a scope, and its mode is monitor" },
	[HELD_GUARD] = { "guard", "the source is under the management guard" },
	[HELD_POLICY] = { "policy", "the policy for what the model condemns so is to log it" },
	[HELD_RATE] = { "rate-limit", "the packet was within the rate that the policy lets pass" },
};

static const char *held_name(enum held held)
{
	return held < HELD_MONITOR ? suspension_name(held) : kinds[held].name;
}

void held_add(json_t *line, enum held held)
{
	json_t *ours = json_object_get(line, "hedgerow");

	if (ours && held != HELD_NOT)
		json_object_set_new(ours, "held_by", json_string(held_name(held)));
}

const char *held_text(const char *name)
{
	for (enum held held = HELD_NOT + 1; held < HELD_COUNT; held++)
		if (!strcmp(name, held_name(held)))
			return kinds[held].text;
	return NULL;
}

/* What kept a drop from being one. `mark`: of the flow's scope. */
static enum held held_of_drop(__u8 mark, const struct settings *settings, const struct safety *safety, __u64 time_ns)
{
	if ((mark ? scope_mark_mode(mark) : settings->mode) != MODE_ENFORCE)
		return mark ? HELD_SCOPE : HELD_MONITOR;
	return (enum held)safety_suspends(settings, safety, time_ns);
}

/* What the model condemned, and its verdict was made a line. A scope may have a policy of its own, which shows in no event. */
static enum held held_of_line(const struct flow *f, const struct settings *settings)
{
	bool is_champions = !settings->shadow_id || f->model_id != settings->shadow_id;

	if (f->listed[0] == FLOW_GUARDED)
		return HELD_GUARD;
	if (!f->scope && is_champions && settings->response[f->class & (MODEL_CLASSES_MAX - 1)].kind == RESPONSE_LOG)
		return HELD_POLICY;
	return HELD_NOT;
}

enum held held_of_event(const struct event *e, const struct settings *settings, const struct safety *safety)
{
	if (e->dropped)
		return HELD_NOT;
	if (e->would_drop)
		return held_of_drop(e->record.flow.scope, settings, safety, e->time_ns);
	if (e->verdict >= VERDICT_DROP_ONCE)
		return HELD_RATE;
	return e->reason == REASON_NONE ? HELD_NOT : held_of_line(&e->record.flow, settings);
}

enum held held_of_alert(const struct alert_key *key, const struct alert *a, const struct settings *settings,
			const struct safety *safety)
{
	return key->would_drop ? held_of_drop(a->scope, settings, safety, a->last_ns) : HELD_NOT;
}
