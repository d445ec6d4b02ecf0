// SPDX-License-Identifier: BSD-2-Clause
/* What the running agent writes: lines of the log, rows, and to the operator. */
#include <string.h>
#include "clock.h"
#include "eve_margins.h"
#include "eve_reasons.h"
#include "flow_features.h"
#include "held.h"
#include "log.h"
#include "watch.h"

#define TELL_EVERY_NS (60 * SECOND_NS)

void watch_tell_trouble(struct watch *w, const char *what, int err)
{
	if (!err || (w->trouble_told_ns && w->now_ns - w->trouble_told_ns < TELL_EVERY_NS))
		return;
	w->trouble_told_ns = w->now_ns;
	log_error("%s: %s; tried again at the next poll", what, strerror(-err));
}

void watch_log_state(struct watch *w, const char *state, const char *iface)
{
	verdict_log_write(&w->log, eve_from_state(state, iface, &w->settings, w->model_id, w->challenger_id), 0);
}

void watch_log_line(struct watch *w, json_t *line, uint64_t packets)
{
	eve_margins_add(line, &w->classes);
	verdict_log_write(&w->log, line, packets);
}

void watch_log_verdict(struct watch *w, const struct event *e)
{
	const struct flow *f = &e->record.flow;
	json_t *line = eve_from_event(e, &w->settings, class_name_find(&w->classes, f->model_id, f->class));
	struct explanation why;

	eve_margins_add(line, &w->classes);
	held_add(line, held_of_event(e, &w->settings, w->safety));
	if (explainer_ask(&w->explainer, &w->dp, &w->settings, e, &why))
		eve_reasons_add(line, &why);
	verdict_log_write(&w->log, line, e->dropped || e->would_drop);
}

void watch_export_flow(struct watch *w, const struct flow_record *record)
{
	struct features x;
	struct row row = {
		.time_ns = clock_unix_from_monotonic(record->flow.last_ns),
		.packets = record->flow.packets[0] + record->flow.packets[1],
		.record = record,
		.feature = x.value,
		.one_way = w->settings.one_way,
	};

	if (!w->flows.path)
		return;
	flow_features(&x, record, &w->dp, &w->settings, w->now_ns, NULL, FEATURE_GROUPS_ALL);
	rows_out_write(&w->flows, &row);
}
