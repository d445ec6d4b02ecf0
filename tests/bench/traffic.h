/* SPDX-License-Identifier: BSD-2-Clause */
/* Plans for the traffic that is measured and trained on. */
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include "plan.h"

/* Steps of every plan made here, by their place; a life of 1 has but one step, a datagram that wants no answer. */
enum traffic_step { TRAFFIC_SYN, TRAFFIC_SYN_ACK, TRAFFIC_ACK, TRAFFIC_DATA, TRAFFIC_ANSWER };

#define TRAFFIC_CLIENTS 0x0a000001u /* 10.0.0.1 */

/*
 * Whole lives of 1, 64 or 1024 packets, `flows` of them at a time: handshake, requests and responses, FIN from both
 * sides, the last ACK; one UDP datagram where it is 1.
 */
void traffic_plan_lives(struct plan *out, __u32 packets, __u32 flows);

/* One step of TCP flows, in turns or at random. */
void traffic_plan_step(struct plan *out, enum plan_order order, __u32 flows, enum traffic_step step);

/* How many of the plan's next packets bring their flow to a default checkpoint: 1, 2, 4, ... */
__u64 traffic_checkpoints(const struct plan *plan, __u32 packets);

#endif
