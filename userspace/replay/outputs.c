// SPDX-License-Identifier: BSD-2-Clause
#include <jansson.h>
#include "class_names.h"
#include "clock.h"
#include "eve.h"
#include "outputs.h"

void outputs_open(struct outputs *out, const struct replay_options *o)
{
	*out = (struct outputs){ .o = o };
	clock_unix_is_monotonic(-o->clock_offset_ns);
	if (o->rows)
		rows_csv_write_header_labelled(o->rows);
}

struct capture_id capture_identify(const struct replay_options *o, const char *path)
{
	const struct capture_label *line = o->labels ? capture_labels_find(o->labels, path) : NULL;

	return (struct capture_id){ line ? line->capture : path, line };
}

struct flow_label outputs_label(const struct outputs *out, const struct flow_record *record)
{
	if (!out->o->labels)
		return (struct flow_label){ LABEL_SKIP, "" };
	return flow_label_find(out->o->labels, out->capture->line, &record->key, record->flow.initiator,
			       record->flow.first_ns - out->o->clock_offset_ns);
}

static const struct row_tail *tail_find(struct outputs *out, struct flow_label label)
{
	if (out->tail_capture == out->capture->name && out->tail_label.label == label.label &&
	    out->tail_label.attack == label.attack)
		return &out->tail;
	rows_csv_tail_fill(&out->tail, label.label == LABEL_SKIP ? "" : label_names[label.label], label.attack,
			   out->capture->name);
	out->tail_capture = out->capture->name;
	out->tail_label = label;
	return &out->tail;
}

void outputs_row(struct outputs *out, const struct row *row)
{
	struct row labelled = *row;

	labelled.time_ns = row->time_ns - out->o->clock_offset_ns;
	labelled.tail = tail_find(out, outputs_label(out, row->record));
	rows_csv_write(out->o->rows, &labelled);
}

void outputs_snapshot(struct outputs *out, const struct snapshot *s)
{
	struct row row = { .time_ns = s->time_ns, .packets = s->packets, .record = &s->record, .feature = s->feature };

	if (out->o->rows)
		outputs_row(out, &row);
}

void outputs_event(const struct outputs *out, const struct event *e)
{
	struct event nowhere = *e;
	struct flow_label label;
	json_t *line;

	if (!out->o->verdicts)
		return;
	nowhere.ifindex = 0; /* of this machine no interface saw it */
	label = outputs_label(out, &e->record);
	line = eve_from_event(&nowhere, out->o->settings.mode,
			      class_name_of_model(out->o->model, e->record.flow.class));
	json_object_set_new(line, "capture", json_string(out->capture->name));
	if (label.label != LABEL_SKIP) {
		json_object_set_new(line, "label", json_string(label_names[label.label]));
		json_object_set_new(line, "attack", json_string(label.attack));
	}
	json_dumpf(line, out->o->verdicts, JSON_COMPACT);
	fputc('\n', out->o->verdicts);
	json_decref(line);
}
