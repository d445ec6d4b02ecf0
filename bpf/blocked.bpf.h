/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Knowing a blocked sender again. */
#ifndef BLOCKED_BPF_H
#define BLOCKED_BPF_H

#include "lists.bpf.h"

/* The place of the packet's sender, when it is known to be blocked at this moment; NULL says nothing. */
static __always_inline struct blocked_sender *blocked_find(const struct seen *s, __u32 generation)
{
	__u32 index = blocked_set_of(s->pkt.source);
	struct blocked_set *set = bpf_map_lookup_elem(&hr_blocked, &index);
	__u64 wanted = blocked_who(s->pkt.source, generation);

	if (!set || !list_address_is_ipv4(s->pkt.source))
		return NULL;
	MODEL_UNROLL
	for (int i = 0; i < BLOCKED_WAYS; i++) {
		struct blocked_sender *b = &set->way[i];
		__u64 who = *(volatile __u64 *)&b->who;
		__u32 until;

		if (who != wanted)
			continue;
		until = *(volatile __u32 *)&READ_BEHIND(who, b)->until;
		/* Looked at again behind the time: it may just have become another's. */
		if (until > block_tick(s->now_ns) && *(volatile __u64 *)&READ_BEHIND(until, b)->who == wanted)
			return b;
	}
	return NULL;
}

/* What was not yet counted of the place's former sender goes to the entry that it has now, if any. */
static __always_inline void blocked_settle(struct blocked_sender *b, __be32 addr, __u32 tables, __u64 now_ns)
{
	__be32 key[4] = { 0, 0, bpf_htonl(0xffff), addr };
	__u32 packets = __sync_lock_test_and_set(&b->packets, 0);
	struct list_entry *e = packets ? list_find_key(tables, key, now_ns) : NULL;

	if (e)
		__sync_fetch_and_add(&e->packets, packets);
}

/*
 * Notes that the list was asked about the sender, under this generation, and blocks it: in the sender's place, or in one
 * that nobody is known by any more. One CPU writes a place at a time.
 */
VERIFIED_ONCE int blocked_note(const struct seen *s, const struct settings *settings, const struct list_entry *e,
			       __u32 generation)
{
	struct blocked_sender *b = NULL;
	struct blocked_set *set;
	__u64 until_ns, held;
	__u32 index, until;

	if (!s || !settings || !e)
		return 0;
	until_ns = e->told_ns + SECOND_NS;
	if (e->expires_ns && e->expires_ns < until_ns)
		until_ns = e->expires_ns;
	until = block_tick(until_ns);
	index = blocked_set_of(s->pkt.source);
	set = bpf_map_lookup_elem(&hr_blocked, &index);
	if (!set || until <= block_tick(s->now_ns))
		return 0;
	MODEL_UNROLL
	for (int i = 0; i < BLOCKED_WAYS; i++) {
		struct blocked_sender *way = &set->way[i];

		held = way->who;
		if (held == BLOCKED_BUSY)
			continue;
		if (blocked_is_of(held, s->pkt.source[3])) {
			b = way;
			break;
		}
		if (held >> 32 != generation || way->until <= block_tick(s->now_ns))
			b = way;
	}
	held = b ? b->who : BLOCKED_BUSY;
	if (held == BLOCKED_BUSY || __sync_val_compare_and_swap(&b->who, held, BLOCKED_BUSY) != held)
		return 0;
	blocked_settle(b, held, list_tables_index(LIST_BLOCK, settings->lists_in_use), s->now_ns);
	b->until = until;
	__sync_lock_test_and_set(&b->who, blocked_who(s->pkt.source, generation));
	return 0;
}

#endif
