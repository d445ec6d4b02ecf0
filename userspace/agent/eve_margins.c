// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdlib.h>
#include "eve_margins.h"

static void margin_add(json_t *object, const struct class_names *models)
{
	const char *id = json_string_value(json_object_get(object, "model"));
	json_t *score = json_object_get(object, "score");
	unsigned int shift;

	if (!id || !score || !score_shift_find(models, strtoul(id, NULL, 16), &shift))
		return;
	json_object_set_new(object, "margin", json_real(ldexp(json_integer_value(score), -(int)shift)));
}

void eve_margins_add(json_t *line, const struct class_names *models)
{
	json_t *ours = json_object_get(line, "hedgerow"), *value;
	const char *name;

	margin_add(ours, models);
	json_object_foreach(ours, name, value)
		margin_add(value, models);
}
