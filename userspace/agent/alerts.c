// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include "alerts.h"

#define QUIET_NS (60 * SECOND_NS)

struct alert_visit {
	const struct datapath *dp;
	void (*each)(void *context, const struct alert_key *key, const struct alert *alert,
		     const struct alert_logged *grown);
	void *context;
};

/* Passes on what grew, then notes that it was. */
static int alert_report(const struct alert_visit *v, const struct alert_key *key, const struct alert *a)
{
	struct alert_logged logged = { 0 }, grown;
	int map = v->dp->map[DATAPATH_ALERTS_LOGGED];

	if (bpf_map_lookup_elem(map, key, &logged) && errno != ENOENT)
		return -errno;
	grown.packets = a->packets - logged.packets;
	grown.flows = a->flows - logged.flows;
	if (!grown.packets)
		return 0;
	v->each(v->context, key, a, &grown);
	logged.packets = a->packets;
	logged.flows = a->flows;
	return bpf_map_update_elem(map, key, &logged, BPF_ANY) ? -errno : 0;
}

/* Takes the alert out for good; what it came to since it was read is passed on. */
static int alert_forget(const struct alert_visit *v, const struct alert_key *key)
{
	struct alert a;
	int err;

	if (bpf_map_lookup_and_delete_elem(v->dp->map[DATAPATH_ALERTS], key, &a))
		return -errno;
	err = alert_report(v, key, &a);
	if (bpf_map_delete_elem(v->dp->map[DATAPATH_ALERTS_LOGGED], key) && errno != ENOENT)
		err = -errno;
	return err;
}

static int keys_read(const struct datapath *dp, struct alert_key **out, __u32 *out_count)
{
	__u32 room = dp->max_entries[DATAPATH_ALERTS], count = 0;
	struct alert_key *keys = calloc(room + 1, sizeof(*keys));
	int map = dp->map[DATAPATH_ALERTS];

	if (!keys)
		return -ENOMEM;
	while (count < room && !bpf_map_get_next_key(map, count ? &keys[count - 1] : NULL, &keys[count]))
		count++;
	*out = keys;
	*out_count = count;
	return 0;
}

int alerts_collect(const struct datapath *dp, __u64 now_ns,
		   void (*each)(void *context, const struct alert_key *key, const struct alert *alert,
				const struct alert_logged *grown),
		   void *context)
{
	struct alert_visit v = { dp, each, context };
	struct alert_key *keys;
	__u32 count;
	int err = keys_read(dp, &keys, &count);
	bool is_tight = !err && count > dp->max_entries[DATAPATH_ALERTS] / 4 * 3;

	if (err)
		return err;
	for (__u32 i = 0; i < count; i++) {
		struct alert a;
		int failed;

		if (bpf_map_lookup_elem(dp->map[DATAPATH_ALERTS], &keys[i], &a))
			continue;
		failed = alert_report(&v, &keys[i], &a);
		if (!failed && is_tight && now_ns > a.last_ns && now_ns - a.last_ns > QUIET_NS)
			failed = alert_forget(&v, &keys[i]);
		if (failed)
			err = failed;
	}
	free(keys);
	return err;
}
