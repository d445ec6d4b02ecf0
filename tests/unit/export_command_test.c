// SPDX-License-Identifier: BSD-2-Clause
/*
 * hedgerow-export as it is called: models saved by four versions of XGBoost, and what happens to the output and on
 * stderr when something is wrong. Needs tests/data, so it runs in the root of the tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jansson.h>
#include <xgboost/c_api.h>
#include <zlib.h>
#include "commands.h"
#include "feature_names.h"
#include "log.h"
#include "model_file.h"

#define GOLDEN "tests/data/golden"
#define ROWS GOLDEN "/rows.csv"
#define MODEL GOLDEN "/1.7.6/logistic.json"
#define CLASSES GOLDEN "/3.2.0/classes.json"

static char folder[64], output[96], spoilt[96];
static char said[16384]; /* stdout and stderr of the last run */

static int folder_make(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/export_test.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(output, sizeof(output), "%s/model.hgm", folder);
	snprintf(spoilt, sizeof(spoilt), "%s/spoilt", folder);
	return 0;
}

/* Fails when a temporary file was left behind. */
static int folder_remove(void **state)
{
	(void)state;
	unlink(output);
	unlink(spoilt);
	return rmdir(folder);
}

static int command_run(int (*command)(int, char **), ...)
{
	char *argv[32] = { "hedgerow-export" }, path[96];
	int argc = 1, out = dup(1), err = dup(2), to, result;
	va_list args;
	FILE *in;

	va_start(args, command);
	while ((argv[argc] = va_arg(args, char *)))
		argc++;
	va_end(args);
	snprintf(path, sizeof(path), "%s/said", folder);
	to = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);
	fflush(stdout);
	dup2(to, 1);
	dup2(to, 2);
	result = command(argc, argv);
	fflush(stdout);
	dup2(out, 1);
	dup2(err, 2);
	close(out);
	close(err);
	close(to);
	in = fopen(path, "r");
	said[fread(said, 1, sizeof(said) - 1, in)] = 0;
	fclose(in);
	unlink(path);
	return result;
}

#define EXPORT(...) command_run(cmd_export, __VA_ARGS__, "--output", output, NULL)
#define SHOW(...) command_run(cmd_show, __VA_ARGS__, NULL)

static void assert_said(const char *words)
{
	if (!strstr(said, words))
		fail_msg("expected '%s' in: %s", words, said);
}

/* One line on stderr, begun by the program's name, and no output file. */
static void assert_ended(int wanted, int result, const char *words)
{
	const char *error = strstr(said, ": error: ");

	assert_int_equal(wanted, result);
	assert_said(words);
	assert_non_null(error);
	assert_null(strstr(error + 1, ": error: "));
	assert_int_equal(-1, access(output, F_OK));
}

static void assert_refused(int result, const char *words)
{
	assert_ended(1, result, words);
}

static void assert_usage(int result, const char *words)
{
	assert_ended(2, result, words);
}

/* Copies `from` to `spoilt` with one text replaced. */
static void file_spoil(const char *from, const char *what, const char *by)
{
	static char data[1 << 16];
	FILE *in = fopen(from, "r"), *out = fopen(spoilt, "w");
	char *at;

	assert_non_null(in);
	data[fread(data, 1, sizeof(data) - 1, in)] = 0;
	at = strstr(data, what);
	assert_non_null(at);
	fprintf(out, "%.*s%s%s", (int)(at - data), data, by, at + strlen(what));
	fclose(in);
	fclose(out);
}

/* Every kind of model that XGBoost can train over our features, by every version, in both formats. */
static void models_agree_with_the_version_that_saved_them(void **state)
{
	static const char *const versions[] = { "1.7.6", "2.1.4", "3.0.5", "3.2.0" }, *const formats[] = { "json", "ubj" };
	static const struct {
		const char *name, *drop_at, *classes, *booster;
		__u32 trees;
	} kind[] = {
		{ "logistic", "0", NULL, "gbtree binary:logistic, ", 5 },
		{ "hinge", "0", NULL, "gbtree binary:hinge, ", 5 },
		{ "forest", "-0.3", NULL, "gbtree binary:logistic, ", 6 },
		{ "dart", "-1", NULL, "dart binary:logistic, ", 6 },
		{ "linear", "-2", NULL, "gblinear binary:logistic, ", 0 },
		{ "gaps", "0", NULL, "send every value one way: in training they told missing values", 4 },
		{ "classes", "0", "benign,scan,odd=log", "gbtree multi:softprob, ", 9 },
		{ "linear_classes", "-0.5", "benign,scan,odd=log", "gblinear multi:softmax, ", 0 },
	};
	struct model *m = calloc(1, sizeof(*m));

	(void)state;
	for (size_t run = 0; run < 4 * 2 * sizeof(kind) / sizeof(*kind); run++) {
		const char *version = versions[run % 4], *name = kind[run / 8].name;
		char model[64], margins[64], why[MODEL_FILE_WHY], words[64];

		snprintf(model, sizeof(model), GOLDEN "/%s/%s.%s", version, name, formats[run / 4 % 2]);
		snprintf(margins, sizeof(margins), GOLDEN "/%s/%s.csv", version, name);
		if (kind[run / 8].classes ? EXPORT("--model", model, "--rows", ROWS, "--margins", margins, "--drop-at",
						   kind[run / 8].drop_at, "--classes", kind[run / 8].classes) :
					    EXPORT("--model", model, "--rows", ROWS, "--margins", margins, "--drop-at",
						   kind[run / 8].drop_at))
			fail_msg("%s: %s", model, said);
		snprintf(words, sizeof(words), "against the margins of XGBoost %s: largest difference", version);
		assert_said(words);
		assert_said(kind[run / 8].booster);
		assert_said("within it are 0, of which 0 differ");
		assert_said("against libxgboost's pred_contribs: largest difference");
		assert_null(strstr(said, "on one side of the threshold")); /* both outcomes occur */
		assert_int_equal(0, model_file_read(output, m, NULL, why, sizeof(why)));
		assert_int_equal(kind[run / 8].trees, m->tree_count);
		assert_int_equal(kind[run / 8].classes ? 3 : 1, m->class_count);
	}
	free(m);
}

static void classes_are_named_and_have_roles(void **state)
{
	static const char *const bad[][2] = {
		{ "benign,scan", "2 names for 3 classes" },
		{ "benign,scan,odd,more", "more names than the 3 classes" },
		{ "benign,scan,scan", "'scan' stands there twice" },
		{ "benign,scan,odd=kill", "'odd=kill' is no NAME or NAME=ROLE" },
		{ "benign,,odd", "'' is no NAME" },
		{ "benign,scan,o d", "'o d' is no NAME" },
		{ "benign,scan,a_name_of_twenty_four_let", "is no NAME" },
		{ "benign=drop,scan,odd", "no class has the role pass" },
		{ "benign,scan=pass,odd=pass", "every class has the role pass" },
	};
	struct model *m = calloc(1, sizeof(*m));
	char why[MODEL_FILE_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_refused(EXPORT("--model", CLASSES, "--rows", ROWS, "--classes", bad[i][0]), bad[i][1]);
	assert_refused(EXPORT("--model", MODEL, "--rows", ROWS, "--drop-at", "0", "--classes", "a,b"),
		       "this model tells two classes apart by one score");
	assert_int_equal(0, EXPORT("--model", CLASSES, "--rows", ROWS)); /* decides at 0 */
	assert_int_equal(0, model_file_read(output, m, NULL, why, sizeof(why)));
	assert_string_equal("class2", m->class_name[2]);
	assert_int_equal(CLASS_ATTACK, m->class_role[2]);
	assert_int_equal(0, SHOW(output));
	assert_said("class 1     class1: drop");
	assert_int_equal(0, EXPORT("--model", CLASSES, "--rows", ROWS, "--classes", "honest=pass,scan=drop,odd=log"));
	assert_int_equal(0, model_file_read(output, m, NULL, why, sizeof(why)));
	assert_string_equal("scan", m->class_name[1]);
	assert_int_equal(CLASS_SUSPECT, m->class_role[2]);
	free(m);
}

static void margins_that_are_no_log_odds_have_no_probability(void **state)
{
	(void)state;
	assert_refused(EXPORT("--model", GOLDEN "/3.2.0/hinge.ubj", "--rows", ROWS, "--drop-at-probability", "0.5"),
		       "--drop-at-probability: binary:hinge has none; give --drop-at, a margin");
	assert_int_equal(0, EXPORT("--model", GOLDEN "/3.2.0/hinge.ubj", "--rows", ROWS)); /* decides at 0 */
	assert_null(strstr(said, "probability"));
	assert_int_equal(0, SHOW(output));
	assert_null(strstr(said, "probability"));
}

/* Why rows bring their base margin along: what the library, left to itself, makes of a model of XGBoost 3.2. */
static void the_library_up_to_3_0_would_lose_the_base_score(void **state)
{
	static const char config[] = "{\"type\":1,\"training\":false,\"iteration_begin\":0,\"iteration_end\":0,"
				     "\"strict_shape\":false}";
	float zero[4] = { 0 }, lost;
	const bst_ulong *shape;
	bst_ulong dimensions;
	const float *margin;
	BoosterHandle booster;
	DMatrixHandle matrix;
	int major, minor, patch;

	(void)state;
	XGBoostVersion(&major, &minor, &patch);
	if (major > 3 || (major == 3 && minor > 0)) {
		print_message("skip: libxgboost %d.%d.%d is newer\n", major, minor, patch);
		skip();
	}
	assert_int_equal(0, XGDMatrixCreateFromMat(zero, 1, 4, NAN, &matrix));
	assert_int_equal(0, XGBoosterCreate(NULL, 0, &booster));
	assert_int_equal(0, XGBoosterLoadModel(booster, GOLDEN "/3.2.0/logistic.json"));
	assert_int_equal(0, XGBoosterPredictFromDMatrix(booster, matrix, config, &shape, &dimensions, &margin));
	lost = *margin;
	XGBoosterFree(booster);
	assert_int_equal(0, XGBoosterCreate(NULL, 0, &booster));
	assert_int_equal(0, XGBoosterLoadModel(booster, GOLDEN "/2.1.4/logistic.json")); /* the same trees */
	assert_int_equal(0, XGBoosterPredictFromDMatrix(booster, matrix, config, &shape, &dimensions, &margin));
	assert_true(fabsf(*margin - lost) > 0.3f);
	XGBoosterFree(booster);
	XGDMatrixFree(matrix);
}

static void wrong_margins_are_refused(void **state)
{
	(void)state;
	file_spoil(GOLDEN "/1.7.6/logistic.csv", "margin\n-3.73", "margin\n-3.74");
	assert_refused(EXPORT("--model", MODEL, "--rows", ROWS, "--margins", spoilt, "--drop-at", "0"),
		       "rows.csv line 2: score");
	file_spoil(GOLDEN "/1.7.6/logistic.csv", "margin\n-3.73", "margin\n-3x73");
	assert_refused(EXPORT("--model", MODEL, "--rows", ROWS, "--margins", spoilt, "--drop-at", "0"),
		       "spoilt: line 2: '-3x73863626' is no margin");
	file_spoil(GOLDEN "/1.7.6/logistic.csv", "margin\n", "margin\n1\n");
	assert_refused(EXPORT("--model", MODEL, "--rows", ROWS, "--margins", spoilt, "--drop-at", "0"),
		       "line 42: more margins than the 40 rows");
	file_spoil(GOLDEN "/1.7.6/logistic.csv", "margin\n", "");
	assert_refused(EXPORT("--model", MODEL, "--rows", ROWS, "--margins", spoilt, "--drop-at", "0"),
		       "the header 'margin' is wanted");
}

/* One that was trained with gaps: with them told as zeros, libxgboost and the trees still agree, and verdicts may be others. */
static void zeros_may_stand_for_missing_values(void **state)
{
	const char *gaps = GOLDEN "/3.0.5/gaps.json";

	(void)state;
	assert_int_equal(0, EXPORT("--model", gaps, "--rows", ROWS, "--drop-at", "0", "--missing", "-999"));
	assert_int_equal(0, SHOW(output));
	assert_null(strstr(said, "missing     a 0"));
	assert_int_equal(0, EXPORT("--model", gaps, "--rows", ROWS, "--drop-at", "0", "--missing", "0"));
	assert_int_equal(0, SHOW(output));
	assert_said("missing     a 0 goes where its training sent missing values");
	unlink(output);
	assert_refused(EXPORT("--model", gaps, "--rows", ROWS, "--drop-at", "0", "--missing", "7"),
		       "--missing 7: values of 7 count here");
}

static void covers_are_in_the_file(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	struct model_extras extras;
	char why[MODEL_FILE_WHY];

	(void)state;
	assert_int_equal(0, EXPORT("--model", MODEL, "--rows", ROWS, "--drop-at", "0"));
	assert_int_equal(0, SHOW(output));
	assert_said("explained   contributions of");
	assert_int_equal(0, model_file_read_extras(output, m, &extras, why, sizeof(why)));
	assert_non_null(extras.leaf_cover);
	free(extras.leaf_cover);
	extras.leaf_cover = NULL;
	assert_int_equal(0, model_file_write(output, m, "{}"));
	assert_int_equal(0, SHOW(output));
	assert_said("explained   by plain means of leaves");
	model_extras_free(&extras);
	free(m);
}

static void a_refusal_leaves_the_old_output(void **state)
{
	struct stat before, after;

	(void)state;
	assert_int_equal(0, EXPORT("--model", MODEL, "--rows", ROWS, "--drop-at", "0"));
	assert_int_equal(0, stat(output, &before));
	file_spoil(MODEL, "\"fpk\"", "\"sttl\"");
	assert_int_equal(1, EXPORT("--model", spoilt, "--rows", ROWS, "--drop-at", "0"));
	assert_said("feature 'sttl' (column 0) is none of this build's");
	assert_int_equal(0, stat(output, &after));
	assert_true(before.st_ino == after.st_ino && before.st_size == after.st_size &&
		    before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
}

static void bad_options_are_named(void **state)
{
	(void)state;
	assert_usage(EXPORT("--rows", ROWS, "--drop-at", "0"), "--model is missing");
	assert_usage(EXPORT("--model", MODEL, "--drop-at", "0"), "--rows is missing");
	assert_refused(EXPORT("--model", MODEL, "--rows", ROWS), "no threshold: give --report");
	assert_usage(EXPORT("--model", MODEL, "--rows", ROWS, "--drop-at", "high"), "high");
	assert_usage(EXPORT("--model", MODEL, "--rows", ROWS, "--drop-at-probability", "1"),
		       "--drop-at-probability: 1 is not between 0 and 1");
	assert_usage(EXPORT("--model", MODEL, "--rows", ROWS, "--log-at", "1", "--drop-at", "0"),
		       "the threshold to log, margin 1, is above the one to drop, 0");
	assert_usage(EXPORT("--model", MODEL, "--rows", ROWS, "--log-at-probability", "0.6", "--drop-at", "0"),
		     "is above the one to drop, 0");
	assert_usage(EXPORT("--model", MODEL, "--rows", ROWS, "--drop-at", "0", "more"), "'more'");
	assert_refused(EXPORT("--model", "tests/data/none.json", "--rows", ROWS, "--drop-at", "0"),
		       "tests/data/none.json: No such file");
}

static void bad_rows_are_named(void **state)
{
	(void)state;
	file_spoil(ROWS, ",fpk,", ",fpk2,");
	assert_refused(EXPORT("--model", MODEL, "--rows", spoilt, "--drop-at", "0"), "'fpk2'");
	file_spoil(ROWS, "192.0.2.7", "192.0.2");
	assert_refused(EXPORT("--model", MODEL, "--rows", spoilt, "--drop-at", "0"), "spoilt:2: src_ip: '192.0.2'");
	file_spoil(GOLDEN "/1.7.6/logistic.csv", "margin", "margin");
	assert_refused(EXPORT("--model", MODEL, "--rows", spoilt, "--drop-at", "0"), "spoilt:1: ");
}

static void damaged_models_are_refused(void **state)
{
	(void)state;
	file_spoil(MODEL, "\"version\":[1,7,6]}", "");
	assert_refused(EXPORT("--model", spoilt, "--rows", ROWS, "--drop-at", "0"), "spoilt: JSON, line 1 column");
	file_spoil(MODEL, "{", "binf");
	assert_refused(EXPORT("--model", spoilt, "--rows", ROWS, "--drop-at", "0"), "neither JSON nor UBJSON");
	assert_int_equal(0, truncate(spoilt, 0));
	assert_refused(EXPORT("--model", spoilt, "--rows", ROWS, "--drop-at", "0"), "neither JSON nor UBJSON");
	assert_refused(EXPORT("--model", "tests/data", "--rows", ROWS, "--drop-at", "0"), "tests/data: Is a directory");
}

static void report_write(const char *schema, unsigned long crc)
{
	FILE *out = fopen(spoilt, "w");

	fprintf(out,
		"{\"schema\":\"%s\",\"model\":{\"crc32\":\"%08lx\"},\"thresholds\":{\"log\":{\"margin\":-3.5},"
		"\"drop\":{\"margin\":0}},\"seed\":5,\"training\":{\"seconds\":1.5,\"refit\":true}}",
		schema, crc);
	fclose(out);
}

static void the_report_sets_the_thresholds(void **state)
{
	static unsigned char data[1 << 16];
	FILE *in = fopen(MODEL, "r");
	unsigned long crc = crc32(0, data, fread(data, 1, sizeof(data), in));
	char schema[24], *text = NULL, why[MODEL_FILE_WHY];
	struct model *m = calloc(1, sizeof(*m));
	json_t *card, *training;

	(void)state;
	fclose(in);
	snprintf(schema, sizeof(schema), "%016llx", (unsigned long long)feature_schema_of(FEATURES_FIRST_COUNT));
	report_write("0123456789abcdef", crc);
	assert_refused(EXPORT("--model", MODEL, "--rows", ROWS, "--report", spoilt), "made for features 0123456789abcdef");
	report_write(schema, crc ^ 1);
	assert_refused(EXPORT("--model", MODEL, "--rows", ROWS, "--report", spoilt), "on a model with checksum");
	report_write(schema, crc);
	assert_int_equal(0, EXPORT("--model", MODEL, "--rows", ROWS, "--report", spoilt));
	assert_said("30 rows pass, 5 are logged, 5 dropped");
	assert_int_equal(0, model_file_read(output, m, &text, why, sizeof(why)));
	card = json_loads(text, 0, NULL);
	assert_int_equal(5, json_integer_value(json_object_get(json_object_get(card, "report"), "seed")));
	training = json_object_get(json_object_get(card, "report"), "training");
	assert_true(json_is_true(json_object_get(training, "refit")));
	assert_null(json_object_get(training, "seconds")); /* the same input makes the same file */
	assert_int_equal(m->policy.drop_at,
			 json_integer_value(json_object_get(
				 json_object_get(json_object_get(card, "thresholds"), "drop"), "score")));
	json_decref(card);
	free(text);
	assert_int_equal(0, EXPORT("--model", MODEL, "--rows", ROWS, "--report", spoilt, "--drop-at", "-3.5"));
	assert_said("30 rows pass, 0 are logged, 10 dropped"); /* what is given by hand goes first */
	free(m);
}

static void rows_on_one_side_are_warned_of(void **state)
{
	(void)state;
	assert_int_equal(0, EXPORT("--model", MODEL, "--rows", ROWS, "--drop-at", "9"));
	assert_said("warning: this model never drops by its own threshold, which is above the margin of every input, ");
	assert_int_equal(0, EXPORT("--model", MODEL, "--rows", ROWS, "--drop-at", "-9"));
	assert_said("warning: all 40 rows are on one side of the threshold to drop");
	assert_int_equal(0, EXPORT("--model", MODEL, "--rows", ROWS, "--drop-at", "0"));
	assert_null(strstr(said, "warning"));
}

static void the_same_input_makes_the_same_file(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	char why[MODEL_FILE_WHY];
	__u32 id;

	(void)state;
	assert_int_equal(0, EXPORT("--model", MODEL, "--rows", ROWS, "--drop-at", "0"));
	assert_int_equal(0, model_file_read(output, m, NULL, why, sizeof(why)));
	id = m->id;
	assert_int_equal(0, EXPORT("--model", MODEL, "--rows", ROWS, "--drop-at", "0"));
	assert_int_equal(0, model_file_read(output, m, NULL, why, sizeof(why)));
	assert_int_equal(id, m->id);
	free(m);
}

static void show_says_what_a_file_is(void **state)
{
	json_t *card;

	(void)state;
	assert_int_equal(0, EXPORT("--model", GOLDEN "/3.2.0/logistic.ubj", "--rows", ROWS, "--drop-at", "0"));
	assert_int_equal(0, SHOW(output));
	assert_said("5 trees, the deepest of depth 2, in 1 group,");
	assert_said("logistic.ubj (UBJSON saved by XGBoost 3.2.0, binary:logistic)");
	assert_said("35 passed, 0 logged, 5 dropped");
	assert_said("sha256      32625c58d4c9e49bc6af2b1cdfe452f5b4a9ee6b3740e234996a5519826bfae2");
	assert_said("kernel      not run: no hedgerow beside this program; hedgerow model test FILE --rows ROWS runs it");
	assert_said("margins     -");
	assert_said("over all inputs; bound ");
	assert_int_equal(0, SHOW("--json", output));
	card = json_loads(said, 0, NULL);
	assert_non_null(card);
	json_decref(card);
	assert_int_equal(0, truncate(output, 100));
	assert_int_equal(1, SHOW(output));
	assert_said("truncated: 100 bytes, the header alone has 128");
	assert_int_equal(1, SHOW("/nowhere/model.hgm"));
	assert_int_equal(2, command_run(cmd_show, NULL));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)
	const struct CMUnitTest tests[] = {
		TEST(models_agree_with_the_version_that_saved_them),
		TEST(classes_are_named_and_have_roles),
		TEST(margins_that_are_no_log_odds_have_no_probability),
		TEST(the_library_up_to_3_0_would_lose_the_base_score),
		TEST(wrong_margins_are_refused),
		TEST(zeros_may_stand_for_missing_values),
		TEST(covers_are_in_the_file),
		TEST(a_refusal_leaves_the_old_output),
		TEST(bad_options_are_named),
		TEST(bad_rows_are_named),
		TEST(damaged_models_are_refused),
		TEST(the_report_sets_the_thresholds),
		TEST(rows_on_one_side_are_warned_of),
		TEST(the_same_input_makes_the_same_file),
		TEST(show_says_what_a_file_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
