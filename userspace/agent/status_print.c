// SPDX-License-Identifier: BSD-2-Clause
/* Status for people. */
#include <stdio.h>
#include "agent_life.h"
#include "clock.h"
#include "policies.h"
#include "safety_state.h"
#include "scope_text.h"
#include "settings_options.h"
#include "status.h"

static const char *const kind_titles[] = {
	[COUNTER_KIND_OUTCOME] = "What became of the packets that entered",
	[COUNTER_KIND_COUNT] = "Counts",
	[COUNTER_KIND_LOSS] = "Losses: what could not be told",
};

/* Lines of zeros tell nothing and are left out. */
static void counters_print(const struct status *s, enum counter_kind kind)
{
	double packets = status_packets(s);
	int shown = 0;

	printf("\n%s\n", kind_titles[kind]);
	for (int id = 0; id < COUNTER_COUNT; id++) {
		unsigned long long value = s->counters.value[id];

		if (counter_kind(id) != kind || !value)
			continue;
		shown++;
		printf("  %-20s %14llu ", counter_name(id), value);
		if (kind == COUNTER_KIND_OUTCOME)
			printf("%6.2f %%", 100 * value / packets);
		printf("  %s\n", counter_doc(id));
	}
	if (!shown)
		printf("  none\n");
}

static void policy_print(void *unused, const char *class, const char *response)
{
	(void)unused;
	printf("%-10s %s%s%s\n", "policy", class, *class ? ": " : "", response);
}

static void lists_print(const struct status *s)
{
	printf("%-10s ", "lists");
	for (int list = 0; list < LIST_COUNT; list++)
		printf("%s%s %zu", list ? ", " : "", list_names[list], s->listed[list]);
	if (s->flows_blocked)
		printf("; %llu flows blocked", (unsigned long long)s->flows_blocked);
	if (s->sources_blocked)
		printf("; %llu sources blocked by the model", (unsigned long long)s->sources_blocked);
	printf("\n");
}

static const char *mode_text(const struct status *s)
{
	if (!status_enforces(s))
		return "monitor: nothing is dropped";
	if (s->settings.mode != MODE_ENFORCE)
		return s->model->id ? "monitor: nothing is dropped but in the scopes that enforce" :
				      "monitor: nothing is dropped but what is on the block list, in the scopes that enforce";
	return s->model->id ? "enforce: packets of condemned flows are dropped" :
			      "enforce: without a model, so only what is on the block list is dropped";
}

void status_print(const struct status *s)
{
	char suspended[SAFETY_TEXT_SIZE], since[CLOCK_TEXT_SIZE], checkpoints[CHECKPOINTS_TEXT_SIZE], left[LEFTOVERS_TEXT_SIZE],
		what[SCOPE_TEXT_SIZE], agent[AGENT_LIFE_TEXT_SIZE];
	__u64 now_ns = clock_monotonic_ns();
	const char *from = status_model_file(s);

	for (int i = 0; i < s->attachment_count; i++)
		printf("%-10s %s XDP, program %u%s, %s\n", s->attachment[i].iface, xdp_mode_names[s->attachment[i].mode],
		       s->attachment[i].xdp_id, s->attachment[i].dispatcher ? " under libxdp's dispatcher" : "",
		       s->egress[i] ? "what leaves is counted too" : "what leaves is not counted");
	if (*leftovers_print(&s->leftovers, left))
		printf("%-10s %s\n", "left behind", left);
	printf("%-10s %s\n", "since", clock_print(s->since_ns, since));
	if (s->agent.instance[0])
		printf("%-10s %s\n", "instance", s->agent.instance);
	printf("%-10s %s\n", "agent", agent_life_print(&s->settings, &s->safety, now_ns, agent));
	printf("%-10s %s\n", "mode", mode_text(s));
	if (status_enforces(s) && *safety_print(&s->settings, &s->safety, s->model->id, now_ns, suspended))
		printf("%-10s %s\n", "suspended", suspended);
	printf("%-10s %s\n", "engine", engine_name(s->settings.engine));
	if (s->model->id)
		printf("%-10s %08x, %s%s%s\n", "model", s->model->id, from[0] ? from : "-", s->drops_nothing[0] ? "; " : "",
		       s->drops_nothing);
	else
		printf("%-10s none: nothing is scored\n", "model");
	if (s->has_challenger)
		shadow_report_print(&s->shadow, false);
	policies_walk(&s->settings, s->model->id ? s->model : NULL, policy_print, NULL);
	lists_print(s);
	for (__u32 i = 0; i < s->scopes.count; i++)
		printf("%-10s %.16s: %s%s\n", "scope", s->scopes.scope[i].name, mode_name(s->scopes.scope[i].mode),
		       scope_what_print(&s->scopes.scope[i], what));
	printf("%-10s condemned for %g s; checkpoints %s%s\n", "settings", s->settings.condemn_for_ns / 1e9,
	       checkpoints_print(s->settings.checkpoints, checkpoints, sizeof(checkpoints)),
	       s->settings.end_host ? "; an end host: sockets are asked" : "");
	printf("%-10s %llu of %llu in the table, %llu evicted before their end; %llu on probation\n",
	       "flows", (unsigned long long)(s->flows_present - s->newcomers), (unsigned long long)s->flows_max,
	       (unsigned long long)s->flows_evicted, (unsigned long long)s->newcomers);
	printf("%-10s %llu\n", "packets", (unsigned long long)status_packets(s));
	counters_print(s, COUNTER_KIND_OUTCOME);
	counters_print(s, COUNTER_KIND_COUNT);
	counters_print(s, COUNTER_KIND_LOSS);
}
