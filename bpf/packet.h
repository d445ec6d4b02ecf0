/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The packet: the facts we read from its headers, and nothing we remember.
 */
#ifndef PACKET_H
#define PACKET_H

#include <stddef.h>
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

#ifndef unlikely
#define unlikely(x) __builtin_expect(!!(x), 0)
#define likely(x) __builtin_expect(!!(x), 1)
#endif

/*
 * In the kernel a global function: the verifier walks it once, not once for each path that leads to it. It takes scalars
 * and pointers to structs, and the verifier wants each pointer compared with NULL, which it never is.
 */
#ifdef __bpf__
#define VERIFIED_ONCE __attribute__((noinline, weak))
#else
#define VERIFIED_ONCE static inline
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
	ICMP4_TOO_BIG = 4, /* a code of it */
	ICMP4_ECHO = 8,
	ICMP4_TIME_EXCEEDED = 11,
	ICMP4_BAD_PARAMETER = 12,
	ICMP4_TIMESTAMP = 13, /* to 18: timestamp, information and address mask; requests are odd, replies follow */
	ICMP4_MASK_REPLY = 18,
	ICMP6_UNREACHABLE = 1,
	ICMP6_ECHO = 128,
	ICMP6_ECHO_REPLY = 129,
	ICMP6_LISTENER_QUERY = 130, /* to 132 */
	ICMP6_LISTENER_DONE = 132,
	ICMP6_ROUTER_SOLICITATION = 133, /* neighbour discovery, to 137 */
	ICMP6_REDIRECT = 137,
	ICMP6_LISTENER_REPORT2 = 143,
};

#define PACKET_VLANS 2		/* tags we look behind */
#define PACKET_EXTENSIONS 6	/* IPv6 extension headers we look behind */
#define PACKET_INNER_AT_MAX 511	/* bytes before a packet in a packet, as far as we look */

/* Bits of struct packet.tcp_flags: byte 13 of the TCP header. */
enum tcp_flag { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_PSH = 0x08, TCP_ACK = 0x10, TCP_URG = 0x20 };

/* Which part of its datagram a packet is. */
enum fragment {
	FRAGMENT_NONE,	 /* all of it */
	FRAGMENT_FIRST,
	FRAGMENT_LATER,	 /* no layer 4 header here: the ports are unknown, and 0 */
	FRAGMENT_JOINED, /* a later one whose ports are known all the same, or whose protocol has none */
};

/* What a packet was wrapped in, when it was taken out: tunnel.h. */
enum tunnel { TUNNEL_NONE, TUNNEL_IP, TUNNEL_GRE, TUNNEL_VXLAN, TUNNEL_COUNT };

/* IPv4 addresses are written as ::ffff:a.b.c.d. */
struct packet {
	__be32 source[4];
	__be32 dest[4];
	__be16 source_port;	/* ICMP: the echo id, or 0 */
	__be16 dest_port;	/* ICMP: type << 8 | code, a reply written as its request */
	__u16 vlan[PACKET_VLANS]; /* ids, outermost first, 0 where there is none */
	__u8 l4_proto;
	__u8 tcp_flags;		/* 0 unless TCP */
	__u8 fragment;		/* enum fragment */
	__u8 tunnel;		/* enum tunnel */
	__u32 l3_len;		/* bytes, from the IP header to the end of the IP packet */
	__u32 payload_len;	/* bytes behind the layer 4 header */
	__u32 tcp_seq, tcp_ack;	/* host order, 0 unless TCP */
	__u32 fragment_id;	/* as it stands in the header; 0 unless a fragment */
	__u32 tunnel_id;	/* VXLAN network or GRE key, 0 where there is none */
	__u32 inner_at;		/* bytes from the frame's start to a tunnel's header or a quoted packet, else 0 */
};

_Static_assert(sizeof(struct packet) == 72, "packet has hidden padding");

/* What a frame turned out to be. Only the flows, the first three, are ever judged. */
enum parsed {
	PARSED_FLOW,		/* belongs to the flow that the packet names */
	PARSED_FRAGMENT,	/* the same, and it is a part of a datagram: fragment.h */
	PARSED_TUNNEL,		/* the same, and another packet may be in it: tunnel.h */
	PARSED_ICMP_ERROR,	/* passes, and quotes a packet of the flow that it is about: quote.h */
	PARSED_DHCP,		/* passes: a host has no address without it */
	PARSED_EXEMPT,		/* passes: packet_is_of_link(); a link dies without it */
	PARSED_NOT_IP,
	PARSED_TRUNCATED,	/* the frame ends before its headers or before the length they claim */
	PARSED_BAD_HEADER,	/* a header contradicts itself */
	PARSED_TOO_DEEP,	/* more extension headers than we look behind */
};

/*
 * Eight bytes in one store. Keys are made of a packet's fields by words of this size, and a CPU waits long for a word
 * that several stores wrote.
 */
static __always_inline void word_write(void *out, __be32 first, __be32 second)
{
	union {
		__be32 half[2];
		__u64 whole;
	} word = { .half = { first, second } };

	asm volatile("" : "+r"(word.whole)); /* else the compiler makes it two stores */
	__builtin_memcpy(out, &word.whole, sizeof(word));
}

static __always_inline void packet_set_address(__be32 *out, __be32 a, __be32 b, __be32 c, __be32 d)
{
	word_write(out, a, b);
	word_write(out + 2, c, d);
}

static __always_inline void packet_set_ipv4(struct packet *pkt, const struct iphdr *ip)
{
	packet_set_address(pkt->source, 0, 0, bpf_htonl(0xffff), ip->saddr);
	packet_set_address(pkt->dest, 0, 0, bpf_htonl(0xffff), ip->daddr);
}

static __always_inline void packet_set_ipv6(struct packet *pkt, const struct ipv6hdr *ip)
{
	const __be32 *from = ip->saddr.s6_addr32, *to = ip->daddr.s6_addr32;

	packet_set_address(pkt->source, from[0], from[1], from[2], from[3]);
	packet_set_address(pkt->dest, to[0], to[1], to[2], to[3]);
}

/* TCP, UDP and SCTP begin with both. */
static __always_inline void packet_set_ports(struct packet *pkt, const void *l4)
{
	__u32 both = *(const __u32 *)l4;

	__builtin_memcpy(&pkt->source_port, &both, sizeof(both));
}

static __always_inline int packet_is_extension(__u8 next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS || next == IPPROTO_FRAGMENT ||
	       next == IPPROTO_AH;
}

static __always_inline int packet_has_ports(__u8 l4_proto)
{
	return l4_proto == IPPROTO_TCP || l4_proto == IPPROTO_UDP || l4_proto == IPPROTO_UDPLITE ||
	       l4_proto == IPPROTO_SCTP;
}

static __always_inline int packet_is_icmp(__u8 l4_proto)
{
	return l4_proto == IPPROTO_ICMP || l4_proto == IPPROTO_ICMPV6;
}

/* `offset` is 0 in the first fragment, `more` in the last. */
static __always_inline void packet_set_fragment(struct packet *pkt, __u32 offset, __u32 more, __u32 id)
{
	if (!offset && !more)
		return;
	pkt->fragment = offset ? FRAGMENT_LATER : FRAGMENT_FIRST;
	pkt->fragment_id = id;
}

/* Above the size, in what extension_measure() returns. */
#define EXTENSION_SIZE 0xfff
#define EXTENSION_FRAGMENT_SHIFT 16
#define EXTENSION_ID_SHIFT 32

/*
 * The bytes of an IPv6 extension header of type `next`, by its first two words; of a fragment's also what it is of, and
 * the id. As a function of its own so that the verifier forgets which type it was: six of five are too many ways for it.
 */
VERIFIED_ONCE __u64 extension_measure(__u32 next, __be32 first, __be32 second)
{
	__u32 words = bpf_ntohl(first), length = words >> 16 & 0xff;

	if (next == IPPROTO_FRAGMENT) {
		__u64 fragment = words & 0xfff8 ? FRAGMENT_LATER : words & 1 ? FRAGMENT_FIRST : FRAGMENT_NONE;

		return 8 | fragment << EXTENSION_FRAGMENT_SHIFT |
		       (fragment ? (__u64)second << EXTENSION_ID_SHIFT : 0);
	}
	return next == IPPROTO_AH ? (length + 2) * 4 : (length + 1) * 8; /* RFC 4302 section 2.2, RFC 8200 section 4 */
}

/*
 * Looks behind up to `most` IPv6 extension headers, from `at` on, the first of which has type `next`. Returns where the
 * chain ends, its end in l4_proto; an extension header there is one too many. NULL: the frame ends within it.
 */
static __always_inline void *packet_skip_extensions(struct packet *pkt, void *at, void *end, __u8 next, int most)
{
	for (int i = 0; i < most && packet_is_extension(next); i++) {
		__be32 *words = at;
		__u64 measured;

		if (at + 8 > end) /* the shortest there is */
			return NULL;
		measured = extension_measure(next, words[0], words[1]);
		next = *(__u8 *)at;
		at += measured & EXTENSION_SIZE;
		pkt->fragment |= measured >> EXTENSION_FRAGMENT_SHIFT & 3;
		pkt->fragment_id |= measured >> EXTENSION_ID_SHIFT;
		if (pkt->fragment >= FRAGMENT_LATER)
			break; /* what follows is the middle of a payload, not a header */
	}
	if (pkt->fragment > FRAGMENT_LATER)
		pkt->fragment = FRAGMENT_LATER; /* one in another */
	pkt->l4_proto = next;
	return at;
}

/* True for an IPv6 source that no router passes packets of: a link-local address, or none yet. */
static __always_inline int packet_source_is_of_link(const struct packet *pkt)
{
	if ((pkt->source[0] & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000))
		return 1;
	return !(pkt->source[0] | pkt->source[1] | pkt->source[2] | pkt->source[3]);
}

/*
 * True for ICMPv6 that is between the hosts of a link and that nobody farther away can have sent: neighbour discovery
 * with a hop limit that no router has lowered (RFC 4861), and messages of multicast listeners (RFC 2710, RFC 3810).
 */
static __always_inline int packet_is_of_link(const struct packet *pkt, __u8 type, __u8 hop_limit)
{
	if (type >= ICMP6_ROUTER_SOLICITATION && type <= ICMP6_REDIRECT)
		return hop_limit == 255;
	if ((type >= ICMP6_LISTENER_QUERY && type <= ICMP6_LISTENER_DONE) || type == ICMP6_LISTENER_REPORT2)
		return hop_limit == 1 && packet_source_is_of_link(pkt);
	return 0;
}

/* ICMP stands where ports are: echo id, and type << 8 | code. A reply carries its request's type, so both pair. */
static __always_inline enum parsed packet_parse_icmp(struct packet *pkt, void *data, void *l4, void *end,
						     int is_ipv6, __u8 hop_limit)
{
	struct icmp_start *icmp = l4;
	__u8 request = is_ipv6 ? ICMP6_ECHO : ICMP4_ECHO;
	__u8 type, code, error, paired = 0;

	if ((void *)(icmp + 1) > end || pkt->payload_len < sizeof(*icmp))
		return PARSED_TRUNCATED;
	pkt->payload_len -= sizeof(*icmp);
	type = icmp->type;
	code = icmp->code;
	if (is_ipv6) {
		error = type >= 1 && type <= 4;
		if (packet_is_of_link(pkt, type, hop_limit))
			return PARSED_EXEMPT;
		paired = type == ICMP6_ECHO || type == ICMP6_ECHO_REPLY;
	} else {
		error = type == ICMP4_UNREACHABLE || type == ICMP4_TIME_EXCEEDED || type == ICMP4_BAD_PARAMETER;
		if (type == ICMP4_ECHO || type == ICMP4_ECHO_REPLY) {
			paired = 1;
		} else if (type >= ICMP4_TIMESTAMP && type <= ICMP4_MASK_REPLY) {
			paired = 1;
			request = (type - 1) | 1;
		}
	}
	if (error) {
		pkt->inner_at = (void *)(icmp + 1) - data;
		pkt->dest_port = bpf_htons(type << 8 | code);
		return PARSED_ICMP_ERROR;
	}
	pkt->dest_port = bpf_htons((paired ? request : type) << 8 | code);
	if (paired)
		pkt->source_port = icmp->id;
	return PARSED_FLOW;
}

static __always_inline int packet_is_dhcp(__be16 source_port, __be16 dest_port)
{
	__u16 from = bpf_ntohs(source_port), to = bpf_ntohs(dest_port);

	return (from == 67 && (to == 68 || to == 67)) || (from == 68 && to == 67) || (from == 546 && to == 547) ||
	       (from == 547 && (to == 546 || to == 547));
}

/* Where another packet may begin; whether one does, tunnel.h says. */
static __always_inline int packet_may_be_vxlan(__be16 dest_port)
{
	return dest_port == bpf_htons(4789) || dest_port == bpf_htons(8472); /* IANA's, and what Linux takes by itself */
}

/* From layer 4 on; payload_len holds the bytes from `l4` to the end of the IP packet. `hop_limit`: of IPv6. */
static __always_inline enum parsed packet_parse_l4(struct packet *pkt, void *data, void *l4, void *end, int is_ipv6,
						   __u8 hop_limit)
{
	if (pkt->l4_proto == IPPROTO_TCP) {
		struct tcphdr *tcp = l4;
		__u32 header;

		if ((void *)(tcp + 1) > end)
			return PARSED_TRUNCATED;
		header = tcp->doff * 4;
		if (header < sizeof(*tcp) || header > pkt->payload_len)
			return PARSED_BAD_HEADER;
		packet_set_ports(pkt, tcp);
		pkt->tcp_flags = ((__u8 *)tcp)[13];
		pkt->tcp_seq = bpf_ntohl(tcp->seq);
		pkt->tcp_ack = bpf_ntohl(tcp->ack_seq);
		pkt->payload_len -= header;
		return PARSED_FLOW;
	}
	if (pkt->l4_proto == IPPROTO_UDP || pkt->l4_proto == IPPROTO_UDPLITE) {
		struct udphdr *udp = l4;

		if ((void *)(udp + 1) > end || pkt->payload_len < sizeof(*udp))
			return PARSED_TRUNCATED;
		packet_set_ports(pkt, udp);
		pkt->payload_len -= sizeof(*udp);
		if (packet_is_dhcp(udp->source, udp->dest))
			return PARSED_DHCP;
		if (!packet_may_be_vxlan(udp->dest) || pkt->l4_proto != IPPROTO_UDP)
			return PARSED_FLOW;
		pkt->inner_at = l4 - data;
		return PARSED_TUNNEL;
	}
	if (pkt->l4_proto == IPPROTO_SCTP) {
		if (l4 + 12 > end || pkt->payload_len < 12) /* ports, tag and checksum, RFC 9260 section 3 */
			return PARSED_TRUNCATED;
		packet_set_ports(pkt, l4);
		pkt->payload_len -= 12;
		return PARSED_FLOW;
	}
	if (pkt->l4_proto == (is_ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return packet_parse_icmp(pkt, data, l4, end, is_ipv6, hop_limit);
	if (pkt->l4_proto == IPPROTO_GRE || pkt->l4_proto == IPPROTO_IPIP || pkt->l4_proto == IPPROTO_IPV6) {
		pkt->inner_at = l4 - data;
		return PARSED_TUNNEL;
	}
	return PARSED_FLOW; /* any other protocol: one flow per pair of addresses */
}

/* A later fragment shows no layer 4; the first one may show all of it. */
static __always_inline enum parsed packet_parse_fragment(struct packet *pkt, void *data, void *l4, void *end,
							 int is_ipv6, __u8 hop_limit)
{
	enum parsed parsed = PARSED_FLOW;

	if (pkt->fragment == FRAGMENT_FIRST)
		parsed = packet_parse_l4(pkt, data, l4, end, is_ipv6, hop_limit);
	else if (!packet_has_ports(pkt->l4_proto) && !packet_is_icmp(pkt->l4_proto))
		pkt->fragment = FRAGMENT_JOINED;
	return parsed == PARSED_FLOW || parsed == PARSED_TUNNEL ? PARSED_FRAGMENT : parsed;
}

static __always_inline enum parsed packet_parse_ipv4(struct packet *pkt, void *data, void *l3, void *end, __u32 l3_room)
{
	struct iphdr *ip = l3;
	__u32 header, claimed;
	__u16 place;

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
	place = bpf_ntohs(ip->frag_off);
	if (!(place & 0x3fff))
		return packet_parse_l4(pkt, data, l3 + header, end, 0, 0);
	packet_set_fragment(pkt, place & 0x1fff, place & 0x2000, ip->id);
	return packet_parse_fragment(pkt, data, l3 + header, end, 0, 0);
}

static __always_inline enum parsed packet_parse_ipv6(struct packet *pkt, void *data, void *l3, void *end, __u32 l3_room)
{
	struct ipv6hdr *ip = l3;
	void *l4 = ip + 1;
	__u32 claimed, used;

	if (l4 > end)
		return PARSED_TRUNCATED;
	claimed = bpf_ntohs(ip->payload_len);
	if (ip->version != 6)
		return PARSED_BAD_HEADER;
	if (claimed + sizeof(*ip) > l3_room)
		return PARSED_TRUNCATED;
	pkt->l3_len = claimed ? claimed + sizeof(*ip) : l3_room; /* 0: a jumbogram or a BIG TCP bundle */
	packet_set_ipv6(pkt, ip);
	l4 = packet_skip_extensions(pkt, l4, end, ip->nexthdr, PACKET_EXTENSIONS);
	if (!l4)
		return PARSED_TRUNCATED;
	if (pkt->fragment != FRAGMENT_LATER && packet_is_extension(pkt->l4_proto))
		return PARSED_TOO_DEEP;
	used = l4 - l3;
	if (pkt->l3_len < used)
		return PARSED_TRUNCATED;
	pkt->payload_len = pkt->l3_len - used;
	if (!pkt->fragment)
		return packet_parse_l4(pkt, data, l4, end, 1, ip->hop_limit);
	return packet_parse_fragment(pkt, data, l4, end, 1, ip->hop_limit);
}

static __always_inline enum parsed packet_parse_l3(struct packet *pkt, void *data, void *l3, void *end, __u32 l3_room,
						   __be16 type)
{
	if (type == bpf_htons(ETH_P_IP))
		return packet_parse_ipv4(pkt, data, l3, end, l3_room);
	if (type == bpf_htons(ETH_P_IPV6))
		return packet_parse_ipv6(pkt, data, l3, end, l3_room);
	return PARSED_NOT_IP;
}

/* Reads an Ethernet header and its tags. Returns where layer 3 begins and sets its *type; NULL: the frame ends before. */
static __always_inline void *packet_parse_link(struct packet *pkt, void *data, void *end, __be16 *type)
{
	struct ethhdr *eth = data;
	void *l3 = eth + 1;

	if (l3 > end)
		return NULL;
	*type = eth->h_proto;
	for (int i = 0; i < PACKET_VLANS; i++) {
		__be16 *tag = l3; /* tag control information, then the next type */

		if (*type != bpf_htons(ETH_P_8021Q) && *type != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(tag + 2) > end)
			return NULL;
		pkt->vlan[i] = bpf_ntohs(tag[0]) & 0x0fff;
		*type = tag[1];
		l3 = tag + 2;
	}
	return l3;
}

/*
 * Fills a zeroed packet from a frame. `frame_len` is the whole frame in bytes: more than end - data where only the
 * headers are at hand. On any result but a flow's and PARSED_ICMP_ERROR the packet's content means nothing.
 */
static __always_inline enum parsed packet_parse(struct packet *pkt, void *data, void *end, __u32 frame_len)
{
	__be16 type;
	void *l3 = packet_parse_link(pkt, data, end, &type);

	if (!l3)
		return PARSED_TRUNCATED;
	return packet_parse_l3(pkt, data, l3, end, frame_len - (__u32)(l3 - data), type);
}

/* Where the packet in a packet begins, or what leads to it. NULL: nowhere, or too far behind. */
static __always_inline void *packet_inner(const struct packet *outer, void *data)
{
	__u32 at = outer->inner_at;

	if (!at || at > PACKET_INNER_AT_MAX)
		return NULL;
	asm volatile("" : "+r"(at)); /* the compiler would take the mask away, the verifier needs it */
	return data + (at & PACKET_INNER_AT_MAX);
}

/* Who sent a frame to whom, and no more: fills a zeroed packet's addresses. Returns false where they cannot be read. */
static __always_inline int packet_parse_addresses(struct packet *pkt, void *data, void *end)
{
	__be16 type;
	void *l3 = packet_parse_link(pkt, data, end, &type);

	if (!l3)
		return 0;
	if (type == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = l3;

		if ((void *)(ip + 1) > end || ip->version != 4)
			return 0;
		packet_set_ipv4(pkt, ip);
		pkt->l4_proto = ip->protocol;
		return 1;
	}
	if (type == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = l3;

		if ((void *)(ip + 1) > end || ip->version != 6)
			return 0;
		packet_set_ipv6(pkt, ip);
		pkt->l4_proto = ip->nexthdr;
		return 1;
	}
	return 0;
}

#endif
