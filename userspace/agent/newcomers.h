/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring of newcomers, read in place: flows on probation. */
#ifndef NEWCOMERS_H
#define NEWCOMERS_H

#include <stdbool.h>
#include "datapath.h"

struct newcomers {
	struct newcomer *at;
	__u32 count;
};

/* Maps the ring. Returns 0 or a negative errno; logs nothing. Close accepts what was never opened, all zero. */
int newcomers_open(struct newcomers *n, const struct datapath *dp);
void newcomers_close(struct newcomers *n);

/* Copies the flow at a place, and the state that it was in. Returns false when nobody is there. */
bool newcomer_read(const struct newcomers *n, __u32 place, __u32 *state, struct flow_record *out);

/* Takes out the flow that newcomer_read() found in `state`. Returns false when a packet has been at it since. */
bool newcomer_take(const struct newcomers *n, __u32 place, __u32 state);

#endif
