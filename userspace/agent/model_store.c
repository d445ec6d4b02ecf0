// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include "log.h"
#include "model_file.h"
#include "model_kept.h"
#include "model_slots.h"
#include "model_store.h"
#include "model_trial.h"
#include "settings_store.h"

struct model *model_store_read(const struct datapath *dp, __u32 slot)
{
	struct model *m = malloc(sizeof(*m));

	if (m && bpf_map_lookup_elem(dp->map[DATAPATH_MODELS], &slot, m)) {
		int err = errno;

		free(m);
		errno = err;
		return NULL;
	}
	if (m)
		m->forest = 0; /* no address comes out of the kernel */
	return m;
}

int model_given_read(struct model_given *out, const char *path)
{
	struct model *m = path ? calloc(1, sizeof(*m)) : NULL;
	char why[MODEL_FILE_WHY];
	int err = 0;

	if (path && !m)
		err = -ENOMEM;
	else if (path)
		err = model_file_read_extras(path, m, &out->extras, why, sizeof(why));
	if (err) {
		log_error("%s: %s", path, m ? why : strerror(ENOMEM));
		free(m);
		return err;
	}
	out->model = m;
	out->path = path;
	out->form = model_form_from_card(out->extras.card);
	return 0;
}

void model_given_free(struct model_given *given)
{
	free(given->model);
	given->model = NULL;
	model_extras_free(&given->extras);
}

int model_store_try(const struct datapath *dp, __u32 slot, const struct model_given *given)
{
	const struct model_extras *vectors = &given->extras;
	struct trial trial;
	int err;

	if (given->model->kind == MODEL_FOREST) /* which has been walked when the file was read */
		return 0;
	if (!vectors->test_count) {
		log_debug("%s: no self-test vectors in it; export it again to have some", given->path);
		return 0;
	}
	err = model_trial_run(dp ? dp->map[DATAPATH_MODELS] : -1, slot, given->model, vectors, &trial);
	if (err) {
		log_error("%s: the kernel did not run its self-test: %s", given->path, datapath_strerror(err));
		return err;
	}
	if (!trial.differ)
		return 0;
	log_error("%s: %u of %u self-test vectors score otherwise in this kernel than when it was exported, the first is "
		  "number %u with %lld instead of %lld",
		  given->path, trial.differ, trial.ran, trial.first, (long long)trial.first_score,
		  (long long)vectors->test[trial.first].score);
	return -EBADMSG;
}

int model_store_run_code(const struct model_given *given, bool frags, char why[MODEL_TRY_WHY])
{
	const struct model_extras *vectors = &given->extras;
	struct trial trial;
	int err = model_trial_run_code(given->model, vectors, frags, &trial);

	if (err)
		snprintf(why, MODEL_TRY_WHY, "the kernel did not run the self-test of its code: %s", datapath_strerror(err));
	else if (trial.differ)
		snprintf(why, MODEL_TRY_WHY,
			 "%u of %u self-test vectors score otherwise as code, the first is number %u with %lld instead of %lld",
			 trial.differ, trial.ran, trial.first, (long long)trial.first_score,
			 (long long)vectors->test[trial.first].score);
	return err ? err : trial.differ ? -EBADMSG : 0;
}

bool model_store_try_code(const struct model_given *given, bool frags)
{
	char why[MODEL_TRY_WHY];
	int err;

	if (given->form != MODEL_FORM_CODE || !given->extras.test_count)
		return given->form == MODEL_FORM_CODE;
	err = model_store_run_code(given, frags, why);
	if (!err || err == -E2BIG || err == -EOPNOTSUPP)
		return true;
	log_warn("%s: %s; its tables are walked", given->path, why);
	return false;
}

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
		struct model *m = model_store_read(dp, slot);

		if (m && m->id && m->code && !model_code_is_there(dp, slot))
			model_code_put(dp, slot, m, true);
		free(m);
	}
	if (lock >= 0)
		settings_change_end(dp, lock, NULL);
}

static int slot_check_engine(const struct datapath *dp, const struct settings *s, __u32 slot)
{
	struct model *m = model_store_read(dp, slot);
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
