/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Every map, its pin name and its size. Sizes are defaults: the agent can raise them where it loads the object itself.
 */
#ifndef MAPS_BPF_H
#define MAPS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "agent_state.h"
#include "blocked.h"
#include "counters.h"
#include "event.h"
#include "fragment.h"
#include "newcomer.h"
#include "retry.h"
#include "shadow.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 262144);
	__type(key, struct flow_key);
	__type(value, struct flow);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_flows SEC(".maps");

/* The ring of newcomers. The agent reads it in place. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NEWCOMERS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct newcomer);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_newcomers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NEWCOMER_SETS);
	__type(key, __u32);
	__type(value, struct newcomer_set);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_newcomer_sets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct probation);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_probation SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct secret);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_secret SEC(".maps");

/* The marks of what was dropped once, both windows. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RETRY_PAGES);
	__type(key, __u32);
	__type(value, struct retry_page);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_retries SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct host_key);
	__type(value, struct host);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_sources SEC(".maps");

/* A map of its own: invented sources cannot wash out what we know of the addresses they are sent to. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct host_key);
	__type(value, struct host);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_dests SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HOST_SIGHTINGS);
	__type(key, __u32);
	__type(value, struct host_sighting);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_sightings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MODEL_SLOTS);
	__type(key, __u32);
	__type(value, struct model);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_models SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct settings);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct safety);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_safety SEC(".maps");

#define SCOPE_TABLES 2 /* one in force, one to be written */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SCOPE_TABLES);
	__type(key, __u32);
	__type(value, struct scopes);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_scopes SEC(".maps");

/* Sources that the model's policy blocks: what the operator blocks is in the lists. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct host_key);
	__type(value, struct source_block);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_blocks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct block_hints);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_block_hints SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, OFFENCE_SLOTS);
	__type(key, __u32);
	__type(value, struct offences);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_offences SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LIMIT_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_limits SEC(".maps");

/* The sources that the breaker has counted: epoch and hash. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HARMED_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_harmed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTER_COUNT);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_counters SEC(".maps");

/* The lists, see list.h: inner tables at list_tables_index(), made by the agent; empty slots are empty lists. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, LIST_TABLES);
	__type(key, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_HASH);
		__uint(max_entries, 1);
		__uint(map_flags, BPF_F_NO_PREALLOC);
		__uint(key_size, sizeof(struct list_address)); /* not by type: nothing else brings it into the BTF */
		__uint(value_size, sizeof(struct list_entry));
	});
} hr_list_hosts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, LIST_TABLES);
	__type(key, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_LPM_TRIE);
		__uint(max_entries, 1);
		__uint(map_flags, BPF_F_NO_PREALLOC);
		__uint(key_size, sizeof(struct list_key));
		__uint(value_size, sizeof(struct list_entry));
	});
} hr_list_nets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LIST_TABLES);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct list_hints);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_list_hints SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BLOCKED_SETS);
	__type(key, __u32);
	__type(value, struct blocked_set);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_blocked SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct flow_key);
	__type(value, struct list_entry);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_block_flows SEC(".maps");

/* Verdicts of the agent's engine, by flow. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct flow_key);
	__type(value, struct agent_verdict);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_verdicts SEC(".maps");

/* First fragments of datagrams on their way. A flood of them only sends later ones to the flow without ports. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct fragment_key);
	__type(value, struct fragment_ports);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_fragments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct alert_key);
	__type(value, struct alert);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_alerts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct alert_key);
	__type(value, struct alert_logged);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_alerts_logged SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct agent_state);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_agent SEC(".maps");

/* What two models said of the same vectors. As many kinds of that as two models of some classes each can have. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct shadow_key);
	__type(value, struct shadow_count);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_shadow SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_snapshots SEC(".maps");

#endif
