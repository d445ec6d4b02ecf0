/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What keeps a model that is wrong from doing harm: enforcement of its verdicts is suspended while we have not seen enough
 * (warm-up), when the egress companion was lost, when the agent has died and the operator wants it so, and when the breaker
 * has tripped. The operator's own blocks hold all the while.
 *
 * The breaker watches harm, not volume: of the flows in which somebody real answered or completed a handshake, how many
 * the model condemned; and the sources that completed handshakes and have flows condemned, each once in an epoch. A flood,
 * however large, has neither.
 */
#ifndef SAFETY_H
#define SAFETY_H

#include "settings.h"

enum suspension {
	SUSPENDED_NOT,
	SUSPENDED_WARM_UP,
	SUSPENDED_DEAD_AGENT,
	SUSPENDED_BREAKER,
	SUSPENDED_COMPANION,
	SUSPENSIONS
};

#define BREAKER_EPOCH_SHIFT 33 /* of ns: 8.6 seconds; the running epoch and the one before count */
#define BREAKER_LEAST_PERMILLE 50 /* the last hour's share lowers the bound as far as that */

#define HARMED_SLOTS 4096 /* sources that the breaker tells apart in an epoch; a power of two, so an index can be masked */

/* State, not settings: the kernel writes the breaker's part, the agent its own, each word by itself. */
struct safety {
	__u64 agent_ns;		 /* the agent's last sign of life, 0: none is expected */
	__u64 tripped_ns;	 /* when the breaker tripped, 0: it has not */
	__u64 resumed_ns;	 /* when a program last began to work on these tables, whoever attached it */
	__u32 tripped_judged;	 /* what it saw then */
	__u32 tripped_condemned;
	__u32 limit_permille;	 /* the agent's bound, out of the last hour; 0: settings.breaker_permille */
	__u32 epoch;
	__u32 judged[2];	 /* verdicts on proven flows, by epoch & 1 */
	__u32 condemned[2];	 /* those among them that condemned */
	__u64 judged_ever;	 /* the same since the program was loaded */
	__u64 condemned_ever;
};

_Static_assert(sizeof(struct safety) == 72, "safety has hidden padding");

/* Since when the tables have seen everything, 0: for ever. */
static __always_inline __u64 safety_watched_since_ns(const struct settings *s, const struct safety *safety)
{
	if (s->watched_since_ns && safety && safety->resumed_ns > s->watched_since_ns)
		return safety->resumed_ns;
	return s->watched_since_ns;
}

/* Why the model's verdicts are not enforced at present. */
static __always_inline enum suspension safety_suspends(const struct settings *s, const struct safety *safety, __u64 now_ns)
{
	__u64 since_ns = safety_watched_since_ns(s, safety);

	if (s->one_way == ONE_WAY_LOST)
		return SUSPENDED_COMPANION;
	if (since_ns && now_ns < since_ns + s->warm_up_ns)
		return SUSPENDED_WARM_UP;
	if (!safety)
		return SUSPENDED_NOT;
	if (safety->tripped_ns)
		return SUSPENDED_BREAKER;
	if (s->dead_agent == DEAD_AGENT_MONITOR && safety->agent_ns && now_ns > safety->agent_ns &&
	    now_ns - safety->agent_ns > s->dead_after_ns)
		return SUSPENDED_DEAD_AGENT;
	return SUSPENDED_NOT;
}

/* True when somebody real was at the other end: nobody who invents source addresses gets so far. */
static __always_inline int flow_is_proven(const struct flow *f, __u8 l4_proto)
{
	if (l4_proto == IPPROTO_TCP && f->kind == FLOW_KIND_SYN)
		return !!(f->events & FLOW_HANDSHAKE);
	return (f->events & (FLOW_ANSWERED | FLOW_REJECTED)) == FLOW_ANSWERED;
}

static __always_inline void breaker_turn(struct safety *b, __u32 epoch)
{
	__u32 held = b->epoch;

	if (held == epoch || __sync_val_compare_and_swap(&b->epoch, held, epoch) != held)
		return;
	b->judged[epoch & 1] = b->condemned[epoch & 1] = 0;
	if (epoch - held > 1)
		b->judged[~epoch & 1] = b->condemned[~epoch & 1] = 0;
}

/* A verdict on a proven flow. Trips the breaker when too many of them condemn. */
static __always_inline void breaker_note(struct safety *b, const struct settings *s, int condemned, __u64 now_ns)
{
	__u32 epoch = now_ns >> BREAKER_EPOCH_SHIFT, slot = epoch & 1, limit;
	__u64 judged, harmed;

	breaker_turn(b, epoch);
	__sync_fetch_and_add(&b->judged[slot], 1);
	__sync_fetch_and_add(&b->judged_ever, 1);
	if (!condemned)
		return;
	__sync_fetch_and_add(&b->condemned[slot], 1);
	__sync_fetch_and_add(&b->condemned_ever, 1);
	judged = (__u64)b->judged[0] + b->judged[1];
	harmed = (__u64)b->condemned[0] + b->condemned[1];
	limit = b->limit_permille ? b->limit_permille : s->breaker_permille;
	if (!s->breaker_least || harmed < s->breaker_least || harmed * 1000 <= limit * judged || b->tripped_ns)
		return;
	b->tripped_judged = judged;
	b->tripped_condemned = harmed;
	b->tripped_ns = now_ns;
}

#endif
