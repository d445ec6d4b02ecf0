// SPDX-License-Identifier: BSD-2-Clause
/*
 * Contributions add up to the score, are Shapley values where they are said to be, and are libxgboost's for the models that
 * four versions of it saved. Needs tests/data, so it runs in the root of the tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "compile.h"
#include "explained.h"
#include "models.h"

#define GOLDEN "tests/data/golden"

static struct refusal why;

/* Covers of every size, some of them none. */
static float *covers_random(const struct model *m, uint64_t *state)
{
	float *cover = calloc(MODEL_CELLS, sizeof(*cover));

	for (uint32_t i = 0; i < m->group_count * MODEL_LANES << m->depth; i++)
		cover[i] = random_u32(state) % 8 ? (random_u32(state) >> random_u32(state) % 24) / 16.0 : 0;
	return cover;
}

static double margin_of(const struct model *m, const struct features *x)
{
	struct model_sums sums;

	return ldexp(model_lead(m, x, &sums), -(int)m->scale_shift);
}

static void assert_adds_up(struct model *m, uint64_t *state)
{
	float *cover = m->kind == MODEL_TREES ? covers_random(m, state) : NULL;

	m->scale_shift = 20;
	for (int weighted = 0; weighted < 2; weighted++) {
		struct model_means means;

		assert_int_equal(0, model_means_open(&means, m, weighted ? cover : NULL));
		for (int i = 0; i < 40; i++) {
			struct features x;
			double margin;

			features_random(&x, m, state);
			margin = margin_of(m, &x);
			for (int method = 0; method < CONTRIBUTION_METHODS; method++) {
				struct contributions c;
				double sum;

				contributions_of_score(&means, method, &x, &c);
				sum = contributions_sum(&c);
				if (fabs(margin) < 2000 && !(fabs(sum - margin) <= 1e-6 * (1 + fabs(margin)))) /* else cut off */
					fail_msg("%s: %.9g, the margin is %.9g", contribution_method_names[method], sum, margin);
			}
		}
		model_means_close(&means);
	}
	free(cover);
	free(m);
}

static void contributions_add_up_to_the_score(void **state)
{
	uint64_t seed = 11;

	(void)state;
	assert_adds_up(model_random(40, 6, &seed), &seed);
	assert_adds_up(model_random(3, 8, &seed), &seed);
	assert_adds_up(model_random(16, 1, &seed), &seed);
	assert_adds_up(model_random_classes(5, 40, 4, &seed), &seed);
	assert_adds_up(model_random_linear(1, &seed), &seed);
	assert_adds_up(model_random_linear(3, &seed), &seed);
}

/* What a tree is expected to say when only the features in `known` are known: the plainest way, from the definition. */
static double expectation(const struct model *m, const float *cover, uint32_t tree, uint32_t at, const struct features *x,
			  uint64_t known, double *below)
{
	const struct model_node *n;
	double left, right, left_cover, right_cover;

	if (at >= 1u << m->depth) {
		uint32_t cell = model_cell(m->depth, tree, at - (1u << m->depth));

		*below = cover[cell];
		return ldexp(m->leaf[cell], -(int)m->scale_shift);
	}
	n = &m->node[model_cell(m->depth, tree, at)];
	left = expectation(m, cover, tree, 2 * at + 1, x, known, &left_cover);
	right = expectation(m, cover, tree, 2 * at, x, known, &right_cover);
	*below = left_cover + right_cover;
	if (known >> n->feature & 1)
		return x->value[n->feature] < n->cut ? left : right;
	return *below > 0 ? (left * left_cover + right * right_cover) / *below : (left + right) / 2;
}

static double expectation_of_trees(const struct model *m, const float *cover, const struct features *x, uint64_t known)
{
	double sum = ldexp(m->base[0], -(int)m->scale_shift), unused;

	for (uint32_t tree = 0; tree < m->tree_count; tree++)
		sum += expectation(m, cover, tree, 1, x, known, &unused);
	return sum;
}

#define PLAYERS 5

/* The mean over all orders in which five features become known, each order walked. */
static void orders_walk(const struct model *m, const float *cover, const struct features *x, uint64_t known, int left,
			double weight, double value[PLAYERS])
{
	double before = expectation_of_trees(m, cover, x, known);

	for (int f = 0; f < PLAYERS; f++) {
		if (known >> f & 1)
			continue;
		value[f] += weight / left * (expectation_of_trees(m, cover, x, known | 1ull << f) - before);
		orders_walk(m, cover, x, known | 1ull << f, left - 1, weight / left, value);
	}
}

static void the_exact_method_is_the_mean_over_all_orders(void **state)
{
	uint64_t seed = 5;
	struct model *m = model_random(3, 4, &seed);
	float *cover = covers_random(m, &seed);
	struct model_means means;

	(void)state;
	m->scale_shift = 10;
	for (uint32_t i = 0; i < MODEL_CELLS; i++)
		m->node[i].feature %= PLAYERS;
	assert_int_equal(0, model_means_open(&means, m, cover));
	for (int i = 0; i < 12; i++) {
		double value[PLAYERS] = { 0 };
		struct contributions c;
		struct features x;

		features_random(&x, m, &seed);
		orders_walk(m, cover, &x, 0, PLAYERS, 1, value);
		contributions_of_class(&means, CONTRIBUTION_EXACT, 0, &x, &c);
		for (int f = 0; f < PLAYERS; f++)
			if (!(fabs(c.feature[f] - value[f]) < 1e-6))
				fail_msg("feature %d: %.9g, over all orders it is %.9g", f, c.feature[f], value[f]);
		assert_true(fabs(c.base - expectation_of_trees(m, cover, &x, 0)) < 1e-6);
	}
	model_means_close(&means);
	free(cover);
	free(m);
}

/* One question: x[0] < 10 in 30 of 40 rows. Known, it moves the mean of -1 and 3 to either. */
static void a_question_moves_the_mean_to_its_answer(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	float *cover = calloc(MODEL_CELLS, sizeof(*cover));
	struct features x = { .value = { 9 } };
	struct model_means means;
	struct contributions c;

	(void)state;
	m->depth = m->tree_count = m->group_count = m->class_count = 1;
	m->node[model_cell(1, 0, 1)].cut = 10;
	m->leaf[model_cell(1, 0, 1)] = -1;
	m->leaf[model_cell(1, 0, 0)] = 3;
	cover[model_cell(1, 0, 1)] = 30;
	cover[model_cell(1, 0, 0)] = 10;
	for (int method = 0; method < CONTRIBUTION_METHODS; method++) {
		assert_int_equal(0, model_means_open(&means, m, cover));
		contributions_of_score(&means, method, &x, &c);
		assert_true(means.weighted && c.base == 0 && c.feature[0] == -1);
		model_means_close(&means);
		assert_int_equal(0, model_means_open(&means, m, NULL));
		contributions_of_score(&means, method, &x, &c);
		assert_true(!means.weighted && c.base == 1 && c.feature[0] == -2);
		model_means_close(&means);
	}
	free(cover);
	free(m);
}

static void golden_compare(const char *version, const char *name, const struct dataset *data)
{
	struct model *m = calloc(1, sizeof(*m));
	float *cover = calloc(MODEL_CELLS, sizeof(*cover));
	struct model_source source = { 0 };
	struct ensemble e = { 0 };
	struct reference *r = NULL;
	struct explained found;
	struct model_means means;
	struct quantiser q;
	char path[128];

	snprintf(path, sizeof(path), GOLDEN "/%s/%s.json", version, name);
	assert_int_equal(0, model_source_read(path, &source, &why));
	assert_int_equal(0, ensemble_read(source.json, &e, &why));
	assert_int_equal(0, quantiser_choose(&e, &q, &why));
	assert_int_equal(0, reference_open(&source, &e, &r, &why));
	model_compile(&e, &q, m, cover);
	assert_int_equal(0, model_means_open(&means, m, e.weight ? NULL : cover));
	if (explained_compare(r, &e, &q, &means, data, &found, &why))
		fail_msg("%s: %s", path, why.text);
	assert_int_equal(data->rows < EXPLAINED_ROWS ? data->rows : EXPLAINED_ROWS, found.rows);
	if (getenv("SHOW"))
		print_message("%s: path %.3g, exact %.3g, tolerance %.3g\n", path, found.difference[0], found.difference[1],
			      found.tolerance);
	if (!(found.difference[CONTRIBUTION_EXACT] <= 2 * found.tolerance))
		fail_msg("%s: exact contributions are apart by %g", path, found.difference[CONTRIBUTION_EXACT]);
	model_means_close(&means);
	reference_close(r);
	ensemble_free(&e);
	model_source_free(&source);
	free(cover);
	free(m);
}

static void contributions_are_those_of_libxgboost(void **state)
{
	static const char *const versions[] = { "1.7.6", "2.1.4", "3.0.5", "3.2.0" };
	static const char *const names[] = { "logistic", "hinge", "forest", "dart", "gaps", "classes", "linear",
					     "linear_classes" };
	const char *rows = GOLDEN "/rows.csv";
	static const bool used[FEATURE_COUNT] = { [FEATURE_fpk] = true, [FEATURE_len_max] = true, [FEATURE_ans] = true,
						  [FEATURE_s_unans_short] = true };
	struct dataset_options options = { .feature_used = used };
	struct dataset data = { 0 };
	char text[512];

	(void)state;
	assert_int_equal(0, dataset_load(&data, &rows, 1, &options, text, sizeof(text)));
	for (size_t v = 0; v < sizeof(versions) / sizeof(*versions); v++)
		for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++)
			golden_compare(versions[v], names[n], &data);
	dataset_free(&data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contributions_add_up_to_the_score),
		cmocka_unit_test(the_exact_method_is_the_mean_over_all_orders),
		cmocka_unit_test(a_question_moves_the_mean_to_its_answer),
		cmocka_unit_test(contributions_are_those_of_libxgboost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
