/* SPDX-License-Identifier: BSD-2-Clause */
/* A model as XGBoost means it, read from the JSON of a saved one. What we cannot serve is refused here. */
#ifndef ENSEMBLE_H
#define ENSEMBLE_H

#include <stdbool.h>
#include <jansson.h>
#include "model.h"
#include "tree.h"

enum booster { BOOSTER_GBTREE, BOOSTER_DART, BOOSTER_GBLINEAR, BOOSTER_COUNT };

extern const char *const booster_names[BOOSTER_COUNT];

struct ensemble {
	char objective[32];
	enum booster booster;
	int version[3];	       /* of the XGBoost that saved it */
	int class_count;       /* margins: 1 for two classes told apart by one */
	int column_count;      /* of the matrix it was trained on */
	int *column_feature;   /* [column_count]: enum feature_id */
	bool columns_named;    /* false: taken to be the features in our order */
	float base_score[MODEL_CLASSES_MAX];  /* a probability for some objectives */
	float base_margin[MODEL_CLASSES_MAX]; /* the same as a margin, computed in floats as XGBoost does */
	bool base_is_vector;   /* the form that XGBoost writes since 3.1, and misreads up to 3.0 */
	bool zero_is_missing;  /* to libxgboost; the trees here send a 0 the same way by their questions */
	long best_iteration;   /* what early stopping noted; -1: nothing */
	int parallel_trees;    /* trees of one boosting round and class */
	int tree_count;
	struct tree *tree;
	float *weight; /* gblinear: [column_count + 1][class_count], the last row added to every margin; else NULL */
};

/* Returns 0, or a negative errno with *out as it was. ensemble_free() accepts a zeroed ensemble. */
int ensemble_read(const json_t *json, struct ensemble *out, struct refusal *why);
void ensemble_free(struct ensemble *e);

/* Marks the features that splits or weights ask for. */
void ensemble_features_used(const struct ensemble *e, bool used[FEATURE_COUNT]);

/* Whether margins are log odds, so that a threshold can be given as a probability. */
bool ensemble_has_probabilities(const struct ensemble *e);

/* Whether XGBoost itself decides where the margin is 0: by the hinge, or by the strongest of several classes. */
bool ensemble_decides_at_zero(const struct ensemble *e);

#endif
