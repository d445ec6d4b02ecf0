/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A model as C, to be read: a function for each tree, features by name, the leaves as they are in the tables. What it
 * compiles to scores like the walk, to the integer. No packet goes that way; the bench takes it for what native code can do.
 */
#ifndef MODEL_C_H
#define MODEL_C_H

#include <stdio.h>
#include "model.h"

/*
 * The text defines `int64_t score(const uint32_t *x)` over the features in their order, and for several classes
 * `uint32_t class_of_score(const uint32_t *x)`. Errors of writing show in ferror().
 */
void model_c_write(FILE *out, const struct model *m);

#endif
