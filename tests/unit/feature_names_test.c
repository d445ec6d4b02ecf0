// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "feature_choice.h"
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

/* Models in the field are bound to it. Should it change, they are all refused: further features go behind the list. */
static void the_first_list_is_what_it_ever_was(void **state)
{
	(void)state;
	assert_int_equal(FEATURES_FIRST_COUNT, 38);
	assert_true(feature_schema_of(FEATURES_FIRST_COUNT) == 0x7e7d062780c33832ull);
}

static void a_list_is_known_by_the_hash_of_its_beginning(void **state)
{
	(void)state;
	for (int count = 0; count <= FEATURE_COUNT; count++)
		assert_int_equal(feature_schema_find(feature_schema_of(count)),
				 count < FEATURES_FIRST_COUNT ? -ENOENT : count);
	assert_int_equal(feature_schema_find(feature_schema() + 1), -ENOENT);
}

static void features_are_chosen_by_name_and_group(void **state)
{
	struct feature_choice c, kept;
	char why[256];

	(void)state;
	assert_int_equal(feature_choice_parse(NULL, &c, why, sizeof(why)), 0);
	assert_int_equal(c.count, FEATURES_FIRST_COUNT);
	assert_int_equal(feature_choice_groups(&c), FEATURE_GROUP_SOURCE | FEATURE_GROUP_DEST);
	assert_int_equal(feature_choice_groups(NULL), FEATURE_GROUP_SOURCE | FEATURE_GROUP_DEST);
	assert_int_equal(feature_choice_parse("all", &c, why, sizeof(why)), 0);
	assert_int_equal(c.count, FEATURE_COUNT);
	assert_int_equal(feature_choice_groups(&c), FEATURE_GROUPS_ALL);
	assert_int_equal(feature_choice_parse("iat_us,bpk,fpk,bpk", &c, why, sizeof(why)), 0);
	assert_int_equal(c.count, 3);
	assert_int_equal(c.id[0], FEATURE_fpk);
	assert_int_equal(c.id[2], FEATURE_iat_us);
	assert_int_equal(feature_choice_bound(&c), FEATURE_iat_us + 1);
	kept = c;
	assert_int_equal(feature_choice_parse("volume,bytes", &c, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "'bytes' is no feature of this build"));
	assert_int_equal(feature_choice_parse("", &c, why, sizeof(why)), -EINVAL);
	assert_memory_equal(&c, &kept, sizeof(c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_feature_is_found_by_its_name),
		cmocka_unit_test(no_feature_shares_its_name_with_another_column),
		cmocka_unit_test(a_feature_brings_unit_text_role_and_dialects),
		cmocka_unit_test(the_first_list_is_what_it_ever_was),
		cmocka_unit_test(a_list_is_known_by_the_hash_of_its_beginning),
		cmocka_unit_test(features_are_chosen_by_name_and_group),
		cmocka_unit_test(the_schema_hash_is_fnv1a_of_names_and_formulas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
