/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each feature did to a score: the sum of all contributions and of the base is the margin, exactly.
 *
 * By path: each question moves a tree's expectation from its node's to that of the child the vector goes to; the move is
 * the contribution of the feature that was asked for. libxgboost calls these approximate. Exact: Shapley values, the
 * mean move over all orders in which the features could become known (TreeSHAP). The expectation of a node is the mean
 * of the leaves below it, weighted by their cover, the weight of the training rows that reached them. Without covers
 * each way counts alike, which says less.
 */
#ifndef CONTRIBUTIONS_H
#define CONTRIBUTIONS_H

#include <stdbool.h>
#include "model.h"

/* A model, and what is known of its nodes before any vector is. */
struct model_means {
	const struct model *model;
	bool weighted; /* by covers */
	double *mean;  /* of the leaves below a node, as margins, at model_cell() of inner nodes; in a forest of every node */
	double *cover; /* likewise; all zero without covers */
	double *leaf_cover;
};

enum contribution_method { CONTRIBUTION_PATH, CONTRIBUTION_EXACT, CONTRIBUTION_METHODS };

extern const char *const contribution_method_names[CONTRIBUTION_METHODS];

/* Margins. */
struct contributions {
	double base; /* the margin of which nothing is known yet: the expectation of all trees, and the model's own base */
	double feature[FEATURE_COUNT];
};

/*
 * `leaf_cover`: as in struct model_extras, NULL for none. Model and covers must stay. Returns 0 or -ENOMEM; close accepts a
 * zeroed struct.
 */
int model_means_open(struct model_means *out, const struct model *m, const float *leaf_cover);
void model_means_close(struct model_means *means);

/* Of one class's sum. */
void contributions_of_class(const struct model_means *means, enum contribution_method method, __u32 class,
			    const struct features *x, struct contributions *out);

/*
 * Of the score: of several classes, the strongest that may not pass less the strongest that may. Of a score at the limit
 * of its 32 bits (linear models) the margin is the one before it was cut.
 */
void contributions_of_score(const struct model_means *means, enum contribution_method method, const struct features *x,
			    struct contributions *out);

/* Those that contributed anything, the most first, up or down. Returns how many. */
int contributions_rank(const struct contributions *c, enum feature_id order[FEATURE_COUNT]);

/* The margin that they amount to. */
double contributions_sum(const struct contributions *c);

#endif
