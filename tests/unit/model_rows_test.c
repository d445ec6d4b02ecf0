// SPDX-License-Identifier: BSD-2-Clause
/* Many rows at once score as each would alone, to the integer; what does not fit is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "model_bounds.h"
#include "model_rows.h"
#include "models.h"

static void avx2_needed(void)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2"))
		return;
#endif
	skip();
}

/* Asks for all numbers of rows, too. */
static void scores_compare(const struct model *m, uint64_t *seed)
{
	struct model_rows *r = model_rows_make(m);
	struct features x[MODEL_ROWS];
	__s64 score[MODEL_ROWS + 1];

	assert_non_null(r);
	for (unsigned int count = 1; count <= MODEL_ROWS; count++) {
		for (unsigned int i = 0; i < count; i++)
			features_random(&x[i], m, seed);
		score[count] = 4711;
		model_rows_score(r, x, count, MODEL_ROWS_EXACT, score);
		for (unsigned int i = 0; i < count; i++)
			assert_true(score[i] == model_score(m, &x[i]));
		assert_int_equal(score[count], 4711); /* nothing behind them */
	}
	model_rows_free(r);
}

static void rows_score_as_each_alone(void **state)
{
	static const uint32_t trees[] = { 1, 7, 8, 100, MODEL_TREES_MAX };
	uint64_t seed = 1;

	(void)state;
	avx2_needed();
	for (uint32_t depth = 1; depth <= 6; depth++)
		for (size_t i = 0; i < sizeof(trees) / sizeof(*trees); i++) {
			struct model *m = model_random(trees[i], depth, &seed);

			scores_compare(m, &seed);
			free(m);
		}
}

/* As the exporter fills them up: below a leaf that is not at the model's depth, every value is below the cut. */
static void tree_cut(struct model *m, uint32_t tree, uint32_t at)
{
	for (; at < 1u << m->depth; at = 2 * at + 1)
		m->node[model_cell(m->depth, tree, at)].cut = MODEL_CUT_NEVER;
}

static void uneven_trees_score_as_each_alone(void **state)
{
	uint64_t seed = 2;

	(void)state;
	avx2_needed();
	for (int round = 0; round < 20; round++) {
		struct model *m = model_random(40, 4 + round % 3, &seed);

		for (uint32_t tree = 0; tree < 40; tree++)
			for (int i = 0; i < round * 3; i++)
				tree_cut(m, tree, 1 + random_u32(&seed) % ((1u << m->depth) - 1));
		scores_compare(m, &seed);
		free(m);
	}
}

/* Eight levels, of which few lead anywhere: it is the leaves that count. */
static void deep_trees_of_few_leaves_are_taken_and_of_many_refused(void **state)
{
	uint64_t seed = 3;
	struct model *m = model_random(16, 8, &seed);

	(void)state;
	avx2_needed();
	assert_null(model_rows_make(m)); /* 256 leaves */
	for (uint32_t tree = 0; tree < 16; tree++)
		for (uint32_t at = 32; at < 64; at++) /* half of the sixth level's and all behind them */
			if (at & 1) {
				tree_cut(m, tree, at);
			} else {
				tree_cut(m, tree, 2 * at);
				tree_cut(m, tree, 2 * at + 1);
			}
	scores_compare(m, &seed);
	m->node[model_cell(8, 5, 33)].cut = 5; /* one question more */
	scores_compare(m, &seed);
	for (uint32_t at = 33; at < 64; at += 2) {
		m->node[model_cell(8, 5, at)].cut = 5;
		m->node[model_cell(8, 5, 2 * at)].cut = 5;
	}
	assert_null(model_rows_make(m)); /* one tree has too many */
	free(m);
}

/* A score that is not exact is at least the exact one, and both are less than enough. */
static void rows_that_come_to_little_are_told_the_most_they_can(void **state)
{
	uint64_t seed = 6;
	struct model *m = model_random(100, 5, &seed);
	struct model_rows *r;
	int exact = 0, most = 0;

	(void)state;
	avx2_needed();
	for (uint32_t tree = 40; tree < 60; tree++)
		tree_cut(m, tree, 1 + tree % 5); /* of some, one leaf is left */
	model_bounds_fill(m);
	r = model_rows_make(m);
	assert_non_null(r);
	assert_int_equal(m->bounded, 1);
	for (int round = 0; round < 300; round++) {
		unsigned int count = 1 + round % MODEL_ROWS;
		__s64 score[MODEL_ROWS], enough = ((__s64)round - 50) * (1 << 20);
		struct features x[MODEL_ROWS];

		for (unsigned int i = 0; i < count; i++)
			features_random(&x[i], m, &seed);
		model_rows_score(r, x, count, enough, score);
		for (unsigned int i = 0; i < count; i++) {
			__s64 own = model_score(m, &x[i]);

			if (score[i] == own)
				exact++;
			else
				assert_true(score[i] > own && score[i] < enough && ++most);
		}
	}
	assert_true(exact > 100);
	assert_true(most > 100);
	model_rows_free(r);
	free(m);
}

static void cuts_that_divide_nothing_score_as_each_alone(void **state)
{
	static const uint32_t cuts[] = { 0, 1, FEATURE_MAX, FEATURE_MAX + 1, 0x7fffffff, 0x80000000, 0xfffffffe };
	uint64_t seed = 4;
	struct model *m = model_random(8, 3, &seed);

	(void)state;
	avx2_needed();
	for (uint32_t tree = 0; tree < 7; tree++)
		for (uint32_t at = 1; at < 8; at++)
			m->node[model_cell(3, tree, at)].cut = cuts[(tree + at) % 7];
	for (int i = 0; i < 50; i++)
		scores_compare(m, &seed);
	free(m);
}

static void models_of_another_kind_are_refused(void **state)
{
	uint64_t seed = 5;
	struct model *classes = model_random_classes(3, 24, 4, &seed), *linear = model_random_linear(1, &seed);
	struct model *forest = model_random(8, 4, &seed);

	(void)state;
	forest->kind = MODEL_FOREST;
	assert_null(model_rows_make(classes));
	assert_null(model_rows_make(linear));
	assert_null(model_rows_make(forest));
	model_rows_free(NULL);
	free(classes);
	free(linear);
	free(forest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_score_as_each_alone),
		cmocka_unit_test(uneven_trees_score_as_each_alone),
		cmocka_unit_test(deep_trees_of_few_leaves_are_taken_and_of_many_refused),
		cmocka_unit_test(rows_that_come_to_little_are_told_the_most_they_can),
		cmocka_unit_test(cuts_that_divide_nothing_score_as_each_alone),
		cmocka_unit_test(models_of_another_kind_are_refused),
	};

	return cmocka_run_group_tests_name("many rows", tests, NULL, NULL);
}
