// SPDX-License-Identifier: BSD-2-Clause
/* Packet in, facts out: the parser that the kernel runs, on the host under sanitizers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "flow.h"
#include "packets.h"

/* Parses from a buffer of exactly `len` bytes, so that ASan sees an overread. */
static enum parsed parse_cut(const struct frame *f, __u32 len, struct packet *out)
{
	char *copy = malloc(len + 2);
	enum parsed result;

	memcpy(copy + 2, f->data, len);
	*out = (struct packet){ 0 };
	result = packet_parse(out, copy + 2, copy + 2 + len, len);
	free(copy);
	return result;
}

static enum parsed parse(const struct frame *f, struct packet *out)
{
	return parse_cut(f, f->len, out);
}

struct line {
	const char *sentence;
	enum parsed wanted;
	__u8 l4_proto;
	int sport, dport;
	__u32 payload;
	__u16 vlan[2];
	enum fragment fragment;
	struct frame frame;
};

static struct frame tagged_twice(void)
{
	struct frame f;

	frame_start(&f, ETH_P_8021AD);
	frame_put_vlan(&f, 0x6000 | 7, ETH_P_8021Q);
	frame_put_vlan(&f, 9, ETH_P_IP);
	frame_put_ipv4(&f, "1.1.1.1", "2.2.2.2", IPPROTO_UDP, 8 + 5);
	frame_put_udp(&f, 10, 20, 5);
	return f;
}

static struct frame tagged_thrice(void)
{
	struct frame f;

	frame_start(&f, ETH_P_8021Q);
	frame_put_vlan(&f, 1, ETH_P_8021Q);
	frame_put_vlan(&f, 2, ETH_P_8021Q);
	frame_put_vlan(&f, 3, ETH_P_IP);
	frame_put(&f, NULL, 40);
	return f;
}

static struct frame with_ipv4_options(void)
{
	struct frame f;
	struct iphdr *ip;

	frame_start(&f, ETH_P_IP);
	frame_put_ipv4(&f, "1.1.1.1", "2.2.2.2", IPPROTO_TCP, 8 + 20 + 3);
	ip = (void *)(f.data + ETH_HLEN);
	ip->ihl = 7;
	frame_put(&f, NULL, 8);
	frame_put_tcp(&f, 30, 40, TCP_ACK, 1, 1, 3);
	return f;
}

static struct frame fragment(int offset, int more)
{
	struct frame f = frame_udp("1.1.1.1", 50, "2.2.2.2", 60, 16);
	struct iphdr *ip = (void *)(f.data + ETH_HLEN);

	ip->frag_off = htons(offset | (more ? 0x2000 : 0));
	return f;
}

static struct frame ipv6_with_extensions(int count, __u8 last)
{
	const __u8 destination_options = 60;
	__u8 option[8] = { destination_options, 0 };
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, "2001:db8::1", "2001:db8::2", count ? destination_options : last, count * 8 + 8 + 4);
	for (int i = 0; i < count; i++) {
		option[0] = i == count - 1 ? last : destination_options;
		frame_put(&f, option, sizeof(option));
	}
	frame_put_udp(&f, 70, 80, 4);
	return f;
}

static struct frame ipv6_fragment(int offset, int more)
{
	__u8 header[8] = { IPPROTO_UDP, 0, offset >> 5, ((offset << 3) & 0xff) | more };
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, "2001:db8::1", "2001:db8::2", IPPROTO_FRAGMENT, 8 + 8 + 4);
	frame_put(&f, header, sizeof(header));
	frame_put_udp(&f, 90, 100, 4);
	return f;
}

static struct frame sctp(void)
{
	__be16 start[6] = { htons(11), htons(12) };
	struct frame f;

	frame_start(&f, ETH_P_IP);
	frame_put_ipv4(&f, "1.1.1.1", "2.2.2.2", IPPROTO_SCTP, 12 + 4);
	frame_put(&f, start, sizeof(start));
	frame_put(&f, NULL, 4);
	return f;
}

static struct frame gre(void)
{
	struct frame f;

	frame_start(&f, ETH_P_IP);
	frame_put_ipv4(&f, "1.1.1.1", "2.2.2.2", IPPROTO_GRE, 10);
	frame_put(&f, NULL, 10);
	return f;
}

static struct frame claims_more(void)
{
	struct frame f = frame_udp("1.1.1.1", 1, "2.2.2.2", 2, 10);
	struct iphdr *ip = (void *)(f.data + ETH_HLEN);

	ip->tot_len = htons(100);
	return f;
}

/* Seven bytes of UDP, one more in the frame's padding. */
static struct frame short_udp(void)
{
	struct frame f = frame_udp("1.1.1.1", 1, "2.2.2.2", 2, 0);
	struct iphdr *ip = (void *)(f.data + ETH_HLEN);

	ip->tot_len = htons(20 + 7);
	return f;
}

static struct frame padded(void)
{
	struct frame f = frame_udp("1.1.1.1", 1, "2.2.2.2", 2, 1);

	frame_put(&f, NULL, 60 - f.len);
	return f;
}

static struct frame bad_offset(void)
{
	struct frame f = frame_tcp("1.1.1.1", 1, "2.2.2.2", 2, TCP_ACK, 1, 1, 0);

	f.data[ETH_HLEN + 20 + 12] = 0x10; /* a TCP header of 4 bytes */
	return f;
}

static struct frame bad_version(void)
{
	struct frame f = frame_udp("1.1.1.1", 1, "2.2.2.2", 2, 1);

	f.data[ETH_HLEN] = 0x75;
	return f;
}

static struct frame arp(void)
{
	struct frame f;

	frame_start(&f, ETH_P_ARP);
	frame_put(&f, NULL, 28);
	return f;
}

static struct frame icmpv6(__u8 type)
{
	struct icmp_start icmp = { .type = type, .id = htons(33) };
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, "fe80::1", "fe80::2", IPPROTO_ICMPV6, sizeof(icmp));
	frame_put(&f, &icmp, sizeof(icmp));
	return f;
}

static void every_kind_of_packet_gives_the_facts_it_should(void **state)
{
	struct frame tcp = frame_tcp("1.1.1.1", 1000, "2.2.2.2", 80, TCP_SYN, 5, 0, 0);
	const struct line lines[] = {
		{ "a TCP packet", PARSED_FLOW, IPPROTO_TCP, 1000, 80, 0, { 0 }, 0, tcp },
		{ "a UDP packet", PARSED_FLOW, IPPROTO_UDP, 53, 5353, 12, { 0 }, 0,
		  frame_udp("1.1.1.1", 53, "2.2.2.2", 5353, 12) },
		{ "both ids of a doubly tagged frame, without priority bits", PARSED_FLOW, IPPROTO_UDP, 10, 20, 5,
		  { 7, 9 }, 0, tagged_twice() },
		{ "a third tag is not looked behind", PARSED_NOT_IP, .frame = tagged_thrice() },
		{ "IPv4 options are skipped", PARSED_FLOW, IPPROTO_TCP, 30, 40, 3, { 0 }, 0, with_ipv4_options() },
		{ "a first fragment shows its ports", PARSED_FRAGMENT, IPPROTO_UDP, 50, 60, 16, { 0 }, FRAGMENT_FIRST,
		  fragment(0, 1) },
		{ "a later fragment has none", PARSED_FRAGMENT, IPPROTO_UDP, 0, 0, 24, { 0 }, FRAGMENT_LATER, fragment(3, 0) },
		{ "IPv6 without extensions", PARSED_FLOW, IPPROTO_UDP, 70, 80, 4, { 0 }, 0,
		  ipv6_with_extensions(0, IPPROTO_UDP) },
		{ "six extension headers are looked behind", PARSED_FLOW, IPPROTO_UDP, 70, 80, 4, { 0 }, 0,
		  ipv6_with_extensions(6, IPPROTO_UDP) },
		{ "a seventh is not", PARSED_TOO_DEEP, .frame = ipv6_with_extensions(7, IPPROTO_UDP) },
		{ "a first IPv6 fragment shows its ports", PARSED_FRAGMENT, IPPROTO_UDP, 90, 100, 4, { 0 },
		  FRAGMENT_FIRST, ipv6_fragment(0, 1) },
		{ "a later IPv6 fragment has none", PARSED_FRAGMENT, IPPROTO_UDP, 0, 0, 12, { 0 }, FRAGMENT_LATER,
		  ipv6_fragment(2, 0) },
		{ "an IPv6 fragment that is all of its datagram", PARSED_FLOW, IPPROTO_UDP, 90, 100, 4, { 0 },
		  FRAGMENT_NONE, ipv6_fragment(0, 0) },
		{ "SCTP has ports", PARSED_FLOW, IPPROTO_SCTP, 11, 12, 4, { 0 }, 0, sctp() },
		{ "GRE is a flow without ports, and may hold another packet", PARSED_TUNNEL, IPPROTO_GRE, 0, 0, 10, { 0 }, 0, gre() },
		{ "an echo request stands under its id and type", PARSED_FLOW, IPPROTO_ICMP, 44, 8 << 8, 0, { 0 }, 0,
		  frame_icmp("1.1.1.1", "2.2.2.2", ICMP4_ECHO, 0, 44) },
		{ "and so does its reply", PARSED_FLOW, IPPROTO_ICMP, 44, 8 << 8, 0, { 0 }, 0,
		  frame_icmp("2.2.2.2", "1.1.1.1", ICMP4_ECHO_REPLY, 0, 44) },
		{ "a timestamp reply stands under its request", PARSED_FLOW, IPPROTO_ICMP, 45, 13 << 8, 0, { 0 }, 0,
		  frame_icmp("2.2.2.2", "1.1.1.1", 14, 0, 45) },
		{ "a redirect has type and code", PARSED_FLOW, IPPROTO_ICMP, 0, 5 << 8 | 1, 0, { 0 }, 0,
		  frame_icmp("2.2.2.2", "1.1.1.1", 5, 1, 0) },
		{ "an ICMPv6 echo reply stands under its request", PARSED_FLOW, IPPROTO_ICMPV6, 33, 128 << 8, 0, { 0 },
		  0, icmpv6(ICMP6_ECHO_REPLY) },
		{ "an ICMP error", PARSED_ICMP_ERROR, .frame =
		  frame_icmp_error("9.9.9.9", "1.1.1.1", ICMP4_UNREACHABLE, 1, &tcp) },
		{ "neighbour discovery is exempt", PARSED_EXEMPT, .frame = frame_with_hops(icmpv6(135), 255) },
		{ "but not from behind a router", PARSED_FLOW, IPPROTO_ICMPV6, 0, 135 << 8, 0, { 0 }, 0,
		  frame_with_hops(icmpv6(135), 254) },
		{ "DHCP", PARSED_DHCP, .frame = frame_udp("0.0.0.0", 68, "255.255.255.255", 67, 200) },
		{ "UDP shorter than its header", PARSED_TRUNCATED, .frame = short_udp() },
		{ "ARP is not IP", PARSED_NOT_IP, .frame = arp() },
		{ "a header that claims more than the frame holds", PARSED_TRUNCATED, .frame = claims_more() },
		{ "padding of short frames is not payload", PARSED_FLOW, IPPROTO_UDP, 1, 2, 1, { 0 }, 0, padded() },
		{ "a TCP header of four bytes", PARSED_BAD_HEADER, .frame = bad_offset() },
		{ "version 7 in an IPv4 frame", PARSED_BAD_HEADER, .frame = bad_version() },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct line *l = &lines[i];
		struct packet pkt;
		enum parsed got = parse(&l->frame, &pkt);

		if (got != l->wanted)
			fail_msg("%s: %d, not %d", l->sentence, got, l->wanted);
		if (got > PARSED_TUNNEL)
			continue;
		if (pkt.l4_proto != l->l4_proto || ntohs(pkt.source_port) != l->sport ||
		    ntohs(pkt.dest_port) != l->dport || pkt.vlan[0] != l->vlan[0] || pkt.vlan[1] != l->vlan[1] ||
		    pkt.fragment != l->fragment || pkt.payload_len != l->payload)
			fail_msg("%s: proto %u, ports %u %u, vlan %u %u, fragment %u, payload %u", l->sentence,
				 pkt.l4_proto, ntohs(pkt.source_port), ntohs(pkt.dest_port), pkt.vlan[0], pkt.vlan[1],
				 pkt.fragment, pkt.payload_len);
	}
}

static void no_cut_of_a_packet_is_read_beyond_its_end(void **state)
{
	struct frame inner = frame_tcp("1.1.1.1", 1, "2.2.2.2", 2, TCP_SYN, 5, 0, 0);
	const struct frame frames[] = {
		inner, tagged_twice(), with_ipv4_options(), fragment(0, 1), ipv6_with_extensions(6, IPPROTO_UDP),
		ipv6_fragment(2, 0), sctp(), icmpv6(128), frame_icmp_error("9.9.9.9", "1.1.1.1", 3, 1, &inner),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
		for (__u32 len = 0; len < frames[i].len; len++) {
			struct packet pkt;

			assert_true(parse_cut(&frames[i], len, &pkt) > PARSED_TUNNEL);
		}
}

/* Random bytes behind random starts: whatever they say, ASan and UBSan stay silent. */
static void noise_does_not_hurt(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		static const __u16 types[] = { ETH_P_IP, ETH_P_IPV6, ETH_P_8021Q, ETH_P_8021AD };
		struct packet pkt;
		struct frame f;
		__u32 len;

		seed = seed * 1664525 + 1013904223;
		len = 14 + (seed >> 8) % 120;
		frame_start(&f, types[seed >> 30]);
		for (__u32 i = 14; i < len; i++) {
			seed = seed * 1664525 + 1013904223;
			f.data[i] = seed >> 24;
		}
		if (seed & 0x100)
			f.data[14] = types[0] == ETH_P_IP && seed & 0x200 ? 0x45 : 0x60;
		parse_cut(&f, len, &pkt);
	}
}

static void both_directions_share_one_key(void **state)
{
	const struct {
		struct frame there, back;
	} pairs[] = {
		{ frame_tcp("10.0.0.1", 1111, "10.0.0.2", 80, 2, 0, 0, 0),
		  frame_tcp("10.0.0.2", 80, "10.0.0.1", 1111, 2, 0, 0, 0) },
		{ frame_tcp("10.0.0.1", 80, "10.0.0.1", 1111, 2, 0, 0, 0), /* one address, two ports */
		  frame_tcp("10.0.0.1", 1111, "10.0.0.1", 80, 2, 0, 0, 0) },
		{ frame_icmp("10.0.0.9", "10.0.0.2", ICMP4_ECHO, 0, 7),
		  frame_icmp("10.0.0.2", "10.0.0.9", ICMP4_ECHO_REPLY, 0, 7) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct packet there = { 0 }, back = { 0 };
		struct flow_key a = { 0 }, b = { 0 };

		assert_int_equal(parse(&pairs[i].there, &there), PARSED_FLOW);
		assert_int_equal(parse(&pairs[i].back, &back), PARSED_FLOW);
		assert_int_not_equal(flow_key_from_packet(&a, &there), flow_key_from_packet(&b, &back));
		assert_memory_equal(&a, &b, sizeof(a));
	}
}

/* (A, 1) to (B, 2) and (A, 2) to (B, 1) must not meet in one key, as they would if ends were sorted part by part. */
static void swapped_ports_are_another_flow(void **state)
{
	struct frame one = frame_udp("10.0.0.1", 1, "10.0.0.2", 2, 0), other = frame_udp("10.0.0.1", 2, "10.0.0.2", 1, 0);
	struct packet p = { 0 }, q = { 0 };
	struct flow_key a = { 0 }, b = { 0 };

	(void)state;
	parse(&one, &p);
	parse(&other, &q);
	flow_key_from_packet(&a, &p);
	flow_key_from_packet(&b, &q);
	assert_memory_not_equal(&a, &b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_packet_gives_the_facts_it_should),
		cmocka_unit_test(no_cut_of_a_packet_is_read_beyond_its_end),
		cmocka_unit_test(noise_does_not_hurt),
		cmocka_unit_test(both_directions_share_one_key),
		cmocka_unit_test(swapped_ports_are_another_flow),
	};

	return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
