// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include "block_flow_table.h"

static int flows_map(const struct datapath *dp)
{
	return dp->map[DATAPATH_BLOCK_FLOWS];
}

int block_flows_walk(const struct datapath *dp,
		     void (*each)(void *context, const struct flow_key *key, const struct list_entry *entry),
		     void *context)
{
	__u32 left = dp->max_entries[DATAPATH_BLOCK_FLOWS];
	struct flow_key key, next;
	struct list_entry entry;
	int more = !bpf_map_get_next_key(flows_map(dp), NULL, &key);

	for (; more && left; left--) {
		more = !bpf_map_get_next_key(flows_map(dp), &key, &next);
		if (!bpf_map_lookup_elem(flows_map(dp), &key, &entry))
			each(context, &key, &entry);
		key = next;
	}
	return 0;
}

bool block_flows_exist(const struct datapath *dp)
{
	struct flow_key key;

	return !bpf_map_get_next_key(flows_map(dp), NULL, &key);
}

struct expiry {
	int map, expired;
	__u64 now_ns, *next;
};

static void flow_expire(void *context, const struct flow_key *key, const struct list_entry *entry)
{
	struct expiry *x = context;

	if (!list_entry_holds(entry, x->now_ns))
		x->expired += !bpf_map_delete_elem(x->map, key);
	else if (entry->expires_ns && (!*x->next || entry->expires_ns < *x->next))
		*x->next = entry->expires_ns;
}

int block_flows_expire(const struct datapath *dp, __u64 now_ns, __u64 *next)
{
	struct expiry x = { .map = flows_map(dp), .now_ns = now_ns, .next = next };
	int err = block_flows_walk(dp, flow_expire, &x);

	return err ? err : x.expired;
}
