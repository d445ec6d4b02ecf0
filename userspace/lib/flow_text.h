/* SPDX-License-Identifier: BSD-2-Clause */
/* A flow as people and files name it: its number, and its two ends seen from the initiator. */
#ifndef FLOW_TEXT_H
#define FLOW_TEXT_H

#include <stdint.h>
#include "host.h"
#include "ip_prefix.h"

struct flow_text {
	char src_ip[IP_TEXT_SIZE], dest_ip[IP_TEXT_SIZE]; /* the initiator, the responder */
	unsigned int src_port, dest_port;		  /* ICMP: echo id, type << 8 | code */
	char vlan[16];					  /* "0", "10", "10.20" */
	char proto[16];					  /* "TCP", or the number */
	char tunnel[24];				  /* "vxlan 42", "gre"; "" outside of any */
};

/* Which of the key's ports the initiator's is; the responder's is the other. */
unsigned int flow_source_port(const struct flow_key *key, unsigned int initiator);

/* A source as the kernel tells it from others (host_key_from_source): "192.0.2.7", "2001:db8::/64". Returns `text`. */
const char *source_print(const __be32 *addr, const __be32 *ipv6_mask, char *text);

void flow_text_fill(struct flow_text *out, const struct flow_key *key, unsigned int initiator);

/*
 * The flow's number, the same in rows and verdict log, whoever reads the record and when: a hash of what does not change
 * in its life. 53 bits, so that readers that hold numbers as doubles keep it whole.
 */
uint64_t flow_id(const struct flow_record *record);

#endif
