/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The newcomer: a flow on probation. Nobody real has shown at the other end yet (flow_is_proven()), and few packets came.
 *
 * An insertion into the flow table costs more than all else that a new flow needs, and pushes another flow out; in a
 * flood of random sources every packet is a new flow. So the records of new flows are written one after the other into a
 * ring, in which each lasts until the ring has come round, and only flows that come to something are admitted to the flow
 * table. On probation a flow is counted, judged and listed as any other.
 *
 * A packet holds the record that it works on: its state, which changes by compare-and-swap, then says so, and neither
 * another packet nor the agent touches it; the ring passes over it. To find records by their key there are sets of short
 * entries, a cache line each; an entry that a record no longer answers to is stale and harms nobody.
 */
#ifndef NEWCOMER_H
#define NEWCOMER_H

#include "safety.h"
#include "secret.h"

/* What a state says, in its low bits; the others count how often it was held: who sees the same state twice, saw one record. */
enum newcomer_state {
	NEWCOMER_GONE,	   /* nobody's, or exported by the agent */
	NEWCOMER_HELD,	   /* a packet is at it */
	NEWCOMER_HERE,
	NEWCOMER_ADMITTED, /* the flow table has it now */
};

#define NEWCOMER_STATE 3u
#define NEWCOMER_TURN 4u

struct newcomer {
	__u32 state;
	__u32 pad;
	struct flow_key key;
	struct flow flow;
};

/*
 * CPUs take places by the chunk. One that a CPU uses up slowly is soon among the oldest of the ring, and what is written there
 * would be the next to go: when a quarter of the ring was taken since, the rest of it is given up. So nearly three quarters
 * of NEWCOMERS flows may begin between two packets of a flow without parting them.
 */
#define NEWCOMERS 262144 /* a power of two, so an index can be masked */
#define NEWCOMER_CHUNK 64
#define NEWCOMER_STALE (NEWCOMERS / 4)
#define NEWCOMER_PACKETS 4 /* of the initiator, that admit a flow all the same */
#define NEWCOMER_ANSWERS 8 /* likewise; a SYN-ACK to nobody is repeated five times (Linux, tcp_synack_retries) */

/*
 * With 100,000 newcomers in 32,768 sets of 15, one flow in 1.5 million is pushed out of its set (a Poisson tail); with
 * 262,144, one in 58: such a flow is still exported, and its next packet begins another.
 */
#define NEWCOMER_WAYS 15
#define NEWCOMER_SETS 32768

/*
 * A set's turn: the way to be written next (each set is a ring, too), a bit while a CPU writes it, and above both a count of
 * all that were written. Who finds the turn as it was has seen every entry of the set.
 */
#define NEWCOMER_TURN_WAY 15u
#define NEWCOMER_TURN_TAKEN 16u
#define NEWCOMER_TURN_COUNT 32u

struct newcomer_set {
	__u32 turn;
	__u32 way[NEWCOMER_WAYS]; /* a place, and above it the newcomer_tag(); 0: none */
};

/* What all CPUs share. */
struct probation {
	__u32 cursor; /* the next chunk of places */
	__u32 pad[15];
};

_Static_assert(sizeof(struct newcomer) == 192, "a newcomer fills whole cache lines");
_Static_assert(sizeof(struct newcomer_set) == 64, "a set is one cache line");
_Static_assert(sizeof(struct probation) == 64, "probation has hidden padding");

static __always_inline __u32 newcomer_state_with(__u32 state, enum newcomer_state is)
{
	return (state & ~NEWCOMER_STATE) | is;
}

static __always_inline __u32 newcomer_turn_after(__u32 turn)
{
	__u32 way = turn & NEWCOMER_TURN_WAY;

	way = way + 1 < NEWCOMER_WAYS ? way + 1 : 0;
	return ((turn & ~(NEWCOMER_TURN_WAY | NEWCOMER_TURN_TAKEN)) + NEWCOMER_TURN_COUNT) | way;
}

static __always_inline __u32 newcomer_set_of(__u64 hash)
{
	return hash & (NEWCOMER_SETS - 1);
}

/* From other bits than the set; above the bits of a place, and never 0. */
static __always_inline __u32 newcomer_tag(__u64 hash)
{
	return ((__u32)(hash >> 32) | 1u << 31) & ~(NEWCOMERS - 1u);
}

static __always_inline __u32 newcomer_tag_differs(__u32 entry, __u32 tag)
{
	return (entry ^ tag) & ~(NEWCOMERS - 1u);
}

static __always_inline int flow_key_is_same(const struct flow_key *a, const struct flow_key *b)
{
	__u64 differs = 0;

	for (int i = 0; i < (int)(sizeof(*a) / sizeof(__u32)); i++) {
		differs |= flow_key_word(a, i) ^ flow_key_word(b, i);
		MODEL_OPAQUE(differs); /* else all words are loaded first, onto the stack */
	}
	return !differs;
}

/*
 * True when the flow has come to something. An answer alone to a SYN is none: whoever invents a source gets one from each open
 * port, and a reset from each closed one.
 */
static __always_inline int newcomer_is_proven(const struct newcomer *n)
{
	const struct flow *f = &n->flow;

	return flow_is_proven(f, n->key.l4_proto) || f->packets[0] >= NEWCOMER_PACKETS || f->packets[1] >= NEWCOMER_ANSWERS;
}

#endif
