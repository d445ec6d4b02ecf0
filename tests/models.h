/* SPDX-License-Identifier: BSD-2-Clause */
/* Random models and vectors for tests: reproducible, and with values right at the cuts. */
#ifndef MODELS_H
#define MODELS_H

#include <stdint.h>
#include <stdlib.h>
#include "model.h"

static inline uint32_t random_u32(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull; /* Knuth's MMIX */
	return *state >> 32;
}

/* Complete trees with cuts of every magnitude. The caller frees. */
static inline struct model *model_random(uint32_t trees, uint32_t depth, uint64_t *state)
{
	struct model *m = calloc(1, sizeof(*m));

	m->id = 1;
	m->depth = depth;
	m->tree_count = trees;
	m->group_count = (trees + MODEL_LANES - 1) / MODEL_LANES;
	m->class_count = 1;
	m->base[0] = (int32_t)random_u32(state) >> 12;
	m->policy = (struct policy){ .log_at = 0, .drop_at = 0 };
	for (uint32_t t = 0; t < m->group_count * MODEL_LANES; t++) {
		for (uint32_t at = 1; at < 1u << depth; at++)
			m->node[model_cell(depth, t, at)] = (struct model_node){
				.cut = t < trees ? 1 + ((random_u32(state) & FEATURE_MAX) >> random_u32(state) % 24) :
						   MODEL_CUT_NEVER,
				.feature = random_u32(state) % FEATURE_COUNT,
			};
		for (uint32_t leaf = 0; t < trees && leaf < 1u << depth; leaf++)
			m->leaf[model_cell(depth, t, leaf)] = (int32_t)random_u32(state) >> 10;
	}
	return m;
}

/* Values at a cut of the model, one beside it, the extremes, or anything. */
static inline void features_random(struct features *x, const struct model *m, uint64_t *state)
{
	*x = (struct features){ 0 };
	for (int i = 0; i < FEATURE_COUNT; i++) {
		uint32_t at = 1 + random_u32(state) % ((1u << m->depth) - 1);
		uint32_t cut = m->node[model_cell(m->depth, random_u32(state) % m->tree_count, at)].cut;

		switch (random_u32(state) % 6) {
		case 0:
			x->value[i] = cut;
			break;
		case 1:
			x->value[i] = cut - 1;
			break;
		case 2:
			x->value[i] = cut < FEATURE_MAX ? cut + 1 : cut;
			break;
		case 3:
			x->value[i] = random_u32(state) % 2 ? 0 : FEATURE_MAX;
			break;
		default:
			x->value[i] = (random_u32(state) & FEATURE_MAX) >> random_u32(state) % 24;
		}
		if (x->value[i] > FEATURE_MAX)
			x->value[i] = FEATURE_MAX;
	}
}

#endif
