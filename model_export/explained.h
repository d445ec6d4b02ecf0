/* SPDX-License-Identifier: BSD-2-Clause */
/* The contributions of the compiled trees against libxgboost's pred_contribs, over some of the rows. */
#ifndef EXPLAINED_H
#define EXPLAINED_H

#include "contributions.h"
#include "dataset.h"
#include "quantise.h"
#include "reference.h"

#define EXPLAINED_ROWS 128
#define EXPLAINED_ROWS_FOREST 8 /* whose exact contributions take long */

struct explained {
	size_t rows;
	double tolerance; /* proven for contributions by path, for any input: rounded leaves, and floats on libxgboost's side */
	double difference[CONTRIBUTION_METHODS]; /* the largest, of any feature and class */
};

/* What contributions by path may be apart. */
double explained_tolerance(const struct ensemble *e, const struct quantiser *q, const struct features *x);

/*
 * Returns 0, or a negative errno with a reason: contributions by path are farther apart than that. Those of the exact
 * method are only measured, for nothing is proven of libxgboost's floats there.
 */
int explained_compare(const struct reference *r, const struct ensemble *e, const struct quantiser *q,
		      const struct model_means *means, const struct dataset *data, struct explained *out,
		      struct refusal *why);

#endif
