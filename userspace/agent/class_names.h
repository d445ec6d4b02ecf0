/* SPDX-License-Identifier: BSD-2-Clause */
/* What the classes of a model are called, and what its scores stand for: of the one in force, and of those before it, whose events may come late. */
#ifndef CLASS_NAMES_H
#define CLASS_NAMES_H

#include <stdbool.h>
#include "model.h"

/* A class of this model. NULL where it tells only two apart, or is none. */
const char *class_name_of_model(const struct model *m, __u32 class);

/* Starts out zeroed. */
struct class_names {
	struct class_names_of {
		__u32 model_id, count, scale_shift;
		char name[MODEL_CLASSES_MAX][MODEL_CLASS_NAME];
	} of[MODEL_SLOTS];
	unsigned int next; /* place of the oldest */
};

void class_names_learn(struct class_names *names, const struct model *m);

/* NULL where the model is unknown or tells only two classes apart. */
const char *class_name_find(const struct class_names *names, __u32 model_id, __u32 class);

/* A score of that model is its margin × 2^*shift. False where the model is unknown. */
bool score_shift_find(const struct class_names *names, __u32 model_id, unsigned int *shift);

#endif
