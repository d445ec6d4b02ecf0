/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Default directions. Features are never missing here; but a model that was trained with missing=0 sends a 0 where its
 * training sent what was missing. Questions that the tables can ask say the same: a split is moved, or asked in two steps.
 */
#ifndef MISSING_H
#define MISSING_H

#include "ensemble.h"

/*
 * What --missing names: NaN, and any number that no feature ever is, changes nothing. 0 rewrites the trees. Returns 0, or
 * -EINVAL: another number, or a tree that becomes too deep.
 */
int ensemble_take_missing(struct ensemble *e, double missing, struct refusal *why);

#endif
