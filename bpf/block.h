/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The source block: what a source whose flows are condemned again and again comes to, and how its condemned flows are
 * counted until then. Also the rate that a source's condemned flows share where they are limited.
 */
#ifndef BLOCK_H
#define BLOCK_H

#include "settings.h"

/* Condemned flows of a source. Direct-mapped, so that a flood of sources displaces no block. */
struct offences {
	__u32 tag;    /* hash of the source, 0: empty */
	__u32 flows;
	__u32 proven; /* of these, flow_shows_sender() */
	__u32 pad;
	__u64 first_ns;
};

#define OFFENCE_SLOTS 16384 /* a power of two, so an index can be masked */

/* The map key is host_key_from_source(). */
struct source_block {
	__u64 until_ns;
	__u64 begun_ns;
	__u64 last_ns;	  /* of its packets */
	__u64 packets;	  /* dropped */
	__u32 generation; /* of the settings: void when the verdicts of then are */
	__u32 asked_at;	  /* the generation at which the allow and guard lists were asked and had no objection */
	__u32 flows;	  /* condemned, that earned it */
	__u32 model_id;	  /* by this model */
	__u8 class;	  /* of the last of them */
	__u8 proven;	  /* they showed who sent them */
	__u8 enforced;	  /* 0: monitor mode; remembered, so that it is told once */
	__u8 pad[5];
};

_Static_assert(sizeof(struct offences) == 24, "offences has hidden padding");
_Static_assert(sizeof(struct source_block) == 56, "source_block has hidden padding");

/* A clock of 0.27 s. */
static __always_inline __u32 block_tick(__u64 now_ns)
{
	return now_ns >> 28;
}

/* By the hash of a source: until when one with this hash may be blocked. Most senders are done after one word. */
#define BLOCK_HINTS 16384 /* a power of two, so an index can be masked */

struct block_hints {
	__u32 until[BLOCK_HINTS]; /* block_tick() */
};

static __always_inline void offences_add(struct offences *o, __u32 tag, __u64 within_ns, int proven, __u64 now_ns)
{
	if (o->tag != tag || (now_ns > o->first_ns && now_ns - o->first_ns > within_ns)) {
		o->tag = tag;
		o->first_ns = now_ns;
		o->flows = o->proven = 0;
	}
	__sync_fetch_and_add(&o->flows, 1);
	if (proven)
		__sync_fetch_and_add(&o->proven, 1);
}

/* False when its time is over, its source fell silent, or the verdicts that it rests on are void. */
static __always_inline int source_block_holds(const struct source_block *b, const struct settings *s, __u64 now_ns)
{
	__u64 last_ns = b->last_ns;

	if ((__s32)(b->generation - s->voided_at) < 0 || now_ns >= b->until_ns)
		return 0;
	return !s->unblock_quiet_ns || now_ns < last_ns || now_ns - last_ns < s->unblock_quiet_ns;
}

/*
 * The rate of a source's condemned flows: a word that says until when what has passed is paid for. Sources that share a
 * slot share the rate.
 */
#define LIMIT_SLOTS 16384 /* a power of two, so an index can be masked */
#define LIMIT_BURST_NS (SECOND_NS / 10)

/* True when one more packet may pass. Of two CPUs that meet, one may be refused. */
static __always_inline int limit_admits(__u64 *paid_until_ns, __u32 rate, __u64 now_ns)
{
	__u64 held = *paid_until_ns, from = held > now_ns ? held : now_ns;

	if (!rate || from - now_ns > LIMIT_BURST_NS)
		return 0;
	return __sync_val_compare_and_swap(paid_until_ns, held, from + SECOND_NS / rate) == held;
}

#endif
