// SPDX-License-Identifier: BSD-2-Clause
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "parity.h"

#define BATCH 4096 /* rows that libxgboost gets at once */

static void features_from_row(const float *value, struct features *out)
{
	for (int i = 0; i < FEATURE_COUNT; i++)
		out->value[i] = (__u32)value[i];
}

/* Rows first..first+count, seen as `view`. */
static int batch_score(const struct reference *r, const struct model *m, const struct dataset *data, size_t first,
		       size_t count, enum parity_view view, struct features *x, struct parity_row *row,
		       struct refusal *why)
{
	float margin[BATCH];
	int err;

	for (size_t i = 0; i < count; i++) {
		struct features all = { 0 };

		features_from_row(dataset_row(data, first + i), &all);
		if (view == PARITY_SOURCE)
			features_without_dest(&x[i], &all);
		else
			x[i] = all;
	}
	err = reference_margins(r, x, count, margin, why);
	for (size_t i = 0; !err && i < count; i++) {
		row[first + i].margin[view] = margin[i];
		row[first + i].score[view] = model_score(m, &x[i]);
	}
	return err;
}

int parity_rows(const struct reference *r, const struct model *m, const struct dataset *data, struct parity_row *row,
		struct refusal *why)
{
	struct features *x = calloc(BATCH, sizeof(*x));
	int err = x ? 0 : -ENOMEM;

	for (size_t first = 0; !err && first < data->rows; first += BATCH) {
		size_t count = data->rows - first < BATCH ? data->rows - first : BATCH;

		for (int view = 0; !err && view < PARITY_VIEWS; view++)
			err = batch_score(r, m, data, first, count, view, x, row, why);
	}
	free(x);
	return err;
}

/* Rounding may lift a score over a cutoff that its margin is below of. The cutoff then yields, not the row. */
static void cutoff_raise(struct cutoff *c, const struct parity_row *row, size_t count, unsigned int shift)
{
	__s64 least = c->score;

	for (size_t i = 0; i < count; i++)
		for (int view = 0; view < PARITY_VIEWS; view++)
			if (row[i].margin[view] < c->wanted && row[i].score[view] >= least)
				least = row[i].score[view] + 1;
	if (least == c->score)
		return;
	c->score = least > INT_MAX ? INT_MAX : (__s32)least;
	c->margin = margin_from_score(c->score, shift);
}

int parity_cutoffs(const struct parity_row *row, size_t count, const double wanted[CUTOFF_COUNT], struct model *m,
		   struct cutoff out[CUTOFF_COUNT], struct refusal *why)
{
	float *margin = calloc(count * PARITY_VIEWS + 1, sizeof(*margin));

	if (!margin)
		return -ENOMEM;
	if (wanted[CUTOFF_LOG] > wanted[CUTOFF_DROP]) {
		free(margin);
		return refusal_set(why, "the threshold to log, margin %g, is above the one to drop, %g; it may be at most that",
				  wanted[CUTOFF_LOG], wanted[CUTOFF_DROP]);
	}
	for (size_t i = 0; i < count; i++)
		for (int view = 0; view < PARITY_VIEWS; view++)
			margin[PARITY_VIEWS * i + view] = row[i].margin[view];
	margins_sort(margin, PARITY_VIEWS * count);
	for (int c = 0; c < CUTOFF_COUNT; c++) {
		cutoff_place(wanted[c], margin, PARITY_VIEWS * count, m->scale_shift, &out[c]);
		cutoff_raise(&out[c], row, count, m->scale_shift);
	}
	m->policy = (struct policy){ .log_at = out[CUTOFF_LOG].score, .drop_at = out[CUTOFF_DROP].score,
				     .source_flows = VERDICT_SOURCE_FLOWS };
	free(margin);
	return 0;
}

/* One score against one cutoff. Returns -EINVAL when the two sides disagree and rounding cannot be why. */
static int decision_compare(const struct cutoff *c, double margin, __s64 score, double bound, struct parity_near *near,
			    struct parity_result *result)
{
	bool agrees = (score >= c->score) == (margin >= c->margin);

	if (fabs(margin - c->margin) > bound)
		return agrees ? 0 : -EINVAL;
	near->margin = margin;
	near->score = score;
	near->agrees = agrees;
	if (result->near < PARITY_NEAR_LISTED)
		result->listed[result->near] = *near;
	result->near++;
	result->flips += !agrees;
	return 0;
}

static int row_compare(const struct parity_row *row, size_t at, const struct quantiser *q,
		       const struct cutoff cutoff[CUTOFF_COUNT], struct parity_result *result, struct refusal *why)
{
	/* a row without a known destination is one and the same twice */
	int views = row->score[PARITY_ALL] == row->score[PARITY_SOURCE] &&
				    row->margin[PARITY_ALL] == row->margin[PARITY_SOURCE]
			    ? 1
			    : PARITY_VIEWS;

	for (int view = 0; view < views; view++) {
		double margin = row->margin[view];
		double difference = fabs(margin_from_score(row->score[view], q->shift) - margin);

		if (!(difference <= q->bound))
			return refusal_set(why, "score %lld is margin %.9g, libxgboost says %.9g: apart by %.3g, proven is at most "
					       "%.3g; the model is not what it seems",
					  (long long)row->score[view], margin_from_score(row->score[view], q->shift), margin,
					  difference, q->bound);
		result->difference = fmax(result->difference, difference);
		for (int c = 0; c < CUTOFF_COUNT; c++) {
			struct parity_near near = { .row = at, .cutoff = c, .view = view };

			if (c == CUTOFF_LOG && view != PARITY_ALL) /* verdict_from_scores() does not ask */
				continue;
			if (decision_compare(&cutoff[c], margin, row->score[view], q->bound, &near, result))
				return refusal_set(why, "the verdict to %s flips: margin %.9g, score %lld, threshold %.9g and %d",
						  cutoff_names[c], margin, (long long)row->score[view],
						  cutoff[c].margin, cutoff[c].score);
		}
	}
	return 0;
}

int parity_compare(const struct parity_row *row, const struct dataset *data, const char *const *paths,
		   const struct quantiser *q, const struct model *m, const struct cutoff cutoff[CUTOFF_COUNT],
		   struct parity_result *out, struct refusal *why)
{
	struct parity_result result = { .rows = data->rows };
	struct refusal of_row;
	enum reason unused;

	for (size_t i = 0; i < data->rows; i++) {
		if (row_compare(&row[i], i, q, cutoff, &result, &of_row))
			return refusal_set(why, "%s line %u: %s", paths[data->file[i]], data->line[i], of_row.text);
		result.verdict[verdict_from_scores(&m->policy, row[i].score[PARITY_ALL], row[i].score[PARITY_SOURCE],
						   1 /* source */, 1 /* stranger */, VERDICT_PACKETS_SURE, &unused)]++;
	}
	*out = result;
	return 0;
}
