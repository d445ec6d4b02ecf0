// SPDX-License-Identifier: BSD-2-Clause
#include "export_print.h"
#include "log.h"

void export_print_model(const struct export *x)
{
	const struct ensemble *e = &x->ensemble;
	const struct quantiser *q = &x->quantiser;
	bool used[FEATURE_COUNT];
	int features = 0;

	ensemble_features_used(e, used);
	for (int i = 0; i < FEATURE_COUNT; i++)
		features += used[i];
	printf("model:    %s saved by XGBoost %d.%d.%d, %s, %d trees of depth %u, %d of %d features used\n",
	       x->source.format, e->version[0], e->version[1], e->version[2], e->objective, e->tree_count,
	       x->model->depth, features, FEATURE_COUNT);
	printf("scores:   margin times 2^%u; no input leaves margins %.4g to %.4g\n", q->shift, q->low, q->high);
	printf("bound:    proven |score - margin| <= %.3g (leaves rounded: %.3g, float32 sums of libxgboost: %.3g)\n",
	       q->bound, q->rounding, q->summation);
}

static void near_print(const struct parity_result *p, const struct export *x)
{
	for (size_t i = 0; i < p->near && i < PARITY_NEAR_LISTED; i++) {
		const struct parity_near *n = &p->listed[i];

		printf("          %s line %u%s: margin %.9g, score %lld, %s threshold: %s\n",
		       x->paths[x->data.file[n->row]], x->data.line[n->row],
		       n->view == PARITY_SOURCE ? " without its destination" : "", n->margin, (long long)n->score,
		       cutoff_names[n->cutoff], n->agrees ? "agrees" : "differs");
	}
	if (p->near > PARITY_NEAR_LISTED)
		printf("          and %zu more\n", p->near - PARITY_NEAR_LISTED);
}

static void parity_print(const char *whom, const struct parity_result *p, const struct export *x)
{
	printf("parity:   %zu rows against %s: largest difference %.3g; verdicts beyond the bound of a threshold all agree, "
	       "within it are %zu, of which %zu differ\n",
	       p->rows, whom, p->difference, p->near, p->flips);
	near_print(p, x);
}

void export_print_proof(const struct export *x)
{
	char version[32], whom[64];

	for (int i = 0; i < CUTOFF_COUNT; i++) {
		const struct cutoff *c = &x->cutoff[i];

		printf("%-9s from margin %.8g (probability %.4g), score %d; wanted %.8g, observed next to it %.8g and %.8g\n",
		       i == CUTOFF_LOG ? "log:" : "drop:", c->margin, sigmoid(c->margin), c->score, c->wanted, c->below,
		       c->above);
	}
	snprintf(whom, sizeof(whom), "libxgboost %s", reference_version(version, sizeof(version)));
	parity_print(whom, &x->parity, x);
	if (x->saved.rows) {
		snprintf(whom, sizeof(whom), "the margins of XGBoost %d.%d.%d", x->ensemble.version[0],
			 x->ensemble.version[1], x->ensemble.version[2]);
		parity_print(whom, &x->saved, x);
	}
	printf("verdicts: %zu rows pass, %zu are logged, %zu dropped\n", x->parity.verdict[VERDICT_PASS],
	       x->parity.verdict[VERDICT_LOG], x->parity.verdict[VERDICT_DROP]);
	if (x->quantiser.high + x->quantiser.bound < x->cutoff[CUTOFF_DROP].margin)
		log_warn("this model never drops: no input at all reaches margin %.4g, the threshold to drop is %.4g",
			 x->quantiser.high, x->cutoff[CUTOFF_DROP].margin);
	else if (x->parity.verdict[VERDICT_DROP] == 0 || x->parity.verdict[VERDICT_DROP] == x->parity.rows)
		log_warn("all %zu rows are on one side of the threshold to drop: parity of verdicts shows little",
			 x->parity.rows);
}
