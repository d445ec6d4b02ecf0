// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "kernel.h"
#include "kernel_code.h"
#include "log.h"
#include "newcomer.h"
#include "tables.h"
#include "userspace/replay/egress_replay.skel.h"
#include "userspace/replay/xdp_replay.skel.h"

#define BATCH 1024 /* records read or deleted by one call */

struct kernel {
	struct xdp_replay_bpf *skel;
	struct egress_replay_bpf *egress; /* with the tables of the first */
	struct ring_buffer *rings;
	struct native_listener listener;
	int cpus;
	int models, models_as_code;
	cpu_set_t allowed; /* before kernel_open(), and after kernel_close() */
};

static int event_told(void *context, void *record, size_t size)
{
	struct kernel *k = context;

	(void)size;
	if (k->listener.event)
		k->listener.event(k->listener.context, record);
	return 0;
}

static int snapshot_told(void *context, void *record, size_t size)
{
	struct kernel *k = context;

	(void)size;
	if (k->listener.snapshot)
		k->listener.snapshot(k->listener.context, record);
	return 0;
}

static int tables_prepare(struct xdp_replay_bpf *skel, const struct native_sizes *sizes)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, skel->obj)
		bpf_map__set_pin_path(map, NULL);
	if (sizes->flows)
		err = bpf_map__set_max_entries(skel->maps.hr_flows, sizes->flows);
	if (!err && sizes->sources)
		err = bpf_map__set_max_entries(skel->maps.hr_sources, sizes->sources);
	if (!err && sizes->dests)
		err = bpf_map__set_max_entries(skel->maps.hr_dests, sizes->dests);
	return err;
}

/* Flows on probation get their places by CPU: as on the host, all packets are of one, or other flows are forgotten. */
static int cpu_hold(struct kernel *k)
{
	cpu_set_t one;
	int cpu = sched_getcpu();

	if (cpu < 0 || sched_getaffinity(0, sizeof(k->allowed), &k->allowed))
		return -errno;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one) ? -errno : 0;
}

static int xdp_load(struct kernel *k, const struct native_sizes *sizes)
{
	int err;

	k->skel = xdp_replay_bpf__open();
	err = k->skel ? tables_prepare(k->skel, sizes) : -errno;
	return err ? err : xdp_replay_bpf__load(k->skel);
}

static int egress_load(struct kernel *k)
{
	struct bpf_map *map, *shared;
	int err = 0;

	k->egress = egress_replay_bpf__open();
	if (!k->egress)
		return -errno;
	bpf_object__for_each_map(map, k->egress->obj) {
		bpf_map__set_pin_path(map, NULL);
		shared = bpf_object__find_map_by_name(k->skel->obj, bpf_map__name(map));
		if (!err && shared && !bpf_map__is_internal(map))
			err = bpf_map__reuse_fd(map, bpf_map__fd(shared));
	}
	return err ? err : egress_replay_bpf__load(k->egress);
}

int kernel_open(struct kernel **out, const struct native_sizes *sizes, const struct native_listener *listener)
{
	struct kernel *k = calloc(1, sizeof(*k));
	int err = k ? 0 : -ENOMEM;
	__u32 zero = 0;

	if (!err) {
		k->listener = *listener;
		k->cpus = libbpf_num_possible_cpus();
		err = k->cpus < 0 ? k->cpus : xdp_load(k, sizes);
	}
	err = err ? err : egress_load(k);
	err = err ? err : cpu_hold(k);
	if (!err)
		err = bpf_map_update_elem(bpf_map__fd(k->skel->maps.hr_secret), &zero, &replay_secret, BPF_ANY);
	if (!err) {
		k->rings = ring_buffer__new(bpf_map__fd(k->skel->maps.hr_events), event_told, k, NULL);
		err = k->rings ? ring_buffer__add(k->rings, bpf_map__fd(k->skel->maps.hr_snapshots), snapshot_told, k)
			       : -errno;
	}
	if (err) {
		log_error("--kernel: the programs cannot be loaded: %s%s", strerror(-err),
			  err == -EPERM ? "; it needs root" : "");
		kernel_close(k);
		return err;
	}
	*out = k;
	return 0;
}

void kernel_close(struct kernel *k)
{
	if (!k)
		return;
	ring_buffer__free(k->rings);
	egress_replay_bpf__destroy(k->egress);
	xdp_replay_bpf__destroy(k->skel);
	if (CPU_COUNT(&k->allowed))
		sched_setaffinity(0, sizeof(k->allowed), &k->allowed);
	free(k);
}

static bool map_is_hash(const struct bpf_map *map)
{
	enum bpf_map_type type = bpf_map__type(map);

	return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_PERCPU_HASH;
}

static int hash_clear(int fd, size_t key_size)
{
	char *keys = malloc(BATCH * key_size);
	int err = keys ? 0 : -ENOMEM;

	while (!err) {
		__u32 count = 0;

		while (count < BATCH && !bpf_map_get_next_key(fd, count ? keys + (count - 1) * key_size : NULL,
							      keys + count * key_size))
			count++;
		if (!count)
			break;
		err = bpf_map_delete_batch(fd, keys, &count, NULL);
	}
	free(keys);
	return err;
}

/* Per-CPU arrays one by one: they are short. */
static int array_clear(struct kernel *k, const struct bpf_map *map)
{
	__u32 entries = bpf_map__max_entries(map), *keys = malloc(entries * sizeof(*keys));
	bool by_cpu = bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY;
	size_t size = (bpf_map__value_size(map) + 7) & ~7u;
	char *zeros = calloc(by_cpu ? (__u32)k->cpus : entries, size);
	int err = keys && zeros ? 0 : -ENOMEM;

	for (__u32 i = 0; !err && i < entries; i++) {
		keys[i] = i;
		if (by_cpu)
			err = bpf_map_update_elem(bpf_map__fd(map), &i, zeros, BPF_ANY);
	}
	if (!err && !by_cpu)
		err = bpf_map_update_batch(bpf_map__fd(map), keys, zeros, &entries, NULL);
	free(keys);
	free(zeros);
	return err;
}

/* In place, and only what was used: it is large. The sets' entries then lead nowhere. */
static int newcomers_clear(const struct kernel *k, const struct bpf_map *map)
{
	struct newcomer *n = mmap(NULL, NEWCOMERS * sizeof(*n), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	static const struct newcomer empty;
	struct probation p = { 0 };
	__u32 zero = 0;

	if (n == MAP_FAILED)
		return -errno;
	bpf_map_lookup_elem(bpf_map__fd(k->skel->maps.hr_probation), &zero, &p);
	for (__u32 i = 0; i < NEWCOMERS && i < p.cursor; i++)
		n[i] = empty;
	munmap(n, NEWCOMERS * sizeof(*n));
	return 0;
}

int kernel_reset(struct kernel *k)
{
	struct bpf_map *map;
	int err = newcomers_clear(k, k->skel->maps.hr_newcomers);

	bpf_object__for_each_map(map, k->skel->obj) {
		enum bpf_map_type type = bpf_map__type(map);

		if (err || map == k->skel->maps.hr_settings || map == k->skel->maps.hr_secret || map == k->skel->maps.hr_models ||
		    map == k->skel->maps.hr_list_hints || map == k->skel->maps.hr_newcomers ||
		    map == k->skel->maps.hr_newcomer_sets || map == k->skel->maps.hr_blocked || bpf_map__is_internal(map))
			continue;
		if (map_is_hash(map))
			err = hash_clear(bpf_map__fd(map), bpf_map__key_size(map));
		else if (type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY)
			err = array_clear(k, map);
	}
	return err;
}

int kernel_settings_set(struct kernel *k, const struct settings *s)
{
	__u32 zero = 0;

	return bpf_map_update_elem(bpf_map__fd(k->skel->maps.hr_settings), &zero, s, BPF_ANY);
}

int kernel_model_set(struct kernel *k, __u32 slot, const struct model *m)
{
	int err = bpf_map_update_elem(bpf_map__fd(k->skel->maps.hr_models), &slot, m, BPF_ANY);

	k->models++;
	if (err || !m->code)
		return err;
	err = kernel_code_put(k->skel->maps.hr_codes, k->skel->maps.hr_scratch, slot, m);
	k->models_as_code += err > 0;
	return err < 0 ? err : 0;
}

static int packet_run(struct kernel *k, const struct bpf_program *program, const struct native_frame *f, int *action)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = f->data, .data_size_in = f->len);
	int err;

	err = bpf_prog_test_run_opts(bpf_program__fd(program), &run);
	if (err)
		return err;
	*action = run.retval;
	err = ring_buffer__consume(k->rings);
	return err < 0 ? err : 0;
}

int kernel_enter(struct kernel *k, const struct native_frame *f, int *action)
{
	k->skel->bss->replay_now_ns = f->time_ns;
	k->skel->bss->replay_socket.state = f->socket;
	return packet_run(k, k->skel->progs.hedgerow_xdp, f, action);
}

int kernel_leave(struct kernel *k, const struct native_frame *f)
{
	int unspecific;

	k->egress->bss->replay_now_ns = f->time_ns;
	return packet_run(k, k->egress->progs.hedgerow_egress, f, &unspecific);
}

/* Reads a record; of one that each CPU has, counts all of it, the sum. `room` is for all CPUs. */
static bool record_read(struct kernel *k, const struct bpf_map *map, const void *key, __u64 *room)
{
	size_t words = bpf_map__value_size(map) / sizeof(*room);

	if (bpf_map_lookup_elem(bpf_map__fd(map), key, room))
		return false;
	if (bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_HASH)
		for (size_t i = words; i < words * k->cpus; i++)
			room[i % words] += room[i];
	return true;
}

/* What differs between one hash table here and there. */
static long long table_compare(struct kernel *k, const struct bpf_map *map, struct table *t, uint64_t *equal)
{
	size_t key_size = bpf_map__key_size(map), value_size = bpf_map__value_size(map);
	char *key = calloc(2, key_size), *before = NULL;
	__u64 *value = calloc(k->cpus, (value_size + 7) & ~7u);
	long long differ = 0, here = 0;

	if (!key || !value) {
		differ = -ENOMEM;
		goto out;
	}
	while (!bpf_map_get_next_key(bpf_map__fd(map), before, key)) {
		const void *ours = table_lookup(t, key);

		here++;
		if (ours && record_read(k, map, key, value) && !memcmp(ours, value, value_size))
			++*equal;
		else
			differ++;
		before = key + key_size;
		memcpy(before, key, key_size);
	}
	differ += llabs((long long)t->present - here);
	if (differ)
		log_error("%s: %lld of the kernel's %lld records are not those of the host, which has %u", t->name,
			  differ, here, t->present);
out:
	free(key);
	free(value);
	return differ;
}

static long long counters_compare(struct kernel *k, uint64_t *equal)
{
	__u64 *values = calloc(k->cpus, sizeof(*values));
	long long differ = values ? 0 : -ENOMEM;

	for (__u32 c = 0; values && c < COUNTER_COUNT; c++) {
		__u64 sum = 0;

		if (bpf_map_lookup_elem(bpf_map__fd(k->skel->maps.hr_counters), &c, values))
			continue;
		for (int i = 0; i < k->cpus; i++)
			sum += values[i];
		if (sum != native_counter(c)) {
			log_error("counter %u: %llu in the kernel, %llu on the host", c, (unsigned long long)sum,
				  (unsigned long long)native_counter(c));
			differ++;
		}
		*equal += sum == native_counter(c);
	}
	free(values);
	return differ;
}

/* Where every model has a code form, the last of the scores was given by one. Scores are the same: nothing else would show it. */
static int code_check(const struct kernel *k)
{
	if (!k->models || k->models_as_code < k->models || !native_counter(COUNTER_scores) ||
	    kernel_code_was_last(k->skel->maps.hr_scratch, k->cpus))
		return 0;
	log_error("--kernel: the model's code was not entered: its tables were walked");
	return 1;
}

long long kernel_compare(struct kernel *k, uint64_t *equal)
{
	long long differ = counters_compare(k, equal), more;
	struct bpf_map *map;

	if (differ >= 0)
		differ += code_check(k);
	bpf_object__for_each_map(map, k->skel->obj) {
		struct table *t = native_table_find(bpf_map__name(map));

		if (differ < 0 || bpf_map__is_internal(map) || bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY)
			continue;
		if (!t) {
			log_error("%s: a table that the host does not have", bpf_map__name(map));
			return -ENOENT;
		}
		if (!map_is_hash(map))
			continue;
		more = table_compare(k, map, t, equal);
		differ = more < 0 ? more : differ + more;
	}
	return differ;
}
