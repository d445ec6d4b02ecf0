// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xgboost/c_api.h>
#include "feature_names.h"
#include "log.h"
#include "xgboost_row.h"

static const char margins[] = "{\"type\": 1, \"training\": false, \"iteration_begin\": 0, \"iteration_end\": 0, "
			      "\"strict_shape\": false, \"cache_id\": 0, \"missing\": NaN}";

static int row_predict(BoosterHandle booster, const float *row)
{
	char array[160];
	const bst_ulong *shape;
	bst_ulong dimensions;
	const float *result;

	snprintf(array, sizeof(array), "{\"data\": [%zu, true], \"shape\": [1, %d], \"typestr\": \"<f4\", \"version\": 3}",
		 (size_t)(uintptr_t)row, FEATURES_FIRST_COUNT);
	return XGBoosterPredictFromDense(booster, array, margins, NULL, &shape, &dimensions, &result);
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int rows_predict(BoosterHandle booster, const struct features *x, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		float row[FEATURES_FIRST_COUNT];

		for (int f = 0; f < FEATURES_FIRST_COUNT; f++)
			row[f] = x[i].value[f];
		if (row_predict(booster, row))
			return -EINVAL;
	}
	return 0;
}

static int failed(void)
{
	const char *text = XGBGetLastError();

	log_error("libxgboost: %.*s", (int)strcspn(text, "\n"), text);
	return -EINVAL;
}

static int matrix_create(const struct vectors *v, DMatrixHandle *out)
{
	float *cell = calloc(v->count * FEATURES_FIRST_COUNT, sizeof(*cell));
	const char *names[FEATURES_FIRST_COUNT];
	int err = cell ? 0 : -ENOMEM;

	for (size_t i = 0; i < v->count && !err; i++)
		for (int f = 0; f < FEATURES_FIRST_COUNT; f++)
			cell[i * FEATURES_FIRST_COUNT + f] = v->x[i].value[f];
	for (int f = 0; f < FEATURES_FIRST_COUNT; f++)
		names[f] = feature_name(f);
	if (!err && (XGDMatrixCreateFromMat(cell, v->count, FEATURES_FIRST_COUNT, NAN, out) ||
		     XGDMatrixSetFloatInfo(*out, "label", v->malicious, v->count) ||
		     XGDMatrixSetStrFeatureInfo(*out, "feature_name", names, FEATURES_FIRST_COUNT)))
		err = -EINVAL;
	free(cell);
	return err;
}

int xgboost_train(const struct vectors *v, const char *model_json)
{
	DMatrixHandle data = NULL;
	BoosterHandle booster = NULL;
	int err = matrix_create(v, &data);

	if (!err)
		err = XGBoosterCreate(&data, 1, &booster) || XGBoosterSetParam(booster, "tree_method", "hist") ||
		      XGBoosterSetParam(booster, "max_depth", "6") ||
		      XGBoosterSetParam(booster, "objective", "binary:logistic");
	for (int round = 0; round < 100 && !err; round++)
		err = XGBoosterUpdateOneIter(booster, round, data);
	if (!err)
		err = XGBoosterSaveModel(booster, model_json);
	if (err)
		err = failed();
	if (booster)
		XGBoosterFree(booster);
	if (data)
		XGDMatrixFree(data);
	return err;
}

int xgboost_rows_measure(const char *model_json, const struct features *x, size_t count, double *ns)
{
	BoosterHandle booster = NULL;
	double began;
	int err = 0;

	if (XGBoosterCreate(NULL, 0, &booster) || XGBoosterLoadModel(booster, model_json) ||
	    XGBoosterSetParam(booster, "nthread", "1"))
		err = -EINVAL;
	if (!err)
		err = rows_predict(booster, x, count < 100 ? count : 100); /* it sets things up at the first */
	began = now_ns();
	if (!err)
		err = rows_predict(booster, x, count);
	*ns = (now_ns() - began) / count;
	if (err)
		err = failed();
	if (booster)
		XGBoosterFree(booster);
	return err;
}
