// SPDX-License-Identifier: BSD-2-Clause
/* UBJSON: every type that XGBoost writes is read, and nothing else, whatever the bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "random_ensemble.h"
#include "ubjson.h"

#define KEY_a "L\0\0\0\0\0\0\0\1a"
#define COUNT(n) "#L\0\0\0\0\0\0\0" n

/* The bytes of a literal as JSON text; NULL when refused. From an allocation of their size: ASan sees a step too far. */
#define DECODED(literal) decoded(literal, sizeof(literal) - 1)

static char why[256];

static char *decoded(const char *data, size_t size)
{
	char *copy = malloc(size ? size : 1), *text;
	json_t *json;

	memcpy(copy, data, size);
	json = ubjson_decode(copy, size, why, sizeof(why));
	text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	json_decref(json);
	free(copy);
	return text;
}

#define assert_decoded(expected, literal)                                                                              \
	do {                                                                                                           \
		char *text = DECODED(literal);                                                                         \
		if (!text)                                                                                             \
			fail_msg("refused: %s", why);                                                                  \
		assert_string_equal(expected, text);                                                                   \
		free(text);                                                                                            \
	} while (0)

#define assert_refused(words, literal)                                                                                 \
	do {                                                                                                           \
		assert_null(DECODED(literal));                                                                         \
		if (!strstr(why, words))                                                                               \
			fail_msg("expected '%s' in: %s", words, why);                                                  \
	} while (0)

static void numbers_are_read(void **state)
{
	(void)state;
	assert_decoded("-1", "i\xff");
	assert_decoded("255", "U\xff");
	assert_decoded("-256", "I\xff\0");
	assert_decoded("2147483647", "l\x7f\xff\xff\xff");
	assert_decoded("-2", "L\xff\xff\xff\xff\xff\xff\xff\xfe");
	assert_decoded("0.5", "d\x3f\0\0\0");
	assert_decoded("-992.5", "d\xc4\x78\x20\0");
	assert_decoded("0.5", "D\x3f\xe0\0\0\0\0\0\0");
	assert_decoded("null", "d\x7f\x80\0\0"); /* infinity */
	assert_decoded("null", "d\x7f\xc0\0\0"); /* NaN */
}

static void containers_are_read(void **state)
{
	(void)state;
	assert_decoded("{}", "{}");
	assert_decoded("[]", "[]");
	assert_decoded("{\"a\":[true,false,null,\"xy\"]}", "{" KEY_a "[TFZSi\2xy]}");
	assert_decoded("[1,2]", "[" COUNT("\2") "i\1i\2");
	assert_decoded("[1.0,0.5]", "[$d" COUNT("\2") "\x3f\x80\0\0\x3f\0\0\0");
	assert_decoded("[1,-1]", "[$l" COUNT("\2") "\0\0\0\1\xff\xff\xff\xff");
	assert_decoded("[7]", "[$L#i\1\0\0\0\0\0\0\0\7");
	assert_decoded("{\"a\":{\"a\":[]}}", "{" KEY_a "{" KEY_a "[$d" COUNT("\0") "}}");
}

static void what_is_wrong_is_said(void **state)
{
	(void)state;
	assert_refused("truncated", "");
	assert_refused("truncated", "{");
	assert_refused("truncated", "l\0\0\0");
	assert_refused("truncated: an array of 3 numbers, 8 bytes left", "[$d" COUNT("\3") "\0\0\0\0\0\0\0\0");
	assert_refused("truncated: an array", "[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff");
	assert_refused("truncated", "[#L\x7f\xff\xff\xff\xff\xff\xff\xff");
	assert_refused("truncated", "SL\x7f\xff\xff\xff\xff\xff\xff\xff");
	assert_refused("a negative length", "Si\xff");
	assert_refused("a length of type 0x64", "Sd\x3f\x80\0\0");
	assert_refused("unknown type 0x48", "Hi\1" "1");
	assert_refused("unknown type 0x5d", "[#i\1]");
	assert_refused("array typed 0x53", "[$S#i\1i\1a");
	assert_refused("not UTF-8", "Si\1\xff");
	assert_refused("second time", "{" KEY_a "Z" KEY_a "Z}");
	assert_refused("zero byte", "{i\2a\0Z}");
	assert_refused("1 bytes behind the end", "{}Z");
	assert_refused("byte 12: ", "{" KEY_a "\1");
}

static void deep_nesting_is_refused(void **state)
{
	static char brackets[1 << 20];

	(void)state;
	memset(brackets, '[', sizeof(brackets));
	assert_null(decoded(brackets, sizeof(brackets)));
	assert_non_null(strstr(why, "nested deeper"));
}

/* A fair piece of a model: every prefix of it is refused, and no flipped byte makes the decoder read elsewhere. */
static void damaged_bytes_are_harmless(void **state)
{
	static const char model[] = "{i\1v[$l" COUNT("\3") "\0\0\0\3\0\0\0\2\0\0\0\0i\1tS" "L\0\0\0\0\0\0\0\3xyz"
				    "i\1a[i\1U\2I\0\3T]}";
	struct random r = { 99 };
	char *text;

	(void)state;
	for (size_t n = 0; n < sizeof(model) - 1; n++)
		assert_null(decoded(model, n));
	text = decoded(model, sizeof(model) - 1);
	assert_string_equal("{\"v\":[3,2,0],\"t\":\"xyz\",\"a\":[1,2,3,true]}", text);
	free(text);
	for (int i = 0; i < 50000; i++) {
		char bad[sizeof(model)];

		memcpy(bad, model, sizeof(model));
		for (int k = random_next(&r) % 3; k >= 0; k--)
			bad[random_next(&r) % (sizeof(model) - 1)] = random_next(&r);
		free(decoded(bad, sizeof(model) - 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read),	   cmocka_unit_test(containers_are_read),
		cmocka_unit_test(what_is_wrong_is_said),   cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(damaged_bytes_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
