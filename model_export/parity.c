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

double parity_lead(const struct model *m, const double *margin, __u8 *class)
{
	double honest = -INFINITY, other = -INFINITY;

	*class = 0;
	if (m->class_count == 1)
		return margin[0];
	for (__u32 c = 0; c < m->class_count; c++) {
		if (m->class_role[c] == CLASS_HONEST) {
			honest = fmax(honest, margin[c]);
		} else if (margin[c] > other) {
			other = margin[c];
			*class = c;
		}
	}
	return other - honest;
}

static void said_fill(const struct ensemble *e, const struct quantiser *q, const struct model *m,
		      const struct features *x, const float *float_margin, struct parity_said *out)
{
	unsigned int sum_shift = q->shift + q->extra_shift;
	double margin[MODEL_CLASSES_MAX];
	struct model_sums sums;
	struct parity_said said = { .difference_bound = quantiser_bound(q, e, x) };

	model_lead(m, x, &sums);
	for (int c = 0; c < e->class_count; c++) {
		margin[c] = float_margin[c];
		said.difference = fmax(said.difference, fabs(margin_from_score(sums.sum[c], sum_shift) - margin[c]));
	}
	said.score = model_ask(m, x, &sums); /* the way the kernel goes */
	said.class = sums.class;
	said.margin = parity_lead(m, margin, &said.class_theirs);
	said.class_lead = margin[said.class_theirs] - margin[said.class];
	said.bound = quantiser_score_bound(q, e, said.difference_bound);
	*out = said;
}

/* Rows first..first+count, seen as `view`. */
static int batch_score(const struct reference *r, const struct ensemble *e, const struct quantiser *q,
		       const struct model *m, const struct dataset *data, size_t first, size_t count,
		       enum parity_view view, struct features *x, float *margin, struct parity_row *row,
		       struct refusal *why)
{
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
	for (size_t i = 0; !err && i < count; i++)
		said_fill(e, q, m, &x[i], &margin[i * e->class_count], &row[first + i].view[view]);
	return err;
}

int parity_rows(const struct reference *r, const struct ensemble *e, const struct quantiser *q, const struct model *m,
		const struct dataset *data, struct parity_row *row, struct refusal *why)
{
	struct features *x = calloc(BATCH, sizeof(*x));
	float *margin = calloc(BATCH * MODEL_CLASSES_MAX, sizeof(*margin));
	int err = x && margin ? 0 : -ENOMEM;

	for (size_t first = 0; !err && first < data->rows; first += BATCH) {
		size_t count = data->rows - first < BATCH ? data->rows - first : BATCH;

		for (int view = 0; !err && view < PARITY_VIEWS; view++)
			err = batch_score(r, e, q, m, data, first, count, view, x, margin, row, why);
	}
	free(x);
	free(margin);
	return err;
}

/* Rounding may lift a score over a cutoff that its margin is below of. The cutoff then yields, not the row. */
static void cutoff_raise(struct cutoff *c, const struct parity_row *row, size_t count, unsigned int shift)
{
	__s64 least = c->score;

	for (size_t i = 0; i < count; i++)
		for (int view = 0; view < PARITY_VIEWS; view++)
			if (row[i].view[view].margin < c->wanted && row[i].view[view].score >= least)
				least = row[i].view[view].score + 1;
	if (least == c->score)
		return;
	c->score = least > INT_MAX ? INT_MAX : (__s32)least;
	c->margin = margin_from_score(c->score, shift);
}

int parity_cutoffs(const struct parity_row *row, size_t count, const double wanted[CUTOFF_COUNT], struct model *m,
		   struct cutoff out[CUTOFF_COUNT], struct refusal *why)
{
	double *margin = calloc(count * PARITY_VIEWS + 1, sizeof(*margin));

	if (!margin)
		return -ENOMEM;
	if (wanted[CUTOFF_LOG] > wanted[CUTOFF_DROP]) {
		free(margin);
		return refusal_set(why, "the threshold to log, margin %g, is above the one to drop, %g; it may be at most that",
				  wanted[CUTOFF_LOG], wanted[CUTOFF_DROP]);
	}
	for (size_t i = 0; i < count; i++)
		for (int view = 0; view < PARITY_VIEWS; view++)
			margin[PARITY_VIEWS * i + view] = row[i].view[view].margin;
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

static void near_add(struct parity_result *result, const struct parity_said *said, size_t row, enum cutoff_id cutoff,
		     enum parity_view view, bool agrees)
{
	struct parity_near near = { .row = row, .cutoff = cutoff, .view = view, .margin = said->margin,
				    .score = said->score, .agrees = agrees };

	if (result->near < PARITY_NEAR_LISTED)
		result->listed[result->near] = near;
	result->near++;
	if (!agrees && !result->flips++)
		result->first_flip = near;
}

/* One score against one cutoff. Returns -EINVAL when the two sides disagree and rounding cannot be why. */
static int decision_compare(const struct cutoff *c, const struct parity_said *said, size_t row, enum cutoff_id cutoff,
			    enum parity_view view, struct parity_result *result)
{
	bool agrees = (said->score >= c->score) == (said->margin >= c->margin);

	if (fabs(said->margin - c->margin) > said->bound)
		return agrees ? 0 : -EINVAL;
	near_add(result, said, row, cutoff, view, agrees);
	return 0;
}

/* Both sides name a class. Where it is another, the two have to be close to each other. */
static int class_compare(const struct model *m, const struct cutoff *log, const struct parity_said *said, size_t row,
			 enum parity_view view, struct parity_result *result, struct refusal *why)
{
	if (said->class == said->class_theirs)
		return 0;
	if (said->class_lead > 2 * said->difference_bound)
		return refusal_set(why, "the class is another: %s here, %s by libxgboost's margins, which are %.3g apart, proven "
				       "is at most %.3g",
				  m->class_name[said->class], m->class_name[said->class_theirs], said->class_lead,
				  2 * said->difference_bound);
	if (said->score >= log->score)
		near_add(result, said, row, CUTOFF_COUNT, view,
			 m->class_role[said->class] == m->class_role[said->class_theirs]);
	return 0;
}

/* How far the two sides are apart, which must not be more than was proven. */
static int difference_compare(const struct model *m, const struct parity_said *said, struct parity_result *result,
			      struct refusal *why)
{
	double margin = margin_in_range(said->margin, m->scale_shift);
	double difference = fabs(margin_from_score(said->score, m->scale_shift) - margin);

	result->difference = fmax(result->difference, fmax(difference, said->difference));
	if (!(difference <= said->bound))
		return refusal_set(why, "score %lld is margin %.9g, libxgboost says %.9g: apart by %.3g, proven is at most "
				       "%.3g; the model is not what it seems",
				  (long long)said->score, margin_from_score(said->score, m->scale_shift), margin, difference,
				  said->bound);
	if (!(said->difference <= said->difference_bound))
		return refusal_set(why, "the margin of a class is apart from libxgboost's by %.3g, proven is at most %.3g; the "
				       "model is not what it seems",
				  said->difference, said->difference_bound);
	return 0;
}

/* A row without a known destination is one and the same twice. */
static int views_of(const struct parity_row *row)
{
	const struct parity_said *all = &row->view[PARITY_ALL], *source = &row->view[PARITY_SOURCE];

	return all->score == source->score && all->margin == source->margin ? 1 : PARITY_VIEWS;
}

static int row_compare(const struct parity_row *row, size_t at, const struct model *m,
		       const struct cutoff cutoff[CUTOFF_COUNT], struct parity_result *result, struct refusal *why)
{
	for (int view = 0; view < views_of(row); view++) {
		const struct parity_said *said = &row->view[view];
		int err = difference_compare(m, said, result, why);

		err = err ? err : class_compare(m, &cutoff[CUTOFF_LOG], said, at, view, result, why);
		for (int c = 0; !err && c < CUTOFF_COUNT; c++) {
			if (c == CUTOFF_LOG && view != PARITY_ALL) /* verdict_from_scores() does not ask */
				continue;
			if (decision_compare(&cutoff[c], said, at, c, view, result))
				err = refusal_set(why, "the verdict to %s flips: margin %.9g, score %lld, threshold %.9g and %d",
						 cutoff_names[c], said->margin, (long long)said->score, cutoff[c].margin,
						 cutoff[c].score);
		}
		if (err)
			return err;
	}
	return 0;
}

/* What the row would come to as a late packet of a stranger with a record. */
static enum verdict row_verdict(const struct parity_row *row, const struct model *m)
{
	const struct parity_said *all = &row->view[PARITY_ALL];
	enum reason unused;

	if (all->score >= m->policy.drop_at && m->class_role[all->class] == CLASS_SUSPECT)
		return VERDICT_LOG;
	return verdict_from_scores(&m->policy, all->score, row->view[PARITY_SOURCE].score, 1 /* source */,
				   STRANGER, VERDICT_PACKETS_SURE, &unused);
}

static int flips_check(const struct parity_result *result, const struct dataset *data, const char *const *paths,
		       size_t allowed, struct refusal *why)
{
	const struct parity_near *first = &result->first_flip;

	if (result->flips <= allowed)
		return 0;
	return refusal_set(why, "%zu verdicts differ from libxgboost's, %zu may (--allow-flips); %s line %u has margin %.9g and "
			       "score %lld, within rounding of a threshold: choose another threshold",
			  result->flips, allowed, paths[data->file[first->row]], data->line[first->row], first->margin,
			  (long long)first->score);
}

int parity_compare(const struct parity_row *row, const struct dataset *data, const char *const *paths,
		   const struct model *m, const struct cutoff cutoff[CUTOFF_COUNT], size_t flips_allowed,
		   struct parity_result *out, struct refusal *why)
{
	struct parity_result result = { .rows = data->rows };
	struct refusal of_row;
	int err;

	for (size_t i = 0; i < data->rows; i++) {
		enum verdict verdict = row_verdict(&row[i], m);

		if (row_compare(&row[i], i, m, cutoff, &result, &of_row))
			return refusal_set(why, "%s line %u: %.400s", paths[data->file[i]], data->line[i], of_row.text);
		result.verdict[verdict]++;
		if (verdict != VERDICT_PASS)
			result.of_class[row[i].view[PARITY_ALL].class]++;
	}
	err = flips_check(&result, data, paths, flips_allowed, why);
	if (!err)
		*out = result;
	return err;
}
