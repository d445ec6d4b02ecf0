/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Newcomers in their table: noted at their first packet, admitted to the flow table at their second. */
#ifndef NEWCOMERS_BPF_H
#define NEWCOMERS_BPF_H

#include "secret.bpf.h"

/* What became of a flow that the flow table did not know. */
enum newcomer_fate {
	NEWCOMER_UNKNOWN,   /* not a newcomer either */
	NEWCOMER_ADMITTED,  /* it is in the flow table now, if it was not pushed out there at once */
	NEWCOMER_ELSEWHERE, /* still a newcomer: this is its first packet, at another hook. scratch->newcomer tells it */
	NEWCOMER_REFUSED,   /* still a newcomer: the flow table has no room */
};

/* Under the secret. Who comes while another CPU draws it gets 0, and may not be found again. */
VERIFIED_ONCE __u64 newcomer_hash(const struct seen *s)
{
	struct secret *secret = secret_get();

	if (!s || !secret)
		return 0;
	if (!secret_is_drawn(secret))
		return 0;
	return secret_hash(secret, &s->key, 0);
}

static __always_inline struct newcomer_set *newcomer_set_find(__u64 hash)
{
	__u32 index = newcomer_set_of(hash);

	return bpf_map_lookup_elem(&hr_newcomers, &index);
}

/* A lock is held for a microsecond at most, unless the host takes the CPU away meanwhile: some milliseconds' worth. */
#define LOCK_TRIES (1 << 18)

static long lock_try(__u32 i, void *context)
{
	struct newcomer_set **set = context;

	(void)i;
	return !__sync_val_compare_and_swap(&(*set)->lock, 0, 1);
}

/* Returns 0 when another CPU does not let go; the packet then goes by the flow table alone. */
static __always_inline int newcomer_set_lock(struct newcomer_set *set)
{
	struct newcomer_set *waited_for = set;

	if (!__sync_val_compare_and_swap(&set->lock, 0, 1))
		return 1;
	return bpf_loop(LOCK_TRIES, lock_try, &waited_for, 0) < LOCK_TRIES;
}

/* An exchange: what was written is seen before the lock is open, on every machine. */
static __always_inline void newcomer_set_unlock(struct newcomer_set *set)
{
	__sync_lock_test_and_set(&set->lock, 0);
}

/* True when a place has that tag, its newcomer still there or gone. Needs no lock. */
static __always_inline int newcomer_is_likely(const struct newcomer_set *set, __u32 tag)
{
	__u64 found = 0;

	for (int i = 0; i < NEWCOMER_WAYS; i++) {
		__u64 differs = newcomer_tag_differs(set->tag[i], tag);

		asm volatile("" : "+r"(differs)); /* else it becomes 11 branches, and 2,048 paths to verify */
		found |= differs - 1;
	}
	return found >> 63;
}

/* The way of this very key, its newcomer still there or gone, or NEWCOMER_WAYS. Only the first of a tag is looked at. */
VERIFIED_ONCE __u32 newcomer_way(const struct newcomer_set *set, const struct flow_key *key, __u32 tag)
{
	__u32 way;

	if (!set || !key)
		return NEWCOMER_WAYS;
	MODEL_NO_UNROLL
	for (way = 0; way < NEWCOMER_WAYS; way++)
		if (!newcomer_tag_differs(set->tag[way], tag))
			break;
	if (way >= NEWCOMER_WAYS || !flow_key_is_same(&set->way[way].key, key))
		return NEWCOMER_WAYS;
	return way;
}

/* The way for another newcomer: one that is free, else the oldest. */
VERIFIED_ONCE __u32 newcomer_place(struct newcomer_set *set)
{
	__u32 oldest;

	if (!set)
		return 0;
	MODEL_NO_UNROLL
	for (__u32 i = 0; i < NEWCOMER_WAYS; i++)
		if (!(set->tag[i] & NEWCOMER_HERE))
			return i;
	oldest = set->next;
	set->next = oldest + 1 < NEWCOMER_WAYS ? oldest + 1 : 0;
	return oldest;
}

/* Two CPUs had a first packet of this flow each, and the other's record is in the flow table. */
static __always_inline void flow_merge(struct flow *f, const struct flow *other)
{
	__u32 direction = f->initiator != other->initiator;

	__sync_fetch_and_add(&f->packets[direction], other->packets[0]);
	__sync_fetch_and_add(&f->bytes[direction], other->bytes[0]);
}

/* Moves a newcomer into the flow table; its set is locked, so nobody looks for it between the two. */
static __always_inline enum newcomer_fate newcomer_admit(const struct seen *s, struct newcomer_set *set, __u32 way,
							 __u16 hook)
{
	struct scratch *scratch = scratch_get();
	__u32 tag = set->tag[way];
	struct flow *there;

	if (!(tag & NEWCOMER_HERE))
		return NEWCOMER_ADMITTED;
	if (!scratch)
		return NEWCOMER_UNKNOWN;
	__builtin_memset(&scratch->newcomer, 0, sizeof(scratch->newcomer));
	flow_from_newcomer(&scratch->newcomer, &set->way[way]);
	if (flow_is_counted_elsewhere(&scratch->newcomer, s->sender != scratch->newcomer.initiator, hook, s->now_ns))
		return NEWCOMER_ELSEWHERE;
	if (__sync_val_compare_and_swap(&set->tag[way], tag, tag & ~NEWCOMER_HERE) != tag)
		return NEWCOMER_UNKNOWN; /* the agent exported it meanwhile: its time was over */
	if (bpf_map_update_elem(&hr_flows, seen_key(s, scratch), &scratch->newcomer, BPF_NOEXIST)) {
		there = bpf_map_lookup_elem(&hr_flows, &scratch->key);
		if (!there) {
			set->tag[way] = tag;
			return NEWCOMER_REFUSED;
		}
		flow_merge(there, &scratch->newcomer);
	}
	count(COUNTER_flows_admitted);
	return NEWCOMER_ADMITTED;
}

/* A packet of a flow that the flow table does not know. `hook`: flow_hook(). */
VERIFIED_ONCE int newcomer_seek(const struct seen *s, __u32 hook)
{
	enum newcomer_fate fate = NEWCOMER_UNKNOWN;
	struct newcomer_set *set;
	__u32 tag, way;
	__u64 hash;

	if (!s)
		return NEWCOMER_UNKNOWN;
	hash = newcomer_hash(s);
	tag = newcomer_tag(hash);
	set = newcomer_set_find(hash);
	if (!set || !newcomer_is_likely(set, tag) || !newcomer_set_lock(set))
		return NEWCOMER_UNKNOWN;
	way = newcomer_way(set, &s->key, tag);
	if (way < NEWCOMER_WAYS)
		fate = newcomer_admit(s, set, way, hook);
	newcomer_set_unlock(set);
	return fate;
}

/* Puts a newcomer where another one may be. */
static __always_inline void newcomer_write(const struct seen *s, struct newcomer_set *set, __u32 way, __u32 tag,
					   const struct flow *f)
{
	__u32 before = set->tag[way];

	if (before & NEWCOMER_HERE &&
	    __sync_val_compare_and_swap(&set->tag[way], before, before & ~NEWCOMER_HERE) == before)
		count(COUNTER_lost_newcomers);
	newcomer_from_flow(&set->way[way], &s->key, f);
	/* An exchange: the agent, who takes no lock, sees the record before the tag on every machine. */
	__sync_lock_test_and_set(&set->tag[way], tag | ((before + NEWCOMER_TURN_ONE) & NEWCOMER_TURN) | NEWCOMER_HERE);
}

/* Writes scratch->flow into the flow table without probation: kernel 6.1 takes no value through a pointer handed down. */
static __always_inline enum newcomer_fate flow_write(const struct seen *s)
{
	struct scratch *scratch = scratch_get();

	if (!scratch)
		return NEWCOMER_REFUSED;
	if (!bpf_map_update_elem(&hr_flows, seen_key(s, scratch), &scratch->flow, BPF_NOEXIST)) {
		count(COUNTER_flows_begun);
		return NEWCOMER_UNKNOWN;
	}
	return bpf_map_lookup_elem(&hr_flows, &scratch->key) ? NEWCOMER_ADMITTED : NEWCOMER_REFUSED;
}

/*
 * Notes a flow's first packet, which `f`, scratch->flow, holds, after newcomer_seek(). NEWCOMER_UNKNOWN: done, we were the first.
 * NEWCOMER_ADMITTED: another CPU had been faster, and the flow is in the flow table, this packet not counted there.
 */
VERIFIED_ONCE int newcomer_note(const struct seen *s, const struct flow *f, __u32 hook)
{
	enum newcomer_fate fate = NEWCOMER_UNKNOWN;
	struct scratch *scratch = scratch_get();
	struct newcomer_set *set;
	__u32 tag, way;
	__u64 hash;

	if (!s || !f || !scratch)
		return NEWCOMER_REFUSED;
	hash = newcomer_hash(s);
	tag = newcomer_tag(hash);
	set = newcomer_set_find(hash);
	if (!set || !flow_is_newcomer(f) || !newcomer_set_lock(set))
		return flow_write(s);
	way = newcomer_is_likely(set, tag) ? newcomer_way(set, &s->key, tag) : NEWCOMER_WAYS;
	if (way < NEWCOMER_WAYS) {
		fate = newcomer_admit(s, set, way, hook);
		if (fate == NEWCOMER_ADMITTED && !bpf_map_lookup_elem(&hr_flows, seen_key(s, scratch)))
			fate = NEWCOMER_UNKNOWN; /* its earlier flow has left the table long ago */
	} else {
		way = newcomer_place(set);
	}
	if (fate == NEWCOMER_UNKNOWN && way < NEWCOMER_WAYS) {
		newcomer_write(s, set, way, tag, f);
		count(COUNTER_flows_begun);
	}
	newcomer_set_unlock(set);
	return fate;
}

/* An ICMP error quotes a packet of this newcomer, `s` holds it. Returns 1, and the record in *f, if it is the first. */
VERIFIED_ONCE int newcomer_refuse(const struct seen *s, struct flow *f)
{
	struct newcomer_set *set;
	__u32 tag, way;
	__u64 hash;
	int is_first = 0;

	if (!s || !f)
		return 0;
	hash = newcomer_hash(s);
	tag = newcomer_tag(hash);
	set = newcomer_set_find(hash);
	if (!set || !newcomer_is_likely(set, tag) || !newcomer_set_lock(set))
		return 0;
	way = newcomer_way(set, &s->key, tag);
	if (way < NEWCOMER_WAYS && set->tag[way] & NEWCOMER_HERE) {
		struct newcomer *n = &set->way[way];

		is_first = !(n->events & FLOW_REJECTED) && s->sender == (n->marks & NEWCOMER_FROM_END1);
		if (is_first) {
			n->events |= FLOW_REJECTED;
			__builtin_memset(f, 0, sizeof(*f));
			flow_from_newcomer(f, n);
		}
	}
	newcomer_set_unlock(set);
	return is_first;
}

#endif
