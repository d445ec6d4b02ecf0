// SPDX-License-Identifier: BSD-2-Clause
/* The egress companion on the tables of the XDP program: answers, bundles, outbound flows. */
#include "egress_fixture.h"
#include "tests/kernel/push_vlan.skel.h"
#include "wrapped_packets.h"

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

/* As a VLAN device on the interface sends it: `outer` 0 for a single tag. */
static void frame_leave_tagged(const struct frame *f, __u32 inner, __u32 outer)
{
	struct push_vlan_bpf *push = push_vlan_bpf__open_and_load();
	int egress_fd = bpf_program__fd(egress->progs.hedgerow_egress);
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = f->data, .data_size_in = f->len);
	__u32 zero = 0;

	assert_non_null(push);
	push->bss->push_tags[0] = inner;
	push->bss->push_tags[1] = outer;
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(push->maps.push_then), &zero, &egress_fd, BPF_ANY), 0);
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(push->progs.push_vlan), &run), 0);
	assert_int_equal((int)run.retval, -1);
	assert_int_equal(push->bss->push_in_metadata, 1);
	push_vlan_bpf__destroy(push);
}

static void the_tag_of_what_leaves_is_taken_from_the_packets_metadata(void **state)
{
	struct frame query = frame_udp("10.0.0.1", 999, "10.0.0.2", 53, 30), tagged = frame_tagged(12, &query);
	struct frame twice = frame_tagged(7, &tagged), answer = frame_udp("10.0.0.2", 53, "10.0.0.1", 999, 80);
	const struct frame *queries[] = { &query, &tagged, &twice };
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	for (int i = 0; i < 3; i++)
		frame_send(queries[i]);
	frame_leave_tagged(&answer, 12 | 5 << 13, 0); /* with a priority, which is no part of the id */
	for (int i = 0; i < 3; i++) {
		assert_true(flow_find(queries[i], &f));
		assert_int_equal(f.packets[1], i == 1);
	}
	frame_leave_tagged(&answer, 12, 7);
	assert_true(flow_find(&twice, &f));
	assert_int_equal(f.events, FLOW_ANSWERED);
	assert_int_equal(f.packets[1], 1);
	assert_int_equal(f.bytes[1], 108);
	assert_true(flow_find(&tagged, &f));
	assert_int_equal(f.packets[1], 1);
	assert_int_equal(f.bytes[1], 108);
	assert_int_equal(counter(COUNTER_flows_begun), 3);
}

#define TEST(name) cmocka_unit_test_setup(name, datapath_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_that_leaves_marks_the_flow_answered),
		TEST(a_handshake_over_both_hooks_is_seen_whole),
		TEST(an_icmp_error_that_leaves_refuses_the_quoted_flow),
		TEST(a_bundle_counts_as_the_packets_on_the_wire),
		TEST(the_tag_of_what_leaves_is_taken_from_the_packets_metadata),
		TEST(a_flow_that_leaves_first_has_its_initiator_here),
		TEST(a_checkpoint_reached_while_leaving_is_scored_when_entering),
	};

	return cmocka_run_group_tests_name("egress", tests, both_load, both_unload);
}
