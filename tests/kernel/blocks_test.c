// SPDX-License-Identifier: BSD-2-Clause
/* Responses to condemned flows: log, rate-limit, and blocks of sources, with what keeps these from hitting the wrong one. */
#include <time.h>
#include "datapath_fixture.h"
#include "wrapped_packets.h"

#define SERVER "10.0.0.2"
#define FLOOD "10.2.0.9"
#define HONEST "10.1.0.2"

static __u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND_NS + t.tv_nsec;
}

static void response_set(struct response r)
{
	struct settings s = settings_read();

	for (int class = 0; class < MODEL_CLASSES_MAX; class ++)
		s.response[class] = r;
	settings_write(&s, true);
}

static void response_block(__u32 count, __u64 within_s, __u64 for_s)
{
	response_set((struct response){ .kind = RESPONSE_BLOCK, .count = count, .within_ns = within_s * SECOND_NS,
					.for_ns = for_s * SECOND_NS });
}

static int syn_send(const char *from, int port)
{
	struct frame f = frame_tcp(from, port, SERVER, 80, TCP_SYN, 7, 0, 0);

	return frame_send(&f);
}

static int syn6_send(const char *from, int port)
{
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, from, "2001:db8:99::1", IPPROTO_TCP, sizeof(struct tcphdr));
	frame_put_tcp(&f, port, 80, TCP_SYN, 7, 0, 0);
	return frame_send(&f);
}

static void connect_from(const char *from, int port)
{
	struct frame syn = frame_tcp(from, port, SERVER, 80, TCP_SYN, 100, 0, 0);
	struct frame answer = frame_tcp(SERVER, 80, from, port, TCP_SYN | TCP_ACK, 500, 101, 0);
	struct frame ack = frame_tcp(from, port, SERVER, 80, TCP_ACK, 101, 501, 0);

	frame_send(&syn);
	frame_send(&answer);
	frame_send(&ack);
}

static int data_send(const char *from, int port)
{
	struct frame f = frame_tcp(from, port, SERVER, 80, TCP_ACK | TCP_PSH, 101, 501, 10);

	return frame_send(&f);
}

/* Condemns whoever has four half-open flows, as the starter model does. */
static void half_open_model_enforce(void)
{
	struct model *m = model_stump(80, FEATURE_s_half_long, 4, 0, 1000);

	m->policy.source_flows = 4;
	mode_set(MODE_ENFORCE);
	model_enforce(m);
}

/* Condemns every flow that completed its handshake. */
static void established_model_enforce(void)
{
	mode_set(MODE_ENFORCE);
	model_enforce(model_stump(81, FEATURE_tstate, FLOW_STATE_ESTABLISHED, 0, 1000));
}

static bool block_find(const char *addr, struct source_block *out)
{
	struct host_key key = { .addr = { 0, 0, htonl(0xffff), inet_addr(addr) } };

	return !bpf_map_lookup_elem(map_fd("hr_blocks"), &key, out);
}

static void flood_from(const char *from, int flows)
{
	for (int i = 0; i < flows; i++)
		syn_send(from, 10000 + i);
}

/* What has no room in a flood's record: packets of its source are dropped without a look at their flows. */
static void condemned_flows_block_their_source(void **state)
{
	struct source_block b;
	struct event e;

	(void)state;
	NEEDS_ROOT();
	half_open_model_enforce();
	response_block(5, 10, 30);
	flood_from(FLOOD, 9); /* five of them condemned */
	assert_true(block_find(FLOOD, &b));
	assert_int_equal(b.flows, 5);
	assert_int_equal(b.until_ns - b.begun_ns, 30 * SECOND_NS);
	assert_int_equal(counter(COUNTER_blocks_unproven), 1);
	assert_true(ring_drain("hr_events", &e, sizeof(e)) > 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(syn_send(FLOOD, 20000 + i), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_offender), 100);
	assert_int_equal(counter(COUNTER_flows_begun), 9);
	assert_true(block_find(FLOOD, &b));
	assert_int_equal(b.packets, 100);
	assert_int_equal(syn_send("10.2.0.10", 1), XDP_PASS); /* its neighbour */
}

/* Flows condemned before there was a past to judge by are judged again, and only then count against their source. */
static void what_was_condemned_in_the_warm_up_blocks_nobody(void **state)
{
	struct source_block b;
	struct settings s;

	(void)state;
	NEEDS_ROOT();
	half_open_model_enforce();
	response_block(5, 10, 30);
	s = settings_read();
	s.watched_since_ns = s.warm_up_ns = now_ns();
	settings_write(&s, false);
	flood_from(FLOOD, 40);
	assert_true(counter(COUNTER_would_source) >= 5);
	assert_false(block_find(FLOOD, &b));
	s.watched_since_ns = 0;
	settings_write(&s, false);
	for (int i = 0; i < 4; i++)
		assert_int_equal(syn_send(FLOOD, 20000 + i), XDP_DROP);
	assert_false(block_find(FLOOD, &b));
	syn_send(FLOOD, 30000);
	assert_true(block_find(FLOOD, &b));
}

static void block_is_told_once_with_what_earned_it(void **state)
{
	struct event e = { 0 };

	(void)state;
	NEEDS_ROOT();
	half_open_model_enforce();
	response_block(1, 10, 30);
	flood_from(FLOOD, 4);
	ring_drain("hr_events", NULL, 0);
	syn_send(FLOOD, 20000); /* the fifth of its half-open flows, the first condemned */
	assert_int_equal(ring_drain("hr_events", &e, sizeof(e)), 2);
	assert_int_equal(e.type, EVENT_VERDICT); /* of the packet, behind that of the block */
	flood_from(FLOOD, 50);
	assert_int_equal(ring_drain("hr_events", NULL, 0), 0);
}

static void fewer_flows_or_slower_ones_block_nobody(void **state)
{
	struct source_block b;
	struct timespec nap = { .tv_nsec = 60 * 1000 * 1000 };

	(void)state;
	NEEDS_ROOT();
	half_open_model_enforce();
	response_block(6, 10, 30);
	flood_from(FLOOD, 9); /* five condemned */
	assert_false(block_find(FLOOD, &b));
	response_set((struct response){ .kind = RESPONSE_BLOCK, .count = 2, .within_ns = SECOND_NS / 20,
					.for_ns = 30 * SECOND_NS });
	for (int i = 0; i < 4; i++) {
		nanosleep(&nap, NULL);
		syn_send(FLOOD, 20000 + i);
	}
	nanosleep(&nap, NULL);
	assert_false(block_find(FLOOD, &b));
	syn_send(FLOOD, 30000);
	syn_send(FLOOD, 30001);
	assert_true(block_find(FLOOD, &b));
}

static void without_a_handshake_a_block_lasts_a_minute_at_most(void **state)
{
	struct source_block b;

	(void)state;
	NEEDS_ROOT();
	half_open_model_enforce();
	response_block(5, 10, 3600);
	flood_from(FLOOD, 9);
	assert_true(block_find(FLOOD, &b));
	assert_int_equal(b.proven, 0);
	assert_int_equal(b.until_ns - b.begun_ns, 60 * SECOND_NS);
}

static void condemned_flows_with_handshakes_block_for_the_whole_time(void **state)
{
	struct source_block b;

	(void)state;
	NEEDS_ROOT();
	established_model_enforce();
	response_block(3, 10, 3600);
	for (int i = 0; i < 3; i++) {
		connect_from(FLOOD, 5000 + i);
		assert_int_equal(data_send(FLOOD, 5000 + i), XDP_DROP); /* the fourth packet, a checkpoint */
	}
	assert_true(block_find(FLOOD, &b));
	assert_int_equal(b.proven, 1);
	assert_int_equal(b.until_ns - b.begun_ns, 3600 * SECOND_NS);
	assert_int_equal(counter(COUNTER_blocks_proven), 1);
	assert_int_equal(syn_send(FLOOD, 9000), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_offender), 1);
}

/* SYN and ACK on the heels of each other: whoever sent them in this name never saw what was answered. */
static void handshake_that_nobody_answered_proves_nothing(void **state)
{
	struct source_block b;

	(void)state;
	NEEDS_ROOT();
	established_model_enforce();
	response_block(3, 10, 3600);
	for (int i = 0; i < 10; i++) {
		struct frame ack = frame_tcp(FLOOD, 5000 + i, SERVER, 80, TCP_ACK, 8, 1, 0);

		syn_send(FLOOD, 5000 + i);
		frame_send(&ack);
	}
	assert_false(block_find(FLOOD, &b)); /* its record says that handshakes were completed: an honest past */
	assert_true(counter(COUNTER_blocks_withheld) >= 7);
}

/* The first of the forged SYNs, while they are fewer than the client's own connections, are condemned as its own. */
static void flood_in_an_honest_clients_name_blocks_nobody(void **state)
{
	struct source_block b;
	struct frame answer, ack;

	(void)state;
	NEEDS_ROOT();
	half_open_model_enforce();
	response_block(2, 60, 3600);
	for (int i = 0; i < 50; i++)
		connect_from(HONEST, 4000 + i);
	flood_from(HONEST, 1000);
	assert_true(counter(COUNTER_drop_source) > 10); /* condemned on evidence about the source */
	assert_true(counter(COUNTER_blocks_withheld) > 10);
	assert_false(block_find(HONEST, &b));
	for (int i = 0; i < 50; i++)
		assert_int_equal(data_send(HONEST, 4000 + i), XDP_PASS);
	syn_send(HONEST, 5000); /* a new connection: its first SYN may be forged as well */
	assert_int_equal(syn_send(HONEST, 5000), XDP_PASS);
	answer = frame_tcp(SERVER, 80, HONEST, 5000, TCP_SYN | TCP_ACK, 500, 8, 0);
	assert_int_equal(frame_send(&answer), XDP_PASS);
	ack = frame_tcp(HONEST, 5000, SERVER, 80, TCP_ACK, 8, 501, 0);
	assert_int_equal(frame_send(&ack), XDP_PASS);
}

/* Asks the server twice by UDP; the second time there is an answer, if `answered`. */
static void ask_over_udp(const char *from, bool answered)
{
	struct frame query = frame_udp(from, 4000, SERVER, 53, 30), other = frame_udp(from, 4001, SERVER, 53, 30);
	struct frame answer = frame_udp(SERVER, 53, from, 4001, 80);

	frame_send(&query);
	frame_send(&other);
	if (answered)
		frame_send(&answer);
}

/* Whoever is answered is there, whatever SYNs come in his name; who asks and is not answered may be invented. */
static void flood_in_the_name_of_who_was_answered_over_udp_blocks_nobody(void **state)
{
	struct source_block b;

	NEEDS_ROOT();
	for (int answered = 0; answered < 2; answered++) {
		datapath_reset(state);
		half_open_model_enforce();
		response_block(2, 60, 3600);
		ask_over_udp(HONEST, answered);
		flood_from(HONEST, 200);
		assert_true(counter(COUNTER_drop_source) > 1);
		assert_int_equal(block_find(HONEST, &b), !answered);
		assert_int_equal(counter(COUNTER_blocks_withheld) > 10, answered);
	}
}

/* Its handshakes are older than what we remember of the address; its connection is open all the same. */
static void open_connection_passes_a_block_that_nothing_proves(void **state)
{
	struct source_block b;

	(void)state;
	NEEDS_ROOT();
	connect_from(HONEST, 4000);
	map_clear("hr_sources", sizeof(struct host_key));
	half_open_model_enforce();
	response_block(2, 60, 3600);
	flood_from(HONEST, 20);
	assert_true(block_find(HONEST, &b));
	assert_int_equal(syn_send(HONEST, 6000), XDP_DROP);
	assert_int_equal(data_send(HONEST, 4000), XDP_PASS);
	assert_int_equal(data_send(HONEST, 4001), XDP_DROP); /* no flow that we know of */
}

/* What the destination goes through condemns strangers, and blocks nobody. */
static void evidence_about_the_destination_blocks_nobody(void **state)
{
	struct model *m = model_stump(82, FEATURE_d_unans_short, 10, 0, 1000);

	(void)state;
	NEEDS_ROOT();
	m->policy.source_flows = 4;
	mode_set(MODE_ENFORCE);
	model_enforce(m);
	response_block(1, 60, 3600);
	for (int i = 0; i < 200; i++) {
		char from[24];

		snprintf(from, sizeof(from), "10.3.%d.%d", i / 250, i % 250 + 1);
		for (int again = 0; again < 6; again++)
			syn_send(from, 1000);
	}
	assert_true(counter(COUNTER_drop_destination) > 100);
	assert_int_equal(counter(COUNTER_blocks_proven) + counter(COUNTER_blocks_unproven), 0);
}

static void monitor_mode_says_whom_it_would_block_and_drops_nothing(void **state)
{
	struct event e = { 0 };

	(void)state;
	NEEDS_ROOT();
	half_open_model_enforce();
	mode_set(MODE_MONITOR);
	response_block(5, 10, 30);
	for (int i = 0; i < 200; i++)
		assert_int_equal(syn_send(FLOOD, 10000 + i), XDP_PASS);
	assert_int_equal(counter(COUNTER_would_block), 1);
	assert_int_equal(counter(COUNTER_drop_offender), 0);
	assert_true(ring_drain("hr_events", &e, sizeof(e)) > 0);
	mode_set(MODE_ENFORCE); /* the flows of before are judged anew, and it takes as many as ever */
	assert_int_equal(syn_send(FLOOD, 30000), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_offender), 0);
}

static void block_ends_with_mode_and_model(void **state)
{
	(void)state;
	NEEDS_ROOT();
	for (int way = 0; way < 2; way++) {
		__u64 before;

		half_open_model_enforce();
		response_block(5, 10, 30);
		flood_from(FLOOD, 20);
		before = counter(COUNTER_drop_offender);
		assert_true(before >= 10);
		if (way) {
			model_enforce(model_stump(83, FEATURE_fpk, 1000000, 0, 1000));
		} else {
			mode_set(MODE_MONITOR);
			mode_set(MODE_ENFORCE);
		}
		syn_send(FLOOD, 40000);
		assert_int_equal(counter(COUNTER_drop_offender), before);
		map_clear("hr_flows", sizeof(struct flow_key));
	}
}

static void block_ends_when_its_time_is_over_or_the_source_is_quiet(void **state)
{
	struct settings s;
	__u64 since;

	(void)state;
	NEEDS_ROOT();
	half_open_model_enforce();
	response_block(5, 10, 1);
	flood_from(FLOOD, 9);
	since = now_ns();
	assert_int_equal(syn_send(FLOOD, 20000), XDP_DROP);
	while (now_ns() < since + SECOND_NS + SECOND_NS / 50) /* sending on does not make it longer */
		syn_send(FLOOD, 20000);
	since = counter(COUNTER_drop_offender);
	syn_send(FLOOD, 20001);
	assert_int_equal(counter(COUNTER_drop_offender), since);

	s = settings_read();
	s.unblock_quiet_ns = SECOND_NS / 5;
	settings_write(&s, false);
	response_block(5, 10, 60);
	flood_from(FLOOD, 20);
	since = now_ns();
	for (int i = 0; now_ns() < since + SECOND_NS / 2; i++)
		assert_int_equal(syn_send(FLOOD, 20000), XDP_DROP);
	for (since = now_ns(); now_ns() < since + SECOND_NS / 4;)
		;
	since = counter(COUNTER_drop_offender);
	syn_send(FLOOD, 50000);
	assert_int_equal(counter(COUNTER_drop_offender), since);
}

static void allow_and_guard_end_a_block_at_once(void **state)
{
	enum list lists[] = { LIST_ALLOW, LIST_GUARD };

	(void)state;
	NEEDS_ROOT();
	for (int i = 0; i < 2; i++) {
		const char *from = i ? "10.2.0.20" : "10.2.0.21";
		struct source_block b;

		half_open_model_enforce();
		response_block(5, 10, 30);
		flood_from(from, 20);
		assert_int_equal(syn_send(from, 30000), XDP_DROP);
		list_put(lists[i], from, 32, 0);
		assert_int_equal(syn_send(from, 30001), XDP_PASS);
		assert_false(block_find(from, &b));
	}
}

static void icmp_and_dhcp_that_are_never_judged_pass_a_block(void **state)
{
	struct frame quoted = frame_tcp(SERVER, 80, FLOOD, 9, TCP_SYN, 1, 0, 0);
	struct frame error = frame_icmp_error(FLOOD, SERVER, 3, 4, &quoted), dhcp = frame_udp(FLOOD, 68, SERVER, 67, 300);

	(void)state;
	NEEDS_ROOT();
	half_open_model_enforce();
	response_block(5, 10, 30);
	flood_from(FLOOD, 20);
	assert_int_equal(syn_send(FLOOD, 30000), XDP_DROP);
	assert_int_equal(frame_send(&error), XDP_PASS);
	assert_int_equal(frame_send(&dhcp), XDP_PASS);
}

/* From IPv6 sources whose network is blocked, and from a host of the link that is: a link and its leases live on. */
static void what_a_link_needs_passes_a_block_of_its_sender(void **state)
{
	static const char *const senders[] = { "2001:db8::7", "fe80::7" };
	struct frame quoted = frame_udp6("2001:db8:99::1", 1, "2001:db8::7", 2, 9), arp;

	(void)state;
	NEEDS_ROOT();
	half_open_model_enforce();
	response_block(5, 10, 30);
	frame_start(&arp, ETH_P_ARP);
	frame_put(&arp, NULL, 46);
	for (int i = 0; i < 2; i++) {
		struct frame dhcp = frame_udp6(senders[i], 546, "ff02::1:2", 547, 60), echo, message;

		for (int port = 0; port < 20; port++)
			syn6_send(senders[i], 1000 + port);
		assert_int_equal(syn6_send(senders[i], 3000), XDP_DROP);
		for (int type = 1; type <= 4; type++) {
			message = frame_icmp6_error(senders[i], "2001:db8:99::1", type, &quoted, 48);
			assert_int_equal(frame_send(&message), XDP_PASS);
		}
		for (int type = 130; type <= 143; type++) {
			bool of_link = type <= 137 || type == 143;

			message = frame_icmp6(senders[i], "fe80::1", type, 0);
			if (i || !of_link || (type >= 133 && type <= 137)) /* listeners have link-local addresses */
				assert_int_equal(frame_send(&message), of_link ? XDP_PASS : XDP_DROP);
		}
		assert_int_equal(frame_send(&dhcp), XDP_PASS);
		dhcp = frame_udp6(senders[i], 547, "fe80::1", 546, 60);
		assert_int_equal(frame_send(&dhcp), XDP_PASS);
		assert_int_equal(frame_send(&arp), XDP_PASS);
		echo = frame_icmp6(senders[i], "2001:db8:99::1", 128, 7);
		assert_int_equal(frame_send(&echo), XDP_DROP);
	}
}

static void blocks_of_sources_with_handshakes_trip_the_breaker(void **state)
{
	struct safety safety = { 0 };
	struct settings s;
	__u32 zero = 0;
	int sources;

	(void)state;
	NEEDS_ROOT();
	bpf_map_update_elem(map_fd("hr_safety"), &zero, &safety, BPF_ANY);
	s = settings_read();
	s.breaker_least = 30;
	settings_write(&s, false);
	established_model_enforce();
	response_block(1, 10, 3600);
	for (sources = 0; sources < 100 && !safety.tripped_ns; sources++) {
		char from[24];

		snprintf(from, sizeof(from), "10.4.0.%d", sources + 1);
		connect_from(from, 5000);
		data_send(from, 5000);
		bpf_map_lookup_elem(map_fd("hr_safety"), &zero, &safety);
	}
	assert_int_equal(sources, 15); /* each of them a flow and a source */
	assert_int_equal(syn_send("10.4.0.1", 9000), XDP_PASS); /* and the blocks are over */
	safety = (struct safety){ 0 };
	bpf_map_update_elem(map_fd("hr_safety"), &zero, &safety, BPF_ANY);
	assert_int_equal(syn_send("10.4.0.1", 9001), XDP_PASS);
}

static void class_that_is_only_logged_passes_and_others_do_not(void **state)
{
	(void)state;
	NEEDS_ROOT();
	half_open_model_enforce();
	flood_from(FLOOD, 9);
	assert_int_equal(counter(COUNTER_drop_source), 5);
	response_set((struct response){ .kind = RESPONSE_LOG });
	flood_from(FLOOD, 20); /* those that were condemned as well */
	assert_int_equal(counter(COUNTER_drop_source) + counter(COUNTER_drop_condemned), 5);
	response_set((struct response){ .kind = RESPONSE_DROP });
	assert_int_equal(syn_send(FLOOD, 20000), XDP_DROP);
}

static void condemned_flows_share_the_rate_of_their_source(void **state)
{
	__u64 begun, took_ms;
	int passed = 0, sent = 0;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	response_set((struct response){ .kind = RESPONSE_LIMIT, .count = 500 });
	model_enforce(model_stump(84, FEATURE_fpk, 0, 0, 1000)); /* condemns everybody */
	for (begun = now_ns(); now_ns() < begun + SECOND_NS; sent++)
		passed += data_send(FLOOD, 5000 + sent % 8) == XDP_PASS;
	took_ms = (now_ns() - begun) / 1000000;
	assert_true(sent > 2000);
	assert_in_range(passed, took_ms / 4, took_ms / 2 + 60); /* the burst is a tenth of a second; what is not used is not saved */
	assert_int_equal(counter(COUNTER_pass_limited), passed);
	assert_int_equal(data_send("10.2.0.10", 5000), XDP_PASS); /* another source has its own */
}

/* Nine flows from nine addresses of one network. */
static void ipv6_sources_are_remembered_and_blocked_by_network(void **state)
{
	struct host_key network = { .addr = { htonl(0x20010db8) } };
	struct source_block b;
	struct host h;

	(void)state;
	NEEDS_ROOT();
	half_open_model_enforce();
	response_block(5, 10, 30);
	for (int i = 0; i < 9; i++) {
		char from[32];

		snprintf(from, sizeof(from), "2001:db8::%x:%x", i + 1, i * 977);
		syn6_send(from, 1000);
	}
	assert_int_equal(bpf_map_lookup_elem(map_fd("hr_sources"), &network, &h), 0);
	assert_int_equal(bpf_map_lookup_elem(map_fd("hr_blocks"), &network, &b), 0);
	assert_int_equal(syn6_send("2001:db8::ffff", 1000), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_offender), 1);
	assert_int_equal(syn6_send("2001:db8:0:1::ffff", 1000), XDP_PASS);
	for (int i = 0; i < 9; i++) { /* on one link everybody has the same network */
		char from[32];

		snprintf(from, sizeof(from), "fe80::%x", i + 1);
		assert_int_equal(syn6_send(from, 1000), XDP_PASS);
	}
}

static void allowed_address_of_a_blocked_network_passes_alone(void **state)
{
	struct list_key allowed = { .prefix_len = 128 };

	(void)state;
	NEEDS_ROOT();
	half_open_model_enforce();
	response_block(5, 10, 30);
	for (int i = 0; i < 9; i++)
		syn6_send("2001:db8::1", 1000 + i);
	assert_int_equal(syn6_send("2001:db8::2", 1), XDP_DROP);
	inet_pton(AF_INET6, "2001:db8::2", allowed.addr);
	list_key_put(LIST_ALLOW, allowed, 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(syn6_send("2001:db8::2", 2), XDP_PASS);
		assert_int_equal(syn6_send("2001:db8::3", 2), XDP_DROP);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, datapath_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(condemned_flows_block_their_source),
		TEST(block_is_told_once_with_what_earned_it),
		TEST(fewer_flows_or_slower_ones_block_nobody),
		TEST(what_was_condemned_in_the_warm_up_blocks_nobody),
		TEST(without_a_handshake_a_block_lasts_a_minute_at_most),
		TEST(condemned_flows_with_handshakes_block_for_the_whole_time),
		TEST(handshake_that_nobody_answered_proves_nothing),
		TEST(flood_in_an_honest_clients_name_blocks_nobody),
		TEST(flood_in_the_name_of_who_was_answered_over_udp_blocks_nobody),
		TEST(open_connection_passes_a_block_that_nothing_proves),
		TEST(evidence_about_the_destination_blocks_nobody),
		TEST(monitor_mode_says_whom_it_would_block_and_drops_nothing),
		TEST(block_ends_with_mode_and_model),
		TEST(block_ends_when_its_time_is_over_or_the_source_is_quiet),
		TEST(allow_and_guard_end_a_block_at_once),
		TEST(icmp_and_dhcp_that_are_never_judged_pass_a_block),
		TEST(what_a_link_needs_passes_a_block_of_its_sender),
		TEST(blocks_of_sources_with_handshakes_trip_the_breaker),
		TEST(class_that_is_only_logged_passes_and_others_do_not),
		TEST(condemned_flows_share_the_rate_of_their_source),
		TEST(ipv6_sources_are_remembered_and_blocked_by_network),
		TEST(allowed_address_of_a_blocked_network_passes_alone),
	};

	return cmocka_run_group_tests_name("blocks", tests, datapath_load, datapath_unload);
}
