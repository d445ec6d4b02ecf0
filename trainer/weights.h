/* SPDX-License-Identifier: BSD-2-Clause */
/* How much a row counts in training. */
#ifndef WEIGHTS_H
#define WEIGHTS_H

#include "flows.h"

/*
 * Fills weight[rows] for the rows of `part`, others get 0. A group (one kind in one file) of n flows weighs sqrt(n), so
 * that a flood does not drown the rest; its flows weigh the same, and a flow's rows share its weight. Both classes
 * weigh the same in all, and the mean weight is 1. Returns 0 or -ENOMEM.
 */
int weights_from_flows(float *weight, const struct dataset *data, const struct flow_table *table, enum part part);

#endif
