// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include "packet.h"
#include "traffic.h"

#define HEADERS 40 /* bytes of IPv4 and TCP without options */
#define REQUEST (HEADERS + 500)
#define RESPONSE 1500

static void step_set(struct plan *p, __u32 at, __u8 flags, __u8 back, __u16 l3_len)
{
	p->steps[at] = (struct plan_step){ .tcp_flags = flags, .back = back, .l3_len = htons(l3_len) };
}

/* From where to where the next of a turn is: about the golden ratio, so that no prefetcher guesses it. */
static __u32 stride_for(__u32 flows)
{
	__u32 stride = flows * 0.618 + 1, a, b, rest;

	for (;; stride++) {
		for (a = flows, b = stride; b; a = b, b = rest)
			rest = a % b;
		if (a == 1)
			return stride % flows ? stride % flows : 1;
	}
}

static void plan_begin(struct plan *p, enum plan_order order, __u32 flows, __u8 l4_proto)
{
	*p = (struct plan){
		.order = order, .flows = flows, .stride = stride_for(flows), .l4_proto = l4_proto,
		.client = TRAFFIC_CLIENTS, .client_mask = 255, .seed = 1,
	};
}

static void steps_open(struct plan *p)
{
	step_set(p, TRAFFIC_SYN, TCP_SYN, 0, HEADERS);
	step_set(p, TRAFFIC_SYN_ACK, TCP_SYN | TCP_ACK, 1, HEADERS);
	step_set(p, TRAFFIC_ACK, TCP_ACK, 0, HEADERS);
	step_set(p, TRAFFIC_DATA, TCP_ACK | TCP_PSH, 0, REQUEST);
	step_set(p, TRAFFIC_ANSWER, TCP_ACK | TCP_PSH, 1, RESPONSE);
}

void traffic_plan_lives(struct plan *out, __u32 packets, __u32 flows)
{
	plan_begin(out, PLAN_LIVES, flows, packets == 1 ? IPPROTO_UDP : IPPROTO_TCP);
	if (packets == 1) {
		step_set(out, 0, 0, 0, 200);
		return;
	}
	while (1u << out->life_shift < packets)
		out->life_shift++;
	steps_open(out);
	for (__u32 i = TRAFFIC_DATA; i < packets - 3; i++)
		step_set(out, i, TCP_ACK | TCP_PSH, !(i & 1), i & 1 ? REQUEST : RESPONSE);
	step_set(out, packets - 3, TCP_FIN | TCP_ACK, 0, HEADERS);
	step_set(out, packets - 2, TCP_FIN | TCP_ACK, 1, HEADERS);
	step_set(out, packets - 1, TCP_ACK, 0, HEADERS);
}

void traffic_plan_step(struct plan *out, enum plan_order order, __u32 flows, enum traffic_step step)
{
	plan_begin(out, order, flows, IPPROTO_TCP);
	steps_open(out);
	out->step = step;
}

__u64 traffic_checkpoints(const struct plan *plan, __u32 packets)
{
	struct plan p = *plan;
	__u64 checkpoints = 0;

	while (packets--) {
		int count = plan_age(&p, p.flow) + 1; /* 0: nobody there */

		checkpoints += count && !(count & (count - 1));
		plan_advance(&p);
	}
	return checkpoints;
}
