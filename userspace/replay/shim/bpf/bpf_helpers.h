/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands in for libbpf's header of this name where the datapath is compiled for the host: the same macros and helpers,
 * served by tables.h. A helper that the datapath comes to use and that is not here is an error of the compiler.
 */
#ifndef REPLAY_BPF_HELPERS_H
#define REPLAY_BPF_HELPERS_H

#include <errno.h>
#include <linux/bpf.h>
#include <linux/tcp.h>
#include "tables.h"

#define SEC(name)
#define LIBBPF_PIN_BY_NAME 1 /* of no consequence here */
#define __uint(name, value) int (*name)[value]
#define __array(name, of) void **value; typeof(of) *name[]
#define __type(name, value) typeof(value) *name
#define barrier() asm volatile("" ::: "memory")

/* The contexts with pointers of the host's size; the fields that the datapath reads. */
struct native_xdp_md {
	unsigned long data, data_end;
	__u32 ingress_ifindex;
};

struct native_sk_buff {
	unsigned long data, data_end;
	__u32 len, ifindex;
	__u32 vlan_present, vlan_tci;
	__u32 gso_segs, wire_len;
};

/* One thread, one datapath: what the kernel does in one step for the other CPUs' sake needs no such step here. */
#define native_exchange(at, value)                                                                                     \
	({                                                                                                             \
		typeof(*(at)) native_was = *(at);                                                                      \
		*(at) = (value);                                                                                       \
		native_was;                                                                                            \
	})
#define __sync_fetch_and_add(at, much) native_exchange(at, native_was + (much))
#define __sync_fetch_and_or(at, bits) native_exchange(at, native_was | (bits))
#define __sync_fetch_and_and(at, bits) native_exchange(at, native_was & (bits))
#define __sync_lock_test_and_set(at, value) native_exchange(at, value)
#define __sync_val_compare_and_swap(at, from, to) native_exchange(at, native_was == (from) ? (to) : native_was)

#define xdp_md native_xdp_md
#define __sk_buff native_sk_buff

extern __u64 native_now_ns;
extern struct bpf_sock native_socket;
void *native_ring_reserve(struct table *ring, __u64 size);
void native_ring_submit(void *record);

/* The first pointer of a map's definition, of no use on the host, leads to its table. */
static inline struct table *native_table(const void *map)
{
	struct table *t;

	__builtin_memcpy(&t, map, sizeof(t));
	return t;
}

/* What the definition of a map tells, numbers being sizes of arrays; where the map is passed on as a pointer to anything, nothing. */
struct native_unknown {
	int (*type)[0];
	int (*max_entries)[0];
	char *key, *value;
};

#define native_map(map)                                                                                                \
	_Generic((map), void *: (struct native_unknown *)NULL, const void *: (struct native_unknown *)NULL, default: (map))
#define native_number(map, field) (sizeof(*native_map(map)->field) / sizeof((*native_map(map)->field)[0]))
#define native_is_array(type) ((type) == BPF_MAP_TYPE_ARRAY || (type) == BPF_MAP_TYPE_PERCPU_ARRAY)

/* The value of an array's definition, of no use on the host either, is where its values are: NULL while it is not open. */
static inline char *native_values(const void *value)
{
	char *values;

	__builtin_memcpy(&values, value, sizeof(values));
	return values;
}

#define native_is_hash(type) ((type) == BPF_MAP_TYPE_HASH || (type) == BPF_MAP_TYPE_LRU_HASH)

/* An array is asked as one of C, a hash table by the size of its keys; what else a map may be, the table knows. */
#define bpf_map_lookup_elem(map, of)                                                                                   \
	(native_is_array(native_number(map, type)) ?                                                                   \
		 native_array_at(&native_map(map)->value, of, native_number(map, max_entries), sizeof(*native_map(map)->value)) : \
	 native_is_hash(native_number(map, type)) ?                                                                    \
		 table_lookup_sized(native_table(map), of, sizeof(*native_map(map)->key)) :                            \
		 table_lookup(native_table(map), of))

static inline void *native_array_at(const void *value, const void *key, __u32 entries, size_t size)
{
	char *values = native_values(value);
	__u32 at = *(const __u32 *)key;

	return at < entries && values ? values + size * at : NULL;
}

static inline long bpf_map_update_elem(const void *map, const void *key, const void *value, __u64 flags)
{
	return table_update(native_table(map), key, value, flags);
}

static inline long bpf_map_delete_elem(const void *map, const void *key)
{
	return table_delete(native_table(map), key);
}

static inline void *bpf_ringbuf_reserve(const void *ring, __u64 size, __u64 flags)
{
	(void)flags;
	return native_ring_reserve(native_table(ring), size);
}

static inline void bpf_ringbuf_submit(void *record, __u64 flags)
{
	(void)flags;
	native_ring_submit(record);
}

/* What is submitted is taken at once: there is always room. */
static inline __u64 bpf_ringbuf_query(const void *ring, __u64 flags)
{
	return flags == BPF_RB_AVAIL_DATA ? 0 : native_table(ring)->entries;
}

static inline __u64 bpf_ktime_get_coarse_ns(void)
{
	return native_now_ns;
}

static inline __u64 bpf_ktime_get_ns(void)
{
	return native_now_ns;
}

/* A tick of its own for each packet. */
static inline __u64 bpf_jiffies64(void)
{
	return native_now_ns;
}

/* Not asked: a replay gives its secret. */
static inline __u32 bpf_get_prandom_u32(void)
{
	return 1;
}

/* The socket that the frame says it is for; without a state there is none. */
static inline struct bpf_sock *bpf_skc_lookup_tcp(void *ctx, struct bpf_sock_tuple *tuple, __u32 size, __u64 netns, __u64 flags)
{
	(void)ctx, (void)tuple, (void)size, (void)netns, (void)flags;
	return native_socket.state ? &native_socket : NULL;
}

#define bpf_sk_lookup_udp bpf_skc_lookup_tcp

static inline long bpf_sk_release(void *socket)
{
	(void)socket;
	return 0;
}

/* A capture does not tell which numbers a listener would know again. */
static inline long bpf_tcp_check_syncookie(void *listener, void *ip, __u32 ip_len, struct tcphdr *tcp, __u32 tcp_len)
{
	(void)listener, (void)ip, (void)ip_len, (void)tcp, (void)tcp_len;
	return -ENOENT;
}

static inline __u64 bpf_xdp_get_buff_len(const struct native_xdp_md *ctx)
{
	return ctx->data_end - ctx->data;
}

static inline long bpf_loop(__u32 rounds, long (*step)(__u32 round, void *context), void *context, __u64 flags)
{
	__u32 i = 0;

	(void)flags;
	while (i < rounds && !step(i++, context))
		;
	return i;
}

/* All of a frame is at hand already. */
static inline long bpf_skb_pull_data(const void *skb, __u32 len)
{
	(void)skb;
	(void)len;
	return 0;
}

#endif
