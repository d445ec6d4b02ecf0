/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows at flows' last packets. Which packet is the last shows only later, so that each flow's vector is kept until
 * the next packet comes or the flow ends. Costs a vector's computation at every packet.
 */
#ifndef LAST_ROWS_H
#define LAST_ROWS_H

#include "outputs.h"

struct last_rows {
	struct last_row *row; /* by the number of the flow's record; NULL: not asked for */
	uint32_t room;
	uint64_t written;
	struct outputs *outputs;
	const struct model *model; /* may be NULL */
	__u32 groups;		   /* of features that a row or the model asks for */
};

/* Returns 0 or -ENOMEM. The tables of the host are open. */
int last_rows_open(struct last_rows *l, struct outputs *outputs, const struct model *model);
void last_rows_close(struct last_rows *l);

/* A packet of this flow was counted. */
void last_rows_packet(struct last_rows *l, const struct flow_key *key, __u64 now_ns);

/* The record of a flow begins anew. */
void last_rows_flow_end(struct last_rows *l, const struct flow_record *record);

/* All flows end. */
void last_rows_end(struct last_rows *l);

#endif
