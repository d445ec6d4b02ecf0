// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include "tree.h"

/* The columns that a saved tree consists of: one entry per node each. */
struct columns {
	const json_t *left, *right, *feature, *value, *split_type, *missing_left, *cover, *parent;
};

static int column_get(const json_t *json, const char *name, size_t count, int tree, const json_t **out,
		      struct refusal *why)
{
	*out = json_object_get(json, name);
	if (!json_is_array(*out) || !json_array_size(*out))
		return refusal_set(why, "tree %d has no '%s'", tree, name);
	if (json_array_size(*out) != count)
		return refusal_set(why, "tree %d has %zu nodes but %zu entries in '%s'", tree, count,
				  json_array_size(*out), name);
	return 0;
}

static int columns_get(const json_t *json, int tree, struct columns *c, size_t *count, struct refusal *why)
{
	int err;

	*count = json_array_size(json_object_get(json, "left_children"));
	err = column_get(json, "left_children", *count, tree, &c->left, why);
	err = err ?: column_get(json, "right_children", *count, tree, &c->right, why);
	err = err ?: column_get(json, "split_indices", *count, tree, &c->feature, why);
	err = err ?: column_get(json, "split_conditions", *count, tree, &c->value, why);
	c->missing_left = json_object_get(json, "default_left");
	if (!err && c->missing_left)
		err = column_get(json, "default_left", *count, tree, &c->missing_left, why);
	err = err ?: column_get(json, "sum_hessian", *count, tree, &c->cover, why);
	c->split_type = json_object_get(json, "split_type"); /* XGBoost before 1.3 did not write it */
	if (!err && c->split_type)
		err = column_get(json, "split_type", *count, tree, &c->split_type, why);
	c->parent = json_object_get(json, "parents");
	if (!err && c->parent)
		err = column_get(json, "parents", *count, tree, &c->parent, why);
	return err;
}

/*
 * The float that XGBoost holds. A decimal is rounded to a double first, which changes nothing for one that was printed
 * from a float.
 */
static int value_read(const json_t *number, float *out)
{
	double v = json_number_value(number);

	if (!json_is_number(number) || !isfinite((float)v))
		return -EINVAL;
	*out = v;
	return 0;
}

static int index_read(const json_t *number, json_int_t low, json_int_t high, int *out)
{
	json_int_t v = json_integer_value(number);

	if (!json_is_integer(number) || v < low || v > high)
		return -EINVAL;
	*out = v;
	return 0;
}

/* Saved as true, or as 1. */
static bool truth_of(const json_t *value)
{
	return json_is_true(value) || json_integer_value(value) != 0;
}

static int node_read(const struct columns *c, int tree, int at, int count, int feature_count, struct tree_node *out,
		     struct refusal *why)
{
	struct tree_node n = { 0 };
	int categorical = 0;

	if (index_read(json_array_get(c->left, at), -1, count - 1, &n.left) ||
	    index_read(json_array_get(c->right, at), -1, count - 1, &n.right) || (n.left == -1) != (n.right == -1))
		return refusal_set(why, "tree %d node %d: its children are not two of its %d nodes", tree, at, count);
	if (value_read(json_array_get(c->value, at), &n.value))
		return refusal_set(why, "tree %d node %d: its %s is no finite number", tree, at,
				  n.left == -1 ? "leaf" : "threshold");
	if (value_read(json_array_get(c->cover, at), &n.cover) || n.cover < 0)
		return refusal_set(why, "tree %d node %d: its sum_hessian is no finite number from 0 on", tree, at);
	if (n.left == -1) {
		*out = n;
		return 0;
	}
	n.missing_left = c->missing_left && truth_of(json_array_get(c->missing_left, at));
	if (index_read(json_array_get(c->feature, at), 0, feature_count - 1, &n.feature))
		return refusal_set(why, "tree %d node %d: splits by column %lld of %d", tree, at,
				  (long long)json_integer_value(json_array_get(c->feature, at)), feature_count);
	if (c->split_type && (index_read(json_array_get(c->split_type, at), 0, 1, &categorical) || categorical))
		return refusal_set(why,
				  "tree %d node %d: a categorical split on column %d; train without categorical "
				  "features, ours are numbers",
				  tree, at, n.feature);
	*out = n;
	return 0;
}

/* Walks from the root and sets the depth; a node that is reached twice makes it no tree. */
static int shape_check(struct tree *t, int number, struct refusal *why)
{
	int *queue = calloc(t->count, sizeof(*queue)), *depth = calloc(t->count, sizeof(*depth));
	int filled = 1, err = queue && depth ? 0 : -ENOMEM;

	if (!err)
		t->node[0].reached = true;
	for (int at = 0; !err && at < filled; at++) {
		const struct tree_node *n = &t->node[queue[at]];
		int child[2] = { n->left, n->right };

		if (depth[at] > t->depth)
			t->depth = depth[at];
		for (int i = 0; !err && i < 2 && n->left != -1; i++) {
			if (t->node[child[i]].reached) {
				err = refusal_set(why, "tree %d node %d: its child %d has another parent", number,
						 queue[at], child[i]);
				break;
			}
			t->node[child[i]].reached = true;
			queue[filled] = child[i];
			depth[filled++] = depth[at] + 1;
		}
	}
	free(queue);
	free(depth);
	return err;
}

/*
 * We do not ask for parents, but libxgboost follows them wherever they point: a node that is reached names the node whose
 * child it is, one that pruning left behind any node, the root none, which is saved as -1 without its sign.
 */
static int parents_check(const struct tree *t, const json_t *parents, int number, struct refusal *why)
{
	int parent, *wanted = calloc(t->count, sizeof(*wanted)), err = 0;

	if (!wanted)
		return -ENOMEM;
	for (int i = 0; i < t->count; i++)
		if (t->node[i].reached && t->node[i].left != -1)
			wanted[t->node[i].left] = wanted[t->node[i].right] = i;
	if (index_read(json_array_get(parents, 0), -1, INT32_MAX, &parent) || (parent != -1 && parent != INT32_MAX))
		err = refusal_set(why, "tree %d node 0: is the root, and 'parents' names a parent of it: its nodes do not form a tree",
				  number);
	for (int i = 1; !err && i < t->count; i++) {
		if (index_read(json_array_get(parents, i), 0, t->count - 1, &parent))
			err = refusal_set(why, "tree %d node %d: its entry in 'parents' is none of its %d nodes: they do not form a tree",
					  number, i, t->count);
		else if (t->node[i].reached && parent != wanted[i])
			err = refusal_set(why, "tree %d node %d: is a child of node %d, and of node %d in 'parents': its nodes do not form a tree",
					  number, i, wanted[i], parent);
	}
	free(wanted);
	return err;
}

/* libxgboost puts a tree in the place that it names, and asks for all places. */
static int id_check(const json_t *id, int number, struct refusal *why)
{
	int place;

	if (id && index_read(id, number, number, &place))
		return refusal_set(why, "tree %d: its id is not %d, its place", number, number);
	return 0;
}

int tree_read(const json_t *json, int number, int feature_count, struct tree *out, struct refusal *why)
{
	struct tree t = { .weight = 1 };
	struct columns c;
	size_t count;
	int err = id_check(json_object_get(json, "id"), number, why) ?: columns_get(json, number, &c, &count, why);

	if (err)
		return err;
	t.count = count;
	t.node = calloc(count, sizeof(*t.node));
	if (!t.node)
		return -ENOMEM;
	for (int i = 0; !err && i < t.count; i++)
		err = node_read(&c, number, i, t.count, feature_count, &t.node[i], why);
	if (!err)
		err = shape_check(&t, number, why);
	if (!err && c.parent)
		err = parents_check(&t, c.parent, number, why);
	if (err) {
		free(t.node);
		return err;
	}
	*out = t;
	return 0;
}
