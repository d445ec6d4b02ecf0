// SPDX-License-Identifier: BSD-2-Clause
/*
 * Flows on probation: what admits them, what a flood pushes out, and that the books balance. HEDGEROW_FLOOD_ROUNDS=40 in the
 * environment sends floods of 20 million packets; by default they are of 500,000.
 */
#include <pthread.h>
#include <sched.h>
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

#define FLOOD_ADDR 0x0b000000

/* The n-th of many SYNs, each from an address of its own. */
static void flood_send(__u32 from, __u32 count)
{
	for (__u32 i = from; i < from + count; i++) {
		struct frame f = frame_from(FLOOD_ADDR + i, 1024 + i % 50000, TCP_SYN, i, 0);

		frame_send(&f);
	}
}

/* The server's SYN-ACK to an address. */
static void answer_send(__u32 addr, __u16 port, __u32 seq)
{
	struct in_addr in = { .s_addr = htonl(addr) };
	char text[INET_ADDRSTRLEN];
	struct frame f;

	inet_ntop(AF_INET, &in, text, sizeof(text));
	f = frame_tcp(SERVER, 80, text, port, TCP_SYN | TCP_ACK, 70, seq + 1, 0);
	frame_send(&f);
}

static __u64 newcomers_here(void)
{
	__u64 here = 0;

	for (int i = 0; i < NEWCOMERS; i++)
		here += newcomer_is_here(&newcomers_map()[i]);
	return here;
}

static void an_unanswered_flow_is_admitted_at_its_fourth_packet(void **state)
{
	struct frame first = frame_udp("10.0.0.1", 1000, SERVER, 53, 72);
	struct frame later = frame_udp("10.0.0.1", 1000, SERVER, 53, 22);
	struct flow before, after;

	(void)state;
	NEEDS_ROOT();
	frame_send(&first);
	frame_send(&later);
	frame_send(&later);
	assert_false(is_in_flow_table(&first, &before));
	assert_true(flow_find(&first, &before));
	assert_int_equal(before.packets[0], 3);
	assert_int_equal(newcomers_here(), 1);
	frame_send(&later);
	assert_true(is_in_flow_table(&first, &after));
	assert_int_equal(after.packets[0], 4);
	assert_int_equal(after.bytes[0], 250);
	assert_int_equal(after.len_min, 50);
	assert_int_equal(after.len_max, 100);
	assert_int_equal(after.payload_first, 72);
	assert_true(after.first_ns && after.first_ns == before.first_ns);
	assert_int_equal(newcomers_here(), 0);
	assert_int_equal(counter(COUNTER_flows_begun), 1);
	assert_int_equal(counter(COUNTER_flows_admitted), 1);
}

static void a_handshake_admits_a_flow(void **state)
{
	struct frame syn = frame_tcp("10.0.0.1", 999, SERVER, 80, TCP_SYN, 10, 0, 0);
	struct frame ack = frame_tcp("10.0.0.1", 999, SERVER, 80, TCP_ACK, 11, 71, 0);
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	frame_send(&syn);
	frame_send(&ack);
	assert_true(is_in_flow_table(&syn, &f));
	assert_int_equal(f.packets[0], 2);
	assert_int_equal(f.events, FLOW_HANDSHAKE);
}

/* Whoever invents a source gets as much. */
static void an_answer_to_a_syn_does_not(void **state)
{
	struct frame syn = frame_tcp("10.0.0.1", 998, SERVER, 80, TCP_SYN, 10, 0, 0);
	struct frame answer = frame_tcp(SERVER, 80, "10.0.0.1", 998, TCP_SYN | TCP_ACK, 70, 11, 0);
	struct frame ack = frame_tcp("10.0.0.1", 998, SERVER, 80, TCP_ACK, 11, 71, 0);
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	frame_send(&syn);
	for (int i = 1; i < NEWCOMER_ANSWERS; i++)
		frame_send(&answer);
	assert_false(is_in_flow_table(&syn, &f));
	assert_true(flow_find(&syn, &f));
	assert_int_equal(f.packets[1], NEWCOMER_ANSWERS - 1);
	frame_send(&ack);
	assert_true(is_in_flow_table(&syn, &f));
	assert_int_equal(f.packets[0], 2);
	assert_int_equal(f.packets[1], NEWCOMER_ANSWERS - 1);
	assert_int_equal(newcomers_here(), 0);
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

/* Another interface saw first what is on probation, just now. */
static void hooks_change(void)
{
	for (int i = 0; i < NEWCOMERS; i++)
		newcomers_map()[i].flow.hook[0] ^= 0x40;
}

static void a_packet_seen_at_two_hooks_is_counted_once_on_probation_too(void **state)
{
	struct frame f = frame_udp("10.0.0.1", 1000, SERVER, 53, 72);
	struct flow record;

	(void)state;
	NEEDS_ROOT();
	frame_send(&f);
	hooks_change();
	frame_send(&f);
	assert_true(flow_find(&f, &record));
	assert_int_equal(record.packets[0], 1);
	assert_int_equal(counter(COUNTER_pass_seen_elsewhere), 1);
	assert_int_equal(counter(COUNTER_flows_begun), 1);
}

static void a_block_holds_for_a_newcomer_that_another_hook_counted(void **state)
{
	struct frame f = frame_udp("10.0.0.1", 1001, SERVER, 53, 72);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	frame_send(&f);
	hooks_change();
	list_put(LIST_BLOCK, "10.0.0.0", 24, 0);
	assert_int_equal(frame_send(&f), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_blocked), 1);
}

/* Condemned at one hook; then the operator allows the source, and another hook sees it. */
static void an_allowed_newcomer_passes_at_another_hook(void **state)
{
	struct frame f = frame_udp("10.0.0.1", 1002, SERVER, 53, 72);
	struct model *m = model_stump(7, FEATURE_fpk, 1, 0, 300);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	m->policy.source_flows = 0;
	model_enforce(m);
	assert_int_equal(frame_send(&f), XDP_DROP);
	hooks_change();
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
	__u32 before = ~0u, set;
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

/* It was written just so when the ring came round: the set still leads there. */
static void a_place_that_became_anothers_is_not_mistaken(void **state)
{
	struct frame f = frame_udp("10.0.0.1", 1000, SERVER, 53, 72);
	struct flow record;

	(void)state;
	NEEDS_ROOT();
	frame_send(&f);
	for (int i = 0; i < NEWCOMERS; i++)
		if (newcomer_is_here(&newcomers_map()[i]))
			newcomers_map()[i].key.port[0] ^= 0xffff;
	frame_send(&f);
	assert_true(flow_find(&f, &record));
	assert_int_equal(record.packets[0], 1);
	assert_int_equal(counter(COUNTER_flows_begun), 2);
	assert_int_equal(newcomers_here(), 2);
}

static void what_the_agent_took_begins_anew(void **state)
{
	struct frame f = frame_udp("10.0.0.1", 1000, SERVER, 53, 72);
	struct flow record;

	(void)state;
	NEEDS_ROOT();
	frame_send(&f);
	for (int i = 0; i < NEWCOMERS; i++)
		newcomers_map()[i].state &= ~NEWCOMER_STATE;
	frame_send(&f);
	assert_true(flow_find(&f, &record));
	assert_int_equal(record.packets[0], 1);
	assert_int_equal(newcomers_here(), 1);
}

/* As if the host had taken its CPU away: nobody waits for ever, and no count is lost. */
static void a_newcomer_that_is_held_for_long_is_begun_again_beside_it(void **state)
{
	struct frame f = frame_udp("10.0.0.1", 1000, SERVER, 53, 72);
	struct frame answer = frame_udp(SERVER, 53, "10.0.0.1", 1000, 200);
	struct newcomer *held = NULL;
	struct flow record;

	(void)state;
	NEEDS_ROOT();
	frame_send(&f);
	for (int i = 0; i < NEWCOMERS; i++)
		if (newcomer_is_here(&newcomers_map()[i]))
			held = &newcomers_map()[i];
	assert_non_null(held);
	held->state = newcomer_state_with(held->state, NEWCOMER_HELD);
	frame_send(&f);
	assert_int_equal(counter(COUNTER_flows_begun), 2);
	frame_send(&answer);
	assert_true(is_in_flow_table(&f, &record));
	held->state = newcomer_state_with(held->state, NEWCOMER_HERE);
	assert_int_equal(held->flow.packets[0], 1);
	assert_int_equal(record.packets[0], 1);
	assert_int_equal(record.packets[1], 1);
}

/* What is blocked leaves no record, and so pushes nobody out. */
static void blocked_first_packets_take_no_place(void **state)
{
	struct frame f = frame_udp("10.0.0.1", 1000, SERVER, 53, 72);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	frame_send(&f);
	list_put(LIST_BLOCK, "11.0.0.0", 8, 0);
	flood_send(0, NEWCOMERS + 1000);
	assert_int_equal(counter(COUNTER_drop_blocked), NEWCOMERS + 1000);
	assert_int_equal(counter(COUNTER_lost_newcomers), 0);
	assert_int_equal(newcomers_here(), 1);
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
	print_message("# %llu of %d handshakes admitted, 100000 flood packets between SYN and ACK\n", admitted, HANDSHAKES);
	assert_true(admitted >= HANDSHAKES * 999 / 1000);
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
	assert_int_equal(newcomers_here(), NEWCOMERS);
}

/* From now on this thread sends on the n-th CPU that it may use. Returns false where there is none. */
static bool cpu_take(int n)
{
	static cpu_set_t allowed;
	cpu_set_t one;

	if (!CPU_COUNT(&allowed))
		sched_getaffinity(0, sizeof(allowed), &allowed);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed) || n--)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		return !sched_setaffinity(0, sizeof(one), &one);
	}
	return false;
}

static __u32 places_taken(void)
{
	struct probation p;
	__u32 zero = 0;

	assert_int_equal(bpf_map_lookup_elem(map_fd("hr_probation"), &zero, &p), 0);
	return p.cursor;
}

/* Has this CPU take a chunk of places, and use the first of them. */
static void chunk_begin(void)
{
	__u32 before = places_taken();

	for (__u32 i = 0; places_taken() == before; i++)
		flood_send(0x100000 + i, 1);
}

#define QUIET_ADDR 0x0a030000

static void opening_flows_send(__u32 count, __u8 flags)
{
	for (__u32 i = 0; i < count; i++) {
		struct frame f = frame_from(QUIET_ADDR + i, 42000, flags, flags == TCP_SYN ? 10 : 11, flags == TCP_SYN ? 0 : 71);

		frame_send(&f);
	}
}

static __u32 established_count(__u32 count)
{
	__u32 established = 0;

	for (__u32 i = 0; i < count; i++) {
		struct frame ack = frame_from(QUIET_ADDR + i, 42000, TCP_ACK, 11, 71);
		struct flow f;

		established += is_in_flow_table(&ack, &f) && f.state == FLOW_STATE_ESTABLISHED;
	}
	return established;
}

/* CPU 0 has a chunk of its own and sees nothing from now on; what comes next is CPU 1's. */
static void chunk_begin_and_leave(void)
{
	if (!cpu_take(1))
		skip();
	cpu_take(0);
	chunk_begin();
	cpu_take(1);
}

/* What a CPU writes that sees few new flows lasts as long as what the CPU under the flood writes. */
static void handshakes_of_a_quiet_cpu_survive_a_flood_on_another(void **state)
{
	const __u32 count = NEWCOMER_CHUNK - 1;

	(void)state;
	NEEDS_ROOT();
	chunk_begin_and_leave();
	flood_send(0, 200000);
	cpu_take(0);
	opening_flows_send(count, TCP_SYN);
	cpu_take(1);
	flood_send(200000, 100000);
	cpu_take(0);
	opening_flows_send(count, TCP_ACK);
	assert_int_equal(established_count(count), count);
}

/* Nor does it push out who has just come, when it goes on where it was a lap ago. */
static void a_cpu_that_wakes_pushes_out_nobody_new(void **state)
{
	const __u32 count = 4 * NEWCOMER_CHUNK;

	(void)state;
	NEEDS_ROOT();
	chunk_begin_and_leave();
	flood_send(0, NEWCOMERS - 2 * NEWCOMER_CHUNK);
	opening_flows_send(count, TCP_SYN); /* comes by where the other CPU was */
	cpu_take(0);
	flood_send(NEWCOMERS, NEWCOMER_CHUNK - 1);
	opening_flows_send(count, TCP_ACK);
	assert_int_equal(established_count(count), count);
}

#define HONEST 10000
#define ROUND_PACKETS 500000
#define FLOOD_CPUS 2

static struct frame honest_frame(__u32 i, __u8 flags)
{
	return frame_from(0x0a020000 + i, 41000, flags, 11, 71);
}

/* One CPU's part: flows whose handshake is complete, that then send once in 500,000 packets of all CPUs' floods. */
struct flooding {
	int cpu, rounds, repeat; /* packets a flow of the flood */
	bool answered;		 /* each of them, by a SYN-ACK */
	pthread_barrier_t *barrier;
};

static void *flood_run(void *argument)
{
	const struct flooding *f = argument;
	__u32 first = HONEST / FLOOD_CPUS * f->cpu, end = first + HONEST / FLOOD_CPUS, flow = f->cpu << 28;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(f->cpu % sysconf(_SC_NPROCESSORS_ONLN), &cpus);
	pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	for (__u32 i = first; i < end; i++) {
		struct frame syn = frame_from(0x0a020000 + i, 41000, TCP_SYN, 10, 0);
		struct frame ack = honest_frame(i, TCP_ACK);

		frame_send(&syn);
		answer_send(0x0a020000 + i, 41000, 10);
		frame_send(&ack);
	}
	for (int round = 0; round < f->rounds; round++) {
		for (int sent = 0; sent < ROUND_PACKETS / FLOOD_CPUS; sent += f->repeat, flow++)
			for (int again = 0; again < f->repeat; again++) {
				flood_send(flow, 1);
				if (f->answered)
					answer_send(FLOOD_ADDR + flow, 1024 + flow % 50000, flow);
			}
		pthread_barrier_wait(f->barrier);
		for (__u32 i = first; i < end; i++) {
			struct frame data = honest_frame(i, TCP_ACK | TCP_PSH);

			frame_send(&data);
		}
		pthread_barrier_wait(f->barrier);
	}
	return NULL;
}

static void honest_flows_are_kept(int repeat, bool answered)
{
	const char *wanted = getenv("HEDGEROW_FLOOD_ROUNDS");
	int rounds = wanted ? atoi(wanted) : 1;
	struct flooding flooding[FLOOD_CPUS];
	__u64 counted = 0, all = (__u64)HONEST * (3 + rounds);
	pthread_t threads[FLOOD_CPUS];
	pthread_barrier_t barrier;

	pthread_barrier_init(&barrier, NULL, FLOOD_CPUS);
	for (int i = 0; i < FLOOD_CPUS; i++) {
		flooding[i] = (struct flooding){ i, rounds, repeat, answered, &barrier };
		assert_int_equal(pthread_create(&threads[i], NULL, flood_run, &flooding[i]), 0);
	}
	for (int i = 0; i < FLOOD_CPUS; i++)
		pthread_join(threads[i], NULL);
	for (__u32 i = 0; i < HONEST; i++) {
		struct frame ack = honest_frame(i, TCP_ACK);
		struct flow f;

		if (is_in_flow_table(&ack, &f))
			counted += f.packets[0] + f.packets[1];
	}
	print_message("# %d packets a flow%s, %d in all: %llu of %llu packets of established flows are counted\n",
		      repeat, answered ? ", each answered" : "", rounds * ROUND_PACKETS, counted, all);
	assert_true(counted * 10000 >= all * 9999);
	assert_int_equal(counter(COUNTER_flows_admitted), HONEST);
	assert_int_equal(counter(COUNTER_pass_flow), all + (__u64)rounds * FLOOD_CPUS * repeat * (1 + answered) *
			 ((ROUND_PACKETS / FLOOD_CPUS + repeat - 1) / repeat));
	assert_int_equal(counter(COUNTER_flows_begun),
			 newcomers_here() + counter(COUNTER_flows_admitted) + counter(COUNTER_lost_newcomers));
}

static void established_flows_outlive_a_flood_of_one_packet_flows(void **state)
{
	(void)state;
	NEEDS_ROOT();
	honest_flows_are_kept(1, false);
}

static void established_flows_outlive_a_flood_of_two_packet_flows(void **state)
{
	(void)state;
	NEEDS_ROOT();
	honest_flows_are_kept(2, false);
}

static void established_flows_outlive_a_flood_of_three_packet_flows(void **state)
{
	(void)state;
	NEEDS_ROOT();
	honest_flows_are_kept(3, false);
}

static void established_flows_outlive_a_flood_that_an_open_port_answers(void **state)
{
	(void)state;
	NEEDS_ROOT();
	honest_flows_are_kept(2, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_unanswered_flow_is_admitted_at_its_fourth_packet, datapath_reset),
		cmocka_unit_test_setup(an_answer_admits_a_flow_from_its_initiator, datapath_reset),
		cmocka_unit_test_setup(a_handshake_admits_a_flow, datapath_reset),
		cmocka_unit_test_setup(an_answer_to_a_syn_does_not, datapath_reset),
		cmocka_unit_test_setup(the_verdict_on_the_first_packet_holds_for_the_second, datapath_reset),
		cmocka_unit_test_setup(a_packet_seen_at_two_hooks_is_counted_once_on_probation_too, datapath_reset),
		cmocka_unit_test_setup(a_block_holds_for_a_newcomer_that_another_hook_counted, datapath_reset),
		cmocka_unit_test_setup(an_allowed_newcomer_passes_at_another_hook, datapath_reset),
		cmocka_unit_test_setup(each_load_has_other_sets, datapath_reset),
		cmocka_unit_test_setup(a_place_that_became_anothers_is_not_mistaken, datapath_reset),
		cmocka_unit_test_setup(what_the_agent_took_begins_anew, datapath_reset),
		cmocka_unit_test_setup(a_newcomer_that_is_held_for_long_is_begun_again_beside_it, datapath_reset),
		cmocka_unit_test_setup(blocked_first_packets_take_no_place, datapath_reset),
		cmocka_unit_test_setup(honest_handshakes_survive_100000_flood_packets, datapath_reset),
		cmocka_unit_test_setup(handshakes_of_a_quiet_cpu_survive_a_flood_on_another, datapath_reset),
		cmocka_unit_test_setup(a_cpu_that_wakes_pushes_out_nobody_new, datapath_reset),
		cmocka_unit_test_setup(every_flow_is_present_admitted_or_counted_as_pushed_out, datapath_reset),
		cmocka_unit_test_setup(established_flows_outlive_a_flood_of_one_packet_flows, datapath_reset),
		cmocka_unit_test_setup(established_flows_outlive_a_flood_of_two_packet_flows, datapath_reset),
		cmocka_unit_test_setup(established_flows_outlive_a_flood_of_three_packet_flows, datapath_reset),
		cmocka_unit_test_setup(established_flows_outlive_a_flood_that_an_open_port_answers, datapath_reset),
	};

	return cmocka_run_group_tests_name("newcomers", tests, datapath_load, datapath_unload);
}
