// SPDX-License-Identifier: BSD-2-Clause
/* Settings as options: what is given is put, what is not is kept, what will not do changes nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "log.h"
#include "settings_options.h"

static void checkpoints_are_powers_of_two(void **state)
{
	__u32 mask = 7;

	(void)state;
	assert_int_equal(checkpoints_parse("1,4,2147483648", &mask), 0);
	assert_int_equal(mask, 0x80000005u);
	assert_int_equal(checkpoints_parse("all", &mask), 0);
	assert_int_equal(mask, 0xffffffffu);
	assert_int_equal(checkpoints_parse("none", &mask), 0);
	assert_int_equal(mask, 0);
}

static void other_checkpoints_are_refused_and_change_nothing(void **state)
{
	static const char *const bad[] = { "", "3", "0", "1,", ",1", "1 2", "4294967296", "-1", "1,x", "all,1" };
	__u32 mask = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(checkpoints_parse(bad[i], &mask), -EINVAL);
		assert_int_equal(mask, 7);
	}
}

static void checkpoints_print_what_they_parse(void **state)
{
	static const char *const texts[] = { "all", "none", "1", "2,8,1024", "1,2147483648" };
	char text[256];
	__u32 mask;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(checkpoints_parse(texts[i], &mask), 0);
		assert_string_equal(checkpoints_print(mask, text, sizeof(text)), texts[i]);
	}
}

static void a_short_buffer_is_not_overrun(void **state)
{
	char text[8];

	(void)state;
	memset(text, 'x', sizeof(text));
	checkpoints_print(0x7fffffff, text, 6);
	assert_string_equal(text, "1,2,4");
	assert_int_equal(text[6], 'x');
}

static void options_not_given_change_nothing(void **state)
{
	struct settings_options none = settings_options_none();
	struct settings before, after;

	(void)state;
	settings_defaults(&before);
	before.mode = MODE_ENFORCE;
	before.condemn_for_ns = 5;
	after = before;
	assert_int_equal(settings_options_put(&none, &after), 0);
	assert_memory_equal(&before, &after, sizeof(before));
}

static void options_given_are_put(void **state)
{
	struct settings_options o = settings_options_none();
	struct settings s;

	(void)state;
	settings_defaults(&s);
	o.mode = "enforce";
	o.engine = "both";
	o.checkpoints = "1,8";
	o.event_rate = 0;
	o.suspicious_rate = 3;
	o.snapshot_share = 0.25;
	o.condemn_for_ns = 0;
	o.end_host = "yes";
	o.timeout_ns[TIMEOUT_ICMP] = 3 * SECOND_NS;
	assert_int_equal(settings_options_put(&o, &s), 0);
	assert_int_equal(s.mode, MODE_ENFORCE);
	assert_int_equal(s.engine, ENGINE_BOTH);
	assert_int_equal(s.checkpoints, 9);
	assert_int_equal(s.event_rate, 0);
	assert_int_equal(s.suspicious_rate, 3);
	assert_int_equal(s.snapshot_share, 16384);
	assert_int_equal(s.condemn_for_ns, 0);
	assert_int_equal(s.end_host, 1);
	assert_int_equal(s.timeout_ns[TIMEOUT_ICMP], 3 * SECOND_NS);
	assert_int_equal(s.timeout_ns[TIMEOUT_UDP], 60 * SECOND_NS);
}

/* One of several options is bad: the good ones are not put either. */
static void one_bad_option_changes_nothing(void **state)
{
	struct settings_options bad[8];
	struct settings before, after;

	(void)state;
	settings_defaults(&before);
	for (int i = 0; i < 8; i++) {
		bad[i] = settings_options_none();
		bad[i].mode = "enforce";
	}
	bad[0].engine = "gpu";
	bad[1].checkpoints = "5";
	bad[2].event_rate = 1ul << 32;
	bad[3].snapshot_share = 1.01;
	bad[4].timeout_ns[TIMEOUT_TCP] = SECOND_NS - 1;
	bad[5].mode = "Enforce";
	bad[6].end_host = "true";
	bad[7].suspicious_rate = 1ul << 32;
	for (int i = 0; i < 8; i++) {
		after = before;
		assert_int_equal(settings_options_put(&bad[i], &after), -EINVAL);
		assert_memory_equal(&before, &after, sizeof(before));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(checkpoints_are_powers_of_two),
		cmocka_unit_test(other_checkpoints_are_refused_and_change_nothing),
		cmocka_unit_test(checkpoints_print_what_they_parse),
		cmocka_unit_test(a_short_buffer_is_not_overrun),
		cmocka_unit_test(options_not_given_change_nothing),
		cmocka_unit_test(options_given_are_put),
		cmocka_unit_test(one_bad_option_changes_nothing),
	};

	log_level = LOG_LEVEL_ERROR;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
