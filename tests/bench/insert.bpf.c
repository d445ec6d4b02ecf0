// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The plain insertion: what a new flow costs where every one of them goes into the flow table, with our key and our
 * record. It parses, looks up, and inserts; it keeps no hosts, asks no lists, scores nothing.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "flow.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 262144); /* as many as ours */
	__type(key, struct flow_key);
	__type(value, struct flow);
} insert_flows SEC(".maps");

SEC("xdp")
int insert_count(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct flow_key key = {};
	struct packet pkt = {};
	struct flow *f, first;
	__u64 now_ns;
	__u32 events;
	int sender;

	if (packet_parse(&pkt, data, end, end - data) != PARSED_FLOW)
		return XDP_PASS;
	now_ns = bpf_ktime_get_coarse_ns();
	sender = flow_key_from_packet(&key, &pkt);
	f = bpf_map_lookup_elem(&insert_flows, &key);
	if (f) {
		flow_add(f, &pkt, sender != f->initiator, 1, pkt.l3_len, now_ns, &events);
		return XDP_PASS;
	}
	__builtin_memset(&first, 0, sizeof(first));
	flow_begin(&first, &pkt, sender, now_ns);
	flow_add(&first, &pkt, 0, 1, pkt.l3_len, now_ns, &events);
	bpf_map_update_elem(&insert_flows, &key, &first, BPF_ANY);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
