// SPDX-License-Identifier: BSD-2-Clause
/* The operator's lists over IPv6, and blocked flows: that they end by the kernel's clock, over IPv6 and in VLANs as well. */
#include <time.h>
#include "datapath_fixture.h"
#include "wrapped_packets.h"

#define CLIENT "2001:db8:1::1"
#define SERVER "2001:db8:99::1"

static struct frame tcp6(const char *from, int port, __u8 flags)
{
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, from, SERVER, IPPROTO_TCP, sizeof(struct tcphdr) + 10);
	frame_put_tcp(&f, port, 80, flags, 1, 1, 10);
	return f;
}

static int tcp6_send(const char *from, int port, __u8 flags)
{
	struct frame f = tcp6(from, port, flags);

	return frame_send(&f);
}

static void list_put6(enum list list, const char *addr, int bits, __u64 expires_ns)
{
	list_key_put(list, list_key_ipv6(addr, bits), expires_ns);
}

static __u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND_NS + t.tv_nsec;
}

static void hostile_model_enforce(void)
{
	mode_set(MODE_ENFORCE);
	model_enforce(model_stump(5, FEATURE_fpk, 0, 0, 1000)); /* condemns everybody, and needs no evidence */
}

/* Prefixes that end within a word, at a word's end, and the whole address. */
static void a_block_of_a_network_covers_it_and_no_more(void **state)
{
	static const struct {
		const char *from;
		int action;
	} rows[] = {
		{ "2001:db8:0:ffff::1", XDP_PASS }, { "2001:db8:1::", XDP_DROP },	 { "2001:db8:1:ffff::1", XDP_DROP },
		{ "2001:db8:2::1", XDP_PASS },	    { "2001:db8:5:7fff::1", XDP_PASS }, { "2001:db8:5:8000::1", XDP_DROP },
		{ "2001:db8:6::1", XDP_PASS },	    { "2001:db8:7::1", XDP_DROP },	 { "2001:db8:7:0:1::1", XDP_PASS },
		{ "2001:db8:8::77", XDP_DROP },	    { "2001:db8:8::78", XDP_PASS },	 { "::ffff:0:77", XDP_PASS },
	};

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	list_put6(LIST_BLOCK, "2001:db8:1::", 48, 0);
	list_put6(LIST_BLOCK, "2001:db8:5:8000::", 49, 0);
	list_put6(LIST_BLOCK, "2001:db8:7::", 80, 0);
	list_put6(LIST_BLOCK, "2001:db8:8::77", 128, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (tcp6_send(rows[i].from, 1000, TCP_SYN) != rows[i].action)
			fail_msg("%s: not %d", rows[i].from, rows[i].action);
	assert_int_equal(counter(COUNTER_drop_blocked), 5);
}

static void network_blocks_and_allow_wins(int block_bits, int allow_bits)
{
	struct frame running = tcp6(CLIENT, 4000, TCP_ACK);
	struct flow record;

	mode_set(MODE_ENFORCE);
	assert_int_equal(frame_send(&running), XDP_PASS);
	list_put6(LIST_BLOCK, block_bits == 128 ? CLIENT : "2001:db8::", block_bits, 0);
	assert_int_equal(frame_send(&running), XDP_DROP);
	assert_int_equal(tcp6_send(CLIENT, 4001, TCP_SYN), XDP_DROP);
	running = tcp6(CLIENT, 4001, TCP_SYN);
	assert_false(flow_find(&running, &record));
	running = tcp6(CLIENT, 4000, TCP_ACK);
	list_put6(LIST_ALLOW, allow_bits == 128 ? CLIENT : "2001:db8::", allow_bits, 0);
	assert_int_equal(frame_send(&running), XDP_PASS);
	assert_int_equal(tcp6_send(CLIENT, 4001, TCP_SYN), XDP_PASS);
	hostile_model_enforce();
	for (int i = 0; i < 20; i++)
		assert_int_equal(frame_send(&running), XDP_PASS);
	assert_int_equal(counter(COUNTER_drop_blocked), 2);
	assert_int_equal(counter(COUNTER_pass_allowed), 22);
}

static void a_block_of_a_network_acts_on_the_next_packet_and_allow_wins(void **state)
{
	(void)state;
	NEEDS_ROOT();
	network_blocks_and_allow_wins(33, 128);
}

static void a_block_of_an_address_acts_on_the_next_packet_and_allow_wins(void **state)
{
	(void)state;
	NEEDS_ROOT();
	network_blocks_and_allow_wins(128, 32);
}

static void allow_wins_for_one_address_of_a_blocked_network(void **state)
{
	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	list_put6(LIST_BLOCK, "2001:db8::", 32, 0);
	list_put6(LIST_ALLOW, CLIENT, 128, 0);
	assert_int_equal(tcp6_send(CLIENT, 1, TCP_SYN), XDP_PASS);
	assert_int_equal(tcp6_send("2001:db8:1::2", 1, TCP_SYN), XDP_DROP);
}

static void entries_end_by_themselves(void **state)
{
	__u64 end;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	list_put6(LIST_BLOCK, CLIENT, 128, 1); /* since the first nanosecond after boot */
	list_put6(LIST_BLOCK, "2001:db8:1::", 64, 1);
	assert_int_equal(tcp6_send(CLIENT, 1, TCP_ACK), XDP_PASS);
	end = now_ns() + SECOND_NS;
	list_put6(LIST_BLOCK, "2001:db8:1::", 64, end);
	assert_int_equal(tcp6_send(CLIENT, 1, TCP_ACK), XDP_DROP);
	while (now_ns() < end + SECOND_NS / 50)
		;
	assert_int_equal(tcp6_send(CLIENT, 1, TCP_ACK), XDP_PASS);
	assert_int_equal(tcp6_send(CLIENT, 2, TCP_SYN), XDP_PASS);
}

static void the_guard_holds_against_the_model_and_not_against_the_operator(void **state)
{
	(void)state;
	NEEDS_ROOT();
	list_put6(LIST_GUARD, "2001:db8:1::", 48, 0);
	hostile_model_enforce();
	for (int i = 0; i < 50; i++) {
		assert_int_equal(tcp6_send(CLIENT, 5000 + i % 10, i % 2 ? TCP_ACK : TCP_SYN), XDP_PASS);
		assert_int_equal(tcp6_send("2001:db8:2::1", 5000 + i, TCP_ACK), XDP_DROP);
	}
	assert_true(counter(COUNTER_spared_guarded) >= 10);
	list_put6(LIST_BLOCK, CLIENT, 128, 0);
	assert_int_equal(tcp6_send(CLIENT, 5000, TCP_ACK), XDP_DROP);
}

/* --- blocked flows ----------------------------------------------------------- */

static void flow_block(const struct frame *f, __u64 expires_ns)
{
	struct list_entry entry = { .expires_ns = expires_ns };
	int sender;
	struct flow_key key = frame_key(f, &sender);
	struct settings s = settings_read();

	assert_int_equal(bpf_map_update_elem(map_fd("hr_block_flows"), &key, &entry, BPF_ANY), 0);
	s.lists_in_use |= LISTS_BLOCK_FLOWS;
	settings_write(&s, false);
}

static void one_flow_is_blocked_and_its_neighbours_are_not(const struct frame *blocked, const struct frame *neighbour, int count)
{
	mode_set(MODE_ENFORCE);
	for (int first = 0; first < 2; first++) { /* a new flow, then a running one */
		flow_block(blocked, 1);
		assert_int_equal(frame_send(blocked), XDP_PASS);
		flow_block(blocked, 0);
		assert_int_equal(frame_send(blocked), XDP_DROP);
		for (int i = 0; i < count; i++)
			assert_int_equal(frame_send(&neighbour[i]), XDP_PASS);
		flows_clear();
		assert_int_equal(frame_send(blocked), XDP_DROP);
	}
}

static void a_blocked_flow_over_ipv6_is_that_flow_alone(void **state)
{
	const struct frame neighbours[] = { tcp6(CLIENT, 4301, TCP_ACK), tcp6("2001:db8:1::2", 4300, TCP_ACK) };
	struct frame f = tcp6(CLIENT, 4300, TCP_ACK);

	(void)state;
	NEEDS_ROOT();
	one_flow_is_blocked_and_its_neighbours_are_not(&f, neighbours, 2);
}

static void a_blocked_flow_in_a_vlan_is_blocked_there_alone(void **state)
{
	struct frame plain = frame_tcp("10.0.0.1", 4300, "10.0.0.2", 80, TCP_ACK, 1, 1, 10);
	struct frame f = frame_tagged(7, &plain);
	const struct frame neighbours[] = { plain, frame_tagged(8, &plain), frame_tagged(9, &f) };

	(void)state;
	NEEDS_ROOT();
	one_flow_is_blocked_and_its_neighbours_are_not(&f, neighbours, 3);
}

/* Nobody but the kernel looks at the clock: no new generation, no agent. */
static void a_blocked_flow_is_free_again_when_its_time_is_over(void **state)
{
	struct frame running = tcp6(CLIENT, 4400, TCP_ACK), fresh = tcp6(CLIENT, 4401, TCP_SYN);
	__u64 end = now_ns() + SECOND_NS;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	assert_int_equal(frame_send(&running), XDP_PASS);
	flow_block(&running, end);
	flow_block(&fresh, end);
	assert_int_equal(frame_send(&running), XDP_DROP);
	assert_int_equal(frame_send(&fresh), XDP_DROP);
	while (now_ns() < end + SECOND_NS / 50)
		;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(frame_send(&running), XDP_PASS);
		assert_int_equal(frame_send(&fresh), XDP_PASS);
	}
	assert_int_equal(counter(COUNTER_drop_blocked), 2);
}

#define TEST(name) cmocka_unit_test_setup(name, datapath_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_block_of_a_network_covers_it_and_no_more),
		TEST(a_block_of_a_network_acts_on_the_next_packet_and_allow_wins),
		TEST(a_block_of_an_address_acts_on_the_next_packet_and_allow_wins),
		TEST(allow_wins_for_one_address_of_a_blocked_network),
		TEST(entries_end_by_themselves),
		TEST(the_guard_holds_against_the_model_and_not_against_the_operator),
		TEST(a_blocked_flow_over_ipv6_is_that_flow_alone),
		TEST(a_blocked_flow_in_a_vlan_is_blocked_there_alone),
		TEST(a_blocked_flow_is_free_again_when_its_time_is_over),
	};

	return cmocka_run_group_tests_name("lists over IPv6", tests, datapath_load, datapath_unload);
}
