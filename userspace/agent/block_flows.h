/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks of single flows: both directions of one conversation. */
#ifndef BLOCK_FLOWS_H
#define BLOCK_FLOWS_H

#include "lists.h"

/*
 * The key of "tcp 192.0.2.1:1234 198.51.100.7:80": protocol by name or number, both ends in either order, IPv6 as
 * [2001:db8::1]:80, no ports where the protocol has none. `vlan` is NULL, "12" or "12.34". Returns 0, or -EINVAL after
 * one logged line.
 */
int block_flow_parse(const char *proto, const char *end, const char *other, const char *vlan, struct flow_key *key);

/* Both return 0, and flows look again, or a negative errno after one logged line. *replaced as of list_add(). */
int block_flow_add(const struct datapath *dp, const struct flow_key *key, const struct list_entry *entry,
		   struct list_replaced *replaced);
int block_flow_delete(const struct datapath *dp, const struct flow_key *key);

#endif
