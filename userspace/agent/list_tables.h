/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's tables of one list (bpf/list.h): opening those in force, building new ones beside them. */
#ifndef LIST_TABLES_H
#define LIST_TABLES_H

#include "datapath.h"

struct list_item {
	struct list_key key; /* prefix length 128: a single address */
	struct list_entry entry;
};

/* Items that grow; zeroed it is empty, items_free() accepts that. */
struct list_items {
	struct list_item *item;
	size_t count, room;
};

/* Returns the place of one more item, zeroed, or NULL when memory is short. */
struct list_item *items_add(struct list_items *items);
void items_free(struct list_items *items);

struct list_tables {
	int hosts, nets; /* fds, -1 for none */
	struct list_hints *hints;
	__u32 index;	 /* list_tables_index() */
};

/* What it holds before it holds anything. */
struct list_tables list_tables_none(void);

#define LIST_TABLE_MOST 50000000 /* entries of a table; more is -E2BIG */

/* All return 0 or a negative errno and log nothing; *t is written on success only. */

/* The tables at `index`. -ENOENT: there are none yet. */
int list_tables_open(const struct datapath *dp, __u32 index, struct list_tables *t);

/* Tables that hold `items` and have room for more, for `index`; packets do not find them before list_tables_install(). */
int list_tables_build(const struct datapath *dp, __u32 index, const struct list_items *items, struct list_tables *t);
int list_tables_install(const struct datapath *dp, const struct list_tables *t);

/* Takes the tables at `index` away; it is no error when there are none. */
void list_tables_remove(const struct datapath *dp, __u32 index);

void list_tables_close(struct list_tables *t);

/* One item, in force at once. Delete: -ENOENT when the list does not hold it. */
int list_tables_put(const struct list_tables *t, const struct list_item *item);
int list_tables_delete(const struct list_tables *t, const struct list_key *key);

/* The entry of exactly this key. */
int list_tables_find(const struct list_tables *t, const struct list_key *key, struct list_entry *entry);

/* Adds all that the tables hold to `items`. */
int list_tables_read(const struct list_tables *t, struct list_items *items);

/* How many that is. */
int list_tables_count(const struct list_tables *t, size_t *count);

bool list_tables_have_hosts(const struct list_tables *t);
bool list_tables_have_nets(const struct list_tables *t);

#endif
