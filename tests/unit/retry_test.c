// SPDX-License-Identifier: BSD-2-Clause
/* The marks of what was dropped once: how long they last, and how many others they are mistaken for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "models.h"
#include "retry.h"

static void marks_are_of_one_window(void **state)
{
	__u64 marks = retry_marks(0x123456789abcdefull), word = retry_with_marks(0, 5, marks);

	(void)state;
	assert_true(retry_is_marked(word, 5, marks));
	assert_false(retry_is_marked(word, 7, marks));
	assert_false(retry_is_marked(0, 0, marks));
	word = retry_with_marks(word, 5, 1);
	assert_true(retry_is_marked(word, 5, marks));
	word = retry_with_marks(word, 7, 1); /* the word's next turn: what it held is forgotten */
	assert_int_equal(word, 7ull << RETRY_WORD_BITS | 1);
}

static void marks_stay_below_the_window_and_pages_in_the_map(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		__u64 hash = (__u64)random_u32(&seed) << 32 | random_u32(&seed), marks = retry_marks(hash);

		assert_true(marks && marks < 1ull << RETRY_WORD_BITS);
		assert_true(retry_page(hash, i) < RETRY_PAGES);
		assert_true(retry_page(hash, i) != retry_page(hash, i + 1));
	}
}

static void a_mark_stays_longer_where_nobody_else_came_by(void **state)
{
	__u64 marks = retry_marks(0x123456789abcdefull), word = retry_with_marks(0, 5, marks);

	(void)state;
	assert_true(retry_was_marked(word, 0, 6, marks));
	assert_true(retry_was_marked(0, word, 7, marks));
	assert_false(retry_was_marked(word, 0, 8, marks));
	assert_true(retry_was_marked(0, retry_with_marks(0, 0xffff, marks), 1, marks)); /* numbers come round */
	assert_false(retry_was_marked(0, retry_with_marks(word, 7, 1), 7, marks));
}

/*
 * A share of first packets that pass, in windows that hold `marked` each: two before the present one are full, it itself half,
 * and with the first of them it shares its words.
 */
static double mistaken(__u64 *word, __u32 marked, uint64_t *seed)
{
	const __u32 asked = 200000;
	__u32 held[3] = { marked, marked, marked / 2 }, found = 0;

	for (__u32 i = 0; i < 2 * RETRY_WORDS; i++)
		word[i] = 0;
	for (int window = 0; window < 3; window++) {
		for (__u32 i = 0; i < held[window]; i++) {
			__u64 hash = (__u64)random_u32(seed) << 32 | random_u32(seed);
			__u64 *w = &word[(window & 1) * RETRY_WORDS + hash % RETRY_WORDS];

			*w = retry_with_marks(*w, window, retry_marks(hash));
		}
	}
	for (__u32 i = 0; i < asked; i++) {
		__u64 hash = (__u64)random_u32(seed) << 32 | random_u32(seed), marks = retry_marks(hash);

		found += retry_is_marked(word[hash % RETRY_WORDS], 2, marks) ||
			 retry_was_marked(word[RETRY_WORDS + hash % RETRY_WORDS], word[hash % RETRY_WORDS], 2, marks);
	}
	return (double)found / asked;
}

static void few_first_packets_are_mistaken_for_retries(void **state)
{
	static const double bound[] = { 0.0035, 0.04 };
	static const __u32 per_second[] = { 300000, 1000000 };
	__u64 *word = calloc(2 * RETRY_WORDS, sizeof(*word));
	uint64_t seed = 7;

	(void)state;
	assert_non_null(word);
	for (int i = 0; i < 2; i++) {
		double share = mistaken(word, per_second[i] * 4.29, &seed);

		print_message("# at %u dropped packets/s %.2f %% of them pass\n", per_second[i], 100 * share);
		assert_true(share < bound[i]);
	}
	free(word);
}

/* Ports that count up, as those of one client do. */
static void neighbouring_keys_meet_seldom(void **state)
{
	struct secret secret = { .word = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15 } };
	__u8 *held = calloc(RETRY_WORDS, 1);
	int met = 0;

	(void)state;
	assert_non_null(held);
	for (int i = 0; i < SECRET_WORDS; i++)
		secret.word[i] *= 0x9e3779b1;
	for (__u32 i = 0; i < 60000; i++) {
		struct flow_key key = { .addr = { { 0, 0, htonl(0xffff), htonl(0x0a000001) },
						  { 0, 0, htonl(0xffff), htonl(0xc0000201) } },
					.port = { htons(i), htons(443) }, .l4_proto = IPPROTO_TCP };

		met += held[secret_hash(&secret, &key, 1) % RETRY_WORDS]++ > 0;
	}
	free(held);
	assert_in_range(met, 1000, 2500); /* chance leads to expect 1,700 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_are_of_one_window),
		cmocka_unit_test(marks_stay_below_the_window_and_pages_in_the_map),
		cmocka_unit_test(a_mark_stays_longer_where_nobody_else_came_by),
		cmocka_unit_test(few_first_packets_are_mistaken_for_retries),
		cmocka_unit_test(neighbouring_keys_meet_seldom),
	};

	return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
