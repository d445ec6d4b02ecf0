/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The plan: which packets the driver sends. The driver computes each packet from it and moves it on, so that two
 * programs which get the same plan get the same packets. Read by the kernel and by the host.
 */
#ifndef PLAN_H
#define PLAN_H

#include <linux/types.h>

enum plan_order {
	PLAN_LIVES,  /* `flows` at a time, each at its own age; when one ends, the next takes its place */
	PLAN_TURNS,  /* the same step of every flow, one after the other */
	PLAN_RANDOM, /* the same step of flows drawn at random */
	PLAN_NEW,    /* the same step from an address and a port drawn anew for every packet */
};

/* Whom the driver hands the packets to. */
enum plan_target { TARGET_BARE, TARGET_FLOOR, TARGET_SUBJECT, TARGET_COUNT };

/* One packet of a flow's life. */
struct plan_step {
	__u8 tcp_flags;
	__u8 back;	/* 1: from the server */
	__be16 l3_len;	/* bytes, as the IP header says */
};

/* When a packet was sent: one of PLAN_MARK_EVERY. */
struct plan_mark {
	__u64 time_ns; /* CLOCK_MONOTONIC, 0: not yet */
	__u32 sent;
	__u32 pad;
};

#define PLAN_MARK_EVERY 1024

#define PLAN_STEPS 1024 /* a power of two, so an index can be masked */

struct plan {
	__u32 order;	   /* enum plan_order */
	__u32 flows;
	__u32 stride;	   /* from one flow to the next of a turn; has no divisor in common with `flows` */
	__u32 life_shift;  /* a life is 1 << life_shift packets, PLAN_STEPS at most */
	__u32 step;	   /* the step of all orders but PLAN_LIVES */
	__u32 l4_proto;	   /* TCP or UDP */
	__u32 client;	   /* the first client's address, host order */
	__u32 client_mask; /* flow & client_mask is added to it: how many clients share the flows, less one */
	__u32 seed;	   /* of what is drawn at random */
	__u32 ipv6;	   /* 1: the same flows over IPv6, each client and the server in a network of their own */
	__u32 leaving;	   /* 1: as packets that leave, by the driver's other programs; the host's own affair */
	__u32 flow;	   /* moved on by the driver: whose turn it is */
	__u32 turn;	   /* likewise: turns completed */
	__u32 sent;	   /* likewise: packets */
	struct plan_mark first, last; /* of the packets that were put on a wire at a stretch */
	struct plan_step steps[PLAN_STEPS];
};

#define PLAN_SERVER 0xc6120001u /* 198.18.0.1, of the network for benchmarks (RFC 2544) */
#define PLAN_SERVER_PORT 443
#define PLAN_NET6 0x20010db8u /* 2001:db8::/32, of documentation (RFC 3849): the client or server is the last word */

/*
 * The age, in packets, of a flow at its place in the present turn. A place's first flow begins at age 0 when its turn
 * comes: before that the place is vacant, -1.
 */
static inline __attribute__((always_inline)) int plan_age(const struct plan *p, __u32 place)
{
	__u32 last = (1u << p->life_shift) - 1, ahead = place & last, age_sum = p->turn + ahead;

	return age_sum <= last && ahead ? -1 : (int)(age_sum & last);
}

/* Moves the plan on by one packet. */
static inline __attribute__((always_inline)) void plan_advance(struct plan *p)
{
	p->flow += p->stride;
	if (p->flow >= p->flows)
		p->flow -= p->flows;
	p->sent++;
	if (!p->flow)
		p->turn++;
}

#endif
