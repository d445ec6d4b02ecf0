// SPDX-License-Identifier: BSD-2-Clause
#include "export_print.h"
#include "log.h"
#include "model_reach.h"
#include "names.h"

static void classes_print(const struct model *m)
{
	if (m->class_count == 1)
		return;
	printf("classes: ");
	for (__u32 c = 0; c < m->class_count; c++)
		printf(" %s=%s", m->class_name[c], class_role_name(m->class_role[c]));
	printf("\n");
}

/* Margins of other objectives are no log odds. */
static void probability_print(const struct ensemble *e, double margin)
{
	if (e->class_count == 1 && ensemble_has_probabilities(e))
		printf("(probability %.4g), ", sigmoid(margin));
}

void export_print_model(const struct export *x)
{
	const struct ensemble *e = &x->ensemble;
	const struct quantiser *q = &x->quantiser;
	bool used[FEATURE_COUNT];
	int features = 0;

	ensemble_features_used(e, used);
	for (int i = 0; i < FEATURE_COUNT; i++)
		features += used[i];
	printf("model:    %s saved by XGBoost %d.%d.%d, %s %s, %d trees, the deepest of depth %u, %d of %d features used\n",
	       x->source.format, e->version[0], e->version[1], e->version[2], booster_names[e->booster], e->objective,
	       e->tree_count, x->model->depth, features, FEATURE_COUNT);
	classes_print(x->model);
	printf("scores:   margin times 2^%u; no input leaves margins %.4g to %.4g\n", q->shift, q->low, q->high);
	printf("bound:    proven |score - margin| <= %.3g (%s rounded: %.3g, float32 sums of libxgboost: %.3g)%s\n",
	       q->bound, e->weight ? "weights" : "leaves", q->rounding, q->summation,
	       e->weight ? ", at the largest of all values; less for each row" : "");
}

static void near_print(const struct parity_result *p, const struct export *x)
{
	for (size_t i = 0; i < p->near && i < PARITY_NEAR_LISTED; i++) {
		const struct parity_near *n = &p->listed[i];

		printf("          %s line %u%s: margin %.9g, score %lld, %s threshold: %s\n",
		       x->paths[x->data.file[n->row]], x->data.line[n->row],
		       n->view == PARITY_SOURCE ? " without its destination" : "", n->margin, (long long)n->score,
		       n->cutoff < CUTOFF_COUNT ? cutoff_names[n->cutoff] : "class", n->agrees ? "agrees" : "differs");
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
	char version[32], whom[64], reach[MODEL_REACH_SIZE];

	for (int i = 0; i < CUTOFF_COUNT; i++) {
		const struct cutoff *c = &x->cutoff[i];

		printf("%-9s from margin %.8g ", i == CUTOFF_LOG ? "log:" : "drop:", c->margin);
		probability_print(&x->ensemble, c->margin);
		printf("score %d; wanted %.8g, observed next to it %.8g and %.8g\n", c->score, c->wanted, c->below, c->above);
	}
	snprintf(whom, sizeof(whom), "libxgboost %s", reference_version(version, sizeof(version)));
	parity_print(whom, &x->parity, x);
	if (x->saved.rows) {
		snprintf(whom, sizeof(whom), "the margins of XGBoost %d.%d.%d", x->ensemble.version[0],
			 x->ensemble.version[1], x->ensemble.version[2]);
		parity_print(whom, &x->saved, x);
	}
	printf("explained: %zu rows against libxgboost's pred_contribs: largest difference %.3g by path, proven is at most "
	       "%.3g; %.3g exact\n",
	       x->explained.rows, x->explained.difference[CONTRIBUTION_PATH], x->explained.tolerance,
	       x->explained.difference[CONTRIBUTION_EXACT]);
	printf("verdicts: %zu rows pass, %zu are logged, %zu dropped\n", x->parity.verdict[VERDICT_PASS],
	       x->parity.verdict[VERDICT_LOG], x->parity.verdict[VERDICT_DROP]);
	for (__u32 c = 0; c < x->model->class_count; c++)
		if (x->model->class_count > 1 && x->model->class_role[c] != CLASS_HONEST)
			printf("          %zu of class %s\n", x->parity.of_class[c], x->model->class_name[c]);
	if (*model_reach_print(x->model, NULL, reach))
		log_warn("this model %s", reach);
	else if (x->parity.verdict[VERDICT_DROP] == 0 || x->parity.verdict[VERDICT_DROP] == x->parity.rows)
		log_warn("all %zu rows are on one side of the threshold to drop: parity of verdicts shows little",
			 x->parity.rows);
}
