/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The datagram in parts: only its first part shows the ports. Who remembers them under what all parts share (the
 * addresses and the id) finds the flow of the later ones.
 */
#ifndef FRAGMENT_H
#define FRAGMENT_H

#include "packet.h"

/* A datagram on its way: RFC 791 and RFC 8200 tell datagrams apart by these. */
struct fragment_key {
	__be32 source[4];
	__be32 dest[4];
	__u16 vlan[PACKET_VLANS];
	__u32 id;
	__u32 tunnel_id;
	__u8 l4_proto;
	__u8 tunnel;
	__u8 pad[2]; /* always zero: map keys are compared byte by byte */
};

struct fragment_ports {
	__be16 source_port;
	__be16 dest_port;
	__u32 pad;
	__u64 seen_ns; /* when the first part came */
};

_Static_assert(sizeof(struct fragment_key) == 48, "fragment_key has hidden padding");
_Static_assert(sizeof(struct fragment_ports) == 16, "fragment_ports has hidden padding");

/* Ids come again: IPv4 has 65,536 of them. As long as Linux waits for the parts of a datagram. */
#define FRAGMENT_MAX_AGE_NS (30 * 1000000000ull)

/* Fills a zeroed key. */
static __always_inline void fragment_key_from_packet(struct fragment_key *key, const struct packet *pkt)
{
	__builtin_memcpy(key->source, pkt->source, sizeof(key->source));
	__builtin_memcpy(key->dest, pkt->dest, sizeof(key->dest));
	key->vlan[0] = pkt->vlan[0];
	key->vlan[1] = pkt->vlan[1];
	key->id = pkt->fragment_id;
	key->tunnel_id = pkt->tunnel_id;
	key->l4_proto = pkt->l4_proto;
	key->tunnel = pkt->tunnel;
}

static __always_inline struct fragment_ports fragment_ports_from_packet(const struct packet *pkt, __u64 now_ns)
{
	return (struct fragment_ports){ .source_port = pkt->source_port, .dest_port = pkt->dest_port, .seen_ns = now_ns };
}

/* Gives a later part the ports of its first. `ports` may be NULL. Returns whether it did. */
static __always_inline int packet_join_fragment(struct packet *pkt, const struct fragment_ports *ports, __u64 now_ns)
{
	if (!ports || (now_ns > ports->seen_ns && now_ns - ports->seen_ns >= FRAGMENT_MAX_AGE_NS))
		return 0;
	pkt->source_port = ports->source_port;
	pkt->dest_port = ports->dest_port;
	pkt->fragment = FRAGMENT_JOINED;
	return 1;
}

#endif
