// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow-train: labelled rows in, an XGBoost model and a report out. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include "file_replace.h"
#include "log.h"
#include "model.h"
#include "options.h"
#include "progress.h"
#include "report.h"
#include "weights.h"

#define WHY_SIZE 512

static volatile sig_atomic_t stop;

struct train_options {
	struct option_list rows;
	const char *labels, *output, *report, *report_text, *split_by;
	bool ignore_columns, quiet;
	double fpr, fpr_log, validation, test;
	struct booster_options booster;
	unsigned long seed;
};

/* All that one run makes; free in any state. */
struct training {
	struct labels labels;
	struct dataset data;
	struct flow_table table;
	struct split_options split;
	struct booster_rows rows[PART_COUNT];
	struct booster *booster;
	struct booster_round last;
	struct booster_importance importance;
	struct evaluation evaluation;
	double seconds;
	char *model, *json, *text;
	size_t model_size;
	char why[WHY_SIZE];
};

static const char usage[] = "Usage: hedgerow-train --rows FILE [--rows FILE ...] --output MODEL.json [options]\n"
			    "\n"
			    "Learns to tell malicious flows from benign ones: labelled rows, as 'hedgerow flows --snapshots'\n"
			    "writes them, become an XGBoost model and a report. 'hedgerow-export' compiles the model.";

static void stop_set(int signal)
{
	(void)signal;
	stop = 1;
}

static int value_refuse(const char *option, const char *wanted)
{
	log_error("--%s: wanted %s; see --help", option, wanted);
	return -EINVAL;
}

static bool is_between(double v, double low, double high)
{
	return v >= low && v <= high;
}

static int options_check(const struct train_options *o)
{
	if (!o->rows.count)
		return value_refuse("rows", "at least one file of rows");
	if (!o->output)
		return value_refuse("output", "the model file to write");
	if (!is_between(o->booster.trees, 1, MODEL_TREES_MAX))
		return value_refuse("trees", "1 to 512, what the kernel's tables hold");
	if (!is_between(o->booster.depth, 1, MODEL_DEPTH_MAX))
		return value_refuse("depth", "1 to 8, what the kernel's tables hold");
	if (!is_between(o->booster.learning_rate, 1e-4, 1))
		return value_refuse("learning-rate", "a number from 0.0001 to 1");
	if (!is_between(o->booster.threads, 1, 1024))
		return value_refuse("threads", "1 to 1024");
	if (!is_between(o->validation, .01, .5) || !is_between(o->test, .01, .5) || o->validation + o->test > .9)
		return value_refuse("validation and --test", "shares from 0.01 to 0.5, together at most 0.9");
	if (!is_between(o->fpr, 0, .5) || !is_between(o->fpr_log, o->fpr, .5))
		return value_refuse("fpr and --fpr-log", "rates from 0 to 0.5, the second not below the first");
	return 0;
}

/* Says now what would fail only after the training. The output is a plain file, or will be. */
static int output_check(const char *path)
{
	char copy[PATH_MAX];
	struct stat st;

	if (!path)
		return 0;
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		log_error("%s: cannot be written: %s, not a file", path,
			  S_ISDIR(st.st_mode) ? "a directory" : "a device, pipe or socket");
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	}
	snprintf(copy, sizeof(copy), "%s", path);
	if (access(dirname(copy), W_OK)) {
		int err = -errno;

		log_error("%s: cannot be written: %s", path, strerror(-err));
		return err;
	}
	return 0;
}

static int outputs_check(const struct train_options *o)
{
	int err = output_check(o->output);

	err = err ? err : output_check(o->report);
	return err ? err : output_check(o->report_text);
}

static int data_load(struct training *t, const struct train_options *o)
{
	struct dataset_options how = { .labels_required = true, .ignore_columns = o->ignore_columns };
	int err = o->labels ? labels_load(&t->labels, o->labels, t->why, sizeof(t->why)) : 0;

	if (err)
		return err;
	if (o->labels)
		how.labels = &t->labels;
	err = dataset_load(&t->data, o->rows.value, o->rows.count, &how, t->why, sizeof(t->why));
	if (err)
		return err;
	log_debug("%zu rows, %zu flows, %zu sources, %zu rows without a label", t->data.rows, t->data.flow_count,
		  t->data.source_count, t->data.skipped);
	return 0;
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
		snprintf(t->why, sizeof(t->why), "no labelled rows to learn from: %zu rows read, none with a label",
			 t->data.skipped);
	else
		snprintf(t->why, sizeof(t->why), "all %zu rows are %s: nothing to tell apart, label rows of both kinds",
			 t->data.rows, label_names[rows[LABEL_BENIGN] ? LABEL_BENIGN : LABEL_MALICIOUS]);
	return -ENODATA;
}

static int data_split(struct training *t, const struct train_options *o)
{
	bool by_flow = !strcmp(o->split_by, "flow");
	int err = classes_check(t);

	t->split = (struct split_options){ .seed = o->seed,
					   .share = { [PART_VALIDATION] = o->validation, [PART_TEST] = o->test },
					   .by_flow = { [LABEL_BENIGN] = by_flow, [LABEL_MALICIOUS] = by_flow } };
	err = err ? err : flows_from_dataset(&t->table, &t->data);
	return err ? err : flows_split(&t->table, t->data.source_count, &t->split, t->why, sizeof(t->why));
}

/* The rows of one part, side by side. */
static int part_gather(struct training *t, enum part part)
{
	struct booster_rows *r = &t->rows[part];
	size_t rows = t->table.part_rows[part];
	float *weight = calloc(t->data.rows, sizeof(*weight));
	int err = weight ? weights_from_flows(weight, &t->data, &t->table, part) : -ENOMEM;

	r->value = calloc(rows, FEATURE_COUNT * sizeof(*r->value));
	r->label = calloc(rows, sizeof(*r->label));
	r->weight = calloc(rows, sizeof(*r->weight));
	if (!r->value || !r->label || !r->weight)
		err = -ENOMEM;
	for (size_t row = 0; row < t->data.rows && !err; row++) {
		if (t->table.flow[t->data.flow[row]].part != part)
			continue;
		memcpy(r->value + r->count * FEATURE_COUNT, dataset_row(&t->data, row),
		       FEATURE_COUNT * sizeof(*r->value));
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

static bool round_watch(void *progress, const struct booster_round *round)
{
	progress_print(progress, round);
	return stop;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static int model_train(struct training *t, const struct train_options *o)
{
	struct progress progress = { .rounds = o->booster.trees, .quiet = o->quiet };
	double start = seconds_now();
	int err = part_gather(t, PART_TRAIN);

	err = err ? err : part_gather(t, PART_VALIDATION);
	err = err ? err
		  : booster_train(&t->booster, &t->rows[PART_TRAIN], &t->rows[PART_VALIDATION], &o->booster,
				  round_watch, &progress, &t->last, t->why, sizeof(t->why));
	progress_end(&progress);
	part_drop(&t->rows[PART_TRAIN]);
	part_drop(&t->rows[PART_VALIDATION]);
	t->seconds = seconds_now() - start;
	if (err == -EINTR)
		snprintf(t->why, sizeof(t->why), "interrupted, nothing was written");
	return err;
}

static int model_evaluate(struct training *t, const struct train_options *o)
{
	const double wanted[] = { [THRESHOLD_LOG] = o->fpr_log, [THRESHOLD_DROP] = o->fpr };
	float *margin = calloc(t->data.rows, sizeof(*margin));
	int err = margin ? booster_margins(t->booster, t->data.value, t->data.rows, margin, t->why, sizeof(t->why))
			 : -ENOMEM;

	err = err ? err : evaluation_make(&t->evaluation, &t->data, &t->table, margin, wanted);
	err = err ? err : booster_importance(t->booster, &t->importance, t->why, sizeof(t->why));
	free(margin);
	return err ? err : booster_save(t->booster, &t->model, &t->model_size, t->why, sizeof(t->why));
}

static int reports_make(struct training *t, const struct train_options *o)
{
	struct report r = { .path = o->rows.value,
			    .path_count = o->rows.count,
			    .labels_path = o->labels,
			    .data = &t->data,
			    .table = &t->table,
			    .split = &t->split,
			    .booster = &o->booster,
			    .last = &t->last,
			    .importance = &t->importance,
			    .evaluation = &t->evaluation,
			    .seconds = t->seconds,
			    .model_size = t->model_size,
			    .model_crc32 = crc32(0, (unsigned char *)t->model, t->model_size) };
	int err = report_json(&r, &t->json);

	return err ? err : report_text(&r, &t->text);
}

static int file_write(const char *path, const char *data, size_t size)
{
	int err = path ? file_replace(path, data, size) : 0;

	if (err)
		log_error("%s: cannot be written: %s", path, strerror(-err));
	return err;
}

/* The model last: who sees a new one finds its report beside it. */
static int outputs_write(const struct training *t, const struct train_options *o)
{
	int err = file_write(o->report, t->json, strlen(t->json));

	err = err ? err : file_write(o->report_text, t->text, strlen(t->text));
	err = err ? err : file_write(o->output, t->model, t->model_size);
	if (!err && !o->report_text && !o->quiet)
		fputs(t->text, stdout);
	return err;
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

static int train(const struct train_options *o)
{
	struct training t = { .why = "out of memory" };
	int err = data_load(&t, o);

	err = err ? err : data_split(&t, o);
	err = err ? err : model_train(&t, o);
	err = err ? err : model_evaluate(&t, o);
	err = err ? err : reports_make(&t, o);
	if (err)
		log_error("%s", t.why);
	else
		err = outputs_write(&t, o);
	training_free(&t);
	return err;
}

int main(int argc, char **argv)
{
	static const char *const split_names[] = { "source", "flow" };
	struct train_options o = { .split_by = "source",
				   .fpr = .01,
				   .fpr_log = .05,
				   .validation = .2,
				   .test = .2,
				   .booster = { .trees = 64,
						.depth = 5,
						.threads = 2,
						.patience = 10,
						.learning_rate = .2 } };
	const struct option_row rows[] = {
		{ "rows", 'r', OPTION_LIST, &o.rows, "FILE", "rows CSV to learn from; may be given again" },
		{ "labels", 'l', OPTION_STRING, &o.labels, "FILE", "labels file, instead of a label column" },
		{ "output", 'o', OPTION_STRING, &o.output, "FILE", "the model, XGBoost JSON" },
		{ "report", 0, OPTION_STRING, &o.report, "FILE", "the report as JSON" },
		{ "report-text", 0, OPTION_STRING, &o.report_text, "FILE", "the report as text; else to stdout" },
		{ "seed", 's', OPTION_UNSIGNED, &o.seed, "N", "of split and training (0)" },
		{ "trees", 't', OPTION_UNSIGNED, &o.booster.trees, "N", "at most so many (64)" },
		{ "depth", 'd', OPTION_UNSIGNED, &o.booster.depth, "N", "of each tree (5)" },
		{ "learning-rate", 0, OPTION_REAL, &o.booster.learning_rate, "X", "of boosting (0.2)" },
		{ "early-stopping", 0, OPTION_UNSIGNED, &o.booster.patience, "N",
		  "stop after N rounds without a better validation log loss (10), 0: never" },
		{ "threads", 0, OPTION_UNSIGNED, &o.booster.threads, "N", "to train with (2)" },
		{ "split-by", 0, OPTION_STRING, &o.split_by, "WHAT", "source or flow: what stays in one part (source)" },
		{ "validation", 0, OPTION_REAL, &o.validation, "SHARE", "for stopping and thresholds (0.2)" },
		{ "test", 0, OPTION_REAL, &o.test, "SHARE", "for the report's figures (0.2)" },
		{ "fpr", 0, OPTION_REAL, &o.fpr, "RATE", "share of benign flows that may be dropped (0.01)" },
		{ "fpr-log", 0, OPTION_REAL, &o.fpr_log, "RATE", "share of benign flows that may be logged (0.05)" },
		{ "ignore-columns", 0, OPTION_FLAG, &o.ignore_columns, NULL, "pass over columns nobody knows" },
		{ "quiet", 'q', OPTION_FLAG, &o.quiet, NULL, "no progress, no report on stdout" },
		{ 0 }
	};
	int parsed = options_parse(rows, usage, argc, argv);

	if (parsed == -ECANCELED)
		return 0;
	if (parsed < 0)
		return 2;
	if (parsed < argc) {
		log_error("'%s': no operand is expected; rows are given by --rows", argv[parsed]);
		return 2;
	}
	if (option_parse_name("--split-by", o.split_by, split_names, 2) < 0 || options_check(&o))
		return 2;
	o.booster.seed = o.seed;
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = stop_set }, NULL);
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = stop_set }, NULL);
	return outputs_check(&o) || train(&o) ? 1 : 0;
}
