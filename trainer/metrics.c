// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdlib.h>
#include "metrics.h"

/* Where nothing malicious lies above the benign: that far above, e times the odds. */
#define MARGIN_BEYOND 1.0

static int scored_compare(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;

	return (x->margin > y->margin) - (x->margin < y->margin);
}

void scored_sort(struct scored *s, size_t count)
{
	qsort(s, count, sizeof(*s), scored_compare);
}

double auc_from_scored(const struct scored *s, size_t count)
{
	double below = 0, malicious = 0, pairs_won = 0;

	for (size_t i = 0; i < count;) {
		double benign_here = 0, malicious_here = 0;
		size_t end = i;

		for (; end < count && s[end].margin == s[i].margin; end++) {
			malicious_here += s[end].malicious;
			benign_here += !s[end].malicious;
		}
		pairs_won += malicious_here * (below + benign_here / 2);
		below += benign_here;
		malicious += malicious_here;
		i = end;
	}
	return below && malicious ? pairs_won / (below * malicious) : NAN;
}

struct confusion confusion_at(const struct scored *s, size_t count, double threshold)
{
	struct confusion c = { 0 };

	for (size_t i = 0; i < count; i++) {
		bool condemned = s[i].margin >= threshold;

		if (s[i].malicious)
			++*(condemned ? &c.true_positive : &c.false_negative);
		else
			++*(condemned ? &c.false_positive : &c.true_negative);
	}
	return c;
}

static double share(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

struct rates rates_from_confusion(const struct confusion *c)
{
	double tp = c->true_positive, fp = c->false_positive, tn = c->true_negative, fn = c->false_negative;

	return (struct rates){
		.accuracy = share(tp + tn, tp + fp + tn + fn),
		.precision = share(tp, tp + fp),
		.recall = share(tp, tp + fn),
		.f1 = share(2 * tp, 2 * tp + fp + fn),
		.fpr = share(fp, fp + tn),
	};
}

/* The highest benign margin that must not be condemned. */
static double benign_to_spare(const struct scored *s, size_t count, double fpr)
{
	size_t benign = 0, given_up;
	double margin = 0;

	for (size_t i = 0; i < count; i++)
		benign += !s[i].malicious;
	given_up = fpr * benign + 1e-9; /* .01 * 100 is a little less than 1 */
	for (size_t i = count; i-- > 0;) {
		if (s[i].malicious)
			continue;
		margin = s[i].margin;
		if (!given_up--)
			break;
	}
	return margin;
}

/* Half-way between the margins on both sides, so that rounding moves none of them across. */
static double threshold_settle(const struct scored *s, size_t count, double threshold)
{
	double above = INFINITY, below = -INFINITY;

	for (size_t i = 0; i < count; i++)
		if (s[i].margin >= threshold) {
			above = s[i].margin;
			break;
		} else {
			below = s[i].margin;
		}
	return isinf(above) || isinf(below) ? threshold : (above + below) / 2;
}

double threshold_for_fpr(const struct scored *s, size_t count, double fpr)
{
	double spare = benign_to_spare(s, count, fpr);
	size_t next = 0;

	while (next < count && !(s[next].malicious && s[next].margin > spare))
		next++;
	return threshold_settle(s, count, next < count ? (spare + s[next].margin) / 2 : spare + MARGIN_BEYOND);
}

double probability_from_margin(double margin)
{
	return 1 / (1 + exp(-margin));
}
