// SPDX-License-Identifier: BSD-2-Clause
/* The XDP program packet by packet: what it counts, remembers, decides and tells. */
#include <time.h>
#include "datapath_fixture.h"

#define CLIENT "10.0.0.1"
#define SERVER "10.0.0.2"

static struct frame from_client(int port, __u8 flags, __u32 seq, __u32 ack, __u32 payload)
{
	return frame_tcp(CLIENT, port, SERVER, 80, flags, seq, ack, payload);
}

static struct frame from_server(int port, __u8 flags, __u32 seq, __u32 ack, __u32 payload)
{
	return frame_tcp(SERVER, 80, CLIENT, port, flags, seq, ack, payload);
}

static int send_many(struct frame f, int n)
{
	int action = -1;

	for (int i = 0; i < n; i++)
		action = frame_send(&f);
	return action;
}

static void handshake(int port)
{
	struct frame syn = from_client(port, TCP_SYN, 100, 0, 0);
	struct frame answer = from_server(port, TCP_SYN | TCP_ACK, 500, 101, 0);
	struct frame ack = from_client(port, TCP_ACK, 101, 501, 0);

	assert_int_equal(frame_send(&syn), XDP_PASS);
	assert_int_equal(frame_send(&answer), XDP_PASS);
	assert_int_equal(frame_send(&ack), XDP_PASS);
}

static void both_directions_are_one_flow_counted_exactly(void **state)
{
	struct frame data = from_client(1000, TCP_ACK | TCP_PSH, 101, 501, 100), fin;
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	handshake(1000);
	send_many(data, 5);
	fin = from_client(1000, TCP_FIN | TCP_ACK, 601, 501, 0);
	frame_send(&fin);
	assert_true(flow_find(&data, &f));
	assert_int_equal(f.packets[0], 8);
	assert_int_equal(f.packets[1], 1);
	assert_int_equal(f.bytes[0], 3 * 40 + 5 * 140);
	assert_int_equal(f.bytes[1], 40);
	assert_int_equal(f.len_min, 40);
	assert_int_equal(f.len_max, 140);
	assert_int_equal(f.state, FLOW_STATE_FIN);
	assert_int_equal(f.events, FLOW_ANSWERED | FLOW_HANDSHAKE);
	assert_int_equal(counter(COUNTER_flows_begun), 1);
	assert_int_equal(counter(COUNTER_pass_flow), 9);
}

static void a_handshake_gives_the_source_a_record_and_a_lone_syn_does_not(void **state)
{
	struct frame lone = frame_tcp("10.9.9.9", 1, SERVER, 80, TCP_SYN, 1, 0, 0);
	struct host source, dest;
	struct host_window *w;

	(void)state;
	NEEDS_ROOT();
	frame_send(&lone);
	assert_false(host_find("hr_sources", "10.9.9.9", &source));
	handshake(1000);
	assert_true(host_find("hr_sources", CLIENT, &source));
	w = source.window[HOST_LONG][0].flows ? &source.window[HOST_LONG][0] : &source.window[HOST_LONG][1];
	assert_int_equal(w->flows, 1);
	assert_int_equal(w->syns, 1);
	assert_int_equal(w->answered, 1);
	assert_int_equal(w->handshakes, 1);
	assert_true(host_find("hr_dests", SERVER, &dest));
	w = dest.window[HOST_LONG][0].flows ? &dest.window[HOST_LONG][0] : &dest.window[HOST_LONG][1];
	assert_int_equal(w->flows, 2);
	assert_int_equal(w->syns, 2);
	assert_int_equal(w->handshakes, 1);
}

static void the_second_flow_gives_a_source_its_record_with_both_counted(void **state)
{
	struct frame a = frame_udp("10.9.9.8", 1, SERVER, 53, 10), b = frame_udp("10.9.9.8", 2, SERVER, 53, 10);
	struct host source;
	struct host_window *w;

	(void)state;
	NEEDS_ROOT();
	frame_send(&a);
	assert_false(host_find("hr_sources", "10.9.9.8", &source));
	frame_send(&b);
	assert_true(host_find("hr_sources", "10.9.9.8", &source));
	w = source.window[HOST_LONG][0].flows ? &source.window[HOST_LONG][0] : &source.window[HOST_LONG][1];
	assert_int_equal(w->flows, 2);
	assert_int_equal(w->udp_flows, 2);
	assert_int_equal(w->answered, 0);
}

static void an_icmp_error_refuses_the_flow_that_it_quotes(void **state)
{
	struct frame query = frame_udp(CLIENT, 5000, SERVER, 9, 10);
	struct frame refusal = frame_icmp_error(SERVER, CLIENT, ICMP4_UNREACHABLE, 3, &query);
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	frame_send(&query);
	assert_int_equal(frame_send(&refusal), XDP_PASS);
	assert_true(flow_find(&query, &f));
	assert_int_equal(f.events, FLOW_REJECTED);
	assert_int_equal(counter(COUNTER_pass_icmp_error), 1);
}

static void monitor_mode_passes_what_enforce_mode_drops(void **state)
{
	struct frame f = from_client(2000, TCP_ACK, 1, 1, 10), other = from_client(2001, TCP_ACK, 1, 1, 10);

	(void)state;
	NEEDS_ROOT();
	model_enforce(model_stump(7, FEATURE_fpk, 2, 0, 1000)); /* condemns at the second packet */
	assert_int_equal(send_many(f, 10), XDP_PASS);
	assert_int_equal(counter(COUNTER_would_source), 1);
	assert_int_equal(counter(COUNTER_would_condemned), 8);
	assert_int_equal(counter(COUNTER_pass_would_drop), 9);
	mode_set(MODE_ENFORCE);
	assert_int_equal(frame_send(&other), XDP_PASS);
	assert_int_equal(frame_send(&other), XDP_DROP);
	assert_int_equal(frame_send(&other), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_source), 1);
	assert_int_equal(counter(COUNTER_drop_condemned), 1);
}

static void checkpoints_are_where_the_mask_says(void **state)
{
	struct frame f = from_client(2050, TCP_ACK, 1, 1, 10);
	struct settings s;

	(void)state;
	NEEDS_ROOT();
	s = settings_read();
	s.checkpoints = 1u << 2 | 1u << 4;
	settings_write(&s, false);
	model_enforce(model_stump(7, FEATURE_fpk, 0, 0, 0));
	send_many(f, 3);
	assert_int_equal(counter(COUNTER_scores), 0);
	send_many(f, 1);
	assert_int_equal(counter(COUNTER_scores), 1);
	send_many(f, 96);
	assert_int_equal(counter(COUNTER_scores), 2);
}

/* Neither is silent: no model to ask, and one that only the agent walks. */
static void a_checkpoint_without_a_verdict_is_counted(void **state)
{
	struct frame f = frame_tcp("10.0.0.1", 4000, "10.0.0.2", 80, TCP_ACK, 1, 1, 10);
	struct model *m = model_stump(9, FEATURE_kind, 0, 0, 1000);

	(void)state;
	NEEDS_ROOT();
	for (int packet = 1; packet <= 4; packet++)
		frame_send(&f);
	assert_int_equal(counter(COUNTER_unscored), 3);
	assert_int_equal(counter(COUNTER_lost_scores), 0);
	m->kind = MODEL_FOREST;
	model_enforce(m);
	for (int packet = 5; packet <= 8; packet++)
		frame_send(&f);
	assert_int_equal(counter(COUNTER_lost_scores), 1);
	assert_int_equal(counter(COUNTER_unscored), 3);
	assert_int_equal(counter(COUNTER_scores), 0);
}

static void a_condemnation_dies_with_its_model_and_with_enforce_mode(void **state)
{
	struct frame f = from_client(2100, TCP_ACK, 1, 1, 10);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	model_enforce(model_stump(7, FEATURE_fpk, 2, 0, 1000));
	assert_int_equal(send_many(f, 3), XDP_DROP);
	model_enforce(model_stump(8, FEATURE_fpk, 1000, 0, 1000));
	assert_int_equal(send_many(f, 3), XDP_PASS);
	model_enforce(model_stump(7, FEATURE_fpk, 2, 0, 1000));
	assert_int_equal(send_many(f, 2), XDP_DROP); /* at packet 8, the next checkpoint */
	mode_set(MODE_MONITOR);
	assert_int_equal(frame_send(&f), XDP_PASS);
}

static void a_condemnation_ends_after_its_time(void **state)
{
	struct frame f = from_client(2200, TCP_ACK, 1, 1, 10);
	struct settings s;
	struct flow record;
	__u64 condemned_at;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	s = settings_read();
	s.condemn_for_ns = 1;
	settings_write(&s, false);
	model_enforce(model_stump(7, FEATURE_fpk, 2, 0, 1000));
	assert_int_equal(send_many(f, 2), XDP_DROP);
	assert_true(flow_find(&f, &record));
	condemned_at = record.condemned_ns;
	do { /* the clock moves every few ms; then the flow is judged again, and again condemned */
		assert_int_equal(frame_send(&f), XDP_DROP);
		assert_true(flow_find(&f, &record));
	} while (record.condemned_ns == condemned_at);
	assert_int_equal(counter(COUNTER_drop_source), 2);
}

/* SYNs of so many invented addresses to the server. */
static void flood_send(int addresses)
{
	for (int i = 0; i < addresses; i++) {
		char addr[20];
		struct frame syn;

		snprintf(addr, sizeof(addr), "172.16.%d.%d", i, i);
		syn = frame_tcp(addr, 1, SERVER, 80, TCP_SYN, 1, 0, 0);
		frame_send(&syn);
	}
}

static void evidence_about_the_destination_drops_a_first_packet_and_lets_the_retry_pass(void **state)
{
	struct frame syn = from_client(3000, TCP_SYN, 77, 0, 0), data;
	struct event e;
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	flood_send(200);
	mode_set(MODE_ENFORCE);
	model_enforce(model_stump(9, FEATURE_d_unans_short, 20, 0, 1000));
	assert_int_equal(frame_send(&syn), XDP_DROP);
	for (int i = 2; i < VERDICT_PACKETS_SURE; i++) /* the retries */
		assert_int_equal(frame_send(&syn), XDP_PASS);
	assert_int_equal(frame_send(&syn), XDP_DROP); /* more than any client sends: the verdict holds */
	assert_true(flow_find(&syn, &f));
	assert_int_equal(f.verdict, VERDICT_DROP);
	assert_int_equal(f.reason, REASON_DESTINATION);
	assert_int_equal(counter(COUNTER_drop_destination), 2);
	assert_true(ring_drain("hr_events", &e, sizeof(e)) > 0);
	assert_int_equal(e.reason, REASON_DESTINATION);
	assert_int_equal(e.dropped, 1);
	data = from_client(3000, TCP_ACK, 78, 1, 0);
	assert_int_equal(frame_send(&data), XDP_DROP);
}

/* Six connections at once to a flooded server: each loses its first SYN to us, and none of them is held against them. */
static void our_own_drops_are_no_evidence_against_a_source(void **state)
{
	struct model *m = model_stump(9, FEATURE_d_unans_short, 20, 0, 1000);
	struct frame syn;
	struct host h;

	(void)state;
	NEEDS_ROOT();
	flood_send(200);
	mode_set(MODE_ENFORCE);
	m->policy.source_flows = 4;
	model_enforce(m);
	for (int i = 0; i < 6; i++) {
		syn = from_client(3100 + i, TCP_SYN, 77, 0, 0);
		assert_int_equal(frame_send(&syn), XDP_DROP);
	}
	assert_false(host_find("hr_sources", CLIENT, &h));
	for (int i = 0; i < 6; i++) {
		syn = from_client(3100 + i, TCP_SYN, 77, 0, 0);
		assert_int_equal(frame_send(&syn), XDP_PASS);
	}
}

/* One site's few addresses, or one proxy with many connections under way, are no crowd of strangers. */
static void a_burst_that_is_no_crowd_costs_nobody_a_first_packet(void **state)
{
	struct model *m = model_stump(9, FEATURE_d_half_long, 20, 0, 1000);
	struct frame syn, answer;

	(void)state;
	NEEDS_ROOT();
	flood_send(30);
	mode_set(MODE_ENFORCE);
	m->policy.source_flows = 4;
	model_enforce(m);
	for (int i = 0; i < 300; i++) { /* answered, and none of them acknowledged yet */
		syn = from_client(20000 + i, TCP_SYN, 77, 0, 0);
		assert_int_equal(frame_send(&syn), XDP_PASS);
		answer = frame_tcp(SERVER, 80, CLIENT, 20000 + i, TCP_SYN | TCP_ACK, 500, 78, 0);
		assert_int_equal(frame_send(&answer), XDP_PASS);
	}
	syn = from_client(3000, TCP_SYN, 77, 0, 0);
	assert_int_equal(frame_send(&syn), XDP_PASS);
	flood_send(200);
	syn = frame_tcp("192.0.2.77", 1, SERVER, 80, TCP_SYN, 1, 0, 0);
	assert_int_equal(frame_send(&syn), XDP_DROP); /* a crowd */
}

static void a_new_syn_on_a_closed_record_is_a_new_flow_and_the_old_one_is_told(void **state)
{
	struct frame fin = from_client(5000, TCP_FIN | TCP_ACK, 101, 501, 0);
	struct frame again = from_client(5000, TCP_SYN, 9000, 0, 0);
	struct event e = { 0 };
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	handshake(5000);
	frame_send(&fin);
	frame_send(&again);
	assert_true(flow_find(&again, &f));
	assert_int_equal(f.packets[0], 1);
	assert_int_equal(f.packets[1], 0);
	assert_int_equal(f.state, FLOW_STATE_SYN);
	assert_int_equal(ring_drain("hr_events", &e, sizeof(e)), 1);
	assert_int_equal(e.type, EVENT_FLOW_END);
	assert_int_equal(e.record.flow.packets[0], 3);
	assert_int_equal(counter(COUNTER_flows_restarted), 1);
}

/* By direction of the flow, as the long window of a host knows them. */
static __u64 host_bytes(const char *map, const char *addr, int direction)
{
	struct host h;

	assert_true(host_find(map, addr, &h));
	return h.window[HOST_LONG][0].bytes[direction] + h.window[HOST_LONG][1].bytes[direction];
}

/* Both hosts know so many bytes more than before, *known by role and direction. */
static void assert_hosts_learnt(__u64 known[2][2], __u64 forward, __u64 back)
{
	for (int direction = 0; direction < 2; direction++) {
		__u64 now[] = { host_bytes("hr_sources", CLIENT, direction), host_bytes("hr_dests", SERVER, direction) };

		for (int role = 0; role < 2; role++) {
			assert_int_equal(now[role] - known[role][direction], direction ? back : forward);
			known[role][direction] = now[role];
		}
	}
}

static void hosts_learn_bytes_at_checkpoints_and_where_a_flow_ends(void **state)
{
	struct frame data = from_client(5100, TCP_ACK, 101, 501, 100), answer = from_server(5100, TCP_ACK, 501, 201, 1000);
	struct frame fin = from_client(5100, TCP_FIN | TCP_ACK, 301, 3502, 0);
	struct frame fin_back = from_server(5100, TCP_FIN | TCP_ACK, 3501, 201, 0);
	struct frame last = from_server(5100, TCP_ACK, 3502, 302, 0), reset = from_client(5100, TCP_RST, 101, 0, 0);
	__u64 known[2][2];

	(void)state;
	NEEDS_ROOT();
	handshake(5099); /* from here on there is a record of the client */
	for (int direction = 0; direction < 2; direction++) {
		known[0][direction] = host_bytes("hr_sources", CLIENT, direction);
		known[1][direction] = host_bytes("hr_dests", SERVER, direction);
	}
	handshake(5100);
	assert_hosts_learnt(known, 40, 40); /* the third packet is behind the checkpoint */
	send_many(data, 5);
	assert_hosts_learnt(known, 40 + 5 * 140, 0); /* at the eighth */
	send_many(answer, 3);
	assert_hosts_learnt(known, 0, 0);
	frame_send(&fin_back);
	assert_hosts_learnt(known, 0, 3 * 1040 + 40);
	frame_send(&data);
	frame_send(&fin);
	assert_hosts_learnt(known, 140 + 40, 0);
	frame_send(&last);
	assert_hosts_learnt(known, 0, 0);
	handshake(5100);
	assert_hosts_learnt(known, 40, 40 + 40); /* the last one's, where the new flow takes the record */
	send_many(data, 2);
	frame_send(&reset);
	assert_hosts_learnt(known, 40 + 2 * 140 + 40, 0);
}

/* A key that comes back much later: what its old flow left untold is of no window that is still looked at. */
static void bytes_of_long_ago_are_not_told(void **state)
{
	struct frame f = frame_udp(CLIENT, 5300, SERVER, 53, 12);
	__u64 known[2][2] = { 0 }, ago[] = { 3ull << 36, 2 * SECOND_NS };
	const struct timespec old_enough = { .tv_sec = 4 }; /* of a guest that has just booted, */
	struct timespec now; /* which has no long ago */
	int sender;
	struct flow_key key = frame_key(&f, &sender);
	struct settings s;
	struct flow record;

	(void)state;
	NEEDS_ROOT();
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &old_enough, NULL);
	s = settings_read();
	s.timeout_ns[TIMEOUT_UDP] = SECOND_NS;
	settings_write(&s, false);
	handshake(5299);
	clock_gettime(CLOCK_MONOTONIC, &now);
	for (int i = now.tv_sec * SECOND_NS < 2 * ago[0]; i < 2; i++) {
		send_many(f, NEWCOMER_PACKETS + 1); /* the last one is behind the checkpoint */
		known[0][0] = host_bytes("hr_sources", CLIENT, 0);
		known[1][0] = host_bytes("hr_dests", SERVER, 0);
		known[0][1] = host_bytes("hr_sources", CLIENT, 1);
		known[1][1] = host_bytes("hr_dests", SERVER, 1);
		assert_int_equal(bpf_map_lookup_elem(map_fd("hr_flows"), &key, &record), 0);
		record.last_ns -= ago[i];
		assert_int_equal(bpf_map_update_elem(map_fd("hr_flows"), &key, &record, BPF_EXIST), 0);
		frame_send(&f);
		assert_hosts_learnt(known, i ? 40 + 40 : 40, 0);
		bpf_map_delete_elem(map_fd("hr_flows"), &key);
	}
}

/* So a record looks for a moment while another CPU begins it anew: the counts are taken already. */
static void hosts_learn_nothing_where_more_was_told_than_counted(void **state)
{
	struct frame data = from_client(5400, TCP_ACK, 101, 501, 100);
	__u64 known[2][2] = { 0 };
	int sender;
	struct flow_key key = frame_key(&data, &sender);
	struct flow record;

	(void)state;
	NEEDS_ROOT();
	handshake(5400);
	for (int direction = 0; direction < 2; direction++) {
		known[0][direction] = host_bytes("hr_sources", CLIENT, direction);
		known[1][direction] = host_bytes("hr_dests", SERVER, direction);
	}
	assert_int_equal(bpf_map_lookup_elem(map_fd("hr_flows"), &key, &record), 0);
	record.bytes_told[0] = 50000;
	assert_int_equal(bpf_map_update_elem(map_fd("hr_flows"), &key, &record, BPF_EXIST), 0);
	frame_send(&data); /* the fourth packet, a checkpoint */
	assert_hosts_learnt(known, 0, 0);
}

static __u64 coarse_clock(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC_COARSE, &t), 0);
	return t.tv_sec * SECOND_NS + t.tv_nsec;
}

/* The programs read the clock once a tick: never more than one behind. */
static void the_time_of_a_packet_is_that_of_the_tick(void **state)
{
	struct frame f = frame_udp(CLIENT, 6050, SERVER, 53, 10);
	struct timespec resolution;
	__u64 before, tick_ns;
	struct flow record;

	(void)state;
	NEEDS_ROOT();
	assert_int_equal(clock_getres(CLOCK_MONOTONIC_COARSE, &resolution), 0);
	tick_ns = resolution.tv_nsec;
	send_many(f, 2);
	for (int i = 0; i < 5; i++) {
		before = coarse_clock();
		while (coarse_clock() < before + 3 * tick_ns)
			;
		before = coarse_clock();
		frame_send(&f);
		assert_true(flow_find(&f, &record));
		assert_in_range(record.last_ns, before - tick_ns, coarse_clock());
	}
}

static void a_silent_record_begins_anew(void **state)
{
	struct frame f = frame_udp(CLIENT, 6000, SERVER, 53, 10);
	struct settings s;
	struct flow record;
	int sender;
	struct flow_key key = frame_key(&f, &sender);

	(void)state;
	NEEDS_ROOT();
	s = settings_read();
	s.timeout_ns[TIMEOUT_UDP] = SECOND_NS; /* a guest may be young */
	settings_write(&s, false);
	send_many(f, NEWCOMER_PACKETS);
	assert_true(flow_find(&f, &record));
	record.last_ns -= SECOND_NS + SECOND_NS / 10;
	assert_int_equal(bpf_map_update_elem(map_fd("hr_flows"), &key, &record, BPF_EXIST), 0);
	frame_send(&f);
	assert_true(flow_find(&f, &record));
	assert_int_equal(record.packets[0], 1);
}

static void a_packet_that_another_hook_counted_is_not_counted_again(void **state)
{
	struct frame f = frame_udp(CLIENT, 6100, SERVER, 53, 10);
	struct flow record;
	int sender;
	struct flow_key key = frame_key(&f, &sender);

	(void)state;
	NEEDS_ROOT();
	send_many(f, NEWCOMER_PACKETS);
	assert_true(flow_find(&f, &record));
	record.hook[0] ^= 0x40; /* another interface saw this direction first, just now */
	assert_int_equal(bpf_map_update_elem(map_fd("hr_flows"), &key, &record, BPF_EXIST), 0);
	frame_send(&f);
	assert_true(flow_find(&f, &record));
	assert_int_equal(record.packets[0], NEWCOMER_PACKETS);
	assert_int_equal(counter(COUNTER_pass_seen_elsewhere), 1);
	record.hook_tick[0] -= FLOW_SILENT_TICKS + 1; /* and fell silent */
	assert_int_equal(bpf_map_update_elem(map_fd("hr_flows"), &key, &record, BPF_EXIST), 0);
	frame_send(&f);
	assert_true(flow_find(&f, &record));
	assert_int_equal(record.packets[0], NEWCOMER_PACKETS + 1);
}

/* Whichever of our interfaces counts the flow: what comes in by another meets the operator's blocks all the same. */
static void a_block_holds_for_packets_of_flows_that_another_hook_counts(void **state)
{
	struct frame f = frame_udp(CLIENT, 6200, SERVER, 53, 10);
	struct flow record;
	int sender;
	struct flow_key key = frame_key(&f, &sender);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	for (int i = 0; i < NEWCOMER_PACKETS; i++)
		frame_send(&f);
	assert_true(flow_find(&f, &record));
	record.hook[0] ^= 0x40;
	assert_int_equal(bpf_map_update_elem(map_fd("hr_flows"), &key, &record, BPF_EXIST), 0);
	list_put(LIST_BLOCK, "10.0.0.0", 8, 0);
	assert_int_equal(frame_send(&f), XDP_DROP);
	assert_int_equal(frame_send(&f), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_blocked), 2);
	list_put(LIST_ALLOW, CLIENT, 32, 0);
	assert_int_equal(frame_send(&f), XDP_PASS);
	assert_int_equal(counter(COUNTER_pass_seen_elsewhere), 1);
	assert_true(flow_find(&f, &record));
	assert_int_equal(record.packets[0], NEWCOMER_PACKETS);
}

static __u64 outcomes_sum(void)
{
	__u64 sum = 0;

#define X(name, kind, doc)                                                                                             \
	if (COUNTER_KIND_##kind == COUNTER_KIND_OUTCOME)                                                               \
		sum += counter(COUNTER_##name);
	COUNTERS(X)
#undef X
	return sum;
}

static __u64 alerts_sum(__u8 dropped)
{
	struct alert_key key, *at = NULL;
	struct alert a;
	__u64 sum = 0;

	for (; !bpf_map_get_next_key(map_fd("hr_alerts"), at, &key); at = &key) {
		assert_int_equal(bpf_map_lookup_elem(map_fd("hr_alerts"), &key, &a), 0);
		sum += key.dropped == dropped ? a.packets : 0;
	}
	return sum;
}

/* With a rate of 5 events a second nearly all of a flood is aggregated; no drop may be missing from the books. */
static void told_and_aggregated_drops_are_all_drops(void **state)
{
	const int flood = 3000;
	struct settings s;
	int told;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	s = settings_read();
	s.event_rate = 5;
	settings_write(&s, false);
	model_enforce(model_stump(5, FEATURE_kind, 1, 1000, 0)); /* condemns what is not TCP */
	for (int i = 0; i < flood; i++) {
		struct frame f = frame_udp("10.1.1.1", 1000 + i, i % 2 ? SERVER : "10.0.0.3", 53, 10);

		assert_int_equal(frame_send(&f), XDP_DROP);
	}
	told = ring_drain("hr_events", NULL, 0);
	assert_in_range(told, 5, flood / 10);
	assert_int_equal(told + alerts_sum(1) + counter(COUNTER_lost_events), flood);
	assert_int_equal(counter(COUNTER_drop_source), flood);
	assert_int_equal(outcomes_sum(), flood);
}

/* A flow that is suspicious and no more has a budget of its own: by the hour, and apart from what is to be dropped. */
static void what_is_only_suspicious_is_told_by_the_hour(void **state)
{
	struct settings s;
	struct event e;

	(void)state;
	NEEDS_ROOT();
	s = settings_read();
	s.event_rate = 1000000;
	s.suspicious_rate = 3;
	settings_write(&s, false);
	model_enforce(model_stump(5, FEATURE_kind, 1, 150, 1000)); /* between log and drop what is not TCP, else condemned */
	for (int i = 0; i < 20; i++) {
		struct frame f = frame_udp("10.1.1.1", 1000 + i, SERVER, 53, 10);

		assert_int_equal(frame_send(&f), XDP_PASS);
	}
	assert_int_equal(ring_drain("hr_events", &e, sizeof(e)), 3);
	assert_int_equal(e.verdict, VERDICT_LOG);
	assert_int_equal(e.reason, REASON_NONE);
	assert_int_equal(alerts_sum(0), 17);
	for (int i = 0; i < 20; i++) {
		struct frame f = from_client(2000 + i, TCP_SYN, 100, 0, 0);

		assert_int_equal(frame_send(&f), XDP_PASS); /* in monitor mode */
	}
	assert_int_equal(ring_drain("hr_events", &e, sizeof(e)), 20);
	assert_true(e.would_drop);
}

static void a_full_ring_is_counted_and_loses_no_packet(void **state)
{
	struct settings s;
	int flows = 8000, told; /* more than 1 MiB of events */

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	s = settings_read();
	s.event_rate = 1000000;
	settings_write(&s, false);
	model_enforce(model_stump(5, FEATURE_kind, 1, 1000, 0));
	for (int i = 0; i < flows; i++) {
		struct frame f = frame_udp("10.1.1.2", 1000 + i, SERVER, 53, 10);

		frame_send(&f);
	}
	told = ring_drain("hr_events", NULL, 0);
	assert_true(counter(COUNTER_lost_events) > 0);
	assert_int_equal(told + alerts_sum(1) + counter(COUNTER_lost_events), flows);
}

static void what_a_network_needs_to_live_is_never_dropped(void **state)
{
	struct frame quoted = frame_udp(SERVER, 1, CLIENT, 2, 10), frames[] = {
		frame_udp(CLIENT, 68, "255.255.255.255", 67, 250),
		frame_icmp_error(CLIENT, SERVER, ICMP4_UNREACHABLE, 4, &quoted),
		frame_icmp_error(CLIENT, SERVER, ICMP4_TIME_EXCEEDED, 0, &quoted),
	};
	struct frame arp, discovery;
	struct icmp_start solicit = { .type = 135 };

	(void)state;
	NEEDS_ROOT();
	frame_start(&arp, ETH_P_ARP);
	frame_put(&arp, NULL, 28);
	frame_start(&discovery, ETH_P_IPV6);
	frame_put_ipv6(&discovery, "fe80::1", "ff02::1:ff00:2", IPPROTO_ICMPV6, 24);
	frame_put(&discovery, &solicit, sizeof(solicit));
	frame_put(&discovery, NULL, 16);
	discovery = frame_with_hops(discovery, 255);
	mode_set(MODE_ENFORCE);
	model_enforce(model_stump(5, FEATURE_fpk, 0, 0, 1000)); /* condemns everybody */
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
		assert_int_equal(frame_send(&frames[i]), XDP_PASS);
	assert_int_equal(frame_send(&arp), XDP_PASS);
	assert_int_equal(frame_send(&discovery), XDP_PASS);
	assert_int_equal(counter(COUNTER_pass_exempt), 2);
	assert_int_equal(counter(COUNTER_pass_not_ip), 1);
	assert_int_equal(counter(COUNTER_pass_icmp_error), 2);
}

/* A flow of two packets that the kernel's own model lets pass, under engine user: what condemns it is the agent's word. */
static struct agent_verdict agents_verdict_of(struct frame f, struct settings *s)
{
	struct agent_verdict v = { .model_id = 3, .score = 900, .verdict = VERDICT_DROP };
	struct flow record;

	mode_set(MODE_ENFORCE);
	model_enforce(model_stump(3, FEATURE_fpk, 1000, 0, 1000));
	*s = settings_read();
	s->engine = ENGINE_USER;
	settings_write(s, true);
	send_many(f, 2);
	assert_true(flow_find(&f, &record));
	v.first_ns = record.first_ns;
	return v;
}

static void agents_verdict_put(const struct frame *f, const struct agent_verdict *v, struct settings *s)
{
	int sender;
	struct flow_key key = frame_key(f, &sender);

	assert_int_equal(bpf_map_update_elem(map_fd("hr_verdicts"), &key, v, BPF_ANY), 0);
	settings_write(s, false);
}

static void an_agents_verdict_condemns_the_flow_it_names_and_no_later_one(void **state)
{
	struct frame f = from_client(7000, TCP_ACK, 1, 1, 10);
	struct agent_verdict v;
	struct settings s;

	(void)state;
	NEEDS_ROOT();
	v = agents_verdict_of(f, &s);
	v.first_ns--; /* another flow of the same key */
	agents_verdict_put(&f, &v, &s);
	assert_int_equal(frame_send(&f), XDP_PASS);
	v.first_ns++;
	agents_verdict_put(&f, &v, &s);
	assert_int_equal(frame_send(&f), XDP_DROP);
	assert_int_equal(frame_send(&f), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_agent), 1);
	assert_int_equal(counter(COUNTER_drop_condemned), 1);
}

static void an_agents_verdict_spares_the_packet_of_a_guarded_responder(void **state)
{
	struct frame there = from_client(7001, TCP_ACK, 1, 1, 10), back = from_server(7001, TCP_ACK, 1, 1, 10);
	struct agent_verdict v;
	struct settings s;

	(void)state;
	NEEDS_ROOT();
	list_put(LIST_GUARD, "10.0.0.2", 32, 0);
	v = agents_verdict_of(there, &s);
	agents_verdict_put(&there, &v, &s);
	assert_int_equal(frame_send(&back), XDP_PASS);
	assert_int_equal(counter(COUNTER_drop_agent), 0);
	assert_int_equal(frame_send(&there), XDP_DROP); /* the verdict was taken all the same */
	assert_int_equal(counter(COUNTER_drop_condemned), 1);
}

/* What the agent thought while too little was seen is void when the warm-up is over. */
static void an_agents_verdict_of_the_warm_up_ends_with_it(void **state)
{
	struct frame there = from_client(7002, TCP_ACK, 1, 1, 10);
	struct agent_verdict v;
	struct settings s;

	(void)state;
	NEEDS_ROOT();
	v = agents_verdict_of(there, &s); /* with no warm-up under way */
	v.early = 1;
	agents_verdict_put(&there, &v, &s);
	assert_int_equal(frame_send(&there), XDP_PASS);
	v.early = 0;
	agents_verdict_put(&there, &v, &s);
	assert_int_equal(frame_send(&there), XDP_DROP);
}

#define TEST(name) cmocka_unit_test_setup(name, datapath_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_directions_are_one_flow_counted_exactly),
		TEST(a_handshake_gives_the_source_a_record_and_a_lone_syn_does_not),
		TEST(the_second_flow_gives_a_source_its_record_with_both_counted),
		TEST(an_icmp_error_refuses_the_flow_that_it_quotes),
		TEST(monitor_mode_passes_what_enforce_mode_drops),
		TEST(checkpoints_are_where_the_mask_says),
		TEST(a_checkpoint_without_a_verdict_is_counted),
		TEST(a_condemnation_dies_with_its_model_and_with_enforce_mode),
		TEST(a_condemnation_ends_after_its_time),
		TEST(evidence_about_the_destination_drops_a_first_packet_and_lets_the_retry_pass),
		TEST(our_own_drops_are_no_evidence_against_a_source),
		TEST(a_burst_that_is_no_crowd_costs_nobody_a_first_packet),
		TEST(a_new_syn_on_a_closed_record_is_a_new_flow_and_the_old_one_is_told),
		TEST(hosts_learn_bytes_at_checkpoints_and_where_a_flow_ends),
		TEST(bytes_of_long_ago_are_not_told),
		TEST(hosts_learn_nothing_where_more_was_told_than_counted),
		TEST(the_time_of_a_packet_is_that_of_the_tick),
		TEST(a_silent_record_begins_anew),
		TEST(a_packet_that_another_hook_counted_is_not_counted_again),
		TEST(a_block_holds_for_packets_of_flows_that_another_hook_counts),
		TEST(told_and_aggregated_drops_are_all_drops),
		TEST(what_is_only_suspicious_is_told_by_the_hour),
		TEST(a_full_ring_is_counted_and_loses_no_packet),
		TEST(what_a_network_needs_to_live_is_never_dropped),
		TEST(an_agents_verdict_condemns_the_flow_it_names_and_no_later_one),
		TEST(an_agents_verdict_spares_the_packet_of_a_guarded_responder),
		TEST(an_agents_verdict_of_the_warm_up_ends_with_it),
	};

	return cmocka_run_group_tests_name("datapath", tests, datapath_load, datapath_unload);
}
