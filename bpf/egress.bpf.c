// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The other direction: what leaves the interface, counted into the same flows. It tells an answered flow from an
 * unanswered one, without which honest DNS looks like a flood. It never judges and never drops.
 */
#include "admit.bpf.h"
#include "unwrap.bpf.h"

#define TC_ACT_UNSPEC (-1)
#define HEADERS_MAX 192 /* bytes that the parser may look at; a packet in a packet has many */

VERIFIED_ONCE int flow_first_leaving(struct seen *s, const struct settings *settings)
{
	__u32 place = newcomer_claim();
	struct newcomer *n = place ? newcomer_at(place - 1) : NULL;
	struct flow *f;

	if (!s || !settings)
		return 0;
	if (!n) {
		count(COUNTER_lost_leaving);
		return 0;
	}
	n->key = s->key;
	f = &n->flow;
	__builtin_memset(f, 0, sizeof(*f));
	flow_begin(f, &s->pkt, s->sender, s->now_ns);
	f->score_due = settings_next_checkpoint(settings, 0, 0);
	flow_is_counted_elsewhere(f, 0, flow_hook(s->ifindex, 1), s->now_ns); /* from now on it is ours */
	flow_track(s, f);
	hosts_add_start(s, f);
	return newcomer_publish(s, place - 1);
}

/* A bundle leaves as gso_segs packets; wire_len holds all of their headers. */
static __always_inline void packet_unbundle(struct seen *s, const struct __sk_buff *skb)
{
	__u32 l2_len = skb->len - s->pkt.l3_len;

	s->wire_packets = skb->gso_segs ? skb->gso_segs : 1;
	s->bytes = s->pkt.l3_len;
	if (s->wire_packets > 1)
		s->bytes = skb->wire_len - (__u64)s->wire_packets * l2_len;
}

VERIFIED_ONCE __u32 packet_unwrap_leaving(struct __sk_buff *skb, struct seen *s, const struct settings *settings,
					  __u32 parsed)
{
	if (!s || !settings)
		return parsed;
	return packet_unwrap(s, settings, parsed, (void *)(long)skb->data, (void *)(long)skb->data_end, skb->len);
}

SEC("tc")
int hedgerow_egress(struct __sk_buff *skb)
{
	const struct settings *settings = settings_get();
	struct seen s = {};
	enum parsed parsed;
	struct flow *f;
	__u32 frame_len = skb->len, place = 0;

	if (!settings)
		return TC_ACT_UNSPEC;
	if (skb->data_end - skb->data < HEADERS_MAX && skb->data_end - skb->data < frame_len)
		bpf_skb_pull_data(skb, frame_len < HEADERS_MAX ? frame_len : HEADERS_MAX);
	s.now_ns = clock_now();
	s.ifindex = skb->ifindex;
	count(COUNTER_egress_packets);
	parsed = packet_parse(&s.pkt, (void *)(long)skb->data, (void *)(long)skb->data_end, frame_len);
	if (skb->vlan_present) {
		s.pkt.vlan[1] = s.pkt.vlan[0];
		s.pkt.vlan[0] = skb->vlan_tci & 0x0fff;
	}
	if (unlikely(parsed != PARSED_FLOW))
		parsed = packet_unwrap_leaving(skb, &s, settings, parsed);
	if (parsed > PARSED_TUNNEL)
		return TC_ACT_UNSPEC;
	packet_unbundle(&s, skb);
	s.sender = flow_key_from_packet(&s.key, &s.pkt);
	f = bpf_map_lookup_elem(&hr_flows, &s.key);
	if (!f)
		f = newcomer_look(&s, &s.key, &place);
	if (!f) {
		flow_first_leaving(&s, settings);
		return TC_ACT_UNSPEC;
	}
	if (flow_is_over(&s, settings, f))
		flow_restart(&s, settings, f);
	s.direction = s.sender != f->initiator;
	if (!flow_is_counted_elsewhere(f, s.direction, flow_hook(s.ifindex, 1), s.now_ns))
		flow_track(&s, f);
	if (place)
		newcomer_leave(place - 1);
	return TC_ACT_UNSPEC;
}

char egress_license[] SEC("license") = "Dual BSD/GPL";
