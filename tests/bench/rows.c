// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include "list_fill.h"
#include "newcomer.h"
#include "log.h"
#include "rows.h"

/* Both tables get to see the traffic that comes before what is measured. */
static int both_send(const struct stage *s, struct plan *plan, __u32 packets)
{
	struct plan again = *plan;
	double ns;
	int err;

	again.ipv6 = 0;
	err = driver_send(&s->driver, TARGET_FLOOR, &again, packets, &ns);

	return err ? err : driver_send(&s->driver, TARGET_SUBJECT, plan, packets, &ns);
}

static int step_send(const struct stage *s, __u32 flows, __u32 client_mask, enum traffic_step step)
{
	struct plan plan;

	traffic_plan_step(&plan, PLAN_TURNS, flows, step);
	plan.client_mask = client_mask;
	plan.ipv6 = s->packets == PACKETS_IPV6;
	return both_send(s, &plan, flows);
}

/* Thresholds that no score misses, or none reaches, would end every walk at once: with these, walks are whole. */
static int policy_put(struct stage *s, __s32 log_at, __s32 drop_at)
{
	s->model->bounded = 0;
	s->model->policy = (struct policy){ .log_at = log_at, .drop_at = drop_at };
	return stage_put_model(s);
}

static int established(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	int err;

	s->settings.checkpoints = 0; /* no score is due any more */
	err = stage_put_settings(s);
	if (!err)
		err = policy_put(s, INT_MAX, INT_MAX);
	for (int step = TRAFFIC_SYN; step <= TRAFFIC_ACK && !err; step++)
		if (step != TRAFFIC_SYN_ACK || s->packets != PACKETS_LEAVING)
			err = step_send(s, row->flows, 255, step);
	traffic_plan_step(plan, PLAN_RANDOM, row->flows, TRAFFIC_DATA);
	return err;
}

static int established_ipv6(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	s->packets = PACKETS_IPV6;
	return established(s, row, plan);
}

/* The answers, which nothing counted before: each flow's first gives that direction to the egress companion. */
static int established_leaving(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	int err;

	s->packets = PACKETS_LEAVING;
	err = established(s, row, plan);
	traffic_plan_step(plan, PLAN_RANDOM, row->flows, TRAFFIC_ANSWER);
	return err ? err : stage_load_leaving(s);
}

static int condemned(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	int err = policy_put(s, INT_MIN, INT_MIN);

	for (int i = 0; i < NEWCOMER_PACKETS && !err; i++) /* the last one admits them to the flow table, */
		err = step_send(s, row->flows, 255, TRAFFIC_SYN);
	traffic_plan_step(plan, PLAN_RANDOM, row->flows, TRAFFIC_DATA);
	/* unless more began at once than probation holds: then turns push each other out for good, and chance does not. */
	return err ? err : both_send(s, plan, 20 * row->flows);
}

#define LISTED_NETS 0x64400000u /* 100.64.0.0, carriers' own addresses (RFC 6598): no packet comes from there */
#define ALLOWED_NETS 10000
#define BLOCKED_ADDRESSES 100000
#define BLOCKED_SOURCES 1000

static int established_allowing(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	int err = established(s, row, plan);

	if (!err)
		err = list_fill(s, LIST_ALLOW, LISTED_NETS, 16, 28, ALLOWED_NETS);
	return err ? err : both_send(s, plan, row->flows); /* every flow has looked at the new list */
}

static int established_blocking(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	int err = established(s, row, plan);

	if (!err)
		err = list_fill(s, LIST_BLOCK, LISTED_NETS, 7, 32, BLOCKED_ADDRESSES);
	return err ? err : both_send(s, plan, row->flows);
}

static int established_blocking_sources(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	return established(s, row, plan) ?: source_blocks_fill(s, LISTED_NETS, BLOCKED_SOURCES);
}

static int blocked_send(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	int err = step_send(s, row->flows, UINT_MAX, TRAFFIC_DATA);

	traffic_plan_step(plan, PLAN_RANDOM, row->flows, TRAFFIC_DATA);
	plan->client_mask = UINT_MAX;
	return err;
}

static int blocked(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	return list_fill(s, LIST_BLOCK, TRAFFIC_CLIENTS, 1, 32, BLOCKED_ADDRESSES) ?:
	       list_fill(s, LIST_ALLOW, LISTED_NETS, 16, 28, ALLOWED_NETS) ?: blocked_send(s, row, plan);
}

static int blocked_by_policy(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	return source_blocks_fill(s, TRAFFIC_CLIENTS, BLOCKED_SOURCES) ?: blocked_send(s, row, plan);
}

static int blocked_by_net(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	return list_fill(s, LIST_BLOCK, TRAFFIC_CLIENTS & ~0xfffffu, 1 << 20, 12, 1) ?: blocked_send(s, row, plan);
}

/* A place is vacant until its first flow begins: what is measured are whole lives from the first packet on. */
static int lives(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	traffic_plan_lives(plan, row->life, row->flows);
	return row->flows == 1 ? 0 : both_send(s, plan, row->flows * row->life);
}

static int lives_as_code(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	return stage_put_code(s) ?: lives(s, row, plan);
}

/*
 * The same trees with every question asked of the flow itself, which the kernel may know (`spares`) or not. No score
 * reaches a threshold, so that walks are whole and nobody's record is looked up for a verdict.
 */
static int lives_of_flow(struct stage *s, const struct bench_row *row, struct plan *plan, bool spares)
{
	struct model *trained = s->model, *m = malloc(sizeof(*m));
	int err = m ? 0 : -ENOMEM;

	if (err)
		return err;
	memcpy(m, trained, sizeof(*m));
	for (__u32 i = 0; i < m->group_count * MODEL_LANES << m->depth; i++)
		m->node[i].feature = FEATURE_kind + m->node[i].feature % (FEATURES_FIRST_COUNT - FEATURE_kind);
	m->spares = spares ? FEATURE_GROUPS_ALL : 0;
	s->model = m;
	err = policy_put(s, INT_MAX, INT_MAX);
	s->model = trained;
	free(m);
	return err ? err : lives(s, row, plan);
}

static int lives_sparing(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	return lives_of_flow(s, row, plan, true);
}

static int lives_of_all_groups(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	return lives_of_flow(s, row, plan, false);
}

static int lives_challenged(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	return stage_put_challenger(s) ?: lives(s, row, plan);
}

/* As in the middle of a flood: the tables are full, and every new flow pushes another one out. */
static int flood(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	(void)row;
	traffic_plan_step(plan, PLAN_NEW, 1, TRAFFIC_SYN);
	plan->ipv6 = s->packets == PACKETS_IPV6;
	return both_send(s, plan, 300000);
}

static int flood_unscored(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	s->model->id = 0;
	return stage_put_model(s) ?: flood(s, row, plan);
}

/* One /28 in every other /24 from 1.0.0.0 on: half the sources of a flood come close to one, few lie in it. */
static int flood_allowing_million(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	return flood_unscored(s, row, plan) ?: list_fill(s, LIST_ALLOW, 0x01000000, 3824, 28, 1000000);
}

/* All of it lies in one /32, and so do the networks: the hints spare nobody the trie. */
static int flood_allowing_million_ipv6(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	s->packets = PACKETS_IPV6;
	return flood_unscored(s, row, plan) ?: list_fill_ipv6(s, LIST_ALLOW, 0x01000000, 3824, 28, 1000000);
}

static int flood_scored(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	return policy_put(s, INT_MAX, INT_MAX) ?: flood(s, row, plan);
}

static int flood_scored_as_code(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	return stage_put_code(s) ?: flood_scored(s, row, plan);
}

static int flood_condemned(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	return policy_put(s, INT_MIN, INT_MIN) ?: flood(s, row, plan);
}

static const struct features *score_vectors;
static int score_vector_count;

void rows_use_vectors(const struct features *vectors, int count)
{
	score_vectors = vectors;
	score_vector_count = count;
}

/* With the thresholds that the model was exported with. */
static int score_prepare(struct stage *s, const struct bench_row *row, struct plan *plan, __u32 until)
{
	int err = established(s, row, plan);

	s->model->policy = s->policy;
	s->model->bounded = 1;
	err = err ? err : stage_put_model(s);
	return err ? err : stage_load_score(s, score_vectors, score_vector_count, until);
}

static int score_alone(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	return score_prepare(s, row, plan, 0);
}

static int score_decided(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	return score_prepare(s, row, plan, 1);
}

#define XDP_FILTER_SOURCE 1 /* MAP_FLAG_SRC of xdp-filter's common_kern_user.h */

static int xdp_filter_load(struct stage *s, const char *object)
{
	char pattern[128];
	glob_t found;
	int err = -ENOENT;

	snprintf(pattern, sizeof(pattern), "/usr/lib/*/bpf/%s", object);
	if (!glob(pattern, 0, NULL, &found))
		err = stage_load_other(s, found.gl_pathv[0]);
	globfree(&found);
	return err ? -ENOENT : 0;
}

/* A figure is worth nothing when the program does something else with the packets than the row says. */
static int action_check(const struct stage *s, struct plan *plan, const char *name, __u32 wanted)
{
	__u32 action;
	int err = driver_ask(&s->driver, plan, &action);

	if (err || action == wanted)
		return err;
	log_error("%s: the program returns %u for its packets, not %u", name, action, wanted);
	return -EPROTO;
}

/* Every feature compiled in, nothing listed: the packet passes all look-ups. */
static int xdp_filter_all(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	return established(s, row, plan) ?: xdp_filter_load(s, "xdpfilt_alw_all.o") ?:
	       action_check(s, plan, row->name, XDP_PASS);
}

static int xdp_filter_deny(struct stage *s, const struct bench_row *row, struct plan *plan)
{
	int cpus = libbpf_num_possible_cpus(), fd, err = established(s, row, plan);
	__u64 *value = calloc(cpus > 0 ? cpus : 1, sizeof(*value)); /* one for each CPU: flags, and a counter above */

	if (!value)
		return -ENOMEM;
	for (int i = 0; i < cpus; i++)
		value[i] = XDP_FILTER_SOURCE;
	if (!err)
		err = xdp_filter_load(s, "xdpfilt_alw_ip.o");
	fd = err ? -1 : bpf_object__find_map_fd_by_name(s->other, "filter_ipv4");
	for (__u32 i = 0; i < row->flows && !err; i++) {
		__be32 addr = htonl(TRAFFIC_CLIENTS + i);

		err = bpf_map_update_elem(fd, &addr, value, BPF_ANY);
	}
	free(value);
	plan->client_mask = UINT_MAX;
	return err ? err : action_check(s, plan, row->name, XDP_DROP);
}

#define FLOOR YARDSTICK_FLOOR
#define INSERT YARDSTICK_INSERT

/* name, flows, life, packets a chunk, chunks at most, yardstick, target, outcome, scores, how it begins */
const struct bench_row bench_rows[] = {
	{ "xdp-filter, all features", 1, 0, 200000, 0, FLOOR, 0, COUNTER_pass_flow, SCORES_UNSEEN, xdp_filter_all },
	{ "xdp-filter, deny by address", 1, 0, 200000, 0, FLOOR, 0, COUNTER_pass_flow, SCORES_UNSEEN, xdp_filter_deny },
	{ "xdp-filter, deny by address", 1000, 0, 200000, 0, FLOOR, 0, COUNTER_pass_flow, SCORES_UNSEEN, xdp_filter_deny },
	{ "established flow", 1, 0, 200000, 0, FLOOR, 0.9, COUNTER_pass_flow, SCORES_NONE, established },
	{ "established flow", 1000, 0, 200000, 0, FLOOR, 0.9, COUNTER_pass_flow, SCORES_NONE, established },
	{ "established flow", 100000, 0, 200000, 0, FLOOR, 1.15, COUNTER_pass_flow, SCORES_NONE, established },
	{ "established flow, IPv6", 1, 0, 200000, 0, FLOOR, 1.0, COUNTER_pass_flow, SCORES_NONE, established_ipv6 },
	{ "established flow, IPv6", 1000, 0, 200000, 0, FLOOR, 1.0, COUNTER_pass_flow, SCORES_NONE, established_ipv6 },
	{ "established flow, IPv6", 100000, 0, 200000, 0, FLOOR, 0, COUNTER_pass_flow, SCORES_NONE, established_ipv6 },
	{ "established flow, leaving", 1, 0, 200000, 0, FLOOR, 1.0, COUNTER_egress_packets, SCORES_NONE,
	  established_leaving },
	{ "established flow, leaving", 1000, 0, 200000, 0, FLOOR, 1.0, COUNTER_egress_packets, SCORES_NONE,
	  established_leaving },
	{ "life of 1 packet", 1, 1, 10000, 24, FLOOR, 0, COUNTER_pass_flow, SCORES_EVERY, lives },
	{ "life of 64 packets", 1, 64, 64 * 500, 200, FLOOR, 3.0, COUNTER_pass_flow, SCORES_CHECKPOINTS, lives },
	{ "life of 64 packets", 1000, 64, 32000, 200, FLOOR, 3.0, COUNTER_pass_flow, SCORES_CHECKPOINTS, lives },
	{ "life of 64 packets", 100000, 64, 100000, 15, FLOOR, 0, COUNTER_pass_flow, SCORES_CHECKPOINTS, lives },
	{ "life of 1024 packets", 1, 1024, 1024 * 50, 0, FLOOR, 1.5, COUNTER_pass_flow, SCORES_CHECKPOINTS, lives },
	{ "life of 1024 packets", 1000, 1024, 128000, 0, FLOOR, 1.5, COUNTER_pass_flow, SCORES_CHECKPOINTS, lives },
	{ "life of 64 packets, as code", 1, 64, 64 * 500, 200, FLOOR, 1.6, COUNTER_pass_flow, SCORES_CHECKPOINTS,
	  lives_as_code },
	{ "life of 64 packets, as code", 1000, 64, 32000, 200, FLOOR, 1.6, COUNTER_pass_flow, SCORES_CHECKPOINTS,
	  lives_as_code },
	{ "life of 1024 packets, as code", 1, 1024, 1024 * 50, 0, FLOOR, 1.0, COUNTER_pass_flow, SCORES_CHECKPOINTS,
	  lives_as_code },
	{ "life of 1024 packets, as code", 1000, 1024, 128000, 0, FLOOR, 1.0, COUNTER_pass_flow, SCORES_CHECKPOINTS,
	  lives_as_code },
	{ "life of 64 packets, all features", 1000, 64, 32000, 200, FLOOR, 0, COUNTER_pass_flow, SCORES_CHECKPOINTS,
	  lives_of_all_groups },
	{ "life of 64 packets, of the flow", 1000, 64, 32000, 200, FLOOR, 0, COUNTER_pass_flow, SCORES_CHECKPOINTS,
	  lives_sparing },
	{ "life of 64 packets, challenged", 1000, 64, 32000, 200, FLOOR, 0, COUNTER_pass_flow, SCORES_CHECKPOINTS,
	  lives_challenged },
	{ "one score alone", 1, 0, 20000, 0, FLOOR, 0, COUNTER_pass_flow, SCORES_UNSEEN, score_alone },
	{ "one score, until it is decided", 1, 0, 20000, 0, FLOOR, 0, COUNTER_pass_flow, SCORES_UNSEEN, score_decided },
	{ "packet of a condemned flow", 1, 0, 200000, 0, FLOOR, 0.9, COUNTER_drop_condemned, SCORES_NONE, condemned },
	{ "packet of a condemned flow", 1000, 0, 200000, 0, FLOOR, 0.9, COUNTER_drop_condemned, SCORES_NONE, condemned },
	{ "packet of a condemned flow", 100000, 0, 200000, 0, FLOOR, 0.9, COUNTER_drop_condemned, SCORES_NONE, condemned },
	{ "packet of a blocked address", 1, 0, 100000, 0, FLOOR, 0.8, COUNTER_drop_blocked, SCORES_NONE, blocked },
	{ "packet of a blocked address", 1000, 0, 100000, 0, FLOOR, 0.8, COUNTER_drop_blocked, SCORES_NONE, blocked },
	{ "packet of a blocked address", 100000, 0, 100000, 0, FLOOR, 0.8, COUNTER_drop_blocked, SCORES_NONE, blocked },
	{ "packet of a blocked network", 1000, 0, 100000, 0, FLOOR, 0, COUNTER_drop_blocked, SCORES_NONE, blocked_by_net },
	{ "packet of a blocked source", 1, 0, 100000, 0, FLOOR, 0, COUNTER_drop_offender, SCORES_NONE, blocked_by_policy },
	{ "packet of a blocked source", 1000, 0, 100000, 0, FLOOR, 0, COUNTER_drop_offender, SCORES_NONE, blocked_by_policy },
	{ "established, 1,000 blocked sources", 1000, 0, 200000, 0, FLOOR, 0, COUNTER_pass_flow, SCORES_NONE,
	  established_blocking_sources },
	{ "established, 10,000 allowed nets", 1, 0, 200000, 0, FLOOR, 0, COUNTER_pass_flow, SCORES_NONE,
	  established_allowing },
	{ "established, 10,000 allowed nets", 1000, 0, 200000, 0, FLOOR, 0, COUNTER_pass_flow, SCORES_NONE,
	  established_allowing },
	{ "established, 100,000 blocked", 1000, 0, 200000, 0, FLOOR, 0, COUNTER_pass_flow, SCORES_NONE,
	  established_blocking },
	{ "new flow, random source, no score", 1, 0, 20000, 0, INSERT, 0.35, COUNTER_pass_flow, SCORES_NONE, flood_unscored },
	{ "new flow, a million allowed nets", 1, 0, 20000, 0, FLOOR, 0, COUNTER_pass_flow, SCORES_NONE,
	  flood_allowing_million },
	{ "new flow, a million nets, IPv6", 1, 0, 20000, 0, FLOOR, 0, COUNTER_pass_flow, SCORES_NONE,
	  flood_allowing_million_ipv6 },
	{ "new flow, random source, scored", 1, 0, 20000, 0, INSERT, 0, COUNTER_pass_flow, SCORES_EVERY, flood_scored },
	{ "new flow, random source, as code", 1, 0, 20000, 0, INSERT, 1.1, COUNTER_pass_flow, SCORES_EVERY,
	  flood_scored_as_code },
	{ "new flow, random source, condemned", 1, 0, 20000, 0, INSERT, 0, COUNTER_drop_source, SCORES_EVERY,
	  flood_condemned },
};

const int bench_row_count = sizeof(bench_rows) / sizeof(*bench_rows);
