// SPDX-License-Identifier: BSD-2-Clause
/* Models that libxgboost itself trains with missing=0 here score like its own where a 0 is missing, or are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xgboost/c_api.h>
#include "compile.h"
#include "explained.h"
#include "missing.h"
#include "models.h"

#define ROWS 600

static struct refusal why;
static float cell[ROWS * FEATURE_COUNT], label[ROWS];

/* Half of all values are 0, and mean something: rows with a 0 in a column are labelled otherwise than small values. */
static void rows_make(uint64_t *seed)
{
	for (int i = 0; i < ROWS; i++) {
		float *x = &cell[i * FEATURE_COUNT];

		for (int f = 0; f < FEATURE_COUNT; f++)
			x[f] = random_u32(seed) % 2 ? random_u32(seed) % 20 : 0;
		label[i] = (!x[0] || x[0] > 9) ^ (!x[1]) ^ (x[2] > 0 && x[2] < 8 && !x[3]);
	}
}

static void model_train(const char *depth, struct model_source *out)
{
	const char *const parameters[][2] = { { "objective", "binary:logistic" }, { "max_depth", depth }, { "nthread", "1" },
					      { "base_score", "0.5" }, { "min_child_weight", "0" } };
	const char *bytes;
	DMatrixHandle rows;
	BoosterHandle booster;
	bst_ulong size;

	assert_int_equal(0, XGDMatrixCreateFromMat(cell, ROWS, FEATURE_COUNT, 0, &rows));
	assert_int_equal(0, XGDMatrixSetFloatInfo(rows, "label", label, ROWS));
	assert_int_equal(0, XGBoosterCreate(&rows, 1, &booster));
	for (size_t i = 0; i < sizeof(parameters) / sizeof(*parameters); i++)
		assert_int_equal(0, XGBoosterSetParam(booster, parameters[i][0], parameters[i][1]));
	for (int round = 0; round < 9; round++)
		assert_int_equal(0, XGBoosterUpdateOneIter(booster, round, rows));
	assert_int_equal(0, XGBoosterSaveModelToBuffer(booster, "{\"format\": \"json\"}", &size, &bytes));
	*out = (struct model_source){ .data = malloc(size), .size = size, .format = "JSON" };
	memcpy(out->data, bytes, size);
	out->json = json_loadb(bytes, size, 0, NULL);
	assert_non_null(out->json);
	XGBoosterFree(booster);
	XGDMatrixFree(rows);
}

/* The largest distance of a score from libxgboost's margin where a 0 is missing to it. *bound: what is proven. */
static double distance(const struct model_source *source, const struct ensemble *e, double *bound)
{
	struct ensemble theirs = *e;
	struct model *m = calloc(1, sizeof(*m));
	struct reference *r = NULL;
	struct quantiser q;
	uint64_t seed = 77;
	double largest = 0;

	theirs.zero_is_missing = true;
	assert_int_equal(0, ensemble_check(e, &why));
	assert_int_equal(0, quantiser_choose(e, &q, &why));
	model_compile(e, &q, m, NULL);
	assert_int_equal(0, reference_open(source, &theirs, &r, &why));
	for (int i = 0; i < 500; i++) {
		struct features x;
		float margin;

		features_random(&x, m, &seed);
		for (int f = 0; f < FEATURE_COUNT; f++)
			if (random_u32(&seed) % 3 == 0)
				x.value[f] = 0;
		assert_int_equal(0, reference_margins(r, &x, 1, &margin, &why));
		largest = fmax(largest, fabs(margin_from_score(model_score(m, &x), q.shift) - margin));
	}
	*bound = q.bound;
	reference_close(r);
	free(m);
	return largest;
}

static void assert_contributions_alike(const struct model_source *source, const struct ensemble *e)
{
	struct model *m = calloc(1, sizeof(*m));
	float *cover = calloc(MODEL_CELLS, sizeof(*cover));
	struct dataset data = { .rows = ROWS, .value = cell };
	struct reference *r = NULL;
	struct model_means means;
	struct explained found;
	struct quantiser q;

	assert_int_equal(0, quantiser_choose(e, &q, &why));
	model_compile(e, &q, m, cover);
	assert_int_equal(0, reference_open(source, e, &r, &why));
	assert_int_equal(0, model_means_open(&means, m, cover));
	if (explained_compare(r, e, &q, &means, &data, &found, &why))
		fail_msg("%s", why.text);
	assert_true(found.difference[CONTRIBUTION_EXACT] < found.tolerance);
	model_means_close(&means);
	reference_close(r);
	free(cover);
	free(m);
}

static void zeros_go_where_missing_values_went(void **state)
{
	struct model_source source;
	struct ensemble e;
	uint64_t seed = 21;
	double bound;
	int depth;

	(void)state;
	rows_make(&seed);
	model_train("4", &source);
	assert_int_equal(0, ensemble_read(source.json, &e, &why));
	depth = e.tree[0].depth;
	assert_true(distance(&source, &e, &bound) > 0.1); /* as it stands a 0 goes elsewhere */
	assert_int_equal(0, ensemble_take_missing(&e, 0, &why));
	assert_true(e.zero_is_missing && e.tree[0].depth >= depth);
	assert_true(distance(&source, &e, &bound) <= bound);
	assert_contributions_alike(&source, &e);
	ensemble_free(&e);
	model_source_free(&source);
}

static void trees_that_become_too_deep_are_refused(void **state)
{
	struct model_source source;
	struct ensemble e;
	uint64_t seed = 22;

	(void)state;
	rows_make(&seed);
	for (int i = 0; i < ROWS; i++)
		label[i] = random_u32(&seed) % 2; /* takes as deep a tree as there may be */
	model_train("8", &source);
	assert_int_equal(0, ensemble_read(source.json, &e, &why));
	assert_int_equal(-EINVAL, ensemble_take_missing(&e, 0, &why));
	assert_non_null(strstr(why.text, "--missing 0: tree"));
	assert_non_null(strstr(why.text, "deeper than 8"));
	ensemble_free(&e);
	model_source_free(&source);
}

static void other_numbers_change_nothing_or_are_refused(void **state)
{
	static const double never[] = { NAN, -1, -999, 0.5, FEATURE_MAX + 1.0, INFINITY };
	struct ensemble none = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++)
		assert_int_equal(0, ensemble_take_missing(&none, never[i], &why));
	assert_false(none.zero_is_missing);
	assert_int_equal(-EINVAL, ensemble_take_missing(&none, 999, &why));
	assert_non_null(strstr(why.text, "only 0 may stand for what is missing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeros_go_where_missing_values_went),
		cmocka_unit_test(trees_that_become_too_deep_are_refused),
		cmocka_unit_test(other_numbers_change_nothing_or_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
