/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the agent is told: verdicts one by one up to a rate, beyond it as growing totals; and scored vectors. Of what is
 * suspicious and no more there is much on any day, so its rate is by the hour.
 */
#ifndef TELL_BPF_H
#define TELL_BPF_H

#include "packet.bpf.h"

static __always_inline void record_fill(struct flow_record *out, const struct flow_key *key, const struct flow *f)
{
	out->key = *key;
	out->flow = *f;
}

/* What is told of a verdict beside the flow: the first bytes of struct event that are its own. */
struct telling {
	__u8 verdict;  /* enum verdict */
	__u8 reason;   /* enum reason */
	__u8 dropped;
	__u8 would_drop;
	__u32 engine;  /* enum engine */
};

/* The alert of this reason, destination and end; the catch-all when the table is full. */
static __noinline struct alert *alert_find(const struct host_key *dest, const struct telling *what)
{
	struct alert_key key = { .reason = what->reason, .dropped = what->dropped, .would_drop = what->would_drop };
	struct scratch *scratch = scratch_get();
	struct alert *a, *first;

	__builtin_memcpy(key.dest, dest->addr, sizeof(key.dest));
	a = bpf_map_lookup_elem(&hr_alerts, &key);
	if (a || !scratch)
		return a;
	first = &scratch->alert;
	__builtin_memset(first, 0, sizeof(*first));
	if (!bpf_map_update_elem(&hr_alerts, &key, first, BPF_NOEXIST))
		return bpf_map_lookup_elem(&hr_alerts, &key);
	a = bpf_map_lookup_elem(&hr_alerts, &key);
	if (a)
		return a;
	__builtin_memset(key.dest, 0, sizeof(key.dest));
	a = bpf_map_lookup_elem(&hr_alerts, &key);
	if (a)
		return a;
	bpf_map_update_elem(&hr_alerts, &key, first, BPF_NOEXIST);
	return bpf_map_lookup_elem(&hr_alerts, &key);
}

/* True when the verdict may be told by itself, by the rate of its reason; otherwise it was added to the alert. */
static __always_inline int alert_admit(const struct seen *s, const struct flow *f, struct alert *a,
				       const struct settings *settings, __u8 reason)
{
	int by_hour = reason == REASON_NONE;
	__u32 rate = by_hour ? settings->suspicious_rate : settings->event_rate;
	__u64 interval = by_hour ? s->now_ns / HOUR_NS : s->now_ns / SECOND_NS;

	if (a->interval != interval) {
		a->interval = interval;
		a->events = 0;
	}
	a->last_ns = s->now_ns;
	if (__sync_fetch_and_add(&a->events, 1) < rate)
		return 1;
	a->sample = s->key;
	a->initiator = f->initiator;
	a->score = f->score;
	a->score_is = f->score_is;
	a->scope = f->scope;
	a->model_id = f->model_id;
	__sync_fetch_and_add(&a->packets, 1);
	__sync_fetch_and_add(&a->flows, f->dropped <= 1);
	return 0;
}

/*
 * Tells of a verdict. `dropped`: this packet goes no further. Of `dropped` and `would_drop` the books are kept: told,
 * aggregated or counted as lost.
 */
VERIFIED_ONCE int verdict_tell(const struct seen *s, const struct flow *f, const struct telling *what,
			      const struct settings *settings)
{
	struct host_key dest;
	struct event *e;
	struct alert *a;

	if (!s || !f || !what || !settings)
		return 0;
	__builtin_memcpy(dest.addr, s->key.addr[(f->initiator & 1) ^ 1], sizeof(dest.addr));
	a = alert_find(&dest, what);
	if (a && !alert_admit(s, f, a, settings, what->reason))
		return 0;
	e = bpf_ringbuf_reserve(&hr_events, sizeof(*e), 0);
	if (!e) {
		count(what->dropped ? COUNTER_lost_events : COUNTER_lost_notes);
		return 0;
	}
	e->type = EVENT_VERDICT;
	e->ifindex = s->ifindex;
	e->time_ns = s->now_ns;
	e->verdict = what->verdict;
	e->reason = what->reason;
	e->dropped = what->dropped;
	e->would_drop = what->would_drop;
	e->engine = what->engine;
	e->block_until_ns = e->block_flows = e->block_proven = 0;
	record_fill(&e->record, &s->key, f);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* The last state of a record whose flow begins anew: user space exports it, once. */
VERIFIED_ONCE int flow_end_tell(const struct seen *s, const struct flow *f)
{
	struct event *e;

	if (!s || !f)
		return 0;
	e = bpf_ringbuf_reserve(&hr_events, sizeof(*e), 0);
	if (!e) {
		count(COUNTER_lost_ends);
		return 0;
	}
	e->type = EVENT_FLOW_END;
	e->ifindex = s->ifindex;
	e->time_ns = s->now_ns;
	e->verdict = f->verdict;
	e->reason = f->reason;
	e->dropped = e->would_drop = 0;
	e->engine = ENGINE_KERNEL;
	e->block_until_ns = e->block_flows = e->block_proven = 0;
	record_fill(&e->record, &s->key, f);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* Whether this flow is of the share whose vectors are told: by its key, so that all of its checkpoints are. */
static __always_inline int snapshot_is_wanted(const struct settings *settings, const struct flow_key *key)
{
	__u32 h;

	if (!settings->snapshot_share)
		return 0;
	h = flow_key_hash(key);
	return (h ^ h >> 16) % 65536 < settings->snapshot_share;
}

/* What may be told in a second, by CPU. */
struct budget {
	__u64 second;
	__u64 used;
};

#define BUDGET_SNAPSHOTS 0
#define BUDGET_SHADOW 1 /* and on: for each pair of verdicts, so that the rare ones are heard, too */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUDGET_SHADOW + VERDICT_COUNT * VERDICT_COUNT);
	__type(key, __u32);
	__type(value, struct budget);
} hr_budget SEC(".maps");

static __always_inline int budget_spend(__u32 which, __u64 now_ns, __u32 rate)
{
	struct budget *b = bpf_map_lookup_elem(&hr_budget, &which);
	__u64 second = now_ns / SECOND_NS;

	if (!b)
		return 0;
	if (b->second != second) {
		b->second = second;
		b->used = 0;
	}
	return b->used++ < rate;
}

VERIFIED_ONCE int snapshot_tell(const struct seen *s, const struct flow *f, const struct features *x, __u64 packets,
				     __u32 rate)
{
	struct snapshot *e = NULL;

	if (!s || !f || !x)
		return 0;
	if (budget_spend(BUDGET_SNAPSHOTS, s->now_ns, rate))
		e = bpf_ringbuf_reserve(&hr_snapshots, sizeof(*e), 0);
	if (!e) {
		count(COUNTER_lost_snapshots);
		return 0;
	}
	e->type = EVENT_SNAPSHOT;
	e->ifindex = s->ifindex;
	e->time_ns = s->now_ns;
	e->packets = packets;
	e->verdict = f->verdict;
	e->reason = f->reason;
	__builtin_memset(e->pad, 0, sizeof(e->pad));
	record_fill(&e->record, &s->key, f);
	__builtin_memcpy(e->feature, x->value, sizeof(e->feature));
	bpf_ringbuf_submit(e, 0);
	return 0;
}

#endif
