// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The datapath: every packet that enters is counted with its flow; at checkpoints the model judges the flow; packets of
 * condemned flows end here. Doubt means XDP_PASS, and a counter says so.
 */
#include "admit.bpf.h"
#include "judge.bpf.h"
#include "plain.h"
#include "unwrap.bpf.h"

static __always_inline int packet_pass_unjudged(enum parsed parsed)
{
	switch (parsed) {
	case PARSED_ICMP_ERROR:
		count(COUNTER_pass_icmp_error);
		break;
	case PARSED_DHCP:
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

/*
 * What the operator blocks is blocked whatever the packet is, short of what a link dies without. The model and what it
 * blocks have no say here. Returns the XDP action, or -1 to go on.
 */
VERIFIED_ONCE int packet_block_unjudged(struct xdp_md *ctx, const struct seen *s, const struct settings *settings,
					__u32 parsed)
{
	struct scratch *scratch = scratch_get();
	struct seen *outer;

	if (!s || !settings || !scratch)
		return -1;
	if (parsed == PARSED_EXEMPT)
		return -1;
	if (parsed == PARSED_TUNNEL && settings->tunnels == TUNNELS_OUTER)
		return -1;
	outer = &scratch->outer;
	__builtin_memset(outer, 0, sizeof(*outer));
	if (!packet_parse_addresses(&outer->pkt, (void *)(long)ctx->data, (void *)(long)ctx->data_end))
		return -1;
	outer->now_ns = s->now_ns;
	outer->ifindex = s->ifindex;
	outer->sender = flow_key_from_packet(&outer->key, &outer->pkt);
	if (lists_ask(outer, outer->sender, settings->lists_in_use) != FLOW_BLOCKED)
		return -1;
	__builtin_memset(&scratch->flow, 0, sizeof(scratch->flow));
	scratch->flow.initiator = outer->sender;
	return packet_block(outer, settings, &scratch->flow);
}

VERIFIED_ONCE __u32 packet_unwrap_entering(struct xdp_md *ctx, struct seen *s, const struct settings *settings,
					   __u32 parsed)
{
	if (!s || !settings)
		return parsed;
	return packet_unwrap(s, settings, parsed, (void *)(long)ctx->data, (void *)(long)ctx->data_end,
			     bpf_xdp_get_buff_len(ctx));
}

/* A packet that is not simply one of a flow. Returns the XDP action, or -1: it belongs to the flow that `s` now names. */
static __always_inline int packet_unusual(struct xdp_md *ctx, struct seen *s, const struct settings *settings,
					  enum parsed parsed)
{
	int action;

	if (parsed == PARSED_FRAGMENT) { /* of a flow, whose lists are asked; unless it turns out to be DHCP's */
		parsed = packet_unwrap_entering(ctx, s, settings, parsed);
		if (likely(parsed == PARSED_FRAGMENT))
			return -1;
	}
	if (settings->lists_in_use & LISTS_BLOCK) {
		action = packet_block_unjudged(ctx, s, settings, parsed);
		if (action >= 0)
			return action;
	}
	parsed = packet_unwrap_entering(ctx, s, settings, parsed); /* what is blocked leaves no trace */
	return parsed <= PARSED_TUNNEL ? -1 : packet_pass_unjudged(parsed);
}

static __always_inline int packet_pass(enum counter which)
{
	count(which);
	return XDP_PASS;
}

/* Makes the record of a flow's first packet, at the place claimed for it. Returns the XDP action of a blocked one, or -1. */
VERIFIED_ONCE int flow_first_begin(struct seen *s, const struct settings *settings, __u32 place)
{
	struct newcomer *n = newcomer_at(place);
	struct flow *f;
	int action;

	if (!s || !settings || !n)
		return XDP_PASS;
	if (unlikely(!*(volatile __u32 *)&program_watches))
		safety_watch(s->now_ns);
	n->key = s->key;
	f = &n->flow;
	__builtin_memset(f, 0, sizeof(*f));
	flow_begin(f, &s->pkt, s->sender, s->now_ns);
	f->score_due = settings_next_checkpoint(settings, 0, 0);
	f->generation = settings->generation;
	f->scope = settings->scopes ? scope_find(s, f->initiator ^ 1, settings->scopes) : 0;
	s->direction = 0;
	flow_list_end(f, s, settings, 0);
	if (f->listed[0] == FLOW_BLOCKED) {
		action = packet_block(s, settings, f);
		if (action >= 0) {
			newcomer_unclaim(place);
			return action;
		}
	}
	flow_list_end(f, s, settings, 1);
	flow_is_counted_elsewhere(f, 0, flow_hook(s->ifindex, 0), s->now_ns); /* from now on it is ours */
	flow_track(s, f);
	hosts_add_start(s, f);
	return -1;
}

/* Makes the flow known, judged; `action` is what came of that. Returns the XDP action. */
VERIFIED_ONCE int flow_first_end(struct seen *s, __u32 place, int action, __u32 is_allowed)
{
	if (!s)
		return XDP_PASS;
	newcomer_publish(s, place);
	return action >= 0 ? action : packet_pass(is_allowed ? COUNTER_pass_allowed : COUNTER_pass_flow);
}

/* A flow's first packet: nobody sees its record before it is judged. */
static __always_inline int flow_first_packet(struct xdp_md *ctx, int frags, struct seen *s,
					     const struct settings *settings)
{
	__u32 place = newcomer_claim();
	struct newcomer *n = place-- ? newcomer_at(place) : NULL;
	int action, is_allowed;

	if (!n)
		return packet_pass(COUNTER_pass_table_full);
	action = flow_first_begin(s, settings, place);
	if (action >= 0)
		return action;
	is_allowed = n->flow.listed[0] == FLOW_ALLOWED;
	if (!is_allowed)
		action = flow_checkpoint(ctx, frags, s, settings, &n->flow, 1);
	return flow_first_end(s, place, action, is_allowed);
}

/* The packet was counted at another hook. What the operator blocks and what is condemned ends here as there. */
VERIFIED_ONCE int flow_packet_elsewhere(struct seen *s, const struct settings *settings, struct flow *f)
{
	int action = -1;

	if (!s || !settings || !f)
		return XDP_PASS;
	if (f->listed[s->direction & 1] == FLOW_BLOCKED)
		action = packet_block(s, settings, f);
	if (action < 0 && f->verdict == VERDICT_DROP && !flow_is_allowed(f, s->direction))
		action = flow_condemned(s, settings, f);
	return action >= 0 ? action : packet_pass(COUNTER_pass_seen_elsewhere);
}

static __always_inline int flow_packet(struct xdp_md *ctx, int frags, struct seen *s,
				       const struct settings *settings, struct flow *f)
{
	int action = -1;
	__u64 count_now;

	if (unlikely(flow_is_over(s, settings, f)))
		flow_restart(s, settings, f);
	s->direction = s->sender != f->initiator;
	if (unlikely(f->generation != settings->generation))
		action = flow_review(s, settings, f);
	if (unlikely(flow_is_counted_elsewhere(f, s->direction, flow_hook(s->ifindex, 0), s->now_ns)))
		return action >= 0 ? action : flow_packet_elsewhere(s, settings, f);
	count_now = flow_track(s, f);
	if (unlikely(action >= 0))
		return action;
	if (unlikely(f->listed[0] | f->listed[1])) {
		if (flow_lists_are_due(f, s->direction))
			flow_ask_lists(s, settings, f);
		if (f->listed[s->direction & 1] == FLOW_BLOCKED)
			action = packet_block(s, settings, f);
		if (action < 0 && flow_is_allowed(f, s->direction))
			return packet_pass(COUNTER_pass_allowed);
		if (action < 0 && s->direction && f->listed[1] == FLOW_GUARDED) /* who it answers may be condemned, by his own packets */
			return packet_pass(COUNTER_pass_flow);
	}
	if (action < 0 && f->verdict == VERDICT_DROP) {
		if (likely(flow_is_simply_condemned(s, settings, f)))
			return packet_drop(s, settings, f, REASON_CONDEMNED);
		action = flow_condemned(s, settings, f);
	}
	if (action < 0 && unlikely(count_now >> f->score_due))
		action = flow_checkpoint(ctx, frags, s, settings, f, count_now);
	return action >= 0 ? action : packet_pass(COUNTER_pass_flow);
}

/* Whose packet it is: fills the rest of `s`. Returns the XDP action of one that is nobody's, or -1. */
static __always_inline int packet_see(struct xdp_md *ctx, struct seen *s, const struct settings *settings, __u32 frame_len)
{
	int sender, action;
	enum parsed parsed;

	sender = packet_parse_plain(&s->pkt, &s->key, (void *)(long)ctx->data, (void *)(long)ctx->data_end, frame_len);
	s->sender = sender;
	s->now_ns = clock_now();
	s->ifindex = ctx->ingress_ifindex;
	if (unlikely(sender < 0)) {
		parsed = packet_parse(&s->pkt, (void *)(long)ctx->data, (void *)(long)ctx->data_end, frame_len);
		if (unlikely(parsed != PARSED_FLOW)) {
			action = packet_unusual(ctx, s, settings, parsed);
			if (action >= 0)
				return action;
		}
		s->sender = flow_key_from_packet(&s->key, &s->pkt);
	}
	s->bytes = s->pkt.l3_len;
	return -1;
}

static __always_inline int packet_enter(struct xdp_md *ctx, int frags, __u32 frame_len)
{
	const struct settings *settings = settings_get();
	struct seen s = { .wire_packets = 1 };
	__u32 place = 0;
	struct flow *f;
	int action;

	if (!settings)
		return XDP_PASS;
	action = packet_see(ctx, &s, settings, frame_len);
	if (action >= 0)
		return action;
	if (unlikely(settings->lists_in_use & LISTS_BLOCK_ADDRESSES) && sender_is_hinted(&s, settings)) {
		action = sender_block(&s, settings);
		if (action >= 0)
			return action;
	}
	if (unlikely(settings->blocks_until_ns > s.now_ns)) {
		action = source_block_packet(&s, settings);
		if (action >= 0)
			return action;
	}
	f = bpf_map_lookup_elem(&hr_flows, &s.key);
	if (!f)
		f = newcomer_look(&s, &s.key, &place);
	action = f ? flow_packet(ctx, frags, &s, settings, f) : flow_first_packet(ctx, frags, &s, settings);
	if (unlikely(place))
		newcomer_leave(place - 1);
	return action;
}

SEC("xdp")
int hedgerow_xdp(struct xdp_md *ctx)
{
	return packet_enter(ctx, 0, ctx->data_end - ctx->data);
}

/* The same for frames of more than one buffer, of which we see the first: where the MTU is above 1,500. */
SEC("xdp.frags")
int hedgerow_frags(struct xdp_md *ctx)
{
	return packet_enter(ctx, 1, bpf_xdp_get_buff_len(ctx));
}

char hedgerow_license[] SEC("license") = "Dual BSD/GPL";
