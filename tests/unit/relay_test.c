// SPDX-License-Identifier: BSD-2-Clause
// The lab's long line: what becomes of a frame hangs on the seed, its far address, and where asked its connection, alone;
// frames leave when they are due.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "relay_rules.h"

static const struct relay_rules rules = { .rtt_min_ms = 1, .rtt_max_ms = 300, .loss_permille = 20, .seed = 7 };

/* An IPv4 frame with these last octets of source and destination. */
static const uint8_t *frame4(uint8_t source, uint8_t destination)
{
	static uint8_t f[60];

	f[12] = 0x08;
	f[29] = source;
	f[33] = destination;
	return f;
}

static void an_address_keeps_its_delay_in_both_directions(void **state)
{
	struct relay_rules r = rules;
	uint64_t there = relay_fate(&r, frame4(9, 2), 60, RELAY_FAR).delay_ns;

	(void)state;
	assert_int_equal(relay_fate(&r, frame4(9, 2), 60, RELAY_FAR).delay_ns, there);
	assert_int_equal(relay_fate(&r, frame4(2, 9), 60, RELAY_NEAR).delay_ns, there);
	assert_int_not_equal(relay_fate(&r, frame4(10, 2), 60, RELAY_FAR).delay_ns, there);
}

/* The same with a protocol and the last octets of two ports; IPv6 when `is_6`. */
static const uint8_t *frame_of(bool is_6, uint8_t protocol, uint8_t source, uint8_t destination, uint8_t from, uint8_t to)
{
	static uint8_t f[80];

	memset(f, 0, sizeof(f));
	f[12] = is_6 ? 0x86 : 0x08;
	f[13] = is_6 ? 0xdd : 0x00;
	f[14] = is_6 ? 0x60 : 0x46; /* the latter with options */
	f[is_6 ? 20 : 23] = protocol;
	f[is_6 ? 37 : 29] = source;
	f[is_6 ? 53 : 33] = destination;
	f[is_6 ? 55 : 39] = from;
	f[is_6 ? 57 : 41] = to;
	return f;
}

static void a_connection_keeps_its_delay_and_another_has_its_own(void **state)
{
	struct relay_rules r = rules;

	(void)state;
	r.by_connection = true;
	for (int is_6 = 0; is_6 < 2; is_6++) {
		uint64_t there = relay_fate(&r, frame_of(is_6, 6, 9, 2, 50, 80), 80, RELAY_FAR).delay_ns;

		assert_int_equal(relay_fate(&r, frame_of(is_6, 6, 2, 9, 80, 50), 80, RELAY_NEAR).delay_ns, there);
		assert_int_not_equal(relay_fate(&r, frame_of(is_6, 6, 9, 2, 51, 80), 80, RELAY_FAR).delay_ns, there);
		assert_int_not_equal(relay_fate(&r, frame_of(is_6, 17, 9, 2, 50, 81), 80, RELAY_FAR).delay_ns, there);
		assert_int_not_equal(relay_fate(&r, frame_of(is_6, 6, 9, 3, 50, 80), 80, RELAY_FAR).delay_ns, there);
		r.by_connection = false;
		assert_int_equal(relay_fate(&r, frame_of(is_6, 6, 9, 3, 50, 80), 80, RELAY_FAR).delay_ns,
				 relay_fate(&r, frame_of(is_6, 6, 9, 2, 51, 80), 80, RELAY_FAR).delay_ns);
		r.by_connection = true;
	}
}

static void what_shows_no_ports_goes_by_both_addresses(void **state)
{
	struct relay_rules r = rules;
	uint8_t part[80];
	uint64_t there;

	(void)state;
	r.by_connection = true;
	there = relay_fate(&r, frame_of(false, 1, 9, 2, 1, 1), 80, RELAY_FAR).delay_ns;
	assert_int_equal(relay_fate(&r, frame_of(false, 1, 2, 9, 7, 7), 80, RELAY_NEAR).delay_ns, there);
	assert_int_not_equal(relay_fate(&r, frame_of(false, 1, 9, 3, 1, 1), 80, RELAY_FAR).delay_ns, there);
	assert_int_equal(relay_fate(&r, frame_of(false, 17, 9, 2, 1, 1), 41, RELAY_FAR).delay_ns, there); /* cut in its ports */
	memcpy(part, frame_of(false, 17, 9, 2, 5, 6), sizeof(part));
	part[20] = 0x20; /* the first fragment, whose ports the later ones lack */
	assert_int_equal(relay_fate(&r, part, 80, RELAY_FAR).delay_ns, there);
}

static void delays_spread_from_the_least_to_the_most(void **state)
{
	struct relay_rules r = rules;
	int below_17 = 0;

	(void)state;
	for (int i = 0; i < 256; i++) {
		uint64_t rtt = 2 * relay_fate(&r, frame4(i, 2), 60, RELAY_FAR).delay_ns;

		assert_in_range(rtt, 999998, 300000000);
		below_17 += rtt < 17320508; /* the geometric middle */
	}
	assert_in_range(below_17, 96, 160);
}

static void losses_come_from_the_seed_alone(void **state)
{
	struct relay_rules a = rules, b = rules, other = rules;
	int lost = 0, differ = 0;

	(void)state;
	other.seed = 8;
	for (int i = 0; i < 10000; i++) {
		bool is_lost = relay_fate(&a, frame4(9, 2), 60, RELAY_FAR).lost;

		assert_int_equal(relay_fate(&b, frame4(9, 2), 60, RELAY_FAR).lost, is_lost);
		if (i % 3 == 0) /* what others send between is nothing to it */
			relay_fate(&b, frame4(77, 2), 60, RELAY_FAR);
		differ += relay_fate(&other, frame4(9, 2), 60, RELAY_FAR).lost != is_lost;
		lost += is_lost;
	}
	assert_in_range(lost, 150, 250);
	assert_true(differ > 100);
}

static void what_has_no_address_passes_at_once(void **state)
{
	struct relay_rules r = rules;
	uint8_t arp[60] = { [12] = 0x08, [13] = 0x06 };

	(void)state;
	r.loss_permille = 1000;
	assert_false(relay_fate(&r, arp, 60, RELAY_FAR).lost);
	assert_int_equal(relay_fate(&r, arp, 60, RELAY_FAR).delay_ns, 0);
	assert_false(relay_fate(&r, frame4(9, 2), 33, RELAY_FAR).lost); /* cut before its address ends */
	assert_true(relay_fate(&r, frame4(9, 2), 34, RELAY_FAR).lost);
}

static void frames_leave_when_due_and_as_they_came(void **state)
{
	static struct relay_queue q;
	static const uint64_t due[] = { 50, 10, 40, 10, 30, 20, 10 };
	static const uint8_t order[] = { 1, 3, 6, 5, 4, 2, 0 };
	struct relay_frame f = { 0 };

	(void)state;
	for (uint8_t i = 0; i < 7; i++)
		assert_true(relay_queue_add(&q, due[i], RELAY_FAR, &i, 1));
	assert_false(relay_queue_take(&q, 9, &f));
	for (int i = 0; i < 7; i++) {
		assert_true(relay_queue_take(&q, 50, &f));
		assert_int_equal(f.bytes[0], order[i]);
		free(f.bytes);
	}
	assert_false(relay_queue_take(&q, 1000, &f));
}

static void a_full_queue_refuses(void **state)
{
	static struct relay_queue q;
	struct relay_frame f;
	uint8_t byte = 0;

	(void)state;
	for (uint32_t i = 0; i < RELAY_FRAMES_MAX; i++)
		assert_true(relay_queue_add(&q, RELAY_FRAMES_MAX - i, RELAY_NEAR, &byte, 1));
	assert_false(relay_queue_add(&q, 0, RELAY_NEAR, &byte, 1));
	for (uint64_t last = 0; relay_queue_take(&q, RELAY_FRAMES_MAX, &f); last = f.due_ns) {
		assert_true(f.due_ns > last);
		free(f.bytes);
	}
	assert_int_equal(q.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_keeps_its_delay_in_both_directions),
		cmocka_unit_test(a_connection_keeps_its_delay_and_another_has_its_own),
		cmocka_unit_test(what_shows_no_ports_goes_by_both_addresses),
		cmocka_unit_test(delays_spread_from_the_least_to_the_most),
		cmocka_unit_test(losses_come_from_the_seed_alone),
		cmocka_unit_test(what_has_no_address_passes_at_once),
		cmocka_unit_test(frames_leave_when_due_and_as_they_came),
		cmocka_unit_test(a_full_queue_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
