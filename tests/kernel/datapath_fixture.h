/* SPDX-License-Identifier: BSD-2-Clause */
/* The real XDP object, loaded with maps of its own (no pins) and fed by BPF_PROG_TEST_RUN. */
#ifndef DATAPATH_FIXTURE_H
#define DATAPATH_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "counters.h"
#include "agent_state.h"
#include "event.h"
#include "fragment.h"
#include "list_hints.h"
#include "newcomer.h"
#include "packets.h"
#include "retry.h"
#include "shadow.h"
#include "bpf/hedgerow.skel.h"

static struct hedgerow_bpf *skel;

/* Set by tests that also ask for the program of large frames: it takes the verifier as long as the other. */
static bool frags_too;

static inline int map_fd(const char *name)
{
	return bpf_object__find_map_fd_by_name(skel->obj, name);
}

/* Arrays that a reset clears. They are many elements, so it writes them in memory and not one by one. */
static const char *const arrays_cleared[] = { "hr_offences", "hr_limits", "hr_block_hints", "hr_secret", "hr_retries",
					      "hr_sightings", "hr_agent", "hr_models", "hr_blocked", "hr_newcomer_sets" };
#define ARRAYS_CLEARED (sizeof(arrays_cleared) / sizeof(*arrays_cleared))
static void *array_memory[ARRAYS_CLEARED]; /* from the first reset on */

static inline int arrays_map_to_memory(void)
{
	int err = 0;

	for (size_t i = 0; i < ARRAYS_CLEARED && !err; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(skel->obj, arrays_cleared[i]);

		err = bpf_map__set_map_flags(map, bpf_map__map_flags(map) | BPF_F_MMAPABLE);
	}
	return err;
}

static inline int datapath_load(void **state)
{
	struct bpf_map *map;

	(void)state;
	if (geteuid()) {
		print_message("skip: needs root\n");
		return 0;
	}
	skel = hedgerow_bpf__open();
	if (!skel)
		return -1;
	bpf_object__for_each_map(map, skel->obj)
		bpf_map__set_pin_path(map, NULL);
	bpf_program__set_autoload(skel->progs.hedgerow_frags, frags_too);
	return arrays_map_to_memory() ?: hedgerow_bpf__load(skel);
}

static inline int datapath_unload(void **state)
{
	(void)state;
	hedgerow_bpf__destroy(skel);
	skel = NULL;
	memset(array_memory, 0, sizeof(array_memory));
	return 0;
}

/* The first line of every test: without the program there is nothing to test. */
#define NEEDS_ROOT()                                                                                                   \
	do {                                                                                                           \
		if (!skel)                                                                                             \
			skip();                                                                                        \
	} while (0)

static inline struct settings settings_read(void)
{
	struct settings s = { 0 };
	__u32 zero = 0;

	assert_int_equal(bpf_map_lookup_elem(map_fd("hr_settings"), &zero, &s), 0);
	if (!s.generation)
		settings_defaults(&s);
	return s;
}

static inline void settings_write(struct settings *s, bool void_verdicts)
{
	__u32 zero = 0;

	s->generation++;
	if (void_verdicts)
		s->voided_at = s->generation;
	assert_int_equal(bpf_map_update_elem(map_fd("hr_settings"), &zero, s, BPF_ANY), 0);
}

static inline void mode_set(enum mode mode)
{
	struct settings s = settings_read();

	s.mode = mode;
	settings_write(&s, true);
}

/* Returns the XDP action. */
static inline int frame_send(const struct frame *f)
{
	unsigned char padded[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = f->data, .data_size_in = f->len);

	if (f->len < ETH_HLEN + 1) { /* the call refuses shorter ones */
		memcpy(padded, f->data, f->len);
		run.data_in = padded;
		run.data_size_in = ETH_HLEN + 1;
	}
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.hedgerow_xdp), &run), 0);
	return run.retval;
}

static inline __u64 counter(enum counter which)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *values = calloc(cpus, sizeof(*values)), sum = 0;
	__u32 key = which;

	assert_int_equal(bpf_map_lookup_elem(map_fd("hr_counters"), &key, values), 0);
	for (int i = 0; i < cpus; i++)
		sum += values[i];
	free(values);
	return sum;
}

static inline void map_clear(const char *name, size_t key_size)
{
	char key[64];

	assert_true(key_size <= sizeof(key));
	while (!bpf_map_get_next_key(map_fd(name), NULL, key))
		assert_int_equal(bpf_map_delete_elem(map_fd(name), key), 0);
}

struct ring_catch {
	void *into;
	size_t size;
	int count;
};

static inline int ring_take(void *context, void *data, size_t size)
{
	struct ring_catch *c = context;

	if (c->into && size >= c->size)
		memcpy(c->into, data, c->size);
	c->count++;
	return 0;
}

/* Empties a ring. Returns how many events were in it; the last of them is copied to `last`, which may be NULL. */
static inline int ring_drain(const char *map, void *last, size_t size)
{
	struct ring_catch c = { .into = last, .size = size };
	struct ring_buffer *ring = ring_buffer__new(map_fd(map), ring_take, &c, NULL);

	assert_non_null(ring);
	ring_buffer__consume(ring);
	ring_buffer__free(ring);
	return c.count;
}

static inline void array_zero(size_t which)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(skel->obj, arrays_cleared[which]);
	size_t size = (size_t)bpf_map__max_entries(map) * bpf_map__value_size(map);
	void **at = &array_memory[which];

	if (!*at) {
		*at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
		assert_true(bpf_map__value_size(map) % 8 == 0 && *at != MAP_FAILED);
	}
	memset(*at, 0, size);
}

static inline void lists_clear(void)
{
	for (__u32 i = 0; i < LIST_TABLES; i++) {
		bpf_map_delete_elem(map_fd("hr_list_hosts"), &i);
		bpf_map_delete_elem(map_fd("hr_list_nets"), &i);
	}
}

/* The inner table at `index`, made if there is none: an fd to close. */
static inline int list_table_open(const char *outer, __u32 index)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);
	bool is_hosts = !strcmp(outer, "hr_list_hosts");
	__u32 id;
	int fd;

	if (!bpf_map_lookup_elem(map_fd(outer), &index, &id))
		return bpf_map_get_fd_by_id(id);
	fd = bpf_map_create(is_hosts ? BPF_MAP_TYPE_HASH : BPF_MAP_TYPE_LPM_TRIE, "test",
			    is_hosts ? sizeof(struct list_address) : sizeof(struct list_key), sizeof(struct list_entry),
			    200000, &options);
	assert_true(fd >= 0);
	assert_int_equal(bpf_map_update_elem(map_fd(outer), &index, &fd, BPF_ANY), 0);
	return fd;
}

/* Puts an entry on a list, as the agent does, at `index` (list_tables_index). */
static inline void list_key_put_at(__u32 index, struct list_key key, __u64 expires_ns)
{
	struct list_entry entry = { .expires_ns = expires_ns, .prefix_len = key.prefix_len };
	int fd = list_table_open(key.prefix_len == 128 ? "hr_list_hosts" : "hr_list_nets", index);
	struct list_hints *hints = mmap(NULL, sizeof(*hints), PROT_READ | PROT_WRITE, MAP_SHARED,
					map_fd("hr_list_hints"), index * sizeof(*hints));

	assert_ptr_not_equal(hints, MAP_FAILED);
	list_hints_add(hints, &key);
	munmap(hints, sizeof(*hints));
	assert_int_equal(bpf_map_update_elem(fd, key.prefix_len == 128 ? (void *)key.addr : &key, &entry, BPF_ANY), 0);
	close(fd);
}

static inline struct list_key list_key_ipv4(const char *addr, int bits)
{
	return (struct list_key){ .prefix_len = 96 + bits, .addr = { 0, 0, htonl(0xffff), inet_addr(addr) } };
}

static inline struct list_key list_key_ipv6(const char *addr, int bits)
{
	struct list_key key = { .prefix_len = bits };

	assert_int_equal(inet_pton(AF_INET6, addr, key.addr), 1);
	return key;
}

static inline void list_put_at(__u32 index, const char *addr, int bits, __u64 expires_ns)
{
	list_key_put_at(index, list_key_ipv4(addr, bits), expires_ns);
}

/* The same into the tables in force, and tells the kernel. */
static inline void list_key_put(enum list list, struct list_key key, __u64 expires_ns)
{
	struct settings s = settings_read();

	list_key_put_at(list_tables_index(list, s.lists_in_use), key, expires_ns);
	s.lists_in_use |= 1u << list;
	if (list == LIST_BLOCK && key.prefix_len == 128)
		s.lists_in_use |= LISTS_BLOCK_ADDRESSES;
	settings_write(&s, false);
}

static inline void list_put(enum list list, const char *addr, int bits, __u64 expires_ns)
{
	list_key_put(list, list_key_ipv4(addr, bits), expires_ns);
}

/* The entry of an IPv4 address on a list. */
static inline bool list_entry_find(enum list list, const char *addr, struct list_entry *out)
{
	struct list_address key = { .addr = { 0, 0, htonl(0xffff), inet_addr(addr) } };
	struct settings s = settings_read();
	int fd = list_table_open("hr_list_hosts", list_tables_index(list, s.lists_in_use));
	int err = bpf_map_lookup_elem(fd, &key, out);

	close(fd);
	return !err;
}

/* The ring of newcomers, as the agent sees it. */
static inline struct newcomer *newcomers_map(void)
{
	static struct newcomer *at;
	static int mapped_fd = -1;

	if (mapped_fd != map_fd("hr_newcomers")) {
		mapped_fd = map_fd("hr_newcomers");
		at = mmap(NULL, NEWCOMERS * sizeof(*at), PROT_READ | PROT_WRITE, MAP_SHARED, mapped_fd, 0);
		assert_true(at != MAP_FAILED);
	}
	return at;
}

/* Most places were never written: their states say so. */
static inline void flows_clear(void)
{
	struct newcomer *places = newcomers_map();

	map_clear("hr_flows", sizeof(struct flow_key));
	for (__u32 i = 0; i < NEWCOMERS; i++)
		if (places[i].state)
			memset(&places[i], 0, sizeof(places[i]));
}

/* An address as destinations are remembered, with what a flood of SYNs from invented addresses leaves there. */
static inline void crowd_put(const char *addr)
{
	struct host_key key = { .addr = { 0, 0, htonl(0xffff), inet_addr(addr) } };
	struct host h = { 0 };
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	for (int horizon = 0; horizon < HOST_HORIZONS; horizon++) {
		struct host_window *w = host_window_now(&h, horizon, t.tv_sec * SECOND_NS + t.tv_nsec);

		w->flows = w->syns = 1000;
		w->peers = ~0ull;
	}
	assert_int_equal(bpf_map_update_elem(map_fd("hr_dests"), &key, &h, BPF_ANY), 0);
}

/* Back to an empty datapath: monitor mode, no model, no flows, hosts, lists, alerts; counters at zero. */
static inline int datapath_reset(void **state)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *zeros = calloc(cpus, sizeof(*zeros));
	struct settings s = { 0 };
	__u32 zero = 0;

	(void)state;
	if (!skel)
		return 0;
	flows_clear();
	map_clear("hr_sources", sizeof(struct host_key));
	map_clear("hr_dests", sizeof(struct host_key));
	map_clear("hr_verdicts", sizeof(struct flow_key));
	map_clear("hr_fragments", sizeof(struct fragment_key));
	map_clear("hr_alerts", sizeof(struct alert_key));
	map_clear("hr_shadow", sizeof(struct shadow_key));
	map_clear("hr_block_flows", sizeof(struct flow_key));
	map_clear("hr_blocks", sizeof(struct host_key));
	for (size_t i = 0; i < ARRAYS_CLEARED; i++) /* the secret among them: each test draws its own */
		array_zero(i);
	lists_clear();
	for (__u32 i = 0; i < COUNTER_COUNT; i++)
		bpf_map_update_elem(map_fd("hr_counters"), &i, zeros, BPF_ANY);
	for (__u32 i = 0; i < MODEL_SLOTS; i++)
		bpf_map_delete_elem(map_fd("hr_codes"), &i);
	settings_defaults(&s); /* without a warm-up: nobody has begun to watch */
	bpf_map_update_elem(map_fd("hr_settings"), &zero, &s, BPF_ANY);
	free(zeros);
	ring_drain("hr_events", NULL, 0);
	ring_drain("hr_snapshots", NULL, 0);
	return 0;
}

static inline struct flow_key frame_key(const struct frame *f, int *sender)
{
	struct flow_key key = { 0 };
	struct packet pkt = { 0 };

	assert_true(packet_parse(&pkt, (void *)f->data, (void *)f->data + f->len, f->len) <= PARSED_TUNNEL);
	*sender = flow_key_from_packet(&key, &pkt);
	return key;
}

static inline bool newcomer_is_here(const struct newcomer *n)
{
	return (n->state & NEWCOMER_STATE) == NEWCOMER_HERE;
}

/* Under the secret that the first packet drew. */
static inline __u32 newcomer_set_of_key(const struct flow_key *key)
{
	struct secret secret;
	__u32 zero = 0;

	assert_int_equal(bpf_map_lookup_elem(map_fd("hr_secret"), &zero, &secret), 0);
	return newcomer_set_of(secret_hash(&secret, key, 0));
}

static inline bool newcomer_find(const struct flow_key *key, struct flow *out)
{
	__u32 index = newcomer_set_of_key(key);
	struct newcomer_set set;

	assert_int_equal(bpf_map_lookup_elem(map_fd("hr_newcomer_sets"), &index, &set), 0);
	for (int way = 0; way < NEWCOMER_WAYS; way++) {
		const struct newcomer *n = &newcomers_map()[set.way[way] & (NEWCOMERS - 1)];

		if (!newcomer_is_here(n) || !flow_key_is_same(&n->key, key))
			continue;
		*out = n->flow;
		return true;
	}
	return false;
}

/* The record of the flow that a frame belongs to, in the flow table or on probation. */
static inline bool flow_find(const struct frame *f, struct flow *out)
{
	int sender;
	struct flow_key key = frame_key(f, &sender);

	return !bpf_map_lookup_elem(map_fd("hr_flows"), &key, out) || newcomer_find(&key, out);
}

static inline bool host_find(const char *map, const char *addr, struct host *out)
{
	struct host_key key = { .addr = { 0, 0, htonl(0xffff), inet_addr(addr) } };

	return !bpf_map_lookup_elem(map_fd(map), &key, out);
}

/* A model of one tree with one split: `below` when the feature is less than cut, else `above`. Thresholds 100 and 200. */
static inline struct model *model_stump(__u32 id, enum feature_id feature, __u32 cut, __s32 below, __s32 above)
{
	struct model *m = calloc(1, sizeof(*m));

	m->id = id;
	m->depth = 1;
	m->tree_count = m->group_count = m->class_count = 1;
	m->policy = (struct policy){ .log_at = 100, .drop_at = 200 };
	m->node[model_cell(1, 0, 1)] = (struct model_node){ .cut = cut, .feature = feature };
	m->leaf[model_cell(1, 0, 3 - 2)] = below;
	m->leaf[model_cell(1, 0, 2 - 2)] = above;
	return m;
}

/* Puts a model in force, as the agent does: an idle slot, then the switch. Frees it. */
static inline void model_enforce(struct model *m)
{
	struct settings s = settings_read();
	__u32 slot = (s.model_slot + 1) % MODEL_SLOTS;

	assert_int_equal(bpf_map_update_elem(map_fd("hr_models"), &slot, m, BPF_ANY), 0);
	s.model_slot = slot;
	settings_write(&s, true);
	free(m);
}

#endif
