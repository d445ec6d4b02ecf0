/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts of numbers in classes of a fifth to a quarter of their size: percentiles in constant room. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_CLASSES 256

struct histogram {
	uint64_t count;
	uint32_t in[HISTOGRAM_CLASSES];
};

/* Numbers below 8 have classes of their own; from there each octave has four. */
static inline unsigned int histogram_class(uint64_t v)
{
	unsigned int octave;

	if (v < 8)
		return v;
	octave = 63 - __builtin_clzll(v);
	return 8 + (octave - 3) * 4 + (v >> (octave - 2) & 3);
}

/* The least number of a class. */
static inline uint64_t histogram_floor(unsigned int class)
{
	unsigned int octave;

	if (class < 8)
		return class;
	octave = 3 + (class - 8) / 4;
	return (4ull + (class - 8) % 4) << (octave - 2);
}

static inline void histogram_add(struct histogram *h, uint64_t v)
{
	h->count++;
	h->in[histogram_class(v)]++;
}

static inline void histogram_merge(struct histogram *to, const struct histogram *from)
{
	to->count += from->count;
	for (int i = 0; i < HISTOGRAM_CLASSES; i++)
		to->in[i] += from->in[i];
}

/* The least number of the class that holds the given share of all, 0 of none. */
static inline uint64_t histogram_percentile(const struct histogram *h, double share)
{
	uint64_t below = 0;

	for (int i = 0; i < HISTOGRAM_CLASSES; i++) {
		below += h->in[i];
		if (h->count && below >= share * h->count)
			return histogram_floor(i);
	}
	return 0;
}

#endif
