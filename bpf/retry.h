/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What was dropped once, so that its retry passes. A flood pushes a flow on probation out before its client tries again;
 * here it leaves marks that only time takes away. A segment comes again as it was, by its flow and sequence number. Other
 * questions are asked anew, from another port as often as not: their source is marked, and passes.
 *
 * A Bloom filter in two windows, of which one fills while the other is remembered: a mark is kept for one to two of
 * RETRY_WINDOW_SHIFT's spans, and up to three where nobody else came by. Each word carries the number of its window, so
 * nobody ever has to clear it. What is mistaken for a retry passes; no retry is mistaken for a first packet.
 */
#ifndef RETRY_H
#define RETRY_H

#include "secret.h"

#define RETRY_WINDOW_SHIFT 32  /* of nanoseconds: 4.3 s. Clients try again after 1 s, old ones after 3 s */
#define RETRY_WORDS (1u << 20) /* of a window */
#define RETRY_WORD_BITS 48     /* of marks, below the number of the window */
#define RETRY_PAGE_WORDS 512
#define RETRY_PAGES (2 * RETRY_WORDS / RETRY_PAGE_WORDS)

struct retry_page {
	__u64 word[RETRY_PAGE_WORDS];
};

/* Of a nanosecond. A number returns after 78 hours; what a word still holds of it then lets a packet pass at most. */
static __always_inline __u64 retry_window(__u64 now_ns)
{
	return now_ns >> RETRY_WINDOW_SHIFT & 0xffff;
}

static __always_inline __u32 retry_page(__u64 hash, __u64 window)
{
	return (window & 1) * (RETRY_PAGES / 2) + (hash % RETRY_WORDS) / RETRY_PAGE_WORDS;
}

/* Three bits of one word; 14 bits of the hash for each, and others than those of the word's place. */
static __always_inline __u64 retry_marks(__u64 hash)
{
	return 1ull << ((hash >> 20 & 0x3fff) * RETRY_WORD_BITS >> 14) |
	       1ull << ((hash >> 34 & 0x3fff) * RETRY_WORD_BITS >> 14) |
	       1ull << ((hash >> 48 & 0x3fff) * RETRY_WORD_BITS >> 14);
}

static __always_inline int retry_is_marked(__u64 word, __u64 window, __u64 marks)
{
	return word >> RETRY_WORD_BITS == window && (word & marks) == marks;
}

/* In a window before this one. That before the last is remembered as long as nobody else needed the word. */
static __always_inline int retry_was_marked(__u64 before, __u64 now, __u64 window, __u64 marks)
{
	return retry_is_marked(before, (window - 1) & 0xffff, marks) || retry_is_marked(now, (window - 2) & 0xffff, marks);
}

static __always_inline __u64 retry_with_marks(__u64 word, __u64 window, __u64 marks)
{
	return (word >> RETRY_WORD_BITS == window ? word : window << RETRY_WORD_BITS) | marks;
}

#endif
