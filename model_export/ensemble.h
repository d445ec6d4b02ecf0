/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree ensemble as XGBoost means it, read from the JSON of a saved model. What we cannot serve is refused here. */
#ifndef ENSEMBLE_H
#define ENSEMBLE_H

#include <stdbool.h>
#include <jansson.h>
#include "feature_vector.h"
#include "tree.h"

struct ensemble {
	char objective[32];
	int version[3];	       /* of the XGBoost that saved it */
	int column_count;      /* of the matrix it was trained on */
	int *column_feature;   /* [column_count]: enum feature_id */
	bool columns_named;    /* false: taken to be the features in our order */
	float base_score;      /* a probability for most objectives */
	float base_margin;     /* the same as a margin, computed in floats as XGBoost does */
	bool base_is_vector;   /* the form that XGBoost writes since 3.1, and misreads up to 3.0 */
	long best_iteration;   /* what early stopping noted; -1: nothing */
	int parallel_trees;    /* trees of one boosting round */
	int tree_count;
	struct tree *tree;
};

/* Returns 0, or a negative errno with *out as it was. ensemble_free() accepts a zeroed ensemble. */
int ensemble_read(const json_t *json, struct ensemble *out, struct refusal *why);
void ensemble_free(struct ensemble *e);

/* Marks the features that splits ask for. */
void ensemble_features_used(const struct ensemble *e, bool used[FEATURE_COUNT]);

#endif
