// SPDX-License-Identifier: BSD-2-Clause
#include "model_bounds.h"

void model_tree_add(const struct model *m, __u32 tree, __s64 *low, __s64 *high)
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
	__s64 low[MODEL_CLASSES_MAX] = { 0 }, high[MODEL_CLASSES_MAX] = { 0 };

	if (m->kind != MODEL_TREES)
		return;
	for (__u32 group = m->group_count; group-- > 0;) {
		__u32 class = m->group_class[group] % MODEL_CLASSES_MAX;

		for (__u32 c = 0; c < m->class_count; c++) {
			m->rest_low[model_rest(c, group)] = low[c];
			m->rest_high[model_rest(c, group)] = high[c];
		}
		for (__u32 lane = 0; lane < MODEL_LANES; lane++)
			model_tree_add(m, group * MODEL_LANES + lane, &low[class], &high[class]);
	}
	m->bounded = 1;
}
