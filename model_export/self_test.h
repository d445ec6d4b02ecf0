/* SPDX-License-Identifier: BSD-2-Clause */
/* The vectors that a model file carries, for whoever loads it to try the walk on: rows, and values around the cuts. */
#ifndef SELF_TEST_H
#define SELF_TEST_H

#include "dataset.h"
#include "model.h"

#define SELF_TEST_VECTORS 256

/* Fills test[SELF_TEST_VECTORS] from the rows and the model itself, the same ones for the same input. */
void self_test_fill(const struct model *m, const struct dataset *data, struct model_test *test);

#endif
