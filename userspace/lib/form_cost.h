/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a model's two forms cost over some vectors, reckoned and not measured: the same vectors give the same answer on
 * every machine, with no kernel at hand. docs/model-forms.md says how well that fits.
 */
#ifndef FORM_COST_H
#define FORM_COST_H

#include <stddef.h>
#include "model.h"

struct form_cost {
	const struct model *model;
	unsigned char *habit; /* of each question: 0 and 1 foresee "not below", 2 and 3 "below" */
	double asked, missed; /* questions by jumps, and those that went against the habit */
	double pairs;	      /* questions between two leaves, by arithmetic */
	size_t vectors;
};

/* Trees that tell two classes apart are all that has a code form. */
static inline int model_may_be_code(const struct model *m)
{
	return m->kind == MODEL_TREES && m->class_count == 1;
}

/* Returns 0 or -ENOMEM; close in either case. Vectors are added in the order in which they come. */
int form_cost_open(struct form_cost *cost, const struct model *m);
void form_cost_add(struct form_cost *cost, const struct features *x);
void form_cost_close(struct form_cost *cost);

/* In ns on the machine of docs/model-forms.md: what matters is which of them is less. */
double form_cost_code(const struct form_cost *cost);
double form_cost_table(const struct form_cost *cost);

#endif
