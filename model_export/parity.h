/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables against libxgboost, over every row: how far the scores are from its margins, and whether a verdict would
 * be another. Each row is judged twice, as the kernel judges: with and without what is known of its destination.
 *
 * Of several classes the margin is that by which the strongest class leads the strongest honest one, as the score is.
 */
#ifndef PARITY_H
#define PARITY_H

#include "cutoff.h"
#include "dataset.h"
#include "quantise.h"
#include "reference.h"
#include "verdict.h"

enum parity_view { PARITY_ALL, PARITY_SOURCE, PARITY_VIEWS }; /* the second: the destination's features are 0 */

/* What both sides make of a row seen one way. */
struct parity_said {
	double margin;	   /* libxgboost's */
	double bound;	   /* proven: how far the score may be from it */
	double class_lead; /* in its margins: of its class over ours, 0 where they are one */
	double difference; /* the largest of a class's sum from its margin */
	double difference_bound; /* proven: of that one */
	__s64 score;	   /* ours */
	__u8 class, class_theirs;
};

struct parity_row {
	struct parity_said view[PARITY_VIEWS];
};

#define PARITY_NEAR_LISTED 10

/* A decision that rounding may turn. */
struct parity_near {
	size_t row;
	enum cutoff_id cutoff; /* CUTOFF_COUNT: not on a threshold but between two classes */
	enum parity_view view;
	double margin;
	__s64 score;
	bool agrees;
};

struct parity_result {
	size_t rows;
	double difference;    /* the largest between the two sides */
	size_t verdict[VERDICT_COUNT]; /* ours, as for packet VERDICT_PACKETS_SURE */
	size_t of_class[MODEL_CLASSES_MAX]; /* rows that are logged or dropped, by class */
	size_t near;	      /* decisions within the bound of a cutoff, where the two may differ */
	size_t flips;	      /* of these, those that do */
	struct parity_near listed[PARITY_NEAR_LISTED], first_flip;
};

/* Fills row[data->rows]. */
int parity_rows(const struct reference *r, const struct ensemble *e, const struct quantiser *q, const struct model *m,
		const struct dataset *data, struct parity_row *row, struct refusal *why);

/* The margin that stands for several classes', and the class that it speaks for. */
double parity_lead(const struct model *m, const double *margin, __u8 *class);

/*
 * Cutoffs from `wanted` margins and those of `row`, and the model's policy from them. No row whose margin is below the
 * wanted one has a score that reaches the cutoff.
 */
int parity_cutoffs(const struct parity_row *row, size_t count, const double wanted[CUTOFF_COUNT], struct model *m,
		   struct cutoff out[CUTOFF_COUNT], struct refusal *why);

/*
 * Compares all rows. Refuses when a score is farther from its margin than the bound, when a decision farther from its
 * cutoff than the bound is another, or when more than `flips_allowed` of the nearer ones are. `why` then names the
 * row's file and line.
 */
int parity_compare(const struct parity_row *row, const struct dataset *data, const char *const *paths,
		   const struct model *m, const struct cutoff cutoff[CUTOFF_COUNT], size_t flips_allowed,
		   struct parity_result *out, struct refusal *why);

#endif
