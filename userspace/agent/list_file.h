/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of list entries, any mix of: plain lines (an address, a network, a range a-b), CSV (address,expires,reason),
 * what `ipset save` prints (add SET ENTRY timeout N comment "…"), and nftables' elements ({ a, b timeout 1h }).
 */
#ifndef LIST_FILE_H
#define LIST_FILE_H

#include <stdio.h>
#include "list_tables.h"

/* What holds for entries that do not say otherwise. */
struct list_defaults {
	__u64 expires_ns; /* CLOCK_MONOTONIC, 0 never */
	const char *reason;
	const char *all_would; /* what an entry that covers all of IPv4, which is hardly meant, would do; NULL: it may */
	const char *or_else;   /* what to do then; NULL: --force does it */
};

/*
 * A network with bits behind its prefix is refused: 192.0.2.7/24 is a slip for one thing or the other.
 *
 * Adds the entries of `in` to `items`. `name` is the file's in messages. Sets *expired to the number of entries left
 * out because their time has passed. Returns 0, or -EINVAL after one logged line FILE:LINE: …; the items are then of no
 * use.
 */
int list_file_read(FILE *in, const char *name, const struct list_defaults *defaults, struct list_items *items,
		   size_t *expired);

/* Adds one entry, written as on a plain line, to `items`. Returns 0, or -EINVAL after one logged line. */
int list_text_add(const char *text, const struct list_defaults *defaults, struct list_items *items);

/* The reason as entries keep it. Returns 0, or -EINVAL after one logged line when it is too long or not printable. */
int list_reason_put(const char *reason, struct list_entry *entry);

#endif
