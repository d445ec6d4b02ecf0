// SPDX-License-Identifier: BSD-2-Clause
/* The trainer from rows file to model file, on rows that one feature tells apart but for some noise. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include <jansson.h>
#include "rows_file.h"
#include "training.h"

static int leak; /* what one feature adds for attackers */
static int apart = 50; /* what the first three do */
static char directory[32], rows_path[64], model_path[64], report_path[64], why[512];

static int directory_make(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/train.XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(rows_path, sizeof(rows_path), "%s/rows.csv", directory);
	snprintf(model_path, sizeof(model_path), "%s/model.json", directory);
	snprintf(report_path, sizeof(report_path), "%s/report.json", directory);
	return 0;
}

static int directory_remove(void **state)
{
	(void)state;
	unlink(rows_path);
	unlink(model_path);
	unlink(report_path);
	return rmdir(directory); /* fails when a temporary file was left */
}

/* Attackers 10.9.x.y and honest clients 10.1.x.y; features are noise but the first few. */
static void rows_write(int benign, int malicious, const char *label)
{
	FILE *file = fopen(rows_path, "w");
	unsigned int noise = 1;

	rows_file_header(file, ",label,attack");
	for (int i = 0; i < benign + malicious; i++) {
		int bad = i >= benign;

		fprintf(file, "%d,1732150000.5,10.%d.0.%d,40000,10.200.0.1,80,6,0,1", i, bad ? 9 : 1, i % 12);
		for (int f = 0; f < FEATURE_COUNT; f++) {
			noise = noise * 1103515245 + 12345;
			fprintf(file, ",%u", (noise >> 16) % 100 + (f < 3 && bad ? apart : 0) + (f == FEATURE_ans && bad ? leak : 0));
		}
		fprintf(file, ",,pass,none,,%s,%s\n", *label ? label : bad ? "malicious" : "benign", bad ? "scan" : "");
	}
	fclose(file);
}

static struct training_options options_make(void)
{
	struct training_options o = TRAINING_DEFAULTS;

	o.rows = (struct option_list){ .count = 1, .value = { rows_path } };
	o.output = model_path;
	o.report = report_path;
	o.booster.trees = 12;
	return o;
}

static int run(const struct training_options *o)
{
	char *text = NULL;
	int err = training_run(o, &text, why, sizeof(why));

	free(text);
	return err;
}

static char *file_text(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	assert_non_null(file);
	assert_true(getdelim(&text, &size, 0, file) > 0);
	fclose(file);
	return text;
}

static void the_same_seed_gives_the_same_model_bytes(void **state)
{
	struct training_options o = options_make();
	char *first, *same, *other;

	(void)state;
	rows_write(300, 300, "");
	assert_int_equal(run(&o), 0);
	first = file_text(model_path);
	assert_int_equal(run(&o), 0);
	same = file_text(model_path);
	o.booster.seed = 1;
	assert_int_equal(run(&o), 0);
	other = file_text(model_path);
	assert_string_equal(first, same);
	assert_string_not_equal(first, other);
	free(first);
	free(same);
	free(other);
}

static void the_model_names_its_features_and_ends_at_the_best_round(void **state)
{
	struct training_options o = options_make();
	json_t *model, *report, *names;
	int best, trees;

	(void)state;
	o.booster.trees = 200;
	o.booster.learning_rate = 1;
	o.booster.patience = 5;
	rows_write(300, 300, "");
	assert_int_equal(run(&o), 0);
	model = json_load_file(model_path, 0, NULL);
	report = json_load_file(report_path, 0, NULL);
	assert_non_null(model);
	assert_non_null(report);
	names = json_object_get(json_object_get(model, "learner"), "feature_names");
	assert_int_equal(json_array_size(names), FEATURES_FIRST_COUNT);
	assert_string_equal(json_string_value(json_array_get(names, FEATURE_ans)), "ans");
	trees = json_array_size(json_object_get(
		json_object_get(json_object_get(json_object_get(model, "learner"), "gradient_booster"), "model"),
		"trees"));
	best = json_integer_value(json_object_get(json_object_get(report, "training"), "best_round"));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(report, "training"), "rounds")), best + 5);
	assert_int_equal(trees, best);
	json_decref(model);
	json_decref(report);
}

/* The margin that many handshakes add where attackers complete them and nobody else does. */
static float handshakes_add(bool trust)
{
	static const struct feature_choice columns = {
		.count = 5,
		.id = { FEATURE_d_unans_short, FEATURE_s_hs_short, FEATURE_s_hs_long, FEATURE_d_hs_short, FEATURE_d_hs_long },
	};
	static float value[400 * 5], label[400], weight[400];
	struct booster_rows rows = { .columns = &columns, .count = 400, .value = value, .label = label, .weight = weight };
	struct booster_options o = { .trees = 4, .depth = 3, .threads = 1, .learning_rate = .5, .trust_handshakes = trust };
	struct booster_round last;
	struct booster *b;
	float margin[400];

	for (int i = 0; i < 400; i++) {
		label[i] = i & 1;
		weight[i] = 1;
		for (int c = 1; c < columns.count; c++)
			value[i * columns.count + c] = i & 1 ? 50 : i % 3;
	}
	assert_int_equal(booster_train(&b, &rows, &rows, &o, NULL, NULL, &last, why, sizeof(why)), 0);
	assert_int_equal(booster_margins(b, value, 400, margin, why, sizeof(why)), 0);
	booster_free(b);
	return margin[1] - margin[0];
}

static void handshakes_that_are_trusted_raise_no_score(void **state)
{
	(void)state;
	assert_true(handshakes_add(false) > 1);
	assert_true(handshakes_add(true) < 0.01f);
}

/* What the exporter reads. */
static void the_report_has_thresholds_schema_and_figures(void **state)
{
	struct training_options o = options_make();
	const char *schema, *version;
	double log_at, drop_at, probability, recall, auc;
	char wanted[20];
	json_int_t seed, rows;
	json_t *report;

	(void)state;
	o.booster.seed = 4;
	rows_write(300, 300, "");
	assert_int_equal(run(&o), 0);
	report = json_load_file(report_path, 0, NULL);
	assert_non_null(report);
	assert_int_equal(json_unpack(report, "{s:s, s:s, s:I, s:{s:I}, s:{s:{s:F}, s:{s:F, s:F}}, s:{s:{s:F, s:F}}}",
				     "schema", &schema, "library_version", &version, "seed", &seed, "data", "rows",
				     &rows, "thresholds", "log", "margin", &log_at, "drop", "margin", &drop_at,
				     "probability", &probability, "test", "flows", "recall", &recall, "roc_auc", &auc),
			 0);
	snprintf(wanted, sizeof(wanted), "%016llx", (unsigned long long)feature_schema_of(FEATURES_FIRST_COUNT));
	assert_string_equal(schema, wanted);
	assert_int_equal(seed, 4);
	assert_int_equal(rows, 600);
	assert_true(log_at <= drop_at && drop_at >= 0 && probability >= .5);
	assert_true(recall > .5 && auc > .9);
	json_decref(report);
}

static json_t *names_learnt(void)
{
	json_t *model = json_load_file(model_path, 0, NULL);
	json_t *names = json_incref(json_object_get(json_object_get(model, "learner"), "feature_names"));

	json_decref(model);
	return names;
}

/* Rows need only the columns that are asked for, whichever build wrote them. */
static void the_features_asked_for_are_learnt_from(void **state)
{
	struct training_options o = options_make();
	json_t *names;
	FILE *file;

	(void)state;
	o.features = "pace,ans,s_unans_short";
	rows_write(300, 300, "");
	assert_int_equal(run(&o), 0);
	names = names_learnt();
	assert_int_equal(json_array_size(names), 2 + FEATURE_COUNT - FEATURE_dur_ms);
	assert_string_equal(json_string_value(json_array_get(names, 0)), "s_unans_short");
	assert_string_equal(json_string_value(json_array_get(names, 2)), "dur_ms");
	json_decref(names);
	file = fopen(rows_path, "w");
	fprintf(file, "flow_id,time,src_ip,dest_ip,dest_port,packets,bpk,ans,label\n");
	for (int i = 0; i < 400; i++)
		fprintf(file, "%d,1,10.%d.0.%d,10.2.0.1,80,1,%d,%d,%d\n", i, i % 2 ? 9 : 1, i % 37, i % 5, i % 2, i % 2);
	fclose(file);
	assert_int_equal(run(&o), -EINVAL);
	assert_non_null(strstr(why, "no column 's_unans_short'"));
	o.features = "ans,bpk";
	assert_int_equal(run(&o), 0);
	names = names_learnt();
	assert_int_equal(json_array_size(names), 2);
	json_decref(names);
	o.features = "ans,sbytes";
	assert_int_equal(run(&o), -EINVAL);
	assert_non_null(strstr(why, "--features: 'sbytes' is no feature"));
}

/* What the root of the first tree saw: its hessian is a quarter of the rows' weight, whose mean is 1. */
static double rows_learnt_from(void)
{
	json_t *model = json_load_file(model_path, 0, NULL), *hessian;
	double root;

	assert_int_equal(json_unpack(model, "{s:{s:{s:{s:[{s:o}]}}}}", "learner", "gradient_booster", "model", "trees",
				     "sum_hessian", &hessian), 0);
	root = json_number_value(json_array_get(hessian, 0));
	json_decref(model);
	return 4 * root;
}

static bool note_is_there(const char *words)
{
	json_t *report = json_load_file(report_path, 0, NULL), *note;
	bool found = false;
	size_t i;

	json_array_foreach(json_object_get(report, "notes"), i, note)
		found |= strstr(json_string_value(note), words) != NULL;
	json_decref(report);
	return found;
}

static void a_feature_that_gives_the_labels_away_is_noted(void **state)
{
	struct training_options o = options_make();

	(void)state;
	rows_write(300, 300, "");
	assert_int_equal(run(&o), 0);
	assert_false(note_is_there("alone tells"));
	leak = 99; /* but for rows that draw 99: nearly */
	rows_write(300, 300, "");
	leak = 0;
	assert_int_equal(run(&o), 0);
	assert_true(note_is_there("ans alone tells the classes apart (ROC-AUC 0.9999 of rows)") ||
		    note_is_there("ans alone tells the classes apart (ROC-AUC 1.0000 of rows)"));
	assert_false(note_is_there("kind alone"));
}

static void a_refit_learns_from_all_rows_and_keeps_the_figures(void **state)
{
	struct training_options o = options_make();
	json_t *before, *after;

	(void)state;
	rows_write(300, 300, "");
	assert_int_equal(run(&o), 0);
	assert_true(rows_learnt_from() < 450); /* validation and test are kept apart */
	before = json_load_file(report_path, 0, NULL);
	o.refit = true;
	assert_int_equal(run(&o), 0);
	assert_in_range(rows_learnt_from() + .5, 600, 600);
	after = json_load_file(report_path, 0, NULL);
	assert_true(json_equal(json_object_get(before, "test"), json_object_get(after, "test")));
	assert_true(json_equal(json_object_get(before, "thresholds"), json_object_get(after, "thresholds")));
	assert_true(json_is_true(json_object_get(json_object_get(after, "training"), "refit")));
	json_decref(before);
	json_decref(after);
}

/* Whoever reads no report learns of it all the same. */
static void a_model_that_drops_nothing_is_warned_of(void **state)
{
	struct training_options o = options_make();

	(void)state;
	rows_write(300, 300, "");
	assert_int_equal(run(&o), 0);
	assert_string_equal(why, "");
	assert_false(note_is_there("this model drops nothing"));
	apart = 0;
	rows_write(400, 40, "");
	apart = 50;
	o.booster.trees = o.booster.depth = 1;
	assert_int_equal(run(&o), 0);
	assert_non_null(strstr(why, "this model drops nothing: no row of any part reaches margin "));
	assert_true(note_is_there("this model drops nothing"));
}

static void assert_refused(const struct training_options *o, const char *says)
{
	assert_true(run(o) < 0);
	if (!strstr(why, says))
		fail_msg("'%s' lacks '%s'", why, says);
}

static void data_that_teaches_nothing_is_refused(void **state)
{
	struct training_options o = options_make();

	(void)state;
	rows_write(0, 0, "");
	assert_refused(&o, "no labelled rows");
	rows_write(20, 20, "skip");
	assert_refused(&o, "40 rows read, none with a label");
	rows_write(20, 0, "");
	assert_refused(&o, "all 20 rows are benign");
	rows_write(20, 2, "");
	assert_refused(&o, "2 malicious flows are too few");
	rows_write(20, 20, "evil");
	assert_refused(&o, "rows.csv:2: label: 'evil'");
	o.rows.value[0] = "/nonexistent.csv";
	assert_refused(&o, "/nonexistent.csv: cannot be read");
	o = options_make();
	o.labels = "/nonexistent.csv";
	assert_refused(&o, "/nonexistent.csv: cannot be read");
}

static void a_failed_run_leaves_what_was_there(void **state)
{
	struct training_options o = options_make();
	FILE *file = fopen(model_path, "w");
	char *text;

	(void)state;
	fputs("an older model", file);
	fclose(file);
	rows_write(20, 0, "");
	assert_true(run(&o) < 0);
	text = file_text(model_path);
	assert_string_equal(text, "an older model");
	free(text);
	assert_int_equal(access(report_path, F_OK), -1);
}

static bool stop_at_once(void *rounds, const struct booster_round *round)
{
	*(unsigned long *)rounds = round->round;
	return true;
}

static void an_interrupted_run_writes_nothing(void **state)
{
	struct training_options o = options_make();
	unsigned long rounds = 0;

	(void)state;
	rows_write(300, 300, "");
	o.watch = stop_at_once;
	o.context = &rounds;
	assert_int_equal(run(&o), -EINTR);
	assert_int_equal(rounds, 1);
	assert_int_equal(access(model_path, F_OK), -1);
	assert_int_equal(access(report_path, F_OK), -1);
}

static void outputs_that_cannot_be_written_are_refused_first(void **state)
{
	struct training_options o = options_make();

	(void)state;
	unlink(rows_path); /* or this would be what is missed */
	o.output = directory;
	assert_refused(&o, ": cannot be written: a directory");
	o.output = "/dev/null";
	assert_refused(&o, "/dev/null: cannot be written: not a plain file");
	o.output = "/nonexistent/model.json";
	assert_refused(&o, "/nonexistent/model.json: cannot be written: No such file");
}

static void an_output_never_replaces_an_input_or_another_output(void **state)
{
	struct training_options o = options_make();
	char *before, *after;

	(void)state;
	rows_write(100, 100, "");
	before = file_text(rows_path);
	o.output = rows_path;
	assert_refused(&o, "to be read");
	o = options_make();
	o.report = o.output;
	assert_refused(&o, "another output");
	after = file_text(rows_path);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void options_out_of_range_are_refused_by_name(void **state)
{
	struct training_options o = options_make();

	(void)state;
	o.booster.trees = 513;
	assert_refused(&o, "--trees");
	o = options_make();
	o.booster.depth = 9;
	assert_refused(&o, "--depth");
	o = options_make();
	o.test = .6;
	assert_refused(&o, "--test");
	o = options_make();
	o.fpr = 1.5;
	assert_refused(&o, "--fpr");
	o = options_make();
	o.rows.count = 0;
	assert_refused(&o, "--rows");
	o = options_make();
	o.output = NULL;
	assert_refused(&o, "--output");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, directory_make, directory_remove)
	const struct CMUnitTest tests[] = {
		TEST(the_features_asked_for_are_learnt_from),
		TEST(the_same_seed_gives_the_same_model_bytes),
		TEST(the_model_names_its_features_and_ends_at_the_best_round),
		TEST(handshakes_that_are_trusted_raise_no_score),
		TEST(the_report_has_thresholds_schema_and_figures),
		TEST(a_feature_that_gives_the_labels_away_is_noted),
		TEST(a_refit_learns_from_all_rows_and_keeps_the_figures),
		TEST(a_model_that_drops_nothing_is_warned_of),
		TEST(data_that_teaches_nothing_is_refused),
		TEST(a_failed_run_leaves_what_was_there),
		TEST(an_interrupted_run_writes_nothing),
		TEST(outputs_that_cannot_be_written_are_refused_first),
		TEST(an_output_never_replaces_an_input_or_another_output),
		TEST(options_out_of_range_are_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
