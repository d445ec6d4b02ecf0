/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's maps on the host: hash tables, arrays and rings with the behaviour that the datapath relies on. A record
 * stays where it is until it is deleted or evicted, so that it is changed through the pointer that a look-up returned.
 * One thread, one datapath.
 */
#ifndef TABLES_H
#define TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include "table_key.h"

/* What is handed over when a ring's record is complete. */
typedef void table_teller(void *context, void *record, size_t size);

/* A record must go, for a full table or by table_clear(). */
typedef void table_farewell(void *context, const void *key, void *value);

#define TABLE_KEY_MAX 64
#define TABLE_ENTRIES_MAX (1u << 28)

struct table_entry {
	__u32 hash;
	__u32 used; /* 0: free; 1: there; 2: and looked up since the hand of the clock passed */
};

/* The key that was asked for last, while no cell has moved since. */
struct table_memo {
	struct table_entry *entry; /* NULL: there is no such record */
	__u32 cell, hash;
	bool is_good;
	unsigned char key[TABLE_KEY_MAX] __attribute__((aligned(16)));
};

struct table {
	const char *name;
	__u32 type;	       /* enum bpf_map_type */
	__u32 key_size, value_size;
	__u32 entries;	       /* room */
	__u32 (*hash)(const void *key); /* of a hash table; NULL: key_hash() */
	__u32 stride;	       /* bytes from one record to the next */
	char *records;	       /* hash: struct table_entry, key, value; array: the values */
	__u64 *cell;	       /* hash: upper half the hash, lower half the record's number + 1; 0 free */
	__u32 cell_mask;       /* grows with the records, up to cell_mask_max: few cells are close at hand */
	__u32 cell_mask_max;
	struct table_memo memo;
	__u32 touched;	       /* hash: records from here on were never used */
	__u32 present;
	__u32 hand;	       /* of the clock that chooses whom to evict */
	__u64 evicted;
	table_teller *tell;    /* ring */
	table_farewell *farewell; /* may be NULL */
	void *context;
};

/* Fills an otherwise empty table whose name, type, sizes and entries are set. Returns 0, -ENOMEM or -EINVAL. */
int table_open(struct table *t);
void table_close(struct table *t);

/* Forgets all records; what an array holds becomes zero. */
void table_clear(struct table *t);

/*
 * Brings closer what a look-up will need, in two steps, the second some time after the first. Changes nothing. The second
 * returns false when it saw no record of that hash: most lie where they belong.
 */
static inline void table_fetch_cell(const struct table *t, __u32 hash)
{
	__builtin_prefetch(&t->cell[hash & t->cell_mask]);
}

bool table_fetch_record(const struct table *t, __u32 hash);

/* As the helpers of the same names: flags are BPF_ANY, BPF_NOEXIST, BPF_EXIST. */
void *table_lookup(struct table *t, const void *key);
int table_update(struct table *t, const void *key, const void *value, __u64 flags);
int table_delete(struct table *t, const void *key);

static inline __u32 table_hash(const struct table *t, const void *key, __u32 key_size)
{
	return t->hash ? t->hash(key) : key_hash(key, key_size);
}

/* Fills the memo, with no record where there is none, or no table. `hash`: table_hash() of the key. */
void table_seek(struct table *t, const void *key, __u32 hash);

static inline __u32 table_key_room(__u32 key_size)
{
	return (key_size + 7) & ~7u;
}

static inline bool table_remembers(const struct table *t, const void *key, __u32 key_size)
{
	return t->memo.is_good && key_is_same(t->memo.key, key, key_size);
}

/* table_lookup() of a hash table whose keys are known to be of that size. */
static inline void *table_lookup_sized(struct table *t, const void *key, __u32 key_size)
{
	struct table_entry *e;

	if (!table_remembers(t, key, key_size))
		table_seek(t, key, table_hash(t, key, key_size));
	e = t->memo.entry;
	if (!e)
		return NULL;
	e->used = 2;
	return (char *)(e + 1) + table_key_room(key_size);
}

/* The number of a record that a look-up returned, below `entries`. */
__u32 table_number(const struct table *t, const void *value);

/* The record after number *at, which it moves on; NULL at the end. Begin with 0. */
void *table_next(struct table *t, __u32 *at, const void **key);

#endif
