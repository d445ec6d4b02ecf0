/* SPDX-License-Identifier: BSD-2-Clause */
/* The model card: what a model is, where it came from and what was proven of it, as JSON inside the model file. */
#ifndef CARD_H
#define CARD_H

#include "dataset.h"
#include "explained.h"
#include "form_choice.h"
#include "kernel_walk.h"
#include "model_source.h"
#include "parity.h"

/* All that is known when a model has passed. Pointers that may be NULL say so. */
struct card_facts {
	const char *source_path;
	const struct model_source *source;
	const struct ensemble *ensemble;
	const struct quantiser *quantiser;
	const struct model *model;
	const struct cutoff *cutoff; /* [CUTOFF_COUNT] */
	const struct dataset *data;
	const struct parity_result *parity;
	const struct parity_result *saved; /* NULL: no margins of the saving version were given */
	const json_t *report;		   /* NULL: none was given */
	size_t flips_allowed;
	const struct kernel_walk *kernel;
	const struct form_choice *form;
	const struct explained *explained;
};

/* Text to be freed, or NULL when there is no memory. */
char *card_write(const struct card_facts *facts);

#endif
