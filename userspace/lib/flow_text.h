/* SPDX-License-Identifier: BSD-2-Clause */
/* A flow as people and files name it: its number, and its two ends seen from the initiator. */
#ifndef FLOW_TEXT_H
#define FLOW_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include "host.h"
#include "ip_prefix.h"

struct flow_text {
	char src_ip[IP_TEXT_SIZE], dest_ip[IP_TEXT_SIZE]; /* the initiator, the responder */
	unsigned int src_port, dest_port;		  /* ICMP: echo id, type << 8 | code */
	bool has_ports;					  /* of its protocol's own */
	int icmp_type, icmp_code;			  /* -1: not ICMP */
	char vlan[16];					  /* "0", "10", "10.20" */
	char proto[16];					  /* "TCP", or the number */
	char tunnel[24];				  /* "vxlan 42", "gre"; "" outside of any */
};

/* Which of the key's ports the initiator's is; the responder's is the other. */
unsigned int flow_source_port(const struct flow_key *key, unsigned int initiator);

/* A source as the kernel tells it from others (host_key_from_source): "192.0.2.7", "2001:db8::/64". Returns `text`. */
const char *source_print(const __be32 *addr, const __be32 *ipv6_mask, char *text);

/*
 * Its two ends for people, each of FLOW_END_SIZE bytes: "192.0.2.1:80", "[2001:db8::1]:80"; of ICMP "192.0.2.1 id 7" and
 * "192.0.2.2 type 8 code 0"; an address alone where the protocol has no ports.
 */
#define FLOW_END_SIZE (IP_TEXT_SIZE + 24)
void flow_ends_print(const struct flow_text *text, char *from, char *to);

void flow_text_fill(struct flow_text *out, const struct flow_key *key, unsigned int initiator);

/*
 * The flow's number, the same in rows and verdict log, whoever reads the record and when: a hash of what does not change
 * in its life. 53 bits, so that readers that hold numbers as doubles keep it whole.
 */
uint64_t flow_id(const struct flow_record *record);

#endif
