// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "list_file.h"
#include "list_loads.h"
#include "lists.h"
#include "log.h"
#include "stage_datapath.h"

#define BATCH 4096
#define REPETITIONS 3
#define TARGET 0.5 /* of the rate of bare batches */

struct list_load {
	const char *name;
	__u32 count;
	int bits; /* of each prefix */
	bool ipv6;
};

static const struct list_load loads[] = {
	{ "load a list, addresses", 100000, 32, false },
	{ "load a list, addresses", 1000000, 32, false },
	{ "load a list, networks", 100000, 28, false },
	{ "load a list, networks", 1000000, 28, false },
	{ "load a list, addresses, IPv6", 100000, 128, true },
	{ "load a list, networks, IPv6", 100000, 64, true },
};

/* The n-th prefix: all over the address space, each but once. */
static struct list_key key_make(const struct list_load *l, __u32 n)
{
	__u32 at = n * 0x9e3779b1u;
	struct list_key key = { .prefix_len = (l->ipv6 ? 0 : 96) + l->bits };

	if (l->ipv6) {
		key.addr[0] = htonl(0x20010db8);
		key.addr[1] = htonl(at);
		key.addr[3] = l->bits == 128 ? htonl(n) : 0;
	} else {
		key.addr[2] = htonl(0xffff);
		key.addr[3] = htonl(l->bits == 32 ? at : at & ~0u << (32 - l->bits));
	}
	return key;
}

/* Of this thread: the kernel's workers take apart the tables of before meanwhile. */
static __u64 cpu_time_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* --- a bare table --------------------------------------------------------------- */

struct bare {
	bool is_hosts;
	__u32 key_size;
	char *keys;
	struct list_entry *entries;
};

static void bare_free(struct bare *b)
{
	free(b->keys);
	free(b->entries);
}

static int bare_make(struct bare *b, const struct list_load *l)
{
	b->is_hosts = l->bits == (l->ipv6 ? 128 : 32);
	b->key_size = b->is_hosts ? sizeof(struct list_address) : sizeof(struct list_key);
	b->keys = calloc(l->count, b->key_size);
	b->entries = calloc(l->count, sizeof(*b->entries));
	for (__u32 i = 0; i < l->count && b->keys && b->entries; i++) {
		struct list_key key = key_make(l, i);

		memcpy(b->keys + (size_t)i * b->key_size, b->is_hosts ? (void *)key.addr : &key, b->key_size);
		b->entries[i].prefix_len = key.prefix_len;
	}
	return b->keys && b->entries ? 0 : -ENOMEM;
}

static int bare_load(const struct bare *b, __u32 count, __u64 *took_ns)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);
	LIBBPF_OPTS(bpf_map_batch_opts, batch);
	int fd = bpf_map_create(b->is_hosts ? BPF_MAP_TYPE_HASH : BPF_MAP_TYPE_LPM_TRIE, "bench_load", b->key_size,
				sizeof(*b->entries), count, &options);
	__u64 began = cpu_time_ns();
	int err = fd < 0 ? -errno : 0;

	for (__u32 at = 0; at < count && !err; at += BATCH) {
		__u32 now = count - at < BATCH ? count - at : BATCH;

		if (bpf_map_update_batch(fd, b->keys + (size_t)at * b->key_size, &b->entries[at], &now, &batch))
			err = -errno;
	}
	*took_ns = cpu_time_ns() - began;
	if (fd >= 0)
		close(fd);
	return err;
}

/* --- as the command does it ------------------------------------------------------ */

static FILE *file_make(const struct list_load *l)
{
	FILE *file = tmpfile();
	char text[IP_TEXT_SIZE];

	for (__u32 i = 0; i < l->count && file; i++) {
		struct list_key key = key_make(l, i);

		list_key_print(&key, text);
		if (key.prefix_len == 128)
			*strchr(text, '/') = 0;
		fprintf(file, "%s\n", text);
	}
	if (file && fflush(file)) {
		fclose(file);
		return NULL;
	}
	return file;
}

static int list_load(const struct datapath *dp, FILE *file, __u32 count, __u64 *took_ns)
{
	static const struct list_defaults defaults = { .all_would = "be all" };
	struct list_items items = { 0 };
	__u64 began = cpu_time_ns();
	size_t expired, present;
	int err;

	rewind(file);
	err = list_file_read(file, "list", &defaults, &items, &expired) ?: list_replace(dp, LIST_BLOCK, &items);
	items_free(&items);
	*took_ns = cpu_time_ns() - began;
	err = err ?: list_count(dp, LIST_BLOCK, &present);
	return err ? err : present == count ? 0 : -EPROTO;
}

/* --- side by side ----------------------------------------------------------------- */

static int load_measure(const struct datapath *dp, const struct list_load *l)
{
	static const struct list_items none;
	__u64 bare_ns = ~0ull, load_ns = ~0ull, ns;
	FILE *file = file_make(l);
	struct bare bare = { 0 };
	int err = file ? bare_make(&bare, l) : -EIO;

	for (int i = 0; i < REPETITIONS && !err; i++) {
		err = bare_load(&bare, l->count, &ns);
		bare_ns = ns < bare_ns ? ns : bare_ns;
		err = err ?: list_load(dp, file, l->count, &ns);
		load_ns = ns < load_ns ? ns : load_ns;
		err = err ?: list_replace(dp, LIST_BLOCK, &none);
	}
	if (!err)
		printf("%-34s %7u %11.0f %11.0f %7.2f   target %.2f %s\n", l->name, l->count, l->count * 1e6 / bare_ns,
		       l->count * 1e6 / load_ns, (double)bare_ns / load_ns, TARGET,
		       (double)bare_ns / load_ns >= TARGET ? "met" : "missed");
	fflush(stdout);
	bare_free(&bare);
	if (file)
		fclose(file);
	return err;
}

int list_loads_measure(struct stage *s, const char *only)
{
	bool headed = false;
	struct datapath dp;
	int err = 0;

	for (size_t i = 0; i < sizeof(loads) / sizeof(*loads) && !err; i++) {
		if (only && !strstr(loads[i].name, only))
			continue;
		if (!headed) {
			err = stage_reset(s);
			datapath_of_stage(&dp, s);
			printf("\n%-34s %7s %11s %11s %7s\n", "thousand entries a second", "entries", "bare batches", "load",
			       "ratio");
			headed = true;
		}
		err = err ?: load_measure(&dp, &loads[i]);
		if (err)
			log_error("%s: %s", loads[i].name, strerror(-err));
	}
	return err;
}
