// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>
#include "evaluation.h"
#include "file_replace.h"
#include "model.h"
#include "outputs.h"
#include "report.h"
#include "training.h"
#include "weights.h"

#define MARGINS_BATCH 4096 /* rows */

/* All that one run makes; free in any state. */
struct training {
	struct labels labels;
	struct feature_choice columns;
	struct dataset data;
	struct flow_table table;
	struct split_options split;
	struct booster_rows rows[PART_COUNT];
	struct booster *booster;
	struct booster_round last;
	struct booster_importance importance;
	struct evaluation evaluation;
	struct leaks leaks;
	double seconds;
	char *model, *json, *text;
	size_t model_size;
	char *why;
	size_t why_size;
};

static int value_refuse(const char *option, const char *wanted, char *why, size_t why_size)
{
	snprintf(why, why_size, "--%s: wanted %s; see --help", option, wanted);
	return -EINVAL;
}

static bool is_between(double v, double low, double high)
{
	return v >= low && v <= high;
}

/* What is read, or is another output, must not be written over. */
static int output_check_apart(const struct training_options *o, const char *path, char *why, size_t why_size)
{
	const char *const outputs[] = { o->output, o->report, o->report_text };
	bool is_input = file_is_same(path, o->labels);
	int same = 0; /* outputs of that name, itself among them */

	for (int i = 0; i < o->rows.count; i++)
		is_input |= file_is_same(path, o->rows.value[i]);
	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++)
		same += file_is_same(path, outputs[i]);
	if (!is_input && same < 2)
		return 0;
	snprintf(why, why_size, "%s: cannot be written: it is also %s", path, is_input ? "to be read" : "another output");
	return -EINVAL;
}

int training_options_check(const struct training_options *o, char *why, size_t why_size)
{
	if (!o->rows.count)
		return value_refuse("rows", "at least one file of rows", why, why_size);
	if (!o->output)
		return value_refuse("output", "the model file to write", why, why_size);
	if (!is_between(o->booster.trees, 1, MODEL_TREES_MAX))
		return value_refuse("trees", "1 to 512, what the kernel's tables hold", why, why_size);
	if (!is_between(o->booster.depth, 1, MODEL_DEPTH_MAX))
		return value_refuse("depth", "1 to 8, what the kernel's tables hold", why, why_size);
	if (!is_between(o->booster.learning_rate, 1e-4, 1))
		return value_refuse("learning-rate", "a number from 0.0001 to 1", why, why_size);
	if (!is_between(o->booster.threads, 1, 1024))
		return value_refuse("threads", "1 to 1024", why, why_size);
	if (!is_between(o->validation, .01, .45) || !is_between(o->test, .01, .45))
		return value_refuse("validation and --test", "shares from 0.01 to 0.45", why, why_size);
	if (!is_between(o->fpr, 0, .5) || !is_between(o->fpr_log, 0, .5))
		return value_refuse("fpr and --fpr-log", "rates from 0 to 0.5", why, why_size);
	if (o->dialect && o->labels)
		return value_refuse("labels and --dialect", "one of them: a public table has its own labels", why, why_size);
	return output_check_apart(o, o->output, why, why_size) ?: output_check_apart(o, o->report, why, why_size) ?:
	       output_check_apart(o, o->report_text, why, why_size);
}

static int columns_choose(struct training *t, const struct training_options *o)
{
	char why[256];

	if (o->dialect && !o->features) {
		t->columns = dialect_features(*o->dialect);
		return 0;
	}
	if (!feature_choice_parse(o->features, &t->columns, why, sizeof(why)))
		return 0;
	snprintf(t->why, t->why_size, "--features: %s", why);
	return -EINVAL;
}

static int data_load(struct training *t, const struct training_options *o)
{
	bool used[FEATURE_COUNT];
	struct dataset_options how = { .labels_required = true, .ignore_columns = o->ignore_columns, .feature_used = used,
				       .dialect = o->dialect };
	int err = o->labels ? labels_load(&t->labels, o->labels, t->why, t->why_size) : 0;

	err = err ? err : columns_choose(t, o);
	feature_choice_mark(&t->columns, used);
	if (err)
		return err;
	if (o->labels)
		how.labels = &t->labels;
	return dataset_load(&t->data, o->rows.value, o->rows.count, &how, t->why, t->why_size);
}

/* Both classes must be there before anything else is worth a try. */
static int classes_check(struct training *t)
{
	size_t rows[LABEL_COUNT] = { 0 };

	for (size_t row = 0; row < t->data.rows; row++)
		rows[t->data.label[row]]++;
	if (rows[LABEL_BENIGN] && rows[LABEL_MALICIOUS])
		return 0;
	if (!t->data.rows)
		snprintf(t->why, t->why_size, "no labelled rows to learn from: %zu rows read, none with a label",
			 t->data.skipped);
	else
		snprintf(t->why, t->why_size, "all %zu rows are %s: nothing to tell apart, label rows of both kinds",
			 t->data.rows, label_names[rows[LABEL_BENIGN] ? LABEL_BENIGN : LABEL_MALICIOUS]);
	return -ENODATA;
}

static int data_split(struct training *t, const struct training_options *o)
{
	int err = classes_check(t);

	t->split = (struct split_options){ .seed = o->booster.seed,
					   .share = { [PART_VALIDATION] = o->validation, [PART_TEST] = o->test },
					   .by_flow = { [LABEL_BENIGN] = o->by_flow, [LABEL_MALICIOUS] = o->by_flow } };
	err = err ? err : flows_from_dataset(&t->table, &t->data);
	return err ? err : flows_split(&t->table, t->data.source_count, &t->split, t->why, t->why_size);
}

static void columns_take(const struct feature_choice *columns, const float *row, float *value)
{
	for (int i = 0; i < columns->count; i++)
		value[i] = row[columns->id[i]];
}

/* The rows of one part, side by side. */
static int part_gather(struct training *t, const struct flow_table *table, enum part part)
{
	struct booster_rows *r = &t->rows[part];
	size_t rows = table->part_rows[part];
	float *weight = calloc(t->data.rows, sizeof(*weight));
	int err = weight ? weights_from_flows(weight, &t->data, table, part) : -ENOMEM;

	r->columns = &t->columns;
	r->value = calloc(rows, t->columns.count * sizeof(*r->value));
	r->label = calloc(rows, sizeof(*r->label));
	r->weight = calloc(rows, sizeof(*r->weight));
	if (!r->value || !r->label || !r->weight)
		err = -ENOMEM;
	for (size_t row = 0; row < t->data.rows && !err; row++) {
		if (table->flow[t->data.flow[row]].part != part)
			continue;
		columns_take(&t->columns, dataset_row(&t->data, row), r->value + r->count * t->columns.count);
		r->label[r->count] = t->data.label[row] == LABEL_MALICIOUS;
		r->weight[r->count++] = weight[row];
	}
	free(weight);
	return err;
}

static void part_drop(struct booster_rows *r)
{
	free(r->value);
	free(r->label);
	free(r->weight);
	*r = (struct booster_rows){ 0 };
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static int model_train(struct training *t, const struct training_options *o)
{
	double start = seconds_now();
	int err = part_gather(t, &t->table, PART_TRAIN);

	err = err ? err : part_gather(t, &t->table, PART_VALIDATION);
	err = err ? err
		  : booster_train(&t->booster, &t->rows[PART_TRAIN], &t->rows[PART_VALIDATION], &o->booster,
				  o->watch, o->context, &t->last, t->why, t->why_size);
	part_drop(&t->rows[PART_TRAIN]);
	part_drop(&t->rows[PART_VALIDATION]);
	t->seconds = seconds_now() - start;
	return err;
}

/* Trains the model to keep on all rows, for as many rounds as were best. What was held out has given its figures. */
static int model_refit(struct training *t, const struct training_options *o)
{
	struct booster_options options = o->booster;
	struct booster *refitted = NULL;
	struct booster_round unused;
	struct flow_table all = t->table; /* its own parts: everything is to learn from */
	int err = 0;

	all.flow = calloc(t->table.count + 1, sizeof(*all.flow));
	if (!all.flow)
		return -ENOMEM;
	for (size_t i = 0; i < all.count; i++) {
		all.flow[i] = t->table.flow[i];
		all.flow[i].part = PART_TRAIN;
	}
	all.part_rows[PART_TRAIN] = t->data.rows;
	options.trees = t->last.best;
	options.patience = 0;
	err = part_gather(t, &all, PART_TRAIN);
	err = err ? err
		  : booster_train(&refitted, &t->rows[PART_TRAIN], &t->rows[PART_TRAIN], &options, o->watch, o->context,
				  &unused, t->why, t->why_size);
	if (!err) {
		booster_free(t->booster);
		t->booster = refitted;
	}
	part_drop(&t->rows[PART_TRAIN]);
	free(all.flow);
	return err;
}

/* The margins of all rows, or what they are `without_dest`, a batch at a time: a copy of all values may be large. */
static int margins_find(struct training *t, float *margin, bool without_dest)
{
	const struct feature_choice *c = &t->columns;
	float *value = calloc(MARGINS_BATCH, c->count * sizeof(*value));
	int err = value ? 0 : -ENOMEM;

	for (size_t first = 0; first < t->data.rows && !err; first += MARGINS_BATCH) {
		size_t left = t->data.rows - first, count = left < MARGINS_BATCH ? left : MARGINS_BATCH;

		for (size_t i = 0; i < count; i++) {
			columns_take(c, dataset_row(&t->data, first + i), value + i * c->count);
			for (int f = 0; without_dest && f < c->count; f++)
				if (feature_role(c->id[f]) == FEATURE_ROLE_DEST)
					value[i * c->count + f] = 0;
		}
		err = booster_margins(t->booster, value, count, margin + first, t->why, t->why_size);
	}
	free(value);
	return err;
}

static int model_evaluate(struct training *t, const struct training_options *o)
{
	const double wanted[] = { [THRESHOLD_LOG] = o->fpr_log, [THRESHOLD_DROP] = o->fpr };
	float *all = calloc(t->data.rows, sizeof(*all)), *source = calloc(t->data.rows, sizeof(*source));
	struct margins margin = { all, source };
	int err = all && source ? margins_find(t, all, false) : -ENOMEM;

	err = err ? err : margins_find(t, source, true);
	err = err ? err : evaluation_make(&t->evaluation, &t->data, &t->table, &margin, wanted);
	free(all);
	free(source);
	if (!err && o->refit)
		err = model_refit(t, o);
	err = err ? err : booster_importance(t->booster, &t->importance, t->why, t->why_size);
	return err ? err : booster_save(t->booster, &t->model, &t->model_size, t->why, t->why_size);
}

static int reports_make(struct training *t, const struct training_options *o)
{
	struct report r = { .path = o->rows.value,
			    .path_count = o->rows.count,
			    .labels_path = o->labels,
			    .labels = &t->labels,
			    .data = &t->data,
			    .columns = &t->columns,
			    .table = &t->table,
			    .split = &t->split,
			    .booster = &o->booster,
			    .last = &t->last,
			    .importance = &t->importance,
			    .evaluation = &t->evaluation,
			    .leaks = &t->leaks,
			    .seconds = t->seconds,
			    .refit = o->refit,
			    .model_size = t->model_size,
			    .model_crc32 = crc32(0, (unsigned char *)t->model, t->model_size) };
	int err = leaks_find(&t->leaks, &t->data, &t->columns);

	err = err ? err : report_json(&r, &t->json);
	return err ? err : report_text(&r, &t->text);
}

/* The model last: who sees a new one finds its report beside it. */
static int outputs_write(const struct training *t, const struct training_options *o)
{
	int err = output_write(o->report, t->json, strlen(t->json), t->why, t->why_size);

	err = err ? err : output_write(o->report_text, t->text, strlen(t->text), t->why, t->why_size);
	return err ? err : output_write(o->output, t->model, t->model_size, t->why, t->why_size);
}

static int outputs_check(const struct training_options *o, char *why, size_t why_size)
{
	int err = output_check(o->output, why, why_size);

	err = err ? err : output_check(o->report, why, why_size);
	return err ? err : output_check(o->report_text, why, why_size);
}

static void training_free(struct training *t)
{
	labels_free(&t->labels);
	dataset_free(&t->data);
	flows_free(&t->table);
	part_drop(&t->rows[PART_TRAIN]);
	part_drop(&t->rows[PART_VALIDATION]);
	booster_free(t->booster);
	evaluation_free(&t->evaluation);
	free(t->model);
	free(t->json);
	free(t->text);
}

int training_run(const struct training_options *o, char **text, char *why, size_t why_size)
{
	struct training t = { .why = why, .why_size = why_size };
	int err = training_options_check(o, why, why_size);

	err = err ? err : outputs_check(o, why, why_size);
	if (err)
		return err;
	snprintf(why, why_size, "out of memory");
	err = data_load(&t, o);
	err = err ? err : data_split(&t, o);
	err = err ? err : model_train(&t, o);
	err = err ? err : model_evaluate(&t, o);
	err = err ? err : reports_make(&t, o);
	err = err ? err : outputs_write(&t, o);
	if (err == -EINTR)
		snprintf(why, why_size, "interrupted, nothing was written");
	if (!err) {
		if (!report_drops_nothing(&t.evaluation, why, why_size))
			*why = 0;
		*text = t.text;
		t.text = NULL;
	}
	training_free(&t);
	return err;
}
