/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The datapath as the agent holds it: the XDP program and its tables, adopted from an interface or loaded anew.
 *
 * Nothing here goes by path. A program keeps its tables alive and an interface keeps its program alive, so whoever
 * knows the interface finds everything, whether `ip link` attached the program or we did.
 */
#ifndef DATAPATH_H
#define DATAPATH_H

#include <stdbool.h>
#include <linux/types.h>
#include "agent_state.h"
#include "blocked.h"
#include "event.h"
#include "fragment.h"
#include "newcomer.h"
#include "retry.h"
#include "shadow.h"

#define DATAPATH_ANY_SIZE (~0u) /* the program's own affair */

/* X(ID, name of the map, key bytes, value bytes) */
#define DATAPATH_MAPS(X)                                                                                               \
	X(FLOWS, "hr_flows", sizeof(struct flow_key), sizeof(struct flow))                                       \
	X(NEWCOMERS, "hr_newcomers", sizeof(__u32), sizeof(struct newcomer))                                     \
	X(NEWCOMER_SETS, "hr_newcomer_sets", sizeof(__u32), sizeof(struct newcomer_set))                         \
	X(PROBATION, "hr_probation", sizeof(__u32), sizeof(struct probation))                                    \
	X(SECRET, "hr_secret", sizeof(__u32), sizeof(struct secret))                                             \
	X(RETRIES, "hr_retries", sizeof(__u32), sizeof(struct retry_page))                                       \
	X(SOURCES, "hr_sources", sizeof(struct host_key), sizeof(struct host))                                   \
	X(DESTS, "hr_dests", sizeof(struct host_key), sizeof(struct host))                                       \
	X(SIGHTINGS, "hr_sightings", sizeof(__u32), sizeof(struct host_sighting))                                \
	X(MODELS, "hr_models", sizeof(__u32), sizeof(struct model))                                              \
	X(SETTINGS, "hr_settings", sizeof(__u32), sizeof(struct settings))                                       \
	X(SAFETY, "hr_safety", sizeof(__u32), sizeof(struct safety))                                             \
	X(SCOPES, "hr_scopes", sizeof(__u32), sizeof(struct scopes))                                             \
	X(HARMED, "hr_harmed", sizeof(__u32), sizeof(__u64))                                                     \
	X(BLOCKS, "hr_blocks", sizeof(struct host_key), sizeof(struct source_block))                             \
	X(BLOCK_HINTS, "hr_block_hints", sizeof(__u32), sizeof(struct block_hints))                              \
	X(OFFENCES, "hr_offences", sizeof(__u32), sizeof(struct offences))                                       \
	X(LIMITS, "hr_limits", sizeof(__u32), sizeof(__u64))                                                     \
	X(COUNTERS, "hr_counters", sizeof(__u32), sizeof(__u64))                                                 \
	X(LIST_HOSTS, "hr_list_hosts", sizeof(__u32), sizeof(__u32))                                             \
	X(LIST_NETS, "hr_list_nets", sizeof(__u32), sizeof(__u32))                                               \
	X(LIST_HINTS, "hr_list_hints", sizeof(__u32), sizeof(struct list_hints))                                 \
	X(BLOCKED, "hr_blocked", sizeof(__u32), sizeof(struct blocked_set))                                      \
	X(BLOCK_FLOWS, "hr_block_flows", sizeof(struct flow_key), sizeof(struct list_entry))                     \
	X(VERDICTS, "hr_verdicts", sizeof(struct flow_key), sizeof(struct agent_verdict))                        \
	X(FRAGMENTS, "hr_fragments", sizeof(struct fragment_key), sizeof(struct fragment_ports))                  \
	X(ALERTS, "hr_alerts", sizeof(struct alert_key), sizeof(struct alert))                                   \
	X(SHADOW, "hr_shadow", sizeof(struct shadow_key), sizeof(struct shadow_count))                           \
	X(EVENTS, "hr_events", 0, 0)                                                                             \
	X(SNAPSHOTS, "hr_snapshots", 0, 0)                                                                       \
	X(CODES, "hr_codes", sizeof(__u32), sizeof(__u32))                                                       \
	X(SCRATCH, "hr_scratch", sizeof(__u32), DATAPATH_ANY_SIZE)                                               \
	X(BUDGET, "hr_budget", sizeof(__u32), DATAPATH_ANY_SIZE)                                                \
	X(ALERTS_LOGGED, "hr_alerts_logged", sizeof(struct alert_key), sizeof(struct alert_logged))             \
	X(AGENT, "hr_agent", sizeof(__u32), sizeof(struct agent_state))

enum datapath_map {
#define X(id, ...) DATAPATH_##id,
	DATAPATH_MAPS(X)
#undef X
	DATAPATH_MAP_COUNT
};

struct datapath {
	int xdp_prog;			/* fd */
	__u32 xdp_id;			/* of the program: what interfaces report */
	bool frags;			/* the program is the one for frames of more than one buffer */
	bool extension;			/* the program stands under a dispatcher (dispatcher.h); it has no map CODES */
	__u64 loaded_ns;		/* CLOCK_BOOTTIME at which the program was loaded */
	int map[DATAPATH_MAP_COUNT];	/* fds */
	__u32 map_id[DATAPATH_MAP_COUNT];
	__u32 max_entries[DATAPATH_MAP_COUNT];
	char instance[INSTANCE_NAME_SIZE];
};

#define DATAPATH_PROGRAM_MAPS_MAX 64 /* of one program, as far as we look */

#define DATAPATH_ENTRIES_MAX (1u << 28)

/* Table sizes of a datapath that is loaded, at most DATAPATH_ENTRIES_MAX; 0: as in maps.bpf.h. */
struct datapath_sizes {
	unsigned long flows, sources, dests;
};

/* What a struct datapath holds before it holds anything. */
struct datapath datapath_none(void);

/*
 * All of these return 0 or a negative errno after one logged line. *dp is written on success only, and closed by
 * datapath_close(), which accepts what datapath_none() returns. Closing ends nothing: interfaces keep what is attached to them.
 */

/*
 * Loads program and tables; `instance` ("" is the default one, shorter than INSTANCE_NAME_SIZE) tells them from others.
 * `frags`: the program for frames of more than one buffer.
 */
int datapath_load(struct datapath *dp, const struct datapath_sizes *sizes, const char *instance, bool frags);

struct bpf_map;

/* Before it is loaded, has a map of an object stand for the datapath's of that name, if any. 0 or a negative errno. */
int datapath_map_reuse(const struct datapath *dp, struct bpf_map *map);

/* Takes over a program by descriptor, which is the datapath's from then on. `what` names it in messages. */
int datapath_take(struct datapath *dp, int prog_fd, const char *what);

void datapath_close(struct datapath *dp);

/* The struct agent_state of the datapath. The first writes, the second reads; both 0 or a negative errno, neither logs. */
int agent_state_write(const struct datapath *dp, const struct agent_state *state);
int agent_state_read(const struct datapath *dp, struct agent_state *state);

/* The lock under which anything about any datapath is changed: a descriptor to close, or a negative errno. */
int datapath_lock(void);

/* True when the program with this id uses the flow table of this datapath. */
bool datapath_has_program(const struct datapath *dp, __u32 program_id);

/* strerror() for what BPF calls return, with advice where there is some. */
const char *datapath_strerror(int err);

/* The map's own name. */
const char *datapath_map_name(enum datapath_map map);

/* Sets libbpf's own messages to our log level (-v shows them). Called once, by main(). */
void datapath_log_libbpf(void);

#endif
