// SPDX-License-Identifier: BSD-2-Clause
/* An errno of the kernel's becomes something that an operator can do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "load_errors.h"

static void a_program_that_is_refused_names_the_least_kernel_and_who_knows_more(void **state)
{
	(void)state;
	assert_non_null(strstr(load_error_remedy(-EINVAL), "6.1"));
	assert_non_null(strstr(load_error_remedy(-EINVAL), "hedgerow doctor"));
}

static void too_little_memory_is_not_the_kernels_age(void **state)
{
	(void)state;
	assert_non_null(strstr(load_error_remedy(-ENOMEM), "--max-flows"));
	assert_null(strstr(load_error_remedy(-ENOMEM), "6.1"));
}

static void what_root_may_do_is_no_matter_of_the_kernel(void **state)
{
	(void)state;
	assert_string_equal(load_error_remedy(-EPERM), "");
	assert_null(strstr(companion_error_remedy(-EPERM), "NET_CLS_BPF"));
}

static void a_companion_that_is_refused_names_what_carries_it_and_what_goes_without(void **state)
{
	const int errors[] = { -EINVAL, -EOPNOTSUPP, -ENOENT };

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		assert_non_null(strstr(companion_error_remedy(errors[i]), "NET_CLS_BPF"));
		assert_non_null(strstr(companion_error_remedy(errors[i]), "NET_SCH_INGRESS"));
		assert_non_null(strstr(companion_error_remedy(errors[i]), "enforcing a model is then refused"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_that_is_refused_names_the_least_kernel_and_who_knows_more),
		cmocka_unit_test(too_little_memory_is_not_the_kernels_age),
		cmocka_unit_test(what_root_may_do_is_no_matter_of_the_kernel),
		cmocka_unit_test(a_companion_that_is_refused_names_what_carries_it_and_what_goes_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
