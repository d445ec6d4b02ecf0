/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The packet that an ICMP error quotes: what the error is about. */
#ifndef QUOTE_H
#define QUOTE_H

#include "packet.h"

#define QUOTE_EXTENSIONS 2 /* IPv6 extension headers we look behind in a quoted packet */

/* What it shows behind its IP header: eight bytes at least, RFC 792 and RFC 4443. Returns false for nothing of use. */
static __always_inline int packet_quote_l4(struct packet *pkt, void *l4, void *end)
{
	struct udphdr *ports = l4;
	struct icmp_start *icmp = l4;

	if (l4 + 8 > end)
		return 0;
	if (packet_has_ports(pkt->l4_proto)) {
		pkt->source_port = ports->source;
		pkt->dest_port = ports->dest;
	} else if (packet_is_icmp(pkt->l4_proto)) {
		if (icmp->type != (pkt->l4_proto == IPPROTO_ICMPV6 ? ICMP6_ECHO : ICMP4_ECHO))
			return 0;
		pkt->source_port = icmp->id;
		pkt->dest_port = bpf_htons(icmp->type << 8 | icmp->code);
	}
	return 1;
}

/*
 * Fills a zeroed packet from the one that `error` quotes, on which packet_parse() said PARSED_ICMP_ERROR: what its key
 * is made of, no more. Returns false when too little of it is quoted.
 */
static __always_inline int packet_from_quote(struct packet *pkt, const struct packet *error, void *data, void *end)
{
	void *inner = packet_inner(error, data), *l4;

	if (!inner)
		return 0;
	pkt->vlan[0] = error->vlan[0];
	pkt->vlan[1] = error->vlan[1];
	pkt->tunnel = error->tunnel;
	pkt->tunnel_id = error->tunnel_id;
	if (error->l4_proto == IPPROTO_ICMPV6) {
		struct ipv6hdr *ip = inner;

		if ((void *)(ip + 1) > end || ip->version != 6)
			return 0;
		packet_set_ipv6(pkt, ip);
		l4 = packet_skip_extensions(pkt, ip + 1, end, ip->nexthdr, QUOTE_EXTENSIONS);
		if (!l4 || (packet_is_extension(pkt->l4_proto) && pkt->fragment != FRAGMENT_LATER))
			return 0;
	} else {
		struct iphdr *ip = inner;

		if ((void *)(ip + 1) > end || ip->version != 4 || ip->ihl < 5)
			return 0;
		packet_set_ipv4(pkt, ip);
		pkt->l4_proto = ip->protocol;
		packet_set_fragment(pkt, bpf_ntohs(ip->frag_off) & 0x1fff, bpf_ntohs(ip->frag_off) & 0x2000, ip->id);
		l4 = inner + ip->ihl * 4;
	}
	if (l4 - inner + 8 > error->payload_len)
		return 0;
	return pkt->fragment == FRAGMENT_LATER || packet_quote_l4(pkt, l4, end);
}

/*
 * Whether the error says that nobody wants the quoted packet: destination unreachable, but for "fragmentation needed",
 * which asks for smaller ones; and whether it says so to who sent that. Too big, time exceeded and bad parameter are of
 * the way, not of the host at its end (RFC 792, RFC 4443).
 */
static __always_inline int packet_is_refusal(const struct packet *error, const struct packet *quoted)
{
	__u16 type_code = bpf_ntohs(error->dest_port);
	__u64 differs = 0;

	for (int i = 0; i < 4; i++)
		differs |= error->dest[i] ^ quoted->source[i];
	if (differs)
		return 0;
	if (error->l4_proto == IPPROTO_ICMPV6)
		return type_code >> 8 == ICMP6_UNREACHABLE;
	return type_code >> 8 == ICMP4_UNREACHABLE && (type_code & 0xff) != ICMP4_TOO_BIG;
}

#endif
