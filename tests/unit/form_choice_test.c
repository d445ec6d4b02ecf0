// SPDX-License-Identifier: BSD-2-Clause
/* The form that a model gets in the kernel: what the rows ask of it is counted, and the cheaper form chosen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "form_choice.h"
#include "form_cost.h"
#include "models.h"

#define ROWS 1000

/* Two questions on feature 0 one below the other: x < 100, then x < 50 or x < 150. */
static struct model *model_of_two_levels(void)
{
	struct model *m = calloc(1, sizeof(*m));

	m->id = m->tree_count = m->group_count = m->class_count = 1;
	m->depth = 2;
	m->node[model_cell(2, 0, 1)].cut = 100;
	m->node[model_cell(2, 0, 3)].cut = 50;
	m->node[model_cell(2, 0, 2)].cut = 150;
	for (__u32 leaf = 0; leaf < 4; leaf++)
		m->leaf[model_cell(2, 0, leaf)] = leaf;
	return m;
}

/* Asks the model of `low` and `high` in turn. */
static struct form_cost cost_of(const struct model *m, __u32 low, __u32 high)
{
	struct form_cost cost;

	assert_int_equal(form_cost_open(&cost, m), 0);
	for (int i = 0; i < ROWS; i++) {
		struct features x = { .value = { i % 2 ? high : low } };

		form_cost_add(&cost, &x);
	}
	form_cost_close(&cost);
	return cost;
}

static void answers_that_never_change_are_foreseen(void **state)
{
	struct model *m = model_of_two_levels();
	struct form_cost cost = cost_of(m, 10, 20);

	(void)state;
	assert_int_equal(cost.asked, ROWS);
	assert_int_equal(cost.pairs, ROWS);
	assert_in_range(cost.missed, 0, 2);
	free(m);
}

static void answers_in_turn_are_not_foreseen_and_pairs_of_leaves_need_not_be(void **state)
{
	struct model *m = model_of_two_levels();
	struct form_cost steady = cost_of(m, 10, 20), turns = cost_of(m, 10, 200), pairs = cost_of(m, 10, 70);

	(void)state;
	assert_in_range(turns.missed, ROWS / 2 - 2, ROWS);
	assert_in_range(pairs.missed, 0, 2); /* only the second question is answered in turn */
	assert_true(form_cost_code(&turns) > form_cost_code(&steady));
	assert_true(form_cost_table(&turns) == form_cost_table(&steady));
	free(m);
}

static void places_that_only_fill_a_tree_ask_nothing(void **state)
{
	struct model *m = model_of_two_levels();
	struct form_cost cost;

	(void)state;
	m->node[model_cell(2, 0, 1)].cut = MODEL_CUT_NEVER;
	cost = cost_of(m, 10, 70);
	assert_int_equal(cost.asked, 0);
	assert_int_equal(cost.pairs, ROWS);
	free(m);
}

static struct dataset dataset_make(bool steady, uint64_t *seed)
{
	struct dataset data = { .rows = ROWS, .value = calloc(ROWS * FEATURE_COUNT, sizeof(*data.value)) };

	for (size_t i = 0; i < ROWS * FEATURE_COUNT; i++)
		data.value[i] = steady ? 7 : random_u32(seed) & FEATURE_MAX;
	return data;
}

static enum model_form choice_for(const struct model *m, bool steady, enum model_form wanted)
{
	uint64_t seed = 11;
	struct dataset data = dataset_make(steady, &seed);
	struct form_choice choice;

	assert_int_equal(form_choose(m, &data, wanted, &choice), 0);
	assert_int_equal(choice.asked, wanted != MODEL_FORM_AUTO);
	free(data.value);
	return choice.form;
}

static void faster_form_over_the_rows_is_chosen_unless_one_is_asked_for(void **state)
{
	uint64_t seed = 5;
	struct model *m = model_random(100, 6, &seed);

	(void)state;
	for (__u32 i = 0; i < MODEL_CELLS; i++)
		if (m->node[i].cut)
			m->node[i].cut = 1 + (random_u32(&seed) & FEATURE_MAX) % FEATURE_MAX;
	assert_int_equal(choice_for(m, true, MODEL_FORM_AUTO), MODEL_FORM_CODE);
	assert_int_equal(choice_for(m, false, MODEL_FORM_AUTO), MODEL_FORM_TABLE);
	assert_int_equal(choice_for(m, true, MODEL_FORM_TABLE), MODEL_FORM_TABLE);
	assert_int_equal(choice_for(m, false, MODEL_FORM_CODE), MODEL_FORM_CODE);
	free(m);
}

static void models_of_several_classes_are_tables(void **state)
{
	struct model *m = model_of_two_levels();
	uint64_t seed = 1;
	struct dataset data = dataset_make(true, &seed);
	struct form_choice choice = { .form = MODEL_FORM_COUNT };

	(void)state;
	m->class_count = 2;
	assert_int_equal(choice_for(m, true, MODEL_FORM_AUTO), MODEL_FORM_TABLE);
	assert_int_equal(form_choose(m, &data, MODEL_FORM_CODE, &choice), -EINVAL);
	assert_int_equal(choice.form, MODEL_FORM_COUNT);
	free(data.value);
	free(m);
}

static void card_names_the_form(void **state)
{
	(void)state;
	assert_int_equal(model_form_from_card("{\"form\": {\"chosen\": \"code\"}}"), MODEL_FORM_CODE);
	assert_int_equal(model_form_from_card("{\"form\": {\"chosen\": \"table\"}}"), MODEL_FORM_TABLE);
	assert_int_equal(model_form_from_card("{\"form\": \"code\"}"), MODEL_FORM_TABLE);
	assert_int_equal(model_form_from_card("no JSON"), MODEL_FORM_TABLE);
	assert_int_equal(model_form_from_card(NULL), MODEL_FORM_TABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_that_never_change_are_foreseen),
		cmocka_unit_test(answers_in_turn_are_not_foreseen_and_pairs_of_leaves_need_not_be),
		cmocka_unit_test(places_that_only_fill_a_tree_ask_nothing),
		cmocka_unit_test(faster_form_over_the_rows_is_chosen_unless_one_is_asked_for),
		cmocka_unit_test(models_of_several_classes_are_tables),
		cmocka_unit_test(card_names_the_form),
	};

	return cmocka_run_group_tests_name("form_choice", tests, NULL, NULL);
}
