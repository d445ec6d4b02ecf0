/* SPDX-License-Identifier: BSD-2-Clause */
/* Measures a row: the bare return, the floor and the program under test in turn, over the same packets. */
#ifndef MEASURE_H
#define MEASURE_H

#include "rows.h"

struct figures {
	double bare, floor, subject; /* ns a packet, the best of all repetitions */
	int repetitions;
};

/* Returns 0, -ENOENT for a row to be skipped, or a negative errno after a logged line that says what was wrong. */
int row_measure(struct stage *s, const struct bench_row *row, struct figures *out);

#endif
