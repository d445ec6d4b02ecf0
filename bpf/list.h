/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The operator's lists: how entries look, and how a list is laid out.
 *
 * A list is three tables. Single addresses are in a hash, networks in a trie, and a bitmap of hints says for each
 * IPv4 /24 and for each hashed IPv6 /32 whether anything of the list lies there: most senders are done after one bit.
 * Each list has two sets of tables, of which settings.lists_in_use names the one in force: a new list is built beside
 * the old one, and one word changes over.
 */
#ifndef LIST_H
#define LIST_H

#include <linux/types.h>
#include <bpf/bpf_endian.h>

enum list { LIST_ALLOW, LIST_BLOCK, LIST_GUARD, LIST_COUNT };

/* settings.lists_in_use: which lists have entries, and where. */
#define LISTS_ALLOW (1u << LIST_ALLOW)
#define LISTS_BLOCK (1u << LIST_BLOCK)
#define LISTS_GUARD (1u << LIST_GUARD)
#define LISTS_BLOCK_FLOWS (1u << 3)	/* single flows are blocked */
#define LISTS_BLOCK_ADDRESSES (1u << 4) /* the block list has single addresses, not networks alone */
#define LISTS_SECOND(list) (1u << (8 + (list))) /* the list's second set of tables is in force */

/* Index of a list's tables in force: into the arrays of maps and into the hints. */
#define LIST_TABLES (LIST_COUNT * 2)

static __always_inline __u32 list_tables_index(enum list list, __u32 in_use)
{
	return list * 2 + (in_use & LISTS_SECOND(list) ? 1 : 0);
}

/* Key of the hash: an address, IPv4 as ::ffff:a.b.c.d. */
struct list_address {
	__be32 addr[4];
};

/* Key of the trie. The prefix length counts from the start of the 128-bit address. */
struct list_key {
	__u32 prefix_len;
	__be32 addr[4];
};

#define LIST_REASON_SIZE 24 /* of the operator's words, with the closing zero */

struct list_entry {
	__u64 expires_ns;      /* CLOCK_MONOTONIC, 0 never */
	__u64 packets;	       /* dropped (block list) on its account, or would have been */
	__u64 told_ns;	       /* when one of them was told last */
	__u64 spared_until_ns; /* block list: the allow list says otherwise, until then; 0: it does not */
	__u32 asked_at;	       /* the generation at which it was asked */
	__u32 prefix_len;      /* of its own key: when it has expired, shorter networks may still hold */
	char reason[LIST_REASON_SIZE];
};

_Static_assert(sizeof(struct list_key) == 20, "list_key has hidden padding");
_Static_assert(sizeof(struct list_entry) == 64, "list_entry has hidden padding");

#define LIST_HINTS_IPV4 (1u << 24)
#define LIST_HINTS_IPV6 (1u << 17)
#define LIST_HINT_WORDS ((LIST_HINTS_IPV4 + LIST_HINTS_IPV6) / 64)

struct list_hints {
	__u64 word[LIST_HINT_WORDS];
};

static __always_inline int list_address_is_ipv4(const __be32 *addr)
{
	return !(addr[0] | addr[1]) && addr[2] == bpf_htonl(0xffff);
}

/* The hint of an IPv6 address, by its first 32 bits in host order. */
static __always_inline __u32 list_hint_ipv6(__u32 first)
{
	return LIST_HINTS_IPV4 + (first * 0x9e3779b1u >> 15);
}

static __always_inline __u32 list_hint(const __be32 *addr)
{
	if (list_address_is_ipv4(addr))
		return bpf_ntohl(addr[3]) >> 8;
	return list_hint_ipv6(bpf_ntohl(addr[0]));
}

static __always_inline int list_is_hinted(const struct list_hints *hints, const __be32 *addr)
{
	__u32 bit = list_hint(addr), word = bit / 64;

	return word < LIST_HINT_WORDS && hints->word[word] >> (bit & 63) & 1;
}

static __always_inline int list_entry_holds(const struct list_entry *e, __u64 now_ns)
{
	return !e->expires_ns || now_ns < e->expires_ns;
}

#endif
