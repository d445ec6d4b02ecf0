// SPDX-License-Identifier: BSD-2-Clause
/* The walk in the kernel gives the host's score to the integer, whatever the model's size and kind and the vector. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>
#include "model_bounds.h"
#include "models.h"
#include "tests/kernel/score.skel.h"

#define ROWS 1024

static struct score_bpf *score;

static int score_load(void **state)
{
	struct bpf_map *map;

	(void)state;
	if (geteuid())
		return 0;
	score = score_bpf__open();
	if (!score)
		return -1;
	bpf_object__for_each_map(map, score->obj)
		bpf_map__set_pin_path(map, NULL);
	return score_bpf__load(score);
}

static int score_unload(void **state)
{
	(void)state;
	score_bpf__destroy(score);
	return 0;
}

static void kernel_score(const struct model *m, const struct features *x, __s64 *out)
{
	char frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame));
	__u32 slot = 0;

	assert_int_equal(bpf_map_update_elem(bpf_map__fd(score->maps.hr_models), &slot, m, BPF_ANY), 0);
	for (__u32 i = 0; i < ROWS; i++)
		assert_int_equal(bpf_map_update_elem(bpf_map__fd(score->maps.score_vectors), &i, &x[i], BPF_ANY), 0);
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(score->progs.score_all), &run), 0);
	for (__u32 i = 0; i < ROWS; i++)
		assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(score->maps.score_results), &i, &out[i]), 0);
}

/* Compares `rounds` tables of vectors; both sides of the threshold must occur. */
static void compare(uint32_t trees, uint32_t depth, int rounds)
{
	struct features *x = calloc(ROWS, sizeof(*x));
	__s64 *kernel = calloc(ROWS, sizeof(*kernel));
	uint64_t seed = trees * 100 + depth;
	struct model *m;
	int positive = 0;

	if (!score)
		skip();
	m = model_random(trees, depth, &seed);
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < ROWS; i++)
			features_random(&x[i], m, &seed);
		kernel_score(m, x, kernel);
		for (int i = 0; i < ROWS; i++) {
			assert_int_equal(kernel[i], model_score(m, &x[i]));
			positive += kernel[i] > 0;
		}
	}
	assert_in_range(positive, 1, rounds * ROWS - 1);
	print_message("# %u trees of depth %u: %d vectors, %d with a positive score\n", trees, depth, rounds * ROWS,
		      positive);
	free(x);
	free(kernel);
	free(m);
}

/* Several classes, or weights: score, class and each class's sum are the same on both sides. */
static void compare_classes(struct model *m, int rounds)
{
	struct features *x = calloc(ROWS, sizeof(*x));
	__s64 *kernel = calloc(ROWS, sizeof(*kernel));
	uint64_t seed = m->class_count * 100 + m->kind;
	int positive = 0, classes = 0;
	bool spoken[MODEL_CLASSES_MAX] = { 0 };

	if (!score)
		skip();
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < ROWS; i++)
			features_random(&x[i], m, &seed);
		kernel_score(m, x, kernel);
		for (__u32 i = 0; i < ROWS; i++) {
			struct model_sums host = { 0 }, sums;

			assert_int_equal(kernel[i], model_ask(m, &x[i], &host));
			assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(score->maps.score_sums), &i, &sums), 0);
			assert_int_equal(sums.class, host.class);
			assert_memory_equal(sums.sum, host.sum, m->class_count * sizeof(*host.sum));
			positive += kernel[i] > 0;
			classes += !spoken[host.class];
			spoken[host.class] = true;
		}
	}
	assert_in_range(positive, 1, rounds * ROWS - 1);
	assert_true(m->class_count < 3 || classes > 1);
	print_message("# %u classes, %u trees, %s: %d vectors, %d with a positive score, %d classes\n", m->class_count,
		      m->tree_count, m->kind == MODEL_LINEAR ? "linear" : "trees", rounds * ROWS, positive, classes);
	free(x);
	free(kernel);
	free(m);
}

/*
 * Walks that end when the verdict is decided: kernel and host end alike, the verdict is that of the whole walk, and the
 * bound holds. With thresholds of every kind, above, below and between the scores.
 */
static void ended_walks_reach_the_verdict_of_whole_ones(void **state)
{
	struct features *x = calloc(ROWS, sizeof(*x));
	__s64 *kernel = calloc(ROWS, sizeof(*kernel));
	int ended[SCORE_IS_COUNT] = { 0 };
	uint64_t seed = 11;

	(void)state;
	if (!score)
		skip();
	score->bss->score_until = 1;
	for (int round = 0; round < 12; round++) {
		struct model *m = model_random(10 + 30 * round, 4, &seed);

		model_bounds_fill(m);
		m->policy.log_at = (int32_t)random_u32(&seed) >> (6 + round % 6);
		m->policy.drop_at = m->policy.log_at + (round % 3 ? random_u32(&seed) >> 9 : 0);
		for (int i = 0; i < ROWS; i++)
			features_random(&x[i], m, &seed);
		kernel_score(m, x, kernel);
		for (__u32 i = 0; i < ROWS; i++) {
			__s64 whole = model_score(m, &x[i]);
			struct model_sums host, sums;

			assert_int_equal(kernel[i], model_decide(m, &x[i], &host, 0));
			assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(score->maps.score_sums), &i, &sums), 0);
			assert_int_equal(sums.score_is, host.score_is);
			assert_int_equal(whole >= m->policy.drop_at, kernel[i] >= m->policy.drop_at);
			assert_int_equal(whole >= m->policy.log_at, kernel[i] >= m->policy.log_at);
			assert_true(sums.score_is != SCORE_AT_MOST || whole <= kernel[i]);
			assert_true(sums.score_is != SCORE_AT_LEAST || whole >= kernel[i]);
			assert_true(sums.score_is != SCORE_EXACT || whole == kernel[i]);
			ended[sums.score_is]++;
		}
		free(m);
	}
	score->bss->score_until = 0;
	print_message("# walks: %d whole, %d ended below, %d ended above\n", ended[SCORE_EXACT], ended[SCORE_AT_MOST],
		      ended[SCORE_AT_LEAST]);
	assert_true(ended[SCORE_EXACT] && ended[SCORE_AT_MOST] && ended[SCORE_AT_LEAST]);
	free(x);
	free(kernel);
}

/*
 * The same of several classes: whole walks may differ in the score alone, and from the threshold to drop on the class must
 * be the same, too. Fewer and fewer classes that may pass, and leaves of unlike sizes, so that there are leaders.
 */
static void ended_walks_of_several_classes_reach_the_verdict_of_whole_ones(void **state)
{
	struct features *x = calloc(ROWS, sizeof(*x));
	__s64 *kernel = calloc(ROWS, sizeof(*kernel));
	int ended[SCORE_IS_COUNT] = { 0 };
	uint64_t seed = 21;

	(void)state;
	if (!score)
		skip();
	score->bss->score_until = 1;
	for (int round = 0; round < 30; round++) {
		__u32 classes = 2 + round % 15;
		struct model *m = model_random_classes(classes, 8 * classes * (1 + round % 4), 1 + round % 4, &seed);

		for (__u32 i = 0; i < MODEL_CELLS; i++)
			m->leaf[i] >>= i / MODEL_LANES / (4 << m->depth); /* the later a group, the less it says */
		model_bounds_fill(m);
		m->policy.log_at = (int32_t)random_u32(&seed) >> (6 + round % 6);
		m->policy.drop_at = m->policy.log_at + (round % 3 ? random_u32(&seed) >> 10 : 0);
		for (int i = 0; i < ROWS; i++)
			features_random(&x[i], m, &seed);
		kernel_score(m, x, kernel);
		for (__u32 i = 0; i < ROWS; i++) {
			struct model_sums host, sums, all;
			__s64 whole = model_lead(m, &x[i], &all);

			assert_int_equal(kernel[i], model_decide(m, &x[i], &host, 0));
			assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(score->maps.score_sums), &i, &sums), 0);
			assert_int_equal(sums.score_is, host.score_is);
			assert_int_equal(sums.class, host.class);
			assert_int_equal(whole >= m->policy.drop_at, kernel[i] >= m->policy.drop_at);
			assert_int_equal(whole >= m->policy.log_at, kernel[i] >= m->policy.log_at);
			assert_true(whole < m->policy.log_at || sums.class == all.class);
			assert_true(sums.score_is != SCORE_AT_MOST || whole <= kernel[i]);
			assert_true(sums.score_is != SCORE_AT_LEAST || whole >= kernel[i]);
			assert_true(sums.score_is != SCORE_EXACT || (whole == kernel[i] && sums.class == all.class));
			ended[sums.score_is]++;
		}
		free(m);
	}
	score->bss->score_until = 0;
	print_message("# walks of several classes: %d whole, %d ended below, %d ended above\n", ended[SCORE_EXACT],
		      ended[SCORE_AT_MOST], ended[SCORE_AT_LEAST]);
	assert_true(ended[SCORE_EXACT] > 1000 && ended[SCORE_AT_MOST] > 1000 && ended[SCORE_AT_LEAST] > 1000);
	free(x);
	free(kernel);
}

static void several_classes_of_trees(void **state)
{
	uint64_t seed = 7;

	(void)state;
	compare_classes(model_random_classes(2, 8, 4, &seed), 2);
	compare_classes(model_random_classes(3, 40, 6, &seed), 4);
	compare_classes(model_random_classes(MODEL_CLASSES_MAX, 512, 8, &seed), 4);
}

static void linear_models(void **state)
{
	uint64_t seed = 8;

	(void)state;
	compare_classes(model_random_linear(1, &seed), 4);
	compare_classes(model_random_linear(MODEL_CLASSES_MAX, &seed), 4);
}

static void a_hundred_trees_of_depth_6_over_100000_vectors(void **state)
{
	(void)state;
	compare(100, 6, 98);
}

static void two_hundred_trees_of_depth_6(void **state)
{
	(void)state;
	compare(200, 6, 8);
}

static void the_largest_model(void **state)
{
	(void)state;
	compare(MODEL_TREES_MAX, MODEL_DEPTH_MAX, 8);
}

static void every_depth_and_odd_tree_counts(void **state)
{
	(void)state;
	for (uint32_t depth = 1; depth <= MODEL_DEPTH_MAX; depth++)
		compare(7 + 5 * depth, depth, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_trees_of_depth_6_over_100000_vectors),
		cmocka_unit_test(two_hundred_trees_of_depth_6),
		cmocka_unit_test(the_largest_model),
		cmocka_unit_test(every_depth_and_odd_tree_counts),
		cmocka_unit_test(ended_walks_reach_the_verdict_of_whole_ones),
		cmocka_unit_test(several_classes_of_trees),
		cmocka_unit_test(ended_walks_of_several_classes_reach_the_verdict_of_whole_ones),
		cmocka_unit_test(linear_models),
	};

	return cmocka_run_group_tests_name("score", tests, score_load, score_unload);
}
