/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Everything that the shared headers read from a frame: what parse_test compares between kernel and host. */
#ifndef PARSE_H
#define PARSE_H

#include "flow.h"
#include "fragment.h"
#include "quote.h"
#include "tunnel.h"

struct parse_result {
	struct packet outer, inner, quoted, addresses;
	struct flow_key key;
	struct fragment_key fragment;
	__u32 parsed, parsed_inner, is_quoted, has_addresses, sender, kind;
};

/* Fills a zeroed result. */
static __always_inline void parse_frame(struct parse_result *out, void *data, void *end, __u32 frame_len)
{
	out->parsed = packet_parse(&out->outer, data, end, frame_len);
	if (out->parsed == PARSED_TUNNEL)
		out->parsed_inner = packet_parse_inner(&out->inner, &out->outer, data, end, frame_len);
	if (out->parsed == PARSED_ICMP_ERROR)
		out->is_quoted = packet_from_quote(&out->quoted, &out->outer, data, end);
	out->has_addresses = packet_parse_addresses(&out->addresses, data, end);
	out->sender = flow_key_from_packet(&out->key, &out->outer);
	out->kind = flow_kind_from_packet(&out->outer);
	fragment_key_from_packet(&out->fragment, &out->outer);
}

#endif
