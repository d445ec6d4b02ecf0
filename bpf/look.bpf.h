/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A flow that has begun, wherever it is: in the flow table, or on probation. */
#ifndef LOOK_BPF_H
#define LOOK_BPF_H

#include "newcomers.bpf.h"

/*
 * Looks for a flow that the flow table did not know. Returns NULL when it has not begun. Sets *place to 1 + its place if it is
 * on probation: the packet holds it until it lets it go. `key`: that of `s`, where a map call may take it from, see seen_key().
 */
static __always_inline struct flow *newcomer_look(const struct seen *s, const struct flow_key *key, __u32 *place)
{
	struct newcomer *n;
	__u32 found = newcomer_seek(s, 0);

	if (found == NEWCOMER_LOOK_AGAIN)
		return bpf_map_lookup_elem(&hr_flows, key);
	n = found ? newcomer_at(found - 1) : NULL;
	if (!n)
		return NULL;
	*place = found;
	return &n->flow;
}

/* The same of any flow. */
static __always_inline struct flow *flow_look(const struct seen *s, const struct flow_key *key, __u32 *place)
{
	struct flow *f = bpf_map_lookup_elem(&hr_flows, key);

	return f ? f : newcomer_look(s, key, place);
}

/* Lets go of what flow_look() held, if anything, where nothing came of it that admits a flow. */
static __always_inline void flow_let_go(__u32 place)
{
	struct newcomer *n = place ? newcomer_at(place - 1) : NULL;

	if (n)
		newcomer_let_go(n, NEWCOMER_HERE);
}

#endif
