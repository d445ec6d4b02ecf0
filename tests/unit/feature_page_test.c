// SPDX-License-Identifier: BSD-2-Clause
/* The committed reference page says what the features are. Tests run in the project's root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include "feature_page.h"

static char *file_text(FILE *f)
{
	char *text = calloc(1, 65536);

	assert_non_null(f);
	assert_in_range(fread(text, 1, 65535, f), 1, 65534);
	return text;
}

static void the_page_is_what_the_features_are(void **state)
{
	FILE *committed = fopen("docs/features.md", "r"), *now = tmpfile();
	char *want, *have;

	(void)state;
	feature_page_write(now);
	rewind(now);
	want = file_text(now);
	have = file_text(committed);
	assert_string_equal(have, want); /* otherwise: build/hedgerow features > docs/features.md */
	free(want);
	free(have);
	fclose(now);
	fclose(committed);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_page_is_what_the_features_are) };

	return cmocka_run_group_tests_name("feature_page", tests, NULL, NULL);
}
