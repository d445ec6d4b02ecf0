/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Asking the operator's lists. The order everywhere: allow wins, then blocks, then the guard. */
#ifndef LISTS_BPF_H
#define LISTS_BPF_H

#include "packet.bpf.h"

/*
 * The generation under which the lists are about to be asked: read before them, for it changes after them. What was
 * learnt under it is worth nothing once it has moved.
 */
static __always_inline __u32 generation_before(const struct settings *settings)
{
	__u32 generation = *(const volatile __u32 *)&settings->generation;

	asm volatile("" : : : "memory");
	return generation;
}

static __always_inline struct list_hints *list_hints_get(__u32 tables)
{
	return bpf_map_lookup_elem(&hr_list_hints, &tables);
}

/* `key`: an address, on the stack. */
static __always_inline struct list_entry *list_find_key(__u32 tables, const __be32 *key, __u64 now_ns)
{
	void *hosts = bpf_map_lookup_elem(&hr_list_hosts, &tables);
	struct list_entry *e = hosts ? bpf_map_lookup_elem(hosts, key) : NULL;

	return e && list_entry_holds(e, now_ns) ? e : NULL;
}

static __always_inline struct list_entry *list_find_address(__u32 tables, const __be32 *addr, __u64 now_ns)
{
	__be32 key[4] = { addr[0], addr[1], addr[2], addr[3] }; /* `addr` may be no map key: seen_key() */

	return list_find_key(tables, key, now_ns);
}

struct list_search {
	__u64 now_ns;
	__u32 tables;
	struct list_key key;
};

/* The longest network that matches the key, expired or not. */
static __always_inline struct list_entry *list_search_net(const struct list_search *search)
{
	void *nets = bpf_map_lookup_elem(&hr_list_nets, &search->tables);

	return nets ? bpf_map_lookup_elem(nets, &search->key) : NULL;
}

/* A step of bpf_loop(): shortens the key below a match that has expired. */
static long list_search_shorter(__u32 step, void *context)
{
	struct list_search *search = context;
	struct list_entry *e = list_search_net(search);

	(void)step;
	if (!e || list_entry_holds(e, search->now_ns) || !e->prefix_len)
		return 1;
	search->key.prefix_len = e->prefix_len - 1;
	return 0;
}

static __always_inline struct list_entry *list_find_net(__u32 tables, const __be32 *addr, __u64 now_ns)
{
	struct list_search search = { .now_ns = now_ns, .tables = tables, .key.prefix_len = 128 };
	struct list_entry *e;

	__builtin_memcpy(search.key.addr, addr, sizeof(search.key.addr));
	e = list_search_net(&search);
	if (likely(!e || list_entry_holds(e, now_ns)))
		return e;
	bpf_loop(128, list_search_shorter, &search, 0); /* until the agent has tidied it away */
	e = list_search_net(&search);
	return e && list_entry_holds(e, now_ns) ? e : NULL;
}

/* The entry that covers the address: the address itself, else the longest network that has not expired. */
static __noinline struct list_entry *list_find(__u32 tables, const __be32 *addr, __u64 now_ns)
{
	struct list_hints *hints = list_hints_get(tables);
	struct list_entry *e;

	if (!hints || !list_is_hinted(hints, addr))
		return NULL;
	e = list_find_address(tables, addr, now_ns);
	return e ? e : list_find_net(tables, addr, now_ns);
}

static __always_inline struct list_entry *block_find_flow(const struct seen *s, __u32 in_use)
{
	struct scratch *scratch = scratch_get();
	struct list_entry *e;

	if (!(in_use & LISTS_BLOCK_FLOWS) || !scratch)
		return NULL;
	e = bpf_map_lookup_elem(&hr_block_flows, seen_key(s, scratch));
	return e && list_entry_holds(e, s->now_ns) ? e : NULL;
}

/* What the lists say of one end of the key as a sender: enum flow_listed. */
VERIFIED_ONCE __u32 lists_ask(const struct seen *s, __u32 end, __u32 in_use)
{
	const __be32 *addr;

	if (!s)
		return FLOW_UNLISTED;
	addr = s->key.addr[end & 1];
	if (in_use & LISTS_ALLOW && list_find(list_tables_index(LIST_ALLOW, in_use), addr, s->now_ns))
		return FLOW_ALLOWED;
	if (in_use & LISTS_BLOCK && list_find(list_tables_index(LIST_BLOCK, in_use), addr, s->now_ns))
		return FLOW_BLOCKED;
	if (block_find_flow(s, in_use))
		return FLOW_BLOCKED;
	if (in_use & LISTS_GUARD && list_find(list_tables_index(LIST_GUARD, in_use), addr, s->now_ns))
		return FLOW_GUARDED;
	return FLOW_UNLISTED;
}

/*
 * Asks the allow list about a blocked sender; the answer holds for a generation of the settings, or until it ends. Who finds
 * the generation written finds the answer, too: the exchange keeps the order. Where two asked at once under different
 * generations it is asked again, for either's answer may stand. Returns until when the sender is spared.
 */
VERIFIED_ONCE __u64 block_ask_spared(const struct seen *s, const struct settings *settings, struct list_entry *e,
				     __u32 generation, __u32 asked_at)
{
	struct list_entry *allowed;
	__u64 until_ns;
	__u32 other;

	if (!s || !settings || !e)
		return 0;
	allowed = list_find(list_tables_index(LIST_ALLOW, settings->lists_in_use), s->pkt.source, s->now_ns);
	until_ns = !allowed ? 0 : allowed->expires_ns ? allowed->expires_ns : ~0ull;
	*(volatile __u64 *)&e->spared_until_ns = until_ns;
	other = __sync_lock_test_and_set(&e->asked_at, generation);
	if (unlikely(other != asked_at && other != generation))
		*(volatile __u32 *)&e->asked_at = 0; /* no generation */
	return until_ns;
}

/* True when the allow list spares the blocked sender. `generation`: generation_before(). */
static __always_inline int block_is_spared(struct list_entry *e, const struct seen *s, const struct settings *settings,
					   __u32 generation)
{
	__u32 asked_at;
	__u64 until_ns;

	if (!(settings->lists_in_use & LISTS_ALLOW))
		return 0;
	asked_at = *(volatile __u32 *)&e->asked_at;
	until_ns = *(volatile __u64 *)&READ_BEHIND(asked_at, e)->spared_until_ns;
	if (unlikely(asked_at != generation || (until_ns && s->now_ns >= until_ns)))
		until_ns = block_ask_spared(s, settings, e, generation, asked_at);
	return s->now_ns < until_ns;
}

#endif
