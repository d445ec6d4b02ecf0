/* SPDX-License-Identifier: BSD-2-Clause */
/* libxgboost on one row at a time, in place, by one thread: what scoring costs outside the kernel without any compiling. */
#ifndef XGBOOST_ROW_H
#define XGBOOST_ROW_H

#include "captures.h"

/* Trains 100 trees of depth 6 on the labelled vectors, all else as libxgboost has it by itself. 0 or -errno, logged. */
int xgboost_train(const struct vectors *v, const char *model_json);

/* Predicts `count` vectors one by one. *ns: CPU time of one. Returns 0, or -errno after a logged line. */
int xgboost_rows_measure(const char *model_json, const struct features *x, size_t count, double *ns);

#endif
