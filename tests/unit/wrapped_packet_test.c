// SPDX-License-Identifier: BSD-2-Clause
/*
 * Packets in packets, in parts and quoted: the headers that read them, on the host under sanitizers. What they make of
 * each kind is told, line by line, by tests/kernel/packets_test.c; here no cut and no noise may hurt.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "fragment.h"
#include "quote.h"
#include "tunnel.h"
#include "wrapped_packets.h"

/* Parses from a buffer of exactly `len` bytes, so that ASan sees an overread, and on into what is inside. */
static enum parsed parse_cut(const struct frame *f, __u32 len, struct packet *out)
{
	struct packet outer = { 0 };
	char *copy = malloc(len + 2), *end = copy + 2 + len;
	enum parsed result;

	memcpy(copy + 2, f->data, len);
	*out = (struct packet){ 0 };
	result = packet_parse(&outer, copy + 2, end, len);
	if (result == PARSED_TUNNEL)
		result = packet_parse_inner(out, &outer, copy + 2, end, len);
	else if (result == PARSED_ICMP_ERROR && !packet_from_quote(out, &outer, copy + 2, end))
		result = PARSED_TRUNCATED;
	packet_parse_addresses(&outer, copy + 2, end);
	free(copy);
	return result;
}

static void no_cut_of_a_wrapped_packet_is_read_beyond_its_end(void **state)
{
	struct frame tcp = frame_tcp("10.0.0.1", 999, "10.0.0.2", 80, TCP_SYN, 5, 0, 0), tagged = frame_tagged(8, &tcp);
	struct frame udp6 = frame_udp6("2001:db8::1", 1, "2001:db8::2", 2, 0), extended = frame_extended(2);
	const struct frame frames[] = {
		frame_ip_in_ip(&tcp), frame_ip_in_ip(&udp6), frame_gre(0xb000, 7, ETH_P_IP, &tcp),
		frame_gre(0x2000, 7, ETH_P_TEB, &tagged), frame_vxlan(4789, 42, &tagged), frame_vxlan(8472, 42, &extended),
		frame_icmp_error("9.9.9.9", "10.0.0.1", ICMP4_UNREACHABLE, 1, &tcp),
		frame_icmp6_error("2001:db8::9", "2001:db8::1", 1, &udp6, 48),
		frame_icmp6_error("2001:db8::9", "2001:db8::1", 1, &extended, 64),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct packet pkt;

		for (__u32 len = 0; len < frames[i].len; len++)
			assert_true(parse_cut(&frames[i], len, &pkt) >= PARSED_NOT_IP);
		assert_true(parse_cut(&frames[i], frames[i].len, &pkt) <= PARSED_ICMP_ERROR);
	}
}

static void noise_within_does_not_hurt(void **state)
{
	struct frame udp6 = frame_udp6("2001:db8::1", 1, "2001:db8::2", 2, 60);
	const struct frame seeds[] = {
		frame_gre(0, 0, ETH_P_IPV6, &udp6), frame_vxlan(4789, 42, &udp6), frame_ip_in_ip(&udp6),
		frame_icmp6_error("2001:db8::9", "2001:db8::1", 1, &udp6, 100),
	};
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		struct frame f = seeds[round % 4];
		struct packet pkt;

		for (int edit = 0; edit < 6; edit++) {
			seed = seed * 1664525 + 1013904223;
			f.data[ETH_HLEN + (seed >> 8) % (f.len - ETH_HLEN)] = seed >> 24;
		}
		f.data[12] = round % 4 == 3 ? 0x86 : 8;
		parse_cut(&f, f.len - (seed >> 6) % 4, &pkt);
	}
}

static void a_later_fragment_gets_the_ports_of_its_first_for_thirty_seconds(void **state)
{
	struct packet first = { .source_port = htons(1), .dest_port = htons(2), .fragment = FRAGMENT_FIRST };
	struct packet later = { .fragment = FRAGMENT_LATER };
	struct fragment_ports ports = fragment_ports_from_packet(&first, 1000);

	(void)state;
	assert_false(packet_join_fragment(&later, NULL, 1000));
	assert_false(packet_join_fragment(&later, &ports, 1000 + FRAGMENT_MAX_AGE_NS));
	assert_int_equal(later.fragment, FRAGMENT_LATER);
	assert_int_equal(later.dest_port, 0);
	assert_true(packet_join_fragment(&later, &ports, 999)); /* another CPU's clock read earlier */
	assert_true(packet_join_fragment(&later, &ports, 999 + FRAGMENT_MAX_AGE_NS));
	assert_int_equal(later.fragment, FRAGMENT_JOINED);
	assert_int_equal(later.source_port, htons(1));
	assert_int_equal(later.dest_port, htons(2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_cut_of_a_wrapped_packet_is_read_beyond_its_end),
		cmocka_unit_test(noise_within_does_not_hurt),
		cmocka_unit_test(a_later_fragment_gets_the_ports_of_its_first_for_thirty_seconds),
	};

	return cmocka_run_group_tests_name("wrapped_packet", tests, NULL, NULL);
}
