// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "last_rows.h"
#include "tables.h"

struct last_row {
	__u64 packets; /* 0: nothing kept */
	__u64 time_ns;
	const struct capture_id *capture;
	__u32 feature[FEATURE_COUNT];
};

static void row_write(void *context, __u32 place, const struct flow_key *key, const struct flow *f)
{
	struct last_rows *l = context;
	struct flow_record record = { .key = *key, .flow = *f };
	struct last_row *kept = &l->row[place];
	struct row row = { .time_ns = kept->time_ns, .packets = kept->packets, .record = &record,
			   .feature = kept->feature, .one_way = l->outputs->o->settings.one_way };
	const struct capture_id *present = l->outputs->capture;
	struct features x = { 0 };
	struct judging room;
	struct policy policy;
	enum reason reason;
	__s64 score;

	if (kept->packets && f->scored_at != kept->packets) { /* else it was a checkpoint, and is written already */
		if (l->model) {
			memcpy(x.value, kept->feature, sizeof(kept->feature));
			policy = l->model->policy;
			policy.one_way = l->outputs->o->settings.one_way;
			record.flow.verdict = verdict_by_policy(l->model, &policy, &x, &room, kept->packets, 1 /* exact */,
								&score, &reason);
			record.flow.verdict = verdict_by_sockets(record.flow.verdict, reason, f->events, kept->packets);
			record.flow.score = score;
			record.flow.score_is = SCORE_EXACT;
			record.flow.class = room.class;
			record.flow.reason = reason;
			record.flow.model_id = l->model->id;
		}
		l->outputs->capture = kept->capture;
		outputs_row(l->outputs, &row);
		l->written++;
		l->outputs->capture = present;
	}
	kept->packets = 0;
}

static void record_leaves(void *context, const void *key, void *value)
{
	row_write(context, table_number(native_table_find("hr_flows"), value), key, value);
}

int last_rows_open(struct last_rows *l, struct outputs *outputs, const struct model *model)
{
	struct table *flows = native_table_find("hr_flows");

	*l = (struct last_rows){ .room = native_flow_places(), .outputs = outputs, .model = model,
				  .groups = model ? FEATURE_GROUPS_ALL : feature_choice_groups(outputs->o->features) };
	l->row = calloc(l->room, sizeof(*l->row));
	if (!l->row)
		return -ENOMEM;
	flows->farewell = record_leaves;
	flows->context = l;
	return 0;
}

void last_rows_close(struct last_rows *l)
{
	free(l->row);
	l->row = NULL;
}

void last_rows_packet(struct last_rows *l, const struct flow_key *key, __u64 now_ns)
{
	struct flow *f = native_flow(key);
	__u32 place = native_flow_place(key);
	struct flow_record record = { .key = *key };
	struct features x;
	struct last_row *kept;

	if (!f || place == NATIVE_NO_PLACE)
		return;
	record.flow = *f;
	kept = &l->row[place];
	native_features(&x, &record, now_ns, l->groups);
	kept->packets = f->packets[0] + f->packets[1];
	kept->time_ns = now_ns;
	kept->capture = l->outputs->capture;
	memcpy(kept->feature, x.value, sizeof(kept->feature));
}

void last_rows_flow_end(struct last_rows *l, const struct flow_record *record)
{
	__u32 place = l->row ? native_flow_place(&record->key) : NATIVE_NO_PLACE;

	if (place != NATIVE_NO_PLACE)
		row_write(l, place, &record->key, &record->flow);
}

void last_rows_end(struct last_rows *l)
{
	if (l->row)
		native_flows_visit(row_write, l);
}
