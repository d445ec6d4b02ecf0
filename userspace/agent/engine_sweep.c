// SPDX-License-Identifier: BSD-2-Clause
/*
 * The flows of a sweep, judged by as many at a time as the model's trees take side by side. Each step is made for all of
 * them before the next: then the memory that one waits for is fetched for the others meanwhile.
 */
#include <bpf/bpf.h>
#include "clock.h"
#include "engine_verdict.h"
#include "flow_features.h"
#include "flow_text.h"

static __u64 flow_packets(const struct flow *f)
{
	return f->packets[0] + f->packets[1];
}

static bool is_condemned(const struct settings *settings, const struct flow *f)
{
	return f->verdict == VERDICT_DROP && (__s32)(f->generation - settings->voided_at) >= 0;
}

/* Moves on what is remembered of a flow. Returns whether it is to be scored. */
static bool flow_is_due(struct user_engine *e, const struct flow_record *r, __u64 id)
{
	const struct flow *f = &r->flow;
	struct flow_memory_entry forgetful = { 0 }, *entry = flow_memory_meet(&e->memory, id) ?: &forgetful;
	__u64 packets = flow_packets(f);

	if (is_condemned(&e->settings, f)) {
		if (entry->state == FLOW_MEMORY_CONDEMNED)
			bpf_map_delete_elem(e->dp->map[DATAPATH_VERDICTS], &r->key);
		entry->state = FLOW_MEMORY_TAKEN;
	} else if (entry->state == FLOW_MEMORY_TAKEN) { /* its condemnation is over: judge it anew */
		entry->packets = 0;
		entry->state = FLOW_MEMORY_NEW;
	}
	if (!e->model || entry->state > FLOW_MEMORY_LOGGED || f->listed[0] == FLOW_ALLOWED || flow_left_first(f) ||
	    !engine_is_due(&e->settings, entry->packets, packets))
		return false;
	entry->packets = packets < UINT32_MAX ? packets : UINT32_MAX;
	return true;
}

static bool verdict_write(const struct user_engine *e, const struct flow_record *r, __s64 score, __u32 class,
			  enum reason reason)
{
	struct agent_verdict v = {
		.first_ns = r->flow.first_ns,
		.model_id = e->model->id,
		.score = score,
		.verdict = VERDICT_DROP,
		.class = class,
		.reason = reason,
		.early = e->is_early,
	};

	return !bpf_map_update_elem(e->dp->map[DATAPATH_VERDICTS], &r->key, &v, BPF_ANY);
}

static void event_tell(const struct user_engine *e, const struct flow_record *r, __s64 score, __u32 class,
		       enum verdict verdict, enum reason reason)
{
	struct event told = {
		.type = EVENT_VERDICT,
		.ifindex = r->flow.hook[0] >> 1,
		.time_ns = clock_monotonic_ns(),
		.verdict = verdict,
		.reason = reason,
		.engine = ENGINE_USER,
		.record = *r,
	};

	told.record.flow.score = score;
	told.record.flow.model_id = e->model->id;
	told.record.flow.class = class;
	told.record.flow.score_is = SCORE_EXACT;
	if (e->told)
		e->told(e->context, &told);
}

/* What the rules of the verdict and the model ask for. */
static __u32 groups_needed(const struct model *m)
{
	return VERDICT_GROUPS | (FEATURE_GROUPS_ALL & ~m->spares);
}

/* Whoever reads the vector reads all of it. */
static void vector_note(const struct user_engine *e, const struct flow_record *r, __u64 id, const struct features *x)
{
	struct features whole = *x;

	if (!e->explainer)
		return;
	flow_features_complete(&whole, r, groups_needed(e->model));
	explainer_note(e->explainer, id, &whole);
}

/* Reaches the verdict on a flow that is due, and acts on it. `exact`: no walk that ends early will do, by all that is known. */
static void flow_judge(struct user_engine *e, const struct flow_record *r, __u64 id, const struct features *x, bool exact)
{
	struct flow_memory_entry forgetful = { 0 }, *entry;
	__u64 packets = flow_packets(&r->flow);
	struct judging room;
	enum verdict verdict;
	enum reason reason;
	__s64 score;

	verdict = engine_verdict(e, &r->flow, x, &room, packets, exact, &score, &reason);
	if (verdict >= VERDICT_LOG && room.score_is != SCORE_EXACT) /* somebody gets to see the score */
		verdict = engine_verdict(e, &r->flow, x, &room, packets, true, &score, &reason);
	if (verdict < VERDICT_LOG)
		return;
	vector_note(e, r, id, x);
	entry = flow_memory_meet(&e->memory, id) ?: &forgetful;
	if (verdict == VERDICT_DROP && verdict_write(e, r, score, room.class, reason)) {
		e->tally.condemned += entry->state != FLOW_MEMORY_CONDEMNED; /* a flow that was just admitted may come twice */
		entry->state = FLOW_MEMORY_CONDEMNED;
		e->has_written = true;
	}
	if (verdict == VERDICT_LOG && entry->state == FLOW_MEMORY_NEW) {
		entry->state = FLOW_MEMORY_LOGGED;
		event_tell(e, r, score, room.class, verdict, reason);
	}
}

/* From which score on a flow of these thresholds does not simply pass. */
static __s64 policy_least(const struct policy *p)
{
	return p->log_at < p->drop_at ? p->log_at : p->drop_at;
}

/* Whose scores pass them need no more. */
static void due_judge(struct user_engine *e, const unsigned int *due, unsigned int count)
{
	__s64 score[MODEL_ROWS], least[MODEL_ROWS], enough = INT64_MAX;
	struct features x[MODEL_ROWS];

	for (unsigned int i = 0; i < count; i++) {
		const struct flow_record *r = &e->batch.record[due[i]];
		struct policy policy = engine_policy(e, &r->flow);

		flow_features(&x[i], r, e->dp, &e->settings, e->now_ns, &e->hosts, groups_needed(e->model));
		least[i] = policy_least(&policy);
		enough = least[i] < enough ? least[i] : enough;
	}
	if (e->rows && count)
		model_rows_score(e->rows, x, count, enough, score);
	for (unsigned int i = 0; i < count; i++)
		if (!e->rows || score[i] >= least[i])
			flow_judge(e, &e->batch.record[due[i]], e->batch.id[due[i]], &x[i], e->rows != NULL);
}

void engine_judge_rest(struct user_engine *e)
{
	struct engine_batch *b = &e->batch;
	unsigned int due[MODEL_ROWS], count = 0;

	for (unsigned int i = 0; i < b->count; i++) {
		if (!flow_is_due(e, &b->record[i], b->id[i]))
			continue;
		flow_features_expect(&b->record[i], &e->settings, &e->hosts);
		due[count++] = i;
	}
	due_judge(e, due, count);
	b->count = 0;
}

void engine_judge(struct user_engine *e, const struct flow_record *record, __u64 now_ns)
{
	struct engine_batch *b = &e->batch;
	__u64 id = flow_id(record);

	flow_memory_expect(&e->memory, id);
	e->now_ns = now_ns;
	b->record[b->count] = *record;
	b->id[b->count] = id;
	if (++b->count == MODEL_ROWS)
		engine_judge_rest(e);
}

/* True when the flow was met in this very sweep and is not judged yet: on probation, and admitted since. */
static bool flow_is_held(const struct user_engine *e, __u64 id)
{
	for (unsigned int i = 0; i < e->batch.count; i++)
		if (e->batch.id[i] == id)
			return true;
	return false;
}

void engine_forget(struct user_engine *e, const struct flow_record *record)
{
	const struct flow_memory_entry *entry;
	__u64 id = flow_id(record);

	if (flow_is_held(e, id))
		engine_judge_rest(e);
	entry = flow_memory_find(&e->memory, id);
	if (entry && entry->state == FLOW_MEMORY_CONDEMNED)
		bpf_map_delete_elem(e->dp->map[DATAPATH_VERDICTS], &record->key);
}
