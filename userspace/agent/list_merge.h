/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries in the places of those that are there already, and what these were. */
#ifndef LIST_MERGE_H
#define LIST_MERGE_H

#include "list_tables.h"

/* Entries that stood where new ones were put, unless their time had passed. */
struct list_replaced {
	size_t count, sooner; /* the second: those that would have stayed longer */
	struct list_entry entry; /* of the last */
};

/* Takes note of one; *now goes on with its count. */
void list_replaced_add(struct list_replaced *r, const struct list_entry *before, struct list_entry *now);

/*
 * Adds `items` behind `all`, of which those of the same keys go: of several items with one key the last counts. Returns 0, or
 * -ENOMEM; `all` is then of no use.
 */
int list_merge(struct list_items *all, const struct list_items *items, struct list_replaced *replaced);

#endif
