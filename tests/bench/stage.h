/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stage: fresh instances of everything that is measured, with maps of their own. Nothing is pinned, nothing that
 * runs on the machine is touched.
 */
#ifndef STAGE_H
#define STAGE_H

#include "driver.h"
#include "event.h"

struct hedgerow_bpf;

/* What a row is compared with: a bare counter, or a plain insertion of our record. */
#define YARDSTICK_FLOOR "floor.bpf.o"
#define YARDSTICK_INSERT "insert.bpf.o"

/* What our program gets; the floor gets packets of IPv4 in any case. */
enum stage_packets { PACKETS_IPV4, PACKETS_IPV6, PACKETS_LEAVING };

struct stage {
	struct driver driver;
	const char *yardstick; /* object file of what the row is compared with; kept by stage_reset() */
	__u32 flows_max; /* room in our flow table, 0: the default; kept likewise */
	struct bpf_object *floor, *other; /* other: the score program or xdp-filter, NULL until a row wants one */
	struct hedgerow_bpf *ours;
	enum stage_packets packets; /* of what is measured; until the next reset IPv4's */
	struct settings settings;
	struct model *model; /* the trained one; a row may bend its policy or take its id away */
	struct policy policy; /* as trained, likewise the id */
	__u32 model_id;
};

/* All return 0, or a negative errno after a logged line. */
int stage_open(struct stage *s);

/* Empties all tables by loading anew; settings and the trained model are put in place, the driver aims at ours. */
int stage_reset(struct stage *s);
void stage_close(struct stage *s);

int stage_put_settings(struct stage *s); /* s->settings */
int stage_put_model(struct stage *s);	 /* s->model */
int stage_put_code(struct stage *s);	 /* the code form of s->model beside it, until the next reset */
int stage_put_challenger(struct stage *s); /* s->model again under another id, to be compared with itself, until then */

/* Loads an object file of another project as s->other and aims at it; -ENOENT (not logged) when it is not installed. */
int stage_load_other(struct stage *s, const char *path);

/* Loads score.bpf.o over our maps as s->other and aims at it. `until`: walks end when the verdict is decided. */
int stage_load_score(struct stage *s, const struct features *vectors, int count, __u32 until);

/* Loads the egress companion on our tables as what packets that leave are handed to; the floor likewise. */
int stage_load_leaving(struct stage *s);

int stage_map_fd(const struct stage *s, const char *name); /* of ours */

/* Fills [COUNTER_COUNT] with the sums over all CPUs. */
int stage_read_counters(const struct stage *s, __u64 *counters);

#endif
