/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The event: what the kernel tells the agent, through two rings, so that bulk never displaces verdicts.
 *
 * A verdict beyond settings.event_rate per second, reason and destination, and one of a flow that is only suspicious beyond
 * suspicious_rate per hour and destination, is not told by itself but added to an alert: totals that only grow, with a sample,
 * which the agent reads at every poll. Every dropped packet is therefore in an event, in an alert, in lost_events, or a repeat
 * that the counter drop_condemned holds.
 */
#ifndef EVENT_H
#define EVENT_H

#include "block.h"
#include "list.h"
#include "safety.h"
#include "scope.h"

enum event_type {
	EVENT_VERDICT,	/* ring `hr_events` */
	EVENT_FLOW_END, /* ring `hr_events`: the last state of a record that begins anew */
	EVENT_BLOCK,	/* ring `hr_events`: a source is blocked from now on, or in monitor mode would be */
	EVENT_SNAPSHOT, /* ring `hr_snapshots` */
	EVENT_SHADOW,	/* ring `hr_events`: shadow.h */
};

/* A verdict, with the flow as it stood, its packet counted. Also the shape of EVENT_FLOW_END and EVENT_BLOCK. */
struct event {
	__u32 type;	/* enum event_type */
	__u32 ifindex;
	__u64 time_ns;	/* CLOCK_MONOTONIC */
	__u8 verdict;	/* enum verdict */
	__u8 reason;	/* enum reason */
	__u8 dropped;	/* 1: this packet was dropped; 0: it passed */
	__u8 would_drop; /* 1: it passed because of monitor mode or the allow list */
	__u32 engine;	/* enum engine: who reached the verdict, kernel or user */
	struct flow_record record;
	__u64 block_until_ns; /* EVENT_BLOCK; 0 in others */
	__u32 block_flows;
	__u32 block_proven;
};

/* The very vector that was scored at a checkpoint. */
struct snapshot {
	__u32 type;
	__u32 ifindex;
	__u64 time_ns;
	__u64 packets;	/* both directions */
	__u8 verdict;
	__u8 reason;
	__u8 pad[6];
	struct flow_record record;
	__u32 feature[FEATURE_COUNT];
};

/* Map key: what verdicts are aggregated by. All zero addresses: the alert of all that found the table full. */
struct alert_key {
	__be32 dest[4];
	__u8 reason;
	__u8 dropped;
	__u8 would_drop;
	__u8 pad;
};

struct alert {
	__u64 interval;	   /* number of the running one: now_ns / SECOND_NS, with REASON_NONE / HOUR_NS */
	__u64 events;	   /* told by themselves in that interval */
	__u64 packets;	   /* not told by themselves; only grows */
	__u64 flows;	   /* first verdicts among them; only grows */
	__u64 last_ns;
	struct flow_key sample; /* of the last of them */
	__u8 initiator;
	__u8 score_is;	   /* enum score_is */
	__u8 scope;	   /* its mark, as in the flow */
	__u8 pad;
	__s32 score;
	__u32 model_id;
	__u32 pad2;
};

/* What of an alert the agent has logged; the kernel never touches it, it only has to outlive the agent. */
struct alert_logged {
	__u64 packets, flows;
};

/* What the agent writes back, by flow key: the verdict of `--engine user`. */
struct agent_verdict {
	__u64 first_ns; /* of the flow that was judged: a later flow of the same key is another */
	__u32 model_id;
	__s32 score;
	__u8 verdict;
	__u8 class;
	__u8 reason;	/* enum reason: on what evidence */
	__u8 early;	/* judged during the warm-up (safety.h): void when that is over */
	__u8 pad[4];
};

_Static_assert(sizeof(struct flow_record) == 184, "flow_record has hidden padding");
_Static_assert(sizeof(struct alert) == 104, "alert has hidden padding");

#endif
