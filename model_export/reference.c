// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xgboost/c_api.h>
#include "reference.h"

struct reference {
	const struct ensemble *e;
	BoosterHandle booster;
};

/* libxgboost tells its troubles in many lines, with a stack trace; the first says what it is. */
static int xgboost_refuse(struct refusal *why)
{
	const char *text = XGBGetLastError();

	return refusal_set(why, "libxgboost: %.*s", (int)strcspn(text, "\n"), text);
}

int reference_open(const struct model_source *source, const struct ensemble *e, struct reference **out,
		   struct refusal *why)
{
	struct reference *r = calloc(1, sizeof(*r));
	int err = 0;

	if (!r)
		return -ENOMEM;
	r->e = e;
	if (XGBoosterCreate(NULL, 0, &r->booster) ||
	    XGBoosterLoadModelFromBuffer(r->booster, source->data, source->size))
		err = xgboost_refuse(why);
	if (err)
		reference_close(r);
	else
		*out = r;
	return err;
}

void reference_close(struct reference *r)
{
	if (r && r->booster)
		XGBoosterFree(r->booster);
	free(r);
}

/*
 * libxgboost up to 3.0 loses a base_score that is a vector. Margins that rows bring along take its place, in every
 * version.
 */
static int base_set(const struct ensemble *e, size_t count, DMatrixHandle matrix, struct refusal *why)
{
	float *margin = calloc(count * e->class_count, sizeof(*margin));
	int err = 0;

	if (!margin)
		return -ENOMEM;
	for (size_t i = 0; i < count * e->class_count; i++)
		margin[i] = e->base_margin[i % e->class_count];
	if (XGDMatrixSetFloatInfo(matrix, "base_margin", margin, count * e->class_count))
		err = xgboost_refuse(why);
	free(margin);
	return err;
}

/* The columns in the model's order; no value is missing, unless 0 stands for that. */
static int matrix_create(const struct ensemble *e, const struct features *x, size_t count, DMatrixHandle *out,
			 struct refusal *why)
{
	size_t columns = e->column_count;
	float *cell = calloc(count * columns, sizeof(*cell));
	int err = 0;

	if (!cell)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		for (size_t c = 0; c < columns; c++)
			cell[i * columns + c] = x[i].value[e->column_feature[c]];
	if (XGDMatrixCreateFromMat(cell, count, columns, e->zero_is_missing ? 0 : NAN, out))
		err = xgboost_refuse(why);
	free(cell);
	return err;
}

/* Enumerated in XGBoost's c_api.h. */
enum prediction { PREDICT_MARGIN = 1, PREDICT_CONTRIBUTION = 2, PREDICT_APPROXIMATE_CONTRIBUTION = 3 };

/* By all trees; `cells` values for the `count` vectors. */
static int reference_predict(const struct reference *r, const struct features *x, size_t count, enum prediction what,
			     size_t cells, float *value, struct refusal *why)
{
	DMatrixHandle matrix = NULL;
	const bst_ulong *shape;
	bst_ulong dimensions, found = 1;
	const float *result;
	char how[160];
	int err = matrix_create(r->e, x, count, &matrix, why);

	if (err)
		return err;
	if (r->e->base_is_vector)
		err = base_set(r->e, count, matrix, why);
	if (err)
		goto out;
	snprintf(how, sizeof(how), "{\"type\": %d, \"training\": false, \"iteration_begin\": 0, \"iteration_end\": 0, "
				   "\"strict_shape\": false}", what);
	if (XGBoosterPredictFromDMatrix(r->booster, matrix, how, &shape, &dimensions, &result)) {
		err = xgboost_refuse(why);
		goto out;
	}
	for (bst_ulong d = 0; d < dimensions; d++)
		found *= shape[d];
	if (found != cells)
		err = refusal_set(why, "libxgboost predicted %llu values for %zu rows, %zu are wanted",
				 (unsigned long long)found, count, cells);
	else
		memcpy(value, result, cells * sizeof(*value));
out:
	XGDMatrixFree(matrix);
	return err;
}

int reference_margins(const struct reference *r, const struct features *x, size_t count, float *margin,
		      struct refusal *why)
{
	return reference_predict(r, x, count, PREDICT_MARGIN, count * r->e->class_count, margin, why);
}

int reference_contributions(const struct reference *r, const struct features *x, size_t count, bool approximate,
			    float *value, struct refusal *why)
{
	return reference_predict(r, x, count, approximate ? PREDICT_APPROXIMATE_CONTRIBUTION : PREDICT_CONTRIBUTION,
				 count * r->e->class_count * (r->e->column_count + 1), value, why);
}

const char *reference_version(char *text, size_t size)
{
	int major, minor, patch;

	XGBoostVersion(&major, &minor, &patch);
	snprintf(text, size, "%d.%d.%d", major, minor, patch);
	return text;
}
