/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The two hosts of a flow in their maps. Touched at a flow's start, events and checkpoints, never at every packet. */
#ifndef HOSTS_BPF_H
#define HOSTS_BPF_H

#include "packet.bpf.h"

static __always_inline void host_key_from_flow(struct host_key *out, const struct flow_key *key, __u32 end)
{
	__builtin_memcpy(out->addr, key->addr[end & 1], sizeof(out->addr));
}

static __always_inline void host_key_from_initiator(struct host_key *out, const struct seen *s, const struct flow *f)
{
	const struct settings *settings = settings_held();

	if (settings)
		host_key_from_source(out, s->key.addr[f->initiator & 1], settings->ipv6_mask);
	else
		host_key_from_flow(out, &s->key, f->initiator); /* cannot be: for the verifier */
}

static __always_inline struct host_sighting *host_sighting_find(const struct host_key *key, __u32 *tag)
{
	__u32 hash = host_hash(key->addr);
	__u32 slot = hash & (HOST_SIGHTINGS - 1);

	*tag = hash | 1; /* the bit that the slot tells anyway; so a tag is never 0 */
	return bpf_map_lookup_elem(&hr_sightings, &slot);
}

static __always_inline struct host *host_create(void *map, const struct host_key *key, const struct host *first)
{
	bpf_map_update_elem(map, key, first, BPF_NOEXIST); /* another CPU may have been faster: its record is as good */
	return bpf_map_lookup_elem(map, key);
}

static __noinline struct host *host_dest(const struct host_key *key)
{
	struct host *h = bpf_map_lookup_elem(&hr_dests, key);
	struct scratch *scratch = scratch_get();

	if (h || !scratch)
		return h;
	__builtin_memset(&scratch->host, 0, sizeof(scratch->host));
	return host_create(&hr_dests, key, &scratch->host);
}

/* The source's record, made at its second flow (is_start) or first handshake; NULL while it earned none. */
static __noinline struct host *host_source(const struct host_key *key, const struct flow *f, __u32 start, __u32 events,
					   __u64 now_ns)
{
	struct host *h = bpf_map_lookup_elem(&hr_sources, key);
	struct scratch *scratch = scratch_get();
	struct host_sighting *sighting, seen_before;
	int is_start = !events;
	__u32 tag;

	if (h || !scratch)
		return h;
	sighting = host_sighting_find(key, &tag);
	if (!sighting)
		return NULL;
	if (!host_is_sighted(sighting, tag, now_ns)) {
		*sighting = (struct host_sighting){
			.tag = tag, .epoch = host_epoch(HOST_SHORT, now_ns), .start = start,
			.events = f->events & ~events,
		};
		if (is_start)
			return NULL;
	}
	if (!is_start && !(events & FLOW_HANDSHAKE)) {
		sighting->events |= events;
		return NULL;
	}
	seen_before = *sighting;
	__builtin_memset(&scratch->host, 0, sizeof(scratch->host));
	host_add_sighting(&scratch->host, &seen_before, now_ns);
	sighting->tag = 0;
	return host_create(&hr_sources, key, &scratch->host);
}

/*
 * True when a flow begins with the answer of somebody who is called here: a SYN-ACK sent again that the probation has long
 * forgotten, as under a flood from invented addresses. He did not begin it, and whom it goes to may be invented: whatever comes
 * of it, he is not told as a source.
 */
static __always_inline int flow_is_late_answer(const struct flow_key *key, const struct flow *f)
{
	struct host_key answerer;

	if (likely(f->kind != FLOW_KIND_SYN_ACK && f->kind != FLOW_KIND_RST))
		return 0;
	host_key_from_flow(&answerer, key, f->initiator);
	return bpf_map_lookup_elem(&hr_dests, &answerer) != NULL;
}

/* A flow began: both its hosts learn of it, and of its bytes as far as they are counted already. */
VERIFIED_ONCE int hosts_add_start(const struct seen *s, struct flow *f)
{
	struct host_key source, dest;
	struct host *h;
	__u64 bytes;
	__u32 start;
	int is_late;

	if (!s || !f)
		return 0;
	is_late = flow_is_late_answer(&s->key, f);
	start = host_start_from_flow(f, s->key.l4_proto);
	bytes = f->bytes[0] - f->bytes_told[0];
	f->bytes_told[0] += bytes;
	host_key_from_initiator(&source, s, f);
	host_key_from_flow(&dest, &s->key, !f->initiator);
	h = is_late ? NULL : host_source(&source, f, start, 0, s->now_ns);
	if (h)
		host_add_start(h, start, dest.addr, s->pkt.dest_port, bytes, s->now_ns);
	h = is_late ? bpf_map_lookup_elem(&hr_dests, &dest) : host_dest(&dest);
	if (h)
		host_add_start(h, start, source.addr, s->pkt.dest_port, bytes, s->now_ns);
	return 0;
}

static __always_inline void host_window_forgive(struct host_window *w, __u32 start)
{
	if (w->flows)
		__sync_fetch_and_add(&w->flows, -1);
	if (start & HOST_START_SYN && w->syns)
		__sync_fetch_and_add(&w->syns, -1);
	if (start & HOST_START_UDP && w->udp_flows)
		__sync_fetch_and_add(&w->udp_flows, -1);
}

/* We dropped the flow's first packet for no fault of its source: that it came to nothing is no evidence against it. */
VERIFIED_ONCE int hosts_forgive_start(const struct seen *s, const struct flow *f)
{
	struct host_sighting *sighting;
	struct host_key source;
	struct host *h;
	__u32 start, tag;

	if (!s || !f || flow_is_late_answer(&s->key, f)) /* which its source was not told of */
		return 0;
	start = host_start_from_flow(f, s->key.l4_proto);
	host_key_from_initiator(&source, s, f);
	h = bpf_map_lookup_elem(&hr_sources, &source);
	if (h) {
		host_window_forgive(host_window_now(h, HOST_SHORT, s->now_ns), start);
		host_window_forgive(host_window_now(h, HOST_LONG, s->now_ns), start);
		return 0;
	}
	sighting = host_sighting_find(&source, &tag);
	if (sighting && sighting->tag == tag)
		sighting->tag = 0;
	return 0;
}

/* Bits of peers and ports stay: they may be another flow's as well. */
static __always_inline void host_take_start(struct host *h, __u32 start, __u64 bytes, __u64 now_ns)
{
	struct host_window *longer = host_window_now(h, HOST_LONG, now_ns), *shorter = host_window_now(h, HOST_SHORT, now_ns);

	host_window_forgive(longer, start);
	host_window_forgive(shorter, start);
	if (longer->bytes[0] >= bytes)
		__sync_fetch_and_add(&longer->bytes[0], -bytes);
}

/*
 * The flow was not ours to begin: takes back what hosts_add_start() told both hosts of it. Where its packet was dropped once, its
 * source was forgiven already.
 */
VERIFIED_ONCE int hosts_take_start(const struct seen *s, const struct flow *f)
{
	struct host_key source, dest;
	struct host *h;
	__u32 start;
	int is_forgiven;

	if (!s || !f)
		return 0;
	start = host_start_from_flow(f, s->key.l4_proto);
	host_key_from_initiator(&source, s, f);
	host_key_from_flow(&dest, &s->key, !f->initiator);
	is_forgiven = f->verdict == VERDICT_DROP_ONCE && f->dropped;
	h = is_forgiven || flow_is_late_answer(&s->key, f) ? NULL : bpf_map_lookup_elem(&hr_sources, &source);
	if (h)
		host_take_start(h, start, f->bytes_told[0], s->now_ns);
	h = bpf_map_lookup_elem(&hr_dests, &dest);
	if (h)
		host_take_start(h, start, f->bytes_told[0], s->now_ns);
	return 0;
}

/* Answers do not show on an interface without the companion: there the end of a handshake tells of one. */
static __always_inline __u32 events_without_answers(struct flow *f, __u32 events)
{
	const struct settings *settings = settings_held();

	if (!(events & FLOW_HANDSHAKE) || !settings || !settings->one_way)
		return events;
	return events | flow_events_claim(f, FLOW_ANSWERED);
}

/* `events` happened to the flow for the first time (flow_events_claim). */
VERIFIED_ONCE int hosts_add_events(const struct seen *s, struct flow *f, __u32 events)
{
	struct host_key source, dest;
	struct host *h;
	__u32 start;
	int is_udp;

	if (!s || !f)
		return 0;
	events = events_without_answers(f, events);
	start = host_start_from_flow(f, s->key.l4_proto);
	is_udp = s->key.l4_proto == IPPROTO_UDP;
	host_key_from_initiator(&source, s, f);
	host_key_from_flow(&dest, &s->key, !f->initiator);
	h = flow_is_late_answer(&s->key, f) ? NULL : host_source(&source, f, start, events, s->now_ns);
	if (h)
		host_add_events(h, events, is_udp, s->now_ns);
	h = bpf_map_lookup_elem(&hr_dests, &dest);
	if (h)
		host_add_events(h, events, is_udp, s->now_ns);
	return 0;
}

/*
 * The bytes of a direction since they were told last; each is returned to one caller only. Fewer than were told are those of a
 * record that another CPU is about to begin anew: flow_counts_take().
 */
static __always_inline __u64 flow_bytes_claim(struct flow *f, int direction)
{
	__u64 told = f->bytes_told[direction], now = f->bytes[direction];

	if (now <= told || __sync_val_compare_and_swap(&f->bytes_told[direction], told, now) != told)
		return 0;
	return now - told;
}

/* Tells both hosts the bytes since the last time. */
VERIFIED_ONCE int hosts_tell_bytes(const struct seen *s, struct flow *f)
{
	struct host_key source, dest;
	__u64 forward, back;
	struct host *h;

	if (!s || !f)
		return 0;
	forward = flow_bytes_claim(f, 0);
	back = flow_bytes_claim(f, 1);
	if (!forward && !back)
		return 0;
	host_key_from_initiator(&source, s, f);
	host_key_from_flow(&dest, &s->key, !f->initiator);
	h = bpf_map_lookup_elem(&hr_sources, &source);
	if (h)
		host_add_bytes(h, forward, back, s->now_ns);
	h = bpf_map_lookup_elem(&hr_dests, &dest);
	if (h)
		host_add_bytes(h, forward, back, s->now_ns);
	return 0;
}

/* Reads what the hosts did lately that `groups` of features ask for; the other's part of the view stays as it was. */
VERIFIED_ONCE int hosts_view(const struct seen *s, const struct flow *f, struct host_view *view, __u32 groups)
{
	struct host_key key;

	if (!s || !f || !view)
		return 0;
	if (groups & FEATURE_GROUP_SOURCE) {
		host_key_from_initiator(&key, s, f);
		__builtin_memset(view->sum[HOST_SOURCE], 0, sizeof(view->sum[HOST_SOURCE]));
		host_view_fill(view, HOST_SOURCE, bpf_map_lookup_elem(&hr_sources, &key), s->now_ns);
	}
	if (groups & FEATURE_GROUP_DEST) {
		host_key_from_flow(&key, &s->key, !f->initiator);
		__builtin_memset(view->sum[HOST_DEST], 0, sizeof(view->sum[HOST_DEST]));
		host_view_fill(view, HOST_DEST, bpf_map_lookup_elem(&hr_dests, &key), s->now_ns);
	}
	return 0;
}

#endif
