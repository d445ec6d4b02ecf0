/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of newcomers, read in place: flows of one packet, which a second one would admit to the flow table. */
#ifndef NEWCOMERS_H
#define NEWCOMERS_H

#include <stdbool.h>
#include "datapath.h"

struct newcomers {
	struct newcomer_set *set;
	__u32 count;
};

/* A newcomer as it was when it was read. */
struct newcomer_copy {
	__u32 tag;
	struct flow_record record;
};

/* Maps the table. Returns 0 or a negative errno; logs nothing. Close accepts what was never opened, all zero. */
int newcomers_open(struct newcomers *n, const struct datapath *dp);
void newcomers_close(struct newcomers *n);

/* Copies the flow at a place of the table. Returns false when nobody is there. */
bool newcomer_read(const struct newcomers *n, __u32 set, __u32 way, struct newcomer_copy *out);

/* Takes out the flow that newcomer_read() copied. Returns false when it has been admitted or pushed out since. */
bool newcomer_take(const struct newcomers *n, __u32 set, __u32 way, const struct newcomer_copy *read);

#endif
