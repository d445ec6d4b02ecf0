// SPDX-License-Identifier: BSD-2-Clause
/* Keys spread over the sets of newcomers, by a secret; what a flow on probation has to come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include "newcomer.h"

static const struct secret secret = { .word = { /* digits of pi */
	0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0x082efa98,
	0xec4e6c89, 0x452821e6, 0x38d01377, 0xbe5466cf, 0x34e90c6c, 0xc0ac29b7, 0xc97c50dd,
} };

/* Ports that count up, as those of one client do. */
static struct flow_key key_of(__u32 i)
{
	return (struct flow_key){ .addr = { { 0, 0, htonl(0xffff), htonl(0x0a000001 + (i >> 16)) },
					    { 0, 0, htonl(0xffff), htonl(0xc0000201) } },
				  .port = { htons(i & 0xffff), htons(443) }, .l4_proto = IPPROTO_TCP };
}

static void neighbouring_keys_spread_evenly(void **state)
{
	static int held[NEWCOMER_SETS];
	int most = 0;

	(void)state;
	for (__u32 i = 0; i < 4 * NEWCOMER_SETS; i++) {
		struct flow_key key = key_of(i);
		int n = ++held[newcomer_set_of(secret_hash(&secret, &key, 0))];

		most = n > most ? n : most;
	}
	assert_in_range(most, 5, 20); /* 4 a set on average; 16 or 17 is the most that chance leads to expect */
}

static void every_word_of_the_key_and_of_the_secret_counts(void **state)
{
	struct flow_key key = key_of(77);
	__u64 hash = secret_hash(&secret, &key, 0);

	(void)state;
	for (int i = 0; i < 12; i++) {
		struct flow_key other = key;
		struct secret other_secret = secret;

		((__u8 *)&other)[i * 4 + 1] ^= 1;
		assert_false(flow_key_is_same(&other, &key));
		assert_int_not_equal(secret_hash(&secret, &other, 0), hash);
		other_secret.word[i] ^= 0x10000;
		assert_int_not_equal(secret_hash(&other_secret, &key, 0), hash);
	}
}

static void a_tag_leaves_room_for_a_place_and_is_never_nothing(void **state)
{
	(void)state;
	assert_int_equal(newcomer_tag(0) & (NEWCOMERS - 1), 0);
	assert_int_not_equal(newcomer_tag(0), 0);
	assert_int_equal(newcomer_tag_differs(newcomer_tag(5ull << 49) | 1234, newcomer_tag(5ull << 49)), 0);
	assert_int_not_equal(newcomer_tag_differs(newcomer_tag(5ull << 49) | 1234, newcomer_tag(7ull << 49)), 0);
}

static void a_flow_has_to_come_to_something(void **state)
{
	struct newcomer n = { .key.l4_proto = IPPROTO_UDP, .flow.packets = { NEWCOMER_PACKETS - 1 } };

	(void)state;
	assert_false(newcomer_is_proven(&n));
	n.flow.events = FLOW_ANSWERED;
	assert_true(newcomer_is_proven(&n));
	n.flow.events |= FLOW_REJECTED;
	assert_false(newcomer_is_proven(&n));
	n.flow = (struct flow){ .packets = { NEWCOMER_PACKETS } };
	assert_true(newcomer_is_proven(&n));
	n.flow = (struct flow){ .packets = { 1, NEWCOMER_ANSWERS } };
	assert_true(newcomer_is_proven(&n));
}

static void an_answer_to_a_syn_is_nothing_yet(void **state)
{
	struct newcomer n = { .key.l4_proto = IPPROTO_TCP,
			      .flow = { .kind = FLOW_KIND_SYN, .events = FLOW_ANSWERED,
					.packets = { NEWCOMER_PACKETS - 1, NEWCOMER_ANSWERS - 1 } } };

	(void)state;
	assert_false(newcomer_is_proven(&n));
	n.flow.events |= FLOW_HANDSHAKE;
	assert_true(newcomer_is_proven(&n));
	n.flow.events = FLOW_ANSWERED;
	n.flow.kind = FLOW_KIND_ACK; /* a connection that was there before us */
	assert_true(newcomer_is_proven(&n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbouring_keys_spread_evenly),
		cmocka_unit_test(every_word_of_the_key_and_of_the_secret_counts),
		cmocka_unit_test(a_tag_leaves_room_for_a_place_and_is_never_nothing),
		cmocka_unit_test(a_flow_has_to_come_to_something),
		cmocka_unit_test(an_answer_to_a_syn_is_nothing_yet),
	};

	return cmocka_run_group_tests_name("newcomer", tests, NULL, NULL);
}
