/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The lab's meter: how many packets each sender sent, and how many of them got to the server's network stack. One
 * program sits where a sender's cable enters the bridge, the other behind XDP on the server's interface.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define LATE_NS 1000000000ull /* detection may take the first second */

struct sender {
	__u8 mac[ETH_ALEN];
	__u8 pad[2];
};

struct meter {
	__u64 first_ns, last_ns;   /* when it sent, CLOCK_MONOTONIC */
	__u64 sent, sent_late;	   /* IP packets as on a wire; late: more than a second behind its first */
	__u64 reached, reached_late;
	__u64 sent_bytes, reached_bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct sender);
	__type(value, struct meter);
} lab_meter SEC(".maps");

/* An IP packet to one host: not the group reports that every interface sends by itself. */
static __always_inline int meter_is_counted(struct __sk_buff *skb)
{
	__u8 group;

	if (skb->protocol != bpf_htons(ETH_P_IP) && skb->protocol != bpf_htons(ETH_P_IPV6))
		return 0;
	return !bpf_skb_load_bytes(skb, 0, &group, 1) && !(group & 1);
}

/* The record of whoever sent this packet; NULL for what is not counted. */
static __always_inline struct meter *meter_find(struct __sk_buff *skb)
{
	static const struct meter none;
	struct sender sender = {};
	struct meter *m;

	if (!meter_is_counted(skb) || bpf_skb_load_bytes(skb, ETH_ALEN, sender.mac, ETH_ALEN))
		return NULL;
	m = bpf_map_lookup_elem(&lab_meter, &sender);
	if (m)
		return m;
	bpf_map_update_elem(&lab_meter, &sender, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&lab_meter, &sender);
}

/* A bundle counts as the packets that it would be on a wire. */
static __always_inline __u64 meter_packets(struct __sk_buff *skb)
{
	return skb->gso_segs > 1 ? skb->gso_segs : 1;
}

SEC("tc")
int meter_sent(struct __sk_buff *skb)
{
	struct meter *m = meter_find(skb);
	__u64 now_ns = bpf_ktime_get_ns(), packets;

	if (!m)
		return TC_ACT_UNSPEC;
	packets = meter_packets(skb);
	if (!m->first_ns)
		__sync_val_compare_and_swap(&m->first_ns, 0, now_ns);
	m->last_ns = now_ns;
	__sync_fetch_and_add(&m->sent, packets);
	__sync_fetch_and_add(&m->sent_bytes, skb->len);
	if (now_ns > m->first_ns + LATE_NS)
		__sync_fetch_and_add(&m->sent_late, packets);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int meter_reached(struct __sk_buff *skb)
{
	struct meter *m = meter_find(skb);
	__u64 now_ns = bpf_ktime_get_ns(), packets;

	if (!m)
		return TC_ACT_UNSPEC;
	packets = meter_packets(skb);
	__sync_fetch_and_add(&m->reached, packets);
	__sync_fetch_and_add(&m->reached_bytes, skb->len);
	if (m->first_ns && now_ns > m->first_ns + LATE_NS)
		__sync_fetch_and_add(&m->reached_late, packets);
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
