// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include "block_flow_table.h"
#include "clock.h"
#include "egress.h"
#include "model_slots.h"
#include "poll.h"
#include "safety_state.h"
#include "scope_store.h"
#include "source_blocks.h"
#include "status.h"

/* Counts the table without taking anything out: under these settings no flow has ended. */
static int flows_count(const struct datapath *dp, uint64_t *present, uint64_t *newcomers)
{
	struct settings endless = { 0 };
	struct flow_sweep sweep = { 0 };
	int err;

	for (int i = 0; i < TIMEOUTS; i++)
		endless.timeout_ns[i] = UINT64_MAX;
	err = flow_table_sweep(dp, &endless, clock_monotonic_ns(), &sweep);
	if (!err) {
		*present = sweep.present_count;
		*newcomers = sweep.newcomer_count;
	}
	return err;
}

static void on_blocked_flow(void *count, const struct flow_key *key, const struct list_entry *entry)
{
	(void)key;
	(void)entry;
	++*(uint64_t *)count;
}

static void on_blocked_source(void *count, const struct list_key *source, const struct source_block *b)
{
	(void)source;
	(void)b;
	++*(uint64_t *)count;
}

/* How many entries each of the operator's lists has, and what is blocked beside them. */
static int lists_count(const struct datapath *dp, struct status *s)
{
	int err = 0;

	for (int list = 0; list < LIST_COUNT && !err; list++)
		err = list_count(dp, list, &s->listed[list]);
	err = err ? err : block_flows_walk(dp, on_blocked_flow, &s->flows_blocked);
	return err ? err : source_blocks_walk(dp, clock_of_packets_ns(), on_blocked_source, &s->sources_blocked);
}

/* The flow table evicts silently: begun, but neither ended nor pushed out on probation nor present. Both sides move
 * while we look, so it can be a few off under load. */
static uint64_t flows_evicted(const struct status *s)
{
	uint64_t gone = s->counters.value[COUNTER_flows_ended] + s->counters.value[COUNTER_lost_newcomers] +
			s->flows_present;
	uint64_t begun = s->counters.value[COUNTER_flows_begun];

	return begun > gone ? begun - gone : 0;
}

static int safety_read(const struct datapath *dp, struct safety *out)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(dp->map[DATAPATH_SAFETY], &zero, out) ? -errno : 0;
}

int status_collect(const struct datapath *dp, struct status *out)
{
	struct status *s = calloc(1, sizeof(*s));
	int err = s ? settings_read(dp, &s->settings) : -ENOMEM;

	if (!err)
		err = agent_state_read(dp, &s->agent);
	if (!err)
		err = safety_read(dp, &s->safety);
	if (!err) {
		s->model = slot_read(dp, s->settings.model_slot);
		err = s->model ? scopes_read(dp, &s->settings, &s->scopes) ?: lists_count(dp, s) : -errno;
	}
	if (!err) {
		err = shadow_report_read(dp, &s->settings, &s->agent, &s->shadow);
		s->has_challenger = err > 0;
		err = err < 0 ? err : 0;
	}
	if (!err)
		err = counters_read(dp, &s->counters);
	if (!err)
		err = flows_count(dp, &s->flows_present, &s->newcomers);
	if (!err) {
		s->attachment_count = attachments_find(dp, s->attachment, OPTION_LIST_MAX);
		if (s->attachment_count > OPTION_LIST_MAX)
			s->attachment_count = OPTION_LIST_MAX;
		for (int i = 0; i < s->attachment_count; i++)
			s->egress[i] = egress_find(dp, s->attachment[i].ifindex) != 0;
		s->since_ns = clock_unix_from_boottime(dp->loaded_ns);
		s->flows_max = dp->max_entries[DATAPATH_FLOWS];
		s->flows_evicted = flows_evicted(s);
		if (s->model->id)
			slot_reach_print(s->model, s->drops_nothing);
		leftovers_find(&s->leftovers);
		*out = *s;
	} else if (s) {
		status_clear(s);
	}
	free(s);
	return err;
}

void status_clear(struct status *s)
{
	shadow_report_free(&s->shadow);
	free(s->model);
	s->model = NULL;
}

uint64_t status_packets(const struct status *s)
{
	uint64_t packets = 0;

	for (int id = 0; id < COUNTER_COUNT; id++)
		if (counter_kind(id) == COUNTER_KIND_OUTCOME)
			packets += s->counters.value[id];
	return packets;
}

const char *status_model_file(const struct status *s)
{
	return s->model->id ? s->agent.loaded_from[s->settings.model_slot % MODEL_SLOTS] : "";
}

bool status_enforces(const struct status *s)
{
	return scopes_enforce(&s->settings, &s->scopes);
}
