/* SPDX-License-Identifier: BSD-2-Clause */
/* Random tree ensembles, and the plainest possible way to ask them: for tests that compare with it. */
#ifndef RANDOM_ENSEMBLE_H
#define RANDOM_ENSEMBLE_H

#include <stdint.h>
#include <stdlib.h>
#include "ensemble.h"

struct random {
	uint64_t state; /* not 0 */
};

/* xorshift64* (Vigna 2016) */
static inline uint32_t random_next(struct random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * 0x2545f4914f6cdd1dull >> 32;
}

static inline double random_unit(struct random *r)
{
	return random_next(r) / 4294967296.0;
}

/* Values of every size: as many below 16 as in the millions. */
static inline uint32_t random_value(struct random *r)
{
	return random_next(r) >> (8 + random_next(r) % 24);
}

/* Thresholds as XGBoost makes them: mostly whole or halves, always between two possible values. */
static inline float random_threshold(struct random *r)
{
	float whole = 1 + random_next(r) % FEATURE_MAX;

	switch (random_next(r) % 3) {
	case 0:
		whole = 1 + random_value(r) % FEATURE_MAX;
		return whole;
	case 1:
		return whole - 0.5f < FEATURE_MAX ? whole - 0.5f : whole;
	default:
		return whole;
	}
}

static inline int random_subtree(struct random *r, struct tree *t, int depth_left, double leaf_share, double range)
{
	int at = t->count++;

	t->node[at] = (struct tree_node){ .left = -1, .right = -1, .reached = true };
	if (!depth_left || random_unit(r) < leaf_share) {
		t->node[at].value = (random_unit(r) * 2 - 1) * range;
		return at;
	}
	t->node[at].value = random_threshold(r);
	t->node[at].feature = random_next(r) % FEATURE_COUNT;
	t->node[at].left = random_subtree(r, t, depth_left - 1, leaf_share, range);
	t->node[at].right = random_subtree(r, t, depth_left - 1, leaf_share, range);
	return at;
}

/* `leaf_share` of the inner places are leaves already. The first tree is complete, so the depth is as said. */
static inline struct ensemble random_ensemble(struct random *r, int trees, int depth, double leaf_share, double range)
{
	struct ensemble e = { .column_count = FEATURE_COUNT, .columns_named = true, .best_iteration = -1,
			      .parallel_trees = 1, .class_count = 1, .tree_count = trees };

	e.base_margin[0] = (random_unit(r) * 2 - 1) * range;
	e.tree = calloc(trees, sizeof(*e.tree));
	e.column_feature = calloc(FEATURE_COUNT, sizeof(*e.column_feature));
	for (int i = 0; i < FEATURE_COUNT; i++)
		e.column_feature[i] = FEATURE_COUNT - 1 - i; /* columns need not stand in our order */
	for (int t = 0; t < trees; t++) {
		e.tree[t].node = calloc(2u << depth, sizeof(*e.tree[t].node));
		e.tree[t].depth = depth;
		e.tree[t].weight = 1;
		random_subtree(r, &e.tree[t], depth, t ? leaf_share : 0, range);
	}
	return e;
}

/* The leaf that XGBoost reaches: left when x < threshold, in floats. */
static inline float tree_leaf(const struct ensemble *e, const struct tree *t, const struct features *x)
{
	const struct tree_node *n = t->node;

	while (n->left != -1) {
		float value = x->value[e->column_feature[n->feature]];

		n = &t->node[value < n->value ? n->left : n->right];
	}
	return n->value;
}

#endif
