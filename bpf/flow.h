/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The flow: one conversation, and what we remember of it.
 *
 * This is the only definition. The XDP program keeps the record in a map, user space reads it from there, and every
 * feature is computed from it. The initiator is who sent the first packet; direction 0 is from it, 1 back to it.
 */
#ifndef FLOW_H
#define FLOW_H

#include "packet.h"

/* Both directions share one key: the smaller (address, port) pair is always end 0. */
struct flow_key {
	__be32 addr[2][4];
	__be16 port[2];
	__u16 vlan[PACKET_VLANS];
	__u8 l4_proto;
	__u8 fragments; /* 1: the flow of the later fragments between two addresses whose ports nobody knows */
	__u8 tunnel;	/* enum tunnel: what its packets are taken out of */
	__u8 pad;	/* always zero: map keys are compared byte by byte */
	__u32 tunnel_id;
};

/* How a flow began: the feature `kind`. */
enum flow_kind {
	FLOW_KIND_NOT_TCP,
	FLOW_KIND_SYN,
	FLOW_KIND_SYN_ACK,
	FLOW_KIND_RST,
	FLOW_KIND_ACK,
	FLOW_KIND_FIN_ACK,
	FLOW_KIND_STRAY, /* neither SYN, ACK nor RST: of no connection, whoever hears it passes over it (RFC 9293) */
};

/* How far a TCP flow got: the feature `tstate`. */
enum flow_state {
	FLOW_STATE_NONE,
	FLOW_STATE_SYN,
	FLOW_STATE_SYN_ACK,
	FLOW_STATE_ESTABLISHED,	/* the initiator completed the handshake */
	FLOW_STATE_FIN,		/* a FIN after that */
	FLOW_STATE_RST,
};

/* What came of the flow. Each bit is set once, by an atomic or, and whoever set it tells the two host records. */
enum flow_event {
	FLOW_ANSWERED = 1 << 0,	 /* the first packet back */
	FLOW_REJECTED = 1 << 1,	 /* the first answer was a RST, or an ICMP error that quotes the flow */
	FLOW_HANDSHAKE = 1 << 2, /* the initiator completed the TCP handshake */
	FLOW_COMPARED = 1 << 3,	 /* two models scored it (shadow.h); forgotten when these are others */
	FLOW_DIFFERED = 1 << 4,	 /* and came to different verdicts */
	FLOW_UNAWAITED = 1 << 5, /* no socket here was for it when it was judged last (sockets.bpf.h); */
	FLOW_AWAITED = 1 << 6,	 /* or the socket of a connection was */
	FLOW_EARLY = 1 << 7,	 /* condemned during the warm-up (safety.h): to be judged again when that is over */
};

/* Of a packet alone, in no record: its TCP flags in this place are the first FIN or RST of its sender. */
#define FLOW_CLOSING_SHIFT 8
#define FLOW_CLOSING ((TCP_FIN | TCP_RST) << FLOW_CLOSING_SHIFT)
#define FLOW_SOCKETS (FLOW_UNAWAITED | FLOW_AWAITED) /* not events: each may come and go. Neither: nobody asked */

/* What the operator's lists say of the flow. */
enum flow_listed { FLOW_UNLISTED, FLOW_ALLOWED, FLOW_BLOCKED, FLOW_GUARDED };

struct flow {
	/* Touched by every packet. */
	__u64 packets[2];	/* by direction; exact, also when two CPUs hit one flow */
	__u64 bytes[2];		/* layer 3 */
	__u64 last_ns;
	__u16 hook[2];		/* the hook that counts a direction: flow_hook() */
	__u16 hook_tick[2];	/* when it last did: flow_tick() */
	__u32 generation;	/* of the settings under which lists and verdict were last looked at */
	__u8 initiator : 1;	/* index into flow_key.addr */
	__u8 scope : 7;		/* that it belongs to: flow_scope() in scope.h; 0: none */
	__u8 state;		/* enum flow_state */
	__u8 verdict;		/* enum verdict */
	__u8 score_due;		/* score when the packets of both directions reach 1 << score_due */
	__u8 listed[2];		/* enum flow_listed, of the sender, by direction */
	__u8 tcp_flags[2];	/* every flag seen, or-ed, by direction */
	__u16 len_min, len_max;	/* layer 3 bytes, direction 0 */

	/* Touched at its start, at its checkpoints and when it changes state. */
	__u64 first_ns;
	__u64 condemned_ns;	/* when the verdict below became a condemnation */
	__u64 dropped;		/* packets of this flow that we dropped, or would have in monitor mode */
	__u64 bytes_told[2];	/* bytes that the host records know of */
	__u32 model_id;		/* of the model that gave score and verdict */
	__s32 score;
	__u32 scored_at;	/* packets seen when it was scored last, 0 never */
	__u32 isn[2];		/* initial sequence numbers, where a SYN showed them */
	__u32 events;		/* enum flow_event, or-ed */
	__u16 payload_first;	/* bytes behind the headers of the first packet */
	__u8 kind : 4;		/* enum flow_kind */
	__u8 score_is : 4;	/* enum score_is */
	__u8 reason : 4;	/* enum reason of the verdict */
	__u8 class : 4;		/* that the score speaks for, where the model has several */
	__u32 life;		/* odd while the next flow begins in this record: flow_restart() */
};

_Static_assert(sizeof(struct flow_key) == 48, "flow_key has hidden padding");
_Static_assert(sizeof(struct flow) == 136, "flow has hidden padding");

/* A flow with its key, as tables and events carry it. */
struct flow_record {
	struct flow_key key;
	struct flow flow;
};

/* Any total order will do, as long as both directions agree on it. */
static __always_inline int packet_source_is_end1(const struct packet *pkt)
{
	if (pkt->source[3] != pkt->dest[3])
		return pkt->source[3] > pkt->dest[3];
	if (pkt->source[2] != pkt->dest[2])
		return pkt->source[2] > pkt->dest[2];
	if (pkt->source[1] != pkt->dest[1])
		return pkt->source[1] > pkt->dest[1];
	if (pkt->source[0] != pkt->dest[0])
		return pkt->source[0] > pkt->dest[0];
	return pkt->source_port > pkt->dest_port;
}

/*
 * Fills a key. Returns which end of it sent the packet: 0 or 1. ICMP has no port for each side, so both of its
 * values go by the addresses alone and read the same in both directions.
 */
static __always_inline int flow_key_from_packet(struct flow_key *key, const struct packet *pkt)
{
	int sender = packet_source_is_end1(pkt);
	int is_icmp = packet_is_icmp(pkt->l4_proto);
	__u32 ports, vlans; /* two of each */
	union {
		__u8 byte[4];
		__u32 word;
	} traits = { .byte = { pkt->l4_proto, pkt->fragment == FRAGMENT_LATER, pkt->tunnel } };

	if (sender) {
		__builtin_memcpy(key->addr[0], pkt->dest, sizeof(pkt->dest));
		__builtin_memcpy(key->addr[1], pkt->source, sizeof(pkt->source));
	} else {
		__builtin_memcpy(key->addr[0], pkt->source, sizeof(pkt->source));
		__builtin_memcpy(key->addr[1], pkt->dest, sizeof(pkt->dest));
	}
	__builtin_memcpy(&ports, &pkt->source_port, sizeof(ports));
	__builtin_memcpy(&vlans, pkt->vlan, sizeof(vlans));
	word_write(key->port, sender && !is_icmp ? ports << 16 | ports >> 16 : ports, vlans);
	word_write(&key->l4_proto, traits.word, pkt->tunnel_id);
	return sender;
}

/* Names a hook for flow.hook: the interface, and whether packets leave (1) or enter (0) there. Never 0. */
static __always_inline __u16 flow_hook(__u32 ifindex, int egress)
{
	__u16 hook = (ifindex ^ ifindex >> 15) << 1; /* above 32,767 two may share a name; on one packet's path hardly */

	return (hook ? hook : 2) | egress;
}

/* A clock of 0.27 s, to tell whether a hook fell silent. */
static __always_inline __u16 flow_tick(__u64 now_ns)
{
	return now_ns >> 28;
}

#define FLOW_SILENT_TICKS 4

/*
 * A packet that passes two hooks is counted by the first; another takes over when that one was silent for a second. Each
 * program reads the clock for itself (clock_now()): what another one wrote may be a tick ahead.
 */
static __always_inline int flow_is_counted_elsewhere(struct flow *f, int direction, __u16 hook, __u64 now_ns)
{
	__u16 tick = flow_tick(now_ns);

	direction &= 1;
	if (f->hook[direction] != hook) {
		if (f->hook[direction] && (__u16)(tick - f->hook_tick[direction] + 1) <= FLOW_SILENT_TICKS + 1)
			return 1;
		f->hook[direction] = hook;
	}
	if (f->hook_tick[direction] != tick)
		f->hook_tick[direction] = tick;
	return 0;
}

/* True for a flow that our own host began: its first packet was seen leaving. Such a flow is never judged. */
static __always_inline int flow_left_first(const struct flow *f)
{
	return f->hook[0] & 1;
}

static __always_inline enum flow_kind flow_kind_from_packet(const struct packet *pkt)
{
	if (pkt->l4_proto != IPPROTO_TCP || pkt->fragment >= FRAGMENT_LATER)
		return FLOW_KIND_NOT_TCP;
	if (pkt->tcp_flags & TCP_RST)
		return FLOW_KIND_RST;
	if (pkt->tcp_flags & TCP_SYN)
		return pkt->tcp_flags & TCP_ACK ? FLOW_KIND_SYN_ACK : FLOW_KIND_SYN;
	if (!(pkt->tcp_flags & TCP_ACK))
		return FLOW_KIND_STRAY;
	return pkt->tcp_flags & TCP_FIN ? FLOW_KIND_FIN_ACK : FLOW_KIND_ACK;
}

/*
 * The initiator's ACK ends the handshake: one window at most behind its SYN, and for the SYN-ACK if we saw that. A reset that
 * acknowledges does as well: so end health checks, whereas the reset of who never asked acknowledges nothing (RFC 9293).
 */
static __always_inline int flow_is_handshake_end(const struct flow *f, const struct packet *pkt)
{
	if (f->state != FLOW_STATE_SYN && f->state != FLOW_STATE_SYN_ACK)
		return 0;
	if ((pkt->tcp_flags & (TCP_ACK | TCP_SYN)) != TCP_ACK)
		return 0;
	if (pkt->tcp_seq - f->isn[0] - 1 >= 65536)
		return 0;
	return f->state != FLOW_STATE_SYN_ACK || pkt->tcp_ack - f->isn[1] - 1 < 65536;
}

/* Moves the TCP state on. Returns the events that this packet is, whether or not they happened before. */
static __always_inline __u32 flow_state_advance(struct flow *f, const struct packet *pkt, int direction)
{
	int is_open = !direction && flow_is_handshake_end(f, pkt);
	__u8 flags = pkt->tcp_flags;

	if (flags & TCP_RST) {
		f->state = FLOW_STATE_RST;
		if (direction && !f->packets[1])
			return FLOW_REJECTED;
		return is_open ? FLOW_HANDSHAKE : 0;
	}
	if (direction && f->state == FLOW_STATE_SYN && (flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) &&
	    pkt->tcp_ack == f->isn[0] + 1) {
		f->isn[1] = pkt->tcp_seq;
		f->state = FLOW_STATE_SYN_ACK;
		return 0;
	}
	if (is_open) {
		f->state = flags & TCP_FIN ? FLOW_STATE_FIN : FLOW_STATE_ESTABLISHED;
		return FLOW_HANDSHAKE;
	}
	if ((flags & TCP_FIN) && f->state == FLOW_STATE_ESTABLISHED)
		f->state = FLOW_STATE_FIN;
	return 0;
}

/* Writes the record of a flow whose first packet this is, not counted yet. `f` is zeroed. */
static __always_inline void flow_begin(struct flow *f, const struct packet *pkt, int sender, __u64 now_ns)
{
	f->first_ns = now_ns;
	f->initiator = sender;
	f->kind = flow_kind_from_packet(pkt);
	f->payload_first = pkt->payload_len > 0xffff ? 0xffff : pkt->payload_len;
	f->isn[0] = pkt->tcp_seq;
	if (f->kind == FLOW_KIND_SYN)
		f->state = FLOW_STATE_SYN;
	else if (f->kind == FLOW_KIND_SYN_ACK)
		f->state = FLOW_STATE_SYN_ACK;
	else if (f->kind == FLOW_KIND_RST)
		f->state = FLOW_STATE_RST;
}

/*
 * Counts `wire_packets` (more than 1 only for a bundle on its way out) of `bytes` in all. Sets *events to what the
 * packet is in the life of the flow: FLOW_CLOSING, and events (flow_events_claim() tells which of them are new). Returns the
 * packets of both directions, this one included: when two CPUs count at once, every value is returned to at least one of
 * them.
 */
static __always_inline __u64 flow_add(struct flow *f, const struct packet *pkt, int direction, __u32 wire_packets,
				      __u64 bytes, __u64 now_ns, __u32 *events)
{
	__u64 count;

	*events = 0;
	if (pkt->l4_proto == IPPROTO_TCP &&
	    ((pkt->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST)) || (f->state - 1u) < FLOW_STATE_ESTABLISHED - 1u))
		*events = flow_state_advance(f, pkt, direction);
	if (pkt->tcp_flags & ~f->tcp_flags[direction & 1]) {
		*events |= (pkt->tcp_flags & ~f->tcp_flags[direction & 1]) << FLOW_CLOSING_SHIFT & FLOW_CLOSING;
		f->tcp_flags[direction & 1] |= pkt->tcp_flags;
	}
	if (direction) {
		if (!f->packets[1])
			*events |= FLOW_ANSWERED;
		count = __sync_fetch_and_add(&f->packets[1], wire_packets) + f->packets[0];
		__sync_fetch_and_add(&f->bytes[1], bytes);
	} else {
		__u16 len = pkt->l3_len > 0xffff ? 0xffff : pkt->l3_len;

		if (len > f->len_max)
			f->len_max = len;
		if (len < f->len_min || !f->len_min)
			f->len_min = len;
		count = __sync_fetch_and_add(&f->packets[0], wire_packets) + f->packets[1];
		__sync_fetch_and_add(&f->bytes[0], bytes);
	}
	f->last_ns = now_ns;
	return count + wire_packets;
}

/* Returns which of `events` had not happened to this flow before; each is returned to one caller only. */
static __always_inline __u32 flow_events_claim(struct flow *f, __u32 events)
{
	if (!(events & ~f->events))
		return 0;
	return events & ~__sync_fetch_and_or(&f->events, events);
}

/* True once a TCP flow was closed by either side. */
static __always_inline int flow_is_closed(const struct flow *f)
{
	return f->state >= FLOW_STATE_FIN;
}

#endif
