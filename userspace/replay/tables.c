// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <linux/bpf.h>
#include "tables.h"

#define CELLS_FIRST 4096 /* a power of two */

/* Zeroed memory that takes room only as it is touched; by large pages, for records are looked up all over it. */
static void *room_get(size_t size)
{
	void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (room == MAP_FAILED)
		return NULL;
	madvise(room, size, MADV_HUGEPAGE);
	return room;
}

static void room_give(void *room, size_t size)
{
	if (room)
		munmap(room, size);
}

static bool table_is_hash(const struct table *t)
{
	return t->type == BPF_MAP_TYPE_HASH || t->type == BPF_MAP_TYPE_LRU_HASH || t->type == BPF_MAP_TYPE_PERCPU_HASH;
}

static bool table_is_array(const struct table *t)
{
	return t->type == BPF_MAP_TYPE_ARRAY || t->type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static size_t cells_size(const struct table *t)
{
	return ((size_t)t->cell_mask_max + 1) * sizeof(*t->cell);
}

static int hash_open(struct table *t)
{
	__u32 cells = 16;

	while (cells < 2 * t->entries)
		cells *= 2;
	t->cell_mask_max = cells - 1;
	t->cell_mask = t->cell_mask_max < CELLS_FIRST ? t->cell_mask_max : CELLS_FIRST - 1;
	t->stride = sizeof(struct table_entry) + table_key_room(t->key_size) + ((t->value_size + 7) & ~7u);
	t->cell = room_get(cells_size(t));
	t->records = room_get((size_t)t->stride * t->entries);
	return t->cell && t->records ? 0 : -ENOMEM;
}

int table_open(struct table *t)
{
	int err = 0;

	if (!t->entries || t->entries > TABLE_ENTRIES_MAX || t->key_size > TABLE_KEY_MAX)
		return -EINVAL;
	if (table_is_hash(t)) {
		err = hash_open(t);
	} else if (table_is_array(t)) {
		t->stride = t->value_size; /* as in C: the datapath's own look-ups go by the type */
		t->records = room_get((size_t)t->stride * t->entries);
		err = t->records ? 0 : -ENOMEM;
	}
	if (err)
		table_close(t);
	return err;
}

void table_close(struct table *t)
{
	room_give(t->cell, cells_size(t));
	room_give(t->records, (size_t)t->stride * t->entries);
	t->cell = NULL;
	t->records = NULL;
	t->memo = (struct table_memo){ 0 };
}

static struct table_entry *entry_at(const struct table *t, __u32 number)
{
	return (void *)(t->records + (size_t)t->stride * number);
}

static void *entry_key(struct table_entry *e)
{
	return e + 1;
}

static void *entry_value(const struct table *t, struct table_entry *e)
{
	return (char *)(e + 1) + table_key_room(t->key_size);
}

/* The cell that leads to the key's record, or the free one where it belongs. */
static __u32 cell_find_hashed(const struct table *t, const void *key, __u32 hash)
{
	__u32 c = hash & t->cell_mask;

	for (; t->cell[c]; c = (c + 1) & t->cell_mask) {
		if (t->cell[c] >> 32 != hash)
			continue;
		if (key_is_same(entry_key(entry_at(t, (__u32)t->cell[c] - 1)), key, t->key_size))
			break;
	}
	return c;
}

/* The same, into the memo: one key is often asked for several times in a row. */
static __u32 cell_find(struct table *t, const void *key)
{
	if (!table_remembers(t, key, t->key_size))
		table_seek(t, key, table_hash(t, key, t->key_size));
	return t->memo.cell;
}

void table_seek(struct table *t, const void *key, __u32 hash)
{
	struct table_memo *m = &t->memo;

	m->entry = NULL;
	if (!t->cell) /* prefix lists: a replay has none */
		return;
	m->hash = hash;
	m->cell = cell_find_hashed(t, key, m->hash);
	if (t->cell[m->cell])
		m->entry = entry_at(t, (__u32)t->cell[m->cell] - 1);
	key_copy(m->key, key, t->key_size);
	m->is_good = true;
}

/* Frees a cell and moves those behind it that were pushed aside by it. */
static void cell_free(struct table *t, __u32 c)
{
	__u32 hole = c;

	t->memo.is_good = false;
	for (;;) {
		__u32 home;

		c = (c + 1) & t->cell_mask;
		if (!t->cell[c])
			break;
		home = (t->cell[c] >> 32) & t->cell_mask;
		if (((c - home) & t->cell_mask) < ((c - hole) & t->cell_mask))
			continue;
		t->cell[hole] = t->cell[c];
		hole = c;
	}
	t->cell[hole] = 0;
}

static void record_drop(struct table *t, __u32 c)
{
	struct table_entry *e = entry_at(t, (__u32)t->cell[c] - 1);

	if (t->farewell)
		t->farewell(t->context, entry_key(e), entry_value(t, e));
	e->used = 0;
	cell_free(t, c);
	t->present--;
}

/* Twice as many cells, so that half of them stay free: every record finds its place anew. */
static void cells_grow(struct table *t)
{
	memset(t->cell, 0, ((size_t)t->cell_mask + 1) * sizeof(*t->cell));
	t->cell_mask = 2 * t->cell_mask + 1;
	t->memo.is_good = false;
	for (__u32 number = 0; number < t->touched; number++) {
		const struct table_entry *e = entry_at(t, number);
		__u32 c = e->hash & t->cell_mask;

		while (e->used && t->cell[c])
			c = (c + 1) & t->cell_mask;
		if (e->used)
			t->cell[c] = (__u64)e->hash << 32 | (number + 1);
	}
}

/* The number of a record that is free, if need be after one was evicted that nobody asked for lately; -1: none. */
static __s64 record_take(struct table *t)
{
	if (t->touched < t->entries)
		return t->touched++;
	if (t->present == t->entries && t->type != BPF_MAP_TYPE_LRU_HASH)
		return -1;
	for (;; t->hand = (t->hand + 1) % t->entries) {
		struct table_entry *e = entry_at(t, t->hand);

		if (e->used == 2) {
			e->used = 1;
			continue;
		}
		if (e->used && t->type != BPF_MAP_TYPE_LRU_HASH)
			continue;
		if (e->used) {
			record_drop(t, cell_find_hashed(t, entry_key(e), e->hash));
			t->evicted++;
		}
		return t->hand;
	}
}

bool table_fetch_record(const struct table *t, __u32 hash)
{
	__u64 cell = t->cell[hash & t->cell_mask];
	const char *record;

	if (!cell || cell >> 32 != hash)
		return false;
	record = (const char *)entry_at(t, (__u32)cell - 1);
	for (__u32 at = 0; at < t->stride; at += 64)
		__builtin_prefetch(record + at);
	return true;
}

void *table_lookup(struct table *t, const void *key)
{
	if (table_is_array(t)) {
		__u32 at = *(const __u32 *)key;

		return at < t->entries ? t->records + (size_t)t->stride * at : NULL;
	}
	return table_lookup_sized(t, key, t->key_size);
}

/* Of a key that the memo is of. */
static int record_add(struct table *t, const void *key, const void *value)
{
	struct table_entry *e;
	__u32 hash = t->memo.hash;
	__s64 number;

	if (2 * t->present > t->cell_mask && t->cell_mask < t->cell_mask_max)
		cells_grow(t);
	number = record_take(t);
	if (number < 0)
		return -E2BIG;
	e = entry_at(t, number);
	*e = (struct table_entry){ .hash = hash, .used = 1 };
	memcpy(entry_key(e), key, t->key_size);
	memcpy(entry_value(t, e), value, t->value_size);
	t->cell[cell_find(t, key)] = (__u64)hash << 32 | (number + 1); /* evicting may have moved cells */
	t->memo.entry = e;
	t->present++;
	return 0;
}

int table_update(struct table *t, const void *key, const void *value, __u64 flags)
{
	__u32 c;

	if (table_is_array(t)) {
		void *there = table_lookup(t, key);

		if (!there || flags == BPF_NOEXIST)
			return there ? -EEXIST : -E2BIG;
		memcpy(there, value, t->value_size);
		return 0;
	}
	if (!t->cell)
		return -E2BIG;
	c = cell_find(t, key);
	if (!t->cell[c])
		return flags == BPF_EXIST ? -ENOENT : record_add(t, key, value);
	if (flags == BPF_NOEXIST)
		return -EEXIST;
	memcpy(entry_value(t, entry_at(t, (__u32)t->cell[c] - 1)), value, t->value_size);
	return 0;
}

int table_delete(struct table *t, const void *key)
{
	__u32 c;

	if (!t->cell)
		return -EINVAL;
	c = cell_find(t, key);
	if (!t->cell[c])
		return -ENOENT;
	record_drop(t, c);
	return 0;
}

__u32 table_number(const struct table *t, const void *value)
{
	return ((const char *)value - t->records) / t->stride;
}

void *table_next(struct table *t, __u32 *at, const void **key)
{
	while (*at < t->touched) {
		struct table_entry *e = entry_at(t, (*at)++);

		if (!e->used)
			continue;
		*key = entry_key(e);
		return entry_value(t, e);
	}
	return NULL;
}

void table_clear(struct table *t)
{
	__u32 at = 0;
	const void *key;

	if (table_is_array(t)) /* what was never touched stays so */
		madvise(t->records, (size_t)t->stride * t->entries, MADV_DONTNEED);
	if (!t->cell)
		return;
	while (table_next(t, &at, &key))
		record_drop(t, cell_find_hashed(t, key, entry_at(t, at - 1)->hash));
	t->touched = t->hand = 0;
}
