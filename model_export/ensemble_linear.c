// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdlib.h>
#include "ensemble_parts.h"

int weights_read(const json_t *booster, struct ensemble *e, struct refusal *why)
{
	const json_t *weights = json_object_get(json_object_get(booster, "model"), "weights");
	size_t count = (size_t)(e->column_count + 1) * e->class_count;

	if (json_array_size(weights) != count)
		return refusal_set(why, "%zu weights for %d columns and %d class%s; %zu are needed", json_array_size(weights),
				  e->column_count, e->class_count, e->class_count == 1 ? "" : "es", count);
	e->weight = calloc(count, sizeof(*e->weight));
	if (!e->weight)
		return -ENOMEM;
	e->parallel_trees = 1;
	for (size_t i = 0; i < count; i++) {
		const json_t *number = json_array_get(weights, i);

		e->weight[i] = json_number_value(number);
		if (!json_is_number(number) || !isfinite(e->weight[i]))
			return refusal_set(why, "weight %zu is no finite number", i);
	}
	return 0;
}
