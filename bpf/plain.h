/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The plain packet, which most are: TCP over IPv4 without tags, options of IP, or fragments. What packet_parse() and
 * flow_key_from_packet() make of it, by a shorter way: the key is made of what was read, not of what was just written,
 * for a load waits for the store before it.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include "flow.h"

#define PLAIN_IP_START 0x45 /* version 4, and a header of 20 bytes */

static __always_inline int plain_is_source_end1(const struct iphdr *ip, const struct tcphdr *tcp)
{
	return ip->saddr != ip->daddr ? ip->saddr > ip->daddr : tcp->source > tcp->dest;
}

static __always_inline void plain_set_key(struct flow_key *key, const struct iphdr *ip, const struct tcphdr *tcp,
					  int sender)
{
	__u32 ports = *(const __u32 *)tcp; /* both */
	union {
		__u8 byte[4];
		__u32 word;
	} traits = { .byte = { IPPROTO_TCP } };

	packet_set_address(key->addr[0], 0, 0, bpf_htonl(0xffff), sender ? ip->daddr : ip->saddr);
	packet_set_address(key->addr[1], 0, 0, bpf_htonl(0xffff), sender ? ip->saddr : ip->daddr);
	word_write(key->port, sender ? ports << 16 | ports >> 16 : ports, 0);
	word_write(&key->l4_proto, traits.word, 0);
}

/*
 * Fills a zeroed packet and a zeroed key. Returns which end of the key sent it, 0 or 1; or -1, both untouched, for any
 * packet that is not plain, or not what it claims.
 */
static __always_inline int packet_parse_plain(struct packet *pkt, struct flow_key *key, void *data, void *end,
					      __u32 frame_len)
{
	const struct ethhdr *eth = data;
	const struct iphdr *ip = (const void *)(eth + 1);
	const struct tcphdr *tcp = (const void *)(ip + 1);
	__u32 l3_len, headers;
	int sender;

	if ((void *)(tcp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || *(const __u8 *)ip != PLAIN_IP_START ||
	    ip->frag_off & bpf_htons(0x3fff) || ip->protocol != IPPROTO_TCP)
		return -1;
	l3_len = bpf_ntohs(ip->tot_len);
	headers = sizeof(*ip) + tcp->doff * 4;
	if (headers < sizeof(*ip) + sizeof(*tcp) || l3_len < headers || l3_len > frame_len - sizeof(*eth))
		return -1;
	sender = plain_is_source_end1(ip, tcp);
	plain_set_key(key, ip, tcp, sender);
	packet_set_ipv4(pkt, ip);
	packet_set_ports(pkt, tcp);
	pkt->l4_proto = IPPROTO_TCP;
	pkt->tcp_flags = ((const __u8 *)tcp)[13];
	pkt->l3_len = l3_len;
	pkt->payload_len = l3_len - headers;
	pkt->tcp_seq = bpf_ntohl(tcp->seq);
	pkt->tcp_ack = bpf_ntohl(tcp->ack_seq);
	return sender;
}

#endif
