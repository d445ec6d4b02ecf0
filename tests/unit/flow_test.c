// SPDX-License-Identifier: BSD-2-Clause
/* The life of a flow, what its hosts remember, and what a score earns: the shared headers on the host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "feature_names.h"
#include "packets.h"
#include "settings.h"

static struct packet tcp(__u8 flags, __u32 seq, __u32 ack)
{
	return (struct packet){ .l4_proto = IPPROTO_TCP, .tcp_flags = flags, .tcp_seq = seq, .tcp_ack = ack,
				.l3_len = 40 };
}

static struct flow begun(__u8 flags, __u32 seq)
{
	struct packet first = tcp(flags, seq, 0);
	struct flow f = { 0 };
	__u32 events;

	flow_begin(&f, &first, 0, 1000);
	assert_int_equal(flow_add(&f, &first, 0, 1, 40, 1000, &events), 1);
	return f;
}

static __u32 add(struct flow *f, struct packet pkt, int direction)
{
	__u32 events;

	flow_add(f, &pkt, direction, 1, pkt.l3_len, 2000, &events);
	return flow_events_claim(f, events & ~FLOW_CLOSING);
}

/* True when the packet is its sender's first FIN or RST. */
static int packet_closes(struct flow *f, struct packet pkt, int direction)
{
	__u32 events;

	flow_add(f, &pkt, direction, 1, pkt.l3_len, 2000, &events);
	assert_int_equal(f->events & FLOW_CLOSING, 0);
	return !!(events & FLOW_CLOSING);
}

static void each_side_closes_once_by_a_fin_and_once_by_a_reset(void **state)
{
	struct flow f = begun(TCP_SYN, 10);

	(void)state;
	assert_false(packet_closes(&f, tcp(TCP_SYN | TCP_ACK, 700, 11), 1));
	assert_false(packet_closes(&f, tcp(TCP_ACK, 11, 701), 0));
	assert_true(packet_closes(&f, tcp(TCP_FIN | TCP_ACK, 11, 701), 0));
	assert_false(packet_closes(&f, tcp(TCP_FIN | TCP_ACK | TCP_PSH, 11, 701), 0)); /* the same again, with another flag */
	assert_false(packet_closes(&f, tcp(TCP_ACK | TCP_PSH | TCP_URG, 701, 12), 1));
	assert_true(packet_closes(&f, tcp(TCP_FIN | TCP_ACK, 701, 12), 1));
	assert_true(packet_closes(&f, tcp(TCP_RST, 12, 0), 0));
	assert_false(packet_closes(&f, tcp(TCP_RST, 12, 0), 0));
}

static void a_handshake_needs_the_right_acknowledgement(void **state)
{
	struct flow f = begun(TCP_SYN, 0xffffffff); /* the next number wraps to 0 */

	(void)state;
	assert_int_equal(add(&f, tcp(TCP_SYN | TCP_ACK, 700, 0), 1), FLOW_ANSWERED);
	assert_int_equal(f.state, FLOW_STATE_SYN_ACK);
	assert_int_equal(add(&f, tcp(TCP_ACK, 0, 99), 0), 0); /* acknowledges what nobody sent */
	assert_int_equal(add(&f, tcp(TCP_ACK, 70000, 701), 0), 0); /* a window too far */
	assert_int_equal(f.state, FLOW_STATE_SYN_ACK);
	assert_int_equal(add(&f, tcp(TCP_ACK, 0, 701), 0), FLOW_HANDSHAKE);
	assert_int_equal(add(&f, tcp(TCP_ACK, 1, 701), 0), 0); /* once only */
	assert_int_equal(f.state, FLOW_STATE_ESTABLISHED);
	add(&f, tcp(TCP_FIN | TCP_ACK, 1, 701), 1);
	assert_int_equal(f.state, FLOW_STATE_FIN);
}

static void a_handshake_shows_without_the_answers_too(void **state)
{
	struct flow f = begun(TCP_SYN, 10);

	(void)state;
	assert_int_equal(add(&f, tcp(TCP_ACK, 11, 1), 0), FLOW_HANDSHAKE);
	assert_int_equal(f.state, FLOW_STATE_ESTABLISHED);
}

static void a_retransmitted_syn_is_no_handshake(void **state)
{
	struct flow f = begun(TCP_SYN, 10);

	(void)state;
	assert_int_equal(add(&f, tcp(TCP_SYN, 10, 0), 0), 0);
	assert_int_equal(f.state, FLOW_STATE_SYN);
}

static void a_reset_as_first_answer_is_a_refusal_and_a_later_one_is_not(void **state)
{
	struct flow refused = begun(TCP_SYN, 10), served = begun(TCP_SYN, 10);

	(void)state;
	assert_int_equal(add(&refused, tcp(TCP_RST | TCP_ACK, 0, 11), 1), FLOW_ANSWERED | FLOW_REJECTED);
	assert_int_equal(refused.state, FLOW_STATE_RST);
	add(&served, tcp(TCP_SYN | TCP_ACK, 700, 11), 1);
	assert_int_equal(add(&served, tcp(TCP_RST, 701, 0), 1), 0);
}

static void a_reset_that_acknowledges_the_answer_completes_the_handshake(void **state)
{
	struct flow check = begun(TCP_SYN, 10), scan = check, guess = check, stray = check, one_way = check;
	struct packet syn_ack = tcp(TCP_SYN | TCP_ACK, 700, 11);

	(void)state;
	add(&check, syn_ack, 1);
	assert_int_equal(add(&check, tcp(TCP_RST | TCP_ACK, 11, 701), 0), FLOW_HANDSHAKE);
	assert_int_equal(check.state, FLOW_STATE_RST);
	assert_int_equal(add(&check, tcp(TCP_RST | TCP_ACK, 11, 701), 0), 0);
	add(&scan, syn_ack, 1);
	assert_int_equal(add(&scan, tcp(TCP_RST, 11, 0), 0), 0); /* who does not know of the SYN says so */
	add(&guess, syn_ack, 1);
	assert_int_equal(add(&guess, tcp(TCP_RST | TCP_ACK, 11, 90000), 0), 0);
	add(&stray, syn_ack, 1);
	assert_int_equal(add(&stray, tcp(TCP_RST | TCP_ACK, 11, 701), 1), 0); /* the server's own */
	assert_int_equal(add(&one_way, tcp(TCP_RST | TCP_ACK, 11, 701), 0), FLOW_HANDSHAKE);
}

static void the_first_packet_tells_the_kind(void **state)
{
	struct packet udp = { .l4_proto = IPPROTO_UDP }, syn = tcp(TCP_SYN, 0, 0), ack = tcp(TCP_ACK | TCP_PSH, 0, 0);
	struct packet syn_ack = tcp(TCP_SYN | TCP_ACK, 0, 0), rst = tcp(TCP_RST | TCP_ACK, 0, 0), fin = tcp(TCP_FIN, 0, 0);
	struct packet fin_ack = tcp(TCP_FIN | TCP_ACK, 0, 0), null = tcp(0, 0, 0), xmas = tcp(TCP_FIN | TCP_PSH | TCP_URG, 0, 0);

	(void)state;
	assert_int_equal(flow_kind_from_packet(&udp), FLOW_KIND_NOT_TCP);
	assert_int_equal(flow_kind_from_packet(&syn), FLOW_KIND_SYN);
	assert_int_equal(flow_kind_from_packet(&syn_ack), FLOW_KIND_SYN_ACK);
	assert_int_equal(flow_kind_from_packet(&rst), FLOW_KIND_RST);
	assert_int_equal(flow_kind_from_packet(&ack), FLOW_KIND_ACK);
	assert_int_equal(flow_kind_from_packet(&fin_ack), FLOW_KIND_FIN_ACK);
	assert_int_equal(flow_kind_from_packet(&fin), FLOW_KIND_STRAY);
	assert_int_equal(flow_kind_from_packet(&null), FLOW_KIND_STRAY);
	assert_int_equal(flow_kind_from_packet(&xmas), FLOW_KIND_STRAY);
}

static void time_outs_go_by_what_the_flow_is(void **state)
{
	struct settings s = { 0 };
	struct flow opening = begun(TCP_SYN, 1), open = begun(TCP_SYN, 1), closed = begun(TCP_SYN, 1);

	(void)state;
	settings_defaults(&s);
	open.state = FLOW_STATE_ESTABLISHED;
	closed.state = FLOW_STATE_FIN;
	assert_int_equal(timeout_of_flow(&opening, IPPROTO_TCP), TIMEOUT_TCP_OPENING);
	assert_int_equal(timeout_of_flow(&open, IPPROTO_TCP), TIMEOUT_TCP);
	assert_int_equal(timeout_of_flow(&closed, IPPROTO_TCP), TIMEOUT_TCP_CLOSED);
	assert_int_equal(timeout_of_flow(&open, IPPROTO_UDP), TIMEOUT_UDP);
	assert_int_equal(timeout_of_flow(&open, IPPROTO_ICMPV6), TIMEOUT_ICMP);
	assert_int_equal(timeout_of_flow(&open, IPPROTO_GRE), TIMEOUT_OTHER);
	assert_true(flow_has_ended(&s, &closed, IPPROTO_TCP, closed.last_ns + 5 * SECOND_NS));
	assert_false(flow_has_ended(&s, &open, IPPROTO_TCP, open.last_ns + 299 * SECOND_NS));
	assert_false(flow_has_ended(&s, &open, IPPROTO_TCP, open.last_ns - 1)); /* another CPU's clock read earlier */
}

static void checkpoints_follow_the_mask(void **state)
{
	struct settings s = { .checkpoints = 1u << 0 | 1u << 2 | 1u << 10 };

	(void)state;
	assert_int_equal(settings_next_checkpoint(&s, 0, 0), 0);
	assert_int_equal(settings_next_checkpoint(&s, 0, 1), 2);
	assert_int_equal(settings_next_checkpoint(&s, 2, 4), 10);
	assert_int_equal(settings_next_checkpoint(&s, 2, 2000), CHECKPOINT_NONE); /* overtaken while leaving */
	s.checkpoints = 1u << 3;
	assert_int_equal(settings_next_checkpoint(&s, 0, 0), 3);
}

static void host_windows_forget_after_two_epochs(void **state)
{
	const __u64 epoch_ns = 1ull << 32;
	const __be32 peer[4] = { 0, 0, 0, 1 };
	struct host_window sum = { 0 };
	struct host h = { 0 };

	(void)state;
	host_add_start(&h, HOST_START_SYN, peer, 80, 0, 10 * epoch_ns);
	host_add_start(&h, HOST_START_SYN, peer, 80, 0, 11 * epoch_ns);
	host_window_sum(&sum, &h, HOST_SHORT, 11 * epoch_ns + 5);
	assert_int_equal(sum.flows, 2);
	assert_int_equal(__builtin_popcountll(sum.peers), 1);
	sum = (struct host_window){ 0 };
	host_window_sum(&sum, &h, HOST_SHORT, 12 * epoch_ns);
	assert_int_equal(sum.flows, 1);
	sum = (struct host_window){ 0 };
	host_window_sum(&sum, &h, HOST_SHORT, 13 * epoch_ns);
	assert_int_equal(sum.flows, 0);
	host_window_sum(&sum, &h, HOST_LONG, 13 * epoch_ns);
	assert_int_equal(sum.flows, 2);
	host_add_start(&h, 0, peer, 80, 0, 30 * epoch_ns); /* its slot is emptied first */
	sum = (struct host_window){ 0 };
	host_window_sum(&sum, &h, HOST_SHORT, 30 * epoch_ns);
	assert_int_equal(sum.flows, 1);
	assert_int_equal(sum.syns, 0);
}

static void a_sighting_ages_out_with_the_long_horizon(void **state)
{
	const __u64 epoch_ns = 1ull << 32;
	struct host_sighting s = { .tag = 5, .epoch = host_epoch(HOST_SHORT, 100 * epoch_ns) };

	(void)state;
	assert_true(host_is_sighted(&s, 5, 100 * epoch_ns));
	assert_true(host_is_sighted(&s, 5, 111 * epoch_ns));
	assert_false(host_is_sighted(&s, 6, 100 * epoch_ns));
	assert_false(host_is_sighted(&s, 5, 140 * epoch_ns));
}

static void features_leave_the_present_flow_out_and_saturate(void **state)
{
	struct host_view hosts = { 0 };
	struct features x = { 0 }, y;
	struct flow_key key = { .l4_proto = IPPROTO_TCP };
	struct flow f = begun(TCP_SYN, 1);

	(void)state;
	hosts.sum[HOST_SOURCE][HOST_LONG] = (struct host_window){ .flows = 3, .answered = 1, .syns = 3, .handshakes = 1 };
	hosts.sum[HOST_DEST][HOST_LONG] = (struct host_window){ .flows = 1u << 30 };
	features_from_flow(&x, &f, &key, &hosts, FEATURE_GROUPS_ALL);
	assert_int_equal(x.value[FEATURE_s_unans_long], 1);
	assert_int_equal(x.value[FEATURE_s_half_long], 1);
	assert_int_equal(x.value[FEATURE_s_unans_pm_long], 1000 / 4);
	assert_int_equal(x.value[FEATURE_d_unans_long], FEATURE_MAX);
	assert_int_equal(x.value[FEATURE_kind], FLOW_KIND_SYN);
	assert_int_equal(x.value[FEATURE_fpk], 1);
	features_without_dest(&y, &x);
	assert_int_equal(y.value[FEATURE_d_unans_long], 0);
	assert_int_equal(y.value[FEATURE_s_unans_long], 1);
}

/* The port is the destination's as well, but the flow's own: it is blanked to what a flow without ports has. */
static void a_vector_without_its_destination_is_that_of_an_unknown_one(void **state)
{
	static const enum feature_role roles[] = {
#define X(name, role, ...) FEATURE_ROLE_##role,
		FEATURES(X)
#undef X
	};
	const struct host_window busy = { .flows = 90, .syns = 80, .rejected = 7, .answered = 30, .handshakes = 20, .udp_flows = 9,
					  .udp_answered = 4, .bytes = { 5000, 90000 }, .peers = 0xffff, .ports = 0xff };
	struct host_view known = { 0 }, unknown;
	struct flow f = { .packets = { 3, 2 }, .bytes = { 900, 700 }, .kind = FLOW_KIND_SYN };
	struct flow_key key = { .l4_proto = IPPROTO_TCP, .port = { bpf_htons(40000), bpf_htons(443) } };
	struct features x = { 0 }, blanked, wanted = { 0 };
	int differ = 0;

	(void)state;
	for (int horizon = 0; horizon < HOST_HORIZONS; horizon++)
		known.sum[HOST_SOURCE][horizon] = known.sum[HOST_DEST][horizon] = busy;
	unknown = known;
	memset(unknown.sum[HOST_DEST], 0, sizeof(unknown.sum[HOST_DEST]));
	features_from_flow(&x, &f, &key, &known, FEATURE_GROUPS_ALL);
	features_from_flow(&wanted, &f, &key, &unknown, FEATURE_GROUPS_ALL);
	assert_int_equal(wanted.value[FEATURE_dport], 443);
	wanted.value[FEATURE_dport] = 0;
	features_without_dest(&blanked, &x);
	for (int id = 0; id < FEATURE_COUNT; id++) {
		assert_int_equal(blanked.value[id], wanted.value[id]);
		differ += x.value[id] != wanted.value[id];
		assert_int_equal(x.value[id] != wanted.value[id], roles[id] == FEATURE_ROLE_DEST);
	}
	assert_in_range(differ, 10, FEATURE_COUNT / 2);
}

/* A flow of 3 packets out and 2 back within 250.9 ms, to port 443. */
static struct features table_features(__u32 groups)
{
	struct host_view hosts = { 0 };
	struct flow_key key = { .l4_proto = IPPROTO_TCP, .port = { bpf_htons(443), bpf_htons(40000) } };
	struct flow f = { .initiator = 1, .first_ns = 5000000000, .last_ns = 5250900000, .packets = { 3, 2 },
			  .bytes = { 1000, 5001 }, .tcp_flags = { TCP_SYN | TCP_ACK | TCP_PSH, TCP_SYN | TCP_ACK | TCP_FIN } };
	struct features x = { 0 };

	hosts.sum[HOST_SOURCE][HOST_LONG].handshakes = 7;
	hosts.sum[HOST_DEST][HOST_LONG].handshakes = 9;
	features_from_flow(&x, &f, &key, &hosts, groups);
	return x;
}

static void the_features_of_public_tables_are_computed_in_integers(void **state)
{
	struct features x = table_features(FEATURE_GROUPS_ALL);

	(void)state;
	assert_int_equal(x.value[FEATURE_dport], 443);
	assert_int_equal(x.value[FEATURE_l4_proto], 6);
	assert_int_equal(x.value[FEATURE_bpk], 2);
	assert_int_equal(x.value[FEATURE_fby], 1000);
	assert_int_equal(x.value[FEATURE_bby], 5001);
	assert_int_equal(x.value[FEATURE_flen_mean], 333);
	assert_int_equal(x.value[FEATURE_blen_mean], 2500);
	assert_int_equal(x.value[FEATURE_fflags], 0x1a);
	assert_int_equal(x.value[FEATURE_bflags], 0x13);
	assert_int_equal(x.value[FEATURE_fin_seen] + x.value[FEATURE_syn_seen] + x.value[FEATURE_psh_seen], 3);
	assert_int_equal(x.value[FEATURE_rst_seen] + x.value[FEATURE_urg_seen], 0);
	assert_int_equal(x.value[FEATURE_dur_ms], 250);
	assert_int_equal(x.value[FEATURE_pps], 5 * 1000000 / 250900);
	assert_int_equal(x.value[FEATURE_byps], 6001 * 1000000ull / 250900);
	assert_int_equal(x.value[FEATURE_fpps], 3 * 1000000 / 250900);
	assert_int_equal(x.value[FEATURE_bpps], 2 * 1000000 / 250900);
	assert_int_equal(x.value[FEATURE_fbyps], 1000 * 1000000ull / 250900);
	assert_int_equal(x.value[FEATURE_bbyps], 5001 * 1000000ull / 250900);
	assert_int_equal(x.value[FEATURE_iat_us], 250900 / 4);
}

/* Nothing divides by zero, nothing wraps: the first packet, an ICMP echo, a flow of ages and exabytes. */
static void rates_and_means_have_no_edges(void **state)
{
	struct host_view hosts = { 0 };
	struct flow_key echo = { .l4_proto = IPPROTO_ICMP, .port = { 8, 8 } };
	struct flow first = { .first_ns = 77, .last_ns = 77, .packets = { 1 }, .bytes = { 60 } }, empty = { 0 };
	struct flow huge = { .last_ns = ~0ull, .packets = { ~0ull / 4, ~0ull / 4 }, .bytes = { ~0ull / 2, ~0ull / 2 } };
	struct features x = { 0 };

	(void)state;
	features_from_flow(&x, &empty, &echo, &hosts, FEATURE_GROUPS_ALL);
	assert_int_equal(x.value[FEATURE_flen_mean] + x.value[FEATURE_iat_us] + x.value[FEATURE_pps], 0);
	features_from_flow(&x, &first, &echo, &hosts, FEATURE_GROUPS_ALL);
	assert_int_equal(x.value[FEATURE_dport], 0);
	assert_int_equal(x.value[FEATURE_flen_mean], 60);
	assert_int_equal(x.value[FEATURE_dur_ms] + x.value[FEATURE_iat_us] + x.value[FEATURE_byps], 0);
	features_from_flow(&x, &huge, &echo, &hosts, FEATURE_GROUPS_ALL);
	assert_int_equal(x.value[FEATURE_dur_ms], FEATURE_MAX);
	assert_int_equal(x.value[FEATURE_fby], FEATURE_MAX);
	assert_in_range(x.value[FEATURE_fbyps], 499000000 / 1000, 500000000); /* 2^63 bytes in 2^64 ns: half a byte each */
	first.last_ns = 76; /* two clocks that differ */
	features_from_flow(&x, &first, &echo, &hosts, FEATURE_GROUPS_ALL);
	assert_int_equal(x.value[FEATURE_dur_ms] + x.value[FEATURE_pps], 0);
}

static void groups_that_are_not_asked_for_stay_zero(void **state)
{
	struct features whole = table_features(FEATURE_GROUPS_ALL);
	int differ = 0;

	(void)state;
	for (__u32 groups = 0; groups <= FEATURE_GROUPS_ALL; groups++) {
		struct features some = table_features(groups);

		for (int id = 0; id < FEATURE_COUNT; id++) {
			__u32 group = feature_group(id);

			assert_int_equal(some.value[id], !group || groups & group ? whole.value[id] : 0);
			differ += some.value[id] != whole.value[id];
		}
	}
	assert_true(differ > 100);
}

static void what_evidence_may_do(void **state)
{
	const struct policy p = { .log_at = 10, .drop_at = 20 };
	const struct {
		__s64 score, score_source;
		int source;
		enum stranger stranger;
		__u64 packets;
		enum verdict wanted;
		enum reason reason;
	} lines[] = {
		{ 9, 0, 1, STRANGER, 1, VERDICT_PASS, REASON_NONE },
		{ 10, 0, 1, STRANGER, 1, VERDICT_LOG, REASON_NONE },
		{ 19, 30, 1, STRANGER, 9, VERDICT_LOG, REASON_NONE },
		{ 20, 20, 1, STRANGER, 1, VERDICT_DROP, REASON_SOURCE },
		{ 20, 20, 1, STRANGER_NOT, 1, VERDICT_DROP, REASON_SOURCE },
		{ 20, 20, 0, STRANGER, 1, VERDICT_DROP_ONCE, REASON_DESTINATION }, /* no flow of its source came to nothing */
		{ 20, 20, 0, STRANGER_NOT, 64, VERDICT_LOG, REASON_DESTINATION },
		{ 20, 19, 1, STRANGER, 1, VERDICT_DROP_ONCE, REASON_DESTINATION },
		{ 20, 19, 1, STRANGER, 2, VERDICT_LOG, REASON_DESTINATION },
		{ 20, 19, 1, STRANGER, 3, VERDICT_LOG, REASON_DESTINATION },
		{ 20, 19, 1, STRANGER, 11, VERDICT_LOG, REASON_DESTINATION }, /* the last SYN of a client that nobody answers */
		{ 20, 19, 1, STRANGER, 16, VERDICT_DROP, REASON_DESTINATION },
		{ 20, 19, 1, STRANGER_NOT, 1, VERDICT_LOG, REASON_DESTINATION }, /* known: nothing of it is dropped */
		{ 20, 19, 1, STRANGER_NOT, 16, VERDICT_LOG, REASON_DESTINATION },
		{ 20, 19, 1, STRANGER_ONCE, 1, VERDICT_DROP_ONCE, REASON_DESTINATION },
		{ 20, 19, 1, STRANGER_ONCE, 2, VERDICT_LOG, REASON_DESTINATION },
		{ 20, 19, 1, STRANGER_ONCE, 16, VERDICT_LOG, REASON_DESTINATION },
		{ 20, 19, 1, STRANGER_LATE, 1, VERDICT_LOG, REASON_DESTINATION },
		{ 20, 19, 1, STRANGER_LATE, 15, VERDICT_LOG, REASON_DESTINATION },
		{ 20, 19, 1, STRANGER_LATE, 16, VERDICT_DROP, REASON_DESTINATION },
		{ -5, 100, 1, STRANGER, 1, VERDICT_PASS, REASON_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		enum reason reason;

		assert_int_equal(verdict_from_scores(&p, lines[i].score, lines[i].score_source, lines[i].source,
						     lines[i].stranger, lines[i].packets, &reason),
				 lines[i].wanted);
		assert_int_equal(reason, lines[i].reason);
	}
}

/* Sockets lift the reserve, or hold us back; they condemn nothing that the model did not, and nothing about the source. */
static void what_sockets_make_of_a_verdict(void **state)
{
	const __u64 sure = VERDICT_PACKETS_SURE;
	const struct {
		enum verdict verdict;
		enum reason reason;
		__u32 events;
		__u64 packets;
		enum verdict wanted;
	} lines[] = {
		{ VERDICT_LOG, REASON_DESTINATION, FLOW_UNAWAITED, 1, VERDICT_DROP_ONCE },
		{ VERDICT_LOG, REASON_DESTINATION, FLOW_UNAWAITED, 2, VERDICT_LOG },
		{ VERDICT_LOG, REASON_DESTINATION, FLOW_UNAWAITED, sure - 1, VERDICT_LOG },
		{ VERDICT_LOG, REASON_DESTINATION, FLOW_UNAWAITED | FLOW_REJECTED, sure, VERDICT_DROP },
		{ VERDICT_DROP_ONCE, REASON_DESTINATION, FLOW_AWAITED, 1, VERDICT_LOG },
		{ VERDICT_DROP, REASON_DESTINATION, FLOW_AWAITED, sure, VERDICT_LOG },
		{ VERDICT_DROP_ONCE, REASON_DESTINATION, FLOW_ANSWERED, 1, VERDICT_DROP_ONCE }, /* nobody asked them */
		{ VERDICT_LOG, REASON_DESTINATION, 0, sure, VERDICT_LOG },
		{ VERDICT_PASS, REASON_NONE, FLOW_UNAWAITED, 1, VERDICT_PASS },
		{ VERDICT_LOG, REASON_NONE, FLOW_UNAWAITED, 1, VERDICT_LOG }, /* below the threshold, or only suspect */
		{ VERDICT_DROP, REASON_SOURCE, FLOW_AWAITED, 1, VERDICT_DROP },
		{ VERDICT_DROP, REASON_SOURCE, FLOW_UNAWAITED, 2, VERDICT_DROP },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(verdict_by_sockets(lines[i].verdict, lines[i].reason, lines[i].events, lines[i].packets),
				 lines[i].wanted);
}

/* A flow's first packet at a destination that a flood from invented addresses keeps from answering. */
static struct features flooded(__u32 kind, __u32 l4_class)
{
	return (struct features){ .value = {
		[FEATURE_kind] = kind, [FEATURE_l4_class] = l4_class, [FEATURE_d_peers_short] = VERDICT_CROWD_PEERS,
		[FEATURE_d_half_long] = VERDICT_PLIGHT_FLOWS, [FEATURE_d_half_pm_short] = 500,
		[FEATURE_d_unans_long] = VERDICT_PLIGHT_FLOWS } };
}

static void who_is_a_stranger(void **state)
{
	const struct policy p = { 0 };
	struct features syn = { .value = { [FEATURE_kind] = FLOW_KIND_SYN, [FEATURE_tstate] = FLOW_STATE_SYN,
					   [FEATURE_ans] = 1 } };
	struct features known = syn, open = syn;

	(void)state;
	assert_int_equal(features_show_stranger(&p, &syn), STRANGER_ONCE); /* a SYN-ACK went out: that proves nothing of who sent the SYN */
	known.value[FEATURE_s_hs_long] = 1;
	assert_int_equal(features_show_stranger(&p, &known), STRANGER_NOT);
	open.value[FEATURE_tstate] = FLOW_STATE_ESTABLISHED;
	assert_int_equal(features_show_stranger(&p, &open), STRANGER_NOT);
}

static void what_a_stranger_loses_goes_by_who_sends_again(void **state)
{
	const struct {
		__u32 kind, proto;
		enum stranger wanted, one_way, no_crowd;
	} lines[] = {
		{ FLOW_KIND_SYN, FEATURE_PROTO_TCP, STRANGER, STRANGER, STRANGER_LATE },
		{ FLOW_KIND_STRAY, FEATURE_PROTO_TCP, STRANGER, STRANGER, STRANGER }, /* of no connection */
		{ FLOW_KIND_SYN_ACK, FEATURE_PROTO_TCP, STRANGER_ONCE, STRANGER_NOT, STRANGER_NOT }, /* one way: we may have asked */
		{ FLOW_KIND_RST, FEATURE_PROTO_TCP, STRANGER_ONCE, STRANGER_NOT, STRANGER_ONCE },
		{ FLOW_KIND_ACK, FEATURE_PROTO_TCP, STRANGER_NOT, STRANGER_NOT, STRANGER_NOT }, /* it may have begun before we looked */
		{ FLOW_KIND_FIN_ACK, FEATURE_PROTO_TCP, STRANGER_NOT, STRANGER_NOT, STRANGER_NOT },
		{ FLOW_KIND_NOT_TCP, FEATURE_PROTO_TCP, STRANGER_NOT, STRANGER_NOT, STRANGER_NOT }, /* a later fragment */
		{ FLOW_KIND_NOT_TCP, FEATURE_PROTO_UDP, STRANGER_ONCE, STRANGER_NOT, STRANGER_NOT },
		{ FLOW_KIND_NOT_TCP, FEATURE_PROTO_ICMP, STRANGER_ONCE, STRANGER_NOT, STRANGER_NOT },
		{ FLOW_KIND_NOT_TCP, FEATURE_PROTO_OTHER, STRANGER_NOT, STRANGER_NOT, STRANGER_NOT },
	};
	const struct policy both = { 0 }, one_way = { .one_way = 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct features x = flooded(lines[i].kind, lines[i].proto);

		assert_int_equal(features_show_stranger(&both, &x), lines[i].wanted);
		assert_int_equal(features_show_stranger(&one_way, &x), lines[i].one_way);
		x.value[FEATURE_d_peers_short] = VERDICT_CROWD_PEERS - 1;
		assert_int_equal(features_show_stranger(&both, &x), lines[i].no_crowd);
	}
}

static void who_was_answered_by_udp_is_no_stranger(void **state)
{
	struct features query = flooded(FLOW_KIND_NOT_TCP, FEATURE_PROTO_UDP), answered = query, known = query;
	const struct policy p = { 0 };

	(void)state;
	assert_int_equal(features_show_stranger(&p, &query), STRANGER_ONCE);
	answered.value[FEATURE_ans] = 1;
	assert_int_equal(features_show_stranger(&p, &answered), STRANGER_NOT);
	known.value[FEATURE_s_bby_pm] = 1;
	assert_int_equal(features_show_stranger(&p, &known), STRANGER_NOT);
}

/* What a source's other flows came to shows in their share, also before anybody told its bytes. */
static void who_was_answered_in_another_flow_is_no_stranger(void **state)
{
	const struct policy p = { 0 };

	(void)state;
	for (__u32 silent = 0; silent < 900; silent++)
		for (__u32 answered = 0; answered < 3; answered++) {
			struct host_window w = { .flows = 1 + silent + answered, .answered = answered };
			struct features x = flooded(FLOW_KIND_NOT_TCP, FEATURE_PROTO_UDP);

			x.value[FEATURE_s_peers_long] = 1;
			x.value[FEATURE_s_unans_long] = feature_unanswered(&w, 1);
			x.value[FEATURE_s_unans_pm_long] = feature_unanswered_permille(&w, 1);
			assert_int_equal(x.value[FEATURE_s_unans_long], silent);
			assert_int_equal(features_show_stranger(&p, &x), silent && !answered ? STRANGER_ONCE : STRANGER_NOT);
		}
}

/* What a first SYN of a stranger may be dropped on, item by item. */
static void first_syns_are_dropped_in_a_flood_of_syns_alone(void **state)
{
	const struct {
		enum feature_id feature;
		__u32 value;
		enum stranger wanted;
	} lines[] = {
		{ FEATURE_d_peers_short, VERDICT_CROWD_PEERS - 1, STRANGER_LATE }, /* one proxy, one office */
		{ FEATURE_d_half_long, VERDICT_PLIGHT_FLOWS - 1, STRANGER_LATE },  /* handshakes under way */
		{ FEATURE_d_half_pm_short, 499, STRANGER_LATE },		    /* most are completed */
		{ FEATURE_d_unans_long, 0, STRANGER },				    /* SYN cookies answer a flood, too */
		{ FEATURE_s_rej_long, 1, STRANGER_LATE },			    /* was refused before, as by a service that restarts */
		{ FEATURE_s_half_long, 1, STRANGER },
	};
	const struct policy p = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct features x = flooded(FLOW_KIND_SYN, FEATURE_PROTO_TCP);

		x.value[lines[i].feature] = lines[i].value;
		assert_int_equal(features_show_stranger(&p, &x), lines[i].wanted);
	}
}

/* A flood at a closed port leaves nothing half-open but what we dropped of it. */
static void first_syns_are_dropped_where_a_crowd_is_refused(void **state)
{
	struct features x = flooded(FLOW_KIND_SYN, FEATURE_PROTO_TCP);
	const struct policy p = { 0 };

	(void)state;
	x.value[FEATURE_d_half_long] = x.value[FEATURE_d_half_pm_short] = x.value[FEATURE_d_unans_long] = 0;
	x.value[FEATURE_d_hs_long] = x.value[FEATURE_d_hs_short] = 8;
	x.value[FEATURE_d_rej_short] = 64;
	x.value[FEATURE_d_rej_long] = 63;
	assert_int_equal(features_show_stranger(&p, &x), STRANGER_LATE);
	x.value[FEATURE_d_rej_long] = 64;
	assert_int_equal(features_show_stranger(&p, &x), STRANGER);
	x.value[FEATURE_d_unans_long] = x.value[FEATURE_d_half_long] = 1000; /* our drops are no answers, and change nothing */
	assert_int_equal(features_show_stranger(&p, &x), STRANGER);
	x.value[FEATURE_d_half_long] = 0; /* refused were datagrams */
	assert_int_equal(features_show_stranger(&p, &x), STRANGER_LATE);
	x.value[FEATURE_d_unans_long] = 0;
	x.value[FEATURE_d_rej_short] = 63; /* that was a restart, and is over */
	assert_int_equal(features_show_stranger(&p, &x), STRANGER_LATE);
	x.value[FEATURE_d_rej_short] = 1000;
	x.value[FEATURE_d_hs_short] = 126; /* it is coming back */
	assert_int_equal(features_show_stranger(&p, &x), STRANGER_LATE);
	x.value[FEATURE_d_hs_short] = 8;
	assert_int_equal(features_show_stranger(&p, &x), STRANGER);
	x.value[FEATURE_d_hs_long] = 9; /* a service that is served beside it */
	assert_int_equal(features_show_stranger(&p, &x), STRANGER_LATE);
}

static void datagrams_of_strangers_are_dropped_where_a_crowd_goes_unanswered(void **state)
{
	struct features udp = flooded(FLOW_KIND_NOT_TCP, FEATURE_PROTO_UDP), ping = flooded(FLOW_KIND_NOT_TCP, FEATURE_PROTO_ICMP);
	const struct policy p = { 0 };

	(void)state;
	udp.value[FEATURE_d_unans_long] = ping.value[FEATURE_d_unans_long] = VERDICT_PLIGHT_FLOWS - 1;
	assert_int_equal(features_show_stranger(&p, &udp), STRANGER_NOT);
	assert_int_equal(features_show_stranger(&p, &ping), STRANGER_ONCE); /* a flood of pings is answered, as long as that goes */
}

/* Answered handshakes that are not completed yet: a proxy that has just begun, or a flood. */
static void handshakes_under_way_are_no_evidence_until_nobody_has_so_many(void **state)
{
	struct features x = { .value = { [FEATURE_kind] = FLOW_KIND_SYN, [FEATURE_s_peers_long] = 1, [FEATURE_s_ports_long] = 1,
					 [FEATURE_s_half_long] = VERDICT_UNDER_WAY - 1 } };
	const struct policy p = { .source_flows = 4 }, one_way = { .source_flows = 4, .one_way = 1 };

	(void)state;
	assert_false(features_show_source(&p, &x));
	x.value[FEATURE_s_half_long] = VERDICT_UNDER_WAY;
	assert_true(features_show_source(&p, &x));
	x.value[FEATURE_s_half_long] = x.value[FEATURE_s_unans_long] = 4; /* nobody answers */
	assert_true(features_show_source(&p, &x));
	assert_false(features_show_source(&one_way, &x)); /* which does not show there */
	x.value[FEATURE_s_unans_long] = 3;
	assert_false(features_show_source(&p, &x));
	x.value[FEATURE_s_half_long] = x.value[FEATURE_s_peers_long] = VERDICT_SCAN_PLACES; /* a sweep that is answered */
	assert_true(features_show_source(&p, &x));
	assert_true(features_show_source(&one_way, &x));
	x.value[FEATURE_s_peers_long] = VERDICT_SCAN_PLACES - 1;
	assert_false(features_show_source(&p, &x));
}

static void what_is_evidence_about_a_source(void **state)
{
	struct features x = { .value = { [FEATURE_s_unans_long] = 3, [FEATURE_fpk] = 1000 } };
	const struct policy p = { .source_flows = 4 };

	(void)state;
	assert_false(features_show_source(&p, &x));
	x.value[FEATURE_s_rej_long] = 4;
	assert_true(features_show_source(&p, &x));
	x.value[FEATURE_s_hs_long] = 4; /* it is somebody real, and most of what it began came to something */
	assert_true(features_show_source(&p, &x));
	x.value[FEATURE_s_hs_long] = 3;
	assert_false(features_show_source(&p, &x)); /* others may send in its name */
}

static void who_shares_a_destinations_plight_shows_nothing_of_himself(void **state)
{
	struct features x = { .value = { [FEATURE_kind] = FLOW_KIND_SYN, [FEATURE_s_unans_long] = 8, [FEATURE_s_half_long] = 8,
					 [FEATURE_d_unans_long] = 8, [FEATURE_d_half_long] = 63 } };
	const struct policy p = { .source_flows = 4 };

	(void)state;
	assert_true(features_show_source(&p, &x));
	x.value[FEATURE_d_half_long] = 64; /* half-open flows of the server, of which 8 are this source's */
	assert_false(features_show_source(&p, &x));
	x.value[FEATURE_s_unans_long] = 9;
	assert_true(features_show_source(&p, &x));
	x.value[FEATURE_d_unans_long] = 72;
	assert_false(features_show_source(&p, &x));
	x.value[FEATURE_s_ports_long] = 4; /* a scan stays one */
	assert_true(features_show_source(&p, &x));
	x.value[FEATURE_s_ports_long] = 3;
	assert_false(features_show_source(&p, &x));
	x.value[FEATURE_s_rej_long] = 10; /* of a service that is gone: it refuses him as it does others */
	assert_true(features_show_source(&p, &x));
	x.value[FEATURE_d_rej_long] = 80;
	assert_false(features_show_source(&p, &x));
	x.value[FEATURE_kind] = FLOW_KIND_NOT_TCP;
	assert_true(features_show_source(&p, &x));
}

static void unanswered_flows_are_no_evidence_against_one_that_is_older(void **state)
{
	struct features x = { .value = { [FEATURE_s_unans_long] = 100, [FEATURE_kind] = FLOW_KIND_ACK } };
	const struct policy p = { .source_flows = 4 };

	(void)state;
	assert_false(features_show_source(&p, &x));
	x.value[FEATURE_kind] = FLOW_KIND_SYN;
	assert_true(features_show_source(&p, &x));
	x.value[FEATURE_kind] = FLOW_KIND_ACK;
	x.value[FEATURE_s_half_long] = 4;
	assert_true(features_show_source(&p, &x));
	x.value[FEATURE_s_unans_long] = 0;
	assert_false(features_show_source(&p, &x)); /* all were answered */
}

static void unanswered_segments_at_many_places_are_a_scan(void **state)
{
	struct features x = { .value = { [FEATURE_s_unans_long] = 16, [FEATURE_kind] = FLOW_KIND_FIN_ACK,
					 [FEATURE_s_ports_long] = 15, [FEATURE_s_peers_long] = 15 } };
	const struct policy p = { .source_flows = 4 };

	(void)state;
	assert_false(features_show_source(&p, &x));
	x.value[FEATURE_s_ports_long] = 16;
	assert_true(features_show_source(&p, &x));
	x.value[FEATURE_s_unans_long] = 15;
	assert_false(features_show_source(&p, &x));
	x.value[FEATURE_s_unans_long] = 16;
	x.value[FEATURE_s_hs_long] = 16; /* a busy host whose connections we met again */
	assert_false(features_show_source(&p, &x));
	x.value[FEATURE_kind] = FLOW_KIND_STRAY; /* which has none */
	assert_true(features_show_source(&p, &x));
}

static void who_is_known_is_a_stranger_again_when_others_may_send_in_its_name(void **state)
{
	struct features x = flooded(FLOW_KIND_SYN, FEATURE_PROTO_TCP);
	const struct policy p = { 0 };

	(void)state;
	x.value[FEATURE_tstate] = FLOW_STATE_SYN;
	x.value[FEATURE_s_hs_long] = 2;
	x.value[FEATURE_s_half_long] = 3;
	assert_int_equal(features_show_stranger(&p, &x), STRANGER); /* its first SYN may be forged, the retry is not */
	x.value[FEATURE_d_peers_short] = 1;
	assert_int_equal(features_show_stranger(&p, &x), STRANGER_LATE);
	x.value[FEATURE_s_half_long] = VERDICT_PLIGHT_FLOWS;
	x.value[FEATURE_s_ports_long] = VERDICT_SCAN_PLACES; /* a scan that somebody answered now and then */
	assert_int_equal(features_show_stranger(&p, &x), STRANGER);
	x.value[FEATURE_s_ports_long] = VERDICT_SCAN_PLACES - 1;
	assert_int_equal(features_show_stranger(&p, &x), STRANGER_LATE);
	x.value[FEATURE_s_ports_long] = VERDICT_SCAN_PLACES;
	x.value[FEATURE_tstate] = FLOW_STATE_ESTABLISHED;
	assert_int_equal(features_show_stranger(&p, &x), STRANGER_NOT);
}

static void a_direction_belongs_to_one_hook_until_it_falls_silent(void **state)
{
	const __u64 tick_ns = 1ull << 28;
	struct flow f = { 0 };
	__u16 a = flow_hook(2, 0), b = flow_hook(3, 0);

	(void)state;
	assert_int_not_equal(a, flow_hook(2, 1));
	for (__u32 ifindex = 1; ifindex < 1u << 20; ifindex++) { /* who began the flow shows, whatever the interface */
		assert_int_equal(flow_hook(ifindex, 0) & 1, 0);
		assert_int_equal(flow_hook(ifindex, 1) & 1, 1);
		assert_int_not_equal(flow_hook(ifindex, 0), 0);
	}
	assert_false(flow_is_counted_elsewhere(&f, 0, a, 100 * tick_ns));
	assert_true(flow_is_counted_elsewhere(&f, 0, b, 100 * tick_ns));
	assert_false(flow_is_counted_elsewhere(&f, 1, b, 100 * tick_ns)); /* the other direction may enter there */
	assert_true(flow_is_counted_elsewhere(&f, 0, b, 99 * tick_ns)); /* whose clock is a tick behind */
	assert_true(flow_is_counted_elsewhere(&f, 0, b, 104 * tick_ns));
	assert_false(flow_is_counted_elsewhere(&f, 0, b, 105 * tick_ns));
	assert_true(flow_is_counted_elsewhere(&f, 0, a, 105 * tick_ns));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handshake_needs_the_right_acknowledgement),
		cmocka_unit_test(each_side_closes_once_by_a_fin_and_once_by_a_reset),
		cmocka_unit_test(a_handshake_shows_without_the_answers_too),
		cmocka_unit_test(a_retransmitted_syn_is_no_handshake),
		cmocka_unit_test(a_reset_as_first_answer_is_a_refusal_and_a_later_one_is_not),
		cmocka_unit_test(a_reset_that_acknowledges_the_answer_completes_the_handshake),
		cmocka_unit_test(the_first_packet_tells_the_kind),
		cmocka_unit_test(time_outs_go_by_what_the_flow_is),
		cmocka_unit_test(checkpoints_follow_the_mask),
		cmocka_unit_test(host_windows_forget_after_two_epochs),
		cmocka_unit_test(a_sighting_ages_out_with_the_long_horizon),
		cmocka_unit_test(features_leave_the_present_flow_out_and_saturate),
		cmocka_unit_test(a_vector_without_its_destination_is_that_of_an_unknown_one),
		cmocka_unit_test(the_features_of_public_tables_are_computed_in_integers),
		cmocka_unit_test(rates_and_means_have_no_edges),
		cmocka_unit_test(groups_that_are_not_asked_for_stay_zero),
		cmocka_unit_test(what_evidence_may_do),
		cmocka_unit_test(what_sockets_make_of_a_verdict),
		cmocka_unit_test(who_is_a_stranger),
		cmocka_unit_test(what_a_stranger_loses_goes_by_who_sends_again),
		cmocka_unit_test(who_was_answered_by_udp_is_no_stranger),
		cmocka_unit_test(who_was_answered_in_another_flow_is_no_stranger),
		cmocka_unit_test(first_syns_are_dropped_in_a_flood_of_syns_alone),
		cmocka_unit_test(first_syns_are_dropped_where_a_crowd_is_refused),
		cmocka_unit_test(datagrams_of_strangers_are_dropped_where_a_crowd_goes_unanswered),
		cmocka_unit_test(handshakes_under_way_are_no_evidence_until_nobody_has_so_many),
		cmocka_unit_test(what_is_evidence_about_a_source),
		cmocka_unit_test(who_shares_a_destinations_plight_shows_nothing_of_himself),
		cmocka_unit_test(unanswered_flows_are_no_evidence_against_one_that_is_older),
		cmocka_unit_test(unanswered_segments_at_many_places_are_a_scan),
		cmocka_unit_test(who_is_known_is_a_stranger_again_when_others_may_send_in_its_name),
		cmocka_unit_test(a_direction_belongs_to_one_hook_until_it_falls_silent),
	};

	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
