// SPDX-License-Identifier: BSD-2-Clause
/* What becomes of what the kernel tells: lines of the log, and rows. */
#include <errno.h>
#include "alerts.h"
#include "clock.h"
#include "flow_text.h"
#include "held.h"
#include "settings_store.h"
#include "watch.h"

static void on_verdict(void *context, const struct event *e)
{
	watch_log_verdict(context, e);
}

static void on_block(void *context, const struct event *e)
{
	const struct flow *f = &e->record.flow;
	struct watch *w = context;

	watch_log_line(w, eve_from_block(e, &w->settings, class_name_find(&w->classes, f->model_id, f->class)), 0);
}

/* A packet that had the record in hand when a sweep took it out may tell the end that the sweep has exported. */
static void on_flow_end(void *context, const struct event *e)
{
	struct watch *w = context;

	if (!flow_memory_find(&w->exported, flow_id(&e->record)))
		watch_export_flow(w, &e->record);
}

static void on_snapshot(void *context, const struct snapshot *s)
{
	struct watch *w = context;
	struct row row = {
		.time_ns = clock_unix_from_monotonic(s->time_ns),
		.packets = s->packets,
		.record = &s->record,
		.feature = s->feature,
		.one_way = w->settings.one_way,
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

static void on_shadow(void *context, const struct shadow_event *e)
{
	__u32 challenger_id = e->opinion[ARM_CHALLENGER].model_id;
	struct watch *w = context;
	const char *class[ARM_COUNT];
	struct settings s;

	if (challenger_id != w->challenger_id && challenger_id != w->challenger_asked) { /* newer than the last poll */
		w->challenger_asked = challenger_id;
		if (!settings_read(&w->dp, &s))
			watch_learn_challenger(w, &s);
	}
	for (int arm = 0; arm < ARM_COUNT; arm++)
		class[arm] = class_name_find(&w->classes, e->opinion[arm].model_id, e->opinion[arm].class);
	watch_log_line(w, eve_from_shadow(e, &w->settings, class), 0);
}

static void on_alert(void *context, const struct alert_key *key, const struct alert *alert,
		     const struct alert_logged *grown)
{
	struct watch *w = context;
	json_t *line = eve_from_alert(key, alert, grown, &w->settings);

	held_add(line, held_of_alert(key, alert, &w->settings, w->safety));
	watch_log_line(w, line, key->dropped || key->would_drop ? grown->packets : 0);
}

static void on_alerts_told(void *context)
{
	struct watch *w = context;

	verdict_log_flush(&w->log);
}

int watch_alerts(struct watch *w, bool anyway)
{
	struct alert_listener listener = { .grown = on_alert, .settle = on_alerts_told, .context = w };
	__u64 hour = w->now_ns / HOUR_NS;
	int err;

	listener.with_suspicious = anyway || hour != w->hour;
	err = alerts_collect(&w->dp, w->now_ns, &listener);
	if (!err)
		w->hour = hour;
	return err;
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
	w->hour = clock_monotonic_ns() / HOUR_NS;
	w->rings = events_open(&w->dp, &w->handlers);
	return w->rings ? 0 : -errno;
}
