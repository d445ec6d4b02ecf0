/* SPDX-License-Identifier: BSD-2-Clause */
/* What it costs to load a list, beside bare batches of updates. */
#ifndef LIST_LOADS_H
#define LIST_LOADS_H

#include "stage.h"

/*
 * Prints entries a second of lists that are read from a file and put in force as `hedgerow block load --replace` does, and
 * of the same entries put into a table of the same kind by batches alone. Returns 0, or a negative errno after a logged
 * line. `only`: as for the rows.
 */
int list_loads_measure(struct stage *s, const char *only);

#endif
