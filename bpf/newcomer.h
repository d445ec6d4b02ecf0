/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The newcomer: a flow of one packet, on probation.
 *
 * An insertion into the flow table costs more than all else that a new flow needs, and in a flood of random sources
 * every packet is a new flow. So its first packet is only noted here, in a fixed place; the second one, either way,
 * admits it to the flow table, with everything the first one came to. The table is set-associative and each set is a
 * ring: a newcomer is pushed out by those that come after it, the oldest first.
 *
 * Who owns a place: its tag says whether somebody is there. Programs change a set under its lock; the agent never
 * takes that lock, it takes a newcomer out by one compare-and-swap of the tag, as programs do too. So no packet ever
 * waits for the agent, and each newcomer is admitted, exported or pushed out, once.
 */
#ifndef NEWCOMER_H
#define NEWCOMER_H

#include "secret.h"
#include "settings.h"

struct newcomer {
	__u64 first_ns;
	struct flow_key key;
	__u32 bytes;	     /* layer 3 */
	__u32 isn;
	__u32 generation;
	__u32 model_id;
	__s32 score;
	__u16 hook;
	__u16 payload_first;
	__u8 tcp_flags;
	__u8 score_due;
	__u8 events;	     /* enum flow_event */
	__u8 marks;	     /* enum newcomer_mark, and how good the score is */
	/* Two of struct flow's to a byte. */
	__u8 kind_verdict;
	__u8 reason_class;
	__u8 listed;
	__u8 scope;
};

enum newcomer_mark { NEWCOMER_FROM_END1 = 1, NEWCOMER_SCORED = 2, NEWCOMER_DROPPED = 4 };
#define NEWCOMER_SCORE_IS_SHIFT 4 /* of the marks: enum score_is */

/*
 * With 11 ways in 32,768 sets, 100,000 other newcomers between a flow's first and second packet push it out once in
 * 2,900 flows (a Poisson tail), 130,000 once in 400.
 */
#define NEWCOMER_WAYS 11
#define NEWCOMER_SETS 32768 /* a power of two, so an index can be masked */

struct newcomer_set {
	__u32 lock;		   /* 1: a program changes the set */
	__u32 next;		   /* the way that is overwritten next when none is free */
	__u32 tag[NEWCOMER_WAYS]; /* newcomer_tag(), the way's turn, and whether somebody is there */
	__u32 pad;
	struct newcomer way[NEWCOMER_WAYS];
};

/*
 * The bits of a tag beside those of the hash. Who has gone leaves the rest of the tag behind: a program that missed the
 * flow in the flow table just before it was admitted there finds that, and looks again. The turn is another each time
 * the way is written, so that the agent cannot take out the next newcomer for the one that it has read.
 */
#define NEWCOMER_HERE 1u
#define NEWCOMER_TURN 0x1eu
#define NEWCOMER_TURN_ONE 2u

_Static_assert(sizeof(struct newcomer) == 88, "newcomer has hidden padding");
_Static_assert(sizeof(struct newcomer_set) == 1024, "a set fills whole cache lines and never crosses a page");

static __always_inline __u32 newcomer_set_of(__u64 hash)
{
	return hash & (NEWCOMER_SETS - 1);
}

/* From other bits than the set. */
static __always_inline __u32 newcomer_tag(__u64 hash)
{
	return (__u32)(hash >> 32) & ~(NEWCOMER_TURN | NEWCOMER_HERE);
}

/* 0 for the tag of a newcomer of that hash, here or gone; hardly ever for another. */
static __always_inline __u32 newcomer_tag_differs(__u32 tag, __u32 wanted)
{
	return (tag ^ wanted) & ~(NEWCOMER_TURN | NEWCOMER_HERE);
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

/* A record that flow_from_newcomer() brings back whole: one packet, or a flow that began as one. */
static __always_inline int flow_is_newcomer(const struct flow *f)
{
	return f->packets[0] == 1 && !f->packets[1];
}

/* `f` is a flow_is_newcomer(). */
static __always_inline void newcomer_from_flow(struct newcomer *n, const struct flow_key *key, const struct flow *f)
{
	n->first_ns = f->first_ns;
	n->key = *key;
	n->bytes = f->bytes[0];
	n->isn = f->isn[0];
	n->generation = f->generation;
	n->model_id = f->model_id;
	n->score = f->score;
	n->hook = f->hook[0];
	n->payload_first = f->payload_first;
	n->tcp_flags = f->tcp_flags[0];
	n->score_due = f->score_due;
	n->events = f->events;
	n->kind_verdict = f->kind | f->verdict << 4;
	n->reason_class = f->reason | f->class << 4;
	n->listed = f->listed[0] | f->listed[1] << 4;
	n->scope = f->scope;
	n->marks = (f->initiator ? NEWCOMER_FROM_END1 : 0) | (f->scored_at ? NEWCOMER_SCORED : 0) |
		   (f->dropped ? NEWCOMER_DROPPED : 0) | f->score_is << NEWCOMER_SCORE_IS_SHIFT;
}

/* Fills a zeroed record. */
static __always_inline void flow_from_newcomer(struct flow *f, const struct newcomer *n)
{
	f->packets[0] = 1;
	f->bytes[0] = n->bytes;
	f->first_ns = f->last_ns = n->first_ns;
	f->hook[0] = n->hook;
	f->hook_tick[0] = flow_tick(n->first_ns);
	f->generation = n->generation;
	f->initiator = n->marks & NEWCOMER_FROM_END1;
	f->kind = n->kind_verdict & 15;
	f->state = flow_state_first(f->kind);
	f->verdict = n->kind_verdict >> 4;
	f->reason = n->reason_class & 15;
	f->class = n->reason_class >> 4;
	f->score_due = n->score_due;
	f->listed[0] = n->listed & 15;
	f->listed[1] = n->listed >> 4;
	f->scope = n->scope;
	f->score_is = n->marks >> NEWCOMER_SCORE_IS_SHIFT;
	f->tcp_flags[0] = n->tcp_flags;
	f->len_min = f->len_max = n->bytes > 0xffff ? 0xffff : n->bytes;
	f->isn[0] = n->isn;
	f->events = n->events;
	f->payload_first = n->payload_first;
	f->model_id = n->model_id;
	f->score = n->score;
	f->dropped = (n->marks & NEWCOMER_DROPPED) != 0;
	f->scored_at = (n->marks & NEWCOMER_SCORED) != 0;
	f->bytes_told[0] = n->bytes;
	if (f->verdict == VERDICT_DROP)
		f->condemned_ns = n->first_ns;
}

#endif
