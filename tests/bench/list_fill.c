// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "list_fill.h"
#include "list_hints.h"

static int table_make(struct stage *s, const char *outer, __u32 index, bool is_hosts, __u32 count)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);
	int fd = bpf_map_create(is_hosts ? BPF_MAP_TYPE_HASH : BPF_MAP_TYPE_LPM_TRIE, "bench_list",
				is_hosts ? sizeof(struct list_address) : sizeof(struct list_key),
				sizeof(struct list_entry), count, &options);

	if (fd < 0)
		return -errno;
	if (bpf_map_update_elem(stage_map_fd(s, outer), &index, &fd, BPF_ANY)) {
		close(fd);
		return -errno;
	}
	return fd;
}

int source_blocks_fill(struct stage *s, __u32 first, __u32 count)
{
	struct source_block block = { .until_ns = ~0ull, .generation = s->settings.generation, .enforced = 1, .proven = 1 };
	struct block_hints *hints = calloc(1, sizeof(*hints));
	__u32 zero = 0;
	int err = hints ? 0 : -ENOMEM;

	for (__u32 i = 0; i < count && !err; i++) {
		struct host_key source = { .addr = { 0, 0, htonl(0xffff), htonl(first + i) } };

		hints->until[host_hash(source.addr) & (BLOCK_HINTS - 1)] = ~0u;
		if (bpf_map_update_elem(stage_map_fd(s, "hr_blocks"), &source, &block, BPF_ANY))
			err = -errno;
	}
	if (!err && bpf_map_update_elem(stage_map_fd(s, "hr_block_hints"), &zero, hints, BPF_ANY))
		err = -errno;
	free(hints);
	s->settings.blocks_until_ns = ~0ull;
	s->settings.unblock_quiet_ns = 0;
	return err ? err : stage_put_settings(s);
}

static int nets_fill(struct stage *s, enum list list, bool ipv6, __u32 first, __u32 step, int bits, __u32 count)
{
	struct list_entry entry = { 0 };
	__u32 index = list_tables_index(list, s->settings.lists_in_use);
	bool is_hosts = bits == 32;
	int fd = table_make(s, is_hosts ? "hr_list_hosts" : "hr_list_nets", index, is_hosts, count), err = 0;
	struct list_hints *hints = mmap(NULL, sizeof(*hints), PROT_READ | PROT_WRITE, MAP_SHARED,
					stage_map_fd(s, "hr_list_hints"), index * sizeof(*hints));

	if (fd < 0 || hints == MAP_FAILED)
		return fd < 0 ? fd : -errno;
	for (__u32 i = 0; i < count && !err; i++) {
		struct list_key key = { .prefix_len = 96 + bits,
					.addr = { 0, 0, htonl(0xffff), htonl(first + i * step) } };

		if (ipv6) {
			key.addr[0] = htonl(PLAN_NET6);
			key.addr[2] = 0;
		}
		list_hints_add(hints, &key);
		err = bpf_map_update_elem(fd, is_hosts ? (void *)key.addr : &key, &entry, BPF_ANY);
	}
	munmap(hints, sizeof(*hints));
	close(fd);
	s->settings.lists_in_use |= 1u << list;
	if (is_hosts && list == LIST_BLOCK)
		s->settings.lists_in_use |= LISTS_BLOCK_ADDRESSES;
	s->settings.generation++;
	return err ? err : stage_put_settings(s);
}

int list_fill(struct stage *s, enum list list, __u32 first, __u32 step, int bits, __u32 count)
{
	return nets_fill(s, list, false, first, step, bits, count);
}

int list_fill_ipv6(struct stage *s, enum list list, __u32 first, __u32 step, int bits, __u32 count)
{
	return nets_fill(s, list, true, first, step, bits, count);
}
