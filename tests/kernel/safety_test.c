// SPDX-License-Identifier: BSD-2-Clause
/* What suspends the model's verdicts, and that a hostile model gets nowhere while the operator's blocks hold. */
#include <time.h>
#include "datapath_fixture.h"

#define SERVER "10.0.0.2"

static __u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND_NS + t.tv_nsec;
}

static struct safety safety_read(void)
{
	struct safety s = { 0 };
	__u32 zero = 0;

	assert_int_equal(bpf_map_lookup_elem(map_fd("hr_safety"), &zero, &s), 0);
	return s;
}

static void safety_write(const struct safety *s)
{
	__u32 zero = 0;

	assert_int_equal(bpf_map_update_elem(map_fd("hr_safety"), &zero, s, BPF_ANY), 0);
}

static int safety_reset(void **state)
{
	struct safety none = { 0 };
	int err = datapath_reset(state);
	__u64 nobody = 0;

	if (!skel)
		return err;
	safety_write(&none);
	for (__u32 i = 0; i < HARMED_SLOTS; i++)
		bpf_map_update_elem(map_fd("hr_harmed"), &i, &nobody, BPF_ANY);
	return err;
}

static struct frame client_frame(int client, __u8 flags, __u32 seq, __u32 ack)
{
	char addr[32];

	snprintf(addr, sizeof(addr), "10.1.%d.%d", client / 250, client % 250 + 1);
	return frame_tcp(addr, 4000, SERVER, 80, flags, seq, ack, flags & TCP_SYN ? 0 : 10);
}

static void client_connect_from(int client, int port)
{
	struct frame syn, answer, ack;
	char addr[32];

	snprintf(addr, sizeof(addr), "10.1.%d.%d", client / 250, client % 250 + 1);
	syn = frame_tcp(addr, port, SERVER, 80, TCP_SYN, 100, 0, 0);
	answer = frame_tcp(SERVER, 80, addr, port, TCP_SYN | TCP_ACK, 500, 101, 0);
	ack = frame_tcp(addr, port, SERVER, 80, TCP_ACK, 101, 501, 10);
	frame_send(&syn);
	frame_send(&answer);
	frame_send(&ack);
}

static void client_connect(int client)
{
	client_connect_from(client, 4000);
}

static int client_data(int client)
{
	struct frame data = client_frame(client, TCP_ACK | TCP_PSH, 101, 501);

	return frame_send(&data);
}

static void hostile_model_load(void)
{
	model_enforce(model_stump(66, FEATURE_fpk, 0, 0, 1000)); /* condemns everybody, on no evidence */
}

/* Connects in monitor mode; the model then arrives in enforce mode and judges them anew. Returns packets dropped. */
static int honest_clients_under_hostile_model(int clients)
{
	int dropped = 0;

	for (int i = 0; i < clients; i++)
		client_connect(i);
	mode_set(MODE_ENFORCE);
	hostile_model_load();
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < clients; i++)
			dropped += client_data(i) == XDP_DROP;
	return dropped;
}

static void a_hostile_model_over_honest_traffic_trips_the_breaker(void **state)
{
	struct safety s;
	int dropped;

	(void)state;
	NEEDS_ROOT();
	dropped = honest_clients_under_hostile_model(200);
	s = safety_read();
	assert_int_not_equal(s.tripped_ns, 0);
	assert_int_equal(s.tripped_condemned, 20);
	assert_in_range(dropped, 19, 21); /* of 600: those that it took to see the harm */
	assert_int_equal(client_data(0), XDP_PASS); /* it stays so */
	assert_true(counter(COUNTER_would_condemned) > 300); /* and what would have been is counted */
}

/* Short connections: when the model comes none is open, and every new one would end at its first packet. */
static void sources_with_handshakes_that_are_shut_out_trip_it_too(void **state)
{
	int dropped = 0;

	(void)state;
	NEEDS_ROOT();
	for (int i = 0; i < 60; i++)
		client_connect(i);
	flows_clear();
	mode_set(MODE_ENFORCE);
	hostile_model_load();
	for (int i = 0; i < 60; i++)
		for (int again = 0; again < 3; again++) {
			struct frame syn = client_frame(i, TCP_SYN, 900 + again, 0);

			dropped += frame_send(&syn) == XDP_DROP;
		}
	assert_int_not_equal(safety_read().tripped_ns, 0);
	assert_in_range(dropped, 50, 70); /* the attempts of twenty sources */
}

/* One source, however often: a flooder that completes handshakes may be condemned for good. */
static void one_source_with_handshakes_does_not_trip_it(void **state)
{
	(void)state;
	NEEDS_ROOT();
	client_connect(1);
	mode_set(MODE_ENFORCE);
	hostile_model_load();
	for (int i = 0; i < 1000; i++) {
		struct frame syn = frame_tcp("10.1.0.2", 10000 + i, SERVER, 80, TCP_SYN, 1, 0, 0);

		assert_int_equal(frame_send(&syn), XDP_DROP);
	}
	assert_int_equal(safety_read().tripped_ns, 0);
	assert_in_range(safety_read().condemned_ever, 1, 3);
}

static void without_a_breaker_the_same_model_drops_everything(void **state)
{
	struct settings settings;

	(void)state;
	NEEDS_ROOT();
	settings = settings_read();
	settings.breaker_least = 0;
	settings_write(&settings, false);
	assert_int_equal(honest_clients_under_hostile_model(200), 600);
	assert_int_equal(safety_read().tripped_ns, 0);
}

static void a_flood_that_is_condemned_whole_does_not_trip_it(void **state)
{
	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	hostile_model_load();
	for (int i = 0; i < 5000; i++) {
		struct frame syn = client_frame(i, TCP_SYN, 100, 0);

		assert_int_equal(frame_send(&syn), XDP_DROP);
	}
	assert_int_equal(safety_read().tripped_ns, 0);
	assert_int_equal(safety_read().judged_ever, 0);
}

/* Thirty of three hundred clients send large packets, which the model takes amiss: a share of .1. */
static void some_clients_condemned(void)
{
	mode_set(MODE_ENFORCE);
	model_enforce(model_stump(67, FEATURE_len_max, 1000, 0, 1000));
	for (int i = 0; i < 300; i++) {
		char addr[32];
		struct frame data;

		snprintf(addr, sizeof(addr), "10.1.%d.%d", i / 250, i % 250 + 1);
		data = frame_tcp(addr, 4000, SERVER, 80, TCP_ACK, 101, 501, i % 10 ? 10 : 1200);
		client_connect(i);
		frame_send(&data);
	}
}

/* A few condemned among many is what a model is for. */
static void harm_below_the_share_does_not_trip_it(void **state)
{
	(void)state;
	NEEDS_ROOT();
	some_clients_condemned();
	assert_int_equal(safety_read().tripped_ns, 0);
	assert_int_equal(safety_read().condemned_ever, 30);
}

static void the_agents_bound_is_heeded(void **state)
{
	struct safety s = { .limit_permille = 50 };

	(void)state;
	NEEDS_ROOT();
	safety_write(&s);
	some_clients_condemned();
	assert_int_not_equal(safety_read().tripped_ns, 0);
	assert_int_equal(safety_read().tripped_condemned, 20);
}

static void verdicts_wait_for_the_warm_up_and_blocks_do_not(void **state)
{
	struct settings s;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	hostile_model_load();
	s = settings_read();
	s.watched_since_ns = now_ns();
	s.warm_up_ns = SECOND_NS / 2;
	s.breaker_least = 0;
	settings_write(&s, false);
	for (int i = 0; i < 200; i++) /* connections that were there before us */
		assert_int_equal(client_data(i), XDP_PASS);
	list_put(LIST_BLOCK, "10.1.0.1", 32, 0);
	assert_int_equal(client_data(0), XDP_DROP);
	while (now_ns() - s.watched_since_ns < s.warm_up_ns + SECOND_NS / 50)
		;
	assert_int_equal(client_data(1), XDP_DROP);
}

/* A client without a history is condemned while we know of none. It has one when the warm-up ends. */
static void what_was_condemned_in_the_warm_up_is_judged_again_after_it(void **state)
{
	struct model *m = model_stump(69, FEATURE_s_hs_long, 1, 1000, 0); /* whoever completed no handshake lately */
	struct safety safety;
	struct settings s;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	m->policy.source_flows = 0;
	model_enforce(m);
	s = settings_read();
	s.watched_since_ns = now_ns();
	s.warm_up_ns = now_ns();
	settings_write(&s, false);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(client_data(1), XDP_PASS);
		assert_int_equal(client_data(2), XDP_PASS);
	}
	assert_int_equal(counter(COUNTER_would_source), 2);
	assert_int_equal(counter(COUNTER_would_condemned), 4);
	client_connect_from(1, 5000);
	s.watched_since_ns = 1; /* it is over */
	s.warm_up_ns = SECOND_NS;
	settings_write(&s, false);
	safety = safety_read();
	safety.resumed_ns = 0;
	safety_write(&safety);
	assert_int_equal(client_data(1), XDP_PASS);
	assert_int_equal(client_data(2), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_source), 1); /* by a verdict of now */
	assert_int_equal(client_data(1), XDP_PASS);
	assert_int_equal(client_data(2), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_condemned), 1);
}

/* Only `ip link` was here: the program itself notes since when it watches. */
static void a_program_without_an_agent_warms_up_from_its_first_packet(void **state)
{
	struct frame f = client_frame(1, TCP_ACK, 1, 1);
	__u64 before = now_ns();
	struct settings s = { 0 };
	__u32 zero = 0;

	(void)state;
	NEEDS_ROOT();
	assert_int_equal(bpf_map_update_elem(map_fd("hr_settings"), &zero, &s, BPF_ANY), 0); /* as the kernel makes it */
	frame_send(&f);
	s = settings_read();
	assert_in_range(s.watched_since_ns, before - SECOND_NS / 50, now_ns());
	assert_int_equal(s.warm_up_ns, 138 * SECOND_NS);
	mode_set(MODE_ENFORCE);
	hostile_model_load();
	assert_int_equal(client_data(1), XDP_PASS);
}

/* Tables in pins, met by a program that is new to them: so it is after `ip link … off` and another attach. */
static void a_program_that_takes_over_tables_warms_up(void **state)
{
	struct safety safety;
	struct settings s;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	hostile_model_load();
	s = settings_read();
	s.watched_since_ns = 1; /* long ago, */
	s.warm_up_ns = now_ns() / 2; /* also in a guest that has just booted */
	s.breaker_least = 0;
	settings_write(&s, false);
	skel->bss->program_watches = 1;
	assert_int_equal(client_data(1), XDP_DROP);
	assert_int_equal(safety_read().resumed_ns, 0);
	skel->bss->program_watches = 0;
	assert_int_equal(client_data(1), XDP_PASS); /* condemned before */
	assert_int_equal(client_data(2), XDP_PASS);
	safety = safety_read();
	assert_in_range(safety.resumed_ns, now_ns() - SECOND_NS, now_ns());
	safety.resumed_ns = 1; /* as after the warm-up */
	safety_write(&safety);
	assert_int_equal(client_data(1), XDP_DROP);
	assert_int_equal(client_data(3), XDP_DROP);
	skel->bss->program_watches = 0;
	assert_int_equal(client_data(4), XDP_PASS); /* a new flow notes it as well */
	assert_int_not_equal(safety_read().resumed_ns, 1);
}

/* A thousand flows that are older than our table, all unanswered so far: met again, they are no evidence against each other. */
static void flows_older_than_the_table_pass_until_their_source_shows_what_it_is(void **state)
{
	struct model *m = model_stump(68, FEATURE_s_unans_long, 4, 0, 1000);

	(void)state;
	NEEDS_ROOT();
	m->policy.source_flows = 4;
	mode_set(MODE_ENFORCE);
	model_enforce(m);
	for (int i = 0; i < 1000; i++) {
		struct frame f = frame_tcp("10.5.5.5", 1000 + i, SERVER, 80, TCP_ACK, 1, 1, 10);

		assert_int_equal(frame_send(&f), XDP_PASS);
	}
	for (int i = 0; i < 10; i++) { /* now it scans */
		struct frame f = frame_tcp("10.5.5.5", 3000 + i, SERVER, 1 + i, TCP_SYN, 1, 0, 0);

		frame_send(&f);
	}
	for (int i = 0; i < 3; i++) {
		struct frame f = frame_tcp("10.5.5.5", 4000 + i, SERVER, 80, TCP_ACK, 1, 1, 10);

		assert_int_equal(frame_send(&f), XDP_DROP);
	}
}

#define WAITING 200

/* What connections that we meet in the middle send; a full packet more in each round. Returns the packets dropped. */
static int waiting_connections_send(int rounds)
{
	int dropped = 0;

	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < WAITING; i++) {
			struct frame f = frame_tcp("10.5.5.5", 1000 + i, SERVER, 80, TCP_ACK | TCP_PSH, 1 + round, 1, 10);

			dropped += frame_send(&f) == XDP_DROP;
		}
	return dropped;
}

/* That they wait for the same server at once makes it look like one under a flood; then there is one. */
static void connections_met_in_the_middle_lose_nothing_while_their_server_fails(void **state)
{
	const enum feature_id plights[] = { FEATURE_d_unans_short, FEATURE_d_unans_long };
	int dropped = 0;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	for (int i = 0; i < 2; i++) {
		struct model *m = model_stump(70 + i, plights[i], 50, 0, 1000);

		m->policy.source_flows = 4;
		model_enforce(m);
		flows_clear();
		assert_int_equal(waiting_connections_send(NEWCOMER_PACKETS + 2), 0); /* on probation and off it */
		for (__u32 stranger = 0; stranger < 1000; stranger++) {
			struct frame syn = client_frame(stranger, TCP_SYN, 100 + i, 0);

			dropped += frame_send(&syn) == XDP_DROP;
		}
		flows_clear(); /* they are evicted */
		assert_int_equal(waiting_connections_send(NEWCOMER_PACKETS + 2), 0);
	}
	assert_in_range(dropped, 1900, 2000); /* it was a flood, and it was dropped */
	assert_int_equal(counter(COUNTER_drop_destination), dropped);
}

static void a_dead_agent_ends_enforcement_only_where_it_is_wanted(void **state)
{
	struct safety silent = { .agent_ns = 1 };
	struct settings s;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	hostile_model_load();
	safety_write(&silent);
	assert_int_equal(client_data(1), XDP_DROP); /* keep: the default */
	s = settings_read();
	s.dead_agent = DEAD_AGENT_MONITOR;
	settings_write(&s, false);
	assert_int_equal(client_data(1), XDP_PASS);
	silent.agent_ns = now_ns();
	safety_write(&silent);
	assert_int_equal(client_data(1), XDP_DROP); /* it is back */
	silent.agent_ns = 0;
	safety_write(&silent);
	assert_int_equal(client_data(1), XDP_DROP); /* it ended as it should: nobody is missed */
}

/* SYNs in an honest client's name: the client, who has completed handshakes, is served. */
static void a_flood_in_an_honest_clients_name_leaves_it_served(void **state)
{
	struct model *m = model_stump(69, FEATURE_s_half_long, 4, 0, 1000);
	struct frame answer, ack, syn;

	(void)state;
	NEEDS_ROOT();
	m->policy.source_flows = 4;
	mode_set(MODE_ENFORCE);
	model_enforce(m);
	client_connect(1); /* 10.1.0.2 */
	for (int i = 0; i < 1000; i++) {
		struct frame forged = frame_tcp("10.1.0.2", 10000 + i, SERVER, 80, TCP_SYN, 7, 0, 0);

		frame_send(&forged);
	}
	for (int i = 0; i < 50; i++)
		assert_int_equal(client_data(1), XDP_PASS); /* the open connection */
	syn = frame_tcp("10.1.0.2", 5000, SERVER, 80, TCP_SYN, 100, 0, 0);
	assert_int_equal(frame_send(&syn), XDP_PASS); /* a new one: one address is no crowd, nor is it a scan's */
	answer = frame_tcp(SERVER, 80, "10.1.0.2", 5000, TCP_SYN | TCP_ACK, 500, 101, 0);
	assert_int_equal(frame_send(&answer), XDP_PASS);
	ack = frame_tcp("10.1.0.2", 5000, SERVER, 80, TCP_ACK, 101, 501, 10);
	for (int i = 0; i < 50; i++)
		assert_int_equal(frame_send(&ack), XDP_PASS);
}

#define TEST(name) cmocka_unit_test_setup(name, safety_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_hostile_model_over_honest_traffic_trips_the_breaker),
		TEST(sources_with_handshakes_that_are_shut_out_trip_it_too),
		TEST(one_source_with_handshakes_does_not_trip_it),
		TEST(without_a_breaker_the_same_model_drops_everything),
		TEST(a_flood_that_is_condemned_whole_does_not_trip_it),
		TEST(harm_below_the_share_does_not_trip_it),
		TEST(the_agents_bound_is_heeded),
		TEST(verdicts_wait_for_the_warm_up_and_blocks_do_not),
		TEST(what_was_condemned_in_the_warm_up_is_judged_again_after_it),
		TEST(a_program_without_an_agent_warms_up_from_its_first_packet),
		TEST(a_program_that_takes_over_tables_warms_up),
		TEST(flows_older_than_the_table_pass_until_their_source_shows_what_it_is),
		TEST(connections_met_in_the_middle_lose_nothing_while_their_server_fails),
		TEST(a_dead_agent_ends_enforcement_only_where_it_is_wanted),
		TEST(a_flood_in_an_honest_clients_name_leaves_it_served),
	};

	return cmocka_run_group_tests_name("safety", tests, datapath_load, datapath_unload);
}
