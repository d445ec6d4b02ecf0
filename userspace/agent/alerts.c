// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include "alerts.h"

#define QUIET_NS (60 * SECOND_NS)

/* What is to be noted as logged, once it is. */
struct alert_note {
	struct alert_key key;
	struct alert_logged logged;
};

struct alert_visit {
	const struct datapath *dp;
	const struct alert_listener *listener;
	struct alert_note *note; /* with room for every alert */
	__u32 notes;
};

/* Passes on what grew. */
static int alert_report(struct alert_visit *v, const struct alert_key *key, const struct alert *a)
{
	struct alert_logged logged = { 0 }, grown;

	if (bpf_map_lookup_elem(v->dp->map[DATAPATH_ALERTS_LOGGED], key, &logged) && errno != ENOENT)
		return -errno;
	grown.packets = a->packets - logged.packets;
	grown.flows = a->flows - logged.flows;
	if (!grown.packets)
		return 0;
	v->listener->grown(v->listener->context, key, a, &grown);
	v->note[v->notes++] = (struct alert_note){ .key = *key, .logged = { .packets = a->packets, .flows = a->flows } };
	return 0;
}

/* What was passed on is written, or counted as lost; then it is noted. */
static int alerts_settle(struct alert_visit *v)
{
	int map = v->dp->map[DATAPATH_ALERTS_LOGGED], err = 0;

	if (v->notes)
		v->listener->settle(v->listener->context);
	for (__u32 i = 0; i < v->notes; i++)
		if (bpf_map_update_elem(map, &v->note[i].key, &v->note[i].logged, BPF_ANY))
			err = -errno;
	v->notes = 0;
	return err;
}

/* Takes a quiet alert out for good; what it came to since it was read is passed on. */
static int alert_forget(struct alert_visit *v, const struct alert_key *key, __u64 now_ns)
{
	int alerts = v->dp->map[DATAPATH_ALERTS];
	struct alert a;
	int err;

	if (bpf_map_lookup_elem(alerts, key, &a) || now_ns <= a.last_ns || now_ns - a.last_ns <= QUIET_NS)
		return 0;
	if (bpf_map_lookup_and_delete_elem(alerts, key, &a))
		return -errno;
	err = alert_report(v, key, &a) ?: alerts_settle(v);
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

int alerts_collect(const struct datapath *dp, __u64 now_ns, const struct alert_listener *listener)
{
	struct alert_visit v = { .dp = dp, .listener = listener };
	struct alert_key *keys = NULL;
	__u32 count = 0;
	int failed, err = keys_read(dp, &keys, &count);
	bool is_tight = count > dp->max_entries[DATAPATH_ALERTS] / 4 * 3;

	if (err)
		return err;
	v.note = calloc(count + 1, sizeof(*v.note));
	if (!v.note)
		err = -ENOMEM;
	for (__u32 i = 0; i < count && v.note; i++) {
		struct alert a;

		if (keys[i].reason == REASON_NONE && !listener->with_suspicious)
			continue;
		if (bpf_map_lookup_elem(dp->map[DATAPATH_ALERTS], &keys[i], &a))
			continue;
		failed = alert_report(&v, &keys[i], &a);
		if (failed)
			err = failed;
	}
	failed = alerts_settle(&v);
	for (__u32 i = 0; i < count && is_tight && !err && !failed; i++)
		failed = alert_forget(&v, &keys[i], now_ns);
	free(v.note);
	free(keys);
	return err ? err : failed;
}
