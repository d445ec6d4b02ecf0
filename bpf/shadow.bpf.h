/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What is kept of two opinions on one vector: a count for each pair of them, and disagreements told in samples. */
#ifndef SHADOW_BPF_H
#define SHADOW_BPF_H

#include "tell.bpf.h"

/* True while the ring has room for what matters more. */
static __always_inline int shadow_may_tell(const struct opinion *o, __u64 now_ns, __u32 rate)
{
	__u32 kind = o[ARM_CHAMPION].verdict * VERDICT_COUNT + o[ARM_CHALLENGER].verdict;

	return budget_spend(BUDGET_SHADOW + kind % (VERDICT_COUNT * VERDICT_COUNT), now_ns, rate) &&
	       bpf_ringbuf_query(&hr_events, BPF_RB_AVAIL_DATA) < bpf_ringbuf_query(&hr_events, BPF_RB_RING_SIZE) / 2;
}

static __always_inline int shadow_tell(const struct seen *s, const struct flow *f, const struct duel *duel)
{
	struct shadow_event *e = bpf_ringbuf_reserve(&hr_events, sizeof(*e), 0);

	if (!e)
		return 0;
	e->e.type = EVENT_SHADOW;
	e->e.ifindex = s->ifindex;
	e->e.time_ns = s->now_ns;
	e->e.verdict = f->verdict;
	e->e.reason = f->reason;
	e->e.dropped = e->e.would_drop = 0;
	e->e.engine = ENGINE_KERNEL;
	e->e.block_until_ns = e->e.block_flows = e->e.block_proven = 0;
	record_fill(&e->e.record, &s->key, f);
	__builtin_memcpy(e->opinion, duel->opinion, sizeof(e->opinion));
	e->arm = duel->arm;
	e->pad = 0;
	bpf_ringbuf_submit(e, 0);
	return 1;
}

/* The count of this pair; NULL when the table is full. */
static __always_inline struct shadow_count *shadow_count_get(const struct shadow_key *key, struct shadow_count *first)
{
	struct shadow_count *c = bpf_map_lookup_elem(&hr_shadow, key);

	if (c)
		return c;
	__builtin_memset(first, 0, sizeof(*first));
	bpf_map_update_elem(&hr_shadow, key, first, BPF_NOEXIST);
	return bpf_map_lookup_elem(&hr_shadow, key);
}

/* Both models have spoken, the judge's verdict is in the record. `newly`: it is worth telling. */
VERIFIED_ONCE int shadow_note(const struct seen *s, struct flow *f, __u32 newly, __u32 rate)
{
	struct scratch *scratch = scratch_get();
	struct shadow_key key = { 0 };
	struct shadow_count *c;
	const struct opinion *o;
	__u32 new, differs;

	if (!s || !f || !scratch)
		return 0;
	o = scratch->duel.opinion;
	differs = o[ARM_CHAMPION].verdict != o[ARM_CHALLENGER].verdict;
	new = flow_events_claim(f, differs ? FLOW_COMPARED | FLOW_DIFFERED : FLOW_COMPARED);
	key.since = scratch->duel.since;
	key.arm = scratch->duel.arm;
	for (int i = 0; i < ARM_COUNT; i++) {
		key.verdict[i] = o[i].verdict;
		key.class[i] = o[i].verdict ? o[i].class : 0; /* who passes is of no class */
	}
	c = shadow_count_get(&key, &scratch->count);
	if (!c) {
		count(COUNTER_lost_comparisons);
		return 0;
	}
	c->verdicts++;
	c->flows += !!(new & FLOW_COMPARED);
	c->differing += !!(new & FLOW_DIFFERED);
	c->logged += newly && f->verdict == VERDICT_LOG;
	c->condemned += f->verdict == VERDICT_DROP;
	if (differs && shadow_may_tell(o, s->now_ns, rate))
		c->told += shadow_tell(s, f, &scratch->duel);
	return 0;
}

#endif
