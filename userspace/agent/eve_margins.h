/* SPDX-License-Identifier: BSD-2-Clause */
/* Scores as margins, the unit of thresholds: what a line says in the model's own integers is said in both. */
#ifndef EVE_MARGINS_H
#define EVE_MARGINS_H

#include <jansson.h>
#include "class_names.h"

/*
 * Beside each score of the line's object "hedgerow", and of the objects in that, puts the margin that it stands for, where
 * the model that is named beside it is known. `line` may be NULL.
 */
void eve_margins_add(json_t *line, const struct class_names *models);

#endif
