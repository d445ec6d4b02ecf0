/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a model drops anything at all: for whoever puts one in force and then waits for drops. */
#ifndef MODEL_REACH_H
#define MODEL_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include "model.h"

/* A score that no input's is above: what the largest leaves of all trees add up to. One of a forest needs its trees at hand. */
__s64 model_highest(const struct model *m);

/* True when no input at all is dropped at the model's own threshold. False where that cannot be told. */
bool model_never_drops(const struct model *m);

#define MODEL_REACH_SIZE 160

/*
 * Writes what is to be said of a model that drops nothing: "never drops by its own threshold, which is above the margin of every
 * input, 1.5 at most", or "drops none of the 40 rows that it was exported with, ..."; else "". `card`: of the model's file,
 * may be NULL. Returns `text`.
 */
const char *model_reach_print(const struct model *m, const char *card, char text[MODEL_REACH_SIZE]);

#endif
