// SPDX-License-Identifier: BSD-2-Clause
/* Prefixes as text: what is cut off behind them is told, and they print as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "ip_prefix.h"

static void prefixes_print_as_they_are_written(void **state)
{
	static const struct {
		const char *given, *printed;
		bool cut;
	} lines[] = {
		{ "192.0.2.0/24", "192.0.2.0/24", false },
		{ "192.0.2.7/24", "192.0.2.0/24", true },
		{ "192.0.2.7", "192.0.2.7/32", false },
		{ "0.0.0.0/0", "0.0.0.0/0", false },
		{ "128.0.0.0/1", "128.0.0.0/1", false },
		{ "128.0.0.1/0", "0.0.0.0/0", true },
		{ "::/0", "::/0", false },
		{ "::ffff:192.0.2.0/120", "192.0.2.0/24", false }, /* one and the same in a flow key */
		{ "::ffff:0:0/95", "::fffe:0:0/95", true },
		{ "2001:db8::1/32", "2001:db8::/32", true },
		{ "2001:db8::", "2001:db8::/128", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char text[IP_TEXT_SIZE];
		struct ip_prefix p;
		bool cut = !lines[i].cut;

		assert_int_equal(ip_prefix_parse(lines[i].given, &p, &cut), 0);
		assert_string_equal(ip_prefix_print(&p, text), lines[i].printed);
		assert_int_equal(cut, lines[i].cut);
	}
}

static void what_is_no_prefix_changes_nothing(void **state)
{
	static const char *const bad[] = { "", "/24", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/x", "::/129", "192.0.2", "a/1" };
	struct ip_prefix p = { .bits = 77 };
	bool cut = true;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_true(ip_prefix_parse(bad[i], &p, &cut) < 0);
		assert_int_equal(p.bits, 77);
		assert_true(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_print_as_they_are_written),
		cmocka_unit_test(what_is_no_prefix_changes_nothing),
	};

	return cmocka_run_group_tests_name("ip_prefix", tests, NULL, NULL);
}
