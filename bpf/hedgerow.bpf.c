// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The datapath: every packet that enters is counted with its flow; at checkpoints the model judges the flow; packets of
 * condemned flows end here. Doubt means XDP_PASS, and a counter says so.
 */
#include "judge.bpf.h"
#include "track.bpf.h"

static __always_inline int packet_pass_unjudged(struct seen *s, enum parsed parsed)
{
	switch (parsed) {
	case PARSED_ICMP_ERROR:
		flow_refused(s);
		count(COUNTER_pass_icmp_error);
		break;
	case PARSED_EXEMPT:
		count(COUNTER_pass_exempt);
		break;
	case PARSED_NOT_IP:
		count(COUNTER_pass_not_ip);
		break;
	case PARSED_TRUNCATED:
		count(COUNTER_pass_truncated);
		break;
	case PARSED_BAD_HEADER:
		count(COUNTER_pass_bad_header);
		break;
	default:
		count(COUNTER_pass_too_deep);
	}
	return XDP_PASS;
}

static __always_inline int packet_pass(enum counter which)
{
	count(which);
	return XDP_PASS;
}

/* A flow's first packet: judged before the record is written, so that it is written once. */
VERIFIED_ONCE int flow_first_packet(struct seen *s, const struct settings *settings)
{
	struct scratch *scratch = scratch_get();
	struct flow *f, *raced;
	int action = -1;

	if (!s || !settings)
		return XDP_PASS;
	if (!scratch)
		return packet_pass(COUNTER_pass_table_full);
	f = &scratch->flow;
	__builtin_memset(f, 0, sizeof(*f));
	flow_begin(f, &s->pkt, s->sender, s->now_ns);
	f->score_due = settings_next_checkpoint(settings, 0, 0);
	f->generation = settings->generation;
	s->direction = 0;
	flow_list_end(f, s, settings, 0);
	if (f->listed[0] == FLOW_BLOCKED) {
		action = packet_block(s, settings, f);
		if (action >= 0)
			return action;
	}
	flow_list_end(f, s, settings, 1);
	flow_is_counted_elsewhere(f, 0, flow_hook(s->ifindex, 0), s->now_ns); /* from now on it is ours */
	flow_track(s, f);
	hosts_add_start(s, f);
	if (f->listed[0] != FLOW_ALLOWED)
		action = flow_checkpoint(s, settings, f, 1);
	if (!bpf_map_update_elem(&hr_flows, &s->key, f, BPF_NOEXIST)) {
		count(COUNTER_flows_begun);
	} else {
		raced = bpf_map_lookup_elem(&hr_flows, &s->key); /* another CPU wrote it meanwhile */
		if (!raced)
			return action >= 0 ? action : packet_pass(COUNTER_pass_table_full);
		s->direction = s->sender != raced->initiator;
		flow_track(s, raced);
	}
	return action >= 0 ? action : packet_pass(f->listed[0] == FLOW_ALLOWED ? COUNTER_pass_allowed : COUNTER_pass_flow);
}

static __always_inline int flow_packet(struct seen *s, const struct settings *settings, struct flow *f)
{
	int action = -1;
	__u64 count_now;

	if (unlikely(flow_is_over(s, settings, f)))
		flow_restart(s, settings, f);
	s->direction = s->sender != f->initiator;
	if (unlikely(f->generation != settings->generation))
		action = flow_review(s, settings, f);
	if (unlikely(flow_is_counted_elsewhere(f, s->direction, flow_hook(s->ifindex, 0), s->now_ns))) {
		if (f->verdict == VERDICT_DROP && action < 0 && !flow_is_allowed(f, s->direction))
			action = flow_condemned(s, settings, f);
		return action >= 0 ? action : packet_pass(COUNTER_pass_seen_elsewhere);
	}
	count_now = flow_track(s, f);
	if (unlikely(action >= 0))
		return action;
	if (unlikely(f->listed[0] | f->listed[1])) {
		if (flow_is_allowed(f, s->direction))
			return packet_pass(COUNTER_pass_allowed);
		if (f->listed[s->direction & 1] == FLOW_BLOCKED)
			action = packet_block(s, settings, f);
	}
	if (action < 0 && f->verdict == VERDICT_DROP)
		action = flow_condemned(s, settings, f);
	if (action < 0 && unlikely(count_now >> f->score_due))
		action = flow_checkpoint(s, settings, f, count_now);
	return action >= 0 ? action : packet_pass(COUNTER_pass_flow);
}

SEC("xdp")
int hedgerow_xdp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const struct settings *settings = settings_get();
	struct seen s = { .wire_packets = 1 };
	enum parsed parsed;
	struct flow *f;

	if (!settings)
		return XDP_PASS;
	parsed = packet_parse(&s.pkt, data, end, end - data);
	s.now_ns = bpf_ktime_get_coarse_ns();
	s.ifindex = ctx->ingress_ifindex;
	if (parsed != PARSED_FLOW)
		return packet_pass_unjudged(&s, parsed);
	s.bytes = s.pkt.l3_len;
	s.sender = flow_key_from_packet(&s.key, &s.pkt);
	f = bpf_map_lookup_elem(&hr_flows, &s.key);
	return f ? flow_packet(&s, settings, f) : flow_first_packet(&s, settings);
}

char hedgerow_license[] SEC("license") = "Dual BSD/GPL";
