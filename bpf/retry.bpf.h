/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Telling a retry from a first packet, when a first packet is about to be dropped. */
#ifndef RETRY_BPF_H
#define RETRY_BPF_H

#include "secret.bpf.h"

static __always_inline __u64 *retry_word(__u64 hash, __u64 window)
{
	__u32 index = retry_page(hash, window);
	struct retry_page *page = bpf_map_lookup_elem(&hr_retries, &index);

	return page ? &page->word[hash & (RETRY_PAGE_WORDS - 1)] : NULL;
}

#define RETRY_TRIES 4

static __always_inline __u64 retry_hash(const struct secret *secret, const struct seen *s)
{
	if (s->key.l4_proto == IPPROTO_TCP)
		return secret_hash(secret, &s->key, s->pkt.tcp_seq);
	return secret_hash_address(secret, s->key.addr[s->sender & 1]);
}

/*
 * True when this very segment came before, or any other packet of this sender; else it is marked for the next time. True
 * as well when it cannot be marked: nobody is dropped whose retry would not pass.
 */
VERIFIED_ONCE int packet_is_retry(const struct seen *s)
{
	struct secret *secret = secret_drawn();
	__u64 hash, window, marks, held, *before, *now;
	int known;

	if (!s || !secret)
		return 1;
	hash = retry_hash(secret, s);
	window = retry_window(s->now_ns);
	marks = retry_marks(hash);
	before = retry_word(hash, window ^ 1);
	now = retry_word(hash, window);
	if (!before || !now)
		return 1;
	known = retry_was_marked(*before, *now, window, marks);
	MODEL_NO_UNROLL
	for (int i = 0; i < RETRY_TRIES; i++) {
		held = *(volatile __u64 *)now;
		if (retry_is_marked(held, window, marks))
			return 1;
		if (__sync_val_compare_and_swap(now, held, retry_with_marks(held, window, marks)) == held)
			return known;
	}
	return 1;
}

#endif
