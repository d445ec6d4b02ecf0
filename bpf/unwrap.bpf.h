/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Fragments, tunnels and ICMP errors: which flow they belong to, or are about. */
#ifndef UNWRAP_BPF_H
#define UNWRAP_BPF_H

#include "quote.h"
#include "track.bpf.h"
#include "tunnel.h"

/* A first fragment leaves its ports behind, a later one takes them up. Returns true for one that is DHCP's, as its first was. */
static __always_inline int fragment_follow(struct seen *s, struct scratch *scratch, int is_quoted)
{
	struct fragment_key *key = &scratch->fragment;
	int joined;

	if (s->pkt.fragment != FRAGMENT_LATER && (s->pkt.fragment != FRAGMENT_FIRST || is_quoted))
		return 0;
	__builtin_memset(key, 0, sizeof(*key));
	fragment_key_from_packet(key, &s->pkt);
	if (s->pkt.fragment == FRAGMENT_FIRST) {
		struct fragment_ports ports = fragment_ports_from_packet(&s->pkt, s->now_ns);

		bpf_map_update_elem(&hr_fragments, key, &ports, BPF_ANY);
		return 0;
	}
	joined = packet_join_fragment(&s->pkt, bpf_map_lookup_elem(&hr_fragments, key), s->now_ns);
	count(joined ? COUNTER_fragments_joined : COUNTER_fragments_apart);
	return joined && s->pkt.l4_proto == IPPROTO_UDP && packet_is_dhcp(s->pkt.source_port, s->pkt.dest_port);
}

/* Goes by the packet inside, where it can be read. Returns what that is; PARSED_FLOW for one that stays closed. */
static __always_inline enum parsed tunnel_enter(struct seen *s, struct scratch *scratch, void *data, void *end,
						__u32 frame_len)
{
	enum parsed parsed;

	__builtin_memset(&scratch->inner, 0, sizeof(scratch->inner));
	parsed = packet_parse_inner(&scratch->inner, &s->pkt, data, end, frame_len);
	if (parsed >= PARSED_NOT_IP) {
		count(COUNTER_tunnels_kept);
		return PARSED_FLOW;
	}
	count(COUNTER_tunnels_entered);
	s->pkt = scratch->inner;
	return parsed;
}

/* What packet_parse() said is not simply of a flow: notes what it is about. Returns what it then is. */
static __always_inline enum parsed packet_unwrap(struct seen *s, const struct settings *settings, enum parsed parsed,
						 void *data, void *end, __u32 frame_len)
{
	struct scratch *scratch = scratch_get();
	int refuses = 0;

	if (!scratch)
		return parsed;
	if (parsed == PARSED_TUNNEL && settings->tunnels == TUNNELS_INNER)
		parsed = tunnel_enter(s, scratch, data, end, frame_len);
	if (parsed == PARSED_ICMP_ERROR) {
		__builtin_memset(&scratch->inner, 0, sizeof(scratch->inner));
		if (!packet_from_quote(&scratch->inner, &s->pkt, data, end))
			return parsed;
		refuses = packet_is_refusal(&s->pkt, &scratch->inner);
		s->pkt = scratch->inner;
	}
	if (fragment_follow(s, scratch, parsed == PARSED_ICMP_ERROR) && parsed == PARSED_FRAGMENT)
		return PARSED_DHCP;
	if (refuses)
		flow_refused(s);
	return parsed;
}

#endif
