/* SPDX-License-Identifier: BSD-2-Clause */
/* The bench's model: 100 trees of depth 6 by our own trainer and exporter, as any other model of ours is made. */
#ifndef TRAINED_H
#define TRAINED_H

#include "stage.h"

/*
 * Plays the lessons, trains, exports and reads the model to s->model and its thresholds to s->policy. Fills `vectors`
 * [VECTORS]. Says on stdout what came of it. Returns 0, or a negative errno after a logged line.
 */
int trained_model_make(struct stage *s, struct features *vectors);

#endif
