// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include "bootstrap.h"

#define SAMPLES 2000
#define TAIL .025 /* of the samples on either side of the interval */

struct sum {
	double part, whole, rates, captures;
};

static void sum_add(struct sum *sum, const struct share *s)
{
	if (s->whole <= 0)
		return;
	sum->part += s->part;
	sum->whole += s->whole;
	sum->rates += s->part / s->whole;
	sum->captures++;
}

static double sum_rate(const struct sum *sum, enum rate_kind kind)
{
	if (!sum->captures)
		return NAN;
	return kind == RATE_POOLED ? sum->part / sum->whole : sum->rates / sum->captures;
}

double rate_find(const struct share *s, size_t count, enum rate_kind kind)
{
	struct sum sum = { 0 };

	for (size_t i = 0; i < count; i++)
		sum_add(&sum, &s[i]);
	return sum_rate(&sum, kind);
}

/* xorshift64*: good enough to draw captures with. */
static uint64_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

static int double_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct interval rate_interval(const struct share *s, size_t count, enum rate_kind kind)
{
	struct interval none = { NAN, NAN };
	uint64_t state = 0x9e3779b97f4a7c15ull;
	double rate[SAMPLES];
	size_t useful = 0, drawn = 0;

	for (size_t i = 0; i < count; i++)
		useful += s[i].whole > 0;
	if (useful < 2)
		return none;
	for (size_t sample = 0; sample < SAMPLES; sample++) {
		struct sum sum = { 0 };

		for (size_t i = 0; i < count; i++)
			sum_add(&sum, &s[(random_next(&state) >> 32) * count >> 32]);
		if (sum.captures)
			rate[drawn++] = sum_rate(&sum, kind);
	}
	qsort(rate, drawn, sizeof(*rate), double_compare);
	return (struct interval){ rate[(size_t)(TAIL * (drawn - 1))], rate[(size_t)((1 - TAIL) * (drawn - 1))] };
}
