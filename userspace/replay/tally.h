/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What became of every flow of a replay, counted by capture and kind. A flow is condemned when any of its packets was
 * dropped. The captures are played as they were taken: a dropped packet's answer still comes, and no retry does.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>
#include "capture_labels.h"
#include "event.h"
#include "histogram.h"

/* A destination is under attack while so many malicious flows to it began in the last 4 to 9 seconds. */
#define TALLY_FLOOD_FLOWS 20

/* Flows of one capture, label and kind. */
struct tally_cell {
	const char *capture, *attack;
	enum label label;
	uint64_t flows, packets;
	uint64_t condemned;	 /* flows of which any packet was dropped */
	uint64_t first_only;	 /* of these: no packet but the first, which a retry would follow */
	struct histogram retry_us; /* of these, as far as the capture holds the retry: how long after the drop it passed */
	uint64_t packets_dropped;
	uint64_t flood_flows;	 /* flows to a destination under attack when they began */
	uint64_t flood_first;	 /* of these: the first packet was dropped */
	uint64_t flood_condemned; /* of these: any packet was */
	uint64_t flood_late;	 /* of these: one from the fourth on */
	struct histogram verdict_packet; /* of condemned flows: which packet was dropped first */
	struct histogram verdict_us;	 /* and how long after the first of all */
};

struct tally;

/* Room for as many flows at once as the datapath's table. Returns NULL when memory is short. */
struct tally *tally_open(uint32_t flows);
void tally_close(struct tally *t);

/* A vector was scored in the course of the present packet. Strings are kept as pointers. */
void tally_snapshot(struct tally *t, const struct snapshot *s, const char *capture, struct flow_label label);

/* The packet went its way, or it was dropped. Its retry has the same question (struct native_look). */
void tally_packet(struct tally *t, const struct flow_key *key, __u64 question, bool dropped, __u64 now_ns);

/* All flows are over. Returns 0 or -ENOMEM: of the tally since it was opened. */
int tally_settle(struct tally *t);

/* The cells, in the order in which they came up; good until more is tallied. */
const struct tally_cell *tally_cells(const struct tally *t, size_t *count);

#endif
