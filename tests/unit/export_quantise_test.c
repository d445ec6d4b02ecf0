// SPDX-License-Identifier: BSD-2-Clause
/* Fixed point: the proven bound holds, the scale is the largest that fits, and what fits no scale is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "compile.h"
#include "random_ensemble.h"

static struct refusal why;

/* Sums as libxgboost does, in float32: base first, or base last, or backwards. */
static float float_margin(const struct ensemble *e, const float *leaf, int order)
{
	float sum = order == 1 ? 0 : e->base_margin[0];

	for (int t = 0; t < e->tree_count; t++)
		sum += leaf[order == 2 ? e->tree_count - 1 - t : t];
	return order == 1 ? sum + e->base_margin[0] : sum;
}

static void scores_stay_within_the_bound(void **state)
{
	struct random r = { 12 };
	float leaf[MODEL_TREES_MAX];
	double worst = 0;

	(void)state;
	for (int round = 0; round < 60; round++) {
		int trees = 1 + random_next(&r) % MODEL_TREES_MAX;
		struct ensemble e = random_ensemble(&r, trees, 3, 0.1, ldexp(1, (int)(random_next(&r) % 12) - 6));
		struct quantiser q;

		assert_int_equal(0, quantiser_choose(&e, &q, &why));
		for (int i = 0; i < 50; i++) {
			struct features x = { 0 };
			__s64 score = score_from_margin(e.base_margin[0], q.shift);

			for (int k = 0; k < FEATURE_COUNT; k++)
				x.value[k] = random_value(&r);
			for (int t = 0; t < trees; t++) {
				leaf[t] = tree_leaf(&e, &e.tree[t], &x);
				score += score_from_margin(leaf[t], q.shift);
			}
			assert_true(score > INT_MIN && score < INT_MAX);
			assert_true(margin_from_score(score, q.shift) >= q.low - q.rounding);
			assert_true(margin_from_score(score, q.shift) <= q.high + q.rounding);
			for (int order = 0; order < 3; order++) {
				double apart = fabs(margin_from_score(score, q.shift) - float_margin(&e, leaf, order));

				assert_true(apart <= q.bound);
				worst = fmax(worst, apart / q.bound);
			}
		}
		ensemble_free(&e);
	}
	assert_true(worst > 0.001); /* a bound a thousand times too wide would say nothing */
}

/* Of a linear model: sums in floats, forwards and backwards, against the score, within what is proven for the vector. */
static void linear_scores_stay_within_the_bound_of_their_vector(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	struct random r = { 77 };
	int column_feature[FEATURE_COUNT], apart_at_all = 0;
	float weight[FEATURE_COUNT + 1];

	(void)state;
	for (int i = 0; i < FEATURE_COUNT; i++)
		column_feature[i] = FEATURE_COUNT - 1 - i;
	for (int round = 0; round < 200; round++) {
		struct ensemble e = { .booster = BOOSTER_GBLINEAR, .class_count = 1, .column_count = FEATURE_COUNT,
				      .column_feature = column_feature, .weight = weight };
		struct quantiser q;

		e.base_margin[0] = random_unit(&r) * 4 - 2;
		for (int i = 0; i <= FEATURE_COUNT; i++)
			weight[i] = ldexp(random_unit(&r) - 0.5, -(int)(random_next(&r) % 25));
		assert_int_equal(0, quantiser_choose(&e, &q, &why));
		memset(m, 0, sizeof(*m));
		model_compile(&e, &q, m, NULL);
		for (int i = 0; i < 50; i++) {
			struct features x = { 0 };
			struct model_sums sums;
			float up = weight[FEATURE_COUNT] + e.base_margin[0], down = 0;
			double bound, score;

			for (int k = 0; k < FEATURE_COUNT; k++)
				x.value[k] = random_next(&r) % 8 ? random_value(&r) : FEATURE_MAX;
			for (int k = 0; k < FEATURE_COUNT; k++) {
				up += x.value[column_feature[k]] * weight[k];
				down += x.value[k] * weight[FEATURE_COUNT - 1 - k];
			}
			down += weight[FEATURE_COUNT] + e.base_margin[0];
			bound = quantiser_score_bound(&q, &e, quantiser_bound(&q, &e, &x));
			assert_true(bound <= quantiser_score_bound(&q, &e, q.bound));
			score = margin_from_score(model_ask(m, &x, &sums), q.shift);
			assert_true(fabs(score - margin_in_range(up, q.shift)) <= bound);
			assert_true(fabs(score - margin_in_range(down, q.shift)) <= bound);
			apart_at_all += up != down;
		}
	}
	assert_true(apart_at_all > 1000); /* floats do depend on the order */
	free(m);
}

static struct ensemble one_leaf(struct tree *tree, struct tree_node *node, float leaf, float base)
{
	*node = (struct tree_node){ .left = -1, .right = -1, .reached = true, .value = leaf };
	*tree = (struct tree){ .count = 1, .node = node, .weight = 1 };
	return (struct ensemble){ .tree_count = 1, .tree = tree, .class_count = 1, .base_margin = { base } };
}

static void the_scale_is_the_largest_that_fits(void **state)
{
	static const struct {
		float leaf, base;
		unsigned int shift;
	} row[] = {
		{ 0, 0, 30 },	       { 0.5f, 0, 30 },	 { 1.5f, 0, 30 },	{ 2, 0, 29 },	     { -2, 0, 29 },
		{ 1, 1, 29 },	       { 1.5f, -3, 29 }, { 1e6f, 0, 11 },	{ 2147483520, 0, 0 },
	};
	struct tree_node node;
	struct tree tree;
	struct quantiser q;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct ensemble e = one_leaf(&tree, &node, row[i].leaf, row[i].base);

		assert_int_equal(0, quantiser_choose(&e, &q, &why));
		assert_int_equal(row[i].shift, q.shift);
	}
}

static void rounding_is_told_exactly(void **state)
{
	struct tree_node node;
	struct tree tree;
	struct ensemble e = one_leaf(&tree, &node, 0x1p-32f, 0x1.8p-31f);
	struct quantiser q;

	(void)state;
	assert_int_equal(0, quantiser_choose(&e, &q, &why));
	assert_int_equal(30, q.shift);
	assert_true(q.rounding == 0x1p-32 + 0x1p-32);
}

/* Their sum is small, but neither fits. */
static void leaves_too_large_for_32_bits_are_refused(void **state)
{
	struct tree_node node;
	struct tree tree;
	struct ensemble e = one_leaf(&tree, &node, 4e9f, -4e9f);
	struct quantiser q;

	(void)state;
	assert_int_equal(-EINVAL, quantiser_choose(&e, &q, &why));
	assert_non_null(strstr(why.text, "no 32-bit score holds"));
	e = one_leaf(&tree, &node, 3e38f, 3e38f);
	assert_int_equal(-EINVAL, quantiser_choose(&e, &q, &why));
	e = one_leaf(&tree, &node, 2147483648.0f, 0);
	assert_int_equal(-EINVAL, quantiser_choose(&e, &q, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_stay_within_the_bound),
		cmocka_unit_test(linear_scores_stay_within_the_bound_of_their_vector),
		cmocka_unit_test(the_scale_is_the_largest_that_fits),
		cmocka_unit_test(rounding_is_told_exactly),
		cmocka_unit_test(leaves_too_large_for_32_bits_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
