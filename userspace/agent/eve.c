// SPDX-License-Identifier: BSD-2-Clause
#include <net/if.h>
#include <stdio.h>
#include "clock.h"
#include "eve.h"
#include "flow_text.h"
#include "names.h"

static json_t *line_begin(const char *event_type, __u64 unix_ns)
{
	char time[CLOCK_TEXT_SIZE];

	return json_pack("{s:s, s:s}", "timestamp", clock_print(unix_ns, time), "event_type", event_type);
}

static void iface_add(json_t *line, __u32 ifindex)
{
	char name[IF_NAMESIZE];

	if (if_indextoname(ifindex, name))
		json_object_set_new(line, "in_iface", json_string(name));
}

/* The addresses as EVE names them; the initiator is the source. */
static void tuple_add(json_t *line, const struct flow_key *key, unsigned int initiator)
{
	struct flow_text text;
	json_t *vlan;

	flow_text_fill(&text, key, initiator);
	json_object_set_new(line, "src_ip", json_string(text.src_ip));
	json_object_set_new(line, "src_port", json_integer(text.src_port));
	json_object_set_new(line, "dest_ip", json_string(text.dest_ip));
	json_object_set_new(line, "dest_port", json_integer(text.dest_port));
	json_object_set_new(line, "proto", json_string(text.proto));
	if (text.icmp_type >= 0) {
		json_object_set_new(line, "icmp_type", json_integer(text.icmp_type));
		json_object_set_new(line, "icmp_code", json_integer(text.icmp_code));
	}
	if (text.tunnel[0])
		json_object_set_new(line, "tunnel", json_string(text.tunnel));
	if (!key->vlan[0])
		return;
	vlan = json_array();
	for (int i = 0; i < PACKET_VLANS && key->vlan[i]; i++)
		json_array_append_new(vlan, json_integer(key->vlan[i]));
	json_object_set_new(line, "vlan", vlan);
}

static void score_add(json_t *object, __s64 score, __u32 score_is, __u32 model_id)
{
	char id[9];

	if (!model_id)
		return;
	snprintf(id, sizeof(id), "%08x", model_id);
	json_object_set_new(object, "score", json_integer(score));
	if (score_is != SCORE_EXACT)
		json_object_set_new(object, "score_is", json_string(score_is_name(score_is)));
	json_object_set_new(object, "model", json_string(id));
}

static json_t *flow_pack(const struct flow *f)
{
	char start[CLOCK_TEXT_SIZE];

	return json_pack("{s:I, s:I, s:I, s:I, s:s}", "pkts_toserver", (json_int_t)f->packets[0], "pkts_toclient",
			 (json_int_t)f->packets[1], "bytes_toserver", (json_int_t)f->bytes[0], "bytes_toclient",
			 (json_int_t)f->bytes[1], "start",
			 clock_print(clock_unix_from_monotonic(f->first_ns), start));
}

static const char *action_of_event(const struct event *e)
{
	if (e->dropped)
		return "drop";
	return e->verdict >= VERDICT_LOG && !e->would_drop ? "log" : "pass";
}

/* Under which mode a flow was judged: what became of its packet says it, else its scope, else the settings. */
static enum mode mode_judged(bool dropped, bool would_drop, __u8 scope, enum mode mode)
{
	if (dropped || would_drop)
		return dropped ? MODE_ENFORCE : MODE_MONITOR;
	return scope ? scope_mark_mode(scope) : mode;
}

/* Where answers do not show, features and verdicts are of less: said of every line that rests on them. */
static void answers_add(json_t *object, const struct settings *settings)
{
	if (settings->one_way)
		json_object_set_new(object, "answers", json_string(answers_name(settings->one_way)));
}

json_t *eve_from_event(const struct event *e, const struct settings *settings, const char *class)
{
	const struct flow *f = &e->record.flow;
	enum mode mode = mode_judged(e->dropped, e->would_drop, f->scope, settings->mode);
	json_t *line = line_begin("hedgerow", clock_unix_from_monotonic(e->time_ns)), *ours;

	json_object_set_new(line, "flow_id", json_integer(flow_id(&e->record)));
	iface_add(line, e->ifindex);
	tuple_add(line, &e->record.key, f->initiator);
	json_object_set_new(line, "flow", flow_pack(f));
	ours = json_pack("{s:s, s:s, s:s, s:b, s:s, s:s}", "verdict", verdict_name(e->verdict), "reason",
			 reason_name(e->reason), "action", action_of_event(e), "would_drop", e->would_drop, "engine",
			 engine_name(e->engine), "mode", mode_name(mode));
	score_add(ours, f->score, f->score_is, f->model_id);
	if (class)
		json_object_set_new(ours, "class", json_string(class));
	if (f->events & FLOW_UNAWAITED)
		json_object_set_new(ours, "unawaited", json_true());
	answers_add(ours, settings);
	json_object_set_new(line, "hedgerow", ours);
	return line;
}

json_t *eve_from_block(const struct event *e, const struct settings *settings, const char *class)
{
	json_t *line = line_begin("hedgerow_block", clock_unix_from_monotonic(e->time_ns)), *ours;
	const struct flow *f = &e->record.flow;
	char until[CLOCK_TEXT_SIZE], source[IP_TEXT_SIZE];

	iface_add(line, e->ifindex);
	tuple_add(line, &e->record.key, f->initiator);
	ours = json_pack("{s:s, s:s, s:b, s:s, s:i, s:b}", "source",
			 source_print(e->record.key.addr[f->initiator & 1], settings->ipv6_mask, source), "until",
			 clock_print(clock_unix_from_monotonic(e->block_until_ns), until), "would_block", e->would_drop,
			 "engine", engine_name(e->engine), "flows", (int)e->block_flows, "handshakes", e->block_proven);
	score_add(ours, f->score, f->score_is, f->model_id);
	if (class)
		json_object_set_new(ours, "class", json_string(class));
	answers_add(ours, settings);
	json_object_set_new(line, "hedgerow", ours);
	return line;
}

json_t *eve_from_alert(const struct alert_key *key, const struct alert *a, const struct alert_logged *grown,
		       const struct settings *settings)
{
	json_t *line = line_begin("hedgerow", clock_unix_from_monotonic(a->last_ns)), *ours;

	tuple_add(line, &a->sample, a->initiator);
	ours = json_pack("{s:s, s:s, s:b, s:s, s:s, s:{s:I, s:I}}", "reason", reason_name(key->reason), "action",
			 key->dropped ? "drop" : key->would_drop ? "pass" : "log", "would_drop", key->would_drop, "engine",
			 engine_name(key->reason == REASON_AGENT ? ENGINE_USER : ENGINE_KERNEL), "mode",
			 mode_name(mode_judged(key->dropped, key->would_drop, a->scope, settings->mode)), "aggregate", "packets",
			 (json_int_t)grown->packets, "flows", (json_int_t)grown->flows);
	score_add(ours, a->score, a->score_is, a->model_id);
	answers_add(ours, settings);
	json_object_set_new(line, "hedgerow", ours);
	return line;
}

/* The counters of one kind whose names begin with `prefix`, by the rest of their names. */
static json_t *counters_pack(const struct counters *c, const enum counter *ids, int count, size_t prefix)
{
	json_t *object = json_object();

	for (int i = 0; i < count; i++)
		json_object_set_new(object, counter_name(ids[i]) + prefix, json_integer(c->value[ids[i]]));
	return object;
}

/* Packets that have no line of their own: of condemned flows, of what is blocked, and of sources that are. */
static json_int_t repeats_dropped(const struct counters *c)
{
	return c->value[COUNTER_drop_condemned] + c->value[COUNTER_drop_blocked] - c->value[COUNTER_told_blocked] +
	       c->value[COUNTER_drop_offender];
}

static json_int_t repeats_would_drop(const struct counters *c)
{
	return c->value[COUNTER_would_condemned] + c->value[COUNTER_would_blocked] -
	       c->value[COUNTER_told_would_blocked];
}

json_t *eve_from_counters(const struct counters *c, const struct engine_tally *tally, __u64 log_lost)
{
	static const enum counter losses[] = { COUNTER_lost_events, COUNTER_lost_notes, COUNTER_lost_snapshots,
					       COUNTER_lost_ends, COUNTER_lost_rows, COUNTER_lost_scores, COUNTER_lost_leaving,
					       COUNTER_lost_log_packets, COUNTER_lost_newcomers,
					       COUNTER_lost_comparisons };
	json_t *lost = counters_pack(c, losses, sizeof(losses) / sizeof(*losses), sizeof("lost_") - 1);
	json_t *line = line_begin("hedgerow_stats", clock_unix_ns());

	json_object_set_new(lost, "log_lines", json_integer(log_lost));
	json_object_set_new(line, "hedgerow",
			    json_pack("{s:{s:I, s:I}, s:o, s:{s:I, s:I, s:I, s:I}}", "repeats", "dropped",
				      repeats_dropped(c), "would_drop", repeats_would_drop(c), "lost", lost, "engine", "condemned",
				      (json_int_t)tally->condemned, "agreed", (json_int_t)tally->agreed, "disagreed",
				      (json_int_t)tally->disagreed, "notes_unlogged", (json_int_t)tally->notes_unlogged));
	return line;
}

json_t *eve_from_disagreement(const struct snapshot *kernel, __s64 score, enum verdict verdict)
{
	const struct flow *f = &kernel->record.flow;
	json_t *line = line_begin("hedgerow_disagreement", clock_unix_from_monotonic(kernel->time_ns)), *ours;

	json_object_set_new(line, "flow_id", json_integer(flow_id(&kernel->record)));
	iface_add(line, kernel->ifindex);
	tuple_add(line, &kernel->record.key, f->initiator);
	ours = json_pack("{s:I, s:{s:I, s:s}, s:{s:I, s:s}}", "packets", (json_int_t)kernel->packets, "kernel", "score",
			 (json_int_t)f->score, "verdict", verdict_name(kernel->verdict), "user", "score",
			 (json_int_t)score, "verdict", verdict_name(verdict));
	json_object_set_new(line, "hedgerow", ours);
	return line;
}

static json_t *opinion_pack(const struct opinion *o, const char *class)
{
	json_t *object = json_pack("{s:s, s:s}", "verdict", verdict_name(o->verdict), "reason", reason_name(o->reason));

	score_add(object, o->score, o->score_is, o->model_id);
	if (class && o->verdict != VERDICT_PASS)
		json_object_set_new(object, "class", json_string(class));
	return object;
}

json_t *eve_from_shadow(const struct shadow_event *e, const struct settings *settings, const char *const class[ARM_COUNT])
{
	const struct flow *f = &e->e.record.flow;
	json_t *line = line_begin("hedgerow_shadow", clock_unix_from_monotonic(e->e.time_ns)), *ours;

	json_object_set_new(line, "flow_id", json_integer(flow_id(&e->e.record)));
	iface_add(line, e->e.ifindex);
	tuple_add(line, &e->e.record.key, f->initiator);
	json_object_set_new(line, "flow", flow_pack(f));
	ours = json_pack("{s:s}", "judge", arm_name(e->arm));
	for (enum arm arm = 0; arm < ARM_COUNT; arm++)
		json_object_set_new(ours, arm_name(arm), opinion_pack(&e->opinion[arm], class[arm]));
	answers_add(ours, settings);
	json_object_set_new(line, "hedgerow", ours);
	return line;
}

json_t *eve_from_state(const char *state, const char *iface, const struct settings *settings, __u32 model_id,
		       __u32 challenger_id)
{
	json_t *line = line_begin("hedgerow_state", clock_unix_ns());
	json_t *ours = json_pack("{s:s, s:s, s:s, s:s}", "state", state, "mode", mode_name(settings->mode), "engine",
				 engine_name(settings->engine), "answers", answers_name(settings->one_way));
	char id[9];

	if (iface)
		json_object_set_new(line, "in_iface", json_string(iface));
	if (model_id) {
		snprintf(id, sizeof(id), "%08x", model_id);
		json_object_set_new(ours, "model", json_string(id));
	}
	if (challenger_id) {
		snprintf(id, sizeof(id), "%08x", challenger_id);
		json_object_set_new(ours, "challenger", json_string(id));
		json_object_set_new(ours, "split", json_real((double)settings->split / SPLIT_WHOLE));
	}
	json_object_set_new(line, "hedgerow", ours);
	return line;
}
