// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "engine.h"
#include "engine_verdict.h"
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
	model_rows_free(e->rows);
	e->rows = NULL;
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

int engine_refresh(struct user_engine *e, const struct settings *settings, bool is_early)
{
	bool is_void = !e->settings.generation || (e->is_early && !is_early) || settings->voided_at != e->settings.voided_at ||
		       settings->model_slot != e->settings.model_slot || settings->engine != e->settings.engine;
	struct model *model;
	int err;

	if (settings->generation != e->settings.generation) {
		err = scopes_read(e->dp, settings, &e->scopes);
		if (err)
			return err;
	}
	e->settings = *settings;
	e->is_early = is_early;
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
	if (e->model && settings->engine == ENGINE_USER)
		e->rows = model_rows_make(e->model);
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

struct policy engine_policy(const struct user_engine *e, const struct flow *f)
{
	const struct scope *c = scope_marked(&e->scopes, f->scope);
	struct policy policy = e->model->policy;

	if (c)
		policy_by_margins(&policy, e->model, &c->margins);
	policy.one_way = e->settings.one_way;
	return policy;
}

enum verdict engine_verdict(const struct user_engine *e, const struct flow *f, const struct features *x,
			    struct judging *room, __u64 packets, bool exact, __s64 *score, enum reason *reason)
{
	const struct scope *c = scope_marked(&e->scopes, f->scope);
	struct policy policy = engine_policy(e, f);
	const struct response *response;
	enum verdict verdict;

	exact |= c != NULL; /* the model knows what is left to add by its own thresholds alone */
	verdict = verdict_by_policy(e->model, &policy, x, room, packets, exact, score, reason);
	if (e->settings.end_host && e->settings.engine == ENGINE_BOTH) /* engine `user` does not ask the sockets */
		verdict = verdict_by_sockets(verdict, *reason, f->events, packets);
	response = c && c->response.kind != RESPONSE_UNSET ? &c->response :
							     &e->settings.response[room->class % MODEL_CLASSES_MAX];
	return verdict >= VERDICT_DROP_ONCE && response->kind == RESPONSE_LOG ? VERDICT_LOG : verdict;
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
	own = engine_verdict(e, f, &x, &room, s->packets, true, &own_score, &reason);
	if (own_score == f->score && verdicts_agree(s->verdict, own) && room.class == f->class) {
		e->tally.agreed++;
		return true;
	}
	e->tally.disagreed++;
	*score = own_score;
	*verdict = own;
	return false;
}
