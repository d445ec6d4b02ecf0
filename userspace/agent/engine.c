// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "engine.h"
#include "flow_features.h"
#include "flow_text.h"
#include "log.h"
#include "model_kept.h"
#include "model_slots.h"
#include "scope_store.h"
#include "settings_store.h"

/* Verdicts of a model or mode that is no longer in force must not find their flows. */
static void verdicts_clear(const struct datapath *dp)
{
	struct flow_key key;

	while (!bpf_map_get_next_key(dp->map[DATAPATH_VERDICTS], NULL, &key))
		if (bpf_map_delete_elem(dp->map[DATAPATH_VERDICTS], &key) && errno != ENOENT)
			break;
}

static void model_forget(struct user_engine *e)
{
	free(e->model);
	e->model = NULL;
	model_extras_free(&e->extras);
}

/* Of a model that is past the kernel's limits the slot holds the name only: its trees are in the file that was loaded. */
static void trees_fetch(struct user_engine *e)
{
	int err = e->model && e->model->kind == MODEL_FOREST ? model_kept_read(e->model->id, e->model, &e->extras) : 0;

	if (!err) {
		e->missed = 0;
		return;
	}
	if (e->missed != e->model->id)
		log_error("model %08x is not kept in " MODEL_KEPT_FOLDER " (%s), so nothing is judged; load it again",
			  e->model->id, strerror(-err));
	e->missed = e->model->id;
	e->settings.generation = 0; /* so that the next poll tries again */
	model_forget(e);
}

int engine_refresh(struct user_engine *e, const struct settings *settings)
{
	bool is_void = !e->settings.generation || settings->voided_at != e->settings.voided_at ||
		       settings->model_slot != e->settings.model_slot || settings->engine != e->settings.engine;
	struct model *model;
	int err;

	if (settings->generation != e->settings.generation) {
		err = scopes_read(e->dp, settings, &e->scopes);
		if (err)
			return err;
	}
	e->settings = *settings;
	flow_memory_turn(&e->memory);
	if (!is_void)
		return 0;
	flow_memory_clear(&e->memory);
	if (settings->engine == ENGINE_USER)
		verdicts_clear(e->dp);
	model = slot_read(e->dp, settings->model_slot);
	if (!model) {
		e->settings.generation = 0; /* so that the next poll tries again */
		return -errno;
	}
	model_forget(e);
	if (model->id)
		e->model = model;
	else
		free(model);
	trees_fetch(e);
	return 0;
}

void engine_close(struct user_engine *e)
{
	flow_memory_clear(&e->memory);
	host_memo_clear(&e->hosts);
	model_forget(e);
}

bool engine_is_due(const struct settings *settings, __u64 scored, __u64 packets)
{
	return packets >> settings_next_checkpoint(settings, 0, scored);
}

static bool is_condemned(const struct settings *settings, const struct flow *f)
{
	return f->verdict == VERDICT_DROP && (__s32)(f->generation - settings->voided_at) >= 0;
}

/*
 * The verdict by the thresholds of the flow's scope and its class's response, as in the kernel. Unless the score must be
 * exact, it is one that comes to the same verdict.
 */
static enum verdict flow_verdict(const struct user_engine *e, const struct flow *f, const struct features *x,
				 struct judging *room, __u64 packets, bool exact, __s64 *score, enum reason *reason)
{
	const struct scope *c = scope_marked(&e->scopes, f->scope);
	struct policy policy = e->model->policy;
	const struct response *response;
	enum verdict verdict;

	if (c)
		policy_by_margins(&policy, e->model, &c->margins);
	policy.one_way = e->settings.one_way;
	exact |= c != NULL; /* the model knows what is left to add by its own thresholds alone */
	verdict = verdict_by_policy(e->model, &policy, x, room, packets, exact, score, reason);
	if (e->settings.end_host && e->settings.engine == ENGINE_BOTH) /* engine `user` does not ask the sockets */
		verdict = verdict_by_sockets(verdict, *reason, f->events, packets);
	response = c && c->response.kind != RESPONSE_UNSET ? &c->response :
							     &e->settings.response[room->class % MODEL_CLASSES_MAX];
	return verdict >= VERDICT_DROP_ONCE && response->kind == RESPONSE_LOG ? VERDICT_LOG : verdict;
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
	};

	return !bpf_map_update_elem(e->dp->map[DATAPATH_VERDICTS], &r->key, &v, BPF_ANY);
}

static void event_fill(struct event *told, const struct user_engine *e, const struct flow_record *r, __s64 score,
		       __u32 class, enum verdict verdict, enum reason reason)
{
	*told = (struct event){
		.type = EVENT_VERDICT,
		.ifindex = r->flow.hook[0] >> 1,
		.time_ns = clock_monotonic_ns(),
		.verdict = verdict,
		.reason = reason,
		.engine = ENGINE_USER,
		.record = *r,
	};
	told->record.flow.score = score;
	told->record.flow.model_id = e->model->id;
	told->record.flow.class = class;
	told->record.flow.score_is = SCORE_EXACT;
}

/* Scores a flow that is due, and moves its entry on. */
static bool flow_judge(struct user_engine *e, const struct flow_record *r, __u64 now_ns, struct flow_memory_entry *entry,
		       struct event *told)
{
	__u64 packets = r->flow.packets[0] + r->flow.packets[1];
	struct features x;
	struct judging room;
	enum verdict verdict;
	enum reason reason;
	__s64 score;

	flow_features(&x, r, e->dp, &e->settings, now_ns, &e->hosts);
	verdict = flow_verdict(e, &r->flow, &x, &room, packets, false, &score, &reason);
	if (verdict >= VERDICT_LOG && room.score_is != SCORE_EXACT) /* somebody gets to see the score */
		verdict = flow_verdict(e, &r->flow, &x, &room, packets, true, &score, &reason);
	entry->packets = packets;
	if (verdict >= VERDICT_LOG && e->explainer)
		explainer_note(e->explainer, flow_id(r), &x);
	if (verdict == VERDICT_DROP && verdict_write(e, r, score, room.class, reason)) {
		entry->state = FLOW_MEMORY_CONDEMNED;
		e->tally.condemned++;
		e->has_written = true;
	}
	if (verdict != VERDICT_LOG || entry->state != FLOW_MEMORY_NEW)
		return false;
	entry->state = FLOW_MEMORY_LOGGED;
	event_fill(told, e, r, score, room.class, verdict, reason);
	return true;
}

bool engine_judge(struct user_engine *e, const struct flow_record *record, __u64 now_ns, struct event *told)
{
	const struct flow *f = &record->flow;
	struct flow_memory_entry entry = flow_memory_find(&e->memory, flow_id(record));
	bool is_told = false;

	if (is_condemned(&e->settings, f)) {
		if (entry.state == FLOW_MEMORY_CONDEMNED)
			bpf_map_delete_elem(e->dp->map[DATAPATH_VERDICTS], &record->key);
		entry.state = FLOW_MEMORY_TAKEN;
	} else if (entry.state == FLOW_MEMORY_TAKEN) { /* its condemnation is over: judge it anew */
		entry.packets = 0;
		entry.state = FLOW_MEMORY_NEW;
	}
	if (e->model && entry.state <= FLOW_MEMORY_LOGGED && f->listed[0] != FLOW_ALLOWED && !flow_left_first(f) &&
	    engine_is_due(&e->settings, entry.packets, f->packets[0] + f->packets[1]))
		is_told = flow_judge(e, record, now_ns, &entry, told);
	flow_memory_keep(&e->memory, &entry);
	return is_told;
}

void engine_forget(struct user_engine *e, const struct flow_record *record)
{
	if (flow_memory_find(&e->memory, flow_id(record)).state == FLOW_MEMORY_CONDEMNED)
		bpf_map_delete_elem(e->dp->map[DATAPATH_VERDICTS], &record->key);
}

int engine_publish(struct user_engine *e)
{
	int err = e->has_written ? settings_touch(e->dp) : 0;

	if (!err)
		e->has_written = false;
	return err;
}

/* The kernel alone knows of the retry that passes and of who is guarded: there a first packet's drop is but a line. */
static bool verdicts_agree(enum verdict kernel, enum verdict own)
{
	return kernel == own || (kernel == VERDICT_LOG && own == VERDICT_DROP_ONCE);
}

bool engine_agrees(struct user_engine *e, const struct snapshot *s, __s64 *score, enum verdict *verdict)
{
	const struct flow *f = &s->record.flow;
	struct features x = { 0 };
	struct judging room;
	enum verdict own;
	enum reason reason;
	__s64 own_score;

	if (!e->model || f->model_id != e->model->id || (f->scope && f->generation != e->settings.generation))
		return true; /* the model or the scopes changed in between: nothing to compare */
	memcpy(x.value, s->feature, sizeof(s->feature));
	own = flow_verdict(e, f, &x, &room, s->packets, true, &own_score, &reason);
	if (own_score == f->score && verdicts_agree(s->verdict, own) && room.class == f->class) {
		e->tally.agreed++;
		return true;
	}
	e->tally.disagreed++;
	*score = own_score;
	*verdict = own;
	return false;
}
