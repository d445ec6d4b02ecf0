// SPDX-License-Identifier: BSD-2-Clause
/* A flow table that refuses a flow: its packets pass, counted, without a verdict. */
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

static void a_flow_that_finds_the_table_full_passes_unjudged(void **state)
{
	struct frame first = frame_udp("10.0.0.1", 1, "10.0.0.2", 2, 10), other = frame_udp("10.0.0.3", 1, "10.0.0.4", 2, 10);
	struct host h;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	assert_int_equal(frame_send(&first), XDP_PASS);
	assert_int_equal(frame_send(&first), XDP_PASS);
	model_enforce(model_stump(5, FEATURE_fpk, 2, 0, 1000)); /* condemns at the second packet */
	for (int i = 0; i < 4; i++)
		assert_int_equal(frame_send(&other), XDP_PASS);
	assert_int_equal(counter(COUNTER_pass_table_full), 3);
	assert_int_equal(counter(COUNTER_flows_begun), 2);
	assert_int_equal(counter(COUNTER_flows_admitted), 1);
	assert_int_equal(ring_drain("hr_events", NULL, 0), 0);
	assert_true(host_find("hr_dests", "10.0.0.4", &h));
	assert_int_equal(h.window[HOST_LONG][0].flows + h.window[HOST_LONG][1].flows, 1);
}

static void a_block_holds_when_the_table_is_full(void **state)
{
	struct frame first = frame_udp("10.0.0.1", 1, "10.0.0.2", 2, 10), other = frame_udp("10.0.0.3", 1, "10.0.0.4", 2, 10);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	assert_int_equal(frame_send(&first), XDP_PASS);
	assert_int_equal(frame_send(&first), XDP_PASS);
	list_put(LIST_BLOCK, "10.0.0.0", 30, 0);
	assert_int_equal(frame_send(&other), XDP_DROP);
}

static void a_packet_that_leaves_and_finds_the_table_full_is_counted_as_lost(void **state)
{
	struct frame first = frame_udp("10.0.0.1", 1, "10.0.0.2", 2, 10), other = frame_udp("10.0.0.3", 1, "10.0.0.4", 2, 10);
	struct frame answer = frame_udp("10.0.0.4", 2, "10.0.0.3", 1, 10);
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = answer.data, .data_size_in = answer.len);

	(void)state;
	NEEDS_ROOT();
	assert_int_equal(frame_send(&first), XDP_PASS);
	assert_int_equal(frame_send(&first), XDP_PASS);
	assert_int_equal(frame_send(&other), XDP_PASS);
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(egress->progs.hedgerow_egress), &run), 0);
	assert_int_equal(counter(COUNTER_lost_leaving), 1);
	assert_int_equal(counter(COUNTER_flows_begun), 2);
}

#define TEST(name) cmocka_unit_test_setup(name, datapath_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_flow_that_finds_the_table_full_passes_unjudged),
		TEST(a_block_holds_when_the_table_is_full),
		TEST(a_packet_that_leaves_and_finds_the_table_full_is_counted_as_lost),
	};

	return cmocka_run_group_tests_name("full_table", tests, one_place_load, both_unload);
}
