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

	(void)state;
	assert_true(is_plain(&there));
	assert_true(is_plain(&back));
	assert_true(is_plain(&self)); /* whose ends the ports tell apart */
}

/* Of the headers one byte, or a few, or the length of the frame. */
static void frame_bend(struct frame *f)
{
	int bytes = 1 + rand() % 3;

	while (bytes--)
		f->data[12 + rand() % 42] = rand();
	if (rand() % 4 == 0)
		f->len = rand() % (f->len + 1);
	if (rand() % 8 == 0) /* the addresses alike: the ports decide */
		memcpy(f->data + 30, f->data + 26, 4);
}

static void whatever_is_bent_both_ways_agree(void **state)
{
	int went[2] = { 0 };

	(void)state;
	srand(1);
	for (int i = 0; i < FRAMES; i++) {
		struct frame f = plain("10.0.0.1", "10.0.0.2");

		frame_bend(&f);
		went[is_plain(&f)]++;
	}
	assert_true(went[0] > FRAMES / 10);
	assert_true(went[1] > FRAMES / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_of_a_plain_flow_go_the_short_way),
		cmocka_unit_test(whatever_is_bent_both_ways_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
