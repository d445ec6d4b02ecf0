// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "shadow_counts.h"

#define COUNT_WORDS (sizeof(struct shadow_count) / sizeof(__u64))

/* Adds up what each CPU has. `room` is for all of them. */
static int count_read(const struct datapath *dp, const struct shadow_key *key, struct shadow_count *room, int cpus,
		      struct shadow_count *out)
{
	if (bpf_map_lookup_elem(dp->map[DATAPATH_SHADOW], key, room))
		return -errno;
	*out = (struct shadow_count){ 0 };
	for (int cpu = 0; cpu < cpus; cpu++)
		for (size_t word = 0; word < COUNT_WORDS; word++)
			((__u64 *)out)[word] += ((const __u64 *)&room[cpu])[word];
	return 0;
}

int shadow_counts_read(const struct datapath *dp, __u32 since, struct shadow_pair **out)
{
	__u32 pairs_max = dp->max_entries[DATAPATH_SHADOW], count = 0;
	int cpus = libbpf_num_possible_cpus(), err = 0;
	struct shadow_pair *pairs = calloc(pairs_max, sizeof(*pairs));
	struct shadow_count *room = cpus > 0 ? calloc(cpus, sizeof(*room)) : NULL;
	struct shadow_key key, *before = NULL;

	if (!pairs || !room)
		err = -ENOMEM;
	/* New pairs may come in while we look; none goes. */
	while (!err && count < pairs_max && !bpf_map_get_next_key(dp->map[DATAPATH_SHADOW], before, &key)) {
		before = &key;
		if (key.since != since)
			continue;
		pairs[count].key = key;
		err = count_read(dp, &key, room, cpus, &pairs[count].count);
		count++;
	}
	free(room);
	if (err) {
		free(pairs);
		return err;
	}
	*out = pairs;
	return count;
}

void shadow_counts_forget(const struct datapath *dp, __u32 since)
{
	struct shadow_key key, next;
	int err = bpf_map_get_next_key(dp->map[DATAPATH_SHADOW], NULL, &key);

	while (!err) {
		err = bpf_map_get_next_key(dp->map[DATAPATH_SHADOW], &key, &next);
		if (key.since != since)
			bpf_map_delete_elem(dp->map[DATAPATH_SHADOW], &key);
		key = next;
	}
}
