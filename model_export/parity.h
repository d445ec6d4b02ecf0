/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables against libxgboost, over every row: how far the scores are from its margins, and whether a verdict would
 * be another. Each row is judged twice, as the kernel judges: with and without what is known of its destination.
 */
#ifndef PARITY_H
#define PARITY_H

#include "cutoff.h"
#include "dataset.h"
#include "quantise.h"
#include "reference.h"
#include "verdict.h"

enum parity_view { PARITY_ALL, PARITY_SOURCE, PARITY_VIEWS }; /* the second: the destination's features are 0 */

/* What both sides make of a row. */
struct parity_row {
	float margin[PARITY_VIEWS]; /* libxgboost's */
	__s64 score[PARITY_VIEWS];  /* ours */
};

#define PARITY_NEAR_LISTED 10

struct parity_near {
	size_t row;
	enum cutoff_id cutoff;
	enum parity_view view;
	double margin;
	__s64 score;
	bool agrees;
};

struct parity_result {
	size_t rows;
	double difference;    /* the largest |score / 2^shift - margin| */
	size_t verdict[VERDICT_COUNT]; /* ours, as for the fourth packet */
	size_t near;	      /* decisions within the bound of a cutoff, where the two may differ */
	size_t flips;	      /* of these, those that do */
	struct parity_near listed[PARITY_NEAR_LISTED];
};

/* Fills row[data->rows]. */
int parity_rows(const struct reference *r, const struct model *m, const struct dataset *data, struct parity_row *row,
		struct refusal *why);

/*
 * Cutoffs from `wanted` margins and those of `row`, and the model's policy from them. No row whose margin is below the
 * wanted one has a score that reaches the cutoff.
 */
int parity_cutoffs(const struct parity_row *row, size_t count, const double wanted[CUTOFF_COUNT], struct model *m,
		   struct cutoff out[CUTOFF_COUNT], struct refusal *why);

/*
 * Compares all rows. Refuses when a score is farther from its margin than the bound, or when a decision farther from
 * its cutoff than the bound is another. `why` then names the row's file and line.
 */
int parity_compare(const struct parity_row *row, const struct dataset *data, const char *const *paths,
		   const struct quantiser *q, const struct model *m, const struct cutoff cutoff[CUTOFF_COUNT],
		   struct parity_result *out, struct refusal *why);

#endif
