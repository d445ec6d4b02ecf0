// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include "made_dataset.h"
#include "split.h"

static char why[256];

static const struct split_options fifths = { .seed = 1, .share = { [PART_VALIDATION] = .2, [PART_TEST] = .2 } };

static int split(struct dataset *d, struct flow_table *t, struct split_options *o)
{
	assert_int_equal(flows_from_dataset(t, d), 0);
	return flows_split(t, d->source_count, o, why, sizeof(why));
}

static const struct traffic_kind *kind_of(const struct flow_table *t, enum label label, const char *attack)
{
	for (size_t k = 0; k < t->kind_count; k++)
		if (t->kind[k].label == label && !strcmp(t->kind[k].attack, attack))
			return &t->kind[k];
	fail_msg("no kind %s", attack);
	return NULL;
}

static void assert_sources_are_whole(const struct flow_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		for (size_t j = 0; j < i; j++)
			if (t->flow[i].source == t->flow[j].source)
				assert_int_equal(t->flow[i].part, t->flow[j].part);
}

/* Sources of several kinds each, as real hosts are. */
static void all_flows_of_a_source_land_in_one_part(void **state)
{
	struct split_options o = fifths;
	struct flow_table t;
	struct dataset d;

	(void)state;
	made_dataset_open(&d);
	made_flows_add(&d, 500, 0, 20, LABEL_BENIGN, 1);
	made_flows_add(&d, 500, 10, 20, LABEL_BENIGN, 2);
	made_flows_add(&d, 400, 40, 10, LABEL_MALICIOUS, 3);
	made_flows_add(&d, 300, 25, 20, LABEL_MALICIOUS, 4);
	assert_int_equal(split(&d, &t, &o), 0);
	assert_false(o.by_flow[LABEL_BENIGN] || o.by_flow[LABEL_MALICIOUS]);
	assert_sources_are_whole(&t);
	assert_int_equal(t.part_flows[0] + t.part_flows[1] + t.part_flows[2], 1700);
	flows_free(&t);
	made_dataset_close(&d);
}

static void every_kind_is_spread_as_the_shares_say(void **state)
{
	struct split_options o = fifths;
	struct flow_table t;
	struct dataset d;

	(void)state;
	made_dataset_open(&d);
	made_flows_add(&d, 1000, 0, 100, LABEL_BENIGN, 1);
	made_flows_add(&d, 1000, 50, 100, LABEL_BENIGN, 2);
	made_flows_add(&d, 30, 200, 30, LABEL_MALICIOUS, 3);
	made_flows_add(&d, 3000, 300, 3000, LABEL_MALICIOUS, 4);
	assert_int_equal(split(&d, &t, &o), 0);
	for (size_t k = 0; k < t.kind_count; k++) {
		assert_in_range(t.kind[k].part_sources[PART_VALIDATION] * 100 / t.kind[k].sources, 17, 23);
		assert_in_range(t.kind[k].part_sources[PART_TEST] * 100 / t.kind[k].sources, 17, 23);
	}
	flows_free(&t);
	made_dataset_close(&d);
}

/* Three attackers, three parts: the share alone would leave validation and test without. */
static void three_sources_of_a_kind_reach_all_parts(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct split_options o = fifths;
		struct flow_table t;
		struct dataset d;

		o.seed = seed;
		made_dataset_open(&d);
		made_flows_add(&d, 100, 0, 10, LABEL_BENIGN, 0);
		made_flows_add(&d, 300, 20, 3, LABEL_MALICIOUS, 1);
		assert_int_equal(split(&d, &t, &o), 0);
		assert_false(o.by_flow[LABEL_MALICIOUS]);
		for (int p = 0; p < PART_COUNT; p++)
			assert_int_equal(kind_of(&t, LABEL_MALICIOUS, "a1")->part_sources[p], 1);
		flows_free(&t);
		made_dataset_close(&d);
	}
}

static void one_seed_gives_one_split_and_another_another(void **state)
{
	struct split_options o = fifths;
	struct flow_table first, same, other;
	size_t moved = 0;
	struct dataset d;

	(void)state;
	made_dataset_open(&d);
	made_flows_add(&d, 500, 0, 50, LABEL_BENIGN, 1);
	made_flows_add(&d, 500, 50, 50, LABEL_MALICIOUS, 2);
	assert_int_equal(split(&d, &first, &o), 0);
	assert_int_equal(split(&d, &same, &o), 0);
	o.seed = 2;
	assert_int_equal(split(&d, &other, &o), 0);
	for (size_t i = 0; i < d.flow_count; i++) {
		assert_int_equal(first.flow[i].part, same.flow[i].part);
		moved += first.flow[i].part != other.flow[i].part;
	}
	assert_true(moved > 0);
	flows_free(&first);
	flows_free(&same);
	flows_free(&other);
	made_dataset_close(&d);
}

static void the_attack_of_a_lone_source_is_learnt_from(void **state)
{
	struct split_options o = fifths;
	struct flow_table t;
	struct dataset d;

	(void)state;
	made_dataset_open(&d);
	made_flows_add(&d, 100, 0, 10, LABEL_BENIGN, 0);
	made_flows_add(&d, 50, 20, 1, LABEL_MALICIOUS, 1);
	made_flows_add(&d, 50, 30, 50, LABEL_MALICIOUS, 2);
	assert_int_equal(split(&d, &t, &o), 0);
	assert_false(o.by_flow[LABEL_MALICIOUS]);
	assert_int_equal(kind_of(&t, LABEL_MALICIOUS, "a1")->part_flows[PART_TRAIN], 50);
	flows_free(&t);
	made_dataset_close(&d);
}

static void of_two_sources_one_is_learnt_from_and_one_tests(void **state)
{
	struct split_options o = fifths;
	const struct traffic_kind *k;
	struct flow_table t;
	struct dataset d;

	(void)state;
	made_dataset_open(&d);
	made_flows_add(&d, 100, 0, 10, LABEL_BENIGN, 0);
	made_flows_add(&d, 50, 20, 2, LABEL_MALICIOUS, 1);
	made_flows_add(&d, 50, 30, 50, LABEL_MALICIOUS, 2);
	assert_int_equal(split(&d, &t, &o), 0);
	k = kind_of(&t, LABEL_MALICIOUS, "a1");
	assert_int_equal(k->part_sources[PART_TRAIN], 1);
	assert_int_equal(k->part_sources[PART_TEST], 1);
	assert_int_equal(k->sources, 2);
	flows_free(&t);
	made_dataset_close(&d);
}

/* One attacker for everything: by source, nothing would be left to test with. The honest stay split by source. */
static void a_class_that_some_part_lacks_is_split_by_flow(void **state)
{
	struct split_options o = fifths;
	struct flow_table t;
	struct dataset d;
	int part[10];

	(void)state;
	made_dataset_open(&d);
	made_flows_add(&d, 100, 0, 10, LABEL_BENIGN, 0);
	made_flows_add(&d, 50, 20, 1, LABEL_MALICIOUS, 1);
	assert_int_equal(split(&d, &t, &o), 0);
	assert_true(o.by_flow[LABEL_MALICIOUS]);
	assert_false(o.by_flow[LABEL_BENIGN]);
	assert_int_equal(kind_of(&t, LABEL_MALICIOUS, "a1")->part_flows[PART_TRAIN], 30);
	assert_int_equal(kind_of(&t, LABEL_MALICIOUS, "a1")->part_flows[PART_TEST], 10);
	for (int i = 0; i < 10; i++)
		part[i] = t.flow[i].part;
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(t.flow[i].part, part[t.flow[i].source]);
	flows_free(&t);
	made_dataset_close(&d);
}

static void two_flows_of_a_class_are_too_few(void **state)
{
	struct split_options o = fifths;
	struct flow_table t;
	struct dataset d;

	(void)state;
	made_dataset_open(&d);
	made_flows_add(&d, 100, 0, 10, LABEL_BENIGN, 0);
	made_flows_add(&d, 2, 20, 2, LABEL_MALICIOUS, 1);
	assert_int_equal(split(&d, &t, &o), -ENODATA);
	assert_non_null(strstr(why, "2 malicious flows are too few"));
	flows_free(&t);
	made_dataset_close(&d);
}

static void a_flow_with_rows_of_both_classes_is_malicious(void **state)
{
	struct flow_table t;
	struct dataset d;

	(void)state;
	made_dataset_open(&d);
	made_row_add(&d, 0, 0, LABEL_BENIGN, 1);
	made_row_add(&d, 0, 0, LABEL_MALICIOUS, 2);
	made_row_add(&d, 0, 0, LABEL_BENIGN, 1);
	made_row_add(&d, 1, 0, LABEL_BENIGN, 1);
	made_row_add(&d, 1, 0, LABEL_BENIGN, 1);
	assert_int_equal(flows_from_dataset(&t, &d), 0);
	assert_int_equal(t.mixed, 1);
	assert_int_equal(t.flow[0].label, LABEL_MALICIOUS);
	assert_int_equal(t.flow[0].rows, 3);
	assert_string_equal(t.kind[t.flow[0].kind].attack, "a2");
	assert_int_equal(t.flow[1].label, LABEL_BENIGN);
	flows_free(&t);
	made_dataset_close(&d);
}

static void more_kinds_than_a_mask_has_bits_are_dealt_out(void **state)
{
	struct split_options o = fifths;
	char names[100][16], *name[100];
	struct flow_table t;
	struct dataset d;

	(void)state;
	made_dataset_open(&d);
	for (int k = 0; k < 100; k++) {
		snprintf(names[k], sizeof(names[k]), "k%d", k);
		name[k] = names[k];
		made_flows_add(&d, 20, 10 * k, 10, k % 2 ? LABEL_BENIGN : LABEL_MALICIOUS, k);
	}
	d.attack_name = name;
	assert_int_equal(split(&d, &t, &o), 0);
	assert_int_equal(t.kind_count, 100);
	assert_int_equal(t.part_flows[0] + t.part_flows[1] + t.part_flows[2], 2000);
	assert_sources_are_whole(&t);
	flows_free(&t);
	made_dataset_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_flows_of_a_source_land_in_one_part),
		cmocka_unit_test(every_kind_is_spread_as_the_shares_say),
		cmocka_unit_test(three_sources_of_a_kind_reach_all_parts),
		cmocka_unit_test(one_seed_gives_one_split_and_another_another),
		cmocka_unit_test(the_attack_of_a_lone_source_is_learnt_from),
		cmocka_unit_test(of_two_sources_one_is_learnt_from_and_one_tests),
		cmocka_unit_test(a_class_that_some_part_lacks_is_split_by_flow),
		cmocka_unit_test(two_flows_of_a_class_are_too_few),
		cmocka_unit_test(a_flow_with_rows_of_both_classes_is_malicious),
		cmocka_unit_test(more_kinds_than_a_mask_has_bits_are_dealt_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
