// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The driver: makes the plan's next packet out of the present one, in place, and hands it to the program under test.
 * BPF_PROG_TEST_RUN repeats it, so that a bench sees many flows, whole lives and floods. Its cost is in every figure.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "plan.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct plan);
} bench_plan SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, TARGET_COUNT);
	__type(key, __u32);
	__type(value, __u32);
} bench_target SEC(".maps");

/* The same for packets that leave: programs of one kind call none of another. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, TARGET_COUNT);
	__type(key, __u32);
	__type(value, __u32);
} bench_target_leaving SEC(".maps");

/* The finaliser of MurmurHash3 for 64 bits. */
static __always_inline __u64 draw(__u64 v)
{
	v = (v ^ v >> 33) * 0xff51afd7ed558ccdull;
	v = (v ^ v >> 33) * 0xc4ceb9fe1a85ec53ull;
	return v ^ v >> 33;
}

/* Who speaks in this packet: a client and its port. */
struct speaker {
	__u32 client; /* host order */
	__u16 port;   /* host order */
	__u32 step;
};

/* Returns 0 when the place whose turn it is holds no flow yet. */
static __always_inline int speaker_next(struct speaker *out, struct plan *p)
{
	__u32 flow = p->flow, order = p->order;
	int age;

	out->step = p->step;
	if (order == PLAN_LIVES) {
		age = plan_age(p, flow);
		if (age < 0)
			return 0;
		out->step = age;
		flow += ((p->turn + (flow & ((1u << p->life_shift) - 1))) >> p->life_shift) * p->flows;
	} else if (order == PLAN_RANDOM) {
		flow = (draw((__u64)p->seed << 32 | p->sent) >> 32) * p->flows >> 32;
	} else if (order == PLAN_NEW) {
		__u64 drawn = draw((__u64)p->seed << 32 | p->sent);

		out->client = drawn;
		out->port = drawn >> 48;
		return 1;
	}
	out->client = p->client + (flow & p->client_mask);
	out->port = 1024 + (flow >> 8);
	return 1;
}

static __always_inline void addresses_rewrite(struct iphdr *ip, const struct plan *p, __u32 client,
					      const struct plan_step *step)
{
	ip->tot_len = step->l3_len;
	ip->protocol = p->l4_proto;
	ip->saddr = bpf_htonl(step->back ? PLAN_SERVER : client);
	ip->daddr = bpf_htonl(step->back ? client : PLAN_SERVER);
}

/* As long as over IPv4: the payload is 20 bytes shorter. */
static __always_inline void addresses6_rewrite(struct ipv6hdr *ip, const struct plan *p, __u32 client,
					       const struct plan_step *step)
{
	ip->payload_len = bpf_htons(bpf_ntohs(step->l3_len) - sizeof(*ip));
	ip->nexthdr = p->l4_proto;
	ip->saddr.s6_addr32[0] = ip->daddr.s6_addr32[0] = bpf_htonl(PLAN_NET6);
	ip->saddr.s6_addr32[3] = bpf_htonl(step->back ? PLAN_SERVER : client);
	ip->daddr.s6_addr32[3] = bpf_htonl(step->back ? client : PLAN_SERVER);
}

static __always_inline void ports_rewrite(struct tcphdr *l4, const struct plan *p, const struct speaker *who,
					  const struct plan_step *step)
{
	__u32 client_isn = who->client * 0x9e3779b1u + who->port, server_isn = ~client_isn;
	__be16 client_port = bpf_htons(who->port), server_port = bpf_htons(PLAN_SERVER_PORT);

	l4->source = step->back ? server_port : client_port; /* UDP's ports lie at the same place */
	l4->dest = step->back ? client_port : server_port;
	if (p->l4_proto != IPPROTO_TCP)
		return;
	l4->seq = bpf_htonl((step->back ? server_isn : client_isn) + !(step->tcp_flags & 2)); /* a SYN counts as one */
	l4->ack_seq = bpf_htonl((step->back ? client_isn : server_isn) + 1);
	((__u8 *)l4)[13] = step->tcp_flags;
}

/* Makes the next packet in place. Returns 1: here it is, 0: the place whose turn it is holds no flow, -1: no room. */
static __always_inline int packet_next(void *data, void *end)
{
	void *l3 = data + sizeof(struct ethhdr);
	const struct plan_step *step;
	struct speaker who;
	__u32 zero = 0;
	struct plan *p = bpf_map_lookup_elem(&bench_plan, &zero);
	int there;

	if (!p || l3 + sizeof(struct ipv6hdr) + sizeof(struct tcphdr) > end)
		return -1;
	there = speaker_next(&who, p);
	step = &p->steps[who.step & (PLAN_STEPS - 1)];
	if (there && p->ipv6) {
		addresses6_rewrite(l3, p, who.client, step);
		ports_rewrite(l3 + sizeof(struct ipv6hdr), p, &who, step);
	} else if (there) {
		addresses_rewrite(l3, p, who.client, step);
		ports_rewrite(l3 + sizeof(struct iphdr), p, &who, step);
	}
	plan_advance(p);
	return there;
}

static __always_inline int drive(struct xdp_md *ctx, enum plan_target target)
{
	int there = packet_next((void *)(long)ctx->data, (void *)(long)ctx->data_end);

	if (there > 0)
		bpf_tail_call(ctx, &bench_target, target);
	return there ? XDP_ABORTED : XDP_PASS;
}

static __always_inline int drive_leaving(struct __sk_buff *skb, enum plan_target target)
{
	int there = packet_next((void *)(long)skb->data, (void *)(long)skb->data_end);

	if (there > 0)
		bpf_tail_call(skb, &bench_target_leaving, target);
	return there ? XDP_ABORTED : XDP_PASS;
}

/* One program for each target: the kernel turns a tail call with a constant index into a direct jump. */
SEC("xdp")
int bench_drive_bare(struct xdp_md *ctx)
{
	return drive(ctx, TARGET_BARE);
}

SEC("xdp")
int bench_drive_floor(struct xdp_md *ctx)
{
	return drive(ctx, TARGET_FLOOR);
}

SEC("xdp")
int bench_drive_subject(struct xdp_md *ctx)
{
	return drive(ctx, TARGET_SUBJECT);
}

SEC("xdp")
int bench_return(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp")
int bench_drop(struct xdp_md *ctx)
{
	return XDP_DROP;
}

/* What comes before the first packet and after the last, setting up and waiting, is none of a packet's time. */
static __always_inline void plan_mark(void)
{
	__u32 zero = 0;
	struct plan *p = bpf_map_lookup_elem(&bench_plan, &zero);

	if (!p || p->sent % PLAN_MARK_EVERY)
		return;
	p->last = (struct plan_mark){ .time_ns = bpf_ktime_get_ns(), .sent = p->sent };
	if (!p->first.time_ns)
		p->first = p->last;
}

/* For live frames: puts them on the wire of the interface that they seem to come from. */
SEC("xdp")
int bench_transmit(struct xdp_md *ctx)
{
	int there = packet_next((void *)(long)ctx->data, (void *)(long)ctx->data_end);

	plan_mark();
	return there > 0 ? XDP_TX : XDP_DROP;
}

SEC("tc")
int bench_leave_bare(struct __sk_buff *skb)
{
	return drive_leaving(skb, TARGET_BARE);
}

SEC("tc")
int bench_leave_floor(struct __sk_buff *skb)
{
	return drive_leaving(skb, TARGET_FLOOR);
}

SEC("tc")
int bench_leave_subject(struct __sk_buff *skb)
{
	return drive_leaving(skb, TARGET_SUBJECT);
}

SEC("tc")
int bench_return_leaving(struct __sk_buff *skb)
{
	(void)skb;
	return XDP_PASS; /* whatever is not XDP_ABORTED */
}

char _license[] SEC("license") = "Dual BSD/GPL";
