/* SPDX-License-Identifier: BSD-2-Clause */
/* Test packets in packets, in parts, and those that report on others. */
#ifndef WRAPPED_PACKETS_H
#define WRAPPED_PACKETS_H

#include "packets.h"

#define TUNNEL_FROM "192.0.2.1"
#define TUNNEL_TO "192.0.2.2"

/* An IPv4 packet of that protocol around what stands at `from` of another frame, behind `header`. */
static inline struct frame frame_wrap(__u8 proto, const void *header, __u32 header_len, const struct frame *inner,
				      __u32 from)
{
	struct frame f;

	frame_start(&f, ETH_P_IP);
	frame_put_ipv4(&f, TUNNEL_FROM, TUNNEL_TO, proto, header_len + inner->len - from);
	frame_put(&f, header, header_len);
	frame_put(&f, inner->data + from, inner->len - from);
	return f;
}

/* The layer 3 packet of an untagged frame in another IP packet, without any header of its own. */
static inline struct frame frame_ip_in_ip(const struct frame *inner)
{
	int is_ipv6 = inner->data[12] == 0x86;

	return frame_wrap(is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IPIP, NULL, 0, inner, ETH_HLEN);
}

/* GRE, in this order with checksum, key and sequence number as `flags` says; `type` announces what is inside. */
static inline struct frame frame_gre(__u16 flags, __u32 key, __u16 type, const struct frame *inner)
{
	__be16 header[8] = { htons(flags), htons(type) };
	__u32 len = 4;

	if (flags & 0x8000)
		len += 4;
	if (flags & 0x2000) {
		header[len / 2] = htons(key >> 16);
		header[len / 2 + 1] = htons(key & 0xffff);
		len += 4;
	}
	if (flags & 0x1000)
		len += 4;
	return frame_wrap(IPPROTO_GRE, header, len, inner, type == ETH_P_TEB ? 0 : ETH_HLEN);
}

static inline struct frame frame_vxlan(__u16 port, __u32 id, const struct frame *inner)
{
	__be16 header[8] = { htons(50000), htons(port), htons(16 + inner->len), 0, htons(0x0800), 0, htons(id >> 8),
			     htons(id << 8) };

	return frame_wrap(IPPROTO_UDP, header, sizeof(header), inner, 0);
}

/* An IPv4 frame without options, its packet now over IPv6. */
static inline struct frame frame_over_ipv6(struct frame over_ipv4)
{
	const struct iphdr *ip = (const void *)(over_ipv4.data + ETH_HLEN);
	__u32 l4_at = ETH_HLEN + sizeof(*ip);
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, "2001:db8:f::1", "2001:db8:f::2", ip->protocol, over_ipv4.len - l4_at);
	frame_put(&f, over_ipv4.data + l4_at, over_ipv4.len - l4_at);
	return f;
}

/* One part of an IPv4 datagram: `offset` in units of eight bytes; in later parts what stands for layer 4 is payload. */
static inline struct frame frame_part(struct frame whole, __u16 id, int offset, int more)
{
	struct iphdr *ip = (void *)(whole.data + ETH_HLEN);

	ip->id = htons(id);
	ip->frag_off = htons(offset | (more ? 0x2000 : 0));
	return whole;
}

/* The same with IPv6; `next` is the protocol of the whole, `body` of it stands in this part. */
static inline struct frame frame_part6(__u8 next, __u32 id, int offset, int more, const void *body, __u32 body_len)
{
	__be16 header[4] = { htons(next << 8), htons(offset << 3 | more), htons(id >> 16), htons(id & 0xffff) };
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, "2001:db8::1", "2001:db8::2", IPPROTO_FRAGMENT, sizeof(header) + body_len);
	frame_put(&f, header, sizeof(header));
	frame_put(&f, body, body_len);
	return f;
}

/* An ICMPv6 error that quotes `len` bytes of an untagged IPv6 frame. */
static inline struct frame frame_icmp6_error(const char *from, const char *to, __u8 type, const struct frame *quoted,
					     __u32 len)
{
	struct icmp_start icmp = { .type = type };
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, from, to, IPPROTO_ICMPV6, sizeof(icmp) + len);
	frame_put(&f, &icmp, sizeof(icmp));
	frame_put(&f, quoted->data + ETH_HLEN, len);
	return f;
}

/* With the hop limit that its kind of message has: neighbour discovery 255, multicast listeners 1. */
static inline struct frame frame_icmp6(const char *from, const char *to, __u8 type, __u16 id)
{
	struct icmp_start icmp = { .type = type, .id = htons(id) };
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, from, to, IPPROTO_ICMPV6, sizeof(icmp));
	frame_put(&f, &icmp, sizeof(icmp));
	return frame_with_hops(f, type >= 133 && type <= 137 ? 255 : type >= 130 && type <= 143 ? 1 : 64);
}

static inline struct frame frame_udp6(const char *from, int sport, const char *to, int dport, __u32 payload_len)
{
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, from, to, IPPROTO_UDP, sizeof(struct udphdr) + payload_len);
	frame_put_udp(&f, sport, dport, payload_len);
	return f;
}

/* UDP behind `count` IPv6 destination options of eight bytes each. */
static inline struct frame frame_extended(int count)
{
	const __u8 destination_options = 60;
	__u8 option[8] = { 0 };
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, "2001:db8::1", "2001:db8::2", count ? destination_options : IPPROTO_UDP, count * 8 + 8 + 4);
	for (int i = 0; i < count; i++) {
		option[0] = i == count - 1 ? IPPROTO_UDP : destination_options;
		frame_put(&f, option, sizeof(option));
	}
	frame_put_udp(&f, 70, 80, 4);
	return f;
}

/* The frame with a tag in front of its type. */
static inline struct frame frame_tagged(__u16 id, const struct frame *plain)
{
	__u16 type = plain->data[12] << 8 | plain->data[13];
	struct frame f;

	frame_start(&f, ETH_P_8021Q);
	frame_put_vlan(&f, id, type);
	frame_put(&f, plain->data + ETH_HLEN, plain->len - ETH_HLEN);
	return f;
}

#endif
