// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <bpf/bpf.h>
#include "blocked_counts.h"
#include "list.h"

static __u32 packets_of(const struct blocked_set *set, __be32 addr)
{
	__u32 packets = 0;

	for (int i = 0; i < BLOCKED_WAYS; i++)
		if (blocked_is_of(set->way[i].who, addr))
			packets += set->way[i].packets;
	return packets;
}

int blocked_counts_add(const struct datapath *dp, struct list_items *items)
{
	for (size_t i = 0; i < items->count; i++) {
		const struct list_key *key = &items->item[i].key;
		struct blocked_set set;
		__u32 index = blocked_set_of(key->addr);

		if (key->prefix_len != 128 || !list_address_is_ipv4(key->addr))
			continue;
		if (bpf_map_lookup_elem(dp->map[DATAPATH_BLOCKED], &index, &set))
			return -errno;
		items->item[i].entry.packets += packets_of(&set, key->addr[3]);
	}
	return 0;
}
