/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Blocks, checkpoints and verdicts: everything that decides whether a packet goes on. */
#ifndef JUDGE_BPF_H
#define JUDGE_BPF_H

#include "blocked.bpf.h"
#include "blocks.bpf.h"
#include "hosts.bpf.h"
#include "lists.bpf.h"
#include "model.bpf.h"
#include "model_entry.bpf.h"
#include "retry.bpf.h"
#include "shadow.bpf.h"
#include "sockets.bpf.h"
#include "tell.bpf.h"

/*
 * Functions that may end a packet's way return its XDP action, the packet then counted under its outcome, or -1 when
 * they have no objection.
 */

/* `spared`: the packet passes all the same. */
static __always_inline void verdict_note(const struct seen *s, const struct settings *settings, const struct flow *f,
					 enum verdict verdict, enum reason reason, enum engine engine, int spared)
{
	int drops = verdict >= VERDICT_DROP_ONCE && !spared;
	int enforce = drops && drops_are_enforced(s, settings, f, reason);
	struct telling what = {
		.verdict = verdict,
		.reason = reason,
		.dropped = enforce,
		.would_drop = drops && !enforce,
		.engine = engine,
	};

	verdict_tell(s, f, &what, settings);
}

static __always_inline void drop_tell(const struct seen *s, const struct settings *settings, const struct flow *f,
				      enum verdict verdict, enum reason reason, enum engine engine)
{
	verdict_note(s, settings, f, verdict, reason, engine, 0);
}

/* True when the entry's packets are to be told again: once a second. The others are its count. */
static __always_inline int block_is_due(struct list_entry *e, enum mode mode, __u64 now_ns)
{
	if (likely((__s64)(now_ns - e->told_ns) < (__s64)SECOND_NS))
		return 0;
	e->told_ns = now_ns;
	count(mode == MODE_ENFORCE ? COUNTER_told_blocked : COUNTER_told_would_blocked);
	return 1;
}

/*
 * A packet from a blocked network, or of a blocked flow. `f` may be a record that is in no table: what is blocked earns
 * none. Returns the XDP action, or -1 when the block has expired.
 */
VERIFIED_ONCE int packet_block(const struct seen *s, const struct settings *settings, struct flow *f)
{
	struct list_entry *e;

	if (!s || !settings || !f)
		return -1;
	e = list_find(list_tables_index(LIST_BLOCK, settings->lists_in_use), s->pkt.source, s->now_ns);
	if (!e)
		e = block_find_flow(s, settings->lists_in_use);
	if (!e)
		return -1;
	__sync_fetch_and_add(&e->packets, 1);
	if (block_is_due(e, mode_of_flow(settings, f), s->now_ns))
		drop_tell(s, settings, f, VERDICT_DROP, REASON_BLOCKED, ENGINE_KERNEL);
	return packet_drop(s, settings, f, REASON_BLOCKED);
}

VERIFIED_ONCE int sender_block_tell(struct seen *s, const struct settings *settings)
{
	struct scratch *scratch = scratch_get();
	__u32 events;

	if (!s || !settings || !scratch)
		return 0;
	s->sender = flow_key_from_packet(&s->key, &s->pkt);
	__builtin_memset(&scratch->flow, 0, sizeof(scratch->flow));
	flow_begin(&scratch->flow, &s->pkt, s->sender, s->now_ns);
	flow_add(&scratch->flow, &s->pkt, 0, 1, s->pkt.l3_len, s->now_ns, &events);
	drop_tell(s, settings, &scratch->flow, VERDICT_DROP, REASON_BLOCKED, ENGINE_KERNEL);
	return 0;
}

/*
 * A packet whose sender is on the block list by its very address: its flow is not even looked up. Returns the XDP
 * action, or -1 when the list has no objection.
 */
static __always_inline int sender_block(struct seen *s, const struct settings *settings)
{
	__u32 generation = generation_before(settings);
	struct blocked_sender *known;
	struct list_entry *e;

	if (settings->scopes) /* whose mode is the flow's */
		return -1;
	known = blocked_find(s, generation);
	if (likely(known)) {
		__sync_fetch_and_add(&known->packets, 1);
		return packet_end(s, settings, NULL, REASON_BLOCKED);
	}
	e = list_find_key(list_tables_index(LIST_BLOCK, settings->lists_in_use), s->pkt.source, s->now_ns);
	if (!e || block_is_spared(e, s, settings, generation))
		return -1;
	__sync_fetch_and_add(&e->packets, 1);
	if (block_is_due(e, settings->mode, s->now_ns))
		sender_block_tell(s, settings);
	if (list_address_is_ipv4(s->pkt.source))
		blocked_note(s, settings, e, generation);
	return packet_end(s, settings, NULL, REASON_BLOCKED);
}

static __always_inline int sender_is_hinted(const struct seen *s, const struct settings *settings)
{
	struct list_hints *hints = list_hints_get(list_tables_index(LIST_BLOCK, settings->lists_in_use));

	return hints && list_is_hinted(hints, s->pkt.source);
}

/* NULL where the slot is empty. */
static __always_inline struct model *model_in_slot(__u32 slot)
{
	struct model *m = bpf_map_lookup_elem(&hr_models, &slot);

	return m && m->id ? m : NULL;
}

/* The same, for a walk; NULL also for one that the agent alone walks. */
static __always_inline struct model *model_to_walk(__u32 slot)
{
	struct model *m = model_in_slot(slot);

	return m && m->kind != MODEL_FOREST ? m : NULL;
}

/* What the model is asked by: the thresholds that the flow's scope has, and whether answers show. */
static __always_inline void policy_begin(struct scratch *scratch, const struct settings *settings, const struct flow *f)
{
	const struct scope *c = f->scope ? scope_of_flow(settings, f) : NULL;

	scratch->one_way = settings->one_way;
	scratch->margins.has = 0;
	if (c)
		scratch->margins = c->margins;
}

static __always_inline void policy_prepare(struct scratch *scratch, const struct model *m)
{
	policy_by_margins(&scratch->policy, m, &scratch->margins);
	scratch->policy.one_way = scratch->one_way;
}

/* A model is to be asked next, by the thresholds that hold for the flow. */
static __always_inline void model_prepare(struct scratch *scratch, const struct model *m, __u32 slot)
{
	model_call_prepare(&scratch->call, m, slot);
	policy_prepare(scratch, m);
	scratch->call.again_at = scratch->policy.drop_at;
}

/* The model that judges a flow. */
static __always_inline struct model *model_of_flow(const struct settings *settings, const struct flow_key *key)
{
	return model_in_slot(shadow_arm(settings, key) == ARM_CHALLENGER ? settings->shadow - 1 : settings->model_slot);
}

/* What a model makes of the vector: by its code's scores where there are any. The score is a bound unless `exact`. */
VERIFIED_ONCE int opinion_form(struct opinion *out, const struct model *m, struct scratch *scratch, __u64 count_now,
			       __u32 exact)
{
	struct model_call *call;
	enum reason reason;
	__s64 score;

	if (!out || !m || !scratch)
		return 0;
	call = &scratch->call;
	policy_prepare(scratch, m);
	exact |= scratch->margins.has;
	if (call->scored_by == m->id) {
		score = call->score[0];
		scratch->judging.class = 0;
		scratch->judging.score_is = call->score_is[0];
		scratch->judging.score_source = call->score[1];
		out->verdict = verdict_from_scores(&scratch->policy, score, call->score[1],
						   features_show_source(&scratch->policy, &call->vector[0]),
						   features_show_stranger(&scratch->policy, &call->vector[0]), count_now,
						   &reason);
	} else {
		out->verdict = verdict_by_policy(m, &scratch->policy, &call->vector[0], &scratch->judging, count_now,
						 exact, &score, &reason);
	}
	out->score = score;
	out->model_id = m->id;
	out->reason = reason;
	out->class = scratch->judging.class;
	out->score_is = scratch->judging.score_is;
	return 0;
}

/* The verdict is a condemnation, from now on. */
static __always_inline void flow_condemn(const struct seen *s, const struct settings *settings, struct flow *f)
{
	f->condemned_ns = s->now_ns;
	if (unlikely(warm_up_is_on(settings, s->now_ns)))
		__sync_fetch_and_or(&f->events, FLOW_EARLY);
}

/* Who asks again by a datagram that no socket is for is as far as before; so a segment's sender alone has a second try. */
static __always_inline int packet_is_given_way(const struct seen *s, const struct flow *f)
{
	return !(f->events & FLOW_UNAWAITED && s->key.l4_proto == IPPROTO_UDP) && packet_is_retry(s);
}

/* Writes the judge's opinion into the record. Returns true when it is worth telling. */
static __always_inline int flow_judge(const struct seen *s, struct flow *f, const struct settings *settings,
				      const struct opinion *o, __u64 count_now)
{
	enum verdict before = f->verdict, verdict = verdict_by_sockets(o->verdict, o->reason, f->events, count_now);

	count(COUNTER_scores);
	f->class = o->class;
	f->model_id = o->model_id;
	if (verdict >= VERDICT_DROP_ONCE && response_kind(settings, f) == RESPONSE_LOG)
		verdict = VERDICT_LOG;
	if (verdict >= VERDICT_DROP_ONCE && f->listed[0] == FLOW_GUARDED) {
		verdict = VERDICT_LOG;
		count(COUNTER_spared_guarded);
	}
	if (verdict == VERDICT_DROP_ONCE && packet_is_given_way(s, f)) {
		verdict = VERDICT_LOG;
		count(COUNTER_retries_passed);
	}
	if (verdict >= VERDICT_DROP_ONCE && o->reason == REASON_DESTINATION && f->events & FLOW_UNAWAITED)
		count(COUNTER_unawaited);
	f->score = o->score;
	f->score_is = o->score_is;
	f->verdict = verdict;
	f->reason = o->reason;
	if (verdict == VERDICT_DROP)
		flow_condemn(s, settings, f);
	return verdict >= VERDICT_DROP_ONCE || (verdict == VERDICT_LOG && before != VERDICT_LOG);
}

/*
 * Lets the breaker see a verdict that is enforced where somebody real takes part: on a flow that came to something, or
 * against a source of which others did.
 */
static __always_inline void harm_note(const struct seen *s, const struct settings *settings, const struct flow *f,
				      const struct features *x)
{
	struct safety *safety = safety_get();
	int condemned = f->verdict == VERDICT_DROP;

	if (!safety || !drops_are_enforced(s, settings, f, REASON_SOURCE))
		return;
	if (flow_is_proven(f, s->key.l4_proto) ||
	    (condemned && x->value[FEATURE_s_hs_long] && source_is_newly_harmed(s, settings, f)))
		breaker_note(safety, settings, condemned, s->now_ns);
}

VERIFIED_ONCE int features_fill(struct features *out, const struct flow *f, const struct host_view *hosts,
				const struct seen *s, __u32 groups)
{
	if (!out || !f || !hosts || !s)
		return 0;
	__builtin_memset(out, 0, sizeof(*out));
	features_from_flow(out, f, &s->key, hosts, groups);
	return 0;
}

/*
 * A model that asks nothing of one of the hosts condemned the flow: now that host's record is needed after all, for both
 * say what the verdict may do. The score stays, with the destination and without.
 */
VERIFIED_ONCE int opinion_weigh(struct opinion *o, const struct seen *s, const struct flow *f, struct scratch *scratch,
				__u64 count_now)
{
	struct features *x;
	enum reason reason;

	if (!o || !s || !f || !scratch)
		return 0;
	x = &scratch->call.vector[0];
	hosts_view(s, f, &scratch->hosts, VERDICT_GROUPS & ~scratch->groups);
	scratch->groups |= VERDICT_GROUPS;
	features_fill(x, f, &scratch->hosts, s, scratch->groups);
	o->verdict = verdict_from_scores(&scratch->policy, o->score, scratch->judging.score_source,
					 features_show_source(&scratch->policy, x),
					 features_show_stranger(&scratch->policy, x), count_now, &reason);
	o->reason = reason;
	return 0;
}

#define CHECKPOINT_REACHED 1 /* and claimed for this packet: the vector is made */
#define CHECKPOINT_TELL 2    /* the vector is to be told */
#define CHECKPOINT_JUDGE 4   /* by a model; unless there is a duel, its call is prepared */
#define CHECKPOINT_CODE 8    /* which has a code form */
#define CHECKPOINT_DUEL 16   /* another model is to be heard before; its call is prepared */
#define CHECKPOINT_DUEL_CODE 32

/* Who is to score the vector, as a part of what checkpoint_begin() returns. */
static __always_inline __u32 models_choose(const struct settings *settings, const struct flow_key *key,
					   struct scratch *scratch)
{
	struct duel *duel = &scratch->duel;
	struct model *judge, *other = NULL;
	__u32 todo, arm = ARM_CHAMPION;

	duel->since = settings->shadow_since; /* before the slots: a change writes it after them */
	duel->slot[ARM_CHAMPION] = settings->model_slot;
	duel->slot[ARM_CHALLENGER] = shadow_slot(settings) - 1;
	if (unlikely(duel->slot[ARM_CHALLENGER] < MODEL_SLOTS)) {
		arm = shadow_arm(settings, key);
		other = model_to_walk(duel->slot[(arm ^ 1) & 1]);
	}
	duel->arm = arm;
	judge = model_to_walk(duel->slot[arm & 1]);
	if (!judge) {
		count(model_in_slot(duel->slot[arm & 1]) ? COUNTER_lost_scores : COUNTER_unscored);
		return 0;
	}
	todo = CHECKPOINT_REACHED | CHECKPOINT_JUDGE | (judge->code ? CHECKPOINT_CODE : 0);
	scratch->groups |= FEATURE_GROUPS_ALL & ~judge->spares;
	if (other) {
		todo |= CHECKPOINT_DUEL | (other->code ? CHECKPOINT_DUEL_CODE : 0);
		scratch->groups |= VERDICT_GROUPS | (FEATURE_GROUPS_ALL & ~other->spares);
	}
	model_prepare(scratch, other ? other : judge, duel->slot[(arm ^ !!other) & 1]);
	return todo;
}

/*
 * The first part of a checkpoint; `count_now`: packets of both directions, this one included. Returns what is to be done,
 * 0 for nothing. When two CPUs reach a checkpoint at once, one of them scores.
 */
VERIFIED_ONCE __u32 checkpoint_begin(const struct seen *s, const struct settings *settings, struct flow *f,
				     __u64 count_now)
{
	__u32 scored_at, now_at = count_now > 0xffffffff ? 0xffffffff : count_now, todo = 0;
	__u8 due;
	struct scratch *scratch = scratch_get();

	if (!s || !settings || !f)
		return 0;
	due = f->score_due & 63;
	scored_at = f->scored_at;
	if (!(count_now >> due) || scored_at >> due) /* another CPU's packet was scored at this checkpoint */
		return 0;
	if (snapshot_is_wanted(settings, &s->key) || settings->engine == ENGINE_BOTH)
		todo = CHECKPOINT_REACHED | CHECKPOINT_TELL;
	if (__sync_val_compare_and_swap(&f->scored_at, scored_at, now_at) != scored_at || !scratch)
		return 0;
	f->score_due = settings_next_checkpoint(settings, due, count_now);
	hosts_tell_bytes(s, f);
	scratch->groups = todo ? FEATURE_GROUPS_ALL : 0;
	policy_begin(scratch, settings, f);
	if (settings->engine != ENGINE_USER && !flow_left_first(f))
		todo |= models_choose(settings, &s->key, scratch);
	if (!todo)
		return 0;
	scratch->call.until = todo & (CHECKPOINT_TELL | CHECKPOINT_DUEL) || scratch->margins.has ? 0 : ~0ull;
	if (likely(scratch->groups & (FEATURE_GROUP_SOURCE | FEATURE_GROUP_DEST)))
		hosts_view(s, f, &scratch->hosts, scratch->groups);
	features_fill(&scratch->call.vector[0], f, &scratch->hosts, s, scratch->groups);
	return todo;
}

/* False when another model came into the slot since the vector was made, and asks for what it does not hold. */
static __always_inline int vector_serves(const struct scratch *scratch, const struct model *m)
{
	return !(FEATURE_GROUPS_ALL & ~m->spares & ~scratch->groups);
}

/* Has the model of an arm form its opinion. Returns false, and the arm has none, where there is no model to ask. */
static __always_inline int arm_ask(struct scratch *scratch, __u32 arm, __u64 count_now, int exact)
{
	struct model *m = model_to_walk(scratch->duel.slot[arm]);

	scratch->duel.opinion[arm].model_id = 0;
	if (!m || !vector_serves(scratch, m))
		return 0;
	opinion_form(&scratch->duel.opinion[arm], m, scratch, count_now, exact);
	return 1;
}

/* Hears the model that has no say, and prepares the judge's call. */
VERIFIED_ONCE int checkpoint_hear(__u64 count_now)
{
	struct scratch *scratch = scratch_get();
	struct model *m;
	__u32 arm;

	if (!scratch)
		return 0;
	arm = scratch->duel.arm & 1;
	if (!arm_ask(scratch, arm ^ 1, count_now, 1))
		count(COUNTER_lost_comparisons);
	m = model_in_slot(scratch->duel.slot[arm]);
	if (m)
		model_prepare(scratch, m, scratch->duel.slot[arm]);
	return 0;
}

/*
 * Asks the judge, by the code's scores where there are any. Not a part of checkpoint_end(): below its frame a walk would not
 * fit into the stack that 6.1 counts.
 */
VERIFIED_ONCE int checkpoint_ask(__u64 count_now, __u32 todo)
{
	struct scratch *scratch = scratch_get();

	if (scratch)
		arm_ask(scratch, scratch->duel.arm & 1, count_now, todo & (CHECKPOINT_TELL | CHECKPOINT_DUEL));
	return 0;
}

/* What comes of the judge's opinion, if he has one. Returns true when it is worth telling. */
static __always_inline int checkpoint_judge(const struct seen *s, const struct settings *settings, struct flow *f,
					    struct scratch *scratch, __u64 count_now, __u32 todo)
{
	__u32 arm = scratch->duel.arm & 1;
	struct opinion *opinion = &scratch->duel.opinion[arm];
	int tell;

	if (!opinion->model_id) {
		count(COUNTER_lost_scores);
		if (todo & CHECKPOINT_DUEL && scratch->duel.opinion[arm ^ 1].model_id)
			count(COUNTER_lost_comparisons);
		return 0;
	}
	if (opinion->reason != REASON_NONE && VERDICT_GROUPS & ~scratch->groups)
		opinion_weigh(opinion, s, f, scratch, count_now);
	tell = flow_judge(s, f, settings, opinion, count_now);
	if (todo & CHECKPOINT_DUEL && scratch->duel.opinion[arm ^ 1].model_id)
		shadow_note(s, f, tell, settings->event_rate);
	harm_note(s, settings, f, &scratch->call.vector[0]);
	return tell;
}

/* The last part: the verdict and what comes of it. Returns the XDP action or -1. */
VERIFIED_ONCE int checkpoint_end(const struct seen *s, const struct settings *settings, struct flow *f,
				 __u64 count_now, __u32 todo)
{
	struct scratch *scratch = scratch_get();
	int tell = 0, spared = 0, action = -1;

	if (!s || !settings || !f || !scratch)
		return -1;
	if (todo & CHECKPOINT_JUDGE)
		tell = checkpoint_judge(s, settings, f, scratch, count_now, todo);
	if (todo & CHECKPOINT_TELL)
		snapshot_tell(s, f, &scratch->call.vector[0], count_now, settings->snapshot_rate);
	if (!tell)
		return -1;
	if (f->verdict == VERDICT_DROP) {
		if (f->reason == REASON_SOURCE)
			offence_note(s, settings, f);
		spared = packet_is_within_limit(s, settings, f);
	}
	if (spared)
		action = packet_limited();
	else if (f->verdict >= VERDICT_DROP_ONCE)
		action = packet_drop(s, settings, f, f->reason);
	if (f->verdict == VERDICT_DROP_ONCE && action == XDP_DROP && !features_show_doubt(&scratch->call.vector[0]))
		hosts_forgive_start(s, f);
	verdict_note(s, settings, f, f->verdict, f->reason, ENGINE_KERNEL, spared);
	return action;
}

/* A checkpoint, in the program itself: only from there a model's code can be entered. Returns the XDP action or -1. */
static __always_inline int flow_checkpoint(struct xdp_md *ctx, int frags, const struct seen *s,
					   const struct settings *settings, struct flow *f, __u64 count_now)
{
	__u32 todo = checkpoint_begin(s, settings, f, count_now);
	struct scratch *scratch;

	if (!todo)
		return -1;
	if (unlikely(settings->end_host) && todo & CHECKPOINT_JUDGE)
		flow_ask_sockets(ctx, s, f);
	scratch = scratch_get();
	if (unlikely(todo & CHECKPOINT_DUEL)) {
		if (todo & CHECKPOINT_DUEL_CODE && scratch)
			model_call_score(ctx, &scratch->call, frags);
		checkpoint_hear(count_now);
	}
	if (todo & CHECKPOINT_CODE && scratch)
		model_call_score(ctx, &scratch->call, frags);
	if (likely(todo & CHECKPOINT_JUDGE))
		checkpoint_ask(count_now, todo);
	return checkpoint_end(s, settings, f, count_now, todo);
}

/* Frees the flow of its condemnation; it is judged again at its next packet. */
static __always_inline void flow_absolve(struct flow *f)
{
	f->verdict = VERDICT_PASS;
	f->reason = REASON_NONE;
	f->score_due = 0;
	f->scored_at = 0;
	if (f->events & FLOW_EARLY)
		__sync_fetch_and_and(&f->events, ~FLOW_EARLY);
}

/* True when the flow was condemned while too little was seen for that, and there is more by now. */
static __always_inline int flow_is_due_again(const struct seen *s, const struct settings *settings, const struct flow *f)
{
	return f->events & FLOW_EARLY && !warm_up_is_on(settings, s->now_ns);
}

/* True when the agent condemned this very flow. */
static __always_inline int flow_take_agent_verdict(const struct seen *s, const struct settings *settings, struct flow *f)
{
	struct scratch *scratch = scratch_get();
	struct agent_verdict *v = scratch ? bpf_map_lookup_elem(&hr_verdicts, seen_key(s, scratch)) : NULL;
	struct model *m;
	__u8 class = f->class;
	__u32 model_id = f->model_id;

	if (!v || v->first_ns != f->first_ns || v->verdict != VERDICT_DROP || f->verdict == VERDICT_DROP)
		return 0;
	if (v->early && !warm_up_is_on(settings, s->now_ns))
		return 0;
	m = model_in_slot(settings->model_slot);
	if (!m || m->id != v->model_id) /* of a model that was replaced meanwhile */
		return 0;
	f->class = v->class;
	f->model_id = v->model_id;
	if (response_kind(settings, f) == RESPONSE_LOG) {
		f->class = class;
		f->model_id = model_id;
		return 0;
	}
	f->verdict = VERDICT_DROP;
	f->reason = REASON_AGENT;
	f->score = v->score;
	f->score_is = SCORE_EXACT;
	flow_condemn(s, settings, f);
	if (v->reason == REASON_SOURCE) {
		hosts_view(s, f, &scratch->hosts, FEATURE_GROUP_SOURCE);
		offence_note(s, settings, f);
	}
	return 1;
}

/*
 * A packet of a condemned flow: its end, or in monitor mode its count. Negative: the condemnation is over or was too early,
 * its class is only logged by now, or the sender is under guard, or who began the flow is.
 */
VERIFIED_ONCE int flow_condemned(const struct seen *s, const struct settings *settings, struct flow *f)
{
	if (!s || !settings || !f)
		return -1;
	if (f->listed[0] == FLOW_GUARDED || f->listed[s->direction & 1] == FLOW_GUARDED)
		return -1;
	if ((settings->condemn_for_ns && s->now_ns - f->condemned_ns >= settings->condemn_for_ns &&
	     s->now_ns > f->condemned_ns) ||
	    flow_is_due_again(s, settings, f) || flow_asks_sockets_again(s, f) || response_kind(settings, f) == RESPONSE_LOG) {
		flow_absolve(f);
		return -1;
	}
	if (packet_is_within_limit(s, settings, f))
		return packet_limited();
	return packet_drop(s, settings, f, REASON_CONDEMNED);
}

/*
 * True for a condemned flow of which nothing is to be asked but whether it still is one: no list names its ends, it is in
 * no scope, no sockets were asked, the champion judged it, not too early, and what follows for its class is a drop.
 */
static __always_inline int flow_is_simply_condemned(const struct seen *s, const struct settings *settings,
						    const struct flow *f)
{
	__u32 kind = settings->response[f->class & (MODEL_CLASSES_MAX - 1)].kind;

	return !(f->listed[0] | f->listed[1] | f->scope | (f->events & (FLOW_UNAWAITED | FLOW_EARLY))) &&
	       (!settings->shadow_id || f->model_id != settings->shadow_id) && kind != RESPONSE_LOG && kind != RESPONSE_LIMIT &&
	       (!settings->condemn_for_ns || s->now_ns - f->condemned_ns < settings->condemn_for_ns);
}

/* Notes in the record what the lists say of the sender, or of the receiver. */
static __always_inline void flow_list_end(struct flow *f, const struct seen *s, const struct settings *settings,
					  __u32 is_receiver)
{
	__u32 in_use = settings->lists_in_use;

	f->listed[(s->direction ^ is_receiver) & 1] = in_use ? lists_ask(s, s->sender ^ is_receiver, in_use)
							     : FLOW_UNLISTED;
}

/* The allow list spares what its addresses send, and the model spares the answers to what they began, too. */
static __always_inline int flow_is_allowed(const struct flow *f, __u32 direction)
{
	return f->listed[direction & 1] == FLOW_ALLOWED || f->listed[0] == FLOW_ALLOWED;
}

/*
 * True for the packets of a direction at which a flow that a list names asks the lists again: entries end with time, and
 * without an agent nobody moves the generation on for it.
 */
static __always_inline int flow_lists_are_due(const struct flow *f, __u32 direction)
{
	__u64 count = f->packets[direction & 1];

	return !(count & 63) || (count < 64 && !(count & (count - 1)));
}

VERIFIED_ONCE int flow_ask_lists(const struct seen *s, const struct settings *settings, struct flow *f)
{
	if (!s || !settings || !f)
		return 0;
	flow_list_end(f, s, settings, 0);
	flow_list_end(f, s, settings, 1);
	return 0;
}

/* False when the verdict is of a model that no longer judges this flow. */
static __always_inline int flow_is_its_judge_s(const struct seen *s, const struct settings *settings, const struct flow *f)
{
	struct model *m = model_of_flow(settings, &s->key);

	return m && m->id == f->model_id;
}

/* The settings moved on since the flow was looked at: its verdict may be void, lists and agent may say otherwise. */
VERIFIED_ONCE int flow_review(const struct seen *s, const struct settings *settings, struct flow *f)
{
	int action, spared, is_void;
	__u32 before, generation, other;

	if (!s || !settings || !f)
		return -1;
	before = f->generation;
	generation = generation_before(settings);
	is_void = (__s32)(before - settings->voided_at) < 0;
	if ((__s32)(before - settings->shadow_since) < 0) {
		__sync_fetch_and_and(&f->events, ~(FLOW_COMPARED | FLOW_DIFFERED));
		is_void |= !flow_is_its_judge_s(s, settings, f);
	}
	if (f->verdict >= VERDICT_LOG && is_void)
		flow_absolve(f);
	if (f->events & FLOW_SOCKETS && (!settings->end_host || settings->engine == ENGINE_USER))
		__sync_fetch_and_and(&f->events, ~FLOW_SOCKETS);
	f->scope = settings->scopes ? scope_find(s, f->initiator ^ 1, settings->scopes) : 0;
	flow_ask_lists(s, settings, f);
	/* Last: a packet on another CPU goes by all of it, or looks for itself. Not where the record began anew meanwhile. */
	other = __sync_val_compare_and_swap(&f->generation, before, generation);
	if (unlikely(other != before && other != generation)) /* two asked at once, under different settings: whose answer stands? */
		__sync_lock_test_and_set(&f->generation, before);
	if (settings->engine != ENGINE_USER || flow_is_allowed(f, s->direction) || f->listed[0] == FLOW_GUARDED ||
	    !flow_take_agent_verdict(s, settings, f))
		return -1;
	spared = 1;
	if (f->listed[s->direction & 1] == FLOW_GUARDED) {
		action = XDP_PASS;
		count(COUNTER_pass_flow);
	} else if (packet_is_within_limit(s, settings, f)) {
		action = packet_limited();
	} else {
		spared = 0;
		action = packet_drop(s, settings, f, REASON_AGENT);
	}
	verdict_note(s, settings, f, VERDICT_DROP, REASON_AGENT, ENGINE_USER, spared);
	return action;
}

#endif
