/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* On probation and off it: a flow is made known at its first packet, and admitted to the flow table when it is proven. */
#ifndef ADMIT_BPF_H
#define ADMIT_BPF_H

#include "track.bpf.h"

/* Adds what was counted apart for the same flow. */
static __always_inline void flow_counts_give(struct flow *f, const struct flow *from)
{
	__u32 swap = f->initiator != from->initiator;

	for (__u32 i = 0; i < 2; i++) {
		__sync_fetch_and_add(&f->packets[i ^ swap], from->packets[i]);
		__sync_fetch_and_add(&f->bytes[i ^ swap], from->bytes[i]);
		__sync_fetch_and_add(&f->bytes_told[i ^ swap], from->bytes_told[i]);
	}
	__sync_fetch_and_add(&f->dropped, from->dropped);
}

/* Writes the record into the flow table, or adds its counts to the one there. Returns 0 when there is no room. */
static __always_inline int newcomer_admit(struct newcomer *n)
{
	struct flow *there;

	if (bpf_map_update_elem(&hr_flows, &n->key, &n->flow, BPF_NOEXIST)) {
		there = bpf_map_lookup_elem(&hr_flows, &n->key);
		if (!there)
			return 0;
		flow_counts_give(there, &n->flow);
	}
	count(COUNTER_flows_admitted);
	return 1;
}

/* The packet has done with the newcomer that it held. */
VERIFIED_ONCE int newcomer_leave(__u32 place)
{
	struct newcomer *n = newcomer_at(place);

	if (!n)
		return 0;
	if (unlikely(newcomer_is_proven(n)) && newcomer_admit(n))
		newcomer_let_go(n, NEWCOMER_ADMITTED);
	else
		newcomer_let_go(n, NEWCOMER_HERE);
	return 0;
}

VERIFIED_ONCE int flow_join(struct seen *s, const struct flow *mine, struct flow *f)
{
	if (!s || !mine || !f)
		return 0;
	hosts_take_start(s, mine);
	s->direction = s->sender != f->initiator;
	flow_track(s, f);
	__sync_fetch_and_add(&f->dropped, mine->dropped);
	return 1;
}

/*
 * Another CPU has begun the flow of this packet, which `mine` was made for: it is counted there. `other`: from
 * newcomer_seek(). Returns 0 if that flow has left the table long ago.
 */
VERIFIED_ONCE int newcomer_join(struct seen *s, struct newcomer *mine, __u32 other)
{
	struct scratch *scratch = scratch_get();
	struct newcomer *n;
	struct flow *f;

	if (!s || !mine || !scratch)
		return 0;
	if (other == NEWCOMER_LOOK_AGAIN) {
		f = bpf_map_lookup_elem(&hr_flows, seen_key(s, scratch));
		if (!f)
			return 0;
		return flow_join(s, &mine->flow, f);
	}
	n = newcomer_at(other - 1);
	if (!n)
		return 0;
	flow_join(s, &mine->flow, &n->flow);
	newcomer_leave(other - 1);
	return 1;
}

#define PUBLISH_TRIES 4

/* Makes the newcomer known that newcomer_claim() gave a place to: after newcomer_seek() did not find its flow. */
VERIFIED_ONCE int newcomer_publish(struct seen *s, __u32 place)
{
	struct newcomer *n = newcomer_at(place);
	struct scratch *scratch = scratch_get();
	struct newcomer_set *set;
	__u32 way, turn, other;

	if (!s || !scratch || !n)
		return 0;
	MODEL_NO_UNROLL
	for (int i = 0; i < PUBLISH_TRIES; i++) {
		set = newcomer_set_at(scratch->trace.set);
		turn = scratch->trace.turn;
		way = turn & NEWCOMER_TURN_WAY;
		MODEL_OPAQUE(way); /* else the bound becomes "not 15", and 6.1 learns nothing of that */
		if (!set || way >= NEWCOMER_WAYS)
			break;
		if (!(turn & NEWCOMER_TURN_TAKEN) &&
		    __sync_val_compare_and_swap(&set->turn, turn, turn | NEWCOMER_TURN_TAKEN) == turn) {
			*(volatile __u32 *)&set->way[way] = scratch->trace.tag | place;
			__sync_lock_test_and_set(&set->turn, newcomer_turn_after(turn));
			break;
		}
		other = newcomer_seek(s, 1 + place); /* somebody else came into the set */
		if (other && newcomer_join(s, n, other)) {
			newcomer_unclaim(place);
			return 0;
		}
	}
	count(COUNTER_flows_begun);
	return newcomer_leave(place); /* a bundle may be proven already */
}

#endif
