// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include "quantise.h"

#define SCORE_MAX 0x7ffffffe /* one below the largest s32: a threshold can be above every score */
#define FLOAT_UNIT 0x1p-24   /* the largest relative error of one float32 operation */
#define BASE_UNITS 4	     /* of them between two evaluations of the base margin: division, log, each twice */

__s64 score_from_margin(double margin, unsigned int shift)
{
	return llround(ldexp(margin, shift));
}

double margin_from_score(__s64 score, unsigned int shift)
{
	return ldexp(score, -(int)shift);
}

/* A tree's leaves: their range, and the farthest that rounding moves one. */
struct leaves {
	double low, high, rounding;
};

static struct leaves leaves_of(const struct tree *t, unsigned int shift)
{
	struct leaves l = { .low = INFINITY, .high = -INFINITY };

	for (int i = 0; i < t->count; i++) {
		const struct tree_node *n = &t->node[i];

		if (!n->reached || n->left != -1)
			continue;
		l.low = fmin(l.low, n->value);
		l.high = fmax(l.high, n->value);
		l.rounding = fmax(l.rounding, fabs(margin_from_score(score_from_margin(n->value, shift), shift) -
						   n->value));
	}
	return l;
}

/*
 * Fills all fields for this shift. Returns false when a leaf, the base or the score of some input may not fit. Doubles
 * hold all of this exactly but the sums of floats, whose error is far below that of the term added for it.
 */
static bool quantiser_try(const struct ensemble *e, unsigned int shift, struct quantiser *q)
{
	double base = e->base_margin, magnitude = fabs(base), n = e->tree_count + 1;
	double least = score_from_margin(base, shift), most = least;
	bool fits = fabs(least) <= SCORE_MAX;

	*q = (struct quantiser){ .shift = shift, .low = base, .high = base };
	q->rounding = fabs(margin_from_score(least, shift) - base);
	for (int t = 0; t < e->tree_count; t++) {
		struct leaves l = leaves_of(&e->tree[t], shift);
		double largest = fmax(fabs(l.low), fabs(l.high));

		fits = fits && ldexp(largest, shift) <= SCORE_MAX;
		least += score_from_margin(l.low, shift);
		most += score_from_margin(l.high, shift);
		q->low += l.low;
		q->high += l.high;
		q->rounding += l.rounding;
		magnitude += largest;
	}
	/* Higham, Accuracy and Stability of Numerical Algorithms, 4.2: n u / (1 - n u) times the sum of magnitudes */
	q->summation = n * FLOAT_UNIT / (1 - n * FLOAT_UNIT) * magnitude + BASE_UNITS * FLOAT_UNIT * (fabs(base) + 1);
	q->bound = (q->rounding + q->summation) * (1 + 1e-9);
	return fits && least >= -SCORE_MAX && most <= SCORE_MAX;
}

int quantiser_choose(const struct ensemble *e, struct quantiser *out, struct refusal *why)
{
	struct quantiser q;

	for (int shift = QUANTISE_SHIFT_MAX; shift >= 0; shift--)
		if (quantiser_try(e, shift, &q)) {
			*out = q;
			return 0;
		}
	return refusal_set(why, "margins may reach %.3g to %.3g, which no 32-bit score holds; train with larger lambda",
			  q.low, q.high);
}
