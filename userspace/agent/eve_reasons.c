// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include "eve_reasons.h"
#include "feature_names.h"

static json_t *reasons_pack(const struct explanation *x)
{
	enum feature_id order[FEATURE_COUNT];
	int count = contributions_rank(&x->c, order);
	json_t *all = json_array();

	for (int i = 0; i < count && json_array_size(all) < EVE_REASONS; i++)
		if (x->c.feature[order[i]] > 0)
			json_array_append_new(all, json_pack("{s:s, s:I, s:I}", "feature", feature_name(order[i]), "value",
							     (json_int_t)x->x.value[order[i]], "contribution",
							     (json_int_t)llround(ldexp(x->c.feature[order[i]], x->model->scale_shift))));
	return all;
}

static json_t *features_pack(const struct features *x)
{
	json_t *all = json_object();

	for (int i = 0; i < FEATURE_COUNT; i++)
		if (x->value[i])
			json_object_set_new(all, feature_name(i), json_integer(x->value[i]));
	return all;
}

void eve_reasons_add(json_t *line, const struct explanation *x)
{
	json_t *ours = json_object_get(line, "hedgerow");

	if (!ours)
		return;
	json_object_set_new(ours, "reasons", reasons_pack(x));
	json_object_set_new(ours, "vector", json_string(vector_source_names[x->source]));
	json_object_set_new(ours, "features", features_pack(&x->x));
}
