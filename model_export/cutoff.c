// SPDX-License-Identifier: BSD-2-Clause
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include "cutoff.h"

const char *const cutoff_names[] = {
	[CUTOFF_LOG] = "log",
	[CUTOFF_DROP] = "drop",
};

_Static_assert(sizeof(cutoff_names) / sizeof(*cutoff_names) == CUTOFF_COUNT, "a name for each");

static int margin_compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

void margins_sort(double *margin, size_t count)
{
	qsort(margin, count, sizeof(*margin), margin_compare);
}

/* How many margins are below it. */
static size_t margins_below(const double *margin, size_t count, double limit)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (margin[mid] < limit)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Scores are integers: the least that is not below the margin. */
static __s32 score_at_margin(double margin, unsigned int shift)
{
	double score = ceil(ldexp(margin, shift));

	return score >= INT_MAX ? INT_MAX : score <= INT_MIN ? INT_MIN : (__s32)score;
}

void cutoff_place(double wanted, const double *margin, size_t count, unsigned int shift, struct cutoff *out)
{
	size_t below = margins_below(margin, count, wanted);
	struct cutoff c = { .wanted = wanted, .below = -INFINITY, .above = INFINITY, .margin = wanted };

	if (below > 0)
		c.below = margin[below - 1];
	if (below < count)
		c.above = margin[below];
	if (below > 0 && below < count)
		c.margin = fmax(wanted, c.below / 2 + c.above / 2);
	c.score = score_at_margin(c.margin, shift);
	*out = c;
}

double sigmoid(double margin)
{
	return 1 / (1 + exp(-margin));
}

double logit(double probability)
{
	return -log(1 / probability - 1);
}
