// SPDX-License-Identifier: BSD-2-Clause
/* The egress companion on the tables of the XDP program: answers, bundles, outbound flows. */
#include "egress_fixture.h"

static void an_answer_that_leaves_marks_the_flow_answered(void **state)
{
	struct frame query = frame_udp("10.0.0.1", 999, "10.0.0.2", 53, 30);
	struct frame answer = frame_udp("10.0.0.2", 53, "10.0.0.1", 999, 80);
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	frame_send(&query);
	frame_leave(&answer);
	assert_true(flow_find(&query, &f));
	assert_int_equal(f.events, FLOW_ANSWERED);
	assert_int_equal(f.packets[1], 1);
	assert_int_equal(f.bytes[1], 108);
	assert_int_equal(counter(COUNTER_egress_packets), 1);
}

static void a_handshake_over_both_hooks_is_seen_whole(void **state)
{
	struct frame syn = frame_tcp("10.0.0.1", 999, "10.0.0.2", 80, TCP_SYN, 10, 0, 0);
	struct frame answer = frame_tcp("10.0.0.2", 80, "10.0.0.1", 999, TCP_SYN | TCP_ACK, 70, 11, 0);
	struct frame ack = frame_tcp("10.0.0.1", 999, "10.0.0.2", 80, TCP_ACK, 11, 71, 0);
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	frame_send(&syn);
	frame_leave(&answer);
	assert_true(flow_find(&syn, &f));
	assert_int_equal(f.state, FLOW_STATE_SYN_ACK);
	frame_send(&ack);
	assert_true(flow_find(&syn, &f));
	assert_int_equal(f.state, FLOW_STATE_ESTABLISHED);
	assert_int_equal(f.events, FLOW_ANSWERED | FLOW_HANDSHAKE);
}

static void an_icmp_error_that_leaves_refuses_the_quoted_flow(void **state)
{
	struct frame query = frame_udp("10.0.0.1", 999, "10.0.0.2", 9, 30);
	struct frame refusal = frame_icmp_error("10.0.0.2", "10.0.0.1", ICMP4_UNREACHABLE, 3, &query);
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	frame_send(&query);
	frame_leave(&refusal);
	assert_true(flow_find(&query, &f));
	assert_int_equal(f.events, FLOW_REJECTED);
}

static void a_bundle_counts_as_the_packets_on_the_wire(void **state)
{
	struct frame request = frame_tcp("10.0.0.1", 999, "10.0.0.2", 80, TCP_ACK, 10, 1, 10);
	struct frame bundle = frame_tcp("10.0.0.2", 80, "10.0.0.1", 999, TCP_ACK, 1, 20, 1400);
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	frame_send(&request);
	/* 1,400 bytes of payload in two packets: 54 bytes of headers twice */
	frame_leave_as(&bundle, 2, 1400 + 2 * 54);
	assert_true(flow_find(&request, &f));
	assert_int_equal(f.packets[1], 2);
	assert_int_equal(f.bytes[1], 1400 + 2 * 40);
}

static void a_flow_that_leaves_first_has_its_initiator_here(void **state)
{
	struct frame out = frame_tcp("10.0.0.2", 4444, "10.0.0.9", 443, TCP_SYN, 10, 0, 0);
	struct frame in = frame_tcp("10.0.0.9", 443, "10.0.0.2", 4444, TCP_SYN | TCP_ACK, 50, 11, 0);
	struct flow f;
	int sender;

	(void)state;
	NEEDS_ROOT();
	frame_leave(&out);
	frame_send(&in);
	assert_true(flow_find(&out, &f));
	frame_key(&out, &sender);
	assert_int_equal(f.initiator, sender);
	assert_int_equal(f.packets[0], 1);
	assert_int_equal(f.packets[1], 1);
	assert_int_equal(f.kind, FLOW_KIND_SYN);
	assert_int_equal(f.events, FLOW_ANSWERED);
}

/* A checkpoint that a leaving packet reaches is scored at the next one that enters: only there a verdict can act. */
static void a_checkpoint_reached_while_leaving_is_scored_when_entering(void **state)
{
	struct frame query = frame_udp("10.0.0.1", 999, "10.0.0.2", 53, 30);
	struct frame answer = frame_udp("10.0.0.2", 53, "10.0.0.1", 999, 80);
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	model_enforce(model_stump(7, FEATURE_fpk, 2, 0, 1000));
	assert_int_equal(frame_send(&query), XDP_PASS); /* packet 1 */
	frame_leave(&answer);				/* packet 2: due, not scored */
	assert_true(flow_find(&query, &f));
	assert_int_equal(f.scored_at, 1);
	assert_int_equal(frame_send(&query), XDP_DROP); /* packet 3 */
	assert_true(flow_find(&query, &f));
	assert_int_equal(f.scored_at, 3);
}

#define TEST(name) cmocka_unit_test_setup(name, datapath_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_that_leaves_marks_the_flow_answered),
		TEST(a_handshake_over_both_hooks_is_seen_whole),
		TEST(an_icmp_error_that_leaves_refuses_the_quoted_flow),
		TEST(a_bundle_counts_as_the_packets_on_the_wire),
		TEST(a_flow_that_leaves_first_has_its_initiator_here),
		TEST(a_checkpoint_reached_while_leaving_is_scored_when_entering),
	};

	return cmocka_run_group_tests_name("egress", tests, both_load, both_unload);
}
