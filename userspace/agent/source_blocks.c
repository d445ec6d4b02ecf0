// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include "clock.h"
#include "settings_store.h"
#include "source_blocks.h"

/* All keys there are, or as many as the map has places: it is small. Returns how many, or a negative errno. */
static long keys_read(const struct datapath *dp, struct host_key **out)
{
	__u32 room = dp->max_entries[DATAPATH_BLOCKS], count = 0;
	struct host_key *keys = calloc(room + 1, sizeof(*keys));

	if (!keys)
		return -ENOMEM;
	while (count < room && !bpf_map_get_next_key(dp->map[DATAPATH_BLOCKS], count ? &keys[count - 1] : NULL, &keys[count]))
		count++;
	*out = keys;
	return count;
}

/* The network that the key stands for. */
static struct list_key network_of(const struct host_key *key, const struct settings *s)
{
	struct list_key network = { .prefix_len = 128 };
	struct host_key alone;

	memcpy(network.addr, key->addr, sizeof(network.addr));
	if (host_key_from_source(&alone, key->addr, s->ipv6_mask))
		return network;
	network.prefix_len = 0;
	for (int i = 0; i < 4; i++)
		network.prefix_len += __builtin_popcount(s->ipv6_mask[i]);
	return network;
}

int source_blocks_walk(const struct datapath *dp, __u64 now_ns,
		       void (*take)(void *context, const struct list_key *source, const struct source_block *b),
		       void *context)
{
	struct host_key *keys = NULL;
	struct source_block b;
	struct settings s;
	long count = settings_read(dp, &s);

	if (!count && s.blocks_until_ns > now_ns)
		count = keys_read(dp, &keys);
	for (long i = 0; i < count; i++) {
		struct list_key source = network_of(&keys[i], &s);

		if (!bpf_map_lookup_elem(dp->map[DATAPATH_BLOCKS], &keys[i], &b) && b.enforced &&
		    source_block_holds(&b, &s, now_ns))
			take(context, &source, &b);
	}
	free(keys);
	return count < 0 ? count : 0;
}

static bool block_find(const struct datapath *dp, const struct list_key *source, struct host_key *key)
{
	struct list_key network;
	struct source_block b;
	struct settings s;

	if (settings_read(dp, &s))
		return false;
	memcpy(key->addr, source->addr, sizeof(key->addr));
	network = network_of(key, &s);
	return network.prefix_len == source->prefix_len && !bpf_map_lookup_elem(dp->map[DATAPATH_BLOCKS], key, &b) &&
	       b.enforced && source_block_holds(&b, &s, clock_of_packets_ns());
}

bool source_block_is_there(const struct datapath *dp, const struct list_key *source)
{
	struct host_key key;

	return block_find(dp, source, &key);
}

bool source_block_end(const struct datapath *dp, const struct list_key *source)
{
	struct host_key key;

	return block_find(dp, source, &key) && !bpf_map_delete_elem(dp->map[DATAPATH_BLOCKS], &key);
}

/* Between the look that found it over and this, the kernel may have begun another: that one is put back. */
static void block_take_out(const struct datapath *dp, const struct host_key *key, const struct settings *settings, __u64 now_ns)
{
	struct source_block b;

	if (!bpf_map_lookup_and_delete_elem(dp->map[DATAPATH_BLOCKS], key, &b) && source_block_holds(&b, settings, now_ns))
		bpf_map_update_elem(dp->map[DATAPATH_BLOCKS], key, &b, BPF_NOEXIST);
}

void source_blocks_tidy(const struct datapath *dp, const struct settings *settings, __u64 now_ns)
{
	struct host_key *keys = NULL;
	struct source_block b;
	long count = keys_read(dp, &keys);

	for (long i = 0; i < count; i++)
		if (!bpf_map_lookup_elem(dp->map[DATAPATH_BLOCKS], &keys[i], &b) &&
		    !source_block_holds(&b, settings, now_ns))
			block_take_out(dp, &keys[i], settings, now_ns);
	free(keys);
}

void source_blocks_forget(const struct datapath *dp)
{
	struct host_key key;

	while (!bpf_map_get_next_key(dp->map[DATAPATH_BLOCKS], NULL, &key) &&
	       !bpf_map_delete_elem(dp->map[DATAPATH_BLOCKS], &key))
		;
}
