/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Features that tell the classes apart all by themselves. More often than a lesson that is a leak: the feature says how the
 * traffic was made or labelled, and the model will know nothing else.
 */
#ifndef LEAKS_H
#define LEAKS_H

#include "dataset.h"
#include "feature_choice.h"

#define LEAK_AUC .999 /* area under the ROC curve of one feature, in its better direction, from which on it is told */

struct leaks {
	int count;
	int feature[FEATURE_COUNT];
	double auc[FEATURE_COUNT];
};

/* Over the rows, or every nth where there are very many. Returns 0 or -ENOMEM. */
int leaks_find(struct leaks *out, const struct dataset *data, const struct feature_choice *columns);

#endif
