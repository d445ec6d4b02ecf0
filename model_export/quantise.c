// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include "quantise.h"

#define FLOAT_UNIT 0x1p-24   /* the largest relative error of one float32 operation */
#define BASE_UNITS 4	     /* of them between two evaluations of the base margin: division, log, each twice */
#define DART_UNITS 4	     /* for each tree of dart: its leaf on top of the base, the base off again, the weight */
#define LINEAR_SHIFT 20	     /* scores tell margins up to 2047 apart by a millionth */
#define LINEAR_EXTRA_MAX 20
#define SUM_MAX 0x1p61

__s64 score_from_margin(double margin, unsigned int shift)
{
	return llround(ldexp(margin, shift));
}

double margin_from_score(__s64 score, unsigned int shift)
{
	return ldexp(score, -(int)shift);
}

double margin_in_range(double margin, unsigned int shift)
{
	double most = margin_from_score(MODEL_SCORE_MAX, shift);

	return fmax(-most, fmin(margin, most));
}

/*
 * The worst error of a float32 sum of n terms, in any order, each of them a product or not.
 * Higham, Accuracy and Stability of Numerical Algorithms, 4.2: n u / (1 - n u) times the sum of magnitudes.
 */
static double summation_bound(double n, double magnitude)
{
	return n * FLOAT_UNIT / (1 - n * FLOAT_UNIT) * magnitude;
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
		double margin = tree_leaf_margin(t, n);

		if (!n->reached || n->left != -1)
			continue;
		l.low = fmin(l.low, margin);
		l.high = fmax(l.high, margin);
		l.rounding = fmax(l.rounding,
				  fabs(margin_from_score(score_from_margin(margin, shift), shift) - margin));
	}
	return l;
}

/*
 * Fills all fields for this shift and one class. Returns false when a leaf, the base or the score of some input may not
 * fit. Doubles hold all of this exactly but the sums of floats, whose error is far below that of the term added for it.
 */
static bool trees_try(const struct ensemble *e, int class, unsigned int shift, struct quantiser *q)
{
	double base = e->base_margin[class], magnitude = fabs(base), n = 1;
	double least = score_from_margin(base, shift), most = least, dart = 0;
	bool fits = fabs(least) <= MODEL_SCORE_MAX;

	*q = (struct quantiser){ .shift = shift, .low = base, .high = base };
	q->rounding = fabs(margin_from_score(least, shift) - base);
	for (int t = 0; t < e->tree_count; t++) {
		struct leaves l;
		double largest;

		if (e->tree[t].class != class)
			continue;
		l = leaves_of(&e->tree[t], shift);
		largest = fmax(fabs(l.low), fabs(l.high));
		fits = fits && ldexp(largest, shift) <= MODEL_SCORE_MAX;
		least += score_from_margin(l.low, shift);
		most += score_from_margin(l.high, shift);
		q->low += l.low;
		q->high += l.high;
		q->rounding += l.rounding;
		magnitude += largest;
		dart += largest + fabs(e->tree[t].weight * base);
		n++;
	}
	q->summation = summation_bound(n, magnitude) + BASE_UNITS * FLOAT_UNIT * (fabs(base) + 1);
	if (e->booster == BOOSTER_DART)
		q->summation += DART_UNITS * FLOAT_UNIT * dart;
	q->bound = (q->rounding + q->summation) * (1 + 1e-9);
	return fits && least >= -MODEL_SCORE_MAX && most <= MODEL_SCORE_MAX;
}

/* What is true of several classes: the widest range, the worst bound. */
static void quantiser_widen(struct quantiser *all, const struct quantiser *q)
{
	all->low = fmin(all->low, q->low);
	all->high = fmax(all->high, q->high);
	all->rounding = fmax(all->rounding, q->rounding);
	all->summation = fmax(all->summation, q->summation);
	all->bound = fmax(all->bound, q->bound);
}

/* Of several classes the score is the difference of two margins, which has to fit too. */
static bool quantiser_try(const struct ensemble *e, unsigned int shift, struct quantiser *out)
{
	bool fits = trees_try(e, 0, shift, out);

	for (int c = 1; c < e->class_count; c++) {
		struct quantiser q;

		fits = trees_try(e, c, shift, &q) && fits;
		quantiser_widen(out, &q);
	}
	return fits && (e->class_count == 1 || ldexp(out->high - out->low, shift) <= MODEL_SCORE_MAX - e->tree_count);
}

static double weight_of(const struct ensemble *e, int column, int class)
{
	return e->weight[column * e->class_count + class];
}

/* One class of a linear model over the values `x`, or at its worst where x is NULL. */
static struct quantiser linear_bounds(const struct ensemble *e, int class, const struct features *x,
				      const struct quantiser *shifts)
{
	struct quantiser q = *shifts;
	double constant = e->base_margin[class] + weight_of(e, e->column_count, class), values = 0;
	double magnitude = fabs(e->base_margin[class]) + fabs(weight_of(e, e->column_count, class));

	q.low = q.high = constant;
	for (int i = 0; i < e->column_count; i++) {
		double value = x ? x->value[e->column_feature[i]] : FEATURE_MAX;
		double product = value * weight_of(e, i, class);

		q.low += fmin(product, 0);
		q.high += fmax(product, 0);
		magnitude += fabs(product);
		values += value;
	}
	q.rounding = ldexp(values + 1, -(int)(q.shift + q.extra_shift) - 1);
	q.summation = summation_bound(e->column_count + 3, magnitude) +
		      BASE_UNITS * FLOAT_UNIT * (fabs(e->base_margin[class]) + 1);
	q.bound = (q.rounding + q.summation) * (1 + 1e-9);
	return q;
}

/* All classes of it. */
static struct quantiser linear_bounds_all(const struct ensemble *e, const struct features *x,
					  const struct quantiser *shifts)
{
	struct quantiser all = linear_bounds(e, 0, x, shifts);

	for (int c = 1; c < e->class_count; c++) {
		struct quantiser q = linear_bounds(e, c, x, shifts);

		quantiser_widen(&all, &q);
	}
	return all;
}

/* As many more bits for the sums as fit into 64. */
static int linear_choose(const struct ensemble *e, struct quantiser *out, struct refusal *why)
{
	struct quantiser q = { .shift = LINEAR_SHIFT, .extra_shift = LINEAR_EXTRA_MAX };
	double most;

	q = linear_bounds_all(e, NULL, &q);
	most = fmax(fabs(q.low), fabs(q.high));
	while (q.extra_shift && ldexp(most, q.shift + q.extra_shift) > SUM_MAX)
		q.extra_shift--;
	if (!(ldexp(most, q.shift + q.extra_shift) <= SUM_MAX))
		return refusal_set(why, "weights of margins up to %.3g, which no 64-bit sum holds; train with larger lambda",
				  most);
	*out = linear_bounds_all(e, NULL, &q);
	return 0;
}

int quantiser_choose(const struct ensemble *e, struct quantiser *out, struct refusal *why)
{
	struct quantiser q;

	if (e->booster == BOOSTER_GBLINEAR)
		return linear_choose(e, out, why);
	for (int shift = QUANTISE_SHIFT_MAX; shift >= 0; shift--)
		if (quantiser_try(e, shift, &q)) {
			*out = q;
			return 0;
		}
	return refusal_set(why, "margins may reach %.3g to %.3g, which no 32-bit score holds; train with larger lambda",
			  q.low, q.high);
}

double quantiser_bound(const struct quantiser *q, const struct ensemble *e, const struct features *x)
{
	return e->booster == BOOSTER_GBLINEAR ? linear_bounds_all(e, x, q).bound : q->bound;
}

double quantiser_score_bound(const struct quantiser *q, const struct ensemble *e, double bound)
{
	/* the bits that a score has less are cut off, not rounded */
	return (e->class_count > 1 ? 2 * bound : bound) + (q->extra_shift ? margin_from_score(1, q->shift) : 0);
}
