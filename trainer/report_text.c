// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "report.h"

#define FEATURES_SHOWN 12

/* "0.9875", or "-" for a rate over nothing; `text` has 16 bytes. */
static const char *rate_print(double rate, char *text)
{
	if (isfinite(rate))
		snprintf(text, 16, "%.4f", rate);
	else
		strcpy(text, "-");
	return text;
}

static void data_print(FILE *out, const struct report *r)
{
	char version[32];

	fprintf(out, "Model: %lu trees of at most depth %lu, learning rate %g, seed %llu, libxgboost %s, schema %016llx\n",
		r->last->best, r->booster->depth, r->booster->learning_rate, (unsigned long long)r->booster->seed,
		booster_version(version, sizeof(version)), (unsigned long long)feature_schema_of(feature_choice_bound(r->columns)));
	fprintf(out,
		"Training: stopped at round %lu of at most %lu, best round %lu, validation log loss %.5f, %.1f s\n",
		r->last->round, r->booster->trees, r->last->best, r->last->best_logloss, r->seconds);
	if (r->refit)
		fprintf(out, "Refit: the saved model was then trained anew on all rows for %lu rounds; the figures below are those of "
			     "the model before, on rows it had not seen\n",
			r->last->best);
	fprintf(out,
		"Data: %zu rows, %zu flows, %zu sources in %d file%s (crc32 %08x); "
		"%zu rows without a label left out\n",
		r->data->rows, r->data->flow_count, r->data->source_count, r->path_count, r->path_count == 1 ? "" : "s",
		r->data->crc32, r->data->skipped);
	if (r->data->no_flows)
		fprintf(out, "Left out, too: %zu lines that are no flows: the header again, or a duration below 0\n",
			r->data->no_flows);
	for (int p = 0; p < PART_COUNT; p++)
		fprintf(out, "%s%s: %zu rows, %zu flows, %zu sources%s", p ? "; " : "Split: ", part_names[p],
			r->table->part_rows[p], r->table->part_flows[p], r->table->part_sources[p],
			p == PART_TEST ? "\n" : "");
}

static void kinds_print(FILE *out, const struct report *r)
{
	char name[96];

	fprintf(out, "\n%-32s %8s %8s %10s %8s\n", "Flows by kind", "sources", "train", "validation", "test");
	for (size_t i = 0; i < r->table->kind_count; i++) {
		const struct traffic_kind *k = &r->table->kind[i];

		fprintf(out, "%-32s %8zu %8zu %10zu %8zu\n", traffic_kind_print(k, name, sizeof(name)), k->sources,
			k->part_flows[PART_TRAIN], k->part_flows[PART_VALIDATION], k->part_flows[PART_TEST]);
	}
}

static void fates_print(FILE *out, const struct report *r)
{
	char name[96], rate[16];

	fprintf(out, "\n%-34s %8s %8s %12s %10s %8s\n", "Test flows, what the kernel does", "passed", "logged", "1st dropped",
		"condemned", "share");
	for (size_t i = 0; i < r->table->kind_count; i++) {
		const struct kind_result *k = &r->evaluation->kind[i];

		if (!k->flows)
			continue;
		fprintf(out, "%-34s %8zu %8zu %12zu %10zu %8s\n", traffic_kind_print(&r->table->kind[i], name, sizeof(name)),
			k->fate[VERDICT_PASS], k->fate[VERDICT_LOG], k->fate[VERDICT_DROP_ONCE], k->fate[VERDICT_DROP],
			rate_print((double)k->fate[VERDICT_DROP] / k->flows, rate));
	}
	fprintf(out, "1st dropped: a stranger's first packet only, which its retry gets past. Condemned: all packets from "
		     "then on.\n");
}

static void thresholds_print(FILE *out, const struct report *r)
{
	char fpr[16], recall[16];

	fprintf(out, "\n%-12s %12s %12s %12s %16s %14s\n", "Threshold", "margin", "probability", "wanted FPR",
		"FPR, test flows", "recall");
	for (int i = 0; i < THRESHOLD_COUNT; i++) {
		const struct threshold *t = &r->evaluation->threshold[i];

		fprintf(out, "%-12s %12.4f %12.6f %12g %16s %14s\n", threshold_names[i], t->margin,
			probability_from_margin(t->margin), t->wanted_fpr, rate_print(t->test.fpr, fpr),
			rate_print(t->test.recall, recall));
	}
}

static void view_print(FILE *out, const char *title, const struct rates *rates, double area, const struct confusion *c)
{
	char a[16], p[16], rc[16], f[16], fpr[16], auc[16];

	fprintf(out, "%-26s %8s %9s %8s %8s %8s %8s %8zu %8zu %8zu %8zu\n", title, rate_print(rates->accuracy, a),
		rate_print(rates->precision, p), rate_print(rates->recall, rc), rate_print(rates->f1, f),
		rate_print(rates->fpr, fpr), rate_print(area, auc), c->true_positive, c->false_positive, c->true_negative,
		c->false_negative);
}

static void views_print(FILE *out, const struct report *r)
{
	static const char *const title[VIEW_COUNT] = {
		[VIEW_FLOWS] = "flows (highest row)",
		[VIEW_ROWS] = "rows",
		[VIEW_FIRST_PACKETS] = "rows at packet 1",
	};
	const struct evaluation *e = r->evaluation;
	struct rates kernel = rates_from_confusion(&e->kernel);
	char mean[16];

	fprintf(out, "\n%-26s %8s %9s %8s %8s %8s %8s %8s %8s %8s %8s\n", "Test, drop at", "accuracy", "precision",
		"recall", "F1", "FPR", "ROC-AUC", "TP", "FP", "TN", "FN");
	view_print(out, "flows the kernel condemns", &kernel, NAN, &e->kernel);
	for (int i = 0; i < VIEW_COUNT; i++)
		view_print(out, title[i], &e->view[i].rates, e->view[i].auc, &e->view[i].confusion);
	fprintf(out, "Recall of flows (highest row), mean over the kinds of attack: %s\n", rate_print(e->recall_mean, mean));
}

static void importance_print(FILE *out, const struct report *r)
{
	int order[FEATURE_COUNT];

	importance_order(r->importance, order);
	fprintf(out, "\n%-20s %8s %8s\n", "Feature", "gain", "splits");
	for (int i = 0; i < FEATURES_SHOWN && r->importance->gain[order[i]] > 0; i++)
		fprintf(out, "%-20s %8.4f %8.0f\n", feature_name(order[i]), r->importance->gain[order[i]],
			r->importance->splits[order[i]]);
}

static void notes_print(FILE *out, const struct report *r)
{
	char text[256];

	for (size_t n = 0; report_note(r, n, text, sizeof(text)); n++)
		fprintf(out, "%sNote: %s\n", n ? "" : "\n", text);
}

int report_text(const struct report *r, char **text)
{
	size_t size;
	FILE *out = open_memstream(text, &size);

	if (!out)
		return -ENOMEM;
	data_print(out, r);
	kinds_print(out, r);
	thresholds_print(out, r);
	fates_print(out, r);
	views_print(out, r);
	importance_print(out, r);
	notes_print(out, r);
	return fclose(out) ? -ENOMEM : 0;
}
