/* SPDX-License-Identifier: BSD-2-Clause */
/* What the classes of a model are called and what may be done to their flows: XGBoost knows only their numbers. */
#ifndef CLASSES_H
#define CLASSES_H

#include "model.h"
#include "refusal.h"

/*
 * Fills class_name and class_role of a model of several classes. `text` is "honest=pass,scan=drop,odd=log", a name for
 * each class in their order; without a role the first may pass and the others are dropped. NULL: class0, class1, ...
 * Of a model of one class everything stays 0. Returns 0 or -EINVAL.
 */
int classes_set(struct model *m, const char *text, struct refusal *why);

#endif
