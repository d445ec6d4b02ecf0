/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Margins as integers: score = margin * 2^shift, each leaf rounded to the nearest. For trees the shift is the largest at
 * which no input at all can push a score out of 32 bits; how far a score can be from libxgboost's margin is proven here.
 *
 * A linear model multiplies, so its margins may be anything: its sums have more bits, its scores end at the limits of
 * 32 bits, and the proven distance depends on the vector.
 */
#ifndef QUANTISE_H
#define QUANTISE_H

#include "ensemble.h"

#define QUANTISE_SHIFT_MAX 30

struct quantiser {
	unsigned int shift;	  /* of scores */
	unsigned int extra_shift; /* sums have that many bits more */
	double low, high; /* between these are the margins of all possible inputs, of any class */
	double rounding;  /* what rounding the leaves and the base can amount to */
	double summation; /* what float32 sums can amount to in any order, on libxgboost's side */
	double bound;	  /* |sum / 2^(shift + extra_shift) - margin of libxgboost| is at most this, for any input */
};

__s64 score_from_margin(double margin, unsigned int shift);
double margin_from_score(__s64 score, unsigned int shift);

/* The margin as a score can tell it: not beyond its 32 bits. */
double margin_in_range(double margin, unsigned int shift);

/* Returns 0, or -EINVAL when the leaves or weights are too large for any shift. */
int quantiser_choose(const struct ensemble *e, struct quantiser *out, struct refusal *why);

/* The bound for this vector: less than q->bound for a linear model. */
double quantiser_bound(const struct quantiser *q, const struct ensemble *e, const struct features *x);

/* How far a score may be off where each of the margins it is made of may be off by `bound`. */
double quantiser_score_bound(const struct quantiser *q, const struct ensemble *e, double bound);

#endif
