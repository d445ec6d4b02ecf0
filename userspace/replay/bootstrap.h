/* SPDX-License-Identifier: BSD-2-Clause */
/* How far a rate over several captures depends on which captures they are: intervals by resampling whole captures. */
#ifndef BOOTSTRAP_H
#define BOOTSTRAP_H

#include <stddef.h>

/* So many flows of a capture, of so many. */
struct share {
	double part, whole;
};

enum rate_kind {
	RATE_POOLED, /* all parts over all wholes: a capture counts by its flows */
	RATE_MEAN,   /* the mean of each capture's own rate: every capture counts once */
};

struct interval {
	double low, high; /* 95 % of the resampled rates lie between them; NAN with fewer than two captures */
};

/* NAN where there is nothing to divide by. Captures whose whole is 0 count for neither. */
double rate_find(const struct share *s, size_t count, enum rate_kind kind);

/* The same shares give the same interval. */
struct interval rate_interval(const struct share *s, size_t count, enum rate_kind kind);

#endif
