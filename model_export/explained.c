// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdlib.h>
#include "explained.h"
#include "feature_names.h"

#define FLOAT_UNIT 0x1p-24 /* the largest relative error of one float32 operation */
#define MEAN_UNITS 5	   /* of them for each level that a mean is made of: two products, sum, division, cover */

/*
 * By path a tree moves a feature at most depth times, each time by the difference of two means. A mean is off by the
 * rounding of the leaves, and on libxgboost's side by the floats of each level below it; adding up the moves of n trees
 * costs n floats more.
 */
double explained_tolerance(const struct ensemble *e, const struct quantiser *q, const struct features *x)
{
	double moves = 0, largest = 0;

	if (e->weight)
		return 2 * quantiser_bound(q, e, x);
	for (int t = 0; t < e->tree_count; t++) {
		const struct tree *tree = &e->tree[t];
		double leaf = 0;

		for (int i = 0; i < tree->count; i++)
			if (tree->node[i].reached && tree->node[i].left == -1)
				leaf = fmax(leaf, fabs(tree_leaf_margin(tree, &tree->node[i])));
		moves = fmax(moves, 2 * tree->depth);
		largest += leaf;
	}
	return q->bound + moves * q->rounding +
	       moves * largest * FLOAT_UNIT * (MEAN_UNITS * (moves / 2 + 1) + e->tree_count);
}

/* NaN, where libxgboost divides by a cover of 0, is no difference. */
static void difference_note(double ours, float theirs, double *largest)
{
	if (!isnan(theirs))
		*largest = fmax(*largest, fabs(ours - theirs));
}

/* Theirs of one row and class, columns and base. Features that are no column contribute nothing on either side. */
static double class_compare(const struct ensemble *e, const struct contributions *ours, const float *theirs)
{
	double largest = 0;

	for (int c = 0; c < e->column_count; c++)
		difference_note(ours->feature[e->column_feature[c]], theirs[c], &largest);
	difference_note(ours->base, theirs[e->column_count], &largest);
	return largest;
}

static int method_compare(const struct reference *r, const struct ensemble *e, const struct model_means *means,
			  enum contribution_method method, const struct features *x, struct explained *out,
			  struct refusal *why)
{
	size_t width = e->column_count + 1;
	float *theirs = calloc(out->rows * e->class_count * width, sizeof(*theirs));
	int err = theirs ? 0 : -ENOMEM;

	err = err ? err : reference_contributions(r, x, out->rows, method == CONTRIBUTION_PATH, theirs, why);
	for (size_t i = 0; !err && i < out->rows; i++)
		for (int c = 0; c < e->class_count; c++) {
			struct contributions ours;

			contributions_of_class(means, method, c, &x[i], &ours);
			out->difference[method] = fmax(out->difference[method],
						       class_compare(e, &ours, theirs + (i * e->class_count + c) * width));
		}
	free(theirs);
	return err;
}

int explained_compare(const struct reference *r, const struct ensemble *e, const struct quantiser *q,
		      const struct model_means *means, const struct dataset *data, struct explained *out,
		      struct refusal *why)
{
	size_t most = means->model->kind == MODEL_FOREST ? EXPLAINED_ROWS_FOREST : EXPLAINED_ROWS;
	struct explained result = { .rows = data->rows < most ? data->rows : most };
	struct features *x = calloc(result.rows, sizeof(*x));
	int err = x ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < result.rows; i++) {
		for (int f = 0; f < FEATURE_COUNT; f++)
			x[i].value[f] = (__u32)dataset_row(data, data->rows * i / result.rows)[f];
		result.tolerance = fmax(result.tolerance, explained_tolerance(e, q, &x[i]));
	}
	for (int method = 0; !err && method < CONTRIBUTION_METHODS; method++)
		err = method_compare(r, e, means, method, x, &result, why);
	if (!err && result.difference[CONTRIBUTION_PATH] > result.tolerance)
		err = refusal_set(why, "contributions are apart from libxgboost's by %.3g, proven is at most %.3g; the model "
				       "is not what it seems",
				  result.difference[CONTRIBUTION_PATH], result.tolerance);
	if (!err)
		*out = result;
	free(x);
	return err;
}
