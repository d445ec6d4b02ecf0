// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xgboost/c_api.h>
#include "booster.h"

struct booster {
	BoosterHandle handle;
	struct feature_choice columns;
};

/* The library's message begins with a time and goes on with a stack trace: its first line, from the text on. */
static int library_refuse(const char *doing, char *why, size_t why_size)
{
	const char *message = XGBGetLastError(), *text = strstr(message, ": ");
	char first[160];

	snprintf(first, sizeof(first), "%s", text && text - message < 120 ? text + 2 : message);
	first[strcspn(first, "\n")] = 0;
	snprintf(why, why_size, "libxgboost, %s: %s", doing, first);
	return -EIO;
}

static int matrix_open(DMatrixHandle *out, const struct booster_rows *rows)
{
	DMatrixHandle matrix;

	if (XGDMatrixCreateFromMat(rows->value, rows->count, rows->columns->count, NAN, &matrix))
		return -1;
	if (XGDMatrixSetFloatInfo(matrix, "label", rows->label, rows->count) ||
	    XGDMatrixSetFloatInfo(matrix, "weight", rows->weight, rows->count)) {
		XGDMatrixFree(matrix);
		return -1;
	}
	*out = matrix;
	return 0;
}

static int parameter_set(BoosterHandle b, const char *name, double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.9g", value);
	return XGBoosterSetParam(b, name, text);
}

static bool feature_counts_handshakes(int id)
{
	return id == FEATURE_s_hs_short || id == FEATURE_s_hs_long || id == FEATURE_d_hs_short || id == FEATURE_d_hs_long;
}

/* "(0,-1,…)": for every column, how a greater value may move the margin. */
static int constraints_set(BoosterHandle b, const struct feature_choice *columns)
{
	char text[FEATURE_COUNT * 3 + 3], *at = text;

	for (int i = 0; i < columns->count; i++)
		at += sprintf(at, "%c%d", i ? ',' : '(', feature_counts_handshakes(columns->id[i]) ? -1 : 0);
	strcpy(at, ")");
	return XGBoosterSetParam(b, "monotone_constraints", text);
}

static int parameters_set(BoosterHandle b, const struct feature_choice *columns, const struct booster_options *o)
{
	if (o->trust_handshakes && constraints_set(b, columns))
		return -1;
	return XGBoosterSetParam(b, "objective", "binary:logistic") || XGBoosterSetParam(b, "tree_method", "hist") ||
	       XGBoosterSetParam(b, "eval_metric", "logloss") || parameter_set(b, "base_score", 0.5) ||
	       parameter_set(b, "max_depth", o->depth) || parameter_set(b, "eta", o->learning_rate) ||
	       parameter_set(b, "nthread", o->threads) || parameter_set(b, "seed", o->seed & 0x7fffffff);
}

static int names_set(BoosterHandle b, const struct feature_choice *columns)
{
	const char *name[FEATURE_COUNT];

	for (int i = 0; i < columns->count; i++)
		name[i] = feature_name(columns->id[i]);
	return XGBoosterSetStrFeatureInfo(b, "feature_name", name, columns->count);
}

static int booster_open(BoosterHandle *out, DMatrixHandle matrix, const struct feature_choice *columns,
			const struct booster_options *o)
{
	BoosterHandle b;

	if (XGBoosterCreate(&matrix, 1, &b))
		return -1;
	if (parameters_set(b, columns, o)) {
		XGBoosterFree(b);
		return -1;
	}
	*out = b;
	return 0;
}

/* From "[3]\tvalidation-logloss:0.05". The library's weighted AUC fails its own check by rounding (1.7.4). */
static double logloss_find(const char *text)
{
	const char *at = strstr(text, "logloss:");

	return at ? strtod(at + strlen("logloss:"), NULL) : NAN;
}

static int round_train(BoosterHandle b, DMatrixHandle train, DMatrixHandle validation, struct booster_round *r)
{
	const char *name = "validation", *text;

	if (XGBoosterUpdateOneIter(b, r->round, train) ||
	    XGBoosterEvalOneIter(b, r->round, &validation, &name, 1, &text))
		return -1;
	r->round++;
	r->logloss = logloss_find(text);
	if (r->round == 1 || r->logloss < r->best_logloss) {
		r->best = r->round;
		r->best_logloss = r->logloss;
	}
	return 0;
}

static int rounds_train(BoosterHandle b, DMatrixHandle train, DMatrixHandle validation,
			const struct booster_options *o, booster_watch *watch, void *context, struct booster_round *r)
{
	while (r->round < o->trees && (!o->patience || r->round - r->best < o->patience)) {
		if (round_train(b, train, validation, r))
			return -EIO;
		if (watch && watch(context, r))
			return -EINTR;
	}
	return 0;
}

int booster_train(struct booster **out, const struct booster_rows *train, const struct booster_rows *validation,
		  const struct booster_options *options, booster_watch *watch, void *context,
		  struct booster_round *last, char *why, size_t why_size)
{
	DMatrixHandle train_matrix = NULL, validation_matrix = NULL;
	BoosterHandle grown = NULL, cut = NULL;
	struct booster_round r = { 0 };
	struct booster *b = calloc(1, sizeof(*b));
	int err = 0;

	if (!b)
		return -ENOMEM;
	if (matrix_open(&train_matrix, train) || matrix_open(&validation_matrix, validation) ||
	    booster_open(&grown, train_matrix, train->columns, options))
		err = -EIO;
	err = err ? err : rounds_train(grown, train_matrix, validation_matrix, options, watch, context, &r);
	if (!err && (XGBoosterSlice(grown, 0, r.best, 1, &cut) || names_set(cut, train->columns)))
		err = -EIO;
	if (err == -EIO)
		library_refuse("training", why, why_size);
	if (grown)
		XGBoosterFree(grown);
	if (train_matrix)
		XGDMatrixFree(train_matrix);
	if (validation_matrix)
		XGDMatrixFree(validation_matrix);
	b->handle = cut;
	b->columns = *train->columns;
	if (err) {
		booster_free(b);
		return err;
	}
	*last = r;
	*out = b;
	return 0;
}

void booster_free(struct booster *b)
{
	if (b && b->handle)
		XGBoosterFree(b->handle);
	free(b);
}

int booster_margins(const struct booster *b, const float *value, size_t rows, float *margin, char *why,
		    size_t why_size)
{
	static const char margins[] = "{\"type\":1,\"training\":false,\"iteration_begin\":0,\"iteration_end\":0,"
				      "\"strict_shape\":false}";
	const bst_ulong *shape;
	const float *result;
	DMatrixHandle matrix;
	bst_ulong dimensions;
	int err = 0;

	if (XGDMatrixCreateFromMat(value, rows, b->columns.count, NAN, &matrix))
		return library_refuse("taking rows", why, why_size);
	if (XGBoosterPredictFromDMatrix(b->handle, matrix, margins, &shape, &dimensions, &result) ||
	    dimensions != 1 || shape[0] != rows)
		err = library_refuse("scoring rows", why, why_size);
	else
		memcpy(margin, result, rows * sizeof(*margin));
	XGDMatrixFree(matrix);
	return err;
}

int booster_save(const struct booster *b, char **json, size_t *size, char *why, size_t why_size)
{
	const char *text;
	bst_ulong length;
	char *copy;

	if (XGBoosterSaveModelToBuffer(b->handle, "{\"format\":\"json\"}", &length, &text))
		return library_refuse("saving", why, why_size);
	copy = malloc(length);
	if (!copy) {
		snprintf(why, why_size, "out of memory");
		return -ENOMEM;
	}
	*json = memcpy(copy, text, length);
	*size = length;
	return 0;
}

/* Features that no split asks for are not in the library's list: 0. */
static int scores_read(const struct booster *b, const char *config, double score[FEATURE_COUNT])
{
	const bst_ulong *shape;
	bst_ulong names, dimensions;
	const char **name;
	const float *value;

	if (XGBoosterFeatureScore(b->handle, config, &names, &name, &dimensions, &shape, &value))
		return -1;
	memset(score, 0, FEATURE_COUNT * sizeof(*score));
	for (bst_ulong i = 0; i < names; i++) {
		int id = feature_find(name[i]);

		if (id >= 0)
			score[id] = value[i];
	}
	return 0;
}

int booster_importance(const struct booster *b, struct booster_importance *out, char *why, size_t why_size)
{
	struct booster_importance found;
	double all = 0;

	if (scores_read(b, "{\"importance_type\":\"total_gain\"}", found.gain) ||
	    scores_read(b, "{\"importance_type\":\"weight\"}", found.splits))
		return library_refuse("weighing features", why, why_size);
	for (int i = 0; i < FEATURE_COUNT; i++)
		all += found.gain[i];
	for (int i = 0; i < FEATURE_COUNT && all > 0; i++)
		found.gain[i] /= all;
	*out = found;
	return 0;
}

const char *booster_version(char *text, size_t size)
{
	int major, minor, patch;

	XGBoostVersion(&major, &minor, &patch);
	snprintf(text, size, "%d.%d.%d", major, minor, patch);
	return text;
}
