// SPDX-License-Identifier: BSD-2-Clause
/* The code form gives the score of the tables to the integer, whatever the model and the vector. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>
#include "model_bounds.h"
#include "model_code.h"
#include "model_entry.h"
#include "models.h"
#include "tests/kernel/code.skel.h"

#define ROWS 1024

static struct code_bpf *code;

static int code_load(void **state)
{
	struct bpf_map *map;

	(void)state;
	if (geteuid())
		return 0;
	code = code_bpf__open();
	if (!code)
		return -1;
	bpf_object__for_each_map(map, code->obj)
		bpf_map__set_pin_path(map, NULL);
	return code_bpf__load(code);
}

static int code_unload(void **state)
{
	(void)state;
	code_bpf__destroy(code);
	return 0;
}

static void code_put(const struct model *m, __u32 slot, struct model_code_facts *facts)
{
	int fd = model_code_load(m, bpf_map__fd(code->maps.hr_scratch), false, facts);

	assert_true(fd >= 0);
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(code->maps.hr_codes), &slot, &fd, BPF_ANY), 0);
	close(fd);
}

/* Runs the code over all rows; they are then as it left them. */
static void rows_run(struct model_call *rows)
{
	char frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame), .repeat = ROWS);
	int fd = bpf_map__fd(code->maps.code_calls);

	for (__u32 i = 0; i < ROWS; i++)
		assert_int_equal(bpf_map_update_elem(fd, &i, &rows[i], BPF_ANY), 0);
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(code->progs.code_enter), &run), 0);
	assert_int_equal(run.retval, XDP_PASS);
	for (__u32 i = 0; i < ROWS; i++)
		assert_int_equal(bpf_map_lookup_elem(fd, &i, &rows[i]), 0);
}

static struct model_call *rows_make(const struct model *m, __u32 slot, uint64_t *seed)
{
	struct model_call *rows = calloc(ROWS, sizeof(*rows));

	for (int i = 0; i < ROWS; i++) {
		rows[i] = (struct model_call){ .id = m->id, .slot = slot, .again_at = m->policy.drop_at };
		features_random(&rows[i].vector[0], m, seed);
	}
	return rows;
}

/* Both scores of both kinds of rows: those that the first walk condemns, and the others. */
static int rows_compare(const struct model *m, const struct model_call *rows)
{
	int condemned = 0;

	for (int i = 0; i < ROWS; i++) {
		struct features spare;
		__s64 score = model_score(m, &rows[i].vector[0]);

		assert_int_equal(rows[i].scored_by, m->id);
		assert_int_equal(rows[i].score[0], score);
		if (score < m->policy.drop_at)
			continue;
		features_without_dest(&spare, &rows[i].vector[0]);
		assert_memory_equal(&spare, &rows[i].vector[1], sizeof(spare));
		assert_int_equal(rows[i].score[1], model_score(m, &spare));
		condemned++;
	}
	return condemned;
}

static void compare(uint32_t trees, uint32_t depth, __u32 slot, int rounds)
{
	struct model_code_facts facts = { 0 };
	uint64_t seed = trees * 100 + depth;
	struct model *m;
	clock_t began;
	int condemned = 0, ms;

	if (!code)
		skip();
	m = model_random(trees, depth, &seed);
	m->id = 0xfe000000 + trees;
	began = clock();
	code_put(m, slot, &facts);
	ms = (clock() - began) * 1000 / CLOCKS_PER_SEC;
	assert_true(facts.verified < 2 * facts.instructions);
	for (int round = 0; round < rounds; round++) {
		struct model_call *rows = rows_make(m, slot, &seed);

		rows_run(rows);
		condemned += rows_compare(m, rows);
		free(rows);
	}
	assert_in_range(condemned, 1, rounds * ROWS - 1);
	print_message("# %u trees of depth %u: %u instructions, %u at most for a score, %u looked at, %u bytes, %d ms to "
		      "load; %d vectors, %d condemned\n", trees, depth, facts.instructions, facts.longest, facts.verified,
		      facts.bytes, ms, rounds * ROWS, condemned);
	free(m);
}

/* HEDGEROW_CODE_ROUNDS asks for fewer than the 98 of 1,024 vectors, where a processor is emulated. */
static void a_hundred_trees_of_depth_6_over_100000_vectors(void **state)
{
	const char *rounds = getenv("HEDGEROW_CODE_ROUNDS");

	(void)state;
	compare(100, 6, 0, rounds ? atoi(rounds) : 98);
}

static void two_hundred_trees_of_depth_6(void **state)
{
	(void)state;
	compare(200, 6, 1, 8);
}

/* Scores that end when the verdict is decided, beside exact ones: bound and verdict are those of the host's tables. */
static void decided_compare(const struct model *m, uint64_t *seed, int *ended)
{
	struct model_call *rows = rows_make(m, 1, seed);

	for (int i = 0; i < ROWS; i++)
		rows[i].until = i % 8 ? ~0ull : 0;
	rows_run(rows);
	for (int i = 0; i < ROWS; i++) {
		const struct model_call *row = &rows[i];

		assert_int_equal(row->scored_by, m->id);
		for (int which = 0; which < 2; which++) {
			struct model_sums sums;
			__s64 whole = model_score(m, &row->vector[which]);

			if (which && row->score[0] < m->policy.drop_at)
				break;
			assert_int_equal(row->score[which], model_decide(m, &row->vector[which], &sums, !row->until));
			assert_int_equal(row->score_is[which], sums.score_is);
			assert_int_equal(row->score[which] >= m->policy.drop_at, whole >= m->policy.drop_at);
			assert_int_equal(row->score[which] >= m->policy.log_at, whole >= m->policy.log_at);
			ended[sums.score_is]++;
		}
	}
	free(rows);
}

/* Thresholds of every kind: among the scores, beyond all of them, and as far apart as 32 bits are. */
static void ended_scores_reach_the_verdict_of_whole_ones(void **state)
{
	int ended[SCORE_IS_COUNT] = { 0 };
	uint64_t seed = 12;

	(void)state;
	if (!code)
		skip();
	for (int round = 0; round < 16; round++) {
		struct model *m = model_random(5 + 13 * round, 1 + round % 6, &seed);

		m->policy.log_at = (int32_t)random_u32(&seed) >> (6 + round % 6);
		m->policy.drop_at = m->policy.log_at + (round % 3 ? random_u32(&seed) >> 9 : 0);
		if (round == 14)
			m->policy = (struct policy){ .log_at = INT32_MIN, .drop_at = INT32_MAX };
		if (round == 15)
			m->policy = (struct policy){ .log_at = INT32_MAX, .drop_at = INT32_MAX };
		m->id = 1 + round;
		model_bounds_fill(m);
		code_put(m, 1, NULL);
		decided_compare(m, &seed, ended);
		free(m);
	}
	print_message("# scores: %d exact, %d ended below, %d ended above\n", ended[SCORE_EXACT], ended[SCORE_AT_MOST],
		      ended[SCORE_AT_LEAST]);
	assert_true(ended[SCORE_EXACT] && ended[SCORE_AT_MOST] && ended[SCORE_AT_LEAST]);
}

/* Where a score may end, the verifier is asked to follow it no further than where it may not. */
static void ends_cost_the_verifier_little(void **state)
{
	struct model_code_facts whole = { 0 }, bounded = { 0 };
	uint64_t seed = 13;
	struct model *m;

	(void)state;
	if (!code)
		skip();
	m = model_random(300, 8, &seed);
	code_put(m, 2, &whole);
	model_bounds_fill(m);
	code_put(m, 2, &bounded);
	print_message("# the verifier looked at %u, and at %u with ends\n", whole.verified, bounded.verified);
	assert_true(bounded.instructions > whole.instructions);
	assert_true(bounded.verified < whole.verified + 2 * (bounded.instructions - whole.instructions));
	free(m);
}

static void every_depth_and_odd_tree_counts(void **state)
{
	(void)state;
	for (uint32_t depth = 1; depth <= MODEL_DEPTH_MAX; depth++)
		compare(7 + 5 * depth, depth, depth % MODEL_SLOTS, 1);
}

static void the_most_stumps(void **state)
{
	(void)state;
	compare(MODEL_TREES_MAX, 1, 0, 8);
}

static void three_hundred_trees_of_depth_8(void **state)
{
	(void)state;
	compare(300, 8, 2, 8);
}

static void what_is_too_long_for_the_verifier_is_refused(void **state)
{
	uint64_t seed = 1;
	struct model *m;

	(void)state;
	if (!code)
		skip();
	m = model_random(MODEL_TREES_MAX, MODEL_DEPTH_MAX, &seed);
	assert_int_equal(model_code_load(m, bpf_map__fd(code->maps.hr_scratch), false, NULL), -E2BIG);
	m->class_count = 2;
	assert_int_equal(model_code_load(m, bpf_map__fd(code->maps.hr_scratch), false, NULL), -EOPNOTSUPP);
	free(m);
}

/* A single leaf, leaves whose difference does not fit into 32 bits, and what only fills a tree up. */
static void odd_trees_are_code_too(void **state)
{
	const __u32 cuts[] = { MODEL_CUT_NEVER, 100, MODEL_CUT_NEVER, 50 };
	const __s32 leaves[] = { INT32_MIN, INT32_MAX, INT32_MIN, 7 };
	struct model_call *rows;
	struct model *m;

	(void)state;
	if (!code)
		skip();
	m = calloc(1, sizeof(*m));
	m->id = 5;
	m->depth = 2;
	m->tree_count = 3;
	m->group_count = m->class_count = 1;
	m->policy.drop_at = 1;
	for (__u32 tree = 0; tree < 3; tree++)
		for (__u32 at = 0; at < 4; at++) {
			m->node[model_cell(2, tree, at)].cut = tree == 2 ? MODEL_CUT_NEVER : cuts[(at + tree) % 4];
			m->leaf[model_cell(2, tree, at)] = leaves[(at + tree) % 4];
		}
	for (__u32 tree = 3; tree < MODEL_LANES; tree++)
		for (__u32 at = 0; at < 4; at++)
			m->node[model_cell(2, tree, at)].cut = MODEL_CUT_NEVER;
	code_put(m, 3, NULL);
	rows = calloc(ROWS, sizeof(*rows));
	for (__u32 i = 0; i < ROWS; i++)
		rows[i] = (struct model_call){ .vector[0].value[0] = i % 200, .id = 5, .slot = 3, .again_at = 1 };
	rows_run(rows);
	rows_compare(m, rows);
	free(rows);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_trees_of_depth_6_over_100000_vectors),
		cmocka_unit_test(two_hundred_trees_of_depth_6),
		cmocka_unit_test(the_most_stumps),
		cmocka_unit_test(three_hundred_trees_of_depth_8),
		cmocka_unit_test(every_depth_and_odd_tree_counts),
		cmocka_unit_test(ended_scores_reach_the_verdict_of_whole_ones),
		cmocka_unit_test(ends_cost_the_verifier_little),
		cmocka_unit_test(odd_trees_are_code_too),
		cmocka_unit_test(what_is_too_long_for_the_verifier_is_refused),
	};

	return cmocka_run_group_tests_name("code", tests, code_load, code_unload);
}
