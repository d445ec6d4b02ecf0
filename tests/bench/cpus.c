// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "counters.h"
#include "cpus.h"
#include "log.h"
#include "machine.h"
#include "traffic.h"
#include "bpf/hedgerow.skel.h"

#define FLOWS 1000
#define CHUNK 200000
#define REPETITIONS 8

/* A driver of its own, its packets, and what they cost: on average, for the best of what two do may be what one did alone. */
struct lane {
	struct driver driver;
	struct plan plan;
	int cpu;
	pthread_barrier_t *start;
	double ns; /* of all repetitions together */
	int err;
};

static void lane_send(struct lane *lane)
{
	double ns;

	lane->err = driver_send(&lane->driver, TARGET_SUBJECT, &lane->plan, CHUNK, &ns);
	if (!lane->err)
		lane->ns += ns;
}

static void *lane_run(void *argument)
{
	struct lane *lane = argument;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(lane->cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		lane->err = -errno;
	for (int i = 0; i < REPETITIONS; i++) {
		pthread_barrier_wait(lane->start);
		if (!lane->err)
			lane_send(lane);
	}
	return NULL;
}

static int lanes_together(struct lane *here, struct lane *there)
{
	pthread_barrier_t start;
	pthread_t thread;

	here->ns = there->ns = 0;
	pthread_barrier_init(&start, NULL, 2);
	there->start = &start;
	if (pthread_create(&thread, NULL, lane_run, there))
		return -EAGAIN;
	for (int i = 0; i < REPETITIONS; i++) {
		pthread_barrier_wait(&start);
		if (!here->err)
			lane_send(here);
	}
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&start);
	return here->err ? here->err : there->err;
}

/* Opens the flows of a lane: behind their handshakes no score is due. */
static int lane_prepare(struct lane *lane, const struct stage *s, __u32 flows, __u32 client)
{
	double ns;
	int err = driver_aim(&lane->driver, 0, TARGET_SUBJECT, bpf_program__fd(s->ours->progs.hedgerow_xdp));

	for (int step = TRAFFIC_SYN; step <= TRAFFIC_ACK && !err; step++) {
		traffic_plan_step(&lane->plan, PLAN_TURNS, flows, step);
		lane->plan.client = client;
		err = driver_send(&lane->driver, TARGET_SUBJECT, &lane->plan, flows, &ns);
	}
	traffic_plan_step(&lane->plan, PLAN_RANDOM, flows, TRAFFIC_DATA);
	lane->plan.client = client;
	return err;
}

static __u64 flows_packets(const struct stage *s)
{
	int fd = stage_map_fd(s, "hr_flows");
	struct flow_key key, next;
	const void *from = NULL;
	__u64 packets = 0;
	struct flow f;

	for (; !bpf_map_get_next_key(fd, from, &next); from = &key) {
		key = next;
		if (!bpf_map_lookup_elem(fd, &key, &f))
			packets += f.packets[0] + f.packets[1];
	}
	return packets;
}

/* Whatever two CPUs did at once: the flows and the counters hold every packet, once. */
static int counts_check(const struct stage *s, const __u64 *counters_before, __u64 flows_before, __u64 sent)
{
	__u64 counters[COUNTER_COUNT], passed, followed;
	int err = stage_read_counters(s, counters);

	if (err)
		return err;
	passed = counters[COUNTER_pass_flow] - counters_before[COUNTER_pass_flow];
	followed = flows_packets(s) - flows_before;
	if (passed == sent && followed == sent)
		return 0;
	log_error("two CPUs: of %llu packets sent, %llu are counted as passed and %llu with their flows", sent, passed,
		  followed);
	return -EPROTO;
}

static int case_measure(struct stage *s, struct lane *here, struct lane *there, const char *name, __u32 flows,
			__u32 apart)
{
	__u64 before[COUNTER_COUNT], flows_before;
	double alone;
	int err = stage_reset(s);

	s->settings.checkpoints = 0;
	if (!err)
		err = stage_put_settings(s);
	if (!err)
		err = lane_prepare(here, s, flows, TRAFFIC_CLIENTS);
	if (!err)
		err = lane_prepare(there, s, flows, TRAFFIC_CLIENTS + apart);
	if (!err)
		err = stage_read_counters(s, before);
	flows_before = err ? 0 : flows_packets(s);
	here->ns = 0;
	for (int i = 0; i < REPETITIONS && !err; i++) {
		lane_send(here);
		err = here->err;
	}
	alone = here->ns;
	if (!err)
		err = lanes_together(here, there);
	if (!err)
		err = counts_check(s, before, flows_before, 3ull * REPETITIONS * CHUNK);
	if (!err)
		printf("%-34s %7u %8.1f %8.1f %8.1f %8.2f\n", name, flows, alone / REPETITIONS, here->ns / REPETITIONS,
		       there->ns / REPETITIONS, alone / here->ns + alone / there->ns);
	return err;
}

int cpus_measure(struct stage *s, const char *only)
{
	static const char name[] = "established, two CPUs";
	struct lane here = { 0 }, there = { .cpu = machine_other_cpu() };
	int err;

	if (only && !strstr(name, only))
		return 0;
	if (there.cpu < 0) {
		printf("\n%s: skipped, there is one\n", name);
		return 0;
	}
	err = driver_open(&here.driver) ?: driver_open(&there.driver);
	printf("\n%-34s %7s %8s %8s %8s %8s\n", "ns a packet of each CPU", "flows", "alone", "here", "there", "speed-up");
	if (!err)
		err = case_measure(s, &here, &there, "established, two CPUs, own flows", FLOWS, 1 << 16);
	if (!err)
		err = case_measure(s, &here, &there, "established, two CPUs, same flows", FLOWS, 0);
	if (!err)
		err = case_measure(s, &here, &there, "established, two CPUs, one flow", 1, 0);
	driver_close(&here.driver);
	driver_close(&there.driver);
	return err;
}
