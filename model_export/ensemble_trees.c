// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ensemble_parts.h"
#include "saved_json.h"

/* The entry of a list of numbers; UBJSON and JSON write whole ones as integers or as reals. */
static bool number_at(const json_t *list, size_t at, double *out)
{
	const json_t *number = json_array_get(list, at);

	*out = json_number_value(number);
	return json_is_number(number) && isfinite(*out);
}

/* The class that a tree adds to, and in dart the weight with which it does. */
static int tree_place_read(const json_t *classes, const json_t *weights, int number, struct ensemble *e,
			   struct refusal *why)
{
	struct tree *t = &e->tree[number];
	double class, weight = 1;

	if (!number_at(classes, number, &class) || class != floor(class) || class < 0 || class >= e->class_count)
		return refusal_set(why, "tree %d: its entry in tree_info is none of the %d classes", number,
				  e->class_count);
	if (weights && !number_at(weights, number, &weight))
		return refusal_set(why, "tree %d: its entry in weight_drop is no finite number", number);
	t->class = class;
	t->weight = (float)weight;
	return 0;
}

static int tree_leaves_check(const json_t *tree, const json_t *param, int number, struct refusal *why)
{
	long values = parameter_of(json_object_get(tree, "tree_param"), "size_leaf_vector",
				   parameter_of(param, "size_leaf_vector", 0));

	if (values > 1)
		return refusal_set(why,
				  "tree %d: leaves hold %ld values (multi_strategy=multi_output_tree); train with "
				  "one_output_per_tree",
				  number, values);
	return 0;
}

static int lists_check(const json_t *model, const json_t *weights, bool is_dart, struct refusal *why)
{
	const json_t *param = json_object_get(model, "gbtree_model_param");
	size_t trees = json_array_size(json_object_get(model, "trees"));

	if (!trees)
		return refusal_set(why, "the model has no trees");
	if (parameter_of(param, "num_trees", -1) != (long)trees)
		return refusal_set(why, "num_trees is '%.20s', but there are %zu", string_of(param, "num_trees"), trees);
	if (json_array_size(json_object_get(model, "tree_info")) != trees)
		return refusal_set(why, "tree_info has %zu entries for %zu trees",
				  json_array_size(json_object_get(model, "tree_info")), trees);
	if (is_dart && json_array_size(weights) != trees)
		return refusal_set(why, "weight_drop has %zu entries for %zu trees", json_array_size(weights), trees);
	return 0;
}

int trees_read(const json_t *booster, struct ensemble *e, struct refusal *why)
{
	bool is_dart = e->booster == BOOSTER_DART;
	const json_t *weights = is_dart ? json_object_get(booster, "weight_drop") : NULL;
	const json_t *model = json_object_get(is_dart ? json_object_get(booster, "gbtree") : booster, "model");
	const json_t *trees = json_object_get(model, "trees"), *classes = json_object_get(model, "tree_info");
	const json_t *param = json_object_get(model, "gbtree_model_param");
	int err = lists_check(model, weights, is_dart, why);

	if (err)
		return err;
	e->parallel_trees = parameter_of(param, "num_parallel_tree", 1);
	e->tree = calloc(json_array_size(trees), sizeof(*e->tree));
	if (!e->tree)
		return -ENOMEM;
	for (size_t i = 0; !err && i < json_array_size(trees); i++) {
		err = tree_leaves_check(json_array_get(trees, i), param, i, why);
		err = err ? err : tree_read(json_array_get(trees, i), i, e->column_count, &e->tree[i], why);
		e->tree_count += !err;
		err = err ? err : tree_place_read(classes, weights, i, e, why);
	}
	return err;
}
