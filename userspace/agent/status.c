// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include "clock.h"
#include "egress.h"
#include "model_store.h"
#include "poll.h"
#include "safety_state.h"
#include "settings_options.h"
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

static int model_id_read(const struct datapath *dp, __u32 slot, __u32 *id)
{
	struct model *m = model_store_read(dp, slot);

	if (!m)
		return -errno;
	*id = m->id;
	free(m);
	return 0;
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
	if (!err)
		err = model_id_read(dp, s->settings.model_slot, &s->model_id);
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
}

uint64_t status_packets(const struct status *s)
{
	uint64_t packets = 0;

	for (int id = 0; id < COUNTER_COUNT; id++)
		if (counter_kind(id) == COUNTER_KIND_OUTCOME)
			packets += s->counters.value[id];
	return packets;
}

/* The name of the file that the model in force came from, "" where nobody knows. */
static const char *model_file(const struct status *s)
{
	return s->model_id ? s->agent.loaded_from[s->settings.model_slot % MODEL_SLOTS] : "";
}

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

static json_t *settings_json(const struct settings *s)
{
	json_t *timeouts = json_object();
	char checkpoints[CHECKPOINTS_TEXT_SIZE];

	for (int i = 0; i < TIMEOUTS; i++)
		json_object_set_new(timeouts, timeout_names[i], json_real(s->timeout_ns[i] / 1e9));
	return json_pack("{s:I,s:s,s:I,s:f,s:I,s:s,s:f,s:o}", "generation", (json_int_t)s->generation, "checkpoints",
			 checkpoints_print(s->checkpoints, checkpoints, sizeof(checkpoints)), "event_rate", (json_int_t)s->event_rate,
			 "snapshot_share", s->snapshot_share / 65536.0, "snapshot_rate", (json_int_t)s->snapshot_rate, "tunnels",
			 tunnels_name(s->tunnels), "condemn_for_s", s->condemn_for_ns / 1e9, "timeout_s", timeouts);
}

json_t *status_json(const struct status *s)
{
	json_t *counters = json_object();
	char since[CLOCK_TEXT_SIZE], model[16] = "";

	for (int id = 0; id < COUNTER_COUNT; id++)
		json_object_set_new(counters, counter_name(id), json_integer(s->counters.value[id]));
	if (s->model_id)
		snprintf(model, sizeof(model), "%08x", s->model_id);
	return json_pack("{s:s,s:o,s:o*,s:s,s:s,s:s,s:s,s:s,s:s,s:o*,s:o,s:{s:I,s:I,s:I,s:I},s:I,s:o}", "instance", s->agent.instance,
			 "interfaces", interfaces_json(s), "left_behind", leftovers_json(&s->leftovers), "since",
			 clock_print(s->since_ns, since), "mode",
			 mode_name(s->settings.mode), "suspended",
			 suspension_name(safety_suspends(&s->settings, &s->safety, clock_monotonic_ns())), "engine",
			 engine_name(s->settings.engine), "model", model, "model_file", model_file(s),
			 "challenger", s->has_challenger ? shadow_report_json(&s->shadow) : NULL,
			 "settings", settings_json(&s->settings), "flows", "present", (json_int_t)s->flows_present,
			 "newcomers", (json_int_t)s->newcomers, "max", (json_int_t)s->flows_max, "evicted", (json_int_t)s->flows_evicted, "packets",
			 (json_int_t)status_packets(s), "counters", counters);
}

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

void status_print(const struct status *s)
{
	char suspended[SAFETY_TEXT_SIZE], since[CLOCK_TEXT_SIZE], checkpoints[CHECKPOINTS_TEXT_SIZE], left[LEFTOVERS_TEXT_SIZE];
	const char *from = model_file(s);

	for (int i = 0; i < s->attachment_count; i++)
		printf("%-10s %s XDP, program %u%s, %s\n", s->attachment[i].iface, xdp_mode_names[s->attachment[i].mode],
		       s->attachment[i].xdp_id, s->attachment[i].dispatcher ? " under libxdp's dispatcher" : "",
		       s->egress[i] ? "what leaves is counted too" : "what leaves is not counted");
	if (*leftovers_print(&s->leftovers, left))
		printf("%-10s %s; to remove it: hedgerow detach\n", "left behind", left);
	printf("%-10s %s\n", "since", clock_print(s->since_ns, since));
	if (s->agent.instance[0])
		printf("%-10s %s\n", "instance", s->agent.instance);
	printf("%-10s %s\n", "mode",
	       s->settings.mode == MODE_ENFORCE ? "enforce: packets of condemned flows are dropped" :
						  "monitor: nothing is dropped");
	if (s->settings.mode == MODE_ENFORCE &&
	    *safety_print(&s->settings, &s->safety, clock_monotonic_ns(), suspended))
		printf("%-10s %s\n", "suspended", suspended);
	printf("%-10s %s\n", "engine", engine_name(s->settings.engine));
	if (s->model_id)
		printf("%-10s %08x, %s\n", "model", s->model_id, from[0] ? from : "-");
	else
		printf("%-10s none: nothing is scored\n", "model");
	if (s->has_challenger)
		shadow_report_print(&s->shadow, false);
	printf("%-10s condemned for %g s; checkpoints %s\n", "settings", s->settings.condemn_for_ns / 1e9,
	       checkpoints_print(s->settings.checkpoints, checkpoints, sizeof(checkpoints)));
	printf("%-10s %llu of %llu in the table, %llu evicted before their end; %llu of one packet, on probation\n",
	       "flows", (unsigned long long)(s->flows_present - s->newcomers), (unsigned long long)s->flows_max,
	       (unsigned long long)s->flows_evicted, (unsigned long long)s->newcomers);
	printf("%-10s %llu\n", "packets", (unsigned long long)status_packets(s));
	counters_print(s, COUNTER_KIND_OUTCOME);
	counters_print(s, COUNTER_KIND_COUNT);
	counters_print(s, COUNTER_KIND_LOSS);
}
