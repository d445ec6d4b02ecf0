/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The packet within a packet: IP in IP, GRE (RFC 2784, RFC 2890) and VXLAN (RFC 7348), one layer deep. Whoever wants
 * flows keyed by what is inside takes it out here; what cannot be taken out stays a flow of the outer packet.
 */
#ifndef TUNNEL_H
#define TUNNEL_H

#include "packet.h"

/* Each of these sets *type to what follows, and tunnel and tunnel_id. Returns where it begins; NULL: not ours to read. */
static __always_inline void *tunnel_skip_gre(struct packet *pkt, void *at, void *end, __be16 *type)
{
	__be16 *gre = at;
	__u16 flags;

	if (at + 4 > end)
		return NULL;
	flags = bpf_ntohs(gre[0]);
	*type = gre[1];
	if (flags & 0x4007) /* routing, or another version than 0 */
		return NULL;
	pkt->tunnel = TUNNEL_GRE;
	at += 4;
	if (flags & 0x8000)
		at += 4; /* checksum */
	if (flags & 0x2000) {
		if (at + 4 > end)
			return NULL;
		pkt->tunnel_id = bpf_ntohl(*(__be32 *)at);
		at += 4;
	}
	if (flags & 0x1000)
		at += 4; /* sequence number */
	return at;
}

static __always_inline void *tunnel_skip_vxlan(struct packet *pkt, void *at, void *end, __be16 *type)
{
	__be32 *vxlan = at + sizeof(struct udphdr);

	if ((void *)(vxlan + 2) > end || !(vxlan[0] & bpf_htonl(0x08000000))) /* says that the id is valid */
		return NULL;
	pkt->tunnel = TUNNEL_VXLAN;
	pkt->tunnel_id = bpf_ntohl(vxlan[1]) >> 8;
	*type = bpf_htons(ETH_P_TEB);
	return vxlan + 2;
}

static __always_inline void *tunnel_skip(struct packet *pkt, __u8 l4_proto, void *at, void *end, __be16 *type)
{
	if (l4_proto == IPPROTO_UDP)
		return tunnel_skip_vxlan(pkt, at, end, type);
	if (l4_proto == IPPROTO_GRE)
		return tunnel_skip_gre(pkt, at, end, type);
	pkt->tunnel = TUNNEL_IP;
	*type = bpf_htons(l4_proto == IPPROTO_IPIP ? ETH_P_IP : ETH_P_IPV6);
	return at;
}

/*
 * Fills a zeroed packet from the one inside `outer`, on which packet_parse() said PARSED_TUNNEL. The outer VLANs stay
 * the first. Returns what packet_parse() would say of it, but for PARSED_TUNNEL: there is one layer. On any result but
 * a flow's, an ICMP error's and the exempt ones, go by the outer packet.
 */
static __always_inline enum parsed packet_parse_inner(struct packet *pkt, const struct packet *outer, void *data,
						      void *end, __u32 frame_len)
{
	void *at = packet_inner(outer, data);
	enum parsed parsed;
	__be16 type;

	if (!at)
		return PARSED_NOT_IP;
	at = tunnel_skip(pkt, outer->l4_proto, at, end, &type);
	if (at && type == bpf_htons(ETH_P_TEB))
		at = packet_parse_link(pkt, at, end, &type);
	if (!at)
		return PARSED_NOT_IP;
	parsed = packet_parse_l3(pkt, data, at, end, frame_len - (__u32)(at - data), type);
	if (outer->vlan[0]) {
		pkt->vlan[1] = outer->vlan[1] ? outer->vlan[1] : pkt->vlan[0];
		pkt->vlan[0] = outer->vlan[0];
	}
	return parsed == PARSED_TUNNEL ? PARSED_FLOW : parsed;
}

#endif
