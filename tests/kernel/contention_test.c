// SPDX-License-Identifier: BSD-2-Clause
/* Two CPUs on one flow: counts stay exact, every checkpoint is scored, and every end is told once. */
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include "datapath_fixture.h"

#define REPEAT 200000

#define ROUNDS 200
#define ROUND_REPEAT 1000 /* packets of a thread in a round: the ring holds an end for each */

static cpu_set_t cpus_allowed;

static int cpus_find(void **state)
{
	sched_getaffinity(0, sizeof(cpus_allowed), &cpus_allowed);
	if (CPU_COUNT(&cpus_allowed) < 2)
		print_message("skip: needs two CPUs\n");
	return datapath_load(state);
}

#define NEEDS_TWO_CPUS()                                                                                               \
	do {                                                                                                           \
		NEEDS_ROOT();                                                                                          \
		if (CPU_COUNT(&cpus_allowed) < 2)                                                                      \
			skip();                                                                                        \
	} while (0)

/* Each call moves to the next CPU that we may use. */
static void cpu_take(void)
{
	static int calls;
	int left = __sync_fetch_and_add(&calls, 1) % CPU_COUNT(&cpus_allowed);
	cpu_set_t one;

	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &cpus_allowed) || left--)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
		return;
	}
}

struct load {
	struct frame frame;
	int repeat;
};

static void *run_on_cpu(void *argument)
{
	struct load load = *(struct load *)argument;
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = load.frame.data, .data_size_in = load.frame.len,
		    .repeat = load.repeat);

	cpu_take();
	return (void *)(long)bpf_prog_test_run_opts(bpf_program__fd(skel->progs.hedgerow_xdp), &run);
}

/* Each load in a thread of its own, all at once. */
static void loads_run(struct load *loads, int count)
{
	pthread_t threads[4];

	for (int i = 0; i < count; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_on_cpu, &loads[i]), 0);
	for (int i = 0; i < count; i++) {
		void *err;

		pthread_join(threads[i], &err);
		assert_null(err);
	}
}

static void counts_are_exact_when_two_cpus_hit_one_flow(void **state)
{
	struct frame there = frame_udp("10.0.0.1", 1, "10.0.0.2", 2, 72);
	struct frame back = frame_udp("10.0.0.2", 2, "10.0.0.1", 1, 22);
	struct load loads[] = { { there, REPEAT }, { there, REPEAT }, { back, REPEAT }, { back, REPEAT } };
	struct flow f;

	(void)state;
	NEEDS_TWO_CPUS();
	model_enforce(model_stump(1, FEATURE_fpk, FEATURE_MAX, 0, 1));
	assert_int_equal(frame_send(&there), XDP_PASS); /* who begins is settled */
	loads_run(loads, 4);
	assert_true(flow_find(&there, &f));
	assert_int_equal(f.packets[0], 2 * REPEAT + 1);
	assert_int_equal(f.packets[1], 2 * REPEAT);
	assert_int_equal(f.bytes[0], (2 * REPEAT + 1) * 100ull);
	assert_int_equal(f.bytes[1], 2 * REPEAT * 50ull);
	/* 800,001 packets pass 20 powers of two; a checkpoint that two packets reach at once is scored by one of them */
	assert_int_equal(counter(COUNTER_scores), 20);
	assert_int_equal(counter(COUNTER_pass_flow), 4 * REPEAT + 1);
}

struct told {
	__u64 ends, packets, bytes;
};

static int end_add(void *context, void *data, size_t size)
{
	const struct event *e = data;
	struct told *told = context;

	if (size < sizeof(*e) || e->type != EVENT_FLOW_END)
		return 0;
	told->ends++;
	for (int i = 0; i < 2; i++) {
		told->packets += e->record.flow.packets[i];
		told->bytes += e->record.flow.bytes[i];
	}
	return 0;
}

/* SYNs begin the flow anew each time that a RST has closed it. What the ends tell and what is left is what was sent. */
static void every_end_is_told_once_when_two_cpus_begin_a_flow_anew(void **state)
{
	struct frame syn = frame_tcp("10.0.0.1", 1, "10.0.0.2", 2, TCP_SYN, 1000, 0, 0);
	struct frame rst = frame_tcp("10.0.0.1", 1, "10.0.0.2", 2, TCP_RST, 1001, 0, 0);
	struct load loads[] = { { syn, ROUND_REPEAT }, { rst, ROUND_REPEAT }, { syn, ROUND_REPEAT }, { rst, ROUND_REPEAT } };
	const __u64 sent = 4ull * ROUNDS * ROUND_REPEAT;
	struct told told = { 0 };
	struct ring_buffer *ring;
	struct flow f;

	(void)state;
	NEEDS_TWO_CPUS();
	ring = ring_buffer__new(map_fd("hr_events"), end_add, &told, NULL);
	assert_non_null(ring);
	for (int i = 0; i < ROUNDS; i++) {
		loads_run(loads, 4);
		assert_true(ring_buffer__consume(ring) >= 0);
	}
	ring_buffer__free(ring);
	assert_int_equal(counter(COUNTER_lost_ends), 0);
	assert_true(flow_find(&syn, &f));
	print_message("%llu packets, %llu ends told\n", (unsigned long long)sent, (unsigned long long)told.ends);
	assert_true(told.ends > ROUNDS);
	assert_int_equal(counter(COUNTER_flows_restarted), told.ends);
	assert_int_equal(told.packets + f.packets[0] + f.packets[1], sent);
	assert_int_equal(told.bytes + f.bytes[0] + f.bytes[1], sent * 40);
	assert_int_equal(f.life & 1, 0);
}

#define MEETINGS 20000

/* Both threads send two packets of the same new flow at the same time, then of the next one. */
static struct frame meeting_frame(int i)
{
	return frame_udp("10.1.0.1", 1 + i, "10.0.0.2", 53, 72);
}

static void *meetings_run(void *argument)
{
	volatile int *arrived = argument;

	cpu_take();
	for (int i = 0; i < MEETINGS; i++) {
		struct frame f = meeting_frame(i);

		__sync_fetch_and_add(arrived, 1);
		for (int spins = 0; *arrived < 2 * (i + 1); spins++)
			if (spins > 1000)
				sched_yield();
		frame_send(&f);
		frame_send(&f);
	}
	return NULL;
}

static __u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND_NS + t.tv_nsec;
}

/* Which meeting the flow of a record is. */
static int meeting_of_key(const struct flow_key *key)
{
	int ports[2] = { ntohs(key->port[0]), ntohs(key->port[1]) };

	return ports[ports[0] == 53] - 1;
}

/* Adds up what all records of a meeting's flow count, in the flow table and on probation. Returns how many these are. */
static int meetings_count(__u64 *packets, __u64 *bytes, __u64 *dropped)
{
	struct flow_record r;
	int records = 0;

	for (int i = 0; i < MEETINGS; i++) {
		struct frame f = meeting_frame(i);
		int sender;

		r.key = frame_key(&f, &sender);
		if (bpf_map_lookup_elem(map_fd("hr_flows"), &r.key, &r.flow))
			continue;
		packets[i] += r.flow.packets[0];
		bytes[i] += r.flow.bytes[0];
		*dropped += r.flow.dropped;
		records++;
	}
	for (int i = 0; i < NEWCOMERS; i++) {
		const struct newcomer *n = &newcomers_map()[i];

		if (!newcomer_is_here(n))
			continue;
		packets[meeting_of_key(&n->key)] += n->flow.packets[0];
		bytes[meeting_of_key(&n->key)] += n->flow.bytes[0];
		*dropped += n->flow.dropped;
		records++;
	}
	return records;
}

/* Has them meet, and finds every packet of each flow. Returns in how many records. */
static int meetings_hold(__u64 *dropped)
{
	static __u64 packets[MEETINGS], bytes[MEETINGS];
	volatile int arrived = 0;
	pthread_t threads[2];
	int records;

	memset(packets, 0, sizeof(packets));
	memset(bytes, 0, sizeof(bytes));
	*dropped = 0;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, meetings_run, (void *)&arrived), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	records = meetings_count(packets, bytes, dropped);
	for (int i = 0; i < MEETINGS; i++) {
		assert_int_equal(packets[i], 4);
		assert_int_equal(bytes[i], 400);
	}
	print_message("# %d flows that two CPUs began at once: %d records\n", MEETINGS, records);
	return records;
}

/* Where the host takes a CPU away that holds a record, the other one begins the flow beside it: seldom. */
static void no_packet_is_lost_when_two_cpus_begin_a_flow_at_once(void **state)
{
	__u64 begun_ns, dropped;
	__u32 starts, of_udp;
	struct host h;
	int records;

	(void)state;
	NEEDS_TWO_CPUS();
	begun_ns = now_ns();
	records = meetings_hold(&dropped);
	assert_int_equal(dropped, 0);
	assert_in_range(records, MEETINGS, MEETINGS + MEETINGS / 1000);
	assert_int_equal(counter(COUNTER_flows_begun), records);
	assert_in_range(counter(COUNTER_flows_admitted), MEETINGS - MEETINGS / 1000, MEETINGS);
	assert_int_equal(counter(COUNTER_pass_flow), 4 * MEETINGS);
	if ((now_ns() - begun_ns) >> 36) {
		print_message("# slower than a host's window: what it holds is not compared\n");
		return;
	}
	assert_true(host_find("hr_dests", "10.0.0.2", &h)); /* where each flow is one, whoever lost the race */
	starts = h.window[HOST_LONG][0].flows + h.window[HOST_LONG][1].flows;
	of_udp = h.window[HOST_LONG][0].udp_flows + h.window[HOST_LONG][1].udp_flows;
	assert_in_range(starts, records - 10, records + 10); /* two CPUs that open an epoch lose a few: host.h */
	assert_in_range(of_udp, records - 10, records + 10);
}

static void every_drop_is_counted_when_two_cpus_begin_a_flow_at_once(void **state)
{
	struct model *m;
	__u64 dropped;

	(void)state;
	NEEDS_TWO_CPUS();
	mode_set(MODE_ENFORCE);
	m = model_stump(7, FEATURE_fpk, 1, 0, 300); /* everything is malicious */
	m->policy.source_flows = 0;
	model_enforce(m);
	meetings_hold(&dropped);
	assert_int_equal(counter(COUNTER_drop_source) + counter(COUNTER_drop_condemned), 4 * MEETINGS);
	assert_int_equal(dropped, 4 * MEETINGS);
}

#define NEIGHBOURS 14 /* flows of one set, of which it holds NEWCOMER_WAYS */
#define NEIGHBOUR_SETS 2000

struct neighbours {
	int cpu;
	volatile int *arrived;
	const struct frame *frame; /* [NEIGHBOUR_SETS][NEIGHBOURS] */
};

/* Two threads begin flows of one set at the same time, each its half of them. */
static void *neighbours_run(void *argument)
{
	const struct neighbours *n = argument;
	int met = 0;

	cpu_take();
	for (int i = n->cpu; i < NEIGHBOUR_SETS * NEIGHBOURS; i += 2) {
		__sync_fetch_and_add(n->arrived, 1);
		met += 2;
		for (int spins = 0; *n->arrived < met; spins++)
			if (spins > 1000)
				sched_yield();
		frame_send(&n->frame[i]);
	}
	return NULL;
}

/* Frames of flows that share sets, as many for each; the first packet has drawn the secret. */
static void neighbours_find(struct frame *out)
{
	static __u8 found[NEWCOMER_SETS];
	int full = 0;

	memset(found, 0, sizeof(found));
	for (__u32 i = 0; full < NEIGHBOUR_SETS; i++) {
		char addr[16];
		struct frame f;
		struct flow_key key;
		int sender;
		__u32 set;

		snprintf(addr, sizeof(addr), "10.2.%u.%u", i >> 24 & 255, i >> 16 & 255);
		f = frame_udp(addr, i & 0xffff, "10.0.0.2", 53, 72);
		key = frame_key(&f, &sender);
		set = newcomer_set_of_key(&key);
		if (set >= NEIGHBOUR_SETS || found[set] == NEIGHBOURS)
			continue;
		out[set * NEIGHBOURS + found[set]++] = f;
		full += found[set] == NEIGHBOURS;
	}
}

static void newcomers_of_one_set_that_begin_at_once_are_all_found(void **state)
{
	static struct frame frame[NEIGHBOUR_SETS * NEIGHBOURS];
	struct frame first = frame_udp("10.1.0.1", 1, "10.0.0.2", 53, 72);
	volatile int arrived = 0;
	struct neighbours n[2] = { { 0, &arrived, frame }, { 1, &arrived, frame } };
	pthread_t threads[2];
	int lost = 0;

	(void)state;
	NEEDS_TWO_CPUS();
	frame_send(&first);
	neighbours_find(frame);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, neighbours_run, &n[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < NEIGHBOUR_SETS * NEIGHBOURS; i++) {
		struct flow f;

		lost += !flow_find(&frame[i], &f);
	}
	assert_int_equal(lost, 0);
	assert_int_equal(counter(COUNTER_flows_begun), 1 + NEIGHBOUR_SETS * NEIGHBOURS);
}

#define CHANGES 2000

/* Who sends what, and what came of it, in rounds that two threads begin together. */
struct change_round {
	const struct frame *frame;
	volatile int *begun, *done; /* rounds */
	volatile int dropped;
};

static void *changes_run(void *argument)
{
	struct change_round *r = argument;

	cpu_take();
	for (int i = 0; i < 2 * CHANGES; i++) {
		for (int spins = 0; *r->begun <= i; spins++)
			if (spins > 1000)
				sched_yield();
		r->dropped += frame_send(r->frame) == XDP_DROP && !(i & 1);
		__sync_fetch_and_add(r->done, 1);
	}
	return NULL;
}

/* Every other round the sender is on the allow list. Returns how many packets were dropped in these. */
static int allow_changes_hold(const struct frame *f)
{
	volatile int begun = 0, done = 0;
	struct change_round r[2] = { { f, &begun, &done, 0 }, { f, &begun, &done, 0 } };
	struct settings s = settings_read();
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, changes_run, &r[i]), 0);
	for (int i = 0; i < 2 * CHANGES; i++) {
		s.lists_in_use = i & 1 ? s.lists_in_use & ~LISTS_ALLOW : s.lists_in_use | LISTS_ALLOW;
		settings_write(&s, false);
		begun = i + 1;
		for (int spins = 0; done < 2 * (i + 1); spins++)
			if (spins > 1000)
				sched_yield();
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return r[0].dropped + r[1].dropped;
}

static void an_allow_acts_on_the_next_packet_on_every_cpu(void **state)
{
	struct frame flow = frame_tcp("10.0.0.1", 1, "10.0.0.2", 80, TCP_ACK, 1, 1, 10);
	struct frame blocked = frame_tcp("10.0.9.9", 1, "10.0.0.2", 80, TCP_ACK, 1, 1, 10);
	struct model *m = model_stump(7, FEATURE_fpk, 1, 0, 300);

	(void)state;
	NEEDS_TWO_CPUS();
	mode_set(MODE_ENFORCE);
	list_put(LIST_ALLOW, "10.0.0.0", 16, 0);
	m->policy.source_flows = 0;
	model_enforce(m);
	assert_int_equal(allow_changes_hold(&flow), 0);
	assert_true(counter(COUNTER_drop_condemned) > CHANGES);
	list_put(LIST_BLOCK, "10.0.9.9", 32, 0);
	assert_int_equal(allow_changes_hold(&blocked), 0);
	assert_true(counter(COUNTER_drop_blocked) > CHANGES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(counts_are_exact_when_two_cpus_hit_one_flow, datapath_reset),
		cmocka_unit_test_setup(every_end_is_told_once_when_two_cpus_begin_a_flow_anew, datapath_reset),
		cmocka_unit_test_setup(no_packet_is_lost_when_two_cpus_begin_a_flow_at_once, datapath_reset),
		cmocka_unit_test_setup(every_drop_is_counted_when_two_cpus_begin_a_flow_at_once, datapath_reset),
		cmocka_unit_test_setup(newcomers_of_one_set_that_begin_at_once_are_all_found, datapath_reset),
		cmocka_unit_test_setup(an_allow_acts_on_the_next_packet_on_every_cpu, datapath_reset),
	};

	return cmocka_run_group_tests_name("contention", tests, cpus_find, datapath_unload);
}
