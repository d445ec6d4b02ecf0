/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The datapath on the host: the sources of the XDP program and of its egress companion, compiled for this machine and
 * fed with frames and a clock by hand. There is one in a process.
 */
#ifndef NATIVE_H
#define NATIVE_H

#include <stdbool.h>
#include <stdint.h>
#include "counters.h"
#include "secret.h"
#include "shadow.h"

extern const struct secret replay_secret; /* so that replays repeat, and those here and in the kernel agree */

#define NATIVE_IFINDEX 1 /* what BPF_PROG_TEST_RUN shows to a program, too */

/* An Ethernet frame. Up to `len` bytes can be read; those that nobody captured are zero. */
struct native_frame {
	unsigned char *data;
	__u32 len;
	__u64 time_ns;
	__u32 socket; /* that it is for: its state, BPF_TCP_ESTABLISHED or the like; 0: there is none. settings.end_host asks */
};

/* Room in the tables; 0: as in maps.bpf.h. */
struct native_sizes {
	unsigned long flows, sources, dests;
};

/* The events of the two rings, as soon as they are complete; event_size() tells how long one is. */
struct native_listener {
	void (*event)(void *context, const struct event *e);
	void (*snapshot)(void *context, const struct snapshot *s);
	void *context;
};

/* Returns 0, -ENOMEM or -EINVAL for a size. native_close() in either case. */
int native_open(const struct native_sizes *sizes, const struct native_listener *listener);
void native_close(void);

/* Forgets flows, hosts and counts; settings and model stay. */
void native_reset(void);

void native_settings_set(const struct settings *s);

/* NULL: none. */
void native_model_set(__u32 slot, const struct model *m);

/*
 * What a frame is, and what is known of its flow before it is counted. An ICMP error goes with the flow that it quotes,
 * as if the quoted packet's receiver had sent it.
 */
struct native_look {
	enum parsed parsed;
	struct flow_key key; /* and what follows: of PARSED_FLOW and PARSED_ICMP_ERROR */
	unsigned int sender;	/* the end of the key that the frame comes from */
	bool from_initiator;	/* also when the flow only begins with this frame */
};

/*
 * The record of a frame that comes soon is brought closer: begun some frames ahead with what was captured of it, ended
 * nearer. Nothing changes but the speed.
 */
__u32 native_fetch_begin(const unsigned char *data, __u32 captured, __u32 len);
void native_fetch_end(__u32 fetch);

void native_look(struct native_look *out, const struct native_frame *f);

/* The frame enters: returns its XDP action. Or it leaves: then it is only counted. */
int native_enter(const struct native_frame *f);
void native_leave(const struct native_frame *f);

/*
 * The record of a flow, NULL without one, and what is known of its hosts at `now_ns`. Changes nothing.
 */
struct flow *native_flow(const struct flow_key *key);
void native_features(struct features *out, const struct flow_record *record, __u64 now_ns, __u32 groups);

/* Every flow that native_flow() knows has a place of its own, below native_flow_places(). */
__u32 native_flow_places(void);
__u32 native_flow_place(const struct flow_key *key);
void native_flows_visit(void (*visit)(void *context, const struct flow_key *key, const struct flow *f), void *context);

__u64 native_counter(enum counter which);

/* A table (tables.h) by its map's name, NULL if there is no such map; and all of them, NULL behind the last. */
struct table *native_table_at(unsigned int n);
struct table *native_table_find(const char *name);

#endif
