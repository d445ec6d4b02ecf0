/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The feature vector: what the model sees of a flow.
 *
 * To add a feature, add one line to FEATURES. The index, the CSV column, the model schema, the reference page and the
 * kernel's computation all follow from that line. Values are integers that saturate at FEATURE_MAX.
 */
#ifndef FEATURE_VECTOR_H
#define FEATURE_VECTOR_H

#include "host.h"

/* XGBoost holds values as 32-bit floats, exact for integers up to here. */
#define FEATURE_MAX ((1u << 24) - 1)

static __always_inline __u32 feature_saturate(__u64 v)
{
	return v > FEATURE_MAX ? FEATURE_MAX : (__u32)v;
}

/* a - b, not below zero. */
static __always_inline __u64 feature_excess(__u64 a, __u64 b)
{
	return a > b ? a - b : 0;
}

/* Flows of this host still without an answer, the present one (`own` = 1 while it has none) left out. */
static __always_inline __u64 feature_unanswered(const struct host_window *w, __u32 own)
{
	return feature_excess(w->flows, (__u64)w->answered + own);
}

/* Handshakes begun and neither completed nor refused, the present one left out. */
static __always_inline __u64 feature_half_open(const struct host_window *w, __u32 own)
{
	return feature_excess(w->syns, (__u64)w->handshakes + w->rejected + own);
}

static __always_inline __u64 feature_unanswered_permille(const struct host_window *w, __u32 own)
{
	return feature_unanswered(w, own) * 1000 / (feature_excess(w->flows, 1) + 2);
}

static __always_inline __u64 feature_half_open_permille(const struct host_window *w, __u32 own)
{
	return feature_half_open(w, own) * 1000 / ((__u64)w->syns + 2);
}

static __always_inline __u64 feature_udp_silent_permille(const struct host_window *w, __u32 own)
{
	return feature_excess(w->udp_flows, (__u64)w->udp_answered + own) * 1000 / ((__u64)w->udp_flows + 2);
}

static __always_inline __u64 feature_back_permille(const struct host_window *w)
{
	return w->bytes[1] * 1000 / (w->bytes[0] + w->bytes[1] + 1);
}

static __always_inline __u32 feature_bits(__u64 v)
{
	v -= v >> 1 & 0x5555555555555555ull;
	v = (v & 0x3333333333333333ull) + (v >> 2 & 0x3333333333333333ull);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return v * 0x0101010101010101ull >> 56;
}

/* The responder's port; 0 where there are no ports. */
static __always_inline __u32 feature_dest_port(const struct flow_key *key, const struct flow *f)
{
	if (packet_is_icmp(key->l4_proto))
		return 0;
	return bpf_ntohs(key->port[(f->initiator ^ 1) & 1]);
}

static __always_inline __u64 feature_mean(__u64 sum, __u64 count)
{
	return count ? sum / count : 0;
}

static __always_inline __u64 feature_duration_us(const struct flow *f)
{
	return feature_excess(f->last_ns, f->first_ns) / 1000;
}

/* A second's share of `sum`; 0 while all of the flow is within one tick of the clock. */
static __always_inline __u64 feature_per_second(__u64 sum, const struct flow *f)
{
	__u64 us = feature_duration_us(f);

	return !us ? 0 : sum > ~0ull / 1000000 ? sum / us * 1000000 : sum * 1000000 / us;
}

enum feature_proto { FEATURE_PROTO_TCP, FEATURE_PROTO_UDP, FEATURE_PROTO_ICMP, FEATURE_PROTO_OTHER };

static __always_inline __u32 feature_proto_class(__u8 l4_proto)
{
	return l4_proto == IPPROTO_TCP					   ? FEATURE_PROTO_TCP
	       : l4_proto == IPPROTO_UDP				   ? FEATURE_PROTO_UDP
	       : l4_proto == IPPROTO_ICMP || l4_proto == IPPROTO_ICMPV6 ? FEATURE_PROTO_ICMP
									   : FEATURE_PROTO_OTHER;
}

/*
 * X(name, role, unit, expression, documentation, CICFlowMeter, UNSW-NB15, NetFlow v9/IPFIX, Zeek conn.log)
 *
 * Expressions may use, integers only:
 *   f        const struct flow *
 *   proto    the protocol number; key: const struct flow_key *
 *   ss, sl   const struct host_window *: the source (initiator), short and long horizon
 *   ds, dl   the destination (responder)
 *   silent   1 while the flow has no answer; half: 1 while its handshake is neither completed nor refused;
 *   usilent  1 for an unanswered UDP flow
 * Role: whose doings the feature tells, SOURCE, DEST or FLOW; one of DEST is 0 for a destination nobody knows.
 * Order: models are bound to the list up to the last feature that they use (docs/model-file.md), so what there is stays
 * as it is, and further features come behind all others, in a group of their own.
 * The schema hash covers name and expression: when a helper comes to compute something else, give it another name.
 * A dialect's column is NULL where the dialect has nothing of the same meaning.
 */
#define FEATURES_FIRST(X) \
X(s_unans_short, SOURCE, "flows", feature_unanswered(ss, silent), \
  "the source's other flows without an answer, last 4-9 s", NULL, NULL, NULL, NULL) \
X(s_unans_long, SOURCE, "flows", feature_unanswered(sl, silent), \
  "the source's other flows without an answer, last 69-137 s", NULL, NULL, NULL, NULL) \
X(s_unans_pm_short, SOURCE, "permille", feature_unanswered_permille(ss, silent), \
  "share of the source's other flows without an answer, short", NULL, NULL, NULL, NULL) \
X(s_unans_pm_long, SOURCE, "permille", feature_unanswered_permille(sl, silent), \
  "share of the source's other flows without an answer, long", NULL, NULL, NULL, NULL) \
X(d_unans_short, DEST, "flows", feature_unanswered(ds, silent), \
  "the destination's other flows without an answer, short", NULL, NULL, NULL, NULL) \
X(d_unans_long, DEST, "flows", feature_unanswered(dl, silent), \
  "the destination's other flows without an answer, long", NULL, NULL, NULL, NULL) \
X(d_unans_pm_short, DEST, "permille", feature_unanswered_permille(ds, silent), \
  "share of the destination's other flows without an answer, short", NULL, NULL, NULL, NULL) \
X(d_unans_pm_long, DEST, "permille", feature_unanswered_permille(dl, silent), \
  "share of the destination's other flows without an answer, long", NULL, NULL, NULL, NULL) \
X(s_half_short, SOURCE, "flows", feature_half_open(ss, half), \
  "the source's other handshakes neither completed nor refused, short", NULL, NULL, NULL, NULL) \
X(s_half_long, SOURCE, "flows", feature_half_open(sl, half), \
  "the source's other handshakes neither completed nor refused, long", NULL, NULL, NULL, NULL) \
X(d_half_long, DEST, "flows", feature_half_open(dl, half), \
  "the destination's other handshakes neither completed nor refused, long", NULL, NULL, NULL, NULL) \
X(s_half_pm_short, SOURCE, "permille", feature_half_open_permille(ss, half), \
  "share of the source's handshakes neither completed nor refused, short", NULL, NULL, NULL, NULL) \
X(d_half_pm_short, DEST, "permille", feature_half_open_permille(ds, half), \
  "share of the destination's handshakes neither completed nor refused, short", NULL, NULL, NULL, NULL) \
X(s_hs_short, SOURCE, "flows", ss->handshakes, \
  "handshakes that the source completed, short", NULL, NULL, NULL, NULL) \
X(s_hs_long, SOURCE, "flows", sl->handshakes, \
  "handshakes that the source completed, long", NULL, NULL, NULL, NULL) \
X(d_hs_short, DEST, "flows", ds->handshakes, \
  "handshakes completed with the destination, short", NULL, NULL, NULL, NULL) \
X(d_hs_long, DEST, "flows", dl->handshakes, \
  "handshakes completed with the destination, long", NULL, NULL, NULL, NULL) \
X(s_rej_short, SOURCE, "flows", ss->rejected, \
  "the source's flows that were refused, short", NULL, NULL, NULL, NULL) \
X(s_rej_long, SOURCE, "flows", sl->rejected, \
  "the source's flows that were refused, long", NULL, NULL, NULL, NULL) \
X(d_rej_short, DEST, "flows", ds->rejected, \
  "flows that the destination refused, short", NULL, NULL, NULL, NULL) \
X(d_rej_long, DEST, "flows", dl->rejected, \
  "flows that the destination refused, long", NULL, NULL, NULL, NULL) \
X(s_udp1_pm, SOURCE, "permille", feature_udp_silent_permille(sl, usilent), \
  "share of the source's other UDP flows without an answer, long", NULL, NULL, NULL, NULL) \
X(d_udp1_pm, DEST, "permille", feature_udp_silent_permille(dl, usilent), \
  "share of the destination's other UDP flows without an answer, long", NULL, NULL, NULL, NULL) \
X(s_bby_pm, SOURCE, "permille", feature_back_permille(sl), \
  "bytes that came back to the source, of all bytes of its flows, long", NULL, NULL, NULL, NULL) \
X(d_bby_pm, DEST, "permille", feature_back_permille(dl), \
  "bytes that the destination sent back, of all bytes of its flows, long", NULL, NULL, NULL, NULL) \
X(s_peers_short, SOURCE, "0..64", feature_bits(ss->peers), \
  "addresses that the source spoke to (bits of a 64-bit hash map), short", NULL, NULL, NULL, NULL) \
X(s_peers_long, SOURCE, "0..64", feature_bits(sl->peers), \
  "addresses that the source spoke to (bits of a 64-bit hash map), long", NULL, NULL, NULL, NULL) \
X(d_peers_short, DEST, "0..64", feature_bits(ds->peers), \
  "addresses that spoke to the destination (bits of a 64-bit hash map), short", NULL, NULL, NULL, NULL) \
X(s_ports_short, SOURCE, "0..64", feature_bits(ss->ports), \
  "destination ports that the source spoke to (bits of a 64-bit hash map), short", NULL, NULL, NULL, NULL) \
X(s_ports_long, SOURCE, "0..64", feature_bits(sl->ports), \
  "destination ports that the source spoke to (bits of a 64-bit hash map), long", NULL, NULL, NULL, NULL) \
X(kind, FLOW, "class", f->kind, \
  "first packet: 0 not TCP, 1 SYN, 2 SYN-ACK, 3 RST, 4 ACK, 5 FIN with ACK, 6 none of these flags", NULL, NULL, NULL, NULL) \
X(l4_class, FLOW, "class", feature_proto_class(proto), \
  "0 TCP, 1 UDP, 2 ICMP or ICMPv6, 3 other", NULL, NULL, NULL, NULL) \
X(tstate, FLOW, "class", f->state, \
  "TCP: 0 none, 1 SYN, 2 SYN-ACK, 3 established, 4 FIN after that, 5 RST", NULL, NULL, NULL, NULL) \
X(fpk, FLOW, "packets", f->packets[0], \
  "packets from the initiator", "Total Fwd Packets", "spkts", "IN_PKTS", "orig_pkts") \
X(len_min, FLOW, "bytes", f->len_min, \
  "shortest IP packet from the initiator", NULL, NULL, NULL, NULL) \
X(len_max, FLOW, "bytes", f->len_max, \
  "longest IP packet from the initiator", NULL, NULL, NULL, NULL) \
X(pay0, FLOW, "bytes", f->payload_first, \
  "bytes behind the headers of the first packet", NULL, NULL, NULL, NULL) \
X(ans, FLOW, "0/1", (f->events & FLOW_ANSWERED) != 0, \
  "the flow was answered; where answers are not seen, its handshake completed", NULL, NULL, NULL, NULL)

/* What public flow tables are built on, as far as the record holds it. How much, and what. */
#define FEATURES_VOLUME(X) \
X(dport, DEST, "port", feature_dest_port(key, f), \
  "destination port; 0 without ports", "Destination Port", "dsport", "L4_DST_PORT", "id.resp_p") \
X(l4_proto, FLOW, "number", proto, \
  "IP protocol number", "Protocol", "proto", "PROTOCOL", "proto") \
X(bpk, FLOW, "packets", f->packets[1], \
  "packets back to the initiator", "Total Backward Packets", "dpkts", "OUT_PKTS", "resp_pkts") \
X(fby, FLOW, "bytes", f->bytes[0], \
  "bytes of the initiator's IP packets", NULL, "sbytes", "IN_BYTES", "orig_ip_bytes") \
X(bby, FLOW, "bytes", f->bytes[1], \
  "bytes of the IP packets back", NULL, "dbytes", "OUT_BYTES", "resp_ip_bytes") \
X(flen_mean, FLOW, "bytes", feature_mean(f->bytes[0], f->packets[0]), \
  "mean IP packet of the initiator", NULL, "smean", NULL, NULL) \
X(blen_mean, FLOW, "bytes", feature_mean(f->bytes[1], f->packets[1]), \
  "mean IP packet back", NULL, "dmean", NULL, NULL) \
X(fflags, FLOW, "bits", f->tcp_flags[0], \
  "TCP flags that the initiator sent, or-ed", NULL, NULL, "CLIENT_TCP_FLAGS", NULL) \
X(bflags, FLOW, "bits", f->tcp_flags[1], \
  "TCP flags that came back, or-ed", NULL, NULL, "SERVER_TCP_FLAGS", NULL) \
X(fin_seen, FLOW, "0/1", ((f->tcp_flags[0] | f->tcp_flags[1]) & TCP_FIN) != 0, \
  "a FIN was seen, either way", "FIN Flag Count", NULL, "TCP_FLAGS", NULL) \
X(syn_seen, FLOW, "0/1", ((f->tcp_flags[0] | f->tcp_flags[1]) & TCP_SYN) != 0, \
  "a SYN was seen, either way", "SYN Flag Count", NULL, "TCP_FLAGS", NULL) \
X(rst_seen, FLOW, "0/1", ((f->tcp_flags[0] | f->tcp_flags[1]) & TCP_RST) != 0, \
  "a RST was seen, either way", "RST Flag Count", NULL, "TCP_FLAGS", NULL) \
X(psh_seen, FLOW, "0/1", ((f->tcp_flags[0] | f->tcp_flags[1]) & TCP_PSH) != 0, \
  "a PSH was seen, either way", "PSH Flag Count", NULL, "TCP_FLAGS", NULL) \
X(urg_seen, FLOW, "0/1", ((f->tcp_flags[0] | f->tcp_flags[1]) & TCP_URG) != 0, \
  "a URG was seen, either way", "URG Flag Count", NULL, "TCP_FLAGS", NULL)

/* How long, and how fast; a rate is 0 while the duration is. */
#define FEATURES_PACE(X) \
X(dur_ms, FLOW, "ms", feature_duration_us(f) / 1000, \
  "time from the first packet to the last", "Flow Duration", "dur", "FLOW_DURATION_MILLISECONDS", "duration") \
X(pps, FLOW, "packets/s", feature_per_second(f->packets[0] + f->packets[1], f), \
  "packets of both directions a second", "Flow Packets/s", NULL, NULL, NULL) \
X(byps, FLOW, "bytes/s", feature_per_second(f->bytes[0] + f->bytes[1], f), \
  "bytes of the IP packets of both directions a second", NULL, NULL, NULL, NULL) \
X(fpps, FLOW, "packets/s", feature_per_second(f->packets[0], f), \
  "packets from the initiator a second", "Fwd Packets/s", NULL, NULL, NULL) \
X(bpps, FLOW, "packets/s", feature_per_second(f->packets[1], f), \
  "packets back a second", "Bwd Packets/s", NULL, NULL, NULL) \
X(fbyps, FLOW, "bytes/s", feature_per_second(f->bytes[0], f), \
  "bytes of the initiator's IP packets a second", NULL, NULL, NULL, NULL) \
X(bbyps, FLOW, "bytes/s", feature_per_second(f->bytes[1], f), \
  "bytes of the IP packets back a second", NULL, NULL, NULL, NULL) \
X(iat_us, FLOW, "us", feature_mean(feature_duration_us(f), feature_excess(f->packets[0] + f->packets[1], 1)), \
  "mean time between packets, whichever way they go", "Flow IAT Mean", NULL, NULL, NULL)

#define FEATURES(X) FEATURES_FIRST(X) FEATURES_VOLUME(X) FEATURES_PACE(X)

/* What a model pays for is built group by group; the flow's own of the first list always are: verdict.h asks for them. */
enum feature_group {
	FEATURE_GROUP_SOURCE = 1 << 0, /* of FEATURES_FIRST, by role: what the record of the source tells */
	FEATURE_GROUP_DEST = 1 << 1,
	FEATURE_GROUP_VOLUME = 1 << 2,
	FEATURE_GROUP_PACE = 1 << 3,
	FEATURE_GROUPS_ALL = (1 << 4) - 1,
};

enum feature_id {
#define X(name, ...) FEATURE_##name,
	FEATURES(X)
#undef X
	FEATURE_COUNT
};

#define X(...) +1
enum {
	FEATURES_FIRST_COUNT = FEATURES_FIRST(X),
	FEATURES_VOLUME_COUNT = FEATURES_VOLUME(X),
};
#undef X

#define FEATURE_SLOTS 64 /* a power of two, so an index can be masked */
_Static_assert(FEATURE_COUNT <= FEATURE_SLOTS, "raise FEATURE_SLOTS");

struct features {
	__u32 value[FEATURE_SLOTS];
};

enum feature_role { FEATURE_ROLE_SOURCE, FEATURE_ROLE_DEST, FEATURE_ROLE_FLOW };

/*
 * Fills a zeroed vector, its slots behind FEATURE_COUNT stay zero, and so do those of groups that are not among `groups`;
 * of `hosts` only what these ask for is read. The flow has counted the packet it is scored at.
 */
static __always_inline void features_from_flow(struct features *out, const struct flow *f, const struct flow_key *key,
					       const struct host_view *hosts, __u32 groups)
{
	const struct host_window *ss = &hosts->sum[HOST_SOURCE][HOST_SHORT], *sl = &hosts->sum[HOST_SOURCE][HOST_LONG];
	const struct host_window *ds = &hosts->sum[HOST_DEST][HOST_SHORT], *dl = &hosts->sum[HOST_DEST][HOST_LONG];
	__u8 proto = key->l4_proto;
	__u32 silent = !(f->events & FLOW_ANSWERED);
	__u32 half = f->kind == FLOW_KIND_SYN && !(f->events & (FLOW_HANDSHAKE | FLOW_REJECTED));
	__u32 usilent = proto == IPPROTO_UDP && silent;

#define X_OF_ROLE(which, name, role, expression)                                                                       \
	if (FEATURE_ROLE_##role == FEATURE_ROLE_##which)                                                               \
		out->value[FEATURE_##name] = feature_saturate(expression);
	if (groups & FEATURE_GROUP_SOURCE) {
#define X(name, role, unit, expression, ...) X_OF_ROLE(SOURCE, name, role, expression)
		FEATURES_FIRST(X)
#undef X
	}
	if (groups & FEATURE_GROUP_DEST) {
#define X(name, role, unit, expression, ...) X_OF_ROLE(DEST, name, role, expression)
		FEATURES_FIRST(X)
#undef X
	}
#define X(name, role, unit, expression, ...) X_OF_ROLE(FLOW, name, role, expression)
	FEATURES_FIRST(X)
#undef X
#undef X_OF_ROLE
#define X(name, role, unit, expression, ...) out->value[FEATURE_##name] = feature_saturate(expression);
	if (groups & FEATURE_GROUP_VOLUME) {
		FEATURES_VOLUME(X)
	}
	if (groups & FEATURE_GROUP_PACE) {
		FEATURES_PACE(X)
	}
#undef X
}

/* The same vector as if nothing were known of the destination. */
static __always_inline void features_without_dest(struct features *out, const struct features *x)
{
	*out = *x;
#define X(name, role, ...)                                                                                             \
	if (FEATURE_ROLE_##role == FEATURE_ROLE_DEST)                                                                  \
		out->value[FEATURE_##name] = 0;
	FEATURES(X)
#undef X
}

#endif
