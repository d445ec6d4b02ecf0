/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The verdict: what a score earns a flow, and what evidence may do.
 *
 * A score rests on what the source did, on what the destination goes through, and on the flow itself. Only what came of
 * several *other* flows of the source condemns a flow at once (evidence about the source). Anything less acts on
 * strangers alone: flows of a source that completed no handshake lately. An honest client of a server under a flood looks
 * like that at its first packet, and so does one in whose name others send; so this packet is dropped and the retry
 * (retry.h) passes, as what follows does. SYNs and SYN-ACKs are sent again; what a reset was to end ends with the next packet
 * that goes astray; who asks by UDP or pings, and was never answered, asks again, and a source loses only one such packet in
 * several seconds. ACKs may be of a connection that is older than we are: they are only logged, as is what is neither TCP,
 * UDP nor ICMP. A flow that began with a SYN and is still no more after more packets than a client sends is condemned.
 *
 * What follows a condemnation is a response, by class; and a response may turn against the source. That takes flows
 * condemned on evidence about the source, and more, for what a source is blocked for may have been sent in its name.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "model.h"

enum mode { MODE_MONITOR, MODE_ENFORCE }; /* 0, what an untouched map says, drops nothing */
enum engine { ENGINE_KERNEL, ENGINE_USER, ENGINE_BOTH };

enum verdict {
	VERDICT_PASS,
	VERDICT_LOG,	   /* suspicious: passes, is logged */
	VERDICT_DROP_ONCE, /* this packet only; the flow is judged again */
	VERDICT_DROP,	   /* the flow is condemned */
	VERDICT_COUNT
};

enum reason {
	REASON_NONE,
	REASON_SOURCE,	    /* the model, on what came of the source's other flows */
	REASON_DESTINATION, /* the model, but not on that: what the destination goes through, or the flow itself */
	REASON_CONDEMNED,   /* an earlier verdict on this flow */
	REASON_AGENT,	    /* the agent's model, by a verdict written back */
	REASON_BLOCKED,	    /* the operator's block list */
	REASON_COUNT
};

/* What becomes of flows that the model condemns. */
enum response_kind {
	RESPONSE_UNSET, /* of a scope: as for everything else; of the settings: drop */
	RESPONSE_LOG,	/* they pass */
	RESPONSE_DROP,
	RESPONSE_BLOCK, /* they are dropped, and of their source everything, once there were enough of them */
	RESPONSE_LIMIT, /* so many of their packets pass: a source's packets share one rate */
	RESPONSE_KINDS
};

struct response {
	__u32 kind;	 /* enum response_kind */
	__u32 count;	 /* block: condemned flows that it takes; limit: packets a second */
	__u64 within_ns; /* block: from the first of them to the last */
	__u64 for_ns;	 /* block: how long */
};

#define BLOCK_UNPROVEN_NS (60 * 1000000000ull)

/* True when the flow's initiator is at its address for certain: it named the sequence number that was sent there. */
static __always_inline int flow_shows_sender(const struct flow *f)
{
	return f->events & FLOW_HANDSHAKE && f->isn[1];
}

/*
 * True when an address did lately what the honest do: completed a handshake, was answered over UDP, or over a connection
 * of which we did not see the SYN. Answered SYNs say nothing.
 */
static __always_inline int window_shows_honest(const struct host_window *lately)
{
	return lately->handshakes || lately->udp_answered || lately->answered > lately->syns + lately->rejected;
}

/*
 * How long the source of `flows` condemned flows is blocked, 0: not; `proven` of them showed who sent them
 * (flow_shows_sender). Without such proof somebody else may have sent them: no address with an honest past is then
 * blocked, and no other for long.
 */
static __always_inline __u64 block_earned_ns(const struct response *r, __u32 flows, __u32 proven,
					     const struct host_window *lately)
{
	if (proven >= r->count)
		return r->for_ns;
	if (flows < r->count || window_shows_honest(lately))
		return 0;
	return r->for_ns < BLOCK_UNPROVEN_NS ? r->for_ns : BLOCK_UNPROVEN_NS;
}

enum stranger {
	STRANGER_NOT,
	STRANGER_ONCE, /* at his first packet */
	STRANGER,      /* and as long as no more comes of the flow */
	STRANGER_LATE, /* not at his first packet, but when so many come that no client sends them */
};

#define VERDICT_PACKETS_SURE 16 /* packets from which on other evidence condemns a stranger: Linux sends 7 SYNs, since 6.5 11 */
#define VERDICT_SOURCE_FLOWS 4 /* policy.source_flows of what the exporter writes */
#define VERDICT_PLIGHT_FLOWS 64 /* of a destination that fails for everybody, */
#define VERDICT_PLIGHT_TIMES 8	/* and so many times those of the source */
#define VERDICT_CROWD_PEERS 32	/* of 64 that are told apart, at one destination in some seconds: 44 addresses, or more */
#define VERDICT_UNDER_WAY 512	/* handshakes: one program at its busiest, and a round trip, have fewer under way */
#define VERDICT_SCAN_PLACES 16	/* of 64 that are told apart: at so many nobody has connections that all fell silent */

/* The rules below look at what both hosts did lately, whatever the model asks for. */
#define VERDICT_GROUPS (FEATURE_GROUP_SOURCE | FEATURE_GROUP_DEST)

static __always_inline int features_show_handshake(const struct features *x)
{
	__u32 state = x->value[FEATURE_tstate];

	return state == FLOW_STATE_ESTABLISHED || state == FLOW_STATE_FIN;
}

/*
 * True when somebody real sends from this address, for it completed handshakes, and yet more of its flows came to nothing
 * than that: they may be forged, for anybody can send a SYN in an honest client's name.
 */
static __always_inline int features_show_doubt(const struct features *x)
{
	__u32 handshakes = x->value[FEATURE_s_hs_long];

	if (!handshakes)
		handshakes = features_show_handshake(x);
	return handshakes && (x->value[FEATURE_s_unans_long] > handshakes || x->value[FEATURE_s_half_long] > handshakes ||
			      x->value[FEATURE_s_rej_long] > handshakes);
}

/*
 * True when any of the source's other flows was answered in the long window: they are more than those without an answer,
 * so that the share of these is less than it would be. A source with a record spoke to somebody; after first packets that we
 * dropped alone nothing is held against it either.
 */
static __always_inline int features_show_answered(const struct features *x)
{
	__u64 silent = x->value[FEATURE_s_unans_long];

	if (x->value[FEATURE_s_bby_pm])
		return 1;
	return x->value[FEATURE_s_peers_long] && (!silent || x->value[FEATURE_s_unans_pm_long] < silent * 1000 / (silent + 2));
}

/* The greater of two features. */
static __always_inline __u32 features_max(const struct features *x, enum feature_id a, enum feature_id b)
{
	return x->value[a] > x->value[b] ? x->value[a] : x->value[b];
}

/* How many places the source spoke to, by addresses or by ports: of 64 that are told apart. */
static __always_inline __u32 features_places(const struct features *x)
{
	return features_max(x, FEATURE_s_peers_long, FEATURE_s_ports_long);
}

/* True while more addresses speak to the destination than one program, one proxy or one site's few have. */
static __always_inline int features_show_crowd(const struct features *x)
{
	return x->value[FEATURE_d_peers_short] >= VERDICT_CROWD_PEERS;
}

/* True while most handshakes with the destination, and many, stay half-open. */
static __always_inline int features_show_half_open(const struct features *x)
{
	return x->value[FEATURE_d_half_long] >= VERDICT_PLIGHT_FLOWS && x->value[FEATURE_d_half_pm_short] >= 500;
}

/*
 * True while nearly all that it answers comes to nothing, most often because it refuses it; in the short window, too, for a
 * service that restarts is back soon. What it refuses by ICMP counts as unanswered, and so does what we drop, which stays
 * half-open as well: neither is in the difference.
 */
static __always_inline int features_show_refusal(const struct features *x)
{
	__u64 refused = feature_excess((__u64)x->value[FEATURE_d_rej_long] + x->value[FEATURE_d_half_long],
				       x->value[FEATURE_d_unans_long]);

	return refused >= VERDICT_PLIGHT_FLOWS && refused / VERDICT_PLIGHT_TIMES >= x->value[FEATURE_d_hs_long] &&
	       x->value[FEATURE_d_rej_short] >= VERDICT_PLIGHT_FLOWS &&
	       x->value[FEATURE_d_rej_short] / VERDICT_PLIGHT_TIMES >= x->value[FEATURE_d_hs_short];
}

/*
 * True when a first SYN may be one of many with invented senders: what a crowd asks of the destination stays half-open, or
 * is refused. What else befalls the destination says nothing about who connects to it, and one client with many connections
 * under way is no crowd; nor belongs to it whom so far the destination refused and never kept waiting. A scan counts as one,
 * in whoever's name.
 */
static __always_inline int features_show_syn_flood(const struct features *x)
{
	if (features_show_doubt(x) && features_max(x, FEATURE_s_unans_long, FEATURE_s_half_long) >= VERDICT_PLIGHT_FLOWS &&
	    features_places(x) >= VERDICT_SCAN_PLACES)
		return 1;
	if (x->value[FEATURE_s_rej_long] && !x->value[FEATURE_s_half_long] && !x->value[FEATURE_s_unans_long])
		return 0;
	return features_show_crowd(x) && (features_show_half_open(x) || features_show_refusal(x));
}

/* The same of datagrams: a crowd that is not answered. Pings are, as long as the destination can. */
static __always_inline int features_show_datagram_flood(const struct features *x)
{
	return features_show_crowd(x) && (x->value[FEATURE_l4_class] == FEATURE_PROTO_ICMP ||
					  x->value[FEATURE_d_unans_long] >= VERDICT_PLIGHT_FLOWS);
}

/*
 * Who sends again what is lost. Where answers do not show, what we asked for looks like a first packet, and who was answered
 * like one who was not.
 */
static __always_inline enum stranger features_show_caller(const struct policy *p, const struct features *x)
{
	__u32 kind = x->value[FEATURE_kind], l4_class = x->value[FEATURE_l4_class];

	if (kind == FLOW_KIND_SYN || kind == FLOW_KIND_STRAY) {
		if (x->value[FEATURE_ans]) /* an answer may have been lost on its way */
			return STRANGER_ONCE;
		return kind == FLOW_KIND_STRAY || features_show_syn_flood(x) ? STRANGER : STRANGER_LATE;
	}
	if (p->one_way)
		return STRANGER_NOT;
	if (kind == FLOW_KIND_RST) /* ends what there is no more; whoever sends it */
		return STRANGER_ONCE;
	if (kind == FLOW_KIND_SYN_ACK)
		return features_show_crowd(x) ? STRANGER_ONCE : STRANGER_NOT;
	if (kind != FLOW_KIND_NOT_TCP || x->value[FEATURE_ans] || features_show_answered(x))
		return STRANGER_NOT;
	if (l4_class != FEATURE_PROTO_UDP && l4_class != FEATURE_PROTO_ICMP)
		return STRANGER_NOT;
	return features_show_datagram_flood(x) ? STRANGER_ONCE : STRANGER_NOT;
}

/* Whether nothing shows yet that somebody real is at the other end of the flow, and its sender will try again. */
static __always_inline enum stranger features_show_stranger(const struct policy *p, const struct features *x)
{
	if (features_show_handshake(x) || (x->value[FEATURE_s_hs_long] && !features_show_doubt(x)))
		return STRANGER_NOT;
	return features_show_caller(p, x);
}

/* True for a TCP flow that we did not see begin: it may be older than we are, or than its place in a full table. */
static __always_inline int features_show_older(const struct features *x)
{
	return x->value[FEATURE_kind] >= FLOW_KIND_SYN_ACK && x->value[FEATURE_kind] != FLOW_KIND_STRAY;
}

/* What came to nothing most: flows without an answer, half-open or refused. */
static __always_inline __u32 features_failed(const struct features *x, enum feature_id unanswered, enum feature_id half,
					     enum feature_id refused)
{
	__u32 failed = features_max(x, unanswered, half);

	return failed > x->value[refused] ? failed : x->value[refused];
}

/*
 * True when the destination fails for everybody, and what the source lacks is little of that: so it goes with the honest
 * clients of a server that a flood keeps from answering, who have many connections that wait, and of one that is gone and
 * refuses them again and again.
 */
static __always_inline int features_show_plight(const struct features *x)
{
	__u32 dest = features_failed(x, FEATURE_d_unans_long, FEATURE_d_half_long, FEATURE_d_rej_long);
	__u32 source = features_failed(x, FEATURE_s_unans_long, FEATURE_s_half_long, FEATURE_s_rej_long);

	return x->value[FEATURE_kind] != FLOW_KIND_NOT_TCP && dest >= VERDICT_PLIGHT_FLOWS &&
	       dest / VERDICT_PLIGHT_TIMES >= source;
}

/*
 * True when enough of the handshakes that the source began are abandoned: nobody answered, or they are at more places, or
 * more of them at one, than one who waits for the ends of answered ones has under way.
 */
static __always_inline int features_show_abandoned(const struct policy *p, const struct features *x)
{
	__u32 half = x->value[FEATURE_s_half_long];

	if (!p->one_way && x->value[FEATURE_s_unans_long] >= p->source_flows)
		return half >= p->source_flows;
	return half >= VERDICT_UNDER_WAY || (half >= VERDICT_SCAN_PLACES && features_places(x) >= VERDICT_SCAN_PLACES);
}

/*
 * True when enough of the source's other flows came to nothing: unanswered, half-open or refused. What one who asks at one
 * place only shares with everybody there shows nothing: he is a client that waits for his server. Unanswered flows are no
 * evidence against one that is older than what we know, for they may be its like, met again; unless they went to more places
 * than anybody has connections to, who completed no handshake all the while. None is where there is doubt.
 */
static __always_inline int features_show_source(const struct policy *p, const struct features *x)
{
	__u32 enough = p->source_flows, silent = x->value[FEATURE_s_unans_long];

	if (!enough)
		return 1;
	if (features_show_doubt(x))
		return 0;
	if (features_places(x) < enough && features_show_plight(x))
		return 0;
	if (x->value[FEATURE_s_rej_long] >= enough || features_show_abandoned(p, x))
		return 1;
	if (p->one_way) /* nobody's answers show */
		return 0;
	if (!features_show_older(x))
		return silent >= enough;
	return silent >= VERDICT_SCAN_PLACES && features_places(x) >= VERDICT_SCAN_PLACES && !x->value[FEATURE_s_hs_long];
}

/*
 * `score` with all features; `score_source` without the destination's, looked at only when `score` condemns. `source`
 * and `stranger` as above. `packets` of both directions, the scored one included. Sets *reason.
 */
static __always_inline enum verdict verdict_from_scores(const struct policy *p, __s64 score, __s64 score_source,
							int source, enum stranger stranger, __u64 packets,
							enum reason *reason)
{
	if (score < p->drop_at) {
		*reason = REASON_NONE;
		return score < p->log_at ? VERDICT_PASS : VERDICT_LOG;
	}
	if (source && score_source >= p->drop_at) {
		*reason = REASON_SOURCE;
		return VERDICT_DROP;
	}
	*reason = REASON_DESTINATION;
	if (packets == 1)
		return stranger == STRANGER || stranger == STRANGER_ONCE ? VERDICT_DROP_ONCE : VERDICT_LOG;
	return stranger >= STRANGER && packets >= VERDICT_PACKETS_SURE ? VERDICT_DROP : VERDICT_LOG;
}

/*
 * The same once the host's sockets were asked, where they are; `events` of the flow. They have a say in the strength of what
 * is no evidence about the source, whoever sends: nobody loses a packet that no socket is for, and a connection that
 * stands here, though we did not see it begin, is no stranger's.
 */
static __always_inline enum verdict verdict_by_sockets(enum verdict verdict, enum reason reason, __u32 events, __u64 packets)
{
	if (reason != REASON_DESTINATION || !(events & FLOW_SOCKETS))
		return verdict;
	if (!(events & FLOW_UNAWAITED))
		return VERDICT_LOG;
	if (packets == 1)
		return VERDICT_DROP_ONCE;
	return packets >= VERDICT_PACKETS_SURE ? VERDICT_DROP : VERDICT_LOG;
}

/* Room to reach a verdict in. `class` and `score_is` are those of the first walk, as in struct model_sums. */
struct judging {
	struct features spare;
	struct model_sums sums;
	__s64 score_source; /* of the second walk, where there was one */
	__u32 class;
	__u32 score_is;
};

/*
 * The model's verdict on a vector, by thresholds that need not be its own. The second walk is made only when the first
 * condemns. Sets *score (of the first walk), *reason, room->class and room->score_is. Unless `exact`, which other
 * thresholds ask for, a walk may end when it is decided.
 */
static __always_inline enum verdict verdict_by_policy(const struct model *m, const struct policy *p, const struct features *x,
						      struct judging *room, __u64 packets, int exact, __s64 *score,
						      enum reason *reason)
{
	__s64 score_source;

	*score = score_source = model_decide(m, x, &room->sums, exact);
	room->class = room->sums.class;
	room->score_is = room->sums.score_is;
	if (*score >= p->drop_at) {
		if (m->class_role[room->class & (MODEL_CLASSES_MAX - 1)] == CLASS_SUSPECT) {
			*reason = REASON_NONE;
			return VERDICT_LOG;
		}
		features_without_dest(&room->spare, x);
		score_source = model_decide(m, &room->spare, &room->sums, exact);
		if (m->class_role[room->sums.class & (MODEL_CLASSES_MAX - 1)] == CLASS_SUSPECT)
			score_source = p->drop_at - 1ll; /* nothing that condemns */
	}
	room->score_source = score_source;
	return verdict_from_scores(p, *score, score_source, features_show_source(p, x), features_show_stranger(p, x),
				   packets, reason);
}

#endif
