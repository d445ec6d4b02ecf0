// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "log.h"
#include "model_kept.h"
#include "model_slots.h"
#include "model_store.h"
#include "settings_store.h"

int model_store_check_engine(const char *what, const struct model *m, const struct settings *s)
{
	if (m->kind != MODEL_FOREST || s->engine == ENGINE_USER)
		return 0;
	log_error("%s: %u trees of depth %u are past what the kernel walks, %u of depth %u; the agent does: --engine user", what,
		  m->tree_count, m->depth, MODEL_TREES_MAX, MODEL_DEPTH_MAX);
	return -EINVAL;
}

int model_store_stage(const struct datapath *dp, const struct model_given *given, struct settings *s)
{
	struct agent_state state;
	int slot, err = model_store_check_engine(given->path, given->model, s);

	if (err)
		return err;
	if (slot_id(dp, s->model_slot) == given->model->id) {
		model_kept_add(given->model, given->path);
		err = slot_reform(dp, s->model_slot, given);
		if (!err)
			log_info("%s: model %08x is in force already", given->path, given->model->id);
		return err;
	}
	err = agent_state_read(dp, &state);
	slot = err ? err : slot_fill(dp, s, &state, given);
	if (slot < 0 && !err)
		return slot;
	if (!err && s->shadow && slot_id(dp, s->shadow - 1) == given->model->id)
		log_info("%s: it was the challenger; there is none now", given->path);
	err = err ? err : slot_choose(dp, s, &state, slot);
	if (err)
		log_error("%s: loading it into the kernel: %s", given->path, datapath_strerror(err));
	return err;
}

void model_store_restore(const struct datapath *dp)
{
	struct settings s;
	int lock = settings_change_begin(dp, &s);

	for (__u32 slot = 0; slot < MODEL_SLOTS && lock >= 0; slot++) {
		struct model *m = slot_read(dp, slot);

		if (m && m->id && m->code && !model_code_is_there(dp, slot))
			model_code_put(dp, slot, m, true);
		free(m);
	}
	if (lock >= 0)
		settings_change_end(dp, lock, NULL);
}

static int slot_check_engine(const struct datapath *dp, const struct settings *s, __u32 slot)
{
	struct model *m = slot_read(dp, slot);
	int err = m ? model_store_check_engine("rollback", m, s) : 0;

	free(m);
	return err;
}

int model_store_rollback(const struct datapath *dp, __u32 *id)
{
	struct agent_state state;
	struct settings s;
	int lock = settings_change_begin(dp, &s), err;
	__u32 before, previous;

	if (lock < 0) {
		log_error("settings: %s", datapath_strerror(lock));
		return lock;
	}
	err = agent_state_read(dp, &state);
	before = err ? 0 : state.slot_before[s.model_slot];
	previous = before ? slot_id(dp, before - 1) : 0;
	if (!err && !previous)
		err = -ENOENT;
	if (err) {
		settings_change_end(dp, lock, NULL);
		log_error("rollback: %s", err == -ENOENT ? "there is no earlier model to go back to" : strerror(-err));
		return err;
	}
	err = slot_check_engine(dp, &s, before - 1);
	if (err) {
		settings_change_end(dp, lock, NULL);
		return err;
	}
	err = slot_choose(dp, &s, &state, before - 1);
	err = settings_change_end(dp, lock, err ? NULL : &s) ?: err;
	if (err)
		log_error("rollback: %s", datapath_strerror(err));
	else if (id)
		*id = previous;
	return err;
}
