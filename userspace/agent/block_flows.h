/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks of single flows: both directions of one conversation. */
#ifndef BLOCK_FLOWS_H
#define BLOCK_FLOWS_H

#include "datapath.h"

/*
 * The key of "tcp 192.0.2.1:1234 198.51.100.7:80": protocol by name or number, both ends in either order, IPv6 as
 * [2001:db8::1]:80, no ports where the protocol has none. `vlan` is NULL, "12" or "12.34". Returns 0, or -EINVAL after
 * one logged line.
 */
int block_flow_parse(const char *proto, const char *end, const char *other, const char *vlan, struct flow_key *key);

/* All return 0 or a negative errno; the first two after one logged line, and flows look again when they succeed. */
int block_flow_add(const struct datapath *dp, const struct flow_key *key, const struct list_entry *entry);
int block_flow_delete(const struct datapath *dp, const struct flow_key *key);
int block_flows_walk(const struct datapath *dp,
		     void (*each)(void *context, const struct flow_key *key, const struct list_entry *entry),
		     void *context);

bool block_flows_exist(const struct datapath *dp);

/* As lists_expire(): how many it deleted, or a negative errno. *next becomes sooner when an entry expires before it. */
int block_flows_expire(const struct datapath *dp, __u64 now_ns, __u64 *next);

#endif
