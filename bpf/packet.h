/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The packet: the facts we read from its headers, and nothing we remember.
 */
#ifndef PACKET_H
#define PACKET_H

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#ifdef __bpf__
#include <linux/in.h>
#else
#include <netinet/in.h> /* the same constants, at peace with the rest of libc */
#endif
#include <bpf/bpf_endian.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/* linux/icmp.h drags libc in; ICMPv6 begins with the same eight bytes (RFC 792, RFC 4443). */
struct icmp_start {
	__u8 type;
	__u8 code;
	__be16 checksum;
	__be16 id; /* of an echo */
	__be16 sequence;
};

enum icmp_type {
	ICMP4_ECHO_REPLY = 0,
	ICMP4_UNREACHABLE = 3,
	ICMP4_ECHO = 8,
	ICMP4_TIME_EXCEEDED = 11,
	ICMP4_BAD_PARAMETER = 12,
	ICMP4_TIMESTAMP = 13, /* to 18: timestamp, information and address mask; requests are odd, replies follow */
	ICMP4_MASK_REPLY = 18,
	ICMP6_ECHO = 128,
	ICMP6_ECHO_REPLY = 129,
};

#define PACKET_VLANS 2		/* tags we look behind */
#define PACKET_EXTENSIONS 6	/* IPv6 extension headers we look behind */

/* Bits of struct packet.tcp_flags: byte 13 of the TCP header. */
enum tcp_flag { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_PSH = 0x08, TCP_ACK = 0x10 };

/* IPv4 addresses are written as ::ffff:a.b.c.d. */
struct packet {
	__be32 source[4];
	__be32 dest[4];
	__be16 source_port;	/* ICMP: the echo id, or 0 */
	__be16 dest_port;	/* ICMP: type << 8 | code, a reply written as its request */
	__u16 vlan[PACKET_VLANS]; /* ids, outermost first, 0 where there is none */
	__u8 l4_proto;
	__u8 tcp_flags;		/* 0 unless TCP */
	__u8 later_fragment;	/* 1: no layer 4 header here, ports are 0 */
	__u8 pad;
	__u32 l3_len;		/* bytes, from the IP header to the end of the IP packet */
	__u32 payload_len;	/* bytes behind the layer 4 header */
	__u32 tcp_seq, tcp_ack;	/* host order, 0 unless TCP */
};

/* What a frame turned out to be. Only PARSED_FLOW is ever judged. */
enum parsed {
	PARSED_FLOW,		/* belongs to the flow that the packet names */
	PARSED_ICMP_ERROR,	/* passes; the packet holds the *quoted* packet's addresses and ports */
	PARSED_EXEMPT,		/* passes: neighbour discovery, path MTU, DHCP; a network dies without them */
	PARSED_NOT_IP,
	PARSED_TRUNCATED,	/* the frame ends before its headers or before the length they claim */
	PARSED_BAD_HEADER,	/* a header contradicts itself */
	PARSED_TOO_DEEP,	/* more extension headers than we look behind */
};

static __always_inline void packet_set_ipv4(struct packet *pkt, const struct iphdr *ip)
{
	pkt->source[0] = pkt->source[1] = pkt->dest[0] = pkt->dest[1] = 0;
	pkt->source[2] = pkt->dest[2] = bpf_htonl(0xffff);
	pkt->source[3] = ip->saddr;
	pkt->dest[3] = ip->daddr;
}

static __always_inline void packet_set_ipv6(struct packet *pkt, const struct ipv6hdr *ip)
{
	__builtin_memcpy(pkt->source, &ip->saddr, sizeof(pkt->source));
	__builtin_memcpy(pkt->dest, &ip->daddr, sizeof(pkt->dest));
}

/* The packet that an ICMP error quotes: addresses and the first four bytes of layer 4 are all we need of it. */
static __always_inline enum parsed packet_parse_quoted(struct packet *pkt, void *inner, void *end, int is_ipv6)
{
	struct udphdr *ports;

	if (is_ipv6) {
		struct ipv6hdr *ip = inner;

		if ((void *)(ip + 1) > end)
			return PARSED_EXEMPT;
		packet_set_ipv6(pkt, ip);
		pkt->l4_proto = ip->nexthdr;
		ports = (void *)(ip + 1);
	} else {
		struct iphdr *ip = inner;

		if ((void *)(ip + 1) > end || ip->ihl < 5)
			return PARSED_EXEMPT;
		packet_set_ipv4(pkt, ip);
		pkt->l4_proto = ip->protocol;
		ports = (void *)ip + ip->ihl * 4;
	}
	if ((void *)(ports + 1) > end || (pkt->l4_proto != IPPROTO_TCP && pkt->l4_proto != IPPROTO_UDP &&
					  pkt->l4_proto != IPPROTO_SCTP))
		return PARSED_EXEMPT;
	pkt->source_port = ports->source;
	pkt->dest_port = ports->dest;
	return PARSED_ICMP_ERROR;
}

/* ICMP stands where ports are: echo id, and type << 8 | code. A reply carries its request's type, so both pair. */
static __always_inline enum parsed packet_parse_icmp(struct packet *pkt, void *l4, void *end, int is_ipv6)
{
	struct icmp_start *icmp = l4;
	__u8 request = is_ipv6 ? ICMP6_ECHO : ICMP4_ECHO;
	__u8 type, code, paired = 0;

	if ((void *)(icmp + 1) > end)
		return PARSED_TRUNCATED;
	type = icmp->type;
	code = icmp->code;
	if (is_ipv6) {
		if (type >= 1 && type <= 4)
			return packet_parse_quoted(pkt, icmp + 1, end, 1);
		if ((type >= 130 && type <= 137) || type == 143)
			return PARSED_EXEMPT;
		paired = type == ICMP6_ECHO || type == ICMP6_ECHO_REPLY;
	} else {
		if (type == ICMP4_UNREACHABLE || type == ICMP4_TIME_EXCEEDED || type == ICMP4_BAD_PARAMETER)
			return packet_parse_quoted(pkt, icmp + 1, end, 0);
		if (type == ICMP4_ECHO || type == ICMP4_ECHO_REPLY) {
			paired = 1;
		} else if (type >= ICMP4_TIMESTAMP && type <= ICMP4_MASK_REPLY) {
			paired = 1;
			request = (type - 1) | 1;
		}
	}
	pkt->dest_port = bpf_htons((paired ? request : type) << 8 | code);
	if (paired)
		pkt->source_port = icmp->id;
	pkt->payload_len -= pkt->payload_len < sizeof(*icmp) ? pkt->payload_len : sizeof(*icmp);
	return PARSED_FLOW;
}

static __always_inline int packet_is_dhcp(__be16 source_port, __be16 dest_port)
{
	__u16 from = bpf_ntohs(source_port), to = bpf_ntohs(dest_port);

	return (from == 67 && (to == 68 || to == 67)) || (from == 68 && to == 67) || (from == 546 && to == 547) ||
	       (from == 547 && (to == 546 || to == 547));
}

/* From layer 4 on; payload_len holds the bytes from `l4` to the end of the IP packet. */
static __always_inline enum parsed packet_parse_l4(struct packet *pkt, void *l4, void *end, int is_ipv6)
{
	if (pkt->later_fragment)
		return PARSED_FLOW;
	if (pkt->l4_proto == IPPROTO_TCP) {
		struct tcphdr *tcp = l4;
		__u32 header;

		if ((void *)(tcp + 1) > end)
			return PARSED_TRUNCATED;
		header = tcp->doff * 4;
		if (header < sizeof(*tcp) || header > pkt->payload_len)
			return PARSED_BAD_HEADER;
		pkt->source_port = tcp->source;
		pkt->dest_port = tcp->dest;
		pkt->tcp_flags = ((__u8 *)tcp)[13];
		pkt->tcp_seq = bpf_ntohl(tcp->seq);
		pkt->tcp_ack = bpf_ntohl(tcp->ack_seq);
		pkt->payload_len -= header;
		return PARSED_FLOW;
	}
	if (pkt->l4_proto == IPPROTO_UDP || pkt->l4_proto == IPPROTO_UDPLITE) {
		struct udphdr *udp = l4;

		if ((void *)(udp + 1) > end)
			return PARSED_TRUNCATED;
		pkt->source_port = udp->source;
		pkt->dest_port = udp->dest;
		pkt->payload_len -= pkt->payload_len < sizeof(*udp) ? pkt->payload_len : sizeof(*udp);
		return packet_is_dhcp(udp->source, udp->dest) ? PARSED_EXEMPT : PARSED_FLOW;
	}
	if (pkt->l4_proto == IPPROTO_SCTP) {
		__be16 *ports = l4; /* then tag and checksum: 12 bytes in all, RFC 9260 section 3 */

		if (l4 + 12 > end)
			return PARSED_TRUNCATED;
		pkt->source_port = ports[0];
		pkt->dest_port = ports[1];
		pkt->payload_len -= pkt->payload_len < 12 ? pkt->payload_len : 12;
		return PARSED_FLOW;
	}
	if (pkt->l4_proto == (is_ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return packet_parse_icmp(pkt, l4, end, is_ipv6);
	return PARSED_FLOW; /* any other protocol: one flow per pair of addresses */
}

static __always_inline enum parsed packet_parse_ipv4(struct packet *pkt, void *l3, void *end, __u32 l3_room)
{
	struct iphdr *ip = l3;
	__u32 header, claimed;

	if ((void *)(ip + 1) > end)
		return PARSED_TRUNCATED;
	header = ip->ihl * 4;
	claimed = bpf_ntohs(ip->tot_len);
	if (ip->version != 4 || header < sizeof(*ip) || (claimed && claimed < header))
		return PARSED_BAD_HEADER;
	if (claimed > l3_room)
		return PARSED_TRUNCATED;
	pkt->l3_len = claimed ? claimed : l3_room; /* 0: a bundle too long for the field (BIG TCP) */
	if (pkt->l3_len < header)
		return PARSED_TRUNCATED;
	pkt->payload_len = pkt->l3_len - header;
	packet_set_ipv4(pkt, ip);
	pkt->l4_proto = ip->protocol;
	pkt->later_fragment = (ip->frag_off & bpf_htons(0x1fff)) != 0;
	return packet_parse_l4(pkt, l3 + header, end, 0);
}

static __always_inline enum parsed packet_parse_ipv6(struct packet *pkt, void *l3, void *end, __u32 l3_room)
{
	struct ipv6hdr *ip = l3;
	void *at = ip + 1;
	__u32 claimed, used = 0;
	__u8 next;

	if (at > end)
		return PARSED_TRUNCATED;
	claimed = bpf_ntohs(ip->payload_len);
	if (ip->version != 6)
		return PARSED_BAD_HEADER;
	if (claimed + sizeof(*ip) > l3_room)
		return PARSED_TRUNCATED;
	pkt->l3_len = claimed ? claimed + sizeof(*ip) : l3_room; /* 0: a jumbogram or a BIG TCP bundle */
	packet_set_ipv6(pkt, ip);
	next = ip->nexthdr;

	for (int i = 0; i < PACKET_EXTENSIONS; i++) {
		struct ipv6_opt_hdr *extension = at;
		__u32 size;

		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS &&
		    next != IPPROTO_FRAGMENT && next != IPPROTO_AH)
			break;
		if (at + 8 > end) /* the shortest extension header, RFC 8200 section 4 */
			return PARSED_TRUNCATED;
		size = (extension->hdrlen + 1) * 8;
		if (next == IPPROTO_AH)
			size = (extension->hdrlen + 2) * 4; /* RFC 4302 section 2.2 */
		if (next == IPPROTO_FRAGMENT) {
			size = 8;
			pkt->later_fragment |= (((__be16 *)at)[1] & bpf_htons(0xfff8)) != 0;
		}
		next = extension->nexthdr;
		at += size;
		used += size;
		if (pkt->later_fragment)
			break; /* what follows is the middle of a payload, not a header */
	}
	if (!pkt->later_fragment && (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS ||
				     next == IPPROTO_FRAGMENT || next == IPPROTO_AH))
		return PARSED_TOO_DEEP;
	pkt->l4_proto = next;
	if (pkt->l3_len < sizeof(*ip) + used)
		return PARSED_TRUNCATED;
	pkt->payload_len = pkt->l3_len - sizeof(*ip) - used;
	return packet_parse_l4(pkt, at, end, 1);
}

/*
 * Fills a zeroed packet from a frame. `frame_len` is the whole frame in bytes: more than data_end - data where only the
 * headers are at hand. On any result but PARSED_FLOW and PARSED_ICMP_ERROR the packet's content means nothing.
 */
static __always_inline enum parsed packet_parse(struct packet *pkt, void *data, void *data_end, __u32 frame_len)
{
	struct ethhdr *eth = data;
	void *l3 = eth + 1;
	__u32 l3_room;
	__be16 type;

	if (l3 > data_end)
		return PARSED_TRUNCATED;
	type = eth->h_proto;
	for (int i = 0; i < PACKET_VLANS; i++) {
		__be16 *tag = l3; /* tag control information, then the next type */

		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(tag + 2) > data_end)
			return PARSED_TRUNCATED;
		pkt->vlan[i] = bpf_ntohs(tag[0]) & 0x0fff;
		type = tag[1];
		l3 = tag + 2;
	}
	l3_room = frame_len - (__u32)(l3 - data);
	if (type == bpf_htons(ETH_P_IP))
		return packet_parse_ipv4(pkt, l3, data_end, l3_room);
	if (type == bpf_htons(ETH_P_IPV6))
		return packet_parse_ipv6(pkt, l3, data_end, l3_room);
	return PARSED_NOT_IP;
}

#endif
