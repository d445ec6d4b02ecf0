// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "counters_read.h"

struct counter_row {
	const char *name, *doc;
	enum counter_kind kind;
};

static const struct counter_row rows[COUNTER_COUNT] = {
#define X(name, kind, doc) { #name, doc, COUNTER_KIND_##kind },
	COUNTERS(X)
#undef X
};

const char *counter_name(enum counter id)
{
	return rows[id].name;
}

const char *counter_doc(enum counter id)
{
	return rows[id].doc;
}

enum counter_kind counter_kind(enum counter id)
{
	return rows[id].kind;
}

int counters_read(const struct datapath *dp, struct counters *out)
{
	int cpus = libbpf_num_possible_cpus(), err = 0;
	struct counters sum = { 0 };
	__u64 *value;

	if (cpus < 0)
		return cpus;
	value = calloc(cpus, sizeof(*value));
	if (!value)
		return -ENOMEM;
	for (__u32 id = 0; id < COUNTER_COUNT && !err; id++) {
		if (bpf_map_lookup_elem(dp->map[DATAPATH_COUNTERS], &id, value))
			err = -errno;
		for (int cpu = 0; cpu < cpus && !err; cpu++)
			sum.value[id] += value[cpu];
	}
	free(value);
	if (!err)
		*out = sum;
	return err;
}

int counter_add(const struct datapath *dp, enum counter counter, __u64 count)
{
	int cpus = libbpf_num_possible_cpus(), err = 0;
	__u32 id = counter;
	__u64 *value;

	if (cpus < 0 || !count)
		return cpus < 0 ? cpus : 0;
	value = calloc(cpus, sizeof(*value));
	if (!value)
		return -ENOMEM;
	if (bpf_map_lookup_elem(dp->map[DATAPATH_COUNTERS], &id, value))
		err = -errno;
	*value += count;
	if (!err && bpf_map_update_elem(dp->map[DATAPATH_COUNTERS], &id, value, BPF_EXIST))
		err = -errno;
	free(value);
	return err;
}
