// SPDX-License-Identifier: BSD-2-Clause
/* Thresholds lie mid-gap and never below what is wanted; verdicts near one may differ and are counted, any other difference is a refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include "parity.h"

#define SHIFT 20
#define BOUND 0.001

static struct refusal why;
static const char *const paths[] = { "rows.csv" };

/* Rows with given margins, whose scores are exact. */
struct bench {
	struct parity_row row[64];
	uint16_t file[64];
	uint32_t line[64];
	struct dataset data;
	struct cutoff cutoff[CUTOFF_COUNT];
	struct parity_result result;
	size_t flips_allowed;
};

static struct model model = { .scale_shift = SHIFT, .class_count = 1 };

static struct bench bench_make(const double *margin, size_t count, double log_at, double drop_at)
{
	struct bench b = { .data = { .rows = count } };
	const double wanted[] = { [CUTOFF_LOG] = log_at, [CUTOFF_DROP] = drop_at };

	for (size_t i = 0; i < count; i++) {
		b.line[i] = i + 2;
		for (int view = 0; view < PARITY_VIEWS; view++) {
			b.row[i].view[view].margin = margin[i];
			b.row[i].view[view].score = score_from_margin(margin[i], SHIFT);
			b.row[i].view[view].bound = b.row[i].view[view].difference_bound = BOUND;
		}
	}
	assert_int_equal(0, parity_cutoffs(b.row, count, wanted, &model, b.cutoff, &why));
	return b;
}

static int bench_compare(struct bench *b)
{
	b->data.file = b->file;
	b->data.line = b->line;
	return parity_compare(b->row, &b->data, paths, &model, b->cutoff, b->flips_allowed, &b->result, &why);
}

#define BENCH(margins, log_at, drop_at) bench_make(margins, sizeof(margins) / sizeof(*margins), log_at, drop_at)

static const double spread[] = { -3, -1, 0.5, 1, 2, 4 };

static void thresholds_lie_in_the_middle_of_the_gap(void **state)
{
	struct bench b = BENCH(spread, -0.5, 0.625);

	(void)state;
	assert_true(b.cutoff[CUTOFF_LOG].margin == -0.25);
	assert_true(b.cutoff[CUTOFF_LOG].below == -1 && b.cutoff[CUTOFF_LOG].above == 0.5);
	assert_true(b.cutoff[CUTOFF_DROP].margin == 0.75);
	assert_int_equal(-(1 << (SHIFT - 2)), b.cutoff[CUTOFF_LOG].score);
	assert_int_equal(3 << (SHIFT - 2), b.cutoff[CUTOFF_DROP].score);
	assert_int_equal(3 << (SHIFT - 2), model.policy.drop_at);
}

/* Wanted 0 between rows at -1 and .5: the middle is -.25, and a flow at -.1 must pass. */
static void thresholds_are_never_lower_than_wanted(void **state)
{
	struct bench b = BENCH(spread, 0, 1);

	(void)state;
	assert_true(b.cutoff[CUTOFF_LOG].margin == 0 && b.cutoff[CUTOFF_LOG].score == 0);
	assert_true(b.cutoff[CUTOFF_DROP].margin == 1); /* a row at the wanted margin is condemned */
	assert_int_equal(0, bench_compare(&b));
	assert_int_equal(3, b.result.verdict[VERDICT_DROP]);
}

static void rounding_drops_no_row_below_the_wanted_margin(void **state)
{
	static const double close[] = { -3, 1, 2 };
	const double wanted[] = { [CUTOFF_LOG] = 1.0001, [CUTOFF_DROP] = 1.0001 };
	struct bench b = BENCH(close, 1.0001, 1.0001);
	__s32 over = b.cutoff[CUTOFF_DROP].score + 7;

	(void)state;
	b.row[1].view[PARITY_SOURCE].score = over;
	assert_int_equal(0, parity_cutoffs(b.row, 3, wanted, &model, b.cutoff, &why));
	assert_int_equal(over + 1, model.policy.drop_at);
	assert_int_equal(over + 1, b.cutoff[CUTOFF_DROP].score);
	assert_true(b.cutoff[CUTOFF_DROP].margin == margin_from_score(over + 1, SHIFT));
}

static void a_threshold_between_two_scores_is_the_upper(void **state)
{
	static const double neighbours[] = { 1, 1 + 0x1p-20 };
	struct bench b = BENCH(neighbours, 1.0000004, 1.0000004);

	(void)state;
	assert_true(b.cutoff[CUTOFF_DROP].margin == 1 + 0x1p-21);
	assert_int_equal((1 << SHIFT) + 1, b.cutoff[CUTOFF_DROP].score);
}

static void without_a_gap_they_lie_where_wanted(void **state)
{
	struct bench b = BENCH(spread, -7, 9.5);

	(void)state;
	assert_true(b.cutoff[CUTOFF_LOG].margin == -7 && b.cutoff[CUTOFF_LOG].below == -INFINITY);
	assert_true(b.cutoff[CUTOFF_DROP].margin == 9.5 && b.cutoff[CUTOFF_DROP].above == INFINITY);
	b = BENCH(spread, -1e30, 1e30);
	assert_int_equal(INT_MIN, model.policy.log_at);
	assert_int_equal(INT_MAX, model.policy.drop_at);
}

static void log_above_drop_is_refused(void **state)
{
	const double wanted[] = { [CUTOFF_LOG] = 2, [CUTOFF_DROP] = 1 };
	struct bench b = BENCH(spread, 0, 0);

	(void)state;
	assert_int_equal(-EINVAL, parity_cutoffs(b.row, 6, wanted, &model, b.cutoff, &why));
	assert_non_null(strstr(why.text, "margin 2, is above the one to drop, 1"));
}

static void verdicts_are_counted(void **state)
{
	struct bench b = BENCH(spread, 0, 1.5);

	(void)state;
	assert_int_equal(0, bench_compare(&b));
	assert_int_equal(2, b.result.verdict[VERDICT_PASS]);
	assert_int_equal(2, b.result.verdict[VERDICT_LOG]);
	assert_int_equal(2, b.result.verdict[VERDICT_DROP]);
	assert_int_equal(0, b.result.near);
}

static void scores_beyond_the_bound_are_refused_by_line(void **state)
{
	struct bench b = BENCH(spread, 0, 1.5);

	(void)state;
	b.row[3].view[PARITY_SOURCE].score += BOUND * (1 << SHIFT) + 1;
	assert_int_equal(-EINVAL, bench_compare(&b));
	assert_non_null(strstr(why.text, "rows.csv line 5: score"));
	b.row[3].view[PARITY_SOURCE].score -= 2;
	assert_int_equal(0, bench_compare(&b));
	assert_true(b.result.difference > BOUND * 0.99);
	b.row[0].view[PARITY_ALL].margin = NAN;
	assert_int_equal(-EINVAL, bench_compare(&b));
}

/* Scores and margins agree, yet a verdict flips: the threshold itself is wrong. */
static void flips_beyond_the_bound_are_refused(void **state)
{
	struct bench b = BENCH(spread, 0, 1.5);

	(void)state;
	b.cutoff[CUTOFF_DROP].score = score_from_margin(2.5, SHIFT);
	assert_int_equal(-EINVAL, bench_compare(&b));
	assert_non_null(strstr(why.text, "line 6: the verdict to drop flips: margin 2"));
}

static void rows_within_the_bound_are_counted_and_flip_only_when_allowed(void **state)
{
	static const double close[] = { -3, 1, 1.0004, 4 };
	struct bench b = BENCH(close, 1.0001, 1.0001);

	(void)state;
	b.row[1].view[PARITY_ALL].score = score_from_margin(1.0005, SHIFT); /* here the threshold of 1.0002 is reached */
	b.flips_allowed = 1;
	assert_int_equal(-EINVAL, bench_compare(&b));
	assert_non_null(strstr(why.text, "2 verdicts differ from libxgboost's, 1 may (--allow-flips); rows.csv line 3 has"));
	b.flips_allowed = 2;
	assert_int_equal(0, bench_compare(&b));
	assert_int_equal(5, b.result.near); /* log and drop of two rows, and drop of the first's other view */
	assert_int_equal(2, b.result.flips);
	assert_int_equal(1, b.result.listed[0].row);
	assert_false(b.result.listed[0].agrees);
	assert_true(b.result.listed[4].agrees);
}

static void the_list_of_near_rows_ends(void **state)
{
	double close[40];
	struct bench b;

	(void)state;
	for (int i = 0; i < 40; i++)
		close[i] = i * 1e-5;
	b = BENCH(close, 2e-4, 2e-4);
	assert_int_equal(0, bench_compare(&b));
	assert_int_equal(80, b.result.near);
	assert_int_equal(0, b.result.flips);
}

/* Margins and scores of a row that speaks of class 1 here, and of `theirs` there. */
static int classes_compare(struct bench *b, __u8 theirs, double lead)
{
	for (int view = 0; view < PARITY_VIEWS; view++) {
		b->row[4].view[view].class = 1;
		b->row[4].view[view].class_theirs = theirs;
		b->row[4].view[view].class_lead = lead;
	}
	return bench_compare(b);
}

static void another_class_is_refused_beyond_the_bound(void **state)
{
	struct bench b;

	(void)state;
	model.class_count = 4;
	for (int c = 0; c < 4; c++) {
		snprintf(model.class_name[c], MODEL_CLASS_NAME, "class%d", c);
		model.class_role[c] = c == 3 ? CLASS_SUSPECT : c ? CLASS_ATTACK : CLASS_HONEST;
	}
	b = BENCH(spread, 0, 1.5);
	assert_int_equal(0, classes_compare(&b, 1, 0));
	assert_int_equal(0, b.result.near);
	assert_int_equal(0, classes_compare(&b, 2, BOUND)); /* the name is another, the verdict is not */
	assert_int_equal(1, b.result.near);
	assert_int_equal(-EINVAL, classes_compare(&b, 2, 3 * BOUND));
	assert_non_null(strstr(why.text, "line 6: the class is another: class1 here, class2 by libxgboost's"));
	assert_int_equal(-EINVAL, classes_compare(&b, 3, BOUND)); /* one of them is never dropped */
	assert_non_null(strstr(why.text, "1 verdicts differ"));
	memset(model.class_role, 0, sizeof(model.class_role));
	model.class_count = 1;
}

static void the_lead_is_that_over_the_strongest_honest_class(void **state)
{
	const struct model three = { .class_count = 4, .class_role = { CLASS_HONEST, CLASS_ATTACK, CLASS_HONEST, CLASS_ATTACK } };
	__u8 class;

	(void)state;
	assert_true(parity_lead(&three, (const double[]){ 1, 3, 2, 2.5 }, &class) == 1);
	assert_int_equal(1, class);
	assert_true(parity_lead(&three, (const double[]){ 5, 3, 2, 3.5 }, &class) == -1.5);
	assert_int_equal(3, class);
	assert_true(parity_lead(&three, (const double[]){ 5, 3, 2, 3 }, &class) == -2);
	assert_int_equal(1, class); /* the first of equals */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thresholds_lie_in_the_middle_of_the_gap),
		cmocka_unit_test(a_threshold_between_two_scores_is_the_upper),
		cmocka_unit_test(thresholds_are_never_lower_than_wanted),
		cmocka_unit_test(rounding_drops_no_row_below_the_wanted_margin),
		cmocka_unit_test(without_a_gap_they_lie_where_wanted),
		cmocka_unit_test(log_above_drop_is_refused),
		cmocka_unit_test(verdicts_are_counted),
		cmocka_unit_test(scores_beyond_the_bound_are_refused_by_line),
		cmocka_unit_test(flips_beyond_the_bound_are_refused),
		cmocka_unit_test(rows_within_the_bound_are_counted_and_flip_only_when_allowed),
		cmocka_unit_test(the_list_of_near_rows_ends),
		cmocka_unit_test(another_class_is_refused_beyond_the_bound),
		cmocka_unit_test(the_lead_is_that_over_the_strongest_honest_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
