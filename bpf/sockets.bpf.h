/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The host's own sockets, asked whether a packet is for anybody here: --end-host. Only what is for this network namespace
 * itself can be asked about: what has a tag or comes out of a tunnel may be for sockets of another device, and what is
 * sent to many is not.
 */
#ifndef SOCKETS_BPF_H
#define SOCKETS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "list.h"
#include "packet.bpf.h"

#define SOCKETS_ASKED_AGAIN_NS SECOND_NS /* a port that was nobody's may be somebody's by then */

/* A packet that begins a TCP connection. For it there are listeners, whatever came before it. */
static __always_inline int packet_is_syn(const struct packet *pkt)
{
	return flow_kind_from_packet(pkt) == FLOW_KIND_SYN;
}

static __always_inline int address_is_of_many(const __be32 *addr)
{
	return list_address_is_ipv4(addr) ? bpf_ntohl(addr[3]) >> 28 >= 0xe : bpf_ntohl(addr[0]) >> 24 == 0xff;
}

/*
 * True for what sockets know better than we do: UDP, and TCP flows that we did not see begin. Not where an answer left that
 * was no refusal: somebody is there, whatever the sockets say.
 */
static __always_inline int packet_concerns_sockets(const struct seen *s, const struct flow *f)
{
	const struct packet *pkt = &s->pkt;

	if ((f->events & (FLOW_ANSWERED | FLOW_REJECTED)) == FLOW_ANSWERED)
		return 0;
	if (s->direction || pkt->fragment == FRAGMENT_LATER || pkt->tunnel != TUNNEL_NONE || pkt->vlan[0] ||
	    address_is_of_many(pkt->dest))
		return 0;
	return pkt->l4_proto == IPPROTO_UDP ||
	       (pkt->l4_proto == IPPROTO_TCP && f->kind != FLOW_KIND_SYN && !packet_is_syn(pkt));
}

/* Returns the bytes of it that count: they name the family. `tuple` is zeroed. */
static __always_inline __u32 tuple_from_packet(struct bpf_sock_tuple *tuple, const struct packet *pkt)
{
	if (list_address_is_ipv4(pkt->dest)) {
		tuple->ipv4.saddr = pkt->source[3];
		tuple->ipv4.daddr = pkt->dest[3];
		tuple->ipv4.sport = pkt->source_port;
		tuple->ipv4.dport = pkt->dest_port;
		return sizeof(tuple->ipv4);
	}
	__builtin_memcpy(tuple->ipv6.saddr, pkt->source, sizeof(pkt->source));
	__builtin_memcpy(tuple->ipv6.daddr, pkt->dest, sizeof(pkt->dest));
	tuple->ipv6.sport = pkt->source_port;
	tuple->ipv6.dport = pkt->dest_port;
	return sizeof(tuple->ipv6);
}

/* What the kernel reads of the headers, to see whether an ACK is the answer to a SYN of which it remembers nothing. */
struct cookie_headers {
	union {
		struct iphdr v4;
		struct ipv6hdr v6;
	} ip;
	struct tcphdr tcp;
};

/* True when the packet completes a handshake for which the listener keeps no state but the number that it sent. */
static __always_inline int packet_bears_cookie(struct bpf_sock *listener, const struct packet *pkt)
{
	struct cookie_headers h = { 0 };
	__u32 ip_len = sizeof(h.ip.v6);

	if ((pkt->tcp_flags & (TCP_ACK | TCP_SYN | TCP_RST)) != TCP_ACK)
		return 0;
	if (list_address_is_ipv4(pkt->dest)) {
		h.ip.v4.version = 4;
		h.ip.v4.saddr = pkt->source[3];
		h.ip.v4.daddr = pkt->dest[3];
		ip_len = sizeof(h.ip.v4);
	} else {
		h.ip.v6.version = 6;
		__builtin_memcpy(&h.ip.v6.saddr, pkt->source, sizeof(pkt->source));
		__builtin_memcpy(&h.ip.v6.daddr, pkt->dest, sizeof(pkt->dest));
	}
	h.tcp.source = pkt->source_port;
	h.tcp.dest = pkt->dest_port;
	h.tcp.seq = bpf_htonl(pkt->tcp_seq);
	h.tcp.ack_seq = bpf_htonl(pkt->tcp_ack);
	h.tcp.ack = 1;
	return !bpf_tcp_check_syncookie(listener, &h.ip, ip_len, &h.tcp, sizeof(h.tcp));
}

/* A connection in any state, also one that only lingers, is somebody's; a listener hears SYNs alone. */
static __always_inline __u32 tcp_socket_ask(struct xdp_md *ctx, const struct packet *pkt)
{
	struct bpf_sock_tuple tuple = { 0 };
	__u32 size = tuple_from_packet(&tuple, pkt);
	struct bpf_sock *sk = bpf_skc_lookup_tcp(ctx, &tuple, size, BPF_F_CURRENT_NETNS, 0);
	int is_awaited;

	if (!sk)
		return FLOW_UNAWAITED;
	is_awaited = sk->state != BPF_TCP_LISTEN || packet_bears_cookie(sk, pkt);
	bpf_sk_release(sk);
	return is_awaited ? FLOW_AWAITED : FLOW_UNAWAITED;
}

/* A socket on the port says that datagrams are read, not that this sender is welcome: no more than if nobody had asked. */
static __always_inline __u32 udp_socket_ask(struct xdp_md *ctx, const struct packet *pkt)
{
	struct bpf_sock_tuple tuple = { 0 };
	__u32 size = tuple_from_packet(&tuple, pkt);
	struct bpf_sock *sk = bpf_sk_lookup_udp(ctx, &tuple, size, BPF_F_CURRENT_NETNS, 0);

	if (!sk)
		return FLOW_UNAWAITED;
	bpf_sk_release(sk);
	return 0;
}

/* Asks whose the packet would be and notes it with the flow. */
VERIFIED_ONCE int flow_ask_sockets(struct xdp_md *ctx, const struct seen *s, struct flow *f)
{
	__u32 said = 0;

	if (!s || !f)
		return 0;
	if (packet_concerns_sockets(s, f))
		said = s->pkt.l4_proto == IPPROTO_UDP ? udp_socket_ask(ctx, &s->pkt) : tcp_socket_ask(ctx, &s->pkt);
	if ((f->events & FLOW_SOCKETS) == said)
		return 0;
	__sync_fetch_and_and(&f->events, ~FLOW_SOCKETS);
	__sync_fetch_and_or(&f->events, said);
	return 0;
}

/*
 * True when a condemnation that rests on what sockets said is to be looked at anew: it is some time ago, or the sender
 * begins something else.
 */
static __always_inline int flow_asks_sockets_again(const struct seen *s, const struct flow *f)
{
	if (!(f->events & FLOW_UNAWAITED) || f->reason != REASON_DESTINATION)
		return 0;
	return packet_is_syn(&s->pkt) ||
	       (s->now_ns > f->condemned_ns && s->now_ns - f->condemned_ns >= SOCKETS_ASKED_AGAIN_NS);
}

#endif
