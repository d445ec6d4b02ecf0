// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "feature_names.h"
#include "rows_header.h"

static void every_feature_is_found_by_its_name(void **state)
{
	(void)state;
	for (int f = 0; f < FEATURE_COUNT; f++)
		assert_int_equal(feature_find(feature_name(f)), f);
	assert_int_equal(feature_find("s_unans"), -ENOENT);
	assert_int_equal(feature_find(""), -ENOENT);
}

static void no_feature_shares_its_name_with_another_column(void **state)
{
	(void)state;
	for (int c = 0; c < ROWS_COLUMN_COUNT; c++)
		assert_int_equal(feature_find(rows_column_name(c)), -ENOENT);
}

static void a_feature_brings_unit_text_role_and_dialects(void **state)
{
	(void)state;
	assert_string_equal(feature_name(FEATURE_fpk), "fpk");
	assert_string_equal(feature_unit(FEATURE_fpk), "packets");
	assert_string_equal(feature_doc(FEATURE_fpk), "packets from the initiator");
	assert_int_equal(feature_role(FEATURE_fpk), FEATURE_ROLE_FLOW);
	assert_int_equal(feature_role(FEATURE_d_hs_long), FEATURE_ROLE_DEST);
	assert_string_equal(feature_column(FEATURE_fpk, FEATURE_DIALECT_ZEEK), "orig_pkts");
	assert_string_equal(feature_column(FEATURE_fpk, FEATURE_DIALECT_CICFLOWMETER), "Total Fwd Packets");
	assert_null(feature_column(FEATURE_ans, FEATURE_DIALECT_NETFLOW));
}

/* The same hash, written down from its definition: names and formulas as text, white space left out as it comes. */
static void the_schema_hash_is_fnv1a_of_names_and_formulas(void **state)
{
	static const char text[] =
#define X(name, role, unit, expression, ...) #name "=" #expression ";"
		FEATURES(X)
#undef X
		;
	uint64_t hash = 14695981039346656037ull;

	(void)state;
	for (const char *c = text; *c; c++)
		if (*c != ' ')
			hash = (hash ^ (unsigned char)*c) * 1099511628211ull;
	assert_true(feature_schema() == hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_feature_is_found_by_its_name),
		cmocka_unit_test(no_feature_shares_its_name_with_another_column),
		cmocka_unit_test(a_feature_brings_unit_text_role_and_dialects),
		cmocka_unit_test(the_schema_hash_is_fnv1a_of_names_and_formulas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
