// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "evaluation.h"

#define BENIGN_GIVEN_UP_LEAST 3 /* a false-positive rate that rests on fewer is chance */

struct scores {
	struct scored *entry;
	size_t count;
};

static void score_add(struct scores *s, double margin, enum label label)
{
	s->entry[s->count++] = (struct scored){ .margin = margin, .malicious = label == LABEL_MALICIOUS };
}

static void flows_collect(struct scores *s, const struct flow_table *t, const double *flow_margin, unsigned int parts)
{
	s->count = 0;
	for (size_t i = 0; i < t->count; i++)
		if (parts >> t->flow[i].part & 1)
			score_add(s, flow_margin[i], t->flow[i].label);
	scored_sort(s->entry, s->count);
}

static void rows_collect(struct scores *s, const struct dataset *d, const struct flow_table *t, const float *margin,
			 bool first_packets_only)
{
	s->count = 0;
	for (size_t row = 0; row < d->rows; row++)
		if (t->flow[d->flow[row]].part == PART_TEST && (!first_packets_only || d->packets[row] == 1))
			score_add(s, margin[row], d->label[row]);
	scored_sort(s->entry, s->count);
}

static struct view_result view_judge(const struct scores *s, double threshold)
{
	struct view_result v = { .confusion = confusion_at(s->entry, s->count, threshold),
				 .auc = auc_from_scored(s->entry, s->count) };

	v.rates = rates_from_confusion(&v.confusion);
	return v;
}

static size_t benign_count(const struct scores *s)
{
	size_t benign = 0;

	for (size_t i = 0; i < s->count; i++)
		benign += !s->entry[i].malicious;
	return benign;
}

static void thresholds_choose(struct evaluation *e, const struct flow_table *t, const double *flow_margin,
			      struct scores *s)
{
	struct threshold *log = &e->threshold[THRESHOLD_LOG], *drop = &e->threshold[THRESHOLD_DROP];

	flows_collect(s, t, flow_margin, 1 << PART_VALIDATION);
	e->threshold_benign = benign_count(s);
	if (e->threshold_benign * drop->wanted_fpr < BENIGN_GIVEN_UP_LEAST) {
		flows_collect(s, t, flow_margin, 1 << PART_VALIDATION | 1 << PART_TRAIN);
		e->threshold_benign = benign_count(s);
		e->thresholds_with_train = true;
	}
	drop->margin = fmax(0, threshold_for_fpr(s->entry, s->count, drop->wanted_fpr));
	log->margin = fmin(drop->margin, threshold_for_fpr(s->entry, s->count, log->wanted_fpr));
}

static void kinds_judge(struct evaluation *e, const struct flow_table *t, const double *flow_margin)
{
	double recalls = 0, kinds = 0;

	for (size_t i = 0; i < t->count; i++) {
		struct kind_result *k = &e->kind[t->flow[i].kind];

		if (t->flow[i].part != PART_TEST)
			continue;
		k->flows++;
		k->above += flow_margin[i] >= e->threshold[THRESHOLD_DROP].margin;
	}
	for (size_t k = 0; k < t->kind_count; k++)
		if (t->kind[k].label == LABEL_MALICIOUS && e->kind[k].flows) {
			recalls += (double)e->kind[k].above / e->kind[k].flows;
			kinds++;
		}
	e->recall_mean = kinds ? recalls / kinds : NAN;
}

static void views_judge(struct evaluation *e, const struct dataset *d, const struct flow_table *t, const float *margin,
			const double *flow_margin, struct scores *s)
{
	double drop = e->threshold[THRESHOLD_DROP].margin;

	rows_collect(s, d, t, margin, false);
	e->view[VIEW_ROWS] = view_judge(s, drop);
	rows_collect(s, d, t, margin, true);
	e->view[VIEW_FIRST_PACKETS] = view_judge(s, drop);
	flows_collect(s, t, flow_margin, 1 << PART_TEST);
	e->view[VIEW_FLOWS] = view_judge(s, drop);
	for (int i = 0; i < THRESHOLD_COUNT; i++)
		e->threshold[i].test = view_judge(s, e->threshold[i].margin).rates;
}

static void fates_judge(struct evaluation *e, const struct flow_table *t, const uint8_t *fate)
{
	for (size_t i = 0; i < t->count; i++) {
		bool condemned = fate[i] == VERDICT_DROP;

		if (t->flow[i].part != PART_TEST)
			continue;
		e->kind[t->flow[i].kind].fate[fate[i]]++;
		if (t->flow[i].label == LABEL_MALICIOUS)
			++*(condemned ? &e->kernel.true_positive : &e->kernel.false_negative);
		else
			++*(condemned ? &e->kernel.false_positive : &e->kernel.true_negative);
	}
}

/* A flow's margin is that of its highest row. */
static void flow_margins_find(double *flow_margin, const struct dataset *d, const struct flow_table *t,
			      const float *margin)
{
	for (size_t i = 0; i < t->count; i++)
		flow_margin[i] = -INFINITY;
	for (size_t row = 0; row < d->rows; row++)
		flow_margin[d->flow[row]] = fmax(flow_margin[d->flow[row]], margin[row]);
}

int evaluation_make(struct evaluation *out, const struct dataset *data, const struct flow_table *table,
		    const struct margins *margin, const double wanted_fpr[THRESHOLD_COUNT])
{
	struct evaluation e = { .kind = calloc(table->kind_count + 1, sizeof(*e.kind)) };
	double *flow_margin = calloc(table->count + 1, sizeof(*flow_margin));
	struct scores s = { .entry = calloc(data->rows + 1, sizeof(*s.entry)) };
	uint8_t *fate = calloc(table->count + 1, sizeof(*fate));
	int err = 0;

	if (!e.kind || !flow_margin || !s.entry || !fate) {
		err = -ENOMEM;
		goto out;
	}
	for (int i = 0; i < THRESHOLD_COUNT; i++)
		e.threshold[i].wanted_fpr = wanted_fpr[i];
	flow_margins_find(flow_margin, data, table, margin->all);
	e.highest = -INFINITY;
	for (size_t i = 0; i < table->count; i++)
		e.highest = fmax(e.highest, flow_margin[i]);
	thresholds_choose(&e, table, flow_margin, &s);
	views_judge(&e, data, table, margin->all, flow_margin, &s);
	kinds_judge(&e, table, flow_margin);
	fates_find(fate, data, margin, e.threshold[THRESHOLD_LOG].margin, e.threshold[THRESHOLD_DROP].margin);
	fates_judge(&e, table, fate);
out:
	free(fate);
	free(flow_margin);
	free(s.entry);
	if (err)
		evaluation_free(&e);
	else
		*out = e;
	return err;
}

void evaluation_free(struct evaluation *e)
{
	free(e->kind);
	*e = (struct evaluation){ 0 };
}
