// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include "clock.h"
#include "engine.h"
#include "log.h"
#include "machine.h"
#include "poll.h"
#include "polls.h"
#include "program.h"
#include "stage_datapath.h"
#include "traffic.h"

#define FLOWS 1000000
#define BLOCK 10000 /* flows that begin at a time: no more than are on probation together */
#define ROOM (FLOWS + FLOWS / 4)
#define REPETITIONS 3

/* The flow table full, the stage's tables as the agent holds them, and its engine. */
struct polled {
	struct stage *stage;
	struct datapath dp;
	struct user_engine engine;
	uint64_t found;	 /* by the last look */
	uint64_t judged; /* live flows that the engine saw in it */
	__u64 now_ns;
};

static double now_ms(void)
{
	return clock_monotonic_ns() / 1e6;
}

/* Flows behind their handshake, with a request. */
static int flows_make(const struct stage *s)
{
	static const enum traffic_step steps[] = { TRAFFIC_SYN, TRAFFIC_SYN_ACK, TRAFFIC_ACK, TRAFFIC_DATA };
	struct plan plan;
	double ns;
	int err = 0;

	for (__u32 block = 0; block < FLOWS / BLOCK && !err; block++) {
		for (size_t i = 0; i < sizeof(steps) / sizeof(*steps) && !err; i++) {
			traffic_plan_step(&plan, PLAN_TURNS, BLOCK, steps[i]);
			plan.client += block << 8;
			err = driver_send(&s->driver, TARGET_SUBJECT, &plan, BLOCK, &ns);
		}
	}
	return err;
}

/* Nothing but the batch look-ups, with the room that the poll begins with. */
static int table_read(struct polled *p)
{
	__u32 room = 4096, count, at[2][sizeof(struct flow_key) / 4];
	struct flow_key *key = calloc(room, sizeof(*key));
	struct flow *flow = calloc(room, sizeof(*flow));
	int err = key && flow ? 0 : -ENOMEM, result = 0;

	p->found = 0;
	for (bool begun = false; !err && !result; begun = true) {
		count = room;
		result = bpf_map_lookup_batch(p->dp.map[DATAPATH_FLOWS], begun ? at[0] : NULL, at[1], key, flow, &count,
					      NULL);
		if (result && errno != ENOENT)
			err = -errno;
		p->found += count;
		memcpy(at[0], at[1], sizeof(at[0]));
	}
	free(key);
	free(flow);
	return err;
}

static int table_poll(struct polled *p)
{
	struct flow_sweep sweep = { 0 };
	int err = flow_table_sweep(&p->dp, &p->stage->settings, clock_monotonic_ns(), &sweep);

	p->found = sweep.present_count - sweep.newcomer_count;
	return err;
}

static void on_live(void *context, const struct flow_record *record)
{
	struct polled *p = context;

	engine_judge(&p->engine, record, p->now_ns);
	p->judged++;
}

static int table_judge(struct polled *p)
{
	struct flow_sweep sweep = { .live = on_live, .context = p };
	int err;

	p->judged = 0;
	p->now_ns = clock_monotonic_ns();
	err = engine_refresh(&p->engine, &p->engine.settings, false) ?:
	      flow_table_sweep(&p->dp, &p->stage->settings, p->now_ns, &sweep);
	engine_judge_rest(&p->engine);
	p->found = sweep.present_count - sweep.newcomer_count;
	return err ? err : p->judged == sweep.present_count ? 0 : -EPROTO;
}

/* Every flow is new to the engine. */
static int table_judge_anew(struct polled *p)
{
	struct settings settings = p->stage->settings;

	settings.engine = ENGINE_USER;
	settings.checkpoints = ~0u; /* the default */
	engine_close(&p->engine);
	p->engine = (struct user_engine){ .dp = &p->dp };
	return engine_refresh(&p->engine, &settings, false) ?: table_judge(p);
}

static int table_dump(struct polled *p)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);
	char command[64];
	const char *const arguments[] = { "sh", "-c", command, NULL };

	if (bpf_obj_get_info_by_fd(p->dp.map[DATAPATH_FLOWS], &info, &size))
		return -errno;
	snprintf(command, sizeof(command), "bpftool map dump id %u >/dev/null", info.id);
	p->found = FLOWS;
	return program_run_other(arguments);
}

/* The best time of a look at the whole table; -EPROTO when flows were missing in it. */
static int look_time(struct polled *p, int (*look)(struct polled *p), int repetitions, double *ms)
{
	int err = 0;

	for (int i = 0; i < repetitions && !err; i++) {
		double began = now_ms(), took;

		err = look(p);
		took = now_ms() - began;
		if (!i || took < *ms)
			*ms = took;
		if (!err && p->found != FLOWS) {
			log_error("poll: %" PRIu64 " flows found, not %d", p->found, FLOWS);
			err = -EPROTO;
		}
	}
	return err;
}

static void look_print(const char *name, double ms, double bare_ms, double dump_ms)
{
	printf("%-42s %9.0f %9.0f %9.2f", name, ms, ms * 1e6 / FLOWS, ms / bare_ms);
	if (dump_ms)
		printf(" %9.4f", ms / dump_ms);
	printf("\n");
	fflush(stdout);
}

/* The poll reads ahead in a thread of its own, so not on one CPU alone. */
static int looks_measure(struct polled *p)
{
	double bare, poll, judge, again, dump = 0;
	int err = look_time(p, table_read, REPETITIONS, &bare);

	err = err ?: look_time(p, table_poll, REPETITIONS, &poll);
	err = err ?: look_time(p, table_judge_anew, REPETITIONS, &judge);
	err = err ?: look_time(p, table_judge, REPETITIONS, &again);
	err = err ?: look_time(p, table_dump, 1, &dump);
	if (err)
		return err;
	printf("\n%-42s %9s %9s %9s %9s\n", "1,000,000 flows", "ms", "ns a flow", "to bare", "to dump");
	look_print("bare batch look-ups", bare, bare, dump);
	look_print("a poll", poll, bare, dump);
	look_print("a poll that scores all flows", judge, bare, dump);
	look_print("a poll after that: none is due", again, bare, dump);
	look_print("bpftool map dump, to /dev/null", dump, bare, dump);
	return 0;
}

/* --- what packets notice of it ------------------------------------------- */

#define CHUNKS 40
#define CHUNK 10000

struct packets {
	double ns, worst_ns; /* a packet: on average, and in the worst chunk */
};

static int packets_send(const struct stage *s, enum plan_order order, enum traffic_step step, struct packets *out)
{
	struct plan plan;
	int err = 0;

	*out = (struct packets){ 0 };
	traffic_plan_step(&plan, order, BLOCK, step);
	for (int i = 0; i < CHUNKS && !err; i++) {
		double ns = 0;

		err = driver_send(&s->driver, TARGET_SUBJECT, &plan, CHUNK, &ns);
		out->ns += ns / CHUNKS;
		if (ns > out->worst_ns)
			out->worst_ns = ns;
	}
	return err;
}

/* Somebody who polls and scores on another CPU, again and again. */
struct poller {
	struct polled *polled;
	int cpu, err;
	atomic_bool ends;
	atomic_int polls;
};

static void *poller_run(void *argument)
{
	struct poller *poller = argument;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(poller->cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		poller->err = -errno;
	while (!poller->ends && !poller->err) {
		poller->err = table_judge_anew(poller->polled);
		poller->polls++;
	}
	return NULL;
}

static int packets_measure(struct polled *p, const char *name, enum plan_order order, enum traffic_step step)
{
	struct poller poller = { .polled = p, .cpu = machine_other_cpu() };
	struct packets alone, polled;
	pthread_t thread;
	int err = packets_send(p->stage, order, step, &alone);

	if (err || pthread_create(&thread, NULL, poller_run, &poller))
		return err ? err : -EAGAIN;
	err = packets_send(p->stage, order, step, &polled);
	poller.ends = true;
	pthread_join(thread, NULL);
	if (err || poller.err)
		return err ? err : poller.err;
	printf("%-42s %9.0f %9.0f %9.0f %9.0f %9d\n", name, alone.ns, polled.ns, alone.worst_ns, polled.worst_ns,
	       poller.polls);
	return 0;
}

static int packets_beside_polls(struct polled *p)
{
	if (machine_other_cpu() < 0) {
		printf("packets while another CPU polls: skipped, there is one\n");
		return 0;
	}
	printf("\n%-42s %9s %9s %9s %9s %9s\n", "ns a packet while another CPU polls, scoring", "alone", "polled",
	       "worst", "polled", "polls");
	return packets_measure(p, "established flows", PLAN_RANDOM, TRAFFIC_DATA) ?:
	       packets_measure(p, "new flows, random source", PLAN_NEW, TRAFFIC_SYN);
}

int polls_measure(struct stage *s, const char *only)
{
	struct polled p = { .stage = s };
	int err;

	if (only && !strstr("poll of a million flows", only))
		return 0;
	s->flows_max = ROOM;
	err = stage_reset(s);
	s->settings.checkpoints = 0;
	err = err ?: stage_put_settings(s) ?: flows_make(s);
	if (!err) {
		datapath_of_stage(&p.dp, s);
		err = machine_roam() ?: looks_measure(&p) ?: machine_stay() ?: packets_beside_polls(&p);
	}
	if (err)
		log_error("poll: %s", strerror(-err));
	engine_close(&p.engine);
	s->flows_max = 0;
	return err;
}
