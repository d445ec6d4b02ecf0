// SPDX-License-Identifier: BSD-2-Clause
/* The short way through the parser comes to what the long one comes to, or leaves the packet to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "plain.h"
#include "packets.h"

#define FRAMES 300000

static struct frame plain(const char *from, const char *to)
{
	struct frame f;

	frame_start(&f, ETH_P_IP);
	frame_put_ipv4(&f, from, to, IPPROTO_TCP, sizeof(struct tcphdr) + 40);
	frame_put_tcp(&f, 40000, 443, TCP_ACK, 1000, 2000, 40);
	return f;
}

static struct frame plain6(const char *from, const char *to)
{
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, from, to, IPPROTO_TCP, sizeof(struct tcphdr) + 40);
	frame_put_tcp(&f, 40000, 443, TCP_ACK, 1000, 2000, 40);
	return f;
}

static struct frame plain_udp(int dport)
{
	struct frame f;

	frame_start(&f, ETH_P_IP);
	frame_put_ipv4(&f, "1.1.1.1", "2.2.2.2", IPPROTO_UDP, sizeof(struct udphdr) + 5);
	frame_put_udp(&f, 68, dport, 5);
	return f;
}

/* True when the packet went the short way; what that made of it is the long way's. */
static int is_plain(const struct frame *f)
{
	struct packet quick = { 0 }, pkt = { 0 };
	struct flow_key quick_key = { 0 }, key = { 0 };
	char *copy = malloc(f->len + 2); /* so that ASan sees an overread */
	void *data = copy + 2, *end = copy + 2 + f->len;
	int sender;

	memcpy(data, f->data, f->len);
	sender = packet_parse_plain(&quick, &quick_key, data, end, f->len);
	if (sender < 0) {
		assert_memory_equal(&quick, &pkt, sizeof(pkt));
		assert_memory_equal(&quick_key, &key, sizeof(key));
	} else {
		assert_int_equal(packet_parse(&pkt, data, end, f->len), PARSED_FLOW);
		assert_int_equal(sender, flow_key_from_packet(&key, &pkt));
		assert_memory_equal(&quick, &pkt, sizeof(pkt));
		assert_memory_equal(&quick_key, &key, sizeof(key));
	}
	free(copy);
	return sender >= 0;
}

static void both_directions_of_a_plain_flow_go_the_short_way(void **state)
{
	struct frame there = plain("1.1.1.1", "2.2.2.2"), back = plain("2.2.2.2", "1.1.1.1"), self = plain("1.1.1.1", "1.1.1.1");
	struct frame there6 = plain6("2001:db8::1", "2001:db8:1::1"), back6 = plain6("2001:db8:1::1", "2001:db8::1");

	(void)state;
	assert_true(is_plain(&there6));
	assert_true(is_plain(&back6));
	assert_true(is_plain(&there));
	assert_true(is_plain(&back));
	assert_true(is_plain(&self)); /* whose ends the ports tell apart */
}

static void udp_goes_the_short_way_unless_its_ports_mean_more(void **state)
{
	struct frame dns = plain_udp(53), dhcp = plain_udp(67), vxlan = plain_udp(4789);

	(void)state;
	assert_true(is_plain(&dns));
	assert_false(is_plain(&dhcp));
	assert_false(is_plain(&vxlan));
}

/* Of the headers one byte, or a few, or the length of the frame. */
static void frame_bend(struct frame *f, __u32 headers, __u32 addresses, __u32 address_len)
{
	int bytes = 1 + rand() % 3;

	while (bytes--)
		f->data[12 + rand() % (headers - 12)] = rand();
	if (rand() % 4 == 0)
		f->len = rand() % (f->len + 1);
	if (rand() % 8 == 0) /* the addresses alike: the ports decide */
		memcpy(f->data + addresses + address_len, f->data + addresses, address_len);
}

static void whatever_is_bent_both_ways_agree(void **state)
{
	int went[2] = { 0 }, went6[2] = { 0 };

	(void)state;
	srand(1);
	for (int i = 0; i < FRAMES; i++) {
		struct frame f = plain("10.0.0.1", "10.0.0.2"), f6 = plain6("2001:db8::1", "2001:db8::1:1");

		if (i & 1)
			f.data[23] = f6.data[20] = IPPROTO_UDP;
		frame_bend(&f, 54, 26, 4);
		went[is_plain(&f)]++;
		frame_bend(&f6, 74, 22, 16);
		went6[is_plain(&f6)]++;
	}
	assert_true(went[0] > FRAMES / 10 && went[1] > FRAMES / 10);
	assert_true(went6[0] > FRAMES / 10 && went6[1] > FRAMES / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_of_a_plain_flow_go_the_short_way),
		cmocka_unit_test(udp_goes_the_short_way_unless_its_ports_mean_more),
		cmocka_unit_test(whatever_is_bent_both_ways_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
