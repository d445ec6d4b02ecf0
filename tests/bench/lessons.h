/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the bench's model learns from: its own lives and floods, played through the datapath and recorded as scored
 * vectors, labelled by who sent them.
 */
#ifndef LESSONS_H
#define LESSONS_H

#include "stage.h"
#include "vectors.h"

/*
 * Plays all lessons and writes rows.csv and labels.csv to `dir`. Fills `vectors` [VECTORS] with a sample of the rows.
 * Returns 0, or a negative errno after a logged line.
 */
int lessons_record(struct stage *s, const char *dir, struct features *vectors);

#endif
