/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trees of a model asked of many rows at once, for whoever has many: no walk, but for each question of a tree the
 * leaves that it rules out, sixteen rows side by side. What is left of a tree's leaves has the row's at its end
 * (QuickScorer, Lucchese et al. 2015). The scores are model_score()'s, to the integer.
 */
#ifndef MODEL_ROWS_H
#define MODEL_ROWS_H

#include <stdint.h>
#include "model.h"

#define MODEL_ROWS 16

struct model_rows;

/*
 * NULL when the model is not of the kind (trees of one class, at most 64 leaves each), the processor lacks AVX2, or
 * there is no memory: walk the trees then. The model has to outlast it. model_rows_free() frees it and takes NULL.
 */
struct model_rows *model_rows_make(const struct model *m);
void model_rows_free(struct model_rows *r);

#define MODEL_ROWS_EXACT INT64_MIN /* as `enough` */

/*
 * The scores of the first `count` rows, at least one and at most MODEL_ROWS. When it shows that none of them comes to
 * `enough`, they are only the most that they can be, which is less than that.
 */
void model_rows_score(const struct model_rows *r, const struct features *x, unsigned int count, __s64 enough,
		      __s64 *score);

#endif
