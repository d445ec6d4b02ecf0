/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The plain packet, which most are: TCP or UDP over IP without tags, options of IPv4, extension headers, or fragments, and
 * for nobody's ports that mean more. What packet_parse() and flow_key_from_packet() make of it, by a shorter way: the key is
 * made of what was read, not of what was just written, for a load waits for the store before it.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include "flow.h"

#define PLAIN_IPV4 0x45 /* version 4, and a header of 20 bytes */
#define PLAIN_IPV6 0x60 /* version 6, in the upper four bits */

/* Fills what layer 4 tells; `payload`: its bytes, header included. Returns 0, and leaves the packet as it is, if not plain. */
static __always_inline int plain_set_l4(struct packet *pkt, __u8 l4_proto, const void *l4, void *end, __u32 payload)
{
	const struct tcphdr *tcp = l4;
	const struct udphdr *udp = l4;
	__u32 header;

	if (likely(l4_proto == IPPROTO_TCP)) {
		if (unlikely((void *)(tcp + 1) > end))
			return 0;
		header = tcp->doff * 4;
		if (unlikely(header < sizeof(*tcp) || header > payload))
			return 0;
		pkt->tcp_flags = ((const __u8 *)tcp)[13];
		pkt->tcp_seq = bpf_ntohl(tcp->seq);
		pkt->tcp_ack = bpf_ntohl(tcp->ack_seq);
	} else {
		header = sizeof(*udp);
		if (unlikely(l4_proto != IPPROTO_UDP || (void *)(udp + 1) > end || header > payload))
			return 0;
		if (unlikely(packet_is_dhcp(udp->source, udp->dest) || packet_may_be_vxlan(udp->dest)))
			return 0;
	}
	pkt->l4_proto = l4_proto;
	pkt->payload_len = payload - header;
	packet_set_ports(pkt, l4);
	return 1;
}

/* What is left of the key when the addresses are in it. */
static __always_inline void plain_set_key_end(struct flow_key *key, __u8 l4_proto, const void *l4, int sender)
{
	__u32 ports = *(const __u32 *)l4; /* both */
	union {
		__u8 byte[4];
		__u32 word;
	} traits = { .byte = { l4_proto } };

	word_write(key->port, sender ? ports << 16 | ports >> 16 : ports, 0);
	word_write(&key->l4_proto, traits.word, 0);
}

static __always_inline int plain_parse_ipv4(struct packet *pkt, struct flow_key *key, const struct iphdr *ip, void *end,
					    __u32 room)
{
	const __be16 *port = (const void *)(ip + 1);
	__u32 l3_len;
	int sender;

	if (unlikely((void *)(ip + 1) > end || *(const __u8 *)ip != PLAIN_IPV4 || ip->frag_off & bpf_htons(0x3fff)))
		return -1;
	l3_len = bpf_ntohs(ip->tot_len);
	if (unlikely(l3_len < sizeof(*ip) || l3_len > room))
		return -1;
	if (unlikely(!plain_set_l4(pkt, ip->protocol, ip + 1, end, l3_len - sizeof(*ip))))
		return -1;
	pkt->l3_len = l3_len;
	packet_set_ipv4(pkt, ip);
	sender = ip->saddr != ip->daddr ? ip->saddr > ip->daddr : port[0] > port[1];
	packet_set_address(key->addr[0], 0, 0, bpf_htonl(0xffff), sender ? ip->daddr : ip->saddr);
	packet_set_address(key->addr[1], 0, 0, bpf_htonl(0xffff), sender ? ip->saddr : ip->daddr);
	plain_set_key_end(key, ip->protocol, ip + 1, sender);
	return sender;
}

static __always_inline void plain_set_address6(__be32 *out, const struct in6_addr *addr)
{
	const __be32 *word = addr->s6_addr32;

	packet_set_address(out, word[0], word[1], word[2], word[3]);
}

static __always_inline int plain_parse_ipv6(struct packet *pkt, struct flow_key *key, const struct ipv6hdr *ip, void *end,
					    __u32 room)
{
	__u32 payload;
	int sender;

	if (unlikely((void *)(ip + 1) > end || (*(const __u8 *)ip & 0xf0) != PLAIN_IPV6))
		return -1;
	payload = bpf_ntohs(ip->payload_len);
	if (unlikely(sizeof(*ip) + payload > room || !plain_set_l4(pkt, ip->nexthdr, ip + 1, end, payload)))
		return -1;
	pkt->l3_len = sizeof(*ip) + payload;
	packet_set_ipv6(pkt, ip);
	sender = packet_source_is_end1(pkt);
	if (sender) {
		plain_set_address6(key->addr[0], &ip->daddr);
		plain_set_address6(key->addr[1], &ip->saddr);
	} else {
		plain_set_address6(key->addr[0], &ip->saddr);
		plain_set_address6(key->addr[1], &ip->daddr);
	}
	plain_set_key_end(key, ip->nexthdr, ip + 1, sender);
	return sender;
}

/*
 * Fills a zeroed packet and a zeroed key. Returns which end of the key sent it, 0 or 1; or -1, both untouched, for any
 * packet that is not plain, or not what it claims.
 */
static __always_inline int packet_parse_plain(struct packet *pkt, struct flow_key *key, void *data, void *end,
					      __u32 frame_len)
{
	const struct ethhdr *eth = data;
	__u32 room = frame_len - sizeof(*eth);

	if (unlikely((void *)(eth + 1) > end))
		return -1;
	if (likely(eth->h_proto == bpf_htons(ETH_P_IP)))
		return plain_parse_ipv4(pkt, key, (const void *)(eth + 1), end, room);
	if (likely(eth->h_proto == bpf_htons(ETH_P_IPV6)))
		return plain_parse_ipv6(pkt, key, (const void *)(eth + 1), end, room);
	return -1;
}

#endif
