// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include "compile.h"
#include "feature_names.h"

int cut_from_threshold(float threshold, __u32 *cut)
{
	float least = ceilf(threshold); /* of the integers that are not below it */

	if (!isfinite(threshold))
		return -EINVAL;
	if (least <= 0)
		*cut = 0;
	else if (least > FEATURE_MAX)
		*cut = FEATURE_MAX + 1;
	else
		*cut = least;
	return 0;
}

static int split_check(const struct ensemble *e, int tree, int node, struct refusal *why)
{
	const struct tree_node *n = &e->tree[tree].node[node];
	const char *name = feature_name(e->column_feature[n->feature]);
	__u32 cut;

	if (cut_from_threshold(n->value, &cut))
		return refusal_set(why, "tree %d node %d: '%s' is compared with %g", tree, node, name, n->value);
	if (cut == 0 || cut > FEATURE_MAX)
		return refusal_set(why,
				  "tree %d node %d: '%s' < %.9g sends all values from 0 to %u %s, so it tells only "
				  "missing values from others; features are never missing here: fill the gaps in the "
				  "training data and train again",
				  tree, node, name, n->value, FEATURE_MAX, cut ? "left" : "right");
	return 0;
}

int ensemble_check(const struct ensemble *e, struct refusal *why)
{
	int err = 0;

	if (e->tree_count > MODEL_TREES_MAX)
		return refusal_set(why, "%d trees, at most %d fit; train with fewer rounds", e->tree_count,
				  MODEL_TREES_MAX);
	for (int t = 0; !err && t < e->tree_count; t++) {
		if (e->tree[t].depth > MODEL_DEPTH_MAX)
			return refusal_set(why, "tree %d has depth %d, at most %d fits; train with max_depth %d", t,
					  e->tree[t].depth, MODEL_DEPTH_MAX, MODEL_DEPTH_MAX);
		for (int i = 0; !err && i < e->tree[t].count; i++)
			if (e->tree[t].node[i].reached && e->tree[t].node[i].left != -1)
				err = split_check(e, t, i, why);
	}
	return err;
}

/* A tree on its way into the tables. */
struct placement {
	const struct ensemble *e;
	const struct tree *tree;
	const struct quantiser *q;
	struct model *m;
	__u32 number;
};

/* Puts the node and all below it into place `at` of the heap; a leaf above the last level fills all that is below. */
static void subtree_place(const struct placement *p, int node, __u32 at)
{
	const struct tree_node *n = &p->tree->node[node];
	__u32 depth = p->m->depth, leaves = 1u << depth;
	struct model_node *out;

	if (at >= leaves) {
		p->m->leaf[model_cell(depth, p->number, at - leaves)] = score_from_margin(n->value, p->q->shift);
		return;
	}
	out = &p->m->node[model_cell(depth, p->number, at)];
	if (n->left == -1) {
		*out = (struct model_node){ .cut = MODEL_CUT_NEVER };
		subtree_place(p, node, 2 * at + 1);
		subtree_place(p, node, 2 * at);
		return;
	}
	out->feature = p->e->column_feature[n->feature];
	cut_from_threshold(n->value, &out->cut);
	subtree_place(p, n->left, 2 * at + 1);
	subtree_place(p, n->right, 2 * at);
}

/* Trees that fill the last group: whatever comes, they add 0. */
static void empty_tree_place(struct model *m, __u32 tree)
{
	for (__u32 at = 1; at < 1u << m->depth; at++)
		m->node[model_cell(m->depth, tree, at)].cut = MODEL_CUT_NEVER;
}

void model_compile(const struct ensemble *e, const struct quantiser *q, struct model *m)
{
	m->depth = 1;
	for (int t = 0; t < e->tree_count; t++)
		if ((__u32)e->tree[t].depth > m->depth)
			m->depth = e->tree[t].depth;
	m->tree_count = e->tree_count;
	m->group_count = (e->tree_count + MODEL_LANES - 1) / MODEL_LANES;
	m->class_count = 1;
	m->scale_shift = q->shift;
	m->base[0] = score_from_margin(e->base_margin, q->shift);
	for (__u32 t = 0; t < m->group_count * MODEL_LANES; t++) {
		struct placement p = { .e = e, .q = q, .m = m, .number = t };

		if (t >= m->tree_count) {
			empty_tree_place(m, t);
			continue;
		}
		p.tree = &e->tree[t];
		subtree_place(&p, 0, 1);
	}
}
