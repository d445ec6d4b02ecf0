// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include "class_names.h"
#include "clock.h"
#include "eve.h"
#include "eve_margins.h"
#include "held.h"
#include "outputs.h"

/* Begins the rows' text with their header, so that all of the file is written in whole blocks. Returns 0 or -errno. */
static int header_print(struct outputs *out)
{
	FILE *text = fmemopen(out->text, sizeof(out->text), "w");
	long length;

	if (!text)
		return -errno;
	rows_csv_write_header_labelled(text, out->o->features);
	length = ftell(text);
	if (fclose(text) || length < 0)
		return -EIO;
	out->text_length = length;
	return 0;
}

int outputs_open(struct outputs *out, const struct replay_options *o)
{
	*out = (struct outputs){ .o = o };
	if (o->model)
		class_names_learn(&out->models, o->model);
	if (o->challenger)
		class_names_learn(&out->models, o->challenger);
	clock_unix_is_monotonic(-o->clock_offset_ns);
	return o->rows ? header_print(out) : 0;
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

void outputs_flush(struct outputs *out)
{
	if (out->text_length)
		fwrite_unlocked(out->text, 1, out->text_length, out->o->rows);
	out->text_length = 0;
}

void outputs_row(struct outputs *out, const struct row *row)
{
	struct row labelled = *row;

	labelled.time_ns = row->time_ns - out->o->clock_offset_ns;
	labelled.features = out->o->features;
	labelled.tail = tail_find(out, outputs_label(out, row->record));
	out->text_length = rows_csv_print(out->text + out->text_length, &labelled) - out->text;
	if (out->text_length < OUTPUTS_TEXT)
		return;
	fwrite_unlocked(out->text, 1, OUTPUTS_TEXT, out->o->rows);
	out->text_length -= OUTPUTS_TEXT;
	memcpy(out->text, out->text + OUTPUTS_TEXT, out->text_length);
}

void outputs_snapshot(struct outputs *out, const struct snapshot *s)
{
	struct row row = { .time_ns = s->time_ns, .packets = s->packets, .record = &s->record, .feature = s->feature,
			   .one_way = out->o->settings.one_way };

	if (out->o->rows)
		outputs_row(out, &row);
}

/* Adds to a line what is known of its flow's capture, writes and frees it. */
static void line_write(const struct outputs *out, json_t *line, const struct flow_record *record)
{
	struct flow_label label = outputs_label(out, record);

	json_object_set_new(line, "capture", json_string(out->capture->name));
	if (label.label != LABEL_SKIP) {
		json_object_set_new(line, "label", json_string(label_names[label.label]));
		json_object_set_new(line, "attack", json_string(label.attack));
	}
	eve_margins_add(line, &out->models);
	json_dumpf(line, out->o->verdicts, JSON_COMPACT);
	fputc('\n', out->o->verdicts);
	json_decref(line);
}

/* The model that said so. */
static const struct model *model_by_id(const struct outputs *out, __u32 id)
{
	return out->o->challenger && out->o->challenger->id == id ? out->o->challenger : out->o->model;
}

void outputs_event(const struct outputs *out, const struct event *e)
{
	const struct flow *f = &e->record.flow;
	struct event nowhere = *e;
	json_t *line;

	if (!out->o->verdicts)
		return;
	nowhere.ifindex = 0; /* of this machine no interface saw it */
	line = eve_from_event(&nowhere, &out->o->settings, class_name_of_model(model_by_id(out, f->model_id), f->class));
	held_add(line, held_of_event(e, &out->o->settings, NULL));
	line_write(out, line, &e->record);
}

void outputs_shadow(const struct outputs *out, const struct shadow_event *e)
{
	struct shadow_event nowhere = *e;
	const char *class[ARM_COUNT];

	if (!out->o->verdicts)
		return;
	nowhere.e.ifindex = 0;
	for (int arm = 0; arm < ARM_COUNT; arm++)
		class[arm] = class_name_of_model(model_by_id(out, e->opinion[arm].model_id), e->opinion[arm].class);
	line_write(out, eve_from_shadow(&nowhere, &out->o->settings, class), &e->e.record);
}
