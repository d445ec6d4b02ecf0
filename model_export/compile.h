/* SPDX-License-Identifier: BSD-2-Clause */
/* An ensemble becomes the kernel's tables: every tree complete, thresholds integer, leaves and weights fixed point. */
#ifndef COMPILE_H
#define COMPILE_H

#include "ensemble.h"
#include "forest_file.h"
#include "model.h"
#include "quantise.h"

/*
 * XGBoost goes left when x < threshold in float32. For the integers 0..FEATURE_MAX that is x < cut; 0: never, above
 * FEATURE_MAX: always. Returns 0, or -EINVAL for a NaN or an infinity.
 */
int cut_from_threshold(float threshold, __u32 *cut);

/* True for trees that are too many or too deep for the kernel's tables: the agent alone walks them. */
bool ensemble_is_forest(const struct ensemble *e);

/* What tables, or else a forest, hold at most. Returns 0 or -EINVAL. */
int ensemble_check(const struct ensemble *e, struct refusal *why);

/*
 * Splits that send all values from 0 to FEATURE_MAX one way: in training they told missing values from others. Where
 * none is ever missing they stay what they are, a way on. *tree and *node are set to the first when there is one.
 */
int ensemble_one_way_splits(const struct ensemble *e, int *tree, int *node);

/*
 * Fills a zeroed model, all but its id, policy and classes. The ensemble has passed ensemble_check(). `leaf_cover`: NULL, or
 * MODEL_CELLS zeroes, which get the leaves' covers; a leaf that is repeated has its cover once.
 */
void model_compile(const struct ensemble *e, const struct quantiser *q, struct model *m, float *leaf_cover);

/* The trees of an ensemble that is one, for forest_free(); NULL: no memory. */
struct forest *forest_compile(const struct ensemble *e, const struct quantiser *q);

#endif
