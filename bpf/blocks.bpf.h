/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Blocking a source whose flows were condemned again and again, and the packets of one that is blocked. */
#ifndef BLOCKS_BPF_H
#define BLOCKS_BPF_H

#include "enforce.bpf.h"
#include "lists.bpf.h"
#include "look.bpf.h"
#include "tell.bpf.h"

static __always_inline struct block_hints *block_hints_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&hr_block_hints, &zero);
}

/* --- how a block begins ---------------------------------------------------- */

/* True the first time in an epoch of the breaker that this source's flows are condemned: one source is one harm. */
static __always_inline int source_is_newly_harmed(const struct seen *s, const struct settings *settings,
						  const struct flow *f)
{
	struct host_key source;
	__u32 hash, slot;
	__u64 *held, now;

	host_key_from_source(&source, s->key.addr[f->initiator & 1], settings->ipv6_mask);
	hash = host_hash(source.addr);
	slot = hash & (HARMED_SLOTS - 1);
	held = bpf_map_lookup_elem(&hr_harmed, &slot);
	now = (s->now_ns >> BREAKER_EPOCH_SHIFT) << 32 | hash;
	if (!held || *held == now)
		return 0;
	*held = now;
	return 1;
}

VERIFIED_ONCE int block_tell(const struct seen *s, const struct flow *f, const struct source_block *b)
{
	struct event *e;

	if (!s || !f || !b)
		return 0;
	e = bpf_ringbuf_reserve(&hr_events, sizeof(*e), 0);
	if (!e) {
		count(COUNTER_lost_notes);
		return 0;
	}
	e->type = EVENT_BLOCK;
	e->ifindex = s->ifindex;
	e->time_ns = s->now_ns;
	e->verdict = VERDICT_DROP;
	e->reason = REASON_SOURCE;
	e->dropped = b->enforced;
	e->would_drop = !b->enforced;
	e->engine = f->reason == REASON_AGENT ? ENGINE_USER : ENGINE_KERNEL;
	e->block_until_ns = b->until_ns;
	e->block_flows = b->flows;
	e->block_proven = b->proven;
	record_fill(&e->record, &s->key, f);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* From now on packets look whether their sender is blocked. The agent may have written over the word: it is set again. */
static __always_inline void block_announce(const struct host_key *source, __u64 until_ns)
{
	struct settings *settings = settings_held();
	struct block_hints *hints = block_hints_get();
	__u32 slot = host_hash(source->addr) & (BLOCK_HINTS - 1), until = block_tick(until_ns);

	if (hints && hints->until[slot] < until)
		hints->until[slot] = until;
	if (settings && settings->blocks_until_ns < until_ns)
		settings->blocks_until_ns = until_ns;
}

/* The source in `scratch` earned the block in `scratch`. */
VERIFIED_ONCE int source_block_begin(const struct seen *s, const struct settings *settings, const struct flow *f)
{
	struct scratch *scratch = scratch_get();
	struct source_block *held, *b;
	struct safety *safety;

	if (!s || !settings || !f || !scratch)
		return 0;
	b = &scratch->block;
	b->enforced = drops_are_enforced(s, settings, f, REASON_SOURCE);
	held = bpf_map_lookup_elem(&hr_blocks, &scratch->source);
	if (held && held->enforced >= b->enforced && source_block_holds(held, settings, s->now_ns)) {
		held->last_ns = s->now_ns;
		if (held->enforced)
			block_announce(&scratch->source, held->until_ns);
		return 0;
	}
	if (bpf_map_update_elem(&hr_blocks, &scratch->source, b, BPF_ANY))
		return 0;
	block_tell(s, f, b);
	if (!b->enforced) {
		count(COUNTER_would_block);
		return 0;
	}
	count(b->proven ? COUNTER_blocks_proven : COUNTER_blocks_unproven);
	block_announce(&scratch->source, b->until_ns);
	safety = safety_get();
	if (safety && b->proven && source_is_newly_harmed(s, settings, f))
		breaker_note(safety, settings, 1, s->now_ns);
	return 0;
}

/*
 * The flow was condemned on evidence about its source, of which scratch->hosts tells what it did lately. Where the
 * class's response is to block, it counts against the source.
 */
VERIFIED_ONCE int offence_note(const struct seen *s, const struct settings *settings, const struct flow *f)
{
	struct scratch *scratch = scratch_get();
	struct source_block *b;
	struct response *r;
	struct offences *o;
	__u32 hash, slot;
	__u64 for_ns;

	if (!s || !settings || !f || !scratch || f->events & FLOW_EARLY) /* it will be judged again, and may count then */
		return 0;
	r = &scratch->response;
	response_find(r, settings, f);
	if (r->kind != RESPONSE_BLOCK || !r->count)
		return 0;
	host_key_from_source(&scratch->source, s->key.addr[f->initiator & 1], settings->ipv6_mask);
	hash = host_hash(scratch->source.addr);
	slot = hash & (OFFENCE_SLOTS - 1);
	o = bpf_map_lookup_elem(&hr_offences, &slot);
	if (!o)
		return 0;
	offences_add(o, hash | 1, r->within_ns, flow_shows_sender(f), s->now_ns);
	for_ns = block_earned_ns(r, o->flows, o->proven, &scratch->hosts.sum[HOST_SOURCE][HOST_LONG]);
	if (!for_ns) {
		if (o->flows >= r->count)
			count(COUNTER_blocks_withheld);
		return 0;
	}
	b = &scratch->block;
	__builtin_memset(b, 0, sizeof(*b));
	b->begun_ns = b->last_ns = s->now_ns;
	b->until_ns = s->now_ns + for_ns;
	b->generation = settings->generation;
	b->flows = o->flows;
	b->proven = o->proven >= r->count;
	b->class = f->class;
	b->model_id = f->model_id;
	o->tag = 0;
	return source_block_begin(s, settings, f);
}

/* --- the packets of who is blocked ------------------------------------------- */

/* True when the allow list or the guard spares the sender. A block of its very address is then over. */
static __always_inline int source_is_spared(const struct seen *s, const struct settings *settings, struct scratch *scratch,
					    struct source_block *b, int alone)
{
	__u32 generation = generation_before(settings), in_use = settings->lists_in_use;

	if (!(in_use & (LISTS_ALLOW | LISTS_GUARD)) || (alone && likely(b->asked_at == generation)))
		return 0;
	if ((in_use & LISTS_ALLOW && list_find(list_tables_index(LIST_ALLOW, in_use), s->pkt.source, s->now_ns)) ||
	    (in_use & LISTS_GUARD && list_find(list_tables_index(LIST_GUARD, in_use), s->pkt.source, s->now_ns))) {
		if (alone)
			bpf_map_delete_elem(&hr_blocks, &scratch->source);
		return 1;
	}
	if (alone)
		b->asked_at = generation;
	return 0;
}

/*
 * A connection that somebody real has from the address, or that we began: what anybody may have sent in its name does
 * not end it.
 */
static __always_inline int packet_is_of_proven_flow(const struct seen *s, struct scratch *scratch)
{
	__u32 place = 0;
	struct flow *f;
	int is_ours;

	if (s->pkt.l4_proto == IPPROTO_TCP && (s->pkt.tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		return 0;
	f = flow_look(s, seen_key(s, scratch), &place);
	is_ours = f && (flow_is_proven(f, s->key.l4_proto) || flow_left_first(f));
	flow_let_go(place);
	return is_ours;
}

/* True when blocks are enforced against this packet. What the breaker ended does not come back with it. */
static __always_inline int source_block_is_enforced(const struct seen *s, const struct settings *settings,
						    struct scratch *scratch)
{
	__u32 mark = settings->scopes ? scope_find(s, s->sender ^ 1, settings->scopes) : 0;
	enum suspension by;

	if (mode_of_scope(settings, mark) != MODE_ENFORCE)
		return 0;
	by = safety_suspends(settings, safety_watch(s->now_ns), s->now_ns);
	if (by == SUSPENDED_BREAKER)
		bpf_map_delete_elem(&hr_blocks, &scratch->source);
	return by == SUSPENDED_NOT;
}

/* Returns XDP_DROP when the packet's sender is blocked, else -1. Its flow is not looked at: nothing is counted there. */
VERIFIED_ONCE int source_block_packet(struct seen *s, const struct settings *settings)
{
	struct scratch *scratch = scratch_get();
	struct block_hints *hints = block_hints_get();
	struct source_block *b;
	int alone;

	if (!s || !settings || !scratch || !hints)
		return -1;
	alone = host_key_from_source(&scratch->source, s->pkt.source, settings->ipv6_mask);
	if (hints->until[host_hash(scratch->source.addr) & (BLOCK_HINTS - 1)] < block_tick(s->now_ns))
		return -1;
	b = bpf_map_lookup_elem(&hr_blocks, &scratch->source);
	if (!b || !b->enforced || !source_block_holds(b, settings, s->now_ns))
		return -1;
	if (source_is_spared(s, settings, scratch, b, alone))
		return -1;
	s->sender = flow_key_from_packet(&s->key, &s->pkt);
	if (!source_block_is_enforced(s, settings, scratch))
		return -1;
	if (!b->proven && packet_is_of_proven_flow(s, scratch))
		return -1;
	__sync_fetch_and_add(&b->packets, 1);
	if (b->last_ns != s->now_ns)
		b->last_ns = s->now_ns;
	count(COUNTER_drop_offender);
	return XDP_DROP;
}

#endif
