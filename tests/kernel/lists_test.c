// SPDX-License-Identifier: BSD-2-Clause
/* The operator's lists in the XDP program: what they do to packets, in which order, and that both kinds of entry do it. */
#include <time.h>
#include "datapath_fixture.h"
#include "wrapped_packets.h"

#define CLIENT "10.0.0.1"
#define SERVER "10.0.0.2"

static struct frame from_client(int port, __u8 flags)
{
	return frame_tcp(CLIENT, port, SERVER, 80, flags, 1, 1, 10);
}

static int send_many(struct frame f, int n)
{
	int action = -1;

	for (int i = 0; i < n; i++)
		action = frame_send(&f);
	return action;
}

static __u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND_NS + t.tv_nsec;
}

static void network_blocks_and_allow_wins(int block_bits, int allow_bits)
{
	struct frame f = from_client(4000, TCP_ACK), fresh = from_client(4001, TCP_SYN);
	struct flow record;

	mode_set(MODE_ENFORCE);
	assert_int_equal(frame_send(&f), XDP_PASS);
	list_put(LIST_BLOCK, block_bits == 32 ? CLIENT : "10.0.0.0", block_bits, 0);
	assert_int_equal(frame_send(&f), XDP_DROP);
	assert_int_equal(frame_send(&fresh), XDP_DROP);
	assert_false(flow_find(&fresh, &record)); /* a blocked source earns no record */
	list_put(LIST_ALLOW, allow_bits == 32 ? CLIENT : "10.0.0.0", allow_bits, 0);
	assert_int_equal(frame_send(&f), XDP_PASS);
	assert_int_equal(frame_send(&fresh), XDP_PASS);
	model_enforce(model_stump(5, FEATURE_fpk, 0, 0, 1000)); /* condemns everybody */
	assert_int_equal(send_many(f, 20), XDP_PASS);
	assert_int_equal(counter(COUNTER_drop_blocked), 2);
	assert_int_equal(counter(COUNTER_pass_allowed), 22);
}

static void a_block_of_a_network_acts_on_the_next_packet_and_allow_wins(void **state)
{
	(void)state;
	NEEDS_ROOT();
	network_blocks_and_allow_wins(24, 32);
}

static void a_block_of_an_address_acts_on_the_next_packet_and_allow_wins(void **state)
{
	(void)state;
	NEEDS_ROOT();
	network_blocks_and_allow_wins(32, 8);
}

static void an_expired_block_is_none(void **state)
{
	struct frame f = from_client(4100, TCP_ACK);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	list_put(LIST_BLOCK, CLIENT, 32, 1); /* since the first nanosecond after boot */
	list_put(LIST_BLOCK, "10.0.0.0", 24, 1);
	assert_int_equal(send_many(f, 3), XDP_PASS);
}

/*
 * Nobody but the kernel looks at the clock here: no new generation, no agent. What the packets came to before the end
 * counts only if it had not come when they were through; a busy machine is asked again, with more time.
 */
static void ends_soon(enum list list, const char *address, int bits, struct frame f, int until_then)
{
	__u64 end, wait = SECOND_NS / 5;
	int action;

	do {
		assert_true(wait < 60 * SECOND_NS);
		end = now_ns() + wait;
		list_put(list, address, bits, end);
		action = send_many(f, 3);
		wait *= 2;
	} while (now_ns() >= end);
	assert_int_equal(action, until_then);
	while (now_ns() < end + SECOND_NS / 50) /* the packet clock moves in steps of some milliseconds */
		;
}

static void a_block_ends_by_itself_on_a_running_flow(void **state)
{
	struct frame f = from_client(4150, TCP_ACK);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	ends_soon(LIST_BLOCK, CLIENT, 32, f, XDP_DROP);
	assert_int_equal(send_many(f, 3), XDP_PASS);
}

static void an_allow_that_expired_no_longer_spares_a_blocked_address(void **state)
{
	struct frame f = from_client(4160, TCP_ACK);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	list_put(LIST_BLOCK, CLIENT, 32, 0);
	ends_soon(LIST_ALLOW, "10.0.0.0", 8, f, XDP_PASS);
	assert_int_equal(frame_send(&f), XDP_DROP);
}

/* The model has its say again, agent or not: at one of the next packets that ask. */
static void what_spared_a_running_flow_ends_for_it_too(enum list list, int port)
{
	struct frame f = from_client(port, TCP_ACK);
	int action = XDP_PASS, sent = 0;

	ends_soon(list, CLIENT, 32, f, XDP_PASS);
	for (; sent < 64 && action == XDP_PASS; sent++)
		action = frame_send(&f);
	assert_int_equal(action, XDP_DROP);
	assert_int_equal(send_many(f, 10), XDP_DROP);
}

static void an_allow_or_a_guard_that_expired_no_longer_spares_a_running_flow(void **state)
{
	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	model_enforce(model_stump(5, FEATURE_fpk, 0, 0, 1000)); /* condemns everybody */
	what_spared_a_running_flow_ends_for_it_too(LIST_ALLOW, 4190);
	what_spared_a_running_flow_ends_for_it_too(LIST_GUARD, 4191);
}

/* Until the agent tidies it away, what has expired stays in the table, and a trie finds the longest match alone. */
static void an_expired_network_does_not_hide_a_shorter_one_that_holds(void **state)
{
	struct frame f = from_client(4170, TCP_ACK), other = frame_tcp("11.0.0.1", 1, SERVER, 80, TCP_ACK, 1, 1, 10);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	list_put(LIST_BLOCK, CLIENT, 32, 1);
	list_put(LIST_BLOCK, "10.0.0.0", 24, 1);
	list_put(LIST_BLOCK, "10.0.0.0", 16, 1);
	assert_int_equal(frame_send(&f), XDP_PASS);
	list_put(LIST_BLOCK, "10.0.0.0", 8, 0);
	assert_int_equal(send_many(f, 2), XDP_DROP);
	assert_int_equal(frame_send(&other), XDP_PASS);
	list_put(LIST_ALLOW, "10.0.0.0", 30, 1);
	list_put(LIST_ALLOW, "0.0.0.0", 0, 0);
	assert_int_equal(frame_send(&f), XDP_PASS);
	assert_int_equal(counter(COUNTER_drop_blocked), 2);
}

static void a_blocked_address_stays_spared_while_any_allowed_network_holds(void **state)
{
	struct frame f = from_client(4180, TCP_ACK);
	__u64 end = now_ns() + SECOND_NS / 5;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	list_put(LIST_BLOCK, CLIENT, 32, 0);
	list_put(LIST_ALLOW, "10.0.0.0", 24, end);
	list_put(LIST_ALLOW, "10.0.0.0", 8, 0);
	assert_int_equal(frame_send(&f), XDP_PASS);
	while (now_ns() < end + SECOND_NS / 50)
		;
	assert_int_equal(send_many(f, 3), XDP_PASS);
}

/* What the old tables hold is in force up to the word that names the new ones, and not a packet longer. */
static void the_later_part_of_a_dhcp_message_is_blocked_like_its_first(void **state)
{
	struct frame whole = frame_udp("10.0.0.9", 67, "10.0.0.2", 68, 240);
	struct frame first = frame_part(whole, 3, 0, 1), later = frame_part(whole, 3, 31, 0);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	assert_int_equal(frame_send(&first), XDP_PASS);
	assert_int_equal(frame_send(&later), XDP_PASS);
	list_put(LIST_BLOCK, "10.0.0.0", 24, 0);
	assert_int_equal(frame_send(&later), XDP_DROP);
	assert_int_equal(frame_send(&first), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_blocked), 2);
}

static void a_new_list_takes_over_at_once(void **state)
{
	struct frame old = from_client(4200, TCP_ACK), new = frame_tcp("10.0.9.9", 1, SERVER, 80, TCP_ACK, 1, 1, 10);
	struct settings s;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	list_put(LIST_BLOCK, CLIENT, 32, 0);
	list_put_at(LIST_BLOCK * 2 + 1, "10.0.9.0", 24, 0); /* the agent builds */
	assert_int_equal(frame_send(&old), XDP_DROP);
	assert_int_equal(frame_send(&new), XDP_PASS);
	s = settings_read();
	s.lists_in_use |= LISTS_SECOND(LIST_BLOCK);
	settings_write(&s, false);
	assert_int_equal(frame_send(&old), XDP_PASS);
	assert_int_equal(frame_send(&new), XDP_DROP);
}

static void a_blocked_flow_is_blocked_both_ways_and_its_neighbour_is_not(void **state)
{
	struct frame f = from_client(4300, TCP_ACK), back = frame_tcp(SERVER, 80, CLIENT, 4300, TCP_ACK, 1, 1, 10);
	struct frame other = from_client(4301, TCP_ACK);
	struct list_entry entry = { 0 };
	struct settings s;
	int sender;
	struct flow_key key = frame_key(&f, &sender);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	assert_int_equal(frame_send(&f), XDP_PASS);
	assert_int_equal(bpf_map_update_elem(map_fd("hr_block_flows"), &key, &entry, BPF_ANY), 0);
	s = settings_read();
	s.lists_in_use |= LISTS_BLOCK_FLOWS;
	settings_write(&s, false);
	assert_int_equal(frame_send(&f), XDP_DROP);
	assert_int_equal(frame_send(&back), XDP_DROP);
	assert_int_equal(frame_send(&other), XDP_PASS);
	assert_int_equal(bpf_map_lookup_elem(map_fd("hr_block_flows"), &key, &entry), 0);
	assert_int_equal(entry.packets, 2);
	list_put(LIST_ALLOW, CLIENT, 32, 0);
	assert_int_equal(frame_send(&f), XDP_PASS);
	assert_int_equal(frame_send(&back), XDP_DROP); /* its sender is not on the allow list */
}

static void every_packet_of_a_blocked_address_is_counted_and_one_a_second_told(void **state)
{
	struct frame f = from_client(4400, TCP_SYN);
	struct list_entry entry;
	struct event told;
	int events;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	list_put(LIST_BLOCK, CLIENT, 32, 0);
	assert_int_equal(send_many(f, 1000), XDP_DROP);
	assert_true(list_entry_find(LIST_BLOCK, CLIENT, &entry));
	assert_in_range(entry.packets, 1, 1000); /* the rest waits where the kernel knows the sender again */
	assert_int_equal(counter(COUNTER_drop_blocked), 1000);
	events = ring_drain("hr_events", &told, sizeof(told));
	assert_in_range(events, 1, 3);
	assert_int_equal(counter(COUNTER_told_blocked), events);
	assert_int_equal(told.reason, REASON_BLOCKED);
	assert_int_equal(told.dropped, 1);
	assert_int_equal(told.record.flow.packets[0], 1);
}

static void monitor_mode_counts_what_a_block_would_drop(void **state)
{
	struct frame f = from_client(4500, TCP_SYN);

	(void)state;
	NEEDS_ROOT();
	list_put(LIST_BLOCK, CLIENT, 32, 0);
	assert_int_equal(send_many(f, 10), XDP_PASS);
	assert_int_equal(counter(COUNTER_would_blocked), 10);
	assert_int_equal(counter(COUNTER_pass_would_drop), 10);
	assert_int_equal(counter(COUNTER_drop_blocked), 0);
}

/* Addresses around a /20 and a /12 edge, and one that shares the /24 of a listed address. */
static void hints_miss_nothing_and_networks_end_where_they_end(void **state)
{
	static const struct {
		const char *addr;
		int action;
	} rows[] = {
		{ "172.15.255.255", XDP_PASS }, { "172.16.0.0", XDP_DROP },	{ "172.31.255.255", XDP_DROP },
		{ "172.32.0.0", XDP_PASS },	{ "192.168.15.255", XDP_PASS }, { "192.168.16.0", XDP_DROP },
		{ "192.168.31.255", XDP_DROP }, { "192.168.32.0", XDP_PASS },	{ "203.0.113.7", XDP_DROP },
		{ "203.0.113.8", XDP_PASS },	{ "198.51.100.129", XDP_DROP }, { "198.51.100.127", XDP_PASS },
	};

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	list_put(LIST_BLOCK, "172.16.0.0", 12, 0);
	list_put(LIST_BLOCK, "192.168.16.0", 20, 0);
	list_put(LIST_BLOCK, "203.0.113.7", 32, 0);
	list_put(LIST_BLOCK, "198.51.100.128", 25, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct frame f = frame_udp(rows[i].addr, 1, SERVER, 9, 10);

		assert_int_equal(frame_send(&f), rows[i].action);
	}
}

/* A hostile model cannot drop what is under guard; an operator's block can. */
static void the_guard_holds_against_the_model_and_not_against_the_operator(void **state)
{
	struct frame f = from_client(4600, TCP_ACK), stranger = frame_tcp("10.0.8.8", 1, SERVER, 80, TCP_ACK, 1, 1, 10);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	list_put(LIST_GUARD, CLIENT, 32, 0);
	model_enforce(model_stump(5, FEATURE_fpk, 0, 0, 1000)); /* condemns everybody, and needs no evidence */
	assert_int_equal(send_many(stranger, 10), XDP_DROP);
	for (int i = 0; i < 100; i++) {
		struct frame more = from_client(5000 + i, i % 2 ? TCP_ACK : TCP_SYN);

		assert_int_equal(frame_send(&f), XDP_PASS);
		assert_int_equal(send_many(more, 10), XDP_PASS);
	}
	assert_true(counter(COUNTER_spared_guarded) >= 100);
	list_put(LIST_BLOCK, CLIENT, 32, 0);
	assert_int_equal(frame_send(&f), XDP_DROP);
}

/* Both ways: what comes for somebody under guard is no less needed than what he sends. */
static void a_guard_frees_the_flows_of_who_was_condemned(void **state)
{
	struct frame there = from_client(4700, TCP_ACK), back = frame_tcp(SERVER, 80, CLIENT, 4700, TCP_ACK, 1, 1, 10);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	model_enforce(model_stump(5, FEATURE_fpk, 0, 0, 1000));
	assert_int_equal(send_many(there, 10), XDP_DROP);
	assert_int_equal(frame_send(&back), XDP_DROP);
	list_put(LIST_GUARD, CLIENT, 32, 0);
	assert_int_equal(frame_send(&back), XDP_PASS);
	assert_int_equal(frame_send(&there), XDP_PASS);
}

/* The model condemns who sends to somebody under guard, and at the packet that somebody answers with. */
static void what_a_guarded_responder_sends_is_not_dropped(void **state)
{
	struct frame there = frame_tcp("10.0.8.8", 1, CLIENT, 80, TCP_ACK, 1, 1, 10);
	struct frame back = frame_tcp(CLIENT, 80, "10.0.8.8", 1, TCP_ACK, 1, 1, 10);
	struct model *m = model_stump(5, FEATURE_bpk, 1, 0, 1000); /* whose flow is answered */
	struct flow record;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	list_put(LIST_GUARD, CLIENT, 32, 0);
	m->policy.source_flows = 0;
	model_enforce(m);
	assert_int_equal(frame_send(&there), XDP_PASS);
	for (int i = 0; i < 20; i++)
		assert_int_equal(frame_send(&back), XDP_PASS);
	assert_int_equal(frame_send(&there), XDP_DROP);
	for (int i = 0; i < 20; i++)
		assert_int_equal(frame_send(&back), XDP_PASS);
	assert_int_equal(frame_send(&there), XDP_DROP);
	assert_true(flow_find(&there, &record));
	assert_int_equal(record.dropped, 2);
	assert_int_equal(record.packets[1], 40);
}

#define TEST(name) cmocka_unit_test_setup(name, datapath_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_block_of_a_network_acts_on_the_next_packet_and_allow_wins),
		TEST(a_block_of_an_address_acts_on_the_next_packet_and_allow_wins),
		TEST(an_expired_block_is_none),
		TEST(a_block_ends_by_itself_on_a_running_flow),
		TEST(an_allow_that_expired_no_longer_spares_a_blocked_address),
		TEST(an_allow_or_a_guard_that_expired_no_longer_spares_a_running_flow),
		TEST(an_expired_network_does_not_hide_a_shorter_one_that_holds),
		TEST(a_blocked_address_stays_spared_while_any_allowed_network_holds),
		TEST(the_later_part_of_a_dhcp_message_is_blocked_like_its_first),
		TEST(a_new_list_takes_over_at_once),
		TEST(a_blocked_flow_is_blocked_both_ways_and_its_neighbour_is_not),
		TEST(every_packet_of_a_blocked_address_is_counted_and_one_a_second_told),
		TEST(monitor_mode_counts_what_a_block_would_drop),
		TEST(hints_miss_nothing_and_networks_end_where_they_end),
		TEST(the_guard_holds_against_the_model_and_not_against_the_operator),
		TEST(a_guard_frees_the_flows_of_who_was_condemned),
		TEST(what_a_guarded_responder_sends_is_not_dropped),
	};

	return cmocka_run_group_tests_name("lists", tests, datapath_load, datapath_unload);
}
