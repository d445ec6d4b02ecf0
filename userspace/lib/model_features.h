/* SPDX-License-Identifier: BSD-2-Clause */
/* Which features a model asks for: what it is bound to, and what need not be built for it. */
#ifndef MODEL_FEATURES_H
#define MODEL_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include "model.h"

/* Sets used[id] for each feature that a question or a weight of the model names. */
void model_features_used(const struct model *m, bool used[FEATURE_COUNT]);

/* How much of the list of features a model is bound to: all up to the last one that it uses, at least the first list. */
int model_features_bound(const struct model *m);

/* The first feature that a model's card names and this build does not have; malloc'ed, NULL: none, or no such card. */
char *model_feature_unknown(const char *card, size_t length);

/* Sets m->spares: the groups of features that it asks nothing of. */
void model_spares_fill(struct model *m);

#endif
