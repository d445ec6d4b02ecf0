// SPDX-License-Identifier: BSD-2-Clause
/* Options as all three programs read them: whole names only, and one line for what will not do. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "options.h"

static const char *mode, *model;
static bool keep;

static int parse(char *first, char *second)
{
	static char program[] = "program";
	char *argv[] = { program, first, second, NULL };
	const struct option_row rows[] = {
		{ "mode", 'm', OPTION_STRING, &mode, "MODE", "one" },
		{ "model", 0, OPTION_STRING, &model, "FILE", "the name before begins this one" },
		{ "keep", 0, OPTION_FLAG, &keep, NULL, "two" },
		{ 0 },
	};

	mode = model = NULL;
	keep = false;
	return options_parse(rows, "usage", second ? 3 : 2, argv);
}

static void whole_names_are_taken_in_every_form(void **state)
{
	(void)state;
	assert_int_equal(parse("--mode", "a"), 3);
	assert_string_equal(mode, "a");
	assert_int_equal(parse("--mode=b", NULL), 2);
	assert_string_equal(mode, "b");
	assert_int_equal(parse("--mode", "--keep"), 3); /* a value, however it looks */
	assert_string_equal(mode, "--keep");
	assert_int_equal(parse("-m", "c"), 3);
	assert_string_equal(mode, "c");
	assert_int_equal(parse("-md", NULL), 2);
	assert_string_equal(mode, "d");
	assert_int_equal(parse("--model", "--mode"), 3);
	assert_string_equal(model, "--mode");
	assert_null(mode);
	assert_int_equal(parse("operand", "--keep"), 2); /* operands stand behind the options when it is done */
	assert_true(keep);
	assert_int_equal(parse("--keep", "--"), 3);
}

static void abbreviations_are_refused(void **state)
{
	static char *const bad[] = { "--kee", "--mo", "--mod", "--mode-", "--k", "--hel", "--model-" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(parse(bad[i], NULL), -EINVAL);
	assert_int_equal(parse("--mode", NULL), -EINVAL);
	assert_int_equal(parse("--kee", "--keep"), -EINVAL);
	assert_int_equal(parse("--mod=a", NULL), -EINVAL);
	assert_int_equal(parse("operand", "--kee"), -EINVAL);
	assert_false(keep);
}

/* What getopt takes for letters and their values. */
static void long_names_behind_one_dash_are_refused(void **state)
{
	static char *const bad[] = { "-mode", "-mode=a", "-keep", "-model" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(parse(bad[i], NULL), -EINVAL);
	assert_int_equal(parse("operand", "-keep"), -EINVAL);
	assert_int_equal(parse("--model", "-keep"), 3); /* a value */
	assert_string_equal(model, "-keep");
	assert_int_equal(parse("-m", "-mode"), 3);
	assert_string_equal(mode, "-mode");
	assert_int_equal(parse("--", "-keep"), 2); /* an operand */
	assert_int_equal(parse("-modes", NULL), 2);
	assert_string_equal(mode, "odes");
}

static void shares_are_taken_as_numbers_and_as_percentages(void **state)
{
	static const char *const bad[] = { "", "%", "2", "101%", "-0.1", "-1%", "0.1x", "10%%", "nan", "1e", "0.1 " };
	static const struct {
		const char *text;
		double share;
	} good[] = { { "0", 0 }, { "0.1", 0.1 }, { "10%", 0.1 }, { ".5", 0.5 }, { "100%", 1 }, { "1", 1 }, { "2.5%", 0.025 }, { "0%", 0 } };
	double share = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(option_parse_share(bad[i], &share), -EINVAL);
	assert_true(share == 7);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(option_parse_share(good[i].text, &share), 0);
		assert_true(share > good[i].share - 1e-12 && share < good[i].share + 1e-12);
	}
}

static void none_is_no_size(void **state)
{
	unsigned long size = 7;
	const struct option_row rows[] = { { "size", 0, OPTION_POSITIVE, &size, "N", "of something" }, { 0 } };

	(void)state;
	assert_int_equal(options_parse(rows, "usage", 2, (char *[]){ "program", "--size=0", NULL }), -EINVAL);
	assert_int_equal(options_parse(rows, "usage", 2, (char *[]){ "program", "--size=x", NULL }), -EINVAL);
	assert_int_equal(size, 7);
	assert_int_equal(options_parse(rows, "usage", 2, (char *[]){ "program", "--size=1", NULL }), 2);
	assert_int_equal(size, 1);
}

static void help_is_told_apart(void **state)
{
	(void)state;
	assert_int_equal(parse("--help", NULL), -ECANCELED);
	assert_int_equal(parse("-h", NULL), -ECANCELED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_names_are_taken_in_every_form),
		cmocka_unit_test(abbreviations_are_refused),
		cmocka_unit_test(long_names_behind_one_dash_are_refused),
		cmocka_unit_test(shares_are_taken_as_numbers_and_as_percentages),
		cmocka_unit_test(none_is_no_size),
		cmocka_unit_test(help_is_told_apart),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
