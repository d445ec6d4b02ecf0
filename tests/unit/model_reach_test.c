// SPDX-License-Identifier: BSD-2-Clause
/* A model that drops nothing is told from one that may: by what its leaves and weights can add up to, and by its card. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "forest_file.h"
#include "model_reach.h"
#include "models.h"

#define CARD(rows, dropped) "{\"parity\": {\"library\": {\"rows\": " #rows ", \"dropped\": " #dropped "}}}"

static const char *said(const struct model *m, const char *card)
{
	static char text[MODEL_REACH_SIZE];

	return model_reach_print(m, card, text);
}

static void no_vector_scores_higher_and_one_tree_gets_there(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (uint32_t trees = 1; trees <= 19; trees += 9) {
		struct model *m = model_random(trees, 2, &seed);
		__s64 highest = model_highest(m), most = -MODEL_SCORE_MAX;

		for (int i = 0; i < 2000; i++) {
			struct features x;
			__s64 score;

			features_random(&x, m, &seed);
			score = model_score(m, &x);
			most = score > most ? score : most;
		}
		assert_true(most <= highest);
		assert_true(trees > 1 || most == highest);
		m->policy.drop_at = highest;
		assert_false(model_never_drops(m));
		m->policy.drop_at = highest + 1;
		assert_true(model_never_drops(m));
		free(m);
	}
}

static void the_sentence_names_a_margin(void **state)
{
	struct model *m = calloc(1, sizeof(*m));

	(void)state;
	m->depth = m->class_count = 1;
	m->scale_shift = 2;
	m->base[0] = 4;
	m->policy.drop_at = 6;
	assert_string_equal(said(m, CARD(40, 0)), "never drops by its own threshold, which is above the margin of every input, 1 at most");
	m->policy.drop_at = 4;
	assert_string_equal(said(m, CARD(40, 0)), "drops none of the 40 rows that it was exported with (as it should where all were honest), its threshold to drop is margin 1");
	assert_string_equal(said(m, CARD(40, 1)), "");
	assert_string_equal(said(m, "no card"), "");
	assert_string_equal(said(m, NULL), "");
	free(m);
}

/* Who may be dropped must lead the strongest who may not; who is only logged does not count. */
static void of_several_classes_the_lead_counts(void **state)
{
	struct model *m = calloc(1, sizeof(*m));

	(void)state;
	m->kind = MODEL_LINEAR;
	m->class_count = 4;
	m->class_role[1] = m->class_role[3] = CLASS_ATTACK;
	m->class_role[2] = CLASS_SUSPECT;
	m->base[0] = 10;
	m->base[1] = 7;
	m->base[2] = 100;
	m->base[3] = 5;
	assert_int_equal(model_highest(m), -3);
	assert_true(model_never_drops(m));
	m->weight[3 * FEATURE_SLOTS + 2] = 1;
	assert_int_equal(model_highest(m), 5 + (__s64)FEATURE_MAX - 10);
	m->weight[2] = -1; /* the honest one may be that far down */
	assert_int_equal(model_highest(m), 5 + 2 * (__s64)FEATURE_MAX - 10);
	m->weight[3 * FEATURE_SLOTS + 2] = INT64_MAX; /* a file may say so */
	m->base[0] = INT64_MIN;
	assert_int_equal(model_highest(m), MODEL_SCORE_MAX);
	free(m);
}

static void forest_is_told_where_its_trees_are_at_hand(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	struct forest *f = forest_make(2, 4);

	(void)state;
	m->kind = MODEL_FOREST;
	m->class_count = 1;
	m->policy.drop_at = 31;
	f->root[1] = 3;
	f->node[0] = (struct forest_node){ .cut = 7, .right = 2 };
	f->node[1] = (struct forest_node){ .feature = FOREST_LEAF, .leaf = -5 };
	f->node[2] = (struct forest_node){ .feature = FOREST_LEAF, .leaf = 20 };
	f->node[3] = (struct forest_node){ .feature = FOREST_LEAF, .leaf = 10 };
	assert_false(model_never_drops(m));
	assert_string_equal(said(m, NULL), "");
	m->forest = (unsigned long)f;
	assert_true(model_never_drops(m));
	assert_int_equal(model_highest(m), 30);
	m->policy.drop_at = 30;
	assert_false(model_never_drops(m));
	forest_free(f);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_vector_scores_higher_and_one_tree_gets_there),
		cmocka_unit_test(the_sentence_names_a_margin),
		cmocka_unit_test(of_several_classes_the_lead_counts),
		cmocka_unit_test(forest_is_told_where_its_trees_are_at_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
