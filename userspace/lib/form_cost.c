// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include "form_cost.h"

/* In ns, from the bench. A miss is priced as where code does worst, so that it is chosen only where it is sure to win. */
#define NS_ENTER 15.0	    /* into the code and back */
#define NS_TREE 0.4
#define NS_QUESTION 0.2
#define NS_MISSED 10.0	    /* a jump that was not foreseen */
#define NS_TABLE_LEVEL 1.45 /* of the table, for each tree */

int form_cost_open(struct form_cost *cost, const struct model *m)
{
	*cost = (struct form_cost){ .model = m, .habit = calloc(MODEL_CELLS, sizeof(*cost->habit)) };
	return cost->habit ? 0 : -ENOMEM;
}

void form_cost_close(struct form_cost *cost)
{
	free(cost->habit);
	cost->habit = NULL;
}

static bool place_asks(const struct model *m, __u32 tree, __u32 at)
{
	return at < 1u << m->depth && m->node[model_cell(m->depth, tree, at)].cut != MODEL_CUT_NEVER;
}

static __u32 place_of_question(const struct model *m, __u32 tree, __u32 at)
{
	while (at < 1u << m->depth && !place_asks(m, tree, at))
		at = 2 * at + 1;
	return at;
}

/* Two bits for each question, as the simplest of processors keep them. */
static void question_ask(struct form_cost *cost, __u32 cell, bool below)
{
	unsigned char *habit = &cost->habit[cell & (MODEL_CELLS - 1)];

	cost->asked++;
	cost->missed += below != (*habit > 1);
	if (below && *habit < 3)
		++*habit;
	else if (!below && *habit)
		--*habit;
}

static void tree_walk(struct form_cost *cost, __u32 tree, const struct features *x)
{
	const struct model *m = cost->model;
	__u32 leaves = 1u << m->depth, at = place_of_question(m, tree, 1);

	while (at < leaves) {
		__u32 cell = model_cell(m->depth, tree, at);
		bool below = x->value[m->node[cell].feature] < m->node[cell].cut;
		__u32 left = place_of_question(m, tree, 2 * at + 1), right = place_of_question(m, tree, 2 * at);

		if (left >= leaves && right >= leaves)
			cost->pairs++;
		else
			question_ask(cost, cell, below);
		at = below ? left : right;
	}
}

void form_cost_add(struct form_cost *cost, const struct features *x)
{
	for (__u32 tree = 0; tree < cost->model->tree_count; tree++)
		tree_walk(cost, tree, x);
	cost->vectors++;
}

double form_cost_code(const struct form_cost *cost)
{
	double n = cost->vectors ? cost->vectors : 1;

	return NS_ENTER + cost->model->tree_count * NS_TREE + (cost->asked + cost->pairs) / n * NS_QUESTION +
	       cost->missed / n * NS_MISSED;
}

double form_cost_table(const struct form_cost *cost)
{
	return cost->model->group_count * (double)MODEL_LANES * cost->model->depth * NS_TABLE_LEVEL;
}
