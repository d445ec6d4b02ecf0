/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Whether a verdict is enforced, and how: by the scope of the flow, its mode, what suspends the model, and the class. */
#ifndef ENFORCE_BPF_H
#define ENFORCE_BPF_H

#include "packet.bpf.h"

_Static_assert(COUNTER_drop_blocked - COUNTER_drop_source == REASON_BLOCKED - REASON_SOURCE, "reasons and counters");
_Static_assert(COUNTER_would_blocked - COUNTER_would_source == REASON_BLOCKED - REASON_SOURCE, "reasons and counters");

/* The mark of the scope that fits the flow; 0 when none does. */
VERIFIED_ONCE __u32 scope_find(const struct seen *s, __u32 responder, __u32 tables)
{
	__u32 index = tables - 1;
	struct scopes *all;

	if (!s || !tables)
		return 0;
	all = bpf_map_lookup_elem(&hr_scopes, &index);
	if (!all)
		return 0;
	for (__u32 i = 0; i < SCOPES_MAX; i++) {
		if (i >= all->count)
			break;
		if (scope_fits(&all->scope[i], s->key.addr[responder & 1], s->key.port[responder & 1], s->key.vlan[0],
			       s->key.l4_proto, s->ifindex))
			return scope_mark(i, &all->scope[i]);
	}
	return 0;
}

/* The scope itself, where it says more than a mode. */
static __always_inline const struct scope *scope_of_flow(const struct settings *settings, const struct flow *f)
{
	__u32 index = settings->scopes - 1;
	struct scopes *all = f->scope && settings->scopes ? bpf_map_lookup_elem(&hr_scopes, &index) : NULL;

	return all ? scope_marked(all, f->scope) : NULL;
}

/* `mark`: of the scope, 0 for what is in none. */
static __always_inline enum mode mode_of_scope(const struct settings *settings, __u32 mark)
{
	return mark ? scope_mark_mode(mark) : settings->mode;
}

/* `f` may be NULL: a packet that is nobody's. */
static __always_inline enum mode mode_of_flow(const struct settings *settings, const struct flow *f)
{
	return mode_of_scope(settings, f ? f->scope : 0);
}

/* Set by the first packet that asks. Not in a map of a name: it is this program's own, as long as it is loaded. */
__u32 program_watches;

/*
 * The safety's state, by a program that works on its tables. Those that `ip link` finds in pins may have missed what passed
 * since they were left: whatever they say of hosts and flows, the warm-up begins anew.
 */
static __always_inline struct safety *safety_watch(__u64 now_ns)
{
	struct safety *safety = safety_get();

	if (safety && unlikely(!*(volatile __u32 *)&program_watches)) {
		safety->resumed_ns = now_ns;
		*(volatile __u32 *)&program_watches = 1;
	}
	return safety;
}

/* True while too little was seen to enforce what the model says. */
static __always_inline int warm_up_is_on(const struct settings *settings, __u64 now_ns)
{
	return safety_suspends(settings, safety_watch(now_ns), now_ns) == SUSPENDED_WARM_UP;
}

/* The operator's blocks are enforced in enforce mode; the model's verdicts, unless something suspends them. */
static __always_inline int drops_are_enforced(const struct seen *s, const struct settings *settings, const struct flow *f,
					      enum reason reason)
{
	if (mode_of_flow(settings, f) != MODE_ENFORCE)
		return 0;
	return reason == REASON_BLOCKED || !safety_suspends(settings, safety_watch(s->now_ns), s->now_ns);
}

/* Does away with a packet, or in monitor mode says that it would have. */
static __always_inline int packet_end(const struct seen *s, const struct settings *settings, const struct flow *f,
				      enum reason reason)
{
	int enforce = drops_are_enforced(s, settings, f, reason);

	count((enforce ? COUNTER_drop_source : COUNTER_would_source) + (reason - REASON_SOURCE));
	if (enforce)
		return XDP_DROP;
	count(COUNTER_pass_would_drop);
	return XDP_PASS;
}

static __always_inline int packet_drop(const struct seen *s, const struct settings *settings, struct flow *f,
				       enum reason reason)
{
	__sync_fetch_and_add(&f->dropped, 1);
	return packet_end(s, settings, f, reason);
}

/* Which response is to the flow's class, by the number it has in the model that judged it. MODEL_CLASSES_MAX: drop. */
static __always_inline __u32 response_index(const struct settings *settings, const struct flow *f)
{
	__u32 class = f->class & (MODEL_CLASSES_MAX - 1), index;

	if (likely(f->model_id != settings->shadow_id || !settings->shadow_id))
		return class;
	index = settings->shadow_response[class];
	return index && index <= MODEL_CLASSES_MAX ? index - 1 : MODEL_CLASSES_MAX;
}

/* What follows when the model condemns flows of this class: its scope's word first. */
static __always_inline void response_find(struct response *out, const struct settings *settings, const struct flow *f)
{
	const struct scope *c = scope_of_flow(settings, f);
	__u32 index = response_index(settings, f);

	if (c && c->response.kind != RESPONSE_UNSET)
		*out = c->response;
	else if (index < MODEL_CLASSES_MAX)
		*out = settings->response[index];
	else
		*out = (struct response){ .kind = RESPONSE_DROP };
}

static __always_inline __u32 response_kind(const struct settings *settings, const struct flow *f)
{
	const struct scope *c = f->scope ? scope_of_flow(settings, f) : NULL;
	__u32 index;

	if (c && c->response.kind != RESPONSE_UNSET)
		return c->response.kind;
	index = response_index(settings, f);
	return index < MODEL_CLASSES_MAX ? settings->response[index].kind : RESPONSE_DROP;
}

/* True when the response to the flow is a rate, and what its source's condemned flows share of it has room for the packet. */
VERIFIED_ONCE int source_limit_admits(const struct seen *s, const struct settings *settings, const struct flow *f)
{
	struct scratch *scratch = scratch_get();
	__u64 *paid_until_ns;
	__u32 slot;

	if (!s || !settings || !f || !scratch)
		return 0;
	response_find(&scratch->response, settings, f);
	if (scratch->response.kind != RESPONSE_LIMIT)
		return 0;
	host_key_from_source(&scratch->source, s->key.addr[f->initiator & 1], settings->ipv6_mask);
	slot = host_hash(scratch->source.addr) & (LIMIT_SLOTS - 1);
	paid_until_ns = bpf_map_lookup_elem(&hr_limits, &slot);
	return paid_until_ns && limit_admits(paid_until_ns, scratch->response.count, s->now_ns);
}

static __always_inline int packet_is_within_limit(const struct seen *s, const struct settings *settings, const struct flow *f)
{
	return unlikely(response_kind(settings, f) == RESPONSE_LIMIT) && source_limit_admits(s, settings, f);
}

static __always_inline int packet_limited(void)
{
	count(COUNTER_pass_limited);
	return XDP_PASS;
}

#endif
