// SPDX-License-Identifier: BSD-2-Clause
/* One poll: ended flows, verdicts of the engine, totals, and what expired; and the last words. */
#include <errno.h>
#include <string.h>
#include "clock.h"
#include "flow_text.h"
#include "lists.h"
#include "log.h"
#include "poll.h"
#include "source_blocks.h"
#include "watch.h"

static void on_live(void *context, const struct flow_record *record)
{
	struct watch *w = context;

	engine_judge(&w->engine, record, w->now_ns);
}

static void on_told(void *context, const struct event *told)
{
	struct watch *w = context;

	if (!w->logs_left) {
		w->engine.tally.notes_unlogged++;
		return;
	}
	w->logs_left--;
	watch_log_verdict(w, told);
}

static void on_ended(void *context, const struct flow_record *record)
{
	struct watch *w = context;

	if (w->settings.engine == ENGINE_USER)
		engine_forget(&w->engine, record);
	watch_export_flow(w, record);
	flow_memory_meet(&w->exported, flow_id(record));
}

static int flows_poll(struct watch *w, bool last)
{
	struct flow_sweep sweep = { .ended = on_ended, .context = w, .last = last };
	int err;

	flow_memory_turn(&w->exported);
	w->engine.told = on_told;
	w->engine.context = w;
	if (w->settings.engine == ENGINE_USER && !last)
		sweep.live = on_live;
	err = flow_table_sweep(&w->dp, &w->settings, w->now_ns, &sweep);
	engine_judge_rest(&w->engine);
	counter_add(&w->dp, COUNTER_flows_ended, sweep.ended_count);
	return err;
}

/* Totals, when they moved or `anyway`. */
static int counters_poll(struct watch *w, bool anyway)
{
	const struct engine_tally *tally = &w->engine.tally;
	struct counters c;
	int err = counters_read(&w->dp, &c);
	__u64 now[5];

	if (err)
		return err;
	c.value[COUNTER_lost_log_packets] += w->log.lost_packets - w->packets_lost_told;
	now[0] = c.value[COUNTER_drop_condemned] + c.value[COUNTER_drop_blocked] + c.value[COUNTER_drop_offender];
	now[1] = c.value[COUNTER_would_condemned] + c.value[COUNTER_would_blocked];
	now[2] = c.value[COUNTER_lost_events] + c.value[COUNTER_lost_notes] + c.value[COUNTER_lost_snapshots] +
		 c.value[COUNTER_lost_ends] + c.value[COUNTER_lost_rows] + c.value[COUNTER_lost_leaving] +
		 c.value[COUNTER_lost_newcomers] + c.value[COUNTER_lost_comparisons] + c.value[COUNTER_lost_scores];
	now[3] = tally->disagreed + tally->condemned + tally->notes_unlogged;
	now[4] = w->log.lost;
	if (!anyway && !memcmp(now, w->stats_told, sizeof(now)))
		return 0;
	memcpy(w->stats_told, now, sizeof(now));
	verdict_log_write(&w->log, eve_from_counters(&c, tally, w->log.lost), 0);
	return 0;
}

/* What the files lost goes where `hedgerow status` finds it, also when this agent is gone. */
static void losses_poll(struct watch *w)
{
	__u64 rows = w->flows.lost + w->snapshots.lost, lines = w->log.lost, packets = w->log.lost_packets;

	if (!counter_add(&w->dp, COUNTER_lost_rows, rows - w->rows_lost_told))
		w->rows_lost_told = rows;
	if (!counter_add(&w->dp, COUNTER_lost_log_lines, lines - w->lines_lost_told))
		w->lines_lost_told = lines;
	if (!counter_add(&w->dp, COUNTER_lost_log_packets, packets - w->packets_lost_told))
		w->packets_lost_told = packets;
}

static void settings_poll(struct watch *w)
{
	struct settings before = w->settings;
	__u32 model_before = w->model_id;

	if (watch_refresh(w))
		return;
	if (w->settings.mode != before.mode || w->settings.engine != before.engine || w->model_id != model_before ||
	    w->settings.shadow_since != before.shadow_since || w->settings.one_way != before.one_way)
		watch_log_state(w, "changed", NULL);
}

int watch_poll(struct watch *w)
{
	int expired;

	w->now_ns = clock_monotonic_ns();
	settings_poll(w);
	watch_safety_poll(w);
	w->logs_left = w->settings.event_rate * (1 + w->poll_ns / SECOND_NS);
	events_consume(w->rings, &w->handlers);
	expired = lists_expire(&w->dp, w->now_ns);
	watch_tell_trouble(w, "lists", expired < 0 ? expired : 0);
	source_blocks_tidy(&w->dp, &w->settings, w->now_ns);
	watch_tell_trouble(w, "flow table", flows_poll(w, false));
	watch_tell_trouble(w, "verdicts of the engine", engine_publish(&w->engine));
	watch_tell_trouble(w, "alerts", watch_alerts(w, false));
	watch_tell_trouble(w, "counters", counters_poll(w, false));
	if (!watch_presence(w)) {
		log_error("no interface is left that carries the program; start again where it shall run");
		return -ENODEV;
	}
	verdict_log_flush(&w->log);
	rows_out_flush(&w->flows);
	rows_out_flush(&w->snapshots);
	losses_poll(w);
	return 0;
}

void watch_finish(struct watch *w, bool tables_vanish)
{
	w->now_ns = clock_monotonic_ns();
	if (w->rings) {
		events_consume(w->rings, &w->handlers);
		ring_buffer__free(w->rings);
		w->rings = NULL;
	}
	watch_tell_trouble(w, "flow table", flows_poll(w, tables_vanish));
	watch_tell_trouble(w, "alerts", watch_alerts(w, true));
	rows_out_flush(&w->flows);
	rows_out_flush(&w->snapshots);
	losses_poll(w);
	watch_tell_trouble(w, "counters", counters_poll(w, true));
	watch_log_state(w, "stopped", NULL);
	verdict_log_close(&w->log);
	losses_poll(w);
	rows_out_close(&w->flows);
	rows_out_close(&w->snapshots);
	engine_close(&w->engine);
	explainer_close(&w->explainer);
	flow_memory_clear(&w->exported);
}
