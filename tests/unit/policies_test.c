// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "policies.h"

static void what_is_printed_reads_back(void **state)
{
	static const char *const texts[] = { "log", "drop", "block:5/10s:3600s", "block:1000000/0.25s:60s", "rate-limit:100/s" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char text[RESPONSE_TEXT_SIZE];
		struct response r;

		assert_int_equal(response_parse(texts[i], &r), 0);
		assert_string_equal(response_print(&r, text), texts[i]);
	}
}

static void parts_are_what_they_say(void **state)
{
	struct response r;

	(void)state;
	assert_int_equal(response_parse("block:7/500ms:2h", &r), 0);
	assert_int_equal(r.kind, RESPONSE_BLOCK);
	assert_int_equal(r.count, 7);
	assert_int_equal(r.within_ns, SECOND_NS / 2);
	assert_int_equal(r.for_ns, 7200 * SECOND_NS);
	assert_int_equal(response_parse("rate-limit:1/s", &r), 0);
	assert_int_equal(r.kind, RESPONSE_LIMIT);
	assert_int_equal(r.count, 1);
}

static void anything_else_is_refused_and_changes_nothing(void **state)
{
	static const char *const texts[] = { "",	    "Log",	      "drop ",	       "block",		"block:",
					     "block:5",	    "block:5/10s",    "block:5/10s:",  "block:0/10s:1h", "block:5/0:1h",
					     "block:5/10s:0", "block:5/10s:1h:", "block:5/10s:1h ", "block:+5/10s:1h",
					     "block:1000001/10s:1h", "block:5/10s:400d", "block:5/-1s:1h", "rate-limit:0/s",
					     "rate-limit:5", "rate-limit:5/", "rate-limit:5/m", "rate-limit:5/s ",
					     "rate-limit:99999999999999999999/s",
					     "block:5/10000000000000000000000000000000000000000000000s:1h" };
	struct response r = { .kind = RESPONSE_LOG }, before = r;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (response_parse(texts[i], &r) != -EINVAL)
			fail_msg("'%s' was taken", texts[i]);
		assert_memory_equal(&r, &before, sizeof(r));
	}
}

/* Classes by name, the first honest, the others attacks. */
static struct model *model_of(const char *const *names, int count)
{
	struct model *m = test_calloc(1, sizeof(*m));

	m->id = 1;
	m->class_count = count;
	for (int c = 0; c < count; c++) {
		snprintf(m->class_name[c], MODEL_CLASS_NAME, "%s", names[c]);
		m->class_role[c] = c ? CLASS_ATTACK : CLASS_HONEST;
	}
	return m;
}

static void policies_find_their_classes(void **state)
{
	struct model *m = model_of((const char *[]){ "honest", "scan", "flood" }, 3);
	struct option_list list = { .count = 2, .value = { "log", "flood=rate-limit:9/s" } };
	struct settings s, before;

	(void)state;
	settings_defaults(&s);
	assert_int_equal(policies_put(&list, m, &s), 0);
	assert_int_equal(s.response[1].kind, RESPONSE_LOG);
	assert_int_equal(s.response[2].kind, RESPONSE_LIMIT);
	before = s;
	list.value[1] = "worm=drop";
	assert_int_equal(policies_put(&list, m, &s), -EINVAL);
	list.value[1] = "honest=drop";
	assert_int_equal(policies_put(&list, m, &s), -EINVAL);
	list.value[1] = "scan=drop";
	assert_int_equal(policies_put(&list, NULL, &s), -EINVAL);
	assert_memory_equal(&s, &before, sizeof(s));
	test_free(m);
}

static void policies_follow_the_names_of_classes(void **state)
{
	struct model *from = model_of((const char *[]){ "honest", "scan", "flood", "worm" }, 4);
	struct model *to = model_of((const char *[]){ "honest", "flood", "slow", "scan" }, 4);
	struct model *one = model_of((const char *[]){ "" }, 1);
	struct settings s;

	(void)state;
	settings_defaults(&s);
	s.response[1].kind = RESPONSE_LOG;   /* scan */
	s.response[2].kind = RESPONSE_LIMIT; /* flood */
	s.response[3].kind = RESPONSE_BLOCK; /* worm: the other has none */
	policies_carry(&s, from, to);
	assert_int_equal(s.response[1].kind, RESPONSE_LIMIT);
	assert_int_equal(s.response[2].kind, RESPONSE_DROP);
	assert_int_equal(s.response[3].kind, RESPONSE_LOG);
	policies_carry(&s, to, one);
	assert_int_equal(s.response[0].kind, RESPONSE_DROP);
	s.response[0].kind = RESPONSE_LOG;
	policies_carry(&s, one, one);
	assert_int_equal(s.response[0].kind, RESPONSE_LOG);
	for (int c = 0; c < MODEL_CLASSES_MAX; c++)
		s.response[c].kind = RESPONSE_LOG; /* as policies_put() writes what names no class */
	policies_carry(&s, one, to);
	for (int c = 0; c < 4; c++)
		assert_int_equal(s.response[c].kind, RESPONSE_LOG);
	test_free(from);
	test_free(to);
	test_free(one);
}

static void a_challenger_s_classes_find_the_champion_s_policies(void **state)
{
	struct model *champion = model_of((const char *[]){ "honest", "scan", "flood", "worm" }, 4);
	struct model *other = model_of((const char *[]){ "honest", "flood", "slow", "scan" }, 4);
	struct model *one = model_of((const char *[]){ "" }, 1);
	struct settings s;

	(void)state;
	settings_defaults(&s);
	policies_lend(&s, champion, other);
	assert_int_equal(s.shadow_response[1], 1 + 2);
	assert_int_equal(s.shadow_response[2], 0);
	assert_int_equal(s.shadow_response[3], 1 + 1);
	policies_lend(&s, champion, one);
	assert_int_equal(s.shadow_response[0], 0);
	policies_lend(&s, one, other);
	for (int c = 0; c < 4; c++)
		assert_int_equal(s.shadow_response[c], 1);
	test_free(champion);
	test_free(other);
	test_free(one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_reads_back),
		cmocka_unit_test(parts_are_what_they_say),
		cmocka_unit_test(anything_else_is_refused_and_changes_nothing),
		cmocka_unit_test(policies_find_their_classes),
		cmocka_unit_test(policies_follow_the_names_of_classes),
		cmocka_unit_test(a_challenger_s_classes_find_the_champion_s_policies),
	};

	return cmocka_run_group_tests_name("policies", tests, NULL, NULL);
}
