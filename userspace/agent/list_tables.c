// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "list_hints.h"
#include "list_tables.h"

#define BATCH 4096
#define ROOM_LEAST 1024

struct list_item *items_add(struct list_items *items)
{
	if (items->count == items->room) {
		size_t room = items->room ? 2 * items->room : 1024;
		struct list_item *grown = realloc(items->item, room * sizeof(*grown));

		if (!grown)
			return NULL;
		items->item = grown;
		items->room = room;
	}
	items->item[items->count] = (struct list_item){ 0 };
	return &items->item[items->count++];
}

void items_free(struct list_items *items)
{
	free(items->item);
	*items = (struct list_items){ 0 };
}

struct list_tables list_tables_none(void)
{
	return (struct list_tables){ .hosts = -1, .nets = -1 };
}

void list_tables_close(struct list_tables *t)
{
	if (t->hosts >= 0)
		close(t->hosts);
	if (t->nets >= 0)
		close(t->nets);
	if (t->hints)
		munmap(t->hints, sizeof(*t->hints));
	*t = list_tables_none();
}

static int hints_open(const struct datapath *dp, __u32 index, struct list_hints **out)
{
	void *at = mmap(NULL, sizeof(**out), PROT_READ | PROT_WRITE, MAP_SHARED, dp->map[DATAPATH_LIST_HINTS],
			index * sizeof(**out));

	if (at == MAP_FAILED)
		return -errno;
	*out = at;
	return 0;
}

static int inner_open(int outer, __u32 index)
{
	__u32 id;
	int fd;

	if (bpf_map_lookup_elem(outer, &index, &id))
		return -errno;
	fd = bpf_map_get_fd_by_id(id);
	return fd < 0 ? -errno : fd;
}

int list_tables_open(const struct datapath *dp, __u32 index, struct list_tables *out)
{
	struct list_tables t = { .index = index };
	int err;

	t.hosts = inner_open(dp->map[DATAPATH_LIST_HOSTS], index);
	t.nets = inner_open(dp->map[DATAPATH_LIST_NETS], index);
	err = t.hosts < 0 ? t.hosts : t.nets < 0 ? t.nets : hints_open(dp, index, &t.hints);
	if (err)
		list_tables_close(&t);
	else
		*out = t;
	return err;
}

static int inner_make(enum bpf_map_type type, const char *name, __u32 key_size, size_t entries)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);
	size_t room = entries + entries / 4 + ROOM_LEAST;
	int fd;

	if (entries > LIST_TABLE_MOST)
		return -E2BIG;
	fd = bpf_map_create(type, name, key_size, sizeof(struct list_entry), room, &options);
	return fd < 0 ? -errno : fd;
}

/* One of the two tables of a list, as batches take it. */
struct batch {
	int fd;
	bool is_hosts;
	__u32 count;
	struct list_entry entry[BATCH];
	union {
		struct list_address address[BATCH];
		struct list_key key[BATCH];
	};
};

static int batch_flush(struct batch *b)
{
	LIBBPF_OPTS(bpf_map_batch_opts, options);
	__u32 count = b->count;

	b->count = 0;
	if (!count)
		return 0;
	return bpf_map_update_batch(b->fd, b->is_hosts ? (void *)b->address : b->key, b->entry, &count, &options) ?
		       -errno : 0;
}

/* The value of an item: it leads from a network to what covers it (lists.bpf.h). */
static struct list_entry item_value(const struct list_item *item)
{
	struct list_entry value = item->entry;

	value.prefix_len = item->key.prefix_len;
	return value;
}

static int batch_put(struct batch *b, const struct list_item *item)
{
	if (b->is_hosts)
		memcpy(b->address[b->count].addr, item->key.addr, sizeof(item->key.addr));
	else
		b->key[b->count] = item->key;
	b->entry[b->count++] = item_value(item);
	return b->count == BATCH ? batch_flush(b) : 0;
}

static bool item_is_host(const struct list_item *item)
{
	return item->key.prefix_len == 128;
}

static int items_write(const struct list_tables *t, const struct list_items *items)
{
	struct batch *hosts = malloc(sizeof(*hosts)), *nets = malloc(sizeof(*nets));
	int err = hosts && nets ? 0 : -ENOMEM;

	if (!err) {
		hosts->fd = t->hosts;
		nets->fd = t->nets;
		hosts->is_hosts = !(nets->is_hosts = false);
		hosts->count = nets->count = 0;
	}
	for (size_t i = 0; i < items->count && !err; i++) {
		list_hints_add(t->hints, &items->item[i].key);
		err = batch_put(item_is_host(&items->item[i]) ? hosts : nets, &items->item[i]);
	}
	if (!err)
		err = batch_flush(hosts) ?: batch_flush(nets);
	free(hosts);
	free(nets);
	return err;
}

int list_tables_build(const struct datapath *dp, __u32 index, const struct list_items *items, struct list_tables *out)
{
	struct list_tables t = list_tables_none();
	size_t hosts = 0;
	int err;

	for (size_t i = 0; i < items->count; i++)
		hosts += item_is_host(&items->item[i]);
	t.index = index;
	t.hosts = inner_make(BPF_MAP_TYPE_HASH, "hr_hosts", sizeof(struct list_address), hosts);
	t.nets = inner_make(BPF_MAP_TYPE_LPM_TRIE, "hr_nets", sizeof(struct list_key), items->count - hosts);
	err = t.hosts < 0 ? t.hosts : t.nets < 0 ? t.nets : hints_open(dp, index, &t.hints);
	if (!err) {
		memset(t.hints, 0, sizeof(*t.hints));
		err = items_write(&t, items);
	}
	if (err)
		list_tables_close(&t);
	else
		*out = t;
	return err;
}

int list_tables_install(const struct datapath *dp, const struct list_tables *t)
{
	if (bpf_map_update_elem(dp->map[DATAPATH_LIST_HOSTS], &t->index, &t->hosts, BPF_ANY) ||
	    bpf_map_update_elem(dp->map[DATAPATH_LIST_NETS], &t->index, &t->nets, BPF_ANY))
		return -errno;
	return 0;
}

void list_tables_remove(const struct datapath *dp, __u32 index)
{
	bpf_map_delete_elem(dp->map[DATAPATH_LIST_HOSTS], &index);
	bpf_map_delete_elem(dp->map[DATAPATH_LIST_NETS], &index);
}

int list_tables_put(const struct list_tables *t, const struct list_item *item)
{
	struct list_entry value = item_value(item);
	int err;

	list_hints_add(t->hints, &item->key);
	if (item_is_host(item))
		err = bpf_map_update_elem(t->hosts, item->key.addr, &value, BPF_ANY);
	else
		err = bpf_map_update_elem(t->nets, &item->key, &value, BPF_ANY);
	return err ? -errno : 0;
}

int list_tables_delete(const struct list_tables *t, const struct list_key *key)
{
	int err = key->prefix_len == 128 ? bpf_map_delete_elem(t->hosts, key->addr) : bpf_map_delete_elem(t->nets, key);

	return err ? -errno : 0;
}

int list_tables_find(const struct list_tables *t, const struct list_key *key, struct list_entry *entry)
{
	int err = key->prefix_len == 128 ? bpf_map_lookup_elem(t->hosts, key->addr, entry) :
					   bpf_map_lookup_elem(t->nets, key, entry);

	if (err)
		return -errno;
	/* of networks, what is found is the narrowest that holds this one */
	return key->prefix_len == 128 || entry->prefix_len == key->prefix_len ? 0 : -ENOENT;
}

static int batch_take(const struct batch *b, struct list_items *items)
{
	for (__u32 i = 0; i < b->count; i++) {
		struct list_item *item = items_add(items);

		if (!item)
			return -ENOMEM;
		item->key.prefix_len = 128;
		if (b->is_hosts)
			memcpy(item->key.addr, b->address[i].addr, sizeof(item->key.addr));
		else
			item->key = b->key[i];
		item->entry = b->entry[i];
	}
	return 0;
}

/* `items` NULL: they are only counted. *count grows. */
static int table_read(int fd, bool is_hosts, struct list_items *items, size_t *count)
{
	LIBBPF_OPTS(bpf_map_batch_opts, options);
	struct batch *b = malloc(sizeof(*b));
	char at[2][sizeof(struct list_key)]; /* where the kernel goes on: a bucket, or the last key */
	bool first = true, more = true;
	int err = b ? 0 : -ENOMEM;

	while (more && !err) {
		b->is_hosts = is_hosts;
		b->count = BATCH;
		if (bpf_map_lookup_batch(fd, first ? NULL : at[0], at[1], is_hosts ? (void *)b->address : b->key,
					 b->entry, &b->count, &options)) {
			more = false;
			if (errno != ENOENT)
				err = -errno;
		}
		memcpy(at[0], at[1], sizeof(at[0]));
		first = false;
		if (err)
			break;
		*count += b->count;
		err = items ? batch_take(b, items) : 0;
	}
	free(b);
	return err;
}

int list_tables_read(const struct list_tables *t, struct list_items *items)
{
	size_t count = 0;

	return table_read(t->hosts, true, items, &count) ?: table_read(t->nets, false, items, &count);
}

int list_tables_count(const struct list_tables *t, size_t *count)
{
	size_t all = 0;
	int err = table_read(t->hosts, true, NULL, &all) ?: table_read(t->nets, false, NULL, &all);

	if (!err)
		*count = all;
	return err;
}

bool list_tables_have_hosts(const struct list_tables *t)
{
	struct list_address key;

	return !bpf_map_get_next_key(t->hosts, NULL, &key);
}

bool list_tables_have_nets(const struct list_tables *t)
{
	struct list_key key;

	return !bpf_map_get_next_key(t->nets, NULL, &key);
}
