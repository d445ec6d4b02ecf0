/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Test packets. Like the kernel, we start the Ethernet header two bytes past a word boundary, so that the IP header
 * behind it is aligned.
 */
#ifndef PACKETS_H
#define PACKETS_H

#include <arpa/inet.h>
#include <string.h>
#include "packet.h"

#define FRAME_MAX 1600

struct frame {
	char align[2]; /* not part of the frame */
	unsigned char data[FRAME_MAX];
	__u32 len;
} __attribute__((aligned(4)));

static inline void *frame_put(struct frame *f, const void *bytes, __u32 len)
{
	void *at = f->data + f->len;

	if (bytes)
		memcpy(at, bytes, len);
	else
		memset(at, 0, len);
	f->len += len;
	return at;
}

static inline void frame_start(struct frame *f, __u16 type)
{
	struct ethhdr eth = { .h_dest = { 2, 0, 0, 0, 0, 1 }, .h_source = { 2, 0, 0, 0, 0, 2 }, .h_proto = htons(type) };

	f->len = 0;
	frame_put(f, &eth, sizeof(eth));
}

/* A tag in front of what `type` announces; to be put right behind frame_start(f, ETH_P_8021Q) or another tag. */
static inline void frame_put_vlan(struct frame *f, __u16 id, __u16 type)
{
	__be16 tag[2] = { htons(id), htons(type) };

	frame_put(f, tag, sizeof(tag));
}

static inline void frame_put_ipv4(struct frame *f, const char *from, const char *to, __u8 proto, __u32 l4_len)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = proto, .saddr = inet_addr(from),
			    .daddr = inet_addr(to), .tot_len = htons(sizeof(ip) + l4_len) };

	frame_put(f, &ip, sizeof(ip));
}

static inline void frame_put_ipv6(struct frame *f, const char *from, const char *to, __u8 next, __u32 payload_len)
{
	struct ipv6hdr ip = { .version = 6, .nexthdr = next, .hop_limit = 64, .payload_len = htons(payload_len) };

	inet_pton(AF_INET6, from, &ip.saddr);
	inet_pton(AF_INET6, to, &ip.daddr);
	frame_put(f, &ip, sizeof(ip));
}

/* An untagged IPv6 frame with another hop limit. */
static inline struct frame frame_with_hops(struct frame f, __u8 hops)
{
	struct ipv6hdr *ip = (void *)(f.data + ETH_HLEN);

	ip->hop_limit = hops;
	return f;
}

static inline void frame_put_tcp(struct frame *f, int sport, int dport, __u8 flags, __u32 seq, __u32 ack,
				 __u32 payload_len)
{
	struct tcphdr tcp = { .source = htons(sport), .dest = htons(dport), .doff = 5, .seq = htonl(seq),
			      .ack_seq = htonl(ack) };

	((__u8 *)&tcp)[13] = flags;
	frame_put(f, &tcp, sizeof(tcp));
	frame_put(f, NULL, payload_len);
}

static inline void frame_put_udp(struct frame *f, int sport, int dport, __u32 payload_len)
{
	struct udphdr udp = { .source = htons(sport), .dest = htons(dport), .len = htons(sizeof(udp) + payload_len) };

	frame_put(f, &udp, sizeof(udp));
	frame_put(f, NULL, payload_len);
}

static inline struct frame frame_tcp(const char *from, int sport, const char *to, int dport, __u8 flags, __u32 seq,
				     __u32 ack, __u32 payload_len)
{
	struct frame f;

	frame_start(&f, ETH_P_IP);
	frame_put_ipv4(&f, from, to, IPPROTO_TCP, sizeof(struct tcphdr) + payload_len);
	frame_put_tcp(&f, sport, dport, flags, seq, ack, payload_len);
	return f;
}

static inline struct frame frame_udp(const char *from, int sport, const char *to, int dport, __u32 payload_len)
{
	struct frame f;

	frame_start(&f, ETH_P_IP);
	frame_put_ipv4(&f, from, to, IPPROTO_UDP, sizeof(struct udphdr) + payload_len);
	frame_put_udp(&f, sport, dport, payload_len);
	return f;
}

static inline struct frame frame_icmp(const char *from, const char *to, __u8 type, __u8 code, __u16 id)
{
	struct icmp_start icmp = { .type = type, .code = code, .id = htons(id) };
	struct frame f;

	frame_start(&f, ETH_P_IP);
	frame_put_ipv4(&f, from, to, IPPROTO_ICMP, sizeof(icmp));
	frame_put(&f, &icmp, sizeof(icmp));
	return f;
}

/* An ICMP error that quotes the first bytes of an IPv4 frame. */
static inline struct frame frame_icmp_error(const char *from, const char *to, __u8 type, __u8 code,
					    const struct frame *quoted)
{
	struct icmp_start icmp = { .type = type, .code = code };
	struct frame f;

	frame_start(&f, ETH_P_IP);
	frame_put_ipv4(&f, from, to, IPPROTO_ICMP, sizeof(icmp) + 28);
	frame_put(&f, &icmp, sizeof(icmp));
	frame_put(&f, quoted->data + ETH_HLEN, 28);
	return f;
}

#endif
