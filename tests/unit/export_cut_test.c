// SPDX-License-Identifier: BSD-2-Clause
/* Thresholds become integer cuts: for every value, x < threshold in float32 is x < cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <float.h>
#include <math.h>
#include "compile.h"
#include "random_ensemble.h"

static __u32 cut_of(float threshold)
{
	__u32 cut = 12345;

	assert_int_equal(0, cut_from_threshold(threshold, &cut));
	return cut;
}

static void cuts_at_the_edges(void **state)
{
	static const struct {
		float threshold;
		__u32 cut;
	} edge[] = {
		{ 0, 0 },
		{ -0.0f, 0 },
		{ -0.5f, 0 },
		{ -1, 0 },
		{ -FLT_MAX, 0 },
		{ FLT_TRUE_MIN, 1 },
		{ 0.5f, 1 },
		{ 1, 1 },
		{ 0x1.000002p0f, 2 }, /* the next float above 1 */
		{ 1.5f, 2 },
		{ 992.5f, 993 },
		{ 8388607.5f, 8388608 }, /* the largest float with a fraction */
		{ FEATURE_MAX - 1, FEATURE_MAX - 1 },
		{ FEATURE_MAX, FEATURE_MAX },
		{ 16777216, FEATURE_MAX + 1 },
		{ 16777218, FEATURE_MAX + 1 },
		{ 1e30f, FEATURE_MAX + 1 },
		{ FLT_MAX, FEATURE_MAX + 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(edge) / sizeof(*edge); i++)
		assert_int_equal(edge[i].cut, cut_of(edge[i].threshold));
}

static void what_is_no_number_is_refused(void **state)
{
	__u32 cut = 7;

	(void)state;
	assert_int_equal(-EINVAL, cut_from_threshold(NAN, &cut));
	assert_int_equal(-EINVAL, cut_from_threshold(INFINITY, &cut));
	assert_int_equal(-EINVAL, cut_from_threshold(-INFINITY, &cut));
	assert_int_equal(7, cut);
}

static void floats_and_integers_decide_alike(void **state)
{
	struct random r = { 4711 };

	(void)state;
	for (int i = 0; i < 200000; i++) {
		float threshold = random_next(&r) % 2 ? (float)(random_unit(&r) * 17e6) : random_value(&r) / 8.0f;
		__u32 cut = cut_of(threshold), from = cut > 2 ? cut - 2 : 0;

		for (__u32 v = from; v <= cut + 2 && v <= FEATURE_MAX; v++)
			assert_int_equal((float)v < threshold, v < cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_at_the_edges),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(floats_and_integers_decide_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
