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

/* What is read of a frame some time before its turn, so that what its turn will need can be on its way from memory. */
struct native_ahead {
	__u8 parsed; /* enum parsed */
	__u8 sender;
	bool is_flow;  /* of PARSED_FLOW; only then there is what follows but the packet */
	bool is_sure;  /* what was not captured of the frame changes nothing of this: it need not be parsed again */
	__u32 hash;    /* of the key, in the table of flows */
	__u32 set, tag; /* where a newcomer would be */
	struct packet packet;
	struct flow_key key;
};

/* An Ethernet frame. Up to `len` bytes can be read; those that nobody captured are zero. */
struct native_frame {
	unsigned char *data;
	__u32 len;
	__u64 time_ns;
	__u32 socket; /* that it is for: its state, BPF_TCP_ESTABLISHED or the like; 0: there is none. settings.end_host asks */
	const struct native_ahead *ahead; /* of this very frame; NULL: nobody looked */
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

/* Only these groups of features are built, the others of a vector stay zero: for who reads no others. At first all are. */
void native_groups_set(__u32 groups);

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
	__u64 question;		/* the same in a retry: sender, and TCP's sequence number or the others' length */
};

/*
 * Looks at a frame that comes soon, with what was captured of it, and brings closer what leads to its record; a few frames
 * later, the record itself. Nothing changes but the speed.
 */
void native_ahead_begin(struct native_ahead *out, const unsigned char *data, __u32 captured, __u32 len);
void native_ahead_end(const struct native_ahead *a);

void native_look(struct native_look *out, const struct native_frame *f);

/* The frame enters: returns its XDP action. Or it leaves: then it is only counted. */
int native_enter(const struct native_frame *f);
void native_leave(const struct native_frame *f);

/*
 * The record of a flow, NULL without one, and what is known of its hosts at `now_ns`. Changes nothing.
 */
struct flow *native_flow(const struct flow_key *key);
void native_features(struct features *out, const struct flow_record *record, __u64 now_ns, __u32 groups);

#define NATIVE_NO_PLACE 0xffffffffu
typedef void native_flow_visitor(void *context, __u32 place, const struct flow_key *key, const struct flow *f);

/*
 * Every flow that is known has a place of its own, below native_flow_places(); another has NATIVE_NO_PLACE. A visit is to those
 * on probation, too, that nothing leads to any more.
 */
__u32 native_flow_places(void);
__u32 native_flow_place(const struct flow_key *key);
void native_flows_visit(native_flow_visitor *visit, void *context);

__u64 native_counter(enum counter which);

/* A table (tables.h) by its map's name, NULL if there is no such map; and all of them, NULL behind the last. */
struct table *native_table_at(unsigned int n);
struct table *native_table_find(const char *name);

#endif
