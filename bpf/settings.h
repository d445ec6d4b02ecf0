/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The settings: what the agent may change while packets run. One struct in a pinned map, so that the program also runs
 * where `ip link` alone attached it: it finds `generation` 0 there and writes the defaults itself.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "verdict.h"

/* Idle time-outs go by what the flow is. */
enum timeout { TIMEOUT_TCP, TIMEOUT_TCP_OPENING, TIMEOUT_TCP_CLOSED, TIMEOUT_UDP, TIMEOUT_ICMP, TIMEOUT_OTHER, TIMEOUTS };

/* Whose flow a packet within a packet belongs to. */
enum tunnels { TUNNELS_OUTER, TUNNELS_INNER, TUNNELS_COUNT };

/* What becomes of the model's verdicts when the agent that watches has died. */
enum dead_agent { DEAD_AGENT_KEEP, DEAD_AGENT_MONITOR };

/*
 * Answers are not seen where there is no egress companion: less is held against strangers. Where one was and is lost,
 * the model's verdicts are not enforced either: safety.h.
 */
enum one_way { ONE_WAY_NOT, ONE_WAY_EVER, ONE_WAY_LOST, ONE_WAY_COUNT };

struct settings {
	__u32 generation;	/* counts every change; flows look at lists and verdicts again when it moved. Never 0 */
	__u32 voided_at;	/* generation at which all verdicts before it became void: another model, another mode */
	__u32 mode;		/* enum mode */
	__u32 engine;		/* enum engine */
	__u32 model_slot;	/* index into the models; its id is 0 while there is none */
	__u32 checkpoints;	/* bit k: score at packet 1 << k */
	__u32 lists_in_use;	/* LISTS_…: which lists have entries, and which of their tables are in force */
	__u32 event_rate;	/* verdict events per second, reason and destination; the rest is aggregated. See suspicious_rate */
	__u32 snapshot_share;	/* flows whose scored vectors are told, of 65536 */
	__u32 snapshot_rate;	/* such vectors per second and CPU at most */
	__u64 blocks_until_ns;	/* the kernel's own word: no source is blocked for longer; 0: none is */
	__u64 condemn_for_ns;	/* a condemnation ends after this time, 0 never */
	__u64 timeout_ns[TIMEOUTS];
	__u32 tunnels;		/* enum tunnels */

	/* When verdicts are not enforced: safety.h. */
	__u32 dead_agent;	/* enum dead_agent */
	__u32 breaker_least;	/* proven flows condemned before the breaker looks at their share; 0: it never trips */
	__u32 breaker_permille; /* the share of proven flows condemned above which it trips */
	__u32 scopes;		/* 1 + index of the scopes in force, 0: there are none */
	__u32 shadow;		/* 1 + slot of the challenger, 0: there is none. shadow.h */
	__u64 dead_after_ns;
	__u64 warm_up_ns;	/* after watched_since_ns; 0: none */
	__u64 watched_since_ns; /* since when the tables have seen everything, 0: for ever */

	__u32 split;		/* flows that the challenger judges, of 65536 */
	__u32 shadow_since;	/* generation at which either of the two models, or the split, changed last */

	__u32 end_host;		/* packets are for sockets of this network namespace, or for nobody: sockets.bpf.h */
	__u32 pad_end_host;

	__be32 ipv6_mask[4];	/* sources are told apart by these bits of an IPv6 address */
	__u64 unblock_quiet_ns; /* a blocked source that sent nothing for so long is free; 0: only when its time is over */
	struct response response[MODEL_CLASSES_MAX]; /* by class; to a model of one class, the first */

	/* The challenger numbers its classes its own way: which of the responses is to each of them, 1 + index; 0: drop. */
	__u8 shadow_response[MODEL_CLASSES_MAX];
	__u32 shadow_id; /* of the challenger */
	__u32 one_way;	 /* enum one_way */

	__u32 suspicious_rate; /* as event_rate, of verdicts `log` without a reason, per hour and destination */
	__u32 pad_suspicious_rate;
};

_Static_assert(sizeof(struct settings) == 192 + MODEL_CLASSES_MAX * 25 + 16, "settings has hidden padding");

#define SECOND_NS 1000000000ull
#define HOUR_NS (3600 * SECOND_NS)

static __always_inline void settings_defaults(struct settings *s)
{
	s->voided_at = 0;
	s->mode = MODE_MONITOR;
	s->engine = ENGINE_KERNEL;
	s->model_slot = 0;
	s->checkpoints = 0xffffffff;
	s->lists_in_use = 0;
	s->event_rate = 20;
	s->snapshot_share = 0;
	s->snapshot_rate = 20000;
	s->blocks_until_ns = 0;
	s->condemn_for_ns = 300 * SECOND_NS;
	s->timeout_ns[TIMEOUT_TCP] = 300 * SECOND_NS;
	s->timeout_ns[TIMEOUT_TCP_OPENING] = 30 * SECOND_NS;
	s->timeout_ns[TIMEOUT_TCP_CLOSED] = 5 * SECOND_NS;
	s->timeout_ns[TIMEOUT_UDP] = 60 * SECOND_NS;
	s->timeout_ns[TIMEOUT_ICMP] = 30 * SECOND_NS;
	s->timeout_ns[TIMEOUT_OTHER] = 60 * SECOND_NS;
	s->tunnels = TUNNELS_OUTER;
	s->dead_agent = DEAD_AGENT_KEEP;
	s->breaker_least = 20;
	s->breaker_permille = 200;
	s->scopes = 0;
	s->shadow = 0;
	s->dead_after_ns = 10 * SECOND_NS;
	s->warm_up_ns = 138 * SECOND_NS; /* both epochs of the hosts' long horizon */
	s->watched_since_ns = 0;
	s->split = 0;
	s->shadow_since = 0;
	s->end_host = s->pad_end_host = 0;
	s->suspicious_rate = 10;
	s->pad_suspicious_rate = 0;
	s->ipv6_mask[0] = s->ipv6_mask[1] = ~0u;
	s->ipv6_mask[2] = s->ipv6_mask[3] = 0;
	s->unblock_quiet_ns = 30 * SECOND_NS;
	for (int class = 0; class < MODEL_CLASSES_MAX; class ++) {
		s->response[class].kind = RESPONSE_DROP;
		s->response[class].count = 0;
		s->response[class].within_ns = s->response[class].for_ns = 0;
		s->shadow_response[class] = 0;
	}
	s->shadow_id = 0;
	s->one_way = ONE_WAY_NOT;
	s->generation = 1;
}

static __always_inline enum timeout timeout_of_flow(const struct flow *f, __u8 l4_proto)
{
	if (l4_proto == IPPROTO_TCP) {
		if (flow_is_closed(f))
			return TIMEOUT_TCP_CLOSED;
		return f->state == FLOW_STATE_SYN || f->state == FLOW_STATE_SYN_ACK ? TIMEOUT_TCP_OPENING : TIMEOUT_TCP;
	}
	if (l4_proto == IPPROTO_UDP)
		return TIMEOUT_UDP;
	return l4_proto == IPPROTO_ICMP || l4_proto == IPPROTO_ICMPV6 ? TIMEOUT_ICMP : TIMEOUT_OTHER;
}

/* True when the flow has ended: closed and its linger over, or silent for its time-out. */
static __always_inline int flow_has_ended(const struct settings *s, const struct flow *f, __u8 l4_proto, __u64 now_ns)
{
	__u64 last_ns = f->last_ns;

	return now_ns > last_ns && now_ns - last_ns >= s->timeout_ns[timeout_of_flow(f, l4_proto) & 7];
}

#define CHECKPOINT_NONE 63 /* an exponent that no count reaches */

/* The exponent of the first checkpoint from 1 << exponent on that is behind `packets`. */
static __always_inline __u8 settings_next_checkpoint(const struct settings *s, __u8 exponent, __u64 packets)
{
	for (; exponent < 32; exponent++)
		if (s->checkpoints >> exponent & 1 && packets >> exponent == 0)
			return exponent;
	return CHECKPOINT_NONE;
}

#endif
