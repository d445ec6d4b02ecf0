// SPDX-License-Identifier: BSD-2-Clause
#include "model_bounds.h"

/* Adds the least and the largest leaf of a tree. */
static void tree_add(const struct model *m, __u32 tree, __s64 *low, __s64 *high)
{
	__s32 least = m->leaf[model_cell(m->depth, tree, 0)], most = least;

	for (__u32 leaf = 1; leaf < 1u << m->depth; leaf++) {
		__s32 v = m->leaf[model_cell(m->depth, tree, leaf)];

		least = v < least ? v : least;
		most = v > most ? v : most;
	}
	*low += least;
	*high += most;
}

void model_bounds_fill(struct model *m)
{
	__s64 low = 0, high = 0;

	if (m->kind != MODEL_TREES || m->class_count != 1)
		return;
	for (__u32 group = m->group_count; group-- > 0;) {
		m->rest_low[group] = low;
		m->rest_high[group] = high;
		for (__u32 lane = 0; lane < MODEL_LANES; lane++)
			tree_add(m, group * MODEL_LANES + lane, &low, &high);
	}
	m->bounded = 1;
}
