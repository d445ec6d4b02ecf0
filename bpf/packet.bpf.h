/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* One packet on its way through the program, and the small things every step needs. */
#ifndef PACKET_BPF_H
#define PACKET_BPF_H

#include "maps.bpf.h"
#include "model_entry.h"

#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif

/*
 * `at`, reached by way of a word that was read before: what is read from there is read behind that word. Weakly ordered CPUs
 * keep two reads in order when the address of the second depends on the first; elsewhere it costs two cheap instructions.
 */
#define READ_BEHIND(word, at)                                                                                          \
	({                                                                                                             \
		__u64 none_ = 0;                                                                                       \
		MODEL_OPAQUE(none_); /* else nothing depends on the word */                                            \
		(typeof(at))((char *)(at) + ((word) & none_));                                                         \
	})

struct seen {
	struct packet pkt;
	struct flow_key key;
	__u64 now_ns;
	__u64 bytes;	   /* layer 3 */
	__u32 ifindex;
	__u16 wire_packets;
	__u8 sender;	   /* which end of the key sent it */
	__u8 direction;	   /* 0 from the initiator */
};

/* Two models at one checkpoint. */
struct duel {
	struct opinion opinion[ARM_COUNT];
	__u32 slot[ARM_COUNT]; /* of the models */
	__u32 since;	       /* settings.shadow_since */
	__u32 arm;	       /* who judges */
};

/* Where newcomer_seek() has looked, and what was there. */
struct newcomer_trace {
	__u32 set, tag; /* of the key */
	__u32 turn;	/* the set's, when it was looked through */
	__u32 pad;
};

#define NEWCOMER_LOOK_AGAIN (~0u) /* in the flow table */

/* Too big for the stack. Nothing interrupts the program on its CPU. */
struct scratch {
	struct model_call call; /* first: the code form of a model finds it there */
	struct duel duel;
	struct shadow_count count;
	struct flow flow;
	struct newcomer_trace trace;
	__u32 place, places_left; /* the next of this CPU's chunk of the ring of newcomers, as its cursor counts them */
	struct host host;
	struct host_view hosts;
	struct judging judging;
	struct alert alert;
	struct flow_key key;
	struct fragment_key fragment;
	struct packet inner;
	struct host_key source;
	struct source_block block;
	struct response response;
	struct policy policy;
	struct scope_margins margins;
	struct seen outer;
	__u32 groups; /* enum feature_group, or-ed: what call.vector[0] holds */
	__u32 one_way; /* settings.one_way */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} hr_scratch SEC(".maps");

static __always_inline struct scratch *scratch_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&hr_scratch, &zero);
}

/* What the coarse clock showed at a tick of the kernel's; `check` is both in one, so that halves of two writes are no pair. */
struct {
	__u64 now_ns;
	__u64 check;
} clock_held;

/*
 * The coarse clock, which moves with the tick: read once for each. To call the helper costs a packet of an established
 * flow a seventh of its time. The clock moves a little after the tick does: it may be held as it was, a tick late at most.
 */
static __always_inline __u64 clock_now(void)
{
	volatile __u64 *held = &clock_held.now_ns, *check = &clock_held.check;
	__u64 tick = bpf_jiffies64(), now_ns = *held;

	if (likely((now_ns ^ *check) == tick))
		return now_ns;
	now_ns = bpf_ktime_get_coarse_ns();
	if (*held != now_ns) {
		*held = now_ns;
		*check = now_ns ^ tick;
	}
	return now_ns;
}

/* The key for a map call in a VERIFIED_ONCE function: 6.1 takes it from no argument of such a function, 6.12 does. */
static __always_inline const struct flow_key *seen_key(const struct seen *s, struct scratch *scratch)
{
	scratch->key = s->key;
	return &scratch->key;
}

/* Behind settings_get(), which alone fills them in: small where it is needed again. */
static __always_inline struct settings *settings_held(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&hr_settings, &zero);
}

/* A program keeps the maps that it names: those of the agent, which nothing here looks at, are to live as long. */
static __always_inline void agent_maps_hold(void)
{
	asm volatile("" : : "r"(&hr_alerts_logged), "r"(&hr_agent));
}

static __always_inline struct settings *settings_get(void)
{
	struct settings *s = settings_held();

	if (s && unlikely(!s->generation)) {
		agent_maps_hold();
		settings_defaults(s);
		s->watched_since_ns = bpf_ktime_get_coarse_ns();
	}
	return s;
}

static __always_inline struct safety *safety_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&hr_safety, &zero);
}

static __always_inline void count_add(enum counter which, __u64 n)
{
	__u32 key = which;
	__u64 *c = bpf_map_lookup_elem(&hr_counters, &key);

	if (c)
		*c += n;
}

static __always_inline void count(enum counter which)
{
	count_add(which, 1);
}

#endif
