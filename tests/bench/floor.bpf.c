// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The floor: the least that counting flows in XDP can cost. Ethernet, IPv4 and ports, one LRU look-up by the 5-tuple,
 * one clock read, two counters. What we cost is told as a multiple of it, over the same packets.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct floor_key {
	__u32 saddr, daddr;
	__u16 sport, dport;
	__u32 proto;
};

struct floor_flow {
	__u64 packets, bytes, last_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 262144); /* as many as ours */
	__type(key, struct floor_key);
	__type(value, struct floor_flow);
} floor_flows SEC(".maps");

static __always_inline int packet_count(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *ports = (void *)(ip + 1); /* TCP's ports lie at the same place */
	struct floor_key key;
	struct floor_flow *flow;
	__u64 now;

	if ((void *)(ports + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5)
		return XDP_PASS;
	key = (struct floor_key){
		.saddr = ip->saddr, .daddr = ip->daddr,
		.sport = ports->source, .dport = ports->dest, .proto = ip->protocol,
	};
	flow = bpf_map_lookup_elem(&floor_flows, &key);
	now = bpf_ktime_get_ns();
	if (!flow) {
		struct floor_flow first = { .packets = 1, .bytes = end - data, .last_ns = now };

		bpf_map_update_elem(&floor_flows, &key, &first, BPF_ANY);
		return XDP_PASS;
	}
	__sync_fetch_and_add(&flow->packets, 1);
	__sync_fetch_and_add(&flow->bytes, end - data);
	flow->last_ns = now;
	return XDP_PASS;
}

SEC("xdp")
int floor_count(struct xdp_md *ctx)
{
	return packet_count((void *)(long)ctx->data, (void *)(long)ctx->data_end);
}

/* The same for packets that leave. */
SEC("tc")
int floor_count_leaving(struct __sk_buff *skb)
{
	return packet_count((void *)(long)skb->data, (void *)(long)skb->data_end);
}

char _license[] SEC("license") = "Dual BSD/GPL";
