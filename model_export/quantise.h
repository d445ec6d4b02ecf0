/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Margins as integers: score = margin * 2^shift, each leaf rounded to the nearest. The shift is the largest at which no
 * input at all can push a score out of 32 bits; how far a score can be from libxgboost's margin is proven here.
 */
#ifndef QUANTISE_H
#define QUANTISE_H

#include "ensemble.h"

#define QUANTISE_SHIFT_MAX 30

struct quantiser {
	unsigned int shift;
	double low, high; /* between these are the margins of all possible inputs */
	double rounding;  /* what rounding the leaves and the base can amount to */
	double summation; /* what float32 sums can amount to in any order, on libxgboost's side */
	double bound;	  /* |score / 2^shift - margin of libxgboost| is at most this */
};

__s64 score_from_margin(double margin, unsigned int shift);
double margin_from_score(__s64 score, unsigned int shift);

/* Returns 0, or -EINVAL when the leaves are too large for any shift. */
int quantiser_choose(const struct ensemble *e, struct quantiser *out, struct refusal *why);

#endif
