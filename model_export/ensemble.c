// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>
#include "ensemble.h"
#include "ensemble_parts.h"
#include "feature_names.h"
#include "saved_json.h"

#define COLUMNS_MAX 4096 /* far beyond FEATURE_COUNT; keeps a damaged file from asking for memory */

const char *const booster_names[] = {
	[BOOSTER_GBTREE] = "gbtree",
	[BOOSTER_DART] = "dart",
	[BOOSTER_GBLINEAR] = "gblinear",
};

_Static_assert(sizeof(booster_names) / sizeof(*booster_names) == BOOSTER_COUNT, "a name for each");

static int column_name_resolve(const struct ensemble *e, int column, const char *name, struct refusal *why)
{
	int id = name ? feature_find(name) : -ENOENT;

	if (id < 0)
		return refusal_set(why,
				  "feature '%.60s' (column %d) is none of this build's %d; leave that column out and "
				  "train again",
				  name ? name : "", column, FEATURE_COUNT);
	for (int i = 0; i < column; i++)
		if (e->column_feature[i] == id)
			return refusal_set(why, "feature '%.60s' stands in columns %d and %d", name, i, column);
	e->column_feature[column] = id;
	return 0;
}

/* Without names XGBoost's own are f0, f1, ... */
static bool names_are_numbers(const json_t *names)
{
	char number[32];

	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));

		snprintf(number, sizeof(number), "f%zu", i);
		if (!name || strcmp(name, number))
			return false;
	}
	return true;
}

static int columns_read(const json_t *learner, struct ensemble *e, struct refusal *why)
{
	const json_t *names = json_object_get(learner, "feature_names");
	int err = 0;

	e->column_count = parameter_of(json_object_get(learner, "learner_model_param"), "num_feature", 0);
	if (e->column_count < 1 || e->column_count > COLUMNS_MAX)
		return refusal_set(why, "num_feature is %d; 1 to %d are possible", e->column_count, COLUMNS_MAX);
	e->column_feature = calloc(e->column_count, sizeof(*e->column_feature));
	if (!e->column_feature)
		return -ENOMEM;
	e->columns_named = !names_are_numbers(names);
	if (e->columns_named && (int)json_array_size(names) != e->column_count)
		return refusal_set(why, "%zu feature names for %d columns", json_array_size(names), e->column_count);
	if (!e->columns_named && e->column_count != FEATURES_FIRST_COUNT && e->column_count != FEATURE_COUNT)
		return refusal_set(why,
				  "no feature names, and %d columns where this build has %d features, or %d of the first "
				  "list; name the columns and train again",
				  e->column_count, FEATURE_COUNT, FEATURES_FIRST_COUNT);
	for (int i = 0; !err && i < e->column_count; i++) {
		if (e->columns_named)
			err = column_name_resolve(e, i, json_string_value(json_array_get(names, i)), why);
		else
			e->column_feature[i] = i;
	}
	return err;
}

static int booster_read(const json_t *learner, struct ensemble *e, struct refusal *why)
{
	const json_t *booster = json_object_get(learner, "gradient_booster");
	const char *name = string_of(booster, "name");

	for (int b = 0; b < BOOSTER_COUNT; b++)
		if (!strcmp(name, booster_names[b])) {
			e->booster = b;
			return b == BOOSTER_GBLINEAR ? weights_read(booster, e, why) : trees_read(booster, e, why);
		}
	return refusal_set(why, "booster '%.60s'; supported are gbtree, dart and gblinear", name);
}

int ensemble_read(const json_t *json, struct ensemble *out, struct refusal *why)
{
	const json_t *learner = json_object_get(json, "learner");
	const json_t *version = json_object_get(json, "version");
	struct ensemble e = { 0 };
	int err;

	if (!json_is_object(learner))
		return refusal_set(why, "no 'learner' in it: not a model that XGBoost saved");
	for (int i = 0; i < 3; i++)
		e.version[i] = json_integer_value(json_array_get(version, i));
	e.best_iteration = parameter_of(json_object_get(learner, "attributes"), "best_iteration", -1);
	err = objective_read(learner, &e, why);
	err = err ?: columns_read(learner, &e, why);
	err = err ?: booster_read(learner, &e, why);
	err = err ?: base_read(learner, &e, why);
	if (err) {
		ensemble_free(&e);
		return err;
	}
	*out = e;
	return 0;
}

void ensemble_free(struct ensemble *e)
{
	for (int i = 0; i < e->tree_count; i++)
		free(e->tree[i].node);
	free(e->tree);
	free(e->weight);
	free(e->column_feature);
	*e = (struct ensemble){ 0 };
}

void ensemble_features_used(const struct ensemble *e, bool used[FEATURE_COUNT])
{
	memset(used, 0, FEATURE_COUNT * sizeof(*used));
	for (int t = 0; t < e->tree_count; t++)
		for (int i = 0; i < e->tree[t].count; i++)
			if (e->tree[t].node[i].reached && e->tree[t].node[i].left != -1)
				used[e->column_feature[e->tree[t].node[i].feature]] = true;
	for (int i = 0; e->weight && i < e->column_count * e->class_count; i++)
		used[e->column_feature[i / e->class_count]] |= e->weight[i] != 0;
}
