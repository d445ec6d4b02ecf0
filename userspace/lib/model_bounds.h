/* SPDX-License-Identifier: BSD-2-Clause */
/* What the trees still to come can add: so that a walk may end once the verdict is decided. */
#ifndef MODEL_BOUNDS_H
#define MODEL_BOUNDS_H

#include "model.h"

/* Fills rest_low, rest_high and bounded from the leaves. Models that have no early end are left as they are. */
void model_bounds_fill(struct model *m);

/* Adds the least and the largest leaf of a tree of the tables. */
void model_tree_add(const struct model *m, __u32 tree, __s64 *low, __s64 *high);

#endif
