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

/* The model with "base_score": "[5E-1]" written as "0.5"; to be freed. NULL when there is no memory. */
static char *base_rewrite(const json_t *model, float base_score)
{
	json_t *copy = json_deep_copy(model);
	json_t *param = json_object_get(json_object_get(copy, "learner"), "learner_model_param");
	char *text = NULL;

	if (!json_object_set_new(param, "base_score", json_sprintf("%.9g", base_score)))
		text = json_dumps(copy, JSON_COMPACT | JSON_REAL_PRECISION(17));
	json_decref(copy);
	return text;
}

int reference_open(const struct model_source *source, const struct ensemble *e, struct reference **out,
		   struct refusal *why)
{
	struct reference *r = calloc(1, sizeof(*r));
	char *rewritten = r && e->base_is_vector ? base_rewrite(source->json, e->base_score) : NULL;
	int err = 0;

	if (!r || (e->base_is_vector && !rewritten)) {
		err = -ENOMEM;
		goto out;
	}
	r->e = e;
	if (XGBoosterCreate(NULL, 0, &r->booster) ||
	    XGBoosterLoadModelFromBuffer(r->booster, rewritten ? rewritten : source->data,
					 rewritten ? strlen(rewritten) : source->size))
		err = xgboost_refuse(why);
	if (!err) {
		*out = r;
		r = NULL;
	}
out:
	reference_close(r);
	free(rewritten);
	return err;
}

void reference_close(struct reference *r)
{
	if (r && r->booster)
		XGBoosterFree(r->booster);
	free(r);
}

/* The columns in the model's order; no value is missing, 0 least of all. */
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
	if (XGDMatrixCreateFromMat(cell, count, columns, NAN, out))
		err = xgboost_refuse(why);
	free(cell);
	return err;
}

int reference_margins(const struct reference *r, const struct features *x, size_t count, float *margin,
		      struct refusal *why)
{
	static const char all_trees_margin[] = "{\"type\": 1, \"training\": false, \"iteration_begin\": 0, "
					       "\"iteration_end\": 0, \"strict_shape\": false}";
	DMatrixHandle matrix = NULL;
	const bst_ulong *shape;
	bst_ulong dimensions, cells = 1;
	const float *result;
	int err = matrix_create(r->e, x, count, &matrix, why);

	if (err)
		return err;
	if (XGBoosterPredictFromDMatrix(r->booster, matrix, all_trees_margin, &shape, &dimensions, &result)) {
		err = xgboost_refuse(why);
		goto out;
	}
	for (bst_ulong d = 0; d < dimensions; d++)
		cells *= shape[d];
	if (cells != count)
		err = refusal_set(why, "libxgboost predicted %llu margins for %zu rows", (unsigned long long)cells,
				 count);
	else
		memcpy(margin, result, count * sizeof(*margin));
out:
	XGDMatrixFree(matrix);
	return err;
}

const char *reference_version(char *text, size_t size)
{
	int major, minor, patch;

	XGBoostVersion(&major, &minor, &patch);
	snprintf(text, size, "%d.%d.%d", major, minor, patch);
	return text;
}
