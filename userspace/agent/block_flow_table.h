/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of blocked flows, as it stands. */
#ifndef BLOCK_FLOW_TABLE_H
#define BLOCK_FLOW_TABLE_H

#include "datapath.h"

/* Calls `each` for every blocked flow, in no order. Returns 0 or a negative errno; logs nothing. */
int block_flows_walk(const struct datapath *dp,
		     void (*each)(void *context, const struct flow_key *key, const struct list_entry *entry),
		     void *context);

bool block_flows_exist(const struct datapath *dp);

/* As lists_expire(): how many it deleted, or a negative errno. *next becomes sooner when an entry expires before it. */
int block_flows_expire(const struct datapath *dp, __u64 now_ns, __u64 *next);

#endif
