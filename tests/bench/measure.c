// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdint.h>
#include <time.h>
#include "log.h"
#include "measure.h"

#define ROW_SECONDS 1.2
#define REPETITIONS_MIN 6

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int best_send(const struct driver *d, enum plan_target target, struct plan *plan, uint32_t packets,
		     double *best)
{
	double ns;
	int err = driver_send(d, target, plan, packets, &ns);

	if (!err && (!*best || ns < *best))
		*best = ns;
	return err;
}

/* Sends the same packets to all three, so that a change of the machine's pace meets them alike. */
static int repetition(const struct stage *s, const struct bench_row *row, struct plan *plan, struct figures *f)
{
	const struct driver *d = &s->driver;
	struct plan bare = *plan, floor = *plan;
	int err;

	floor.ipv6 = 0;
	err = best_send(d, TARGET_BARE, &bare, row->chunk, &f->bare);

	if (!err)
		err = best_send(d, TARGET_FLOOR, &floor, row->chunk, &f->floor);
	if (!err)
		err = best_send(d, TARGET_SUBJECT, plan, row->chunk, &f->subject);
	f->repetitions++;
	return err;
}

static void outcomes_tell(const __u64 *before, const __u64 *after)
{
#define MOVED(name, kind, text)                                                                                         \
	if (after[COUNTER_##name] != before[COUNTER_##name])                                                            \
		log_error("  %llu %s", after[COUNTER_##name] - before[COUNTER_##name], #name);
	COUNTERS(MOVED)
#undef MOVED
}

/* A figure is worth nothing when the packets did not come to what the row is about. */
static int outcome_check(const struct bench_row *row, const __u64 *before, const __u64 *after, __u64 packets,
			 __u64 checkpoints)
{
	__u64 allowed = row->outcome == COUNTER_pass_flow ? after[COUNTER_pass_allowed] - before[COUNTER_pass_allowed] : 0;
	__u64 outcome = after[row->outcome] - before[row->outcome] + allowed; /* of a flood, some sources are listed */
	__u64 scores = after[COUNTER_scores] - before[COUNTER_scores];
	__u64 wanted = row->scores == SCORES_EVERY ? packets : checkpoints;

	if (row->scores == SCORES_UNSEEN)
		return 0;
	if (outcome != packets) {
		log_error("%s, %u flows: %llu of %llu packets came to something else than they must", row->name,
			  row->flows, packets - outcome, packets);
		outcomes_tell(before, after);
		return -EPROTO;
	}
	if (scores != wanted) {
		log_error("%s, %u flows: %llu scores, not %llu", row->name, row->flows, scores, wanted);
		return -EPROTO;
	}
	return 0;
}

int row_measure(struct stage *s, const struct bench_row *row, struct figures *out)
{
	__u64 before[COUNTER_COUNT], after[COUNTER_COUNT], packets = 0, checkpoints = 0;
	struct figures f = { 0 };
	struct plan plan;
	double end;
	int err;

	s->yardstick = row->yardstick;
	err = stage_reset(s);
	if (!err)
		err = row->prepare(s, row, &plan);
	plan.ipv6 = s->packets == PACKETS_IPV6;
	plan.leaving = s->packets == PACKETS_LEAVING;
	if (!err)
		err = stage_read_counters(s, before);
	for (end = now_s() + ROW_SECONDS; !err && (now_s() < end || f.repetitions < REPETITIONS_MIN);) {
		if (row->chunks_max && f.repetitions == (int)row->chunks_max)
			break;
		if (row->scores == SCORES_CHECKPOINTS)
			checkpoints += traffic_checkpoints(&plan, row->chunk);
		packets += row->chunk;
		err = repetition(s, row, &plan, &f);
	}
	if (!err)
		err = stage_read_counters(s, after);
	if (!err)
		err = outcome_check(row, before, after, packets, checkpoints);
	if (!err)
		*out = f;
	return err;
}
