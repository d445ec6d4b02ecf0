// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "contributions.h"
#include "forest_file.h"

const char *const contribution_method_names[CONTRIBUTION_METHODS] = {
	[CONTRIBUTION_PATH] = "path",
	[CONTRIBUTION_EXACT] = "exact",
};

static double margin_from_sum(const struct model *m, double sum)
{
	return ldexp(sum, -(int)(m->scale_shift + m->extra_shift));
}

/* What a tree is expected to add at node or leaf `at`, and how many rows came there. */
static double mean_at(const struct model_means *k, __u32 tree, __u32 at)
{
	const struct model *m = k->model;
	__u32 leaves = 1u << m->depth;

	return at < leaves ? k->mean[model_cell(m->depth, tree, at)]
			   : margin_from_sum(m, m->leaf[model_cell(m->depth, tree, at - leaves)]);
}

static double cover_at(const struct model_means *k, __u32 tree, __u32 at)
{
	__u32 depth = k->model->depth, leaves = 1u << depth;

	return at < leaves ? k->cover[model_cell(depth, tree, at)] : k->leaf_cover[model_cell(depth, tree, at - leaves)];
}

/* Where no row came, both ways are as likely. */
static double share_of(const struct model_means *k, __u32 tree, __u32 parent, __u32 child)
{
	double all = cover_at(k, tree, parent);

	return all > 0 ? cover_at(k, tree, child) / all : 0.5;
}

/* From the leaves up. */
static void tree_means_fill(struct model_means *k, __u32 tree)
{
	__u32 depth = k->model->depth;

	for (__u32 at = (1u << depth) - 1; at; at--) {
		__u32 left = 2 * at + 1, right = 2 * at, cell = model_cell(depth, tree, at);

		k->cover[cell] = cover_at(k, tree, left) + cover_at(k, tree, right);
		k->mean[cell] = share_of(k, tree, at, left) * mean_at(k, tree, left) +
				share_of(k, tree, at, right) * mean_at(k, tree, right);
	}
}

/* Children lie behind their parents. */
static void forest_means_fill(struct model_means *k, const struct forest *f)
{
	for (__u32 at = f->node_count; at-- > 0;) {
		const struct forest_node *n = &f->node[at];
		double share;

		if (n->feature == FOREST_LEAF) {
			k->cover[at] = n->cover;
			k->mean[at] = margin_from_sum(k->model, n->leaf);
			continue;
		}
		k->cover[at] = k->cover[at + 1] + k->cover[n->right];
		share = k->cover[at] > 0 ? k->cover[at + 1] / k->cover[at] : 0.5;
		k->mean[at] = share * k->mean[at + 1] + (1 - share) * k->mean[n->right];
	}
}

int model_means_open(struct model_means *out, const struct model *m, const float *leaf_cover)
{
	const struct forest *f = model_forest(m);
	size_t tables = m->group_count ? (size_t)m->group_count * MODEL_LANES << m->depth : 0; /* a forest's depth is no table's */
	size_t cells = (f ? f->node_count : tables) + 1;
	struct model_means k = { .model = m, .weighted = f || leaf_cover || m->kind == MODEL_LINEAR };

	k.mean = calloc(cells, sizeof(*k.mean));
	k.cover = calloc(cells, sizeof(*k.cover));
	k.leaf_cover = calloc(cells, sizeof(*k.leaf_cover));
	if (!k.mean || !k.cover || !k.leaf_cover) {
		model_means_close(&k);
		return -ENOMEM;
	}
	for (size_t i = 0; leaf_cover && i + 1 < cells; i++)
		k.leaf_cover[i] = leaf_cover[i];
	for (__u32 tree = 0; tree < m->group_count * MODEL_LANES; tree++)
		tree_means_fill(&k, tree);
	if (f)
		forest_means_fill(&k, f);
	*out = k;
	return 0;
}

void model_means_close(struct model_means *k)
{
	free(k->mean);
	free(k->cover);
	free(k->leaf_cover);
	*k = (struct model_means){ 0 };
}

/* Walks the tree, and books every move. A node without a question moves nothing. */
static void tree_add_path(const struct model_means *k, __u32 tree, const struct features *x, struct contributions *out)
{
	const struct model *m = k->model;
	__u32 at = 1;
	double before = mean_at(k, tree, at);

	out->base += before;
	while (at < 1u << m->depth) {
		const struct model_node *n = &m->node[model_cell(m->depth, tree, at)];
		double after;

		at = 2 * at + (x->value[n->feature] < n->cut);
		after = mean_at(k, tree, at);
		out->feature[n->feature] += after - before;
		before = after;
	}
}

/*
 * The features that stand on the way to one leaf, each once. Given a set of known features the leaf counts with the
 * product of `known` over those in it (1: the vector agrees with every question, 0: it does not) and of `share` over the
 * others (of the rows that take these turns).
 */
struct way {
	__u32 count;
	struct turn {
		__u32 feature;
		double known, share;
	} turn[FEATURE_COUNT];
};

/*
 * The Shapley value of one turn: over all sets of the others, by size, how likely the set is times what the leaf counts
 * with it. The sums over all sets of one size are the coefficients of the product of (share + known t). Of n others a set
 * of k stands before the turn in k! (n - k)! of the (n + 1)! orders.
 */
static double turn_value(const struct way *w, __u32 turn)
{
	double of_size[FEATURE_COUNT] = { 1 }, sum = 0, likely;
	__u32 others = 0;

	for (__u32 i = 0; i < w->count; i++) {
		if (i == turn)
			continue;
		others++;
		for (__u32 size = others; size; size--)
			of_size[size] = of_size[size] * w->turn[i].share + of_size[size - 1] * w->turn[i].known;
		of_size[0] *= w->turn[i].share;
	}
	likely = 1.0 / (others + 1);
	for (__u32 size = 0; size <= others; size++) {
		sum += likely * of_size[size];
		likely *= (size + 1.0) / (others - size);
	}
	return sum * (w->turn[turn].known - w->turn[turn].share);
}

static void way_take(struct way *w, __u32 feature, bool agrees, double share)
{
	__u32 i = 0;

	while (i < w->count && w->turn[i].feature != feature)
		i++;
	if (i == w->count)
		w->turn[w->count++] = (struct turn){ .feature = feature, .known = 1, .share = 1 };
	w->turn[i].known *= agrees;
	w->turn[i].share *= share;
}

/* Goes to every leaf below `at`. */
static void subtree_add_exact(const struct model_means *k, __u32 tree, __u32 at, const struct way *w,
			      const struct features *x, struct contributions *out)
{
	const struct model *m = k->model;
	const struct model_node *n;
	bool below;

	while (at < 1u << m->depth && m->node[model_cell(m->depth, tree, at)].cut == MODEL_CUT_NEVER)
		at = 2 * at + 1;
	if (at >= 1u << m->depth) {
		for (__u32 i = 0; i < w->count; i++)
			out->feature[w->turn[i].feature] += mean_at(k, tree, at) * turn_value(w, i);
		return;
	}
	n = &m->node[model_cell(m->depth, tree, at)];
	below = x->value[n->feature] < n->cut;
	for (__u32 child = 2 * at; child <= 2 * at + 1; child++) {
		struct way further = *w;

		way_take(&further, n->feature, (child & 1) == below, share_of(k, tree, at, child));
		subtree_add_exact(k, tree, child, &further, x, out);
	}
}

static void tree_add_exact(const struct model_means *k, __u32 tree, const struct features *x, struct contributions *out)
{
	const struct way none = { 0 };

	out->base += mean_at(k, tree, 1);
	subtree_add_exact(k, tree, 1, &none, x, out);
}

static void forest_tree_add_path(const struct model_means *k, const struct forest *f, __u32 at, const struct features *x,
				 struct contributions *out)
{
	out->base += k->mean[at];
	while (f->node[at].feature != FOREST_LEAF) {
		const struct forest_node *n = &f->node[at];
		__u32 next = x->value[n->feature] < n->cut ? at + 1 : n->right;

		out->feature[n->feature] += k->mean[next] - k->mean[at];
		at = next;
	}
}

static void forest_subtree_add_exact(const struct model_means *k, const struct forest *f, __u32 at, const struct way *w,
				     const struct features *x, struct contributions *out)
{
	const struct forest_node *n = &f->node[at];
	bool below;

	if (n->feature == FOREST_LEAF) {
		for (__u32 i = 0; i < w->count; i++)
			out->feature[w->turn[i].feature] += k->mean[at] * turn_value(w, i);
		return;
	}
	below = x->value[n->feature] < n->cut;
	for (int left = 0; left < 2; left++) {
		__u32 child = left ? at + 1 : n->right;
		struct way further = *w;

		way_take(&further, n->feature, left == below, k->cover[at] > 0 ? k->cover[child] / k->cover[at] : 0.5);
		forest_subtree_add_exact(k, f, child, &further, x, out);
	}
}

static void forest_contribute(const struct model_means *k, enum contribution_method method, __u32 class,
			      const struct features *x, struct contributions *out)
{
	const struct forest *f = model_forest(k->model);
	const struct way none = { 0 };

	for (__u32 t = 0; f && t < f->tree_count; t++) {
		if (f->class[t] != class)
			continue;
		if (method == CONTRIBUTION_PATH) {
			forest_tree_add_path(k, f, f->root[t], x, out);
			continue;
		}
		out->base += k->mean[f->root[t]];
		forest_subtree_add_exact(k, f, f->root[t], &none, x, out);
	}
}

/* A weight moves by itself alone: both methods are one. */
static void weights_add(const struct model *m, __u32 class, const struct features *x, struct contributions *out)
{
	for (int i = 0; i < FEATURE_COUNT; i++)
		out->feature[i] = margin_from_sum(m, (double)m->weight[class * FEATURE_SLOTS + i] * x->value[i]);
}

void contributions_of_class(const struct model_means *k, enum contribution_method method, __u32 class,
			    const struct features *x, struct contributions *out)
{
	const struct model *m = k->model;

	*out = (struct contributions){ .base = margin_from_sum(m, m->base[class]) };
	if (m->kind == MODEL_LINEAR)
		weights_add(m, class, x, out);
	forest_contribute(k, method, class, x, out);
	for (__u32 tree = 0; tree < m->group_count * MODEL_LANES; tree++) {
		if (m->group_class[tree / MODEL_LANES] != class)
			continue;
		if (method == CONTRIBUTION_PATH)
			tree_add_path(k, tree, x, out);
		else
			tree_add_exact(k, tree, x, out);
	}
}

/* Of equals the first, as model_lead_from_sums() has it. */
static __u32 strongest_honest(const struct model *m, const struct model_sums *sums)
{
	__u32 best = MODEL_CLASSES_MAX;

	for (__u32 c = 0; c < m->class_count; c++)
		if (m->class_role[c] == CLASS_HONEST && (best == MODEL_CLASSES_MAX || sums->sum[c] > sums->sum[best]))
			best = c;
	return best;
}

void contributions_of_score(const struct model_means *k, enum contribution_method method, const struct features *x,
			    struct contributions *out)
{
	const struct model *m = k->model;
	struct contributions honest;
	struct model_sums sums;

	if (m->class_count == 1) {
		contributions_of_class(k, method, 0, x, out);
		return;
	}
	model_lead(m, x, &sums);
	contributions_of_class(k, method, sums.class, x, out);
	contributions_of_class(k, method, strongest_honest(m, &sums), x, &honest);
	out->base -= honest.base;
	for (int i = 0; i < FEATURE_COUNT; i++)
		out->feature[i] -= honest.feature[i];
}

/* Of those that are as far, the one that pushes up. */
static bool contributes_more(double a, double b)
{
	return fabs(a) > fabs(b) || (fabs(a) == fabs(b) && a > b);
}

int contributions_rank(const struct contributions *c, enum feature_id order[FEATURE_COUNT])
{
	int count = 0;

	for (int i = 0; i < FEATURE_COUNT; i++) {
		int at = count;

		if (!c->feature[i])
			continue;
		for (; at && contributes_more(c->feature[i], c->feature[order[at - 1]]); at--)
			order[at] = order[at - 1];
		order[at] = i;
		count++;
	}
	return count;
}

double contributions_sum(const struct contributions *c)
{
	double sum = c->base;

	for (int i = 0; i < FEATURE_COUNT; i++)
		sum += c->feature[i];
	return sum;
}
