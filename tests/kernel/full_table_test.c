// SPDX-License-Identifier: BSD-2-Clause
/* A flow table that refuses a flow, and a ring without a place for one. */
#include "datapath_fixture.h"
#include "bpf/egress.skel.h"

static struct egress_bpf *egress;

/* The companion works on the maps of the other. */
static int companion_load(void)
{
	struct bpf_map *map;

	egress = egress_bpf__open();
	if (!egress)
		return -1;
	bpf_object__for_each_map(map, egress->obj) {
		bpf_map__set_pin_path(map, NULL);
		if (!strncmp(bpf_map__name(map), "hr_", 3))
			bpf_map__reuse_fd(map, map_fd(bpf_map__name(map)));
	}
	return egress_bpf__load(egress);
}

/* An LRU makes room where it can; a plain hash of one place is full when it is full. */
static int one_place_load(void **state)
{
	struct bpf_map *map;

	(void)state;
	if (geteuid()) {
		print_message("skip: needs root\n");
		return 0;
	}
	skel = hedgerow_bpf__open();
	if (!skel)
		return -1;
	bpf_object__for_each_map(map, skel->obj)
		bpf_map__set_pin_path(map, NULL);
	bpf_map__set_type(skel->maps.hr_flows, BPF_MAP_TYPE_HASH);
	bpf_map__set_max_entries(skel->maps.hr_flows, 1);
	return arrays_map_to_memory() || hedgerow_bpf__load(skel) || companion_load();
}

static int both_unload(void **state)
{
	egress_bpf__destroy(egress);
	return datapath_unload(state);
}

static void table_fill(void)
{
	struct frame f = frame_udp("10.0.0.1", 1, "10.0.0.2", 2, 10);

	for (int i = 0; i < NEWCOMER_PACKETS; i++)
		assert_int_equal(frame_send(&f), XDP_PASS);
	assert_int_equal(counter(COUNTER_flows_admitted), 1);
}

/* As if other packets were at every place. */
static void places_hold(void)
{
	for (int i = 0; i < NEWCOMERS; i++)
		newcomers_map()[i].state = NEWCOMER_HELD;
}

static int leaving_send(const struct frame *f)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = f->data, .data_size_in = f->len);

	return bpf_prog_test_run_opts(bpf_program__fd(egress->progs.hedgerow_egress), &run);
}

static void a_flow_that_finds_the_table_full_is_judged_and_counted_on_probation(void **state)
{
	struct frame other = frame_udp("10.0.0.3", 1, "10.0.0.4", 2, 10);
	struct flow f;
	struct host h;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	table_fill();
	model_enforce(model_stump(5, FEATURE_fpk, 2, 0, 1000)); /* condemns at the second packet */
	assert_int_equal(frame_send(&other), XDP_PASS);
	for (int i = 1; i < NEWCOMER_PACKETS + 2; i++)
		assert_int_equal(frame_send(&other), XDP_DROP);
	assert_true(flow_find(&other, &f));
	assert_int_equal(f.packets[0], NEWCOMER_PACKETS + 2);
	assert_int_equal(counter(COUNTER_flows_begun), 2);
	assert_int_equal(counter(COUNTER_flows_admitted), 1);
	assert_int_equal(ring_drain("hr_events", NULL, 0), 1);
	assert_true(host_find("hr_dests", "10.0.0.4", &h));
	assert_int_equal(h.window[HOST_LONG][0].flows + h.window[HOST_LONG][1].flows, 1);
}

/* Doubt means pass; and the hosts hear nothing of what is in no flow's counts. */
static void a_flow_without_a_place_passes_unjudged(void **state)
{
	struct frame f = frame_udp("10.0.0.3", 1, "10.0.0.4", 2, 10), leaving = frame_udp("10.0.0.5", 1, "10.0.0.4", 2, 10);
	struct host h;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	model_enforce(model_stump(5, FEATURE_fpk, 0, 0, 1000)); /* condemns all */
	places_hold();
	for (int i = 0; i < 100; i++)
		assert_int_equal(frame_send(&f), XDP_PASS);
	assert_int_equal(counter(COUNTER_pass_table_full), 100);
	assert_int_equal(leaving_send(&leaving), 0);
	assert_int_equal(counter(COUNTER_lost_leaving), 1);
	assert_int_equal(counter(COUNTER_flows_begun), 0);
	assert_int_equal(counter(COUNTER_scores), 0);
	assert_false(host_find("hr_dests", "10.0.0.4", &h));
}

static void a_block_holds_when_the_table_is_full(void **state)
{
	struct frame other = frame_udp("10.0.0.3", 1, "10.0.0.4", 2, 10);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	table_fill();
	list_put(LIST_BLOCK, "10.0.0.0", 30, 0);
	assert_int_equal(frame_send(&other), XDP_DROP);
}

static void a_packet_that_leaves_and_finds_the_table_full_is_counted_on_probation(void **state)
{
	struct frame other = frame_udp("10.0.0.3", 1, "10.0.0.4", 2, 10), answer = frame_udp("10.0.0.4", 2, "10.0.0.3", 1, 10);
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	table_fill();
	assert_int_equal(frame_send(&other), XDP_PASS);
	assert_int_equal(leaving_send(&answer), 0);
	assert_true(flow_find(&other, &f));
	assert_int_equal(f.packets[1], 1);
	assert_int_equal(counter(COUNTER_lost_leaving), 0);
	assert_int_equal(counter(COUNTER_flows_begun), 2);
}

#define TEST(name) cmocka_unit_test_setup(name, datapath_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_flow_that_finds_the_table_full_is_judged_and_counted_on_probation),
		TEST(a_flow_without_a_place_passes_unjudged),
		TEST(a_block_holds_when_the_table_is_full),
		TEST(a_packet_that_leaves_and_finds_the_table_full_is_counted_on_probation),
	};

	return cmocka_run_group_tests_name("full_table", tests, one_place_load, both_unload);
}
