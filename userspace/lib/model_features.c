// SPDX-License-Identifier: BSD-2-Clause
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "feature_choice.h"
#include "forest_file.h"
#include "model_features.h"

/* What fills a tree up to the model's depth asks nothing. */
static void questions_add(const struct model *m, bool used[FEATURE_COUNT])
{
	for (__u32 tree = 0; tree < m->group_count * MODEL_LANES; tree++)
		for (__u32 at = 1; at < 1u << m->depth; at++) {
			const struct model_node *n = &m->node[model_cell(m->depth, tree, at)];

			if (n->cut != MODEL_CUT_NEVER && n->feature < FEATURE_COUNT)
				used[n->feature] = true;
		}
}

void model_features_used(const struct model *m, bool used[FEATURE_COUNT])
{
	const struct forest *f = model_forest(m);

	memset(used, 0, FEATURE_COUNT * sizeof(*used));
	questions_add(m, used);
	for (__u32 i = 0; f && i < f->node_count; i++)
		if (f->node[i].feature < FEATURE_COUNT)
			used[f->node[i].feature] = true;
	for (__u32 class = 0; m->kind == MODEL_LINEAR && class < m->class_count; class++)
		for (int id = 0; id < FEATURE_COUNT; id++)
			used[id] |= m->weight[class * FEATURE_SLOTS + id] != 0;
}

int model_features_bound(const struct model *m)
{
	bool used[FEATURE_COUNT];
	struct feature_choice choice;

	model_features_used(m, used);
	choice = feature_choice_of(used);
	return feature_choice_bound(&choice);
}

char *model_feature_unknown(const char *card, size_t length)
{
	json_t *json = json_loadb(card, length, 0, NULL);
	const json_t *names = json_object_get(json_object_get(json, "model"), "features_used");
	char *unknown = NULL;

	for (size_t i = 0; i < json_array_size(names) && !unknown; i++) {
		const char *name = json_string_value(json_array_get(names, i));

		if (name && feature_find(name) < 0)
			unknown = strdup(name);
	}
	json_decref(json);
	return unknown;
}

void model_spares_fill(struct model *m)
{
	bool used[FEATURE_COUNT];

	model_features_used(m, used);
	m->spares = FEATURE_GROUPS_ALL;
	for (int id = 0; id < FEATURE_COUNT; id++)
		if (used[id])
			m->spares &= ~feature_group(id);
}
