/* SPDX-License-Identifier: BSD-2-Clause */
/* What ensemble_read() consists of: one part of XGBoost's JSON each. All fill *e and return 0 or a negative errno. */
#ifndef ENSEMBLE_PARTS_H
#define ENSEMBLE_PARTS_H

#include "ensemble.h"

/* The objective, and how many classes it tells apart. */
int objective_read(const json_t *learner, struct ensemble *e, struct refusal *why);

/* The base score of each class, and what it is as a margin. Booster and objective are known. */
int base_read(const json_t *learner, struct ensemble *e, struct refusal *why);

/* Trees with their classes and weights, of gbtree and dart. */
int trees_read(const json_t *booster, struct ensemble *e, struct refusal *why);

/* The weights of gblinear. */
int weights_read(const json_t *booster, struct ensemble *e, struct refusal *why);

#endif
