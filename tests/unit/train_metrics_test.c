// SPDX-License-Identifier: BSD-2-Clause
/* Weights, metrics and thresholds against figures worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "evaluation.h"
#include "made_dataset.h"
#include "weights.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void assert_near(double a, double b)
{
	if (!(fabs(a - b) < 1e-5))
		fail_msg("%.9g is not %.9g", a, b);
}

/* Malicious 3, 2, 1; benign 2, 0: of six pairs 3>2 3>0 2>0 1>0 are won, 2=2 is half, 1<2 is lost. */
static void the_area_under_the_curve_counts_ties_half(void **state)
{
	struct scored s[] = { { 2, false }, { 3, true }, { 2, true }, { 0, false }, { 1, true } };

	(void)state;
	scored_sort(s, COUNT(s));
	assert_near(auc_from_scored(s, COUNT(s)), 4.5 / 6);
	assert_true(isnan(auc_from_scored((struct scored[]){ { 1, true } }, 1)));
	assert_near(auc_from_scored((struct scored[]){ { 1, true }, { 2, false } }, 2), 0);
}

static void rates_follow_from_the_confusion_matrix(void **state)
{
	struct scored s[] = { { -1, false }, { 0, false }, { 0, true }, { .5, true }, { -.1, true },
			      { 2, true },   { 1, false }, { -3, false } };
	struct confusion c = confusion_at(s, COUNT(s), 0);
	struct rates r = rates_from_confusion(&c);

	(void)state;
	assert_int_equal(c.true_positive, 3);
	assert_int_equal(c.false_positive, 2);
	assert_int_equal(c.true_negative, 2);
	assert_int_equal(c.false_negative, 1);
	assert_near(r.accuracy, 5 / 8.);
	assert_near(r.precision, 3 / 5.);
	assert_near(r.recall, 3 / 4.);
	assert_near(r.f1, 2 / 3.);
	assert_near(r.fpr, 1 / 2.);
	c = confusion_at(s, COUNT(s), 9);
	r = rates_from_confusion(&c);
	assert_true(isnan(r.precision));
	assert_near(r.recall, 0);
}

static void a_threshold_stands_half_way_to_the_next_attack(void **state)
{
	struct scored apart[] = { { -5, false }, { -4, false }, { 2, true }, { 3, true } };
	struct scored mixed[] = { { -5, false }, { -3, true }, { -2, false }, { 4, true } };

	(void)state;
	assert_near(threshold_for_fpr(apart, COUNT(apart), 0), -1);
	assert_near(threshold_for_fpr(mixed, COUNT(mixed), 0), 1);
	assert_near(threshold_for_fpr(mixed, COUNT(mixed), .5), -4);
}

/* Ten benign at -10 .. -1, one in ten may go: -2 must stay, -1 need not, and the next attack is at 4. */
static void a_threshold_gives_up_no_more_than_the_rate_allows(void **state)
{
	struct scored s[11];

	(void)state;
	for (int i = 0; i < 10; i++)
		s[i] = (struct scored){ i - 10, false };
	s[10] = (struct scored){ 4, true };
	assert_int_equal(confusion_at(s, 11, threshold_for_fpr(s, 11, .1)).false_positive, 0);
	s[10].margin = -.5; /* half-way from -2 would be -1.25, below the benign at -1 */
	assert_near(threshold_for_fpr(s, 11, .1), -1.5);
	assert_int_equal(confusion_at(s, 11, threshold_for_fpr(s, 11, .1)).false_positive, 1);
}

static void equal_benign_margins_are_given_up_together_or_not_at_all(void **state)
{
	struct scored s[] = { { -5, false }, { 1, false }, { 1, false }, { 1, true }, { 3, true } };

	(void)state;
	assert_near(threshold_for_fpr(s, COUNT(s), .34), 2);
}

static void a_threshold_lies_above_the_benign_when_no_attack_does(void **state)
{
	struct scored s[] = { { -5, true }, { 1, false } };

	(void)state;
	assert_true(threshold_for_fpr(s, COUNT(s), 0) > 1);
}

/*
 * 16 flood flows weigh 4, the scan's 4 flows 2, so that each flood flow has half the weight of a scan flow; three
 * rows of one flow share what a flow of one row has.
 */
static void a_flood_weighs_the_root_of_its_flows(void **state)
{
	struct flow_table t;
	struct dataset d;
	float weight[24];
	double sum[LABEL_COUNT] = { 0 };

	(void)state;
	made_dataset_open(&d);
	made_flows_add(&d, 16, 0, 16, LABEL_MALICIOUS, 1);
	made_flows_add(&d, 4, 20, 1, LABEL_MALICIOUS, 2);
	for (int i = 0; i < 3; i++)
		made_row_add(&d, 20, 30, LABEL_BENIGN, 0);
	made_row_add(&d, 21, 30, LABEL_BENIGN, 0);
	assert_int_equal(flows_from_dataset(&t, &d), 0);
	assert_int_equal(weights_from_flows(weight, &d, &t, PART_TRAIN), 0);
	for (int i = 0; i < 24; i++)
		sum[d.label[i]] += weight[i];
	assert_near(weight[16] / weight[0], 2);
	assert_near(weight[20], weight[22]);
	assert_near(weight[23] / weight[20], 3);
	assert_near(sum[LABEL_BENIGN], 12);
	assert_near(sum[LABEL_MALICIOUS], 12);
	flows_free(&t);
	made_dataset_close(&d);
}

static void rows_of_other_parts_weigh_nothing(void **state)
{
	struct flow_table t;
	struct dataset d;
	float weight[4];

	(void)state;
	made_dataset_open(&d);
	made_flows_add(&d, 2, 0, 2, LABEL_MALICIOUS, 1);
	made_flows_add(&d, 2, 5, 2, LABEL_BENIGN, 1);
	assert_int_equal(flows_from_dataset(&t, &d), 0);
	t.flow[1].part = t.flow[3].part = PART_TEST;
	assert_int_equal(weights_from_flows(weight, &d, &t, PART_TRAIN), 0);
	assert_near(weight[0], 1);
	assert_near(weight[1], 0);
	assert_near(weight[2], 1);
	flows_free(&t);
	made_dataset_close(&d);
}

/* In every part a benign flow at -9 and an attack at `attack`, the test part's attack with a first row at -9. */
static void evaluation_of(struct evaluation *e, float attack)
{
	static const double wanted[] = { [THRESHOLD_LOG] = .05, [THRESHOLD_DROP] = .01 };
	struct flow_table t;
	struct dataset d;
	float margin[7];

	made_dataset_open(&d);
	for (int p = 0; p < PART_COUNT; p++) {
		margin[d.rows] = -9;
		made_row_add(&d, 2 * p, p, LABEL_BENIGN, 1);
		margin[d.rows] = attack;
		made_row_add(&d, 2 * p + 1, 10 + p, LABEL_MALICIOUS, 2);
	}
	d.packets[d.rows - 1] = 8;
	margin[d.rows] = -9;
	made_row_add(&d, 5, 12, LABEL_MALICIOUS, 2);
	assert_int_equal(flows_from_dataset(&t, &d), 0);
	for (int i = 0; i < 6; i++)
		t.flow[i].part = i / 2;
	assert_int_equal(evaluation_make(e, &d, &t, &(struct margins){ margin, margin }, wanted), 0);
	flows_free(&t);
	made_dataset_close(&d);
}

static void a_flow_is_condemned_by_its_highest_row(void **state)
{
	struct evaluation e;

	(void)state;
	evaluation_of(&e, 11);
	assert_near(e.threshold[THRESHOLD_DROP].margin, 1);
	assert_near(e.view[VIEW_FLOWS].rates.recall, 1);
	assert_near(e.view[VIEW_ROWS].rates.recall, .5);
	assert_near(e.view[VIEW_FIRST_PACKETS].rates.recall, 0);
	assert_int_equal(e.view[VIEW_FLOWS].confusion.true_positive, 1);
	assert_int_equal(e.view[VIEW_FLOWS].confusion.true_negative, 1);
	assert_int_equal(e.kind[0].flows, 1);
	assert_int_equal(e.kind[0].above, 0);
	assert_int_equal(e.kind[1].above, 1);
	/* of that flow nothing speaks against its source, and it did not begin with a SYN: the kernel only logs it */
	assert_int_equal(e.kind[0].fate[VERDICT_PASS], 1);
	assert_int_equal(e.kind[1].fate[VERDICT_LOG], 1);
	assert_int_equal(e.kernel.false_negative, 1);
	assert_int_equal(e.kernel.true_negative, 1);
	assert_near(e.recall_mean, 1);
	evaluation_free(&e);
}

/* Mid-gap would be -3: likelier benign than not. To log is no harm. */
static void nothing_is_dropped_below_even_odds(void **state)
{
	struct evaluation e;

	(void)state;
	evaluation_of(&e, 3);
	assert_near(e.threshold[THRESHOLD_DROP].margin, 0);
	assert_near(e.threshold[THRESHOLD_LOG].margin, -3);
	evaluation_free(&e);
}

static void too_few_benign_flows_bring_in_the_training_part(void **state)
{
	struct evaluation e;

	(void)state;
	evaluation_of(&e, 11);
	assert_true(e.thresholds_with_train);
	assert_int_equal(e.threshold_benign, 2);
	evaluation_free(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_area_under_the_curve_counts_ties_half),
		cmocka_unit_test(rates_follow_from_the_confusion_matrix),
		cmocka_unit_test(a_threshold_stands_half_way_to_the_next_attack),
		cmocka_unit_test(a_threshold_gives_up_no_more_than_the_rate_allows),
		cmocka_unit_test(equal_benign_margins_are_given_up_together_or_not_at_all),
		cmocka_unit_test(a_threshold_lies_above_the_benign_when_no_attack_does),
		cmocka_unit_test(a_flood_weighs_the_root_of_its_flows),
		cmocka_unit_test(rows_of_other_parts_weigh_nothing),
		cmocka_unit_test(a_flow_is_condemned_by_its_highest_row),
		cmocka_unit_test(nothing_is_dropped_below_even_odds),
		cmocka_unit_test(too_few_benign_flows_bring_in_the_training_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
