/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Newcomers in their ring: found by their key, held while a packet is at them, begun at a place. */
#ifndef NEWCOMERS_BPF_H
#define NEWCOMERS_BPF_H

#include "secret.bpf.h"

static __always_inline struct newcomer *newcomer_at(__u32 place)
{
	__u32 index = place & (NEWCOMERS - 1);

	return bpf_map_lookup_elem(&hr_newcomers, &index);
}

static __always_inline __u32 newcomer_state(const struct newcomer *n)
{
	return *(const volatile __u32 *)&n->state;
}

/* Makes a newcomer that was in `state` the packet's own. Returns 0 when another was faster. */
static __always_inline int newcomer_hold(struct newcomer *n, __u32 state)
{
	__u32 held = newcomer_state_with(state + NEWCOMER_TURN, NEWCOMER_HELD);

	return __sync_val_compare_and_swap(&n->state, state, held) == state;
}

/* Ends that. An exchange: who sees the state, the agent as well, sees the record whole, on every machine. */
static __always_inline void newcomer_let_go(struct newcomer *n, enum newcomer_state is)
{
	__sync_lock_test_and_set(&n->state, newcomer_state_with(n->state, is));
}

/* A newcomer is held for a microsecond, unless the host takes the other CPU away meanwhile: some milliseconds' worth. */
#define WAIT_TRIES (1 << 18)

struct newcomer_wait {
	struct newcomer *n;
	__u32 found; /* enum newcomer_state */
};

/* Returns 1, and what was found, unless another packet holds the newcomer: one that is here is ours then. */
static long newcomer_try(__u32 i, void *context)
{
	struct newcomer_wait *wait = context;
	__u32 state = newcomer_state(wait->n);

	(void)i;
	wait->found = state & NEWCOMER_STATE;
	if (wait->found == NEWCOMER_HERE && !newcomer_hold(wait->n, state))
		wait->found = NEWCOMER_HELD;
	return wait->found != NEWCOMER_HELD;
}

/* NEWCOMER_HERE: the packet holds the newcomer at the place. NEWCOMER_HELD: another did so for too long. */
VERIFIED_ONCE __u32 newcomer_wait_for(__u32 place)
{
	struct newcomer_wait wait = { .n = newcomer_at(place) };

	if (!wait.n)
		return NEWCOMER_GONE;
	if (!newcomer_try(0, &wait))
		bpf_loop(WAIT_TRIES, newcomer_try, &wait, 0);
	return wait.found;
}

/* Under the secret. Who comes while another CPU draws it gets 0, and may not be found again. */
static __always_inline __u64 newcomer_hash(const struct seen *s)
{
	struct secret *secret = secret_drawn();

	if (!secret)
		return 0;
	return secret_hash(secret, &s->key, 0);
}

static __always_inline struct newcomer_set *newcomer_set_at(__u32 index)
{
	index &= NEWCOMER_SETS - 1;
	return bpf_map_lookup_elem(&hr_newcomer_sets, &index);
}

struct newcomer_turn_wait {
	const struct newcomer_set *set;
	__u32 turn;
};

/* Returns 1 unless a CPU is writing an entry of the set. */
static long newcomer_turn_try(__u32 i, void *context)
{
	struct newcomer_turn_wait *wait = context;

	(void)i;
	wait->turn = *(const volatile __u32 *)&wait->set->turn;
	return !(wait->turn & NEWCOMER_TURN_TAKEN);
}

/* The set's turn, behind which all entries of before are seen. After too long a wait it is one that nobody can take. */
VERIFIED_ONCE __u32 newcomer_turn_wait_for(__u32 index)
{
	struct newcomer_turn_wait wait = { .set = newcomer_set_at(index) };

	if (!wait.set)
		return NEWCOMER_TURN_TAKEN;
	bpf_loop(WAIT_TRIES, newcomer_turn_try, &wait, 0);
	return wait.turn;
}

/* True when a way has that tag. */
static __always_inline int newcomer_is_likely(const struct newcomer_set *set, __u32 tag)
{
	__u64 found = 0;

	for (int i = 0; i < NEWCOMER_WAYS; i++) {
		__u64 differs = newcomer_tag_differs(set->way[i], tag);

		asm volatile("" : "+r"(differs)); /* else it becomes 15 branches, and 32,768 paths to verify */
		found |= differs - 1;
	}
	return found >> 63;
}

/* The flow table is to be looked through again, behind the state that said so: an atomic operation keeps the order. */
static __always_inline __u32 newcomer_look_again(struct newcomer *n)
{
	__u32 state = __sync_fetch_and_add(&n->state, 0);

	MODEL_OPAQUE(state); /* else nobody asks for the result, and no order is kept */
	(void)state;
	return NEWCOMER_LOOK_AGAIN;
}

/* newcomer_seek() where a way has the tag. `mine`: 1 + the place that this packet holds already, or 0. */
VERIFIED_ONCE __u32 newcomer_seek_in(const struct seen *s, const struct newcomer_set *set, __u32 mine)
{
	struct scratch *scratch = scratch_get();
	__u32 way, place, state, found = 0;
	struct newcomer *n;

	if (!s || !set || !scratch)
		return 0;
	MODEL_NO_UNROLL
	for (way = 0; way < NEWCOMER_WAYS; way++) {
		if (newcomer_tag_differs(set->way[way], scratch->trace.tag))
			continue;
		place = set->way[way] & (NEWCOMERS - 1);
		n = newcomer_at(place);
		if (!n || place + 1 == mine)
			continue;
		state = newcomer_wait_for(place);
		if (state == NEWCOMER_ADMITTED)
			found = newcomer_look_again(n);
		if (state != NEWCOMER_HERE)
			continue;
		if (flow_key_is_same(&n->key, &s->key))
			return place + 1;
		newcomer_let_go(n, NEWCOMER_HERE);
	}
	return found;
}

/*
 * Looks for a flow that the flow table does not know. Returns 1 + its place, which the packet holds then; 0 when it is
 * nowhere; or NEWCOMER_LOOK_AGAIN: it was admitted, perhaps just now.
 */
VERIFIED_ONCE __u32 newcomer_seek(const struct seen *s, __u32 mine)
{
	struct scratch *scratch = scratch_get();
	struct newcomer_set *set;
	__u32 turn;
	__u64 hash;

	if (!s || !scratch)
		return 0;
	hash = newcomer_hash(s);
	scratch->trace.tag = newcomer_tag(hash);
	scratch->trace.set = newcomer_set_of(hash);
	set = newcomer_set_at(scratch->trace.set);
	if (!set)
		return 0;
	turn = *(volatile __u32 *)&set->turn;
	if (unlikely(turn & NEWCOMER_TURN_TAKEN))
		turn = newcomer_turn_wait_for(scratch->trace.set);
	scratch->trace.turn = turn;
	set = READ_BEHIND(turn, set);
	barrier();
	return newcomer_is_likely(set, scratch->trace.tag) ? newcomer_seek_in(s, set, mine) : 0;
}

#define CLAIM_TRIES 4

/* Gives the CPU a chunk where it has none, or one that is about to be taken anew. Returns 0 when it has none all the same. */
static __always_inline int places_provide(struct scratch *scratch)
{
	__u32 zero = 0;
	struct probation *p = bpf_map_lookup_elem(&hr_probation, &zero);

	if (!p)
		return 0;
	if (scratch->places_left && *(volatile __u32 *)&p->cursor - scratch->place <= NEWCOMER_STALE)
		return 1;
	scratch->place = __sync_fetch_and_add(&p->cursor, NEWCOMER_CHUNK);
	scratch->places_left = NEWCOMER_CHUNK;
	return 1;
}

/* Makes the CPU's next place ours. Returns 1 + the place, or 0: others are at those that come next. */
VERIFIED_ONCE __u32 newcomer_claim(void)
{
	struct scratch *scratch = scratch_get();
	struct newcomer *n;
	__u32 state, place;

	if (!scratch)
		return 0;
	MODEL_NO_UNROLL
	for (int i = 0; i < CLAIM_TRIES; i++) {
		if (!places_provide(scratch))
			return 0;
		scratch->places_left--;
		place = scratch->place++ & (NEWCOMERS - 1);
		n = newcomer_at(place);
		if (!n)
			return 0;
		state = newcomer_state(n);
		if ((state & NEWCOMER_STATE) == NEWCOMER_HELD || !newcomer_hold(n, state))
			continue;
		if ((state & NEWCOMER_STATE) == NEWCOMER_HERE)
			count(COUNTER_lost_newcomers);
		return 1 + place;
	}
	return 0;
}

/* Gives the place back that was just claimed, to be claimed next. */
static __always_inline void newcomer_unclaim(__u32 place)
{
	struct scratch *scratch = scratch_get();
	struct newcomer *n = newcomer_at(place);

	if (!scratch || !n)
		return;
	newcomer_let_go(n, NEWCOMER_GONE);
	scratch->place--;
	scratch->places_left++;
}

#endif
