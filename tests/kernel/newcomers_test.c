// SPDX-License-Identifier: BSD-2-Clause
/* Flows on probation: what a second packet admits, what a flood pushes out, and that the books balance. */
#include "datapath_fixture.h"

#define SERVER "10.0.0.2"

static bool is_in_flow_table(const struct frame *f, struct flow *out)
{
	int sender;
	struct flow_key key = frame_key(f, &sender);

	return !bpf_map_lookup_elem(map_fd("hr_flows"), &key, out);
}

static struct frame frame_from(__u32 addr, __u16 port, __u8 flags, __u32 seq, __u32 ack)
{
	struct in_addr in = { .s_addr = htonl(addr) };
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &in, text, sizeof(text));
	return frame_tcp(text, port, SERVER, 80, flags, seq, ack, 0);
}

/* The n-th of many SYNs, each from an address of its own. */
static void flood_send(__u32 from, __u32 count)
{
	for (__u32 i = from; i < from + count; i++) {
		struct frame f = frame_from(0x0b000000 + i, 1024 + i % 50000, TCP_SYN, i, 0);

		frame_send(&f);
	}
}

static __u64 newcomers_here(void)
{
	const struct newcomer_set *sets = newcomers_map();
	__u64 here = 0;

	for (int set = 0; set < NEWCOMER_SETS; set++)
		for (int way = 0; way < NEWCOMER_WAYS; way++)
			here += sets[set].tag[way] & NEWCOMER_HERE;
	return here;
}

static void the_second_packet_admits_a_flow_with_its_first_one_counted(void **state)
{
	struct frame first = frame_udp("10.0.0.1", 1000, SERVER, 53, 72);
	struct frame second = frame_udp("10.0.0.1", 1000, SERVER, 53, 22);
	struct flow before, after;

	(void)state;
	NEEDS_ROOT();
	frame_send(&first);
	assert_false(is_in_flow_table(&first, &before));
	assert_true(flow_find(&first, &before));
	frame_send(&second);
	assert_true(is_in_flow_table(&first, &after));
	assert_int_equal(after.packets[0], 2);
	assert_int_equal(after.bytes[0], 150);
	assert_int_equal(after.len_min, 50);
	assert_int_equal(after.len_max, 100);
	assert_int_equal(after.payload_first, 72);
	assert_true(after.first_ns && after.first_ns == before.first_ns);
	assert_int_equal(newcomers_here(), 0);
	assert_int_equal(counter(COUNTER_flows_begun), 1);
	assert_int_equal(counter(COUNTER_flows_admitted), 1);
}

static void an_answer_admits_a_flow_from_its_initiator(void **state)
{
	struct frame first = frame_udp("10.0.0.1", 1000, SERVER, 53, 72);
	struct frame answer = frame_udp(SERVER, 53, "10.0.0.1", 1000, 200);
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	frame_send(&first);
	frame_send(&answer);
	assert_true(is_in_flow_table(&first, &f));
	assert_int_equal(f.packets[0], 1);
	assert_int_equal(f.packets[1], 1);
	assert_int_equal(f.events, FLOW_ANSWERED);
}

static void the_verdict_on_the_first_packet_holds_for_the_second(void **state)
{
	struct frame f = frame_udp("10.0.0.1", 1000, SERVER, 53, 72);
	struct event e;
	struct model *m;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	m = model_stump(7, FEATURE_fpk, 1, 0, 300); /* everything is malicious */
	m->policy.source_flows = 0;
	model_enforce(m);
	assert_int_equal(frame_send(&f), XDP_DROP);
	assert_int_equal(ring_drain("hr_events", &e, sizeof(e)), 1);
	assert_int_equal(frame_send(&f), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_source), 1);
	assert_int_equal(counter(COUNTER_drop_condemned), 1);
	assert_int_equal(counter(COUNTER_scores), 1);
}

static void a_first_packet_seen_at_two_hooks_is_counted_once_and_admits_nobody(void **state)
{
	struct frame f = frame_udp("10.0.0.1", 1000, SERVER, 53, 72);
	int sender;
	struct flow_key key = frame_key(&f, &sender);
	struct newcomer_set *set;
	struct flow record;

	(void)state;
	NEEDS_ROOT();
	frame_send(&f);
	set = newcomer_set_of_key(&key);
	for (int way = 0; way < NEWCOMER_WAYS; way++)
		set->way[way].hook ^= 0x40; /* another interface saw it first, just now */
	frame_send(&f);
	assert_false(is_in_flow_table(&f, &record));
	assert_true(flow_find(&f, &record));
	assert_int_equal(counter(COUNTER_pass_seen_elsewhere), 1);
	assert_int_equal(counter(COUNTER_flows_begun), 1);
}

static void a_block_holds_for_a_newcomer_that_another_hook_counted(void **state)
{
	struct frame f = frame_udp("10.0.0.1", 1001, SERVER, 53, 72);
	int sender;
	struct flow_key key = frame_key(&f, &sender);
	struct newcomer_set *set;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	frame_send(&f);
	set = newcomer_set_of_key(&key);
	for (int way = 0; way < NEWCOMER_WAYS; way++)
		set->way[way].hook ^= 0x40;
	list_put(LIST_BLOCK, "10.0.0.0", 24, 0);
	assert_int_equal(frame_send(&f), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_blocked), 1);
}

/* Condemned at one hook; then the operator allows the source, and another hook sees it. */
static void an_allowed_newcomer_passes_at_another_hook(void **state)
{
	struct frame f = frame_udp("10.0.0.1", 1002, SERVER, 53, 72);
	int sender;
	struct flow_key key = frame_key(&f, &sender);
	struct model *m = model_stump(7, FEATURE_fpk, 1, 0, 300);
	struct newcomer_set *set;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	m->policy.source_flows = 0;
	model_enforce(m);
	assert_int_equal(frame_send(&f), XDP_DROP);
	set = newcomer_set_of_key(&key);
	for (int way = 0; way < NEWCOMER_WAYS; way++)
		set->way[way].hook ^= 0x40;
	list_put(LIST_ALLOW, "10.0.0.1", 32, 0);
	assert_int_equal(frame_send(&f), XDP_PASS);
	assert_int_equal(counter(COUNTER_pass_seen_elsewhere), 1);
}

/* One packet of the same flow after each of two loads, as it were. */
static void each_load_has_other_sets(void **state)
{
	struct frame f = frame_udp("10.0.0.1", 1003, SERVER, 53, 72);
	int sender, alike = 0;
	struct flow_key key = frame_key(&f, &sender);
	struct newcomer_set *before = NULL, *set;
	struct flow record;

	NEEDS_ROOT();
	for (int load = 0; load < 5; load++) {
		datapath_reset(state);
		frame_send(&f);
		assert_true(newcomer_find(&key, &record));
		set = newcomer_set_of_key(&key);
		alike += set == before;
		before = set;
	}
	assert_true(alike < 2);
}

#define HANDSHAKES 5000

static void honest_handshakes_survive_100000_flood_packets(void **state)
{
	__u64 admitted;

	(void)state;
	NEEDS_ROOT();
	for (__u32 i = 0; i < HANDSHAKES; i++) {
		struct frame syn = frame_from(0x0a010000 + i, 40000, TCP_SYN, 10, 0);

		frame_send(&syn);
	}
	flood_send(0, 100000);
	for (__u32 i = 0; i < HANDSHAKES; i++) {
		struct frame ack = frame_from(0x0a010000 + i, 40000, TCP_ACK, 11, 71);
		struct flow f;

		frame_send(&ack);
		if (is_in_flow_table(&ack, &f))
			assert_int_equal(f.state, FLOW_STATE_ESTABLISHED);
	}
	admitted = counter(COUNTER_flows_admitted);
	print_message("# %llu of %d handshakes completed after 100000 flood packets were admitted\n", admitted,
		      HANDSHAKES);
	assert_true(admitted >= HANDSHAKES * 998 / 1000);
	assert_int_equal(counter(COUNTER_pass_flow), 2 * HANDSHAKES + 100000);
}

static void every_flow_is_present_admitted_or_counted_as_pushed_out(void **state)
{
	const __u32 flood = 600000;
	__u64 lost;

	(void)state;
	NEEDS_ROOT();
	flood_send(0, flood);
	flood_send(0, 1000); /* most of the first have gone: they begin anew */
	lost = counter(COUNTER_lost_newcomers);
	assert_true(lost > 0);
	assert_int_equal(counter(COUNTER_flows_begun),
			 newcomers_here() + counter(COUNTER_flows_admitted) + lost);
	assert_int_equal(counter(COUNTER_pass_flow), flood + 1000);
	assert_true(newcomers_here() <= NEWCOMER_SETS * NEWCOMER_WAYS);
}

#define HONEST 10000
#define ROUND_PACKETS 500000

/* HEDGEROW_FLOOD_ROUNDS asks for fewer than 4, where a processor is emulated. */
static __u32 rounds_wanted(void)
{
	const char *asked = getenv("HEDGEROW_FLOOD_ROUNDS");

	return asked ? atoi(asked) : 4;
}

static struct frame honest_frame(__u32 i, __u8 flags)
{
	return frame_from(0x0a020000 + i, 41000, flags, 11, 71);
}

/*
 * Flows whose handshake is complete, and then send once in 500,000 packets of a flood of `repeat` packets a flow; `least`
 * of 10,000 packets have to be counted. Flows of two packets get into the flow table, whose eviction takes one of 128
 * that follow each other there, in use or not, once.
 */
static void honest_flows_are_kept(__u32 repeat, __u64 least)
{
	__u64 counted = 0, evicted = 0;
	__u32 rounds = rounds_wanted();

	for (__u32 i = 0; i < HONEST; i++) {
		struct frame syn = frame_from(0x0a020000 + i, 41000, TCP_SYN, 10, 0);
		struct frame ack = honest_frame(i, TCP_ACK);

		frame_send(&syn);
		frame_send(&ack);
	}
	for (__u32 round = 0; round < rounds; round++) {
		for (__u32 sent = 0; sent < ROUND_PACKETS; sent += repeat)
			for (__u32 again = 0; again < repeat; again++)
				flood_send((round * ROUND_PACKETS + sent) / repeat, 1);
		for (__u32 i = 0; i < HONEST; i++) {
			struct frame data = honest_frame(i, TCP_ACK | TCP_PSH);

			frame_send(&data);
		}
	}
	for (__u32 i = 0; i < HONEST; i++) {
		struct frame ack = honest_frame(i, TCP_ACK);
		struct flow f;

		if (is_in_flow_table(&ack, &f))
			counted += f.packets[0];
		else
			evicted++;
	}
	print_message("# %u packets a flow: %llu of %u packets of established flows are counted, %llu flows evicted\n",
		      repeat, counted, HONEST * (2 + rounds), evicted);
	assert_true(counted * 10000 >= HONEST * (2 + rounds) * least);
}

static void established_flows_outlive_a_flood_of_one_packet_flows(void **state)
{
	(void)state;
	NEEDS_ROOT();
	honest_flows_are_kept(1, 9999);
}

static void established_flows_outlive_a_flood_of_two_packet_flows(void **state)
{
	(void)state;
	NEEDS_ROOT();
	honest_flows_are_kept(2, 9950);
}

static void established_flows_outlive_a_flood_of_three_packet_flows(void **state)
{
	(void)state;
	NEEDS_ROOT();
	honest_flows_are_kept(3, 9950);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_second_packet_admits_a_flow_with_its_first_one_counted, datapath_reset),
		cmocka_unit_test_setup(an_answer_admits_a_flow_from_its_initiator, datapath_reset),
		cmocka_unit_test_setup(the_verdict_on_the_first_packet_holds_for_the_second, datapath_reset),
		cmocka_unit_test_setup(a_first_packet_seen_at_two_hooks_is_counted_once_and_admits_nobody,
				       datapath_reset),
		cmocka_unit_test_setup(a_block_holds_for_a_newcomer_that_another_hook_counted, datapath_reset),
		cmocka_unit_test_setup(an_allowed_newcomer_passes_at_another_hook, datapath_reset),
		cmocka_unit_test_setup(each_load_has_other_sets, datapath_reset),
		cmocka_unit_test_setup(honest_handshakes_survive_100000_flood_packets, datapath_reset),
		cmocka_unit_test_setup(every_flow_is_present_admitted_or_counted_as_pushed_out, datapath_reset),
		cmocka_unit_test_setup(established_flows_outlive_a_flood_of_one_packet_flows, datapath_reset),
		cmocka_unit_test_setup(established_flows_outlive_a_flood_of_two_packet_flows, datapath_reset),
		cmocka_unit_test_setup(established_flows_outlive_a_flood_of_three_packet_flows, datapath_reset),
	};

	return cmocka_run_group_tests_name("newcomers", tests, datapath_load, datapath_unload);
}
