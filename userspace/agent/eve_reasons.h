/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of a verdict's line that says why: the three features that pushed most, and the vector. docs/verdict-log.md */
#ifndef EVE_REASONS_H
#define EVE_REASONS_H

#include <jansson.h>
#include "explainer.h"

#define EVE_REASONS 3

/* Adds to the line's object `hedgerow`. The contributions are in the unit of its score: margins times 2^scale_shift. */
void eve_reasons_add(json_t *line, const struct explanation *x);

#endif
