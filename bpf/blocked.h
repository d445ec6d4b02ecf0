/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Senders found blocked by their very IPv4 address within the last second: what the block list, the allow list and the
 * clock said of them, in 16 bytes. A flood from blocked addresses is dropped for one cache line a packet instead of the
 * list's hash. The list stays what counts: a sender is known here for one generation of the settings, no longer than its
 * entry holds, and for no more than the second after which a packet is told again. Nobody else is ever found here.
 */
#ifndef BLOCKED_H
#define BLOCKED_H

#include "block.h"

struct blocked_sender {
	__u64 who;     /* blocked_who(), 0: nobody, BLOCKED_BUSY: being written */
	__u32 until;   /* block_tick() */
	__u32 packets; /* of it since then, not yet in its entry's count */
};

#define BLOCKED_BUSY 1ull /* a generation is never 0 */
#define BLOCKED_WAYS 4
#define BLOCKED_SETS 65536 /* a power of two, so an index can be masked: of 100,000 senders, 2 % find their set full */

struct blocked_set {
	struct blocked_sender way[BLOCKED_WAYS];
};

_Static_assert(sizeof(struct blocked_set) == 64, "a set is a cache line");

/* `addr`: of IPv4, as in ::ffff:a.b.c.d. */
static __always_inline __u32 blocked_set_of(const __be32 *addr)
{
	return addr[3] * 0x9e3779b1u >> 16;
}

static __always_inline __u64 blocked_who(const __be32 *addr, __u32 generation)
{
	return (__u64)generation << 32 | addr[3];
}

/* True when the place is about that address, of whatever generation. */
static __always_inline int blocked_is_of(__u64 who, __be32 addr)
{
	return who >> 32 && (__u32)who == addr;
}

#endif
