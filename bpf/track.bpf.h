/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Flow records in their table, the same for packets that enter and packets that leave. */
#ifndef TRACK_BPF_H
#define TRACK_BPF_H

#include "hosts.bpf.h"
#include "tell.bpf.h"

/* Counts the packet and passes on to both hosts what it is in the life of the flow. Returns flow_add()'s count. */
static __always_inline __u64 flow_track(const struct seen *s, struct flow *f)
{
	__u32 events;
	__u64 count_now = flow_add(f, &s->pkt, s->direction, s->wire_packets, s->bytes, s->now_ns, &events);

	events = flow_events_claim(f, events);
	if (unlikely(events))
		hosts_add_events(s, f, events);
	return count_now;
}

/* True when the packet begins another flow of the same key: the record's time is over, or it was closed. */
static __always_inline int flow_is_over(const struct seen *s, const struct settings *settings, const struct flow *f)
{
	if ((s->pkt.tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && flow_is_closed(f))
		return 1;
	return s->now_ns - f->last_ns >= SECOND_NS && flow_has_ended(settings, f, s->key.l4_proto, s->now_ns);
}

/* Tells the old flow's last state and begins the new one in its record. */
VERIFIED_ONCE int flow_restart(const struct seen *s, const struct settings *settings, struct flow *f)
{
	if (!s || !settings || !f)
		return 0;
	flow_end_tell(s, f);
	count(COUNTER_flows_restarted);
	__builtin_memset(f, 0, sizeof(*f));
	flow_begin(f, &s->pkt, s->sender, s->now_ns);
	f->score_due = settings_next_checkpoint(settings, 0, 0);
	hosts_add_start(s, f);
	return 0;
}

/*
 * An ICMP error says what became of the flow that it quotes: `s` holds the quoted packet. Refused is what got an error
 * before any answer.
 */
VERIFIED_ONCE int flow_refused(struct seen *s)
{
	struct flow *f;

	if (!s)
		return 0;
	s->sender = flow_key_from_packet(&s->key, &s->pkt);
	f = bpf_map_lookup_elem(&hr_flows, &s->key);
	if (!f || s->sender != f->initiator || f->packets[1])
		return 0;
	if (flow_events_claim(f, FLOW_REJECTED))
		hosts_add_events(s, f, FLOW_REJECTED);
	return 0;
}

#endif
