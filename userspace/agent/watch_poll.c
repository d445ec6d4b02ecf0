// SPDX-License-Identifier: BSD-2-Clause
/* One poll, and what becomes of what the kernel tells: lines of the log, rows, verdicts of the engine. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "alerts.h"
#include "clock.h"
#include "eve_margins.h"
#include "eve_reasons.h"
#include "flow_features.h"
#include "flow_text.h"
#include "lists.h"
#include "log.h"
#include "model_store.h"
#include "poll.h"
#include "settings_store.h"
#include "source_blocks.h"
#include "watch.h"

#define TELL_EVERY_NS (60 * SECOND_NS)

/* A poll that fails is tried again; the operator hears of it once a minute. */
static void trouble_tell(struct watch *w, const char *what, int err)
{
	if (!err || (w->trouble_told_ns && w->now_ns - w->trouble_told_ns < TELL_EVERY_NS))
		return;
	w->trouble_told_ns = w->now_ns;
	log_error("%s: %s; tried again at the next poll", what, strerror(-err));
}

/* --- what the kernel tells ------------------------------------------------- */

/* `packets` as of verdict_log_write(). */
static void line_log(struct watch *w, json_t *line, uint64_t packets)
{
	eve_margins_add(line, &w->classes);
	verdict_log_write(&w->log, line, packets);
}

static void event_log(struct watch *w, const struct event *e)
{
	const struct flow *f = &e->record.flow;
	json_t *line = eve_from_event(e, w->settings.mode, class_name_find(&w->classes, f->model_id, f->class));
	struct explanation why;

	eve_margins_add(line, &w->classes);
	if (explainer_ask(&w->explainer, &w->dp, &w->settings, e, &why))
		eve_reasons_add(line, &why);
	verdict_log_write(&w->log, line, e->dropped || e->would_drop);
}

static void on_verdict(void *context, const struct event *e)
{
	event_log(context, e);
}

static void on_block(void *context, const struct event *e)
{
	const struct flow *f = &e->record.flow;
	struct watch *w = context;

	line_log(w, eve_from_block(e, &w->settings, class_name_find(&w->classes, f->model_id, f->class)), 0);
}

static void flow_export(struct watch *w, const struct flow_record *record)
{
	struct features x;
	struct row row = {
		.time_ns = clock_unix_from_monotonic(record->flow.last_ns),
		.packets = record->flow.packets[0] + record->flow.packets[1],
		.record = record,
		.feature = x.value,
	};

	if (!w->flows.path)
		return;
	flow_features(&x, record, &w->dp, &w->settings, w->now_ns);
	rows_out_write(&w->flows, &row);
}

/* A packet that had the record in hand when a sweep took it out may tell the end that the sweep has exported. */
static void on_flow_end(void *context, const struct event *e)
{
	struct watch *w = context;

	if (!flow_memory_has(&w->exported, flow_id(&e->record)))
		flow_export(w, &e->record);
}

static void on_snapshot(void *context, const struct snapshot *s)
{
	struct watch *w = context;
	struct row row = {
		.time_ns = clock_unix_from_monotonic(s->time_ns),
		.packets = s->packets,
		.record = &s->record,
		.feature = s->feature,
	};
	enum verdict verdict;
	__s64 score;

	rows_out_write(&w->snapshots, &row);
	if (w->settings.engine != ENGINE_BOTH || engine_agrees(&w->engine, s, &score, &verdict))
		return;
	if (w->logs_left) {
		w->logs_left--;
		verdict_log_write(&w->log, eve_from_disagreement(s, score, verdict), 0);
	}
}

/* Learns who challenges the model in force. Returns 0 or a negative errno. */
static int challenger_learn(struct watch *w, const struct settings *s)
{
	struct model *m;

	w->challenger_id = 0;
	if (!s->shadow)
		return 0;
	m = model_store_read(&w->dp, s->shadow - 1);
	if (!m)
		return -errno;
	w->challenger_id = m->id;
	class_names_learn(&w->classes, m);
	explainer_learn(&w->explainer, ARM_CHALLENGER, m);
	free(m);
	return 0;
}

static void on_shadow(void *context, const struct shadow_event *e)
{
	__u32 challenger_id = e->opinion[ARM_CHALLENGER].model_id;
	struct watch *w = context;
	const char *class[ARM_COUNT];
	struct settings s;

	if (challenger_id != w->challenger_id && challenger_id != w->challenger_asked) { /* newer than the last poll */
		w->challenger_asked = challenger_id;
		if (!settings_read(&w->dp, &s))
			challenger_learn(w, &s);
	}
	for (int arm = 0; arm < ARM_COUNT; arm++)
		class[arm] = class_name_find(&w->classes, e->opinion[arm].model_id, e->opinion[arm].class);
	line_log(w, eve_from_shadow(e, class), 0);
}

static void on_alert(void *context, const struct alert_key *key, const struct alert *alert,
		     const struct alert_logged *grown)
{
	struct watch *w = context;

	line_log(w, eve_from_alert(key, alert, grown, &w->settings),
		 key->dropped || alert_would_drop(key, &w->settings) ? grown->packets : 0);
}

static void on_alerts_told(void *context)
{
	struct watch *w = context;

	verdict_log_flush(&w->log);
}

static int alerts_poll(struct watch *w)
{
	struct alert_listener listener = { .grown = on_alert, .settle = on_alerts_told, .context = w };

	return alerts_collect(&w->dp, w->now_ns, &listener);
}

/* --- what the poll finds --------------------------------------------------- */

static void on_live(void *context, const struct flow_record *record)
{
	struct watch *w = context;
	struct event told;

	if (!engine_judge(&w->engine, record, w->now_ns, &told))
		return;
	if (!w->logs_left) {
		w->engine.tally.notes_unlogged++;
		return;
	}
	w->logs_left--;
	event_log(w, &told);
}

static void on_ended(void *context, const struct flow_record *record)
{
	struct watch *w = context;

	if (w->settings.engine == ENGINE_USER)
		engine_forget(&w->engine, record);
	flow_export(w, record);
	flow_memory_keep(&w->exported, &(struct flow_memory_entry){ .id = flow_id(record) });
}

static int flows_poll(struct watch *w, bool last)
{
	struct flow_sweep sweep = { .ended = on_ended, .context = w, .last = last };
	int err;

	flow_memory_turn(&w->exported);
	if (w->settings.engine == ENGINE_USER && !last)
		sweep.live = on_live;
	err = flow_table_sweep(&w->dp, &w->settings, w->now_ns, &sweep);
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
		 c.value[COUNTER_lost_newcomers] + c.value[COUNTER_lost_comparisons];
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

int watch_refresh(struct watch *w)
{
	struct settings s;
	int err = settings_read(&w->dp, &s);

	if (!err)
		err = engine_refresh(&w->engine, &s);
	if (!err && s.shadow_since != w->settings.shadow_since)
		err = challenger_learn(w, &s);
	if (err) {
		trouble_tell(w, "settings and model", err);
		return err;
	}
	w->settings = s;
	w->model_id = w->engine.model ? w->engine.model->id : 0;
	if (w->engine.model)
		class_names_learn(&w->classes, w->engine.model);
	explainer_learn(&w->explainer, ARM_CHAMPION, w->engine.model);
	return 0;
}

static void settings_poll(struct watch *w)
{
	struct settings before = w->settings;
	__u32 model_before = w->model_id;

	if (watch_refresh(w))
		return;
	if (w->settings.mode != before.mode || w->settings.engine != before.engine || w->model_id != model_before ||
	    w->settings.shadow_since != before.shadow_since)
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
	trouble_tell(w, "lists", expired < 0 ? expired : 0);
	source_blocks_tidy(&w->dp, &w->settings, w->now_ns);
	trouble_tell(w, "flow table", flows_poll(w, false));
	trouble_tell(w, "verdicts of the engine", engine_publish(&w->engine));
	trouble_tell(w, "alerts", alerts_poll(w));
	trouble_tell(w, "counters", counters_poll(w, false));
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

int watch_listen(struct watch *w)
{
	w->handlers = (struct event_handlers){
		.verdict = on_verdict,
		.flow_end = on_flow_end,
		.shadow = on_shadow,
		.block = on_block,
		.snapshot = on_snapshot,
		.context = w,
	};
	w->rings = events_open(&w->dp, &w->handlers);
	return w->rings ? 0 : -errno;
}

void watch_finish(struct watch *w, bool tables_vanish)
{
	w->now_ns = clock_monotonic_ns();
	if (w->rings) {
		events_consume(w->rings, &w->handlers);
		ring_buffer__free(w->rings);
		w->rings = NULL;
	}
	trouble_tell(w, "flow table", flows_poll(w, tables_vanish));
	trouble_tell(w, "alerts", alerts_poll(w));
	rows_out_flush(&w->flows);
	rows_out_flush(&w->snapshots);
	losses_poll(w);
	trouble_tell(w, "counters", counters_poll(w, true));
	watch_log_state(w, "stopped", NULL);
	verdict_log_close(&w->log);
	losses_poll(w);
	rows_out_close(&w->flows);
	rows_out_close(&w->snapshots);
	engine_close(&w->engine);
	explainer_close(&w->explainer);
	flow_memory_clear(&w->exported);
}
