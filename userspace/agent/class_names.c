// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>
#include "class_names.h"

const char *class_name_of_model(const struct model *m, __u32 class)
{
	return m && m->class_count > 1 && class < m->class_count ? m->class_name[class] : NULL;
}

static const struct class_names_of *names_find(const struct class_names *names, __u32 model_id)
{
	for (int i = 0; model_id && i < MODEL_SLOTS; i++)
		if (names->of[i].model_id == model_id)
			return &names->of[i];
	return NULL;
}

void class_names_learn(struct class_names *names, const struct model *m)
{
	struct class_names_of *of = &names->of[names->next];

	if (names_find(names, m->id))
		return;
	of->model_id = m->id;
	of->count = m->class_count;
	of->scale_shift = m->scale_shift;
	memcpy(of->name, m->class_name, sizeof(of->name));
	names->next = (names->next + 1) % MODEL_SLOTS;
}

const char *class_name_find(const struct class_names *names, __u32 model_id, __u32 class)
{
	const struct class_names_of *of = names_find(names, model_id);

	return of && of->count > 1 && class < of->count ? of->name[class] : NULL;
}

bool score_shift_find(const struct class_names *names, __u32 model_id, unsigned int *shift)
{
	const struct class_names_of *of = names_find(names, model_id);

	if (of)
		*shift = of->scale_shift;
	return of;
}
