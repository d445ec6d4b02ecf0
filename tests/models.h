/* SPDX-License-Identifier: BSD-2-Clause */
/* Random models and vectors for tests: reproducible, and with values right at the cuts. */
#ifndef MODELS_H
#define MODELS_H

#include <stdint.h>
#include <stdio.h>
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

/* Gives a model names and roles for its classes, every role among them. */
static inline void classes_random(struct model *m, uint32_t classes, uint64_t *state)
{
	m->class_count = classes;
	for (uint32_t c = 0; c < classes; c++) {
		m->base[c] = (int32_t)random_u32(state) >> 12;
		m->class_role[c] = classes > 1 ? (c + 2) % CLASS_ROLE_COUNT : 0;
		snprintf(m->class_name[c], MODEL_CLASS_NAME, "class%u", c);
	}
}

/* Trees of several classes: the groups go round. The caller frees. */
static inline struct model *model_random_classes(uint32_t classes, uint32_t trees, uint32_t depth, uint64_t *state)
{
	struct model *m = model_random(trees, depth, state);

	classes_random(m, classes, state);
	for (uint32_t g = 0; g < m->group_count; g++)
		m->group_class[g] = g % classes;
	return m;
}

/* Weights of every magnitude and both signs. The caller frees. */
static inline struct model *model_random_linear(uint32_t classes, uint64_t *state)
{
	struct model *m = calloc(1, sizeof(*m));

	m->id = 1;
	m->depth = 1;
	m->kind = MODEL_LINEAR;
	m->extra_shift = 12;
	m->policy = (struct policy){ .log_at = 0, .drop_at = 0 };
	classes_random(m, classes, state);
	for (uint32_t i = 0; i < classes * FEATURE_COUNT; i++)
		m->weight[i / FEATURE_COUNT * FEATURE_SLOTS + i % FEATURE_COUNT] =
			(int64_t)((uint64_t)random_u32(state) << 32 | random_u32(state)) >> (30 + random_u32(state) % 30);
	return m;
}

/* Values at a cut of the model, one beside it, the extremes, or anything. */
static inline void features_random(struct features *x, const struct model *m, uint64_t *state)
{
	*x = (struct features){ 0 };
	for (int i = 0; i < FEATURE_COUNT; i++) {
		uint32_t at = 1 + random_u32(state) % ((1u << m->depth) - 1);
		uint32_t tree = m->tree_count ? random_u32(state) % m->tree_count : 0;
		uint32_t cut = m->node[model_cell(m->depth, tree, at)].cut;

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
