/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Flow records in their table, the same for packets that enter and packets that leave. */
#ifndef TRACK_BPF_H
#define TRACK_BPF_H

#include "hosts.bpf.h"
#include "look.bpf.h"
#include "tell.bpf.h"

/* Tells both hosts what a packet is in the life of its flow; and the bytes of a flow that closes, if they know of it. */
static __always_inline void flow_events_tell(const struct seen *s, struct flow *f, __u32 events)
{
	if (events & FLOW_CLOSING && f->bytes_told[0])
		hosts_tell_bytes(s, f);
	events = flow_events_claim(f, events & ~FLOW_CLOSING);
	if (events)
		hosts_add_events(s, f, events);
}

/* Counts the packet and passes on to both hosts what it is in the life of the flow. Returns flow_add()'s count. */
static __always_inline __u64 flow_track(const struct seen *s, struct flow *f)
{
	__u32 events;
	__u64 count_now = flow_add(f, &s->pkt, s->direction, s->wire_packets, s->bytes, s->now_ns, &events);

	if (unlikely(events))
		flow_events_tell(s, f, events);
	return count_now;
}

/* True when the packet begins another flow of the same key: the record's time is over, or it was closed. */
static __always_inline int flow_is_over(const struct seen *s, const struct settings *settings, const struct flow *f)
{
	if ((s->pkt.tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && flow_is_closed(f))
		return 1;
	return s->now_ns - f->last_ns >= SECOND_NS && flow_has_ended(settings, f, s->key.l4_proto, s->now_ns);
}

/* Takes what was counted out of the record: a packet of another CPU is either in what is taken, or stays. */
static __always_inline void flow_counts_take(struct flow *to, struct flow *from)
{
	*to = *from;
	for (int i = 0; i < 2; i++) {
		to->packets[i] = __sync_lock_test_and_set(&from->packets[i], 0);
		to->bytes[i] = __sync_lock_test_and_set(&from->bytes[i], 0);
		to->bytes_told[i] = __sync_lock_test_and_set(&from->bytes_told[i], 0);
	}
	to->dropped = __sync_lock_test_and_set(&from->dropped, 0);
}

/* Writes everything but the counts. */
static __always_inline void flow_begin_in_place(struct flow *f, const struct flow *first)
{
	const __u32 head = __builtin_offsetof(struct flow, last_ns), dropped = __builtin_offsetof(struct flow, dropped),
		    told = __builtin_offsetof(struct flow, bytes_told), life = __builtin_offsetof(struct flow, life);

	__builtin_memcpy((char *)f + head, (const char *)first + head, dropped - head);
	__builtin_memcpy((char *)f + told, (const char *)first + told, life - told);
}

/*
 * Tells the old flow's last state and begins the new one in its record. Of several CPUs that find the flow over, one
 * does so; the packets of the others are counted to the old flow or to the new one, each once.
 */
VERIFIED_ONCE int flow_restart(const struct seen *s, const struct settings *settings, struct flow *f)
{
	struct scratch *scratch = scratch_get();
	__u32 life;

	if (!s || !settings || !f || !scratch)
		return 0;
	life = f->life;
	if (life & 1 || __sync_val_compare_and_swap(&f->life, life, life + 1) != life)
		return 0;
	if (flow_is_over(s, settings, f)) { /* still: another CPU may just have been here */
		flow_counts_take(&scratch->flow, f);
		if (host_epoch(HOST_LONG, s->now_ns) - host_epoch(HOST_LONG, scratch->flow.last_ns) <= 1) /* else they are of no window */
			hosts_tell_bytes(s, &scratch->flow);
		flow_end_tell(s, &scratch->flow);
		count(COUNTER_flows_restarted);
		__builtin_memset(&scratch->flow, 0, sizeof(scratch->flow));
		flow_begin(&scratch->flow, &s->pkt, s->sender, s->now_ns);
		scratch->flow.last_ns = s->now_ns;
		scratch->flow.score_due = settings_next_checkpoint(settings, 0, 0);
		flow_begin_in_place(f, &scratch->flow);
		hosts_add_start(s, f);
	}
	__sync_fetch_and_add(&f->life, 1);
	return 0;
}

/*
 * An ICMP error says what became of the flow that it quotes: `s` holds the quoted packet. Refused is what got an error
 * before any answer.
 */
VERIFIED_ONCE int flow_refused(struct seen *s)
{
	struct scratch *scratch = scratch_get();
	__u32 place = 0;
	struct flow *f;

	if (!s || !scratch)
		return 0;
	s->sender = flow_key_from_packet(&s->key, &s->pkt);
	f = flow_look(s, seen_key(s, scratch), &place);
	if (!f)
		return 0;
	if (s->sender == f->initiator && !f->packets[1] && flow_events_claim(f, FLOW_REJECTED))
		hosts_add_events(s, f, FLOW_REJECTED);
	flow_let_go(place);
	return 0;
}

#endif
