// SPDX-License-Identifier: BSD-2-Clause
/* model_score() is, to the integer, what walking every tree by its pointers gives: any shape, any values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "compile.h"
#include "random_ensemble.h"

static __s64 naive_score(const struct ensemble *e, const struct features *x, unsigned int shift)
{
	__s64 sum = score_from_margin(e->base_margin[0], shift);

	for (int t = 0; t < e->tree_count; t++)
		sum += score_from_margin(tree_leaf(e, &e->tree[t], x), shift);
	return sum;
}

/* A vector of values next to thresholds, or at either end. */
static void features_near_cuts(struct random *r, const struct ensemble *e, struct features *x)
{
	for (int i = 0; i < FEATURE_COUNT; i++) {
		uint32_t ends[] = { 0, 1, FEATURE_MAX - 1, FEATURE_MAX };

		x->value[i] = random_next(r) % 4 ? random_value(r) : ends[random_next(r) % 4];
	}
	for (int n = 0; n < 200; n++) {
		const struct tree *t = &e->tree[random_next(r) % e->tree_count];
		const struct tree_node *node = &t->node[random_next(r) % t->count];
		__u32 cut;

		if (node->left == -1)
			continue;
		assert_int_equal(0, cut_from_threshold(node->value, &cut));
		x->value[e->column_feature[node->feature]] = feature_saturate(cut + random_next(r) % 3 - 1);
	}
}

/* Returns how many different scores there were: a walk that always ends in the same leaf proves nothing. */
static void scores_are_equal(int trees, int depth, double leaf_share, int vectors)
{
	struct random r = { 0x9e3779b97f4a7c15u + trees * 64 + depth };
	struct ensemble e = random_ensemble(&r, trees, depth, leaf_share, 0.5);
	struct model *m = calloc(1, sizeof(*m));
	struct refusal why;
	struct quantiser q;
	int changes = 0;
	__s64 last = 0;

	assert_int_equal(0, ensemble_check(&e, &why));
	assert_int_equal(0, quantiser_choose(&e, &q, &why));
	model_compile(&e, &q, m, NULL);
	assert_int_equal(depth, m->depth);
	for (int i = 0; i < vectors; i++) {
		struct features x = { 0 };
		__s64 score;

		features_near_cuts(&r, &e, &x);
		score = model_score(m, &x);
		assert_int_equal(naive_score(&e, &x, q.shift), score);
		changes += i && score != last;
		last = score;
	}
	assert_true(changes > vectors / 4);
	free(m);
	ensemble_free(&e);
}

static void small_models(void **state)
{
	(void)state;
	for (int depth = 1; depth <= MODEL_DEPTH_MAX; depth++)
		for (int trees = 1; trees <= 17; trees += 4)
			scores_are_equal(trees, depth, 0, 200);
}

static void ragged_models(void **state)
{
	(void)state;
	for (int trees = 1; trees < 60; trees += 7)
		scores_are_equal(trees, 1 + trees % MODEL_DEPTH_MAX, 0.4, 300);
}

static void two_hundred_trees_of_depth_six(void **state)
{
	(void)state;
	scores_are_equal(200, 6, 0, 1000);
	scores_are_equal(200, 6, 0.2, 1000);
}

static void the_largest_model(void **state)
{
	(void)state;
	scores_are_equal(MODEL_TREES_MAX, MODEL_DEPTH_MAX, 0, 400);
	scores_are_equal(MODEL_TREES_MAX, MODEL_DEPTH_MAX, 0.1, 400);
}

/* Several classes of weighted trees: each class's sum, and the lead of the strongest that may not pass. Returns how often it led. */
static int classes_are_equal(int classes, int trees)
{
	struct random r = { 0x1234567 + classes * 1000 + trees };
	struct ensemble e = random_ensemble(&r, trees, 5, 0.2, 0.5);
	struct model *m = calloc(1, sizeof(*m));
	struct refusal why;
	struct quantiser q;
	int positive = 0;

	e.class_count = classes;
	e.booster = BOOSTER_DART;
	for (int c = 0; c < classes; c++)
		e.base_margin[c] = random_unit(&r) - 0.5;
	for (int t = 0; t < trees; t++) {
		e.tree[t].class = random_next(&r) % classes;
		e.tree[t].weight = (float)random_unit(&r);
	}
	assert_int_equal(0, ensemble_check(&e, &why));
	assert_int_equal(0, quantiser_choose(&e, &q, &why));
	model_compile(&e, &q, m, NULL);
	for (int c = 0; c < classes; c++)
		m->class_role[c] = c % 2 ? CLASS_ATTACK : CLASS_HONEST;
	for (int i = 0; i < 500; i++) {
		struct features x = { 0 };
		struct model_sums sums;
		__s64 sum[MODEL_CLASSES_MAX], best[2] = { INT64_MIN / 4, INT64_MIN / 4 };

		features_near_cuts(&r, &e, &x);
		for (int c = 0; c < classes; c++)
			sum[c] = score_from_margin(e.base_margin[c], q.shift);
		for (int t = 0; t < trees; t++)
			sum[e.tree[t].class] +=
				score_from_margin(e.tree[t].weight * tree_leaf(&e, &e.tree[t], &x), q.shift);
		for (int c = 0; c < classes; c++)
			best[c % 2] = sum[c] > best[c % 2] ? sum[c] : best[c % 2];
		assert_int_equal(best[1] - best[0], model_lead(m, &x, &sums));
		assert_memory_equal(sum, sums.sum, classes * sizeof(*sum));
		assert_true(sums.class % 2 && sum[sums.class] == best[1]);
		positive += best[1] > best[0];
	}
	free(m);
	ensemble_free(&e);
	return positive;
}

static void several_classes_of_weighted_trees(void **state)
{
	int positive = 0;

	(void)state;
	for (int classes = 2; classes <= MODEL_CLASSES_MAX; classes++)
		positive += classes_are_equal(classes, 3 * classes + classes % 5);
	positive += classes_are_equal(3, 300);
	assert_in_range(positive, 1000, 7000); /* of 8000 */
}

/* Every class has a say early. */
static void groups_go_round_the_classes(void **state)
{
	static const __u8 order[] = { 0, 1, 2, 0, 2, 2 };
	struct random r = { 6 };
	struct ensemble e = random_ensemble(&r, 32, 2, 0, 1);
	struct model *m = calloc(1, sizeof(*m));
	struct refusal why;
	struct quantiser q;

	(void)state;
	e.class_count = 3;
	for (int t = 0; t < e.tree_count; t++)
		e.tree[t].class = t < 9 ? 0 : t < 15 ? 1 : 2;
	assert_int_equal(0, quantiser_choose(&e, &q, &why));
	model_compile(&e, &q, m, NULL);
	assert_int_equal(m->group_count, 6);
	assert_memory_equal(m->group_class, order, sizeof(order));
	free(m);
	ensemble_free(&e);
}

/* Nobody walks there, but whoever asks what a subtree can add at most must find the leaf's value and no other. */
static void cells_below_a_leaf_hold_it(void **state)
{
	struct random r = { 5 };
	struct ensemble e = random_ensemble(&r, 9, 5, 0.5, 1);
	struct model *m = calloc(1, sizeof(*m));
	struct refusal why;
	struct quantiser q;

	(void)state;
	assert_int_equal(0, quantiser_choose(&e, &q, &why));
	model_compile(&e, &q, m, NULL);
	for (int t = 0; t < e.tree_count; t++)
		for (__u32 i = 0; i < 1u << m->depth; i++)
			assert_int_not_equal(0, m->leaf[model_cell(m->depth, t, i)]);
	free(m);
	ensemble_free(&e);
}

/* Every cut by itself, with the values on both sides of it. */
static void each_cut_divides_where_the_float_does(void **state)
{
	struct random r = { 77 };
	struct model *m = calloc(1, sizeof(*m));

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct ensemble e = random_ensemble(&r, 1, 1, 0, 1);
		int feature = e.column_feature[e.tree[0].node[0].feature];
		struct refusal why;
		struct quantiser q;
		__u32 cut;

		assert_int_equal(0, cut_from_threshold(e.tree[0].node[0].value, &cut));
		assert_int_equal(0, quantiser_choose(&e, &q, &why));
		*m = (struct model){ 0 };
		model_compile(&e, &q, m, NULL);
		for (__u32 v = cut - 1; v <= cut + 1 && v <= FEATURE_MAX; v++) {
			struct features x = { 0 };

			x.value[feature] = v;
			assert_int_equal(naive_score(&e, &x, q.shift), model_score(m, &x));
		}
		ensemble_free(&e);
	}
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_models),
		cmocka_unit_test(ragged_models),
		cmocka_unit_test(two_hundred_trees_of_depth_six),
		cmocka_unit_test(the_largest_model),
		cmocka_unit_test(several_classes_of_weighted_trees),
		cmocka_unit_test(groups_go_round_the_classes),
		cmocka_unit_test(cells_below_a_leaf_hold_it),
		cmocka_unit_test(each_cut_divides_where_the_float_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
