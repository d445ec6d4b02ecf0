/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The host: what one address did lately, told by what came of its flows.
 *
 * Two horizons, each of two slots: the running epoch and the one before. Which slot an epoch uses follows from its
 * number, so that nothing has to be moved: the first touch in a new epoch empties the slot of two epochs ago. Counts
 * are atomic; two CPUs that meet at that first touch can lose the few events between them.
 */
#ifndef HOST_H
#define HOST_H

#include "flow.h"

enum host_role { HOST_SOURCE, HOST_DEST, HOST_ROLES }; /* the initiator's address, the responder's */
enum host_horizon { HOST_SHORT, HOST_LONG, HOST_HORIZONS };

/* An epoch is now_ns >> shift: 4.3 seconds and 69 seconds. */
static __always_inline __u32 host_epoch(enum host_horizon horizon, __u64 now_ns)
{
	return now_ns >> (horizon == HOST_SHORT ? 32 : 36);
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HOST_FLOW 1ull
#else
#define HOST_FLOW (1ull << 32)
#endif
#define HOST_FLOW_WITH_SYN (1ull << 32 | 1)

/* Events of flows that this address has a part in. Each is counted once per flow. */
struct host_window {
	__u32 epoch;
	__u32 rejected;
	union { /* a flow that begins with a SYN is counted by one atomic operation */
		struct {
			__u32 flows;
			__u32 syns; /* flows begun by a pure SYN */
		};
		__u64 flows_and_syns;
	};
	__u32 answered;
	__u32 handshakes;
	__u32 udp_flows;
	__u32 udp_answered;
	__u64 bytes[2];	    /* by direction of the flow */
	__u64 peers, ports; /* bitmaps: a hash of the other address, of the destination port */
};

struct host {
	struct host_window window[HOST_HORIZONS][2];
};

/* The map key: an address, IPv4 as ::ffff:a.b.c.d; of a source host_key_from_source(). */
struct host_key {
	__be32 addr[4];
};

/* True for IPv6 addresses whose /64 is no single site's: those of one link, and those that stand for all of IPv4. */
static __always_inline int address_is_shared(const __be32 *addr)
{
	return (addr[0] & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000) ||
	       (addr[0] == bpf_htonl(0x0064ff9b) && !addr[1]);
}

/*
 * A source as it is remembered and blocked: an IPv4 address, or the network that an IPv6 address is in, for whoever has
 * one address there has them all. Returns true when the key stands for that address alone.
 */
static __always_inline int host_key_from_source(struct host_key *out, const __be32 *addr, const __be32 *ipv6_mask)
{
	int alone = (!(addr[0] | addr[1]) && addr[2] == bpf_htonl(0xffff)) || address_is_shared(addr) || ipv6_mask[3] == ~0u;

	out->addr[0] = addr[0];
	out->addr[1] = alone ? addr[1] : addr[1] & ipv6_mask[1];
	out->addr[2] = alone ? addr[2] : addr[2] & ipv6_mask[2];
	out->addr[3] = alone ? addr[3] : addr[3] & ipv6_mask[3];
	return alone;
}

_Static_assert(sizeof(struct host_window) == 64, "host_window has hidden padding");
_Static_assert(sizeof(struct host) == 256, "host has hidden padding");

/*
 * A source gets a record at its second flow or when it completes a handshake, so that a flood of invented addresses
 * leaves none behind. The first flow is remembered in 8 bytes of a direct-mapped table.
 */
struct host_sighting {
	__u32 tag;    /* hash of the address, 0: empty */
	__u16 epoch;  /* short */
	__u8 events;  /* enum flow_event of the flow seen */
	__u8 start;   /* enum host_start of the flow seen */
};

#define HOST_SIGHTINGS 65536 /* a power of two, so an index can be masked */

/* What a flow's start says of its two hosts. */
enum host_start { HOST_START_SYN = 1 << 0, HOST_START_UDP = 1 << 1 };

static __always_inline __u32 host_start_from_flow(const struct flow *f, __u8 l4_proto)
{
	if (f->kind == FLOW_KIND_SYN)
		return HOST_START_SYN;
	return l4_proto == IPPROTO_UDP ? HOST_START_UDP : 0;
}

/* Mixes an address to 32 bits (the finaliser of MurmurHash3, over its words). */
static __always_inline __u32 host_hash(const __be32 *addr)
{
	__u32 h = addr[3] ^ addr[2] * 0x9e3779b1u ^ addr[1] * 0x85ebca77u ^ addr[0] * 0xc2b2ae3du;

	h = (h ^ h >> 16) * 0x85ebca6bu;
	h = (h ^ h >> 13) * 0xc2b2ae35u;
	return h ^ h >> 16;
}

/* Mixes what tells flows apart; the same for both directions. */
static __always_inline __u32 flow_key_hash(const struct flow_key *key)
{
	__u32 ports = (__u32)key->port[0] << 16 | key->port[1];

	return host_hash(key->addr[0]) ^ (host_hash(key->addr[1]) * 5) ^ ports * 0x9e3779b1u;
}

/* The slot of this epoch, emptied if it held an older one. */
static __always_inline struct host_window *host_window_now(struct host *h, enum host_horizon horizon, __u64 now_ns)
{
	__u32 epoch = host_epoch(horizon, now_ns);
	struct host_window *w = &h->window[horizon][epoch & 1];
	__u32 held = w->epoch;

	if (held != epoch && __sync_val_compare_and_swap(&w->epoch, held, epoch) == held) {
		w->flows = w->answered = w->rejected = w->syns = w->handshakes = w->udp_flows = w->udp_answered = 0;
		w->bytes[0] = w->bytes[1] = w->peers = w->ports = 0;
	}
	return w;
}

static __always_inline void host_window_add_start(struct host_window *w, __u32 start, __u64 peer, __u64 port)
{
	__sync_fetch_and_add(&w->flows_and_syns, start & HOST_START_SYN ? HOST_FLOW_WITH_SYN : HOST_FLOW);
	if (start & HOST_START_UDP)
		__sync_fetch_and_add(&w->udp_flows, 1);
	if (~w->peers & peer)
		__sync_fetch_and_or(&w->peers, peer);
	if (~w->ports & port)
		__sync_fetch_and_or(&w->ports, port);
}

static __always_inline void host_window_add_events(struct host_window *w, __u32 events, int is_udp)
{
	if (events & FLOW_ANSWERED) {
		__sync_fetch_and_add(&w->answered, 1);
		if (is_udp)
			__sync_fetch_and_add(&w->udp_answered, 1);
	}
	if (events & FLOW_REJECTED)
		__sync_fetch_and_add(&w->rejected, 1);
	if (events & FLOW_HANDSHAKE)
		__sync_fetch_and_add(&w->handshakes, 1);
}

/* A flow began. `peer` is the other address; `dest_port` is in network order. Features use bytes of the long horizon. */
static __always_inline void host_add_start(struct host *h, __u32 start, const __be32 *peer, __be16 dest_port,
					   __u64 bytes, __u64 now_ns)
{
	__u64 peer_bit = 1ull << (host_hash(peer) & 63);
	__u64 port_bit = 1ull << ((dest_port * 0x9e3779b1u) >> 26);
	struct host_window *longer = host_window_now(h, HOST_LONG, now_ns);

	host_window_add_start(host_window_now(h, HOST_SHORT, now_ns), start, peer_bit, port_bit);
	host_window_add_start(longer, start, peer_bit, port_bit);
	if (bytes)
		__sync_fetch_and_add(&longer->bytes[0], bytes);
}

/* True while the sighting is of this address and not older than the long horizon; another hook's clock may be a tick ahead. */
static __always_inline int host_is_sighted(const struct host_sighting *s, __u32 tag, __u64 now_ns)
{
	__u16 age = (host_epoch(HOST_SHORT, now_ns) >> 4) - (s->epoch >> 4); /* in long epochs, which are 16 short ones */

	return s->tag == tag && ((age + 1) & 0xfff) <= 2;
}

/* Events of one flow, each for the first time (flow_events_claim). */
static __always_inline void host_add_events(struct host *h, __u32 events, int is_udp, __u64 now_ns)
{
	host_window_add_events(host_window_now(h, HOST_SHORT, now_ns), events, is_udp);
	host_window_add_events(host_window_now(h, HOST_LONG, now_ns), events, is_udp);
}

/* Puts the flow that a sighting remembers into a new record; its peer and port are forgotten. */
static __always_inline void host_add_sighting(struct host *h, const struct host_sighting *s, __u64 now_ns)
{
	__u16 age = host_epoch(HOST_SHORT, now_ns) - s->epoch;
	int is_udp = s->start & HOST_START_UDP;

	if (age <= 1) {
		host_window_add_start(host_window_now(h, HOST_SHORT, now_ns), s->start, 0, 0);
		host_window_add_events(host_window_now(h, HOST_SHORT, now_ns), s->events, is_udp);
	}
	host_window_add_start(host_window_now(h, HOST_LONG, now_ns), s->start, 0, 0);
	host_window_add_events(host_window_now(h, HOST_LONG, now_ns), s->events, is_udp);
}

/* Bytes of one flow since it was told last, by direction. Features use the long horizon only. */
static __always_inline void host_add_bytes(struct host *h, __u64 forward, __u64 back, __u64 now_ns)
{
	struct host_window *w = host_window_now(h, HOST_LONG, now_ns);

	if (forward)
		__sync_fetch_and_add(&w->bytes[0], forward);
	if (back)
		__sync_fetch_and_add(&w->bytes[1], back);
}

/* The sum of a horizon's two slots, as far as they are not outdated. */
static __always_inline void host_window_sum(struct host_window *sum, const struct host *h, enum host_horizon horizon,
					    __u64 now_ns)
{
	__u32 epoch = host_epoch(horizon, now_ns);

	for (int i = 0; i < 2; i++) {
		const struct host_window *w = &h->window[horizon][i];

		if (epoch - w->epoch > 1)
			continue;
		sum->flows += w->flows;
		sum->answered += w->answered;
		sum->rejected += w->rejected;
		sum->syns += w->syns;
		sum->handshakes += w->handshakes;
		sum->udp_flows += w->udp_flows;
		sum->udp_answered += w->udp_answered;
		sum->bytes[0] += w->bytes[0];
		sum->bytes[1] += w->bytes[1];
		sum->peers |= w->peers;
		sum->ports |= w->ports;
	}
}

/* What both hosts of a flow did lately, [role][horizon]; all zero for an unknown host. */
struct host_view {
	struct host_window sum[HOST_ROLES][HOST_HORIZONS];
};

/* Fills one zeroed role of a view. `h` may be NULL: a host of which nothing is known. */
static __always_inline void host_view_fill(struct host_view *view, enum host_role role, const struct host *h,
					   __u64 now_ns)
{
	if (!h)
		return;
	host_window_sum(&view->sum[role][HOST_SHORT], h, HOST_SHORT, now_ns);
	host_window_sum(&view->sum[role][HOST_LONG], h, HOST_LONG, now_ns);
}

#endif
