// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ensemble.h"
#include "feature_names.h"

#define COLUMNS_MAX 4096 /* far beyond FEATURE_COUNT; keeps a damaged file from asking for memory */

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* XGBoost writes its parameters as strings. Returns `otherwise` where there is no such key. */
static long parameter_of(const json_t *object, const char *key, long otherwise)
{
	const char *text = string_of(object, key);
	char *end;
	long v = strtol(text, &end, 10);

	return end == text || *end ? otherwise : v;
}

static int objective_read(const json_t *learner, struct ensemble *e, struct refusal *why)
{
	/* The sigmoid that some of them end in is not needed: verdicts compare margins. */
	static const char *const known[] = { "binary:logistic", "binary:logitraw", "reg:logistic" };
	const json_t *param = json_object_get(learner, "learner_model_param");
	const char *name = string_of(json_object_get(learner, "objective"), "name");
	long classes = parameter_of(param, "num_class", 0), targets = parameter_of(param, "num_target", 1);
	bool found = false;

	if (strstr(name, "multi:") == name || classes > 1)
		return refusal_set(why,
				  "a multi-class model (%s, %ld classes); this build serves two classes, train with "
				  "binary:logistic",
				  name, classes);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		found |= !strcmp(name, known[i]);
	if (!found)
		return refusal_set(why, "objective '%.60s'; supported are %s, %s and %s", name, known[0], known[1],
				  known[2]);
	if (targets > 1)
		return refusal_set(why, "a model with %ld targets; one is supported", targets);
	snprintf(e->objective, sizeof(e->objective), "%s", name);
	return 0;
}

/* binary:logitraw has no sigmoid to begin with: its base_score is the margin itself. */
static bool base_is_margin(const struct ensemble *e)
{
	return !strcmp(e->objective, "binary:logitraw");
}

/* "5E-1", or since 3.1 "[5E-1]" */
static int base_read(const json_t *learner, struct ensemble *e, struct refusal *why)
{
	const char *text = string_of(json_object_get(learner, "learner_model_param"), "base_score");
	const char *p = text;
	char *end;

	e->base_is_vector = *p == '[';
	p += e->base_is_vector;
	e->base_score = strtof(p, &end);
	if (end == p || strcmp(end, e->base_is_vector ? "]" : "") || !isfinite(e->base_score))
		return refusal_set(why, "base_score '%.60s'; one number is needed", text);
	if (base_is_margin(e)) {
		e->base_margin = e->base_score;
		return 0;
	}
	if (!(e->base_score > 0) || !(e->base_score < 1))
		return refusal_set(why, "base_score '%.60s'; %s needs a probability between 0 and 1", text, e->objective);
	e->base_margin = -logf(1.0f / e->base_score - 1.0f);
	return 0;
}

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
	if (!e->columns_named && e->column_count != FEATURE_COUNT)
		return refusal_set(why,
				  "no feature names, and %d columns where this build has %d features; name the columns "
				  "and train again",
				  e->column_count, FEATURE_COUNT);
	for (int i = 0; !err && i < e->column_count; i++) {
		if (e->columns_named)
			err = column_name_resolve(e, i, json_string_value(json_array_get(names, i)), why);
		else
			e->column_feature[i] = i;
	}
	return err;
}

static int trees_read(const json_t *learner, struct ensemble *e, struct refusal *why)
{
	const json_t *booster = json_object_get(learner, "gradient_booster");
	const json_t *model = json_object_get(booster, "model"), *trees = json_object_get(model, "trees");
	const json_t *param = json_object_get(model, "gbtree_model_param");
	const char *name = string_of(booster, "name");
	int err = 0;

	if (strcmp(name, "gbtree"))
		return refusal_set(why, "booster '%.60s'; gbtree is supported", name);
	if (!json_is_array(trees) || !json_array_size(trees))
		return refusal_set(why, "the model has no trees");
	if (parameter_of(param, "num_trees", -1) != (long)json_array_size(trees))
		return refusal_set(why, "num_trees is '%.20s', but there are %zu", string_of(param, "num_trees"),
				  json_array_size(trees));
	if (parameter_of(param, "size_leaf_vector", 0) > 1)
		return refusal_set(why, "leaves hold %ld values; one is supported",
				  parameter_of(param, "size_leaf_vector", 0));
	e->parallel_trees = parameter_of(param, "num_parallel_tree", 1);
	e->tree = calloc(json_array_size(trees), sizeof(*e->tree));
	if (!e->tree)
		return -ENOMEM;
	for (size_t i = 0; !err && i < json_array_size(trees); i++) {
		const json_t *tree = json_array_get(trees, i);
		long values = parameter_of(json_object_get(tree, "tree_param"), "size_leaf_vector", 0);

		if (values > 1)
			return refusal_set(why, "tree %zu: leaves hold %ld values; one is supported", i, values);
		err = tree_read(tree, i, e->column_count, &e->tree[i], why);
		e->tree_count += !err;
	}
	return err;
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
	err = err ?: base_read(learner, &e, why);
	err = err ?: columns_read(learner, &e, why);
	err = err ?: trees_read(learner, &e, why);
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
}
