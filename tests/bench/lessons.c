// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <bpf/libbpf.h>
#include "clock.h"
#include "lessons.h"
#include "log.h"
#include "rows_csv.h"
#include "traffic.h"

#define ATTACKERS 0xcb007100u /* 203.0.113.0, of the networks for examples (RFC 5737) */
#define SHARE_ALL 65536	      /* of struct settings.snapshot_share */
#define VECTORS_AT_ONCE 4000  /* the snapshot ring holds about twice as many */

struct recorder {
	FILE *rows;
	struct features *vectors;
	unsigned int count;
};

/* Every row may push out an older vector: in the end the sample is of all lessons. */
static int snapshot_record(void *context, void *data, size_t size)
{
	struct recorder *r = context;
	const struct snapshot *e = data;
	struct row row = {
		.time_ns = clock_unix_from_monotonic(e->time_ns), .packets = e->packets,
		.record = &e->record, .feature = e->feature,
	};

	if (size < sizeof(*e) || e->type != EVENT_SNAPSHOT)
		return 0;
	rows_csv_write(r->rows, &row);
	memcpy(r->vectors[r->count++ * 0x9e3779b1u % VECTORS].value, e->feature, sizeof(e->feature));
	return 0;
}

/* Sends packets to our program, `share` of SHARE_ALL flows are told. Each run takes the kernel tens of milliseconds. */
static int play(struct stage *s, struct ring_buffer *ring, struct plan *plan, __u32 packets, __u32 share)
{
	__u32 at_once = (__u64)VECTORS_AT_ONCE * SHARE_ALL / (share ? share : 1);
	double ns;
	int err;

	s->settings.snapshot_share = share;
	err = stage_put_settings(s);
	while (packets && !err) {
		__u32 now = packets < at_once ? packets : at_once;

		err = driver_send(&s->driver, TARGET_SUBJECT, plan, now, &ns);
		if (!err && share && ring_buffer__consume(ring) < 0)
			err = -EIO;
		packets -= now;
	}
	return err;
}

struct lives_lesson {
	__u32 life, flows, packets, share;
	int times; /* how often it begins anew, with nothing known of anybody */
};

static const struct lives_lesson lives_lessons[] = {
	{ 1, 1, 1000, SHARE_ALL, 2 },
	{ 1, 1, 240000, 1200, 1 },
	{ 64, 1, 64 * 300, SHARE_ALL, 6 },
	{ 64, 1000, 1000 * 80, SHARE_ALL, 2 },
	{ 64, 100000, 100000 * 72, 1200, 1 },
	{ 1024, 1, 1024 * 100, SHARE_ALL, 1 },
	{ 1024, 1000, 1000 * 1100, 30000, 1 },
};

static void flood_plan(struct plan *out, enum plan_order order, enum traffic_step step, __u8 l4_proto)
{
	traffic_plan_step(out, order, 50000, step);
	out->l4_proto = l4_proto;
	out->client = ATTACKERS;
	out->client_mask = 15;
}

struct flood_lesson {
	enum plan_order order; /* PLAN_NEW: from invented addresses, PLAN_TURNS: from few true ones */
	enum traffic_step step;
	__u8 l4_proto;
};

static const struct flood_lesson flood_lessons[] = {
	{ PLAN_NEW, TRAFFIC_SYN, IPPROTO_TCP },	 { PLAN_NEW, TRAFFIC_DATA, IPPROTO_TCP },
	{ PLAN_NEW, TRAFFIC_DATA, IPPROTO_UDP }, { PLAN_TURNS, TRAFFIC_SYN, IPPROTO_TCP },
	{ PLAN_TURNS, TRAFFIC_DATA, IPPROTO_UDP },
};

static struct ring_buffer *snapshots_open(struct stage *s, struct recorder *r)
{
	return ring_buffer__new(stage_map_fd(s, "hr_snapshots"), snapshot_record, r, NULL);
}

static int stage_silent_reset(struct stage *s)
{
	int err = stage_reset(s);

	s->settings.snapshot_rate = UINT_MAX;
	return err;
}

static int lives_play(struct stage *s, struct recorder *r, const struct lives_lesson *lesson)
{
	int err = stage_silent_reset(s);
	struct ring_buffer *ring = err ? NULL : snapshots_open(s, r);
	struct plan plan;

	traffic_plan_lives(&plan, lesson->life, lesson->flows);
	if (!err)
		err = ring ? play(s, ring, &plan, lesson->packets, lesson->share) : -errno;
	ring_buffer__free(ring);
	return err;
}

/* The first packets of a flood are as those of anybody; the lesson begins behind them, honest lives in between. */
static int flood_play(struct stage *s, struct recorder *r, const struct flood_lesson *lesson)
{
	int err = stage_silent_reset(s);
	struct ring_buffer *ring = err ? NULL : snapshots_open(s, r);
	struct plan plan, honest;

	flood_plan(&plan, lesson->order, lesson->step, lesson->l4_proto);
	traffic_plan_lives(&honest, 64, 1);
	if (!err)
		err = ring ? play(s, ring, &plan, 3000, 0) : -errno;
	for (int i = 0; i < 4 && !err; i++) {
		err = play(s, ring, &plan, 1000, SHARE_ALL);
		if (!err)
			err = play(s, ring, &honest, 64 * 10, SHARE_ALL);
	}
	ring_buffer__free(ring);
	return err;
}

/*
 * First match wins. One client and one attacker in 16 are labelled as what they are not: without doubtful rows the
 * trees would be stumps, and the model smaller than it says.
 */
static int labels_write(const char *dir)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/labels.csv", dir);
	f = fopen(path, "w");
	if (!f)
		return -errno;
	fprintf(f, "label,attack,src\n");
	for (int i = 7; i < 256; i += 16)
		fprintf(f, "malicious,doubtful,10.0.0.%d\n", i);
	fprintf(f, "benign,,203.0.113.7\nbenign,,10.0.0.0/23\nmalicious,flood,*\n");
	return fclose(f) ? -EIO : 0;
}

int lessons_record(struct stage *s, const char *dir, struct features *vectors)
{
	struct recorder r = { .vectors = vectors };
	char path[PATH_MAX];
	int err = labels_write(dir);

	snprintf(path, sizeof(path), "%s/rows.csv", dir);
	r.rows = err ? NULL : fopen(path, "w");
	if (!err && !r.rows)
		err = -errno;
	if (!err)
		rows_csv_write_header(r.rows, NULL);
	for (size_t i = 0; i < sizeof(lives_lessons) / sizeof(*lives_lessons); i++)
		for (int n = 0; n < lives_lessons[i].times && !err; n++)
			err = lives_play(s, &r, &lives_lessons[i]);
	for (size_t i = 0; i < sizeof(flood_lessons) / sizeof(*flood_lessons) && !err; i++)
		err = flood_play(s, &r, &flood_lessons[i]);
	if (r.rows && fclose(r.rows) && !err)
		err = -EIO;
	if (!err && r.count < VECTORS)
		err = -ENODATA;
	if (err)
		log_error("the lessons of the bench's model could not be recorded: %s", strerror(-err));
	return err;
}
