// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <bpf/libbpf.h>
#include "counters_read.h"
#include "end_to_end.h"
#include "log.h"
#include "rows.h"
#include "wire.h"
#include "bpf/hedgerow.skel.h"

#define CHUNK 100000
#define REPETITIONS 16

/* What a program came to, the best of all repetitions. */
struct pace {
	double ns;	/* of the one core's time for a packet, from the generator to its end */
	double refused; /* share of what was sent, of all repetitions */
};

/* Each is a row of the bench, by its name and flows, sent over the wire. */
static const struct {
	const char *name;
	__u32 flows;
	bool drops; /* compared with a program that drops all, else with one that passes all */
} cases[] = {
	{ "xdp-filter, deny by address", 1, true },
	{ "xdp-filter, deny by address", 1000, true },
	{ "packet of a blocked address", 1000, true },
	{ "packet of a blocked source", 1000, true },
	{ "packet of a condemned flow", 1000, true },
	{ "new flow, random source, condemned", 1, true },
	{ "xdp-filter, all features", 1, false },
	{ "established flow", 1, false },
	{ "established flow", 1000, false },
	{ "new flow, random source, no score", 1, false },
	{ "new flow, random source, scored", 1, false },
};

static const struct bench_row *row_find(const char *name, __u32 flows)
{
	for (int i = 0; i < bench_row_count; i++)
		if (!strcmp(bench_rows[i].name, name) && bench_rows[i].flows == flows)
			return &bench_rows[i];
	return NULL;
}

static int pace_take(struct pace *best, const struct wire *w, const struct stage *s, int prog_fd, struct plan *plan,
		     __u64 *received)
{
	struct wire_counts counts;
	int err = wire_put_program(w, prog_fd) ?: wire_send(w, &s->driver, plan, CHUNK, &counts);

	if (err)
		return err;
	if (counts.received && (!best->ns || counts.ns < best->ns))
		best->ns = counts.ns;
	best->refused += (double)counts.refused / CHUNK / REPETITIONS;
	*received += counts.received;
	return 0;
}

static int subject_fd(const struct stage *s)
{
	return bpf_program__fd(s->other ? bpf_object__next_program(s->other, NULL) : s->ours->progs.hedgerow_xdp);
}

/* Packets of frames as short as they get, whatever the row's were. */
static void plan_shorten(struct plan *plan)
{
	for (__u32 i = 0; i < PLAN_STEPS; i++)
		plan->steps[i].l3_len = htons(DRIVER_LIVE_BYTES - sizeof(struct ethhdr));
}

/* The sum over what packets may come to, of our program. */
static __u64 outcomes(const __u64 *counters)
{
	__u64 sum = 0;

	for (int c = 0; c < COUNTER_COUNT; c++)
		if (counter_kind(c) == COUNTER_KIND_OUTCOME)
			sum += counters[c];
	return sum;
}

/* All that the wire brought is in our counters, and came to what the row says. */
static int counts_check(const struct bench_row *row, const __u64 *before, const __u64 *after, __u64 received)
{
	__u64 counted = outcomes(after) - outcomes(before);
	__u64 fitting = after[row->outcome] - before[row->outcome];

	if (counted == received && fitting == received)
		return 0;
	log_error("%s over veth: of %llu packets received, %llu are counted, %llu of them as they must", row->name,
		  received, counted, fitting);
	return -EPROTO;
}

static void pace_print(const struct bench_row *row, bool drops, const struct pace *p, const struct pace *alone)
{
	printf("%-34s %7u   %s %8.1f %8.1f %7.2f %10.2f %8.2f %8.1f %%\n", row->name, row->flows,
	       drops ? "drop" : "pass", alone->ns, p->ns, p->ns / alone->ns, 1e3 / alone->ns, 1e3 / p->ns,
	       p->refused * 100);
	fflush(stdout);
}

static int case_measure(struct stage *s, const struct wire *w, const struct bench_row *row, bool drops)
{
	__u64 before[COUNTER_COUNT], after[COUNTER_COUNT], received = 0, ignored = 0;
	struct pace pace = { 0 }, alone = { 0 };
	struct plan plan;
	int err;

	s->yardstick = YARDSTICK_FLOOR;
	err = stage_reset(s) ?: row->prepare(s, row, &plan);
	if (!err)
		err = stage_read_counters(s, before);
	plan_shorten(&plan);
	for (int i = 0; i < REPETITIONS && !err; i++) {
		struct plan same = plan;

		err = pace_take(&alone, w, s, drops ? s->driver.drop_fd : s->driver.return_fd, &same, &ignored);
		if (!err)
			err = pace_take(&pace, w, s, subject_fd(s), &plan, &received);
	}
	if (!err)
		err = stage_read_counters(s, after);
	if (!err && !s->other)
		err = counts_check(row, before, after, received);
	if (!err)
		pace_print(row, drops, &pace, &alone);
	return err;
}

static int cases_measure(struct stage *s, const struct wire *w)
{
	int failed = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct bench_row *row = row_find(cases[i].name, cases[i].flows);
		int err = row ? case_measure(s, w, row, cases[i].drops) : -EINVAL;

		if (err == -ENOENT)
			printf("%-34s %7u skipped: its objects (Debian: libxdp1) are not installed or do not load\n",
			       row->name, row->flows);
		else
			failed += !!err;
	}
	return failed ? -EPROTO : 0;
}

int end_to_end_measure(struct stage *s, const char *only)
{
	struct wire w;
	int err;

	if (only && !strstr("end to end, veth", only))
		return 0;
	err = wire_open(&w, &s->driver);
	if (err)
		return err;
	printf("\nframes of %d bytes through veth, native XDP, one core sending and receiving; alone: a program that only drops\n"
	       "or passes them\n", DRIVER_LIVE_BYTES);
	printf("%-34s %7s %15s %8s %7s %10s %8s %10s\n", "ns a packet, million a second", "flows", "alone", "row", "ratio",
	       "alone /s", "row /s", "refused");
	s->driver.ifindex = w.far;
	err = cases_measure(s, &w);
	s->driver.ifindex = 0;
	return err;
}
