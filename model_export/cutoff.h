/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the verdicts begin: thresholds on the margin. Each lies where it is wanted, or in the middle of the gap between the
 * observed margins around that when the middle is higher: rounding then moves no row across. Never lower: what was observed
 * below the wanted margin must not be dropped, and what may come there neither.
 */
#ifndef CUTOFF_H
#define CUTOFF_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

enum cutoff_id { CUTOFF_LOG, CUTOFF_DROP, CUTOFF_COUNT };

extern const char *const cutoff_names[CUTOFF_COUNT];

struct cutoff {
	double wanted;
	double below, above; /* the nearest observed margins: the largest < wanted, the least >= wanted; may be infinite */
	double margin;	     /* what it became: never below the wanted one */
	__s32 score;	     /* score >= this is the same as score / 2^shift >= margin */
};

/* `margin` holds what was observed, in rising order. */
void cutoff_place(double wanted, const double *margin, size_t count, unsigned int shift, struct cutoff *out);

/* Sorts for cutoff_place(). */
void margins_sort(double *margin, size_t count);

/* For a person: what probability a margin means, and back. */
double sigmoid(double margin);
double logit(double probability);

#endif
