// SPDX-License-Identifier: BSD-2-Clause
/* Two CPUs on one flow: counts stay exact, and every checkpoint is scored. */
#include <pthread.h>
#include <sched.h>
#include "datapath_fixture.h"

#define REPEAT 200000

static void *run_on_cpu(void *argument)
{
	struct frame f = *(struct frame *)argument;
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = f.data, .data_size_in = f.len, .repeat = REPEAT);
	static int next_cpu;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(__sync_fetch_and_add(&next_cpu, 1) % sysconf(_SC_NPROCESSORS_ONLN), &cpus);
	pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	return (void *)(long)bpf_prog_test_run_opts(bpf_program__fd(skel->progs.hedgerow_xdp), &run);
}

static void counts_are_exact_when_two_cpus_hit_one_flow(void **state)
{
	struct frame there = frame_udp("10.0.0.1", 1, "10.0.0.2", 2, 72);
	struct frame back = frame_udp("10.0.0.2", 2, "10.0.0.1", 1, 22);
	struct frame *frames[] = { &there, &there, &back, &back };
	pthread_t threads[4];
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	model_enforce(model_stump(1, FEATURE_fpk, FEATURE_MAX, 0, 1));
	assert_int_equal(frame_send(&there), XDP_PASS); /* who begins is settled */
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_on_cpu, frames[i]), 0);
	for (int i = 0; i < 4; i++) {
		void *err;

		pthread_join(threads[i], &err);
		assert_null(err);
	}
	assert_true(flow_find(&there, &f));
	assert_int_equal(f.packets[0], 2 * REPEAT + 1);
	assert_int_equal(f.packets[1], 2 * REPEAT);
	assert_int_equal(f.bytes[0], (2 * REPEAT + 1) * 100ull);
	assert_int_equal(f.bytes[1], 2 * REPEAT * 50ull);
	/* 800,001 packets pass 20 powers of two; a checkpoint that two packets reach at once is scored by one of them */
	assert_int_equal(counter(COUNTER_scores), 20);
	assert_int_equal(counter(COUNTER_pass_flow), 4 * REPEAT + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(counts_are_exact_when_two_cpus_hit_one_flow, datapath_reset),
	};

	return cmocka_run_group_tests_name("contention", tests, datapath_load, datapath_unload);
}
