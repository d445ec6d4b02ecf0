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

static bool is_split(const struct tree_node *n)
{
	return n->reached && n->left != -1;
}

static int split_check(const struct ensemble *e, int tree, int node, struct refusal *why)
{
	const struct tree_node *n = &e->tree[tree].node[node];
	__u32 cut;

	if (!is_split(n) || !cut_from_threshold(n->value, &cut))
		return 0;
	return refusal_set(why, "tree %d node %d: '%s' is compared with %g", tree, node,
			  feature_name(e->column_feature[n->feature]), n->value);
}

/* Each class begins a group of its own. */
static int groups_of(const struct ensemble *e, int class)
{
	int trees = 0;

	for (int t = 0; t < e->tree_count; t++)
		trees += e->tree[t].class == class;
	return (trees + MODEL_LANES - 1) / MODEL_LANES;
}

bool ensemble_is_forest(const struct ensemble *e)
{
	int groups = 0;

	for (int c = 0; c < e->class_count; c++)
		groups += groups_of(e, c);
	for (int t = 0; t < e->tree_count; t++)
		if (e->tree[t].depth > MODEL_DEPTH_MAX)
			return true;
	return groups > MODEL_GROUPS_MAX;
}

static __u32 nodes_of(const struct tree *t)
{
	__u32 nodes = 0;

	for (int i = 0; i < t->count; i++)
		nodes += t->node[i].reached;
	return nodes;
}

static __u64 ensemble_nodes(const struct ensemble *e)
{
	__u64 nodes = 0;

	for (int t = 0; t < e->tree_count; t++)
		nodes += nodes_of(&e->tree[t]);
	return nodes;
}

int ensemble_check(const struct ensemble *e, struct refusal *why)
{
	int err = 0;

	if (e->tree_count > (int)FOREST_TREES_MAX)
		return refusal_set(why, "%d trees, at most %u are possible; train with fewer rounds", e->tree_count,
				  FOREST_TREES_MAX);
	if (ensemble_nodes(e) > FOREST_NODES_MAX)
		return refusal_set(why, "%llu nodes in %d trees, at most %u are possible; train with fewer rounds",
				  (unsigned long long)ensemble_nodes(e), e->tree_count, FOREST_NODES_MAX);
	for (int t = 0; !err && t < e->tree_count; t++) {
		if (e->tree[t].depth > (int)FOREST_DEPTH_MAX)
			return refusal_set(why, "tree %d has depth %d, at most %u is possible; train with max_depth %d", t,
					  e->tree[t].depth, FOREST_DEPTH_MAX, MODEL_DEPTH_MAX);
		for (int i = 0; !err && i < e->tree[t].count; i++)
			err = split_check(e, t, i, why);
	}
	return err;
}

int ensemble_one_way_splits(const struct ensemble *e, int *tree, int *node)
{
	int count = 0;

	for (int t = 0; t < e->tree_count; t++)
		for (int i = 0; i < e->tree[t].count; i++) {
			__u32 cut;

			if (!is_split(&e->tree[t].node[i]) || cut_from_threshold(e->tree[t].node[i].value, &cut) ||
			    (cut > 0 && cut <= FEATURE_MAX))
				continue;
			if (!count++) {
				*tree = t;
				*node = i;
			}
		}
	return count;
}

/* A tree on its way into the tables. */
struct placement {
	const struct ensemble *e;
	const struct tree *tree;
	const struct quantiser *q;
	struct model *m;
	float *leaf_cover; /* NULL: not wanted */
	__u32 number;
};

/*
 * Puts the node and all below it into place `at` of the heap; a leaf above the last level fills all that is below, the
 * way that is taken from there with its cover, others with none.
 */
static void subtree_place(const struct placement *p, int node, __u32 at, bool is_taken)
{
	const struct tree_node *n = &p->tree->node[node];
	__u32 depth = p->m->depth, leaves = 1u << depth;
	struct model_node *out;

	if (at >= leaves) {
		__u32 cell = model_cell(depth, p->number, at - leaves);

		p->m->leaf[cell] = score_from_margin(tree_leaf_margin(p->tree, n), p->q->shift);
		if (p->leaf_cover && is_taken)
			p->leaf_cover[cell] = n->cover;
		return;
	}
	out = &p->m->node[model_cell(depth, p->number, at)];
	if (n->left == -1) {
		*out = (struct model_node){ .cut = MODEL_CUT_NEVER };
		subtree_place(p, node, 2 * at + 1, is_taken);
		subtree_place(p, node, 2 * at, false);
		return;
	}
	out->feature = p->e->column_feature[n->feature];
	cut_from_threshold(n->value, &out->cut);
	subtree_place(p, n->left, 2 * at + 1, true);
	subtree_place(p, n->right, 2 * at, true);
}

/* Trees that fill the last group: whatever comes, they add 0. */
static void empty_tree_place(struct model *m, __u32 tree)
{
	for (__u32 at = 1; at < 1u << m->depth; at++)
		m->node[model_cell(m->depth, tree, at)].cut = MODEL_CUT_NEVER;
}

/* Groups go round the classes, so that a walk knows something of each of them early. */
static void groups_share(const struct ensemble *e, struct model *m)
{
	bool more = true;

	for (int round = 0; more; round++) {
		more = false;
		for (int c = 0; c < e->class_count; c++) {
			if (round >= groups_of(e, c))
				continue;
			m->group_class[m->group_count++] = c;
			more = true;
		}
	}
}

/* The first group of a class from `group` on. */
static __u32 group_next(const struct model *m, __u32 group, int class)
{
	while (group < m->group_count && m->group_class[group] != class)
		group++;
	return group;
}

/* The trees of a class, in its groups. */
static void class_place(const struct ensemble *e, const struct quantiser *q, int class, struct model *m, float *leaf_cover)
{
	struct placement p = { .e = e, .q = q, .m = m, .leaf_cover = leaf_cover };
	__u32 group = group_next(m, 0, class), lane = 0;

	for (int t = 0; t < e->tree_count; t++) {
		if (e->tree[t].class != class)
			continue;
		if (lane == MODEL_LANES) {
			group = group_next(m, group + 1, class);
			lane = 0;
		}
		p.tree = &e->tree[t];
		p.number = group * MODEL_LANES + lane++;
		subtree_place(&p, 0, 1, true);
	}
	for (; lane && lane < MODEL_LANES; lane++)
		empty_tree_place(m, group * MODEL_LANES + lane);
}

static void weights_place(const struct ensemble *e, const struct quantiser *q, struct model *m)
{
	for (int column = 0; column < e->column_count; column++)
		for (int c = 0; c < e->class_count; c++)
			m->weight[c * FEATURE_SLOTS + e->column_feature[column]] =
				score_from_margin(e->weight[column * e->class_count + c], q->shift + q->extra_shift);
}

void model_compile(const struct ensemble *e, const struct quantiser *q, struct model *m, float *leaf_cover)
{
	bool is_forest = ensemble_is_forest(e);

	m->kind = e->booster == BOOSTER_GBLINEAR ? MODEL_LINEAR : is_forest ? MODEL_FOREST : MODEL_TREES;
	m->depth = 1;
	for (int t = 0; t < e->tree_count; t++)
		if ((__u32)e->tree[t].depth > m->depth)
			m->depth = e->tree[t].depth;
	m->tree_count = e->tree_count;
	m->class_count = e->class_count;
	m->scale_shift = q->shift;
	m->extra_shift = q->extra_shift;
	if (!is_forest)
		groups_share(e, m);
	for (int c = 0; c < e->class_count; c++) {
		double constant = e->weight ? e->weight[e->column_count * e->class_count + c] : 0;

		m->base[c] = score_from_margin(e->base_margin[c] + constant, q->shift + q->extra_shift);
		if (!is_forest)
			class_place(e, q, c, m, leaf_cover);
	}
	if (e->weight)
		weights_place(e, q, m);
}

/* The node and all below it, from node `at` of the forest on. Returns where it ends. */
static __u32 node_place(const struct ensemble *e, const struct tree *t, const struct quantiser *q, int node, __u32 at,
			struct forest *f)
{
	const struct tree_node *n = &t->node[node];
	struct forest_node *out = &f->node[at];

	if (n->left == -1) {
		*out = (struct forest_node){ .feature = FOREST_LEAF, .cover = n->cover,
					     .leaf = score_from_margin(tree_leaf_margin(t, n), q->shift) };
		return at + 1;
	}
	out->feature = e->column_feature[n->feature];
	cut_from_threshold(n->value, &out->cut);
	out->right = node_place(e, t, q, n->left, at + 1, f);
	return node_place(e, t, q, n->right, out->right, f);
}

struct forest *forest_compile(const struct ensemble *e, const struct quantiser *q)
{
	struct forest *f = forest_make(e->tree_count, ensemble_nodes(e));
	__u32 at = 0;

	for (int t = 0; f && t < e->tree_count; t++) {
		f->root[t] = at;
		f->class[t] = e->tree[t].class;
		at = node_place(e, &e->tree[t], q, 0, at, f);
	}
	return f;
}
