/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operator's lists: addresses that are never judged, addresses that nothing passes from, and the management guard:
 * addresses that the model may not drop.
 */
#ifndef LISTS_H
#define LISTS_H

#include "ip_prefix.h"
#include "list_merge.h"
#include "list_tables.h"

extern const char *const list_names[LIST_COUNT];

struct list_key list_key_from_prefix(const struct ip_prefix *p);

/* Writes "192.0.2.0/24" and returns `text`, which has IP_TEXT_SIZE bytes. */
const char *list_key_print(const struct list_key *key, char *text);

/*
 * All of these change a list as a whole or not at all, and packets see the old list until the new one is complete. They
 * return 0, or a negative errno after one logged line. What list_add() puts in an entry's place goes on with its count.
 */
int list_add(const struct datapath *dp, enum list list, const struct list_items *items, struct list_replaced *replaced);
int list_replace(const struct datapath *dp, enum list list, const struct list_items *items);

/* Only the keys of the items matter. -ENOENT when one of them is not on the list. */
int list_delete(const struct datapath *dp, enum list list, const struct list_items *items);

/* Adds all entries of the list to `items`, in no order. Returns 0 or a negative errno; logs nothing. */
int list_read(const struct datapath *dp, enum list list, struct list_items *items);

/* How many entries it has. Returns 0 or a negative errno; logs nothing. */
int list_count(const struct datapath *dp, enum list list, size_t *count);

/* Deletes what expired, of all lists. Returns how many entries that were, or a negative errno. Logs nothing. */
int lists_expire(const struct datapath *dp, __u64 now_ns);

#endif
