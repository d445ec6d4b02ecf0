// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdlib.h>
#include "compile.h"
#include "missing.h"

/* Between 0 and all others. */
#define ZERO_THRESHOLD 0.5f

/* Below a node another one is put in: trees that were a level too deep before are refused anyway. */
#define NODES_MAX (4 << MODEL_DEPTH_MAX)

static int node_add(struct tree *t, const struct tree_node *n)
{
	if (t->count >= NODES_MAX)
		return -E2BIG;
	t->node[t->count] = *n;
	return t->count++;
}

/* Halves the rows of a subtree, the other half of which a copy of it gets. Returns the copy, or -E2BIG. */
static int subtree_share(struct tree *t, int at)
{
	int copy, left, right;

	t->node[at].cover /= 2;
	copy = node_add(t, &t->node[at]);
	if (copy < 0 || t->node[at].left == -1)
		return copy;
	left = subtree_share(t, t->node[at].left);
	right = left < 0 ? left : subtree_share(t, t->node[at].right);
	if (right < 0)
		return right;
	t->node[copy].left = left;
	t->node[copy].right = right;
	return copy;
}

/* A 0 goes right, others below the threshold left: is it 0, and if not, is it below? */
static int split_in_two(struct tree *t, int at)
{
	struct tree_node below = t->node[at];
	int zero = subtree_share(t, below.right), second;

	if (zero < 0)
		return zero;
	below.cover -= t->node[zero].cover;
	second = node_add(t, &below);
	if (second < 0)
		return second;
	t->node[at].value = ZERO_THRESHOLD;
	t->node[at].left = zero;
	t->node[at].right = second;
	return 0;
}

/* Makes a 0 go the way of what is missing. Returns 0 or -E2BIG. */
static int node_take_zero(struct tree *t, int at)
{
	struct tree_node *n = &t->node[at];
	__u32 cut;

	if (cut_from_threshold(n->value, &cut) || n->missing_left == (cut > 0))
		return 0;
	if (n->missing_left)
		n->value = ZERO_THRESHOLD; /* nothing went left: now the 0 does */
	else if (cut == 1)
		n->value = 0; /* only the 0 went left: now nothing does */
	else
		return split_in_two(t, at);
	return 0;
}

/* From the leaves up, so that what is copied is done. Returns the depth below, or -E2BIG. */
static int subtree_take_zero(struct tree *t, int at)
{
	int left, right, err;

	if (t->node[at].left == -1)
		return 0;
	left = subtree_take_zero(t, t->node[at].left);
	right = left < 0 ? left : subtree_take_zero(t, t->node[at].right);
	err = right < 0 ? right : node_take_zero(t, at);
	return err < 0 ? err : 1 + (left > right ? left : right);
}

static int depth_of(const struct tree *t, int at)
{
	int left, right;

	if (t->node[at].left == -1)
		return 0;
	left = depth_of(t, t->node[at].left);
	right = depth_of(t, t->node[at].right);
	return 1 + (left > right ? left : right);
}

static int tree_take_zero(struct tree *t, int number, struct refusal *why)
{
	struct tree_node *wider;
	int err;

	if (t->depth > MODEL_DEPTH_MAX)
		return refusal_set(why, "--missing 0: tree %d has depth %d, and takes questions to at most %d; train with a smaller "
				       "max_depth, or without missing=0",
				  number, t->depth, MODEL_DEPTH_MAX);
	wider = reallocarray(t->node, t->count > NODES_MAX ? t->count : NODES_MAX, sizeof(*t->node));
	if (!wider)
		return -ENOMEM;
	t->node = wider;
	err = subtree_take_zero(t, 0);
	if (err >= 0)
		t->depth = depth_of(t, 0);
	if (err >= 0 && t->depth <= MODEL_DEPTH_MAX)
		return 0;
	return refusal_set(why, "--missing 0: tree %d asks whether a value is 0 beside its own questions and becomes deeper "
			       "than %d; train with a smaller max_depth, or without missing=0",
			  number, MODEL_DEPTH_MAX);
}

int ensemble_take_missing(struct ensemble *e, double missing, struct refusal *why)
{
	int err = 0;

	if (isnan(missing) || missing != floor(missing) || missing < 0 || missing > FEATURE_MAX)
		return 0;
	if (missing)
		return refusal_set(why, "--missing %.0f: values of %.0f count here, and cannot be told apart in one question; only "
				       "0 may stand for what is missing",
				  missing, missing);
	for (int t = 0; !err && t < e->tree_count; t++)
		err = tree_take_zero(&e->tree[t], t, why);
	if (!err)
		e->zero_is_missing = true;
	return err;
}
