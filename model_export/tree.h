/* SPDX-License-Identifier: BSD-2-Clause */
/* One tree as XGBoost saved it: read from its JSON, and checked to be a tree. */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <jansson.h>
#include "refusal.h"

struct tree_node {
	int left, right; /* -1: a leaf */
	int feature;	 /* the model's column */
	bool reached;	 /* from the root; pruning leaves others behind */
	bool missing_left; /* where a missing value goes */
	float value;	 /* a leaf's value, or the threshold: left when x < value */
	float cover;	 /* the weight (sum of second derivatives) of the training rows that came here */
};

struct tree {
	int count; /* nodes; the root is 0 */
	int depth; /* splits from the root to the deepest leaf */
	int class;     /* that it adds to */
	double weight; /* of its leaves: 1 but in dart */
	struct tree_node *node;
};

/* Returns 0, or -errno and a reason that begins with "tree `number`"; *out is then as it was. Free out->node. */
int tree_read(const json_t *json, int number, int feature_count, struct tree *out, struct refusal *why);

/* What a leaf adds to the margin. Exact: both factors are floats. */
static inline double tree_leaf_margin(const struct tree *t, const struct tree_node *leaf)
{
	return t->weight * leaf->value;
}

#endif
